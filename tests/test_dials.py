"""Sliders that a model set, read back: by the number that moves with the thumb, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from agent.planners.vision.dials import Dials
from agent.schema import Box, Done, Element, ElementState, FieldVerdict, Observation, Role, Screenshot, Task
from tests.fakes import Control, FakeScreen, drive, fields_told, submit_button
from tests.scripted_chat import says
from tests.vision_kit import FINISHED, click, planner


def look(place: float | None, *texts: tuple[str, int, int], label: str = "Volume", own: str = "") -> Observation:
    """A slider at 100..400, 100..120, and texts, each with its left and top."""

    def text(words: str, left: int, top: int) -> Element:
        box = Box(left=left, top=top, width=20, height=14)
        return Element(id=left * 1000 + top, role="text", text=words, box=box)

    role: Role = "slider"
    box, state = Box(left=100, top=100, width=300, height=20), ElementState(position=place)
    slider = Element(id=1, role=role, text=own, label=label, box=box, state=state)
    region = Box(left=0, top=0, width=600, height=300)
    shot = Screenshot(pixels=np.zeros((300, 600, 3), np.uint8), region=region)
    return Observation(number=1, screenshot=shot, elements=(slider, *(text(*t) for t in texts)))


ENDS = (("0", 95, 122), ("10", 395, 122))


def judged(*looks: Observation, wanted: object = 40) -> tuple[FieldVerdict, str]:
    dials = Dials()
    return [dials.judge("volume", each.elements[0], wanted, each) for each in looks][-1]


@pytest.mark.parametrize(
    ("looks", "wanted", "verdict"),
    [
        ([look(0.4, own="40")], 40, ("ok", "40")),
        ([look(0.4, own="40")], 45, ("wrong", "40")),
        ([look(0.7, own="40")], 40, ("unknown", "")),
        ([look(0.4)], 40, ("unknown", "")),
        ([look(None, own="40")], 40, ("unknown", "")),
        ([look(0.4, own="40")], "loud", ("unknown", "")),
        ([look(0.4, *ENDS, own="4")], 4, ("ok", "4")),
        ([look(0.4, *ENDS, own="4")], "5", ("wrong", "4")),
        ([look(0.4, *ENDS)], 4, ("unknown", "")),
        ([look(0.4, *ENDS)], 9, ("wrong", "")),
        ([look(0.42, *ENDS, label="Question 4")], 4, ("unknown", "")),
        ([look(0.7, *ENDS, label="Question 4")], 4, ("wrong", "")),
        ([look(0.4, ("40", 200, 60))], 40, ("unknown", "")),
        ([look(0.5, ("50", 410, 102)), look(0.7, ("52", 410, 102))], 52, ("ok", "52")),
        ([look(0.5, label="Volume: 50"), look(0.7, label="Volume: 70")], 70, ("ok", "70")),
        ([look(0.5, ("50", 410, 102)), look(0.3, ("52", 410, 102))], 52, ("unknown", "")),
        ([look(0.5, ("50", 410, 102)), look(0.5, ("8", 410, 102))], 8, ("unknown", "")),
    ],
)
def test_a_number_counts_if_the_thumb_agrees(
    looks: list[Observation], wanted: object, verdict: tuple[FieldVerdict, str]
) -> None:
    assert judged(*looks, wanted=wanted) == verdict


def test_a_slider_that_the_model_set_is_read_back() -> None:
    def shown(screen: FakeScreen, c: Control) -> None:
        c.value = f"{c.number:g}"

    slider = Control("slider", "Volume", number=50.0, value="50", width=400, on_change=shown)
    screen = FakeScreen([slider, submit_button()])
    box = slider.box()
    place = [round(1000 * (box.left + 0.37 * box.width) / screen.region.width), 1]
    place[1] = round(1000 * box.center.y / screen.region.height)
    aimed = says("set the volume", action="left_click", coordinate=place)
    mind, _ = planner(Task(record={"volume": 37}), aimed, click(screen, "Submit"), FINISHED, screen=screen)
    end, steps = drive(mind, screen)
    assert isinstance(end, Done), end
    assert fields_told(steps)["volume"].verdict == "ok"
    assert screen.submitted[0]["Volume"] == 37
