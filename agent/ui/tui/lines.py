"""Lines of text, drawn only where they are seen, that never lay the screen out anew: ten thousand cost like ten."""

from __future__ import annotations

from typing import ClassVar, Protocol

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from agent.describe import plain

CONSOLE = Console(width=1000)
"""Only knows what styles are called; nothing is printed on it."""
_WHEEL = 3


class Lines(Protocol):
    """What a view shows: how many lines there are, and one of them for so many cells, made only when it is seen."""

    def __len__(self) -> int: ...

    def line(self, index: int, width: int) -> Text: ...


class Folded(list[Text]):
    """Lines that are there already."""

    def line(self, index: int, width: int) -> Text:
        return self[index].copy()


class LineView(Widget, can_focus=True):
    """A column of lines; it shows the last ones until somebody scrolls up.

    Textual's own scrolling lays the whole screen out whenever a line comes, which is most of what a step would cost.
    """

    DEFAULT_CSS = "LineView { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
    ]

    def __init__(self, lines: Lines, *, id: str | None = None, follow: bool = True) -> None:
        super().__init__(id=id)
        self._shown = lines
        self.top = 0
        """The first line that is seen."""
        self.follows = follow
        self._ground = Style.null()

    def changed(self, first: int) -> None:
        """Lines from this one on are other than before, or new."""
        before = self.top
        self.top = self._within(self._last_top() if self.follows else self.top)
        if self.top != before:
            self.refresh()
        else:
            seen = max(0, first - self.top)
            if seen < self.size.height:
                self.refresh(Region(0, seen, self.size.width, self.size.height - seen))

    # ------------------------------------------------------------ scrolling

    @property
    def at_end(self) -> bool:
        """Whether the last line is seen."""
        return self.top >= self._last_top()

    def action_move(self, by: int) -> None:
        self._to(self.top + by)

    def action_page(self, by: int) -> None:
        self._to(self.top + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self._to(0)

    def action_last(self) -> None:
        self._to(self._last_top())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._to(self.top + _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._to(self.top - _WHEEL)

    def on_resize(self, event: events.Resize) -> None:
        self.changed(0)

    def _to(self, top: int) -> None:
        top = self._within(top)
        self.follows = top >= self._last_top()
        if top != self.top:
            self.top = top
            self.refresh()

    def _last_top(self) -> int:
        return max(0, len(self._shown) - self.size.height)

    def _within(self, top: int) -> int:
        return max(0, min(top, self._last_top()))

    # ------------------------------------------------------------ drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self.rich_style  # once, not for each line: it is dear
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        index, width = self.top + y, self.size.width
        if index >= len(self._shown) or not width:
            return Strip.blank(width, self._ground)
        text = self._shown.line(index, width)
        text.truncate(width, overflow="ellipsis")
        segments = [Segment(s.text, self._ground + s.style if s.style else self._ground) for s in text.render(CONSOLE)]
        return Strip(segments).adjust_cell_length(width, self._ground)


class TextView(LineView):
    """A text of some lines; long ones are wrapped if `wrap`, else cut."""

    def __init__(self, *, id: str | None = None, follow: bool = True, wrap: bool = False) -> None:
        self._lines = Folded()
        super().__init__(self._lines, id=id, follow=follow)
        self._wrap = wrap
        self.content = Text()

    def update(self, content: Text | str) -> None:
        """Show another text; its line ends are kept."""
        self.content = Text(content) if isinstance(content, str) else content
        self._fold()

    def on_resize(self, event: events.Resize) -> None:
        self._fold()

    def _fold(self) -> None:
        lines = list(self.content.split("\n"))
        if self._wrap and self.size.width:
            lines = [part for line in lines for part in line.wrap(CONSOLE, self.size.width)]
        before = self._lines[:]
        self._lines[:] = lines
        same = next((n for n, (a, b) in enumerate(zip(before, lines, strict=False)) if a != b), None)
        self.changed(min(len(before), len(lines)) if same is None else same)


def visible(text: str) -> str:
    """Text whose line ends are kept; whatever else could steer a terminal is made visible."""
    return "\n".join(plain(line) for line in text.split("\n"))
