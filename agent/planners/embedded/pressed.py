"""Operating options drawn as buttons: which are on shows by another ground or another ink than before the click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agent.planners.embedded.choices import Bring, Pick, stay
from agent.planners.embedded.desk import click, name_of, perform, press
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.texts import Filled
from agent.planners.embedded.view import alike, find_again, hull
from agent.schema import Box, Element, Expectation, Move, Observation, Point, Proposal
from agent.wording import normalise

PAPER, INK = 12, 70
"""How far two colours lie apart, of 255, that are not the same: of a ground, and of thin letters."""
ROUNDS = 2


class Look(NamedTuple):
    """How an option is drawn."""

    paper: tuple[int, ...]
    ink: tuple[int, ...]

    def differs(self, other: Look) -> bool:
        return _far(self.paper, other.paper) > PAPER or _far(self.ink, other.ink) > INK


def press_options(
    turn: Turn, options: Sequence[Element], picks: Sequence[Pick], bring: Bring = stay
) -> Routine[Filled]:
    """Press exactly those of some buttons that the values mean; `ok` when these and no others are seen to be on."""
    labels = tuple(e.text or e.label for e in options)
    chosen = {pick(labels) for pick in picks}
    if None in chosen:
        return Filled(turn, "unfilled", "", "no option fits one of the values", labels)
    wanted = [n in chosen for n in range(len(options))]
    shown = ", ".join(label for label, on in zip(labels, wanted, strict=True) if on)
    turn, found = yield from bring(turn, options[0])
    if found is None:
        return Filled(turn, "unknown", "", f"{labels[0]!r} is no longer seen", labels)
    dx, dy = found.box.left - options[0].box.left, found.box.top - options[0].box.top
    here = [e.model_copy(update={"box": e.box.shift(dx, dy)}) for e in options]
    first = [look_of(turn.observation, place) for place in places(turn.observation, here)]
    began = [_state(turn.observation, e) for e in here]
    if None in began:
        began = [e.state.checked for e in options]
    states = list(began)
    for _ in range(ROUNDS):
        # What is wanted goes first: of options that exclude each other it takes the others back.
        for n in sorted(range(len(here)), key=lambda n: not wanted[n]):
            if states[n] != wanted[n]:
                turn, states = yield from _press(turn, here, n, first, began)
        if states == wanted:
            return Filled(turn, "ok", shown)
        if None in states:
            break
    seen = ", ".join(label for label, on in zip(labels, states, strict=True) if on)
    if None in states:
        return Filled(turn, "unknown", seen, "which of its options are on can't be seen", labels)
    return Filled(turn, "wrong", seen, f"{seen or 'none'} is on, and {shown} was wanted", labels)


def _press(
    turn: Turn, options: Sequence[Element], number: int, first: Sequence[Look], began: Sequence[bool | None]
) -> Routine[tuple[Turn, list[bool | None]]]:
    """Click one option; what is on afterwards, told with the pointer and, if need be, the focus elsewhere."""
    option = options[number]
    box = places(turn.observation, options)[number]
    turn = yield from click(turn, option.model_copy(update={"box": box}), f"press {name_of(option)!r}", intent="choose")
    turn = yield from _look_aside(turn, options)
    states = states_of(turn.observation, options, first, began)
    if None in states:
        turn = yield from press(turn, ("tab",), f"take the focus away, to see {name_of(option)!r}")
        states = states_of(turn.observation, options, first, began)
    return turn, states


def _look_aside(turn: Turn, options: Sequence[Element]) -> Routine[Turn]:
    """Move the pointer off: what it is over is drawn otherwise."""
    point = _clear_point(turn.observation, hull([e.box for e in options]))
    proposal = Proposal(
        action=Move(point=point),
        thought="move the pointer off, to see which option is on",
        expectation=Expectation(kind="none"),
        intent="look",
    )
    return (yield from perform(turn, lambda _: proposal))


def _clear_point(observation: Observation, area: Box) -> Point:
    """A place beside an area, in view and on no control."""
    region = observation.screenshot.region.grow(-4)
    level = area.center.y
    sides = [(area.left - 20, level), (area.right + 20, level), (area.left - 20, area.bottom + 12)]
    sides += [(area.right + 20, area.bottom + 12), (area.left - 20, area.top - 12), (area.center.x, area.bottom + 12)]
    points = [point for point in (Point(x=x, y=y) for x, y in sides) if region.contains(point)]
    controls = [e.box.grow(4) for e in observation.elements if e.role not in ("text", "heading", "dialog")]
    free = [point for point in points if not any(box.contains(point) for box in controls)]
    return (free or points or [Point(x=region.left, y=region.top)])[0]


def states_of(
    observation: Observation, options: Sequence[Element], first: Sequence[Look], began: Sequence[bool | None]
) -> list[bool | None]:
    """Which options are on: by what has changed since their states were known, unless they are seen otherwise now.

    That none has changed is no sight of its own: options may be told apart by their ink alone.
    """
    seen = [_state(observation, e) for e in options]
    if None not in seen and (None in began or seen != list(began)):
        return seen
    now = [look_of(observation, place) for place in places(observation, options)]
    return [None if was is None else was != look.differs(old) for was, look, old in zip(began, now, first, strict=True)]


def _state(observation: Observation, option: Element) -> bool | None:
    found = find_again(observation, option)
    return found.state.checked if found is not None else None


def places(observation: Observation, options: Sequence[Element]) -> list[Box]:
    """Where the options stand now: a caption may have moved aside for a tick in another one."""
    area = hull([e.box for e in options]).grow(30)
    near = [e for e in observation.elements if area.contains(e.box.center)]
    found: list[Box] = []
    for option in options:
        caption = option.text or option.label
        same = [e for e in near if alike(normalise(e.text or e.label), caption)]
        box = option.box
        if len(same) == 1 and not box.contains(same[0].box.center):
            dx, dy = same[0].box.center.x - box.center.x, same[0].box.center.y - box.center.y
            box = box.shift(dx, dy)
        found.append(box)
    return found


def look_of(observation: Observation, box: Box) -> Look:
    """The colour of the ground inside a box, and that of the letters on it."""
    pixels = observation.screenshot.crop(box.grow(-max(3, box.height // 6))).reshape(-1, 3)
    if not pixels.size:
        return Look((), ())
    colours, counts = np.unique(pixels // 4, axis=0, return_counts=True)
    paper = colours[int(counts.argmax())].astype(np.int16) * 4
    away = np.abs(pixels.astype(np.int16) - paper).max(axis=1)
    strokes = pixels[away >= max(40, 0.8 * int(away.max()))]
    ink = np.median(strokes, axis=0) if len(strokes) else paper
    return Look(tuple(int(c) for c in paper), tuple(int(c) for c in ink))


def _far(one: Sequence[int], other: Sequence[int]) -> int:
    return max((abs(a - b) for a, b in zip(one, other, strict=False)), default=255)
