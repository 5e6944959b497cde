"""Saying what is asked, through a speech program of the system; nobody ever waits for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading

from agent.describe import clip, plain
from agent.errors import Missing

PROGRAMS = (("espeak-ng", "--stdin"), ("spd-say", "--wait", "--pipe-mode"), ("espeak", "--stdin"))
"""Programs that read from stdin what they say, so that it shows in no list of processes, and go on until it is said."""
LONGEST = 1200
"""Characters that are said at most."""


class Speaker:
    """Says one thing at a time; the next one cuts the last one short."""

    def __init__(self) -> None:
        """Raises Missing where no speech program is installed."""
        found = next((program for program in PROGRAMS if shutil.which(program[0])), None)
        if found is None:
            raise Missing("nothing that speaks is installed", "sudo apt-get install espeak-ng")
        self._command = [str(shutil.which(found[0])), *found[1:]]
        self._talking: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Begin to say it, and return at once."""
        self.hush()
        quiet = subprocess.DEVNULL
        with self._lock, contextlib.suppress(OSError):
            # A session of its own: Ctrl+C at the terminal isn't for it, and its whole group can be ended.
            self._talking = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
            )
            assert self._talking.stdin is not None
            # Far less than a pipe holds, so this never waits.
            self._talking.stdin.write(clip(plain(text), LONGEST).encode("utf-8", "replace"))
            self._talking.stdin.close()

    def hush(self) -> None:
        """Be silent."""
        with self._lock:
            talking, self._talking = self._talking, None
            if talking is None or talking.poll() is not None:
                return
            with contextlib.suppress(OSError):
                os.killpg(talking.pid, signal.SIGKILL)
            talking.wait()
