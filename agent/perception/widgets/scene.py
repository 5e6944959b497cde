"""The picture cut into flat zones and outlines: the raw material of every finder.

User interfaces are drawn, not photographed: a control is an area of one colour inside a closed outline, however faint.
A pixel that differs from its right or lower neighbour is an edge pixel. Edge pixels that touch make a *blob* (the
outline of a glyph, a tick box, a whole button group); the pixels between edges make *zones* (the inside of a control,
a card, the page). Zones keep glued controls apart, blobs hold small drawings together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from agent.perception.parts import TextLine
from agent.schema import Box, Pixels

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

EDGE = 3
"""Smallest step between neighbouring pixels (0..255, strongest channel) that is an edge: #f8f9fa on white is 7, and
a rounded corner halves that."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in picture pixels, right and bottom exclusive; lighter than `Box` for the thousands in between."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return max(0, self.width) * max(0, self.height)

    def overlap(self, other: Rect) -> int:
        """Pixels in common."""
        w = min(self.right, other.right) - max(self.left, other.left)
        h = min(self.bottom, other.bottom) - max(self.top, other.top)
        return w * h if w > 0 and h > 0 else 0

    def inside(self, other: Rect, slack: int = 0) -> bool:
        return (
            self.left >= other.left - slack
            and self.top >= other.top - slack
            and self.right <= other.right + slack
            and self.bottom <= other.bottom + slack
        )

    def box(self) -> Box:
        return Box.of(self.left, self.top, self.right, self.bottom)

    @classmethod
    def of(cls, box: Box) -> Rect:
        return cls(box.left, box.top, box.right, box.bottom)


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture, cut up. All arrays are indexed [row, column] or [label]."""

    pixels: Pixels
    scale: float
    """How many pixels one design pixel takes: limits of size are multiplied by it."""
    edges: NDArray[np.uint8]
    zones: Ints
    """Zone label of each pixel; 0 is edge."""
    zone_rects: Ints
    """[label] -> left, top, right, bottom, area."""
    blobs: Ints
    """Blob label of each pixel; 0 is flat."""
    blob_rects: Ints
    edge_sums: Ints
    """Integral picture of `edges`, one row and column larger."""
    lines: tuple[Rect, ...]
    texts: tuple[str, ...]

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    def px(self, design: float) -> int:
        """A length in design pixels, in picture pixels."""
        return max(1, round(design * self.scale))

    def edge_count(self, left: Ints, top: Ints, right: Ints, bottom: Ints) -> Ints:
        """Edge pixels in each of many rectangles at once (clamped to the picture)."""
        s = self.edge_sums
        x0, x1 = np.clip(left, 0, self.width), np.clip(right, 0, self.width)
        y0, y1 = np.clip(top, 0, self.height), np.clip(bottom, 0, self.height)
        return s[y1, x1] - s[y0, x1] - s[y1, x0] + s[y0, x0]

    def clamp(self, rect: Rect) -> Rect:
        return Rect(max(0, rect.left), max(0, rect.top), min(self.width, rect.right), min(self.height, rect.bottom))

    def lines_in(self, rect: Rect) -> list[int]:
        """Indices of the text lines that lie mostly in a rectangle."""
        return [i for i, line in enumerate(self.lines) if line.overlap(rect) > 0.6 * max(1, line.area)]


def difference(pixels: Pixels, colour: NDArray[np.int16]) -> NDArray[np.int16]:
    """Distance of each pixel from a colour: the strongest channel, 0..255."""
    return np.abs(pixels.astype(np.int16) - colour).max(axis=2)


def likely_scale(lines: Sequence[TextLine], told: float) -> float:
    """Picture pixels per design pixel: what one was told, or more where the text is far too high for that."""
    heights = sorted(line.box.height for line in lines)
    if len(heights) < 4:
        return told
    # the ink of common text is 10 to 15 design pixels high
    return min(3.0, max(told, heights[len(heights) * 2 // 5] / 15))


def cut(pixels: Pixels, lines: Sequence[TextLine], scale: float = 1.0) -> Scene:
    """Cut a picture into zones and blobs (about 15 ms for 1280x800)."""
    height, width = pixels.shape[:2]
    pixels = np.ascontiguousarray(pixels)
    flat = np.full((height, width), 255, np.uint8)
    flat[:, :-1] = _calm(cv2.absdiff(pixels[:, :-1], pixels[:, 1:]))
    flat[:-1] &= _calm(cv2.absdiff(pixels[:-1], pixels[1:]))
    edges = cv2.threshold(flat, 127, 1, cv2.THRESH_BINARY_INV)[1].astype(np.uint8, copy=False)
    rects = tuple(Rect.of(line.box) for line in lines)
    _mend_notches(edges, rects)
    flat = cv2.threshold(edges, 0, 1, cv2.THRESH_BINARY_INV)[1]
    _, zones, zone_stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4, ltype=cv2.CV_32S)
    _, blobs, blob_stats, _ = cv2.connectedComponentsWithStats(edges, connectivity=8, ltype=cv2.CV_32S)
    return Scene(
        pixels=pixels,
        scale=scale,
        edges=edges,
        zones=np.asarray(zones, np.int32),
        zone_rects=_rects(np.asarray(zone_stats, np.int32), 0, 1),
        blobs=np.asarray(blobs, np.int32),
        blob_rects=_rects(np.asarray(blob_stats, np.int32), 1, 0),
        edge_sums=np.asarray(cv2.integral(edges, sdepth=cv2.CV_32S), np.int32),
        lines=rects,
        texts=tuple(line.text for line in lines),
    )


def _calm(steps: MatLike) -> NDArray[np.uint8]:
    """255 where no channel steps as far as an edge does."""
    return np.asarray(cv2.inRange(steps, (0, 0, 0), (EDGE - 1,) * 3), np.uint8)


def middle(colours: NDArray[np.int16] | Pixels) -> NDArray[np.int16]:
    """The median of a list of colours, channel by channel (much faster than `np.median` for a few)."""
    return np.sort(colours, axis=0)[len(colours) // 2].astype(np.int16)


def _rects(stats: Ints, lead: int, tail: int) -> Ints:
    """Left, top, right, bottom, area; an edge pixel stands one left of and above the step that it marks."""
    out = stats.astype(np.int32).copy()
    out[:, 2] += out[:, 0] + tail
    out[:, 3] += out[:, 1] + tail
    out[:, 0] += lead
    out[:, 1] += lead
    return out


def _longest(row: NDArray[np.uint8]) -> int:
    """The most edge pixels in a row without a gap."""
    gaps = np.nonzero(np.concatenate(([0], row, [0])) == 0)[0]
    return int(np.diff(gaps).max()) - 1


def _mend_notches(edges: NDArray[np.uint8], lines: Sequence[Rect]) -> None:
    """Close a frame where a caption sits in its upper border, so that its inside doesn't leak out."""
    height, width = edges.shape
    for line in lines:
        reach = max(14, line.height)
        left, right = line.left - reach, line.right + 3 * reach
        if left < 0 or right > width or line.top < 0 or line.bottom > height or line.height < 5:
            continue
        rows = edges[line.top : line.bottom]
        before = rows[:, left : line.left].sum(axis=1)
        after = rows[:, line.right : right].sum(axis=1)
        if before.max(initial=0) < 4 and line.width >= 2 * line.height:
            # The corner may have been read as the first letter; a knob on its track is read as one letter alone.
            before = rows[:, line.left : line.left + line.height].sum(axis=1)
            left = line.left
        hit = np.nonzero((before >= 4) & (after >= 2 * reach))[0]
        # a border runs on; a value beside its label is as dense, but in strokes
        hit = hit[[_longest(rows[y, line.right : right]) >= 2 * reach for y in hit]] if len(hit) else hit
        # a border has two edges, and nothing over or under it; more is a text or a picture
        if 2 <= len(hit) <= 8 and hit[-1] - hit[0] < 6:
            beyond = np.delete(after, np.arange(max(0, hit[0] - 1), min(len(after), hit[-1] + 2)))
            if beyond.max(initial=0) > reach // 2:
                continue
            edges[line.top + hit[0] : line.top + hit[-1] + 1, left : line.right + reach] = 1
