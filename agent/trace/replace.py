"""Putting a new trace in the place of an old one: at every moment one of them is there, whole."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
from pathlib import Path

from agent.errors import BadInput, TraceFailed
from agent.trace.lock import held

_EXCHANGE = 2
_HERE = -100
"""AT_FDCWD: paths are given in full."""
BESIDE, BEFORE, REMOVED = ".scrub", ".unscrubbed", ".removed"
"""Ends of the names that a trace has for a moment: a new one, an old one, one that goes."""


def beside(folder: Path) -> Path:
    """Where the new trace is made; what is there already is the rest of a replacement that was cut short.

    It is either unfinished or, after the exchange, what was to be removed: nobody needs it.
    """
    place = folder.with_name(f".{folder.name}{BESIDE}")
    if place.exists():
        shutil.rmtree(place)
    return place


def put_in_place(new: Path, folder: Path) -> None:
    """Exchange a finished trace and the old one, which is removed then. Raises TraceFailed."""
    try:
        _flush(new)
        if not _exchange(new, folder):
            # In between the name is gone; the old trace then lies beside it, whole.
            old = folder.with_name(f".{folder.name}{BEFORE}")
            folder.rename(old)
            new.rename(folder)
            new = old
        _sync(folder.parent)
        shutil.rmtree(new)
        _sync(folder.parent)
    except OSError as error:
        raise TraceFailed(f"{folder} can't be replaced: {error.strerror or error}") from error


def remove(folder: Path) -> None:
    """Remove a trace: under another name first, so that no half of it looks like a broken one. Raises OSError."""
    gone = folder.with_name(f".{folder.name}{REMOVED}")
    if gone.exists():
        shutil.rmtree(gone)
    folder.rename(gone)
    shutil.rmtree(gone)


def clear(root: Path) -> None:
    """Finish what was cut short under a folder: a trace is in its place, whole, and nothing of an old one is left."""
    for path in sorted(root.iterdir()):
        end = path.suffix
        if end not in (BESIDE, BEFORE, REMOVED) or not path.name.startswith(".") or path.is_symlink():
            continue
        home = path.with_name(path.name.removeprefix(".").removesuffix(end))
        if end == BEFORE and not home.exists():
            new = home.with_name(f".{home.name}{BESIDE}")
            (new if new.exists() else path).rename(home)
        with contextlib.suppress(BadInput), held(home) if home.exists() else contextlib.nullcontext():
            shutil.rmtree(path, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Let two names change places in one step; False where the system or its files can't."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    with contextlib.suppress(AttributeError):
        return libc.renameat2(_HERE, os.fsencode(a), _HERE, os.fsencode(b), _EXCHANGE) == 0
    return False


def _flush(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(Path(parent, name))
        _sync(Path(parent))
    _sync(folder.parent)


def _sync(path: Path) -> None:
    if sys.platform == "win32" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
