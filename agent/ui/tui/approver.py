"""The person at the screen, as the gate knows them: questions go to the screen, answers come back to the loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Generic, TypeVar

from textual.message import Message

from agent.brake import Brake
from agent.errors import Stopped
from agent.gate import Approver, Request
from agent.schema import Action, Approval

TICK = 0.05
"""Seconds after which who waits for an answer sees that the run was stopped."""
CLOSED = Approval(decision="reject", by="nobody", reason="the screen was closed, so nobody could be asked")

T = TypeVar("T")


class Question(Generic[T]):
    """Asked in the loop's thread, answered in the screen's. The first answer holds."""

    def __init__(self) -> None:
        self._done, self._lock = threading.Event(), threading.Lock()
        self._answers: list[T] = []

    def settle(self, answer: T) -> bool:
        """Answer it; whether this was the first answer."""
        with self._lock:
            first = not self._answers
            if first:
                self._answers.append(answer)
                self._done.set()
        return first

    @property
    def settled(self) -> bool:
        return self._done.is_set()

    def wait(self, other: Callable[[], T | None]) -> T:
        """The answer; meanwhile `other` is asked again and again whether there is another way out."""
        while not self._done.wait(TICK):
            if (answer := other()) is not None:
                self.settle(answer)
        return self._answers[0]


class Leave(Question[Approval]):
    """May this be done? `until` is when, on the approver's clock, no answer becomes a no."""

    def __init__(self, request: Request, until: float) -> None:
        super().__init__()
        self.request, self.until = request, until


class Turn(Question[tuple[Action | None]]):
    """What does the person who is in charge do next? An action, or None: they hand back."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class Asked(Message):
    """To the screen: put this question to the person."""

    def __init__(self, question: Leave | Turn) -> None:
        super().__init__()
        self.question = question


class Answered(Message):
    """To the screen: this question is over, however that came."""

    def __init__(self, question: Leave | Turn) -> None:
        super().__init__()
        self.question = question


class TuiApprover:
    """Puts questions to a screen by `post` (False: there is none any more) and waits, in the loop's thread.

    No answer within `limit` seconds means no; so does a screen that was closed. A stopped run waits for nobody.
    """

    def __init__(
        self,
        post: Callable[[Message], bool],
        brake: Brake,
        limit: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post, self._brake, self._limit, self._clock = post, brake, limit, clock
        self._closed = threading.Event()
        self._waited = 0.0
        self._since: float | None = None

    @property
    def waited(self) -> float:
        """Seconds that the person took so far, to answer or while in charge."""
        since = self._since
        return self._waited + (0.0 if since is None else self._clock() - since)

    def close(self) -> None:
        """The screen is gone: whatever is asked, now or later, is answered with no."""
        self._closed.set()

    def approve(self, request: Request) -> Approval:
        leave = Leave(request, self._clock() + self._limit)
        if self._closed.is_set() or not self._post(Asked(leave)):
            return CLOSED
        with self._waiting():
            approval = leave.wait(lambda: self._no_answer(leave))
        self._post(Answered(leave))
        return approval

    def by_hand(self, why: str) -> Action | None:
        turn = Turn(why)
        if self._closed.is_set() or not self._post(Asked(turn)):
            raise Stopped("the screen was closed while a person was in charge")
        with self._waiting():
            (action,) = turn.wait(self._left)
        self._post(Answered(turn))
        if self._brake.stop.is_set():
            raise Stopped("the person stopped the run")
        return action

    @contextmanager
    def _waiting(self) -> Generator[None]:
        began = self._since = self._clock()
        try:
            yield
        finally:
            self._waited, self._since = self._waited + self._clock() - began, None

    def _no_answer(self, leave: Leave) -> Approval | None:
        if self._brake.stop.is_set():
            return Approval(decision="stop", by="person", reason="the run was stopped at the question")
        if self._closed.is_set():
            return CLOSED
        if self._clock() >= leave.until:
            return Approval(decision="reject", by="nobody", reason=f"nobody answered within {self._limit:g} seconds")
        return None

    def _left(self) -> tuple[None] | None:
        if self._closed.is_set():
            self._brake.pull()
        return (None,) if self._brake.stop.is_set() else None


class Standing:
    """One standing answer where the policy asks; a person may still take over."""

    def __init__(self, answers: Approver, person: Approver) -> None:
        self._answers, self._person = answers, person

    def approve(self, request: Request) -> Approval:
        return self._answers.approve(request)

    def by_hand(self, why: str) -> Action | None:
        return self._person.by_hand(why)
