"""Secrets out of events before anybody sees them: out of every text, and out of the pixels."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar, cast

import numpy as np
from rapidfuzz import fuzz

from agent.events import Acting, Decided, Event, Observed, Proposed
from agent.schema import Approval, Box, Element, Permit, Pixels, Proposal, Role, Screenshot, TypeText, Value

MASK = "••••••••"
"""Of one length whatever the secret's, which would say something about it."""

_FUZZY_FROM = 6
"""Characters from which a text that an OCR misread in one place is still taken for the secret."""
_WORD_BELOW = 4
"""Shorter secrets are masked only where they stand alone, or every `1` of a page would go."""
_EDGE = 2
"""Pixels added round a blacked-out box."""

_SURE = 0.85
"""Confidence from which a text that was read says that nothing else stands there."""
_FIELDS: frozenset[Role] = frozenset(("textbox", "textarea", "combobox", "spinbutton"))
_FRAMES: frozenset[Role] = frozenset(("dialog", "listbox", "scrollbar"))

_PIECE = 3
"""A text that has so many characters in a row in common with a secret may be a part of it."""
_INK = 10
"""Difference from the ground, of 255, that counts as ink."""
_INK_LEFT = 0.002
"""Share of an area that may be ink which nobody explains."""

V = TypeVar("V", bound=Value)


class Redactor:
    """Call it with an event; it gives the event without the secrets.

    `secrets` are the values that must never be seen. Texts that are typed as secrets, and the places where they
    were typed, are learnt on the way; `mask` adds further places. Such a place stays black until what is seen
    there is certainly something else; its field is found again, by its label, where the page was scrolled. A page
    that shows a secret in clear is blacked out where it was read, even if the OCR got a character of it wrong.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self._shapes: tuple[str, ...] = ()
        self._boxes: tuple[Box, ...] = ()
        self._labels: frozenset[str] = frozenset()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Mask this value too from now on."""
        secret = secret.strip()
        with self._lock:
            if secret and secret not in self._secrets:
                self._secrets |= {secret}
                self._pattern = _pattern_of(self._secrets)
                self._shapes = tuple({s for one in self._secrets if (s := _shape(one))})

    def mask(self, box: Box) -> None:
        """Black out a part of the screen, in desktop pixels, in every later picture."""
        with self._lock:
            if box not in self._boxes:
                self._boxes += (box,)

    def __call__(self, event: Event) -> Event:
        """The event without the secrets; the very same one where there is nothing to hide."""
        self._learn_from(event)
        if not self._secrets and not self._boxes:
            return event
        return self._value(self._look(event) if isinstance(event, Observed) else event)

    def clean(self, value: V) -> V:
        """Any value without the secrets in its texts."""
        return self._value(value) if self._secrets else value

    def _learn_from(self, event: Event) -> None:
        match event:
            case Proposed(proposal=Proposal(action=TypeText(secret=True, text=text), grounding=grounding)):
                self.learn(text)
                if grounding is not None:
                    self.mask(grounding.box)
                    with self._lock:
                        self._labels |= {label} if (label := _shape(grounding.target)) else frozenset()
            case Decided(approval=Approval(action=TypeText(secret=True, text=text))):
                self.learn(text)
            case Acting(permit=Permit(action=TypeText(secret=True, text=text))):
                self.learn(text)
            case _:
                pass

    def _look(self, event: Observed) -> Observed:
        elements, shot = list(event.elements), event.screenshot
        fields = [e for e in elements if e.role in _FIELDS and _shape(e.label) in self._labels]
        boxes = [box for box in self._boxes if not self._other_there(box, event, moved=bool(fields))]
        boxes += [field.box for field in fields]
        for i, element in enumerate(elements):
            if any(_mostly_in(element.box, box) for box in boxes):
                elements[i] = element.model_copy(update={"text": MASK if element.text else ""})
            elif self._holds_secret(element):
                boxes.append(element.box)
        dark = [box for box in boxes if shot.region.overlap(box.grow(_EDGE)).area]
        if dark:
            shot = shot.model_copy(update={"pixels": _blacked(shot, dark)})
        return event.model_copy(update={"elements": tuple(elements), "screenshot": shot})

    def _other_there(self, box: Box, look: Observed, *, moved: bool) -> bool:
        """Whether a place where a secret was typed certainly shows something else by now.

        So it is if all the ink there belongs to things that were read well and have nothing of a secret in them;
        to other fields only if the secret's own field is seen too (`moved`). Whatever is in doubt stays black.
        """
        area = box.grow(_EDGE)
        there = [e for e in look.elements if e.role not in _FRAMES and e.box.overlap(area).area]
        if not all(self._innocent(e, moved) for e in there):
            return False
        return _explained(look.screenshot, area, [e.box.grow(_EDGE) for e in there])

    def _innocent(self, element: Element, moved: bool) -> bool:
        if element.role in _FIELDS:
            if not moved or not element.label or _shape(element.label) in self._labels:
                return False
        elif len(_shape(element.text or element.label)) < _PIECE:
            return False
        shape = _shape(element.text)
        pieces = {shape[i : i + _PIECE] for i in range(max(1, len(shape) - _PIECE + 1))} - {""}
        held = any(piece in secret for piece in pieces for secret in self._shapes)
        return element.confidence >= _SURE and not held

    def _holds_secret(self, element: Element) -> bool:
        return any(self.text(text) != text for text in (element.text, element.label, element.hint, element.error))

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

    def text(self, text: str) -> str:
        """A text with the secrets in it masked."""
        if self._pattern is None:
            return text
        cleaned = self._pattern.sub(MASK, text)
        if self._shapes and _resembles(cleaned, self._shapes):
            return MASK
        return text if cleaned == text else cleaned


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


def _pattern_of(secrets: Iterable[str]) -> re.Pattern[str]:
    parts: list[str] = []
    for secret in sorted(secrets, key=len, reverse=True):
        escaped = re.escape(secret)
        parts.append(rf"(?<!\w){escaped}(?!\w)" if len(secret) < _WORD_BELOW else escaped)
    return re.compile("|".join(parts), re.IGNORECASE)


_ALIKE = str.maketrans({"l": "1", "i": "1", "|": "1", "!": "1", "o": "0", "s": "5", "z": "2", "b": "8", "g": "9"})


@lru_cache(maxsize=8192)
def _shape(text: str) -> str:
    """Text without spaces and punctuation, and with glyphs that an OCR confuses made one."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    return "".join(c for c in plain if c.isalnum())


def _resembles(text: str, shapes: tuple[str, ...]) -> bool:
    shape = _shape(text)
    for secret in shapes:
        if len(secret) < _FUZZY_FROM:
            # A short one must agree in full, as a whole text of its own or with its separators.
            if shape == secret:
                return True
        elif len(shape) >= len(secret) - 1:
            errors = max(1, len(secret) // 6)
            if fuzz.partial_ratio(secret, shape, score_cutoff=100 * (1 - errors / len(secret)) - 0.01):
                return True
    return False


def _mostly_in(inner: Box, outer: Box) -> bool:
    return inner.overlap(outer).area * 2 > inner.area > 0


def _blacked(shot: Screenshot, boxes: Iterable[Box]) -> Pixels:
    pixels = np.array(shot.pixels, copy=True)
    scale = shot.scale
    for box in boxes:
        part = shot.region.overlap(box.grow(_EDGE)).shift(-shot.region.left, -shot.region.top)
        top, bottom = int(part.top * scale), round(part.bottom * scale + 0.5)
        left, right = int(part.left * scale), round(part.right * scale + 0.5)
        pixels[top:bottom, left:right] = 0
    return pixels


def _explained(shot: Screenshot, area: Box, known: Iterable[Box]) -> bool:
    """Whether next to no ink is left in an area beside what is known to be there."""
    part = shot.crop(area).astype(np.int16)
    if not part.size:
        return True
    scale, origin = shot.scale, shot.region.overlap(area)
    ground = np.median(part.reshape(-1, 3), axis=0)
    ink = (np.abs(part - ground) > _INK).any(axis=2)
    for box in known:
        inside = origin.overlap(box).shift(-origin.left, -origin.top)
        ink[
            int(inside.top * scale) : round(inside.bottom * scale + 0.5),
            int(inside.left * scale) : round(inside.right * scale + 0.5),
        ] = False
    return float(ink.mean()) < _INK_LEFT
