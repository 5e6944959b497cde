"""Choosing a day in a calendar that has opened: leaf to the month, press the day, read the field."""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.planners.embedded.dates import MONTHS, Day, readings
from agent.planners.embedded.desk import Desk, GiveUp, click, wait
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.texts import Accept, Filled, check
from agent.schema import Box, Element, FieldVerdict, Observation
from agent.wording import fold, normalise

_TITLE = re.compile(r"([^\W\d_]{3,})\.?,?\s*(\d{4})")
_ENOUGH_DAYS = 20
_MOST_MONTHS = 36


class Month(NamedTuple):
    """A calendar on the screen: its month, and where the numbers of its days stand."""

    year: int
    month: int
    title: Element
    days: dict[int, list[Element]]
    grid: Box
    cell: int
    """Width of a column, in pixels."""


def days_of(value: str) -> list[Day]:
    """The days that a text may mean, the month first where both orders are possible."""
    found = [day for day in readings(normalise(value)) if day.year and day.day]
    numbers = [int(n) for n in re.findall(r"\d+", value)]
    return sorted(found, key=lambda day: numbers[:1] != [day.month])


def shown_month(observation: Observation) -> Month | None:
    """The calendar in view; None where there is none, or more than one."""
    found = [month for e in observation.elements if (month := _month_of(observation, e)) is not None]
    return found[0] if len(found) == 1 else None


def _month_of(observation: Observation, title: Element) -> Month | None:
    said = _TITLE.search(fold(title.text or title.label))
    number = MONTHS.get(said[1]) if said else None
    if said is None or number is None:
        return None
    days: dict[int, list[Element]] = {}
    for e in observation.elements:
        text = normalise(e.text or e.label)
        under = e.box.top >= title.box.center.y and abs(e.box.center.x - title.box.center.x) < 500
        if under and e.box.height < 120 and re.fullmatch(r"\d\d?", text) and 1 <= int(text) <= 31:
            days.setdefault(int(text), []).append(e)
    if len(days) < _ENOUGH_DAYS:
        return None
    flat = [e for same in days.values() for e in same]
    grid = flat[0].box
    for e in flat[1:]:
        grid = grid.union(e.box)
    return Month(int(said[2]), number, title, days, grid, max(8, grid.width // 7))


def pick_day(desk: Desk, turn: Turn, field: Element, value: str) -> Routine[Filled]:
    """Press the day in the calendar that is open; the field must then show the value as it was asked for."""
    read = ""
    for day in days_of(value):
        turn = yield from _leaf_to(turn, day)
        turn = yield from _press_day(turn, day)
        verdict, read = check(desk, turn.observation, field, _as_said(value), typed=True)
        if verdict == "ok":
            return Filled(turn, "ok", read)
        if shown_month(turn.observation) is None:
            break
    return Filled(turn, "wrong" if read else "unfilled", read, f"the calendar was used, but the field shows {read!r}")


def _as_said(value: str) -> Accept:
    wanted = [int(n) for n in re.findall(r"\d+", value)]

    def accept(read: str) -> FieldVerdict:
        if not read.strip():
            return "unfilled"
        return "ok" if [int(n) for n in re.findall(r"\d+", read)] == wanted else "wrong"

    return accept


def _leaf_to(turn: Turn, day: Day) -> Routine[Turn]:
    for _ in range(_MOST_MONTHS):
        month = shown_month(turn.observation)
        if month is None:
            turn = yield from wait(turn, 0.3, "look for the calendar")
            month = shown_month(turn.observation)
        if month is None or day.year is None:
            raise GiveUp("the calendar can't be read")
        ahead = 12 * (day.year - month.year) + day.month - month.month
        if ahead == 0:
            return turn
        arrow = _arrow(turn.observation, month, forward=ahead > 0)
        before = (month.year, month.month)
        turn = yield from click(turn, arrow, f"leaf to {day.year}-{day.month:02}")
        after = shown_month(turn.observation)
        if after is not None and (after.year, after.month) == before:
            turn = yield from wait(turn, 0.4, "look whether the month has changed")
            after = shown_month(turn.observation)
            if after is not None and (after.year, after.month) == before:
                raise GiveUp(f"the calendar stays at {before[0]}-{before[1]:02}")
    raise GiveUp("the month is too far away")


def _arrow(observation: Observation, month: Month, *, forward: bool) -> Element:
    """The button beside the title; where none is seen, the place above the last or first column."""
    title, grid = month.title.box, month.grid
    middle = title.center

    def at_end(e: Element) -> bool:
        level = abs(e.box.center.y - middle.y) < max(e.box.height, title.height) // 2
        side = e.box.center.x > middle.x + month.cell if forward else e.box.center.x < middle.x - month.cell
        near = grid.left - month.cell < e.box.center.x < grid.right + month.cell
        return e.role in ("button", "icon", "link") and level and side and near and e.id != month.title.id

    seen = [e for e in observation.elements if at_end(e)]
    if seen:
        return min(seen, key=lambda e: abs(e.box.center.x - middle.x))
    half = month.cell // 2
    x = grid.right - half if forward else grid.left + half
    box = Box(left=x - half // 2, top=middle.y - half // 2, width=half, height=half)
    return Element(id=-1, role="icon", box=box, label="next month" if forward else "previous month")


def _press_day(turn: Turn, day: Day) -> Routine[Turn]:
    month = shown_month(turn.observation)
    places = month.days.get(day.day or 0, []) if month else []
    if not places:
        raise GiveUp(f"the day {day.day} can't be read in the calendar")
    # Days of the months before and after stand in the first and the last rows.
    ordered = sorted(places, key=lambda e: (e.box.top, e.box.left))
    target = ordered[0] if (day.day or 0) < 15 else ordered[-1]
    return (yield from click(turn, target, f"choose the {day.day}"))
