"""Long thin drawings: sliders and scrollbars."""

from __future__ import annotations

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Frame, runs
from agent.perception.widgets.scene import Bools, Rect, Scene
from agent.schema import ElementState


def find_sliders(scene: Scene) -> list[Widget]:
    """Bars with a thumb on them, lying or standing."""
    r = scene.blob_rects
    w, h = r[:, 2] - r[:, 0], r[:, 3] - r[:, 1]
    long, thick = np.maximum(w, h), np.minimum(w, h)
    ok = (long >= scene.px(50)) & (thick >= scene.px(7)) & (thick <= scene.px(40)) & (long >= 2.5 * thick)
    ok[0] = False
    out: list[Widget] = []
    for label in np.nonzero(ok)[0]:
        rect = Rect(*(int(v) for v in r[label, :4]))
        mask = scene.blobs[rect.top - 1 : rect.bottom, rect.left - 1 : rect.right] == label
        if mask.size == 0:
            continue
        lying = rect.width >= rect.height
        where = _thumb(scene, mask if lying else mask.T)
        if where is not None:
            out.append(Widget("slider", rect.box(), ElementState(position=where), 0.85))
    return out + _parted_sliders(scene)


def _parted_sliders(scene: Scene) -> list[Widget]:
    """Sliders whose thumb stands clear of the track: a disc between two bars on one axis."""
    r = scene.blob_rects.astype(np.int32)
    w, h = r[:, 2] - r[:, 0], r[:, 3] - r[:, 1]
    bars = np.nonzero((w >= scene.px(12)) & (h <= scene.px(18)) & (h >= 2) & (w >= 2.5 * h))[0]
    thumbs = np.nonzero((h >= scene.px(10)) & (h <= scene.px(48)) & (w <= 1.3 * h) & (w >= scene.px(3)))[0]
    out: list[Widget] = []
    if not len(bars):
        return out
    middle, high, gap = (r[bars, 1] + r[bars, 3]) / 2, h[bars], scene.px(9)
    for i in thumbs:
        left, top, right, bottom = (int(v) for v in r[i, :4])
        level = (np.abs(middle - (top + bottom) / 2) <= scene.px(1.5)) & (high <= 0.75 * (bottom - top))
        if not level.any():
            continue
        west = bars[level & (np.abs(left - r[bars, 2] - gap / 2) <= gap / 2 + 2)]
        east = bars[level & (np.abs(r[bars, 0] - right - gap / 2) <= gap / 2 + 2)]
        x0, x1 = min([left, *r[west, 0]]), max([right, *r[east, 2]])
        if (not len(west) or not len(east)) or x1 - x0 < scene.px(60):
            continue
        if not all(_even(scene, int(label)) for label in (*west, *east)):
            continue
        room = x1 - x0 - (right - left)
        position = (left - x0) / room if room > 0 else 0.0
        state = ElementState(position=float(np.clip(position, 0, 1)))
        out.append(Widget("slider", Rect(int(x0), top, int(x1), bottom).box(), state, 0.7))
    return out


def _even(scene: Scene, label: int) -> bool:
    """A bar of one thickness, not a word."""
    left, top, right, bottom = (int(v) for v in scene.blob_rects[label, :4])
    mask = scene.blobs[top - 1 : bottom, left - 1 : right] == label
    height = mask.shape[0] - mask.argmax(axis=0) - mask[::-1].argmax(axis=0)
    return bool(mask.any(axis=0).all()) and float((np.abs(height - np.median(height)) <= 1).mean()) > 0.85


def _thumb(scene: Scene, mask: Bools) -> float | None:
    """Position of the thumb along a bar, 0..1; None where this is no slider."""
    h, w = mask.shape
    if not mask.any(axis=0).all():
        return None
    top, bottom = mask.argmax(axis=0), h - 1 - mask[::-1].argmax(axis=0)
    height = bottom - top + 1
    thin = float(np.median(height))
    if thin > 0.8 * h or h - thin < scene.px(4):
        return None
    tall = height > thin + max(1.0, 0.2 * (h - thin))
    spans = runs(tall, 1)
    if len(spans) != 1:
        return None
    x0, x1 = spans[0]
    if not scene.px(5) <= x1 - x0 <= scene.px(44) or x1 - x0 > 2.2 * h or x1 - x0 < 0.4 * h:
        return None
    rest = ~tall
    if not rest.any():
        return None
    axis = float(np.median((top + bottom)[rest])) / 2
    if np.abs((top + bottom)[rest] / 2 - axis).max() > 2.5 or abs(h / 2 - 0.5 - axis) > 0.12 * h + 1:
        return None
    part = mask[:, x0:x1]
    if float((part != part[::-1]).mean()) > 0.3:
        return None
    centre = (x0 + x1) / 2
    half = (x1 - x0) / 2
    return float(np.clip((centre - half) / max(1.0, w - 2 * half), 0.0, 1.0))


def find_scrollbars(scene: Scene, frames: list[Frame]) -> list[Widget]:
    """A thumb in a narrow track along the right or lower edge of something."""
    r = scene.zone_rects
    w, h = r[:, 2] - r[:, 0], r[:, 3] - r[:, 1]
    out: list[Widget] = []
    narrow = (w >= scene.px(5)) & (w <= scene.px(20)) & (h >= 3 * w) & (h >= scene.px(24))
    narrow &= r[:, 4] >= 0.75 * w * h
    narrow[0] = False
    thumbs = np.nonzero(narrow)[0]
    for label in thumbs:
        left, top, right, bottom = (int(v) for v in r[label, :4])
        track = _track(scene, left, top, right, bottom)
        if track is None:
            continue
        room = (track.bottom - track.top) - (bottom - top)
        position = (top - track.top) / room if room > 2 else 0.0
        out.append(Widget("scrollbar", track.box(), ElementState(position=float(np.clip(position, 0, 1))), 0.7))
    return out


def _track(scene: Scene, left: int, top: int, right: int, bottom: int) -> Rect | None:
    """The strip that a thumb runs in: one flat colour above and below it, walls on both sides or the picture's edge."""
    x = (left + right) // 2
    zones = scene.zones[:, x]
    above, below = zones[max(0, top - 4)], zones[min(scene.height - 1, bottom + 3)]
    limit = scene.px(24)
    y0, y1 = top, bottom
    for label in {int(above), int(below)} - {0}:
        zl, zt, zr, zb = (int(v) for v in scene.zone_rects[label, :4])
        if zr - zl > limit or zl > left or zr < right:
            return None
        y0, y1 = min(y0, zt), max(y1, zb)
    if (y0, y1) == (top, bottom) or y1 - y0 < scene.px(40):
        return None
    return Rect(left - 1, y0, right + 1, y1)
