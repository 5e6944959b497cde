"""Starting a process under its guard, with its last words kept."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

GUARD = Path(__file__).with_name("guard.py")


class Guarded:
    """A command that ends when we end, however we end; its output is kept up to a bound."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        uid: int | None = None,
        polite: float = 0.0,
        remove: Sequence[Path] = (),
        cwd: Path | None = None,
    ) -> None:
        """`uid`: user to become; `polite`: seconds between SIGTERM and SIGKILL; `remove`: folders to remove after."""
        lifeline, self._lifeline = os.pipe()
        spec = {
            "argv": list(argv),
            "lifeline": lifeline,
            "uid": uid,
            "polite": polite,
            "remove": [str(folder) for folder in remove],
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), json.dumps(spec)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(env),
                pass_fds=[lifeline, *pass_fds],
                cwd=cwd,
                # Ctrl+C in our terminal is for us; we end the others in order.
                start_new_session=True,
            )
        finally:
            os.close(lifeline)
        self._out, self._err = bytearray(), bytearray()
        self._readers = [
            threading.Thread(target=_drain, args=(self._process.stdout, self._out, 1 << 20), daemon=True),
            threading.Thread(target=_drain, args=(self._process.stderr, self._err, 1 << 16), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Of the guard."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The command's exit status (128 + N if signal N ended it), None while it runs."""
        return self._process.poll()

    @property
    def output(self) -> str:
        """What it has printed to standard output (the last mebibyte)."""
        return self._out.decode("utf-8", "replace")

    @property
    def stderr_tail(self) -> str:
        """The last lines that it has printed to standard error."""
        if self.returncode is not None:
            self._readers[1].join(0.5)
        return "\n".join(self._err.decode("utf-8", "replace").strip().splitlines()[-12:])

    def wait(self, timeout: float) -> int | None:
        """Wait for the end and return the exit status; None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self.returncode

    def close(self) -> None:
        """End it and all that it started, and wait until they are gone."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        if self.wait(5.0) is None:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(0.5)


def private_folder(prefix: str) -> Path:
    """A new folder that others can't list, but whose files another user can open by name where their modes let him.

    As root in /tmp whatever TMPDIR says: a folder in root's own place would be closed to the user of the jail.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp" if os.geteuid() == 0 else None))
    folder.chmod(0o711)
    return folder


def _drain(stream: IO[bytes] | None, into: bytearray, bound: int) -> None:
    assert stream is not None
    with contextlib.suppress(OSError, ValueError):
        while data := os.read(stream.fileno(), 65536):
            into += data
            if len(into) > bound:
                del into[: len(into) - bound]
