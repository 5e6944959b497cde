"""No secret in a trace: neither in its texts nor in its pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agent.events import Acting, Bus, Decided, Event, FieldsRead, Note, Observed, Proposed, RunEnded, RunStarted
from agent.planners.embedded.discreet import told_secrets
from agent.redact import MASK, Redactor
from agent.schema import (
    Approval,
    Box,
    Element,
    FieldResult,
    Grounding,
    Permit,
    PressKeys,
    Proposal,
    Result,
    Role,
    Screenshot,
    TypeText,
    Verdict,
)
from agent.trace import TraceWriter

SECRET = "hunter2 Horse!"
FIELD = Box(left=10, top=20, width=60, height=16)
OTHER = Box(left=10, top=60, width=60, height=16)
REGION = Box(left=0, top=0, width=100, height=100)


def element(text: str, box: Box = OTHER, role: Role = "text", label: str = "") -> Element:
    return Element(id=1, role=role, box=box, text=text, label=label)


def look(*elements: Element, scale: int = 1, region: Box = REGION) -> Observed:
    pixels = np.full((region.height * scale, region.width * scale, 3), 255, np.uint8)
    return Observed(number=1, screenshot=Screenshot(pixels=pixels, region=region), elements=elements, window="w")


def typed(secret: str = SECRET) -> Proposed:
    grounding = Grounding(target="Password", point=FIELD.center, box=FIELD)
    action = TypeText(text=secret, secret=True)
    return Proposed(step=1, proposal=Proposal(action=action, thought=f"type {secret}", grounding=grounding))


def seen(event: Event) -> Observed:
    assert isinstance(event, Observed)
    return event


def test_nothing_to_hide_is_not_touched() -> None:
    event = look(element("a"))
    assert Redactor()(event) is event
    note = Note(text="a")
    assert Redactor(["secret"])(note) is note


def test_every_text_of_every_event_is_cleaned() -> None:
    redact = Redactor([SECRET])
    field = FieldResult(label="Password", key="password", wanted=SECRET, read=f"x{SECRET}", note=SECRET)
    permit = Permit(
        action=TypeText(text=SECRET),
        verdict=Verdict(effect="allow", rule="r", reason=f"says '{SECRET}'"),
        approval=Approval(decision="modify", by="person", action=TypeText(text=SECRET), reason=SECRET),
        number=1,
    )
    events: list[Event] = [
        RunStarted(task=f"log in with {SECRET}", keys=(SECRET,)),
        look(element(SECRET), element("", label=f"is {SECRET}")),
        typed(),
        Acting(step=1, permit=permit),
        FieldsRead(fields=(field,)),
        Note(text=SECRET.upper()),
        RunEnded(result=Result(status="failed", reason=SECRET, fields=(field,), unmatched_keys=(SECRET,))),
    ]
    for event in events:
        assert "hunter2" not in redact(event).model_dump_json().casefold(), event.kind


def test_the_mask_does_not_tell_the_length() -> None:
    for secret in ("abcd", "a much longer secret than that"):
        cleaned = Redactor([secret])(Note(text=f"<{secret}>"))
        assert isinstance(cleaned, Note)
        assert cleaned.text == f"<{MASK}>"


def test_typed_secrets_are_learnt_with_their_place() -> None:
    redact = Redactor()
    assert SECRET not in redact(typed()).model_dump_json()
    after = seen(redact(look(element("hunt", FIELD, "textbox", label="Password"), element("Name", OTHER))))
    assert [e.text for e in after.elements] == [MASK, "Name"]
    assert after.elements[0].label == "Password"
    assert (after.screenshot.pixels[FIELD.top : FIELD.bottom, FIELD.left : FIELD.right] == 0).all()
    assert (after.screenshot.pixels[OTHER.top : OTHER.bottom] == 255).all()


def test_a_secret_that_a_person_types_instead_is_learnt() -> None:
    redact = Redactor()
    redact(
        Decided(step=1, approval=Approval(decision="modify", by="person", action=TypeText(text=SECRET, secret=True)))
    )
    assert SECRET not in redact(Note(text=SECRET)).model_dump_json()


def test_a_page_that_shows_the_secret_is_blacked_out_there() -> None:
    for shown in (SECRET, "Your password is hunter2 Horse!", "hunter2Horse!", "huntcr2 Horse!", "HUNTERZ horse"):
        after = seen(Redactor([SECRET])(look(element(shown))))
        assert "unt" not in after.elements[0].text.casefold(), shown
        assert (after.screenshot.pixels[OTHER.top : OTHER.bottom, OTHER.left : OTHER.right] == 0).all(), shown
        assert (after.screenshot.pixels[:20] == 255).all()


def test_the_original_pixels_stay() -> None:
    event = look(element(SECRET))
    Redactor([SECRET])(event)
    assert (event.screenshot.pixels == 255).all()


def test_boxes_follow_scale_and_origin() -> None:
    redact = Redactor()
    region = Box(left=-50, top=-10, width=100, height=100)
    redact.mask(Box(left=-40, top=0, width=20, height=10))
    event = look(scale=2, region=region)
    event.screenshot.pixels[30, 30:50] = 100
    pixels = seen(redact(event)).screenshot.pixels
    assert (pixels[20:40, 20:60] == 0).all()
    assert (pixels[:14] == 255).all()
    assert (pixels[:, 70:] == 255).all()


def inked(event: Observed, *boxes: Box) -> Observed:
    for box in boxes:
        event.screenshot.pixels[box.top + 2 : box.bottom - 2 : 2, box.left + 2 : box.right - 2] = 90
    return event


def black(event: Event, box: Box) -> bool:
    return bool((seen(event).screenshot.pixels[box.top : box.bottom, box.left : box.right] == 0).all())


def test_a_place_is_shown_again_when_it_surely_holds_something_else() -> None:
    redact = Redactor()
    redact(typed())
    thanks = element("Thank you, Ada", FIELD)
    assert not black(redact(look()), FIELD), "a blank place hides nothing"
    assert not black(redact(inked(look(thanks), FIELD)), FIELD)
    assert black(redact(inked(look(), FIELD)), FIELD), "ink that nobody read"
    assert black(redact(inked(look(element("••••••", FIELD)), FIELD)), FIELD)
    assert black(redact(inked(look(element("xter2 Ho", FIELD)), FIELD)), FIELD), "a piece of it, badly read"
    assert black(redact(inked(look(thanks.model_copy(update={"confidence": 0.5})), FIELD)), FIELD)
    half = thanks.model_copy(update={"box": Box(left=10, top=20, width=20, height=16)})
    assert black(redact(inked(look(half), FIELD)), FIELD), "ink beside what was read"


def test_the_field_is_found_again_where_the_page_was_scrolled() -> None:
    redact = Redactor()
    redact(typed())
    field = element("xyz", OTHER, "textbox", label="Password")
    town = element("Paris", FIELD, "textbox", label="Town")
    after = redact(inked(look(field, town), FIELD, OTHER))
    assert black(after, OTHER)
    assert not black(after, FIELD)
    assert [e.text for e in seen(after).elements] == [MASK, "Paris"]
    assert black(redact(inked(look(town), FIELD)), FIELD), "another field, but where did the secret's go?"


def test_a_box_outside_the_picture_changes_nothing() -> None:
    redact = Redactor()
    redact.mask(Box(left=500, top=500, width=20, height=10))
    assert (seen(redact(look())).screenshot.pixels == 255).all()


def test_short_secrets_go_only_where_they_stand_alone() -> None:
    redact = Redactor(["123"])
    cleaned = redact(Note(text="code 123, order 91234"))
    assert isinstance(cleaned, Note)
    assert cleaned.text == f"code {MASK}, order 91234"


def test_a_secret_that_is_a_word_of_the_vocabulary_breaks_nothing() -> None:
    redact = Redactor(["click", "text", "type_text", "allow"])
    event = redact(Proposed(step=1, proposal=Proposal(action=TypeText(text="text"), thought="allow")))
    assert isinstance(event, Proposed)
    assert event.proposal.action == TypeText(text=MASK)
    assert event.proposal.action.kind == "type_text"


def test_card_numbers_are_found_with_other_spaces() -> None:
    redact = Redactor(["4111 1111 1111 1111"])
    after = seen(redact(look(element("4111111111111111"), element("4111-1111-1111-1111"))))
    assert [e.text for e in after.elements] == [MASK, MASK]


def test_ordinary_texts_stay() -> None:
    texts = ("Password", "Confirm password", "Horse", "hunter", "2", "", "Name", "100")
    after = seen(Redactor([SECRET, "x9#kQ2!vTz"])(look(*(element(t) for t in texts))))
    assert tuple(e.text for e in after.elements) == texts


def test_keys_are_texts_too() -> None:
    assert "abcd" not in Redactor(["abcd"])(Note(text="abcd")).model_dump_json()
    event = Proposed(step=1, proposal=Proposal(action=PressKeys(keys=("ctrl", "s"))))
    assert Redactor(["abcd"])(event) == event


@given(
    st.text(st.characters(categories=("L", "N", "P", "S")), min_size=4, max_size=30).filter(lambda s: s.strip() == s),
    st.text(max_size=10),
    st.text(max_size=10),
)
def test_no_secret_of_four_characters_survives(secret: str, left: str, right: str) -> None:
    cleaned = Redactor([secret])(Note(text=left + secret + right))
    assert isinstance(cleaned, Note)
    assert secret not in cleaned.text or secret in MASK or secret in (left + right)


def test_no_file_of_a_trace_holds_the_secret(tmp_path: Path) -> None:
    redact = Redactor([SECRET])
    with TraceWriter(tmp_path / "run") as writer:
        bus = Bus(writer, redact)
        for event in (
            RunStarted(task=SECRET),
            look(element(SECRET)),
            typed(),
            look(element(SECRET, FIELD)),
            Note(text=SECRET),
        ):
            bus.emit(event)
    for path in (tmp_path / "run").rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes()


def test_secrets_in_a_persons_own_sentences_are_known_before_the_run_begins() -> None:
    for said, secret in (
        ("type hunter2 into Password", "hunter2"),
        ("Log in with user ada and password hunter", "hunter"),
        ("Set the password to 'my pass word'. Click Save.", "my pass word"),
        ("In the Password field, type hunter2. Click Login.", "hunter2"),
        ("Enter the username ada and the password hunter2 and press Login", "hunter2"),
        ("the password is s3cr3t!", "s3cr3t!"),
        ("Change the API token to abcd-1234", "abcd-1234"),
        ("在密码框输入 hunter2", "hunter2"),
        ("密码为hunter2，点击登录", "hunter2"),
    ):
        assert secret in told_secrets(said), said
        started = Redactor(told_secrets(said))(RunStarted(task=said))
        assert secret not in started.model_dump_json(), said
    for harmless in (
        "Click Forgot password",
        "Fill in the password and click OK",
        "Type hello into Search",
        "Use the password manager",
        "pinpoint the token economy",
    ):
        assert not told_secrets(harmless), harmless


def test_the_result_that_is_printed_holds_no_secret() -> None:
    veil = Redactor(["hunter2"])
    result = veil.clean(Result(status="failed", reason="not understood: 'use hunter2'"))
    assert "hunter2" not in result.reason
