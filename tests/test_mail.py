"""Messages: what is said of them, where a new one is written, and what sends it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import Uncertain
from agent.planners.embedded.mail import body_field, recipient_field
from agent.planners.embedded.pictograms import drawn
from agent.planners.embedded.sentences import read_sentences
from agent.schema import Box, Element, Observation, Role, Screenshot

REGION = Box(left=0, top=0, width=320, height=400)


@pytest.mark.parametrize(
    ("text", "who", "to"),
    [
        ("Forward the email from Ada to Bob.", "Ada", "Bob"),
        ("Could you forward Ada's message to Bob please?", "Ada", "Bob"),
        ("Send Bob the mail that Ada sent you.", "Ada", "Bob"),
        ("send to Bob the mail I got from Ada", "Ada", "Bob"),
        ("I want the mail by Ada to be sent to Bob", "Ada", "Bob"),
        ("forward it to Bob", None, "Bob"),
    ],
)
def test_what_is_to_be_forwarded(text: str, who: str | None, to: str) -> None:
    (command,) = read_sentences(text)
    assert isinstance(command, c.Forward)
    assert (command.target.words if command.target else None, command.to) == (who, to)


def test_an_answer_is_given_in_quotes() -> None:
    found, answer = read_sentences('Find the email from Ada and reply to her with the text "Yes, gladly."')
    assert isinstance(found, c.Find)
    assert isinstance(answer, c.Reply)
    assert (found.target.words, answer.target, answer.text) == ("Ada", None, "Yes, gladly.")
    (unclear,) = read_sentences("Reply to Ada with something nice")
    assert isinstance(unclear, c.NotUnderstood)


def test_deleting_a_message_is_pressing_its_bin() -> None:
    found, press = read_sentences("Delete the mail Ada sent me")
    assert isinstance(found, c.Find)
    assert isinstance(press, c.Press)
    assert (found.target.words, press.target.words, press.target.kind) == ("Ada", "delete", "icon")


@pytest.mark.parametrize("text", ["Send the form", "move it to the left", "delete the text in Name", "star 5"])
def test_not_all_that_is_sent_or_deleted_is_a_message(text: str) -> None:
    assert not any(isinstance(command, c.Forward | c.Reply | c.Find) for command in read_sentences(text))


def compose(*lines: tuple[str, int], role: Role = "text") -> Observation:
    elements = tuple(
        Element(id=n, role=role, text=said, label=said, box=Box(left=8, top=top, width=9 * len(said), height=18))
        for n, (said, top) in enumerate(lines)
    )
    pixels = np.full((400, 320, 3), 255, np.uint8)
    return Observation(number=1, screenshot=Screenshot(pixels=pixels, region=REGION), elements=elements)


def test_a_new_message_is_written_where_nothing_is_framed() -> None:
    seen = compose(("to:", 60), ("subject: Re: a long", 100), ("title", 122))
    assert recipient_field(seen).box.left > 34
    body = body_field(seen)
    assert body.box.top > 140
    assert body.box.bottom == 400
    with pytest.raises(Uncertain):
        body_field(compose(("Hello", 60)))
    with pytest.raises(Uncertain):
        recipient_field(compose(("to: Ada", 60)))


def test_a_paper_plane_sends_and_a_triangle_plays() -> None:
    seen = compose()
    plane = np.array([[200, 50], [228, 63], [200, 76], [200, 66], [220, 63], [200, 60]])
    play = np.array([[200, 150], [228, 163], [200, 176]])
    for points in (plane, play):
        cv2.fillPoly(seen.screenshot.pixels, [points.astype(np.int32)], (110, 110, 110))
    assert [box.box.center.y // 10 for box in drawn(seen, "send")] == [6]
