"""Actions in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.describe import clip, describe, plain
from agent.schema import (
    Ask,
    Box,
    Click,
    Done,
    Drag,
    Fail,
    Grounding,
    Move,
    Point,
    PressKeys,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)

BOX = Box(left=0, top=0, width=10, height=10)
SPOT = BOX.center
NAME = Grounding(target="Card number", point=SPOT, box=BOX)


@pytest.mark.parametrize(
    ("action", "grounding", "words"),
    [
        (Click(point=SPOT), NAME, "click 'Card number' at (5, 5)"),
        (Click(point=SPOT), None, "click (5, 5)"),
        (Click(point=SPOT, count=2, modifiers=("ctrl",)), None, "ctrl+double-click (5, 5)"),
        (Click(point=SPOT, button="right"), NAME, "right-click 'Card number' at (5, 5)"),
        (Move(point=SPOT), None, "move the pointer to (5, 5)"),
        (Drag(path=(SPOT, Point(x=9, y=-9))), None, "drag (5, 5) to (9, -9)"),
        (Scroll(point=SPOT, dy=-3), None, "scroll up 3 at (5, 5)"),
        (Scroll(point=SPOT, dx=2, dy=1), None, "scroll down 1 and right 2 at (5, 5)"),
        (TypeText(text="Ada"), NAME, "type \"Ada\" into 'Card number'"),
        (TypeText(text="Ada\n"), None, 'type "Ada⏎"'),
        (TypeText(text="x" * 200), NAME, f"type 200 characters into 'Card number': \"{'x' * 59}…\""),
        (TypeText(text="4111", secret=True), NAME, "type a secret into 'Card number'"),
        (TypeText(text="", replace=True), NAME, "clear 'Card number'"),
        (PressKeys(keys=("ctrl", "s")), None, "press ctrl+s"),
        (PressKeys(keys=("tab",), times=3), None, "press tab 3 times"),
        (Wait(seconds=1.5), None, "wait 1.5 s"),
        (Zoom(region=BOX), None, "look closer at 10x10 at (0, 0)"),
        (Done(summary="sent"), None, "finish: sent"),
        (Fail(reason="no"), None, "give up: no"),
        (Ask(question="which?", candidates=("a", "b")), None, "ask a person: which? ('a', 'b')"),
    ],
)
def test_words(action: Any, grounding: Grounding | None, words: str) -> None:
    assert describe(action, grounding) == words


@given(st.text())
def test_plain_text_can_not_steer_a_terminal(text: str) -> None:
    shown = plain(text)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown.splitlines()) <= 1
    assert plain(shown) == shown


def test_plain_keeps_what_people_write() -> None:
    for text in ("Zoë Ærøskøbing", "名字，姓", "👩‍👩‍👧 ok", "نام‌خانوادگی"):
        assert plain(text) == text


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_clip(text: str, length: int) -> None:
    assert len(clip(text, length)) <= length
