"""Pictures pixel by pixel, in terminals that can draw them; only this module imports textual-image."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Generator, Iterable
from typing import Any, Generic, TypeVar

from PIL import Image
from rich.console import Console
from rich.segment import Segment
from textual import constants
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip

from agent.schema import Pixels, Value
from agent.ui.tui.asking import Kind, Replies, Wish, ask, worth_asking
from agent.ui.tui.colours import DARK, LIGHT
from agent.ui.tui.terminal import lasting

T = TypeVar("T")
MOST_CELLS = 250
"""Cells a side: kitty's placeholders can count no further than 297."""


class Graphics(Value):
    """How a terminal draws pictures, and the size of a cell in pixels as it was told."""

    kind: Kind = "cells"
    told: tuple[int, int] = (10, 20)
    typed: bytes = b""
    """Keys that the person pressed while the terminal was asked."""

    @property
    def cell(self) -> tuple[int, int]:
        """A cell's width and height in pixels, as the terminal is now: its font may have changed."""
        return _cell_now() or self.told


class Drawn:
    """A picture that a kitty holds: what to send, the cells that show it, and what to send to forget it."""

    def __init__(self, sent: str, strips: list[Strip], name: int) -> None:
        self.sent, self.strips = sent, strips
        self.forget = f"\x1b_Ga=d,d=I,i={name},q=2\x1b\\"  # what textual-image sends frees no memory


class PictureApp(App[T], Generic[T]):
    """An app whose pictures are drawn as its terminal can; `graphics` is set before it runs."""

    graphics: Graphics = Graphics()
    ansi_theme_dark = Reactive(DARK, init=False)
    ansi_theme_light = Reactive(LIGHT, init=False)

    def get_driver_class(self) -> type[Driver]:
        return lasting(super().get_driver_class())

    def on_ready(self) -> None:
        """Hand on what was typed while the terminal was asked: before the first frame nobody takes keys."""
        if not self.graphics.typed:
            return
        parser = XTermParser()
        self._press(parser.feed(self.graphics.typed.decode(errors="replace")))
        if self.graphics.typed.endswith(b"\x1b"):  # the key itself, once nothing has followed it
            self.set_timer(2 * constants.ESCAPE_DELAY, lambda: self._press(parser.tick()))

    def _press(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if self._driver is not None:
                self._driver.process_message(message)

    @property
    def draws(self) -> Graphics:
        """As `graphics`, but cells where colours are changed on their way: kitty's pictures are named by colours."""
        truecolour = self.console.color_system == "truecolor"
        return self.graphics if self.graphics.kind != "kitty" or truecolour else Graphics()

    def send(self, text: str) -> None:
        """Write to the terminal, in order with what the screen draws."""
        if self._driver is not None and text:
            self._driver.write(text)


def find_graphics(wish: Wish = "auto") -> Graphics:
    """What the terminal can draw, or what the person says that it can. Asks a terminal; call it before the app runs."""
    if wish == "cells" or "TEXTUAL_DRIVER" in os.environ or not _at_terminal():
        return Graphics()
    replies = Replies()
    if worth_asking(os.environ):
        replies = ask(_say)
        _say("\r\x1b[K")  # a terminal that does not know the question may have written it out
    kind = replies.kind if wish == "auto" else wish
    cell = _cell_now() or replies.cell
    if kind == "sixel" and cell is None and wish == "auto":
        kind = "cells"  # nobody knows how many pixels cover a cell
    return Graphics(kind=kind, told=cell or (10, 20), typed=replies.typed)


def kitty(pixels: Pixels, columns: int, rows: int, cell: tuple[int, int]) -> Drawn:
    """An RGB picture for a kitty, over so many cells; shape (height, width, 3) uint8."""
    with _apart() as said:
        from textual_image._terminal import CellSize, get_cell_size
        from textual_image.renderable import TGPImage

        setattr(get_cell_size, "_result", CellSize(*cell))  # noqa: B010  its own question would go to the screen
        image = TGPImage(Image.fromarray(pixels), width=columns, height=rows)
        console = Console(file=io.StringIO(), width=columns, height=rows, color_system="truecolor")
        segments = list(console.render(image, console.options))
    lines = [Segment(s.text.rstrip("\n"), s.style) for s in segments if s.text.strip("\n")]
    assert image.terminal_image_id is not None  # it has just been sent
    return Drawn(said.getvalue(), [Strip([line], columns) for line in lines], image.terminal_image_id)


def sixel(pixels: Pixels) -> str:
    """An RGB picture as sixels, pixel by pixel, to be written where its top left corner shall be."""
    with _apart():
        from textual_image._sixel import image_to_sixels

    return image_to_sixels(Image.fromarray(pixels))


@contextlib.contextmanager
def _apart() -> Generator[io.StringIO]:
    """Textual-image writes to this instead of the terminal, and asks nothing: it would take keys for answers.

    What it sends must go through the screen's own writer, or it would stand in the middle of something else.
    """
    before: Any = sys.__stdout__
    said = io.StringIO()
    sys.__stdout__ = said  # pyright: ignore[reportAttributeAccessIssue, reportConstantRedefinition]
    try:
        yield said
    finally:
        sys.__stdout__ = before  # pyright: ignore[reportConstantRedefinition]


def _at_terminal() -> bool:
    return bool(sys.__stdin__ and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty())


def _say(text: str) -> None:
    assert sys.__stderr__ is not None  # the screen is drawn there too: stdout may be a file
    sys.__stderr__.write(text)
    sys.__stderr__.flush()


def _cell_now() -> tuple[int, int] | None:
    """A cell's size as the kernel knows it; None where the terminal did not tell."""
    try:
        import fcntl  # not on Windows
        import struct
        import termios

        assert sys.__stderr__ is not None
        answer = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, bytes(8))
        rows, columns, wide, high = struct.unpack("HHHH", answer)
    except (ImportError, AssertionError, OSError, ValueError):
        return None
    if not (rows and columns and wide >= columns and high >= rows):
        return None
    return wide // columns, high // rows
