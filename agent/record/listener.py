"""The child that listens: run as `python -m agent.record.listener` with DISPLAY set; one Input a line on stdout.

A process of its own, because pynput takes its display from the environment and its listeners end only with the
next event. Characters never leave it: a line says that one was typed, not which.
"""

from __future__ import annotations

import math
import os
import queue
import struct
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from select import select
from typing import Any

from pynput import keyboard, mouse
from Xlib.display import Display
from Xlib.ext import ge, xinput

from agent.record.inputs import HOLDING, NAMES, Input
from agent.schema import Point

READY = "ready"
_LATE = 0.02
"""Seconds to wait for the display's word on which device an input came from."""
_STEP = 4
"""Pixels between two motions that are told."""
_SHIFTED_TAB = 0xFE20
_SAME = {"cmd": "meta", "ctrl": "ctrl", "alt": "alt", "shift": "shift", "page": "page"}

Event = tuple[str, int]
"""Kind of a raw event and the server's time of it (milliseconds)."""


class Devices:
    """Tells whether an input came from a real device or from a program (XTEST), where XInput 2.2 is there."""

    def __init__(self) -> None:
        self._known: dict[Event, bool] = {}
        self._order: deque[Event] = deque()
        self._synthetic: set[int] = set()
        self.heard = False
        with suppress(Exception):  # an old server: nobody tells
            self._display: Any = Display()
            self._begin()
            self.heard = True
            threading.Thread(target=self._listen, daemon=True).start()

    def _begin(self) -> None:
        display = self._display
        opcode = display.display.get_extension_major(xinput.extname)
        version = xinput.XIQueryVersion(display=display.display, opcode=opcode, major_version=2, minor_version=2)
        if (version.major_version, version.minor_version) < (2, 1):
            raise LookupError("raw events name no device")
        mask = xinput.RawKeyPressMask | xinput.RawButtonPressMask | xinput.RawButtonReleaseMask | xinput.RawMotionMask
        display.screen().root.xinput_select_events([(xinput.AllMasterDevices, mask)])
        devices = display.xinput_query_device(xinput.AllDevices).devices
        self._synthetic = {device.deviceid for device in devices if "XTEST" in str(device.name)}
        display.sync()

    def _listen(self) -> None:
        kinds = {
            xinput.RawKeyPress: "key",
            xinput.RawButtonPress: "button",
            xinput.RawButtonRelease: "button",
            xinput.RawMotion: "motion",
        }
        while True:
            event = self._display.next_event()
            if event.type != ge.GenericEventCode or event.evtype not in kinds:
                continue
            _, at, _, source = struct.unpack_from("=HIIH", event.data, 0)
            key = kinds[event.evtype], at
            # Of two events in one millisecond, a real one counts.
            self._known[key] = self._known.get(key, False) or source not in self._synthetic
            self._order.append(key)
            if len(self._order) > 2000:
                self._known.pop(self._order.popleft(), None)

    def real(self, kind: str, at: int, until: float) -> bool | None:
        """Whether a person's own device sent it; None where it isn't known."""
        if not self.heard:
            return None
        while (found := self._known.get((kind, at))) is None and time.monotonic() < until:
            time.sleep(0.002)
        # A program's absolute motion has no raw event at all.
        return found if found is not None or kind != "motion" else False


class Ears:
    """pynput's listeners; each input goes to `inputs` with the kind and the server's time of its event."""

    def __init__(self) -> None:
        self.inputs: queue.SimpleQueue[tuple[Input, str, int]] = queue.SimpleQueue()
        self._held: set[str] = set()
        self._times: dict[str, int] = {}
        self._at = (-math.inf, -math.inf)
        self._listeners: list[Any] = [
            keyboard.Listener(on_press=self._press, on_release=self._release),
            mouse.Listener(on_click=self._click, on_scroll=self._scroll, on_move=self._move),
        ]
        for listener, source in zip(self._listeners, ("key", "mouse"), strict=True):
            self._note_times(listener, source)

    def start(self) -> None:
        for listener in self._listeners:
            listener.start()
        for listener in self._listeners:
            listener.wait()

    def _note_times(self, listener: Any, source: str) -> None:
        """pynput tells no times; the events that it handles have them."""
        handle = listener._handle_message

        def noting(display: Any, event: Any, *more: Any) -> None:
            self._times[source] = event.time
            handle(display, event, *more)

        listener._handle_message = noting

    def alive(self) -> bool:
        return all(listener.is_alive() for listener in self._listeners)

    def _tell(self, kind: Any, source: str, **more: Any) -> None:
        server = self._times.get("key" if source == "key" else "mouse", 0)
        self.inputs.put((Input(kind=kind, at=_monotonic(server), **more), source, server))

    def _press(self, key: Any, *_: object) -> None:
        name = _name(key)
        if name in HOLDING | {"shift"}:
            self._held.add(name)
        chord = HOLDING & self._held or name in NAMES - {"space"}  # a space is a character like others
        held = sorted(self._held - {name})
        self._tell("key", "key", keys=(*held, name) if chord and name else ())

    def _release(self, key: Any, *_: object) -> None:
        self._held.discard(_name(key))

    def _click(self, x: int, y: int, button: Any, pressed: bool, *_: object) -> None:
        if button.name in ("left", "middle", "right"):
            held = tuple(sorted(self._held))
            kind = "press" if pressed else "release"
            self._tell(kind, "button", point=Point(x=x, y=y), button=button.name, keys=held)

    def _scroll(self, x: int, y: int, dx: int, dy: int, *_: object) -> None:
        self._tell("scroll", "button", point=Point(x=x, y=y), dx=dx, dy=-dy)

    def _move(self, x: int, y: int, *_: object) -> None:
        if math.hypot(x - self._at[0], y - self._at[1]) >= _STEP:
            self._at = (x, y)
            self._tell("motion", "motion", point=Point(x=x, y=y))


def _name(key: Any) -> str:
    """A key's name as our actions have it; a character for one that gives it; empty for the rest."""
    if isinstance(key, keyboard.Key):
        first, _, second = key.name.partition("_")
        name = "altgr" if key.name == "alt_gr" else _SAME.get(first, "") or key.name.replace("_", "")
        name = f"page{second}" if first == "page" else "printscreen" if first == "print" else name
        return name if name in NAMES else ""
    if getattr(key, "vk", None) == _SHIFTED_TAB:
        return "tab"
    char = getattr(key, "char", None)
    return char.lower() if isinstance(char, str) and len(char) == 1 else ""


def _monotonic(server: int) -> float:
    """The server's time on our clock: on one machine both are the same, but for the upper bits."""
    now = time.monotonic()
    ago = (int(now * 1000) - server) % 2**32
    return now - ago / 1000 if ago < 5000 else now


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing but inputs may reach the parent, whatever a library prints
    devices, ears = Devices(), Ears()
    ears.start()
    print(READY, file=out, flush=True)
    while ears.alive():
        if select([sys.stdin], [], [], 0)[0]:
            return  # the parent closed it, or is gone
        try:
            said, source, server = ears.inputs.get(timeout=0.2)
        except queue.Empty:
            continue
        real = devices.real(source, server, said.at + _LATE)
        print(said.model_copy(update={"real": real}).model_dump_json(), file=out, flush=True)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
