"""Finding what a command names: on the screen as it is, or by waiting and scrolling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.planners.embedded.commands import Target
from agent.planners.embedded.desk import Desk, Uncertain, scroll, wait
from agent.planners.embedded.ground import Abstention, Fit, pick, pick_all
from agent.planners.embedded.page import scroll_area
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import blank_point
from agent.schema import Element, Observation, Role

PRONOUNS = frozenset({"it", "that", "them", "this", "they", "它", "这个", "该", "its"})
NOTCHES = 5
MAX_SCROLLS = 25
NO_ROLES: frozenset[Role] = frozenset()


@dataclass
class Walk:
    """What carries over from one command to the next."""

    desk: Desk
    record: dict[str, Any] | None = None
    secrets: frozenset[str] = frozenset()
    last: Fit | None = None
    """What the last command aimed at: "it"."""
    near: Element | None = None
    """What was looked for with "find": what follows is done beside it."""
    copied: str = ""
    keyed: bool = False
    """Keys were pressed since something was aimed at: the focus is wherever they brought it."""


def locate(
    walk: Walk, turn: Turn, target: Target, *, prefer: frozenset[Role] = NO_ROLES, scrolls: bool = True
) -> Routine[tuple[Turn, Fit]]:
    """The one thing that a target means, scrolled into view. Uncertain, with candidates, if there is none or more."""
    if target.words.lower() in PRONOUNS and walk.last is not None:
        return turn, walk.last
    found = pick(target, turn.observation, prefer=prefer, near=walk.near)
    if isinstance(found, Abstention) and _missing(found):
        turn = yield from wait(turn, 0.5, f"look for {target.said!r}")
        found = pick(target, turn.observation, prefer=prefer, near=walk.near)
    if isinstance(found, Abstention) and _missing(found) and scrolls:
        turn, found = yield from _scroll_to(walk, turn, target, prefer, found)
    if isinstance(found, Abstention):
        raise Uncertain(found.reason, found.candidates)
    walk.last = found
    return turn, found


def locate_all(
    walk: Walk, turn: Turn, target: Target, *, prefer: frozenset[Role] = NO_ROLES
) -> Routine[tuple[Turn, list[Fit]]]:
    """All that a target means, if it says "both" or "all"; else the one thing."""
    if not target.every:
        turn, one = yield from locate(walk, turn, target, prefer=prefer)
        return turn, [one]
    found = pick_all(target, turn.observation, prefer=prefer)
    if isinstance(found, Abstention):
        raise Uncertain(found.reason, found.candidates)
    return turn, found


def _missing(found: Abstention) -> bool:
    return found.reason.startswith(("nothing", "there are 0"))


def _scroll_to(
    walk: Walk, turn: Turn, target: Target, prefer: frozenset[Role], found: Abstention
) -> Routine[tuple[Turn, Fit | Abstention]]:
    """Scroll down to the end, then up to the beginning, until the target shows."""
    for direction in (1, -1):
        for _ in range(MAX_SCROLLS):
            before = turn.observation
            turn = yield from roll(turn, direction * NOTCHES, f"scroll to find {target.said!r}")
            seen = pick(target, turn.observation, prefer=prefer, near=walk.near)
            if not isinstance(seen, Abstention) or not _missing(seen):
                return turn, seen
            if same_view(before, turn.observation):
                break
    return turn, found


def roll(turn: Turn, notches: int, thought: str, where: Element | None = None) -> Routine[Turn]:
    """Turn the wheel over an element, or over an empty place of the page."""
    observation = turn.observation
    point = where.box.center if where else blank_point(observation, scroll_area(observation))
    return (yield from scroll(turn, point, notches, thought))


def same_view(before: Observation, after: Observation) -> bool:
    """Whether a scroll moved nothing: the same things stand in the same places."""
    if not after.changed:
        return True
    return _places(before) == _places(after) and bool(_places(before))


def _places(observation: Observation) -> frozenset[tuple[str, str, int, int]]:
    return frozenset((e.role, e.label or e.text, e.box.left, e.box.top) for e in observation.elements)
