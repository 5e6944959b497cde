"""Text areas told by the grip in their lower right corner: two short strokes that people drag to resize them.

Only text areas have one, whether they show one line or twenty, and whatever scroll bar stands in them.
"""

from __future__ import annotations

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.scene import Bools, Rect, Scene, difference, middle

_START = 5
"""A border may begin so many pixels from the grip."""
_BREAK = 2
"""A border may be broken for so many pixels."""
_RIM = 5
"""Pixels of a border and its shading."""


def find_areas(scene: Scene) -> list[Widget]:
    """The framed areas that have a grip, in picture pixels."""
    found: list[Widget] = []
    for grip in _grips(scene):
        area = _framed(scene, grip)
        if area is not None and not any(area.overlap(Rect.of(w.box)) for w in found):
            found.append(Widget("textarea", area.box()))
    return found


def with_areas(found: list[Widget], areas: list[Widget]) -> list[Widget]:
    """The widgets, and the areas in place of whatever was taken for a control inside them."""

    def covered(widget: Widget) -> bool:
        return any(area.box.overlap(widget.box).area > 0.6 * widget.box.area for area in areas)

    return [w for w in found if w.role == "dialog" or not covered(w)] + areas


def _grips(scene: Scene) -> list[Rect]:
    """Small square drawings that are two strokes from lower left to upper right, the lower one half as long."""
    rects = scene.blob_rects
    w, h = rects[:, 2] - rects[:, 0], rects[:, 3] - rects[:, 1]
    ok = (w >= 6) & (h >= 6) & (w <= scene.px(16)) & (h <= scene.px(16)) & (abs(w - h) <= 3)
    ok[0] = False
    found: list[Rect] = []
    for left, top, right, bottom in rects[ok, :4].tolist():
        rect = Rect(left, top, right, bottom)
        if _is_grip(scene, rect):
            found.append(rect)
    return found


def _is_grip(scene: Scene, rect: Rect) -> bool:
    part = scene.pixels[rect.top : rect.bottom, rect.left : rect.right]
    ground = middle(part.reshape(-1, 3))
    away = difference(part, ground)
    if int(away.max(initial=0)) < 40:
        return False
    ys, xs = np.nonzero(away > 0.45 * float(away.max()))
    size = max(int(xs.max() - xs.min()), int(ys.max() - ys.min()))
    if size < 4 or len(xs) < size:
        return False
    # 1 on the line from the lower left to the upper right corner, more below it
    depth = ((xs - xs.min()) + (ys - ys.min())) / size
    long, short = depth < 1.24, depth >= 1.24
    on_line = np.abs(depth[long] - 1) < 0.22
    whole = len(set(xs[long].tolist())) >= 0.85 * (size + 1)
    half = 0.2 < np.count_nonzero(short) / max(1, np.count_nonzero(long)) < 0.9
    return bool(on_line.mean() > 0.9 and whole and half and depth.max(initial=0) < 1.85)


def _framed(scene: Scene, grip: Rect) -> Rect | None:
    """The frame that has a grip in its corner, found by following its borders from there."""
    reach = scene.px(7)
    edges = scene.edges.astype(bool)
    # the middle of the grip is left of the right border and above the lower one
    x, y = (grip.left + grip.right) // 2, (grip.top + grip.bottom) // 2
    ups = [(_run(edges[: y + 1, c][::-1]), c) for c in range(grip.right - 1, min(scene.width, grip.right + reach))]
    lefts = [(_run(edges[r, : x + 1][::-1]), r) for r in range(grip.bottom - 1, min(scene.height, grip.bottom + reach))]
    if not ups or not lefts:
        return None
    (up, right), (left, bottom) = max(ups), max(lefts)
    # an edge pixel stands one left of and above the step that it marks
    area = Rect(x - left + 2, y - up + 2, right + 1, bottom + 1)
    if left < scene.px(20) or up < scene.px(4) or bottom + 1 - (y - up) < scene.px(14):
        return None
    top_row = edges[max(0, area.top - 3) : area.top + 4, area.left : area.right].any(axis=0)
    left_column = edges[area.top : area.bottom, max(0, area.left - 3) : area.left + 4].any(axis=1)
    if top_row.mean() <= 0.9 or left_column.mean() <= 0.9:
        return None
    # A rule right across parts it: a list that lies over the upper end has its own borders in line with the area's.
    across = edges[area.top + _RIM : area.bottom - _RIM, area.left : area.right].mean(axis=1)
    return None if across.max(initial=0) > 0.9 else area


def _run(line: Bools) -> int:
    """How far a line of edge pixels goes on from its beginning, over gaps of a few pixels."""
    hits = np.nonzero(line)[0]
    if not len(hits) or hits[0] > _START:
        return 0
    breaks = np.nonzero(np.diff(hits) > _BREAK)[0]
    return int(hits[breaks[0]] if len(breaks) else hits[-1]) + 1
