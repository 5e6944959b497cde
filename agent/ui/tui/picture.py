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


class Picture(Widget):
    """Shows pixels as large as fits, aspect kept, with marks; says where in the picture it was clicked."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    class Clicked(Message):
        """A click, in picture coordinates 0..1; `chain` is 2 for the second click of a double click."""

        def __init__(self, picture: Picture, u: float, v: float, button: int, chain: int) -> None:
            super().__init__()
            self.picture, self.u, self.v, self.button, self.chain = picture, u, v, button, chain

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

    def on_click(self, event: events.Click) -> None:
        if (place := self._where(event)) is not None:
            event.stop()
            self.post_message(self.Clicked(self, *place, event.button, event.chain))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._turned(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._turned(event, -1)

    def _turned(self, event: events.MouseEvent, down: int) -> None:
        if (place := self._where(event)) is not None:
            event.stop()
            self.post_message(self.Scrolled(self, *place, down))

    def _where(self, event: events.MouseEvent) -> tuple[float, float] | None:
        """The place in the picture; None beside it. A terminal that tells cells only means their middle."""
        offset = event.get_content_offset(self)
        if offset is None or not self._strips or not self._place.contains(*offset):
            return None
        x, y = float(offset.x), float(offset.y)
        fine = event.pointer_x % 1 or event.pointer_y % 1
        x += event.pointer_x % 1 if fine else 0.5
        y += event.pointer_y % 1 if fine else 0.5
        return (x - self._place.x) / self._place.width, (y - self._place.y) / self._place.height

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


def _fitted(pixels: Pixels, width: int, height: int) -> tuple[int, int]:
    """The largest size of the picture's aspect inside a room."""
    tall, wide = pixels.shape[:2]
    scale = min(width / wide, height / tall)
    return max(1, min(width, round(wide * scale))), max(1, min(height, round(tall * scale)))


def _equal(a: Pixels | None, b: Pixels | None) -> bool:
    if a is None or b is None:
        return a is b
    return a is b or (a.shape == b.shape and bool(np.array_equal(a, b)))
