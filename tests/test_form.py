"""The form filler on pretended screens: what it types, where it stops, and what it never does."""

from __future__ import annotations

import numpy as np

from agent.planners.embedded.kept import same_mark
from agent.planners.embedded.planner import EmbeddedPlanner
from agent.planners.embedded.sliders import ends_of, likely_ends
from agent.schema import (
    Action,
    Ask,
    Box,
    Click,
    Done,
    Element,
    Fail,
    Observation,
    Role,
    Screenshot,
    Step,
    Task,
    TypeText,
)
from tests.fakes import Control, FakeScreen, drive, fields_told, submit_button


def run(
    screen: FakeScreen, record: dict[str, object], secrets: frozenset[str] = frozenset()
) -> tuple[Action, list[Step]]:
    return drive(EmbeddedPlanner(Task(record=record, secrets=secrets), screen.reread), screen)


def test_fills_and_submits_the_common_controls() -> None:
    screen = FakeScreen(
        [
            Control("textbox", "First name"),
            Control("textbox", "Email", placeholder="you@example.org"),
            Control("combobox", "Country", value="Please choose", options=("France", "Germany", "Spain")),
            Control("radio", "Red", group="Colour", width=16, height=16),
            Control("radio", "Green", group="Colour", width=16, height=16),
            Control("checkbox", "Subscribe to newsletter", width=16, height=16),
            Control("textarea", "Message", height=60),
            submit_button(),
        ]
    )
    record: dict[str, object] = {
        "first_name": "Ada",
        "email": "ada@lovelace.org",
        "country": "Germany",
        "colour": "green",
        "newsletter": True,
        "message": "Hello there",
    }
    end, steps = run(screen, record)
    assert isinstance(end, Done), end
    assert screen.submitted == [
        {
            "First name": "Ada",
            "Email": "ada@lovelace.org",
            "Country": "Germany",
            "Colour": "Green",
            "Subscribe to newsletter": True,
            "Message": "Hello there",
        }
    ]
    told = fields_told(steps)
    assert {f.verdict for f in told.values()} == {"ok"}
    assert "received" in end.summary


def test_a_key_without_field_is_asked_about_and_nothing_is_sent() -> None:
    screen = FakeScreen([Control("textbox", "First name"), submit_button()])
    end, steps = run(screen, {"first_name": "Ada", "shoe_size": "38"})
    assert isinstance(end, Ask)
    assert "shoe_size" in end.question
    assert not screen.submitted
    assert steps[-1].proposal.unmatched_keys == ("shoe_size",)


def test_two_fields_that_look_alike_get_nothing() -> None:
    screen = FakeScreen(
        [Control("textbox", "Email"), Control("textbox", "Name"), Control("textbox", "Email"), submit_button()]
    )
    end, _ = run(screen, {"email": "a@b.org", "name": "Ada"})
    assert isinstance(end, Ask)
    assert end.candidates == ("Email (1 of 2)", "Email (2 of 2)")
    assert not screen.submitted
    assert [c.value for c in screen.controls if c.label == "Email"] == ["", ""]


def test_a_required_field_without_key_is_asked_about() -> None:
    screen = FakeScreen([Control("textbox", "Name"), Control("textbox", "Phone", required=True), submit_button()])
    end, _ = run(screen, {"name": "Ada"})
    assert isinstance(end, Ask)
    assert "Phone" in end.question
    assert not screen.submitted


def test_a_field_that_spoils_what_is_typed_is_reported_wrong() -> None:
    screen = FakeScreen([Control("textbox", "Name", mangle=lambda text: text[:2]), submit_button()])
    end, steps = run(screen, {"name": "Augusta"})
    assert isinstance(end, Fail)
    assert fields_told(steps)["name"].verdict == "wrong"
    assert not screen.submitted


def test_a_long_form_is_scrolled_through() -> None:
    names = [f"Field {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    screen = FakeScreen([*(Control("textbox", name) for name in names), submit_button()])
    end, _ = run(screen, {name: f"value {name[-1] * 3}" for name in names})
    assert isinstance(end, Done), end
    assert screen.submitted == [{name: f"value {name[-1] * 3}" for name in names}]


def test_an_option_far_down_a_list_is_found() -> None:
    countries = tuple(sorted(f"{a}{b}land" for a in "BCDFGHJKLM" for b in ("aro", "eli", "umbo", "ora", "ika")))
    screen = FakeScreen([Control("combobox", "Country", value="Select one", options=countries), submit_button()])
    end, _ = run(screen, {"country": "Mumboland"})
    assert isinstance(end, Done), end
    assert screen.submitted[0]["Country"] == "Mumboland"


def test_an_option_that_is_not_there_is_asked_about() -> None:
    screen = FakeScreen([Control("combobox", "Size", value="Choose", options=("Small", "Large")), submit_button()])
    end, steps = run(screen, {"size": "Gigantic"})
    assert isinstance(end, Ask)
    assert end.candidates
    assert not screen.submitted
    assert fields_told(steps)["size"].verdict == "unfilled"


def test_what_is_right_already_is_left_alone() -> None:
    screen = FakeScreen(
        [Control("textbox", "Name", value="Ada"), Control("checkbox", "Agree", checked=True, width=16), submit_button()]
    )
    end, steps = run(screen, {"name": "Ada", "agree": True})
    assert isinstance(end, Done)
    assert not any(isinstance(s.proposal.action, TypeText) for s in steps)
    assert sum(isinstance(s.proposal.action, Click) for s in steps) == 1


def test_a_password_is_never_named() -> None:
    screen = FakeScreen([Control("textbox", "User name"), Control("textbox", "Password", secret=True), submit_button()])
    end, steps = run(screen, {"username": "ada", "password": "s3cretword"}, frozenset({"password"}))
    assert isinstance(end, Done), end
    assert screen.submitted == [{"User name": "ada", "Password": "s3cretword"}]
    typed = [s.proposal for s in steps if isinstance(s.proposal.action, TypeText) and s.proposal.action.secret]
    assert len(typed) == 1
    assert not any("s3cretword" in s.proposal.model_dump_json(exclude={"action"}) for s in steps)
    assert fields_told(steps)["password"].wanted == "••••••"


def test_a_disabled_field_gets_nothing() -> None:
    screen = FakeScreen([Control("textbox", "Name", disabled=True), Control("textbox", "City"), submit_button()])
    end, steps = run(screen, {"name": "Ada", "city": "Paris"})
    assert isinstance(end, Fail)
    assert fields_told(steps)["name"].verdict == "unfilled"
    assert fields_told(steps)["city"].verdict == "ok"
    assert not screen.submitted


def test_fields_that_a_choice_brings_up_are_filled_too() -> None:
    def bring_up(screen: FakeScreen, control: Control) -> None:
        screen.controls[2].hidden = not screen.controls[0].checked
        screen.relayout()

    yes = Control("radio", "Yes", group="Do you have a car?", width=16, height=16, on_change=bring_up)
    no = Control("radio", "No", group="Do you have a car?", width=16, height=16, on_change=bring_up)
    plate = Control("textbox", "Licence plate", hidden=True)
    screen = FakeScreen([yes, no, plate, Control("textbox", "Name"), submit_button()])
    end, _ = run(screen, {"do_you_have_a_car": "yes", "licence_plate": "AB 123", "name": "Ada"})
    assert isinstance(end, Done), end
    assert screen.submitted[0]["Licence plate"] == "AB 123"


def test_several_pages() -> None:
    second = [Control("textbox", "City"), submit_button()]

    def forth(screen: FakeScreen, control: Control) -> None:
        screen.submitted.append(screen.data())
        screen.replace_all(second)

    screen = FakeScreen([Control("textbox", "Name"), Control("button", "Next", on_click=forth, width=80)])
    end, _ = run(screen, {"name": "Ada", "city": "Paris"})
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Name": "Ada"}, {"City": "Paris"}]


def test_a_button_that_changes_nothing_is_no_success() -> None:
    screen = FakeScreen([Control("textbox", "Name"), Control("button", "Submit", width=80)])
    end, _ = run(screen, {"name": "Ada"})
    assert isinstance(end, Fail)
    assert "unknown" in end.reason


def test_complaints_are_reported() -> None:
    def refuse(screen: FakeScreen, control: Control) -> None:
        screen.controls[0].error = "Please enter your full name"

    screen = FakeScreen([Control("textbox", "Name"), Control("button", "Send", width=80, on_click=refuse)])
    end, _ = run(screen, {"name": "Ada"})
    assert isinstance(end, Fail)
    assert "full name" in end.reason


def test_values_that_vanish_are_filled_once_more() -> None:
    gone: list[int] = []

    def wipe(screen: FakeScreen, control: Control) -> None:
        if not gone:
            gone.append(1)
            screen.controls[0].value = ""

    screen = FakeScreen([Control("textbox", "Name"), Control("textbox", "City", on_change=wipe), submit_button()])
    end, _ = run(screen, {"name": "Ada", "city": "Paris"})
    assert isinstance(end, Done), end
    assert screen.submitted == [{"Name": "Ada", "City": "Paris"}]


def test_a_slider_is_counted_by_its_place() -> None:
    screen = FakeScreen([Control("slider", "Volume", number=50.0, width=200), submit_button()])
    end, _ = run(screen, {"volume": 37})
    assert isinstance(end, Done), end
    assert screen.submitted[0]["Volume"] == 37


def test_several_rows_of_a_list() -> None:
    screen = FakeScreen(
        [Control("listbox", "Fruit", options=("Apple", "Pear", "Plum", "Fig"), height=120), submit_button()]
    )
    end, _ = run(screen, {"fruit": ["Pear", "Fig"]})
    assert isinstance(end, Done), end
    assert screen.submitted[0]["Fruit"] == ["Fig", "Pear"]


def test_a_list_of_suggestions_is_taken_from_or_closed() -> None:
    screen = FakeScreen(
        [
            Control("textbox", "City", suggest=("Paris", "Parma", "Palermo")),
            Control("textbox", "Street"),
            submit_button(),
        ]
    )
    screen.texts.append(Control("heading", "Your address", top=4, width=200))
    end, _ = run(screen, {"city": "Paris", "street": "Rue 1"})
    assert isinstance(end, Done), end
    assert screen.submitted == [{"City": "Paris", "Street": "Rue 1"}]


def test_where_a_slider_is_clicked_first() -> None:
    def at(role: Role, text: str, left: int, top: int, width: int = 40) -> Element:
        return Element(id=left, role=role, text=text, box=Box(left=left, top=top, width=width, height=12))

    field = at("slider", "", 100, 100, 300)
    region = Box(left=0, top=0, width=500, height=200)
    look = Observation(
        number=1,
        screenshot=Screenshot(pixels=np.zeros((200, 500, 3), np.uint8), region=region),
        elements=(
            field,
            at("text", "0", 390, 70, 10),
            at("text", "none", 100, 118),
            at("text", "20 or more", 350, 118, 50),
        ),
    )
    assert likely_ends(look, field) == (0.0, 20.0)
    assert ends_of(look, field) == (0.0, 100.0), "which is what counts where the place alone has to tell the value"


def test_a_slider_hidden_by_its_focus_ring_is_known_by_its_number() -> None:
    assert same_mark("at ? 7 20", "at 0.350 7 20")
    assert not same_mark("at ? 7 20", "at 0.350 8 20")
    assert not same_mark("at ? ", "at 0.350 ")
    assert same_mark("at 0.350 7", "at 0.349 7")
    assert not same_mark("at 0.350 7", "at 0.250 5")


def test_what_a_focus_ring_is_read_as_is_no_change() -> None:
    assert same_mark("[ 1988 ÷]", "1988")
    assert not same_mark("[ 1988 ÷]", "1989")
    assert not same_mark("-5", "5")
    assert not same_mark("12.50", "1250")
