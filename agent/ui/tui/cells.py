"""A picture as half-block characters: each cell of the terminal shows two pixels, one over the other."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from agent.schema import Pixels

_STEP = 4
"""Colours are rounded to multiples of it: nobody sees it, and runs of one colour become longer."""


def strips(pixels: Pixels) -> list[Strip]:
    """A strip for each two rows of the picture (an odd last row is left out), one cell a column."""
    even = pixels.shape[0] // 2 * 2
    rounded = (pixels[:even] // _STEP * _STEP).astype(np.uint32)
    codes = rounded[..., 0] << 16 | rounded[..., 1] << 8 | rounded[..., 2]
    return [_strip(codes[row], codes[row + 1]) for row in range(0, even, 2)]


def _strip(
    upper: np.ndarray[tuple[int], np.dtype[np.uint32]], lower: np.ndarray[tuple[int], np.dtype[np.uint32]]
) -> Strip:
    width = len(upper)
    turns = np.flatnonzero((upper[1:] != upper[:-1]) | (lower[1:] != lower[:-1])) + 1
    starts, ends = [0, *turns.tolist()], [*turns.tolist(), width]
    segments = [
        Segment("▀" * (end - start), _style(int(upper[start]), int(lower[start])))
        for start, end in zip(starts, ends, strict=True)
    ]
    return Strip(segments, width)


@lru_cache(maxsize=16384)
def _style(upper: int, lower: int) -> Style:
    return Style(color=_colour(upper), bgcolor=_colour(lower))


@lru_cache(maxsize=4096)
def _colour(code: int) -> Color:
    return Color.from_triplet(ColorTriplet(code >> 16, code >> 8 & 255, code & 255))
