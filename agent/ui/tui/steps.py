"""The list of steps: one line each, drawn only where it is seen, so that ten thousand cost no more than ten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from agent.describe import describe, plain
from agent.events import Decided, Event, Judged, Note, PersonActed, Proposed, RunEnded, Stepped

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
_CONSOLE = Console()
"""Only knows what styles are called; nothing is printed on it."""
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


class StepList(ScrollView, can_focus=True):
    """Rows that follow the newest until somebody scrolls up."""

    DEFAULT_CSS = "StepList { height: 1fr; overflow-x: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._places: dict[int, int] = {}
        self._follows = True

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._rows)

    def tell(self, *events: Event) -> None:
        """Take up what happened."""
        before, first = len(self._rows), len(self._rows)
        for event in events:
            first = min(first, self._take(event))
        if len(self._rows) != before:
            self.virtual_size = Size(self.size.width, len(self._rows))
            self._follow()
        self._redraw(first)

    def render_line(self, y: int) -> Strip:
        index, width = y + self.scroll_offset.y, self.size.width
        if index >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        return _strip(self._rows[index], width, self.rich_style)

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows))
        self._follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._follows = new_value >= self.max_scroll_y

    def _follow(self) -> None:
        # By force: the scrollbar that would allow it comes only with the next layout.
        if self._follows:
            self.scroll_end(animate=False, force=True, immediate=True)

    def _redraw(self, first: int) -> None:
        """Draw the lines from a row on anew, as far as they are seen."""
        top = max(0, first - self.scroll_offset.y)
        if top < self.size.height:
            self.refresh(Region(0, top, self.size.width, self.size.height - top))

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


def _strip(row: Row, width: int, ground: Style) -> Strip:
    line = Text(no_wrap=True, end="")
    if row.number is None:
        line.append(" " * (_NUMBER + 1) + row.words, style=row.style)
    else:
        line.append(f"{row.number:{_NUMBER}d} ", style="dim")
        line.append(f"{row.mark:{_MARK}}", style=row.style)
        line.append(row.words)
        if row.detail:
            line.append(f"  {row.detail}", style="dim")
    line.truncate(max(1, width), overflow="ellipsis")
    segments = [Segment(s.text, ground + s.style if s.style else ground) for s in line.render(_CONSOLE)]
    return Strip(segments).adjust_cell_length(width, ground)
