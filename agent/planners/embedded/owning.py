"""Which of several like things belongs to a caption, by its card or row; what lies in a part of the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np

from agent.schema import Box, Element, Observation

T = TypeVar("T")

LARGE = 0.3
"""A ground that takes up more of the screen than this is the page's own: it holds everything, and tells nothing."""
_SAME = 7
"""Grey levels within which the ground counts as one."""


def belonging(items: Sequence[T], owner: Box, observation: Observation, box_of: Callable[[T], Box]) -> list[T]:
    """The items on the card or row that the owner's caption stands on; of several, those at its height."""
    card = ground_under(owner, observation)
    alone = card.area < LARGE * observation.screenshot.region.area
    held = [item for item in items if card.contains(box_of(item).center)] if alone else list(items)
    if len(held) <= 1 and alone:
        return held
    return [item for item in held if _level(box_of(item), owner)]


def _level(box: Box, owner: Box) -> bool:
    reach = max(4, round(0.6 * max(owner.height, min(box.height, 24))))
    return abs(box.center.y - owner.center.y) <= reach


def ground_under(box: Box, observation: Observation) -> Box:
    """The patch of one ground colour round a caption: its row, its card, or the page."""
    shot = observation.screenshot
    scale, region = shot.scale, shot.region
    grey = cv2.cvtColor(shot.pixels, cv2.COLOR_RGB2GRAY)
    left, top = round((box.left - region.left) * scale), round((box.top - region.top) * scale)
    right, bottom = round((box.right - region.left) * scale), round((box.bottom - region.top) * scale)
    width = grey.shape[1]
    part = grey[max(0, top - 1) : bottom + 1, max(0, left - 3) : right + 3]
    if not part.size:
        return region
    level = int(np.bincount(part.ravel(), minlength=256).argmax())
    same = (np.abs(grey.astype(np.int16) - level) <= _SAME).astype(np.uint8)
    _, marks, stats, _ = cv2.connectedComponentsWithStats(same, connectivity=4)
    inside = np.asarray(marks)[max(0, top - 1) : bottom + 1, max(0, left - 3) : min(width, right + 3)]
    counts = np.bincount(inside.ravel())
    counts[0] = 0
    if not counts.any():
        return region
    x, y, w, h, _ = (int(n) for n in np.asarray(stats)[int(counts.argmax())])
    return Box.of(x / scale, y / scale, (x + w) / scale, (y + h) / scale).shift(region.left, region.top)


def in_place(items: Sequence[T], place: str, observation: Observation, box_of: Callable[[T], Box]) -> list[T]:
    """Those in a named part of the screen; in a corner, the one that is clearly nearest to it."""
    region = observation.screenshot.region
    words = place.split()

    def away(item: T) -> float:
        """0 at the named edge, 1 at the opposite one, the farther of two."""
        at = box_of(item).center
        x, y = (at.x - region.left) / region.width, (at.y - region.top) / region.height
        sides = {"top": y, "bottom": 1 - y, "left": x, "right": 1 - x, "header": 2.5 * y, "footer": 2.5 * (1 - y)}
        sides["sidebar"] = 2.2 * min(x, 1 - x)
        return max((sides[word] for word in words if word in sides), default=0.0)

    held = sorted((item for item in items if away(item) < 0.5), key=away)
    if len(held) > 1 and len(words) > 1 and away(held[0]) * 1.6 + 0.01 < away(held[1]):
        return held[:1]
    return held


def discs(observation: Observation, icons: Sequence[Box]) -> list[Element]:
    """Round pictures and round patches with initials, as people are shown; round buttons with an icon are none."""
    shot = observation.screenshot
    grey = cv2.cvtColor(shot.pixels, cv2.COLOR_RGB2GRAY)
    edges = cv2.Canny(grey, 30, 90)
    joined = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    outlines = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    found: list[Element] = []
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        if not (24 <= w <= 76 and 0.92 < w / h < 1.09):
            continue
        hull = cv2.convexHull(outline)
        if not 0.72 < cv2.contourArea(hull) / (w * h) < 0.83 or cv2.contourArea(outline) < 0.65 * w * h:
            continue
        s, region = shot.scale, shot.region
        box = Box.of(x / s, y / s, (x + w) / s, (y + h) / s).shift(region.left, region.top)
        if not any(box.contains(icon.center) for icon in icons):
            found.append(Element(id=-4000 - len(found), role="icon", box=box, label="picture of a person"))
    return sorted(found, key=lambda e: (e.box.top // 12, e.box.left))
