"""The small drawings inside controls: the triangle of a dropdown, arrows, the grip of a text area."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np

from agent.perception.widgets.boxes import Frame
from agent.perception.widgets.scene import Bools, Rect, Scene, difference
from agent.schema import Pixels


class Glyph(Enum):
    NONE = "none"
    CHEVRON = "chevron"
    """A v or a filled triangle, pointing down."""
    UPDOWN = "updown"
    """One above the other: both ways."""
    OTHER = "other"
    """Some icon: calendar, eye, magnifier, cross."""


def glyph_of(scene: Scene, f: Frame, rect: Rect) -> Glyph:
    """What the last drawing in a box is."""
    grown = scene.clamp(Rect(rect.left - 1, rect.top - 1, rect.right + 1, rect.bottom + 1))
    crop = scene.pixels[grown.top : grown.bottom, grown.left : grown.right]
    away = difference(crop, f.fill)
    if away.size == 0 or away.max() < 20:
        return Glyph.NONE
    if _raised_bar(scene, f, crop, away > 10):
        return Glyph.CHEVRON
    mask = away >= 0.45 * away.max()
    mask = _trim(mask)
    h, w = mask.shape
    limit = scene.px(26)
    if h < 3 or w < 4 or h > limit or w > limit:
        return Glyph.NONE
    if _points_down(mask):
        return Glyph.CHEVRON
    gap = np.nonzero(~mask.any(axis=1))[0]
    if len(gap) and h >= 0.9 * w:
        upper, lower = mask[: gap[0]], mask[gap[-1] + 1 :]
        if upper.shape[0] >= 2 and lower.shape[0] >= 2 and _points_down(upper[::-1]) and _points_down(lower):
            return Glyph.UPDOWN
    if h >= 1.1 * w and h >= 8:
        half = h // 2
        narrow = max(int(mask[0].sum()), int(mask[-1].sum())) <= 0.36 * w
        if narrow and _points_down(_trim(mask[:half])[::-1]) and _points_down(_trim(mask[h - half :])):
            return Glyph.UPDOWN
    symmetric = float((mask == mask[:, ::-1]).mean())
    if scene.px(9) <= h <= limit and scene.px(8) <= w <= limit and symmetric > 0.75:
        return Glyph.OTHER
    return Glyph.NONE


def _raised_bar(scene: Scene, f: Frame, crop: Pixels, drawn: Bools) -> bool:
    """A small bar that stands out, lit from above: how Motif and Tk mark a button that opens a list."""
    rows, cols = np.nonzero(drawn.any(axis=1))[0], np.nonzero(drawn.any(axis=0))[0]
    h, w = (int(at[-1] - at[0]) + 1 if len(at) else 0 for at in (rows, cols))
    if not scene.px(4) <= h <= scene.px(11) or not 1.8 * h <= w <= scene.px(26):
        return False
    grey = crop[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1].astype(np.int16).mean(axis=2) - float(f.fill.mean())
    return bool((grey[0, 1:-2] > 15).all() and (grey[-1, 2:-1] < -15).all())


def arrow_after(scene: Scene, r: Rect) -> Rect | None:
    """The narrow box with a triangle in it that ends a field, whatever shades it is filled with."""
    reach = round(1.6 * r.height) + 4
    part = scene.pixels[r.top + 1 : r.bottom - 1, r.right - 1 : r.right + reach].astype(np.int16)
    if min(part.shape[:2]) < 9:
        return None
    walls = (np.abs(np.diff(part, axis=1)).max(axis=2) > 9).mean(axis=0) > 0.8
    at = np.nonzero(walls)[0]
    wide = np.nonzero(np.diff(at) >= 0.4 * r.height)[0]
    if not len(wide) or at[0] > 2 or at[wide[0]] > 6:
        return None
    first, last = int(at[wide[0]]) + 1, int(at[wide[0] + 1])
    inside = part[2:-2, first:last]
    away = np.abs(inside - inside[:, :1]).max(axis=2)
    if away.size == 0 or away.max() < 60 or not _points_down(_trim(away >= 0.45 * away.max())):
        return None
    return Rect(r.right - 1 + first, r.top, r.right - 1 + last, r.bottom)


def _trim(mask: Bools) -> Bools:
    rows, cols = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(rows):
        return mask[:0]
    return mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]


def _points_down(mask: Bools) -> bool:
    """A v or a triangle: symmetric, and its outermost columns come together from top to bottom."""
    h, w = mask.shape
    if h < 2 or w < 4 or not 1.05 <= w / h <= 3.2:
        return False
    if not mask.any(axis=1).all():
        return False
    left, right = mask.argmax(axis=1), w - 1 - mask[:, ::-1].argmax(axis=1)
    span = right - left + 1
    if h >= 5 and span[0] < 0.6 * w:
        left, right, span, h = left[1:], right[1:], span[1:], h - 1  # a faint upper row
    if span[0] < 0.6 * w or span[-1] > 0.5 * w:
        return False
    if np.any(np.diff(left) < -1) or np.any(np.diff(right) > 1):
        return False
    centre = (left + right) / 2
    if float(np.abs(centre - (w - 1) / 2).max()) > max(1.0, 0.13 * w):
        return False
    # narrows all the way, not a U: half way down it is clearly narrower
    return bool(span[h // 2] <= 0.85 * w)


def has_grip(scene: Scene, f: Frame) -> bool:
    """The diagonal strokes in the lower right corner that let one resize a text area."""
    n = scene.px(12)
    r = f.inner
    mask = difference(scene.pixels[r.bottom - 1 - n : r.bottom - 1, r.right - 1 - n : r.right - 1], f.fill) >= 12
    left = difference(scene.pixels[r.bottom - 1 - n : r.bottom - 1, r.left + 1 : r.left + 1 + n], f.fill) >= 12
    if mask.shape == left.shape:
        # a round corner has its like at the left
        mask &= cv2.dilate(left[:, ::-1].astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    h, w = mask.shape
    if h < 6 or w < 6:
        return False
    count = int(mask.sum())
    if not 0.04 * h * w <= count <= 0.34 * h * w or mask[-2:, -2:].all():
        return False  # nothing there, or the round corner of the box
    yy, xx = np.mgrid[0:h, 0:w]
    lower = (yy + xx) >= (h + w) // 2 - 1 - scene.px(1)
    flipped = float((mask & ~mask.T[:, :]).sum()) if h == w else 0.0
    return float((mask & lower).sum()) >= 0.85 * count and flipped <= 0.3 * count
