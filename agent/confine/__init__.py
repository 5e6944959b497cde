"""What a process gives up for itself, within the jail: Landlock and a filter of calls, where the kernel has them."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path
from typing import cast

from agent.confine import filters, landlock
from agent.confine.calls import Machine, number

_SECCOMP, _TSYNC = {"x86_64": 317, "aarch64": 277}, 1
_SET_MODE_FILTER = 1
_NO_NEW_PRIVILEGES = 38


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def machine() -> Machine | None:
    """This machine's kind, None where no table of its system calls is known."""
    name = platform.machine()
    return cast(Machine, name) if sys.platform == "linux" and name in _SECCOMP and sys.maxsize > 2**32 else None


def application_filter() -> dict[str, object] | None:
    """The filter that jailed applications run under, and the numbers of two calls, as `inside.py` wants them.

    None on machines that we have no table for.
    """
    kind = machine()
    if kind is None:
        return None
    code = filters.application(kind).hex()
    return {"seccomp": _SECCOMP[kind], "keyctl": number("keyctl", kind), "code": code}


def confine_hands() -> tuple[str, ...]:
    """Leave this process nothing but the connections it has and its own libraries to read; for good.

    Returns the layers that are in force. To be called before threads are started: Landlock holds for the thread that
    asks for it and those that it starts. What a kernel has not, or forbids, is left out.
    """
    layers: list[str] = []
    try:
        if known := landlock.restrict(libraries()):
            layers.append(f"landlock {known}")
    except OSError:
        pass
    kind = machine()
    if kind and install(filters.hands(kind), kind):
        layers.append("seccomp")
    return tuple(layers)


def libraries() -> tuple[Path, ...]:
    """The folders that Python loads modules and their libraries from; of our own only the package."""
    package = Path(__file__).parents[1]
    names = [*sys.path, sys.base_prefix + "/lib", "/usr/lib", "/lib", "/lib64", "/usr/lib64"]
    found = [Path(name) for name in names if name and os.path.isdir(name)]
    found = [path for path in found if path != package.parent or path.name.endswith("-packages")]
    return tuple(dict.fromkeys([package, *found]))


def install(code: bytes, kind: Machine) -> bool:
    """Put a filter over all threads of this process, for good; False where the kernel does not take it."""
    libc = ctypes.CDLL(None, use_errno=True)
    whole = _Program(len(code) // 8, code)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return libc.syscall(_SECCOMP[kind], _SET_MODE_FILTER, _TSYNC, ctypes.byref(whole)) == 0
