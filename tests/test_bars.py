"""Menu bars and toolbars, on pictures made here."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from agent.perception.cutting import cut_lines
from agent.perception.ink import PLAIN
from agent.perception.parts import TextLine
from agent.perception.widgets import find_widgets
from agent.schema import Box, Pixels
from tests.test_labels import line, widget

INK = (30, 30, 30)


def page() -> Pixels:
    return np.full((300, 640, 3), 246, np.uint8)


def write(pixels: Pixels, x: int, y: int, text: str) -> tuple[int, TextLine]:
    """Writes with the baseline at y; the right end, and the line."""
    (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
    cv2.putText(pixels, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
    return x + w, TextLine(Box(left=x, top=y - h, width=w, height=h + 3), text, 0.99)


def bar(words: list[str], gap: int, pad: int) -> tuple[Pixels, list[TextLine]]:
    pixels = page()
    cv2.rectangle(pixels, (20, 20), (600, 48), (170, 170, 170), 1)
    at, lines = 20 + pad, list[TextLine]()
    for word in words:
        at, found = write(pixels, at, 39, word)
        lines.append(found)
        at += gap
    return pixels, lines


def test_captions_at_one_wide_distance_are_the_menus_of_a_program():
    found = find_widgets(*bar(["File", "Edit", "View", "Tools", "Help"], 16, 9))
    assert [w.role for w in found] == ["button"] * 5
    assert all(a.box.right <= b.box.left + 2 for a, b in pairwise(found))


@pytest.mark.parametrize(("gap", "pad"), [(5, 9), (16, 16)], ids=["words of a text", "wide words in a field"])
def test_a_text_in_a_field_is_no_menu_bar(gap: int, pad: int):
    assert [w.role for w in find_widgets(*bar(["Enter", "your", "name"], gap, pad))] == ["textbox"]


def tool(pixels: Pixels, x: int, y: int, side: int, number: int) -> None:
    """A square with a zigzag in it, another one for each number."""
    cv2.rectangle(pixels, (x, y), (x + side - 1, y + side - 1), (187, 187, 187), 1)
    rng = np.random.default_rng(number)
    points = rng.integers(3, side - 3, (5, 2)) + np.array((x, y))
    cv2.polylines(pixels, [points.astype(np.int32)], False, INK, 1, cv2.LINE_AA)  # pyright: ignore[reportCallIssue, reportArgumentType]


@pytest.mark.parametrize("side", [18, 22, 28])
@pytest.mark.parametrize("gap", [2, 4])
def test_each_square_of_a_toolbar_is_an_icon(side: int, gap: int):
    pixels = page()
    for n in range(12):
        tool(pixels, 30 + n * (side + gap), 60, side, n)
    found = sorted(find_widgets(pixels, []), key=lambda w: w.box.left)
    assert [w.role for w in found] == ["icon"] * 12
    wanted = [Box(left=30 + n * (side + gap), top=60, width=side, height=side) for n in range(12)]
    assert all(w.box.iou(box) > 0.7 for w, box in zip(found, wanted, strict=True))


def test_empty_squares_and_squares_for_one_digit_each_are_no_toolbar():
    pixels, lines = page(), list[TextLine]()
    for n in range(6):
        cv2.rectangle(pixels, (30 + n * 32, 60), (57 + n * 32, 87), (150, 150, 150), 1)
        cv2.rectangle(pixels, (30 + n * 32, 120), (57 + n * 32, 147), (150, 150, 150), 1)
        lines.append(write(pixels, 39 + n * 32, 139, str(n + 2))[1])
    assert not [w for w in find_widgets(pixels, lines) if w.role == "icon"]


def test_a_row_of_letters_is_no_toolbar():
    pixels = page()
    lines = [write(pixels, 30, y, "Hello HILLED bHdHlHdH allele EEEEHHHH")[1] for y in (60, 90, 120)]
    assert not find_widgets(pixels, lines)


def test_a_line_is_cut_where_one_button_ends_and_the_next_begins():
    read = line("Edit View", 20, 30, replace(PLAIN, gaps=((60, 75),)), width=100)
    buttons = [widget("button", 10, 20, 57), widget("button", 67, 20, 60)]
    assert [x.text for x in cut_lines([read], buttons)] == ["Edit", "View"]
    assert [x.text for x in cut_lines([read], [])] == ["Edit View"]


def test_what_is_read_from_several_icons_is_no_text():
    icons = [widget("icon", 20 + 24 * n, 20, 22, 22) for n in range(4)]
    assert not cut_lines([line("LV71", 22, 25, width=80)], icons)
    assert cut_lines([line("B", 24, 25, width=10)], icons)
