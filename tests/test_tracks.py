"""Segmented controls: options on one track, as they are drawn and as they are operated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from agent.perception.blocks import Line
from agent.perception.ink import PLAIN
from agent.perception.labels import make_elements
from agent.planners.embedded.pressed import look_of, states_of
from agent.schema import Box, Element, ElementState, Observation, Pixels, Screenshot
from tests.test_labels import line, widget
from tests.test_widgets import BLACK, GREY, WHITE, Colour, Sheet

TRACK: Colour = (238, 240, 243)


def track(captions: Sequence[tuple[int, str]], width: int, pill: tuple[int, int] | None, gap: int = 4) -> Sheet:
    """A track at (40, 60), 40 high, with captions at some places; a pill (left, width) is drawn under one of them."""
    sheet = Sheet()
    sheet.box(40, 60, width, 40, TRACK)
    if pill:
        sheet.box(40 + pill[0], 60 + gap, pill[1], 40 - 2 * gap, WHITE, None if gap else GREY)
    for left, caption in captions:
        sheet.text(40 + left, 85, caption)
    return sheet


THREE = ((24, "Small"), (97, "Medium"), (184, "Large"))


@pytest.mark.parametrize("gap", [4, 0])
def test_the_option_on_the_pill_is_on(gap: int) -> None:
    found = sorted(
        track(THREE, 240, (0 if gap == 0 else 4, 80 if gap == 0 else 74), gap).find(), key=lambda w: w.box.left
    )
    assert [(w.role, w.state.checked) for w in found] == [("button", True), ("button", False), ("button", False)]


def test_a_track_without_a_pill_has_its_options_too() -> None:
    found = track(THREE, 240, None).find()
    assert [w.role for w in found] == ["button"] * 3


def test_a_button_at_the_end_of_a_field_is_no_option() -> None:
    found = track(((12, "Search"), (196, "Go")), 240, (180, 56)).find()
    assert [w for w in found if w.state.checked is not None] == []


def seen(papers: Sequence[int], inks: Sequence[Colour]) -> Observation:
    """Three options side by side, each on a ground and in an ink; none is found as a control."""
    pixels: Pixels = np.full((60, 300, 3), 255, np.uint8)
    for n, (paper, ink) in enumerate(zip(papers, inks, strict=True)):
        pixels[10:50, n * 100 : n * 100 + 100] = paper
        cv2.putText(pixels, "Home", (n * 100 + 25, 36), cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, 1, cv2.LINE_AA)
    region = Box(left=0, top=0, width=300, height=60)
    return Observation(number=1, screenshot=Screenshot(pixels=pixels, region=region))


@pytest.mark.parametrize(
    ("papers", "inks"),
    [((255, 225, 255), (BLACK,) * 3), ((255, 255, 255), (BLACK, (20, 160, 90), BLACK))],
    ids=["ground", "ink"],
)
def test_what_is_on_is_told_by_ground_or_ink(papers: Sequence[int], inks: Sequence[Colour]) -> None:
    boxes = [Box(left=n * 100, top=10, width=100, height=40) for n in range(3)]
    options = [
        Element(id=n, role="button", box=box, text=name) for n, (box, name) in enumerate(zip(boxes, "abc", strict=True))
    ]
    before = seen((255, 255, 255), (BLACK,) * 3)
    first = [look_of(before, box) for box in boxes]
    assert states_of(before, options, first, [False] * 3) == [False, False, False]
    assert states_of(seen(papers, inks), options, first, [False] * 3) == [False, True, False]


def test_of_two_grounds_the_coloured_one_is_on_though_most_are() -> None:
    blue, grey = replace(PLAIN, paper=(30, 120, 240)), replace(PLAIN, paper=(241, 243, 245))
    lines: list[Line] = [line("Bring", 20, 20)]
    lines += [
        line(t, 30 + 90 * n, 52, ink, 40)
        for n, (t, ink) in enumerate((("Apron", blue), ("Glove", grey), ("Goggle", blue)))
    ]
    widgets = [widget("button", 20 + 90 * n, 42, 80, 30, ElementState()) for n in range(3)]
    found = [e for e in make_elements(lines, widgets) if e.role == "button"]
    assert [e.state.checked for e in found] == [True, False, True]


def test_a_word_in_colour_among_grey_ones_on_one_ground_is_on() -> None:
    green = replace(PLAIN, colour=(24, 160, 88))
    lines = [line("Used for", 20, 20)]
    lines += [
        line(t, 30 + 90 * n, 52, i, 40)
        for n, (t, i) in enumerate((("Home", PLAIN), ("Office", green), ("School", PLAIN)))
    ]
    widgets = [widget("button", 20 + 90 * n, 42, 90, 30, ElementState()) for n in range(3)]
    found = [e for e in make_elements(lines, widgets) if e.role == "button"]
    assert [e.state.checked for e in found] == [False, True, False]


def test_a_border_round_all_options_with_the_pill_at_its_edge() -> None:
    sheet = Sheet()
    sheet.box(40, 60, 240, 40, WHITE, GREY)
    sheet.box(40, 60, 80, 40, (235, 245, 254), (0, 100, 217))
    for left, caption in THREE:
        sheet.text(40 + left, 85, caption)
    found = sorted(sheet.find(), key=lambda w: w.box.left)
    assert [(w.role, w.state.checked) for w in found] == [("button", True), ("button", False), ("button", False)]
