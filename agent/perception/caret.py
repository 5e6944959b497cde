"""The text caret, taken out of a picture before it is read: an OCR takes it for l, I or |.

It is an upright bar of one colour that stands free, taller than every glyph beside it, since it spans the whole
line. What is like it and belongs to a pair (the two sides of a box, the stems of two letters) is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from agent.schema import Box, Pixels

_EVEN = 6
"""Grey levels by which one bar's pixels may differ."""
_EDGE = 40
"""Grey levels by which a bar stands out from what is on both sides."""
_TALLER = 1.15
"""A caret is so many times taller than the tallest glyph near it."""
_LOW, _HIGH = 11, 64
"""Heights of a caret in pixels at display scale 1."""
_BORDER = 12
"""Pixels to both sides along which a line is a border and no glyph."""
_REACH = 160
"""Pixels to both sides in which glyphs of the same line are looked for."""


def find_carets(pixels: Pixels, places: Sequence[Box], ui_scale: float = 1.0) -> list[Box]:
    """The carets in the given boxes; all boxes in picture pixels."""
    return [bar for place in places for bar in _carets(pixels, place, ui_scale)]


def without_carets(pixels: Pixels, carets: Sequence[Box]) -> Pixels:
    """The picture with carets painted over in the colours beside them; the same array if there are none."""
    if not carets:
        return pixels
    clean = pixels.copy()
    for bar in carets:
        rows = slice(bar.top, bar.bottom)
        beside = bar.right if bar.right < pixels.shape[1] else bar.left - 1
        clean[rows, bar.left : bar.right] = pixels[rows, beside : beside + 1]
    return clean


def behind_text(carets: Sequence[Box], lines: Sequence[Box]) -> list[Box]:
    """Those carets that stand close behind a text and overtop it; `lines` are the boxes of the texts."""

    def behind(bar: Box, line: Box) -> bool:
        return (
            -2 <= bar.left - line.right <= max(3, line.height // 4)
            and bar.top <= line.top
            and bar.bottom >= line.bottom
            and bar.height <= 2.5 * line.height
        )

    return [bar for bar in carets if any(behind(bar, line) for line in lines)]


def _carets(pixels: Pixels, place: Box, scale: float) -> list[Box]:
    height, width = pixels.shape[:2]
    area = Box.of(0, 0, width, height).overlap(place.grow(int(8 * scale)))
    if area.width < 4 or area.height < _LOW * scale:
        return []
    grey = cv2.cvtColor(pixels[area.top : area.bottom, area.left : area.right], cv2.COLOR_RGB2GRAY)
    thicknesses = range(1, 1 + max(2, round(2 * scale)))
    bars = [bar for thick in thicknesses for bar in _bars(grey, thick, scale)]
    alone = [bar for bar in bars if not any(_twins(grey, bar, other) for other in bars if other is not bar)]
    moved = [bar.shift(area.left, area.top) for bar in alone]
    found = [bar for bar in moved if _tallest(pixels, bar)]
    if found:
        return found
    touching = [bar for thick in thicknesses for bar in _bars(grey, thick, scale, touching=True)]
    moved = [bar.shift(area.left, area.top) for bar in touching]
    return [bar for bar in moved if _tallest(pixels, bar, beyond=2)]


def _bars(grey: np.ndarray, thick: int, scale: float, *, touching: bool = False) -> list[Box]:
    """Free-standing upright bars of one thickness; `touching`: a glyph may touch them from the left."""
    core, right = grey[:, 1:-thick], grey[:, 1 + thick :]
    left = np.full_like(core, int(np.median(grey))) if touching else grey[:, : core.shape[1]]
    even = np.ones(core.shape, bool)
    if thick > 1:
        even &= cv2.absdiff(core, grey[:, thick : thick + core.shape[1]]) <= _EVEN
    even[1:] &= cv2.absdiff(core[1:], core[:-1]) <= _EVEN
    tall = np.ones((round(_LOW * scale) // 2 * 2 - 1, 1), np.uint8)  # odd, or an opening shifts the runs
    found: list[Box] = []
    # Dark bars and light ones apart: the gap between a caret and the stem beside it is a light bar, and touches it.
    dark = (cv2.subtract(right, core) > _EDGE) & (cv2.subtract(left, core) > _EDGE)
    light = (cv2.subtract(core, right) > _EDGE) & (cv2.subtract(core, left) > _EDGE)
    for free in (dark, light):
        runs = cv2.morphologyEx((free & even).astype(np.uint8), cv2.MORPH_OPEN, tall)
        _, _, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=4)
        for at, top, width, height, _ in stats[1:].tolist():
            if width == 1 and _LOW * scale <= height + 1 <= _HIGH * scale:
                start = max(0, top - 1)  # the first row of a run has no even row above it
                same = abs(int(grey[start, at + 1]) - int(grey[top, at + 1])) <= _EVEN
                found.append(Box.of(at + 1, start if same else top, at + 1 + thick, top + height))
    return found


def _twins(grey: np.ndarray, a: Box, b: Box) -> bool:
    """Whether two bars stand on one line, equally tall and of one shade: sides of a box, stems of letters.

    Side by side the shade does not count: the gap between a stem and a caret is a bar, too.
    """
    level = abs(a.top - b.top) <= 1 and abs(a.bottom - b.bottom) <= 1
    shades = [int(grey[bar.center.y, bar.left]) for bar in (a, b)]
    alike = abs(a.left - b.left) <= 3 or abs(shades[0] - shades[1]) <= 2 * _EDGE
    return a.left != b.left and a.width == b.width and level and alike


def _tallest(pixels: Pixels, bar: Box, beyond: int = 0) -> bool:
    """Whether a bar overtops all other ink on its line, and goes on in none of it above or below.

    `beyond`: it must stick out by so many pixels over and under the glyph that it touches (the stem of a d does not).
    """
    height, width = pixels.shape[:2]
    band = Box.of(0, 0, width, height).overlap(
        Box.of(bar.left - _REACH, bar.top - 1, bar.right + _REACH, bar.bottom + 1)
    )
    part = cv2.cvtColor(pixels[band.top : band.bottom, band.left : band.right], cv2.COLOR_RGB2GRAY).astype(np.int16)
    x, rows = bar.left - band.left, slice(bar.top - band.top, bar.bottom - band.top)
    ground = int(np.median(part[:, max(0, x - 12) : x + 12]))
    ink = (np.abs(part - ground) > _EDGE).astype(np.uint8)
    ink[rows, x : x + bar.width] = 0  # a caret may touch the glyph that it follows
    ends = np.asarray(ink[:, max(0, x - 1) : x + bar.width + 1].max(axis=1))
    # In a low field a caret may reach to the border, which goes on at both sides.
    ends[np.asarray(ink[:, max(0, x - _BORDER) : x + bar.width + _BORDER].min(axis=1)) > 0] = 0
    if ends[: rows.start].any() or ends[rows.stop :].any():
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if beyond:
        beside = [row for row in stats[1:].tolist() if row[0] <= x + bar.width and row[0] + row[2] >= x]
        if not beside or any(row[1] < rows.start + beyond or row[1] + row[3] > rows.stop - beyond for row in beside):
            return False
    others = [
        row[cv2.CC_STAT_HEIGHT]
        for row in stats[1:].tolist()
        # What fills the whole band belongs to a frame or a fill, not to the line's glyphs.
        if row[cv2.CC_STAT_HEIGHT] < part.shape[0]
        and row[cv2.CC_STAT_WIDTH] < _REACH
        # As tall as a caret that fills its field are the arrows' boxes at the end of it.
        and not (row[cv2.CC_STAT_LEFT] > x + bar.height and row[cv2.CC_STAT_HEIGHT] > 0.8 * bar.height)
    ]
    return bar.height >= _TALLER * max(others, default=0)
