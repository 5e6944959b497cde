"""The window in front at the last look: what is typed goes there, or nowhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

_PATIENCE = 0.5
"""Seconds that the window manager has for bringing a window back to the front."""


class Front:
    """Watches which window is active on a display, and brings back the one of the last look.

    For a desktop that people share with us: who answers a question in a terminal has that terminal in front
    afterwards, and it must not get what was meant for the application.
    """

    def __init__(self, display: Any, *, sleep: Callable[[float], object] = time.sleep) -> None:
        """`display` is an Xlib.display.Display that nobody else uses at the same time."""
        self._display, self._sleep = display, sleep
        self._root = display.screen().root
        self._window = 0
        self._known: frozenset[int] = frozenset()

    def mark(self) -> None:
        """Remember the window in front, and which others there are."""
        self._window, self._known = self._active(), frozenset(self._list("_NET_CLIENT_LIST"))

    def back(self) -> bool:
        """Whether the window of the last look is in front (again).

        A window that was there at the look gives way to it; one that has come since is news, and stays. True also
        where the display doesn't tell.
        """
        now = self._active()
        if not self._window or now == self._window:
            return True
        if now and now not in self._known:
            return False
        with contextlib.suppress(Exception):  # the window may be gone
            self._activate(self._window)
            until = time.monotonic() + _PATIENCE
            while time.monotonic() < until:
                if self._active() == self._window:
                    return True
                self._sleep(0.02)
        return False

    def _activate(self, window: int) -> None:
        from Xlib import X
        from Xlib.protocol import event

        handle = self._display.create_resource_object("window", window)
        # 2: asked for by a pager, that is by the person, not by the application itself.
        data = (32, [2, X.CurrentTime, 0, 0, 0])
        kind = self._display.intern_atom("_NET_ACTIVE_WINDOW")
        message = event.ClientMessage(window=handle, client_type=kind, data=data)
        self._root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self._display.sync()

    def _active(self) -> int:
        return next(iter(self._list("_NET_ACTIVE_WINDOW")), 0)

    def _list(self, name: str) -> list[int]:
        from Xlib import X

        try:
            found = self._root.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        except Exception:
            return []
        return [] if found is None else list(found.value)
