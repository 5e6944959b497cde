"""Recognises a scrolled area: the same rows of pixels, some way up or down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.schema import Box, Pixels

_LEAST = 0.06
"""Changes smaller than this share of the picture are not looked at: reading them again is cheap."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What was in `area` moved by `dy` pixels (negative: up); `fresh` is what must be read anew."""

    area: Box
    dy: int
    fresh: tuple[Box, ...]


def find_shift(before: Pixels, after: Pixels, changed: Sequence[Box]) -> Shift | None:
    """The vertical shift that explains most of a change, or None."""
    height, width = after.shape[:2]
    if not changed:
        return None
    area = changed[0]
    for box in changed[1:]:
        area = area.union(box)
    area = area.overlap(Box(left=0, top=0, width=width, height=height))
    if area.area < _LEAST * width * height or area.height < 48:
        return None
    old, new = (p[area.top : area.bottom, area.left : area.right] for p in (before, after))
    dy = vote(row_hashes(old), row_hashes(new))
    if dy is None:
        return None
    differs = _differs(old, new, dy)
    if differs.mean() > 0.7:
        return None
    return Shift(area, dy, _bands(differs, area))


def shift_by(before: Pixels, after: Pixels, area: Box, dy: int) -> Shift:
    """The shift of an area by a distance that is known."""
    old, new = (p[area.top : area.bottom, area.left : area.right] for p in (before, after))
    return Shift(area, dy, _bands(_differs(old, new, dy), area))


def row_hashes(part: Pixels) -> np.ndarray:
    """One number a row, without what stands near its ends; equal rows have equal numbers."""
    middle = slice(part.shape[1] // 6, part.shape[1] * 5 // 6)  # scrollbars and frames stay outside
    rows = np.ascontiguousarray(part[:, middle]).reshape(part.shape[0], -1)
    pad = -rows.shape[1] % 8
    if pad:
        rows = np.pad(rows, ((0, 0), (0, pad)))
    words = rows.view(np.uint64)
    factors = np.random.default_rng(7).integers(1, 2**63, words.shape[1], dtype=np.uint64) | np.uint64(1)
    return (words * factors).sum(axis=1, dtype=np.uint64)


def vote(a: np.ndarray, b: np.ndarray) -> int | None:
    """The distance by which most rows that are unlike any other have moved, told by the rows' hashes."""
    where: dict[int, int] = {}
    rows, others = cast(list[int], a.tolist()), cast(list[int], b.tolist())
    seen = Counter(rows)
    for y, value in enumerate(rows):
        if seen[value] == 1:
            where[value] = y
    again = Counter(others)
    votes = Counter(y - where[v] for y, v in enumerate(others) if again[v] == 1 and v in where)
    votes.pop(0, None)
    if not votes:
        return None
    dy, count = votes.most_common(1)[0]
    return dy if count >= max(12, 0.1 * len(where)) else None


def _differs(old: Pixels, new: Pixels, dy: int) -> np.ndarray:
    """Per row and 32-pixel column: whether the new picture is not the old one moved."""
    height, width = new.shape[:2]
    cells = -(-width // 32)
    differs = np.ones((height, cells), dtype=bool)
    top, bottom = max(0, dy), min(height, height + dy)
    unlike = (new[top:bottom] != old[top - dy : bottom - dy]).any(axis=2)
    padded = np.pad(unlike, ((0, 0), (0, cells * 32 - width)))
    differs[top:bottom] = padded.reshape(bottom - top, cells, 32).any(axis=2)
    return differs


def _bands(differs: np.ndarray, area: Box) -> tuple[Box, ...]:
    """The places that differ, as boxes in the picture: the uncovered band, and whatever else changed."""

    coarse = differs[: differs.shape[0] // 16 * 16].reshape(-1, 16, differs.shape[1]).any(axis=1)
    if differs.shape[0] % 16:
        coarse = np.vstack([coarse, differs[differs.shape[0] // 16 * 16 :].any(axis=0)])
    grid = cast(NDArray[np.uint8], coarse.astype(np.uint8))
    count, labels = cv2.connectedComponents(grid, connectivity=8)
    boxes: list[Box] = []
    for index in range(1, count):
        ys, xs = np.nonzero(labels == index)
        box = Box.of(
            area.left + int(xs.min()) * 32,
            area.top + int(ys.min()) * 16,
            area.left + (int(xs.max()) + 1) * 32,
            area.top + (int(ys.max()) + 1) * 16,
        )
        boxes.append(box.overlap(area))
    return tuple(b for b in boxes if b.area)
