"""The part of a picture where an action aims."""

from __future__ import annotations

from agent.schema import Action, Box, Click, Drag, Grounding, Move, Point, Proposal, Screenshot, Scroll

_ROUND = 16
"""Pixels that are shown round the target at least."""


def place_of(proposal: Proposal) -> tuple[Box | None, Point | None]:
    """The target's box and the point that is aimed at, in desktop pixels, where there are any."""
    grounding = proposal.grounding
    point = point_of(proposal.action) or (grounding.point if grounding else None)
    return _box(grounding, point), point


def point_of(action: Action) -> Point | None:
    """Where the pointer goes."""
    match action:
        case Click(point=point) | Move(point=point) | Scroll(point=point):
            return point
        case Drag(path=path):
            return path[0]
        case _:
            return None


def closeup(shot: Screenshot, box: Box | None, point: Point | None, room: tuple[int, int]) -> Screenshot:
    """The target with what is round it, pixel by pixel where `room` (width, height in pixels) allows.

    Without a target it is the whole picture. The part has the room's aspect, so that none of the room is lost.
    """
    if box is None and point is not None:
        box = Box(left=point.x, top=point.y, width=1, height=1)
    if box is None or not shot.region.overlap(box).area:
        return shot
    wide, high = max(1, room[0]), max(1, room[1])
    width, height = max(wide, box.width + 2 * _ROUND), max(high, box.height + 2 * _ROUND)
    width, height = max(width, height * wide // high), max(height, width * high // wide)
    width, height = min(width, shot.region.width), min(height, shot.region.height)
    left = _inside(box.center.x - width // 2, shot.region.left, shot.region.right - width)
    top = _inside(box.center.y - height // 2, shot.region.top, shot.region.bottom - height)
    part = Box(left=left, top=top, width=width, height=height)
    return Screenshot(pixels=shot.crop(part), region=part, taken_at=shot.taken_at)


def _box(grounding: Grounding | None, point: Point | None) -> Box | None:
    """The grounding's box, unless the action aims elsewhere."""
    if grounding is None or (point is not None and not grounding.box.grow(2).contains(point)):
        return None
    return grounding.box


def _inside(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
