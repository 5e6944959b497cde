"""The text caret in low fields, where it reaches to the border and would part the field in two."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agent.perception.caret import behind_text, find_carets, without_carets
from agent.schema import Box, Pixels

FIELD = Box(left=40, top=30, width=200, height=20)
TEXT = Box(left=47, top=36, width=52, height=9)
EVERYWHERE = [Box(left=0, top=0, width=320, height=80)]


def field(caret_bottom: int) -> Pixels:
    """A field with a focus ring of two pixels, a word, and a caret behind it, two pixels off."""
    pixels = np.full((80, 320, 3), 255, np.uint8)
    cv2.rectangle(pixels, (FIELD.left, FIELD.top), (FIELD.right - 1, FIELD.bottom - 1), (16, 16, 16), 2)
    for x in range(TEXT.left, TEXT.right, 8):
        pixels[TEXT.top : TEXT.bottom, x : x + 2] = 40
        pixels[TEXT.top : TEXT.top + 2, x : x + 5] = 40
    pixels[33:caret_bottom, TEXT.right + 2] = 0
    return pixels


@pytest.mark.parametrize("bottom", [46, 48])
def test_a_caret_is_found_where_it_ends_short_of_the_border_and_where_it_touches_it(bottom: int) -> None:
    pixels = field(bottom)
    (bar,) = find_carets(pixels, EVERYWHERE)
    assert (bar.left, bar.width) == (TEXT.right + 2, 1)
    assert bar.bottom >= 46
    clean = without_carets(pixels, [bar])
    assert (clean[34:46, bar.left] == 255).all()


def test_only_a_caret_behind_a_text_is_taken_from_the_drawing() -> None:
    (bar,) = find_carets(field(46), EVERYWHERE)
    assert behind_text([bar], [TEXT]) == [bar]
    assert behind_text([bar], [TEXT.shift(60, 0)]) == []
    assert behind_text([bar], [TEXT.shift(0, 30)]) == []
    tall = Box(left=bar.left, top=0, width=1, height=80)
    assert behind_text([tall], [TEXT]) == []


def test_a_caret_that_fills_its_field_up_to_the_borders() -> None:
    pixels = np.full((60, 200, 3), 217, np.uint8)
    pixels[20:40, 40:120] = 153
    pixels[21:40, 41:120] = 230
    pixels[21:39, 41:119] = 255
    cv2.putText(pixels, "12", (45, 35), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    pixels[21:39, 66] = 0
    assert find_carets(pixels, [Box(left=0, top=0, width=200, height=60)]) == [Box(left=66, top=21, width=1, height=18)]
