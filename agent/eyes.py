"""Eyes: the screen and its reader, joined to the looks that the loop takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from agent.config import Settings
from agent.schema import Box, Observation, Screenshot
from agent.screen import Screen, changed_tiles, same_around, settle


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
    ) -> None:
        self._screen, self._reader, self._settings = screen, reader, settings
        self._app_exit, self._stopped = app_exit, stopped
        self._last: Observation | None = None

    def look(self, region: Box | None = None) -> Observation:
        last = self._last
        shot = settle(
            lambda: self._screen.grab(region),
            quiet=self._settings.quiet,
            timeout=self._settings.settle_limit,
            moved_by=self._settings.first_change if last is not None else 0.0,
            before=last.screenshot if last is not None and region is None else None,
            stopped=self._stopped,
            ui_scale=self._screen.ui_scale,
        )
        if last is None or last.screenshot.region != shot.region:
            last, changed = None, (shot.region,)
        else:
            changed = changed_tiles(last.screenshot, shot)
        seen = self._reader.look(shot, last, changed)
        title, _ = self._screen.active_window()
        self._last = seen.model_copy(update={"window": title, "app_exit": self._app_exit()})
        return self._last

    def same_since(self, before: Observation, box: Box) -> bool:
        shot = before.screenshot
        if shot.region.overlap(box).area == 0:
            return True
        return same_around(shot, self._screen.grab(shot.region), box, ui_scale=self._screen.ui_scale)
