"""What came of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.schema.deciding import Approval, Verdict
from agent.schema.thinking import FieldResult, Proposal
from agent.schema.value import Value


class Outcome(Value):
    """What an action did, as far as can be seen. `unknown` is never success."""

    status: Literal["ok", "no_effect", "unknown", "failed", "rejected", "stale", "timeout"]
    detail: str = ""
    read: str = ""
    """What the target shows afterwards, where it was read."""


class Step(Value):
    """One turn of the loop: what was proposed, decided and seen."""

    number: int
    proposal: Proposal
    verdict: Verdict | None = None
    approval: Approval | None = None
    outcome: Outcome
    by_hand: bool = False
    """A person was in charge since, and may have changed anything."""


class Limits(Value):
    """Where a run ends whatever the planner wants."""

    max_steps: int = Field(default=400, ge=1)
    time_limit: float = Field(default=900.0, gt=0)
    """Seconds, without those that a person took to answer or was in charge."""


Status = Literal["done", "failed", "bad_input", "stopped", "denied", "needs_person", "missing"]


class Result(Value):
    """How a run ended."""

    status: Status
    reason: str = ""
    fields: tuple[FieldResult, ...] = ()
    unmatched_keys: tuple[str, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    """Seconds of these in which a person was asked or in charge; they count towards no limit."""
    trace: str = ""
