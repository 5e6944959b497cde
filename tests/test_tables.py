"""Days of a calendar in view, and tables that are sorted by a heading."""

from __future__ import annotations

import pytest

from agent.planners.embedded.commands import Choose, PickDay, Press, PressRow, Sort
from agent.planners.embedded.planner import EmbeddedPlanner
from agent.planners.embedded.sentences import read_sentences
from agent.planners.embedded.tables import in_order
from agent.schema import Action, Ask, Click, Done, Fail, Task
from tests.fakes import Control, FakeScreen, drive


def run(text: str, screen: FakeScreen) -> Action:
    end, _ = drive(EmbeddedPlanner(Task(instructions=text), screen.reread), screen)
    return end


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("Click the 15th", (15, None, None)),
        ("Select the 3rd of May", (3, 5, None)),
        ("Choose 21 June 2026", (21, 6, 2026)),
        ("Pick March 2nd, 2027 in the calendar", (2, 3, 2027)),
        ("Press day 9 in the calendar", (9, None, None)),
    ],
)
def test_days_in_words(said: str, day: tuple[int, int | None, int | None]) -> None:
    (command,) = read_sentences(said)
    assert isinstance(command, PickDay)
    assert (command.day, command.month, command.year) == day


def test_what_is_no_day_is_read_as_before() -> None:
    assert isinstance(read_sentences("Click the 2nd button")[0], Press)
    assert isinstance(read_sentences("Choose 12 Monkeys")[0], Choose)
    assert not any(isinstance(c, PickDay) for c in read_sentences("Click the 44th"))


@pytest.mark.parametrize(
    ("said", "column", "falling"),
    [
        ("Sort by Price", "Price", False),
        ("Sort the table by the Name column in descending order", "Name", True),
        ("Order the list by date from newest to oldest", "date", True),
        ("Sort it by Size, ascending", "Size", False),
    ],
)
def test_orders_in_words(said: str, column: str, falling: bool) -> None:
    assert read_sentences(said) == [Sort(read_sentences(said)[0].said, column, falling)]


def calendar() -> tuple[FakeScreen, list[str]]:
    """March 2026 with the first days of April, which have the same numbers; what was pressed is noted."""
    pressed: list[str] = []

    def press(screen: FakeScreen, control: Control) -> None:
        pressed.append(control.name)
        screen.texts.append(Control("text", f"Chosen: {control.name}", top=500))

    days: list[Control] = []
    for n in range(35):
        month, day = ("March", n + 1) if n < 31 else ("April", n - 30)
        day_button = Control("button", str(day), name=f"{month} {day}", on_click=press, width=30)
        day_button.left, day_button.top = 200 + 40 * (n % 7), 80 + 40 * (n // 7)
        days.append(day_button)
    screen = FakeScreen(days)
    screen.texts.append(Control("heading", "March 2026", left=280, top=40, width=100))
    return screen, pressed


def test_a_day_is_pressed_in_the_month_that_is_shown() -> None:
    screen, pressed = calendar()
    assert isinstance(run("Click the 3rd", screen), Done)
    assert pressed == ["March 3"]
    screen, pressed = calendar()
    assert isinstance(run("Select 15 March 2026", screen), Done)
    assert pressed == ["March 15"]


def test_a_month_that_cannot_be_reached_is_told_and_no_day_pressed() -> None:
    screen, pressed = calendar()
    end = run("Select 15 June 2026", screen)
    assert isinstance(end, Fail)
    assert pressed == []


def table(prices: list[str], *, dead: bool = False) -> FakeScreen:
    """Two columns; the heading of the second sorts, falling at first, then rising."""
    order: list[bool] = []

    def press(screen: FakeScreen, control: Control) -> None:
        order.append(True)
        prices.sort(key=lambda p: float(p.strip("$").replace(",", "")), reverse=len(order) % 2 == 1)
        if dead:
            prices[:] = [*prices[1:], prices[0]]
        lay()

    def lay() -> None:
        screen.texts[:] = [Control("text", "Name", left=40, top=80, width=60)]
        for n, price in enumerate(prices):
            screen.texts.append(Control("text", f"Thing {n}", left=40, top=110 + 30 * n, width=60))
            screen.texts.append(Control("text", price, left=300, top=110 + 30 * n, width=len(price) * 9))

    screen = FakeScreen([Control("button", "Price", left=300, top=80, width=60, on_click=press)])
    lay()
    return screen


def test_a_table_is_sorted_by_pressing_its_heading_until_it_is_seen_to_be() -> None:
    screen = table(["$12.50", "$9", "$1,000"])
    assert isinstance(run("Sort by Price", screen), Done)
    assert [t.label for t in screen.texts if "$" in t.label] == ["$9", "$12.50", "$1,000"]
    assert len(screen.actions) == 2
    screen = table(["$12.50", "$9", "$1,000"])
    assert isinstance(run("Sort the table by price in descending order", screen), Done)
    assert len(screen.actions) == 1


def test_what_is_in_order_already_is_not_pressed() -> None:
    screen = table(["$1", "$2", "$3"])
    assert isinstance(run("Sort by Price", screen), Done)
    assert screen.actions == []


def test_an_order_that_does_not_come_is_no_success() -> None:
    assert isinstance(run("Sort by Price", table(["$12", "$9", "$10"], dead=True)), Fail)
    assert isinstance(run("Sort by Weight", table(["$12", "$9"])), Ask)


def test_values_are_compared_as_numbers_days_or_words() -> None:
    assert in_order(["9", "10", "1,000"], falling=False)
    assert not in_order(["10", "9"], falling=False)
    assert in_order(["1.5 kg", "0.75 kg"], falling=True)
    assert in_order(["2 Feb 2025", "1 Mar 2025"], falling=False)
    assert in_order(["ada", "Bob", "Cy"], falling=False)


@pytest.mark.parametrize(
    ("said", "column", "value"),
    [
        ("Click the item that costs 9", "price", "9"),
        ("Select the product priced at $9.50", "price", "$9.50"),
        ("Open the row whose order number is 77", "order number", "77"),
        ("Click the entry with an id of A-3", "id", "A-3"),
    ],
)
def test_rows_in_words(said: str, column: str, value: str) -> None:
    (command,) = read_sentences(said)
    assert isinstance(command, PressRow)
    assert (command.columns[0], command.value) == (column, value)


def test_the_row_that_holds_a_value_is_pressed_and_no_other() -> None:
    screen = table(["$19", "$9.00", "$90"])
    run("Click the item that costs 9", screen)
    (click,) = {a.point.y for a in screen.actions if isinstance(a, Click)}
    assert 140 <= click < 170
    for prices, said in ((["$19", "$90"], "Click the item that costs 9"), (["9", "9"], "Click the item that costs 9")):
        screen = table(prices)
        assert isinstance(run(said, screen), Ask)
        assert screen.actions == []
    screen = table(["$1", "$2"])
    assert isinstance(run("Click the item whose weight is 2", screen), Ask)
    assert screen.actions == []
