"""The conversation with a model: its budget, its stable beginning, its form."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadInput
from agent.planners.vision.history import BLOCK, KEEP, History
from agent.planners.vision.options import VisionOptions
from agent.talk import Answer, Delta, ImagePart, Message, Request, TextPart, ToolCall

CALL = ToolCall(name="computer_use", arguments={"action": "wait", "time": 1})


class Scales:
    """Measures as a tokenizer would: pictures exactly, texts by their length, marks round each turn."""

    def answer(self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = ...) -> Answer:
        raise AssertionError("nothing is to be answered")

    def measure(self, request: Request) -> int:
        total = 10
        for message in request.messages:
            total += 5 + 30 * len(message.calls)
            for part in message.parts:
                total += part.tokens + 2 if isinstance(part, ImagePart) else (len(part.text) + 2) // 3
        return total


def make(messages: tuple[Message, ...]) -> Request:
    return Request(messages=messages)


def pixels(width: int = 320, height: int = 320) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def step(history: History, number: int) -> None:
    said = Message.of("assistant", f"Action: do {number}").model_copy(update={"calls": (CALL,)})
    history.said(said, f"do {number}")


def pictures(request: Request) -> int:
    return sum(isinstance(part, ImagePart) for message in request.messages for part in message.parts)


def words(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, TextPart))


TOLD = st.text(max_size=600)


def same(ours: Sequence[Message], theirs: Sequence[Message]) -> bool:
    """Equal, and the very same pictures."""
    return [_key(m) for m in ours] == [_key(m) for m in theirs]


def _key(message: Message) -> tuple[object, ...]:
    parts = tuple(id(part.pixels) if isinstance(part, ImagePart) else part.text for part in message.parts)
    return (message.role, parts, len(message.calls))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1024, 40_000),
    st.integers(64, 4096),
    st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from([32, 640, 1900]),
            st.sampled_from([40, 400, 1080]),
            st.text(max_size=600),
            st.booleans(),
        ),
        min_size=1,
        max_size=20,
    ),
)
def test_the_budget_is_never_exceeded(
    context: int, image_tokens: int, looks: list[tuple[bool, int, int, str, bool]]
) -> None:
    options = VisionOptions(context=context, image_tokens=image_tokens)
    history, chat = History("system", "task", options), Scales()
    for number, (whole, width, height, told, called) in enumerate(looks):
        # No planner looks closer for ever.
        history.look(pixels(width, height), told, whole=whole or number % 4 == 0)
        extra = (Message.of("assistant", "x"), Message.of("user", "wrong")) if number % 3 == 1 else ()
        try:
            request = history.request(chat, make, extra)
        except BadInput:
            # Only where the task, the last whole screen and what followed it are too much at their smallest.
            assert options.prompt < 4 * 140 + 3 * 250 + 50
            return
        assert chat.measure(request) <= options.prompt
        roles = [message.role for message in request.messages]
        assert roles[:2] == ["system", "user"]
        assert all(a != b for a, b in pairwise(roles[1:]))
        assert pictures(request) < KEEP + BLOCK
        if called:
            step(history, number)
        else:
            history.said(Message.of("assistant", "(no call)"), "nothing")


def test_each_request_begins_with_the_one_before_until_a_block_is_folded() -> None:
    history, chat = History("system", "task", VisionOptions(context=100_000)), Scales()
    folds, last = 0, None
    for number in range(1, 41):
        history.look(pixels(), "" if number == 1 else f"outcome {number - 1}")
        request = history.request(chat, make)
        if last is not None and not same(request.messages[: len(last.messages)], last.messages):
            folds += 1
            assert pictures(request) == KEEP
        assert same(history.request(chat, make).messages, request.messages)
        last = request
        step(history, number)
    assert last is not None
    assert folds == (40 - KEEP) // BLOCK
    head = words(last.messages[1])
    assert "1. do 1 -> outcome 1" in head
    assert "36. do 36 -> outcome 36" in head


def test_a_part_of_the_screen_keeps_its_whole() -> None:
    history, chat = History("system", "task", VisionOptions(context=2600, image_tokens=1024)), Scales()
    for number in range(1, 12):
        history.look(pixels(640, 640), f"look {number}", whole=number % 3 == 1)
        request = history.request(chat, make)
        first = next(m for m in request.messages if m.role == "user")
        kept = pictures(request)
        assert kept >= 1 + (number - 1) % 3
        assert (number - kept) % 3 == 0
        assert first.parts[0].kind == "image"
        step(history, number)


def test_old_lines_go_before_the_last_picture_does() -> None:
    options = VisionOptions(context=2048, image_tokens=1024)
    history, chat = History("system", "task", options), Scales()
    for number in range(1, 200):
        history.look(pixels(800, 800), "something came of it")
        request = history.request(chat, make)
        step(history, number)
    assert pictures(request) == 1
    head = words(request.messages[1])
    assert "are left out)" in head
    assert "198. do 198" in head


def test_what_can_never_fit_is_said() -> None:
    history = History("system", "x" * 100_000, VisionOptions())
    history.look(pixels(), "")
    with pytest.raises(BadInput, match="context of 8192 tokens is too small"):
        history.request(Scales(), make)


def test_a_spent_budget_leaves_the_last_two_screenshots_so_that_it_lasts() -> None:
    history = History("system", "task", VisionOptions(context=8192, image_tokens=1024))
    kept: list[int] = []
    for number in range(12):
        history.look(pixels(1920, 1080), "Done." if number else "")
        kept.append(pictures(history.request(Scales(), make)))
        step(history, number)
    assert kept == [1, 2, 3, 4, 5, 2, 3, 4, 5, 2, 3, 4]
