"""How a value of the record is written for a control, and whether what is read back means the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

from agent.meaning.dates import (
    Day,
    Order,
    date_order,
    format_date,
    format_time,
    parse_date,
    parse_month,
    parse_time,
    readings,
)
from agent.meaning.options import same_option, spoken, truth
from agent.planners.embedded.amounts import currencies, money, same_currency
from agent.schema import FieldVerdict
from agent.wording import fold, normalise, same_text

Shape = Literal[
    "empty", "bool", "list", "email", "url", "date", "month", "time", "datetime", "number", "tel", "long", "text"
]
"""What a value looks like."""

Kind = Literal["text", "number", "date", "month", "time", "tel", "choice", "bool", "secret"]
"""How two values are compared."""

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
_URL = re.compile(
    r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|de|fr|cn|co|edu|gov|dev|example)(?:/\S*)?", re.I
)
_NUMBER = re.compile(r"[-+−]?\d+(?:[.,\s'’]\d+)*%?")
_TEL = re.compile(r"[+(]?\d[\d\s().+/-]{5,}\d")
_CURRENCY = re.compile(r"[$€£¥₹₩₽￥]|\b(?:USD|EUR|GBP|JPY|CNY|CHF|RMB)\b|元|%", re.I)


def shape_of(value: object) -> Shape:
    """What a value looks like, from itself alone; digits with zeros in front are text, not a number."""
    match value:
        case None:
            return "empty"
        case bool():
            return "bool"
        case list() | tuple() | set() | frozenset():
            return "list"
        case int() | float():
            return "number"
        case _:
            return _shape(str(value))


def _shape(text: str) -> Shape:
    plain = normalise(text)
    if not plain:
        return "empty"
    if "\n" in text.strip() or len(plain) > 120:
        return "long"
    if plain.casefold() in ("true", "false", "yes", "no", "on", "off", "是", "否"):
        return "bool"
    if _EMAIL.fullmatch(plain):
        return "email"
    if _URL.fullmatch(plain):
        return "url"
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", plain):
        return "datetime"
    if parse_date(plain) or any(day.day and re.search(r"[-/.]", plain) for day in readings(plain)):
        return "date"
    if re.fullmatch(r"\d{4}-\d\d", plain):
        return "month"
    if parse_time(plain):
        return "time"
    if _NUMBER.fullmatch(plain) and not re.match(r"[-+]?0\d", plain) and not 11 <= sum(map(str.isdigit, plain)) <= 15:
        return "number"
    return "tel" if _TEL.fullmatch(plain) else "text"


def _many(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def items_of(value: object) -> list[str]:
    """The items of a list value as text; a single value is a list of one."""
    if _many(value):
        return [spoken(item) for item in cast("Iterable[object]", value)]
    return [spoken(value)]


# ---------------------------------------------------------------- writing

_DIGITS_ONLY = re.compile(
    r"\b(digits|numbers|numerals) only\b|\bonly (use )?(digits|numbers|numerals)\b"
    r"|\b(without|no) (any )?(spaces|dashes|hyphens)\b|[只仅](能|可)?(输入|填写)?数字"
)


@dataclass(frozen=True, slots=True)
class Writing:
    """The text to type, how to compare what is read back, and what was assumed (empty if nothing)."""

    text: str
    kind: Kind
    order: Order | None = None
    """The order of day, month and year that the field shows."""
    note: str = ""
    doubt: str = ""
    """Why the value must not be typed here; empty if it may."""


def write_value(value: object, *, meaning: str = "", asks: str = "", refused: bool = False) -> Writing:
    """The text to type into a text field for a value.

    `meaning` is a meaning's kind from the lexicon (`date`, `number`, `tel` ...) if the field's is known; `asks` is
    all that the field says of its format (label, hint, placeholder, text). A date is written in the order that
    the field asks for; if it asks for none, as the record has it. `refused`: the page did not take the usual
    spelling, and only then a number goes without the plus before its country's code.
    """
    if _many(value):
        return Writing(", ".join(items_of(value)), "text")
    text = str(value) if not isinstance(value, bool) else spoken(value)
    if value is None:
        return Writing("", "text")
    shape = shape_of(value)
    if shape == "date" and (day := parse_date(normalise(text))):
        order = date_order(asks)
        if order is None:
            return Writing(text, "date", None, "the field does not say how a date is written; kept as in the record")
        return Writing(format_date(day, order), "date", order)
    if shape == "date" and (doubt := _two_days(normalise(text), asks)):
        return Writing(text, "date", doubt=doubt)
    if shape == "month" and (month := parse_month(normalise(text))):
        order = date_order(asks, need_day=False)
        return Writing(format_date(month, order), "month", order) if order else Writing(text, "month")
    if shape == "time" and (moment := parse_time(normalise(text))):
        return Writing(format_time(moment, asks), "time")
    if (amount := money(text)) and (asked := currencies(asks)):
        if any(same_currency(amount[1], unit) for unit in asked):
            return Writing(amount[0], "number")
        return Writing(text, "number", doubt=f"the field is for {', '.join(sorted(asked))} and the value is {text}")
    code = meaning != "number" and not (shape == "number" and not meaning)
    bare = text.removeprefix("+") if refused else text
    if code and _DIGITS_ONLY.search(fold(asks)) and re.fullmatch(r"[\d\s().\-–/]*\d[\d\s().\-–/]*", bare):
        # An amount would become another one without its decimal point; a code stays the same without its marks.
        return Writing(re.sub(r"\D", "", text), "tel")
    if meaning == "number" or (shape == "number" and not isinstance(value, str)):
        return Writing(text, "number")
    if meaning == "tel" or shape == "tel":
        return Writing(text, "tel")
    return Writing(text, "number" if shape == "number" else "text")


def _two_days(text: str, asks: str) -> str:
    """Why a date that can be read two ways can't be written as a field asks; in the record's own notation it can."""
    order, days = date_order(asks), readings(text)
    if order is None or len(days) < 2:
        return ""
    between = re.search(r"\d\s?([-/.])", text)
    like = order.parts in ("dmy", "mdy") and not order.named_month and between is not None
    if like and between is not None and between[1] == order.between.strip():
        return ""
    iso = " or ".join(f"{day.year:04d}-{day.month:02d}-{day.day:02d}" for day in days if day.year and day.day)
    return f"{text} can be read two ways: write it as {iso}"


# ---------------------------------------------------------------- reading back


def value_matches(wanted: object, read: str, kind: Kind = "text", order: Order | None = None) -> FieldVerdict:
    """Whether what a field shows means the value that was wanted.

    `ok`: yes. `wrong`: it shows something else. `unfilled`: it shows nothing. `unknown`: it can't be told from
    what is seen (a clipped text, a date that can be read two ways, dots, accents that differ).
    """
    seen = normalise(read)
    if _many(wanted):
        return _list_matches(items_of(wanted), seen)
    meant = spoken(wanted)
    if not meant:
        return "ok" if not seen else "wrong"
    if not seen:
        return "unfilled"
    match kind:
        case "secret":
            return _secret(meant, seen)
        case "bool":
            return _tristate(truth(wanted), truth(seen))
        case "choice":
            return "ok" if same_option(wanted, seen) else _text(meant, seen)
        case "date" | "month":
            return _date(meant, seen, order, monthly=kind == "month")
        case "time":
            return _time(meant, seen)
        case "number":
            return _number(meant, seen)
        case "tel":
            return _tel(meant, seen)
        case "text":
            return _text(meant, seen)


def _text(wanted: str, read: str) -> FieldVerdict:
    match same_text(wanted, read):
        case "same" | "alike":
            return "ok"
        case "partial":
            return "unknown"
        case "different":
            return "unknown" if _only_accents(wanted, read) else "wrong"


def _only_accents(wanted: str, read: str) -> bool:
    """An OCR drops accents and small marks, so a text that differs in them alone is neither right nor wrong."""

    def bare(text: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")

    return same_text(bare(wanted), bare(read)) in ("same", "alike")


def _secret(wanted: str, read: str) -> FieldVerdict:
    dots = sum(c in "•●*·.∙⬤○○◦" for c in read)
    if dots != len(read.replace(" ", "")):
        return "ok" if same_text(wanted, read) == "same" else "unknown"
    return "ok" if dots == len(wanted) else "unknown"


def _tristate(wanted: bool | None, read: bool | None) -> FieldVerdict:
    if wanted is None or read is None:
        return "unknown"
    return "ok" if wanted == read else "wrong"


def _list_matches(wanted: list[str], read: str) -> FieldVerdict:
    if not wanted:
        return "ok" if not read else "wrong"
    if not read:
        return "unfilled"
    shown = [piece.strip() for piece in re.split(r"[,;，、×✕\n|]", read) if piece.strip()]
    left = [item for item in wanted if not any(same_option(item, piece) for piece in shown)]
    if not left and len(shown) == len(wanted):
        return "ok"
    return "unknown" if same_text(", ".join(wanted), read) == "partial" else "wrong"


def _number(wanted: str, read: str) -> FieldVerdict:
    if same_text(wanted, read) == "same":
        return "ok"
    one, other = money(wanted), money(read)
    if one and other and not same_currency(one[1], other[1]):
        return "wrong"
    wanted, read = one[0] if one else wanted, other[0] if other else read
    want, got = _amounts(wanted), _amounts(read)
    if not want or not got:
        return _text(wanted, read)
    if re.match(r"[-+]?0\d", wanted):
        # A code with zeros in front is not an amount.
        return "ok" if re.sub(r"\D", "", wanted) == re.sub(r"\D", "", read) else "wrong"
    if wanted.isdigit() and want <= got:
        return "ok"
    if len(want) == 1 and len(got) == 1:
        return "ok" if want == got else "wrong"
    # A lone comma or point before three digits is read two ways.
    return "unknown" if want & got else "wrong"


def _amounts(text: str) -> frozenset[str]:
    """The numbers that a text may stand for, canonical; empty if it is no number."""
    bare = re.sub(r"[\s'’_]", "", _CURRENCY.sub("", text)).replace("−", "-").lstrip("+")
    if not re.fullmatch(r"-?[\d.,]*\d[\d.,]*", bare):
        return frozenset()
    points, commas = bare.count("."), bare.count(",")
    if points and commas:
        decimal = "." if bare.rfind(".") > bare.rfind(",") else ","
        return frozenset({_canonical(bare, decimal)}) if bare.count(decimal) == 1 else frozenset()
    if not points and not commas:
        return frozenset({_canonical(bare, ".")})
    mark = "." if points else ","
    whole = bare.partition(mark)[0]
    grouped = all(len(part) == 3 for part in bare.lstrip("-").split(mark)[1:]) and 0 < len(whole.lstrip("-")) < 4
    if points + commas > 1:
        return frozenset({_canonical(bare, "")}) if grouped else frozenset()
    if grouped and whole.lstrip("-") != "0":
        # In the record's own spelling a point is a decimal point; see `_number` for what follows from two.
        return frozenset({_canonical(bare, mark), _canonical(bare, "")})
    return frozenset({_canonical(bare, mark)})


def _canonical(bare: str, decimal: str) -> str:
    whole, _, rest = bare.partition(decimal) if decimal else (bare, "", "")
    digits = re.sub(r"\D", "", whole).lstrip("0") or "0"
    rest = re.sub(r"\D", "", rest).rstrip("0")
    sign = "-" if bare.startswith("-") and (digits != "0" or rest) else ""
    return f"{sign}{digits}.{rest}" if rest else f"{sign}{digits}"


def _tel(wanted: str, read: str) -> FieldVerdict:
    want, got = (re.sub(r"[^\d+]", "", text) for text in (wanted, read))
    if not re.fullmatch(r"[\d\s()+./x-]*", read, re.I) or not got:
        return _text(wanted, read)
    if want == got or want.lstrip("+") == got.lstrip("+"):
        return "ok"
    return "unknown" if same_text(wanted, read) == "partial" else "wrong"


def _date(wanted: str, read: str, order: Order | None, *, monthly: bool) -> FieldVerdict:
    if same_text(wanted, read) == "same":
        return "ok"
    day = parse_month(wanted) if monthly else parse_date(wanted)
    if day is None:
        return _text(wanted, read)
    seen = readings(read, order)
    if not seen:
        return "unknown" if same_text(wanted, read) == "partial" else "wrong"
    fits = [_same_day(day, other) for other in seen]
    return "ok" if all(fits) else "unknown" if any(fits) else "wrong"


def _same_day(a: Day, b: Day) -> bool:
    days = a.day is None or b.day is None or a.day == b.day
    return days and a.month == b.month and _same_year(a.year, b.year)


def _same_year(a: int | None, b: int | None) -> bool:
    if a is None or b is None:
        return a == b
    return a == b or (b < 100 and a % 100 == b) or (a < 100 and b % 100 == a)


def _time(wanted: str, read: str) -> FieldVerdict:
    want, got = parse_time(wanted), parse_time(read)
    if want is None or got is None:
        return _text(wanted, read)
    return "ok" if want == got else "wrong"
