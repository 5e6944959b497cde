"""How often the picture is drawn: never so often that drawing takes more than its share of a processor."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST = 0.25
"""Seconds between two pictures at least."""
SHARE = 0.05
"""Of one processor, that the screen may take while pictures come."""


class Pace:
    """Says whether another picture is due. `spent` gives the processor seconds of the thread that draws."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, spent: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock, self._spent = clock, spent
        self._drawn: tuple[float, float] | None = None

    def due(self) -> bool:
        """Whether it is time; asked in the thread that draws. A yes counts as drawn."""
        now, spent = self._clock(), self._spent()
        if self._drawn is not None:
            at, before = self._drawn
            if now - at < max(LEAST, (spent - before) / SHARE):
                return False
        self._drawn = now, spent
        return True
