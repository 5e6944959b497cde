"""Switches: a track with a knob at one end."""

from __future__ import annotations

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Colour, luma
from agent.perception.widgets.scene import Scene, middle
from agent.perception.widgets.shapes import Shape, border_width
from agent.schema import ElementState


def find_switch(scene: Scene, s: Shape) -> Widget | None:
    """A pill with a knob at one end; on when the knob is at the right."""
    w, h = s.rect.width, s.rect.height
    if not 1.3 * h <= w <= 2.8 * h or h < scene.px(8):
        return None
    side = _knob_on_bar(scene, s)
    if side is not None:
        return Widget("switch", s.rect.box(), ElementState(checked=side), 0.85)
    crop = scene.pixels[s.rect.top : s.rect.bottom, s.rect.left : s.rect.right].astype(np.int16)
    unlike = float((np.abs(crop - crop[::-1]).max(axis=2) > 48).mean())
    if unlike > 0.12:
        return None  # text is not the same upside down
    r, half = max(2, h // 5), h // 2
    ends = [middle(crop[half - r : half + r, x - r : x + r].reshape(-1, 3)) for x in (h // 2, w - h // 2)]
    if np.abs(ends[0] - ends[1]).max() < (5 if unlike < 0.03 else 12) or not _calm(crop, ends, h):
        return None
    right = _knob_at_right(crop, s, ends)
    return None if right is None else Widget("switch", s.rect.box(), ElementState(checked=right), 0.85)


def _knob_on_bar(scene: Scene, s: Shape) -> bool | None:
    """A disc at one end of a thinner bar; True where it is at the right end."""
    heights = s.solid.sum(axis=0)
    h, w = s.solid.shape
    thin = float(np.percentile(heights[2:-2], 25))
    if thin < 0.35 * h or h < 1.2 * thin:
        return None
    even = np.abs(heights - thin) <= 1
    tall = np.nonzero(heights > thin + 1.5)[0]
    if even.mean() < 0.25 or not len(tall):
        return None
    span = int(tall[-1] - tall[0] + 1)
    if span > len(tall) + 1 or not 0.5 * h <= span <= 1.3 * h:
        return None
    left, right = int(tall[0]), w - 1 - int(tall[-1])
    if min(left, right) > 0.2 * h or max(left, right) < 0.25 * h:
        return None
    return right < left


def _calm(crop: Colour, ends: list[Colour], h: int) -> bool:
    """Both ends are flat: a word or an icon beside another is not a knob on its track."""
    half, r = h // 2, max(1, h // 6)
    for x, colour in zip((h // 2, crop.shape[1] - h // 2), ends, strict=True):
        part = crop[half - r : half + r + 1, max(0, x - r) : x + r + 1]
        if float((np.abs(part - colour).max(axis=2) > 30).mean()) > 0.34:
            return False
    return True


def _knob_at_right(crop: Colour, s: Shape, ends: list[Colour]) -> bool | None:
    h, w = s.solid.shape
    heights = s.solid.sum(axis=0)
    left, right = float(heights[h // 2]), float(heights[w - 1 - h // 2])
    if abs(left - right) >= 0.15 * h:
        return right > left  # the knob is taller than its track
    if min(left, right) < 0.8 * h or s.area < 0.8 or s.lopsided > 0.16:
        return None
    # the knob lies inside its track: what runs along the edge is track
    border = border_width(crop)
    depth = min(h // 5, border + 1)
    rim = np.concatenate([crop[depth, h // 2 : w - h // 2], crop[h - 1 - depth, h // 2 : w - h // 2]])
    track = middle(rim)
    away = [int(np.abs(end - track).max()) for end in ends]
    if min(away) > 30:
        return luma(ends[1]) > luma(ends[0])
    if abs(away[0] - away[1]) < 5:
        return None
    return away[1] > away[0]
