"""Things that are known by how they are drawn: crosses, stars, rings, and the task's own words."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agent.planners.embedded.crosses import is_cross
from agent.planners.embedded.echo import without_echo
from agent.planners.embedded.ground import Abstention, find
from agent.planners.embedded.pictograms import drawn
from agent.planners.embedded.signs import sign_of
from agent.planners.embedded.tints import drawings, has_shape
from agent.schema import Box, Element, Observation, Pixels, Role, Screenshot

REGION = Box(left=0, top=0, width=320, height=400)


def paper() -> Pixels:
    return np.full((400, 320, 3), 255, np.uint8)


def look(pixels: Pixels, *elements: Element) -> Observation:
    return Observation(number=1, screenshot=Screenshot(pixels=pixels, region=REGION), elements=elements)


def text(number: int, said: str, top: int, role: Role = "text") -> Element:
    return Element(
        id=number, role=role, label=said, text=said, box=Box(left=8, top=top, width=9 * len(said), height=18)
    )


def test_a_cross_is_one_and_other_marks_are_not() -> None:
    cross, plus, tick = (np.full((24, 24, 3), 240, np.uint8) for _ in range(3))
    cv2.line(cross, (6, 6), (17, 17), (60, 60, 60), 3)
    cv2.line(cross, (17, 6), (6, 17), (60, 60, 60), 3)
    cv2.line(plus, (12, 5), (12, 18), (60, 60, 60), 3)
    cv2.line(plus, (5, 12), (18, 12), (60, 60, 60), 3)
    cv2.polylines(tick, [np.array([[5, 12], [10, 17], [18, 6]])], False, (60, 60, 60), 3)
    assert is_cross(cross)
    assert not is_cross(plus)
    assert not is_cross(tick)
    assert not is_cross(np.full((24, 24, 3), 240, np.uint8))


def star(pixels: Pixels, x: int, y: int, reach: int = 13) -> None:
    turn = np.arange(10) * np.pi / 5 - np.pi / 2
    far = np.where(np.arange(10) % 2 == 0, reach, 0.42 * reach)
    points = np.stack([x + far * np.cos(turn), y + far * np.sin(turn)], axis=1).astype(np.int32)
    cv2.fillPoly(pixels, [points], (230, 180, 40))


def test_a_star_is_found_by_its_name() -> None:
    pixels = paper()
    star(pixels, 150, 120)
    cv2.circle(pixels, (200, 120), 12, (120, 120, 120), -1)
    found = drawn(look(pixels), "star")
    assert [abs(e.box.center.x - 150) < 4 for e in found] == [True]
    assert drawn(look(pixels), "heart") == []
    grounded = find("the star icon", look(pixels))
    assert not isinstance(grounded, Abstention)
    assert abs(grounded.point.x - 150) < 4


def test_two_stars_are_asked_about() -> None:
    pixels = paper()
    star(pixels, 60, 120)
    star(pixels, 160, 220)
    assert isinstance(find("the star icon", look(pixels)), Abstention)


@pytest.mark.parametrize("filled", [-1, 2])
def test_a_ring_and_a_disc_are_circles(filled: int) -> None:
    pixels = paper()
    cv2.circle(pixels, (100, 100), 30, (0, 0, 0), filled)
    blobs = drawings(Screenshot(pixels=pixels, region=REGION))
    assert [has_shape(blob, "circle") for blob in blobs] == [True]
    grounded = find("the circle", look(pixels))
    assert not isinstance(grounded, Abstention)
    assert abs(grounded.point.x - 100) < 3


def test_a_shape_with_an_outline_is_one_shape() -> None:
    pixels = paper()
    cv2.rectangle(pixels, (50, 50), (99, 99), (220, 0, 0), -1)
    cv2.rectangle(pixels, (50, 50), (99, 99), (0, 0, 0), 2)
    assert len(drawings(Screenshot(pixels=pixels, region=REGION))) == 1


def test_any_of_several_will_do_where_the_sentence_says_so() -> None:
    pixels = paper()
    cv2.rectangle(pixels, (50, 50), (89, 89), (220, 0, 0), -1)
    cv2.rectangle(pixels, (150, 50), (189, 89), (220, 0, 0), -1)
    assert not isinstance(find("a red square", look(pixels)), Abstention)
    assert isinstance(find("the red square", look(pixels)), Abstention)


SAID = 'Enter "Ada" into the text field and press Submit.'


def test_the_task_shown_on_the_screen_is_no_target() -> None:
    lines = text(1, 'Enter "Ada" into the text field', 10), text(2, "and press Submit.", 36)
    field = Element(
        id=3,
        role="textbox",
        box=Box(left=8, top=100, width=200, height=30),
        label='Enter "Ada" into the text field',
        label_box=lines[0].box,
        hint="and press Submit.",
    )
    button = text(4, "Submit", 160, "button")
    kept = without_echo(look(paper(), *lines, field, button), SAID)
    assert [e.id for e in kept.elements] == [3, 4]
    assert (kept.elements[0].label, kept.elements[0].hint) == ("", "")


def test_captions_that_the_task_only_names_are_kept() -> None:
    terms = text(1, "I agree to the terms and conditions", 10)
    said = 'Check "I agree to the terms and conditions" and press Submit.'
    assert without_echo(look(paper(), terms, text(2, "Submit", 60, "button")), said).elements[0].id == 1


def signed(*strokes: tuple[int, int, int, int]) -> Pixels:
    """A shaded button of 120 x 60 with some filled rectangles (left, top, right, bottom) on it."""
    pixels = np.repeat(np.linspace(245, 225, 60).astype(np.uint8)[:, None, None], 120, axis=1).repeat(3, axis=2)
    for left, top, right, bottom in strokes:
        pixels[top:bottom, left:right] = 40
    return np.ascontiguousarray(pixels)


@pytest.mark.parametrize(
    ("strokes", "sign"),
    [
        ([(55, 29, 65, 31), (59, 25, 61, 35)], "plus"),
        ([(55, 29, 65, 31)], "minus"),
        ([(55, 27, 65, 28), (55, 31, 65, 32)], "equals"),
        ([(59, 33, 61, 35)], "point"),
        ([(55, 25, 65, 35)], ""),
        ([(55, 24, 65, 26), (59, 25, 61, 38)], ""),
        ([(55, 46, 65, 48)], ""),
        ([], ""),
    ],
)
def test_signs_are_known_by_their_strokes(strokes: list[tuple[int, int, int, int]], sign: str) -> None:
    assert sign_of(signed(*strokes)) == sign


def test_a_sign_that_is_misread_is_found_by_its_name() -> None:
    pixels = paper()
    pixels[100:160, 40:160] = signed((55, 29, 65, 31), (59, 25, 61, 35))
    pixels[200:260, 40:160] = signed((55, 29, 65, 31))
    buttons = [
        Element(id=n, role="button", label=said, text=said, box=Box(left=40, top=top, width=120, height=60))
        for n, (said, top) in enumerate((("十", 100), ("", 200)))
    ]
    for words, row in (("click the + button", 130), ("-", 230)):
        found = find(words.removeprefix("click "), look(pixels, *buttons))
        assert not isinstance(found, Abstention)
        assert found.point.y == row
