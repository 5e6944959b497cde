"""Lines from the person at the terminal, read so that a stop or a time-out ends the waiting at once."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Generator
from select import select

TICK = 0.03
"""Seconds after which who waits for a line sees that the run was stopped."""


class Halted(Exception):
    """The run was stopped while somebody was asked."""


class Late(Exception):
    """Nobody answered in time."""


class Terminal:
    """The terminal on stdin. Lines are read past Python's own buffer, which can't be waited for."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop
        self._kept = b""

    @property
    def there(self) -> bool:
        """Whether a person is at it."""
        try:
            return sys.stdin.isatty()
        except (AttributeError, ValueError):  # no stdin, or a closed one
            return False

    def read(self, secret: bool, until: float) -> str:
        """The next line, without echo where it is secret; `until` on the monotonic clock.

        Raises Halted, Late, EOFError where the terminal was closed, KeyboardInterrupt.
        """
        with _unseen() if secret else contextlib.nullcontext():
            while b"\n" not in self._kept:
                self._kept += self._more(until)
        line, _, self._kept = self._kept.partition(b"\n")
        if secret:
            print(file=sys.stderr)  # the person's own Enter was not seen either
        return line.decode(sys.stdin.encoding or "utf-8", "replace").rstrip("\r")

    def forget(self, seconds: float) -> None:
        """Let `seconds` pass, then drop what was typed until now: it was typed before the question was seen."""
        self._pause(seconds)
        self._kept = b""
        try:
            import termios  # not on Windows
        except ImportError:
            return
        with contextlib.suppress(termios.error, OSError, ValueError, AttributeError):
            termios.tcflush(sys.stdin, termios.TCIFLUSH)

    def _pause(self, seconds: float) -> None:
        if self._stop is None:
            time.sleep(seconds)
        elif self._stop.wait(seconds):
            raise Halted

    def _more(self, until: float) -> bytes:
        while True:
            if self._stop is not None and self._stop.is_set():
                raise Halted
            if time.monotonic() >= until:
                raise Late
            if select([sys.stdin], [], [], TICK)[0]:
                if data := os.read(sys.stdin.fileno(), 4096):
                    return data
                raise EOFError


@contextlib.contextmanager
def _unseen() -> Generator[None]:
    """What is typed does not show."""
    try:
        import termios

        before = termios.tcgetattr(sys.stdin)
    except (ImportError, OSError, ValueError, AttributeError):
        yield
        return
    hidden = [*before]
    hidden[3] &= ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, hidden)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
