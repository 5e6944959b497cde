"""Scrolling a form on a screen that is looked at while it still moves, or that does not move as it seemed to."""

from __future__ import annotations

import pytest

from agent.planners.embedded.planner import EmbeddedPlanner
from agent.schema import Action, Done, Outcome, Task
from tests.fakes import Control, FakeScreen, drive, submit_button

NAMES = [f"Field {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


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


@pytest.mark.parametrize("late", [{1}, {2}, {1, 2}, {3}, {4}, {2, 4, 6}, {5, 7}])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_form_that_is_looked_at_while_it_scrolls_is_filled(late: set[int], share: float) -> None:
    screen = LateScreen(late if share else late - {1}, share=share)
    record: dict[str, object] = {name: f"value {name[-1] * 3}" for name in NAMES}
    end, _ = drive(EmbeddedPlanner(Task(record=record), screen.reread), screen)
    assert isinstance(end, Done), end
    assert screen.submitted == [record]
