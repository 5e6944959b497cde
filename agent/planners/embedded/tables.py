"""Tables: the column under a heading, and bringing it into order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.meaning.dates import readings
from agent.meaning.lexicon import lexicon
from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import GiveUp, Uncertain
from agent.planners.embedded.ground import Fit
from agent.planners.embedded.pressing import click_fit
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import reading_order
from agent.schema import Element, Observation
from agent.wording import fold

_PRESSES = 3
"""A heading may first undo another order, then sort one way, then the other."""
_GAP = 4
"""Rows are not so many times their letters' height apart."""
_NUMBER = re.compile(r"[^\d\w-]{0,3}\s?(-?\d[\d.,' ]*)\s?[^\d]{0,4}")


def sort_by(turn: Turn, command: c.Sort) -> Routine[Turn]:
    """Press a column's heading until the values under it are seen to be in order; GiveUp if they never are."""
    head, values = _read(turn.observation, command.column)
    for _ in range(_PRESSES):
        if in_order(values, falling=command.falling):
            return turn
        turn = yield from click_fit(turn, c.Target(head.text, head.text), Fit(head, 1.0, "text"), command)
        head, values = _read(turn.observation, command.column)
    if in_order(values, falling=command.falling):
        return turn
    shown = ", ".join(values[:4])
    raise GiveUp(f"pressing {command.column!r} does not bring its column into that order: {shown} ...")


def _read(observation: Observation, column: str) -> tuple[Element, list[str]]:
    head = heading(observation, column)
    values = [e.text for e in column_under(observation, head)]
    if len(set(values)) < 2:
        raise GiveUp(f"under {column!r} there are no values whose order could be seen")
    return head, values


def press_row(turn: Turn, command: c.PressRow) -> Routine[Turn]:
    """Press the first text of the one row that holds the value; Uncertain if there is none or more than one."""
    observation = turn.observation
    heads = [head for column in command.columns for head in headings(observation, column)]
    if len(heads) != 1:
        names = tuple(e.text or e.label for e in heads)
        raise Uncertain(f"under which heading {command.value!r} is to be looked for is not plain", names)
    cells = column_under(observation, heads[0])
    held = [e for e in cells if _equal(e.text, command.value)]
    if len(held) != 1:
        raise Uncertain(f"{len(held)} rows in view hold {command.value!r}", tuple(e.text for e in held or cells[:5]))
    cell = held[0].box
    row = [e for e in observation.elements if e.text and abs(e.box.center.y - cell.center.y) <= cell.height // 2 + 2]
    first = min((e for e in row if e.role in ("text", "link")), key=lambda e: e.box.left)
    return (yield from click_fit(turn, c.Target(first.text, first.text), Fit(first, 1.0, "text"), command))


def _equal(shown: str, wanted: str) -> bool:
    one, other = _number(shown), _number(wanted)
    return one == other if one is not None and other is not None else fold(shown) == fold(wanted)


def heading(observation: Observation, column: str) -> Element:
    """The heading of a column that is called so; Uncertain if there is none or more than one."""
    heads = headings(observation, column)
    if len(heads) != 1:
        raise Uncertain(f"which column is meant by {column!r} is not plain", tuple(e.text or e.label for e in heads))
    return heads[0]


def headings(observation: Observation, column: str) -> list[Element]:
    """All that is called so and has at least two texts under it."""
    wanted = set(lexicon().tokens(column))
    named = [e for e in observation.elements if e.role in ("text", "heading", "link", "button") and (e.text or e.label)]
    named = [e for e in named if wanted and set(lexicon().tokens(e.text or e.label)) == wanted]
    return [e for e in named if len(column_under(observation, e)) > 1]


def column_under(observation: Observation, head: Element) -> list[Element]:
    """The texts under a heading, down to the first wide gap."""
    below = [
        e
        for e in observation.elements
        if e.text
        and e.role in ("text", "link")
        and e.box.top >= head.box.bottom - 2
        and e.box.left < head.box.right + 8
        and e.box.right > head.box.left - 8
    ]
    column: list[Element] = []
    last = head
    for cell in reading_order(below):
        if cell.box.top - last.box.bottom > _GAP * max(cell.box.height, head.box.height):
            break
        column.append(cell)
        last = cell
    return column


def in_order(values: Sequence[str], *, falling: bool) -> bool:
    """Whether values rise (or fall): as numbers or days if all are, else as words."""
    numbers = [_number(value) for value in values]
    days = [readings(value) for value in values]
    keys: list[tuple[float, ...]] | list[str]
    if all(number is not None for number in numbers):
        keys = [(number,) for number in numbers if number is not None]
    elif all(len(day) == 1 and day[0].year and day[0].day for day in days):
        keys = [(float(day[0].year or 0), float(day[0].month or 0), float(day[0].day or 0)) for day in days]
    else:
        keys = [fold(value) for value in values]
    pairs = list(pairwise(reversed(keys) if falling else keys))
    return all(a <= b for a, b in pairs)  # type: ignore[operator]


def _number(text: str) -> float | None:
    """A number with its currency or unit; what parts it is a decimal point if one or two digits follow."""
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        return None
    digits = re.sub(r"[ ']", "", found[1]).rstrip(".,")
    whole, mark, rest = digits, "", ""
    if parts := re.fullmatch(r"(.*)([.,])(\d{1,2})", digits):
        whole, mark, rest = parts[1], parts[2], parts[3]
    whole = re.sub(r"[.,]", "", whole)
    return float(f"{whole}.{rest}" if mark else whole) if whole.strip("-") else None
