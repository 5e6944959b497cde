"""Where an action aims, drawn into a picture so that it is seen on any ground."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from agent.schema import Box, Pixels, Point, Screenshot, Value

COLOURS = ((255, 0, 160), (0, 200, 0), (255, 220, 0), (0, 120, 255))
"""Of a mark, RGB; the one that differs most from what lies under it is taken."""
_SAMPLES = 4096
"""So many pixels of the ground are compared, at most."""


_ROOM = 3
"""Pixels beside a frame, on two sides of it, in which the ends of a cross are still seen."""


class Mark(Value):
    """A target: its frame, the point that is aimed at, or both, in pixels of the picture."""

    box: Box | None = None
    point: Point | None = None

    @classmethod
    def on(cls, screenshot: Screenshot, box: Box | None, point: Point | None) -> Mark:
        """A mark of desktop coordinates, as groundings have them, upon the picture of a screenshot."""
        s, left, top = screenshot.scale, screenshot.region.left, screenshot.region.top

        def moved(x: int, y: int) -> tuple[int, int]:
            return round((x - left) * s), round((y - top) * s)

        corners = (*moved(box.left, box.top), *moved(box.right, box.bottom)) if box else None
        x, y = moved(point.x, point.y) if point else (0, 0)
        return cls(box=Box.of(*corners) if corners else None, point=Point(x=x, y=y) if point else None)


def draw(pixels: Pixels, marks: Sequence[Mark], size: tuple[int, int], *, bold: bool = True) -> Pixels:
    """The picture at `size` (width, height) with its marks; shape (height, width, 3) RGB, never the array given.

    Marks are drawn after scaling, so that a line stays a line. `bold` gives lines two pixels and a dark edge;
    without it they have one pixel, for pictures of a few dozen pixels.
    """
    shrinks = size[0] <= pixels.shape[1] and size[1] <= pixels.shape[0]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    scaled = np.array(cv2.resize(pixels, size, interpolation=way), np.uint8)
    fx, fy = size[0] / pixels.shape[1], size[1] / pixels.shape[0]
    for mark in marks:
        _draw(scaled, _scaled(mark, fx, fy), bold)
    return scaled


def _scaled(mark: Mark, fx: float, fy: float) -> Mark:
    box, point = mark.box, mark.point
    return Mark(
        box=Box.of(box.left * fx, box.top * fy, box.right * fx, box.bottom * fy) if box else None,
        point=Point(x=int(point.x * fx), y=int(point.y * fy)) if point else None,
    )


def _draw(pixels: Pixels, mark: Mark, bold: bool) -> None:
    """A frame round the box and a cross whose middle stays open, so that the target itself is seen."""
    lines: list[tuple[int, int, int, int]] = []
    frame: tuple[int, int, int, int] | None = None
    if mark.box is not None:
        b = mark.box
        left, top, right, bottom = b.left - 1, b.top - 1, max(b.right, b.left + 1), max(b.bottom, b.top + 1)
        lines += [(left, top, right, top), (left, bottom, right, bottom)]
        lines += [(left, top, left, bottom), (right, top, right, bottom)]
        high, wide = pixels.shape[:2]
        room = min(top, high - bottom) >= _ROOM or min(left, wide - right) >= _ROOM
        frame = (left, top, right, bottom) if room else None
    if mark.point is not None:
        x, y, gap = mark.point.x, mark.point.y, 5 if bold else 2
        long = max(3, min(pixels.shape[:2]) // 12)
        left, top, right, bottom = x - gap, y - gap, x + gap, y + gap
        if frame and frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]:
            left, top, right, bottom = frame  # arms inside would cover what it says: they point from without
        lines += [(left - long, y, left, y), (right, y, right + long, y)]
        lines += [(x, top - long, x, top), (x, bottom, x, bottom + long)]
    colour = _colour(pixels, lines)
    passes = [((0, 0, 0), 4), (colour, 2)] if bold else [(colour, 1)]
    for paint, width in passes:
        for x0, y0, x1, y1 in lines:
            cv2.line(pixels, (x0, y0), (x1, y1), paint, width)


def _colour(pixels: Pixels, lines: Sequence[tuple[int, int, int, int]]) -> tuple[int, int, int]:
    """The colour of which even the most similar tenth of the ground differs most."""
    if not lines:
        return COLOURS[0]
    left, top = max(0, min(x[0] for x in lines) - 2), max(0, min(x[1] for x in lines) - 2)
    ground = pixels[top : max(x[3] for x in lines) + 3, left : max(x[2] for x in lines) + 3].reshape(-1, 3)
    if not ground.size:
        return COLOURS[0]
    ground = ground[:: max(1, len(ground) // _SAMPLES)].astype(np.int32)

    def apart(colour: tuple[int, int, int]) -> float:
        return float(np.percentile(np.abs(ground - np.array(colour)).sum(axis=1), 10))

    return max(COLOURS, key=apart)
