"""Menus of programs: entries among check boxes, the keys at their ends."""

from __future__ import annotations

import pytest

from agent.perception.labels import make_elements
from agent.planners.embedded.naming import likeness
from tests.test_labels import line, widget


def test_an_entry_over_those_with_boxes_is_no_question() -> None:
    lines = [line("Zoom", 105, 30), line("Show ruler", 105, 55), line("Show status bar", 105, 80)]
    widgets = [widget("checkbox", 85, y, 14, 14) for y in (53, 78)]
    elements = make_elements(lines, widgets)
    assert "Zoom" in [e.text for e in elements if e.role in ("text", "heading")]
    assert {e.group for e in elements if e.role == "checkbox"} == {""}


@pytest.mark.parametrize("caption", ["New... Ctrl+N", "New F2", "New Ctrl + Shift + N", "New..."])
def test_the_keys_of_an_entry_are_no_part_of_its_name(caption: str) -> None:
    assert likeness("New", caption) > 0.9


def test_keys_alone_are_a_name() -> None:
    assert likeness("Ctrl+N", "Ctrl+N") == 1.0
    assert likeness("New", "New F2 report") < 0.9


def test_what_stands_close_before_a_slider_names_it_and_no_boxes_below() -> None:
    lines = [line("Opacity:", 20, 26), line("Show toolbar", 44, 55), line("Show status bar", 44, 84)]
    widgets = [
        widget("slider", 84, 25, 300, 13),
        widget("checkbox", 20, 53, 14, 14),
        widget("checkbox", 20, 82, 14, 14),
    ]
    assert [e.label for e in make_elements(lines, widgets) if e.role == "slider"] == ["Opacity"]


def test_a_question_over_choices_is_also_a_text() -> None:
    lines = [line("Size", 20, 20), line("Small", 44, 45), line("Large", 44, 74)]
    elements = make_elements(lines, [widget("radio", 20, y, 14, 14) for y in (43, 72)])
    assert {e.group for e in elements if e.role == "radio"} == {"Size"}
    assert "Size" in [e.text for e in elements if e.role in ("text", "heading")]
