"""Ink on a background, and the connected blobs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

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


def blobs_of(mask: NDArray[np.bool_]) -> list[Blob]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return [Blob(*(int(v) for v in row)) for row in stats[1:]]


def touching(box: Box, other: Box) -> bool:
    """Whether two boxes share a pixel: `overlap` without making a box, for the loops over pairs."""
    return (
        box.left < other.left + other.width
        and other.left < box.left + box.width
        and box.top < other.top + other.height
        and other.top < box.top + box.height
    )
