"""Captures, changes, carets and settling; pictures are made here, only the marked tests need a display."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.changes import changed_tiles, is_caret, same_around
from agent.errors import DisplayMissing
from agent.schema import Box, Point, Screenshot
from agent.screen import Screen
from agent.settling import Settling
from agent.windows import Standing


def blank(width: int = 320, height: int = 200, left: int = 0, top: int = 0) -> Screenshot:
    pixels = np.full((height, width, 3), 255, np.uint8)
    return Screenshot(pixels=pixels, region=Box(left=left, top=top, width=width, height=height))


def painted(shot: Screenshot, *boxes: Box, colour: int = 0) -> Screenshot:
    pixels = shot.pixels.copy()
    for box in boxes:
        inside = box.shift(-shot.region.left, -shot.region.top)
        pixels[inside.top : inside.bottom, inside.left : inside.right] = colour
    return Screenshot(pixels=pixels, region=shot.region)


# ---------------------------------------------------------------- coordinates

origins = st.integers(-5000, 5000)
sizes = st.integers(1, 4000)
scales = st.sampled_from([1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0])


@given(origins, origins, sizes, sizes, scales, st.floats(0, 1), st.floats(0, 1))
def test_to_screen_stays_in_the_region_whatever_the_origin_and_scale(
    left: int, top: int, width: int, height: int, scale: float, u: float, v: float
) -> None:
    # One row and one column of pixels tell the scale and save the memory of a picture.
    pixels = np.zeros((1, max(1, round(width * scale)), 3), np.uint8)
    shot = Screenshot(pixels=pixels, region=Box(left=left, top=top, width=width, height=height))
    point = shot.to_screen(u, v)
    assert shot.region.contains(point)
    assert abs(point.x - (left + u * width)) <= 1
    assert abs(point.y - (top + v * height)) <= 1


@given(origins, origins, st.integers(20, 300), st.integers(20, 300), st.sampled_from([1, 2, 3]), st.data())
def test_a_change_is_found_where_it_is(
    left: int, top: int, width: int, height: int, scale: int, data: st.DataObject
) -> None:
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    w, h = data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    region = Box(left=left, top=top, width=width, height=height)
    before = Screenshot(pixels=np.zeros((height * scale, width * scale, 3), np.uint8), region=region)
    pixels = before.pixels.copy()
    pixels[y * scale : (y + h) * scale, x * scale : (x + w) * scale] = 200
    boxes = changed_tiles(before, Screenshot(pixels=pixels, region=region))
    assert boxes == (Box(left=left + x, top=top + y, width=w, height=h),)


# ---------------------------------------------------------------- changes


def test_equal_pictures_have_no_changes() -> None:
    shot = blank()
    assert changed_tiles(shot, shot) == ()
    assert changed_tiles(shot, blank()) == ()


def test_without_an_earlier_picture_everything_is_changed() -> None:
    shot = blank()
    assert changed_tiles(None, shot) == (shot.region,)
    assert changed_tiles(blank(left=5), shot) == (shot.region,)
    assert changed_tiles(blank(width=300), shot) == (shot.region,)


def test_changes_far_apart_are_boxes_of_their_own() -> None:
    one, two = Box(left=-195, top=10, width=20, height=9), Box(left=50, top=150, width=3, height=40)
    shot = blank(left=-200)
    assert set(changed_tiles(shot, painted(shot, one, two))) == {one, two}


def only_caret(before: Screenshot, after: Screenshot, ui_scale: float = 1.0) -> bool:
    """Whether all that differs is a caret that blinks."""
    boxes = changed_tiles(before, after)
    return len(boxes) == 1 and is_caret(before, after, boxes[0], ui_scale)


@pytest.mark.parametrize(
    ("box", "caret"),
    [
        (Box(left=50, top=20, width=1, height=16), True),
        (Box(left=50, top=20, width=2, height=40), True),
        (Box(left=50, top=20, width=2, height=2), False),
        (Box(left=50, top=20, width=2, height=6), False),
        (Box(left=50, top=20, width=9, height=16), False),
        (Box(left=50, top=20, width=2, height=120), False),
    ],
)
def test_a_caret_is_a_thin_upright_bar(box: Box, caret: bool) -> None:
    shot = blank()
    assert only_caret(shot, painted(shot, box)) is caret
    assert only_caret(painted(shot, box), shot) is caret


def test_nothing_changed_is_no_caret_and_neither_is_caret_and_text() -> None:
    shot = blank()
    caret = Box(left=50, top=20, width=1, height=16)
    assert not only_caret(shot, blank())
    assert not only_caret(shot, painted(shot, caret, Box(left=200, top=20, width=30, height=10)))


def test_a_thick_caret_counts_on_a_scaled_display_only() -> None:
    shot = blank()
    wide = painted(shot, Box(left=50, top=20, width=5, height=50))
    assert not only_caret(shot, wide)
    assert only_caret(shot, wide, ui_scale=2.0)


def test_same_around_looks_near_the_target_only_and_past_a_caret() -> None:
    shot, target = blank(), Box(left=100, top=50, width=80, height=24)
    assert same_around(shot, blank(), target)
    assert same_around(shot, painted(shot, Box(left=10, top=150, width=50, height=20)), target)
    assert same_around(shot, painted(shot, Box(left=110, top=54, width=1, height=16)), target)
    assert not same_around(shot, painted(shot, Box(left=110, top=54, width=20, height=16)), target)
    assert not same_around(shot, blank(left=1), target)


# ---------------------------------------------------------------- waiting


class Film:
    """A clock, a sleep that moves it, and a grab that shows what the scene looks like then."""

    def __init__(self, scene: Callable[[float], Screenshot]) -> None:
        self.now = 0.0
        self.grabs = 0
        self._scene = scene

    def grab(self) -> Screenshot:
        self.grabs += 1
        self.now += 0.005
        return self._scene(self.now)

    def settle(self, *, quiet: float = 0.1, **options: Any) -> Screenshot:
        return Settling(self.grab, clock=lambda: self.now, sleep=self.sleep, **options).until(quiet)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


EMPTY = blank()
LOADED = painted(EMPTY, Box(left=20, top=20, width=250, height=150))


def test_a_still_screen_settles_after_the_quiet_time() -> None:
    film = Film(lambda _: EMPTY)
    film.settle(quiet=0.1)
    assert 0.1 <= film.now < 0.2


def test_a_caret_does_not_keep_it_from_settling() -> None:
    caret = painted(EMPTY, Box(left=50, top=20, width=1, height=16))
    film = Film(lambda t: caret if int(t * 20) % 2 else EMPTY)
    film.settle(quiet=0.2)
    assert film.now < 0.3


def test_it_waits_for_a_moving_page_to_end() -> None:
    def scene(t: float) -> Screenshot:
        return LOADED if t > 0.6 else painted(EMPTY, Box(left=20, top=20, width=200, height=5 + int(t * 100)))

    film = Film(scene)
    assert film.settle(quiet=0.1) is LOADED
    assert 0.7 <= film.now < 0.85


def test_a_spinner_is_given_up_on_and_a_restless_page_times_out() -> None:
    def spinner(t: float) -> Screenshot:
        return painted(EMPTY, Box(left=100 + int(t * 50) % 20, top=80, width=12, height=12))

    film = Film(spinner)
    film.settle(quiet=0.1, timeout=3.0)
    assert 0.8 <= film.now < 1.6

    film = Film(lambda t: painted(EMPTY, Box(left=10, top=10, width=20 + int(t * 500) % 200, height=100)))
    film.settle(quiet=0.1, timeout=2.0)
    assert 2.0 <= film.now < 2.1


def test_it_waits_for_the_first_change_after_an_action() -> None:
    def late(t: float) -> Screenshot:
        return LOADED if t > 0.25 else EMPTY

    film = Film(late)
    assert film.settle(quiet=0.1, moved_by=0.5) is LOADED
    assert film.now < 0.5
    # The change came before the first capture: the picture from before the action tells.
    film = Film(lambda _: LOADED)
    film.settle(quiet=0.1, moved_by=0.5, before=EMPTY)
    assert film.now < 0.25
    # Nothing ever moves.
    film = Film(lambda _: EMPTY)
    film.settle(quiet=0.1, moved_by=0.5)
    assert 0.5 <= film.now < 0.6


def test_stop_ends_the_wait_at_once() -> None:
    film, calls = Film(lambda t: painted(EMPTY, Box(left=0, top=0, width=200, height=int(t * 100)))), itertools.count()
    film.settle(stopped=lambda: next(calls) >= 3)
    assert film.grabs <= 5


# ---------------------------------------------------------------- a real display


def test_a_missing_display_is_said_with_what_mends_it() -> None:
    with pytest.raises(DisplayMissing, match="To mend"):
        Screen(":987")


@pytest.fixture
def display() -> Iterator[str]:
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield ":" + server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.display
def test_a_display_is_captured_whole_and_in_parts(display: str) -> None:
    with Screen(display) as screen:
        assert screen.bounds == Box(left=0, top=0, width=640, height=480)
        assert screen.monitors
        assert screen.standing() == Standing()
        assert screen.ui_scale == 1.0
        whole = screen.grab()
        assert whole.pixels.shape == (480, 640, 3)
        assert whole.pixels.flags.c_contiguous
        part = screen.grab(Box(left=600, top=400, width=100, height=100))
        assert part.region == Box(left=600, top=400, width=40, height=80)
        assert part.to_screen(0, 0) == Point(x=600, y=400)
        assert np.array_equal(part.pixels, whole.crop(part.region))


@pytest.mark.display
def test_the_scale_of_the_display_is_read_from_its_resources(display: str) -> None:
    from Xlib import Xatom
    from Xlib.display import Display

    x = Display(display)
    x.screen().root.change_property(Xatom.RESOURCE_MANAGER, Xatom.STRING, 8, b"Xcursor.size:\t24\nXft.dpi:\t144\n")
    x.sync()
    with Screen(display) as screen:
        assert screen.ui_scale == 1.5
    x.close()
