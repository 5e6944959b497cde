"""Asking a person at the terminal. Nothing is ever taken for a yes but a yes."""

from __future__ import annotations

import contextlib
import getpass
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from types import FrameType

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.describe import clip, describe, plain
from agent.gate import Request
from agent.schema import Action, Approval, Click, Point, PressKeys, Scroll, TypeText

RISK_STYLES = {"none": "dim", "low": "green", "medium": "yellow", "high": "bold red"}
_QUESTION = "Do it? y = yes, n = no, e = edit it, r = no, with a reason, s = stop the run: "
_TRIES = 20
"""Answers that are none of these end in a no, so that a file fed to the terminal ends too."""


class ConsoleApprover:
    """Shows what is proposed and asks. Without a terminal the answer is no.

    `quiet` keeps other output off the terminal meanwhile. `read` gives a line of input (its argument: whether it
    is secret) and `interactive` says that somebody is there; both are for tests and other terminals.
    """

    def __init__(
        self,
        console: Console,
        *,
        quiet: Callable[[], AbstractContextManager[None]] = nullcontext,
        read: Callable[[bool], str] | None = None,
        interactive: bool | None = None,
    ) -> None:
        self._console, self._quiet = console, quiet
        self._read = read or _read_line
        self._interactive = _terminal() if interactive is None else interactive

    def approve(self, request: Request) -> Approval:
        if not self._interactive:
            return Approval(decision="reject", by="nobody", reason="there is no terminal to ask at")
        with self._quiet(), _interruptible():
            try:
                self._show(request)
                _forget_typed_ahead()
                return self._ask(request)
            except KeyboardInterrupt:
                return Approval(decision="stop", by="person", reason="interrupted at the question")
            except (EOFError, OSError):
                return Approval(decision="reject", by="nobody", reason="the terminal was closed at the question")

    def by_hand(self, why: str) -> Action | None:
        return None

    def _ask(self, request: Request) -> Approval:
        for _ in range(_TRIES):
            match self._line(_QUESTION).strip().casefold():
                case "y" | "yes":
                    return Approval(decision="approve", by="person")
                case "n" | "no":
                    return Approval(decision="reject", by="person", reason="the person said no")
                case "r" | "reason":
                    reason = self._line("Why not? ").strip()
                    return Approval(decision="reject", by="person", reason=reason or "the person said no")
                case "s" | "stop":
                    return Approval(decision="stop", by="person", reason="the person stopped the run")
                case "e" | "edit":
                    if (action := self._edit(request.proposal.action)) is not None:
                        return Approval(decision="modify", by="person", action=action)
                case _:
                    self._console.print("Please answer y, n, e, r or s.")
        return Approval(decision="reject", by="nobody", reason=f"{_TRIES} answers were none of y, n, e, r, s")

    def _edit(self, action: Action) -> Action | None:
        """The action as the person wants it, or None where it can't be or was not changed."""
        match action:
            case TypeText(secret=secret):
                text = self._line("Text to type instead: ", secret=secret)
                return action.model_copy(update={"text": text}) if text else self._unchanged("an empty text")
            case Click():
                numbers = self._numbers("Click at x y instead: ", 2)
                return action.model_copy(update={"point": Point(x=numbers[0], y=numbers[1])}) if numbers else None
            case Scroll():
                numbers = self._numbers("Notches down (negative: up): ", 1)
                return action.model_copy(update={"dy": numbers[0]}) if numbers else None
            case PressKeys():
                keys = tuple(key.strip().lower() for key in self._line("Keys, as ctrl+s: ").split("+") if key.strip())
                return action.model_copy(update={"keys": keys}) if keys else self._unchanged("no keys")
            case _:
                return self._unchanged("this kind of action can't be edited here")

    def _numbers(self, question: str, count: int) -> list[int] | None:
        parts = self._line(question).replace(",", " ").split()
        try:
            numbers = [int(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) != count:
            return self._unchanged(f"{count} whole number{'s' * (count > 1)} needed")
        return numbers

    def _unchanged(self, why: str) -> None:
        self._console.print(f"Not changed: {why}.")

    def _line(self, question: str, *, secret: bool = False) -> str:
        self._console.print(question, end="", markup=False, highlight=False, soft_wrap=True)
        return self._read(secret)

    def _show(self, request: Request) -> None:
        proposal, verdict = request.proposal, request.verdict
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row("Action", Text(describe(proposal.action, proposal.grounding), style="bold"))
        if (grounding := proposal.grounding) is not None:
            size = f"{grounding.box.width}x{grounding.box.height} at {grounding.box.left}, {grounding.box.top}"
            table.add_row("Target", Text(f"{grounding.role or 'place'} of {size}, found by its {grounding.source}"))
        if proposal.thought:
            table.add_row("Why", Text(clip(plain(proposal.thought), 400)))
        risk = Text(verdict.risk, style=RISK_STYLES[verdict.risk])
        table.add_row("Risk", risk.append(f" ({plain(verdict.reason)})" if verdict.reason else "", style="not bold"))
        table.add_row("Rule", Text(f"{verdict.rule}: {verdict.effect}"))
        if request.context.window:
            table.add_row("Window", Text(clip(plain(request.context.window), 100)))
        title = f"Step {request.number} needs your leave"
        self._console.print(Panel(table, title=title, title_align="left", border_style=RISK_STYLES[verdict.risk]))


def _terminal() -> bool:
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError):  # no stdin, or a closed one
        return False


def _read_line(secret: bool) -> str:
    if secret:
        return getpass.getpass("")
    # Not input(): it may swallow an interrupt that comes just before it waits, and it writes to stdout.
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _forget_typed_ahead() -> None:
    """Keys that were pressed before the question was seen do not answer it."""
    try:
        import termios  # not on Windows
    except ImportError:
        return
    with contextlib.suppress(termios.error, OSError, ValueError, AttributeError):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


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
