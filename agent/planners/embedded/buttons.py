"""Which button submits, which leads to the next page, and which must not be touched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import yaml

from agent.planners.embedded.view import FIELDS
from agent.schema import Box, Element
from agent.wording import fold


@cache
def _words() -> dict[str, tuple[str, ...]]:
    text = resources.files("agent.planners.embedded").joinpath("buttons.yaml").read_text("utf-8")
    lists: dict[str, str] = yaml.load(text, yaml.BaseLoader)
    return {name: tuple(fold(word) for word in line.split("~")) for name, line in lists.items()}


class Pressable(NamedTuple):
    """The button that was found, or those between which only a person can decide."""

    button: Element | None
    rivals: tuple[str, ...] = ()


def strength(text: str) -> int:
    """How clearly a caption says that it sends the form: 4 strong, 3 medium, 2 next, 1 weak, 0 nothing, -1 never."""
    whole = fold(text).strip(" .!»>→›")
    words = set(re.findall(r"[^\W\d_]+", whole))
    joined = whole.replace(" ", "")

    lists = _words()

    def said(name: str) -> bool:
        short = any(_says(word, words, joined) for word in lists.get(name, ()))
        return short or any(phrase in whole for phrase in lists.get(f"{name}_phrases", ()))

    if "save and continue" in whole:
        return 3
    if re.search(r"\b(with|via|using) \w", whole):
        # To sign in with somebody's account elsewhere is another way than the form.
        return 1
    if said("never") and not any(phrase in whole for phrase in lists["strong_phrases"]):
        return -1
    for grade, name in ((4, "strong"), (2, "next"), (3, "medium"), (1, "weak")):
        if said(name):
            return grade
    return 0


def _says(word: str, words: set[str], joined: str) -> bool:
    # Chinese and Japanese have no spaces; a caption is a few characters, so it may be looked into.
    return word in joined if any("\u3040" <= c <= "\u9fff" for c in word) else word in words


_MORE = re.compile(r"^\s*(and|&|\+|und|et|y|并|並)\s*\w")


def find_submit(elements: Sequence[Element], filled: Sequence[Element]) -> Pressable:
    """The button that sends the form whose fields were filled; `rivals` where two fit equally."""
    found = _find(elements, filled, {4: 4, 3: 3, 2: 2, 1: 1})
    if found.button is not None or found.rivals or not filled:
        return found
    # No caption is known to send anything: the only button after the fields may still do so.
    unknown = [e for e in elements if e.role == "button" and (e.text or e.label) and _follows(e.box, filled)]
    unknown = [e for e in unknown if e.state.checked is None]  # not an option of a set
    unknown = [e for e in unknown if not is_never(e.text or e.label)]
    return Pressable(unknown[0]) if len(unknown) == 1 else found


def find_next(elements: Sequence[Element], filled: Sequence[Element]) -> Pressable:
    """The button that leads to the next page of the form."""
    return _find(elements, filled, {2: 4}, phrases=("save and continue",))


def _find(
    elements: Sequence[Element], filled: Sequence[Element], grades: dict[int, int], phrases: tuple[str, ...] = ()
) -> Pressable:
    def grade(e: Element) -> int:
        caption = e.text or e.label
        if any(phrase in fold(caption) for phrase in phrases):
            return 3
        return grades.get(strength(caption), 0)

    buttons = [e for e in elements if e.role == "button" and grade(e) > 0]
    buttons += [] if buttons else [e for e in elements if e.role == "link" and grade(e) >= 4]
    if not buttons:
        return Pressable(None)
    after = [e for e in buttons if not filled or _follows(e.box, filled)]
    pool = _own_form(after, elements, filled) or buttons
    best = max(grade(e) for e in pool)
    top = [e for e in pool if grade(e) == best]
    if len(top) > 1 and filled:
        near = min(_below(e.box, filled) for e in top)
        top = [e for e in top if _below(e.box, filled) <= near + 24]
    captions = {fold(e.text or e.label) for e in top}
    # "Save and new" is "Save" with something after it that nobody asked for.
    plain = [c for c in captions if all(o == c or _MORE.match(o.removeprefix(c)) for o in captions)]
    if len(captions) > 1 and len(plain) == 1:
        top = [e for e in top if fold(e.text or e.label) in plain]
        captions = set(plain)
    if len(captions) > 1:
        return Pressable(None, tuple(e.text or e.label for e in top))
    return Pressable(top[0])


def _follows(box: Box, filled: Sequence[Element]) -> bool:
    return box.center.y >= max(e.box.center.y for e in filled) - 8


def _below(box: Box, filled: Sequence[Element]) -> int:
    return abs(box.top - max(e.box.bottom for e in filled))


def _own_form(buttons: Sequence[Element], elements: Sequence[Element], filled: Sequence[Element]) -> list[Element]:
    """The first rows of buttons after the last filled field: what follows further fields may be another form's."""
    if not buttons or not filled:
        return list(buttons)
    first = min(buttons, key=lambda e: e.box.top)
    between = [
        e for e in elements if e.role in FIELDS and first.box.bottom < e.box.top and e.role not in ("checkbox", "radio")
    ]
    limit = min((e.box.top for e in between), default=10**9)
    return [e for e in buttons if e.box.top < limit]


def is_never(text: str) -> bool:
    """Whether a caption says something that throws the data away or leads elsewhere."""
    return strength(text) < 0
