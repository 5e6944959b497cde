"""The jail of the executor's child: the one display, our own code, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import agent
from agent.errors import Missing
from agent.sandbox import jail
from agent.sandbox.display import Display


def executor_wrap(display: Display) -> list[str]:
    """The prefix of a command line that runs `sys.executable -m ...` in the jail, its pipes connected to ours.

    The jail ends with the thread that starts it (--die-with-parent). Where none can be made, a private display
    raises Missing; on a display that somebody named the prefix is empty and the display's notes say so.
    """
    try:
        return _wrap(display)
    except Missing as error:
        if display.private:
            raise
        display.notes.append(f"mouse and keyboard are driven from outside a jail: {error}")
        return []


def _wrap(display: Display) -> list[str]:
    package = Path(agent.__file__ or "").parent
    libraries = [Path(entry).absolute() for entry in sys.path if entry and Path(entry).name in _LIBRARY_NAMES]
    readable = dict.fromkeys(p for p in (Path(sys.prefix), package, *libraries) if p.exists())
    # The child must be the same code as we are, also where another version is installed.
    env = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(package.parent)}
    spec = jail.Spec(readable=tuple(readable), env=env, become=True)
    return jail.wrap([], display, spec, display.folder)


_LIBRARY_NAMES = ("site-packages", "dist-packages")
