"""Lists that open at a field while it is typed into or clicked: what stands in them, and how they are settled."""

from __future__ import annotations

from agent.planners.embedded.desk import click, press
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import TEXTUAL, WORDS, beside, fields_of, find_again, inside, new_captions, new_words
from agent.schema import Box, Element, Observation
from agent.wording import normalise, same_text

LIST_REACH = 420
"""How far below or above its field a list of suggestions may stand, in pixels."""


def popup_words(before: Observation, after: Observation, field: Element) -> list[Element]:
    """The words of a list that opened at a field: new, near it, sharing its width."""
    found = find_again(after, field) or field
    # The list may hide a field that has no caption, and its like beside or under it be found.
    anchor = found.box if found.box.overlap(field.box).area or field.label else field.box

    def near(e: Element) -> bool:
        gap = max(e.box.top - anchor.bottom, anchor.top - e.box.bottom)
        return beside(e.box, anchor) and gap < LIST_REACH

    # An option in a frame of its own may look like a text field.
    fresh = [row for e in new_words(before, after, WORDS | TEXTUAL) for row in _rows_of(e)]
    fresh += new_captions(before, after)
    # A label that floats up, or takes another colour, is no option.
    fresh = [e for e in fresh if normalise(e.text) != normalise(field.label) or e.box.top >= anchor.bottom]
    rows = [e for e in fresh if near(e) and (e.role in WORDS or e.box.iou(anchor) < 0.2)]
    for e in sorted(fresh, key=lambda e: abs(e.box.top - anchor.top)):
        if rows and e not in rows and any(_next_row(e.box, row.box) for row in rows):
            rows.append(e)
    return rows


def _next_row(box: Box, row: Box) -> bool:
    """Whether a row of a long list follows on another one, out of reach of the field."""
    return abs(box.left - row.left) <= 4 and 0 < abs(box.center.y - row.center.y) <= 3 * row.height


def _rows_of(element: Element) -> list[Element]:
    """The rows of what was taken for a text area: options that stand in one frame."""
    texts = element.text.split("\n")
    top, caption = element.box.top, element.label_box
    if caption is not None and top <= caption.top and caption.bottom <= element.box.center.y:
        top = caption.bottom  # two options in one frame: the upper one was taken for the caption of the lower one
    step = (element.box.bottom - top) / len(texts)
    boxes = [element.box.model_copy(update={"top": top + round(n * step)}) for n in range(len(texts))]
    return [
        element.model_copy(update={"text": text, "box": box.model_copy(update={"height": round(step)})})
        for text, box in zip(texts, boxes, strict=True)
    ]


def settle_suggestions(before: Turn, turn: Turn, field: Element, text: str) -> Routine[Turn]:
    """Take the suggestion that is the text itself; close a list that would cover other fields."""
    words = [e for e in popup_words(before.observation, turn.observation, field) if not inside(e, field.box)]
    if not words:
        return turn
    # A box that is typed into to search the list shows the text too.
    for option in sorted(words, key=lambda e: e.role in TEXTUAL):
        if same_text(text, option.text) == "same":
            return (yield from click(turn, option, f"take the suggestion {option.text!r}", intent="choose"))
    if not _covers(before.observation, turn.observation, field):
        return turn
    # No click beside the form: what looks like plain text there may lead to another page.
    return (yield from press(turn, ("tab",), "leave the field, so that its list closes"))


def _covers(before: Observation, after: Observation, field: Element) -> bool:
    """Whether a field below or above has vanished from view since before."""
    others = [e for e in fields_of(before) if not e.box.overlap(field.box).area]
    return any(find_again(after, e) is None and abs(e.box.center.y - field.box.center.y) < LIST_REACH for e in others)
