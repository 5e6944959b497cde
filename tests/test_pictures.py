"""Fitting pictures to a token budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pictures import MAX_RATIO, fit, grid
from agent.talk import PATCH, ImagePart


@pytest.mark.parametrize(
    ("width", "height", "budget", "tokens"),
    [(1280, 720, 2048, 880), (1920, 1080, 2048, 2040), (3840, 2160, 16384, 8160), (1280, 800, 2048, 1000)],
)
def test_common_screens_cost_what_is_documented(width: int, height: int, budget: int, tokens: int) -> None:
    rows, columns = grid(width, height, budget)
    assert rows * columns == tokens


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 16384), st.integers(1, 1024))
def test_the_budget_is_never_exceeded(width: int, height: int, most: int, least: int) -> None:
    rows, columns = grid(width, height, most, least)
    assert 1 <= rows * columns <= most
    assert max(rows, columns) <= MAX_RATIO * min(rows, columns)
    if max(width, height) <= 8 * min(width, height) and most >= 64:
        assert 0.5 < (columns / rows) / (width / height) < 2


@given(st.integers(33, 4000), st.integers(33, 4000))
def test_only_tiny_pictures_grow(width: int, height: int) -> None:
    rows, columns = grid(width, height, 2048)
    if width * height > 64 * PATCH * PATCH * 1.2:
        assert columns * PATCH <= width + PATCH // 2
        assert rows * PATCH <= height + PATCH // 2


def test_pixels_come_out_in_patches() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (100, 333, 3)).astype(np.uint8)
    fitted = fit(pixels, 64, 1)
    assert fitted.dtype == np.uint8
    assert fitted.shape == (96, 320, 3)
    assert ImagePart(pixels=fitted).tokens == 30
    assert fit(fitted, 64, 1) is not None
    assert np.array_equal(fit(fitted, 64, 1), fitted)


def test_a_picture_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="can't be fitted"):
        fit(np.zeros((0, 5, 3), np.uint8), 100)
