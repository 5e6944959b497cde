"""Captures of the desktop, and what the display tells of its windows."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import Any, Self, cast

import cv2
import mss
import numpy as np
from mss.exception import ScreenShotError

from agent.errors import DisplayMissing
from agent.schema import Box, Pixels, Screenshot
from agent.windows import Standing, Windows, property_of

_environment = threading.Lock()


@contextlib.contextmanager
def _authority(path: str | None) -> Generator[None]:
    """Both libxcb and python-xlib take the cookie file from XAUTHORITY and from nowhere else."""
    if path is None:
        yield
        return
    with _environment:
        before = os.environ.get("XAUTHORITY")
        os.environ["XAUTHORITY"] = path
        try:
            yield
        finally:
            if before is None:
                os.environ.pop("XAUTHORITY", None)
            else:
                os.environ["XAUTHORITY"] = before


class Screen:
    """The whole desktop over all monitors; `display` and `xauthority` name an X display other than one's own."""

    def __init__(
        self, display: str | None = None, *, xauthority: str | None = None, ui_scale: float | None = None
    ) -> None:
        """Connect. Raises DisplayMissing if there is no such display."""
        self._given_scale = ui_scale
        self._x: Any = None
        self._windows: Windows | None = None
        x11 = sys.platform.startswith("linux")
        self.name = display or (os.environ.get("DISPLAY", "") if x11 else "")
        if x11 and not self.name:
            raise DisplayMissing("no display is named", "pass --sandbox or --display :N, or set DISPLAY")
        try:
            with _authority(xauthority):
                self._mss = mss.MSS(display=self.name) if x11 else mss.MSS()
                if x11:
                    self._x = _open_xlib(self.name)
                    self._windows = Windows(self._x)
        except Exception as error:
            # Three libraries with error classes of their own stand behind these two lines.
            raise DisplayMissing(
                f"display {self.name or '(default)'} can't be opened: {error}",
                "start it, or check its number and XAUTHORITY",
            ) from error

    @property
    def monitors(self) -> tuple[Box, ...]:
        """Each monitor in desktop pixels; coordinates may be negative."""
        everything = [_monitor_box(m) for m in self._mss.monitors]
        return tuple(everything[1:]) or tuple(everything)

    @property
    def bounds(self) -> Box:
        """The virtual desktop over all monitors."""
        return _monitor_box(self._mss.monitors[0])

    @property
    def ui_scale(self) -> float:
        """How much larger than usual programs draw (1.0 is 96 dots per inch): given, or told by Xft.dpi."""
        if self._given_scale is not None:
            return self._given_scale
        return _xft_scale(self._x) if self._x is not None else 1.0

    def grab(self, region: Box | None = None) -> Screenshot:
        """Capture a region, clamped to the desktop (all of it by default). Raises DisplayMissing if it is gone."""
        bounds = self.bounds
        region = bounds if region is None else bounds.overlap(region)
        if region.area == 0:
            raise ValueError("the region lies outside the desktop")
        try:
            shot = self._mss.grab(
                {"left": region.left, "top": region.top, "width": region.width, "height": region.height}
            )
        except ScreenShotError as error:
            raise DisplayMissing(f"display {self.name} can't be captured any more: {error}") from error
        raw = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
        pixels = cast(Pixels, cv2.cvtColor(raw, cv2.COLOR_BGRA2RGB))
        return Screenshot(pixels=pixels, region=region, taken_at=time.monotonic())

    def watch(self, *, pid: int | None = None, started: Callable[[], Iterable[int]] = lambda: ()) -> None:
        """Tell own windows from others' from now on: those of a process, or else of what is active at the first look.

        `started`: the windows that came with the process. Until then everything counts as own.
        """
        if self._x is not None:
            self._windows = Windows(self._x, private=False, pid=pid, started=started)

    def standing(self) -> Standing:
        """What the display tells of its windows."""
        return self._windows.standing() if self._windows is not None else Standing()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._mss.close()
        if self._x is not None:
            with contextlib.suppress(Exception):
                self._x.close()
            self._x = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _monitor_box(monitor: Any) -> Box:
    return Box(left=monitor["left"], top=monitor["top"], width=monitor["width"], height=monitor["height"])


# ---------------------------------------------------------------- what X tells


def _open_xlib(name: str) -> Any:
    from Xlib.display import Display

    return Display(name)


def _xft_scale(x: Any) -> float:
    try:
        value = property_of(x, x.screen().root, "RESOURCE_MANAGER")
    except Exception:
        return 1.0
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    for line in text.splitlines():
        name, _, dots = line.partition(":")
        if name.strip() == "Xft.dpi":
            with contextlib.suppress(ValueError):
                return min(4.0, max(0.5, float(dots) / 96.0))
    return 1.0
