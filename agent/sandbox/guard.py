"""Runs one command and sees to it that nothing of it outlives Deskhand, whatever signal ends Deskhand.

Started as a script of its own (`python -I -S guard.py SPEC`), so it imports nothing of ours. It holds the
read end of a pipe, the lifeline: when the other end closes, for whatever reason, kill -9 included, the
command is ended and its folder removed. A pipe and not PR_SET_PDEATHSIG alone, because that signal is sent
when the *thread* that started a child ends, and Deskhand may run in a thread. If the guard itself is killed,
PR_SET_PDEATHSIG ends the command.

SPEC is JSON: argv, lifeline (a file descriptor), uid (or null), polite (end by SIGTERM first, seconds to
wait for it), remove (folders to remove at the end).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import sys
import time
from typing import Any

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def run(spec: dict[str, Any]) -> int:
    """Start the command, wait for the end of all of it or for the lifeline's, and return its exit status."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _ignore)
    # What the command leaves behind in sessions of its own becomes our child and is ended with it.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    me = os.getpid()
    child = os.fork()
    if child == 0:
        _become(spec, me)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    lifeline: int = spec["lifeline"]
    left: int | None = None
    while True:
        ready, _, _ = select.select([lifeline, wake_read], [], [])
        status, more = _reap(child)
        left = status if status is not None else left
        if left is not None and (left != 0 or not more):
            break
        if lifeline in ready or _asked_to_end(wake_read, ready):
            break
    if left is None:
        left = _end(child, float(spec.get("polite", 0)))
    _end_rest()
    for folder in spec.get("remove", ()):
        shutil.rmtree(folder, ignore_errors=True)
    return os.waitstatus_to_exitcode(left)


def _ignore(number: int, frame: object) -> None:
    """Signals arrive through the wake-up pipe; the handler only has to exist."""


def _asked_to_end(wake_read: int, ready: list[int]) -> bool:
    return wake_read in ready and any(number != signal.SIGCHLD for number in os.read(wake_read, 64))


def _become(spec: dict[str, Any], parent: int) -> None:
    """In the child: become the command; never returns."""
    argv: list[str] = spec["argv"]
    try:
        os.setpgid(0, 0)
        os.close(spec["lifeline"])
        if spec.get("uid") is not None:
            os.setgroups([])
            os.setgid(spec["uid"])
            os.setuid(spec["uid"])
        # After the change of user, which would clear it. An X server gets the chance to remove its socket.
        number = signal.SIGTERM if spec.get("polite") else signal.SIGKILL
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        for signal_number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signal_number, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    os._exit(127)


def _reap(child: int) -> tuple[int | None, bool]:
    """The command's status, if it ended just now, and whether there are other processes of it left."""
    status: int | None = None
    while True:
        try:
            pid, code = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if pid == 0:
            return status, True
        if pid == child:
            status = code


def _end_rest() -> None:
    """End every process that the command has left to us."""
    me = os.getpid()
    with contextlib.suppress(OSError):
        while True:
            with open(f"/proc/{me}/task/{me}/children", encoding="ascii") as file:
                left = [int(pid) for pid in file.read().split()]
            if not left:
                return
            for pid in left:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _end(child: int, polite: float) -> int:
    """End the command's whole process group and return the command's status."""
    until = time.monotonic() + polite
    number = signal.SIGTERM if polite else signal.SIGKILL
    while True:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, number)
        if number == signal.SIGKILL:
            return os.waitpid(child, 0)[1]
        while time.monotonic() < until:
            status, _ = _reap(child)
            if status is not None:
                return status
            time.sleep(0.01)
        number = signal.SIGKILL


if __name__ == "__main__":
    code = run(json.loads(sys.argv[1]))
    sys.exit(code if code >= 0 else 128 - code)
