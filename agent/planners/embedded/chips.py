"""Operating lists that take several values and show each as a chip in the field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations

from agent.planners.embedded.choices import Pick, exact
from agent.planners.embedded.desk import Desk, click, name_of, press, type_text
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.suggestions import popup_words
from agent.planners.embedded.texts import Filled, value_of
from agent.planners.embedded.view import find_again
from agent.schema import Box, Element, Observation, Point
from agent.wording import normalise

MOST = 5
"""Chips whose order may be any."""


def choose_several(
    desk: Desk, turn: Turn, field: Element, items: Sequence[str], picks: Sequence[Pick]
) -> Routine[Filled | None]:
    """Choose each value from the list that opens at a field; None where no list opens (the focus is in the field).

    `ok` only where the field shows the chosen values and nothing else.
    """
    closed = turn
    if shows_all(desk, turn.observation, field, items):
        return Filled(turn, "ok", ", ".join(items))
    chosen: list[str] = []
    for item, pick in zip(items, picks, strict=True):
        turn, options = yield from _open(closed, turn, field)
        if not options and not chosen:
            return None
        option = _fitting(options, item, pick)
        if option is None and options:
            turn = yield from type_text(turn, field, item, replace=False, thought=f"look for {item!r} in the list")
            options = _options(closed.observation, turn.observation, field)
            option = _fitting(options, item, pick)
        if option is None:
            turn = yield from press(turn, ("esc",), f"close the list of {name_of(field)!r}", intent="dismiss")
            seen = tuple(e.text for e in options)
            return Filled(turn, "unfilled", ", ".join(chosen), f"the list has no option for {item!r}", seen)
        turn = yield from click(turn, option, f"choose {option.text!r}", intent="choose")
        chosen.append(option.text)
    if _options(closed.observation, turn.observation, field):
        turn = yield from press(turn, ("tab",), "leave the field, so that its list closes")
    if len(set(chosen)) == len(chosen) and shows_all(desk, turn.observation, field, chosen):
        return Filled(turn, "ok", ", ".join(chosen))
    shown = _read(desk, turn.observation, field)
    return Filled(turn, "wrong", shown, f"shows {shown!r} after {', '.join(chosen)} were chosen")


def _open(closed: Turn, turn: Turn, field: Element) -> Routine[tuple[Turn, list[Element]]]:
    """The options in view; a list that closed after a choice is opened again beside the chips."""
    options = _options(closed.observation, turn.observation, field)
    if not options:
        box = _place(turn.observation, field)
        at = None if turn is closed else Point(x=round(box.width * 0.8), y=box.height // 2)
        turn = yield from click(turn, field, f"open {name_of(field)!r}", intent="choose", at=at)
        options = _options(closed.observation, turn.observation, field)
    return turn, options


def _options(before: Observation, after: Observation, field: Element) -> list[Element]:
    box = _place(after, field)
    words = popup_words(before, after, field)
    return [e for e in words if e.box.top >= box.bottom - 4 or e.box.bottom <= box.top + 4]


def _fitting(options: Sequence[Element], item: str, pick: Pick) -> Element | None:
    found = exact(options, item)
    if found is None and (index := pick([e.text for e in options])) is not None:
        found = options[index]
    return found


def _read(desk: Desk, observation: Observation, field: Element) -> str:
    return desk.reread(observation.screenshot, _place(observation, field))


def _place(observation: Observation, field: Element) -> Box:
    """Where a field stands; a chip in it may be taken for the field itself."""
    found = find_again(observation, field)
    if found is None or (field.box.contains(found.box.center) and found.box.width < 0.8 * field.box.width):
        return field.box
    return found.box


def shows_all(desk: Desk, observation: Observation, field: Element, wanted: Sequence[str]) -> bool:
    """Whether a field shows just these values as chips, each with or without its cross."""
    box = _place(observation, field)
    parts = [
        e.text
        for e in observation.elements
        if e.text and (e.id != field.id or e.box.width < 0.8 * box.width) and box.contains(e.box.center)
    ]
    readings = (value_of(observation, field)[0], " ".join(parts), _read(desk, observation, field))
    return any(is_all(read, wanted) for read in readings)


def is_all(read: str, wanted: Sequence[str]) -> bool:
    """Whether a reading is just these values in any order, with crosses or commas between."""
    if not wanted or len(wanted) > MOST:
        return False
    text = _bare(read)
    count = f"(?:{len(wanted)})?"  # some tell at the end how many were chosen
    return any(
        re.fullmatch("".join(re.escape(_bare(w)) + "x?" for w in order) + count, text) for order in permutations(wanted)
    )


def _bare(text: str) -> str:
    return re.sub(r"[^\w]", "", normalise(text)).casefold().replace("×", "")
