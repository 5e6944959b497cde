"""Ink on a background, and the connected blobs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.schema import Box, Pixels

FAINT = 26
"""A pixel that differs from its background by less (of 255, in any channel) is not ink."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A connected piece of ink, in the coordinates of its window."""

    left: int
    top: int
    width: int
    height: int
    area: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


def view(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.top : box.bottom, box.left : box.right]


def background(part: Pixels) -> tuple[tuple[int, int, int], float]:
    """The commonest colour of a part and the share of its pixels that are (nearly) of it."""
    flat = part.reshape(-1, 3)
    if len(flat) > 4000:
        flat = flat[:: len(flat) // 2000]
    wide = flat.astype(np.uint32)
    # Seven bits a channel are one number, and antialiasing does not make a new background.
    codes = (wide[:, 0] >> 1) << 14 | (wide[:, 1] >> 1) << 7 | wide[:, 2] >> 1
    values, counts = np.unique(codes, return_counts=True)
    red, green, blue = (int(c) for c in np.median(flat[codes == values[counts.argmax()]], axis=0))
    colour = np.array((red, green, blue), np.int16)
    near = cv2.inRange(np.ascontiguousarray(flat[None]), np.clip(colour - 6, 0, 255), np.clip(colour + 6, 0, 255))
    return (red, green, blue), cv2.countNonZero(near) / len(flat)


def strongest(difference: Pixels) -> Pixels:
    """The largest of the three channels, shape (height, width)."""
    red, green, blue = cv2.split(difference)
    return cast(Pixels, cv2.max(cv2.max(red, green), blue))


def ink_of(part: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """How far each pixel is from a colour: the largest difference of a channel."""
    return strongest(cast(Pixels, cv2.absdiff(part, np.full_like(part, np.array(colour, np.uint8)))))


def _label(mask: NDArray[np.bool_]) -> tuple[int, NDArray[np.int32], NDArray[np.int32]]:
    """How many labels there are, the label of each pixel (0 is background), and OpenCV's figures for each."""
    found: Any = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return int(found[0]), found[1], found[2]


def blobs_of(mask: NDArray[np.bool_]) -> list[Blob]:
    return [Blob(*(int(v) for v in row)) for row in _label(mask)[2][1:]]


def without_lines(mask: NDArray[np.bool_], high: int) -> NDArray[np.bool_]:
    """A mask of ink without borders and fills: runs that are longer, across or down, than a letter `high` can be.

    Letters that touch a border come free of it; the crumbs of its corners go with it.
    """
    height, width = mask.shape
    ink = mask.astype(np.uint8)
    across = max(high, min(round(2.2 * high), width * 9 // 10))
    down = max(8, round(0.8 * high))
    lines = np.zeros(mask.shape, np.uint8)
    for rows, columns in ((1, across), (down, 1)):
        if rows <= height and columns <= width:
            lines = cv2.max(lines, cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((rows, columns), np.uint8)))
    if not lines.any():
        return mask
    rest = mask & (lines == 0)
    near = cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0
    count, labels, stats = _label(rest)
    small = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) <= max(4, 0.2 * high)
    touched = np.bincount(labels[near], minlength=count) > 0
    return rest & ~(small & touched)[labels]


def touching(box: Box, other: Box) -> bool:
    """Whether two boxes share a pixel: `overlap` without making a box, for the loops over pairs."""
    return (
        box.left < other.left + other.width
        and other.left < box.left + box.width
        and box.top < other.top + other.height
        and other.top < box.top + box.height
    )
