"""What changed between two captures."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from agent.schema import Box, Pixels, Screenshot

TILE = 32
"""Side of a change-detection tile, in picture pixels."""


def _difference(before: Pixels, after: Pixels) -> tuple[int, Pixels] | None:
    """First row that differs and, from there to the last, a mask of the pixels that differ (not 0); None if none."""
    height, width = after.shape[:2]
    if before is after:
        return None
    delta = cv2.absdiff(before, after)
    rows = np.flatnonzero(delta.reshape(height, width * 3).any(axis=1))
    if rows.size == 0:
        return None
    red, green, blue = cv2.split(delta[rows[0] : rows[-1] + 1])
    return int(rows[0]), cast(Pixels, cv2.max(cv2.max(red, green), blue))


def _tiles(mask: Pixels, tile: int) -> Pixels:
    """1 for each tile that holds a set pixel."""
    height, width = mask.shape
    across = np.arange(0, width, tile, dtype=np.intp)
    down = np.arange(0, height, tile, dtype=np.intp)
    most = np.maximum.reduceat(np.maximum.reduceat(mask, down, axis=0), across, axis=1)
    return (most > 0).astype(np.uint8)


def changed_tiles(before: Screenshot | None, after: Screenshot, tile: int = TILE) -> tuple[Box, ...]:
    """Where two captures differ, as desktop boxes that hold every changed pixel tightly; empty if nowhere.

    Tiles that touch (also by a corner) make one box. No earlier capture, or one of another region, means the
    whole region.
    """
    if before is None or before.region != after.region or before.pixels.shape != after.pixels.shape:
        return (after.region,)
    found = _difference(before.pixels, after.pixels)
    if found is None:
        return ()
    first, part = found
    grid = _tiles(part, tile)
    count, labels = cv2.connectedComponents(grid, connectivity=8)
    boxes: list[Box] = []
    for index in range(1, count):
        ty, tx = np.nonzero(labels == index)
        left, top = int(tx.min()) * tile, int(ty.min()) * tile
        cell = part[top : (int(ty.max()) + 1) * tile, left : (int(tx.max()) + 1) * tile]
        ys, xs = np.flatnonzero(cell.any(axis=1)), np.flatnonzero(cell.any(axis=0))
        boxes.append(Box.of(left + xs[0], first + top + ys[0], left + xs[-1] + 1, first + top + ys[-1] + 1))
    return tuple(_to_desktop(box, after) for box in boxes)


def _to_desktop(box: Box, shot: Screenshot) -> Box:
    s = shot.scale
    if s != 1.0:
        box = Box.of(box.left // s, box.top // s, -(-box.right // s), -(-box.bottom // s))
    return box.shift(shot.region.left, shot.region.top)


def is_caret(before: Screenshot, after: Screenshot, box: Box, ui_scale: float = 1.0) -> bool:
    """Whether the change in a box (a tight one, from `changed_tiles`) is an upright bar that came or went."""
    width, height = box.width * after.scale, box.height * after.scale
    if not (width <= 3 * ui_scale and 8 <= height <= 60 * ui_scale and height >= 4 * width):
        return False
    # The bar itself has one colour in the picture where it shows; what it covers may have any.
    return any(int(np.ptp(crop, axis=0).max()) <= 8 for crop in (before.crop(box), after.crop(box)) if crop.size)


def same_around(before: Screenshot, after: Screenshot, box: Box, margin: int = 4, ui_scale: float = 1.0) -> bool:
    """Whether a box (and `margin` pixels round it) still looks as it did, a blinking caret aside."""
    if before.region != after.region or before.pixels.shape != after.pixels.shape:
        return False
    area = after.region.overlap(box.grow(margin))
    if area.area == 0:
        return True
    old, new = (Screenshot(pixels=shot.crop(area), region=area) for shot in (before, after))
    if old.pixels.shape != new.pixels.shape:
        return False
    boxes = changed_tiles(old, new)
    return not boxes or (len(boxes) == 1 and is_caret(before, after, boxes[0], ui_scale))


def same_but_caret(before: Screenshot, after: Screenshot, ui_scale: float = 1.0) -> bool:
    """Whether nothing but a blinking caret differs."""
    boxes = changed_tiles(before, after)
    return not boxes or (len(boxes) == 1 and is_caret(before, after, boxes[0], ui_scale))
