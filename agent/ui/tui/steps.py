"""The list of steps: one line each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.text import Text

from agent.describe import describe, plain
from agent.events import Decided, Event, Judged, Note, PersonActed, Proposed, RunEnded, Stepped
from agent.ui.tui.lines import LineView

_MARKS = {
    "ok": ("ok", "green"),
    "no_effect": ("no effect", "yellow"),
    "unknown": ("not seen", "magenta"),
    "rejected": ("rejected", "yellow"),
    "stale": ("again", "yellow"),
}
_SAID = {
    "approve": "approved",
    "modify": "changed",
    "reject": "rejected",
    "take_over": "taken over",
    "stop": "stopped",
}
_LEVELS = {"info": "dim", "warning": "yellow", "error": "bold red"}
_NUMBER, _MARK = 6, 10
"""Cells of the first two columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a step, or (without a number) something that is told."""

    words: str
    number: int | None = None
    mark: str = ""
    style: str = ""
    """Of the mark; of the words where there is no number."""
    detail: str = ""


class _Drawn:
    """Rows as lines."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def line(self, index: int, width: int) -> Text:
        return _text(self._rows[index], width)


class StepList(LineView):
    """Rows, of which the newest are seen until somebody scrolls up."""

    def __init__(self, *, id: str | None = None) -> None:
        self._rows: list[Row] = []
        super().__init__(_Drawn(self._rows), id=id)
        self._places: dict[int, int] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._rows)

    def tell(self, *events: Event) -> None:
        """Take up what happened."""
        first = before = len(self._rows)
        for event in events:
            first = min(first, self._take(event))
        if first < before or len(self._rows) > before:
            self.changed(first)

    def _take(self, event: Event) -> int:
        """The index of the first row that is other than before."""
        match event:
            case Proposed(step=step, proposal=proposal):
                words = describe(proposal.action, proposal.grounding)
                return self._put(step, Row(words, step, "…", "dim", "by hand" if proposal.by == "person" else ""))
            case Judged(step=step, verdict=verdict) if verdict.effect != "allow":
                return self._change(step, detail=f"{verdict.effect}: {plain(verdict.rule)}")
            case Decided(step=step, approval=approval) if approval.by != "policy":
                said = f"{_SAID[approval.decision]} by {plain(approval.by)}"
                return self._change(step, detail=said + (f": {plain(approval.reason)}" if approval.reason else ""))
            case Stepped(step=step, outcome=outcome):
                mark, style = _MARKS.get(outcome.status, (outcome.status.replace("_", " "), "red"))
                more = {"detail": plain(outcome.detail)} if outcome.detail else {}
                return self._change(step, mark=mark, style=style, **more)
            case RunEnded(result=result) if self._rows and self._rows[-1].mark == "…":
                self._rows[-1] = replace(self._rows[-1], mark="end")
                words = f"{result.status.replace('_', ' ')}: {plain(result.reason)}"
                return self._put(None, Row(words, style="bold")) - 1
            case Note(level=level, text=text):
                return self._put(None, Row(plain(text), style=_LEVELS[level]))
            case PersonActed(action=action):
                return self._put(None, Row(f"the person: {describe(action)}", style="cyan"))
            case _:
                return len(self._rows)

    def _put(self, number: int | None, row: Row) -> int:
        self._rows.append(row)
        if number is not None:
            self._places[number] = len(self._rows) - 1
        return len(self._rows) - 1

    def _change(self, number: int, **changes: str) -> int:
        index = self._places.get(number)
        if index is None:
            return len(self._rows)
        self._rows[index] = replace(self._rows[index], **changes)
        return index


def _text(row: Row, width: int) -> Text:
    """A row for so many cells: long words leave some of them to the detail, which says why."""
    line = Text(no_wrap=True, end="")
    if row.number is None:
        return line.append(" " * (_NUMBER + 1) + row.words, style=row.style)
    line.append(f"{row.number:{_NUMBER}d} ", style="dim")
    line.append(f"{row.mark:{_MARK}}", style=row.style)
    words = Text(row.words)
    if row.detail:
        room = width - line.cell_len - 2
        words.truncate(max(room - cell_len(row.detail), room * 3 // 5), overflow="ellipsis")
    line.append_text(words)
    if row.detail:
        line.append(f"  {row.detail}", style="dim")
    return line
