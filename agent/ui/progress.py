"""Live progress of a run, as a watcher of its events."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import TracebackType

from rich.console import Console
from rich.status import Status
from rich.text import Text

from agent.describe import describe, plain
from agent.events import Event, FieldsRead, Note, Proposed, RunStarted, Stepped, ThoughtDelta
from agent.schema import Ask, Done, Fail

STYLES = {"ok": "green", "no_effect": "yellow", "unknown": "magenta"}
"""Of outcomes and of fields; whatever is none of these is red."""
SAID = {"no_effect": "no effect", "unknown": "not seen"}
"""Outcomes whose names say too little."""
THOUGHT = 100
"""Characters of a thought that fit on a line."""


class Progress:
    """Prints a line a step; on a terminal the step under way is shown below them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = console.status("starting") if console.is_terminal else None
        self._lines: dict[int, str] = {}
        """Of the steps under way: one that a person took over ends after those that they do."""
        self._thought = ""

    def __enter__(self) -> Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._status:
            with suppress(OSError):  # the terminal is gone; what the run came to is not
                self._status.stop()

    @contextmanager
    def paused(self) -> Generator[None]:
        """Leave the terminal to somebody else, who asks the person something."""
        if self._status:
            self._status.stop()
        yield
        if self._status:
            self._status.start()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted(task=task, policy=policy):
                self._print((_line(task), "bold"), f" (policy {_line(policy)})")
            case ThoughtDelta(text=text):
                self._think(text)
            case Proposed(step=step, proposal=proposal) if not isinstance(proposal.action, Done | Fail | Ask):
                self._thought = ""
                self._lines[step] = f"{step:3d}  {_line(describe(proposal.action, proposal.grounding))}"
                if self._status:
                    self._status.update(Text(self._lines[step]))
            case Stepped(step=step, outcome=outcome):
                line, status = self._lines.pop(step, f"{step:3d}"), outcome.status
                detail = f" {_line(outcome.detail)}" if outcome.detail else ""
                self._print(f"{line}  ", (SAID.get(status, status), STYLES.get(status, "red")), (detail, "dim"))
            case FieldsRead(fields=fields):
                for field in fields:
                    if field.verdict != "unfilled":
                        mark = (field.verdict, STYLES.get(field.verdict, "red"))
                        self._print("     ", (_line(field.label), "cyan"), f" shows {_line(field.read)!r}  ", mark)
            case Note(text=text, level=level):
                self._print((_line(text), "dim" if level == "info" else "yellow"))
            case _:
                pass

    def _think(self, text: str) -> None:
        """The end of what a model is thinking, on the line of the step under way."""
        self._thought = (self._thought + text)[-THOUGHT:]
        if self._status:
            self._status.update(Text(_line(self._thought), style="dim"))

    def _print(self, *parts: str | tuple[str, str]) -> None:
        # Text, not markup: what stands on the screen, or in a record, may hold brackets.
        self._console.print(Text.assemble(*parts), highlight=False, soft_wrap=True)


def _line(text: str) -> str:
    """Text from the screen is data: it stays on one line, and nothing in it steers the terminal."""
    return plain(" ".join(text.split()))
