"""The window that gets the keys: which it is, and whether its program has taken what was sent so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from select import select
from typing import Any

from Xlib import X, error
from Xlib.protocol import event as events

_SILENT_PAUSE = 0.1
"""Seconds to wait after a chunk where the program can't be asked."""


class Focus:
    """Asks programs through `_NET_WM_PING`, which they answer when they have taken all earlier events."""

    def __init__(self, display: Any) -> None:
        """`display` is an Xlib.display.Display."""
        self._display = display
        self._root = display.screen().root
        self._protocols = display.intern_atom("WM_PROTOCOLS")
        self._ping = display.intern_atom("_NET_WM_PING")
        self._number = int(time.monotonic() * 1000) & 0x3FFF_FFFF
        # Answers are sent to the root window: by GTK and Chromium with the first mask, by Qt with the second.
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)

    def window(self) -> int:
        """The top-level window that has the focus; 0 where no single window has it."""
        focus = self._display.get_input_focus().focus
        window = focus if not isinstance(focus, int) else None
        top = 0
        try:
            while window is not None and window != 0 and window.id != self._root.id:
                top = window.id
                if self._answers_pings(window):
                    break
                window = window.query_tree().parent
        except (error.BadWindow, error.BadDrawable):
            return 0
        return top

    def caught_up(self, window: int, timeout: float, stopped: Callable[[], bool]) -> bool:
        """Wait until the window's program has taken everything sent so far; False if it doesn't in time.

        Where the program can't be asked (or the window is gone, or somebody stops us) it only pauses.
        """
        handle = self._display.create_resource_object("window", window) if window else None
        if handle is None or not self._answers_pings(handle):
            self._display.sync()
            time.sleep(_SILENT_PAUSE)
            return True
        self._number = self._number + 1 & 0x7FFF_FFFF
        data = (32, [self._ping, self._number, window, 0, 0])
        message = events.ClientMessage(window=handle, client_type=self._protocols, data=data)
        self._display.send_event(handle, message, propagate=False, event_mask=0, onerror=_ignore)
        deadline = time.monotonic() + timeout
        while not self._answered(window):
            if stopped() or not self._answers_pings(handle):
                return True
            if time.monotonic() > deadline:
                return False
            select([self._display], [], [], 0.02)
        return True

    def can_ask(self, window: int) -> bool:
        """Whether the window's program tells when it has caught up."""
        return bool(window) and self._answers_pings(self._display.create_resource_object("window", window))

    def _answered(self, window: int) -> bool:
        self._display.flush()
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type != X.ClientMessage or event.client_type != self._protocols:
                continue
            if list(event.data[1][:3]) == [self._ping, self._number, window]:
                return True
        return False

    def _answers_pings(self, window: Any) -> bool:
        try:
            found = window.get_full_property(self._protocols, X.AnyPropertyType)
        except (error.BadWindow, error.BadDrawable):
            return False
        return found is not None and self._ping in found.value


def _ignore(*_: object) -> int:
    return 1
