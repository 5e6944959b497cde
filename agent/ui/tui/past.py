"""Past runs, as the screen shows them: a line a run from the two ends of its trace, a whole run step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.describe import plain
from agent.errors import DeskhandError
from agent.events import Event, Observed, RunEnded, RunStarted
from agent.trace import Problem, TraceReader, lines
from agent.ui.report_data import RunView, collect

END = 1 << 18
"""Bytes at either end of a trace in which its first and last events are looked for."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the list; times in seconds."""

    folder: Path
    began: float
    task: str = ""
    policy: str = ""
    status: str = "broken"
    """A result's status, `not ended` or `broken`."""
    reason: str = ""
    steps: int | None = None
    seconds: float | None = None


@dataclass(slots=True)
class Past:
    """A whole run; looks are without their elements, which nobody is shown here."""

    run: RunView = field(default_factory=RunView)
    problems: list[Problem] = field(default_factory=list[Problem])


def summaries(root: Path) -> list[Summary]:
    """All runs under a folder, the newest first; none where there is no such folder."""
    found = [path for path in root.glob("*/events.jsonl") if not path.parent.name.startswith(".")]
    return sorted((_summary(path) for path in found), key=lambda one: one.began, reverse=True)


def _summary(path: Path) -> Summary:
    """A trace may be as long as it likes: only its ends are read."""
    folder, began = path.parent, 0.0
    try:
        began = path.stat().st_mtime
        with path.open("rb") as file:
            head = file.read(END).split(b"\n")
            size = file.seek(0, 2)
            file.seek(max(0, size - END))
            tail = file.read().split(b"\n")
        first = lines.read(lines.parse(head[1])).event
    except OSError as error:
        return Summary(folder, began, reason=error.strerror or "it can't be read")
    except (IndexError, ValueError):
        return Summary(folder, began, reason="its beginning is no trace")
    if not isinstance(first, RunStarted):
        return Summary(folder, began, reason="it does not begin with a run")
    told = Summary(folder, first.time, plain(first.task), plain(first.policy))
    if tail[-1]:
        return _with(told, "not ended", "ends in the middle of an event")
    try:
        last = lines.read(lines.parse(tail[-2])).event
    except (IndexError, ValueError):
        return _with(told, "broken", "its last line is no event")
    if not isinstance(last, RunEnded):
        return _with(told, "not ended", "it still runs, or was killed")
    result = last.result
    return Summary(
        folder, first.time, told.task, told.policy, result.status, plain(result.reason), result.steps, result.seconds
    )


def _with(told: Summary, status: str, reason: str) -> Summary:
    return Summary(told.folder, told.began, told.task, told.policy, status, reason)


def read_past(reader: TraceReader) -> Past:
    """Everything readable of a run; a line that is no event is a problem, and what comes after it is still shown."""
    past = Past()

    def events() -> Iterator[Event]:
        for item in reader.salvage():
            match item:
                case Problem():
                    past.problems.append(item)
                case Observed():
                    yield item.model_copy(update={"elements": (), "changed": ()})
                case _:
                    yield item

    past.run = collect(events())
    return past


def checked(reader: TraceReader) -> list[Problem]:
    """All that is wrong with a trace, in the order of its lines."""
    try:
        return reader.verify()
    except DeskhandError as error:
        return [Problem(line=0, text=str(error))]
