"""How a line of text looks: size, weight and colour, measured on its pixels."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np

from agent.perception.parts import TextLine
from agent.schema import Box, Pixels

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Ink:
    """What the letters of a line look like.

    `size` is the em height in pixels, `weight` the mean stroke width in ems (about 0.1 for regular, 0.16 for bold),
    `contrast` the WCAG ratio of ink to paper (1..21).
    """

    colour: Colour
    paper: Colour
    size: float
    weight: float
    contrast: float
    gaps: tuple[tuple[int, int], ...] = ()
    """Columns without ink that are wider than a space (from, to, in pixels of the picture)."""
    ruled: bool = False
    """It is the legend of a frame: a line is drawn left and right of it at its middle, or the frame begins below it."""

    @property
    def red(self) -> bool:
        """Drawn in red, as messages of faults are."""
        r, g, b = self.colour
        return r > 110 and r - max(g, b) > 60 and abs(g - b) < 75

    @property
    def coloured(self) -> bool:
        """Drawn in a colour that is no grey, as links are."""
        return max(self.colour) - min(self.colour) > 70


PLAIN = Ink(colour=(0, 0, 0), paper=(255, 255, 255), size=16.0, weight=0.1, contrast=21.0)
_DESCENDERS = set("gjpqy,;()[]{}|/@Q_$§")
_X_HEIGHT = set("acegmnopqrsuvwxyz.,:;-_~+=<>«»•·…")


def em_size(text: str, height: float) -> float:
    """The em height of a line whose ink is `height` pixels tall, from which letters it has."""
    letters = [c for c in text if not c.isspace()]
    if not letters:
        return height
    if any(unicodedata.east_asian_width(c) in "WF" for c in letters):
        return height / 0.9
    up = any(c not in _X_HEIGHT for c in letters)
    down = any(c in _DESCENDERS for c in letters)
    return height / (0.52 + 0.2 * up + 0.2 * down)


def luminance(colour: Colour) -> float:
    """Relative luminance by WCAG, 0..1."""
    parts = [c / 255 for c in colour]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: Colour, other: Colour) -> float:
    """The WCAG contrast ratio of two colours, 1..21."""
    a, b = luminance(one), luminance(other)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def _colour(row: np.ndarray) -> Colour:
    return int(row[0]), int(row[1]), int(row[2])


def measure(pixels: Pixels, line: TextLine) -> Ink:
    """The ink of one line of a picture."""
    box = line.box
    crop = pixels[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
    if crop.size == 0:
        return PLAIN
    flat = crop.reshape(-1, 3)
    coarse = (flat[:, 0].astype(np.uint32) >> 3 << 10) | (flat[:, 1].astype(np.uint32) >> 3 << 5) | (flat[:, 2] >> 3)
    values, counts = np.unique(coarse, return_counts=True)
    paper = np.median(flat[coarse == values[counts.argmax()]], axis=0)
    if (around := _round(pixels, box)) is not None:
        paper = around
    away = np.abs(crop.astype(np.int16) - paper.astype(np.int16)).sum(axis=2)
    far = int(away.max())
    size = em_size(line.text, box.height)
    if far < 24:
        return Ink(_colour(paper), _colour(paper), size, 0.1, 1.0)
    strong = away >= np.percentile(away[away > far * 0.5], 70)
    colour = np.median(crop[strong], axis=0)
    share = np.minimum(away / max(1.0, float(away[strong].mean())), 1.0)
    edges = float(np.abs(np.diff(share, axis=1, prepend=0, append=0)).sum()) / 2
    weight = float(share.sum()) / max(1.0, edges) / max(1.0, size)
    ink, sheet = _colour(colour), _colour(paper)
    gaps = _wide_gaps(away > 0.25 * far, box.left, 0.75 * size)
    legend = _is_ruled(pixels, box, paper) or _is_over_frame(pixels, box, paper)
    return Ink(ink, sheet, size, weight, contrast(ink, sheet), gaps, legend)


def _round(pixels: Pixels, box: Box) -> np.ndarray | None:
    """The colour of the pixels next to a line, if nearly all have it: bold capitals leave little of it between them."""
    top, bottom, left, right = box.top - 1, box.bottom, box.left - 1, box.right
    if top < 0 or left < 0 or bottom >= pixels.shape[0] or right >= pixels.shape[1]:
        return None
    rows, columns = pixels[[top, bottom], left : right + 1], pixels[top : bottom + 1, [left, right]]
    ring = np.concatenate([rows.reshape(-1, 3), columns.reshape(-1, 3)])
    usual = np.median(ring, axis=0)
    even = float((np.abs(ring.astype(np.int16) - usual).max(axis=1) <= 8).mean())
    return usual if even > 0.8 else None


def _wide_gaps(inked: np.ndarray, left: int, least: float) -> tuple[tuple[int, int], ...]:
    """Runs of columns without ink inside a line that are `least` pixels wide or more."""
    columns = np.flatnonzero(inked.any(axis=0))
    jumps = np.flatnonzero(np.diff(columns) > least)
    return tuple((left + int(columns[j]) + 1, left + int(columns[j + 1])) for j in jumps)


def _is_ruled(pixels: Pixels, box: Box, paper: np.ndarray) -> bool:
    """Whether a thin horizontal line passes behind the text, interrupted by it."""
    reach, top, bottom = max(8, box.height), box.top + box.height // 4, box.bottom - box.height // 4
    gap = max(2, box.height // 3)

    def crossed(left: int, right: int) -> bool:
        part = pixels[max(0, top) : bottom, max(0, left) : max(0, right)]
        if part.shape[1] < 3 or part.shape[0] < 3:
            return False
        drawn = (np.abs(part.astype(np.int16) - paper.astype(np.int16)).sum(axis=2) > 24).mean(axis=1) > 0.95
        return 0 < int(drawn.sum()) <= max(3, box.height // 5)

    return crossed(box.left - reach, box.left - gap) and crossed(box.right + gap, box.right + reach)


def _is_over_frame(pixels: Pixels, box: Box, paper: np.ndarray) -> bool:
    """Whether a frame far wider than the text, and higher than a field, begins right under it at its left."""
    n = box.height
    right, bottom = box.right + max(60, 4 * n), box.bottom + 2 + n
    if n < 7 or right > pixels.shape[1] or bottom + 4 * n > pixels.shape[0]:
        return False
    far = np.abs(pixels[box.bottom : bottom + 4 * n, max(0, box.left - 2 * n) : right].astype(np.int16) - paper).max(
        axis=2
    )
    drawn = far > 12
    at = min(box.left, 2 * n)  # the column of the text's left edge
    across = drawn[: bottom - box.bottom, at:].mean(axis=1) > 0.97
    if not across.any():
        return False
    y = int(across.argmax())
    west = drawn[y, :at][::-1]
    start = at - (int((~west).argmax()) if not west.all() else len(west))
    if start <= 0 or (y > 0 and drawn[:y, start:at].any()):
        return False
    side = drawn[y : y + 3 * n + 4, start : start + 3].mean(axis=0)
    inside = drawn[y + n // 2 : y + 3 * n, start + 4 : start + 4 + n]
    return bool(side.max() > 0.97) and not inside.all(axis=0).any()
