"""The parent's side of the listener."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from agent.errors import Missing
from agent.record.inputs import Input

MEND = 'pip install "deskhand[desktop]"'
_START = 10.0
"""Seconds in which the listener must be ready."""
_ROOT = Path(__file__).resolve().parents[2]


class Ear:
    """Hears mouse and keyboard of a display; `hear` is called in a thread of its own, once for each input."""

    def __init__(
        self,
        display: str,
        xauthority: str | None,
        hear: Callable[[Input], None],
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """`lost` is called, in that thread, if it ends without having been closed.

        Raises Missing where pynput isn't installed or can't listen there.
        """
        if importlib.util.find_spec("pynput") is None:
            raise Missing("pynput, which hears a person's own mouse and keyboard, is not installed", MEND)
        self._hear, self._lost = hear, lost
        self._closed = False
        own = {"DISPLAY": display, "PYTHONPATH": str(_ROOT), "PYNPUT_BACKEND": "xorg"}
        cookie = {"XAUTHORITY": xauthority} if xauthority else {}
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "agent.record.listener"],
            env={**os.environ, **own, **cookie},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C at the terminal is not for it
        )
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        if not self._ready.wait(_START) or self._child.poll() is not None:
            self.close()
            raise Missing(f"pynput can't listen on display {display}", f"{MEND}; the server must offer RECORD")

    @property
    def pid(self) -> int:
        """Of the listener."""
        return self._child.pid

    def close(self) -> None:
        """Listen no longer; may be called twice."""
        self._closed = True
        if self._child.stdin:
            self._child.stdin.close()
        try:
            self._child.wait(1.0)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _listen(self) -> None:
        try:
            for line in self._child.stdout or ():
                if not self._ready.is_set():
                    self._ready.set()
                    continue
                try:
                    said = Input.model_validate_json(line)
                except ValidationError:
                    continue  # cut off by the listener's end
                self._hear(said)
        finally:  # also where hearing failed: nobody must think that the stop keys still work
            if self._ready.is_set() and not self._closed:
                self._lost()
            self._ready.set()
