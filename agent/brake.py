"""The brake: whoever may stop or pause a run pulls it, from any thread, and the hands let go at once."""

from __future__ import annotations

import threading


class Brake:
    """`stop` ends the run; a pause only halts the hands until the person hands back."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        """Set: the run is to end. Models and waits watch it."""
        self.halt = threading.Event()
        """Set: the hands are to let go. Both a stop and a pause set it."""
        self._why = ""
        self._lock = threading.Lock()

    def pull(self) -> None:
        """End the run at once; may be called from a signal handler."""
        self.stop.set()
        self.halt.set()

    def pause(self, why: str) -> None:
        """Let go of mouse and keyboard, and leave them to the person."""
        with self._lock:
            self._why = self._why or why
            self.halt.set()

    def resume(self) -> None:
        """The person handed back; a run that was stopped stays stopped."""
        with self._lock:
            self._why = ""
            self.halt.clear()
            # A stop takes no lock, so it may have come just before: looked for afterwards, it is never lost.
            if self.stop.is_set():
                self.halt.set()

    @property
    def paused(self) -> str:
        """Why the run is paused; empty while it isn't."""
        return self._why
