"""Records in the hands of a model: what is sent, what is called done, where a secret goes."""

from __future__ import annotations

import pytest

from agent.errors import RecordError
from agent.schema import (
    Done,
    Fail,
    Outcome,
    Step,
    Task,
    TypeText,
)
from tests.fakes import Control, FakeScreen, drive, fields_told, submit_button
from tests.scripted_chat import says, told
from tests.vision_kit import FINISHED, FORM, RECORD, click, filled, form, planner, types


def test_a_form_is_filled_sent_and_read_back() -> None:
    screen = form()
    mind, chat = planner(FORM, *filled(screen), click(screen, "Submit"), FINISHED, screen=screen)
    end, steps = drive(mind, screen)
    assert isinstance(end, Done)
    assert screen.submitted == [{"first": "Ada", "email": "ada@example.org", "password": "s3cret pass"}]
    results = fields_told(steps)
    assert {key: r.verdict for key, r in results.items()} == dict.fromkeys(RECORD, "ok")
    assert results["email"].label == "Email"
    assert chat.left == 0


def test_secrets_reach_the_keyboard_and_nothing_else() -> None:
    screen = form()
    mind, chat = planner(FORM, *filled(screen), click(screen, "Submit"), FINISHED, screen=screen)
    _, steps = drive(mind, screen)
    typed = [s.proposal for s in steps if isinstance(s.proposal.action, TypeText)]
    assert typed[-1].action == TypeText(text="s3cret pass", secret=True)
    assert typed[-1].grounding is not None
    assert typed[-1].grounding.target == "Password"
    assert "s3cret" not in "".join(told(r) for r in chat.requests)
    assert "s3cret" not in "".join(s.proposal.thought + str(s.proposal.fields) for s in steps)
    assert "{{password}}" in told(chat.requests[0])


def test_proposals_say_what_they_aim_at_and_what_for() -> None:
    screen = form(Control("checkbox", "News"))
    mind, _ = planner(FORM, click(screen, "News"), *filled(screen), click(screen, "Submit"), FINISHED, screen=screen)
    _, steps = drive(mind, screen)
    by_name = {s.proposal.grounding.target: s.proposal for s in steps if s.proposal.grounding}
    assert by_name["News"].intent == "choose"
    assert by_name["Email"].intent == "fill"
    assert by_name["Submit"].intent == "submit"
    grounding = by_name["Submit"].grounding
    assert grounding is not None
    assert grounding.source == "model"
    assert grounding.role == "button"
    assert by_name["News"].thought == "click News (Let me see.)"


def test_a_wrong_form_is_not_sent() -> None:
    screen = form()
    select = says("select all", action="key", keys=["ctrl", "a"])
    mend = [click(screen, "First name"), select, types("{{first_name}}")]
    replies = [*filled(screen, first="Eva"), click(screen, "Submit"), *mend, click(screen, "Submit"), FINISHED]
    mind, chat = planner(FORM, *replies, screen=screen)
    end, _ = drive(mind, screen)
    assert "shows 'Eva' instead of 'Ada'" in told(chat.requests[7])
    assert isinstance(end, Done)
    assert [sent["first"] for sent in screen.submitted] == ["Ada"]


def test_an_unfinished_form_is_not_sent_and_not_called_done() -> None:
    screen = form()
    replies = [click(screen, "First name"), types("Ada"), *[click(screen, "Submit")] * 3, FINISHED, FINISHED]
    mind, chat = planner(FORM, *replies, screen=screen)
    end, steps = drive(mind, screen)
    assert screen.submitted == []
    assert "email is not seen to be filled in" in told(chat.requests[3])
    assert isinstance(end, Fail)
    assert "the model says that it is done, but" in end.reason
    assert steps[-1].proposal.unmatched_keys == ("password",)


def test_what_a_field_shows_instead_is_told() -> None:
    screen = form()
    screen.controls[0].mangle = str.upper
    mind, chat = planner(
        FORM, click(screen, "First name"), types("Ada"), says("x", action="terminate", status="failure")
    )
    drive(mind, screen)
    assert "The field 'First name' shows 'ADA'." in told(chat.requests[2])


def test_complaints_of_the_page_are_no_success() -> None:
    def refuse(screen: FakeScreen, control: Control) -> None:
        screen.controls[1].error = "Please enter a valid email"

    screen = FakeScreen([*form().controls[:3], Control("button", "Submit", on_click=refuse)])
    mind, chat = planner(FORM, *filled(screen), click(screen, "Submit"), FINISHED, FINISHED, screen=screen)
    end, _ = drive(mind, screen)
    assert "the page says: Please enter a valid email" in told(chat.requests[-1])
    assert isinstance(end, Fail)


# ---------------------------------------------------------------- secrets and placeholders


def test_a_secret_goes_only_into_its_own_field() -> None:
    screen = form(Control("textarea", "Public comment"))
    replies = [click(screen, "Public comment"), types("{{password}}"), types("{{password}}"), types("{{password}}")]
    mind, chat = planner(FORM, *replies, says("stop", action="terminate", status="failure"), screen=screen)
    drive(mind, screen)
    assert all(not c.value for c in screen.controls)
    assert "'Public comment' is not seen to be the one for password" in told(chat.requests[2])


def test_a_secret_in_the_task_is_put_in_by_us() -> None:
    screen = form()
    task = Task(instructions="Type the password 'hunter2 two' into the Password field.")
    mind, chat = planner(task, click(screen, "Password"), types("{{secret 1}}"), FINISHED, screen=screen)
    end, _ = drive(mind, screen)
    assert screen.data()["password"] == "hunter2 two"
    assert "hunter2" not in "".join(told(r) for r in chat.requests)
    assert isinstance(end, Done)


def test_unknown_keys_and_unfocused_secrets_are_mistakes() -> None:
    screen = form()
    give_up = says("stop", action="terminate", status="failure")
    mind, chat = planner(FORM, types("{{token}}"), types("{{password}}"), give_up, screen=screen)
    drive(mind, screen)
    assert "no key 'token': its keys are first_name, email, password" in told(chat.requests[1])
    assert "click into the field for password first" in told(chat.requests[2])


def test_values_of_several_lines_are_not_typed_into_one() -> None:
    screen = form()
    task = Task(record={"first_name": "a\nb"})
    give_up = says("stop", action="terminate", status="failure")
    mind, chat = planner(task, click(screen, "First name"), types("{{first_name}}"), give_up, screen=screen)
    drive(mind, screen)
    assert "the field takes one; nothing was typed" in told(chat.requests[2])


def test_an_error_page_is_no_success() -> None:
    screen = form()
    screen.controls[-1] = submit_button(words="Internal Server Error")
    screen.relayout()
    mind, chat = planner(FORM, *filled(screen), click(screen, "Submit"), FINISHED, FINISHED, screen=screen)
    end, _ = drive(mind, screen)
    assert "the page says: Internal Server Error" in told(chat.requests[-1])
    assert isinstance(end, Fail)


def test_empty_values_ask_for_nothing() -> None:
    screen = FakeScreen([Control("textbox", "First name"), submit_button()])
    task = Task(record={"first_name": "Ada", "fax": None, "notes": ""})
    replies = [click(screen, "First name"), types("Ada"), click(screen, "Submit"), FINISHED]
    mind, chat = planner(task, *replies, screen=screen)
    end, _ = drive(mind, screen)
    assert isinstance(end, Done)
    assert "fax" not in told(chat.requests[0])
    with pytest.raises(RecordError, match="nothing to fill in"):
        planner(Task(record={"fax": None}))


def test_choices_made_by_clicks_are_read_back_too() -> None:
    screen = FakeScreen(
        [
            Control("radio", "Red", group="Colour", width=16, height=16),
            Control("radio", "Green", group="Colour", width=16, height=16),
            Control("checkbox", "Subscribe to newsletter", width=16, height=16),
            submit_button(),
        ]
    )
    task = Task(record={"colour": "green", "newsletter": True})
    tick = click(screen, "Subscribe to newsletter")
    replies = [click(screen, "Red"), tick, click(screen, "Submit"), click(screen, "Green"), click(screen, "Submit")]
    mind, chat = planner(task, *replies, FINISHED, screen=screen)
    end, steps = drive(mind, screen)
    assert isinstance(end, Done)
    assert "colour shows 'Red' instead of 'green'" in told(chat.requests[3])
    assert screen.submitted == [{"Colour": "Green", "Subscribe to newsletter": True}]
    assert {key: r.verdict for key, r in fields_told(steps).items()} == {"colour": "ok", "newsletter": "ok"}


def test_what_was_right_before_a_person_took_over_is_seen_again_before_it_is_sent() -> None:
    screen = form()
    name = screen.controls[0]
    replies = [*filled(screen), *[click(screen, "Submit")] * 4]
    mind, chat = planner(FORM, *replies, screen=screen)
    last = None
    for number in range(1, 40):
        proposal = mind.propose(screen.look(), last)
        if proposal.intent == "submit":
            break
        outcome = screen.perform(proposal.action)
        last = Step(number=number, proposal=proposal, outcome=outcome)
    assert proposal.intent == "submit"
    name.value = "Eva"
    stale = Step(number=99, proposal=proposal, outcome=Outcome(status="stale", detail="by hand"), by_hand=True)
    again = mind.propose(screen.look(), stale)
    assert again.mistake
    assert "shows 'Eva' instead of 'Ada'" in again.mistake + told(chat.requests[-1])
    assert screen.submitted == []
