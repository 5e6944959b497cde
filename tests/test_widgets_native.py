"""Controls as native toolkits draw them: bevels, small rings, shaded faces, frames with a legend above."""

from __future__ import annotations

import numpy as np
import pytest

from agent.perception.ink import measure
from agent.perception.parts import TextLine, Widget
from agent.perception.segment import Piece, spacing
from agent.schema import Box
from tests.test_widgets import BLACK, WHITE, Colour, Sheet

FACE: Colour = (220, 218, 213)
DARK: Colour = (158, 154, 145)
LIGHT: Colour = (207, 205, 200)


def roles(found: list[Widget]) -> list[str]:
    return sorted(w.role for w in found)


def small_ring(sheet: Sheet, x: int, y: int, *, on: bool) -> None:
    """Ten pixels: dark above and left, lighter than the paper inside, a faint stroke below and right."""
    rows = (
        "...ddddd...",
        "..dwwwwwd..",
        ".dwwwwwwwl.",
        "dwwwwwwwwwl",
        *["dwwwwwwwwwl"] * 4,
        ".dwwwwwwwl.",
        "..dwwwwwl..",
    )
    colours = {"d": DARK, "w": WHITE, "l": LIGHT}
    for dy, row in enumerate((*rows, "...lllll...")):
        for dx, key in enumerate(row):
            if key in colours:
                sheet.pixels[y + dy, x + dx] = colours[key]
    if on:
        sheet.pixels[y + 3 : y + 8, x + 4 : x + 7] = 0
        sheet.pixels[y + 4 : y + 7, x + 3 : x + 8] = 0


def test_small_rings_of_old_toolkits_are_radio_buttons() -> None:
    sheet = Sheet(FACE)
    small_ring(sheet, 40, 40, on=False)
    small_ring(sheet, 100, 40, on=True)
    sheet.text(58, 50, "Small")
    sheet.text(118, 50, "Large")
    states = {w.box.left: (w.role, w.state.checked) for w in sheet.find()}
    assert states == {40: ("radio", False), 100: ("radio", True)}


def test_an_o_is_no_radio_button() -> None:
    sheet = Sheet()
    sheet.circle(60, 60, 5, BLACK)
    sheet.circle(60, 60, 4, WHITE)
    assert sheet.find() == []


def test_a_box_whose_dark_strokes_reach_past_its_light_ones_is_a_check_box() -> None:
    sheet = Sheet(FACE)
    sheet.box(40, 40, 11, 11, DARK)
    sheet.box(41, 41, 10, 10, LIGHT)
    sheet.box(41, 41, 9, 9, WHITE)
    sheet.text(60, 51, "Insured")
    assert [(w.role, w.state.checked) for w in sheet.find()] == [("checkbox", False)]


def test_a_frame_with_captions_beside_white_boxes_is_no_list() -> None:
    sheet = Sheet(FACE)
    sheet.box(20, 30, 260, 120, FACE, DARK)
    for y, caption in zip((45, 80, 115), ("Name", "Street", "Town"), strict=True):
        sheet.text(30, y + 16, caption)
        sheet.box(80, y, 190, 25, WHITE, DARK)
    assert roles(sheet.find()) == ["textbox"] * 3


def test_a_number_with_minus_and_plus_is_no_head_of_a_table() -> None:
    sheet = Sheet()
    for x, w in ((40, 190), (229, 38), (266, 38)):
        sheet.box(x, 60, w, 34, WHITE, DARK)
    sheet.text(50, 81, "4")
    sheet.box(241, 76, 13, 2, BLACK)
    sheet.box(279, 76, 13, 2, BLACK)
    sheet.box(284, 70, 2, 13, BLACK)
    assert "spinbutton" in roles(sheet.find())


def test_a_wide_field_may_have_several_small_drawings_at_its_end() -> None:
    sheet = Sheet(FACE)
    sheet.box(40, 60, 480, 56, WHITE, DARK)
    sheet.text(58, 92, "Password", (140, 140, 140))
    for x in (440, 478):
        sheet.circle(x + 8, 88, 8, BLACK)
    assert roles(sheet.find()) == ["textbox"]


def shade(sheet: Sheet, x: int, y: int, w: int, h: int) -> None:
    sheet.box(x, y, w, h, (122, 138, 153))
    for row in range(1, h - 1):
        sheet.pixels[y + row, x + 1 : x + w - 1] = 250 - 110 * row // h


def test_a_button_with_a_shaded_face() -> None:
    sheet = Sheet((238, 238, 238))
    shade(sheet, 40, 60, 90, 28)
    sheet.text(62, 78, "Cancel")
    assert [(w.role, w.box.as_list()) for w in sheet.find()] == [("button", [40, 60, 90, 28])]


@pytest.mark.filterwarnings("error")
def test_words_beyond_the_edge_of_what_is_looked_at_are_on_no_button() -> None:
    sheet = Sheet((238, 238, 238))
    sheet.text(62, sheet.pixels.shape[0] + 40, "Cancel")
    assert sheet.find() == []


def test_a_list_whose_arrow_stands_in_a_box_of_its_own_where_nothing_can_be_typed() -> None:
    def drawn(fill: Colour) -> list[str]:
        sheet = Sheet(FACE)
        sheet.box(40, 60, 180, 25, fill, DARK)
        sheet.text(48, 77, "Austria")
        sheet.box(219, 60, 14, 25, FACE, DARK)
        for n in range(4):
            sheet.pixels[71 + n, 223 + n : 230 - n] = 0
        return roles(sheet.find())

    assert drawn(FACE) == ["combobox"]
    assert "textbox" in drawn(WHITE)


def test_the_words_over_a_frame_are_its_legend() -> None:
    sheet = Sheet(FACE)
    box = sheet.text(42, 50, "Sender")
    assert not measure(sheet.pixels, TextLine(box, "Sender", 0.99)).ruled
    sheet.box(40, 58, 300, 120, FACE, DARK)
    assert measure(sheet.pixels, TextLine(box, "Sender", 0.99)).ruled


def test_the_label_over_a_field_is_no_legend() -> None:
    sheet = Sheet()
    box = sheet.text(42, 50, "Name")
    sheet.box(40, 58, 300, 34, WHITE, DARK)
    assert not measure(sheet.pixels, TextLine(box, "Name", 0.99)).ruled


def test_one_bar_of_menus_does_not_make_all_words_stand_wide() -> None:
    pixels = np.full((60, 900, 3), 255, np.uint8)
    bar = [Piece(Box(left=10 + 60 * n, top=10, width=45, height=11), (255, 255, 255)) for n in range(10)]
    text = [[Piece(Box(left=10 + 60 * n, top=40, width=45, height=11), (255, 255, 255)) for n in range(2)]] * 3
    assert spacing(pixels, [bar, *text]) == 1.0
    assert spacing(pixels, [bar[:4]] * 4) == 2.0


def test_a_value_that_begins_right_at_the_border_is_in_a_field() -> None:
    sheet = Sheet(FACE)
    sheet.box(40, 60, 240, 23, DARK)
    sheet.box(41, 61, 239, 22, (230, 230, 230))
    sheet.box(41, 61, 238, 21, WHITE)
    sheet.box(42, 66, 1, 11, (90, 90, 90))
    sheet.text(42, 77, "Samples")
    assert roles(sheet.find()) == ["textbox"]


def test_a_tick_on_a_shaded_face() -> None:
    sheet = Sheet((238, 238, 238))
    for y, on in ((40, True), (70, False)):
        sheet.box(40, y, 13, 13, (122, 138, 153))
        for row in range(1, 12):
            sheet.pixels[y + row, 41:52] = (250 - 5 * row, 252 - 4 * row, 253 - 2 * row)
        for n in range(4 if on else 0):
            sheet.pixels[y + 5 + n : y + 7 + n, 43 + n // 2] = 51
            sheet.pixels[y + 7 - n : y + 9 - n, 45 + n] = 51
        sheet.text(62, y + 11, "News")
    assert [(w.role, w.state.checked) for w in sorted(sheet.find(), key=lambda w: w.box.top)] == [
        ("checkbox", True),
        ("checkbox", False),
    ]


def test_a_list_whose_value_leaves_no_room() -> None:
    sheet = Sheet((238, 238, 238))
    sheet.box(40, 60, 62, 26, (238, 238, 238), (122, 138, 153))
    sheet.text(43, 78, "Student")
    sheet.box(101, 60, 18, 26, (200, 215, 230), (122, 138, 153))
    for n in range(5):
        sheet.pixels[71 + n, 105 + n : 115 - n] = 30
    assert "combobox" in roles(sheet.find())


def test_bold_capitals_stand_on_what_is_round_them() -> None:
    sheet = Sheet(FACE)
    for x in (40, 47, 52):
        sheet.box(x, 40, 5, 9, BLACK)
    line = TextLine(Box(left=40, top=40, width=17, height=9), "PIN", 0.99)
    assert measure(sheet.pixels, line).paper == FACE


def test_a_button_with_a_raised_bar_opens_a_list() -> None:
    sheet = Sheet(FACE)
    sheet.box(40, 60, 76, 31, (255, 255, 255))
    sheet.box(42, 62, 74, 29, (130, 130, 130))
    sheet.box(42, 62, 72, 27, FACE)
    sheet.text(48, 80, "Soil")
    for y, x, w, shade in (
        (72, 90, 15, 255),
        (73, 90, 15, 255),
        (74, 90, 15, 220),
        (75, 90, 15, 130),
        (76, 90, 15, 130),
    ):
        sheet.pixels[y, x : x + w] = shade
    assert roles(sheet.find()) == ["combobox"]


def test_a_value_close_beside_its_label_is_no_border_that_the_label_parts() -> None:
    sheet = Sheet((67, 67, 67))
    sheet.text(30, 80, "Proxy port:", WHITE)
    sheet.box(112, 64, 300, 24, (35, 35, 35), (38, 38, 38))
    sheet.text(116, 81, "8080", WHITE)
    for x in range(116, 156, 2):
        sheet.pixels[72:78, x] = 240  # strokes as dense as a border, with gaps
        sheet.pixels[72:78, x + 1] = 35 if x % 8 else 240
    assert roles(sheet.find()) == ["textbox"]
