"""Dates and times: what a text may mean, in which order a field wants day, month and year, and how to write it."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from typing import NamedTuple

from agent.wording import fold, normalise


class Day(NamedTuple):
    """A calendar day; parts that are not said are None. Years below 100 are the last two digits."""

    year: int | None
    month: int
    day: int | None


class Moment(NamedTuple):
    """A time of day on the 24-hour clock."""

    hour: int
    minute: int
    second: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """How a field writes a date: the parts in order, what stands between, and how long they are."""

    parts: str
    """Some of `y`, `m`, `d`, in the order of the field."""
    between: str = "/"
    long_year: bool = True
    padded: bool = True
    named_month: bool = False


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero janv",
            "february feb februar fevrier febrero fevr",
            "march mar marz mars marzo",
            "april apr avril abril avr",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio juil",
            "august aug aout agosto",
            "september sep sept septembre septiembre",
            "october oct oktober octobre octubre okt",
            "november nov novembre noviembre",
            "december dec dezember decembre diciembre dez",
        ),
        start=1,
    )
    for name in names.split()
}
"""Names of months, folded, to 1..12."""

_ASKS = re.compile(
    r"(?<![a-z])(?P<a>d{1,2}|m{1,4}|yyyy|yy|j{1,4}|t{1,2}|aaaa|aa|日|月|年)(?P<s>\s?[-/.,年月日]\s?|\s)"
    r"(?P<b>d{1,2}|m{1,4}|yyyy|yy|j{2,4}|a{2,4})"
    r"(?:(?:\s?[-/.,年月日]\s?|\s)(?P<c>d{1,2}|m{1,4}|yyyy|yy|j{1,4}|a{2,4}))?(?![a-z])"
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})(\s?[-/.年]\s?|\s)(\d{1,2})(\s?[-/.月]\s?|\s)(\d{1,4})(?!\d)\s?日?")


def parse_date(text: str) -> Day | None:
    """A full date that can be read in one way only: ISO, year first, a named month, or a day above 12."""
    found = {day for day in readings(text) if day.day is not None and day.year is not None and day.year >= 100}
    return found.pop() if len(found) == 1 else None


def parse_month(text: str) -> Day | None:
    """Year and month: 2027-05, 05/2027, 05/27, May 2027."""
    plain = fold(text)
    if found := re.fullmatch(r"(\d{4})\s?[-/.年]\s?(\d{1,2})月?", plain):
        return _day(int(found[1]), int(found[2]), None)
    if found := re.fullmatch(r"(\d{1,2})\s?[-/.]\s?(\d{4}|\d\d)", plain):
        return _day(int(found[2]), int(found[1]), None)
    if (found := re.fullmatch(r"([^\W\d]+)\.?,? (\d{4})", plain)) and found[1] in MONTHS:
        return _day(int(found[2]), MONTHS[found[1]], None)
    return None


def readings(text: str, order: Order | None = None) -> tuple[Day, ...]:
    """Every day that a text may mean; with an order, only in that order. Times after the date are ignored."""
    plain = fold(text).strip(" .")
    if order is not None and "d" not in order.parts:
        month = parse_month(plain)
        return (month,) if month else ()
    if named := _named(plain):
        return (named,)
    found = _NUMERIC.search(plain)
    rest = _NUMERIC.sub("", plain, count=1).strip(" ,t")
    if not found or (rest and not re.fullmatch(r"[\d:. apm]+", rest)):
        month = parse_month(plain)
        return (month,) if month else ()
    a, b, c = int(found[1]), int(found[3]), int(found[5])
    if len(found[1]) == 4:
        days = [_day(a, b, c)]
    elif order is not None and order.parts in ("dmy", "mdy"):
        days = [_day(c, b, a) if order.parts == "dmy" else _day(c, a, b)]
    elif order is not None:
        days = [_day(a, b, c)]
    elif found[2].strip() == found[4].strip() == "." and len(found[5]) == 4 and (day := _day(c, b, a)):
        days = [day]  # with points the day stands first, wherever dates are written so
    else:
        days = [_day(c, b, a), _day(c, a, b)]
    return tuple(dict.fromkeys(day for day in days if day))


def _named(plain: str) -> Day | None:
    """5 March 1990, March 5th, 1990, Mar 5 1990, Mon 5 Mar 1990."""
    words = re.findall(r"\d+|[^\W\d]+", plain)
    months = [MONTHS[word] for word in words if word in MONTHS]
    numbers = [int(word) for word in words if word.isdigit()]
    if len(months) != 1 or len(numbers) != 2:
        return None
    first, second = numbers
    return _day(second, months[0], first) if second > 31 else _day(first, months[0], second) if first > 31 else None


def _day(year: int, month: int, day: int | None) -> Day | None:
    if not 1 <= month <= 12 or (year >= 100 and not 1000 <= year <= 9999):
        return None
    full = year if year >= 100 else 2000 + year
    if day is not None and not 1 <= day <= calendar.monthrange(full, month)[1]:
        return None
    return Day(year, month, day)


def date_order(asks: str, *, need_day: bool = True) -> Order | None:
    """The order that a field asks for, from its label, hint or placeholder: dd/mm/yyyy, an example, month names.

    None where the text does not say, or says it in a way that can be read twice.
    """
    plain = fold(asks)
    for found in _ASKS.finditer(plain):
        groups = [part for part in (found["a"], found["b"], found["c"]) if part]
        letters = {part[0] for part in groups}
        # J is the year in German (JJJJ) and the day in French (JJ/MM/AAAA).
        meant = _PART | {"j": "d"} if "a" in letters else _PART
        parts = "".join(meant[part[0]] for part in groups)
        if len(set(parts)) != len(parts) or "m" not in parts or "y" not in parts or ("d" not in parts and need_day):
            continue
        year = next(part for part in groups if meant[part[0]] == "y")
        month = next(part for part in groups if meant[part[0]] == "m")
        others = [part for part in groups if part is not year]
        between = found["s"].strip() or " "
        padded = all(len(part) >= 2 for part in others)
        return Order(parts, between, len(year) == 4, padded, named_month=len(month) > 2)
    return _from_example(normalise(asks)) if need_day else None


_PART = {"d": "d", "t": "d", "日": "d", "m": "m", "月": "m", "y": "y", "j": "y", "a": "y", "年": "y"}


def _from_example(asks: str) -> Order | None:
    """The order of an example date such as "e.g. 27/3/2007", if it is unambiguous."""
    found = _NUMERIC.search(asks)
    if not found:
        return None
    a, b, c = found[1], found[3], found[5]
    between = found[2].strip() or " "
    padded = not any(len(part) == 1 for part in (a, b, c))
    if len(a) == 4:
        return Order("ymd", between, padded=padded)
    if int(a) > 12 and int(b) <= 12:
        return Order("dmy", between, len(c) == 4, padded)
    if int(b) > 12 and int(a) <= 12:
        return Order("mdy", between, len(c) == 4, padded)
    if between == found[4].strip() == "." and len(c) == 4 and max(int(a), int(b)) <= 12:
        return Order("dmy", ".", padded=padded)  # with points the day stands first, wherever dates are written so
    return None


def format_date(day: Day, order: Order) -> str:
    """The date in a field's own order."""
    year = f"{day.year or 0:04d}"
    month = (
        calendar.month_name[day.month] if order.named_month else f"{day.month:02d}" if order.padded else str(day.month)
    )
    number = day.day or 1
    pieces = {
        "y": year if order.long_year else year[2:],
        "m": month,
        "d": f"{number:02d}" if order.padded else str(number),
    }
    if order.between == "年":
        return "".join(pieces[part] + {"y": "年", "m": "月", "d": "日"}[part] for part in order.parts)
    return order.between.join(pieces[part] for part in order.parts)


def parse_time(text: str) -> Moment | None:
    """A time of day: 14:30, 2:30 pm, 14:30:05, 下午2:30, 14h30; None if it is none."""
    plain = fold(text)
    found = re.fullmatch(
        r"(上午|下午|晚上)?\s?(\d{1,2})\s?[:h点.]\s?(\d\d)(?::(\d\d))?分?\s?(uhr|h|([ap])\.?m\.?)?", plain
    ) or re.fullmatch(r"()(\d{1,2})()()\s?(([ap])\.?m\.?)", plain)
    if not found or ("." in plain and not found[6] and "m" not in plain and ":" not in plain):
        return None
    hour, minute, second = int(found[2]), int(found[3] or 0), int(found[4] or 0)
    half = found[6] or {"上午": "a", "下午": "p", "晚上": "p"}.get(found[1] or "")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return Moment(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def format_time(moment: Moment, asks: str) -> str:
    """The time as a field asks for it: with AM/PM where it speaks of that, else on the 24-hour clock."""
    if re.search(r"\b(?:am|pm|a\.m\.|p\.m\.|hh:mm (?:a|tt))\b", fold(asks)):
        half = "AM" if moment.hour < 12 else "PM"
        return f"{(moment.hour - 1) % 12 + 1:02d}:{moment.minute:02d} {half}"
    seconds = f":{moment.second:02d}" if moment.second else ""
    return f"{moment.hour:02d}:{moment.minute:02d}{seconds}"
