"""The terminal (or the browser) under a screen: whether there is one, and what happens when it is lost."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO, cast

from textual.app import App
from textual.driver import Driver
from textual.messages import ExitApp

from agent.errors import BadInput


def check_terminal(option: str = "--ui") -> None:
    """Raises BadInput where no screen can be drawn, saying what to do instead."""
    if "TEXTUAL_DRIVER" in os.environ:
        return  # a browser stands for the terminal
    instead = "leave it out, or use --plain for questions line by line"
    if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        raise BadInput(f"{option} needs a terminal, for its keys and for its screen: {instead}")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise BadInput(f"{option} can't draw on this terminal (TERM={os.environ.get('TERM', '')}): {instead}")


class Lossy:
    """A terminal's file that drops what can't be written any more: who hangs up can't be shown anything.

    Textual's writer ends at the first such error, and the next thirty writes would hang the app that should end.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()


def lasting(driver: type[Driver]) -> type[Driver]:
    """The driver, made to outlive its terminal or its browser's server; others are left as they are."""
    try:
        from textual.drivers.linux_driver import LinuxDriver  # not on Windows
    except ImportError:
        return driver
    if driver is LinuxDriver:
        return _at_terminal()
    return _in_browser() if driver.__name__ == "WebDriver" else driver


def _at_terminal() -> type[Driver]:
    from textual.drivers.linux_driver import LinuxDriver

    class Lasting(LinuxDriver):
        def __init__(
            self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
        ) -> None:
            super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
            self._file = cast("IO[str]", Lossy(self._file))

    return Lasting


def _in_browser() -> type[Driver]:
    from textual.drivers.web_driver import WebDriver

    class Tethered(WebDriver):
        """Ends its app once the server is gone, however that came: nobody could see a question, or answer it."""

        def __init__(
            self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
        ) -> None:
            super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
            self._write = self._try

        def _try(self, data: bytes) -> int:
            with contextlib.suppress(OSError):
                return os.write(self.fileno, data)
            return len(data)

        def run_input_thread(self) -> None:
            super().run_input_thread()
            if not self.exit_event.is_set():  # the server's end of the pipe was closed
                self._app.post_message(ExitApp())

    return Tethered
