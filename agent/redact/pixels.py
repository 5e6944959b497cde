"""Black places in pictures, and what lies under them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from agent.schema import Box, Pixels, Screenshot

EDGE = 2
"""Pixels added round a blacked-out box."""
_INK = 10
"""Difference from the ground, of 255, that counts as ink."""
_INK_LEFT = 0.002
"""Share of an area that may be ink which nobody explains."""


def blacked(shot: Screenshot, boxes: Iterable[Box]) -> Pixels:
    """A copy of the picture in which the boxes, in desktop pixels, are black."""
    pixels = np.array(shot.pixels, copy=True)
    scale = shot.scale
    for box in boxes:
        part = shot.region.overlap(box.grow(EDGE)).shift(-shot.region.left, -shot.region.top)
        top, bottom = int(part.top * scale), round(part.bottom * scale + 0.5)
        left, right = int(part.left * scale), round(part.right * scale + 0.5)
        pixels[top:bottom, left:right] = 0
    return pixels


def explained(shot: Screenshot, area: Box, known: Iterable[Box]) -> bool:
    """Whether next to no ink is left in an area beside what is known to be there."""
    part = shot.crop(area).astype(np.int16)
    if not part.size:
        return True
    scale, origin = shot.scale, shot.region.overlap(area)
    ground = np.median(part.reshape(-1, 3), axis=0)
    ink = (np.abs(part - ground) > _INK).any(axis=2)
    for box in known:
        inside = origin.overlap(box).shift(-origin.left, -origin.top)
        ink[
            int(inside.top * scale) : round(inside.bottom * scale + 0.5),
            int(inside.left * scale) : round(inside.right * scale + 0.5),
        ] = False
    return float(ink.mean()) < _INK_LEFT


def mostly_in(inner: Box, outer: Box) -> bool:
    return inner.overlap(outer).area * 2 > inner.area > 0
