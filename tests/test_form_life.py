"""Forms as they are met in real life, on pretended screens: what is filled, what is refused, and what is said."""

from __future__ import annotations

from agent.planners.embedded.planner import EmbeddedPlanner
from agent.planners.embedded.view import find_again
from agent.schema import Action, Ask, Box, Done, Element, Fail, Outcome, Step, Task
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


def two_pages(first: Control, good: str, message: str) -> FakeScreen:
    """A form of two pages whose first one goes on only with one spelling of its value."""

    def forth(screen: FakeScreen, control: Control) -> None:
        if first.value != good:
            first.error = message
            return
        screen.submitted.append(screen.data())
        screen.replace_all([Control("textbox", "City"), submit_button()])

    return FakeScreen([first, Control("button", "Next", on_click=forth, width=80)])


def test_a_complaint_after_next_is_answered_once() -> None:
    screen = two_pages(Control("textbox", "Phone"), "0301234567", "Please enter digits only")
    end, _ = run(screen, {"phone": "030 123-4567", "city": "Paris"})
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Phone": "0301234567"}, {"City": "Paris"}]


def test_a_date_is_written_as_the_complaint_after_next_asks() -> None:
    screen = two_pages(Control("textbox", "Date of birth"), "09/04/1988", "Invalid date, use the format DD/MM/YYYY")
    end, _ = run(screen, {"date_of_birth": "1988-04-09", "city": "Paris"})
    assert isinstance(end, Done), end
    assert screen.submitted[0] == {"Date of birth": "09/04/1988"}


def test_a_complaint_after_next_that_nothing_answers_is_reported_with_its_field() -> None:
    screen = two_pages(Control("textbox", "Name"), "never", "This name must be longer")
    end, steps = run(screen, {"name": "Ada", "city": "Paris"})
    assert isinstance(end, Fail)
    assert "'Name': This name must be longer" in end.reason
    assert fields_told(steps)["name"].note == "This name must be longer"
    assert sum("next page" in step.proposal.thought for step in steps) == 1


def test_a_locked_field_is_no_rival_of_one_that_can_be_changed() -> None:
    for grey in (True, False):
        locked = Control("textbox", "Email", value="x@y.org", disabled=grey, readonly=not grey)
        screen = FakeScreen([locked, Control("textbox", "Your email"), submit_button()])
        end, _ = run(screen, {"email": "ada@lovelace.org"})
        assert isinstance(end, Done), end
        assert screen.submitted[0]["Your email"] == "ada@lovelace.org"


def test_a_locked_field_that_is_the_only_one_is_reported_with_the_reason() -> None:
    screen = FakeScreen([Control("textbox", "Email", readonly=True), Control("textbox", "City"), submit_button()])
    end, steps = run(screen, {"email": "ada@lovelace.org", "city": "Paris"})
    assert isinstance(end, Fail)
    assert "'Email' (email): the field can't be changed" in end.reason
    assert fields_told(steps)["email"].verdict == "unfilled"
    assert not screen.submitted


def test_a_phone_number_is_divided_where_the_code_has_a_field_of_its_own() -> None:
    code = Control(
        "combobox", "Country code", value="Choose...", options=("Norway (+47)", "Sweden (+46)"), top=40, width=120
    )
    number = Control("textbox", "Mobile", top=40, left=330)
    screen = FakeScreen([code, number, submit_button()])
    end, steps = run(screen, {"phone": "+46 70 174 06 05"})
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Country code": "Sweden (+46)", "Mobile": "70 174 06 05"}]
    assert fields_told(steps)["phone"].verdict == "ok"


def test_a_code_that_two_countries_share_is_left_to_a_person() -> None:
    options = ("Canada (+1)", "United States (+1)")
    code = Control("combobox", "Country code", value="Choose...", options=options, top=40, width=120)
    screen = FakeScreen([code, Control("textbox", "Mobile", top=40, left=330), submit_button()])
    end, _ = run(screen, {"phone": "+1 555 013 7788"})
    assert isinstance(end, Ask)
    assert not screen.submitted


def test_an_amount_and_its_currency_go_into_two_fields() -> None:
    amount = Control("textbox", "Amount", top=40)
    unit = Control("combobox", "", name="unit", value="EUR", options=("EUR", "GBP", "USD"), top=40, left=450, width=80)
    screen = FakeScreen([amount, unit, submit_button()])
    end, _ = run(screen, {"amount": "1250.75 USD"})
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Amount": "1250.75", "unit": "USD"}]


def test_the_parts_of_an_address_are_joined_where_one_field_asks_for_all_of_it() -> None:
    screen = FakeScreen([Control("textbox", "Name"), Control("textarea", "Postal address", height=60), submit_button()])
    record: dict[str, object] = {"name": "Ada", "street": "Marktgasse 12", "postcode": 3011, "city": "Bern"}
    end, steps = run(screen, record)
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Name": "Ada", "Postal address": "Marktgasse 12\n3011 Bern"}]
    assert {fields_told(steps)[key].verdict for key in record} == {"ok"}


def test_a_field_for_the_street_takes_no_town() -> None:
    screen = FakeScreen([Control("textbox", "Street address"), submit_button()])
    end, _ = run(screen, {"street": "Marktgasse 12", "city": "Bern"})
    assert isinstance(end, Ask)
    assert not screen.submitted


def pop_up(screen: FakeScreen, control: Control) -> None:
    """A window with a field of its own comes up over the form, once, and swallows clicks until it is closed."""
    if screen.texts or any(c.label == "No thanks" for c in screen.controls):
        return
    behind = [c for c in screen.controls if c.role == "textbox"]
    for field in behind:
        field.ignores_clicks = 99

    def close(screen: FakeScreen, control: Control) -> None:
        screen.texts.clear()
        screen.controls = [c for c in screen.controls if c not in (own, no)]
        for field in behind:
            field.ignores_clicks = 0

    own = Control("textbox", "Your email", top=340, left=400)
    no = Control("button", "No thanks", top=380, left=400, width=100, on_click=close)
    screen.controls += [own, no]
    screen.texts.append(Control("dialog", "Join our newsletter", top=300, left=380, width=300, height=150))
    del control


def test_a_pop_up_that_comes_midway_is_closed_though_it_has_a_field_of_its_own() -> None:
    name, email = Control("textbox", "Name", on_change=pop_up), Control("textbox", "Email")
    screen = FakeScreen([name, email, Control("textbox", "City"), submit_button()])
    end, _ = run(screen, {"name": "Ada", "email": "ada@lovelace.org", "city": "Paris"})
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Name": "Ada", "Email": "ada@lovelace.org", "City": "Paris"}]


def test_a_list_that_stays_open_after_a_choice_is_closed_before_the_next_field() -> None:
    options = ("Choose a size", "Small", "Large")
    size = Control("combobox", "Size", value="-", options=options)

    def stuck(screen: FakeScreen, control: Control) -> None:
        if control.value == "Choose a size" and isinstance(screen, StickyScreen):
            screen.reopen = control

    size.on_change = stuck
    screen = StickyScreen([size, Control("textbox", "Name"), submit_button()])
    end, steps = run(screen, {"size": "choose a size", "name": "Ada"})
    assert any("close the list" in step.proposal.thought for step in steps)
    assert screen.open is None
    assert isinstance(end, Done), end


class StickyScreen(FakeScreen):
    """A screen whose list stays open when a row is clicked that is no option."""

    reopen: Control | None = None

    def perform(self, action: Action) -> Outcome:
        outcome = super().perform(action)
        if self.reopen is not None:
            self.open, self.reopen = self.reopen, None
        return outcome
