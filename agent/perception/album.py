"""Pictures that were read before: a page that is scrolled back, or a list that closes, need not be read again."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

import numpy as np

from agent.perception.shift import Shift, row_hashes, shift_by, vote
from agent.schema import Box, Pixels

Kept = TypeVar("Kept")

_MOST = 10
_LEAST = 0.3
"""A picture of which fewer rows are known is not worth the search."""


class Album(Generic[Kept]):
    """The last few pictures, each with what was found in it."""

    def __init__(self) -> None:
        self._pages: deque[tuple[Pixels, np.ndarray, Kept]] = deque(maxlen=_MOST)

    def keep(self, pixels: Pixels, found: Kept) -> None:
        """Remember a picture, in place of the oldest."""
        if not any(page is pixels for page, _, _ in self._pages):
            self._pages.append((pixels, row_hashes(pixels), found))

    def best(self, pixels: Pixels) -> tuple[Kept, Shift] | None:
        """What was found in the picture that is most like this one, and how that one lies in this one; None if none."""
        height, width = pixels.shape[:2]
        rows = row_hashes(pixels)
        most, chosen = int(_LEAST * height), None
        for page, known, found in reversed(self._pages):
            if page.shape != pixels.shape:
                continue
            for dy in (0, vote(known, rows)):
                if dy is not None and (same := _same_rows(known, rows, dy)) > most:
                    most, chosen = same, (page, dy, found)
        if chosen is None:
            return None
        page, dy, found = chosen
        return found, shift_by(page, pixels, Box(left=0, top=0, width=width, height=height), dy)


def _same_rows(old: np.ndarray, new: np.ndarray, dy: int) -> int:
    top, bottom = max(0, dy), min(len(new), len(new) + dy)
    return int(np.count_nonzero(new[top:bottom] == old[top - dy : bottom - dy]))
