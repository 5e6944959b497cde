"""Asking a person at the terminal. Nothing is ever taken for a yes but a yes."""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Protocol

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.describe import clip, plain
from agent.errors import Stopped
from agent.events import Event, Proposed
from agent.gate import Request
from agent.schema import Action, Approval, Point, Proposal, TypeText
from agent.ui.by_line import HELP, SECRET, parse, place_of
from agent.ui.terminal import Halted, Late, Terminal
from agent.ui.tui import editing, words

RISK_STYLES = {"none": "dim", "low": "green", "medium": "yellow", "high": "bold red"}
DEAD = 0.5
"""Seconds after the question is shown in which nothing answers it: who was typing meant something else."""
_QUESTION = (
    "Do it? y = yes, once; k = yes, and this kind for the rest of the run; e = edit it; n = no; "
    "r = no, with a reason; t = take over; s = stop the run: "
)
_TRIES = 20
"""Answers that are none of these end in a no, so that a file fed to the terminal ends too."""


class Voice(Protocol):
    def say(self, text: str) -> None:
        """Begin to say it, and return at once."""
        ...

    def hush(self) -> None: ...


class ConsoleApprover:
    """Shows what is proposed and asks. Without a terminal, or without an answer in time, the answer is no.

    `limit` is in seconds; `private`: the person has no mouse on that display, and acts through lines typed here.
    `read` gives a line of input (its argument: whether it is secret) and `interactive` says that somebody is there;
    both are for tests and other terminals.
    """

    def __init__(
        self,
        console: Console,
        *,
        limit: float = math.inf,
        private: bool = True,
        speaker: Voice | None = None,
        read: Callable[[bool], str] | None = None,
        interactive: bool | None = None,
    ) -> None:
        self.console, self._limit, self._private, self._speaker = console, limit, private, speaker
        self._quiet: Callable[[], AbstractContextManager[None]] = nullcontext
        self._terminal = Terminal()
        self._given = read
        self.interactive = self._terminal.there if interactive is None else interactive
        self._until = math.inf
        self._told: tuple[int, Proposal] | None = None
        self._place: Point | None = None
        self._in_charge = False

    def begin(self, *, quiet: Callable[[], AbstractContextManager[None]], stop: threading.Event) -> None:
        """A run begins: `quiet` keeps other output off the terminal while somebody is asked; `stop` set ends that."""
        self._quiet, self._terminal = quiet, Terminal(stop)

    def __call__(self, event: Event) -> None:
        """A watcher: what was proposed, without its secrets."""
        if isinstance(event, Proposed):
            self._told = event.step, event.proposal

    def approve(self, request: Request) -> Approval:
        if not self.interactive:
            return Approval(decision="reject", by="nobody", reason="there is no terminal to ask at")
        with self._quiet(), _interruptible():
            try:
                self.show(request, self._redacted(request))
                if self._speaker is not None:
                    self._speaker.say(spoken(request))
                self._until = time.monotonic() + self._limit
                self._forget_typed_ahead()
                return self._ask(request)
            except KeyboardInterrupt:
                return Approval(decision="stop", by="person", reason="interrupted at the question")
            except Halted:
                return Approval(decision="stop", by="person", reason="the run was stopped at the question")
            except Late:
                reason = f"nobody answered within {self._limit:g} seconds"
                self.console.print(f"\n{reason}: no.", markup=False)
                return Approval(decision="reject", by="nobody", reason=reason)
            except (EOFError, OSError):
                return Approval(decision="reject", by="nobody", reason="the terminal was closed at the question")
            finally:
                if self._speaker is not None:
                    self._speaker.hush()

    def by_hand(self, why: str) -> Action | None:
        if not self.interactive:
            return None
        self._until = math.inf
        with self._quiet(), _interruptible():
            try:
                return self._next_by_hand(why)
            except (KeyboardInterrupt, Halted) as error:
                raise Stopped("stopped while a person was in charge") from error
            except (EOFError, OSError) as error:
                raise Stopped("the terminal was closed while a person was in charge") from error

    # ------------------------------------------------------------ the question

    def show(self, request: Request, told: Proposal | None) -> None:
        """Show what is asked; `told` is the proposal without its secrets."""
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row("Action", Text(words.headline(request, told), style="bold"))
        risk = request.verdict.risk
        table.add_row("Risk", Text(risk, style=RISK_STYLES[risk]))
        for name, text in words.rows(request, told):
            table.add_row(name, Text(text))
        for alert in request.context.alerts:
            table.add_row("On the screen", Text(words.warning(alert), style="bold red"))
        title = f"Step {request.number} needs your leave"
        self.console.print(Panel(table, title=title, title_align="left", border_style=RISK_STYLES[risk]))

    def _ask(self, request: Request) -> Approval:
        for _ in range(_TRIES):
            match self._line(_QUESTION).strip().casefold():
                case "y" | "yes" | "a":
                    return Approval(decision="approve", by="person")
                case "k" | "kind":
                    return Approval(decision="approve", by="person", scope="run", reason="this kind, for this run")
                case "n" | "no":
                    return Approval(decision="reject", by="person", reason="the person said no")
                case "r" | "reason":
                    reason = self._line("Why not? ").strip()
                    return Approval(decision="reject", by="person", reason=reason or "the person said no")
                case "t" | "take over":
                    return Approval(decision="take_over", by="person", reason="the person took over at the question")
                case "s" | "stop":
                    return Approval(decision="stop", by="person", reason="the person stopped the run")
                case "e" | "edit":
                    if (action := self._edit(request.proposal.action)) is not None:
                        return Approval(decision="modify", by="person", action=action)
                case _:
                    self.console.print("Please answer y, k, e, n, r, t or s.")
        return Approval(decision="reject", by="nobody", reason=f"{_TRIES} answers were none of y, k, e, n, r, t, s")

    def _edit(self, action: Action) -> Action | None:
        """The action as the person wants it, or None where it can't be or was not changed."""
        if not (hint := editing.hint(action)):
            self.console.print("Not changed: this kind of action can't be edited here.")
            return None
        line = self._line(f"Instead ({hint}): ", secret=isinstance(action, TypeText) and action.secret)
        try:
            return editing.changed(action, line)
        except ValueError as error:
            self.console.print(f"Not changed: {plain(str(error))}.", markup=False)
            return None

    def _redacted(self, request: Request) -> Proposal | None:
        return self._told[1] if self._told is not None and self._told[0] == request.number else None

    # ------------------------------------------------------------ in charge

    def _next_by_hand(self, why: str) -> Action | None:
        if not self._in_charge:
            reason = f" ({clip(plain(why), 200)})" if why else ""
            how = f":\n{HELP}" if self._private else ": use your own mouse and keyboard."
            self.console.print(f"You are in charge{reason}{how}", markup=False, highlight=False)
        self._in_charge = True
        while True:
            match self._line("> " if self._private else "Enter hands back, s stops the run: "):
                case "":
                    self._in_charge = False
                    return None
                case "s" | "stop":
                    raise Stopped("the person stopped the run")
                case line if self._private and (action := self._by_line(line)) is not None:
                    return action
                case _:
                    pass

    def _by_line(self, line: str) -> Action | None:
        try:
            if line.strip() == SECRET:
                return TypeText(text=self._line("Secret: ", secret=True), secret=True)
            action = parse(line, self._place)
        except ValueError as error:
            self.console.print(plain_lines(str(error)), markup=False, highlight=False)
            return None
        self._place = place_of(action) or self._place
        return action

    # ------------------------------------------------------------ lines

    def _line(self, question: str, *, secret: bool = False) -> str:
        self.console.print(question, end="", markup=False, highlight=False, soft_wrap=True)
        return self._given(secret) if self._given else self._terminal.read(secret, self._until)

    def _forget_typed_ahead(self) -> None:
        if self._given is None:
            self._terminal.forget(DEAD)


def spoken(request: Request) -> str:
    """What is asked, for the ear: never a typed text, which may be private."""
    verdict = request.verdict
    risk = f"{verdict.risk} risk" + (f": {verdict.reason}" if verdict.reason else "")
    alerts = [f"Beware: {words.warning(alert)}" for alert in request.context.alerts]
    return ". ".join([f"May I {words.headline(request)}?", risk, *alerts])


def plain_lines(text: str) -> str:
    """Text of several lines, each made safe for a terminal."""
    return "\n".join(plain(line) for line in text.splitlines())


@contextlib.contextmanager
def _interruptible() -> Generator[None]:
    """Ctrl+C and a request to end interrupt the question, whatever handlers the run has of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    kept = [signal.getsignal(number) for number in numbers]
    for number in numbers:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in zip(numbers, kept, strict=True):
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
