"""A run as its report tells it: events in, steps with what was seen before and after them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.describe import describe
from agent.events import (
    Acting,
    Decided,
    Event,
    FieldsRead,
    Judged,
    Note,
    Observed,
    PersonActed,
    Proposed,
    RunEnded,
    RunStarted,
    Stepped,
    ThoughtDelta,
    TokensUsed,
)
from agent.schema import Action, Approval, FieldResult, Outcome, Proposal, Result, Verdict


@dataclass(slots=True)
class StepView:
    """One step, filled as its events come by."""

    number: int
    time: float
    proposal: Proposal
    before: Observed | None
    after: Observed | None = None
    verdict: Verdict | None = None
    approval: Approval | None = None
    performed: Action | None = None
    """What was done, if anything was; a person may have changed it."""
    outcome: Outcome | None = None


@dataclass(slots=True)
class RunView:
    """A whole run, or what there is of it."""

    started: RunStarted | None = None
    steps: list[StepView] = field(default_factory=list[StepView])
    notes: list[Note] = field(default_factory=list[Note])
    read: dict[str, FieldResult] = field(default_factory=dict[str, FieldResult])
    result: Result | None = None
    last_look: Observed | None = None
    ended: float = 0.0

    @property
    def fields(self) -> tuple[FieldResult, ...]:
        """As the result has them; of a run that did not end, as far as it came."""
        return self.result.fields if self.result else tuple(self.read.values())

    @property
    def began(self) -> float:
        return self.started.time if self.started else (self.steps[0].time if self.steps else self.ended)


def collect(events: Iterable[Event]) -> RunView:
    """Gather the events of a run."""
    run = RunView()
    for event in events:
        run.ended = event.time
        match event:
            case RunStarted():
                run.started = event
            case Observed():
                run.last_look = event
                if run.steps and run.steps[-1].outcome is None and run.steps[-1].verdict is not None:
                    run.steps[-1].after = event
            case Proposed(step=number, proposal=proposal, time=time):
                run.steps.append(StepView(number, time, proposal, run.last_look))
            case FieldsRead(fields=fields):
                run.read |= {one.key: one for one in fields}
            case Note():
                run.notes.append(event)
            case RunEnded(result=result):
                run.result = result
            case Judged() | Decided() | Acting() | Stepped():
                _add(run, event)
            case PersonActed(action=action):
                run.notes.append(Note(time=event.time, text=f"the person: {describe(action)}"))
            case ThoughtDelta() | TokensUsed():
                pass  # told while it is made; what it took is for the trace's readers
    return run


def _add(run: RunView, event: Judged | Decided | Acting | Stepped) -> None:
    step = next((s for s in reversed(run.steps) if s.number == event.step), None)
    if step is None:
        return
    match event:
        case Judged(verdict=verdict):
            step.verdict = verdict
        case Decided(approval=approval):
            step.approval = approval
        case Acting(permit=permit):
            step.performed = permit.action
        case Stepped(outcome=outcome):
            step.outcome = outcome
