"""Things that a phrase names and no words show: icons, people's pictures, fields beside an icon."""

from __future__ import annotations

import re

from agent.icons import marks as icons
from agent.planners.embedded import pictograms
from agent.planners.embedded.commands import Kind, Target
from agent.planners.embedded.naming import likeness
from agent.planners.embedded.owning import discs
from agent.schema import Box, Element, Observation, Role

_PRESSED: frozenset[Kind | None] = frozenset({None, "icon", "button", "image", "link", "menu", "tab"})
_DRAWN: frozenset[Kind | None] = frozenset({"icon", "button", "image"})
_TYPED: frozenset[Kind | None] = frozenset({"field", "area", "box"})
_PICTURES = frozenset(
    {"avatar", "profile picture", "profile photo", "profile image", "user picture", "user photo", "account circle"}
    | {"account picture", "portrait", "my picture", "picture of me", "头像"}
)
_FACES = _PICTURES | {"profile", "account", "user"}


def by_drawing(target: Target, observation: Observation, prefer: frozenset[Role]) -> list[Element]:
    """The drawings that a target names; empty where it names none, was quoted, or something else is wanted."""
    if target.literal or (prefer and not prefer & {"icon", "button"}):
        return []
    words = target.words or ("menu" if target.kind == "menu" else "")
    if not words or target.kind not in _PRESSED or (target.ordinal is not None and target.kind not in _DRAWN):
        return []
    called = re.sub(r"^(?:the|an?|my|this)\s+", "", target.said.strip().lower())
    if {called, words.strip().lower()} & _PICTURES and (found := faces(observation)):
        return found
    known = icons.named(target.said) or icons.named(words)
    if known and (found := icons.drawn(observation, known, words)):
        return [e for e in found if target.kind != "button" or not _says_else(e.box, words, observation)]
    if target.kind in ("icon", "button", "image") and (found := pictograms.drawn(observation, target.words)):
        others = [m.box for m in icons.marks(observation) if m.drawing not in known and m.score >= icons.SURE]
        return [e for e in found if not any(_same_place(e.box, box) for box in others)]
    return faces(observation) if words.strip().lower() in _FACES else []


def _says_else(mark: Box, words: str, observation: Observation) -> bool:
    """Whether a caption follows a drawing and is another: "Trash" beside a bin is no Delete button."""
    for e in observation.elements:
        near = 0 <= e.box.left - mark.right < 1.2 * mark.height or (e.box.contains(mark.center) and e.text)
        level = abs(e.box.center.y - mark.center.y) < 0.6 * max(mark.height, 12)
        if near and level and sum(c.isalpha() for c in e.text) > 2 and likeness(words, e.text) < 0.6:
            return True
    return False


def faces(observation: Observation) -> list[Element]:
    """Round pictures of people; a round button that shows an icon is none."""
    sure = [m for m in icons.marks(observation) if m.score >= icons.SURE and m.drawing not in ("user", "users")]
    return discs(observation, [m.box for m in sure])


def fields_at_drawing(target: Target, fields: list[Element], observation: Observation) -> list[Element]:
    """The fields of one line that hold, or adjoin, the drawing of what they are for: a search box and its magnifier."""
    if target.literal or target.kind not in _TYPED or not (known := icons.named(target.words)):
        return []
    marks = [m.box for m in icons.marks(observation) if m.drawing in known and m.score >= icons.SURE]
    return [e for e in fields if any(_beside(e.box, mark) for mark in marks)]


def _beside(field: Box, mark: Box) -> bool:
    level = field.top <= mark.center.y < field.bottom
    return level and field.left - 2 * field.height < mark.center.x < field.right + 2 * field.height


def _same_place(one: Box, other: Box) -> bool:
    return one.overlap(other).area > 0.5 * min(one.area, other.area)
