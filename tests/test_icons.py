"""Icons without words: told apart by their drawing, and found by what people call them, whose they are and where."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agent.icons.marks import drawing_in, marks, named
from agent.planners.embedded.ground import Abstention, find
from agent.schema import Box, Element, Observation, Pixels, Role, Screenshot

REGION = Box(left=0, top=0, width=600, height=400)
INK = (60, 60, 60)


def paper() -> Pixels:
    return np.full((400, 600, 3), 255, np.uint8)


def lines(pixels: Pixels, left: int, top: int) -> None:
    """Three lines, as of a menu."""
    for row in (3, 9, 15):
        cv2.line(pixels, (left, top + row), (left + 18, top + row), INK, 2)


def glass(pixels: Pixels, left: int, top: int) -> None:
    cv2.circle(pixels, (left + 8, top + 8), 7, INK, 2, cv2.LINE_AA)
    cv2.line(pixels, (left + 13, top + 13), (left + 19, top + 19), INK, 2, cv2.LINE_AA)


def dots(pixels: Pixels, left: int, top: int) -> None:
    for row in (2, 9, 16):
        cv2.circle(pixels, (left + 3, top + row), 2, INK, -1, cv2.LINE_AA)


def plus(pixels: Pixels, left: int, top: int) -> None:
    cv2.line(pixels, (left + 9, top), (left + 9, top + 18), INK, 2)
    cv2.line(pixels, (left, top + 9), (left + 18, top + 9), INK, 2)


def text(number: int, said: str, left: int, top: int, role: Role = "text") -> Element:
    return Element(
        id=number, role=role, label=said, text=said, box=Box(left=left, top=top, width=8 * len(said), height=16)
    )


def look(pixels: Pixels, *elements: Element) -> Observation:
    return Observation(number=1, screenshot=Screenshot(pixels=pixels, region=REGION), elements=elements)


def where(description: str, seen: Observation) -> tuple[int, int]:
    found = find(description, seen)
    assert not isinstance(found, Abstention), found.reason
    return found.point.x, found.point.y


@pytest.fixture
def bar() -> Observation:
    pixels = paper()
    lines(pixels, 20, 20)
    glass(pixels, 500, 20)
    dots(pixels, 560, 20)
    return look(pixels)


def test_drawings_are_told_apart(bar: Observation) -> None:
    assert [mark.drawing for mark in sorted(marks(bar), key=lambda m: m.box.left)] in (
        ["menu", "search", "more-vertical"],
        ["bullets", "search", "more-vertical"],
    )
    pixels = paper()
    plus(pixels, 100, 100)
    assert drawing_in(pixels, Box(left=98, top=98, width=24, height=24))[0] == "plus"
    assert drawing_in(paper(), Box(left=98, top=98, width=24, height=24)) == ("", 0.0, 0.0)


@pytest.mark.parametrize(
    ("description", "x"),
    [("the hamburger menu", 29), ("the magnifying glass", 510), ("search", 510), ("the three dots", 563)],
)
def test_an_icon_goes_by_what_people_call_it(bar: Observation, description: str, x: int) -> None:
    assert abs(where(description, bar)[0] - x) < 10


def test_what_is_not_there_is_not_guessed(bar: Observation) -> None:
    for absent in ("the printer", "the gear", "the Delete button", "the heart"):
        assert isinstance(find(absent, bar), Abstention), absent


def test_names_are_whole() -> None:
    assert named("the gear icon") == named("settings")
    assert not named("gear box oil")


@pytest.fixture
def rows() -> Observation:
    """Three rows between rules, each with dots at its end; the same dots at the top right."""
    pixels = paper()
    elements: list[Element] = []
    dots(pixels, 570, 12)
    for n, name in enumerate(("plan.odt", "notes.txt", "talk.pptx")):
        top = 80 + 60 * n
        cv2.line(pixels, (0, top - 20), (599, top - 20), (200, 200, 200), 1)
        cv2.putText(pixels, name, (20, top + 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
        elements.append(text(n, name, 20, top))
        dots(pixels, 400, top)
    cv2.line(pixels, (0, 240), (599, 240), (200, 200, 200), 1)
    return look(pixels, *elements)


@pytest.mark.parametrize(
    "description",
    [
        "the three dots in the row of notes.txt",
        "the three dots of notes.txt",
        "the menu of the file 'notes.txt'",
        "more options for notes.txt",
    ],
)
def test_an_icon_belongs_to_the_caption_of_its_row(rows: Observation, description: str) -> None:
    x, y = where(description, rows)
    assert (abs(x - 403) < 6, abs(y - 149) < 10) == (True, True)


def test_a_place_picks_one_of_several(rows: Observation) -> None:
    assert isinstance(find("the three dots", rows), Abstention)
    assert where("the three dots at the top right", rows)[0] > 560


def test_a_deed_is_not_done_to_what_it_names(rows: Observation) -> None:
    # No bin is drawn: the name of the file is not what deletes it.
    assert isinstance(find("delete 'notes.txt'", rows), Abstention)
    assert isinstance(find("the bin of notes.txt", rows), Abstention)


def test_a_caption_beside_an_icon_is_what_it_means() -> None:
    pixels = paper()
    plus(pixels, 20, 20)
    seen = look(pixels, text(0, "Pictures", 46, 22))
    assert isinstance(find("the Add button", seen), Abstention)


def test_a_search_box_is_the_field_with_the_magnifier() -> None:
    pixels = paper()
    cv2.rectangle(pixels, (100, 20), (400, 56), (150, 150, 150), 1)
    glass(pixels, 370, 28)
    field = Element(
        id=0, role="textbox", label="", text="What are you after?", box=Box(left=100, top=20, width=300, height=36)
    )
    other = Element(id=1, role="textbox", label="Name", text="", box=Box(left=100, top=120, width=300, height=36))
    assert where("the search field", look(pixels, field, other))[1] == 38


@pytest.mark.parametrize(
    ("description", "hit"),
    [
        ("go to invoices", "Invoices"),
        ("log in", "Sign in"),
        ("the Museums chip", "Museums"),
        ("the mail about Concert tickets", "Concert tickets"),
        ("the Inbox", "Inbox 51"),
    ],
)
def test_the_thing_itself_under_the_words_round_it(description: str, hit: str) -> None:
    names = ("Invoices", "Sign in", "Museums", "Concert tickets", "Inbox 51")
    seen = look(paper(), *(text(n, name, 20, 20 + 40 * n, "button") for n, name in enumerate(names)))
    assert where(description, seen)[1] == 28 + 40 * names.index(hit)


def test_what_is_only_near_in_words_is_no_guess() -> None:
    seen = look(paper(), text(0, "Latest transactions", 20, 20), text(1, "Insert", 20, 60))
    for description in ("see all transactions", "insert image", "insert a link"):
        assert isinstance(find(description, seen), Abstention), description


def test_what_names_a_control_of_the_row_owns_the_row() -> None:
    names = ("Ada Lindqvist", "Owen Baxter")
    elements: list[Element] = []
    for n, name in enumerate(names):
        top = 100 + 60 * n
        elements.append(
            Element(
                id=2 * n,
                role="combobox",
                label=name,
                text="Viewer",
                box=Box(left=200, top=top, width=80, height=34),
                label_box=Box(left=20, top=top + 10, width=100, height=14),
            )
        )
        elements.append(text(2 * n + 1, "Remove", 320, top + 9, "button"))
    assert where("Remove in the row of Owen Baxter", look(paper(), *elements))[1] == 177


def test_a_deed_is_one_also_at_the_beginning_of_a_sentence() -> None:
    seen = look(paper(), text(0, "Printer jam", 20, 20, "heading"), text(1, "Delete", 300, 20, "button"))
    assert where("Delete the ticket 'Printer jam'", seen)[0] > 300
    assert isinstance(find("Edit the ticket 'Printer jam'", seen), Abstention)
