"""Single controls and the small judgements that the form filler rests on."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date, time
from typing import Any

import numpy as np
import pytest

from agent.planners.embedded.buttons import find_next, find_submit, strength
from agent.planners.embedded.controls import Wish, operate
from agent.planners.embedded.desk import Desk
from agent.planners.embedded.outcome import react
from agent.planners.embedded.routine import Turn
from agent.planners.embedded.segments import When, _digits_like, accepts, is_segmented, mended, spellings, when_of
from agent.planners.embedded.texts import Filled, count_dots, without_icons
from agent.planners.embedded.view import blank_point, find_again, rows_moved
from agent.schema import Box, Element, ElementState, PressKeys, Proposal, Step, TypeText
from tests.fakes import Control, FakeScreen


def work(screen: FakeScreen, value: object, count: int = 1, most: int = 60) -> Filled:
    """Operate the first controls of a pretended screen."""
    look = screen.look()
    desk = Desk(screen.reread)
    routine: Generator[Proposal, Turn, Filled] = operate(desk, Turn(look, None), look.elements[:count], Wish(value))
    turn: Turn | None = None
    try:
        for number in range(most):
            proposal = next(routine) if turn is None else routine.send(turn)
            step = Step(number=number, proposal=proposal, outcome=screen.perform(proposal.action))
            turn = Turn(screen.look(), step)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the routine does not end")


def button(text: str, top: int, left: int = 100, role: Any = "button") -> Element:
    return Element(
        id=top * 1000 + left, role=role, box=Box(left=left, top=top, width=90, height=30), text=text, label=text
    )


def textbox(label: str, top: int, **state: Any) -> Element:
    return Element(
        id=top,
        role="textbox",
        box=Box(left=100, top=top, width=200, height=30),
        label=label,
        state=ElementState(**state),
    )


# ---------------------------------------------------------------- controls


def test_a_long_value_in_a_narrow_field_is_seen_at_both_ends() -> None:
    screen = FakeScreen([Control("textbox", "Address", visible_characters=20)])
    value = "12 Long Winding Road, Little Hampton"
    filled = work(screen, value)
    assert filled.verdict == "ok"
    assert screen.controls[0].value == value
    assert any(isinstance(a, PressKeys) and "home" in a.keys for a in screen.actions)


def test_a_value_is_replaced_where_ctrl_a_selects_nothing() -> None:
    screen = FakeScreen([Control("spinbutton", "Days", value="50", unselecting=True)])
    filled = work(screen, "75")
    assert filled.verdict == "ok"
    assert screen.controls[0].value == "75"


def test_the_unit_that_a_field_writes_itself_is_no_part_of_its_value() -> None:
    screen = FakeScreen(
        [Control("spinbutton", "Hours", value="40 h", mangle=lambda text: text.removesuffix(" h") + "| h")]
    )
    assert work(screen, 32).verdict == "ok"
    screen = FakeScreen([Control("spinbutton", "Hours", value="40", mangle=lambda text: text + " h")])
    assert work(screen, 32).verdict == "wrong"


def test_the_digits_of_a_date_as_long_as_those_shown() -> None:
    when = when_of("2026-09-15")
    assert when is not None
    assert _digits_like("01.01.2026", when) == [("15", "09", "2026")]
    assert _digits_like("2026-01-01", when) == [("2026", "09", "15")]
    assert _digits_like("1.1.2026", when) == []
    assert _digits_like("01/01/2026", when) == [("15", "09", "2026"), ("09", "15", "2026")]
    assert _digits_like("09:00", when_of("14:30") or when) == [("14", "30")]


def test_a_date_is_written_as_the_one_that_the_field_shows() -> None:
    screen = FakeScreen([Control("textbox", "Start", value="01.01.2026")])
    assert work(screen, "2026-09-15").verdict == "ok"
    assert screen.controls[0].value == "15.09.2026"


def test_a_value_of_several_lines_is_not_typed_into_one_line() -> None:
    screen = FakeScreen([Control("textbox", "Name")])
    assert work(screen, "one\ntwo").verdict == "unfilled"
    assert not any(isinstance(a, TypeText) for a in screen.actions)


def test_a_box_that_takes_its_second_click_is_ticked() -> None:
    screen = FakeScreen([Control("checkbox", "Agree", width=16, ignores_clicks=1)])
    assert work(screen, True).verdict == "ok"
    assert screen.controls[0].checked


def test_ticks_that_are_not_wanted_are_taken_away() -> None:
    boxes = [
        Control("checkbox", name, group="Extras", checked=name == "Spa", width=16) for name in ("Bar", "Spa", "Gym")
    ]
    screen = FakeScreen(boxes)
    filled = work(screen, ["Bar", "Gym"], count=3)
    assert filled.verdict == "ok"
    assert [c.checked for c in boxes] == [True, False, True]


def test_accents_that_can_not_be_read_are_told_by_the_picture() -> None:
    screen = FakeScreen([Control("textbox", "Name")])
    plain = str.maketrans("ë", "e")
    exact = screen.reread
    screen.reread = lambda shot, box: exact(shot, box).translate(plain)  # type: ignore[method-assign]
    shown = screen._shown
    screen._shown = lambda c: (shown(c)[0].translate(plain), shown(c)[1])  # type: ignore[method-assign]
    filled = work(screen, "Zoë")
    # The pretended screen draws what it reads, so the picture shows no accent either.
    assert filled.verdict != "ok"
    assert screen.controls[0].value == "Zoë"


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("2026-03-09", When(date(2026, 3, 9))),
        ("14:05", When(None, time(14, 5))),
        ("2026-03-09T14:05", When(date(2026, 3, 9), time(14, 5))),
        ("2028-11", When(date(2028, 11, 1), None, True)),
        ("hello", None),
        ("123456", None),
    ],
)
def test_what_a_value_says_of_time(value: str, meant: When | None) -> None:
    assert when_of(value) == meant


def test_segments_are_typed_in_the_order_shown() -> None:
    us, iso = textbox("When", 10), textbox("When", 10)
    us = us.model_copy(update={"text": "mm/dd/yyy"})
    iso = iso.model_copy(update={"text": "yyyy-mm-dd"})
    assert is_segmented(us)
    assert mended("mm/dd/yyy") == "mm/dd/yyyy"
    assert spellings(us, When(date(2026, 3, 9)))[0] == ("03/09/2026",)
    assert spellings(iso, When(date(2026, 3, 9)))[0] == ("2026-03-09",)


def test_a_date_that_can_be_read_two_ways_is_not_accepted() -> None:
    assert accepts(When(date(2026, 3, 9)))("03/09/2026") == "unknown"
    assert accepts(When(date(2026, 3, 19)))("03/19/2026") == "ok"
    assert accepts(When(date(2026, 3, 19)))("03/18/2026") == "wrong"
    assert accepts(When(date(2026, 3, 19), time(14, 5)))("03/19/2026,02:05 PM 口") == "ok"
    assert accepts(When(date(2028, 11, 1), None, True))("November 2028") == "ok"


# ---------------------------------------------------------------- buttons


@pytest.mark.parametrize(
    ("caption", "grade"),
    [
        ("Submit", 4),
        ("提交", 4),
        ("Reset", -1),
        ("Reset password", 4),
        ("Cancel", -1),
        ("取消", -1),
        ("Next", 2),
        ("下一步", 2),
        ("OK", 3),
        ("Save and continue", 3),
        ("Sign in with Someone", 1),
        ("Delete account", -1),
        ("Banana", 0),
    ],
)
def test_what_captions_say(caption: str, grade: int) -> None:
    assert strength(caption) == grade


def test_the_button_after_the_fields_is_chosen() -> None:
    fields = [textbox("Name", 100), textbox("Mail", 150)]
    page = [button("Search", 10), *fields, button("Cancel", 220), button("Send", 220, 220), button("Subscribe", 600)]
    chosen = find_submit(page, fields).button
    assert chosen is not None
    assert chosen.text == "Send"


def test_between_two_buttons_a_person_decides() -> None:
    fields = [textbox("Name", 100)]
    more = find_submit([*fields, button("Save", 200), button("Save and new", 200, 220)], fields)
    assert more.button is not None
    assert more.button.text == "Save"
    choice = find_submit([*fields, button("Save", 200), button("Send", 200, 220)], fields)
    assert choice.button is None
    assert set(choice.rivals) == {"Save", "Send"}


def test_a_button_that_throws_data_away_is_never_the_way_on() -> None:
    fields = [textbox("Name", 100)]
    assert find_submit([*fields, button("Clear", 200)], fields).button is None
    assert find_next([*fields, button("Back", 200)], fields).button is None


# ---------------------------------------------------------------- looks


def test_a_control_is_known_again_by_its_place_though_its_caption_is_misread() -> None:
    screen = FakeScreen([Control("textbox", "Name"), Control("textbox", "Mail")])
    look = screen.look()
    name, mail = look.elements[:2]
    misread = look.model_copy(update={"elements": (name.model_copy(update={"label": "Ada"}), mail)})
    assert find_again(misread, name) is misread.elements[0]


def test_a_control_is_known_again_by_its_caption_after_the_page_moved() -> None:
    screen = FakeScreen([Control("textbox", f"Field {n}" + "x" * n) for n in range(30)])
    third = screen.look().elements[8]
    screen._scroll(3)
    after = screen.look()
    found = find_again(after, third)
    assert found is not None
    assert found.label == third.label
    assert found.box.top == third.box.top - 150


def test_how_far_a_page_moved_is_told_by_its_pixels() -> None:
    screen = FakeScreen([Control("textbox", f"Field {n}") for n in range(30)])
    before = screen.look()
    screen._scroll(2)
    assert rows_moved(before, screen.look()) == -100
    assert rows_moved(before, before) == 0


def test_the_wheel_is_turned_beside_the_controls() -> None:
    screen = FakeScreen([Control("textbox", f"Field {n}") for n in range(12)])
    look = screen.look()
    point = blank_point(look, look.screenshot.region)
    assert not any(e.box.grow(4).contains(point) for e in look.elements)


def test_dots_are_counted() -> None:
    pixels = np.full((34, 200, 3), 255, np.uint8)
    for n in range(9):
        pixels[15:19, 8 + 7 * n : 12 + 7 * n] = 0
    assert count_dots(pixels) == 9
    pixels[8:28, 8 + 7 * 8 + 4] = 0  # a caret that touches the last dot
    assert count_dots(pixels) == 9
    assert count_dots(np.full((34, 200, 3), 255, np.uint8)) is None


def test_icons_are_no_part_of_a_plain_value() -> None:
    assert without_icons("2", "2 二") == "2"
    assert without_icons("Gothenburg", "Gothenburg口") == "Gothenburg"
    assert without_icons("东京", "东京二") == "东京二"


# ---------------------------------------------------------------- what a page says


def _said(words: str, *, gone: bool) -> str:
    screen = FakeScreen([Control("textbox", "Name"), Control("textbox", "Mail")])
    before = screen.look()
    if gone:
        screen.replace_all([], words)
    else:
        screen.texts.append(Control("text", words, top=300, width=200))
    return react(before, screen.look()).kind


@pytest.mark.parametrize(
    ("words", "gone", "kind"),
    [
        ("Thank you for your order", True, "success"),
        ("提交成功", True, "success"),
        ("Internal Server Error", True, "broken"),
        ("This site can't be reached", True, "broken"),
        ("Please enter a valid email address", False, "complaints"),
        ("请输入姓名", False, "complaints"),
        ("Blue skies", False, "changed"),
        ("Blue skies", True, "gone"),
    ],
)
def test_what_a_page_says_after_sending(words: str, gone: bool, kind: str) -> None:
    assert _said(words, gone=gone) == kind
