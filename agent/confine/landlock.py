"""Landlock: a process gives up files, TCP, abstract sockets and signals for itself and all that it starts.

Numbers and structures are those of `linux/landlock.h`; each version of the interface knows more rights.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""The same on every machine."""
_VERSION = 1
_PATH_BENEATH = 1
_READ = 1 << 2 | 1 << 3
"""Read a file, list a folder."""
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights over files each version knows."""
_TCP = 0b11
_SCOPES = 0b11
"""Abstract unix sockets and signals stay among the processes that are restricted together."""
_NO_NEW_PRIVILEGES = 38


def version() -> int:
    """Of the kernel's interface; 0 where it has none."""
    return max(0, int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))))


def restrict(readable: Iterable[Path]) -> int:
    """Keep this thread, and the threads and processes that it starts, to reading some folders.

    Returns the version that is in force, 0 where there is none. Raises OSError.
    """
    known = version()
    if not known:
        return 0
    files = (1 << _FILE_RIGHTS[min(known, 5)]) - 1
    attributes = struct.pack("=QQQ", files, _TCP if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = _call(_CREATE, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for folder in readable:
            _allow(ruleset, folder, _READ)
        if _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no new privileges")
        _call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return known


def _allow(ruleset: int, folder: Path, rights: int) -> None:
    try:
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError:
        return  # What isn't there can't be read either.
    try:
        _call(_ADD, ctypes.c_int(ruleset), _PATH_BENEATH, struct.pack("=Qi", rights, place), ctypes.c_uint32(0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc().syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"landlock: {os.strerror(error)}")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
