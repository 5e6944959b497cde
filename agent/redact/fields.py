"""Which fields hold a secret whatever stands in them: by what names them, and by the dots in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from agent.meaning.lexicon import is_secret
from agent.redact.texts import Marks, shape
from agent.schema import Box, Element, Role

FIELDS: frozenset[Role] = frozenset(("textbox", "textarea", "combobox", "spinbutton"))
DOTS = re.compile(r"[\s•●∙·*○◦⚫.]*")
_HIDDEN = re.compile(r"\s*[•●∙⚫*]{3,}\s*")
"""A field that shows these holds a password, and a button beside it may show it in clear."""
_ABOVE, _BESIDE = 1.5, 8.0
"""How far from a field without a label a text may stand and name it, in heights of the text."""


def secret_fields(elements: Sequence[Element], labels: frozenset[str], marks: Marks) -> list[Element]:
    """The fields of a look that hold a secret; `labels` are the shapes of those where one was typed."""
    return [e for e in elements if e.role in FIELDS and _is_secret(e, elements, labels, marks)]


def _is_secret(field: Element, elements: Sequence[Element], labels: frozenset[str], marks: Marks) -> bool:
    if _HIDDEN.fullmatch(field.text):
        return True
    return any(names_secret(name) or shape(name) in labels or marks.label(name) for name in _names(field, elements))


def _names(field: Element, elements: Sequence[Element]) -> Iterable[str]:
    names = [field.label, field.hint, field.text if field.state.placeholder else ""]
    if not field.label:
        names += [e.text for e in elements if e.role in ("text", "heading") and _may_name(e.box, field.box)]
    return filter(None, names)


def _may_name(text: Box, field: Box) -> bool:
    """Whether a text stands right above a field or before it on its line."""
    across = min(text.right, field.right) - max(text.left, field.left)
    down = min(text.bottom, field.bottom) - max(text.top, field.top)
    above = across > 0 and 0 <= field.top - text.bottom <= _ABOVE * text.height
    return above or (down * 2 > text.height and 0 <= field.left - text.right <= _BESIDE * text.height)


@lru_cache(maxsize=4096)
def names_secret(label: str) -> bool:
    """Whether a label names a password, PIN, token or the like."""
    return is_secret(label)
