"""A person took over in the middle of a form and handed back: what they changed never goes out unseen."""

from __future__ import annotations

import pytest

from agent.planners.embedded.planner import EmbeddedPlanner
from agent.schema import Done, Fail, Observation, Outcome, Proposal, Step, Task
from tests.fakes import Control, FakeScreen, drive, submit_button


class Meddling:
    """The planner, and a person who takes over when it first proposes something of this intent."""

    def __init__(self, planner: EmbeddedPlanner, screen: FakeScreen, intent: str, change: str) -> None:
        self.planner, self.screen, self.intent, self.change = planner, screen, intent, change

    def propose(self, observation: Observation, last: Step | None) -> Proposal:
        proposal = self.planner.propose(observation, last)
        if not self.change or proposal.intent != self.intent:
            return proposal
        self.screen.controls[0].value, self.change = self.change, ""
        stale = Step(number=99, proposal=proposal, outcome=Outcome(status="stale", detail="by hand"), by_hand=True)
        return self.planner.propose(self.screen.look(), stale)


@pytest.mark.parametrize("intent", ["submit", "fill"])
def test_what_was_changed_by_hand_is_seen_again_before_it_is_sent(intent: str) -> None:
    screen = FakeScreen([Control("textbox", "Name"), Control("textbox", "City"), submit_button()])
    planner = EmbeddedPlanner(Task(record={"name": "Ada", "city": "London"}), screen.reread)
    end, _ = drive(Meddling(planner, screen, intent, "Ada Byron"), screen)
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Name": "Ada", "City": "London"}]


def test_what_can_not_be_set_back_is_not_sent() -> None:
    name = Control("textbox", "Name")
    screen = FakeScreen([name, Control("textbox", "City"), submit_button()])
    planner = EmbeddedPlanner(Task(record={"name": "Ada", "city": "London"}), screen.reread)
    meddling = Meddling(planner, screen, "submit", "Ada Byron")
    propose = meddling.propose

    def locking(observation: Observation, last: Step | None) -> Proposal:
        name.readonly = not meddling.change
        return propose(observation, last)

    meddling.propose = locking  # type: ignore[method-assign]
    end, _ = drive(meddling, screen)
    assert isinstance(end, Fail), end
    assert screen.submitted == []
