"""The redactor: secrets out of every event before anybody else sees it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar, cast

from agent.events import Acting, Decided, Event, Observed, Proposed, ThoughtDelta
from agent.redact.fields import DOTS, FIELDS, secret_fields
from agent.redact.joint import joint
from agent.redact.past import Past
from agent.redact.pixels import EDGE, blacked, explained, mostly_in
from agent.redact.reading import Read, unread
from agent.redact.texts import MASK, Known, Marks, shape
from agent.schema import Approval, Box, Element, Permit, Proposal, Role, TypeText, Value

_SURE = 0.85
"""Confidence from which a text that was read says that nothing else stands there."""
_FRAMES: frozenset[Role] = frozenset(("dialog", "listbox", "scrollbar"))
_PIECE = 3
"""A text that has so many characters in a row in common with a secret may be a part of it."""
_SAME_PLACE = 0.6
"""Overlap (intersection over union) from which two places are one, seen twice."""
_AT_EDGE = 12
"""Pixels from a picture's edge within which a text may be cut off by it: half a letter of it is not read."""
_LIKE_A_PASSWORD = re.compile(r"(?=.*[^\W\d_])(?=.*[\d\W_])\S{6,}")

V = TypeVar("V", bound=Value)


class Redactor:
    """Call it with an event; it gives the event without the secrets.

    `secrets` are the values that must never be seen, `marks` says by which shapes and labels others are known.
    Texts that are typed as secrets, and the places where they were typed, are learnt on the way; `mask` adds further
    places. A field whose label names a secret is black whatever stands in it, from the first look on: it may be
    shown in clear by a button beside it. Such a place stays black until what is seen there is certainly something
    else; its field is found again, by its label, where the page was scrolled. A page that shows a secret in clear
    is blacked out where it was read, even if the OCR got a character of it wrong or read it in pieces. `read` gives all
    texts of a picture, in desktop pixels: not each of them becomes an element.
    """

    def __init__(self, secrets: Iterable[str] = (), marks: Marks | None = None, read: Read | None = None) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._known = Known(marks=marks)
        self._boxes: tuple[Box, ...] = ()
        self._labels: frozenset[str] = frozenset()
        self._past = Past()
        self._thought = ""
        self.late = False
        """Something told before held a secret that was not known to be one yet: what is stored must be scrubbed."""
        for secret in secrets:
            self.learn(secret)

    @property
    def secrets(self) -> frozenset[str]:
        """All that is known by now."""
        return self._known.secrets

    @property
    def marks(self) -> Marks:
        """What else is known by its shape or label."""
        return self._known.marks

    def read_with(self, read: Read) -> None:
        """Look from now on also at texts that were read and became no element."""
        self._read = read

    def learn(self, secret: str) -> None:
        """Mask this value too from now on."""
        secret = secret.strip()
        with self._lock:
            if secret and secret not in self._known.secrets:
                self._known = self._known.with_secret(secret)
                self.late = self.late or self._past.held(secret)

    def mask(self, box: Box) -> None:
        """Black out a part of the screen, in desktop pixels, in every later picture."""
        with self._lock:
            self._boxes = (*(b for b in self._boxes if b.iou(box) < _SAME_PLACE), box)

    def __call__(self, event: Event) -> Event:
        """The event without the secrets; the very same one where there is nothing to hide."""
        self._learn_from(event)
        if isinstance(event, ThoughtDelta):
            return self._delta(event)
        self._thought = ""
        event = self._value(self._look(event) if isinstance(event, Observed) else event)
        self._past.add(event)
        return event

    def clean(self, value: V) -> V:
        """Any value without the secrets in its texts."""
        return self._value(value)

    def text(self, text: str) -> str:
        """A text with the secrets in it masked."""
        return self._known.clean(text)

    def _learn_from(self, event: Event) -> None:
        match event:
            case Proposed(proposal=Proposal(action=TypeText() as action, grounding=grounding)):
                target = grounding.target if grounding is not None else ""
                if not action.secret and not self._known.marks.label(target):
                    return
                self.learn(action.text)
                if grounding is not None:
                    self.mask(grounding.box)
                    with self._lock:
                        self._labels |= {label} if (label := shape(target)) else frozenset()
            case Decided(approval=Approval(action=TypeText(secret=True, text=text))):
                self.learn(text)
            case Acting(permit=Permit(action=TypeText(secret=True, text=text))):
                self.learn(text)
            case _:
                pass

    def _delta(self, event: ThoughtDelta) -> Event:
        """A piece of a thought, whose end waits for the next one where it may be the beginning of a secret."""
        if self._known.empty:
            return event
        whole = self._thought + event.text
        safe = self._known.safe_end(whole)
        self._thought, said = whole[safe:], whole[:safe]
        return event.model_copy(update={"text": self._known.clean(said)})

    def _look(self, event: Observed) -> Observed:
        shot = event.screenshot
        elements = [*event.elements, *(unread(event, self._read(shot)) if self._read else ())]
        fields = secret_fields(elements, self._labels, self._known.marks)
        for field in fields:
            self._learn_shown(field)
        places = [box for box in self._boxes if not self._other_there(box, event, moved=bool(fields))]
        for field in fields:
            places.append(field.box)
            self.mask(field.box)
        pieces = joint(elements, self._known)
        boxes = [*places, *(elements[i].box for i in pieces)]
        for i, element in enumerate(elements):
            if i in pieces or any(mostly_in(element.box, place) for place in places):
                elements[i] = _hidden(element)
            elif self._holds_secret(element):
                boxes += _around(element, self._known)
            elif self._holds_piece(element, shot.region):
                boxes.append(element.box)
                elements[i] = _hidden(element)
        dark = [box for box in boxes if shot.region.overlap(box.grow(EDGE)).area]
        elements = elements[: len(event.elements)]
        if not dark and elements == list(event.elements):
            return event
        if dark:
            shot = shot.model_copy(update={"pixels": blacked(shot, dark)})
        return event.model_copy(update={"elements": tuple(elements), "screenshot": shot})

    def _learn_shown(self, field: Element) -> None:
        """What a password's field shows in clear (somebody pressed its eye) is a secret wherever it stands."""
        if field.state.placeholder or field.confidence < _SURE or DOTS.fullmatch(field.text):
            return
        if _LIKE_A_PASSWORD.fullmatch(field.text) and field.text not in (field.hint, field.label):
            self.learn(field.text)

    def _other_there(self, box: Box, look: Observed, *, moved: bool) -> bool:
        """Whether a place where a secret was typed certainly shows something else by now.

        So it is if all the ink there belongs to things that were read well and have nothing of a secret in them;
        to other fields only if the secret's own field is seen too (`moved`). Whatever is in doubt stays black.
        """
        area = box.grow(EDGE)
        there = [e for e in look.elements if e.role not in _FRAMES and e.box.overlap(area).area]
        if not all(self._innocent(e, moved) for e in there):
            return False
        return explained(look.screenshot, area, [e.box.grow(EDGE) for e in there])

    def _innocent(self, element: Element, moved: bool) -> bool:
        if element.role in FIELDS:
            if not moved or not element.label or secret_fields([element], self._labels, self._known.marks):
                return False
        elif len(shape(element.text or element.label)) < _PIECE:
            return False
        drawn = shape(element.text)
        pieces = {drawn[i : i + _PIECE] for i in range(max(1, len(drawn) - _PIECE + 1))} - {""}
        held = any(piece in secret for piece in pieces for secret in self._known.shapes)
        return element.confidence >= _SURE and not held

    def _holds_secret(self, element: Element) -> bool:
        texts = (element.text, element.label, element.hint, element.error, element.group)
        return any(self._known.holds(text) for text in texts)

    def _holds_piece(self, element: Element, seen: Box) -> bool:
        box = element.box
        begins, ends = box.left > seen.left + _AT_EDGE, box.right < seen.right - _AT_EDGE
        if element.role in FIELDS and self._known.begins_or_ends(element.text):
            return True  # Half typed, or the other half is scrolled out of the field.
        return self._known.holds_piece(element.text, begins=begins, ends=ends)

    def _value(self, value: V) -> V:
        """A value with every free text in it cleaned; names from a closed list (`kind`) are no free texts."""
        if isinstance(value, TypeText) and value.secret:
            return value.model_copy(update={"text": MASK})
        changes: dict[str, object] = {}
        for name in _open_fields(type(value)):
            old = getattr(value, name)
            if (new := self._any(old)) is not old:
                changes[name] = new
        return value.model_copy(update=changes) if changes else value

    def _any(self, item: Any) -> Any:
        match item:
            case str():
                return self.text(item) if item else item
            case Value():
                return self._value(item)
            case tuple():
                parts = cast("tuple[Any, ...]", item)
                new = tuple(self._any(part) for part in parts)
                return new if any(a is not b for a, b in zip(new, parts, strict=True)) else parts
            case _:
                return item


def _hidden(element: Element) -> Element:
    # A text's label is the text itself.
    label = MASK if element.label and element.label == element.text else element.label
    return element.model_copy(update={"text": MASK if element.text else "", "label": label})


def _around(element: Element, known: Known) -> list[Box]:
    """Where the texts of an element stand: in its box, in its label's, or, of help and messages, near it."""
    boxes = [element.box]
    if element.label_box is not None and known.holds(element.label):
        boxes.append(element.label_box)
    if any(known.holds(text) for text in (element.hint, element.error, element.group)):
        box = element.box
        boxes.append(Box.of(box.left - box.height, box.top - 2 * box.height, box.right, box.bottom + box.height))
    return boxes


@lru_cache(maxsize=256)
def _open_fields(kind: type[Value]) -> tuple[str, ...]:
    """Fields that may hold free text, by their type: texts, and values and tuples with texts in them."""
    names: list[str] = []
    for name, field in kind.model_fields.items():
        annotation = cast(object, field.annotation)
        kinds = str(annotation)
        if isinstance(annotation, type) and issubclass(annotation, Value):
            if _open_fields(annotation):
                names.append(name)
        elif annotation is str or "agent." in kinds or ("str" in kinds and "Literal" not in kinds):
            names.append(name)
    return tuple(names)
