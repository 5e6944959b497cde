"""Fitting a picture to a model: sides that are multiples of a patch, within a token budget."""

from __future__ import annotations

from math import ceil, floor, sqrt

import cv2
import numpy as np

from agent.schema import Pixels
from agent.talk import PATCH

MIN_TOKENS = 64
"""Below this the family's own image processor would enlarge the picture (65,536 pixels)."""
MAX_RATIO = 150
"""The family's image processor refuses pictures that are more than 200 times as long as wide."""


def fit(pixels: Pixels, max_tokens: int, min_tokens: int = MIN_TOKENS) -> Pixels:
    """The picture as RGB pixels, shape (32 m, 32 n, 3), of at most `max_tokens` and at least `min_tokens` tokens.

    The aspect is kept as well as may be. A picture that fits is only rounded to the patch, one that is too large is
    averaged down, one that is tiny (a crop) is enlarged. `min_tokens` gives way to `max_tokens`. Raises ValueError
    for an empty picture or no budget.
    """
    height, width = pixels.shape[:2]
    if not height or not width or max_tokens < 1:
        raise ValueError(f"a picture of {width}x{height} pixels can't be fitted to {max_tokens} tokens")
    rows, columns = grid(width, height, max_tokens, min_tokens)
    size = (columns * PATCH, rows * PATCH)
    if (width, height) == size:
        return np.ascontiguousarray(pixels)
    shrinks = size[0] <= width and size[1] <= height
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=way), np.uint8)


def grid(width: int, height: int, max_tokens: int, min_tokens: int = MIN_TOKENS) -> tuple[int, int]:
    """Rows and columns of patches that `fit` gives a picture of so many pixels."""
    most, least = max(1, max_tokens), max(1, min(min_tokens, max_tokens))
    rows, columns = max(1, round(height / PATCH)), max(1, round(width / PATCH))
    if rows * columns > most:
        scale = sqrt(most / (height * width))
        rows, columns = max(1, floor(height * scale)), max(1, floor(width * scale))
    elif rows * columns < least:
        scale = sqrt(least / (height * width))
        rows, columns = ceil(height * scale), ceil(width * scale)
    # A strip one patch high (or wide) may still be too long: its aspect has to give way.
    columns = min(columns, max(1, most // rows), MAX_RATIO * rows)
    rows = min(rows, max(1, most // columns), MAX_RATIO * columns)
    return rows, columns
