"""Buttons with a single sign that no reader of texts makes out: plus, minus, equals, the point."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.schema import Element, Observation, Pixels, Role

NAMES = {
    "+": "plus",
    "plus": "plus",
    "加号": "plus",
    "-": "minus",
    "−": "minus",
    "–": "minus",
    "minus": "minus",
    "减号": "minus",
    "=": "equals",
    "equals": "equals",
    "等号": "equals",
    ".": "point",
    "point": "point",
    "小数点": "point",
}
"""What people say to a sign."""
_ROLES: frozenset[Role] = frozenset({"button", "icon"})
_MISREAD = frozenset({"", "十", "一", "二", "1", "t", "·", "•", "_", "—", "ー"})
"""What readers of texts make of signs; anything else that is read is believed."""


def signs(observation: Observation, words: str) -> list[Element]:
    """The buttons that show nothing but the sign that is called so; empty for what is no sign."""
    wanted = NAMES.get(words.strip().lower())
    if wanted is None:
        return []
    shown = [e for e in observation.elements if e.role in _ROLES and (e.text or e.label) in _MISREAD]
    return [e for e in shown if sign_of(observation.screenshot.crop(e.box)) == wanted]


def sign_of(pixels: Pixels) -> str:
    """Which sign is drawn in the middle of a button; empty for none of those known."""
    height, width = pixels.shape[:2]
    part = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[
        height // 6 : -height // 6 or None, width // 6 : -width // 6 or None
    ]
    if min(part.shape, default=0) < 6:
        return ""
    # A button may be shaded from top to bottom: each row has its own ground.
    away = np.abs(part - np.median(part, axis=1, keepdims=True))
    if int(away.max()) < 40:
        return ""
    ink: NDArray[np.uint8] = (away > 0.5 * float(away.max())).astype(np.uint8)
    count, found, sizes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    labels, stats = np.asarray(found, np.int32), np.asarray(sizes, np.int32)
    boxes = [(int(a), int(b), int(w), int(h), int(area)) for a, b, w, h, area in stats[1:count]]
    if any(w > 60 or h > 60 for _, _, w, h, _ in boxes):
        return ""
    flat = [w >= 2.2 * h and area > 0.7 * w * h for _, _, w, h, area in boxes]
    match len(boxes):
        case 2 if all(flat):
            (left_a, _, wide_a, *_), (left_b, _, wide_b, *_) = boxes
            return "equals" if abs(left_a - left_b) <= 2 and abs(wide_a - wide_b) <= 2 else ""
        case 1 if flat[0]:
            # lower than the middle it is a line to write on
            return "minus" if abs(boxes[0][1] + boxes[0][3] / 2 - part.shape[0] / 2) < part.shape[0] / 5 else ""
        case 1:
            left, top, w, h, area = boxes[0]
            if max(w, h) <= 5 and abs(w - h) <= 1 and area >= 0.6 * w * h:
                return "point"
            return "plus" if _is_plus(labels[top : top + h, left : left + w] > 0) else ""
        case _:
            return ""


def _is_plus(ink: NDArray[np.bool_]) -> bool:
    """Whether all ink lies on the middle row and the middle column, and both are full."""
    height, width = ink.shape
    if not 0.75 < width / max(1, height) < 1.34 or min(width, height) < 5:
        return False
    reach = max(1, round(0.17 * min(width, height)))
    rows = slice(height // 2 - reach, (height + 1) // 2 + reach)
    columns = slice(width // 2 - reach, (width + 1) // 2 + reach)
    cross = np.zeros_like(ink)
    cross[rows, :] = True
    cross[:, columns] = True
    full = bool(ink[rows, :].any(axis=0).mean() > 0.9 and ink[:, columns].any(axis=1).mean() > 0.9)
    corners = float((ink & ~cross).sum()) / max(1, int(ink.sum()))
    return full and corners < 0.05
