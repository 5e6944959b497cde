"""Labels by geometry: each way of placing texts round controls, as plain boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.perception.assign import assign
from agent.perception.blocks import Line, join_text, strip_label
from agent.perception.cutting import cut_lines
from agent.perception.ink import PLAIN, Ink
from agent.perception.labels import make_elements
from agent.perception.parts import Widget
from agent.schema import Box, Element, ElementState, Role

GREY = replace(PLAIN, colour=(117, 117, 117), contrast=4.6)
RED = replace(PLAIN, colour=(212, 40, 40), contrast=5.0)
BOLD = replace(PLAIN, weight=0.16)
LARGE = replace(PLAIN, size=24.0, weight=0.16)
UNCHECKED = ElementState(checked=False)


def line(text: str, left: int, top: int, ink: Ink = PLAIN, width: int | None = None) -> Line:
    height = round(ink.size * 0.75)
    return Line(Box(left=left, top=top, width=width or len(text) * height * 2 // 3, height=height), text, 0.99, ink)


def widget(role: Role, left: int, top: int, width: int, height: int = 32, state: ElementState | None = None) -> Widget:
    if state is None:
        state = UNCHECKED if role in ("checkbox", "radio", "switch") else ElementState()
    return Widget(role, Box(left=left, top=top, width=width, height=height), state)


def found(lines: Sequence[Line], widgets: Sequence[Widget]) -> list[Element]:
    """The controls in reading order."""
    quiet = ("text", "heading", "option")
    return [e for e in make_elements(lines, widgets) if e.role not in quiet]


def labels(lines: Sequence[Line], widgets: Sequence[Widget]) -> list[str]:
    return [e.label for e in found(lines, widgets)]


def test_labels_above():
    lines = [line("First name", 20, 20), line("Last name", 20, 90), line("City", 20, 160)]
    widgets = [widget("textbox", 20, y, 300) for y in (40, 110, 180)]
    assert labels(lines, widgets) == ["First name", "Last name", "City"]


def test_labels_left_with_colons_and_alignment_to_the_right():
    lines = [line("Name:", 150, 30), line("Telephone number:", 46, 80), line("Zip:", 158, 130)]
    widgets = [widget("textbox", 200, y, 200) for y in (20, 70, 120)]
    assert labels(lines, widgets) == ["Name", "Telephone number", "Zip"]


def test_two_columns_do_not_mix():
    lines = [line("Street", 20, 20), line("Street", 400, 20), line("City", 20, 90), line("City", 400, 90)]
    widgets = [widget("textbox", x, y, 300) for y in (40, 110) for x in (20, 400)]
    assert labels(lines, widgets) == ["Street", "Street", "City", "City"]
    boxes = [e.label_box.left for e in found(lines, widgets) if e.label_box]
    assert boxes == [20, 400, 20, 400]


def test_a_hint_under_one_field_is_not_the_label_of_the_next():
    lines = [line("Email", 20, 20), line("We never share it.", 20, 76, GREY), line("Phone", 20, 116)]
    widgets = [widget("textbox", 20, 40, 300), widget("textbox", 20, 136, 300)]
    email, phone = found(lines, widgets)
    assert (email.label, email.hint) == ("Email", "We never share it.")
    assert phone.label == "Phone"


def test_label_with_a_hint_between_it_and_the_field():
    lines = [line("National number", 20, 20), line("It is on your card.", 20, 40, GREY)]
    (field,) = found(lines, [widget("textbox", 20, 62, 300)])
    assert (field.label, field.hint) == ("National number", "It is on your card.")


def test_error_between_label_and_field_and_below():
    lines = [line("Event name", 20, 20), line("Enter a name", 20, 40, RED), line("Date", 20, 110)]
    lines.append(line("Enter a date", 20, 168, RED))
    name, date = found(lines, [widget("textbox", 20, 60, 300), widget("textbox", 20, 130, 300)])
    assert (name.label, name.error, name.state.invalid) == ("Event name", "Enter a name", True)
    assert (date.label, date.error, date.state.invalid) == ("Date", "Enter a date", True)


def test_checkboxes_and_radios_take_the_text_right_of_them():
    lines = [line("Yes", 40, 21), line("No", 120, 21), line("Send me news", 40, 61)]
    widgets = [widget("radio", 20, 20, 14, 14), widget("radio", 100, 20, 14, 14), widget("checkbox", 20, 60, 14, 14)]
    assert labels(lines, widgets) == ["Yes", "No", "Send me news"]


def test_a_long_choice_label_over_several_lines():
    lines = [
        line("I confirm that everything above is", 44, 20, width=260),
        line("complete and true to the best of", 44, 40, width=250),
        line("my knowledge", 44, 60),
    ]
    (box,) = found(lines, [widget("checkbox", 20, 19, 14, 14)])
    assert box.label == "I confirm that everything above is complete and true to the best of my knowledge"


def test_the_question_over_a_set_is_its_group():
    lines = [line("Gender", 20, 20), line("Female", 44, 44), line("Male", 44, 68)]
    lines += [line("Interests", 20, 110), line("Music", 44, 134), line("Sport", 44, 158)]
    widgets = [widget("radio", 20, y, 14, 14) for y in (43, 67)]
    widgets += [widget("checkbox", 20, y, 14, 14) for y in (133, 157)]
    assert [(e.group, e.label) for e in found(lines, widgets)] == [
        ("Gender", "Female"),
        ("Gender", "Male"),
        ("Interests", "Music"),
        ("Interests", "Sport"),
    ]


def test_questions_left_of_rows_of_radios():
    lines = [line("Gender:", 20, 21), line("F", 220, 21), line("M", 280, 21)]
    lines += [line("Status:", 20, 51), line("Single", 220, 51), line("Married", 320, 51)]
    widgets = [widget("radio", x, 20, 14, 14) for x in (200, 260)]
    widgets += [widget("radio", x, 50, 14, 14) for x in (200, 300)]
    groups = [(e.group, e.label) for e in found(lines, widgets)]
    assert groups == [("Gender", "F"), ("Gender", "M"), ("Status", "Single"), ("Status", "Married")]


def test_sections_tell_two_cities_apart():
    lines = [line("Billing address", 20, 10, LARGE), line("City", 20, 60), line("Shipping address", 20, 150, LARGE)]
    lines.append(line("City", 20, 200))
    lines += [
        line("Some usual text of the page that is long", 20, 300),
        line("and some more of it below that", 20, 340),
    ]
    widgets = [widget("textbox", 20, 80, 300), widget("textbox", 20, 220, 300)]
    assert [(e.group, e.label) for e in found(lines, widgets)] == [
        ("Billing address", "City"),
        ("Shipping address", "City"),
    ]


def test_parts_of_a_date_keep_their_legend():
    lines = [line("Date of birth", 20, 20), line("For example, 31 3 1980", 20, 44, GREY)]
    lines += [line("Day", 20, 74), line("Month", 90, 74), line("Year", 160, 74)]
    widgets = [widget("textbox", 20, 94, 50), widget("textbox", 90, 94, 50), widget("textbox", 160, 94, 70)]
    parts = found(lines, widgets)
    assert [(e.group, e.label) for e in parts] == [("Date of birth", x) for x in ("Day", "Month", "Year")]
    assert all("31 3 1980" in e.hint for e in parts)


def test_tables_are_named_by_header_and_row():
    lines = [line("Item", 20, 20), line("Quantity", 120, 20), line("Note", 240, 20)]
    lines += [line("Pencil", 20, 58), line("Ruler", 20, 98)]
    widgets = [widget("textbox", x, y, 90) for y in (48, 88) for x in (120, 240)]
    assert [(e.group, e.label) for e in found(lines, widgets)] == [
        ("Pencil", "Quantity"),
        ("Pencil", "Note"),
        ("Ruler", "Quantity"),
        ("Ruler", "Note"),
    ]


def test_columns_with_labels_of_their_own_are_no_table():
    lines = [line("A title over it", 200, 10)]
    lines += [
        line(text, x, y) for text, x, y in (("Name", 20, 50), ("Plan", 340, 50), ("City", 20, 90), ("Tier", 340, 90))
    ]
    widgets = [widget("textbox", x, y, 220) for y in (40, 80) for x in (90, 400)]
    assert labels(lines, widgets) == ["Name", "Plan", "City", "Tier"]


def test_placeholders_are_told_from_values():
    lines = [line("Name", 20, 20), line("Ada", 28, 50), line("City", 20, 90), line("e.g. Paris", 28, 120, GREY)]
    name, city = found(lines, [widget("textbox", 20, 40, 300), widget("textbox", 20, 110, 300)])
    assert (name.text, name.state.placeholder) == ("Ada", False)
    assert (city.text, city.state.placeholder, city.hint) == ("e.g. Paris", True, "e.g. Paris")


def test_a_placeholder_names_a_field_without_label():
    (field,) = found([line("Username", 28, 30, GREY)], [widget("textbox", 20, 20, 300)])
    assert (field.label, field.state.placeholder) == ("Username", True)


def test_the_mask_of_a_date_field_is_no_value():
    lines = [line("Arrival", 20, 20), line("mm/dd/yyyy", 28, 50)]
    (field,) = found(lines, [widget("textbox", 20, 40, 200)])
    assert (field.label, field.state.placeholder) == ("Arrival", True)


def test_selected_text_is_a_value():
    chosen = replace(PLAIN, colour=(255, 255, 255), paper=(53, 132, 228), contrast=3.8)
    lines = [line("Name", 20, 30), line("Ada", 108, 30, chosen), line("City", 20, 80), line("Rome", 108, 80)]
    name, _ = found(lines, [widget("textbox", 100, 20, 300), widget("textbox", 100, 70, 300)])
    assert (name.text, name.state.placeholder) == ("Ada", False)


def test_floating_labels_inside_and_on_the_border():
    small = replace(PLAIN, size=12.0)
    lines = [line("Email", 28, 28, small), line("a@b.org", 28, 48)]
    lines += [line("City", 30, 93, small), line("London", 30, 114)]
    widgets = [widget("textbox", 20, 20, 300, 56), widget("textbox", 20, 98, 300, 48)]
    assert [(e.label, e.text) for e in found(lines, widgets)] == [("Email", "a@b.org"), ("City", "London")]


@pytest.mark.parametrize(
    ("text", "label", "required"),
    [
        ("Name *", "Name", True),
        ("* 姓名：", "姓名", True),
        ("Name*:", "Name", True),
        ("City (required)", "City", True),
        ("邮箱（必填）", "邮箱", True),
        ("Line 2 (optional):", "Line 2 (optional)", False),
        ("Required", "Required", False),
    ],
)
def test_marks_of_being_required_are_stripped(text: str, label: str, required: bool):
    assert strip_label(text) == (label, required)


def test_a_star_that_stands_alone_marks_its_neighbour():
    lines = [line("Name", 20, 20), line("*", 60, 18, RED)]
    (field,) = found(lines, [widget("textbox", 20, 40, 300)])
    assert (field.label, field.state.required) == ("Name", True)


def test_addons_are_no_labels():
    lines = [line("Amount", 20, 30), line("$", 132, 30), line("USD", 370, 30)]
    (field,) = found(lines, [widget("textbox", 150, 20, 200)])
    assert field.label == "Amount"


def test_the_number_beside_a_slider_is_its_value():
    lines = [line("Volume", 20, 30), line("40", 320, 30)]
    (slider,) = found(lines, [widget("slider", 100, 26, 200, 20)])
    assert (slider.label, slider.text) == ("Volume", "40")


def test_arrows_read_as_letters_are_no_value():
    lines = [line("Country", 20, 30), line("Germany", 108, 30), line("v", 283, 30)]
    (field,) = found(lines, [widget("combobox", 100, 20, 200)])
    assert (field.label, field.text) == ("Country", "Germany")


def test_a_circle_read_as_a_letter_is_cut_off():
    read = line("O Express", 20, 20, width=120)
    (part,) = cut_lines([read], [widget("radio", 20, 19, 14, 14)])
    assert (part.text, part.box.left) == ("Express", 35)


def test_a_line_over_two_columns_is_cut_at_the_gap():
    ink = replace(PLAIN, gaps=((62, 90),))
    read = Line(Box(left=20, top=20, width=110, height=12), "Month Year", 0.99, ink)
    boxes = [widget("textbox", 20, 40, 50), widget("textbox", 90, 40, 60)]
    assert [x.text for x in cut_lines([read], boxes)] == ["Month", "Year"]


def test_buttons_and_links_are_named_by_their_text():
    lines = [line("Send", 40, 30), line("Help", 200, 30)]
    widgets = [widget("button", 20, 20, 90), widget("link", 198, 28, 40, 16)]
    assert [(e.role, e.label) for e in found(lines, widgets)] == [("button", "Send"), ("link", "Help")]


def test_what_belongs_to_nothing_stays_text_in_reading_order():
    lines = [line("right", 300, 21), line("below", 20, 60), line("left", 20, 20)]
    assert [e.text for e in make_elements(lines, [])] == ["left", "right", "below"]


def test_rows_of_a_list_are_options():
    chosen = replace(PLAIN, paper=(53, 132, 228))
    lines = [line("Colour", 20, 20), line("Red", 28, 50), line("Green", 28, 74, chosen), line("Blue", 28, 98)]
    made = make_elements(lines, [widget("listbox", 20, 40, 200, 90)])
    options = [(e.text, e.state.checked, e.group) for e in made if e.role == "option"]
    assert options == [("Red", False, "Colour"), ("Green", True, "Colour"), ("Blue", False, "Colour")]


def test_ideographs_are_joined_without_a_space():
    assert join_text(["请输入", "手机号码"]) == "请输入手机号码"
    assert join_text(["two", "words"]) == "two words"


def test_assignment_takes_the_least_total():
    assert assign({(0, 0): 0.1, (0, 1): 0.2, (1, 0): 0.15}, 2, 2, 1.0) == {0: 1, 1: 0}
    assert assign({(0, 0): 1.5}, 1, 1, 1.0) == {}


def test_a_label_broken_in_a_narrow_column():
    lines = [line("Read-Only", 40, 30), line("Input", 72, 48), line("Date", 80, 90), line("*", 106, 108)]
    widgets = [widget("textbox", 140, y, 300) for y in (20, 80)]
    fields = found(lines, widgets)
    assert [(e.label, e.state.required) for e in fields] == [("Read-Only Input", None), ("Date", True)]


def test_a_frame_round_fields_is_no_field():
    lines = [line("Budget", 40, 30), line("Estimate", 40, 60), line("Spent", 40, 130)]
    card = widget("listbox", 20, 20, 400, 200)
    fields = found(lines, [card, widget("textbox", 40, 80, 300), widget("textbox", 40, 150, 300)])
    assert [(e.role, e.label) for e in fields] == [("textbox", "Estimate"), ("textbox", "Spent")]


def test_what_a_switch_says_of_its_own_state_is_not_its_label():
    lines = [line("Email opt out", 20, 30), line("Disabled", 132, 56, replace(PLAIN, size=13.0))]
    switch = widget("switch", 132, 24, 48, 24)
    (one,) = found(lines, [switch])
    assert (one.label, one.group) == ("", "Email opt out")


def test_captions_at_rest_in_fields_without_labels_are_their_labels():
    lines = [line("Table reservation", 20, 10, LARGE), line("Name", 36, 66), line("Telephone", 36, 130)]
    widgets = [widget("textbox", 20, y, 400, 48) for y in (50, 114)]
    assert [(e.label, e.text) for e in found(lines, widgets)] == [("Name", ""), ("Telephone", "")]


def test_values_in_fields_without_labels_are_no_labels():
    lines = [line("12 Elm Street", 36, 66), line("ada@example.org", 36, 130)]
    widgets = [widget("textbox", 20, y, 400, 48) for y in (50, 114)]
    assert [(e.label, e.text) for e in found(lines, widgets)] == [("", "12 Elm Street"), ("", "ada@example.org")]


def test_a_ring_that_was_read_as_a_letter_is_no_part_of_the_caption():
    ring = widget("radio", 20, 20, 20, 20)
    assert labels([line("OInside", 22, 24, width=70)], [ring]) == ["Inside"]
    assert labels([line("Oslo", 22, 24, width=60)], [ring]) == ["Oslo"]


def test_a_row_with_a_switch_at_its_end_is_named_at_its_beginning_and_asks_nothing_below():
    lines = [line("Late check-out", 20, 30), line("Single bed", 60, 82), line("Double bed", 60, 132)]
    widgets = [widget("switch", 560, 26, 37, 20), *(widget("radio", 20, y, 20, 20) for y in (78, 128))]
    found_ = found(lines, widgets)
    assert [e.label for e in found_] == ["Late check-out", "Single bed", "Double bed"]
    assert [e.group for e in found_][1:] == ["", ""]


def test_a_caption_at_the_left_of_a_row_that_is_a_field_is_its_label():
    lines = [line("Room", 24, 30), line("214", 150, 30), line("Name", 24, 90), line("Ann", 150, 90)]
    widgets = [widget("textbox", 20, y, 500, 36) for y in (18, 78)]
    assert [(e.label, e.text) for e in found(lines, widgets)] == [("Room", "214"), ("Name", "Ann")]


def buttons(captions: Sequence[str], left: int, top: int, pressed: str = "") -> tuple[list[Line], list[Widget]]:
    lines: list[Line] = []
    widgets: list[Widget] = []
    for n, caption in enumerate(captions):
        ink = replace(PLAIN, paper=(11, 114, 133), colour=(255, 255, 255)) if caption == pressed else PLAIN
        lines.append(line(caption, left + 100 * n + 20, top + 10, ink))
        widgets.append(widget("button", left + 100 * n, top, 96, 34))
    return lines, widgets


def test_buttons_in_a_row_under_a_question_are_its_options():
    lines, widgets = buttons(("Train", "Bus", "Plane"), 20, 50, pressed="Bus")
    options = found([line("Travel by", 20, 24), *lines], widgets)
    assert [(e.role, e.label, e.group, e.state.checked) for e in options] == [
        ("button", "Train", "Travel by", False),
        ("button", "Bus", "Travel by", True),
        ("button", "Plane", "Travel by", False),
    ]


def test_buttons_without_a_question_are_no_options():
    lines, widgets = buttons(("Send", "Cancel"), 20, 150)
    options = found([line("Name", 20, 20), *lines], [widget("textbox", 20, 40, 300), *widgets])
    assert [e.state.checked for e in options if e.role == "button"] == [None, None]


def test_a_number_between_a_minus_and_a_plus_is_a_field():
    lines = [line("Dogs", 20, 20), line("0", 98, 52), line("十", 150, 52)]
    sides = [widget("button", 20, 44, 34, 34), widget("radio", 140, 44, 34, 34, ElementState())]
    controls = found(lines, [*sides, widget("button", 64, 40, 64, 42)])
    assert [(e.role, e.label, e.text) for e in controls if e.role == "spinbutton"] == [("spinbutton", "Dogs", "0")]


def test_an_arrow_in_a_disc_asks_for_no_question():
    lines = [line("December 2026", 100, 24)]
    (icon, *_) = found(lines, [widget("radio", 40, 20, 14, 14, ElementState())])
    assert (icon.role, icon.group) == ("icon", "")


def test_cards_with_help_under_each_caption_are_one_set():
    lines = [line("Which account?", 20, 10)]
    widgets: list[Widget] = []
    for n, (caption, help_) in enumerate((("Basic", "No fee"), ("Plus", "Includes a card"), ("Junior", "Under 18"))):
        top = 60 + 75 * n
        lines += [line(caption, 66, top - 8), line(help_, 66, top + 10, replace(GREY, size=14.0))]
        widgets.append(widget("radio", 38, top, 13, 13))
    options = found(lines, widgets)
    assert [e.label for e in options] == ["Basic", "Plus", "Junior"]
    assert {e.group for e in options} == {"Which account?"}


def test_help_under_a_field_with_its_label_inside_does_not_name_the_next_one():
    small = replace(GREY, size=12.0)
    lines = [line("Organisation", 36, 38), line("Registered name", 36, 80, small), line("Amount", 36, 142)]
    widgets = [widget("textbox", 20, y, 600, 56) for y in (16, 120)]
    assert labels(lines, widgets) == ["Organisation", "Amount"]


def test_a_field_at_the_far_end_of_its_row_is_named_at_the_beginning():
    lines = [line("Theme", 20, 30), line("Items per page", 20, 90)]
    widgets = [widget("combobox", 580, 20, 90), widget("textbox", 570, 80, 100)]
    assert labels(lines, widgets) == ["Theme", "Items per page"]


def test_what_is_read_at_the_far_end_of_a_field_is_a_drawing_and_names_nothing():
    lines = [line("Contract start", 20, 20), line("曲", 292, 48, GREY, 12), line("Payment days", 20, 90)]
    lines += [line("30", 30, 118), line("Λ", 296, 112, GREY, 8), line("V", 296, 126, GREY, 8)]
    both = found(lines, [widget("textbox", 20, 40, 300), widget("spinbutton", 20, 108, 300, 36)])
    assert [(e.label, e.text, e.hint) for e in both] == [("Contract start", "", ""), ("Payment days", "30", "")]


def test_the_number_over_a_slider_is_its_value_and_no_label():
    lines = [line("Disk (GB)", 20, 20), line("200", 292, 19, PLAIN, 28)]
    assert labels(lines, [widget("slider", 20, 40, 303, 18)]) == ["Disk (GB)"]


def test_an_option_in_a_light_list_over_a_dark_page_names_nothing():
    dark = replace(PLAIN, colour=(240, 240, 240), paper=(27, 28, 29))
    lines = [line(t, 400, 20 + 70 * n, dark) for n, t in enumerate(("Speaker", "Title", "Day", "Topics", "Fee"))]
    boxes = [widget("textbox", 400, 40 + 70 * n, 200) for n in range(5)]
    lines += [line("Data", 20, 48 + 70 * 4)]
    lines = [x for x in lines if x.text != "Fee"]
    assert labels(lines, boxes) == ["Speaker", "Title", "Day", "Topics", ""]


def test_captions_at_rest_beside_a_set_of_chips():
    boxes = [
        widget("textbox", 20, 20, 280, 56),
        widget("combobox", 320, 20, 280, 56),
        widget("textarea", 20, 160, 580, 100),
    ]
    chips = [widget("button", x, 100, 70, 32) for x in (110, 190, 270)]
    lines = [line("First name", 36, 42), line("Branch", 336, 42), line("Interests", 20, 110), line("Remarks", 36, 180)]
    lines += [line(t, x, 110, PLAIN, 40) for t, x in (("Crime", 125), ("History", 205), ("Poetry", 285))]
    fields = [e for e in found(lines, [*boxes, *chips]) if e.role != "button"]
    assert [(e.label, e.text) for e in fields] == [("First name", ""), ("Branch", ""), ("Remarks", "")]


def test_a_heading_close_over_a_field_does_not_keep_its_caption_from_being_at_rest():
    small, large = replace(PLAIN, size=12.0), replace(PLAIN, size=28.0)
    boxes = [widget("textbox", 20, y, 280, 48) for y in (60, 130)]
    title = replace(line("Table reservation", 20, 20, large), box=Box(left=20, top=18, width=220, height=28))
    lines = [title, line("Name", 36, 76), line("Party size", 36, 124, small), line("Two", 36, 146)]
    fields = [(e.label, e.text) for e in found(lines, boxes) if e.role == "textbox"]
    assert fields == [("Name", ""), ("Party size", "Two")]


def test_a_caption_at_rest_where_the_others_stand_on_the_borders_of_their_fields():
    small = replace(PLAIN, size=12.0)
    boxes = [widget("textbox", 20, y, 280, 56) for y in (20, 96)]
    lines = [line("First name", 36, 15, small), line("Irena", 36, 42), line("Date of birth", 36, 118)]
    assert [(e.label, e.text) for e in found(lines, boxes)] == [("First name", "Irena"), ("Date of birth", "")]


def test_the_captions_on_a_light_panel_over_a_dimmed_page_name_its_fields():
    dim = replace(PLAIN, paper=(100, 100, 100))
    lines = [line(f"Row {n}", 20 + 300 * (n % 3), 20 + 30 * (n // 3), dim) for n in range(12)]
    lines += [line("Name", 200, 210), line("Company", 200, 260)]
    assert labels(lines, [widget("textbox", 340, y, 280) for y in (200, 250)]) == ["Name", "Company"]


def test_a_placeholder_that_is_a_date_format_names_no_field():
    lines = [line("Date of birth", 20, 20, BOLD), line("MM/DD/YYYY", 30, 50, replace(GREY, size=9.8))]
    lines += [line("Marital status", 20, 110, BOLD)]
    assert labels(lines, [widget("textbox", 20, y, 600) for y in (40, 130)]) == ["Date of birth", "Marital status"]


@pytest.mark.parametrize(("number", "minus"), [("textbox", "button"), ("button", "checkbox")])
def test_a_number_between_a_minus_and_a_plus_is_stepped_however_they_are_drawn(number: Role, minus: Role):
    lines = [line("Nodes", 1, 20), line("3", 136, 50, PLAIN, 8), line("十", 170, 50, PLAIN, 12)]
    boxes = [widget(minus, 1, 40, 43, 37), widget(number, 48, 40, 103, 37), widget("button", 155, 40, 44, 37)]
    kinds = [(e.role, e.label) for e in found(lines, boxes)]
    assert kinds[:2] == [("button", ""), ("spinbutton", "Nodes")]


def test_options_of_which_two_happen_to_stand_before_fields_name_none():
    dark = replace(PLAIN, colour=(240, 240, 240), paper=(27, 28, 29))
    lines = [
        line(t, 400, 20 + 70 * n, dark) for n, t in enumerate(("Speaker", "Title", "Day", "Topics", "Fee", "Abstract"))
    ]
    boxes = [widget("textbox", 400, 40 + 70 * n, 200) for n in range(6)]
    lines = [x for x in lines if x.text != "Topics"]
    lines += [line(t, 20, y) for t, y in (("Web", 190), ("Data", 264), ("Security", 300), ("Operations", 364))]
    assert labels(lines, boxes) == ["Speaker", "Title", "Day", "", "Fee", "Abstract"]


def test_a_heading_between_two_sets_parts_them_where_a_card_sets_them_in():
    lines = [line("Shipping method", 20, 20, BOLD), line("Standard", 66, 56), line("Express", 66, 96)]
    lines += [line("Billing address", 20, 114, LARGE), line("Same as shipping", 66, 142), line("Another one", 66, 182)]
    widgets = [widget("radio", 44, y, 14, 14) for y in (54, 94, 140, 180)]
    assert [e.group for e in found(lines, widgets)] == ["Shipping method"] * 2 + ["Billing address"] * 2
