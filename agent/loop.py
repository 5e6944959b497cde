"""The agent's loop: look, think, ask leave, act, look again. Read this first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from agent import effect
from agent.brake import Brake
from agent.ending import ending
from agent.errors import AppFailed, DeskhandError, Stopped, TraceFailed
from agent.events import Acting, Bus, Decided, FieldsRead, Judged, Observed, Proposed, RunEnded, Stepped
from agent.gate import Gate
from agent.places import places
from agent.schema import (
    Box,
    FieldResult,
    Limits,
    Observation,
    Outcome,
    Permit,
    Proposal,
    Result,
    Status,
    Step,
    TypeText,
    Wait,
    Zoom,
)
from agent.situation import Situation

HANDED_BACK = "the person took over and handed back"

REPEATS = 6
"""So many times the same proposal without effect ends the run: nothing will come of it."""


class Eyes(Protocol):
    def look(self, region: Box | None = None) -> Observation:
        """Wait until the screen has settled, then read it (or only a region of it)."""
        ...

    def same_since(self, before: Observation, box: Box | None) -> bool:
        """Whether the same window is in front as at an earlier look, with the same pixels round the box, if any."""
        ...


class Planner(Protocol):
    def propose(self, observation: Observation, last: Step | None) -> Proposal: ...


class Hands(Protocol):
    def perform(self, permit: Permit, stop: threading.Event) -> Outcome: ...


class Veil(Protocol):
    def mask(self, box: Box) -> None:
        """Black out a part of the screen in every later picture of the trace."""
        ...


class Agent:
    """Runs one task. Every action passes policy -> gate -> Permit -> hands."""

    def __init__(
        self,
        eyes: Eyes,
        planner: Planner,
        gate: Gate,
        hands: Hands,
        bus: Bus,
        veil: Veil,
        situation: Situation,
        brake: Brake,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._eyes, self._planner, self._gate, self._hands = eyes, planner, gate, hands
        self._bus, self._veil, self._situation = bus, veil, situation
        self._brake, self._clock = brake, clock
        self._fields: dict[str, FieldResult] = {}
        self._unmatched: tuple[str, ...] = ()
        self._steps = 0

    def run(self, limits: Limits) -> Result:
        """Work until the planner is done, a limit is reached or somebody stops it.

        Raises TraceFailed where the trace can't be written, and our own programming errors after the trace is
        complete; everything else is told by the Result.
        """
        began = self._clock()
        try:
            status, reason = self._work(limits, began)
        except TraceFailed:
            raise
        except DeskhandError as error:
            status, reason = error.status, str(error)
        except Exception as error:
            self._end("failed", f"an error of Deskhand's own: {error!r}", began)
            raise
        return self._end(status, reason, began)

    def _work(self, limits: Limits, began: float) -> tuple[Status, str]:
        last: Step | None = None
        idle = 0
        before = self._look(None)
        while True:
            if self._brake.paused:
                before = self._by_hand(before, self._brake.paused)
                last = last and last.model_copy(update={"by_hand": True})
            # A person's deeds pass unasked, and only the gate knows what a person does.
            proposal = self._planner.propose(before, last).model_copy(update={"by": "agent"})
            self._heed_stop()
            self._steps += 1
            self._tell(proposal)
            if (end := ending(proposal, last)) is not None:
                return end
            if before.app_exit is not None:
                raise AppFailed(f"the application ended (exit code {before.app_exit}) before the task was done")
            if self._steps > limits.max_steps:
                return "failed", f"the limit of {limits.max_steps} steps was reached"
            if self._clock() - began - self._gate.waited > limits.time_limit:
                return "failed", f"the time limit of {limits.time_limit:g} seconds was reached"
            same = last is not None and last.proposal.action == proposal.action
            last, before = self._step(before, proposal)
            self._heed_stop()
            idle = idle + 1 if same and last.outcome.status != "ok" else 0
            if idle >= REPEATS:
                return "failed", f"the same step was tried {REPEATS + 1} times without effect: {proposal.thought}"

    def _step(self, before: Observation, proposal: Proposal) -> tuple[Step, Observation]:
        """One proposal through policy, gate and hands; returns the step and the look after it."""
        number = self._steps
        if why := proposal.mistake or self._brake.paused:
            outcome = Outcome(status="failed" if proposal.mistake else "stale", detail=why)
            self._bus.emit(Stepped(step=number, outcome=outcome))
            return Step(number=number, proposal=proposal, outcome=outcome), self._look(None)
        verdict, approval, permit = self._gate.decide(proposal, self._situation.context(before), number)
        self._bus.emit(Judged(step=number, verdict=verdict))
        self._bus.emit(Decided(step=number, approval=approval))
        if approval.decision == "stop":
            raise Stopped(approval.reason or f"stopped by {approval.by}")
        if approval.decision == "take_over":
            outcome, after = Outcome(status="stale", detail=HANDED_BACK), self._by_hand(before, approval.reason)
        elif permit is None:
            outcome, after = Outcome(status="rejected", detail=approval.reason or verdict.reason), before
        elif not all(self._eyes.same_since(before, place) for place in places(proposal, permit.action)):
            outcome, after = Outcome(status="stale", detail="the target changed meanwhile"), self._look(None)
        else:
            outcome, after = self._act(before, proposal, permit)
        self._bus.emit(Stepped(step=number, outcome=outcome))
        over = approval.decision == "take_over"
        step = Step(number=number, proposal=proposal, verdict=verdict, approval=approval, outcome=outcome, by_hand=over)
        return step, after

    def _act(self, before: Observation, proposal: Proposal, permit: Permit) -> tuple[Outcome, Observation]:
        action = permit.action
        if isinstance(action, TypeText) and action.secret and proposal.grounding is not None:
            self._veil.mask(proposal.grounding.box)
        self._bus.emit(Acting(step=self._steps, permit=permit))
        self._situation.did(permit)
        match action:
            case Wait(seconds=seconds):
                outcome = Outcome(status="failed" if self._brake.halt.wait(seconds) else "ok")
            case Zoom():
                outcome = Outcome(status="ok")
            case _:
                outcome = self._hands.perform(permit, self._brake.halt)
        if self._brake.stop.is_set():
            return outcome, before
        if self._brake.paused and outcome.status != "ok":  # what was done by then is done, and not done again
            outcome = Outcome(status="stale", detail=f"{self._brake.paused}: {outcome.detail}")
        after = self._look(action.region if isinstance(action, Zoom) else None)
        if outcome.status == "ok":
            outcome = effect.judge(before, after, proposal, action)
        return outcome, after

    def _by_hand(self, before: Observation, why: str) -> Observation:
        """The person is in charge until they hand back; what they do through us is judged and kept like any step."""
        self._brake.resume()
        while (proposal := self._gate.by_hand(why)) is not None:
            self._steps += 1
            self._tell(proposal)
            _, before = self._step(before, proposal)
        self._brake.resume()
        return self._look(None)

    def _look(self, region: Box | None) -> Observation:
        self._heed_stop()
        observation = self._eyes.look(region)
        self._bus.emit(Observed.of(observation))
        return observation

    def _heed_stop(self) -> None:
        if self._brake.stop.is_set():
            raise Stopped("stopped on request")

    def _tell(self, proposal: Proposal) -> None:
        self._bus.emit(Proposed(step=self._steps, proposal=proposal))
        self._unmatched = proposal.unmatched_keys or self._unmatched
        if proposal.fields:
            self._fields |= {field.key: field for field in proposal.fields}
            self._bus.emit(FieldsRead(fields=proposal.fields))

    def _end(self, status: Status, reason: str, began: float) -> Result:
        result = Result(
            status=status,
            reason=reason,
            fields=tuple(self._fields.values()),
            unmatched_keys=self._unmatched,
            steps=self._steps,
            seconds=round(self._clock() - began, 2),
            waited=round(self._gate.waited, 2),
        )
        self._bus.emit(RunEnded(result=result))
        return result
