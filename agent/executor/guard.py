"""The guard: waits until the child is gone, then releases what it held and restores what it redefined.

Its stdin is the child's stderr: lines that begin with `MARK` are debts, the rest is for people and is handed to
the parent, on stdout, when the child is gone.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from Xlib import X, error
from Xlib.display import Display
from Xlib.ext import xtest

from agent.executor.wire import MARK, Debt, KeyDefinition
from agent.executor.xkb import Xkb

_PATIENCE = 2.0
_SAID = 2000


def main() -> None:
    debts: list[Debt] = []
    said = ""
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace")
        if line.startswith(MARK):
            try:
                debts.append(Debt.model_validate_json(line[len(MARK) :]))
            except ValidationError:
                continue  # The child was killed in the middle of the line, so before it did what the line tells.
        else:
            said = (said + line)[-_SAID:]
    # Where the display is gone, everything that could be held is gone too.
    with suppress(error.DisplayError, error.ConnectionClosedError, OSError):
        settle(debts)
    sys.stdout.write(said)


def settle(debts: list[Debt]) -> None:
    """Put the display right after the child's end."""
    display = Display()
    for debt in debts:
        if debt.window:
            _await_end(display, debt.window)
    for _ in range(2):
        release(display)
        time.sleep(0.02)
    keys: dict[int, KeyDefinition] = {}
    locks: tuple[int, int] | None = None
    for debt in debts:
        keys |= debt.keys
        if debt.kind == "locks":
            locks = debt.locks
    xkb = Xkb(display) if keys or locks else None
    if xkb and keys:
        xkb.redefine(xkb.keymap(), keys)
    if xkb and locks:
        xkb.lock(*locks)
    display.sync()
    display.close()


def _await_end(display: Any, window: int) -> None:
    """Wait until the server has closed the child's connection: before that it may still work off presses."""
    deadline = time.monotonic() + _PATIENCE
    handle = display.create_resource_object("window", window)
    while time.monotonic() < deadline:
        try:
            handle.get_geometry()
        except (error.BadDrawable, error.BadWindow):
            return
        time.sleep(0.005)


def release(display: Any) -> None:
    """Release every key and button that is down."""
    pressed = display.query_keymap()
    for code in range(8, 256):
        if pressed[code // 8] >> code % 8 & 1:
            xtest.fake_input(display, X.KeyRelease, code)
    held = display.screen().root.query_pointer().mask
    for button in range(1, 6):
        if held >> 7 + button & 1:
            xtest.fake_input(display, X.ButtonRelease, button)
    display.sync()


if __name__ == "__main__":
    main()
