"""Layouts of real pages: bars that stay, dialogs with a cross, fields under one caption, times that are not set."""

from __future__ import annotations

import cv2
import numpy as np

from agent.perception.blanks import blank_times
from agent.perception.parts import TextLine, Widget
from agent.perception.widgets import find_widgets
from agent.planners.embedded.crosses import corner_cross
from agent.planners.embedded.match import match_fields
from agent.planners.embedded.pairs import paired
from agent.planners.embedded.view import bars_between
from agent.schema import Box, Element, Observation, Pixels, Role, Screenshot


def look(pixels: Pixels) -> Observation:
    region = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
    return Observation(number=1, screenshot=Screenshot(pixels=pixels, region=region), elements=())


def element(number: int, role: Role, label: str, left: int, text: str = "") -> Element:
    return Element(id=number, role=role, label=label, text=text, box=Box(left=left, top=100, width=120, height=34))


def page(scrolled: int) -> Pixels:
    """A page of uneven rows with a header of 50 and a bar of 60 pixels that stay."""
    pixels = np.full((800, 600, 3), 255, np.uint8)
    for n, y in enumerate(range(20 - scrolled, 900, 37)):
        cv2.rectangle(pixels, (100, y), (150 + 17 * (n % 7), y + 12), (40, 40, 40), -1)
    pixels[:50], pixels[740:] = (30, 60, 90), 255
    pixels[740:742] = 200
    cv2.rectangle(pixels, (300, 755), (420, 790), (90, 60, 220), -1)
    return pixels


def test_bars_that_stay_while_the_page_is_scrolled_are_told() -> None:
    area = Box(left=80, top=130, width=400, height=500)
    assert bars_between(look(page(0)), look(page(111)), area) == (50, 60)


def test_a_page_without_bars_has_none() -> None:
    area = Box(left=80, top=130, width=190, height=500)
    one, two = page(0), page(111)
    one[:50], two[:50], one[738:], two[738:] = 255, 255, 255, 255
    assert bars_between(look(one), look(two), area) == (0, 0)


def panel() -> Pixels:
    """A white panel over a page that is dimmed, but for the window's scroll bar; a cross in the panel's corner."""
    pixels = np.full((600, 900, 3), 120, np.uint8)
    pixels[:, 886:] = 252
    cv2.rectangle(pixels, (250, 150), (650, 380), (255, 255, 255), -1)
    for y in (180, 230, 280):
        cv2.rectangle(pixels, (280, y), (500, y + 12), (20, 20, 20), -1)
    cv2.line(pixels, (624, 164), (636, 176), (20, 20, 20), 2)
    cv2.line(pixels, (636, 164), (624, 176), (20, 20, 20), 2)
    return pixels


def test_a_dialog_is_seen_beside_a_scroll_bar_that_is_not_dimmed() -> None:
    assert "dialog" in [widget.role for widget in find_widgets(panel(), [])]


def test_the_cross_in_the_corner_of_a_panel_is_found() -> None:
    point = corner_cross(look(panel()), Box(left=250, top=150, width=401, height=231))
    assert point is not None
    assert max(abs(point.x - 630), abs(point.y - 170)) <= 2
    assert corner_cross(look(panel()), Box(left=250, top=220, width=401, height=160)) is None


def test_the_caption_over_a_calling_code_names_the_number_beside_it() -> None:
    fields = [element(1, "combobox", "Mobile", 0, "+33"), element(2, "textbox", "", 130)]
    assert [e.label for e in paired(fields)] == ["", "Mobile"]
    fields[0] = element(1, "combobox", "Title", 0, "Ms")
    assert [e.label for e in paired(fields)] == ["Title", ""]


def test_the_beginning_of_a_span_is_told_by_its_end() -> None:
    fields = [element(1, "textbox", "Quiet hours", 0), element(2, "textbox", "to", 140)]
    assert [e.label for e in paired(fields)] == ["Quiet hours from", "Quiet hours to"]
    assert [e.label for e in paired([fields[1]])] == ["to"]


def test_the_dashes_of_a_time_that_is_not_set_are_read() -> None:
    pixels = np.full((60, 200, 3), 255, np.uint8)
    field = Widget("textbox", Box(left=10, top=10, width=140, height=34))
    for x in (22, 28, 40, 46, 58, 64):
        pixels[26:28, x : x + 4] = 30
    for y in (23, 29):
        pixels[y : y + 2, 35:37] = 30
    lines = blank_times(pixels, [], [field])
    assert [line.text for line in lines] == ["--:-- --"]
    assert blank_times(pixels, lines, [field]) == []
    assert blank_times(pixels, [TextLine(Box(left=20, top=20, width=60, height=12), "22:00", 0.9)], [field]) == []


def test_a_code_is_parted_over_the_boxes_of_its_row() -> None:
    boxes = [element(n, "textbox", "", 70 * n) for n in range(3)]
    boxes = [e.model_copy(update={"group": "Sort code", "box": e.box.model_copy(update={"width": 60})}) for e in boxes]
    boxes[0] = boxes[0].model_copy(update={"label": "Sort code"})
    pairs = match_fields({"sort_code": "20-45-77"}, boxes).pairs
    assert [(p.ids, p.written) for p in pairs] == [((0,), "20"), ((1,), "45"), ((2,), "77")]


def test_a_date_is_written_letter_by_letter_where_each_has_a_box() -> None:
    boxes = [element(n, "textbox", "", 24 * n) for n in range(8)]
    boxes = [e.model_copy(update={"box": e.box.model_copy(update={"width": 24})}) for e in boxes]
    boxes[0] = boxes[0].model_copy(update={"label": "Date of birth (DD MM YYYY)"})
    pairs = match_fields({"date_of_birth": "1979-08-23"}, boxes).pairs
    assert "".join(p.written or "" for p in pairs) == "23081979"


def test_a_field_that_takes_either_of_two_things_takes_the_one_that_there_is() -> None:
    fields = [element(1, "textbox", "Email or mobile phone number", 0)]
    assert [p.key for p in match_fields({"email": "a@b.org"}, fields).pairs] == ["email"]
    assert match_fields({"email": "a@b.org", "phone": "030 123456"}, fields).unmatched_keys == ("phone",)


def test_a_month_goes_into_its_list_and_that_of_the_year() -> None:
    fields = [element(1, "combobox", "Project starts", 0, "Month"), element(2, "combobox", "", 130, "Year")]
    pairs = match_fields({"project_starts": "2027-04"}, fields).pairs
    assert [(p.kind, p.ids, p.parts) for p in pairs] == [("date", (1, 2), "my")]
