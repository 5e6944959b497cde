"""Grounding: the one thing that a phrase means, or an abstention that names those that fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent.planners.embedded.ground import Abstention, find
from agent.schema import Box, Element, ElementState, Observation, Role, Screenshot

REGION = Box(left=0, top=0, width=800, height=600)


def look(*elements: Element, paint: tuple[tuple[Box, tuple[int, int, int]], ...] = ()) -> Observation:
    pixels = np.full((600, 800, 3), 255, np.uint8)
    for box, colour in paint:
        pixels[box.top : box.bottom, box.left : box.right] = colour
    return Observation(number=1, screenshot=Screenshot(pixels=pixels, region=REGION), elements=elements)


def item(number: int, role: Role, label: str, left: int = 100, top: int = -1, **extra: Any) -> Element:
    box = Box(
        left=left, top=top if top >= 0 else 40 * number, width=extra.pop("width", 100), height=extra.pop("height", 24)
    )
    text = label if role in ("button", "link", "text", "heading", "option") else extra.pop("text", "")
    return Element(id=number, role=role, label=label, text=text, box=box, **extra)


FORM = look(
    item(0, "heading", "Customer details"),
    item(1, "textbox", "First name"),
    item(2, "textbox", "Email address"),
    item(3, "checkbox", "I agree to the terms"),
    item(4, "combobox", "Country", text="Germany"),
    item(5, "radio", "Male", group="Gender"),
    item(6, "radio", "Female", group="Gender"),
    item(7, "button", "Save"),
    item(8, "button", "Save as draft"),
    item(9, "link", "Forgot your password?"),
    item(10, "text", "Questions? Write to us"),
    item(11, "slider", "Volume"),
)


@pytest.mark.parametrize(
    ("phrase", "number"),
    [
        ("Save", 7),
        ("the save button", 7),
        ('the "Save as draft" button', 8),
        ("first name", 1),
        ("the First name field", 1),
        ("the email field", 2),
        ("E-mail", 2),
        ("the country dropdown", 4),
        ("the dropdown", 4),
        ("the slider", 11),
        ("Female", 6),
        ("the second radio button", 6),
        ("the last button", 8),
        ("the first field", 1),
        ("the checkbox", 3),
        ("forgot your password", 9),
        ("the link", 9),
        ("terms", 3),
        ("the button below Female", 7),
        ("the field above Country", 2),
        ("第一个按钮", 7),
        ("Germany", 4),
    ],
)
def test_finds(phrase: str, number: int) -> None:
    found = find(phrase, FORM)
    assert not isinstance(found, Abstention), found
    assert found.box == FORM.elements[number].box
    assert found.box.contains(found.point)
    assert 0 < found.confidence <= 1


@pytest.mark.parametrize("phrase", ["Delete", "the 3rd radio", "the tree", "Savings", "the red circle", ""])
def test_abstains_where_nothing_fits(phrase: str) -> None:
    assert isinstance(find(phrase, FORM), Abstention)


@pytest.mark.parametrize("phrase", ["the button", "the radio", "the field"])
def test_abstains_where_several_fit(phrase: str) -> None:
    found = find(phrase, FORM)
    assert isinstance(found, Abstention)
    assert len(found.candidates) > 1


def test_a_button_is_not_pressed_by_a_part_of_its_name() -> None:
    seen = look(item(1, "button", "Save as draft"), item(2, "link", "Delete everything for good"))
    for phrase in ("Save", 'the "Save" button', "Delete", '"Save as"'):
        found = find(phrase, seen)
        assert isinstance(found, Abstention), phrase
    assert not isinstance(find("Save as draft", seen), Abstention)


ROWS = look(
    item(0, "text", "Alice", 20, 40),
    item(1, "button", "Delete", 300, 40),
    item(2, "text", "Bob", 20, 80),
    item(3, "button", "Delete", 300, 80),
    item(4, "textbox", "City", 100, 200, group="Billing address"),
    item(5, "textbox", "City", 100, 300, group="Shipping address"),
    item(6, "heading", "Shipping address", 20, 270),
    item(7, "heading", "Billing address", 20, 170),
)


def test_rows_and_sections() -> None:
    for phrase, number in [
        ("the Delete button in the row of Bob", 3),
        ("the Delete button next to Alice", 1),
        ("City in the Shipping address section", 5),
        ("the City field under Billing address", 4),
        ("the 2nd Delete button", 3),
    ]:
        found = find(phrase, ROWS)
        assert not isinstance(found, Abstention), (phrase, found)
        assert found.box == ROWS.elements[number].box, phrase
    twins = find("the Delete button", ROWS)
    assert isinstance(twins, Abstention)
    assert len(twins.candidates) == 2
    assert isinstance(find("City", ROWS), Abstention)


def test_a_caption_and_its_control_are_one_thing() -> None:
    box = item(1, "checkbox", "Agree", 20, 40, width=16, label_box=Box(left=50, top=40, width=60, height=20))
    caption = item(2, "text", "Agree", 50, 40, width=60)
    found = find("Agree", look(box, caption))
    assert not isinstance(found, Abstention)
    assert found.role == "checkbox"


def test_colours_and_shapes() -> None:
    red, blue, small = (Box(left=x, top=100, width=w, height=w) for x, w in ((100, 60), (300, 60), (500, 20)))
    seen = look(paint=((red, (220, 20, 20)), (blue, (20, 20, 220)), (small, (20, 20, 220))))
    for phrase, box in [("the red box", red), ("the small blue square", small), ("the larger blue box", blue)]:
        found = find(phrase, seen)
        assert not isinstance(found, Abstention), (phrase, found)
        assert found.box == box
    assert isinstance(find("the blue box", seen), Abstention)
    assert isinstance(find("the green box", seen), Abstention)


def test_a_coloured_button_and_a_caption_that_is_a_colour() -> None:
    buttons = look(
        item(1, "button", "Go", 100, 40),
        item(2, "button", "Go", 300, 40),
        paint=((Box(left=100, top=40, width=100, height=24), (20, 160, 40)),),
    )
    found = find("the green button", buttons)
    assert not isinstance(found, Abstention)
    assert found.box.left == 100
    named = find("Red", look(item(1, "radio", "Red"), item(2, "radio", "Blue")))
    assert not isinstance(named, Abstention)
    assert named.box.top == 40


def test_a_value_names_a_field_less_than_a_caption() -> None:
    seen = look(item(1, "textbox", "Name", text="Email"), item(2, "textbox", "Email"))
    found = find("Email", seen)
    assert not isinstance(found, Abstention)
    assert found.box.top == 80


def test_a_placeholder_names_a_field() -> None:
    field = item(1, "textbox", "", text="Search products", state=ElementState(placeholder=True))
    found = find("the search products field", look(field))
    assert not isinstance(found, Abstention)


def test_the_control_beside_its_own_caption() -> None:
    caption = Box(left=130, top=40, width=60, height=16)
    seen = look(
        item(1, "checkbox", "Agree", 100, 40, width=16, label_box=caption),
        item(2, "checkbox", "News", 20, 40, width=16, label_box=Box(left=40, top=40, width=40, height=16)),
        item(3, "textbox", "City", 300, 40, label_box=Box(left=250, top=40, width=40, height=16)),
        item(4, "textbox", "Street", 300, 120, label_box=Box(left=300, top=96, width=40, height=16)),
        item(5, "button", "Go", 420, 40),
    )
    for phrase, left, top in [
        ("the checkbox left of Agree", 100, 40),
        ('the checkbox next to "Agree"', 100, 40),
        ("the checkbox right of News", 100, 40),
        ("the field right of City", 300, 40),
        ("the field below Street", 300, 120),
        ("the field below City", 300, 120),
        ("the button right of City", 420, 40),
    ]:
        found = find(phrase, seen)
        assert not isinstance(found, Abstention), (phrase, found)
        assert (found.box.left, found.box.top) == (left, top), phrase
