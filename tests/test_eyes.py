"""The eyes: what rests is read while one waits, and read again if it did not stay so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from agent.config import Settings
from agent.errors import Stopped
from agent.eyes import ScreenEyes
from agent.schema import Box, Observation, Pixels, Screenshot
from agent.screen import Screen
from agent.windows import Standing

REGION = Box(left=0, top=0, width=200, height=150)


def page(*spots: int) -> Pixels:
    pixels = np.full((150, 200, 3), 255, np.uint8)
    for spot in spots:
        pixels[40:60, spot : spot + 20] = 0
    return pixels


class Display:
    """Shows what a function of the number of captures says."""

    ui_scale = 1.0

    def __init__(self, show: Callable[[], Pixels]) -> None:
        self.show = show

    def grab(self, region: Box | None = None) -> Screenshot:
        return Screenshot(pixels=self.show(), region=REGION)

    def standing(self) -> Standing:
        return Standing()


class Reader:
    """Counts its readings; `while_reading` is done during each."""

    def __init__(self) -> None:
        self.changes: list[tuple[Box, ...]] = []
        self.while_reading: Callable[[], None] = lambda: None

    def look(self, screenshot: Screenshot, previous: Observation | None, changed: tuple[Box, ...]) -> Observation:
        self.changes.append(changed)
        self.while_reading()
        return Observation(number=len(self.changes), screenshot=screenshot, changed=changed)


def eyes_on(display: Display, reader: Reader) -> ScreenEyes:
    return ScreenEyes(cast(Screen, cast(Any, display)), reader, Settings(quiet=0.06, first_change=0.05))


def test_what_stays_is_read_once() -> None:
    shown = [page()]
    reader = Reader()
    eyes = eyes_on(Display(lambda: shown[0]), reader)
    eyes.look()
    shown[0] = page(20)
    seen = eyes.look()
    assert len(reader.changes) == 2
    assert seen.changed == (Box(left=20, top=40, width=20, height=20),)


def test_what_changes_while_it_is_read_is_read_again() -> None:
    shown = [page()]
    reader = Reader()
    eyes = eyes_on(Display(lambda: shown[0]), reader)
    eyes.look()
    shown[0] = page(20)
    reader.while_reading = lambda: shown.__setitem__(0, page(20, 120))
    seen = eyes.look()
    both = (Box(left=20, top=40, width=20, height=20), Box(left=120, top=40, width=20, height=20))
    assert reader.changes[1:] == [both[:1], both[1:]]
    assert np.array_equal(seen.screenshot.pixels, page(20, 120))
    assert seen.changed == both, "against the look before, not against the early one"


def test_a_large_change_is_read_once_it_rests() -> None:
    shown = [page()]
    reader = Reader()
    eyes = eyes_on(Display(lambda: shown[0]), reader)
    eyes.look()
    shown[0] = np.zeros((150, 200, 3), np.uint8)
    reader.while_reading = lambda: shown.__setitem__(0, page(20))
    eyes.look()
    assert len(reader.changes) == 2


def test_a_stop_does_not_wait_for_a_reading() -> None:
    stopped, read_on = threading.Event(), threading.Event()
    reader = Reader()

    def reading() -> None:
        stopped.set()
        read_on.wait(20)

    reader.while_reading = reading
    display = cast(Screen, cast(Any, Display(page)))
    eyes = ScreenEyes(display, reader, Settings(quiet=0.06), stopped=stopped.is_set)
    try:
        with pytest.raises(Stopped):
            eyes.look()
    finally:
        read_on.set()
