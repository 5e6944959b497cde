"""Eyes: captures of the desktop, what changed between two of them, and waiting until nothing does."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Self, cast

import cv2
import mss
import numpy as np
from mss.exception import ScreenShotError

from agent.errors import DisplayMissing
from agent.schema import Box, Pixels, Screenshot

TILE = 32
"""Side of a change-detection tile, in picture pixels."""

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
        x11 = sys.platform.startswith("linux")
        self.name = display or (os.environ.get("DISPLAY", "") if x11 else "")
        if x11 and not self.name:
            raise DisplayMissing("no display is named", "pass --sandbox or --display :N, or set DISPLAY")
        try:
            with _authority(xauthority):
                self._mss = mss.MSS(display=self.name) if x11 else mss.MSS()
                if x11:
                    self._x = _open_xlib(self.name)
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

    def active_window(self) -> tuple[str, Box | None]:
        """Title and box of the active window; empty and None where the display doesn't tell."""
        return _active_window(self._x) if self._x is not None else ("", None)

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


def _property(x: Any, window: Any, name: str) -> Any:
    """Value of a window property, or None."""
    from Xlib import X

    found = window.get_full_property(x.intern_atom(name), X.AnyPropertyType)
    return None if found is None else found.value


def _xft_scale(x: Any) -> float:
    try:
        value = _property(x, x.screen().root, "RESOURCE_MANAGER")
    except Exception:
        return 1.0
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    for line in text.splitlines():
        name, _, dots = line.partition(":")
        if name.strip() == "Xft.dpi":
            with contextlib.suppress(ValueError):
                return min(4.0, max(0.5, float(dots) / 96.0))
    return 1.0


def _active_window(x: Any) -> tuple[str, Box | None]:
    try:
        root = x.screen().root
        active = _property(x, root, "_NET_ACTIVE_WINDOW")
        if not active or not active[0]:
            return "", None
        window = x.create_resource_object("window", active[0])
        title = _property(x, window, "_NET_WM_NAME") or window.get_wm_name() or ""
        if isinstance(title, bytes):
            title = title.decode("utf-8", "replace")
        size = window.get_geometry()
        at = root.translate_coords(window, 0, 0)
        return str(title), Box(left=at.x, top=at.y, width=size.width, height=size.height)
    except Exception:
        # A window that closes between two requests is ordinary.
        return "", None


# ---------------------------------------------------------------- what changed


def _difference(before: Pixels, after: Pixels) -> tuple[int, Pixels] | None:
    """First row that differs and, from there to the last, a mask of the pixels that differ (not 0); None if none."""
    height, width = after.shape[:2]
    if before is after:
        return None
    delta = cv2.absdiff(before, after)
    rows = np.flatnonzero(delta.reshape(height, width * 3).any(axis=1))
    if rows.size == 0:
        return None
    red, green, blue = cv2.split(delta[rows[0] : rows[-1] + 1])
    return int(rows[0]), cast(Pixels, cv2.max(cv2.max(red, green), blue))


def _tiles(mask: Pixels, tile: int) -> Pixels:
    """1 for each tile that holds a set pixel."""
    height, width = mask.shape
    across = np.arange(0, width, tile, dtype=np.intp)
    down = np.arange(0, height, tile, dtype=np.intp)
    most = np.maximum.reduceat(np.maximum.reduceat(mask, down, axis=0), across, axis=1)
    return (most > 0).astype(np.uint8)


def changed_tiles(before: Screenshot | None, after: Screenshot, tile: int = TILE) -> tuple[Box, ...]:
    """Where two captures differ, as desktop boxes that hold every changed pixel tightly; empty if nowhere.

    Tiles that touch (also by a corner) make one box. No earlier capture, or one of another region, means the
    whole region.
    """
    if before is None or before.region != after.region or before.pixels.shape != after.pixels.shape:
        return (after.region,)
    found = _difference(before.pixels, after.pixels)
    if found is None:
        return ()
    first, part = found
    grid = _tiles(part, tile)
    count, labels = cv2.connectedComponents(grid, connectivity=8)
    boxes: list[Box] = []
    for index in range(1, count):
        ty, tx = np.nonzero(labels == index)
        left, top = int(tx.min()) * tile, int(ty.min()) * tile
        cell = part[top : (int(ty.max()) + 1) * tile, left : (int(tx.max()) + 1) * tile]
        ys, xs = np.flatnonzero(cell.any(axis=1)), np.flatnonzero(cell.any(axis=0))
        boxes.append(Box.of(left + xs[0], first + top + ys[0], left + xs[-1] + 1, first + top + ys[-1] + 1))
    return tuple(_to_desktop(box, after) for box in boxes)


def _to_desktop(box: Box, shot: Screenshot) -> Box:
    s = shot.scale
    if s != 1.0:
        box = Box.of(box.left // s, box.top // s, -(-box.right // s), -(-box.bottom // s))
    return box.shift(shot.region.left, shot.region.top)


def only_caret(before: Screenshot, after: Screenshot, ui_scale: float = 1.0) -> bool:
    """Whether all that differs is one upright bar of one colour: a caret that blinks (false if nothing differs)."""
    boxes = changed_tiles(before, after)
    return len(boxes) == 1 and is_caret(before, after, boxes[0], ui_scale)


def is_caret(before: Screenshot, after: Screenshot, box: Box, ui_scale: float = 1.0) -> bool:
    """Whether the change in a box (a tight one, from `changed_tiles`) is an upright bar that came or went."""
    width, height = box.width * after.scale, box.height * after.scale
    if not (width <= 3 * ui_scale and 8 <= height <= 60 * ui_scale and height >= 4 * width):
        return False
    # The bar itself has one colour in the picture where it shows; what it covers may have any.
    return any(int(np.ptp(crop, axis=0).max()) <= 8 for crop in (before.crop(box), after.crop(box)) if crop.size)


def same_around(before: Screenshot, after: Screenshot, box: Box, margin: int = 4, ui_scale: float = 1.0) -> bool:
    """Whether a box (and `margin` pixels round it) still looks as it did, a blinking caret aside."""
    if before.region != after.region or before.pixels.shape != after.pixels.shape:
        return False
    area = after.region.overlap(box.grow(margin))
    if area.area == 0:
        return True
    old, new = (Screenshot(pixels=shot.crop(area), region=area) for shot in (before, after))
    if old.pixels.shape != new.pixels.shape:
        return False
    boxes = changed_tiles(old, new)
    return not boxes or (len(boxes) == 1 and is_caret(before, after, boxes[0], ui_scale))


# ---------------------------------------------------------------- waiting

_SPINNER_AFTER = 0.8
"""A small place that has kept changing alone for so many seconds is a spinner or a clock."""
_SPINNER_SIDE = 120
_CALM_POLLS, _FIRST_POLLS = 3, 5
"""So many captures without a change tell rest, and that nothing will move: where the machine is overloaded, seconds
alone tell of nobody having drawn or looked."""
_POLL = 0.02
_LONGEST_PAUSE = 0.4
"""Seconds: what moves in slower steps than half of these is not waited for."""


class _Quiet:
    """Judges from the changes between polls since when the screen has been quiet."""

    def __init__(self, now: float, ui_scale: float) -> None:
        self.since = now
        self.pause = 0.0
        """The longest time between two changes: one that comes in steps is over when nothing came for longer."""
        self._changed = False
        self._scale = ui_scale
        self._small: Box | None = None
        self._small_from = now

    def note(self, before: Screenshot, after: Screenshot, boxes: tuple[Box, ...], now: float) -> None:
        if not boxes or (len(boxes) == 1 and is_caret(before, after, boxes[0], self._scale)):
            return
        if self._periodic(boxes, now):
            return
        if self._changed:
            self.pause = max(self.pause, now - self.since)
        self.since, self._changed = now, True

    def _periodic(self, boxes: tuple[Box, ...], now: float) -> bool:
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.union(box)
        grown = whole if self._small is None else self._small.union(whole)
        limit = _SPINNER_SIDE * self._scale
        if max(grown.width, grown.height) <= limit:
            if self._small is None:
                self._small_from = now
            self._small = grown
            return now - self._small_from >= _SPINNER_AFTER
        # It moved elsewhere: start over, from this change if it is small itself.
        self._small = whole if max(whole.width, whole.height) <= limit else None
        self._small_from = now
        return False


class Settling:
    """Waits for a screen to come to rest, in stages: what rests already may be looked at before it is sure."""

    def __init__(
        self,
        grab: Callable[[], Screenshot],
        *,
        timeout: float = 3.0,
        moved_by: float = 0.0,
        before: Screenshot | None = None,
        stopped: Callable[[], bool] = lambda: False,
        ui_scale: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`before` is a capture from before the action that is waited for; if it (or, without it, the first capture)
        still looks the same, wait up to `moved_by` seconds for a first change. All times are seconds."""
        self._grab, self._clock, self._sleep, self._stopped = grab, clock, sleep, stopped
        self._timeout, self._moved_by, self._before, self._scale = timeout, moved_by, before, ui_scale
        self._start = clock()
        self._last = grab()
        self._judge = _Quiet(self._start, ui_scale)
        self._polls = self._calm = 0
        self._moved = moved_by <= 0 or (before is not None and _really_moved(before, self._last, ui_scale))

    def until(self, quiet: float) -> Screenshot:
        """Capture until nothing but a caret, a spinner or a clock has changed for `quiet` seconds; the last capture.

        Returns at the timeout whatever moves, and at once when stopped.
        """
        pause = 0.01
        while not self._stopped():
            now = self._clock()
            if self._rests(quiet, now) or now - self._start >= self._timeout:
                break
            self._sleep(pause)
            pause = 0.01 if self.poll() else min(pause * 1.3, 0.03)
        return self._last

    def _rests(self, quiet: float, now: float) -> bool:
        """Whether it has been quiet long enough, measured by how it moved before and by how often one could look."""
        long = max(quiet, min(2 * self._judge.pause, _LONGEST_PAUSE)) if quiet >= _CALM_POLLS * _POLL else quiet
        if now - self._judge.since < long or self._calm < min(_CALM_POLLS, int(quiet / _POLL)):
            return False
        return self._moved or (now - self._start >= self._moved_by and self._polls >= _FIRST_POLLS)

    def poll(self) -> bool:
        """Capture once more; whether anything at all has changed since the last capture."""
        shot = self._grab()
        boxes = changed_tiles(self._last, shot)
        self._polls, self._calm = self._polls + 1, self._calm + 1
        if boxes:
            was = self._judge.since
            self._judge.note(self._last, shot, boxes, self._clock())
            if self._judge.since != was:
                self._calm = 0
            since = self._before or self._last
            self._moved = self._moved or self._judge.since > self._start or _really_moved(since, shot, self._scale)
        self._last = shot
        return bool(boxes)


def settle(
    grab: Callable[[], Screenshot],
    *,
    quiet: float = 0.1,
    timeout: float = 3.0,
    moved_by: float = 0.0,
    before: Screenshot | None = None,
    stopped: Callable[[], bool] = lambda: False,
    ui_scale: float = 1.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Screenshot:
    """Wait for rest in one stage: see `Settling`."""
    waiting = Settling(
        grab,
        timeout=timeout,
        moved_by=moved_by,
        before=before,
        stopped=stopped,
        ui_scale=ui_scale,
        clock=clock,
        sleep=sleep,
    )
    return waiting.until(quiet)


def same_but_caret(before: Screenshot, after: Screenshot, ui_scale: float = 1.0) -> bool:
    """Whether nothing but a blinking caret differs."""
    return not _really_moved(before, after, ui_scale)


def _really_moved(before: Screenshot, after: Screenshot, ui_scale: float) -> bool:
    boxes = changed_tiles(before, after)
    return bool(boxes) and not (len(boxes) == 1 and is_caret(before, after, boxes[0], ui_scale))
