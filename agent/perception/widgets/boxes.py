"""Rectangles with a closed outline, and what can be measured of them: fill, border, surroundings, ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.perception.widgets.scene import Bools, Ints, Rect, Scene

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
    return all(max(float(part.mean(axis=1).max()) for part in side) >= 0.6 for side in sides)


def _fill(scene: Scene, r: Rect, label: int) -> Colour:
    """The commonest colour: the median of a coarse sample of the zone."""
    sy, sx = max(1, r.height // 12), max(1, r.width // 24)
    block = scene.zones[r.top : r.bottom : sy, r.left : r.right : sx] == label
    colours = scene.pixels[r.top : r.bottom : sy, r.left : r.right : sx][block]
    return np.median(colours, axis=0).astype(np.int16)


def _outside(scene: Scene, r: Rect, fill: Colour) -> tuple[Colour, Colour, Rect, bool]:
    """Border colour, surrounding colour, the rectangle with its border, and whether there is a border."""
    border, around, outer, zones = _step_out(scene, r, fill)
    ring = max(set(zones), key=zones.count) if zones else 0
    if ring and zones.count(ring) >= 3 and _is_ring(scene, ring, outer):
        # a border so thick that it is an area of its own
        left, top, right, bottom = (int(v) for v in scene.zone_rects[ring, :4])
        _, beyond, _, _ = _step_out(scene, Rect(left, top, right, bottom), around)
        return around, beyond, Rect(left, top, right, bottom), True
    differs = bool(np.abs(border - fill).max() >= 5 and np.abs(border - around).max() >= 5)
    return border, around, outer, differs


def _is_ring(scene: Scene, label: int, r: Rect) -> bool:
    left, top, right, bottom, area = (int(v) for v in scene.zone_rects[label])
    thick = scene.px(8)
    close = r.left - left <= thick and r.top - top <= thick and right - r.right <= thick and bottom - r.bottom <= thick
    return close and area <= (right - left) * (bottom - top) - 0.9 * r.area


def _step_out(scene: Scene, r: Rect, fill: Colour) -> tuple[Colour, Colour, Rect, list[int]]:
    """Walk outward from the middle of each side until the colour calms down."""
    reach = scene.px(5) + 2
    cx, cy = (r.left + r.right) // 2, (r.top + r.bottom) // 2
    spans = (
        (slice(cy, cy + 1), slice(r.left - 1, r.left - 1 - reach if r.left > reach else None, -1), r.left),
        (slice(r.top - 1, r.top - 1 - reach if r.top > reach else None, -1), slice(cx, cx + 1), r.top),
        (slice(cy, cy + 1), slice(r.right, r.right + reach), scene.width - r.right),
        (slice(r.bottom, r.bottom + reach), slice(cx, cx + 1), scene.height - r.bottom),
    )
    thick: list[int] = []
    borders: list[Colour] = []
    arounds: list[Colour] = []
    zones: list[int] = []
    for rows, cols, room in spans:
        if room < 1:
            thick.append(0)
            continue
        line = scene.pixels[rows, cols].reshape(-1, 3).astype(np.int16)
        flat = _first_flat(line)
        thick.append(flat if flat < len(line) else 0)
        arounds.append(line[min(flat, len(line) - 1)])
        if flat < len(line):
            zones.append(int(scene.zones[rows, cols].reshape(-1)[min(flat + 1, len(line) - 1)]))
        if 0 < flat < len(line):
            borders.append(line[:flat][int(np.abs(line[:flat] - fill).max(axis=1).argmax())])
    around = np.median(np.array(arounds), axis=0).astype(np.int16) if arounds else fill
    border = np.median(np.array(borders), axis=0).astype(np.int16) if len(borders) >= 2 else around
    outer = Rect(r.left - thick[0], r.top - thick[1], r.right + thick[2], r.bottom + thick[3])
    return border, around, scene.clamp(outer), zones


def _first_flat(line: Colour) -> int:
    """How many pixels until the colour stays the same for three: the border's thickness, 0 for none."""
    if len(line) < 3:
        return 0
    step = np.abs(np.diff(line, axis=0)).max(axis=1) < 4
    calm = step[:-1] & step[1:]
    hits = np.nonzero(calm)[0]
    return int(hits[0]) if len(hits) else len(line)


def find_ink(scene: Scene, r: Rect, label: int) -> tuple[Ink, ...]:
    """What is drawn inside, as runs of columns parted by gaps of about a letter's width."""
    mask = _ink_mask(scene, r, label)
    columns = mask.any(axis=0)
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
    for x0, x1 in runs(part.any(axis=0), scene.px(3) - 1):
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
