"""Checkboxes and radio buttons with their states."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Colour, chroma, luma
from agent.perception.widgets.scene import Bools, Scene, middle
from agent.perception.widgets.shapes import Shape, border_width, two_colours
from agent.schema import ElementState

DOUBT = 0.3
"""How sure one is of a flat disc or square in a strong colour: a choice that is on, if there are others like it."""


def square_or_circle(scene: Scene, s: Shape) -> Widget | None:
    n = min(s.rect.width, s.rect.height)
    if s.lopsided > 0.1 or n < scene.px(9):
        return None
    crop = scene.pixels[s.rect.top : s.rect.bottom, s.rect.left : s.rect.right].astype(np.int16)
    if s.area >= 0.865:
        return _checkbox(scene, s, crop)
    if 0.70 <= s.area <= 0.85:
        return _radio(scene, s, crop)
    return None


def _checkbox(scene: Scene, s: Shape, crop: Colour) -> Widget | None:
    h, w = crop.shape[:2]
    inset = max(2, min(h // 4, border_width(crop, s.around)))
    inside = _unshaded(crop[inset : h - inset, inset : w - inset])
    if inside.size < 3 * 9:
        return None
    fill = middle(inside.reshape(-1, 3))
    marked = np.abs(inside - fill).max(axis=2) > 40
    share = float(marked.mean())
    vivid = chroma(fill) > 50
    rim = np.abs(crop[0, w // 4 : w - w // 4] - s.around).max(axis=1)
    if share < 0.03:
        if vivid or (np.abs(fill - s.around).max() > 110 and luma(fill) < 200):
            # filled without a mark: a choice that is on, a colour swatch or a square bullet
            return Widget("checkbox", s.rect.box(), ElementState(checked=True), DOUBT)
        bordered = int(np.median(np.abs(crop[:2, w // 4 : w - w // 4].reshape(-1, 3) - fill).max(axis=1)))
        if bordered < 5 and (marked.any() or np.abs(fill - s.around).max() < 5):
            return None  # nothing, or the ground under an arrow that the pointer is over
        return Widget("checkbox", s.rect.box(), ElementState(checked=False), 0.9)
    n = marked.shape[0] // 4
    hollow = not marked[n:-n, n:-n].any()
    if not (0.03 if hollow else 0.05) <= share <= 0.75 or int(np.median(rim)) < 5:
        return None
    if not two_colours(inside, fill):
        return None
    even = max(float((marked != marked[::-1]).mean()), float((marked != marked[:, ::-1]).mean())) < 0.08
    if hollow or (even and _bevelled(marked)):
        return Widget("checkbox", s.rect.box(), ElementState(checked=False), 0.6)
    rows, cols = np.nonzero(marked.any(axis=1))[0], np.nonzero(marked.any(axis=0))[0]
    if len(cols) < 0.4 * marked.shape[1]:
        return None
    mark = marked[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    if len(rows) <= max(2, 0.45 * marked.shape[0]) and mark.mean() > 0.75:
        # a bar: neither on nor off
        return Widget("checkbox", s.rect.box(), ElementState(checked=None), 0.6)
    return Widget("checkbox", s.rect.box(), ElementState(checked=True), 0.9)


def _unshaded(inside: Colour) -> Colour:
    """The inside of a box in one shade, where it goes over from a light one into a dark one from top to bottom."""
    if inside.shape[0] < 5:
        return inside
    rows = np.sort(inside, axis=1)[:, (inside.shape[1] * 2) // 3]  # a tick is darker than what it stands on
    steps, fall = np.abs(np.diff(rows, axis=0)).max(), np.abs(rows[-2] - rows[1]).max()
    return inside - rows[:, None] + middle(rows) if steps <= 16 and fall >= 20 else inside


def _bevelled(marked: Bools) -> bool:
    """What is marked is a frame along the edge or all that is inside it: shading, not a tick."""
    rim = np.concatenate([marked[0], marked[-1], marked[:, 0], marked[:, -1]])
    n = max(1, marked.shape[0] // 3)
    core = marked[n:-n, n:-n]
    return core.size > 0 and abs(float(core.mean()) - float(rim.mean())) > 0.9


def _radio(scene: Scene, s: Shape, crop: Colour) -> Widget | None:
    h, w = crop.shape[:2]
    if not _is_circle(s) or (h < scene.px(11.5) and not _sunken(scene, s, crop)):
        return None
    yy, xx = np.mgrid[0:h, 0:w]
    radius = np.hypot((yy - (h - 1) / 2) / (h / 2), (xx - (w - 1) / 2) / (w / 2))
    centre = middle(crop[radius < 0.22])
    band = crop[(radius > 0.60) & (radius < 0.72)]
    mid = crop[radius < 0.72]
    ring = middle(crop[(radius > 0.80) & (radius < 0.97)])
    band_colour = middle(band)
    if (mid.max(axis=0) - mid.min(axis=0)).max() < 30:
        flat_fill = np.abs(band_colour - s.around).max()
        if np.abs(ring - band_colour).max() < 8 and flat_fill < 8:
            return None
        if chroma(band_colour.astype(np.int16)) > 50 or (flat_fill > 110 and luma(band_colour) < 200):
            return Widget("radio", s.rect.box(), ElementState(checked=True), DOUBT)
        return Widget("radio", s.rect.box(), ElementState(checked=False), 0.9)
    if _ticked_disc(crop, radius, s.around):
        return Widget("radio", s.rect.box(), ElementState(checked=True), DOUBT)
    if _shaded(crop, radius) and not _vivid(centre, s.around):
        return Widget("radio", s.rect.box(), ElementState(checked=False), 0.8)
    gap = crop[(radius > 0.73) & (radius < 0.81)]
    drawn = min(np.abs(middle(gap) - c).max() for c in (centre, ring)) if gap.size else 0
    if drawn > 60 and np.abs(centre - s.around).max() > 60 and two_colours(mid, centre):
        return Widget("radio", s.rect.box(), ElementState(checked=True), 0.9)  # a dot that nearly fills its ring
    if np.abs(centre - band_colour).max() <= 30:
        # ring wider than expected, or something that is not a dot
        thin = crop[radius < 0.45]
        odd = float((np.abs(mid - band_colour).max(axis=1) > 30).mean())
        if odd < 0.12 and (thin.max(axis=0) - thin.min(axis=0)).max() < 30 and not _vivid(centre, s.around):
            return Widget("radio", s.rect.box(), ElementState(checked=False), 0.7)
        return None
    dot = np.abs(crop - centre).max(axis=2) < 0.5 * np.abs(centre - band_colour).max()
    dot &= radius < 0.72
    rows, cols = int(dot.any(axis=1).sum()), int(dot.any(axis=0).sum())
    if min(rows, cols) < 0.6 * max(rows, cols):
        return Widget("radio", s.rect.box(), ElementState(checked=None), 0.6)
    if not two_colours(mid, band_colour):
        return None
    solid = dot[np.ix_(dot.any(axis=1), dot.any(axis=0))]
    if not 0.62 <= float(solid.mean()) <= (1.0 if min(rows, cols) <= scene.px(8) else 0.93):
        return None  # an icon, not a dot (a dot of few pixels is a square)
    # half a pixel beside the middle is a whole line of dots in a ring of ten pixels
    uneven = max(0.09, 2.2 * max(rows, cols) / (h * w))
    if float((dot != dot[::-1]).mean()) > uneven or float((dot != dot[:, ::-1]).mean()) > uneven:
        return None
    return Widget("radio", s.rect.box(), ElementState(checked=True), 0.9)


def _shaded(crop: Colour, radius: NDArray[np.float64]) -> bool:
    """One colour goes over into another from top to bottom, and nothing else is drawn."""
    rows = [row[inside] for row, inside in zip(crop, radius < 0.72, strict=True) if inside.any()]
    steps = [int(np.abs(middle(a) - middle(b)).max()) for a, b in pairwise(rows)]
    return max(int((row.max(axis=0) - row.min(axis=0)).max()) for row in rows) <= 8 and max(steps, default=0) <= 20


def _sunken(scene: Scene, s: Shape, crop: Colour) -> bool:
    """As small as a letter, but lighter inside than all around: a ring of old toolkits, and no o."""
    h, w = crop.shape[:2]
    off = h // 4 + 1  # beside the dot, if there is one
    inside = middle(
        np.stack([crop[off, w // 2], crop[h - 1 - off, w // 2], crop[h // 2, off], crop[h // 2, w - 1 - off]])
    )
    light = max(crop[2, w // 2], crop[-3, w // 2], inside, key=luma)
    return h >= scene.px(9) and luma(light) - luma(s.around) >= 20


def _ticked_disc(crop: Colour, radius: NDArray[np.floating], around: Colour) -> bool:
    """A disc in a strong colour with a light tick on it: its foot is left of the middle, its tip at the right."""
    rim = crop[(radius > 0.74) & (radius < 0.94)]
    colour = middle(rim)
    flat = float((np.abs(rim - colour).max(axis=1) <= 40).mean()) > 0.85
    if not flat or chroma(colour) <= 50 or np.abs(colour - around).max() < 60:
        return False
    mark = (np.abs(crop - colour).max(axis=2) > 60) & (radius < 0.74)
    if not 0.06 <= float(mark.mean()) <= 0.3 or luma(middle(crop[mark])) < luma(colour) + 50:
        return False
    rows, cols = np.nonzero(mark.any(axis=1))[0], np.nonzero(mark.any(axis=0))[0]
    if rows[-1] - rows[0] < 0.2 * len(mark) or cols[-1] - cols[0] < 0.3 * mark.shape[1]:
        return False
    foot, tip = float(np.nonzero(mark[rows[-1]])[0].mean()), float(np.nonzero(mark[rows[0]])[0].mean())
    span = float(cols[-1] - cols[0])
    return foot - cols[0] < 0.55 * span and tip - cols[0] > 0.7 * span


def _vivid(colour: Colour, around: Colour) -> bool:
    return chroma(colour.astype(np.int16)) > 50 or abs(luma(colour) - luma(around)) > 110


def _is_circle(s: Shape) -> bool:
    h, w = s.solid.shape
    yy, xx = np.mgrid[0:h, 0:w]
    disc = ((yy - (h - 1) / 2) / (h / 2)) ** 2 + ((xx - (w - 1) / 2) / (w / 2)) ** 2 <= 1.0
    return float((disc != s.solid).mean()) < 0.08
