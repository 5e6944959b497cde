"""Checkboxes, radio buttons, switches: small closed drawings that stand alone."""

from __future__ import annotations

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.choices import square_or_circle
from agent.perception.widgets.scene import Ints, Rect, Scene
from agent.perception.widgets.shapes import Shape, outlines, without_halo
from agent.perception.widgets.switches import find_switch


def find_small(scene: Scene) -> list[Widget]:
    """Checkboxes, radio buttons and switches with their states."""
    found: list[Widget] = []
    taken: list[Rect] = []
    for rect in _candidates(scene):
        if is_glyph(scene, rect):
            continue
        if any(rect.inside(done, 2) for done in taken):
            continue
        for shape in outlines(scene, rect):
            inner = without_halo(scene, shape)
            widget = (_judge(scene, inner) if inner else None) or _judge(scene, shape)
            if widget:
                found.append(widget)
                taken.append(shape.rect)
                break
    return found


def is_glyph(scene: Scene, rect: Rect) -> bool:
    """Part of a written word: inside a text line with something close beside it, or a word itself."""
    n = rect.height
    for line, text in zip(scene.lines, scene.texts, strict=True):
        if rect.width > 1.2 * n and line.overlap(rect) > 0.6 * line.area and sum(c.isalnum() for c in text) > 1:
            return True
        if not rect.inside(line, 2) or line.width < 1.6 * rect.width:
            continue
        if rect.width > 1.2 * n and _towers(scene, rect, line):
            continue
        if rect.width > 1.2 * n:
            close = n // 2
        elif n <= scene.px(28) and (rect.left - line.left < n // 2 or _room_before(scene, rect)):
            close = max(2, n // 6)  # a box before its caption, read together with it
        else:
            close = max(2, n // 3)
        one = np.array([rect.left - 1 - close, rect.right], np.int32)
        two = np.array([rect.left - 1, rect.right + close], np.int32)
        top, bottom = np.full(2, rect.top, np.int32), np.full(2, rect.bottom, np.int32)
        if scene.edge_count(one, top, two, bottom).any():
            return True
    return False


def _towers(scene: Scene, rect: Rect, line: Rect) -> bool:
    """Whether a drawing is much higher than all else that was read as one line with it."""
    edges = scene.edges[line.top : line.bottom, line.left : line.right].copy()
    edges[:, max(0, rect.left - 1 - line.left) : rect.right + 1 - line.left] = False
    rows = np.flatnonzero(edges.any(axis=1))
    return len(rows) > 0 and rows[-1] - rows[0] + 1 < 0.75 * rect.height


def _room_before(scene: Scene, rect: Rect) -> bool:
    """More than a space between words is free left of a drawing."""
    free = scene.clamp(Rect(rect.left - 1 - rect.height // 2, rect.top, rect.left - 1, rect.bottom))
    return not scene.edges[free.top : free.bottom, free.left : free.right].any()


def _judge(scene: Scene, shape: Shape) -> Widget | None:
    w, h = shape.rect.width, shape.rect.height
    if abs(w - h) <= max(1, round(0.03 * max(w, h))):
        return square_or_circle(scene, shape)
    return find_switch(scene, shape)


def _candidates(scene: Scene) -> list[Rect]:
    """Where a small closed drawing may be: blobs that stand alone, and round or square holes."""
    blobs = scene.blob_rects
    w, h = blobs[:, 2] - blobs[:, 0], blobs[:, 3] - blobs[:, 1]
    square = (np.abs(w - h) <= np.maximum(2, h // 8)) & (h >= scene.px(9)) & (h <= scene.px(50))
    wide = (w >= 1.3 * h) & (w <= 3.2 * h) & (h >= scene.px(8)) & (h <= scene.px(42))
    ok = square | wide
    ok[0] = False
    alone = _alone(scene, blobs[ok], 2)
    zones = scene.zone_rects
    w, h = zones[:, 2] - zones[:, 0], zones[:, 3] - zones[:, 1]
    hole = (np.abs(w - h) <= np.maximum(1, h // 8)) & (h >= scene.px(7)) & (h <= scene.px(46))
    hole &= zones[:, 4] >= 0.3 * w * h
    hole[0] = False
    holes = zones[hole] + np.array([-1, -1, 1, 1, 0], np.int32)
    # letters may come close to a box, but not to both of its sides, nor touch it
    holes = _alone(scene, holes, 1)
    return sorted({Rect(*(int(v) for v in r[:4])) for r in (*alone, *holes)}, key=lambda r: -r.area)


def _alone(scene: Scene, rects: Ints, least: int) -> Ints:
    """Those with nothing drawn close on their left and right (the neighbours of a letter are letters)."""
    high = rects[:, 3] - rects[:, 1]
    near = np.where(rects[:, 2] - rects[:, 0] > 1.2 * high, 2, np.maximum(2, high // 5))
    # a drawing's own edge pixels reach from left - 1 to right - 1
    west = scene.edge_count(rects[:, 0] - 1 - near, rects[:, 1], rects[:, 0] - 1, rects[:, 3])
    near = np.minimum(near, np.maximum(2, high // 8)) if least > 1 else np.full_like(near, 1)
    east = scene.edge_count(rects[:, 2], rects[:, 1], rects[:, 2] + near, rects[:, 3])
    return rects[(west == 0) & (east == 0)]
