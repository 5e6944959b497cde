"""Controls found by their drawing, on pictures made here."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agent.perception.parts import TextLine, Widget
from agent.perception.widgets import find_widgets, update_widgets
from agent.schema import Box, Pixels

WHITE, BLACK, GREY, BLUE = (255, 255, 255), (20, 20, 20), (206, 212, 218), (13, 110, 253)
Colour = tuple[int, int, int]


class Sheet:
    """A page to draw controls on, with the text lines that stand on it."""

    def __init__(self, paper: Colour = WHITE, scale: int = 1) -> None:
        self.scale = scale
        self.pixels: Pixels = np.full((400 * scale, 640 * scale, 3), paper, np.uint8)
        self.lines: list[TextLine] = []

    def box(self, x: int, y: int, w: int, h: int, fill: Colour, border: Colour | None = None, thick: int = 1) -> None:
        s = self.scale
        cv2.rectangle(self.pixels, (x * s, y * s), ((x + w) * s - 1, (y + h) * s - 1), border or fill, -1)
        if border:
            t = thick * s
            cv2.rectangle(self.pixels, (x * s + t, y * s + t), ((x + w) * s - 1 - t, (y + h) * s - 1 - t), fill, -1)

    def pill(self, x: int, y: int, w: int, h: int, fill: Colour) -> None:
        s, r = self.scale, h / 2
        big = np.array(cv2.resize(self.pixels, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST), np.uint8)
        k = 4 * s
        for cx in (x + r, x + w - r):
            cv2.circle(big, (round(cx * k), round((y + r) * k)), round(r * k), fill, -1)
        cv2.rectangle(big, (round((x + r) * k), y * k), (round((x + w - r) * k), (y + h) * k), fill, -1)
        self.pixels[:] = cv2.resize(big, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)

    def circle(self, cx: float, cy: float, r: float, fill: Colour) -> None:
        self.pill(round(cx - r), round(cy - r), round(2 * r), round(2 * r), fill)

    def text(self, x: int, y: int, text: str, ink: Colour = BLACK) -> Box:
        """Text with its baseline at y; returns the box of its line."""
        s = self.scale
        (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.45 * s, s)
        cv2.putText(self.pixels, text, (x * s, y * s), cv2.FONT_HERSHEY_SIMPLEX, 0.45 * s, ink, s, cv2.LINE_AA)
        box = Box(left=x * s, top=y * s - h, width=w, height=h + 3 * s)
        self.lines.append(TextLine(box, text, 0.99))
        return box

    def button(self, x: int, y: int, w: int, h: int, caption: str, fill: Colour, ink: Colour) -> None:
        self.box(x, y, w, h, fill, GREY if fill == WHITE else None)
        (wide, _), _ = cv2.getTextSize(caption, cv2.FONT_HERSHEY_SIMPLEX, 0.45 * self.scale, self.scale)
        self.text(x + (w - wide // self.scale) // 2, y + h // 2 + 5, caption, ink)

    def find(self) -> list[Widget]:
        return find_widgets(self.pixels, self.lines, ui_scale=self.scale)

    def only(self) -> Widget:
        found = self.find()
        assert len(found) == 1, [(w.role, w.box) for w in found]
        return found[0]


def near(widget: Widget, x: int, y: int, w: int, h: int, scale: int = 1) -> bool:
    return widget.box.iou(Box(left=x * scale, top=y * scale, width=w * scale, height=h * scale)) > 0.85


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize(
    ("paper", "fill", "border", "thick"),
    [
        (WHITE, WHITE, GREY, 1),
        (WHITE, WHITE, BLACK, 2),
        (WHITE, (241, 243, 244), None, 1),
        (WHITE, WHITE, (181, 9, 9), 4),
        ((27, 30, 35), (42, 46, 53), (85, 85, 85), 1),
        ((27, 30, 35), (12, 14, 18), None, 1),
        ((238, 238, 255), WHITE, (118, 118, 118), 1),
    ],
)
def test_empty_text_field(scale: int, paper: Colour, fill: Colour, border: Colour | None, thick: int) -> None:
    sheet = Sheet(paper, scale)
    sheet.box(40, 60, 240, 36, fill, border, thick)
    widget = sheet.only()
    assert widget.role == "textbox"
    assert near(widget, 40, 60, 240, 36, scale)


def test_text_field_with_value_and_button_with_caption() -> None:
    sheet = Sheet()
    sheet.box(40, 60, 240, 36, WHITE, GREY)
    sheet.text(52, 82, "Maria Gonzalez")
    sheet.button(40, 120, 110, 36, "Cancel", WHITE, BLACK)
    sheet.button(170, 120, 110, 36, "Send", BLUE, WHITE)
    roles = {w.box.top: w.role for w in sheet.find() if w.box.left < 100}
    assert roles == {60: "textbox", 120: "button"}
    assert [w.role for w in sheet.find() if w.box.left > 150] == ["button"]


def test_red_border_is_invalid_and_grey_fill_is_disabled() -> None:
    sheet = Sheet()
    sheet.box(40, 60, 240, 36, WHITE, (220, 53, 69))
    sheet.box(40, 120, 240, 36, (233, 236, 239), GREY)
    first, second = sorted(sheet.find(), key=lambda w: w.box.top)
    assert first.state.invalid
    assert not first.state.disabled
    assert second.state.disabled
    assert not second.state.invalid


@pytest.mark.parametrize("shape", ["chevron", "triangle"])
def test_dropdown(shape: str) -> None:
    sheet = Sheet()
    sheet.box(40, 60, 240, 36, WHITE, GREY)
    sheet.text(52, 82, "Germany")
    points = np.array([[258, 74], [263, 79], [268, 74]], np.int32)
    if shape == "chevron":
        cv2.polylines(sheet.pixels, [points], False, BLACK, 2, cv2.LINE_AA)
    else:
        cv2.fillPoly(sheet.pixels, [points], BLACK, cv2.LINE_AA)
    assert sheet.only().role == "combobox"


def test_text_area_by_its_grip() -> None:
    sheet = Sheet()
    sheet.box(40, 60, 240, 90, WHITE, GREY)
    for reach in (4, 8):
        cv2.line(sheet.pixels, (277 - reach, 147), (277, 147 - reach), (110, 110, 110), 1)
    assert sheet.only().role == "textarea"


def test_card_with_fields_is_no_field() -> None:
    sheet = Sheet((244, 244, 244))
    sheet.box(20, 20, 400, 60, WHITE, GREY)
    sheet.box(40, 32, 160, 34, WHITE, GREY)
    sheet.box(220, 32, 160, 34, WHITE, GREY)
    assert sorted((w.role, w.box.left) for w in sheet.find()) == [("textbox", 40), ("textbox", 220)]


def test_cells_of_a_table_are_no_fields() -> None:
    sheet = Sheet()
    sheet.box(20, 20, 301, 121, GREY)
    for row in range(3):
        for column in range(3):
            sheet.box(21 + 100 * column, 21 + 40 * row, 99, 39, WHITE)
            if row != column:
                sheet.text(30 + 100 * column, 45 + 40 * row, "word")
    assert sheet.find() == []


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("size", [13, 16, 24, 40])
@pytest.mark.parametrize("checked", [False, True])
def test_checkbox(size: int, checked: bool, scale: int) -> None:
    sheet = Sheet(scale=scale)
    fill = BLUE if checked and size < 40 else WHITE
    sheet.box(40, 60, size, size, fill, BLACK if fill == WHITE else None, 2 if size == 40 else 1)
    if checked:
        s, ink = scale, WHITE if fill == BLUE else BLACK
        points = np.array([[0.25, 0.5], [0.43, 0.7], [0.76, 0.3]]) * size * s + np.array([40, 60]) * s
        cv2.polylines(sheet.pixels, [points.astype(np.int32)], False, ink, max(2, size * s // 8), cv2.LINE_AA)
    sheet.text(40 + size + 10, 60 + size // 2 + 5, "I agree")
    widget = sheet.only()
    assert widget.role == "checkbox"
    assert widget.state.checked is checked
    assert near(widget, 40, 60, size, size, scale)


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("radius", [8, 20])
@pytest.mark.parametrize("checked", [False, True])
def test_radio(radius: int, checked: bool, scale: int) -> None:
    sheet = Sheet(scale=scale)
    sheet.circle(60, 80, radius, BLACK)
    sheet.circle(60, 80, radius - 2, WHITE)
    if checked:
        sheet.circle(60, 80, radius // 2, BLACK)
    sheet.text(60 + radius + 10, 85, "By post")
    widget = sheet.only()
    assert widget.role == "radio"
    assert widget.state.checked is checked


@pytest.mark.parametrize("on", [False, True])
def test_switch(on: bool) -> None:
    sheet = Sheet()
    sheet.pill(40, 60, 44, 22, BLUE if on else (190, 190, 190))
    sheet.circle(73 if on else 51, 71, 9, WHITE)
    widget = sheet.only()
    assert widget.role == "switch"
    assert widget.state.checked is on


@pytest.mark.parametrize("position", [0.0, 0.3, 1.0])
def test_slider(position: float) -> None:
    sheet = Sheet()
    sheet.pill(40, 77, 200, 6, (200, 200, 200))
    sheet.circle(48 + round(184 * position), 80, 8, BLUE)
    widget = sheet.only()
    assert widget.role == "slider"
    assert widget.state.position == pytest.approx(position, abs=0.03)


def test_steps_at_a_field_make_a_spinbutton() -> None:
    sheet = Sheet()
    sheet.box(40, 60, 161, 34, WHITE, GREY)
    for x, sign in ((132, "minus"), (166, "plus")):
        sheet.box(x, 60, 1, 34, GREY)
        cv2.rectangle(sheet.pixels, (x + 12, 76), (x + 22, 77), BLACK, -1)
        if sign == "plus":
            cv2.rectangle(sheet.pixels, (x + 16, 71), (x + 17, 82), BLACK, -1)
    sheet.text(48, 81, "3")
    found = {w.role: w for w in sheet.find()}
    assert found["spinbutton"].box.right <= 134


def test_link_is_blue_or_underlined_and_a_field_border_is_no_underline() -> None:
    sheet = Sheet()
    sheet.text(40, 40, "Read our terms", BLUE)
    box = sheet.text(40, 80, "Privacy notice")
    cv2.line(sheet.pixels, (box.left, 83), (box.right, 83), BLACK, 1)
    sheet.text(40, 120, "Plain words")
    sheet.text(40, 160, "First name")
    sheet.box(40, 164, 240, 30, WHITE, BLACK)
    links = [w.box.top for w in sheet.find() if w.role == "link"]
    assert len(links) == 2
    assert max(links) < 90


def test_large_letters_are_no_controls() -> None:
    sheet = Sheet()
    (w, h), _ = cv2.getTextSize("Ooo OO 0", cv2.FONT_HERSHEY_SIMPLEX, 1.6, 3)
    cv2.putText(sheet.pixels, "Ooo OO 0", (40, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.6, BLACK, 3, cv2.LINE_AA)
    sheet.lines.append(TextLine(Box(left=40, top=90 - h, width=w, height=h + 2), "Ooo OO 0", 0.9))
    assert sheet.find() == []


def test_one_character_fields_are_no_checkboxes() -> None:
    sheet = Sheet()
    for i in range(4):
        sheet.box(40 + 56 * i, 60, 44, 44, WHITE, GREY)
    assert {w.role for w in sheet.find()} == {"textbox"}


def test_empty_picture() -> None:
    assert find_widgets(np.zeros((1, 1, 3), np.uint8), []) == []
    assert find_widgets(np.full((50, 300, 3), 255, np.uint8), []) == []


def test_dialog_over_a_dimmed_page() -> None:
    sheet = Sheet((127, 127, 127))
    sheet.box(20, 20, 240, 36, (127, 127, 127), (103, 106, 109))
    assert not [w for w in sheet.find() if w.role == "dialog"]
    sheet.box(160, 100, 320, 180, WHITE)
    sheet.text(180, 140, "Leave this page?")
    sheet.button(360, 230, 90, 34, "Stay", BLUE, WHITE)
    found = {w.role: w for w in sheet.find()}
    assert near(found["dialog"], 160, 100, 320, 180)
    assert "button" in found


def test_update_finds_what_a_full_look_finds() -> None:
    sheet = Sheet()
    for row in range(4):
        sheet.text(20, 60 + 80 * row, "Name")
        sheet.box(100, 40 + 80 * row, 200, 34, WHITE, GREY)
        sheet.box(340, 50 + 80 * row, 16, 16, WHITE, BLACK)
        sheet.text(370, 62 + 80 * row, "I agree")
    before = sheet.find()
    cv2.polylines(sheet.pixels, [np.array([[344, 138], [347, 141], [352, 134]], np.int32)], False, BLACK, 2)
    changed = Box(left=342, top=132, width=12, height=12)
    after = update_widgets(sheet.pixels, sheet.lines, before, [changed])
    assert sorted((w.role, w.box.left, w.box.top, w.state.checked) for w in after) == sorted(
        (w.role, w.box.left, w.box.top, w.state.checked) for w in sheet.find()
    )
    assert sum(w.state.checked is True for w in after) == 1
    assert update_widgets(sheet.pixels, sheet.lines, before, []) == before


@pytest.mark.parametrize("round_ends", [False, True])
def test_a_field_whose_words_stand_wide_apart_is_one_field(round_ends: bool) -> None:
    sheet = Sheet()
    if round_ends:
        sheet.pill(100, 60, 345, 48, GREY)
        sheet.pill(101, 61, 343, 46, WHITE)
    else:
        sheet.box(100, 60, 345, 48, WHITE, GREY)
    x = 117
    for word in ("Enter", "Email", "Address..."):
        x = sheet.text(x, 89, word, (110, 112, 126)).right + 16
    assert near(sheet.only(), 100, 60, 345, 48)
    assert sheet.only().role == "textbox"
