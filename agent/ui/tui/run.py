"""The screen of one run: what the agent sees, thinks, does, and asks."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol, cast

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from agent.brake import Brake
from agent.events import Note, Observed, Subscriber
from agent.gate import Approver
from agent.schema import Limits, Result
from agent.ui.tui.approval import ApprovalScreen
from agent.ui.tui.approver import Answered, Asked, Leave, TuiApprover, Turn
from agent.ui.tui.board import Board
from agent.ui.tui.by_hand import ByHand
from agent.ui.tui.closeup import closeup, place_of
from agent.ui.tui.feed import Feed
from agent.ui.tui.lines import TextView, visible
from agent.ui.tui.marks import Mark
from agent.ui.tui.pace import Pace
from agent.ui.tui.picture import Picture
from agent.ui.tui.steps import StepList

TICK = 0.2
"""Seconds between two looks at what the loop told."""
_THOUGHT = 4000
"""Characters of thinking that are shown; the last ones."""

Ended = Result | Exception
"""How a run ended; an exception where it could not start or failed by an error of our own."""


class Going(Protocol):
    def go(self) -> Result: ...


Start = Callable[[Approver, Sequence[Subscriber], Brake], AbstractContextManager[Going]]
"""Makes the run, with its approver, its watchers and its brake."""


class RunEndedHere(Message):
    """The run is over and has cleaned up after itself."""


LOW, TINY = 34, 14
"""Rows of the terminal below which the close-up, and below which all pictures are left out."""


class RunScreen(Screen[Ended]):
    """Runs a task in a thread of its own and shows it; dismissed with how it ended."""

    CSS = """
    #head, #budget { height: 1; width: 1fr; }
    #head { background: $boost; }
    #top { height: 3fr; }
    #screen { width: 3fr; }
    #side { width: 2fr; padding: 0 0 0 1; }
    #crop { height: 1fr; max-height: 10; }
    StepList { height: 2fr; border-top: solid $primary; }
    RunScreen.-low #crop, RunScreen.-low #fields { display: none; }
    RunScreen.-low.showing-fields #fields { display: block; }
    RunScreen.showing-fields #thought { display: none; }
    RunScreen.-tiny #top { display: none; }
    RunScreen.no-thought #thought { display: none; }
    """
    AUTO_FOCUS = "#steps"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop"),
        Binding("ctrl+c", "stop", show=False, priority=True),
        Binding("p", "pause", "Pause, take over"),
        Binding("l", "thought", "Thought"),
        Binding("f", "fields", "Fields"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(
        self,
        start: Start,
        *,
        limits: Limits | None = None,
        private: bool = True,
        ask_limit: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
    ) -> None:
        super().__init__()
        self._start, self._private, self._clock = start, private, clock
        self._pace = pace or Pace()
        self._brake, self._feed = Brake(), Feed()
        self.board = Board(limits or Limits())
        self._approver = TuiApprover(self._post, self._brake, ask_limit, clock)
        self._worker = threading.Thread(target=self._go, name="run", daemon=False)
        self._ended: Ended | None = None
        self._leaving = False
        self._began, self._seconds = clock(), 0.0
        self._waited = 0.0
        """Seconds that the person took so far."""
        self._thought = ""
        self._shown: Observed | None = None
        self._stale = True
        """The picture on the screen is not the last one, or its marks aren't."""

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with Horizontal(id="top"):
            yield Picture(id="screen")
            with Vertical(id="side"):
                yield Picture(id="crop")
                yield TextView(id="thought", wrap=True)
                yield TextView(id="fields", follow=False, wrap=True)
        yield ByHand(id="charge")
        yield StepList(id="steps")
        yield Static(id="budget")
        yield Footer()

    @property
    def ended(self) -> Ended | None:
        """How the run ended; None while it goes on."""
        return self._ended

    @property
    def in_charge(self) -> bool:
        """Whether the person acts, not the agent."""
        return self.query_one(ByHand).in_charge

    @property
    def asks_by_hand(self) -> bool:
        """Whether what the person does now would be taken."""
        return self.query_one(ByHand).open

    # ------------------------------------------------------------ the run's thread

    def _go(self) -> None:
        try:
            with self._start(self._approver, [self._feed], self._brake) as run:
                self._ended = run.go()
        except Exception as error:
            self._ended = error
        self._post(RunEndedHere())

    def _post(self, message: Message) -> bool:
        """Tell the screen something, from any thread; False where it is gone."""
        with contextlib.suppress(RuntimeError):  # no app, or its event loop is closed
            return self.is_attached and self.post_message(message)
        return False

    def note(self, note: Note) -> None:
        """Show something among the steps; may be called from any thread."""
        self._feed(note)

    def finish(self) -> Ended:
        """Stop the run if it still goes on, wait for its end, and say how it ended; may be called without an app."""
        self._approver.close()
        if self._ended is None:
            self._brake.pull()
        if self._worker.ident is not None:
            self._worker.join()
        return self._ended or Result(status="stopped", reason="stopped before the run began")

    # ------------------------------------------------------------ life

    def on_mount(self) -> None:
        self._began = self._clock()
        self._worker.start()
        self.set_interval(TICK, self.refresh_all)
        self.refresh_all()

    def on_unmount(self) -> None:
        """The screen is gone, however that came: nobody can be asked, and nobody watches."""
        self._approver.close()
        if self._ended is None:
            self._brake.pull()

    def on_screen_suspend(self) -> None:
        self._veil(True)

    def on_screen_resume(self) -> None:
        self._veil(False)

    def _veil(self, covered: bool) -> None:
        for picture in self.query(Picture):
            picture.cover(covered)

    def on_resize(self) -> None:
        self.set_class(self.size.height < LOW, "-low")
        self.set_class(self.size.height < TINY or self.size.width < 2 * TINY, "-tiny")
        self._stale = True

    def on_run_ended_here(self) -> None:
        self.refresh_all()
        if isinstance(self._ended, Exception):
            error = Note(level="error", text=f"{self._ended}" or repr(self._ended))
            self.query_one(StepList).tell(error)
        self.query_one(ByHand).leave()
        if self._leaving:
            self._leave()

    def _leave(self) -> None:
        if self._ended is not None:
            self.dismiss(self._ended)

    # ------------------------------------------------------------ questions

    def on_asked(self, message: Asked) -> None:
        self.refresh_all(picture=True)
        match message.question:
            case Leave() as leave if not leave.settled:
                told = self.board.proposal if self.board.step == leave.request.number else None
                look = self._feed.newest
                shot = look.screenshot if look else None
                self._app().push_screen(ApprovalScreen(leave, told=told, shot=shot, clock=self._clock))
            case Turn() as turn if not turn.settled:
                self.query_one(ByHand).ask(turn, self._private)
                self._stale = True
                self.refresh_all(picture=True)
            case _:
                pass

    def on_answered(self, message: Answered) -> None:
        screen = self._app().screen
        if isinstance(screen, ApprovalScreen) and screen.asks(message.question):
            screen.dismiss()
        self.query_one(ByHand).answered(message.question)
        self.refresh_all()

    def on_picture_clicked(self, event: Picture.Clicked) -> None:
        if event.picture.id == "screen" and self._shown is not None:
            place = self._shown.screenshot.to_screen(event.u, event.v)
            self.query_one(ByHand).clicked(place, event.button, event.chain, event.held)

    def on_picture_dragged(self, event: Picture.Dragged) -> None:
        if event.picture.id == "screen" and self._shown is not None:
            path = [self._shown.screenshot.to_screen(u, v) for u, v in event.path]
            self.query_one(ByHand).dragged(path, event.button)

    def on_picture_scrolled(self, event: Picture.Scrolled) -> None:
        if event.picture.id == "screen" and self._shown is not None:
            self.query_one(ByHand).scrolled(self._shown.screenshot.to_screen(event.u, event.v), event.down)

    def _app(self) -> App[object]:
        return cast("App[object]", self.app)  # pyright: ignore[reportUnknownMemberType]

    # ------------------------------------------------------------ keys

    def action_stop(self) -> None:
        self._brake.pull()
        self.refresh_all()

    def action_pause(self) -> None:
        if self._ended is None and not self.in_charge:
            self._brake.pause("the person took over")
            self.refresh_all()

    def action_quit(self) -> None:
        """Close the screen; a run that still goes on is stopped first, and nothing is approved."""
        self._leaving = True
        self._brake.pull()
        self._leave()
        self.refresh_all()

    def action_thought(self) -> None:
        self.toggle_class("no-thought")

    def action_fields(self) -> None:
        self.toggle_class("showing-fields")

    # ------------------------------------------------------------ showing

    def refresh_all(self, *, picture: bool = False) -> None:
        """Show what the loop told since the last time; the picture only as often as its pace allows."""
        if not self.is_mounted:
            return
        batch = self._feed.take()
        for event in batch.events:
            self.board.take(event)
        self.query_one(StepList).tell(*batch.events)
        if batch.look is not None or batch.events:
            self._stale = True
        if batch.thought or any(event.kind in ("proposed", "run_ended") for event in batch.events):
            self._think(batch.thought)
        if any(event.kind in ("fields_read", "proposed") for event in batch.events):
            self.query_one("#fields", TextView).update(self.board.fields_text())
        self._update("#head", self.board.head(self._doing(), self.size.width))
        if self._ended is None:
            self._waited = self._approver.waited
            self._seconds = self._clock() - self._began - self._waited
        self._update("#budget", self.board.budget(self._seconds, self._waited))
        if self._stale and (picture or self._pace.due()):
            self._show_picture()

    def _update(self, selector: str, text: Text) -> None:
        """Change a line that keeps its size; what it shows already costs nothing."""
        line = self.query_one(selector, Static)
        if line.content != text:
            line.update(text, layout=False)

    def _doing(self) -> str:
        if self._ended is not None:
            return "ended"
        if self._brake.stop.is_set():
            return "stopping"
        if self.in_charge:
            return "you are in charge"
        return "pausing" if self._brake.paused else ""

    def _think(self, more: str) -> None:
        proposal = self.board.proposal
        if more:
            self._thought = (self._thought + more)[-_THOUGHT:]
            shown = self._thought
        else:
            self._thought, shown = "", proposal.thought if proposal else ""
        if self.board.result is not None:
            shown = self.board.result.reason
        self.query_one("#thought", TextView).update(visible(shown))

    def _show_picture(self) -> None:
        look = self._feed.newest
        if look is None:
            return
        self._stale = False
        self._shown = look
        shot = look.screenshot
        proposal = None if self.in_charge or self.board.result else self.board.proposal
        box, point = place_of(proposal) if proposal else (None, None)
        aimed = bool(box or point)
        self.query_one("#screen", Picture).show(shot.pixels, [Mark.on(shot, box, point)] if aimed else [])
        crop = self.query_one("#crop", Picture)
        if aimed and crop.display:
            part = closeup(shot, box, point, crop.capacity())
            crop.show(part.pixels, [Mark.on(part, box, point)])
        elif not aimed:
            crop.show(None)
