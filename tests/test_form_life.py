"""Forms as they are met in real life, on pretended screens: what is filled, what is refused, and what is said."""

from __future__ import annotations

from agent.planners.embedded.planner import EmbeddedPlanner
from agent.planners.embedded.view import find_again
from agent.schema import Action, Box, Done, Element, Step, Task
from tests.fakes import Control, FakeScreen, drive, fields_told, submit_button


def run(
    screen: FakeScreen, record: dict[str, object], secrets: frozenset[str] = frozenset()
) -> tuple[Action, list[Step]]:
    return drive(EmbeddedPlanner(Task(record=record, secrets=secrets), screen.reread), screen)


def test_a_lone_radio_that_says_no_is_the_answer_no() -> None:
    """Where the other option was not recognised, `no` must click "No", not leave it alone as a box unticked."""

    def screen() -> FakeScreen:
        no = Control("radio", "No", group="Do you hold a licence?", width=16, height=16)
        return FakeScreen([no, Control("textbox", "Name"), submit_button()])

    shown = screen()
    end, _ = run(shown, {"hold_a_licence": "no", "name": "Ada"})
    assert isinstance(end, Done), end
    assert shown.submitted[0]["Do you hold a licence?"] == "No"

    shown = screen()
    end, steps = run(shown, {"hold_a_licence": "yes", "name": "Ada"})
    assert not isinstance(end, Done)
    assert fields_told(steps)["hold_a_licence"].verdict == "unfilled"
    assert not shown.submitted


def test_a_list_without_a_caption_is_found_again_by_its_place_when_its_value_is_taken_for_one() -> None:
    screen = FakeScreen([])
    look = screen.look()

    def listing(number: int, left: int, text: str, label: str = "") -> Element:
        box = Box(left=left, top=100, width=200, height=30)
        return Element(id=number, role="combobox", box=box, text=text, label=label, group="Date of birth")

    month, year = listing(1, 100, "April"), listing(2, 320, "Year")
    later = look.model_copy(update={"elements": (month, listing(2, 320, "1988", "1988"))})
    found = find_again(later, year)
    assert found is not None
    assert found.text == "1988"
