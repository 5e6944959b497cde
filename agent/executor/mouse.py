"""The mouse, through pyautogui: real motion on the way, and no button held afterwards."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from agent.executor.keyboard import Interrupted, Refused
from agent.schema import Box, Point

# pyautogui takes along what it needs for screenshots and message boxes (OpenCV, tkinter): slow, and tkinter may
# be missing, which ends the process. A None here makes those imports fail, which pyautogui allows for.
for _unused in ("cv2", "mouseinfo", "pymsgbox", "pyscreeze", "pygetwindow"):
    sys.modules.setdefault(_unused, None)  # pyright: ignore[reportArgumentType]

import pyautogui  # noqa: E402

_pyautogui: Any = pyautogui
FailSafe: type[Exception] = _pyautogui.FailSafeException

_STEP = 0.003
"""Seconds between two points of a motion."""

_DOUBLE = 0.45
"""Two clicks at one place within this time would be taken for a double click."""


class Mouse:
    """Moves, clicks, drags and scrolls."""

    def __init__(self, *, private: bool) -> None:
        """With `private` the fail-safe is off: nobody else moves that pointer."""
        _pyautogui.PAUSE = 0
        _pyautogui.FAILSAFE = not private
        width, height = _pyautogui.size()
        self.desktop = Box(left=0, top=0, width=width, height=height)
        self._safe = private
        self._last_click: tuple[Point, str, float] | None = None

    def fail_safe(self) -> None:
        """Raises FailSafe if a person moved the pointer into a corner."""
        _pyautogui.failSafeCheck()

    def check(self, points: Sequence[Point]) -> None:
        """Raises Refused for points where the pointer can't or mustn't go."""
        for point in points:
            if not self.desktop.contains(point):
                size = f"{self.desktop.width}x{self.desktop.height}"
                raise Refused(f"the point ({point.x}, {point.y}) is outside the desktop of {size} pixels")
            corner = {point.x, self.desktop.right - 1 - point.x} & {0} and {
                point.y,
                self.desktop.bottom - 1 - point.y,
            } & {0}
            if corner and not self._safe:
                raise Refused(f"the corner ({point.x}, {point.y}) is kept for a person who wants to stop us")

    def move(self, point: Point, stopped: Callable[[], bool]) -> None:
        """Go there with motion events on the way (hover menus need them), slowing down at the end."""
        x, y = _pyautogui.position()
        distance = math.hypot(point.x - x, point.y - y)
        steps = min(10, 2 + int(distance / 60)) if distance else 1
        for step in range(1, steps + 1):
            if stopped():
                raise Interrupted("stopped before the pointer arrived")
            part = 1 - (1 - step / steps) ** 2
            _pyautogui.moveTo(round(x + (point.x - x) * part), round(y + (point.y - y) * part))
            if step < steps:
                time.sleep(_STEP)

    def click(self, point: Point, button: str, count: int, stopped: Callable[[], bool]) -> None:
        """Click; never so soon after the last one that it counts as its double."""
        self.move(point, stopped)
        if self._last_click is not None:
            place, same, when = self._last_click
            near = abs(place.x - point.x) <= 8 and abs(place.y - point.y) <= 8
            while near and same == button and time.monotonic() < when + _DOUBLE and not stopped():
                time.sleep(0.02)
        for done in range(count):
            if stopped():
                raise Interrupted("stopped before the click")
            if done:
                time.sleep(0.01)
            try:
                _pyautogui.mouseDown(point.x, point.y, button=button)
                time.sleep(0.01)
            finally:
                _up(point, button)
        self._last_click = point, button, time.monotonic()

    def drag(self, path: Sequence[Point], button: str, stopped: Callable[[], bool]) -> None:
        """Press at the first point, move through the others, release at the last (or where it was stopped)."""
        self.move(path[0], stopped)
        at = path[0]
        try:
            _pyautogui.mouseDown(at.x, at.y, button=button)
            time.sleep(0.04)
            for start, end in pairwise(path):
                steps = max(4, min(24, int(math.hypot(end.x - start.x, end.y - start.y) / 12)))
                for step in range(1, steps + 1):
                    if stopped():
                        raise Interrupted("stopped in the middle of the drag")
                    at = Point(
                        x=round(start.x + (end.x - start.x) * step / steps),
                        y=round(start.y + (end.y - start.y) * step / steps),
                    )
                    _pyautogui.moveTo(at.x, at.y)
                    time.sleep(0.008)
            time.sleep(0.04)
        finally:
            _up(at, button)

    def scroll(self, point: Point, dx: int, dy: int, stopped: Callable[[], bool]) -> None:
        """Turn the wheel notch by notch; down and right are positive."""
        self.move(point, stopped)
        for turn, notches in ((_pyautogui.vscroll, -dy), (_pyautogui.hscroll, dx)):
            for done in range(abs(notches)):
                if stopped():
                    raise Interrupted(f"stopped after {done} of {abs(notches)} notches")
                turn(1 if notches > 0 else -1)
                time.sleep(_STEP)


def _up(point: Point, button: str) -> None:
    """Release a button even while the fail-safe would forbid everything."""
    keep, _pyautogui.FAILSAFE = _pyautogui.FAILSAFE, False
    try:
        _pyautogui.mouseUp(point.x, point.y, button=button)
    finally:
        _pyautogui.FAILSAFE = keep
