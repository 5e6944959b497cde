"""The screen of one run as a program of its own: `deskhand run --ui`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections import deque
from collections.abc import Generator
from types import FrameType

from agent.events import Note
from agent.ui.tui.asking import Wish
from agent.ui.tui.graphics import PictureApp, find_graphics
from agent.ui.tui.run import Ended, RunScreen
from agent.ui.tui.terminal import check_terminal

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end the run: asked to, or the terminal is gone."""


class DeskhandApp(PictureApp[Ended]):
    """Shows one run, and ends with how the run ended."""

    TITLE = "Deskhand"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, run: RunScreen) -> None:
        super().__init__()
        self.animation_level = "none"
        self.run_screen = run

    async def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ENDINGS:
            with contextlib.suppress(ValueError, RuntimeError):  # not the main thread: no signals here
                loop.add_signal_handler(number, self.run_screen.action_quit)
        self.push_screen(self.run_screen, self.exit)

    async def action_quit(self) -> None:
        self.run_screen.action_quit()


def watch(screen: RunScreen, graphics: Wish = "auto") -> Ended:
    """Show a run at the terminal until it has ended and the person has seen it. Raises BadInput without a terminal."""
    check_terminal()
    app = DeskhandApp(screen)
    app.graphics = find_graphics(graphics)
    try:
        with _log_aside(screen):
            app.run()
    finally:
        for number in ENDINGS:
            signal.signal(number, _ignore)  # it is ending already
        ended = screen.finish()
    return ended


class _Aside(logging.Handler):
    """Shows what is logged among the steps, and keeps it for later: on the terminal it would tear the screen."""

    def __init__(self, screen: RunScreen) -> None:
        super().__init__()
        self.records: deque[logging.LogRecord] = deque(maxlen=1000)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self._screen.note(Note(level="warning", text=f"{record.name}: {record.getMessage()}"))


@contextlib.contextmanager
def _log_aside(screen: RunScreen) -> Generator[None]:
    root = logging.getLogger()
    kept, aside = root.handlers[:], _Aside(screen)
    root.handlers[:] = [aside]
    try:
        yield
    finally:
        root.handlers[:] = kept
        for record in aside.records:
            root.handle(record)


def _ignore(number: int, frame: FrameType | None) -> None:
    pass
