"""Buttons whose face is shaded from top to bottom, as older toolkits draw them: no flat area is inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.scene import Bools, Ints, Rect, Scene

_WALL = 10
"""Smallest step of brightness, 0..255, across the outline of a button."""


def find_shaded(scene: Scene, found: Sequence[Widget]) -> list[Widget]:
    """A caption in the middle of a closed box whose rows go over from one shade into another."""
    taken = [Rect.of(w.box) for w in found if w.role != "link"]
    out: list[Widget] = []
    for line, text in zip(scene.lines, scene.texts, strict=True):
        short = line.width <= scene.px(240) and scene.px(7) <= line.height <= scene.px(40)
        if not short or not any(c.isalnum() for c in text) or any(line.overlap(r) > 0.3 * line.area for r in taken):
            continue
        box = _box_round(scene, line)
        if box is not None and not any(box.overlap(r) > 0.3 * r.area for r in taken):
            out.append(Widget("button", box.box(), confidence=0.6))
            taken.append(box)
    return out


def _box_round(scene: Scene, line: Rect) -> Rect | None:
    reach = scene.px(64)
    area = scene.clamp(Rect(line.left - reach, line.top - scene.px(20), line.right + reach, line.bottom + scene.px(20)))
    grey = scene.pixels[area.top : area.bottom, area.left : area.right].astype(np.int16).mean(axis=2)
    top, bottom = line.top - area.top, line.bottom - area.top
    left, right = line.left - area.left, line.right - area.left
    across = np.abs(np.diff(grey[top:bottom], axis=1)) > _WALL
    if not across.size:
        return None  # The line stands outside the picture.
    walls = np.asarray(across.mean(axis=0) > 0.9)
    west, east = _nearest(walls, left - 1, -1), _nearest(walls, right, 1)
    if west is None or east is None or abs((left - west) - (east - right)) > max(scene.px(5), 0.2 * (east - west)):
        return None
    if east - west < 8:
        return None  # There is no face between the walls.
    rows = np.asarray((np.abs(np.diff(grey[:, west + 3 : east - 2], axis=0)) > _WALL).mean(axis=1) > 0.9)
    north, south = _nearest(rows, top - 1, -1), _nearest(rows, bottom, 1)
    if north is None or south is None or south - north > 4 * (bottom - top):
        return None
    face = grey[north + 2 : south - 1, west + 3 : left]
    if face.shape[1] < 2 or not _shaded(face):
        return None
    return Rect(area.left + west, area.top + north, area.left + east + 2, area.top + south + 2)


def _nearest(flags: Bools, start: int, step: int) -> int | None:
    """The first True from an index on, in one direction."""
    at = flags[start::step] if step > 0 else flags[: max(0, start)][::-1]
    if not at.any():
        return None
    return start + int(at.argmax()) if step > 0 else max(0, start) - 1 - int(at.argmax())


def _shaded(face: Ints) -> bool:
    """Each row is of one shade, neighbours differ by little, and all together by much."""
    shades = np.median(face, axis=1)
    even = float(np.abs(face - shades[:, None]).max()) <= 6
    steps = np.abs(np.diff(shades))
    return even and len(steps) > 0 and float(steps.max()) <= 12 and float(shades.max() - shades.min()) >= 12
