"""Waiting until nothing on the screen changes any more, but carets, spinners and clocks."""

from __future__ import annotations

import time
from collections.abc import Callable

from agent.changes import changed_tiles, is_caret, same_but_caret
from agent.schema import Box, Screenshot

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
        self._moved = moved_by <= 0 or (before is not None and not same_but_caret(before, self._last, ui_scale))

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
            self._moved = self._moved or self._judge.since > self._start or not same_but_caret(since, shot, self._scale)
        self._last = shot
        return bool(boxes)
