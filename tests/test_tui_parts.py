"""The parts of the screen that need no screen: edited actions, close-ups, the feed, the pace."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color as RichColor
from textual.color import Color

from agent.brake import Brake
from agent.errors import Stopped
from agent.events import Note, Observed, Proposed, Stepped, ThoughtDelta, TokensUsed
from agent.gate import Request
from agent.schema import (
    Action,
    Box,
    Click,
    Context,
    Done,
    Drag,
    Expectation,
    Limits,
    Outcome,
    Point,
    PressKeys,
    Proposal,
    Screenshot,
    Scroll,
    TypeText,
    Verdict,
    Wait,
    Zoom,
)
from agent.ui.tui import editing, words
from agent.ui.tui.approver import TuiApprover
from agent.ui.tui.board import Board
from agent.ui.tui.closeup import closeup, place_of
from agent.ui.tui.colours import DARK, LIGHT
from agent.ui.tui.feed import Feed
from agent.ui.tui.marks import Mark, draw
from agent.ui.tui.pace import Pace
from agent.ui.tui.steps import StepList
from tests.tui_kit import CARD, NAME, Clock, click, typing

SPOT = Point(x=5, y=6)
ACTIONS: tuple[Action, ...] = (
    Click(point=SPOT, count=2),
    Drag(path=(SPOT, Point(x=-7, y=8))),
    Scroll(point=SPOT, dy=-3),
    TypeText(text="a\\n\n\tb\\", replace=True),
    PressKeys(keys=("ctrl", "s"), times=2),
    PressKeys(keys=("+",)),
    PressKeys(keys=("ctrl", "+")),
    Wait(seconds=2.5),
    Zoom(region=Box(left=1, top=2, width=3, height=4)),
)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.kind)
def test_a_line_that_is_left_alone_changes_nothing(action: Action) -> None:
    assert editing.hint(action)
    assert editing.changed(action, editing.line_of(action)) == action


@given(st.text())
def test_any_text_survives_its_line(text: str) -> None:
    line = editing.escaped(text)
    assert "\n" not in line
    assert "\t" not in line
    assert editing.unescaped(line) == text


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (Click(point=SPOT), ""),
        (Click(point=SPOT), "1"),
        (Click(point=SPOT), "1 2 3"),
        (Click(point=SPOT), "1.5 2"),
        (Drag(path=(SPOT, SPOT)), "1 2"),
        (Drag(path=(SPOT, SPOT)), "1 2 3"),
        (Scroll(point=SPOT), "1 2"),
        (TypeText(text="a"), ""),
        (PressKeys(keys=("a",)), "ctrl+"),
        (PressKeys(keys=("a",)), ""),
        (Wait(seconds=1), "61"),
        (Wait(seconds=1), "nan"),
        (Wait(seconds=1), "soon"),
        (Zoom(region=Box(left=0, top=0, width=1, height=1)), "1 2 -3 4"),
        (Done(), "x"),
    ],
)
def test_a_faulty_line_is_told(action: Action, line: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        editing.changed(action, line)


def test_a_secret_is_not_in_its_line_and_stays_a_secret() -> None:
    secret = TypeText(text="old", secret=True)
    assert editing.line_of(secret) == ""
    assert editing.changed(secret, "n\\new") == TypeText(text="n\\new", secret=True)


def shot(left: int = -100, top: int = 50, scale: int = 1) -> Screenshot:
    box = Box(left=left, top=top, width=400, height=300)
    return Screenshot(pixels=np.zeros((300 * scale, 400 * scale, 3), np.uint8), region=box)


@given(
    st.integers(-200, 400), st.integers(0, 400), st.integers(1, 300), st.integers(1, 300),
    st.integers(1, 500), st.integers(1, 500), st.sampled_from([1, 2]),
)  # fmt: skip
def test_a_closeup_holds_the_target_as_far_as_it_is_seen(
    left: int, top: int, width: int, height: int, wide: int, high: int, scale: int
) -> None:
    whole = shot(scale=scale)
    box = Box(left=left, top=top, width=width, height=height)
    part = closeup(whole, box, None, (wide, high))
    seen = whole.region.overlap(box)
    assert whole.region.overlap(part.region) == part.region
    assert part.pixels.shape[:2] == (part.region.height * scale, part.region.width * scale)
    if seen.area and whole.region.overlap(box) == box:
        assert part.region.overlap(box) == box


def test_where_an_action_aims() -> None:
    assert place_of(click()) == (NAME.box, NAME.point)
    assert place_of(typing()) == (CARD.box, CARD.point)
    assert place_of(Proposal(action=PressKeys(keys=("a",)))) == (None, None)
    elsewhere = Proposal(action=Click(point=Point(x=1, y=1)), grounding=NAME)
    assert place_of(elsewhere) == (None, Point(x=1, y=1))


def test_the_feed_keeps_the_newest_look_and_joins_the_thinking() -> None:
    feed = Feed()
    looks = [Observed(number=n, screenshot=shot()) for n in range(3)]
    for event in (looks[0], ThoughtDelta(text="a"), Note(text="x"), looks[1], ThoughtDelta(text="b"), looks[2]):
        feed(event)
    batch = feed.take()
    assert (batch.look, batch.thought, [event.kind for event in batch.events]) == (looks[2], "ab", ["note"])
    assert feed.newest is looks[2]
    assert feed.take() == type(batch)(None, (), "")


def test_pictures_come_seldom_where_they_cost_much() -> None:
    clock, spent = Clock(), Clock()
    pace = Pace(clock, spent)
    assert pace.due()
    clock.now += 0.2
    assert not pace.due()
    clock.now += 0.05
    assert pace.due()
    spent.now += 0.1  # of the processor, so that at 5 % two seconds must pass
    clock.now += 1.9
    assert not pace.due()
    clock.now += 0.11
    assert pace.due()


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        (Expectation(), "something looks different"),
        (Expectation(kind="text", text="x\x1b"), "the target shows 'x�'"),
        (Expectation(kind="gone"), "the target is gone"),
        (Expectation(kind="checked"), "the target is checked"),
        (Expectation(kind="none"), "nothing need change"),
    ],
)
def test_the_predicted_effect_in_words(expectation: Expectation, said: str) -> None:
    assert words.effect(click().model_copy(update={"expectation": expectation})) == said


def test_a_secret_is_in_no_words() -> None:
    proposal = typing("hunter2", secret=True).model_copy(
        update={"expectation": Expectation(kind="text", text="hunter2")}
    )
    request = Request(1, proposal, Verdict(effect="ask", rule="r"), Context(window="W"))
    assert "hunter2" not in words.headline(request) + str(words.rows(request, proposal))


def request() -> Request:
    return Request(1, click(), Verdict(effect="ask", rule="r"), Context())


def test_without_a_screen_nothing_is_approved() -> None:
    brake = Brake()
    approver = TuiApprover(lambda message: False, brake, 100)
    assert approver.approve(request()).decision == "reject"
    with pytest.raises(Stopped):
        approver.by_hand("paused")
    closed = TuiApprover(lambda message: True, brake, 100)
    closed.close()
    assert closed.approve(request()).decision == "reject"


def test_a_screen_that_closes_while_it_asks_rejects() -> None:
    brake, asked = Brake(), threading.Event()

    def post(message: object) -> bool:
        asked.set()
        return True

    approver = TuiApprover(post, brake, 100)
    answers: list[str] = []
    loop = threading.Thread(target=lambda: answers.append(approver.approve(request()).decision))
    loop.start()
    assert asked.wait(10)
    approver.close()
    loop.join(10)
    assert answers == ["reject"]


def test_the_budget_tells_what_a_models_last_answer_took() -> None:
    board = Board(Limits())
    assert "tokens" not in board.budget(1).plain
    board.take(TokensUsed(prompt=5000, answer=120, limit=8192))
    assert "5,120 of 8,192 tokens" in board.budget(1).plain


@pytest.mark.parametrize(
    ("size", "high", "bold"), [((60, 40), 2, False), ((60, 40), 12, False), ((600, 400), 24, True)]
)
def test_a_target_is_not_covered_by_its_mark(size: tuple[int, int], high: int, bold: bool) -> None:
    """Neither where a field has two rows of a few dozen, nor where its words have all pixels."""
    width, height = size
    box = Box(left=width // 3, top=height // 3, width=width // 3, height=high)
    shown = draw(np.full((height, width, 3), 128, np.uint8), [Mark(box=box, point=box.center)], size, bold=bold)
    edge = 2 * bold  # of the frame's dark edge
    within = shown[box.top + edge : box.bottom - edge, box.left + edge : box.right - edge]
    assert (within == 128).all()
    column, row = shown[:, box.center.x, :] != 128, shown[box.center.y] != 128
    for line, start, end in ((column, box.top, box.bottom), (row, box.left, box.right)):
        assert line[start - 4 : start].any()
        assert line[end : end + 4].any()


def test_a_long_step_still_tells_why() -> None:
    steps = StepList()
    long = NAME.model_copy(update={"target": "Whom may we call in case of an emergency, day or night (optional)"})
    steps.tell(Proposed(step=1, proposal=click(long)), Stepped(step=1, outcome=Outcome(status="failed", detail="gone")))
    line = steps._shown.line(0, 80)
    assert line.cell_len <= 80
    assert line.plain.endswith("…  gone")
    wide = steps._shown.line(0, 160).plain
    assert "(optional)" in wide
    assert wide.endswith("  gone")


def test_keys_without_a_field_stand_among_the_fields() -> None:
    board = Board(Limits())
    board.take(Proposed(step=1, proposal=click().model_copy(update={"unmatched_keys": ("fax", "[b]age")})))
    assert board.fields_text().plain == "no field for fax, [b]age"


GROUNDS = {True: ("#121212", "#1e1e1e", "#2b2b2b"), False: ("#e0e0e0", "#d8d8d8")}
"""Behind the words of Textual's own themes, dark and light."""


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize("name", ["red", "green", "yellow", "magenta", "cyan"])
def test_colours_are_readable_also_as_greys(name: str, dark: bool) -> None:
    theme = DARK if dark else LIGHT
    colour = Color(*RichColor.parse(name).get_truecolor(theme))
    for ground in map(Color.parse, GROUNDS[dark]):
        assert contrast(ground, colour) >= 4.5
        assert contrast(ground.monochrome, colour.monochrome) >= 4.5


def contrast(one: Color, other: Color) -> float:
    """From 1 to 21, as WCAG 2 has it; 4.5 is what it asks of text."""

    def light(colour: Color) -> float:
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour.normalized]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722))) + 0.05

    low, high = sorted((light(one), light(other)))
    return high / low
