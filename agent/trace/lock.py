"""Who writes a trace holds a lock on it, which ends with the process: nobody scrubs or removes a running run."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator
from pathlib import Path

from agent.errors import BadInput
from agent.trace import lines

if sys.platform != "win32":
    import fcntl


def hold(descriptor: int) -> bool:
    """Lock an open file for as long as it is open; False where somebody else holds it."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # A file system without locks.
    return True


@contextlib.contextmanager
def held(folder: Path) -> Generator[None]:
    """Hold a trace that nobody writes. Raises BadInput where a run still does."""
    path = folder / lines.FILE
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise BadInput(f"{folder} is not a trace: {path.name}: {error.strerror}") from None
    try:
        if not hold(descriptor):
            raise BadInput(f"{folder}: this run still goes on, or somebody works on its trace. Try again later")
        yield
    finally:
        os.close(descriptor)
