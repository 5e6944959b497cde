"""Where an action would land: what must still look as it did when the action was thought of."""

from __future__ import annotations

from agent.schema import Action, Box, Click, Drag, Move, Point, PressKeys, Proposal, Scroll, TypeText

SIDE = 24
"""Pixels of the square round a point of which nothing more is known."""


def places(proposal: Proposal, action: Action) -> tuple[Box | None, ...]:
    """The boxes that `action` (as it was approved) relies on; None stands for the window in front alone.

    Empty for what goes nowhere. A person may have put another point in the place of the one proposed: then what was
    known of the old target says nothing.
    """
    aimed = proposal.grounding.box if proposal.grounding is not None else None
    match action:
        case Click(point=point) | Move(point=point) | Scroll(point=point):
            points: tuple[Point, ...] = (point,)
        case Drag(path=path):
            points = (path[0], path[-1])
        case TypeText() | PressKeys():
            return (aimed,)
        case _:
            return ()
    known = aimed is not None and aimed.contains(points[0])
    rest = points[1:] if known else points
    return (*([aimed] if known else []), *(_round(point) for point in rest))


def _round(point: Point) -> Box:
    return Box(left=point.x - SIDE // 2, top=point.y - SIDE // 2, width=SIDE, height=SIDE)
