"""Pasting, for the few characters that some programs can't take as keys; what was in the clipboard comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from select import select
from typing import Any

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol import event as events
from Xlib.protocol import request

_LIMIT = 200_000
"""Bytes of one form of the contents that fit into one request; longer ones can't be kept."""

_TEXTS = ("UTF8_STRING", "text/plain;charset=utf-8", "STRING", "TEXT", "text/plain")
_NO_CONTENTS = frozenset({"TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "INCR"})


_LINGER = 2.0
"""Seconds without a request after which the clipboard gets its former contents back, if nothing is done before."""


class Clipboard:
    """Owns the selections while a text is pasted, on a connection of its own.

    A browser asks many times for one paste, keeps what it has got for as long as the owner does not change, and
    drops it if the owner changes before it is through. So a text stays on offer after it was taken.
    """

    def __init__(self) -> None:
        self._display: Any = Display()
        root = self._display.screen().root
        self._window = root.create_window(-1, -1, 1, 1, 0, X.CopyFromParent, X.InputOnly)
        self._clipboard = self._atom("CLIPBOARD")
        # Terminals paste the primary selection where other programs paste the clipboard.
        self._selections = (self._clipboard, Xatom.PRIMARY)
        self._targets = self._atom("TARGETS")
        self._mine = self._atom("DESKHAND_SELECTION")
        self._offers: dict[int, dict[int, tuple[int, bytes]]] = {}
        """Selection -> target -> (type, data)."""
        self._before: dict[int, tuple[int, bytes]] | None = None
        """What the clipboard held before our text; None while it doesn't hold our text."""
        self._served = False
        self._pasting = False
        self._asked = 0.0
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    @property
    def quiet(self) -> float:
        """Seconds since a program last asked for something."""
        return time.monotonic() - self._asked

    @property
    def lent(self) -> bool:
        """Whether the clipboard holds a text of ours in place of its own contents."""
        return self._before is not None

    def offers(self, text: str) -> bool:
        """Whether it is this text that would be pasted now."""
        with self._lock:
            held = self._before is not None and all(self._offers.get(s) == self._forms(text) for s in self._selections)
            self._pasting = held
            return held

    def offer(self, text: str) -> None:
        """Take the selections anew, with a text to be pasted; programs hear of it."""
        with self._lock:
            self._pasting = True
            if self._before is None or self._clipboard not in self._offers:
                self._before = self._contents()
            for selection in self._selections:
                self._own(selection, self._forms(text))
        if not self._keeper.is_alive():
            self._keeper.start()

    def paste(self, press: Callable[[], None], timeout: float, stopped: Callable[[], bool]) -> bool:
        """Let `press` press the keys that paste what is on offer, and wait until a program has taken it.

        Returns False if none did within `timeout` seconds; then it is on offer no longer.
        """
        with self._lock:
            self._served = False
            press()
            self._pump(lambda: self._served or stopped(), timeout)
            taken = self._served
            self._pump(lambda: False, 0.0)
            self._pasting, self._asked = False, time.monotonic()
            if not taken:
                self._restore()
        return taken

    def restore(self) -> None:
        """Let the clipboard hold what it held before, unless somebody else has taken it meanwhile."""
        with self._lock:
            self._restore()

    def _forms(self, text: str) -> dict[int, tuple[int, bytes]]:
        return {self._atom(name): (self._atom("UTF8_STRING"), text.encode()) for name in _TEXTS}

    def _restore(self) -> None:
        if self._before is None:
            return
        self._release(Xatom.PRIMARY)
        if not self._before:
            self._release(self._clipboard)
        elif self._clipboard in self._offers:
            self._own(self._clipboard, self._before)
        self._before = None
        self._display.sync()

    def _contents(self) -> dict[int, tuple[int, bytes]]:
        """What the clipboard holds, in all its forms; empty where nobody owns it."""
        if self._clipboard in self._offers:
            return self._offers[self._clipboard]
        if self._owner(self._clipboard) == X.NONE:
            return {}
        listed = self._convert(self._targets)
        names = listed[1] if listed else b""
        found: dict[int, tuple[int, bytes]] = {}
        for start in range(0, min(len(names), 4 * 24), 4):
            target = int.from_bytes(names[start : start + 4], "little")
            if self._display.get_atom_name(target) in _NO_CONTENTS:
                continue
            if (content := self._convert(target)) is not None:
                found[target] = content
        return found

    def _convert(self, target: int) -> tuple[int, bytes] | None:
        """One form of the clipboard's contents as (type, data)."""
        self._window.delete_property(self._mine)
        self._window.convert_selection(self._clipboard, target, self._mine, X.CurrentTime)
        answer: list[Any] = []

        def heard(event: Any) -> None:
            if event.type == X.SelectionNotify and event.target == target:
                answer.append(event)

        self._pump(lambda: bool(answer), 0.5, heard)
        if not answer or answer[0].property == X.NONE:
            return None
        found = self._window.get_full_property(self._mine, X.AnyPropertyType)
        if found is None or found.property_type == self._atom("INCR"):
            return None
        value = found.value
        data = value if isinstance(value, bytes) else value.tobytes() if found.format == 32 else bytes(value)
        if isinstance(value, str):
            data = value.encode()
        return (found.property_type, data) if len(data) <= _LIMIT else None

    def _pump(
        self, done: Callable[[], bool], timeout: float, heard: Callable[[Any], None] = lambda _event: None
    ) -> None:
        """Answer requests until `done`, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not done():
            self._display.flush()
            while self._display.pending_events():
                event = self._display.next_event()
                self._answer(event)
                heard(event)
            if done() or time.monotonic() > deadline:
                return
            select([self._display], [], [], 0.01)

    def _answer(self, event: Any) -> None:
        match event.type:
            case X.SelectionClear:
                # It may be about an earlier time: we give the selection away and take it again.
                if self._owner(event.atom) != self._window.id:
                    self._offers.pop(event.atom, None)
            case X.SelectionRequest:
                self._serve(event)
            case _:
                pass

    def _serve(self, event: Any) -> None:
        self._asked = time.monotonic()
        offer = self._offers.get(event.selection, {})
        place = event.property or event.target
        if event.target == self._targets:
            event.requestor.change_property(place, Xatom.ATOM, 32, [self._targets, *offer])
        elif event.target in offer:
            kind, data = offer[event.target]
            if kind == Xatom.ATOM:
                words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
                event.requestor.change_property(place, kind, 32, words)
            else:
                event.requestor.change_property(place, kind, 8, data)
            self._served = True
        else:
            place = X.NONE
        note = events.SelectionNotify(
            time=event.time, requestor=event.requestor, selection=event.selection, target=event.target, property=place
        )
        event.requestor.send_event(note, onerror=_ignore)
        self._display.flush()

    def _own(self, selection: int, offer: dict[int, tuple[int, bytes]]) -> None:
        self._window.set_selection_owner(selection, X.CurrentTime)
        self._offers[selection] = offer
        self._display.sync()

    def _owner(self, selection: int) -> int:
        owner = self._display.get_selection_owner(selection)
        return owner if isinstance(owner, int) else owner.id

    def _release(self, selection: int) -> None:
        if self._offers.pop(selection, None) is not None:
            inner = self._display.display
            request.SetSelectionOwner(display=inner, window=X.NONE, selection=selection, time=X.CurrentTime)

    def _keep(self) -> None:
        """Go on offering what is on offer, and what was in the clipboard before."""
        while True:
            select([self._display], [], [], 0.5)
            with self._lock:
                self._pump(lambda: False, 0.0)
                if not self._pasting and self.quiet > _LINGER:
                    self._restore()

    def _atom(self, name: str) -> int:
        return self._display.intern_atom(name)


def _ignore(*_: object) -> int:
    return 1
