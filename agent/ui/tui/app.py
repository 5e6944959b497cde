"""The screen of one run as a program of its own: `deskhand run --ui`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from types import FrameType

from textual.app import App
from textual.driver import Driver

from agent.ui.tui.run import Ended, RunScreen
from agent.ui.tui.terminal import check_terminal, lasting

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end the run: asked to, or the terminal is gone."""


class DeskhandApp(App[Ended]):
    """Shows one run, and ends with how the run ended."""

    TITLE = "Deskhand"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, run: RunScreen) -> None:
        super().__init__()
        self.animation_level = "none"
        self.run_screen = run

    def get_driver_class(self) -> type[Driver]:
        return lasting(super().get_driver_class())

    async def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ENDINGS:
            with contextlib.suppress(ValueError, RuntimeError):  # not the main thread: no signals here
                loop.add_signal_handler(number, self.run_screen.action_quit)
        self.push_screen(self.run_screen, self.exit)

    async def action_quit(self) -> None:
        self.run_screen.action_quit()


def watch(screen: RunScreen) -> Ended:
    """Show a run at the terminal until it has ended and the person has seen it. Raises BadInput without a terminal."""
    check_terminal()
    app = DeskhandApp(screen)
    try:
        app.run()
    finally:
        for number in ENDINGS:
            signal.signal(number, _ignore)  # it is ending already
        ended = screen.finish()
    return ended


def _ignore(number: int, frame: FrameType | None) -> None:
    pass
