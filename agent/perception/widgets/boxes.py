"""Rectangles with a closed outline, and what can be measured of them: fill, border, surroundings, ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.perception.widgets.scene import Bools, Ints, Rect, Scene, middle

Colour = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Ink:
    """A run of drawn columns inside a box: a word, a caption, a glyph."""

    rect: Rect
    amount: int
    """Pixels that are not fill."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle that something flat fills up to a closed outline."""

    inner: Rect
    outer: Rect
    """With its border."""
    zone: int
    fill: Colour
    around: Colour
    """The colour outside."""
    border: Colour
    has_border: bool
    """The outline differs from both the fill and the surroundings."""
    ink: tuple[Ink, ...] = ()

    @property
    def tint(self) -> int:
        """How much more colourful than the surroundings the fill is: 0 for a shade of them."""
        return chroma(self.fill - self.around)

    @property
    def contrast(self) -> int:
        """How far the fill is from the surroundings, 0..255."""
        return int(np.abs(self.fill - self.around).max())


def chroma(colour: Colour) -> int:
    """0 for grey, 255 for a pure colour."""
    return int(colour.max() - colour.min())


def luma(colour: Colour) -> float:
    """Brightness, 0..255."""
    return float(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])


def find_frames(scene: Scene) -> list[Frame]:
    """All closed rectangles from the size of a small button up to a panel, small ones first."""
    rects = scene.zone_rects
    w, h = rects[:, 2] - rects[:, 0], rects[:, 3] - rects[:, 1]
    filled = rects[:, 4] / np.maximum(1, w * h)
    ok = (w >= scene.px(14)) & (h >= scene.px(9)) & (filled > 0.4)
    ok &= (w < scene.width - 2) | (h < scene.height - 2)
    ok &= (rects[:, 0] > 0) | (rects[:, 2] < scene.width)
    ok[0] = False
    labels = np.nonzero(ok)[0]
    frames = [frame for label in labels if (frame := _frame(scene, int(label)))]
    frames = [f for f in frames if not _counter(scene, f)]
    return sorted(frames, key=lambda f: f.inner.area)


def _counter(scene: Scene, f: Frame) -> bool:
    """The hollow of a large letter: no higher than the text line that it is in."""
    if f.outer.height > scene.px(60) or f.outer.width > 2 * f.outer.height:
        return False
    return any(f.outer.inside(line, 1) and line.width > 1.6 * f.outer.width for line in scene.lines)


def _frame(scene: Scene, label: int) -> Frame | None:
    left, top, right, bottom = (int(v) for v in scene.zone_rects[label, :4])
    inner = Rect(left, top, right, bottom)
    if not _four_sides(scene, inner, label):
        return None
    fill = _fill(scene, inner, label)
    border, around, outer, has_border = _outside(scene, inner, fill)
    small = inner.height <= scene.px(90)
    ink = find_ink(scene, inner, label) if small else ()
    return Frame(inner, outer, label, fill, around, border, has_border, ink)


def _four_sides(scene: Scene, r: Rect, label: int) -> bool:
    """Does the zone reach along all four sides (corners may be round, up to a pill)?"""
    inside = scene.zones[r.top : r.bottom - 1, r.left : r.right - 1] == label
    # an edge pixel stands before its step, so the last row and column of the inside carry no label
    h, w = inside.shape
    corner = min(h // 2, w // 3)
    lo, hi = h * 2 // 5, max(h * 3 // 5, h * 2 // 5 + 1)
    rows, cols = inside[:, corner : w - corner], inside[lo:hi]
    if not rows.size or not cols.size:
        return False
    # an inner shadow may spoil the outermost row, and a glyph at the end the middle of the side
    most = inside[h // 6 : max(h - h // 6, h // 6 + 1)]
    sides = (
        (rows[:3], rows[:3]),
        (rows[:-4:-1], rows[:-4:-1]),
        (cols[:, :3].T, most[:, :3].T),
        (cols[:, :-4:-1].T, most[:, :-4:-1].T),
    )
    reached = [max(float(part.mean(axis=1).max()) for part in side) >= 0.6 for side in sides]
    # In old toolkits a value begins right at the border.
    reached[2] = reached[2] or (w > 2.5 * h and _text_at_left(scene, r, inside))
    return all(reached)


def _text_at_left(scene: Scene, r: Rect, inside: Bools) -> bool:
    """Whether a text begins at the very left, and its line is all that keeps the zone from that side."""
    h = inside.shape[0]
    starts = any(-2 <= scene.lines[i].left - r.left <= scene.px(3) for i in scene.lines_in(r))
    ends = np.concatenate([inside[2 : max(3, h // 5), 0], inside[-max(3, h // 5) : -2, 0]])
    return starts and bool(ends.all())


def _fill(scene: Scene, r: Rect, label: int) -> Colour:
    """The commonest colour: the median of a coarse sample of the zone."""
    sy, sx = max(1, r.height // 12), max(1, r.width // 24)
    block = scene.zones[r.top : r.bottom : sy, r.left : r.right : sx] == label
    colours = scene.pixels[r.top : r.bottom : sy, r.left : r.right : sx][block]
    return middle(colours)


def _outside(scene: Scene, r: Rect, fill: Colour) -> tuple[Colour, Colour, Rect, bool]:
    """Border colour, surrounding colour, the rectangle with its border, and whether there is a border."""
    sides = [_walk(scene, line, fill) for line in _rays(scene, r)]
    rings = [s.ring for s in sides if s.ring_thick]
    wide = len(rings) >= 3 and _spread(rings) <= 24 and _step(rings[0], fill.tolist()) >= 5
    thick = [(s.ring_thick or s.thick) if wide else s.thick for s in sides]
    outer = scene.clamp(Rect(r.left - thick[0], r.top - thick[1], r.right + thick[2], r.bottom + thick[3]))
    arounds = [(s.beyond or s.around) if wide else s.around for s in sides if s.around]
    around = middle(np.array(arounds, np.int16)) if arounds else fill
    drawn = rings if wide else [s.border for s in sides if s.border]
    border = middle(np.array(drawn, np.int16)) if len(drawn) >= 2 else around
    differs = wide or bool(np.abs(border - fill).max() >= 5 and np.abs(border - around).max() >= 5)
    return border, around, outer, differs


@dataclass(frozen=True, slots=True)
class _Side:
    """What one meets when one walks out of a box: a thin border, then a band of even colour, then more."""

    thick: int = 0
    border: tuple[int, ...] = ()
    around: tuple[int, ...] = ()
    ring_thick: int = 0
    """Where the band ends, if it is thin enough to be a thick border."""
    ring: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()


def _rays(scene: Scene, r: Rect) -> list[list[tuple[int, ...]]]:
    """The pixels outward from the middle of each side: left, top, right, bottom."""
    reach = scene.px(8) + 4
    cx, cy = (r.left + r.right) // 2, (r.top + r.bottom) // 2
    p = scene.pixels
    rays = (
        p[cy, max(0, r.left - reach) : r.left][::-1],
        p[max(0, r.top - reach) : r.top, cx][::-1],
        p[cy, r.right : r.right + reach],
        p[r.bottom : r.bottom + reach, cx],
    )
    return [[tuple(c) for c in ray.tolist()] for ray in rays]


def _walk(scene: Scene, line: list[tuple[int, ...]], fill: Colour) -> _Side:
    n = len(line)
    if n < 3:
        return _Side()
    flat = _first_flat(line, 0)
    if flat >= n:
        return _Side(around=line[-1])
    inside = fill.tolist()
    border = max(line[:flat], key=lambda c: _step(c, inside)) if flat else ()
    end = flat
    while end < n and _step(line[end], line[flat]) < 4:
        end += 1
    if end >= n - 2 or end - flat > scene.px(5):
        return _Side(flat, border, line[flat])
    beyond = _first_flat(line, end)
    return _Side(flat, border, line[flat], end, line[flat], line[min(beyond, n - 1)])


def _step(a: Sequence[int], b: Sequence[int]) -> int:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]), abs(a[2] - b[2]))


def _spread(colours: list[tuple[int, ...]]) -> int:
    return max(_step(c, colours[0]) for c in colours)


def _first_flat(line: list[tuple[int, ...]], start: int) -> int:
    """The index from which the colour stays the same for three pixels; the length where it never does."""
    for i in range(start, len(line) - 2):
        if _step(line[i], line[i + 1]) < 4 and _step(line[i + 1], line[i + 2]) < 4:
            return i
    return len(line)


def find_ink(scene: Scene, r: Rect, label: int) -> tuple[Ink, ...]:
    """What is drawn inside, as runs of columns parted by gaps of about a letter's width."""
    mask = _ink_mask(scene, r, label)
    columns = np.asarray(mask.any(axis=0))
    if not columns.any():
        return ()
    gap = max(scene.px(5), min(r.height, scene.px(40)) // 4)
    out: list[Ink] = []
    for x0, x1 in runs(columns, gap):
        part = mask[:, x0:x1]
        rows = np.nonzero(part.any(axis=1))[0]
        if len(rows) <= 2 and part.sum() <= 3 * scene.scale**2:
            continue  # an uneven corner
        out.append(
            Ink(Rect(r.left + x0, r.top + int(rows[0]), r.left + x1, r.top + int(rows[-1]) + 1), int(part.sum()))
        )
    return tuple(out)


def split_tail(scene: Scene, f: Frame, run: Rect) -> list[Rect]:
    """A run of ink cut at gaps of a few pixels, so that a glyph close behind a word stands alone."""
    mask = _ink_mask(scene, f.inner, f.zone)
    part = mask[:, run.left - f.inner.left : run.right - f.inner.left]
    out: list[Rect] = []
    for x0, x1 in runs(np.asarray(part.any(axis=0)), scene.px(3) - 1):
        rows = np.nonzero(part[:, x0:x1].any(axis=1))[0]
        out.append(Rect(run.left + x0, f.inner.top + int(rows[0]), run.left + x1, f.inner.top + int(rows[-1]) + 1))
    return out or [run]


def _ink_mask(scene: Scene, r: Rect, label: int) -> Bools:
    """True where something is drawn; the round corners of the box itself don't count."""
    # the last row and column are the edge pixels of the step that ends the box
    mask = scene.zones[r.top : r.bottom - 1, r.left : r.right - 1] != label
    h, w = mask.shape
    corner = min(h // 2, w // 2)
    for rows in (slice(0, corner), slice(h - corner, h)):
        part = mask[rows]
        # a corner's ink is a run from the side inward
        part &= ~np.logical_and.accumulate(part, axis=1)
        part &= ~np.logical_and.accumulate(part[:, ::-1], axis=1)[:, ::-1]
    return mask


def runs(flags: Bools, gap: int) -> list[tuple[int, int]]:
    """Runs of True as (start, end), joined over gaps shorter than `gap`."""
    at = np.nonzero(flags)[0]
    if not len(at):
        return []
    breaks = np.nonzero(np.diff(at) > gap)[0]
    starts = np.concatenate(([at[0]], at[breaks + 1]))
    ends = np.concatenate((at[breaks], [at[-1]])) + 1
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def children(frames: list[Frame]) -> list[list[int]]:
    """For each frame the indices of the frames that lie inside it (not only its direct children)."""
    boxes: Ints = np.array([[f.inner.left, f.inner.top, f.inner.right, f.inner.bottom] for f in frames], np.int32)
    out: list[list[int]] = []
    for i, f in enumerate(frames):
        r = f.inner
        hit = (boxes[:, 0] >= r.left) & (boxes[:, 1] >= r.top) & (boxes[:, 2] <= r.right) & (boxes[:, 3] <= r.bottom)
        hit[i] = False
        out.append([int(j) for j in np.nonzero(hit)[0]])
    return out
