"""Choosing a day in a calendar that opens at a field, for fields that take no typing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from agent.planners.embedded.dates import MONTHS
from agent.planners.embedded.desk import Desk, click, name_of
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.texts import Accept, Filled, check, popup_words
from agent.planners.embedded.view import hull, reading_order
from agent.schema import Element, Observation, Point
from agent.wording import fold

MOST_MONTHS = 40
"""A month farther away is not walked to."""
LEVEL = 10
"""Pixels by which the words of one row may differ in height."""


class Sheet(NamedTuple):
    """The month that a calendar shows, the row that says so, and the numbers below it."""

    months: int
    """Year * 12 + month."""
    head: Element
    days: tuple[Element, ...]


def pick_day(desk: Desk, turn: Turn, field: Element, day: date, accept: Accept) -> Routine[Filled | None]:
    """Open the calendar of a field, go to the month, click the day, read the field; None where no calendar opens."""
    closed = turn
    turn = yield from click(turn, field, f"open the calendar of {name_of(field)!r}", intent="choose")
    sheet = calendar_at(closed.observation, turn.observation, field)
    if sheet is None:
        return None
    wanted = day.year * 12 + day.month
    if abs(wanted - sheet.months) > MOST_MONTHS:
        return Filled(turn, "unfilled", "", "the month is too far away in its calendar")
    while sheet.months != wanted:
        step = 1 if wanted > sheet.months else -1
        turn = yield from click(turn, sheet.head, "go to another month", intent="choose", at=_arrow(sheet, step))
        now = calendar_at(closed.observation, turn.observation, field)
        if now is None or now.months != sheet.months + step:
            return Filled(turn, "unfilled", "", "its calendar can't be leafed through")
        sheet = now
    target = day_in(sheet.days, day.day)
    if target is None:
        return Filled(turn, "unfilled", "", f"day {day.day} is not seen in its calendar")
    turn = yield from click(turn, target, f"choose day {day.day}", intent="choose")
    verdict, read = check(desk, turn.observation, field, accept, typed=True)
    return Filled(turn, verdict, read, "" if verdict == "ok" else f"shows {read!r} after day {day.day} was chosen")


def calendar_at(before: Observation, after: Observation, field: Element) -> Sheet | None:
    """The calendar that opened at a field: a row with a month and a year, and numbers of days below it."""
    words = popup_words(before, after, field)
    for word in reading_order(words):
        row = [e for e in words if abs(e.box.center.y - word.box.center.y) <= LEVEL]
        months = month_of(" ".join(e.text for e in sorted(row, key=lambda e: e.box.left)))
        if months is None:
            continue
        days = [e for e in words if e.box.top >= word.box.bottom and re.fullmatch(r"[1-9]|[12]\d|3[01]", e.text)]
        if len(days) >= 20:
            said = [e for e in row if month_of(f"{e.text} 2000") is not None or re.search(r"\d{4}", e.text)]
            return Sheet(months, (said or [word])[0], tuple(reading_order(days)))
    return None


def month_of(text: str) -> int | None:
    """Year * 12 + month of a calendar's heading; None where it does not say both."""
    plain = fold(text)
    if found := re.search(r"(\d{4})\s?年\s?(\d{1,2})\s?月", plain):
        return int(found[1]) * 12 + int(found[2])
    months = [MONTHS[word] for word in re.findall(r"[^\W\d_]+", plain) if word in MONTHS]
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", plain)
    return int(years[0]) * 12 + months[0] if len(months) == len(years) == 1 else None


def _arrow(sheet: Sheet, step: int) -> Point:
    """Where the arrows to the neighbouring months stand: over the first and the last column of the days."""
    area = hull([e.box for e in sheet.days])
    centers = [e.box.center.x for e in sheet.days]
    x = max(centers) if step > 0 else min(centers)
    return Point(x=min(x, area.right) - sheet.head.box.left, y=sheet.head.box.height // 2)


def day_in(days: Sequence[Element], wanted: int) -> Element | None:
    """The element of a day, not of the months before and after; `days` are in reading order."""
    numbers = [int(e.text) for e in days]
    start = next((n for n, number in enumerate(numbers) if number <= 7), None)
    if start is None:
        return None
    last = start
    for n in range(start, len(days)):
        if n > start and numbers[n] <= numbers[n - 1]:
            break
        last = n
    return next((days[n] for n in range(start, last + 1) if numbers[n] == wanted), None)
