"""Checkboxes, radio buttons, switches: small closed drawings that stand alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Colour, chroma, luma
from agent.perception.widgets.scene import Bools, Ints, Rect, Scene, difference, middle
from agent.schema import ElementState


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
            inner = _without_halo(scene, shape)
            widget = (_judge(scene, inner) if inner else None) or _judge(scene, shape)
            if widget:
                found.append(widget)
                taken.append(shape.rect)
                break
    return found


def _without_halo(scene: Scene, s: Shape) -> Shape | None:
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


def is_glyph(scene: Scene, rect: Rect) -> bool:
    """Part of a written word: inside a text line with something close beside it, or a word itself."""
    n = rect.height
    for line, text in zip(scene.lines, scene.texts, strict=True):
        if rect.width > 1.2 * n and line.overlap(rect) > 0.6 * line.area and sum(c.isalnum() for c in text) > 1:
            return True
        if not rect.inside(line, 2) or line.width < 1.6 * rect.width:
            continue
        if rect.width > 1.2 * n:
            close = n // 2
        elif rect.left - line.left < n // 2 and n <= scene.px(20):
            close = max(2, n // 5)  # a box before its caption, read together with it
        else:
            close = max(2, n // 3)
        one = np.array([rect.left - 1 - close, rect.right], np.int32)
        two = np.array([rect.left - 1, rect.right + close], np.int32)
        top, bottom = np.full(2, rect.top, np.int32), np.full(2, rect.bottom, np.int32)
        if scene.edge_count(one, top, two, bottom).any():
            return True
    return False


def _judge(scene: Scene, shape: Shape) -> Widget | None:
    w, h = shape.rect.width, shape.rect.height
    if abs(w - h) <= max(1, round(0.03 * max(w, h))):
        return _square_or_circle(scene, shape)
    return _switch(scene, shape)


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
    near = np.minimum(near, np.maximum(2, high // 6)) if least > 1 else np.full_like(near, 1)
    east = scene.edge_count(rects[:, 2], rects[:, 1], rects[:, 2] + near, rects[:, 3])
    return rects[(west == 0) & (east == 0)]


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
    return [shape for level in levels if (shape := _silhouette(rect, away, max(3.0, level), around))]


def _silhouette(rect: Rect, away: Colour, level: float, around: Colour) -> Shape | None:
    drawn: Bools = away >= level
    rows, cols = np.asarray(drawn.any(axis=1)), np.asarray(drawn.any(axis=0))
    if rows.mean() < 0.7 or cols.mean() < 0.7:
        return None
    y0, y1 = int(rows.argmax()), len(rows) - int(rows[::-1].argmax())
    x0, x1 = int(cols.argmax()), len(cols) - int(cols[::-1].argmax())
    drawn = drawn[y0:y1, x0:x1]
    solid = _span(drawn) & _span(drawn.T).T
    lopsided = max(float((solid != solid[:, ::-1]).mean()), float((solid != solid[::-1]).mean()))
    tight = Rect(rect.left + x0, rect.top + y0, rect.left + x1, rect.top + y1)
    return Shape(tight, solid, around, float(solid.mean()), lopsided)


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


def _square_or_circle(scene: Scene, s: Shape) -> Widget | None:
    n = min(s.rect.width, s.rect.height)
    if s.lopsided > 0.1 or n < scene.px(9):
        return None
    crop = scene.pixels[s.rect.top : s.rect.bottom, s.rect.left : s.rect.right].astype(np.int16)
    if s.area >= 0.865:
        return _checkbox(scene, s, crop)
    if 0.70 <= s.area <= 0.85:
        return _radio(scene, s, crop)
    return None


def _border_width(crop: Colour) -> int:
    """Pixels that the outline is thick: the median over the four sides, measured along their middles."""
    h, w = crop.shape[:2]
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


def _checkbox(scene: Scene, s: Shape, crop: Colour) -> Widget | None:
    h, w = crop.shape[:2]
    inset = max(2, min(h // 4, _border_width(crop)))
    inside = crop[inset : h - inset, inset : w - inset]
    if inside.size < 3 * 9:
        return None
    fill = middle(inside.reshape(-1, 3))
    marked = np.abs(inside - fill).max(axis=2) > 40
    share = float(marked.mean())
    vivid = chroma(fill) > 50
    rim = np.abs(crop[0, w // 4 : w - w // 4] - s.around).max(axis=1)
    if share < 0.03:
        if vivid or (np.abs(fill - s.around).max() > 110 and luma(fill) < 200):
            # filled without a mark: a colour swatch or a square bullet
            return None
        bordered = int(np.median(np.abs(crop[:2, w // 4 : w - w // 4].reshape(-1, 3) - fill).max(axis=1)))
        if bordered < 5 and np.abs(fill - s.around).max() < 5:
            return None
        return Widget("checkbox", s.rect.box(), ElementState(checked=False), 0.9)
    if not 0.05 <= share <= 0.75 or int(np.median(rim)) < 5:
        return None
    if not _two_colours(inside, fill):
        return None
    n = marked.shape[0] // 4
    even = max(float((marked != marked[::-1]).mean()), float((marked != marked[:, ::-1]).mean())) < 0.08
    if not marked[n:-n, n:-n].any() or (even and _bevelled(marked)):
        return Widget("checkbox", s.rect.box(), ElementState(checked=False), 0.6)
    rows, cols = np.nonzero(marked.any(axis=1))[0], np.nonzero(marked.any(axis=0))[0]
    if len(cols) < 0.4 * marked.shape[1]:
        return None
    mark = marked[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    if len(rows) <= max(2, 0.45 * marked.shape[0]) and mark.mean() > 0.75:
        # a bar: neither on nor off
        return Widget("checkbox", s.rect.box(), ElementState(checked=None), 0.6)
    return Widget("checkbox", s.rect.box(), ElementState(checked=True), 0.9)


def _bevelled(marked: Bools) -> bool:
    """What is marked is a frame along the edge or all that is inside it: shading, not a tick."""
    rim = np.concatenate([marked[0], marked[-1], marked[:, 0], marked[:, -1]])
    n = max(1, marked.shape[0] // 3)
    core = marked[n:-n, n:-n]
    return core.size > 0 and abs(float(core.mean()) - float(rim.mean())) > 0.9


def _two_colours(part: Colour, fill: Colour) -> bool:
    """Nothing but a fill, a mark and what lies between them: a drawing, not a photograph."""
    flat = part.reshape(-1, 3).astype(np.float32) - fill
    size = np.abs(flat).max(axis=1)
    mark = flat[int(size.argmax())]
    along = np.clip(flat @ mark / max(1.0, float(mark @ mark)), 0, 1)
    off = np.abs(flat - along[:, None] * mark).max(axis=1)
    return float((off > 40).mean()) < 0.12


def _radio(scene: Scene, s: Shape, crop: Colour) -> Widget | None:
    h, w = crop.shape[:2]
    if not _is_circle(s) or h < scene.px(11.5):
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
            return None
        return Widget("radio", s.rect.box(), ElementState(checked=False), 0.9)
    gap = crop[(radius > 0.73) & (radius < 0.81)]
    drawn = min(np.abs(middle(gap) - c).max() for c in (centre, ring)) if gap.size else 0
    if drawn > 60 and np.abs(centre - s.around).max() > 60 and _two_colours(mid, centre):
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
    if not _two_colours(mid, band_colour):
        return None
    solid = dot[np.ix_(dot.any(axis=1), dot.any(axis=0))]
    if not 0.62 <= float(solid.mean()) <= (1.0 if min(rows, cols) <= scene.px(8) else 0.93):
        return None  # an icon, not a dot (a dot of few pixels is a square)
    if float((dot != dot[::-1]).mean()) > 0.09 or float((dot != dot[:, ::-1]).mean()) > 0.09:
        return None
    return Widget("radio", s.rect.box(), ElementState(checked=True), 0.9)


def _vivid(colour: Colour, around: Colour) -> bool:
    return chroma(colour.astype(np.int16)) > 50 or abs(luma(colour) - luma(around)) > 110


def _is_circle(s: Shape) -> bool:
    h, w = s.solid.shape
    yy, xx = np.mgrid[0:h, 0:w]
    disc = ((yy - (h - 1) / 2) / (h / 2)) ** 2 + ((xx - (w - 1) / 2) / (w / 2)) ** 2 <= 1.0
    return float((disc != s.solid).mean()) < 0.08


def _switch(scene: Scene, s: Shape) -> Widget | None:
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
    border = _border_width(crop)
    depth = min(h // 5, border + 1)
    rim = np.concatenate([crop[depth, h // 2 : w - h // 2], crop[h - 1 - depth, h // 2 : w - h // 2]])
    track = middle(rim)
    away = [int(np.abs(end - track).max()) for end in ends]
    if min(away) > 30:
        return luma(ends[1]) > luma(ends[0])
    if abs(away[0] - away[1]) < 5:
        return None
    return away[1] > away[0]
