"""Cutting what the detection network found into pieces of text, by the ink in the pixels.

The network merges neighbours on one line (a label, the border of a box and the value in it) and misses single
characters. On a screen, ink and background are exact, so both can be mended.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.schema import Box, Pixels

_FAINT = 26
"""A pixel that differs from its background by less (of 255, in any channel) is not ink."""


@dataclass(frozen=True, slots=True)
class Region:
    """Text by the network's eye: `core` is what it marked, `box` that grown to what should hold the letters."""

    core: Box
    box: Box


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text on one background: its ink, tightly, and the colour behind it (None: not one colour)."""

    box: Box
    background: tuple[int, int, int] | None
    dots: int = 0
    """Not 0: it is a row of so many equal dots, as a password field shows."""


@dataclass(frozen=True, slots=True)
class _Blob:
    """A connected piece of ink, in the coordinates of its window."""

    left: int
    top: int
    width: int
    height: int
    area: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


def view(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.top : box.bottom, box.left : box.right]


def background(part: Pixels) -> tuple[tuple[int, int, int], float]:
    """The commonest colour of a part and the share of its pixels that are (nearly) of it."""
    flat = part.reshape(-1, 3)
    if len(flat) > 4000:
        flat = flat[:: len(flat) // 2000]
    # Seven bits a channel are one number, and antialiasing does not make a new background.
    codes = (flat >> 1).astype(np.uint32) @ np.array([1 << 14, 1 << 7, 1], np.uint32)
    values, counts = np.unique(codes, return_counts=True)
    best = values[counts.argmax()]
    colour = np.median(flat[codes == best], axis=0)
    red, green, blue = (int(c) for c in colour)
    near = np.abs(flat.astype(np.int16) - np.array([red, green, blue], np.int16)).max(axis=1) <= 6
    return (red, green, blue), float(near.mean())


def _ink(part: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """How far each pixel is from a colour: the largest difference of a channel."""
    away = cv2.absdiff(part, np.full_like(part, np.array(colour, np.uint8)))
    return cast(Pixels, away.max(axis=2))


def _blobs(mask: NDArray[np.bool_]) -> list[_Blob]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return [_Blob(*(int(v) for v in row)) for row in stats[1:]]


def joined(regions: Sequence[Region]) -> list[Region]:
    """Regions that go on into each other on one line made one: the ink tells better where text ends."""
    found = sorted(regions, key=lambda r: r.box.left)
    at = 0
    while at < len(found):
        one = found[at]
        for index in range(at + 1, len(found)):
            other = found[index]
            common = min(one.core.bottom, other.core.bottom) - max(one.core.top, other.core.top)
            low, high = sorted((one.core.height, other.core.height))
            if one.box.overlap(other.box).area and common > 0.6 * high and low > 0.6 * high:
                found[at] = Region(one.core.union(other.core), one.box.union(other.box))
                del found[index]
                break
        else:
            at += 1
    return found


def limits(index: int, regions: Sequence[Region]) -> tuple[int, int]:
    """Rows (first, last) beyond which ink belongs to the lines above and below a region."""
    mine = regions[index].core
    first, last = -(1 << 30), 1 << 30
    for other in regions:
        if other.core.left < mine.right and mine.left < other.core.right:
            if other.core.bottom <= mine.top:
                first = max(first, (other.core.bottom + mine.top) // 2)
            elif other.core.top >= mine.bottom:
                last = min(last, (other.core.top + mine.bottom) // 2)
    return first, last


def split(pixels: Pixels, region: Region, limits: tuple[int, int]) -> list[Piece]:
    """The pieces of text in a region, left to right; `limits` are rows that belong to lines above and below."""
    bounds = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
    high = region.box.height
    beside, above = round(high * 0.8), max(3, round(high * 0.3))
    box = region.box
    window = bounds.overlap(Box.of(box.left - beside, box.top - above, box.right + beside, box.bottom + above))
    pieces: list[Piece] = []
    middle = (region.core.top + region.core.bottom) // 2 - window.top
    for left, right in _cells(view(pixels, window), middle, high):
        cell = Box.of(window.left + left, window.top, window.left + right, window.bottom)
        core = cell.overlap(region.core)
        if core.width < 2 and cell.overlap(region.box).width < 4:
            continue
        pieces += _pieces_in_cell(pixels, cell, region, limits)
    return pieces


def _cells(window: Pixels, middle: int, high: int) -> list[tuple[int, int]]:
    """Column ranges between upright lines through the middle row that are longer than letters are high."""
    height, width = window.shape[:2]
    middle = min(max(middle, 1), height - 1)
    if width < 3:
        return [(0, width)]
    step = cv2.absdiff(window[:, 1:], window[:, :-1]).max(axis=2) > 9
    up = np.logical_and.accumulate(step[middle - 1 :: -1], axis=0).sum(axis=0)
    down = np.logical_and.accumulate(step[middle:], axis=0).sum(axis=0)
    edges = np.flatnonzero((up + down >= 0.72 * high) & (up >= 0.28 * high) & (down >= 0.28 * high)) + 1
    cells: list[tuple[int, int]] = []
    at = 0
    for edge in [*edges.tolist(), width]:
        if edge - at >= 4:
            cells.append((at, int(edge)))
        at = int(edge)
    return cells


def _pieces_in_cell(pixels: Pixels, cell: Box, region: Region, limits: tuple[int, int]) -> list[Piece]:
    part = view(pixels, cell)
    inner = cell.overlap(region.box)
    colour, share = background(view(pixels, inner))
    if share < 0.3:
        return [Piece(inner, None)]
    away = _ink(part, colour)
    strongest = int(away[inner.top - cell.top : inner.bottom - cell.top].max(initial=0))
    blobs = _blobs(away > max(_FAINT, strongest // 5))
    blobs = [b for b in blobs if _is_text(b, cell, region.box, limits)]
    blobs = [b for b in blobs if not _is_frame(b, blobs)]
    kept = _attached(blobs, cell, region.box)
    if not kept:
        return []
    return [_piece(run, cell, colour) for run in _runs(kept, part, colour, region.box.height)]


def _is_text(blob: _Blob, cell: Box, box: Box, limits: tuple[int, int]) -> bool:
    """Whether a blob can be part of the line in `box`: not a border, not of a line above or below."""
    if blob.top == 0 or blob.bottom == cell.height:
        return False
    middle = cell.top + (blob.top + blob.bottom) / 2
    if not max(box.top, limits[0]) <= middle <= min(box.bottom, limits[1]):
        return False
    at_edge = blob.left <= 1 or blob.right >= cell.width - 1
    # What runs along or into the edge of the cell is the border of something.
    flat = blob.height <= max(2, box.height // 8) and blob.width > 0.8 * box.height
    upright = blob.width <= 3 and blob.height > 0.6 * box.height
    return not (at_edge and (flat or upright))


def _attached(blobs: list[_Blob], cell: Box, box: Box) -> list[_Blob]:
    """The blobs in the columns of a box, and those beside it that go on with its text."""
    left, right = box.left - cell.left, box.right - cell.left
    kept = [b for b in blobs if left <= (b.left + b.right) / 2 <= right]
    loose = [b for b in blobs if b not in kept and b.height <= box.height]
    if not kept:
        return []
    near = 0.35 * box.height
    first, last = min(b.left for b in kept), max(b.right for b in kept)
    for blob in sorted((b for b in loose if b.left >= last), key=lambda b: b.left):
        if blob.left - last > near:
            break
        kept.append(blob)
        last = max(last, blob.right)
    for blob in sorted((b for b in loose if b.right <= first), key=lambda b: -b.right):
        if first - blob.right > near:
            break
        kept.append(blob)
        first = min(first, blob.left)
    return kept


def _is_frame(blob: _Blob, others: Sequence[_Blob]) -> bool:
    """Whether a blob is drawn round others: the border of a button or a box."""
    if blob.width < 1.6 * blob.height or blob.area > 8 * (blob.width + blob.height):
        return False
    return any(
        blob.left + 1 < o.left and o.right < blob.right - 1 and blob.top + 1 < o.top and o.bottom < blob.bottom - 1
        for o in others
    )


def _runs(blobs: list[_Blob], part: Pixels, colour: tuple[int, int, int], high: int) -> list[list[_Blob]]:
    """Blobs in runs of text: cut at wide gaps and at marks (boxes and rings) that are not letters."""
    letters = [b for b in blobs if not (b.height <= max(2, high // 8) and b.width > 2 * high)]
    if not letters:
        return []
    away = _ink(part, colour)
    marks = [b for b in letters if _is_mark(b, letters, part, away, high) or _is_arrow(b, letters, away)]
    marks += [b for b in letters if b not in marks and any(_inside(b, m) for m in marks)]
    ordered = sorted((b for b in letters if b not in marks), key=lambda b: b.left)
    columns: list[list[_Blob]] = []
    reach = -1
    for blob in ordered:
        if columns and blob.left <= reach:
            columns[-1].append(blob)
        else:
            columns.append([blob])
        reach = max(reach, blob.right)
    if not columns:
        return []
    runs = [list(columns[0])]
    gaps = [min(b.left for b in right) - max(b.right for b in left) for left, right in itertools.pairwise(columns)]
    widest = _widest_gap(gaps, high)
    for left, right, gap in zip(columns, columns[1:], gaps, strict=False):
        end, start = max(b.right for b in left), min(b.left for b in right)
        between = any(end <= (m.left + m.right) / 2 <= start for m in marks)
        if gap > widest or between:
            runs.append(list(right))
        else:
            runs[-1] += right
    return runs


def _widest_gap(gaps: list[int], high: int) -> float:
    """The widest gap that can be a space between words: by the height, and by the other gaps of the line."""
    by_height = 0.85 * high
    words = sorted(g for g in gaps if g > 0.15 * high)
    if len(words) >= 3:
        usual = words[len(words) // 2]
        return min(by_height, max(2.5 * usual, 0.5 * high))
    return by_height


def _inside(blob: _Blob, other: _Blob) -> bool:
    return (
        other.left <= blob.left and blob.right <= other.right and other.top <= blob.top and blob.bottom <= other.bottom
    )


def _apart(blob: _Blob, others: Sequence[_Blob], by: int) -> bool:
    """Whether nothing but what is inside a blob comes nearer to its sides than `by` pixels."""
    return all(o is blob or _inside(o, blob) or o.left >= blob.right + by or o.right <= blob.left - by for o in others)


def _is_mark(blob: _Blob, others: Sequence[_Blob], part: Pixels, away: Pixels, high: int) -> bool:
    """Whether a blob is a checkbox or radio button beside text and not a letter."""
    if min(blob.width, blob.height) < 9 or not 0.88 <= blob.width / blob.height <= 1.14:
        return False
    if not _apart(blob, others, max(3, round(0.12 * high))):
        return False
    rows, columns = slice(blob.top, blob.bottom), slice(blob.left, blob.right)
    if not _symmetric(away[rows, columns] > _FAINT):
        return False
    rest = [b for b in others if b is not blob and b.height >= 0.3 * high and not _inside(b, blob)]
    if not rest:
        return True
    if blob.height > 1.15 * max(b.height for b in rest):
        return True
    # A ring of another colour than the letters is not one of them.
    mine = _colour(part[rows, columns], away[rows, columns])
    letters = [
        _colour(part[b.top : b.bottom, b.left : b.right], away[b.top : b.bottom, b.left : b.right]) for b in rest
    ]
    return bool(np.abs(mine - np.median(letters, axis=0)).max() > 40)


def _colour(part: Pixels, away: Pixels) -> NDArray[np.float64]:
    """The colour of the strongest ink."""
    strong = away >= max(1, int(away.max()) - 24)
    return part[strong].mean(axis=0)


def _is_arrow(blob: _Blob, others: Sequence[_Blob], away: Pixels) -> bool:
    """Whether a blob is the chevron or triangle of a dropdown: wider than high, narrowing to the middle."""
    if not 1.25 <= blob.width / blob.height <= 2.6 or blob.width < 6 or not _apart(blob, others, 3):
        return False
    if any(o.left > blob.right for o in others):
        return False
    part = away[blob.top : blob.bottom, blob.left : blob.right]
    ink = part > part.max() // 2
    if (ink != ink[:, ::-1]).mean() > 0.12:
        return False
    spans = [int(xs[-1] - xs[0]) + 1 for row in ink if (xs := np.flatnonzero(row)).size]
    spans = spans if spans[0] >= spans[-1] else spans[::-1]
    narrows = all(b <= a + 1 for a, b in itertools.pairwise(spans))
    return spans[0] >= 0.7 * blob.width and spans[-1] <= 0.4 * blob.width and narrows


def _symmetric(ink: NDArray[np.bool_]) -> bool:
    """The outline is the same left and right, top and bottom."""
    edge = np.zeros_like(ink)
    rim = max(2, ink.shape[0] // 6)
    edge[:rim], edge[-rim:], edge[:, :rim], edge[:, -rim:] = True, True, True, True
    shape = ink & edge
    wrong = (shape != shape[:, ::-1]).sum() + (shape != shape[::-1]).sum()
    return bool(wrong <= 0.3 * shape.sum())


def _piece(run: list[_Blob], cell: Box, colour: tuple[int, int, int]) -> Piece:
    box = Box.of(
        cell.left + min(b.left for b in run),
        cell.top + min(b.top for b in run),
        cell.left + max(b.right for b in run),
        cell.top + max(b.bottom for b in run),
    )
    return Piece(box, colour, _dots(run))


def _dots(run: list[_Blob]) -> int:
    """How many equal round dots in an even row the run is; 0 if it is anything else."""
    if len(run) < 3:
        return 0
    first = run[0]
    for blob in run:
        if abs(blob.width - blob.height) > 1 or abs(blob.width - first.width) > 1 or abs(blob.top - first.top) > 1:
            return 0
        if blob.width < 3 or blob.area < 0.6 * blob.width * blob.height:
            return 0
    lefts = sorted(b.left for b in run)
    steps = [b - a for a, b in itertools.pairwise(lefts)]
    return len(run) if max(steps) - min(steps) <= 2 and max(steps) <= 4 * first.width else 0


def padded(pixels: Pixels, piece: Piece) -> Pixels:
    """The picture of a piece for recognition: its ink on its own background and nothing of what stands near it.

    Equal text in an equal font gives equal pixels wherever it stands, so that it need be recognised only once.
    """
    part = view(pixels, piece.box)
    above, beside = max(2, round(0.16 * piece.box.height)), max(3, round(0.25 * piece.box.height))
    if piece.background is None:
        return part
    border = cv2.copyMakeBorder(part, above, above, beside, beside, cv2.BORDER_CONSTANT, value=piece.background)
    return cast(Pixels, border)


# ---------------------------------------------------------------- what the network missed


def strays(pixels: Pixels, covered: list[Box], within: Box | None = None) -> list[Piece]:
    """Small isolated ink on one background that no piece covers: single characters, dots of passwords."""
    frame = within or Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
    part = view(pixels, frame)
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    rough = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 48
    for box in covered:
        near = box.grow(3).overlap(frame).shift(-frame.left, -frame.top)
        rough[near.top : near.bottom, near.left : near.right] = False
    groups = _neighbours(_blobs(rough))
    found: list[Piece] = []
    for group in groups:
        piece = _stray(pixels, Box.of(*_hull(group)).shift(frame.left, frame.top))
        if piece is not None and not any(piece.box.overlap(box).area for box in covered):
            found.append(piece)
    return found


def _hull(group: list[_Blob]) -> tuple[int, int, int, int]:
    return (
        min(b.left for b in group),
        min(b.top for b in group),
        max(b.right for b in group),
        max(b.bottom for b in group),
    )


def _neighbours(blobs: list[_Blob]) -> list[list[_Blob]]:
    """Blobs of a character's size, those side by side together."""
    small = [b for b in blobs if 2 <= b.height <= 64 and 3 <= b.width <= 64]
    large = [b for b in blobs if b.height > 64 or b.width > 64]
    groups: list[list[_Blob]] = []
    for blob in sorted(small, key=lambda b: b.left):
        for group in groups:
            left, top, right, bottom = _hull(group)
            size = max(bottom - top, blob.height)
            if (
                blob.left - right <= max(3, 0.6 * size)
                and blob.top < bottom + 3
                and blob.bottom > top - 3
                and blob.right > left
            ):
                group.append(blob)
                break
        else:
            groups.append([blob])
    # What touches a larger thing on all sides is the inside of a drawing, not a character: judged by its background.
    return [g for g in groups if not any(_same_place(_hull(g), b) for b in large)]


def _same_place(hull: tuple[int, int, int, int], blob: _Blob) -> bool:
    left, top, right, bottom = hull
    return (
        abs(left - blob.left) <= 2
        and abs(right - blob.right) <= 2
        and abs(top - blob.top) <= 2
        and abs(bottom - blob.bottom) <= 2
    )


def _stray(pixels: Pixels, box: Box) -> Piece | None:
    """A piece for loose ink if it stands on one colour and looks like few characters."""
    bounds = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
    around = bounds.overlap(box.grow(2))
    if around.width < box.width + 4 or around.height < box.height + 4:
        return None
    part = view(pixels, around)
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    colour, share = background(rim.reshape(1, -1, 3))
    if share < 0.95:
        return None
    blobs = [b for b in _blobs(_ink(part, colour) > _FAINT) if b.area >= 3]
    if not blobs:
        return None
    piece = _piece(blobs, around, colour)
    if piece.dots:
        return piece
    tall = piece.box.height
    if len(blobs) > 8 or piece.box.width > 4 * max(8, tall):
        return None
    dash = tall <= 4 and 3 <= piece.box.width <= 24
    return piece if dash or 5 <= tall <= 60 else None
