"""What the loop tells, kept until the screen has time for it: the loop never waits for the screen."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from agent.events import Event, Observed, ThoughtDelta

_THOUGHT = 20_000
"""Characters of thinking that are kept for the screen at most; the last ones."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came since the last one: the newest look only, thinking as one text, everything else in order."""

    look: Observed | None
    events: tuple[Event, ...]
    thought: str


class Feed:
    """A watcher of the run that only puts down what it is told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._look: Observed | None = None
        self._events: list[Event] = []
        self._thought = ""
        self.newest: Observed | None = None
        """The last look of the run, whether the screen took it or not; its pixels have no secrets in them."""

    def __call__(self, event: Event) -> None:
        with self._lock:
            match event:
                case Observed():
                    self._look = self.newest = event
                case ThoughtDelta(text=text):
                    self._thought = (self._thought + text)[-_THOUGHT:]
                case _:
                    self._events.append(event)

    def take(self) -> Batch:
        """Everything that was put down, once."""
        with self._lock:
            batch = Batch(self._look, tuple(self._events), self._thought)
            self._look, self._events, self._thought = None, [], ""
        return batch
