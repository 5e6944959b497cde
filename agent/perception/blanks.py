"""Dashes that stand for a time or a part of it that is not set: too slight for the reader of texts."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from agent.perception.parts import TextLine, Widget
from agent.schema import Box, Pixels

_CLOCKS = {4: "--:--", 6: "--:-- --"}
"""How many dashes an empty clock has, without and with the half of the day."""
_LEAST = 60
"""Brightness by which a dash differs from its ground (0..255)."""


def blank_times(
    pixels: Pixels, lines: Sequence[TextLine], widgets: Sequence[Widget], ui_scale: float = 1.0
) -> list[TextLine]:
    """The dashes of times that are not set, as lines of text; boxes in the picture's pixels."""
    found: list[TextLine] = []
    for widget in widgets:
        box = widget.box
        if widget.role != "textbox" or not 18 * ui_scale <= box.height <= 64 * ui_scale or box.width > 420 * ui_scale:
            continue
        inside = [x for x in lines if x.box.overlap(box).area > 0.6 * x.box.area]
        if any(x.text in _CLOCKS.values() for x in inside) or sum(c.isalnum() for x in inside for c in x.text) > 1:
            continue
        dashes = _dashes(pixels, box.grow(-round(3 * ui_scale)), ui_scale)
        if text := _CLOCKS.get(len(dashes)):
            left, right = min(d.left for d in dashes), max(d.right for d in dashes)
            middle = dashes[0].center.y
            found.append(TextLine(Box.of(left, middle - 6, right, middle + 6), text, 0.9))
    return found


def _dashes(pixels: Pixels, box: Box, ui_scale: float) -> list[Box]:
    """The short level strokes on the one height that most of them share."""
    part = pixels[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
    if min(part.shape[:2], default=0) < 8:
        return []
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.int16)
    away = (np.abs(grey - np.median(grey)) > _LEAST).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(away, connectivity=8)
    strokes: list[Box] = []
    for row in np.asarray(stats, np.int64)[1:]:
        x, y, w, h, _ = (int(v) for v in row)
        if 2 * ui_scale < w <= 10 * ui_scale and h <= max(2, 2 * ui_scale) and w >= 1.5 * h:
            strokes.append(Box(left=box.left + x, top=box.top + y, width=w, height=h))
    best: list[Box] = []
    for stroke in strokes:
        level = [o for o in strokes if abs(o.top - stroke.top) <= 1]
        best = max(best, level, key=len)
    return best
