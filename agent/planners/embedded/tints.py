"""Colours and plain shapes in pixels, for sentences such as "the red circle"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.schema import Box, Pixels, Screenshot

Mask = NDArray[np.bool_]

_HUES: dict[str, tuple[int, int]] = {
    "red": (345, 14),
    "orange": (14, 42),
    "brown": (10, 45),
    "maroon": (345, 14),
    "gold": (40, 56),
    "yellow": (46, 70),
    "olive": (46, 75),
    "lime": (75, 130),
    "green": (70, 168),
    "teal": (165, 195),
    "cyan": (168, 198),
    "aqua": (168, 198),
    "blue": (198, 258),
    "navy": (210, 258),
    "purple": (255, 312),
    "violet": (255, 312),
    "magenta": (285, 335),
    "pink": (310, 358),
}
"""Ranges of hue in degrees."""
_DARK = frozenset({"brown", "maroon", "olive", "navy", "teal"})
MIN_AREA = 60
"""Smaller patches of a colour are no things, in square pixels."""


class Blob(NamedTuple):
    """A patch of one colour; `fill` is the share of its box that it covers, with what it encloses."""

    box: Box
    fill: float
    solid: float = 1.0
    """The share of its box that has the colour."""


def mask_of(pixels: Pixels, colour: str) -> Mask:
    """Which pixels (height, width, 3; RGB) have a colour, by its English name."""
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV_FULL).astype(np.int32)
    hue, saturation, value = hsv[..., 0] * 360 // 256, hsv[..., 1], hsv[..., 2]
    match colour:
        case "black":
            return value < 60
        case "white":
            return (value > 235) & (saturation < 20)
        case "grey":
            return (saturation < 30) & (value >= 60) & (value <= 225)
        case name if name in _HUES:
            low, high = _HUES[name]
            inside = (hue >= low) & (hue < high) if low < high else (hue >= low) | (hue < high)
            bright = value < 190 if name in _DARK else value > 90
            return inside & (saturation > 50) & bright
        case _:
            return np.zeros(value.shape, dtype=bool)


def share_of(pixels: Pixels, colour: str) -> float:
    """The share of some pixels that has a colour, 0..1; what is inside a border counts."""
    return float(mask_of(pixels, colour).mean()) if pixels.size else 0.0


def blobs(screenshot: Screenshot, colour: str) -> list[Blob]:
    """The patches of a colour on the screen, in desktop coordinates, in reading order."""
    return sorted(_patches(screenshot, colour), key=lambda blob: (blob.box.top // 12, blob.box.left))


def drawings(screenshot: Screenshot) -> list[Blob]:
    """The patches of any vivid colour, or of black, that may be drawn shapes; in reading order."""
    hsv = cv2.cvtColor(screenshot.pixels, cv2.COLOR_RGB2HSV_FULL)
    vivid = (hsv[..., 1] > 60) & (hsv[..., 2] > 50)
    found: list[Blob] = []
    for blob in (*_of_mask(mask_of(screenshot.pixels, "black"), screenshot), *_of_mask(vivid, screenshot)):
        # A shape with a black outline is one shape.
        if all(blob.box.iou(other.box) < 0.6 for other in found):
            found.append(blob)
    return sorted(found, key=lambda blob: (blob.box.top // 12, blob.box.left))


def _patches(screenshot: Screenshot, colour: str) -> Iterator[Blob]:
    return _of_mask(mask_of(screenshot.pixels, colour), screenshot)


def _of_mask(coloured: Mask, screenshot: Screenshot) -> Iterator[Blob]:
    mask = coloured.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for number, (left, top, width, height, area) in enumerate(stats[1:count], start=1):
        if area < MIN_AREA or min(width, height) < 5 or width * height > 0.25 * mask.size:
            continue
        if width >= 0.98 * mask.shape[1] or height >= 0.98 * mask.shape[0]:
            continue  # a banner or the ground
        scale = screenshot.scale
        corners = (left / scale, top / scale, (left + width) / scale, (top + height) / scale)
        box = Box.of(*corners).shift(screenshot.region.left, screenshot.region.top)
        part = (labels[top : top + height, left : left + width] == number).astype(np.uint8)
        # What an outline encloses belongs to the shape: a drawn ring is a circle.
        outline = cast(list[Any], cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0])
        cv2.drawContours(part, outline, -1, 1, cv2.FILLED)
        yield Blob(box, float(max(area, int(part.sum()))) / float(width * height), float(area) / float(width * height))


def has_shape(blob: Blob, shape: str) -> bool:
    """Whether a patch may be a circle, square, rectangle or triangle, by its proportions and how much it fills."""
    ratio = blob.box.width / max(1, blob.box.height)
    match shape:
        case "square":
            return 0.85 < ratio < 1.18 and blob.fill > 0.88
        case "rectangle":
            return blob.fill > 0.88
        case "circle":
            return 0.85 < ratio < 1.18 and 0.68 < blob.fill <= 0.86
        case "triangle":
            return 0.38 < blob.fill <= 0.66
        case _:
            return True
