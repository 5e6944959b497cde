"""Aiming with a model of known error: closer looks and readable text make hits of misses, and doubt is told."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable

import numpy as np
import pytest

from agent.dialects.qwen3_vl import Qwen3VL
from agent.planners.vision.aim import Aimer, AskedCloser, Doubt, anchors, closer_look
from agent.planners.vision.fusion import Sighting, candidates, settle
from agent.schema import Box, Element, Observation, Point, Role, Screenshot
from agent.talk import Answer, Delta, ImagePart, Request

WIDTH, HEIGHT = 1920, 1080


def element(number: int, box: tuple[int, int, int, int], text: str = "", role: Role = "button") -> Element:
    left, top, width, height = box
    return Element(id=number, role=role, box=Box(left=left, top=top, width=width, height=height), text=text, label=text)


def look(*elements: Element) -> Observation:
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    shot = Screenshot(pixels=pixels, region=Box(left=0, top=0, width=WIDTH, height=HEIGHT))
    return Observation(number=1, screenshot=shot, elements=elements)


class Pointing:
    """A model that points at one place, off by a share of the picture that it sees."""

    def __init__(self, crops: Callable[[], tuple[float, float]]) -> None:
        self.asked: list[Request] = []
        self._answer = crops

    def answer(
        self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = lambda _: None
    ) -> Answer:
        self.asked.append(request)
        x, y = self._answer()
        call = {"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [x, y]}}
        return Answer(text=f"<tool_call>\n{json.dumps(call)}\n</tool_call>")

    def measure(self, request: Request) -> int:
        return 0


def aimer(chat: Pointing) -> Aimer:
    return Aimer(AskedCloser(chat, Qwen3VL(), threading.Event()))


def never() -> tuple[float, float]:
    raise AssertionError("no closer look was needed")


ICONS = tuple(element(n, (600 + 24 * n, 500, 20, 20), role="icon") for n in range(20))


def test_text_settles_it_without_a_second_look() -> None:
    seen = look(element(1, (100, 100, 90, 30), "Save"), element(2, (100, 150, 90, 30), "Delete"))
    found = aimer(Pointing(never))('Click the "Save" button', Point(x=150, y=160), seen)
    assert (found.box.top, found.source) == (100, "text")


def test_a_large_target_that_was_hit_needs_no_second_look() -> None:
    seen = look(element(1, (800, 400, 300, 200)), element(2, (100, 150, 90, 30)))
    found = aimer(Pointing(never))("the picture", Point(x=930, y=480), seen)
    assert found.point == Point(x=930, y=480)


def test_what_the_model_looked_at_closer_itself_is_not_looked_at_again() -> None:
    seen = look(element(1, (800, 400, 20, 20), role="icon"))
    first, part = Point(x=809, y=411), Box(left=700, top=300, width=300, height=200)
    found = aimer(Pointing(never))("the gear", first, seen, part)
    assert found.point == first
    chat = Pointing(lambda: (500, 500))
    aimer(chat)("the gear", first, seen, Box(left=0, top=0, width=300, height=200))
    assert len(chat.asked) == 1, "elsewhere is not there"
    aimer(crowd := Pointing(lambda: (500, 500)))("the third icon", Point(x=658, y=512), look(*ICONS), part)
    assert crowd.asked, "among many of a kind one more look is worth while"


def test_a_closer_look_picks_the_right_one_of_many_small_ones() -> None:
    target = ICONS[7]
    asked: list[Screenshot] = []

    def closer(said: str, part: Screenshot) -> Point:
        asked.append(part)
        return target.box.center

    found = Aimer(closer)("the gear", Point(x=790, y=515), look(*ICONS))
    assert (found.box, found.source) == (target.box, "zoom")
    assert 1 <= len(asked) <= 3
    assert (asked[0].region.width, asked[0].region.height) == (960, 768)


def test_a_closer_look_is_asked_for_without_a_thought() -> None:
    chat = Pointing(lambda: (500, 500))
    aimer(chat)("the gear", Point(x=809, y=411), look(element(1, (800, 400, 20, 20), role="icon")))
    assert isinstance(chat.asked[0].messages[1].parts[0], ImagePart)
    assert not chat.asked[0].thinking
    assert chat.asked[0].sampling.temperature == 0


def test_what_reads_like_the_target_is_not_passed_over() -> None:
    """Looks that agree on another control contradict an exact caption; told by its row, a thing need not read so."""
    seen = look(element(1, (100, 100, 90, 30), "Open 26"), element(2, (100, 300, 90, 30), "Open 32"))

    def closer(said: str, part: Screenshot) -> Point:
        return Point(x=145, y=115)

    with pytest.raises(Doubt, match="Open 32"):
        Aimer(closer)('click "Open 32"', Point(x=145, y=114), seen)
    row = look(element(1, (100, 100, 90, 30), "", "icon"), element(2, (600, 100, 90, 30), "Report.pdf", "text"))
    found = Aimer(closer)('click the bin in the row of "Report.pdf"', Point(x=145, y=114), row)
    assert found.box == row.elements[0].box


def test_looks_that_contradict_each_other_are_doubt() -> None:
    places = iter([(20, 20), (980, 980), (20, 980)])
    with pytest.raises(Doubt):
        aimer(Pointing(lambda: next(places)))("the gear", Point(x=790, y=515), look(*ICONS))


def test_a_model_that_does_not_click_is_no_second_opinion() -> None:
    class Mute(Pointing):
        def answer(self, request: Request, stop: threading.Event, on_delta: object = None) -> Answer:
            return Answer(text="I can't.")

    seen = look(element(1, (800, 400, 20, 20)))
    found = aimer(Mute(never))("the dot", Point(x=810, y=410), seen)
    assert found.box == seen.elements[0].box


def test_equal_texts_are_told_apart_by_the_point() -> None:
    rows = look(*(element(n, (1500, 100 + 60 * n, 80, 30), "Edit") for n in range(10)))
    assert len(anchors('click "Edit" in the row of Ann', rows)) == 10
    sight = Sighting(point=Point(x=1530, y=415), seen=rows.screenshot.region, source="model")
    found = settle("Edit", candidates([sight], anchors('click "Edit"', rows), rows), [sight])
    assert found is not None
    assert found.box.top == 400


def test_the_closer_look_stays_on_the_screen_and_is_large_enough() -> None:
    screen = Box(left=-1920, top=0, width=1920, height=1080)
    crop = closer_look(Point(x=-1919, y=1079), screen, 0.5)
    assert (crop.left, crop.bottom, crop.width, crop.height) == (-1920, 1080, 960, 768)


def test_doubt_comes_before_error() -> None:
    """Icons 24 pixels apart and a model as inexact as it is taken for: one look can't tell, two are seldom wrong."""
    rng = random.Random(5)
    screen = look().screenshot.region
    told: dict[int, list[bool]] = {1: [], 2: []}
    for _ in range(300):
        target = rng.choice(ICONS)
        sights: list[Sighting] = []
        for seen, source in ((screen, "model"), (closer_look(target.box.center, screen, 0.25), "zoom")):
            spread = 0.012 * seen.width
            x, y = (round(rng.gauss(middle, spread)) for middle in (target.box.center.x, target.box.center.y))
            sights.append(Sighting(point=Point(x=x, y=y), seen=seen, source=source))
            found = settle("icon", candidates(sights, {}, look(*ICONS)), sights)
            if found is not None:
                told[len(sights)].append(found.box == target.box)
    assert len(told[1]) < 30
    assert len(told[2]) > 80
    assert sum(told[2]) / len(told[2]) > 0.9
