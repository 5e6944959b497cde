"""Calendars: which month is shown, where its days stand, and what a date may mean."""

from __future__ import annotations

import numpy as np
import pytest

from agent.meaning.dates import Day
from agent.planners.embedded.calendars import days_of, shown_month
from agent.planners.embedded.commands import DragTo, Enter, Find, Forward, NotUnderstood, Press
from agent.planners.embedded.sentences import read_sentences
from agent.planners.embedded.sums import answer_of
from agent.schema import Box, Element, Observation, Screenshot

REGION = Box(left=0, top=0, width=400, height=400)


def calendar(title: str, days: int) -> Observation:
    elements = [Element(id=0, role="text", text=title, label=title, box=Box(left=100, top=10, width=120, height=20))]
    for day in range(1, days + 1):
        column, row = (day + 3) % 7, (day + 3) // 7
        box = Box(left=20 + 40 * column, top=60 + 30 * row, width=36, height=26)
        elements.append(Element(id=day, role="textbox", text=str(day), box=box))
    shot = Screenshot(pixels=np.full((400, 400, 3), 255, np.uint8), region=REGION)
    return Observation(number=1, screenshot=shot, elements=tuple(elements))


def test_the_month_in_view() -> None:
    sheet = shown_month(calendar("December 2016", 31))
    assert sheet is not None
    assert (sheet.months, len(sheet.days)) == (2016 * 12 + 12, 31)
    assert [e.id for e in sheet.days] == list(range(1, 32))


def test_a_date_above_days_is_no_heading() -> None:
    assert shown_month(calendar("December 9, 2016", 31)) is None


def test_a_title_without_days_or_days_without_title_are_no_calendar() -> None:
    assert shown_month(calendar("December 2016", 8)) is None
    assert shown_month(calendar("Customers", 31)) is None


def test_a_date_that_can_be_read_two_ways_is_tried_both_ways() -> None:
    assert days_of("04/08/2016") == [Day(2016, 4, 8), Day(2016, 8, 4)]
    assert days_of("12/29/2016") == [Day(2016, 12, 29)]
    assert days_of("soon") == []


def test_what_is_asked_beside_finding_is_never_dropped() -> None:
    found, forwarded = read_sentences("Find the email by Ada and forward that email to Bob.")
    assert isinstance(found, Find)
    assert isinstance(forwarded, Forward)
    assert forwarded.to == "Bob"
    assert isinstance(read_sentences("Find the total and add it up.")[0], NotUnderstood)


def test_a_text_that_is_only_described_is_not_typed() -> None:
    assert isinstance(read_sentences('Enter an item that starts with "Par".')[0], NotUnderstood)


def test_case_is_a_wish_about_the_text() -> None:
    (command,) = read_sentences('Type "ada" in all upper case letters in the text input.')
    assert isinstance(command, Enter)
    assert command.text == "ADA"
    assert command.target is not None
    assert command.target.kind == "field"


def test_a_direction_without_a_distance() -> None:
    (command,) = read_sentences("Drag the circle right.")
    assert isinstance(command, DragTo)
    assert command.by == (1, 0)
    assert command.own_size


def test_a_purpose_is_no_part_of_the_target() -> None:
    (command,) = read_sentences("Click the star icon to mark it as important.")
    assert isinstance(command, Press)
    assert (command.target.words, command.target.kind) == ("star", "icon")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("3 + 4 =", "7"),
        ("9 - 12 =", "-3"),
        ("3 x 4 =", "12"),
        ("7 / 2 = ?", "3.5"),
        ("x + 3 = 10", "7"),
        ("10 = 4 - x", "-6"),
        ("2x = 8", "4"),
        ("2016-12-09", ""),
        ("555-1234", ""),
        ("Total = 4", ""),
        ("x =", ""),
        ("5", ""),
    ],
)
def test_sums_and_equations(line: str, answer: str) -> None:
    assert answer_of(line) == answer
