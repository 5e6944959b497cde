"""Scrolling a form on a screen that is looked at while it still moves, or that does not move as it seemed to."""

from __future__ import annotations

from typing import Any

import pytest

from agent.planners.embedded.page import show, survey
from agent.planners.embedded.planner import EmbeddedPlanner
from agent.planners.embedded.routine import Routine, Turn
from agent.schema import Action, Done, Outcome, Step, Task
from tests.fakes import Control, FakeScreen, drive, submit_button

NAMES = [f"Field {letter}" for letter in "ABCDEFGHIJKLMNOPQR"]


class LateScreen(FakeScreen):
    """Shows a part of a scroll at first; the rest of the way is gone before the next action or after a wait."""

    def __init__(self, late: set[int], *, share: float = 0.3, notch: int = 50) -> None:
        super().__init__([*(Control("textbox", name) for name in NAMES), submit_button()], notch=notch)
        self.late, self.share = late, share
        self.scrolls = 0
        self._rest = 0

    def perform(self, action: Action) -> Outcome:
        self.offset, self._rest = self.offset + self._rest, 0
        return super().perform(action)

    def _scroll(self, dy: int) -> None:
        was = self.offset
        super()._scroll(dy)
        self.scrolls += 1
        if self.scrolls in self.late:
            moved = round((self.offset - was) * self.share)
            self._rest = self.offset - was - moved
            self.offset = was + moved


@pytest.mark.parametrize(
    ("late", "share"),
    [({1}, 0.3), ({2}, 0.0), ({1, 2}, 0.3), ({3}, 0.3), ({4}, 0.0), ({2, 4, 6}, 0.3), ({5, 7}, 0.0)],
)
def test_a_form_that_is_looked_at_while_it_scrolls_is_filled(late: set[int], share: float) -> None:
    screen = LateScreen(late, share=share)
    record: dict[str, object] = {name: f"value {name[-1] * 3}" for name in NAMES}
    end, _ = drive(EmbeddedPlanner(Task(record=record), screen.reread), screen)
    assert isinstance(end, Done), end
    assert screen.submitted == [record]
    assert screen.scrolls >= max(late)


def follow(routine: Routine[Any], screen: FakeScreen) -> Any:
    """Do what a routine proposes on a pretended screen until it ends; what it returns."""
    proposal, number = next(routine), 0
    while True:
        number += 1
        outcome = screen.perform(proposal.action)
        try:
            proposal = routine.send(Turn(screen.look(), Step(number=number, proposal=proposal, outcome=outcome)))
        except StopIteration as end:
            return end.value


def test_a_page_of_which_it_is_not_known_where_it_stands_is_walked_through_once() -> None:
    controls = [Control("textbox", name, top=60 + 280 * n) for n, name in enumerate(NAMES[:6])]
    screen = FakeScreen([*controls, submit_button()])
    _, page = follow(survey(Turn(screen.look(), None)), screen)
    screen.offset, page.offset = 900, 0  # as after scrolls that could not be followed
    page.seen = None
    target = next(e for e in page.elements if e.label == NAMES[1])
    _, found = follow(show(Turn(screen.look(), None), page, target), screen)
    assert found is not None
    assert (found.label, found.box) == (NAMES[1], controls[1].box(screen.offset))


def test_a_field_that_is_gone_is_looked_for_once_and_not_found() -> None:
    controls = [Control("textbox", name, top=60 + 280 * n) for n, name in enumerate(NAMES[:6])]
    screen = FakeScreen([*controls, submit_button()])
    _, page = follow(survey(Turn(screen.look(), None)), screen)
    target = next(e for e in page.elements if e.label == NAMES[1])
    controls[1].hidden = True
    _, found = follow(show(Turn(screen.look(), None), page, target), screen)
    assert found is None
    assert len(screen.actions) < 80
