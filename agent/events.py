"""What happens, as values, and the Bus that carries them.

The first subscriber is the trace writer and it is mandatory: if it fails, the run ends. Other watchers are
isolated: one that fails is logged and dropped. Watchers answer nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from agent.schema import (
    Action,
    Approval,
    Box,
    Element,
    FieldResult,
    Limits,
    Observation,
    Outcome,
    Permit,
    Proposal,
    Result,
    Screenshot,
    Value,
    Verdict,
)

log = logging.getLogger(__name__)


class EventBase(Value):
    """What all events share; `time` is seconds since the epoch."""

    time: float = Field(default_factory=time.time)


class RunStarted(EventBase):
    kind: Literal["run_started"] = "run_started"
    task: str
    """The instructions, or a line that says which record; secrets redacted."""
    keys: tuple[str, ...] = ()
    policy: str = ""
    policy_sha256: str = ""
    """Of the text of the policy's file and of those that it extends."""
    planner: str = ""
    limits: Limits = Limits()
    by: Literal["agent", "human", "replay"] = "agent"


class Observed(EventBase):
    """A look. The picture goes to `frames/`; what was found goes on the line."""

    kind: Literal["observed"] = "observed"
    number: int
    screenshot: Screenshot
    frame: str = ""
    """sha256 of the stored picture, filled by the trace writer."""
    elements: tuple[Element, ...] = ()
    changed: tuple[Box, ...] = ()
    window: str = ""
    application: str = ""
    own: bool = True

    @classmethod
    def of(cls, observation: Observation) -> Observed:
        return cls(
            number=observation.number,
            screenshot=observation.screenshot,
            elements=observation.elements,
            changed=observation.changed,
            window=observation.window,
            application=observation.application,
            own=observation.own,
        )


class Proposed(EventBase):
    kind: Literal["proposed"] = "proposed"
    step: int
    proposal: Proposal


class Judged(EventBase):
    kind: Literal["judged"] = "judged"
    step: int
    verdict: Verdict


class Decided(EventBase):
    kind: Literal["decided"] = "decided"
    step: int
    approval: Approval


class Acting(EventBase):
    """On disk before the executor hears of it."""

    kind: Literal["acting"] = "acting"
    step: int
    permit: Permit


class Stepped(EventBase):
    kind: Literal["stepped"] = "stepped"
    step: int
    outcome: Outcome


class FieldsRead(EventBase):
    kind: Literal["fields_read"] = "fields_read"
    fields: tuple[FieldResult, ...]


class Note(EventBase):
    """Something that a person should know: what can't be had, what was dropped."""

    kind: Literal["note"] = "note"
    level: Literal["info", "warning", "error"] = "info"
    text: str


class ThoughtDelta(EventBase):
    """A piece of a model's thinking while it thinks: for watchers only, never written to the trace."""

    kind: Literal["thought_delta"] = "thought_delta"
    text: str
    thinking: bool = True
    """False: of the answer itself."""


class TokensUsed(EventBase):
    """What one answer of a model took; `limit` is what prompt and answer may take together."""

    kind: Literal["tokens_used"] = "tokens_used"
    prompt: int
    answer: int
    limit: int


class PersonActed(EventBase):
    """Something that a person did with mouse or keyboard of their own while in charge; typed text is never kept."""

    kind: Literal["person_acted"] = "person_acted"
    action: Action


class RunEnded(EventBase):
    kind: Literal["run_ended"] = "run_ended"
    result: Result


Event = Annotated[
    RunStarted
    | Observed
    | Proposed
    | Judged
    | Decided
    | Acting
    | Stepped
    | FieldsRead
    | Note
    | ThoughtDelta
    | TokensUsed
    | PersonActed
    | RunEnded,
    Field(discriminator="kind"),
]

Subscriber = Callable[[Event], None]


class Bus:
    """Carries events to the trace writer first, then to the watchers, in the caller's thread."""

    def __init__(self, writer: Subscriber, redact: Callable[[Event], Event] = lambda event: event) -> None:
        self._writer = writer
        self._redact = redact
        self._watchers: list[Subscriber] = []

    def watch(self, watcher: Subscriber) -> None:
        self._watchers.append(watcher)

    def emit(self, event: Event) -> None:
        """Redact, write, tell. Raises whatever the writer raises; a watcher's error drops the watcher.

        Thinking under way is told without being written: the proposal that comes of it is on disk before any act.
        """
        event = self._redact(event)
        if not isinstance(event, ThoughtDelta):
            self._writer(event)
        for watcher in tuple(self._watchers):
            try:
                watcher(event)
            except Exception:
                log.exception("a watcher failed and is dropped")
                self._watchers.remove(watcher)
