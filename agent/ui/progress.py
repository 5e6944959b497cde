"""Live progress of a run, as a watcher of its events."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.status import Status

from agent.describe import describe
from agent.events import Event, FieldsRead, Note, Proposed, RunStarted, Stepped, ThoughtDelta
from agent.schema import Ask, Done, Fail

MARKS = {"ok": "[green]ok[/]", "no_effect": "[yellow]no effect[/]", "unknown": "[magenta]not seen[/]"}
THOUGHT = 100
"""Characters of a thought that fit on a line."""
FIELD_MARKS = {"ok": "[green]ok[/]", "wrong": "[red]wrong[/]"}


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
                self._print(f"[bold]{_plain(task)}[/] (policy {policy})")
            case ThoughtDelta(text=text):
                self._think(text)
            case Proposed(step=step, proposal=proposal) if not isinstance(proposal.action, Done | Fail | Ask):
                self._thought = ""
                self._lines[step] = f"{step:3d}  {_plain(describe(proposal.action, proposal.grounding))}"
                if self._status:
                    self._status.update(self._lines[step])
            case Stepped(step=step, outcome=outcome):
                mark = MARKS.get(outcome.status, f"[red]{outcome.status}[/]")
                detail = f" [dim]{_plain(outcome.detail)}[/]" if outcome.detail else ""
                self._print(f"{self._lines.pop(step, f'{step:3d}')}  {mark}{detail}")
            case FieldsRead(fields=fields):
                for field in fields:
                    if field.verdict != "unfilled":
                        mark = FIELD_MARKS.get(field.verdict, f"[magenta]{field.verdict}[/]")
                        self._print(f"     [cyan]{_plain(field.label)}[/] shows {_plain(field.read)!r}  {mark}")
            case Note(text=text, level=level):
                self._print(f"[{'yellow' if level != 'info' else 'dim'}]{_plain(text)}[/]")
            case _:
                pass

    def _think(self, text: str) -> None:
        """The end of what a model is thinking, on the line of the step under way."""
        self._thought = (self._thought + text)[-THOUGHT:]
        if self._status:
            self._status.update(f"[dim]{_plain(self._thought)}[/]")

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)


def _plain(text: str) -> str:
    """Text from the screen is data: brackets in it are no markup, and it stays on one line."""
    return " ".join(text.replace("[", "\\[").split())
