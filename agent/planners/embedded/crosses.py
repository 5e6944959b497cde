"""Close buttons: the cross that says "x" or "close" without a letter that could be read."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.schema import Box, Element, Observation, Pixels, Point, Role

NAMES = frozenset({"x", "×", "✕", "✖", "close", "关闭", "關閉", "cross"})
_ROLES: frozenset[Role] = frozenset({"button", "icon", "checkbox", "text", "link", "radio"})
_SIDE = 15


def crosses(observation: Observation) -> list[Element]:
    """The small things on the screen that are drawn as a diagonal cross."""
    return [e for e in observation.elements if _may_be(e) and is_cross(observation.screenshot.crop(e.box))]


def corner_cross(observation: Observation, box: Box) -> Point | None:
    """The middle of the one cross in a panel's upper right corner, as it is drawn there."""
    side = min(72, box.height // 2, box.width // 2)
    shot = observation.screenshot
    corner = Box(left=box.right - side, top=box.top, width=side, height=side).overlap(shot.region)
    pixels = shot.crop(corner)
    if min(pixels.shape[:2], default=0) < 12:
        return None
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.int32)
    away = np.abs(grey - np.median(grey)) > 60
    _, marks, stats, middles = cv2.connectedComponentsWithStats(away.astype(np.uint8), connectivity=8)
    found: list[Point] = []
    for n in range(1, len(stats)):
        x, y, w, h, _area = (int(v) for v in stats[n])
        if not 6 <= min(w, h) <= max(w, h) <= 40 * shot.scale:
            continue
        drawn = np.full((h + 6, w + 6, 3), 255, np.uint8)
        drawn[3:-3, 3:-3][marks[y : y + h, x : x + w] == n] = 0
        if is_cross(drawn):
            at = middles[n] / shot.scale
            found.append(Point(x=corner.left + round(at[0]), y=corner.top + round(at[1])))
    return found[0] if len(found) == 1 else None


def _may_be(element: Element) -> bool:
    box = element.box
    small = min(box.width, box.height) >= 6 and max(box.width, box.height) < 90
    return small and element.role in _ROLES and len(element.text or element.label) <= 1


def is_cross(pixels: Pixels) -> bool:
    """Whether the ink of a small picture lies on its two diagonals and nowhere else."""
    if min(pixels.shape[:2], default=0) < 5:
        return False
    for ink in _inks(pixels):
        ys, xs = np.nonzero(ink)
        if len(ys) < 8:
            continue
        part = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        ratio = part.shape[1] / part.shape[0]
        if not 0.75 < ratio < 1.34 or part.mean() > 0.8:
            continue
        size = np.asarray(cv2.resize(part.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float32)
        if _diagonal(size):
            return True
    return False


def _inks(pixels: Pixels) -> list[NDArray[np.bool_]]:
    """What differs from the ground at the edge, and from the ground a little further in (inside a frame)."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.int32)
    found: list[NDArray[np.bool_]] = []
    for inset in (0, max(2, min(grey.shape) // 6), max(3, min(grey.shape) // 4)):
        part = grey[inset : grey.shape[0] - inset, inset : grey.shape[1] - inset]
        if min(part.shape, default=0) < 5:
            break
        ground = np.median(np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]))
        away = np.abs(part - ground)
        found.append(away > max(30.0, 0.45 * float(away.max())))
    return found


def _diagonal(size: NDArray[np.float32]) -> bool:
    """Full along both diagonals and in the middle, empty in the middle of each side."""
    steps = np.arange(2, _SIDE - 2)
    first, second = size[steps, steps], size[steps, _SIDE - 1 - steps]
    middle = slice(_SIDE // 2 - 1, _SIDE // 2 + 2)
    sides = [size[:3, middle], size[-3:, middle], size[middle, :3], size[middle, -3:]]
    return bool(min(first.mean(), second.mean()) > 0.7 and max(float(side.mean()) for side in sides) < 0.25)
