"""Finding what a command names: on the screen as it is, or by waiting and scrolling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.planners.embedded.commands import Target
from agent.planners.embedded.desk import Desk, Uncertain, scroll, wait
from agent.planners.embedded.ground import Abstention, Fit, pick, pick_all
from agent.planners.embedded.page import scroll_area
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import blank_point, hull
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
    pressed: bool = False
    """What was aimed at last was also pressed, so that it is open."""
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
    thought = f"scroll to find {target.said!r}"
    for direction in (1, -1):
        where: Element | None = None
        step = NOTCHES
        for _ in range(MAX_SCROLLS):
            before = turn.observation
            turn = yield from roll(turn, direction * step, thought, where)
            still = same_view(before, turn.observation)
            if still:
                # The end; or, on a busy machine, the page has not begun to move yet.
                turn = yield from wait(turn, 0.3, f"{thought}: see whether it ends here")
                still = _places(before) == _places(turn.observation)
            seen = pick(target, turn.observation, prefer=prefer, near=walk.near)
            if not isinstance(seen, Abstention) or not _missing(seen):
                return turn, seen
            if still:
                if where is not None or (where := _middle_text(turn.observation)) is None:
                    break
            elif step > 1 and _skipped(before, turn.observation):
                turn = yield from roll(turn, -direction * step, f"{thought}: back, that was too far", where)
                step = 1
    return turn, found


def _skipped(before: Observation, after: Observation) -> bool:
    """Whether a scroll went further than what is in view: of all that moved nothing is seen again."""
    old, new = _places(before), _places(after)
    gone, come = ({text for _, text, *_ in some if len(text) > 2} for some in (old - new, new - old))
    return bool(gone) and bool(come) and not gone & come


def _middle_text(observation: Observation) -> Element | None:
    """The text nearest to the middle of what is written: where the page stands still, a part of it may scroll.

    Over a text the wheel changes no control.
    """
    texts = [e for e in observation.elements if e.role in ("text", "heading") and e.text]
    if not texts:
        return None
    centre = hull([e.box for e in texts]).center
    return min(texts, key=lambda e: abs(e.box.center.x - centre.x) + abs(e.box.center.y - centre.y))


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
    # What stands in a field counts: a text area scrolls where it stands.
    return frozenset((e.role, e.text or e.label, e.box.left, e.box.top) for e in observation.elements)
