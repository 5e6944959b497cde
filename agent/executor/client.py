"""The parent's side: sends one gesture at a time to the child and waits for its answer."""

from __future__ import annotations

import math
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from agent.errors import ExecutorFailed, Missing, Stopped
from agent.executor.wire import GESTURES, Answer, Gesture, Order
from agent.schema import Action, Box, Outcome, Permit, PressKeys, TypeText

_START = 15.0
_STOP = 2.0
"""Seconds that the child has for starting and for ending a gesture that was stopped."""

_BLUR = 0.05
"""Seconds by which the times of events may be off."""

_ROOT = Path(__file__).resolve().parents[2]


class Executor:
    """Mouse and keyboard of one display, in a process of their own.

    The child does the work, a guard process puts things right if the child dies: `kill -9` of the parent, the
    child or the guard leaves no key or button held and no key redefined.
    """

    def __init__(self, display: str, *, xauthority: str | None, private: bool, wrap: Sequence[str] = ()) -> None:
        """`wrap` is a command prefix (a jail) for the child; on a display that isn't private the pointer in a
        corner of the screen stops the run."""
        self._display, self._xauthority, self._private, self._wrap = display, xauthority, private, tuple(wrap)
        self._child: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._number = 0
        self._used: set[int] = set()
        self._work: deque[tuple[float, float, Action]] = deque(maxlen=16)
        """When gestures began and ended (monotonic seconds), and which; the latest last."""
        self._lock = threading.Lock()
        self.desktop: Box | None = None
        """What can be clicked, known once started."""

    def __enter__(self) -> Executor:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Start child and guard, and wait until they are ready. Raises ExecutorFailed, naming why."""
        self.begin()
        if self.desktop is not None or self._child is None:
            return
        ready = self._wait(0, time.monotonic() + _START, None)
        if ready is None or ready.outcome.status != "ok":
            self._child.kill()
            raise self._failure("did not start" + (f": {ready.outcome.detail}" if ready else ""))
        self.desktop = ready.desktop

    def begin(self) -> None:
        """Start child and guard without waiting for them (`start`, or the first gesture, does).

        Raises Missing on systems without X displays, ExecutorFailed.
        """
        if self._child is not None:
            return
        if sys.platform in ("win32", "darwin"):
            raise Missing(
                "mouse and keyboard are driven through an X display, which this system has not",
                "run Deskhand on Linux (a virtual machine or a container will do)",
            )
        self.desktop = None
        reader, writer = os.pipe()
        try:
            self._guard = subprocess.Popen(
                _python("agent.executor.guard"),
                env=self._environment(),
                stdin=reader,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._child = subprocess.Popen(
                [*self._wrap, *_python("agent.executor.child", *(["--private"] if self._private else []))],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=writer,
                start_new_session=True,
            )
        except OSError as error:
            os.close(writer)
            self._end_guard()
            raise ExecutorFailed(f"the process with mouse and keyboard can't be started: {error}") from error
        finally:
            os.close(reader)
        os.close(writer)
        self._answers = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(self._child.stdout, self._answers), daemon=True).start()

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of `child` (or the jail round it) and `guard`, while they run."""
        both = {"child": self._child, "guard": self._guard}
        return {name: process.pid for name, process in both.items() if process is not None}

    def perform(self, permit: Permit, stop: threading.Event | None = None) -> Outcome:
        """Do the permitted action once: `ok`, `failed` or `timeout` (what it did to the screen is judged elsewhere).

        Setting `stop` ends it within 100 ms with everything released (`failed`). Raises ExecutorFailed if the
        child died, Stopped if a person moved the pointer into a corner.
        """
        gesture = permit.action
        if not isinstance(gesture, GESTURES):
            return Outcome(status="failed", detail=f"'{gesture.kind}' is nothing for mouse and keyboard")
        with self._lock:
            if stop is not None and stop.is_set():
                return Outcome(status="failed", detail="stopped before it began")
            if permit.number in self._used:
                return Outcome(status="failed", detail=f"permit {permit.number} was already used")
            self._used.add(permit.number)
            return self._order(gesture, stop)

    def at_work(self, at: float) -> tuple[Action, ...] | None:
        """What the hands were doing at that moment (monotonic seconds); None while they have done nothing yet."""
        work = tuple(self._work)
        return tuple(act for began, ended, act in work if began - _BLUR <= at <= ended + _BLUR) if work else None

    def close(self) -> None:
        """End child and guard; every key is as it was before. May be called twice."""
        child, self._child = self._child, None
        if child is not None:
            if child.stdin:
                child.stdin.close()
            try:
                child.wait(_STOP)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._end_guard()

    def _order(self, gesture: Gesture, stop: threading.Event | None) -> Outcome:
        if self._guard is not None and self._guard.poll() is not None:
            self.close()
        self.start()
        self._number += 1
        try:
            order = Order(number=self._number, gesture=gesture).model_dump_json()
        except PydanticSerializationError:
            return Outcome(status="failed", detail="half a surrogate pair is no character and can't be typed")
        began = time.monotonic()
        self._work.append((began, math.inf, gesture))
        self._send(order)
        answer = self._wait(self._number, time.monotonic() + _patience(gesture), stop)
        self._work[-1] = (began, time.monotonic(), gesture)
        if answer is None:
            raise self._failure("died")
        if answer.halted:
            raise Stopped(answer.outcome.detail)
        return answer.outcome

    def _wait(self, number: int, deadline: float, stop: threading.Event | None) -> Answer | None:
        """The answer to an order; None if the child is gone or doesn't even stop."""
        told = False
        while True:
            try:
                answer = self._answers.get(timeout=0.01 if stop and not told else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                late = time.monotonic() >= deadline
                if late and (told or not number):
                    return None
                if late or (stop is not None and stop.is_set()):
                    told, deadline = True, time.monotonic() + _STOP
                    self._send(Order(number=number).model_dump_json())
                continue
            if answer is None or answer.number == number:
                return answer

    def _send(self, order: str) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(order.encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            pass  # A dead child is noticed by whoever waits for its answer.

    def _failure(self, what: str) -> ExecutorFailed:
        """Clear up after a child that is no use any more; the error says what it last said."""
        child, self._child = self._child, None
        code: int | None = None
        if child is not None:
            try:
                code = child.wait(0.5)
            except subprocess.TimeoutExpired:
                child.kill()
                code = child.wait()
            if child.stdin:
                with suppress(OSError):
                    child.stdin.close()
        said = self._end_guard()
        return ExecutorFailed(
            f"the process with mouse and keyboard {what} (exit status {code})" + (said and f": {said}")
        )

    def _end_guard(self) -> str:
        """Wait until the guard has put everything right; returns what the child said to people."""
        guard, self._guard = self._guard, None
        if guard is None:
            return ""
        try:
            said, _ = guard.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            guard.kill()
            said, _ = guard.communicate()
        if guard.returncode != 0:
            # The guard was killed as well: a new one that is told nothing still releases keys and buttons.
            subprocess.run(
                _python("agent.executor.guard"),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=10,
                check=False,
            )
        return " ".join(said.decode("utf-8", "replace").split())

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
        own = {"DISPLAY": self._display, "PYTHONPATH": str(_ROOT)}
        if self._xauthority:
            own["XAUTHORITY"] = self._xauthority
        elif not self._private and "XAUTHORITY" in os.environ:
            own["XAUTHORITY"] = os.environ["XAUTHORITY"]
        return kept | own


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", module, *arguments]


def _patience(gesture: Gesture) -> float:
    """Seconds after which a gesture is given up."""
    match gesture:
        case TypeText(text=text):
            return 30 + 0.1 * len(text)
        case PressKeys(times=times):
            return 20 + 0.2 * times
        case _:
            return 20


def _listen(stream: IO[bytes] | None, answers: queue.SimpleQueue[Answer | None]) -> None:
    """Carry the child's lines to the queue; None at its end or at the first line that is no answer."""
    try:
        for line in stream or ():
            answers.put(Answer.model_validate_json(line))
    except (ValidationError, ValueError, OSError):
        pass
    answers.put(None)
