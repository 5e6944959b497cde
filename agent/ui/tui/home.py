"""`deskhand ui`: start a run, watch it, and look at past ones."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, TabbedContent, TabPane

from agent.app import RunOptions
from agent.config import Settings
from agent.schema import Result
from agent.ui.tui.app import ENDINGS
from agent.ui.tui.graphics import PictureApp, find_graphics
from agent.ui.tui.history import PastRuns, PastScreen
from agent.ui.tui.run import Ended, RunScreen
from agent.ui.tui.start import StartForm
from agent.ui.tui.start_run import screen_of


class HomeScreen(Screen[None]):
    """Two tabs: a run to start, and those that there were."""

    CSS = "HomeScreen TabPane { padding: 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "start", "Start"),
        Binding("ctrl+n", "tab('start')", "New run"),
        Binding("ctrl+o", "tab('past')", "Past runs"),
        Binding("ctrl+q", "app.quit", "Quit", priority=True),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def compose(self) -> ComposeResult:
        with TabbedContent():
            with TabPane("New run", id="start"):
                yield StartForm()
            with TabPane("Past runs", id="past"):
                yield PastRuns(self._settings.traces)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#task").focus()

    def action_start(self) -> None:
        self.query_one(TabbedContent).active = "start"
        self.query_one(StartForm).submit()

    def action_tab(self, name: str) -> None:
        self.query_one(TabbedContent).active = name

    @on(TabbedContent.TabActivated)
    def _turned(self, event: TabbedContent.TabActivated) -> None:
        past = event.pane.id == "past"
        if past:
            self.query_one(PastRuns).reload()
        self.query_one("#runs" if past else "#task").focus()

    def ended(self, ended: Ended | None) -> None:
        """Say how a run ended, where it was asked for."""
        form = self.query_one(StartForm)
        match ended:
            case Result(status="done", reason=reason):
                self.notify(f"done: {reason}", markup=False)
            case Result(status=status, reason=reason):
                form.complain({"": f"{status}: {reason}"})
            case Exception() as error:
                form.complain({"": f"{error}" or repr(error)})
            case None:
                pass
        self.query_one(PastRuns).reload()


class HomeApp(PictureApp[None]):
    """The screens of `deskhand ui`. Whoever runs it calls `finish` afterwards."""

    TITLE = "Deskhand"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False)]

    def __init__(self, settings: Settings, make: Callable[[RunOptions, Settings], RunScreen] = screen_of) -> None:
        super().__init__()
        self.animation_level = "none"
        self._settings, self._make = settings, make
        self._run: RunScreen | None = None

    async def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ENDINGS:
            with contextlib.suppress(ValueError, RuntimeError):  # not the main thread: no signals here
                loop.add_signal_handler(number, self.exit)
        self.push_screen(HomeScreen(self._settings))

    @on(StartForm.Ready)
    def _start(self, event: StartForm.Ready) -> None:
        if isinstance(self.screen, HomeScreen):
            self._run = self._make(event.options, self._settings)
            self.push_screen(self._run, self.screen.ended)

    @on(PastRuns.Opened)
    def _open(self, event: PastRuns.Opened) -> None:
        self.push_screen(PastScreen(event.folder))

    def finish(self) -> None:
        """Stop the run that still goes on, if any, and wait for its end."""
        if self._run is not None:
            self._run.finish()


def home(settings: Settings) -> None:
    """Show the screens until the person leaves; nothing goes on afterwards."""
    app = HomeApp(settings)
    app.graphics = find_graphics(settings.graphics)
    try:
        app.run()
    finally:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)  # it is ending already
        app.finish()
