"""Links: words in a colour of their own, or underlined."""

from __future__ import annotations

import cv2
import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Colour, runs
from agent.perception.widgets.scene import Bools, Rect, Scene, middle


def find_links(scene: Scene) -> list[Widget]:
    """Stretches of text lines that are blue or violet, or underlined."""
    out: list[Widget] = []
    for line, text in zip(scene.lines, scene.texts, strict=True):
        if sum(c.isalnum() for c in text) < 2:
            continue
        rect = scene.clamp(Rect(line.left - 1, line.top, line.right + 1, line.bottom + 2))
        if rect.height < 6 or rect.width < rect.height:
            continue
        out.extend(_links_in(scene, rect))
    return out


def _links_in(scene: Scene, rect: Rect) -> list[Widget]:
    crop = scene.pixels[rect.top : rect.bottom, rect.left : rect.right].astype(np.int16)
    paper = middle(np.concatenate([crop[0], crop[-1], crop[:, 0], crop[:, -1]]))
    away = np.abs(crop - paper).max(axis=2)
    if int(away.max()) < 40:
        return []
    ink = away > 0.5 * away.max()
    if int(paper.max() - paper.min()) > 60:
        return []  # a caption on a coloured ground is a button's
    blue = _blue(crop) & ink
    marks = [(blue, 0.8)] if blue.sum() > 0.25 * ink.sum() or blue.sum() > 40 else []
    if blue.mean() > 0.5:
        return []  # a coloured badge
    under = _underline(ink)
    if under is not None and not _goes_on(scene, rect, under, paper):
        marks.append((under, 0.85))
    spans: list[tuple[int, int, float]] = []
    gap = max(3, rect.height // 2)
    for mask, confidence in marks:
        for x0, x1 in runs(mask.any(axis=0), gap):
            if x1 - x0 < max(8, 0.8 * rect.height) or any(a < x1 and x0 < b for a, b, _ in spans):
                continue
            if float(mask[:, x0:x1].sum()) >= 0.7 * float(ink[:, x0:x1].sum()) or mask is under:
                spans.append((x0, x1, confidence))
    parts = [(a, b, c) for x0, x1, c in spans for a, b in _neighbours(ink, x0, x1)]
    return [
        Widget("link", Rect(rect.left + a, rect.top, rect.left + b, rect.bottom).box(), confidence=c)
        for a, b, c in parts
    ]


def _neighbours(ink: Bools, x0: int, x1: int) -> list[tuple[int, int]]:
    """One link, or several with a mere space between: an underline runs on under the spaces of its own link."""
    part = ink[:, x0:x1]
    h = part.shape[0]
    low = part[int(h * 0.6) :]
    if not low.size or float(low.mean(axis=1).max()) < 0.72:
        return [(x0, x1)]  # not underlined
    pieces = runs(np.asarray(part.any(axis=0)), max(2, round(0.14 * h)))
    if any(b - a < 6 for a, b in pieces):
        return [(x0, x1)]
    return [(x0 + a, x0 + b) for a, b in pieces]


def _goes_on(scene: Scene, rect: Rect, under: Bools, paper: Colour) -> bool:
    """The line runs on beside the text: a border, not an underline."""
    y = rect.top + int(under.any(axis=1).argmax())
    for a, b in ((rect.left - 9, rect.left - 5), (rect.right + 4, rect.right + 8)):
        part = scene.pixels[y : y + 2, max(0, a) : max(0, b)].astype(np.int16)
        if part.size and float(np.abs(part - paper).max(axis=2).max(axis=0).mean()) > 30:
            return True
    return False


def _blue(crop: Colour) -> Bools:
    r, g, b = crop[..., 0], crop[..., 1], crop[..., 2]
    return (b - np.minimum(r, g) > 60) & (b - g > 15) & (b - r > 15)


def _underline(ink: Bools) -> Bools | None:
    """The columns over which a thin straight line runs below the letters."""
    h = ink.shape[0]
    low = ink[int(h * 0.6) :]
    if low.shape[0] < 2:
        return None
    kernel = np.ones((1, max(10, 3 * h // 2)), np.uint8)
    long = cv2.morphologyEx(low.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    rows = np.nonzero(long.any(axis=1))[0]
    if not len(rows) or len(rows) > max(3, h // 7):
        return None
    mask = np.zeros_like(ink)
    mask[int(h * 0.6) + rows[0], :] = long.any(axis=0)
    return mask if mask.sum() >= 8 else None
