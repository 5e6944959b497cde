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

from agent.perception.blobs import FAINT, Blob, background, blobs_of, ink_of, strongest, touching, view, without_lines
from agent.perception.marks import dots, inside, is_arrow, is_bar, is_mark, is_pill, is_pointer
from agent.schema import Box, Pixels


@dataclass(frozen=True, slots=True)
class Region:
    """Text by the network's eye: `core` is what it marked, `box` that grown to what should hold the letters."""

    core: Box
    box: Box

    def shift(self, dx: int, dy: int) -> Region:
        return Region(self.core.shift(dx, dy), self.box.shift(dx, dy))


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text on one background: its ink, tightly, and the colour behind it (None: not one colour)."""

    box: Box
    background: tuple[int, int, int] | None
    dots: int = 0
    """Not 0: it is a row of so many equal dots, as a password field shows."""


def joined(regions: Sequence[Region], reach: float = 0.0) -> list[Region]:
    """Regions that go on into each other on one line made one: the ink tells better where text ends.

    `reach` is how far apart they may be, in heights of the line.
    """
    found = sorted(regions, key=lambda r: r.box.left)
    at = 0
    while at < len(found):
        one = found[at]
        for index in range(at + 1, len(found)):
            other = found[index]
            far = round(reach * one.box.height)
            if not touching(Box.of(one.box.left - far, one.box.top, one.box.right + far, one.box.bottom), other.box):
                continue
            common = min(one.core.bottom, other.core.bottom) - max(one.core.top, other.core.top)
            low, high = sorted((one.core.height, other.core.height))
            if common > 0.6 * high and low > 0.6 * high:
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


def spacing(pixels: Pixels, pieces: Sequence[Sequence[Piece]]) -> float:
    """How much wider than usual words stand apart, judged by the pieces of each region of a picture: 1.0 or 2.0.

    A font stack that takes the space from another font (for emoji, say) spaces words by more than an em.
    """
    gaps: list[float] = []
    most = 0
    for line in pieces:
        before = len(gaps)
        for left, right in itertools.pairwise(sorted(line, key=lambda p: p.box.left)):
            gap = (right.box.left - left.box.right) / max(left.box.height, right.box.height)
            if left.background == right.background and 0.6 <= gap <= 2.2 and _empty_between(pixels, left, right):
                gaps.append(gap)
        most = max(most, len(gaps) - before)
    # One line that is set wide by itself is a bar of menus, in whatever font.
    if len(gaps) < max(8, 0.3 * len(pieces)) or most > 0.6 * len(gaps):
        return 1.0
    # Columns of a table stand apart by all kinds of gaps, words by one.
    usual = float(np.median(gaps))
    return 2.0 if sum(0.65 * usual <= g <= 1.5 * usual for g in gaps) >= 0.7 * len(gaps) else 1.0


def _empty_between(pixels: Pixels, left: Piece, right: Piece) -> bool:
    """Whether nothing is drawn between two pieces: no border, no mark."""
    if left.background is None:
        return False
    top, bottom = min(left.box.top, right.box.top), max(left.box.bottom, right.box.bottom)
    gap = Box.of(left.box.right + 1, top, right.box.left - 1, bottom)
    return gap.area > 0 and int(ink_of(view(pixels, gap), left.background).max()) <= FAINT


def split(pixels: Pixels, region: Region, limits: tuple[int, int], spacing: float = 1.0) -> list[Piece]:
    """The pieces of text in a region, left to right.

    `limits` are rows that belong to lines above and below; `spacing` is how much wider than usual the fonts of the
    picture space their words.
    """
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
        pieces += _pieces_in_cell(pixels, cell, region, limits, spacing)
    return pieces


def _cells(window: Pixels, middle: int, high: int) -> list[tuple[int, int]]:
    """Column ranges between upright lines through the middle row that are longer than letters are high."""
    height, width = window.shape[:2]
    middle = min(max(middle, 1), height - 1)
    if width < 3:
        return [(0, width)]
    step = strongest(cast(Pixels, cv2.absdiff(window[:, 1:], window[:, :-1]))) > 9
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


def _pieces_in_cell(pixels: Pixels, cell: Box, region: Region, limits: tuple[int, int], spacing: float) -> list[Piece]:
    part = view(pixels, cell)
    inner = cell.overlap(region.box)
    colour, share = background(view(pixels, inner))
    if share < 0.3:
        return [Piece(inner, None)]
    away = ink_of(part, colour)
    peak = int(away[inner.top - cell.top : inner.bottom - cell.top].max(initial=0))
    mask = without_lines(away > max(FAINT, peak // 8), region.box.height)
    blobs = blobs_of(mask)
    blobs = [b for b in blobs if _is_text(b, cell, region.box, limits)]
    blobs = [b for b in blobs if not _is_frame(b, blobs, mask)]
    kept = _on_line(_attached(blobs, cell, region.box))
    if not kept:
        return []
    return [piece_of(run, cell, colour) for run in _runs(kept, part, colour, region.box.height, spacing)]


def _is_text(blob: Blob, cell: Box, box: Box, limits: tuple[int, int]) -> bool:
    """Whether a blob can be part of the line in `box`: not a border, not of a line above or below."""
    if blob.top == 0 or blob.bottom == cell.height:
        return False
    middle = cell.top + (blob.top + blob.bottom) / 2
    if not max(box.top, limits[0]) <= middle <= min(box.bottom, limits[1]):
        return False
    at_edge = blob.left <= 1 or blob.right >= cell.width - 1
    # What runs along or into the edge of the cell is the border of something.
    flat = blob.height <= max(3, box.height // 8) and blob.width > 0.3 * box.height
    upright = blob.width <= 2 or (blob.width <= 3 and blob.height > 0.6 * box.height)
    return not (at_edge and (flat or upright))


def _attached(blobs: list[Blob], cell: Box, box: Box) -> list[Blob]:
    """The blobs in the columns of a box, and those beside it that go on with its text."""
    left, right = box.left - cell.left, box.right - cell.left
    kept = [b for b in blobs if left <= (b.left + b.right) / 2 <= right]
    # A long flat blob beside text is the line of a frame that the text interrupts.
    loose = [b for b in blobs if b.height > 3 or b.width <= 0.5 * box.height]
    loose = [b for b in loose if b not in kept and b.height <= box.height]
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


def _on_line(blobs: list[Blob]) -> list[Blob]:
    """Blobs without the crumbs that lie too far above or below the letters to be their accents."""
    if not blobs:
        return []
    tallest = max(b.height for b in blobs)
    letters = [b for b in blobs if b.height >= 0.5 * tallest]
    top, bottom = min(b.top for b in letters), max(b.bottom for b in letters)
    far = max(3, 0.4 * tallest)
    return [b for b in blobs if b.bottom >= top - far and b.top <= bottom + far]


def _is_frame(blob: Blob, others: Sequence[Blob], mask: NDArray[np.bool_]) -> bool:
    """Whether a blob is drawn round others: the border of a button or a box."""
    if blob.width < 1.6 * blob.height:
        return False
    part = mask[blob.top : blob.bottom, blob.left : blob.right]
    if part[:2].any(axis=0).mean() < 0.6 or part[-2:].any(axis=0).mean() < 0.6:
        return False
    return any(
        blob.left + 1 < o.left and o.right < blob.right - 1 and blob.top + 1 < o.top and o.bottom < blob.bottom - 1
        for o in others
    )


def _runs(blobs: list[Blob], part: Pixels, colour: tuple[int, int, int], high: int, spacing: float) -> list[list[Blob]]:
    """Blobs in runs of text: cut at wide gaps and at marks (boxes and rings) that are not letters."""
    letters = [b for b in blobs if not (b.height <= max(2, high // 8) and b.width > 2 * high)]
    if not letters:
        return []
    away = ink_of(part, colour)
    marks = [
        b
        for b in letters
        if is_bar(b, letters)
        or is_pill(b, letters, away, high)
        or is_arrow(b, letters, away)
        or is_pointer(b, away)
        or is_mark(b, letters, part, away, high)
    ]
    marks += [b for b in letters if b not in marks and any(inside(b, m) for m in marks)]
    ordered = sorted((b for b in letters if b not in marks), key=lambda b: b.left)
    columns: list[list[Blob]] = []
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
    # Regions are higher than their letters by differing amounts.
    tall = float(np.percentile([b.height for b in ordered], 80))
    widest = _widest_gap(gaps, min(high, 2.1 * tall) if tall > 5 else high, spacing)
    for left, right, gap in zip(columns, columns[1:], gaps, strict=False):
        end, start = max(b.right for b in left), min(b.left for b in right)
        between = any(end <= (m.left + m.right) / 2 <= start for m in marks)
        if gap > widest or between:
            runs.append(list(right))
        else:
            runs[-1] += right
    return runs


def _widest_gap(gaps: list[int], high: float, spacing: float) -> float:
    """The widest gap that can be a space between words: by the height, and by the other gaps of the line."""
    by_height = 0.7 * high * spacing
    words = sorted(g for g in gaps if g > 0.15 * high)
    if len(words) >= 3:
        usual = words[len(words) // 2]
        return min(by_height, max(2.5 * usual, 0.5 * high))
    return by_height


def piece_of(run: list[Blob], cell: Box, colour: tuple[int, int, int]) -> Piece:
    box = Box.of(
        cell.left + min(b.left for b in run),
        cell.top + min(b.top for b in run),
        cell.left + max(b.right for b in run),
        cell.top + max(b.bottom for b in run),
    )
    return Piece(box, colour, dots(run))


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
