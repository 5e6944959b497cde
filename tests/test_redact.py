"""No secret in a trace: neither in its texts nor in its pixels."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events import (
    Acting,
    Bus,
    Decided,
    Event,
    FieldsRead,
    Note,
    Observed,
    Proposed,
    RunEnded,
    RunStarted,
    ThoughtDelta,
)
from agent.planners.embedded.discreet import told_secrets
from agent.redact import MASK, Redactor
from agent.schema import (
    Approval,
    Box,
    Element,
    ElementState,
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


# ------------------------------------------------------------ in pieces, cut off, by marks


class CardMarks:
    """Groups of four digits are marked, and fields with the word code."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [m.span() for m in re.finditer(r"\d{4}(?: ?\d{4}){3}", text)]

    def label(self, text: str) -> bool:
        return "code" in text.casefold()


def row(*texts: str, top: int = 20, gap: int = 4) -> list[Element]:
    """Texts one after the other on a line, 6 pixels a letter."""
    found, left = list[Element](), 20
    for text in texts:
        found.append(element(text, Box(left=left, top=top, width=6 * len(text), height=10)))
        left += 6 * len(text) + gap
    return found


WIDE = Box(left=0, top=0, width=400, height=100)


@pytest.mark.parametrize(
    ("secret", "texts"),
    [
        (SECRET, ["Password:", "hunter2", "Horse!", "Copy"]),
        (SECRET, ["pass is hun", "ter2", "Horse! and so on"]),
        ("493812", ["4", "9", "3", "8", "1", "2"]),
        ("493812", ["493", "812"]),
        (SECRET, ["hunter2", "Hcrse!"]),
    ],
)
def test_a_secret_that_was_read_in_pieces_is_found(secret: str, texts: list[str]) -> None:
    elements = row(*texts)
    after = seen(Redactor([secret])(look(*elements, region=WIDE)))
    shapes = [i for i, text in enumerate(texts) if text not in ("Password:", "Copy")]
    assert [i for i, e in enumerate(after.elements) if e.text == MASK] == shapes
    for i, e in enumerate(elements):
        part = after.screenshot.pixels[e.box.top : e.box.bottom, e.box.left + 3 : e.box.right - 3]
        assert (part == (0 if i in shapes else 255)).all(), texts[i]


@settings(deadline=None)
@given(st.data())
def test_however_a_secret_is_cut_into_boxes_it_is_found(data: st.DataObject) -> None:
    secret = data.draw(st.text("abcdefHKM0123456789", min_size=5, max_size=14))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(secret) - 1), min_size=1, max_size=5)))
    pieces = [secret[a:b] for a, b in itertools.pairwise([0, *cuts, len(secret)])]
    elements = [*row("Town", top=4), *row(*pieces, gap=data.draw(st.integers(0, 20))), *row("Save", top=60)]
    after = seen(Redactor([secret])(look(*elements, region=WIDE)))
    for before, e in zip(elements[1:-1], after.elements[1:-1], strict=True):
        assert e.text == MASK
        assert (after.screenshot.crop(before.box) == 0).all()


def test_a_secret_broken_over_two_lines_is_found() -> None:
    first, second = row("the key is hunter2", top=20)[0], row("Horse!", top=34)[0]
    after = seen(Redactor([SECRET])(look(first, second, region=WIDE)))
    assert [e.text for e in after.elements] == [MASK, MASK]


def test_pieces_that_stand_apart_are_no_secret() -> None:
    elements = [*row("hunter2", top=10), *row("Horse!", top=80)]
    assert [e.text for e in seen(Redactor([SECRET])(look(*elements, region=WIDE))).elements] == ["hunter2", "Horse!"]


@pytest.mark.parametrize("shown", ["hunter2 Ho…", "hunt...", "unter2 Horse", "New mail: hunter2 Ho"])
def test_a_secret_that_is_cut_off_is_found(shown: str) -> None:
    after = seen(Redactor([SECRET])(look(element(shown))))
    assert after.elements[0].text == MASK
    assert black(after, OTHER)


def test_a_secret_that_the_edge_of_a_picture_cuts_off_is_found() -> None:
    right, left = Box(left=60, top=40, width=40, height=10), Box(left=0, top=60, width=40, height=10)
    after = seen(Redactor([SECRET])(look(element("code hunte", right), element("orse! yes", left), element("hunt"))))
    assert [e.text for e in after.elements] == [MASK, MASK, "hunt"]


def test_a_field_that_shows_the_half_of_a_secret_is_hidden() -> None:
    for half in ("hunt", "hunter2", "orse!"):
        apart = element(half, OTHER.shift(10, 0))
        after = seen(Redactor([SECRET])(look(element(half, FIELD, "textbox", label="Code"), apart)))
        assert [e.text for e in after.elements] == [MASK, half]


def test_what_a_policy_marks_goes_in_one_box_or_in_four() -> None:
    redact = Redactor(marks=CardMarks())
    number = "4111 1111 1111 1111"
    after = seen(redact(look(*row(f"Card {number} Visa"), *row(*number.split(), "Visa", top=60), region=WIDE)))
    assert [e.text for e in after.elements] == [f"Card {MASK} Visa", MASK, MASK, MASK, MASK, "Visa"]
    note = redact(Note(text=f"typed {number}"))
    assert number not in note.model_dump_json()


def test_what_is_typed_into_a_field_with_a_marked_label_is_a_secret() -> None:
    redact = Redactor(marks=CardMarks())
    grounding = Grounding(target="Door code", point=FIELD.center, box=FIELD)
    proposal = Proposal(action=TypeText(text="blue horse"), grounding=grounding)
    assert "blue" not in redact(Proposed(step=1, proposal=proposal)).model_dump_json()
    assert "blue" not in redact(Note(text="read 'blue horse'")).model_dump_json()
    assert black(redact(inked(look(), FIELD)), FIELD)


# ------------------------------------------------------------ fields that show passwords


@pytest.mark.parametrize("label", ["Password", "Passwort", "密码", "PIN", "New password"])
def test_a_passwords_field_is_black_from_the_first_look_on(label: str) -> None:
    """Dots or the eye pressed, prefilled or typed by a person: nobody told us the value."""
    redact = Redactor()
    for text in ("••••••", "open sesame 1"):
        after = redact(look(element(text, FIELD, "textbox", label=label), element("Town", OTHER)))
        assert [e.text for e in seen(after).elements] == [MASK, "Town"]
        assert black(after, FIELD)
        assert not black(after, OTHER)


def test_a_passwords_field_is_known_by_its_placeholder_after_that_is_gone() -> None:
    redact = Redactor()
    placeholder = element("Password", FIELD, "textbox").model_copy(update={"state": ElementState(placeholder=True)})
    redact(look(placeholder))
    after = redact(inked(look(element("s3same!", FIELD, "textbox")), FIELD))
    assert seen(after).elements[0].text == MASK
    assert black(after, FIELD)


def test_a_password_that_an_eye_shows_is_masked_elsewhere_too() -> None:
    redact = Redactor()
    redact(look(element("s3same!x", FIELD, "textbox", label="Password")))
    after = seen(redact(look(element("Your password is s3same!x", OTHER))))
    assert "s3same" not in after.elements[0].text
    assert black(after, OTHER)


def test_a_field_with_dots_stays_black_when_they_become_letters() -> None:
    redact = Redactor()
    redact(look(element("••••••", FIELD, "textbox")))
    assert black(redact(inked(look(element("s3same!", FIELD, "textbox")), FIELD)), FIELD)


def test_a_field_without_a_label_goes_by_the_text_above_or_before_it() -> None:
    for place in (Box(left=10, top=6, width=40, height=10), Box(left=-45, top=22, width=50, height=10)):
        after = redact_once(element("Password", place), element("s3same", FIELD, "textbox"))
        assert black(after, FIELD)
    after = redact_once(element("Town", Box(left=10, top=6, width=40, height=10)), element("x", FIELD, "textbox"))
    assert not black(after, FIELD)


def redact_once(*elements: Element) -> Event:
    return Redactor()(look(*elements))


def test_captions_in_a_passwords_field_are_not_learnt() -> None:
    redact = Redactor()
    redact(look(element("Required", FIELD, "textbox", label="Password")))
    assert redact.secrets == frozenset()


# ------------------------------------------------------------ order and time


def test_a_secret_that_was_told_before_it_was_known_is_noticed() -> None:
    for shown in ([element("Your code: 493812")], row("493", "812")):
        redact = Redactor()
        redact(look(*shown, region=WIDE))
        assert not redact.late
        redact(typed("493812"))
        assert redact.late
    redact = Redactor(["493812"])
    redact(look(element("Your code: 493812")))
    redact(typed("493812"))
    assert not redact.late


@settings(deadline=None)
@given(st.data())
def test_no_secret_is_told_in_pieces_of_a_thought(data: st.DataObject) -> None:
    secret = data.draw(st.sampled_from([SECRET, "4111 1111 1111 1111", "tok-9f8e7d6c"]))
    text = data.draw(st.text("ab 1hu", max_size=12)) + secret + data.draw(st.text("ab 1hu", max_size=12))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    marked = secret.startswith("4111")
    redact = Redactor(() if marked else [secret], CardMarks() if marked else None)
    told = ""
    for begin, end in itertools.pairwise([0, *cuts, len(text)]):
        delta = redact(ThoughtDelta(text=text[begin:end]))
        assert isinstance(delta, ThoughtDelta)
        told += delta.text
    assert secret not in told
    assert text.startswith(told.split(MASK)[0])


def test_a_thought_that_holds_nothing_is_told_whole() -> None:
    redact = Redactor([SECRET])
    parts = ["I press ", "the button ", "'Save'."]
    assert [redact(ThoughtDelta(text=part)).model_dump()["text"] for part in parts] == parts


def test_of_a_long_output_only_the_lines_with_the_secret_go() -> None:
    text = "first line\nuser=ada password=hunter2Horse\nlast line\n"
    assert Redactor([SECRET]).text(text).splitlines() == ["first line", MASK, "last line"]


def test_titles_are_texts() -> None:
    event = look().model_copy(update={"window": f"{SECRET} - Notes"})
    assert seen(Redactor([SECRET])(event)).window == f"{MASK} - Notes"


@given(
    st.integers(-50, 50),
    st.integers(-50, 50),
    st.sampled_from([1, 2, 3]),
    st.integers(0, 300),
    st.integers(0, 60),
    st.integers(5, 80),
    st.integers(5, 30),
)
def test_no_pixel_of_the_place_is_left_at_any_scale_and_origin(
    dx: int, dy: int, scale: int, left: int, top: int, width: int, height: int
) -> None:
    region = Box(left=dx, top=dy, width=400, height=100)
    box = Box(left=dx + left, top=dy + top, width=width, height=height)
    event = look(element(SECRET, box), scale=scale, region=region)
    shot = seen(Redactor([SECRET])(event)).screenshot
    assert (shot.crop(box) == 0).all()
