"""Text areas told by the grip in their corner."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agent.perception.widgets import find_widgets
from agent.schema import Pixels


def area(scale: int, *, grip: bool = True, bar: bool = False) -> Pixels:
    """A framed area of 120 x 30 design pixels at (20, 20); with a scroll bar's column in it, if asked for."""
    pixels = np.full((100 * scale, 200 * scale, 3), 255, np.uint8)
    left, top, right, bottom = (20 * scale, 20 * scale, 140 * scale, 50 * scale)
    if bar:
        pixels[top:bottom, right - 16 * scale : right] = 250
    cv2.rectangle(pixels, (left, top), (right, bottom), (118, 118, 118), scale)
    if grip:
        x, y = right - 3 * scale, bottom - 3 * scale
        for reach in (7, 3):
            cv2.line(pixels, (x - reach * scale, y), (x, y - reach * scale), (100, 100, 100), scale)
    return pixels


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("bar", [False, True])
def test_a_grip_makes_a_text_area(scale: int, bar: bool) -> None:
    found = find_widgets(area(scale, bar=bar), [], ui_scale=scale)
    assert [w.role for w in found] == ["textarea"]
    box = found[0].box
    edges = (box.left, box.top, box.right, box.bottom)
    assert all(abs(at - wanted * scale) <= 3 * scale for at, wanted in zip(edges, (20, 20, 140, 50), strict=True)), (
        edges
    )


def test_without_a_grip_it_is_none() -> None:
    assert all(w.role != "textarea" for w in find_widgets(area(1, grip=False), []))


def test_strokes_without_a_frame_are_none() -> None:
    pixels = np.full((100, 200, 3), 255, np.uint8)
    for reach in (7, 3):
        cv2.line(pixels, (100 - reach, 60), (100, 60 - reach), (100, 100, 100), 1)
    assert all(w.role != "textarea" for w in find_widgets(pixels, []))


def test_a_list_over_the_upper_end_of_a_text_area_is_no_part_of_it() -> None:
    pixels = np.full((240, 300, 3), 255, np.uint8)
    cv2.rectangle(pixels, (20, 120), (220, 200), (118, 118, 118), 1)
    for reach in (7, 3):
        cv2.line(pixels, (217 - reach, 197), (217, 197 - reach), (100, 100, 100), 1)
    pixels[40:170, 20:221] = 255
    cv2.rectangle(pixels, (20, 40), (220, 170), (118, 118, 118), 1)
    assert all(w.box.height < 140 for w in find_widgets(pixels, []) if w.role == "textarea")
