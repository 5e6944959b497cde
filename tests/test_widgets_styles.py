"""Controls as newer toolkits draw them: underlines, flat choices, knobs over tracks, signs in fields."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agent.perception.annotate import tag_of
from agent.perception.blobs import Blob
from agent.perception.marks import is_arrow
from agent.perception.parts import TextLine, Widget
from agent.perception.signs import part_signs
from agent.perception.widgets import find_widgets, update_widgets
from agent.perception.widgets.scene import cut
from agent.perception.widgets.settle import settle
from agent.schema import Box, Element
from tests.test_widgets import BLACK, BLUE, GREY, WHITE, Colour, Sheet

PALE: Colour = (150, 150, 150)
RULE: Colour = (140, 140, 140)


def wide_sheet() -> Sheet:
    sheet = Sheet()
    sheet.pixels = np.full((400, 1200, 3), WHITE, np.uint8)
    return sheet


def roles(sheet: Sheet) -> list[str]:
    return sorted(w.role for w in sheet.find())


def test_wide_underlined_fields_empty_filled_and_with_a_label_at_rest() -> None:
    sheet = wide_sheet()
    for y, (label, value, ink) in zip(
        (60, 140, 220), (("Name", "", BLACK), ("Town", "Graz", BLACK), ("", "Street", PALE)), strict=True
    ):
        if label:
            sheet.text(40, y - 32, label)
        if value:
            sheet.text(40, y - 9, value, ink)
        sheet.box(40, y, 1100, 1, RULE)
    assert roles(sheet) == ["textbox"] * 3
    # a caret stands at the very beginning of the rule: it has to be in the field
    assert all(w.box.left < 40 for w in sheet.find())


def test_rules_that_part_a_page_are_no_fields() -> None:
    sheet = wide_sheet()
    sheet.text(40, 50, "About the order")
    sheet.box(40, 60, 1100, 1, GREY)
    sheet.text(40, 110, "Something that is said in a sentence")
    sheet.box(40, 118, 400, 1, (230, 230, 230))
    assert sheet.find() == []


@pytest.mark.parametrize("round_one", [True, False])
def test_a_flat_shape_is_a_choice_that_is_on_only_beside_its_like(round_one: bool) -> None:
    def draw(fill: Colour | None, y: int, sheet: Sheet) -> None:
        if round_one:
            sheet.circle(50, y + 9, 9, fill or PALE)
            if fill is None:
                sheet.circle(50, y + 9, 7, WHITE)
        else:
            sheet.box(41, y, 18, 18, fill or WHITE, fill or PALE, 2)
        sheet.text(70, y + 14, "By post")

    alone, pair = Sheet(), Sheet()
    draw(BLUE, 40, alone)
    assert not any(w.role in ("radio", "checkbox") for w in alone.find())
    draw(BLUE, 40, pair)
    draw(None, 80, pair)
    found = sorted((w.box.top, w.role, w.state.checked) for w in pair.find())
    role = "radio" if round_one else "checkbox"
    assert [(r, c) for _, r, c in found] == [(role, True), (role, False)]


def test_a_lone_box_that_turns_flat_was_a_checkbox_before() -> None:
    before, after = Sheet(), Sheet()
    before.box(41, 40, 18, 18, WHITE, PALE, 2)
    after.box(41, 40, 18, 18, BLUE)
    for sheet in (before, after):
        sheet.text(70, 54, "Own car")
    (old,) = before.find()
    assert old.state.checked is False
    place = Box(left=40, top=39, width=20, height=20)
    (new,) = update_widgets(after.pixels, after.lines, [old], [place])
    assert (new.role, new.state.checked) == ("checkbox", True)


@pytest.mark.parametrize("on", [True, False])
def test_switch_with_a_knob_over_a_thinner_track(on: bool) -> None:
    sheet = Sheet()
    sheet.pill(50, 53, 36, 14, BLUE if on else RULE)
    # a white knob on white paper shows by its shadow
    cx = 78 if on else 58
    shade = np.zeros((400, 640), np.float32)
    cv2.circle(shade, (cx, 61), 11, 0.35, -1)
    shade = cv2.GaussianBlur(shade, (5, 5), 0)[..., None]
    sheet.pixels[:] = (sheet.pixels * (1 - shade)).astype(np.uint8)
    sheet.circle(cx, 60, 10, WHITE)
    sheet.text(110, 65, "Notify")
    (widget,) = (w for w in sheet.find() if w.role == "switch")
    assert widget.state.checked is on


def test_short_caption_at_the_left_of_a_coloured_box_is_a_button() -> None:
    sheet = Sheet()
    sheet.box(40, 40, 124, 46, BLUE)
    sheet.text(54, 66, "Create", WHITE)
    assert roles(sheet) == ["button"]


def test_a_sign_in_another_colour_is_parted_from_the_value() -> None:
    pixels = np.full((40, 200, 3), 255, np.uint8)
    cv2.putText(pixels, "$", (10, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.6, PALE, 1, cv2.LINE_AA)
    cv2.putText(pixels, "120", (32, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.6, BLACK, 1, cv2.LINE_AA)
    line = TextLine(Box(left=10, top=10, width=60, height=18), "$ 120", 0.9)
    assert [x.text for x in part_signs(pixels, [line])] == ["$", "120"]
    cv2.putText(pixels, "$", (10, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.6, BLACK, 1, cv2.LINE_AA)
    assert [x.text for x in part_signs(pixels, [line])] == ["$ 120"]


def test_a_last_m_is_no_arrow_and_a_chevron_is_one() -> None:
    letter, chevron = np.zeros((18, 25, 3), np.uint8), np.zeros((12, 24, 3), np.uint8)
    letter[1:, :3] = letter[1:, 11:14] = letter[1:, 22:] = letter[1:3] = 255
    letter[0, 5:11] = letter[0, 14:20] = 0
    letter[0, 10:15] = 255
    cv2.fillPoly(chevron, [np.array([(0, 0), (23, 0), (12, 11)])], (255, 255, 255))
    for picture, arrow in ((letter, False), (chevron, True)):
        h, w = picture.shape[:2]
        before, last = Blob(0, 0, 9, h, 60), Blob(40, 0, w, h, 200)
        away = np.zeros((h, 80), np.uint8)
        away[:, 40 : 40 + w] = picture[:, :, 0]
        assert is_arrow(last, [before, last], away) is arrow


def test_tags_have_one_line() -> None:
    element = Element(id=3, role="textarea", box=Box(left=0, top=0, width=9, height=9), label="Two\nrows")
    assert tag_of(element) == "3 textarea Two rows"


def test_nothing_is_found_on_plain_paper() -> None:
    assert find_widgets(wide_sheet().pixels, []) == []


@pytest.mark.parametrize(("step", "left", "stays"), [(34, 0, False), (15, 0, True), (34, 12, True)])
def test_spaced_lines_from_one_edge_are_entries_of_a_menu(step: int, left: int, stays: bool) -> None:
    menu = Sheet()
    for n, entry in enumerate(("Open", "Save as", "Print")):
        menu.text(60 + left * n, 70 + step * n, entry)
    box = Box(left=40, top=40, width=160, height=120)
    found = settle(cut(menu.pixels, menu.lines, 1.0), [Widget("button", box)])
    assert [w.box for w in found] == ([box] if stays else [])


@pytest.mark.parametrize("on", [True, False])
def test_a_switch_with_a_tick_at_its_free_end(on: bool) -> None:
    sheet = Sheet()
    sheet.text(20, 64, "Opt out")
    for x in (112, 136):
        sheet.circle(x, 60, 12, BLUE)
    sheet.box(112, 48, 24, 24, BLUE)
    sheet.circle(136 if on else 112, 60, 10, WHITE)
    x = 108 if on else 132
    for a, b in (((x, 60), (x + 4, 64)), ((x + 4, 64), (x + 10, 56))):
        cv2.line(sheet.pixels, a, b, WHITE, 2)
    sheet.lines = [TextLine(Box(left=20, top=48, width=128, height=24), "Opt out V", 0.8)]
    assert [(w.role, w.state.checked) for w in sheet.find()] == [("switch", on)]


def test_a_number_between_minus_and_plus_is_one_field() -> None:
    sheet = Sheet()
    for x, width in ((40, 34), (73, 84), (156, 34)):
        sheet.box(x, 40, width, 32, WHITE, GREY, 1)
    sheet.text(106, 61, "40")
    sheet.box(51, 56, 12, 1, BLACK)
    sheet.box(167, 56, 12, 1, BLACK)
    sheet.box(172, 50, 1, 12, BLACK)
    found = {(w.role, w.box.left // 10) for w in sheet.find()}
    assert ("spinbutton", 7) in found


@pytest.mark.parametrize("ink", [PALE, BLACK])
def test_a_pale_icon_in_a_field_is_no_ticked_box(ink: Colour) -> None:
    sheet = Sheet()
    sheet.box(40, 40, 220, 32, WHITE, GREY, 1)
    icon: Colour = (168, 171, 178)
    sheet.box(51, 50, 14, 13, WHITE, icon, 1)
    sheet.box(53, 54, 10, 1, icon)
    sheet.box(54, 57, 8, 1, icon)
    sheet.text(73, 61, "Pick a day", ink)
    assert roles(sheet) == ["textbox"]


def test_a_ticked_box_in_a_frame_stays_a_choice() -> None:
    sheet = Sheet()
    sheet.box(40, 40, 220, 32, WHITE, GREY, 1)
    sheet.box(51, 49, 14, 14, BLUE)
    for a, b in (((54, 56), (57, 59)), ((57, 59), (61, 53))):
        cv2.line(sheet.pixels, a, b, WHITE, 2)
    sheet.text(73, 61, "By post")
    assert "checkbox" in roles(sheet)


@pytest.mark.parametrize("on", [True, False])
def test_a_switch_of_which_only_the_track_is_seen(on: bool) -> None:
    sheet = Sheet()
    sheet.box(100, 53, 22, 14, PALE)
    for x in (100, 122):
        sheet.circle(x, 60, 7, PALE)
    sheet.circle(122 if on else 100, 60, 10, WHITE)
    sheet.text(20, 64, "Late")
    assert [(w.role, w.state.checked) for w in sheet.find()] == [("switch", on)]


def test_options_of_which_one_is_marked_by_a_bar_are_a_menu_and_no_field() -> None:
    sheet = Sheet()
    sheet.lines = [TextLine(Box(left=44, top=50, width=71, height=16), "I Router", 0.9)]
    sheet.lines.append(TextLine(Box(left=53, top=85, width=63, height=11), "Modem", 0.9))
    box = Box(left=38, top=38, width=300, height=68)
    assert settle(cut(sheet.pixels, sheet.lines, 1.0), [Widget("textbox", box)]) == []


def test_buttons_grown_together_are_no_header_of_a_table() -> None:
    sheet = Sheet()
    x = 40
    for caption, width in (("Train", 76), ("Bus", 64), ("Plane", 80)):
        sheet.box(x, 40, width, 36, WHITE, GREY, 1)
        (w, _), _ = cv2.getTextSize(caption, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
        sheet.text(x + (width - w) // 2, 63, caption)
        x += width - 1
    assert roles(sheet) == ["button"] * 3


def test_a_disc_with_a_tick_is_a_choice_that_is_on_only_beside_its_like() -> None:
    def ticked(sheet: Sheet) -> None:
        sheet.circle(50, 60, 10, BLUE)
        points = np.array([(45, 60), (49, 64), (56, 56)], np.int32).reshape(-1, 1, 2)
        cv2.polylines(sheet.pixels, [points], False, WHITE, 2, cv2.LINE_AA)
        sheet.text(68, 65, "Standard")

    alone = Sheet()
    ticked(alone)
    assert "radio" not in roles(alone)
    pair = Sheet()
    ticked(pair)
    pair.circle(180, 60, 10, (200, 200, 200))
    pair.circle(180, 60, 9, WHITE)
    pair.text(198, 65, "Express")
    assert [w.state.checked for w in sorted(pair.find(), key=lambda w: w.box.left) if w.role == "radio"] == [
        True,
        False,
    ]


@pytest.mark.parametrize("on", [False, True])
def test_a_switch_whose_knob_nearly_fills_its_track_and_bears_a_sign(on: bool) -> None:
    sheet = Sheet()
    sheet.pill(40, 60, 40, 24, (122, 143, 166))
    x = 68 if on else 52
    sheet.circle(x, 72, 10, WHITE)
    sheet.box(x - 6, 71, 12, 2, BLACK)
    assert [(w.role, w.state.checked) for w in sheet.find()] == [("switch", on)]
