"""A model of the real architecture with random weights plans in the sandbox against a real program.

`DESKHAND_FUZZ=500 pytest -s tests/test_vision_fuzz.py` runs so many steps; without it there are a few.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from agent import app
from agent.config import Settings
from agent.events import Acting, Bus, Decided, Proposed, Stepped
from agent.gate import NobodyApprover
from agent.loop import Planner
from agent.perception.perceiver import Perceiver
from agent.planners.vision.options import VisionOptions
from agent.planners.vision.planner import VisionPlanner
from agent.schema import Ask, Done, Expectation, Fail, Limits, Observation, Proposal, Step, Task, Wait
from agent.talk import Answer, Chat, Delta, Request
from agent.trace import TraceReader

pytestmark = pytest.mark.display

STEPS = int(os.environ.get("DESKHAND_FUZZ", "12"))
OPTIONS = VisionOptions(context=4096, image_tokens=256)
RECORD = {"name": "Ada", "password": "4711-0815"}


class Witness:
    """Passes everything on, and sees that each answer is one call that means something within the budget."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self.calls: Counter[str] = Counter()
        self.most = 0

    def measure(self, request: Request) -> int:
        return self._chat.measure(request)

    def answer(self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = ...) -> Answer:
        hot = request.sampling.model_copy(update={"temperature": 1.5, "top_p": 1.0, "top_k": 0, "max_tokens": 200})
        answer = self._chat.answer(request.model_copy(update={"sampling": hot}), stop, on_delta)
        turn = self._chat.dialect.read(answer)  # type: ignore[attr-defined]
        assert len(turn.calls) == 1
        self.calls[str(turn.calls[0].arguments.get("action", "zoom"))] += 1
        self.most = max(self.most, answer.usage.prompt_tokens + request.sampling.max_tokens)
        return answer


class Tireless:
    """Begins anew where the model ends its task."""

    def __init__(self, begin: Callable[[], VisionPlanner]) -> None:
        self._begin, self._mind = begin, begin()

    def propose(self, observation: Observation, last: Step | None) -> Proposal:
        proposal = self._mind.propose(observation, last)
        if not isinstance(proposal.action, Done | Fail | Ask):
            return proposal
        self._mind = self._begin()
        return Proposal(action=Wait(seconds=0), thought="again", expectation=Expectation(kind="none"), intent="look")


class FuzzRun(app.Run):
    witness: Witness

    def _planner(self, task: Task) -> Callable[[Perceiver, Bus], Planner]:
        def begin(perceiver: Perceiver) -> VisionPlanner:
            return VisionPlanner(
                task,
                self.witness,
                self.witness._chat.dialect,  # type: ignore[attr-defined]
                stop=self._brake.stop,
                reread=perceiver.reread,
                readable=perceiver.can_read,
                options=OPTIONS,
            )

        return lambda perceiver, bus: Tireless(lambda: begin(perceiver))


def test_random_weights_do_no_harm(tiny_model: Path, tmp_path: Path) -> None:
    from agent.chat.engine import Options, open_engine

    record = tmp_path / "record.json"
    record.write_text(json.dumps(RECORD), "utf-8")
    engine = open_engine(str(tiny_model), options=Options(precision="fp32", device="cpu", context=OPTIONS.context))
    chosen = app.RunOptions(
        task="Write a letter.",
        data=record,
        program="mousepad",
        trace=tmp_path / "trace",
        limits=Limits(max_steps=STEPS, time_limit=3600),
    )
    with FuzzRun(chosen, Settings(), NobodyApprover()) as run:
        run.witness = witness = Witness(engine)
        result = run.go()
    engine.close()
    events = list(TraceReader(tmp_path / "trace").events())
    seen = Counter(type(event).__name__ for event in events)
    status = Counter(event.outcome.status for event in events if isinstance(event, Stepped))
    mistakes = sum(bool(event.proposal.mistake) for event in events if isinstance(event, Proposed))
    print(
        f"{result.steps} steps, {result.reason}; {dict(witness.calls)}; {dict(status)}; {mistakes} mistakes", flush=True
    )
    assert result.status == "failed"
    assert f"the limit of {STEPS} steps" in result.reason
    assert witness.most <= OPTIONS.context
    assert seen["Observed"] > STEPS
    allowed: set[int] = set()
    for event in events:
        match event:
            case Decided(step=step, approval=approval) if approval.decision == "approve":
                allowed.add(step)
            case Acting(step=step, permit=permit):
                assert step in allowed
                assert permit.verdict.effect == "allow"
            case _:
                pass
    assert RECORD["password"] not in (tmp_path / "trace" / "events.jsonl").read_text("utf-8")
