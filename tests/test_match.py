"""Matching keys with fields: meanings, sections, sets, dates in parts, and abstention."""

from __future__ import annotations

from typing import Any

import pytest

from agent.planners.embedded.assignment import assign, rival
from agent.planners.embedded.match import Matching, match_fields
from agent.schema import Box, Element, ElementState, Role


def form(*fields: tuple[Any, ...]) -> list[Element]:
    """Elements from (role, label) or (role, label, group) or (role, label, group, extra), one under the other."""
    found: list[Element] = []
    for n, (role, label, *rest) in enumerate(fields):
        group = rest[0] if rest else ""
        extra: dict[str, Any] = dict(rest[1]) if len(rest) > 1 else {}
        box = extra.pop(
            "box", Box(left=100, top=40 + 50 * n, width=20 if role in ("checkbox", "radio") else 200, height=24)
        )
        found.append(Element(id=n, role=role, label=label, group=group, box=box, **extra))
    return found


def text(*labels: str, role: Role = "textbox") -> list[Element]:
    return form(*((role, label) for label in labels))


def found(matching: Matching) -> dict[str, tuple[int, ...]]:
    return {pair.key: pair.ids for pair in matching.pairs if not pair.repeat}


@pytest.mark.parametrize(
    ("key", "value", "labels", "index"),
    [
        ("first_name", "Ada", ["Last name", "First name", "Email"], 1),
        ("Tel. no.", "030 123456", ["Name", "Phone number"], 1),
        ("Insurance no.", "CG 4471-90", ["Insurance provider", "Member ID"], 1),
        ("payee", "Brandt GmbH", ["Amount", "Beneficiary"], 1),
        ("身份证", "110105199507081234", ["姓名", "身份证号"], 1),
        ("medication", "Ibuprofen", ["Known allergies", "What medications do you take?"], 1),
        ("motivation", "I like it.", ["Full name", "Why do you want to work here?"], 1),
        ("firstName", "Ada", ["Surname", "Given name(s)"], 1),
        ("email", "a@b.org", ["Name", "E-mail address"], 1),
        ("mail", "a@b.org", ["姓名", "电子邮箱"], 1),
        ("手机", "13800000000", ["姓名", "手机号码", "邮箱"], 1),
        ("name", "王芳", ["公司", "姓名"], 1),
        ("dob", "1990-01-02", ["Full name", "What is your date of birth?"], 1),
        ("zip", "10115", ["City", "Postcode"], 1),
        ("postal_code", "10115", ["Ort", "PLZ", "Straße"], 1),
        ("phone", "030 123456", ["Name", "Telefonnummer"], 1),
        ("tel", "030 123456", ["Nom", "Numéro de téléphone"], 1),
        ("company", "ACME", ["Name", "Organisation"], 1),
        ("comments", "Hello", ["Name", "Your message"], 1),
        ("website", "https://a.b", ["Email", "Homepage URL"], 1),
        ("card.number", "4111111111111111", ["Name on card", "Card number", "CVC"], 1),
        ("cvv", "123", ["Card number", "Security code"], 1),
        ("arrival_date", "2026-01-05", ["Departure date", "Check-in date"], 1),
        ("address", "1 Road", ["City", "Street address"], 1),
        ("job_title", "Nurse", ["Company", "Occupation"], 1),
        ("qty", 3, ["Price", "Quantity"], 1),
        ("notes", "x", ["Subject", "Additional information"], 1),
        ("favourite_colour", "red", ["Favorite color", "Size"], 0),
        ("emergencyContactPhone", "12345678", ["Phone", "Emergency contact phone"], 1),
    ],
)
def test_meaning(key: str, value: object, labels: list[str], index: int) -> None:
    assert found(match_fields({key: value}, text(*labels))) == {key: (index,)}


def test_whole_contact_form() -> None:
    record = {"first_name": "Ada", "last_name": "Byron", "email": "ada@b.org", "phone": "1234567", "message": "Hi"}
    labels = ["First name *", "Last name *", "Email", "Phone number", "Message"]
    assert found(match_fields(record, text(*labels))) == {key: (n,) for n, key in enumerate(record)}


def test_sections_by_group() -> None:
    record = {"billing.city": "Bonn", "shipping.city": "Köln", "billing.zip": "1", "shipping.zip": "2"}
    view = form(
        ("textbox", "City", "Billing address"),
        ("textbox", "ZIP code", "Billing address"),
        ("textbox", "City", "Shipping address"),
        ("textbox", "ZIP code", "Shipping address"),
    )
    assert found(match_fields(record, view)) == {
        "billing.city": (0,),
        "billing.zip": (1,),
        "shipping.city": (2,),
        "shipping.zip": (3,),
    }


def test_two_alike_abstain() -> None:
    view = form(("textbox", "City", "Billing address"), ("textbox", "City", "Shipping address"))
    matching = match_fields({"city": "Bonn"}, view)
    assert not matching.pairs
    assert matching.ambiguous[0].key == "city"
    assert set(matching.ambiguous[0].candidates) == {(0,), (1,)}
    assert matching.unmatched_keys == ()


def test_the_order_of_words_does_not_count() -> None:
    record = {"arrival_date": "2026-06-18", "arrival_time": "14:30"}
    matching = match_fields(record, text("Date of arrival", "Time of arrival"))
    assert found(matching) == {"arrival_date": (0,), "arrival_time": (1,)}


def test_two_keys_for_one_field_abstain() -> None:
    matching = match_fields({"billing.city": "Bonn", "shipping.city": "Köln"}, text("City"))
    assert not matching.pairs
    assert {tie.key for tie in matching.ambiguous} == {"billing.city", "shipping.city"}


def test_radio_group_by_question_and_option() -> None:
    view = form(
        ("radio", "Male", "Gender"),
        ("radio", "Female", "Gender"),
        ("radio", "Email", "How should we contact you?"),
        ("radio", "Phone", "How should we contact you?"),
    )
    record = {"sex": "f", "contact_method": "phone"}
    assert found(match_fields(record, view)) == {"sex": (0, 1), "contact_method": (2, 3)}


def test_radio_group_without_question() -> None:
    view = form(("textbox", "Name"), ("radio", "Basic"), ("radio", "Professional"))
    assert found(match_fields({"tier": "professional"}, view)) == {"tier": (1, 2)}


def test_yes_no_questions_are_two_sets() -> None:
    view = form(
        ("radio", "Yes", "Do you smoke?"),
        ("radio", "No", "Do you smoke?"),
        ("radio", "Yes", "Do you drive?"),
        ("radio", "No", "Do you drive?"),
    )
    assert found(match_fields({"drive": True, "smoke": False}, view)) == {"drive": (2, 3), "smoke": (0, 1)}


def test_checkboxes_alone_and_as_a_set() -> None:
    view = form(
        ("checkbox", "Music", "Interests"),
        ("checkbox", "Sport", "Interests"),
        ("checkbox", "Art", "Interests"),
        ("checkbox", "Subscribe to our newsletter"),
        ("checkbox", "I agree to the terms and conditions"),
    )
    record = {"interests": ["Art", "music"], "newsletter": False, "terms": True}
    assert found(match_fields(record, view)) == {"interests": (0, 1, 2), "newsletter": (3,), "terms": (4,)}


def test_list_by_its_options() -> None:
    view = form(("checkbox", "Waste from animals", "Which types?"), ("checkbox", "Farm waste", "Which types?"))
    assert found(match_fields({"waste": ["Farm waste"]}, view)) == {"waste": (0, 1)}


def test_date_in_three_boxes() -> None:
    row = {"box": Box(left=0, top=40, width=50, height=24)}
    view = form(
        ("textbox", "Day", "Date of birth", row),
        ("textbox", "Month", "Date of birth", {"box": Box(left=60, top=40, width=50, height=24)}),
        ("textbox", "Year", "Date of birth", {"box": Box(left=120, top=40, width=80, height=24)}),
    )
    matching = match_fields({"birthday": "1990-01-02"}, view)
    assert [(pair.ids, pair.kind, pair.parts) for pair in matching.pairs] == [((0, 1, 2), "date", "dmy")]
    single = match_fields({"birth_day": "2", "birth_month": "1", "birth_year": "1990"}, view)
    assert found(single) == {"birth_day": (0,), "birth_month": (1,), "birth_year": (2,)}


def test_placeholder_and_hint_name_a_field() -> None:
    view = form(
        ("textbox", "", "", {"text": "Your e-mail", "state": ElementState(placeholder=True)}),
        ("textbox", "", "", {"hint": "Phone number"}),
    )
    assert found(match_fields({"email": "a@b.org", "phone": "1234567"}, view)) == {"email": (0,), "phone": (1,)}


def test_a_value_in_a_field_is_not_its_name() -> None:
    view = form(("textbox", "", "", {"text": "Email"}), ("textbox", "Email"))
    assert found(match_fields({"email": "a@b.org"}, view)) == {"email": (1,)}


def test_type_of_value() -> None:
    assert not match_fields({"name": True}, text("Email")).pairs
    assert not match_fields({"contact": "a@b.org"}, text("Name", "Phone")).pairs
    assert not match_fields({"volume": "loud"}, form(("slider", "Volume"))).pairs
    assert found(match_fields({"contact": "a@b.org"}, text("Name", "Email"))) == {"contact": (1,)}


def test_confirm_field_repeats() -> None:
    view = text("Password", "Confirm password", "Email", "Re-enter email")
    matching = match_fields({"password": "abc", "email": "a@b.org"}, view)
    assert found(matching) == {"password": (0,), "email": (2,)}
    assert {(pair.key, pair.ids) for pair in matching.pairs if pair.repeat} == {("password", (1,)), ("email", (3,))}
    own = match_fields({"password": "abc", "confirm_password": "abc"}, text("Password", "Confirm password"))
    assert found(own) == {"password": (0,), "confirm_password": (1,)}


def test_full_name_is_split_only_at_the_end() -> None:
    view = text("First name", "Last name")
    assert not match_fields({"name": "Ada Byron"}, view).pairs
    split = match_fields({"name": "Ada Byron"}, view, final=True)
    assert [(pair.ids, pair.written) for pair in split.pairs] == [((0,), "Ada"), ((1,), "Byron")]
    assert not match_fields({"name": "Ada King Byron"}, view, final=True).pairs


def test_names_are_joined_only_at_the_end() -> None:
    record = {"first_name": "Ada", "last_name": "Byron"}
    joined = match_fields(record, text("Full name"), final=True)
    assert [(pair.written, pair.also) for pair in joined.pairs] == [("Ada Byron", ("last_name",))]
    assert joined.unmatched_keys == ()


def test_a_key_that_no_field_is_for_is_told() -> None:
    view = form(("textbox", "Name"), ("textbox", "VAT number", "", {"state": ElementState(required=True)}))
    assert match_fields({"name": "Ada", "colour": "red"}, view).unmatched_keys == ("colour",)


def test_assignment_is_optimal_and_knows_its_rivals() -> None:
    scores = [[0.9, 0.8], [0.9, 0.1]]
    taken = assign(scores, 0.5)
    assert taken == [1, 0]
    other = rival(scores, taken, 0, 0.5)
    assert other is not None
    assert other[0] == pytest.approx(0.3)
    assert assign([[0.4]], 0.5) == [None]
    assert assign([], 0.5) == []


def test_fields_of_one_caption_are_told_apart_by_what_stands_over_each_column() -> None:
    """Headings that were taken for links still say whose name it is."""
    elements = [
        Element(id=0, role="heading", text="Declaration", box=Box(left=20, top=5, width=200, height=14)),
        Element(id=1, role="link", text="Sender", box=Box(left=44, top=85, width=64, height=14)),
        Element(id=2, role="link", text="Recipient", box=Box(left=668, top=85, width=85, height=14)),
        *(
            Element(
                id=n, role="textbox", label=label, group="Declaration", box=Box(left=x, top=y, width=555, height=30)
            )
            for n, label, x, y in (
                (3, "Name", 43, 129),
                (4, "Name", 667, 129),
                (5, "City", 43, 187),
                (6, "City", 667, 187),
            )
        ),
    ]
    record = {"recipient.name": "Kenji", "sender.name": "Lotte", "sender.city": "Bern", "recipient.city": "Tokyo"}
    matching = match_fields(record, elements)
    assert found(matching) == {"recipient.name": (4,), "sender.name": (3,), "sender.city": (5,), "recipient.city": (6,)}
    assert not matching.ambiguous
    assert match_fields({"name": "Ada"}, elements).ambiguous


def test_two_questions_of_which_one_was_taken_for_a_text() -> None:
    def radio(n: int, label: str, top: int) -> Element:
        box = Box(left=195 + 70 * (label == "No"), top=top, width=13, height=13)
        return Element(id=n, role="radio", label=label, group="Do you need a visa letter?", box=box)

    asked = Element(
        id=5, role="text", text="Do you have dietary restrictions?", box=Box(left=191, top=517, width=246, height=14)
    )
    elements = [radio(1, "Yes", 479), radio(2, "No", 479), asked, radio(3, "Yes", 540), radio(4, "No", 540)]
    matching = match_fields({"dietary_restrictions": "yes", "visa_letter": "no"}, elements)
    assert found(matching) == {"dietary_restrictions": (3, 4), "visa_letter": (1, 2)}


def row(question: str, *captions: str, top: int = 200) -> list[Element]:
    return [
        Element(
            id=50 + n,
            role="button",
            label=caption,
            text=caption,
            group=question,
            box=Box(left=100 + 110 * n, top=top, width=100, height=34),
            state=ElementState(checked=False),
        )
        for n, caption in enumerate(captions)
    ]


def test_a_row_of_buttons_under_a_question_takes_a_value() -> None:
    seen = [*text("Name"), *row("Travel by", "Train", "Bus", "Plane")]
    matching = match_fields({"name": "Ada", "travel_by": "Bus"}, seen)
    assert found(matching) == {"name": (0,), "travel_by": (50, 51, 52)}


def test_a_row_of_buttons_with_one_that_sends_takes_none() -> None:
    seen = [*text("Name"), *row("Travel by", "Back", "Submit")]
    assert found(match_fields({"name": "Ada", "travel_by": "Back"}, seen)) == {"name": (0,)}
