"""A picture in the terminal that can be clicked on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from rich.style import Style
from textual import events
from textual.app import App
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from agent.schema import Pixels
from agent.ui.tui.cells import strips
from agent.ui.tui.graphics import MOST_CELLS, Drawn, Graphics, PictureApp, kitty, sixel
from agent.ui.tui.marks import Mark, draw

_STATIONS = 200
"""Places of a drag that are kept, at most."""


class Picture(Widget):
    """Shows pixels as large as fits, aspect kept, with marks; says where in the picture it was clicked."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    class Clicked(Message):
        """A click, in picture coordinates 0..1; `chain` is 2 for the second click of a double click.

        `held` are the keys that were down, as far as the terminal tells: most keep Shift for themselves.
        """

        def __init__(
            self, picture: Picture, u: float, v: float, button: int, chain: int, held: tuple[str, ...] = ()
        ) -> None:
            super().__init__()
            self.picture, self.u, self.v, self.button, self.chain = picture, u, v, button, chain
            self.held = held

        @property
        def control(self) -> Picture:
            return self.picture

    class Dragged(Message):
        """A drag: where the button went down, came by and went up, in picture coordinates 0..1."""

        def __init__(self, picture: Picture, path: tuple[tuple[float, float], ...], button: int) -> None:
            super().__init__()
            self.picture, self.path, self.button = picture, path, button

        @property
        def control(self) -> Picture:
            return self.picture

    class Scrolled(Message):
        """A turn of the wheel at a place, in picture coordinates 0..1; `down` is 1 or -1."""

        def __init__(self, picture: Picture, u: float, v: float, down: int) -> None:
            super().__init__()
            self.picture, self.u, self.v, self.down = picture, u, v, down

        @property
        def control(self) -> Picture:
            return self.picture

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._pixels: Pixels | None = None
        self._marks: tuple[Mark, ...] = ()
        self._strips: list[Strip] = []
        self._covered = False
        self._held: list[Drawn] = []
        """Pictures that a kitty holds for it: the one shown and the one before."""
        self._sixels = ""
        self._place = Region()
        self._ground = Style.null()
        self._path: list[tuple[float, float]] = []
        """Where the mouse came by since its button went down in the picture."""

    def show(self, pixels: Pixels | None, marks: Sequence[Mark] = ()) -> None:
        """Show an RGB picture, shape (height, width, 3) uint8, which may not be changed afterwards; None: nothing.

        Marks are in the picture's pixels. What is shown already costs no drawing.
        """
        if tuple(marks) == self._marks and _equal(pixels, self._pixels):
            return
        self._pixels = pixels if pixels is not None and pixels.size else None
        self._marks = tuple(marks)
        self._paint()

    def capacity(self) -> tuple[int, int]:
        """Width and height in pixels of a picture that is shown pixel by pixel."""
        wide, high = self._cell()
        return self.content_size.width * wide, self.content_size.height * high

    def cover(self, covered: bool) -> None:
        """Say whether another screen lies over it: what shines through is drawn in cells."""
        if covered != self._covered:
            self._covered = covered
            self._paint()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self.rich_style  # once, not for each line: it is dear
        if self._sixels:
            self.call_after_refresh(self._put)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, row = self.content_size.width, y - self._place.y
        if not 0 <= row < len(self._strips):
            return Strip.blank(width, self._ground)
        left = Strip.blank(self._place.x, self._ground)
        right = Strip.blank(max(0, width - self._place.right), self._ground)
        return Strip.join([left, self._strips[row], right])

    def on_resize(self) -> None:
        self._paint()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if (place := self._where(event)) is not None:
            self._path = [place]
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._path and (place := self._nearest(event)) != self._path[-1] and len(self._path) < _STATIONS:
            self._path.append(place)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        if self._path and (place := self._nearest(event)) != self._path[-1]:
            self._path.append(place)
        if self._dragged():
            event.stop()
            self.post_message(self.Dragged(self, tuple(self._path), event.button))

    def on_click(self, event: events.Click) -> None:
        """Textual tells of a click after each release over the widget that was pressed, also after a drag."""
        dragged, self._path = self._dragged(), []
        if not dragged and (place := self._where(event)) is not None:
            event.stop()
            keys = (("ctrl", event.ctrl), ("shift", event.shift), ("alt", event.meta))
            held = tuple(name for name, down in keys if down)
            self.post_message(self.Clicked(self, *place, event.button, event.chain, held))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._turned(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._turned(event, -1)

    def _turned(self, event: events.MouseEvent, down: int) -> None:
        if (place := self._where(event)) is not None:
            event.stop()
            self.post_message(self.Scrolled(self, *place, down))

    def _where(self, event: events.MouseEvent) -> tuple[float, float] | None:
        """The place in the picture; None beside it."""
        offset = event.get_content_offset(self)
        if offset is None or not self._strips or not self._place.contains(*offset):
            return None
        x, y = _fine(offset.x + event.pointer_x % 1, offset.y + event.pointer_y % 1)
        return (x - self._place.x) / self._place.width, (y - self._place.y) / self._place.height

    def _nearest(self, event: events.MouseEvent) -> tuple[float, float]:
        """The place in the picture next to the mouse, which may have left it."""
        corner, place = self.content_region.offset, self._place
        u, v = _fine(event.pointer_screen_x - corner.x - place.x, event.pointer_screen_y - corner.y - place.y)
        return min(max(u / max(1, place.width), 0.0), 1.0), min(max(v / max(1, place.height), 0.0), 1.0)

    def _dragged(self) -> bool:
        """Whether the mouse went further than a hand that clicks: by more than a cell."""
        columns, rows = self._place.size
        return any(
            max(abs(u - self._path[0][0]) * columns, abs(v - self._path[0][1]) * rows) > 1.01 for u, v in self._path[1:]
        )

    def _graphics(self) -> Graphics:
        """How it is drawn where it is now."""
        canvas = self._canvas()
        if canvas is None or self._covered or max(self.content_size) > MOST_CELLS:
            return Graphics()
        return canvas.draws

    def _cell(self) -> tuple[int, int]:
        """Pixels of a cell, width and height."""
        graphics = self._graphics()
        return graphics.cell if graphics.kind != "cells" else (1, 2)

    def _paint(self) -> None:
        """Make the strips anew, and redraw the lines that differ."""
        before, place, graphics, (wide, high) = self._strips, self._place, self._graphics(), self._cell()
        columns, rows = self.content_size
        self._strips, self._place, self._sixels = [], Region(), ""
        if self._pixels is not None and columns and rows:
            width, height = _fitted(self._pixels, columns * wide, rows * high)
            # Whole cells: a last row of half a cell would show the ground under it.
            width, height = max(1, round(width / wide)), max(1, round(height / high))
            self._place = Region((columns - width) // 2, (rows - height) // 2, width, height)
            self._strips = self._drawn(self._pixels, graphics, self._place)
        if place != self._place or len(before) != len(self._strips):
            self.refresh()
            return
        changed = [row for row, strip in enumerate(self._strips) if strip != before[row]]
        if changed:
            self.refresh(*[Region(0, self._place.y + row, columns, 1) for row in changed])
        elif self._sixels:
            self.call_after_refresh(self._put)

    def _drawn(self, pixels: Pixels, graphics: Graphics, place: Region) -> list[Strip]:
        """The lines that show it. Sixels are put over cells, which stay where the terminal drops them."""
        columns, rows = place.size
        size = (columns * graphics.cell[0], rows * graphics.cell[1])
        match graphics.kind:
            case "kitty":
                drawn = kitty(draw(pixels, self._marks, size), columns, rows, graphics.cell)
                self._forget(keep=1)  # what is shown still, until the new lines stand
                self._held.append(drawn)
                self._send(drawn.sent)
                return drawn.strips
            case "sixel":
                self._sixels = sixel(draw(pixels, self._marks, size))
            case "cells":
                pass
        return strips(draw(pixels, self._marks, (columns, rows * 2), bold=False))

    def _put(self) -> None:
        """Write the sixels over their cells, where all are seen and none is on the last line: it would scroll."""
        if not (self._sixels and self.is_attached and self.screen.is_active):
            return
        seen = self.screen.find_widget(self).visible_region
        here = self._place.translate(self.content_region.offset)
        if seen.contains_region(here) and here.bottom < self.screen.size.height:
            self._send(f"\x1b7\x1b[{here.y + 1};{here.x + 1}H{self._sixels}\x1b8")

    def on_unmount(self) -> None:
        self._forget(keep=0)

    def _forget(self, keep: int) -> None:
        while len(self._held) > keep:
            self._send(self._held.pop(0).forget)

    def _send(self, text: str) -> None:
        if canvas := self._canvas():
            canvas.send(text)

    def _canvas(self) -> PictureApp[object] | None:
        """The app, where it can draw more than cells."""
        app = cast("App[object]", self.app)  # pyright: ignore[reportUnknownMemberType]
        return app if isinstance(app, PictureApp) else None


def _fine(x: float, y: float) -> tuple[float, float]:
    """Where the mouse is, in cells. A terminal that tells cells only means their middle."""
    return (x, y) if x % 1 or y % 1 else (x + 0.5, y + 0.5)


def _fitted(pixels: Pixels, width: int, height: int) -> tuple[int, int]:
    """The largest size of the picture's aspect inside a room."""
    tall, wide = pixels.shape[:2]
    scale = min(width / wide, height / tall)
    return max(1, min(width, round(wide * scale))), max(1, min(height, round(tall * scale)))


def _equal(a: Pixels | None, b: Pixels | None) -> bool:
    if a is None or b is None:
        return a is b
    return a is b or (a.shape == b.shape and bool(np.array_equal(a, b)))
