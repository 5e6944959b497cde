"""Badges, help discs and rules beside labels are no controls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.perception.labels import make_elements
from agent.perception.parts import Widget
from agent.schema import Box, ElementState
from tests.test_labels import BOLD, GREY, LARGE, found, line, widget

SMALL = replace(GREY, size=13.0)


def badge(text: str, left: int, top: int):
    return line(text, left + 8, top + 6, replace(BOLD, size=12.0)), widget("button", left, top, 40, 22)


@pytest.mark.parametrize(("word", "required"), [("必須", True), ("任意", None), ("Required", True), ("optional", None)])
def test_a_badge_between_label_and_field_only_marks_the_label(word: str, required: bool | None):
    text, box = badge(word, 200, 34)
    fields = [widget("textbox", 260, 30, 300), widget("textbox", 260, 90, 300)]
    elements = found([line("Company", 20, 40), text, line("City", 20, 100)], [*fields, box])
    assert [(e.label, e.state.required) for e in elements] == [("Company", required), ("City", None)]


def test_a_badge_may_have_no_box():
    lines = [line("Company", 20, 40), line("required", 200, 40, GREY), line("City", 20, 100)]
    fields = [widget("textbox", 280, 30, 300), widget("textbox", 280, 90, 300)]
    assert [e.label for e in found(lines, fields)] == ["Company", "City"]


def test_a_word_under_a_field_stays_a_message():
    lines = [line("Company", 20, 40), line("Required", 260, 66, replace(GREY, colour=(212, 40, 40), contrast=5.0))]
    elements = found(lines, [widget("textbox", 260, 30, 300)])
    assert elements[0].error == "Required"


def test_a_help_disc_between_label_and_field_is_no_control():
    disc = Widget("radio", Box(left=84, top=38, width=18, height=18), ElementState())
    elements = found([line("Mileage", 20, 40)], [disc, widget("textbox", 260, 30, 300)])
    assert [(e.role, e.label) for e in elements] == [("textbox", "Mileage")]


def test_a_heading_over_a_rule_is_no_field():
    rule = Widget("textbox", Box(left=16, top=10, width=700, height=36), ElementState(), 0.5)
    lines = [line("About you", 20, 20, LARGE), line("Name", 20, 70), line("Where you work", 20, 120)]
    fields = [widget("textbox", 180, 60, 300), widget("textbox", 180, 110, 300)]
    elements = make_elements(lines, [rule, *fields])[:2]
    assert [(e.role, e.label, e.group) for e in elements] == [
        ("heading", "About you", ""),
        ("textbox", "Name", "About you"),
    ]


def test_the_caption_of_a_row_names_its_control_and_not_the_help_under_it():
    lines = [line("Mentions", 20, 30), line("When somebody writes your name", 20, 46, SMALL)]
    assert [e.label for e in found(lines, [widget("textbox", 400, 28, 200)])] == ["Mentions"]
