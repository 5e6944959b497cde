"""A desktop that a person shares with us: their stop keys, their own mouse and keyboard, what they do in charge."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol

from agent.brake import Brake
from agent.errors import Stopped
from agent.events import Bus, PersonActed
from agent.gate import Approver, Request
from agent.record import Deeds, Input, StopKeys, may_make
from agent.schema import Action, Approval, Point

NUDGE = 12
"""Pixels of motion within `_NUDGE_TIME` that are no accident."""
_NUDGE_TIME = 0.5
AFTER = 0.5
"""Seconds after an answer in which inputs are still part of giving it: the hand leaves mouse or keyboard."""
QUIET = 1.5
"""Seconds without any input of the person after which we take over again."""


class Hands(Protocol):
    def at_work(self, at: float) -> tuple[Action, ...] | None:
        """What our hands were doing at that moment; None while they have done nothing yet."""
        ...


class SharedDesk:
    """Stands between gate and approver, and listens meanwhile.

    What the person does with their own mouse or keyboard pauses the run; while they are asked, or in charge, it
    doesn't. What they do while in charge is told as PersonActed.
    """

    def __init__(
        self,
        approver: Approver,
        brake: Brake,
        hands: Hands,
        bus: Bus,
        stop_keys: StopKeys,
        *,
        back: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`back` brings the application's window to the front again."""
        self._approver, self._brake, self._hands, self._bus = approver, brake, hands, bus
        self._stop_keys, self._back, self._clock = stop_keys, back, clock
        self._lock = threading.Lock()
        self._busy = False
        """The person is asked, or in charge."""
        self._free = -math.inf
        """Until then inputs belong to what the person was asked."""
        self._last = -math.inf
        self._from: tuple[Point, float] | None = None
        self._deeds: list[Action] = []
        self._gather: Deeds | None = None

    # ------------------------------------------------------------ what the ear tells

    def hear(self, said: Input) -> None:
        """One input, in the ear's thread."""
        if not self._theirs(said):
            return
        if said.kind == "key" and self._stop_keys.hear(said.keys, said.at):
            self._brake.pull()
            return
        with self._lock:
            self._last = max(self._last, said.at)
            if self._gather is not None:
                self._gather.hear(said)
            at_ease = self._busy or said.at < self._free or self._hands.at_work(said.at) is None
        if not at_ease and (why := self._meddles(said)):
            self._brake.pause(why)

    def lost(self) -> None:
        """The ear has gone deaf: the person is told, and asked whether to go on so."""
        self._brake.pause("stop keys and your own mouse are not heard any more; Ctrl+C still stops")

    def _theirs(self, said: Input) -> bool:
        """An input of a real device is a person's; another is ours where our hands may have made it just then."""
        return said.real is True or not any(may_make(action, said) for action in self._hands.at_work(said.at) or ())

    def _meddles(self, said: Input) -> str:
        match said.kind:
            case "key":
                return "a key was pressed by hand"
            case "press" | "scroll":
                return "the mouse was used by hand"
            case "motion":
                start = self._from
                if start is None or said.at - start[1] > _NUDGE_TIME:
                    self._from = said.point, said.at
                    return ""
                moved = math.hypot(said.point.x - start[0].x, said.point.y - start[0].y)
                return "the mouse was moved by hand" if moved >= NUDGE else ""
            case "release":
                return ""

    # ------------------------------------------------------------ what the gate asks

    def approve(self, request: Request) -> Approval:
        with self._at_ease():
            approval = self._approver.approve(request)
        if approval.by != "person":
            self._free = -math.inf  # nobody's hand has to leave anything
        return approval

    def by_hand(self, why: str) -> Action | None:
        with self._at_ease():
            with self._lock:
                self._gather = Deeds(self._deeds.append)
            try:
                action = self._approver.by_hand(why)
                if action is None:
                    self._await_quiet()
            finally:
                self._tell_deeds()
            if action is None:
                self._back()
            return action

    @contextmanager
    def _at_ease(self) -> Generator[None]:
        """Meanwhile the person's inputs are no interference."""
        with self._lock:
            self._busy = True
        try:
            yield
        finally:
            with self._lock:
                self._busy, self._free = False, self._clock() + AFTER

    def _await_quiet(self) -> None:
        """Wait until the person has let go of mouse and keyboard. Raises Stopped."""
        while (left := self._last + QUIET - self._clock()) > 0:
            if self._brake.stop.wait(min(left, QUIET)):
                raise Stopped("stopped by hand")

    def _tell_deeds(self) -> None:
        with self._lock:
            if self._gather is not None:
                self._gather.end()
            self._gather = None
            done, self._deeds = self._deeds, []
        for action in done:
            self._bus.emit(PersonActed(action=action))
