"""What is made of a page after its form was sent: an error is never a success, and a busy page is waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from agent.planners.embedded.planner import EmbeddedPlanner
from agent.schema import Action, Done, Fail, Outcome, Task, Wait
from tests.fakes import Control, FakeScreen, drive


class SlowScreen(FakeScreen):
    """A screen where something happens while somebody waits: one of `later` at each wait."""

    later: list[Callable[[], None]]

    def perform(self, action: Action) -> Outcome:
        if isinstance(action, Wait) and self.later:
            self.later.pop(0)()
        return super().perform(action)


def words(*texts: str) -> list[Control]:
    return [Control("text", text, left=20, top=300 + 30 * n, width=400, height=16) for n, text in enumerate(texts)]


def sent(at_once: Sequence[Control], *later: Sequence[Control], keeps: bool, empties: bool = False) -> Action:
    """How a run ends whose page shows some words after sending, and others while it is waited for."""
    screen = SlowScreen([Control("textbox", "Name"), Control("textbox", "City")])

    def show(texts: Sequence[Control]) -> None:
        screen.texts = list(texts)

    def send(here: FakeScreen, control: Control) -> None:
        if not keeps:
            here.replace_all([])
        elif empties:
            for field in here.controls[:2]:
                field.value = ""
        show(at_once)

    screen.controls.append(Control("button", "Send", width=80, on_click=send, top=150))
    screen.later = [lambda texts=texts: show(texts) for texts in later]
    end, _ = drive(EmbeddedPlanner(Task(record={"name": "Ada", "city": "Paris"}), screen.reread), screen)
    return end


@pytest.mark.parametrize(
    "text",
    [
        "Something went wrong, try again",
        "Your session has expired",
        "Your message could not be sent",
        "Oops, that did not work",
        "The form was not saved",
        "Unable to complete your booking",
    ],
)
@pytest.mark.parametrize("keeps", [True, False])
def test_an_error_is_never_a_success(text: str, keeps: bool) -> None:
    assert isinstance(sent(words(text), keeps=keeps), Fail)
    assert isinstance(sent(words(text), keeps=True, empties=True), Fail)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you! Please check your email to confirm",
        "Your message is on its way. We will reply within two days.",
        "Booking confirmed",
        "提交成功",
    ],
)
@pytest.mark.parametrize("keeps", [True, False])
def test_what_a_page_says_when_it_took_the_data(text: str, keeps: bool) -> None:
    end = sent(words(text), keeps=keeps, empties=keeps)
    assert isinstance(end, Done), end
    assert text in end.summary


def test_a_busy_page_is_waited_for() -> None:
    busy = words("Please wait while we process your request...")
    assert isinstance(sent(busy, busy, busy, busy, busy, words("Thank you"), keeps=False), Done)
    end = sent(busy, busy, busy, busy, busy, words("Your card was not accepted"), keeps=False)
    assert isinstance(end, Fail), end


def test_a_page_that_stays_busy_is_unknown() -> None:
    end = sent(words("Sending..."), keeps=False)
    assert isinstance(end, Fail)
    assert "still at work" in end.reason


def test_all_that_a_pop_up_says_is_told() -> None:
    end = sent(words("Unable to submit", "The code in the picture is too old."), keeps=True)
    assert isinstance(end, Fail)
    assert "The code in the picture is too old." in end.reason


@pytest.mark.parametrize(("text", "told"), [("Employee created", True), ("保存成功", True), ("Saved searches", False)])
def test_a_message_in_a_box_of_its_own_tells_of_success_but_a_button_does_not(text: str, told: bool) -> None:
    toast = [Control("button", text, left=300, top=300, width=180, height=40)]
    end = sent(toast, keeps=True)
    assert isinstance(end, Done) == told, end
