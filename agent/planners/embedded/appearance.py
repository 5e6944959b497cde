"""Things by their kind and by how they look: all buttons, the red one, the circle, the largest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, get_args

from agent.meaning.lexicon import lexicon
from agent.planners.embedded.commands import Kind, Target
from agent.planners.embedded.naming import ROLES, role_fit
from agent.planners.embedded.phrases import read_target
from agent.planners.embedded.tints import blobs, drawings, has_shape, share_of
from agent.schema import Box, Element, Observation, Role

CONTROLS: frozenset[Role] = frozenset(get_args(Role)) - {"text", "heading", "dialog", "scrollbar"}


class Fit(NamedTuple):
    """An element and how well it fits, 0..1, with what told so."""

    element: Element
    score: float
    source: str


def by_kind(target: Target, elements: Sequence[Element]) -> list[Fit]:
    """Everything of a kind, but only the roles that fit it best."""
    graded = [(e, role_fit(target.kind, e)) for e in elements if target.kind in ROLES]
    if target.kind == "box":
        graded = [(e, 1.0) for e in elements if e.role in CONTROLS or e.role == "dialog"]
    # "The section" is rather what is captioned "Section 2" than the button beside it.
    if target.kind in _CAPTIONED and (called := [(e, fits) for e, fits in graded if fits and _called(target.kind, e)]):
        graded = [(e, 1.0) for e, _ in called]
    if target.kind == "field" and _ONE_LINE.search(target.said):
        graded = [(e, fits * 0.84 if e.role == "textarea" else fits) for e, fits in graded]
    best = max((fits for _, fits in graded), default=0.0)
    return [Fit(e, 0.8 * fits, "widget") for e, fits in graded if fits > 0 and best - fits < 0.15]


_ONE_LINE = re.compile(r"\b(?:text|input) ?-?(?:field|box|input|entry)|\binput\b|文本框|输入框", re.IGNORECASE)
"""What people call a field of one line where there is a text area too; a "field" may be either."""
_CAPTIONED: frozenset[Kind] = frozenset({"section", "tab", "menu", "option", "row"})


def _called(kind: Kind, element: Element) -> bool:
    return any(read_target(f"the {word}").kind == kind for word in lexicon().tokens(element.label or element.text))


def by_look(target: Target, elements: Sequence[Element], observation: Observation) -> list[Fit]:
    """Controls that have a colour; else patches of that colour, which may be drawings."""
    kind = target.kind if target.kind != "box" else None
    fitting = [Fit(e, 0.8, "widget") for e in elements if e.role in CONTROLS and role_fit(kind, e) >= 0.5]
    if target.colour and not target.shape and kind and (fits := coloured(target, fitting, observation)):
        return fits
    seen = blobs(observation.screenshot, target.colour) if target.colour else drawings(observation.screenshot)
    captions = [e.box for e in elements if e.text and e.box.area < 60_000]
    patches = [
        blob
        for blob in seen
        if has_shape(blob, target.shape) and not any(_is_lettering(blob.box, caption) for caption in captions)
    ]
    if target.colour and (solid := [blob for blob in patches if blob.solid > 0.4]):
        patches = solid  # a black frame is black only where nothing is black inside
    largest = max((blob.box.area for blob in patches), default=0)
    found: list[Fit] = []
    for number, blob in enumerate(blob for blob in patches if blob.box.area * 60 > largest):
        label = f"{target.colour} {target.shape or 'patch'}".strip()
        found.append(Fit(Element(id=-1 - number, role="icon", box=blob.box, label=label), 0.75, "position"))
    return found


def _is_lettering(patch: Box, caption: Box) -> bool:
    """A letter of a caption, or the frame round it, is no drawing of its own."""
    return patch.overlap(caption).area > 0.9 * patch.area


def coloured(target: Target, fits: Sequence[Fit], observation: Observation) -> list[Fit]:
    """Those of some elements that are drawn in the target's colour."""
    if not target.colour:
        return list(fits)
    shares = [(fit, share_of(observation.screenshot.crop(fit.element.box), target.colour)) for fit in fits]
    least = 0.3 if target.colour in ("white", "black", "grey") else 0.08
    return [fit for fit, share in shares if share >= least]


def by_size(target: Target, fits: list[Fit]) -> list[Fit]:
    """The largest or smallest, where one stands out."""
    ordered = sorted(fits, key=lambda fit: fit.element.box.area, reverse=target.size == "large")
    if len(ordered) < 2:
        return ordered
    a, b = (max(1, fit.element.box.area) for fit in ordered[:2])
    return ordered[:1] if max(a, b) / min(a, b) > 1.15 else ordered
