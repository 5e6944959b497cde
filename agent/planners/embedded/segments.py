"""Operating date and time inputs made of segments, and dates that are asked for in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from agent.meaning.dates import MONTHS, Order, date_order, parse_date, parse_month, parse_time, readings
from agent.planners.embedded.desk import Desk, click, press, type_text
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.texts import Accept, Filled, check, focus, without_icons
from agent.schema import Element, FieldVerdict, Point
from agent.wording import fold, normalise

Chunks = tuple[str, ...]
"""What is typed into a segmented field; the Right key leads from one chunk to the next."""

_DATE = re.compile(r"(mm?|dd?|y{3,4})\s?[/.\-]\s?(mm|dd|y{3,4})\s?[/.\-]\s?(mm|dd?|y{3,4})(?!\w)", re.IGNORECASE)
_CLOCK = re.compile(r"[-–—−_]{1,2}\s*[:：]\s*[-–—−_]{1,2}")
_MONTH = re.compile(r"^[-–—−\s]{5,}$")
_HALF = re.compile(r"^[^\W\d_]{3,9}\s*[-–—−\s]{3,}$|^[-–—−\s]{5,}\d{4}$")
"""A month input with one of its two segments set."""
_CODES = {"m": "%m", "d": "%d", "y": "%Y"}


class When(NamedTuple):
    """A date, a time, or both; a month is its first day with `month_only`."""

    day: date | None = None
    clock: time | None = None
    month_only: bool = False


def when_of(value: object) -> When | None:
    """The date or time that a value says in one way only; None for other values."""
    text = normalise(str(value))
    both = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)", text)
    try:
        if both:
            return When(date.fromisoformat(both[1]), time.fromisoformat(both[2]))
        if re.fullmatch(r"\d{4}-\d\d", text) and (month := parse_month(text)):
            return When(day=date(month.year or 1, month.month, 1), month_only=True)
        if found := parse_date(text):
            return When(day=date(found.year or 1, found.month, found.day or 1))
        if clock := parse_time(text):
            return When(clock=time(clock.hour, clock.minute, clock.second))
    except ValueError:
        return None
    return None


def is_segmented(field: Element) -> bool:
    """Whether a field shows the blank or filled segments of a date or time input."""
    text = field.text.strip() or field.hint.strip()
    return bool(_DATE.search(text) or _CLOCK.search(text) or _MONTH.match(text) or _HALF.match(text))


def mended(text: str) -> str:
    """The text with the letters of a date format that are easily lost in reading put back."""
    plain = normalise(text)
    for letter, size in (("y", 4), ("m", 2), ("d", 2)):
        most = size - 1
        if _DATE.search(plain):
            plain = re.sub(rf"(?<![a-z]){letter}{{{most}}}(?![a-z])", letter * size, plain, flags=re.IGNORECASE)
    return plain


def spellings(field: Element, when: When) -> list[Chunks]:
    """What to type into the segments, likeliest first: in the order that the field shows."""
    shown = mended(field.hint if date_order(mended(field.hint)) else field.text or field.hint)
    if when.month_only and when.day:
        month, year = when.day.strftime("%m"), when.day.strftime("%Y")
        return [(month, year), (year, month)]
    days = [when.day.strftime(pattern) for pattern in _patterns(shown)] if when.day else [""]
    clocks = [""]
    if when.clock:
        # No space before AM: in a time input it opens the picker.
        clocks = [when.clock.strftime("%I:%M%p"), when.clock.strftime("%H:%M")]
    return [tuple(part for part in (d, c) if part) for d in days for c in clocks]


def _patterns(shown: str) -> list[str]:
    if order := date_order(shown):
        between = order.between if order.between in ("/", "-", ".") else "/"
        return [between.join(_CODES[part] for part in order.parts)]
    if re.match(r"^\d{4}", shown):
        return ["%Y/%m/%d"]
    return ["%m/%d/%Y", "%d/%m/%Y"]


def accepts(when: When, order: Order | None = None) -> Accept:
    """Whether a text that was read means the moment."""

    def accept(read: str) -> FieldVerdict:
        verdict = judge(normalise(read))
        return verdict if verdict == "ok" else judge(normalise(without_icons("", read)))

    def judge(text: str) -> FieldVerdict:
        if not any(c.isdigit() for c in text):
            return "unfilled"
        good = True
        if when.day and when.month_only:
            found = parse_month(text)
            good = found is not None and (found.year, found.month) == (when.day.year, when.day.month)
        elif when.day:
            seen = readings(_date_part(text), order)
            fits = [(d.year, d.month, d.day) == (when.day.year, when.day.month, when.day.day) for d in seen]
            if any(fits) and not all(fits):
                return "unknown"
            good = bool(fits) and all(fits)
        if when.clock:
            clock = parse_time(_time_part(text))
            good &= clock is not None and (clock.hour, clock.minute) == (when.clock.hour, when.clock.minute)
        return "ok" if good else "wrong"

    return accept


def _date_part(text: str) -> str:
    """The date in a text; an icon beside it reads like a character of its own."""
    found = re.search(r"\d{1,4}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{1,4}", text)
    return found.group(0) if found else re.split(r"[,T]?\s*\d{1,2}\s?:", text)[0].strip(" ,")


def _time_part(text: str) -> str:
    found = re.search(r"\d{1,2}\s?:\s?\d{2}(?::\d{2})?(\s?[AaPp][Mm])?", text)
    return re.sub(r"\s?:\s?", ":", found.group(0)) if found else text


def fill_segments(desk: Desk, turn: Turn, field: Element, when: When, *, sure: bool = False) -> Routine[Filled]:
    """Type into a segmented input from its first segment on; never Ctrl+A, which would select the page.

    `sure`: the field is known to take the focus, even if nothing shows it.
    """
    order = date_order(mended(field.hint)) or date_order(mended(field.text))
    accept = accepts(when, order)
    verdict, read = check(desk, turn.observation, field, accept)
    if verdict == "ok":
        return Filled(turn, "ok", read)
    if field.state.disabled or field.state.readonly:
        return Filled(turn, "unfilled", read, "the field can't be changed")
    first = Point(x=max(6, field.box.height // 2), y=field.box.height // 2)
    for chunks in spellings(field, when):
        turn, focused = yield from focus(turn, field, at=first)
        sure = sure or focused
        if not sure:
            return Filled(turn, "unfilled", read, "the field did not take the focus")
        for number, chunk in enumerate(chunks):
            if number:
                turn = yield from press(turn, ("right",), "go to the next segment", target=field)
            turn = yield from type_text(turn, field, chunk, replace=False)
        verdict, read = check(desk, turn.observation, field, _told_by(accept, when, chunks), typed=True)
        if verdict == "ok":
            return Filled(turn, "ok", read)
    for digits in _digits_like(read, when) if sure else ():
        turn = yield from _overtype(turn, field, digits)
        verdict, read = check(desk, turn.observation, field, accept, typed=True)
        if verdict == "ok":
            return Filled(turn, "ok", read)
    if sure and order is not None and when.day and not when.clock:
        turn = yield from _part_by_part(turn, field, [when.day.strftime(_CODES[part]) for part in order.parts], first)
        verdict, read = check(desk, turn.observation, field, accept, typed=True)
        if verdict == "ok":
            return Filled(turn, "ok", read)
    return Filled(turn, "wrong" if read else "unfilled", read, f"shows {read!r}")


def _part_by_part(turn: Turn, field: Element, parts: Sequence[str], first: Point) -> Routine[Turn]:
    """Some inputs don't lead on from a segment that is full: an arrow does."""
    turn = yield from click(turn, field, f"go to the first segment of {field.label!r}", at=first)
    for number, part in enumerate(parts):
        if number:
            turn = yield from press(turn, ("right",), "go to the next segment", target=field)
        turn = yield from type_text(turn, field, part, replace=False)
    return turn


def _digits_like(shown: str, when: When) -> list[tuple[str, ...]]:
    """The parts of a date or a time, as long and in the order as those of the one that a field shows.

    Where day and month may stand either way, both; what is read afterwards tells.
    """
    widths = [len(part) for part in re.findall(r"\d+", shown)]
    ways: list[tuple[str, ...]] = []
    if when.day and not when.clock and len(widths) == 3:
        order = date_order(shown)
        years = "%Y" if max(widths) > 2 else "%y"
        codes = _CODES | {"y": years}
        for parts in [order.parts] if order is not None else ["dmy", "mdy"]:
            ways.append(tuple(when.day.strftime(codes[part]) for part in parts))
    elif when.clock and not when.day and re.fullmatch(r"\d\d:\d\d", shown.strip()):
        ways.append((when.clock.strftime("%H"), when.clock.strftime("%M")))
    return [way for way in ways if [len(part) for part in way] == widths]


def _overtype(turn: Turn, field: Element, parts: tuple[str, ...]) -> Routine[Turn]:
    """Some inputs (Qt's) take digits only where their segment is selected, and lead from each to the next."""
    turn = yield from press(turn, ("home",), f"go to the first segment of {field.label!r}", target=field)
    turn = yield from press(turn, ("shift", "right"), "select what is in it", target=field, times=len(parts[0]))
    return (yield from type_text(turn, field, "".join(parts), replace=False))


def _told_by(accept: Accept, when: When, chunks: Chunks) -> Accept:
    """Where a date can be read two ways, the digits that were typed and stand there in that order decide."""

    def judge(read: str) -> FieldVerdict:
        verdict = accept(read)
        if verdict == "unknown" and when.day and not when.clock:
            typed = re.findall(r"\d+", chunks[0])
            return "ok" if [int(n) for n in re.findall(r"\d+", read)] == [int(n) for n in typed] else verdict
        return verdict

    return judge


# ---------------------------------------------------------------- dates in parts

_PARTS: dict[str, tuple[str, ...]] = {
    "%d": ("day", "dd", "日", "tag", "jour", "día", "dia"),
    "%m": ("month", "mm", "月", "monat", "mois", "mes"),
    "%Y": ("year", "yyyy", "yy", "年", "jahr", "année", "año"),
    "%H": ("hour", "hours", "hh", "时", "小时", "stunde", "heure"),
    "%M": ("minute", "minutes", "min", "分", "分钟"),
}


def part_of(element: Element) -> str | None:
    """Which part of a date a box asks for, as a strftime code; None where its caption does not say."""
    for caption in (element.label, element.hint, element.text):
        words = re.findall(r"[^\W\d_]+", caption.casefold())
        for code, names in _PARTS.items():
            if any(word in names for word in words):
                return code
    return None


def parts_of(elements: Sequence[Element]) -> list[tuple[Element, str]] | None:
    """The boxes of a date with the part that each asks for; None where one can't be told or two are the same."""
    pairs = [(e, code) for e in elements if (code := part_of(e)) is not None]
    codes = {code for _, code in pairs}
    return pairs if len(pairs) == len(elements) == len(codes) else None


def part_values(when: When, code: str) -> list[str]:
    """How a part of a date may be written, likeliest first."""
    whole = datetime.combine(when.day or date(1900, 1, 1), when.clock or time())
    padded = whole.strftime(code)
    ways = [padded, padded.lstrip("0") or "0"]
    if code == "%m":
        ways += [whole.strftime("%B"), whole.strftime("%b"), f"{whole.month}月"]
    return list(dict.fromkeys(ways))


def part_accepts(when: When, code: str) -> Accept:
    """Accepts any way to write a part of a date; a month also by its name in another language."""
    ways = {way.casefold() for way in part_values(when, code)}
    if code == "%m" and when.day:
        ways |= {name for name, number in MONTHS.items() if number == when.day.month}

    def accept(read: str) -> FieldVerdict:
        text = normalise(read).casefold().strip(" .")
        if code == "%m" and fold(text) in ways:
            return "ok"
        return "ok" if text in ways else "wrong" if text else "unfilled"

    return accept
