"""How well a caption answers to a name, and a role to the word for a kind."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from agent.meaning.lexicon import lexicon
from agent.planners.embedded.commands import Kind
from agent.schema import Element, Role
from agent.wording import fold, same_text

ROLES: dict[Kind, dict[Role, float]] = {
    "button": {"button": 1, "icon": 0.9, "link": 0.7, "text": 0.5, "heading": 0.5, "textbox": 0.3},
    "link": {"link": 1, "button": 0.7, "text": 0.7, "heading": 0.5, "option": 0.5},
    "tab": {"link": 1, "button": 1, "option": 0.9, "text": 0.9, "heading": 0.6, "textbox": 0.3},
    "checkbox": {"checkbox": 1, "switch": 0.8},
    "radio": {"radio": 1},
    "field": {"textbox": 1, "textarea": 1, "spinbutton": 1, "combobox": 0.8},
    "area": {"textarea": 1, "textbox": 0.8},
    "dropdown": {"combobox": 1, "listbox": 0.8, "textbox": 0.6, "button": 0.6},
    "list": {"listbox": 1, "combobox": 0.9, "textarea": 0.5, "textbox": 0.4},
    "slider": {"slider": 1},
    "spinner": {"spinbutton": 1, "textbox": 0.8},
    "switch": {"switch": 1, "checkbox": 0.9},
    "icon": {"icon": 1, "button": 0.8, "link": 0.6},
    "option": {"option": 1, "radio": 0.95, "checkbox": 0.95, "text": 0.8, "link": 0.8, "button": 0.7},
    "menu": {"button": 1, "link": 1, "option": 1, "text": 0.95, "combobox": 0.6},
    "dialog": {"dialog": 1},
    "section": {"heading": 1, "button": 0.95, "link": 0.95, "text": 0.9},
    "heading": {"heading": 1, "text": 0.8},
    "text": {"text": 1, "heading": 1, "link": 0.8},
    "date": {"textbox": 1, "combobox": 0.9},
    "image": {"icon": 1},
}
"""How well a role is what a word for a kind means; a kind that is not here (`box`, `row`) may be any role."""


_ACCELERATOR = re.compile(
    r"(?<=\S)(?:\s+(?:(?:ctrl|alt|shift|super|meta|cmd|strg)\s?\+\s?)+\S{1,9}|\s+F\d{1,2})$", re.IGNORECASE
)
"""The keys at the end of a menu's entry."""


def role_fit(kind: Kind | None, element: Element) -> float:
    """How well an element's role is what a word for a kind means, 0..1."""
    roles = ROLES.get(kind) if kind else None
    return roles.get(element.role, 0.0) if roles else 1.0


def likeness(words: str, caption: str, *, literal: bool = False) -> float:
    """How well a caption answers to a name: exact, but for case, but for marks, contained, misread."""
    caption = _ACCELERATOR.sub("", caption)
    if not caption:
        return 0.0
    like = same_text(words, caption)
    if like in ("same", "alike"):
        return 1.0 if like == "same" else 0.98
    a, b = fold(words), fold(caption)
    if a == b:
        return 0.95
    bare_a, bare_b = (("".join(c for c in text if c.isalnum())) for text in (a, b))
    if bare_a and bare_a == bare_b:
        return 0.93
    if bare_a and _holds(a, b):
        # "Mon" means the month where one says so, but a caption that is shorter than the words is not all of them.
        share = len(bare_a) / max(1, len(bare_b))
        return (0.6 if literal else 0.62) + (0.2 * share if share <= 1 else 0.0)
    if len(bare_a) > 3 and (ratio := fuzz.ratio(a, b) / 100) >= 0.86 and not _digits_differ(a, b):
        return 0.75 * ratio
    return 0.0


def _holds(words: str, caption: str) -> bool:
    """Whether a caption holds the words as whole words (in Chinese: at all)."""
    tokens, inside = lexicon().tokens(words), lexicon().tokens(caption)
    return bool(tokens) and any(inside[n : n + len(tokens)] == tokens for n in range(len(inside) - len(tokens) + 1))


def _digits_differ(a: str, b: str) -> bool:
    return [c for c in a if c.isdigit()] != [c for c in b if c.isdigit()]
