"""Lists that show several values as chips, calendars, and what a form asks for in words: pure parts, no display."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from agent.perception.blocks import Line
from agent.perception.cutting import cut_lines
from agent.perception.parts import Widget
from agent.planners.embedded.calendars import Sheet, arrows, between, day_in, month_of, shown_at
from agent.planners.embedded.chips import is_all
from agent.planners.embedded.match import match_fields
from agent.planners.embedded.segments import When, part_accepts
from agent.planners.embedded.texts import in_clear, named_as, value_of
from agent.planners.embedded.values import write_value
from agent.schema import Box, Element, Observation, Role, Screenshot
from tests.test_labels import line as drawn_line


def element(number: int, role: str, text: str, label: str = "", left: int = 0, group: str = "") -> Element:
    box = Box(left=left, top=100, width=60, height=20)
    return Element.model_validate(
        {"id": number, "role": role, "text": text, "label": label, "group": group, "box": box}
    )


def test_chips_are_the_wanted_values_and_nothing_else() -> None:
    assert is_all("HTML × User research ×", ["User research", "HTML"])
    assert is_all("HTML x User researchx", ["HTML", "User research"])
    assert not is_all("HTML × User research × Java ×", ["HTML", "User research"])
    assert not is_all("HTML ×", ["HTML", "User research"])
    assert not is_all("", [])


def test_the_month_of_a_calendar() -> None:
    assert month_of("< November 2026 >") == 2026 * 12 + 11
    assert month_of("2027年3月") == 2027 * 12 + 3
    assert month_of("November") is None
    assert month_of("November 2026 December 2026") is None


def test_a_day_is_that_of_the_shown_month() -> None:
    numbers = [29, 30, 31, *range(1, 31), 1, 2, 3]
    days = [element(n, "text", str(number)) for n, number in enumerate(numbers)]
    found = day_in(days, 30)
    assert found is not None
    assert found.id == 32
    found = day_in(days, 2)
    assert found is not None
    assert found.id == 4
    assert day_in(days, 31) is None


def test_a_calendar_is_that_of_the_field_at_which_it_hangs() -> None:
    first = Element(id=1, role="textbox", box=Box(left=320, top=215, width=316, height=36), label="Check-in date")
    other = Element(id=2, role="textbox", box=Box(left=644, top=215, width=316, height=36), label="Check-out date")
    words = [Element(id=3, role="text", box=Box(left=740, top=265, width=110, height=18), text="March 2027")]
    for day in range(1, 32):
        box = Box(left=660 + (day % 7) * 40, top=300 + day // 7 * 32, width=20, height=16)
        words.append(Element(id=3 + day, role="text", box=box, text=str(day)))
    shot = Screenshot(pixels=np.full((800, 1280, 3), 255, np.uint8), region=Box(left=0, top=0, width=1280, height=800))
    look = Observation(number=1, screenshot=shot, elements=(first, other, *words))
    assert shown_at(look, other)
    assert not shown_at(look, first)


def test_what_is_chosen_in_the_place_of_a_caption_at_rest_is_the_value() -> None:
    box, inner = Box(left=450, top=380, width=110, height=32), Box(left=460, top=388, width=60, height=16)
    field = Element(id=1, role="combobox", box=box, label="Month of arrival", label_box=inner)
    shot = Screenshot(pixels=np.full((800, 1280, 3), 255, np.uint8), region=Box(left=0, top=0, width=1280, height=800))

    def shown(label: str, at: Box = inner) -> str:
        seen = field.model_copy(update={"label": label, "label_box": at})
        return value_of(Observation(number=1, screenshot=shot, elements=(seen,)), field)[0]

    assert shown("September") == "September"
    assert shown("Month of arrival") == ""
    assert shown("Monlh of arrival") == "", "the same caption, misread"
    assert shown("September", inner.shift(0, -40)) == "", "a caption over the field"
    chosen = field.model_copy(update={"label": "September"})
    assert named_as(chosen, field).label == "Month of arrival", "so that it is known what it shows"
    other = chosen.model_copy(update={"label_box": inner.shift(0, -40)})
    assert named_as(other, field).label == "September"


def test_a_misread_day_loses_only_itself() -> None:
    numbers = [1, 2, 3, 29, *range(5, 31), 1, 2]
    days = [element(n, "text", str(number)) for n, number in enumerate(numbers)]
    found = day_in(days, 12)
    assert found is not None
    assert found.id == 11
    assert day_in(days, 4) is None
    assert day_in(days, 29) is None


def test_a_secret_in_clear_is_compared_exactly() -> None:
    assert in_clear("737", "737")
    assert in_clear("4242424242424242", "4242 4242 4242 4242")
    assert not in_clear("737", "787")
    assert not in_clear("737", "•••")


def test_digits_only_is_answered() -> None:
    asks = "Please enter digits only, without spaces Phone"
    assert write_value("020 7946 0958", meaning="tel", asks=asks).text == "02079460958"
    assert write_value("020 7946 0958", meaning="tel", asks="Phone").text == "020 7946 0958"
    assert write_value("+44 20 7946", meaning="tel", asks=asks).text == "+44 20 7946"
    assert write_value("+44 20 7946", meaning="tel", asks=asks, refused=True).text == "44207946"


def test_a_date_over_three_lists_under_one_caption() -> None:
    lists = [
        element(1, "combobox", "Day", "Date of birth", 0, "Sign up"),
        element(2, "combobox", "Month", "", 70, "Sign up"),
        element(3, "combobox", "Year", "", 140, "Sign up"),
    ]
    (pair,) = match_fields({"date_of_birth": "1988-09-17"}, lists).pairs
    assert (pair.ids, pair.parts) == ((1, 2, 3), "dmy")


def test_a_caption_that_begins_with_a_short_word_keeps_it() -> None:
    read: Line = drawn_line("A search engine", 313, 416, width=145)
    ring = Widget("radio", Box(left=313, top=416, width=18, height=18))
    assert [piece.text for piece in cut_lines([read], [ring])] == ["A search engine"]


@pytest.mark.parametrize(("read", "verdict"), [("März", "ok"), ("mars", "ok"), ("3", "ok"), ("Mai", "wrong")])
def test_a_month_is_known_by_its_name_in_other_languages(read: str, verdict: str) -> None:
    assert part_accepts(When(date(1986, 3, 9)), "%m")(read) == verdict


def test_chips_may_be_counted_at_the_end_of_their_field() -> None:
    assert is_all("Allergy ①", ["Allergy"])
    assert is_all("Allergy, Asthma 2", ["Asthma", "Allergy"])
    assert not is_all("Allergy 2", ["Allergy"])


def test_arrows_that_stand_together_at_the_right_of_a_heading() -> None:
    def drawn(number: int, role: Role, text: str, left: int, top: int) -> Element:
        return Element(id=number, role=role, box=Box(left=left, top=top, width=20, height=16), text=text)

    head = drawn(50, "text", "November 2026", 100, 100)
    head = head.model_copy(update={"box": Box(left=100, top=100, width=100, height=16)})
    days = tuple(drawn(n, "text", str(n), 100 + 40 * (n % 7), 140 + 30 * (n // 7)) for n in range(1, 31))
    opener, back, forth = (drawn(60 + n, "button", "", left, 100) for n, left in enumerate((204, 290, 340)))
    shot = Screenshot(pixels=np.full((400, 600, 3), 255, np.uint8), region=Box(left=0, top=0, width=600, height=400))
    look = Observation(number=1, screenshot=shot, elements=(head, *days, opener, back, forth))
    sheet = Sheet(2026 * 12 + 11, head, head.box, days)
    assert next(arrows(look, sheet, forward=True))[0].id == forth.id
    assert next(arrows(look, sheet, forward=False))[0].id == back.id


@pytest.mark.parametrize("said", ["11 月 2026", "2026年11月", "November 2026"])
def test_the_month_of_a_heading_in_two_lists(said: str) -> None:
    assert month_of(said) == 2026 * 12 + 11


def test_a_day_that_was_not_read_stands_between_its_neighbours() -> None:
    def day(n: int) -> Element:
        box = Box(left=100 + 40 * (n % 7), top=140 + 30 * (n // 7), width=20, height=16)
        return Element(id=n, role="text", box=box, text=str(n))

    days = [day(n) for n in range(1, 31) if n != 17]
    found = between(days, 17)
    assert found is not None
    assert day(17).box.contains(found.box.center)
    assert between([day(n) for n in (1, 2, 3, 20)], 17) is None
