"""The loop's rules, with a scripted world in place of a screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from agent.brake import Brake
from agent.errors import ExecutorFailed, TraceFailed
from agent.events import Acting, Bus, Event, FieldsRead, Observed, Proposed, RunEnded, Stepped, ThoughtDelta
from agent.gate import AutoApprover, Gate, NobodyApprover, Request
from agent.loop import REPEATS, Agent
from agent.places import places
from agent.redact import Redactor
from agent.schema import (
    Action,
    Approval,
    Ask,
    Box,
    Click,
    Context,
    Done,
    Drag,
    Expectation,
    Fail,
    FieldResult,
    Grounding,
    Limits,
    Observation,
    Outcome,
    Permit,
    Point,
    Proposal,
    Screenshot,
    Step,
    TypeText,
    Verdict,
    Wait,
)
from agent.situation import Situation

REGION = Box(left=0, top=0, width=8, height=8)
HERE = Grounding(target="OK", point=Point(x=2, y=2), box=Box(left=1, top=1, width=3, height=3))


class World:
    """Eyes and hands at once: every performed action changes the screen unless it is told to be dead."""

    def __init__(self) -> None:
        self.done: list[Action] = []
        self.dead = False
        self.moves = False
        self.exit: int | None = None
        self.looks = 0
        self.breaks = False
        self._fresh = True

    def look(self, region: Box | None = None) -> Observation:
        self.looks += 1
        changed = (REGION,) if self._fresh else ()
        self._fresh = False
        shot = Screenshot(pixels=np.zeros((8, 8, 3), np.uint8), region=region or REGION)
        return Observation(number=self.looks, screenshot=shot, changed=changed, app_exit=self.exit)

    def same_since(self, before: Observation, box: Box | None) -> bool:
        return not self.moves

    def perform(self, permit: Permit, stop: threading.Event) -> Outcome:
        if self.breaks:
            raise ExecutorFailed("the hands are gone")
        self.done.append(permit.action)
        self._fresh = not self.dead
        return Outcome(status="ok")


class Plan:
    """Proposes what it was given, in order, and keeps what it was told."""

    def __init__(self, *proposals: Proposal) -> None:
        self.proposals = list(proposals)
        self.told: list[Step | None] = []

    def propose(self, observation: Observation, last: Step | None) -> Proposal:
        self.told.append(last)
        return self.proposals.pop(0) if len(self.proposals) > 1 else self.proposals[0]


class Rule:
    def __init__(self, effect: str = "allow") -> None:
        self.effect = effect

    def judge(self, proposal: Proposal, context: Context) -> Verdict:
        return Verdict.model_validate({"effect": self.effect, "rule": "test"})


class Veil:
    def __init__(self) -> None:
        self.boxes: list[Box] = []

    def mask(self, box: Box) -> None:
        self.boxes.append(box)


def click(**more: object) -> Proposal:
    return Proposal.model_validate({"action": Click(point=Point(x=2, y=2)), "grounding": HERE, **more})


def end(action: Action | None = None) -> Proposal:
    return Proposal(action=action or Done(summary="ready"))


class Rig:
    """An agent in a scripted world, with every event kept."""

    def __init__(self, *proposals: Proposal, effect: str = "allow", nobody: bool = False) -> None:
        self.world, self.plan, self.veil = World(), Plan(*proposals), Veil()
        self.events: list[Event] = []
        gate = Gate(Rule(effect), NobodyApprover() if nobody else AutoApprover())
        self.brake = Brake()
        bus = Bus(self.events.append)
        self.agent = Agent(self.world, self.plan, gate, self.world, bus, self.veil, Situation(private=True), self.brake)

    def run(self, **limits: float):
        return self.agent.run(Limits.model_validate(limits))

    def outcomes(self) -> list[str]:
        return [event.outcome.status for event in self.events if isinstance(event, Stepped)]


def test_a_planner_that_is_done_ends_the_run() -> None:
    rig = Rig(click(), end())
    result = rig.run()
    assert (result.status, result.reason, result.steps) == ("done", "ready", 2)
    assert rig.world.done == [Click(point=Point(x=2, y=2))]
    assert rig.outcomes() == ["ok"]


def test_a_planner_that_speaks_as_the_person_is_asked_about_all_the_same() -> None:
    rig = Rig(click().model_copy(update={"by": "person"}), end(), effect="ask", nobody=True)
    rig.run()
    assert rig.world.done == []
    assert rig.outcomes() == ["rejected"]
    assert {event.proposal.by for event in rig.events if isinstance(event, Proposed)} == {"agent"}


def test_an_action_is_on_disk_before_the_hands_hear_of_it() -> None:
    rig = Rig(click(), end())
    seen: list[int] = []

    def perform(permit: Permit, stop: threading.Event) -> Outcome:
        seen.append(sum(isinstance(event, Acting) for event in rig.events))
        return Outcome(status="ok")

    rig.world.perform = perform  # type: ignore[method-assign]
    rig.run()
    assert seen == [1]


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (Fail(reason="no"), "failed"),
        (Fail(reason="no", status="bad_input"), "bad_input"),
        (Ask(question="?"), "needs_person"),
    ],
)
def test_a_planner_says_how_it_ends(action: Action, status: str) -> None:
    assert Rig(end(action)).run().status == status


def test_what_the_policy_denies_is_not_done() -> None:
    rig = Rig(click(), end(Fail(reason="not allowed")), effect="deny")
    assert rig.run().status == "denied"
    assert rig.world.done == []
    assert rig.outcomes() == ["rejected"]


def test_with_nobody_to_ask_the_answer_is_no() -> None:
    rig = Rig(click(), end(Fail(reason="not allowed")), effect="ask", nobody=True)
    assert rig.run().status == "needs_person"
    assert rig.world.done == []


def test_a_target_that_changed_meanwhile_is_stale() -> None:
    rig = Rig(click(), end())
    rig.world.moves = True
    rig.run()
    assert rig.world.done == []
    assert rig.outcomes() == ["stale"]


def test_an_action_without_effect_is_told_and_not_repeated_for_ever() -> None:
    rig = Rig(click())
    rig.world.dead = True
    result = rig.run()
    assert result.status == "failed"
    assert "without effect" in result.reason
    assert rig.outcomes() == ["no_effect"] * (REPEATS + 1)


def test_a_repeat_that_works_is_no_runaway() -> None:
    rig = Rig(*[click() for _ in range(30)], end())
    assert rig.run().status == "done"


def test_limits_end_the_run() -> None:
    assert "3 steps" in Rig(click()).run(max_steps=3).reason
    assert "time limit" in Rig(click()).run(time_limit=1e-9).reason


def test_stop_ends_the_run_before_the_next_look() -> None:
    rig = Rig(click())
    rig.brake.pull()
    assert rig.run().status == "stopped"
    assert rig.world.done == []


def test_stop_ends_a_wait() -> None:
    rig = Rig(Proposal(action=Wait(seconds=60)))
    threading.Timer(0.05, rig.brake.pull).start()
    assert rig.run().status == "stopped"


def test_an_error_of_the_hands_ends_with_a_complete_trace() -> None:
    rig = Rig(click())
    rig.world.breaks = True
    result = rig.run()
    assert result.status == "failed"
    assert "hands are gone" in result.reason
    assert isinstance(rig.events[-1], RunEnded)


def test_an_error_of_our_own_is_raised_after_the_trace_is_complete() -> None:
    rig = Rig(click())
    rig.plan.propose = lambda observation, last: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(ZeroDivisionError):
        rig.run()
    assert isinstance(rig.events[-1], RunEnded)


def test_a_trace_that_cannot_be_written_stops_the_run() -> None:
    rig = Rig(click())

    def full(event: Event) -> None:
        if isinstance(event, Acting):
            raise TraceFailed("disk full")

    rig.agent._bus = Bus(full)  # type: ignore[attr-defined]
    with pytest.raises(TraceFailed):
        rig.run()
    assert rig.world.done == []


def test_an_application_that_died_fails_the_run_unless_the_planner_is_done() -> None:
    rig = Rig(click(), click())
    rig.world.exit = 1
    result = rig.run()
    assert result.status == "failed"
    assert "exit code 1" in result.reason
    done = Rig(end())
    done.world.exit = 0
    assert done.run().status == "done"


def test_fields_are_gathered_by_key() -> None:
    first = FieldResult(label="Name", key="name", wanted="Ada")
    later = first.model_copy(update={"read": "Ada", "verdict": "ok"})
    rig = Rig(click(fields=(first,)), click(fields=(later,), unmatched_keys=("pet",)), end())
    result = rig.run()
    assert result.fields == (later,)
    assert result.unmatched_keys == ("pet",)
    assert sum(isinstance(event, FieldsRead) for event in rig.events) == 2


def test_where_a_secret_is_typed_the_pictures_are_masked_first() -> None:
    secret = click(action=TypeText(text="hush", secret=True), expectation=Expectation(kind="none"))
    rig = Rig(secret, end())
    rig.run()
    assert rig.veil.boxes == [HERE.box]


def test_every_step_has_one_look_after_it() -> None:
    rig = Rig(click(), click(), end())
    rig.run()
    assert sum(isinstance(event, Observed) for event in rig.events) == 3


def test_a_mistake_is_a_failed_step_that_nobody_judges_or_does() -> None:
    """A planner that could not come to an action costs a step and a look, and reaches neither policy nor hands."""
    world = World()
    plan = Plan(Proposal(action=Click(point=Point(x=1, y=1)), mistake="no such tool"), Proposal(action=Done()))
    events: list[Event] = []
    bus = Bus(events.append)
    gate = Gate(Refusing(), AutoApprover())
    agent = Agent(world, plan, gate, world, bus, NoVeil(), Situation(private=True), Brake())
    assert agent.run(Limits()).status == "done"
    assert world.done == []
    assert world.looks == 2
    assert [e.outcome.detail for e in events if isinstance(e, Stepped)] == ["no such tool"]
    assert plan.told[1] is not None
    assert plan.told[1].verdict is None


class Refusing:
    def judge(self, proposal: Proposal, context: Context) -> Verdict:
        raise AssertionError("nothing is to be judged")


class NoVeil:
    def mask(self, box: Box) -> None:
        raise AssertionError("nothing is to be masked")


def test_thinking_under_way_is_told_but_not_written() -> None:
    """Watchers see the thoughts, redacted; the trace writer doesn't."""
    written: list[Event] = []
    seen: list[Event] = []
    redactor = Redactor(["hunter2hunter2"])
    bus = Bus(written.append, redactor)
    bus.watch(seen.append)
    bus.emit(ThoughtDelta(text="it says hunter2hunter2 here"))
    assert written == []
    assert isinstance(seen[0], ThoughtDelta)
    assert "hunter2" not in seen[0].text


class InCharge:
    """A person who takes over where asked, does what they were given, and hands back."""

    def __init__(self, *actions: Action, first: str = "take_over") -> None:
        self.actions, self.first = list(actions), first
        self.whys: list[str] = []

    def approve(self, request: Request) -> Approval:
        decision, self.first = self.first, "approve"
        return Approval.model_validate({"decision": decision, "by": "person", "reason": "I do that"})

    def by_hand(self, why: str) -> Action | None:
        self.whys.append(why)
        return self.actions.pop(0) if self.actions else None


def in_charge(person: InCharge, *proposals: Proposal, clock: Callable[[], float] = time.monotonic) -> Rig:
    rig = Rig(*proposals)
    gate, bus = Gate(Rule("ask"), person, clock), Bus(rig.events.append)
    situation = Situation(private=True)
    rig.agent = Agent(rig.world, rig.plan, gate, rig.world, bus, rig.veil, situation, rig.brake, clock)
    return rig


def test_a_person_who_takes_over_acts_through_the_gate_and_hands_back() -> None:
    own = Click(point=Point(x=5, y=5))
    rig = in_charge(InCharge(own), click(), click(), end())
    assert rig.run().status == "done"
    assert rig.world.done == [own, click().action]
    acting = [event.permit for event in rig.events if isinstance(event, Acting)]
    assert [(p.approval.by, p.approval.reason) for p in acting] == [("person", "done by hand"), ("person", "I do that")]
    ended = [(event.step, event.outcome.status) for event in rig.events if isinstance(event, Stepped)]
    assert ended == [(2, "ok"), (1, "stale"), (3, "ok")]
    assert rig.plan.told[1] is not None
    assert rig.plan.told[1].outcome.status == "stale"


class Clock:
    """Time that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Slow(InCharge):
    """A person who takes a minute for each answer, and each time that they are in charge."""

    def __init__(self, clock: Clock, *actions: Action) -> None:
        super().__init__(*actions)
        self.clock = clock

    def approve(self, request: Request) -> Approval:
        self.clock.now += 60
        return super().approve(request)

    def by_hand(self, why: str) -> Action | None:
        self.clock.now += 60
        return super().by_hand(why)


def test_what_a_person_takes_counts_towards_no_limit_and_is_told_apart() -> None:
    clock = Clock()
    person = Slow(clock, Click(point=Point(x=5, y=5)))
    rig = in_charge(person, click(), click(), click(), end(), clock=clock)
    result = rig.run(time_limit=10)
    assert (result.status, result.waited) == ("done", 60.0 * 5)  # one take-over of two turns, and three questions
    assert result.seconds == result.waited

    late = in_charge(Slow(clock), click(), click(), click(), end(), clock=clock)
    perform = late.world.perform

    def slowly(permit: Permit, stop: threading.Event) -> Outcome:
        clock.now += 11
        return perform(permit, stop)

    late.world.perform = slowly  # type: ignore[method-assign]
    assert "time limit of 10 seconds" in late.run(time_limit=10).reason


def test_a_pause_lets_go_of_the_hands_until_the_person_hands_back() -> None:
    person = InCharge(first="approve")
    rig = in_charge(person, click(), click(), end())
    rig.brake.pause("the mouse was moved")
    assert rig.brake.halt.is_set()
    assert rig.run().status == "done"
    assert person.whys == ["the mouse was moved"]
    assert not rig.brake.halt.is_set()
    assert rig.outcomes() == ["ok", "ok"]


def test_what_was_thought_while_the_person_took_over_is_not_done() -> None:
    person = InCharge(first="approve")
    rig = in_charge(person, click(), click(), end())
    propose = rig.plan.propose

    def thinking(observation: Observation, last: Step | None) -> Proposal:
        if not rig.plan.told:
            rig.brake.pause("the mouse was moved")
        return propose(observation, last)

    rig.plan.propose = thinking  # type: ignore[method-assign]
    assert rig.run().status == "done"
    assert rig.outcomes() == ["stale", "ok"]
    assert len(person.whys) == 1


def test_a_pause_in_the_middle_of_an_action_makes_it_stale() -> None:
    person = InCharge(first="approve")
    rig = in_charge(person, click(), click(), end())
    perform = rig.world.perform

    def meddled(permit: Permit, stop: threading.Event) -> Outcome:
        if not rig.world.done:
            rig.brake.pause("the mouse was moved")
            rig.world.done.append(permit.action)
            return Outcome(status="failed", detail="stopped after 3 characters")
        return perform(permit, stop)

    rig.world.perform = meddled  # type: ignore[method-assign]
    assert rig.run().status == "done"
    assert rig.outcomes() == ["stale", "ok"]
    stepped = [event.outcome.detail for event in rig.events if isinstance(event, Stepped)]
    assert stepped[0] == "the mouse was moved: stopped after 3 characters"


def test_what_was_done_before_the_pause_is_not_done_again() -> None:
    """A form that was sent when the person took the mouse must not be called unsent."""
    person = InCharge(first="approve")
    rig = in_charge(person, click(), end())
    perform = rig.world.perform

    def meddled(permit: Permit, stop: threading.Event) -> Outcome:
        rig.brake.pause("the mouse was moved")
        return perform(permit, stop)

    rig.world.perform = meddled  # type: ignore[method-assign]
    assert rig.run().status == "done"
    assert rig.outcomes() == ["ok"]
    assert len(person.whys) == 1
    assert rig.plan.told[1] is not None
    assert rig.plan.told[1].by_hand


def test_a_stop_while_the_planner_thinks_asks_nobody_and_does_nothing() -> None:
    person = InCharge(first="approve")
    rig = in_charge(person, click(), end())
    propose = rig.plan.propose

    def thinking(observation: Observation, last: Step | None) -> Proposal:
        rig.brake.pull()
        return propose(observation, last)

    rig.plan.propose = thinking  # type: ignore[method-assign]
    assert rig.run().status == "stopped"
    assert rig.world.done == []
    assert person.first == "approve"
    assert not any(isinstance(event, Proposed) for event in rig.events)


def test_a_stopped_action_is_told_before_the_run_ends() -> None:
    rig = Rig(click())

    def stopped(permit: Permit, stop: threading.Event) -> Outcome:
        rig.brake.pull()
        return Outcome(status="failed", detail="stopped after 3 characters")

    rig.world.perform = stopped  # type: ignore[method-assign]
    assert rig.run().status == "stopped"
    assert rig.outcomes() == ["failed"]


class Asked(InCharge):
    """Answers yes; what is asked is kept, and the screen changes under the first question."""

    def __init__(self, world: World, answer: Approval) -> None:
        super().__init__()
        self.world, self.answer, self.requests = world, answer, list[Request]()

    def approve(self, request: Request) -> Approval:
        self.world.moves = not self.requests
        self.requests.append(request)
        return self.answer


YES = Approval(decision="approve", by="person")


@pytest.mark.parametrize("proposal", [click(), Proposal(action=Click(point=Point(x=2, y=2)))])
def test_a_target_that_changed_under_the_question_is_asked_about_again(proposal: Proposal) -> None:
    rig = in_charge(InCharge(), proposal, proposal, end())
    person = Asked(rig.world, YES)
    rig.agent._gate = Gate(Rule("ask"), person)  # type: ignore[attr-defined]
    assert rig.run().status == "done"
    assert rig.outcomes() == ["stale", "ok"]
    assert len(person.requests) == 2
    assert len(rig.world.done) == 1


def test_a_changed_click_is_compared_at_its_new_place() -> None:
    """Asked twice in a row: once for the action, once for the change; only the new place counts."""
    rig = in_charge(InCharge(), click(), end())
    new = Click(point=Point(x=7, y=7))
    answers = [Approval(decision="modify", by="person", action=new), YES]
    compared: list[Box | None] = []

    class Editing(InCharge):
        def approve(self, request: Request) -> Approval:
            return answers.pop(0)

    def same_since(before: Observation, box: Box | None) -> bool:
        compared.append(box)
        return True

    rig.world.same_since = same_since  # type: ignore[method-assign,assignment]
    rig.agent._gate = Gate(Rule("ask"), Editing())  # type: ignore[attr-defined]
    assert rig.run().status == "done"
    assert rig.world.done == [new]
    assert compared == [Box(left=-5, top=-5, width=24, height=24)]


def test_where_an_action_would_land() -> None:
    around = Box(left=-10, top=-10, width=24, height=24)
    assert places(click(), click().action) == (HERE.box,)
    assert places(Proposal(action=Done()), click().action) == (around,)
    assert places(click(), Drag(path=(HERE.point, Point(x=52, y=52)))) == (HERE.box, around.shift(50, 50))
    assert places(click(), TypeText(text="x")) == (HERE.box,)
    assert places(Proposal(action=Done()), TypeText(text="x")) == (None,)
    assert places(click(), Wait(seconds=1)) == ()


def test_a_stop_while_paused_ends_the_run() -> None:
    rig = in_charge(InCharge(first="approve"), click(), end())
    rig.brake.pause("the mouse was moved")
    rig.brake.pull()
    assert rig.run().status == "stopped"
    assert rig.world.done == []
