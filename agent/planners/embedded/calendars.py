"""Choosing a day in a calendar: leaf to the month, press the day, read the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from agent.meaning.dates import MONTHS, Day, readings
from agent.planners.embedded.desk import Desk, GiveUp, click, name_of, wait
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.suggestions import popup_words
from agent.planners.embedded.texts import Accept, Filled, check
from agent.planners.embedded.view import FIELDS, TEXTUAL, hull, reading_order, same_control
from agent.schema import Box, Element, FieldVerdict, Observation, Point
from agent.wording import fold, normalise

MOST_MONTHS = 40
"""A month farther away is not walked to."""
ENOUGH_DAYS = 20
"""Fewer numbers below a month's name are no calendar."""
LEVEL = 10
"""Pixels by which the words of one row may differ in height."""
ROW_REACH, GRID_REACH, MOST_HEIGHT = 250, 500, 120
"""Pixels: how far the words of a heading stand apart, how far the days from it, and how high a day is at most."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]")


class Sheet(NamedTuple):
    """The month that a calendar shows, the words that say so, and the numbers below them."""

    months: int
    """Year * 12 + month."""
    head: Element
    title: Box
    """Round all words of the heading."""
    days: tuple[Element, ...]
    """In reading order; days of the months before and after may be among them."""


Look = Callable[[Observation], Sheet | None]
"""How the calendar is found in a look."""


# ---------------------------------------------------------------- the two ways in


def pick_day(desk: Desk, turn: Turn, field: Element, day: date, accept: Accept) -> Routine[Filled | None]:
    """Open the calendar of a field, go to the month, click the day, read the field; None where no calendar opens."""
    closed = turn.observation
    look: Look = shown_month
    if not shown_at(closed, field):
        turn = yield from click(turn, field, f"open the calendar of {name_of(field)!r}", intent="choose")

        def opened(observation: Observation) -> Sheet | None:
            return _sheet_among(popup_words(closed, observation, field))

        # What was typed before may have opened it already.
        look = opened if opened(turn.observation) is not None else shown_month
    if look(turn.observation) is None:
        return None
    turn, trouble = yield from _walk(turn, look, day.year * 12 + day.month, day.day)
    if trouble:
        return Filled(turn, "unfilled", "", trouble)
    verdict, read = check(desk, turn.observation, field, accept, typed=True)
    return Filled(turn, verdict, read, "" if verdict == "ok" else f"shows {read!r} after day {day.day} was chosen")


def pick_as_said(desk: Desk, turn: Turn, field: Element, value: str) -> Routine[Filled]:
    """Use the calendar that is open; the field must then show the value as it was asked for. GiveUp if it can't be."""
    read = ""
    for day in days_of(value):
        turn, trouble = yield from _walk(turn, shown_month, (day.year or 0) * 12 + day.month, day.day or 0)
        if trouble:
            raise GiveUp(trouble)
        verdict, read = check(desk, turn.observation, field, _as_said(value), typed=True)
        if verdict == "ok":
            return Filled(turn, "ok", read)
        if shown_month(turn.observation) is None:
            break
    return Filled(turn, "wrong" if read else "unfilled", read, f"the calendar was used, but the field shows {read!r}")


def pick_in_view(turn: Turn, day: int, month: int | None, year: int | None) -> Routine[Turn]:
    """Press a day in the one calendar in view; month and year are those it shows, where they aren't said."""
    sheet = shown_month(turn.observation)
    if sheet is None:
        raise GiveUp("no calendar can be read")
    shown_year, shown = divmod(sheet.months - 1, 12)
    wanted = (year or shown_year) * 12 + (month or shown + 1)
    turn, trouble = yield from _walk(turn, shown_month, wanted, day)
    if trouble:
        raise GiveUp(trouble)
    return turn


def days_of(value: str) -> list[Day]:
    """The days that a text may mean, the month first where both orders are possible."""
    found = [day for day in readings(normalise(value)) if day.year and day.day]
    numbers = [int(n) for n in re.findall(r"\d+", value)]
    return sorted(found, key=lambda day: numbers[:1] != [day.month])


def _as_said(value: str) -> Accept:
    wanted = [int(n) for n in re.findall(r"\d+", value)]

    def accept(read: str) -> FieldVerdict:
        if not read.strip():
            return "unfilled"
        return "ok" if [int(n) for n in re.findall(r"\d+", read)] == wanted else "wrong"

    return accept


# ---------------------------------------------------------------- walking


def _walk(turn: Turn, look: Look, wanted: int, day: int) -> Routine[tuple[Turn, str]]:
    """Leaf to a month and press a day; with the newest turn comes what went wrong, or nothing."""
    sheet = look(turn.observation)
    if sheet is None:
        turn = yield from wait(turn, 0.3, "look for the calendar")
        sheet = look(turn.observation)
    if sheet is None:
        return turn, "its calendar can't be read"
    if abs(wanted - sheet.months) > MOST_MONTHS:
        return turn, "the month is too far away in its calendar"
    while sheet.months != wanted:
        turn, now = yield from _leaf(turn, look, sheet, forward=wanted > sheet.months)
        # An arrow may go by more than a month, but each press must come nearer.
        if now is None or abs(wanted - now.months) >= abs(wanted - sheet.months):
            return turn, "its calendar can't be leafed through"
        sheet = now
    target = day_in(sheet.days, day) or between(sheet.days, day)
    if target is None:
        return turn, f"day {day} is not seen in its calendar"
    turn = yield from click(turn, target, f"choose day {day}", intent="choose")
    return turn, ""


def _leaf(turn: Turn, look: Look, sheet: Sheet, *, forward: bool) -> Routine[tuple[Turn, Sheet | None]]:
    """Press an arrow; the sheet is None where the month stays or can't be read any more."""
    for target, at in arrows(turn.observation, sheet, forward=forward):
        thought = f"go to {'a later' if forward else 'an earlier'} month"
        turn = yield from click(turn, target, thought, intent="choose", at=at)
        now = look(turn.observation)
        if now is None or now.months == sheet.months:
            turn = yield from wait(turn, 0.4, "look whether the month has changed")
            now = look(turn.observation)
        if now is None or now.months != sheet.months:
            return turn, now
    return turn, None


def arrows(observation: Observation, sheet: Sheet, *, forward: bool) -> Iterator[tuple[Element, Point | None]]:
    """Where the arrow may be: the button nearest the heading, then the place over the last or the first column."""
    grid, title = hull([e.box for e in sheet.days]), sheet.title
    cell = max(8, grid.width // 7)
    centers = [e.box.center.x for e in sheet.days]
    place = Point(x=max(centers) if forward else min(centers), y=title.center.y)

    def level(e: Element) -> bool:
        near = abs(e.box.center.y - title.center.y) < max(e.box.height, title.height) // 2
        return near and e.role in ("button", "icon", "link") and e.box.width < 2 * cell

    seen = [e for e in observation.elements if level(e)]
    before = [e for e in seen if grid.left - cell < e.box.center.x < title.left]
    behind = [e for e in seen if title.right < e.box.center.x < grid.right + cell]
    if len(behind) > 1 and not before and any(e.box.center.x > title.right + 1.5 * cell for e in behind):
        # Both arrows stand at the right end; what is close to the heading opens a list of years.
        pair = sorted((e for e in behind if e.box.left > title.right + cell // 2), key=lambda e: e.box.left)
        before, behind = pair[:1], pair[-1:]
    wanted = behind if forward else before
    nearest = min(wanted, key=lambda e: abs(e.box.center.x - title.center.x), default=None)
    if nearest is not None:
        yield nearest, None
    if nearest is None or not nearest.box.contains(place):
        yield sheet.head, Point(x=place.x - sheet.head.box.left, y=place.y - sheet.head.box.top)


# ---------------------------------------------------------------- reading a calendar


def shown_month(observation: Observation) -> Sheet | None:
    """The calendar in view; None where there is none, or more than one."""
    return _sheet_among(observation.elements)


def shown_at(observation: Observation, field: Element) -> bool:
    """Whether the calendar in view hangs at a field, and not at another one that got the focus meanwhile."""
    sheet = shown_month(observation)
    if sheet is None:
        return False
    grid = hull([sheet.title, *(e.box for e in sheet.days)])

    def away(box: Box) -> tuple[int, int]:
        aside = max(0, box.left - grid.right, grid.left - box.right)
        return aside + max(0, box.top - grid.bottom, grid.top - box.bottom), abs(box.left - grid.left)

    others = [e for e in observation.elements if e.role in TEXTUAL and not grid.contains(e.box.center)]
    return all(away(field.box) < away(e.box) for e in others if not same_control(e, field))


def _sheet_among(words: Sequence[Element]) -> Sheet | None:
    """The one month, with numbers of days below it, that the words say; None also where they say several."""
    found: list[Sheet] = []
    for months, said in _headings(words):
        title = hull([e.box for e in said])

        def under(e: Element, of: Point = title.center) -> bool:
            near = e.box.top >= of.y and abs(e.box.center.x - of.x) < GRID_REACH
            # A cell may be drawn like a field; of a field half under the calendar a day may be taken for the caption.
            said = normalise(e.text) if e.role in FIELDS else _says(e)
            return near and e.box.height < MOST_HEIGHT and _DAY.fullmatch(said) is not None

        days = [e for e in words if under(e)]
        if len(days) >= ENOUGH_DAYS:
            found.append(Sheet(months, said[0], title, tuple(reading_order(days))))
    # Where a calendar says its month twice, the heading next to the days is the one with the arrows.
    return found[-1] if len({sheet.months for sheet in found}) == 1 else None


def _headings(words: Sequence[Element]) -> Iterator[tuple[int, list[Element]]]:
    """Words, or rows of words, that say a month and a year and no day, from top to bottom."""
    telling = reading_order([e for e in words if _tells(fold(_says(e)))])
    for word in telling:
        middle = word.box.center
        row = [e for e in telling if abs(e.box.center.y - middle.y) <= LEVEL]
        row = [e for e in row if abs(e.box.center.x - middle.x) < ROW_REACH]
        for said in ([word], sorted(row, key=lambda e: e.box.left)):
            text = " ".join(_says(e) for e in said)
            months = month_of(text)
            if months is not None and len(re.findall(r"\d+", text)) == (2 if "月" in text else 1):
                yield months, said
                break


def _tells(plain: str) -> bool:
    words = re.findall(r"[^\W\d_]+", plain)
    return "月" in plain or _YEAR.search(plain) is not None or any(word in MONTHS for word in words)


def _says(e: Element) -> str:
    return normalise(e.text or e.label)


def month_of(text: str) -> int | None:
    """Year * 12 + month of a calendar's heading; None where it does not say both."""
    plain = fold(text)
    if found := re.search(r"(\d{4})\s?年\s?(\d{1,2})\s?月", plain):
        return int(found[1]) * 12 + int(found[2])
    if found := re.search(r"(?<!\d)(\d{1,2})\s?月\W{0,3}(\d{4})(?!\d)", plain):
        return int(found[2]) * 12 + int(found[1])
    months = [MONTHS[word] for word in re.findall(r"[^\W\d_]+", plain) if word in MONTHS]
    years = _YEAR.findall(plain)
    return int(years[0]) * 12 + months[0] if len(months) == len(years) == 1 else None


def between(days: Sequence[Element], wanted: int) -> Element | None:
    """Where a day must stand that was not read (on a disc, mostly): midway between two neighbours that were."""
    for step in (1, 7):
        one, other = day_in(days, wanted - step), day_in(days, wanted + step)
        if one is None or other is None:
            continue
        a, b = one.box.center, other.box.center
        if abs(a.y - b.y) <= LEVEL if step == 1 else abs(a.x - b.x) <= LEVEL:
            return one.model_copy(
                update={"box": one.box.shift((b.x - a.x) // 2, (b.y - a.y) // 2), "text": str(wanted)}
            )
    return None


def day_in(days: Sequence[Element], wanted: int) -> Element | None:
    """The element of a day, not of the months before and after; `days` are in reading order.

    A number that was misread loses its own day only; a day that seems to stand there twice is not chosen.
    """
    numbers = [int(_says(e)) for e in days]
    start = next((n for n, number in enumerate(numbers) if number <= 7), len(numbers))
    ends = (n for n in range(start + 1, len(numbers)) if numbers[n] <= 3 and numbers[n - 1] >= 25)
    own = range(start, next(ends, len(numbers)))
    found = [days[n] for n in own if numbers[n] == wanted]
    return found[0] if len(found) == 1 else None
