"""Eyes: the screen and its reader, joined to the looks that the loop takes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Protocol

from agent.changes import changed_tiles, same_around, same_but_caret
from agent.config import Settings
from agent.errors import Stopped
from agent.front import Front
from agent.schema import Box, Observation, Screenshot
from agent.screen import Screen
from agent.settling import Settling

EARLY = 0.03
"""Seconds without change after which a small change is read, though the screen may not have settled."""
TICK = 0.03
"""Seconds after which who waits for a reading sees that the run was stopped."""
SMALL = 0.1
"""Share of the screen up to which a change is small."""


class Reader(Protocol):
    def look(self, screenshot: Screenshot, previous: Observation | None, changed: tuple[Box, ...]) -> Observation: ...


class ScreenEyes:
    """Looks at one display; `app_exit` tells the exit code of the application once it has ended."""

    def __init__(
        self,
        screen: Screen,
        reader: Reader,
        settings: Settings,
        *,
        app_exit: Callable[[], int | None] = lambda: None,
        stopped: Callable[[], bool] = lambda: False,
        front: Front | None = None,
    ) -> None:
        """`front` brings back the window of the last look, on a desktop that people share with us."""
        self._front = front
        self._screen, self._reader, self._settings = screen, reader, settings
        self._app_exit, self._stopped = app_exit, stopped
        self._last: Observation | None = None
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading")

    def look(self, region: Box | None = None) -> Observation:
        last = self._last
        waiting = Settling(
            lambda: self._screen.grab(region),
            timeout=self._settings.settle_limit,
            moved_by=self._settings.first_change if last is not None else 0.0,
            before=last.screenshot if last is not None and region is None else None,
            stopped=self._stopped,
            ui_scale=self._screen.ui_scale,
        )
        seen = self._read_early(waiting, last)
        shot = waiting.until(self._settings.quiet)
        if seen is None or not same_but_caret(seen.screenshot, shot, self._screen.ui_scale):
            seen = self._read(shot, seen or last)
        if last is not None and seen.screenshot.region == last.screenshot.region:
            # What is told as changed is told against the look that the loop knows of.
            seen = seen.model_copy(update={"changed": changed_tiles(last.screenshot, seen.screenshot)})
        if self._front is not None:
            self._front.mark()
        there = self._screen.standing()
        told = {"window": there.title, "application": there.application, "own": there.own, "panes": there.panes}
        self._last = seen.model_copy(update={**told, "app_exit": self._app_exit()})
        return self._last

    def _read_early(self, waiting: Settling, last: Observation | None) -> Observation | None:
        """A reading of the screen that may not have come to rest yet, made while waiting; None where it isn't worth it.

        Mostly the screen rests by then and stays as it was read. A large change takes long to read, and twice as long
        to read twice.
        """
        if last is None:
            return None
        shot = waiting.until(min(EARLY, self._settings.quiet))
        if shot.region != last.screenshot.region:
            return None
        if sum(box.area for box in changed_tiles(last.screenshot, shot)) > SMALL * shot.region.area:
            return None
        seen = self._read(shot, last)
        waiting.poll()
        return seen

    def _read(self, shot: Screenshot, last: Observation | None) -> Observation:
        """Read a picture; a stop doesn't wait for the half second that a whole screen takes. Raises Stopped."""
        if last is None or last.screenshot.region != shot.region:
            reading = self._pool.submit(self._reader.look, shot, None, (shot.region,))
        else:
            reading = self._pool.submit(self._reader.look, shot, last, changed_tiles(last.screenshot, shot))
        while not wait([reading], TICK).done:
            if self._stopped():
                raise Stopped("stopped while the screen was read")
        return reading.result()

    def same_since(self, before: Observation, box: Box | None) -> bool:
        if self._front is not None and not self._front.back():
            return False
        if box is None:
            return True
        shot = before.screenshot
        if shot.region.overlap(box).area == 0:
            return True
        return same_around(shot, self._screen.grab(shot.region), box, ui_scale=self._screen.ui_scale)
