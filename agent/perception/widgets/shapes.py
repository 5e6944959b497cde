"""The silhouette of a small drawing against what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent.perception.widgets.boxes import Colour
from agent.perception.widgets.scene import Bools, Rect, Scene, difference, middle


@dataclass(frozen=True, slots=True)
class Shape:
    """The silhouette of a blob, filled between its outermost pixels."""

    rect: Rect
    solid: Bools
    around: Colour
    area: float
    """Share of the bounding box that the silhouette covers: a square 1, a circle 0.785."""
    lopsided: float
    """Mean difference between its left and right or upper and lower halves, as a share of its size."""


def outlines(scene: Scene, rect: Rect) -> list[Shape]:
    """Silhouettes against what surrounds a drawing: of what is strong (no shadow) and of all that can be seen."""
    rect = scene.clamp(rect)
    around = _around(scene, rect)
    if around is None:
        return []
    crop = scene.pixels[rect.top : rect.bottom, rect.left : rect.right]
    away = difference(crop, around)
    seen = away >= 3
    if not seen.any():
        return []
    depth = max(2, min(away.shape) // 5)
    strong = 0.4 * _border_strength(away, seen, depth)
    faint = 0.4 * _border_strength(away, seen, 1)
    levels = [strong] if strong < 1.3 * faint else [strong, faint]
    found = [shape for level in levels if (shape := _silhouette(rect, away, max(3.0, level), around))]
    if found and min(shape.lopsided for shape in found) > 0.1:
        # Of a sunken box the light sides may be as weak against the page as its fill.
        found += [shape for shape in (_silhouette(rect, away, 8.0, around),) if shape]
    return found


def without_halo(scene: Scene, s: Shape) -> Shape | None:
    """What a pale glow of one colour surrounds, three pixels thick or more, as round the control in focus."""
    crop = scene.pixels[s.rect.top : s.rect.bottom, s.rect.left : s.rect.right].astype(np.int16)
    h, w = crop.shape[:2]
    most = scene.px(6)
    sides = (crop[h // 2, : w // 2], crop[h // 2, ::-1][: w // 2], crop[: h // 2, w // 2], crop[::-1, w // 2][: h // 2])
    if min(h, w) < 4 * most // 2 or np.abs(crop[h // 2, 1] - s.around).max() > 110:
        return None
    glow = crop[h // 2, 1]
    widths = [int((np.abs(side[1:] - glow).max(axis=1) > 8).argmax()) + 1 for side in sides]
    if min(widths) < max(3, scene.px(2.6)) or max(widths) > most or max(widths) - min(widths) > 1:
        return None
    n = min(widths)
    rect = Rect(s.rect.left + n, s.rect.top + n, s.rect.right - n, s.rect.bottom - n)
    away = difference(scene.pixels[rect.top : rect.bottom, rect.left : rect.right], glow)
    return _silhouette(rect, away, 8.0, glow)


def _silhouette(rect: Rect, away: Colour, level: float, around: Colour) -> Shape | None:
    drawn: Bools = away >= level
    rows, cols = np.asarray(drawn.any(axis=1)), np.asarray(drawn.any(axis=0))
    if rows.mean() < 0.7 or cols.mean() < 0.7:
        return None
    y0, y1 = int(rows.argmax()), len(rows) - int(rows[::-1].argmax())
    x0, x1 = int(cols.argmax()), len(cols) - int(cols[::-1].argmax())
    drawn = drawn[y0:y1, x0:x1]
    solid = _span(drawn) & _span(drawn.T).T
    if (part := _without_spurs(solid)) is not None:
        x0, y0, solid = x0 + part.left, y0 + part.top, solid[part.top : part.bottom, part.left : part.right]
        y1, x1 = y0 + solid.shape[0], x0 + solid.shape[1]
    lopsided = max(float((solid != solid[:, ::-1]).mean()), float((solid != solid[::-1]).mean()))
    tight = Rect(rect.left + x0, rect.top + y0, rect.left + x1, rect.top + y1)
    return Shape(tight, solid, around, float(solid.mean()), lopsided)


def _without_spurs(solid: Bools) -> Rect | None:
    """What is left without sides of a pixel or two: the dark strokes of a bevel reach past its light ones."""
    h, w = solid.shape
    part = Rect(0, 0, w, h)
    for _ in range(2):
        body = solid[part.top : part.bottom, part.left : part.right]
        if min(body.shape) < 8:
            return None
        rows, cols = body.mean(axis=1), body.mean(axis=0)
        # a round one grows little by little, also where it is drawn in coarse steps
        ends = ((cols[0], cols[1]), (rows[0], rows[1]), (cols[-1], cols[-2]), (rows[-1], rows[-2]))
        sides = [int(end <= 0.2 and beside >= 0.7) for end, beside in ends]
        part = Rect(part.left + sides[0], part.top + sides[1], part.right - sides[2], part.bottom - sides[3])
    return part if (part.width, part.height) != (w, h) else None


def _around(scene: Scene, r: Rect) -> Colour | None:
    """The colour just outside the four corners; None where they differ (it is part of something larger)."""
    points = [
        scene.pixels[y, x]
        for x in (r.left - 2, r.right + 1)
        for y in (r.top - 2, r.bottom + 1)
        if 0 <= x < scene.width and 0 <= y < scene.height
    ]
    if len(points) < 2:
        return None
    colours = np.array(points, np.int16)
    if int((colours.max(axis=0) - colours.min(axis=0)).max()) > 12:
        return None
    return middle(colours)


def _border_strength(away: Colour, seen: Bools, depth: int) -> float:
    """How strong the outline is: the strongest pixel near its outer edge, typically; a soft shadow is weaker."""
    w = away.shape[1]
    out: list[Colour] = []
    for picture, mask in ((away, seen), (away[:, ::-1], seen[:, ::-1])):
        rows = np.nonzero(mask.any(axis=1))[0]
        first = mask[rows].argmax(axis=1)
        steps = np.stack([picture[rows, np.minimum(first + k, w - 1)] for k in range(depth)])
        out.append(steps.max(axis=0))
    return float(np.median(np.concatenate(out)))


def _span(drawn: Bools) -> Bools:
    """Each row filled from its first drawn pixel to its last."""
    seen = np.logical_or.accumulate(drawn, axis=1)
    return seen & np.logical_or.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]


def border_width(crop: Colour, around: Colour | None = None) -> int:
    """Pixels that the outline is thick: the median over the four sides, measured along their middles."""
    h, w = crop.shape[:2]
    if around is not None and _sharp(crop, around):
        return 1
    lines = (
        crop[h // 2, : w // 2],
        crop[h // 2, : w // 2 - 1 : -1],
        crop[: h // 2, w // 2],
        crop[: h // 2 - 1 : -1, w // 2],
    )
    widths: list[int] = []
    for line in lines:
        # the first pixel may be half border, half page
        same = np.abs(line - line[min(1, len(line) - 1)]).max(axis=1) < 24
        same[:2] |= np.abs(line[:2] - line[0]).max(axis=1) < 24
        other = np.nonzero(~same)[0]
        other = other[other > 0]
        widths.append(int(other[0]) + 1 if len(other) else 1)
    y, x = h // 5, w // 5
    corners = np.stack([crop[y, x], crop[y, -1 - x], crop[-1 - y, x], crop[-1 - y, -1 - x]])
    filled = np.abs(corners - crop[h // 2, 1]).max(axis=1) < 24
    return 1 if filled.sum() >= 3 else int(np.median(widths))


def _sharp(crop: Colour, around: Colour) -> bool:
    """Whether the outermost pixels are darker or lighter than both what is outside and what is inside: all border."""
    h, w = crop.shape[:2]
    pairs = (
        (crop[h // 2, 0], crop[h // 2, 1]),
        (crop[0, w // 2], crop[1, w // 2]),
        (crop[-1, w // 2], crop[-2, w // 2]),
    )
    return all(
        bool(
            (np.minimum(edge - around, edge - inside) > 24).any()
            or (np.maximum(edge - around, edge - inside) < -24).any()
        )
        for edge, inside in pairs
    )


def two_colours(part: Colour, fill: Colour) -> bool:
    """Nothing but a fill, a mark and what lies between them: a drawing, not a photograph."""
    flat = part.reshape(-1, 3).astype(np.float32) - fill
    size = np.abs(flat).max(axis=1)
    mark = flat[int(size.argmax())]
    along = np.clip(flat @ mark / max(1.0, float(mark @ mark)), 0, 1)
    off = np.abs(flat - along[:, None] * mark).max(axis=1)
    return float((off > 40).mean()) < 0.12
