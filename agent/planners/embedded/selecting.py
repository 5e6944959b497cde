"""Selecting text with the mouse: one element's, or a whole paragraph's."""

from __future__ import annotations

from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import GiveUp, Uncertain, click, drag, name_of, press
from agent.planners.embedded.ground import Fit
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate
from agent.planners.embedded.texts import value_of
from agent.planners.embedded.view import differs, fields_of, reading_order
from agent.schema import Box, Element, Observation, Point


def select_text(walk: Walk, turn: Turn, command: c.SelectText) -> Routine[Turn]:
    """Select what a field holds, or what stands on the page; copy it if that is asked for."""
    if _means_paragraph(command.target):
        return (yield from _select_paragraph(walk, turn, command))
    turn, found = yield from locate(walk, turn, command.target)
    element = found.element
    before = turn.observation
    if element in fields_of(before):
        turn = yield from click(turn, element, f"click into {name_of(element)!r}")
        turn = yield from press(turn, ("ctrl", "a"), command.said, target=element, intent="instruct")
    else:
        turn = yield from drag(turn, element, _along([element]), command.said)
    if not differs(before, turn.observation, element.box.grow(2)):
        raise GiveUp("no selection can be seen")
    if command.copy:
        walk.copied = value_of(before, element)[0] or element.text
        turn = yield from press(turn, ("ctrl", "c"), command.said, target=element, intent="instruct")
    return turn


def _means_paragraph(target: c.Target) -> bool:
    return target.kind == "text" and not target.words and "paragraph" in target.said.lower()


def _select_paragraph(walk: Walk, turn: Turn, command: c.SelectText) -> Routine[Turn]:
    blocks = paragraphs(turn.observation)
    number = command.target.ordinal
    if number is None and len(blocks) > 1:
        raise Uncertain(f"there are {len(blocks)} paragraphs", tuple(block[0].text for block in blocks))
    place = 0 if number is None else number - 1 if number > 0 else len(blocks) + number
    if not 0 <= place < len(blocks):
        raise GiveUp(f"there are {len(blocks)} paragraphs")
    block = blocks[place]
    before = turn.observation
    turn = yield from drag(turn, block[0], _along(block), command.said)
    if not all(differs(before, turn.observation, line.box) for line in block):
        raise GiveUp("no selection of all its lines can be seen")
    walk.last = Fit(block[0], 1.0, "text")
    if command.copy:
        walk.copied = " ".join(line.text for line in block)
        turn = yield from press(turn, ("ctrl", "c"), command.said, target=block[0], intent="instruct")
    return turn


def _along(lines: list[Element]) -> tuple[Point, ...]:
    """From before the first letter to behind the last one."""
    first, last = lines[0].box, lines[-1].box
    return (
        Point(x=first.left - 1, y=first.center.y),
        Point(x=(first.left + last.right) // 2, y=(first.center.y + last.center.y) // 2),
        Point(x=last.right + 3, y=last.center.y),
    )


def paragraphs(observation: Observation) -> list[list[Element]]:
    """The blocks of running text: lines below each other that begin at the same place, in reading order."""
    lines = [e for e in observation.elements if e.role in ("text", "link", "heading") and e.text]
    blocks: list[list[Element]] = []
    for line in reading_order(lines):
        home = next((block for block in reversed(blocks) if _continues(block, line)), None)
        if home is None:
            blocks.append([line])
        else:
            home.append(line)
    return [block for block in blocks if len(" ".join(line.text for line in block).split()) > 2]


def _continues(block: list[Element], line: Element) -> bool:
    last: Box = block[-1].box
    beside = abs(line.box.center.y - last.center.y) < last.height // 2 and 0 <= line.box.left - last.right < last.height
    gap = line.box.top - last.bottom
    below = -4 <= gap < 0.75 * max(last.height, line.box.height) and abs(line.box.left - block[0].box.left) < 30
    return beside or below
