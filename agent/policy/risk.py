"""How much a proposal may cost, computed from what is seen; a planner's intent may raise it, never lower it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from agent.describe import clip, plain
from agent.policy.chords import Chord, chord_of, commits, leaves
from agent.policy.words import announces, risk_of_caption
from agent.schema import (
    Action,
    Click,
    Context,
    Drag,
    Element,
    Move,
    Point,
    PressKeys,
    Proposal,
    Risk,
    Role,
    Scroll,
    TypeText,
)

INPUTS: frozenset[Role] = frozenset(
    ("textbox", "textarea", "checkbox", "radio", "combobox", "listbox", "option", "spinbutton", "slider", "scrollbar")
)
"""Clicking these sets or opens something; nothing is sent by it."""

_CONTAINERS: frozenset[Role] = frozenset(("dialog", "listbox"))
_PLAIN: frozenset[Role] = frozenset(("text", "heading"))
_AFFIRMING = (
    "ok|okay|yes|continue|proceed|go ahead|i understand|ja|weiter|oui|continuer|sí|si|continuar|sim|sì|да|продолжить|"
    "确定|確定|是|好|好的|继续|繼續|はい|続行|예|계속"
)
"""Captions that mean whatever the text beside them asks."""

_ORDER: tuple[Risk, ...] = get_args(Risk)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the policy sees in a proposal: the risk and its reason, and what rules match on."""

    risk: Risk
    reason: str
    roles: frozenset[Role] = frozenset()
    """Role of what is seen under the action, or of what has the focus for keys and text."""
    seen: tuple[str, ...] = ()
    """Texts of it, as read from the screen."""
    claimed: str = ""
    """What the planner says it is."""
    chord: Chord | None = None


def assess(proposal: Proposal, context: Context) -> Assessment:
    """Everything that rules may match on, computed from the proposal and the last look."""
    action = proposal.action
    targets = _targets(proposal, context)
    risk, reason = max(_reasons(proposal, targets, context), key=lambda found: _ORDER.index(found[0]))
    return Assessment(
        risk=risk,
        reason=reason,
        roles=frozenset(t.role for t in targets),
        seen=tuple(dict.fromkeys(text for t in targets for text in (t.text, t.label) if text)),
        claimed=proposal.grounding.target if proposal.grounding else "",
        chord=chord_of(action.keys) if isinstance(action, PressKeys) else None,
    )


def _targets(proposal: Proposal, context: Context) -> list[Element]:
    """What the action would meet: under its points, or, for keys, what has the focus as far as that is seen."""
    points = _points(proposal.action)
    if not points and isinstance(proposal.action, TypeText | PressKeys):
        if focused := [e for e in context.elements if e.state.focused]:
            return focused
        points = (proposal.grounding.point,) if proposal.grounding else ()
    return [found for point in points if (found := _operable_at(context.elements, point)) is not None]


def _points(action: Action) -> tuple[Point, ...]:
    match action:
        case Click(point=point) | Move(point=point) | Scroll(point=point):
            return (point,)
        case Drag(path=path):
            return (path[0], path[-1])
        case _:
            return ()


def _operable_at(elements: Sequence[Element], point: Point) -> Element | None:
    """The smallest control at a point; the text or the dialog there only if there is no control."""
    under = sorted((e for e in elements if e.box.contains(point)), key=lambda e: e.box.area)
    controls = [e for e in under if e.role not in _PLAIN | _CONTAINERS]
    texts = [e for e in under if e.role in _PLAIN]
    return next(iter((*controls, *texts, *under)), None)


def _reasons(proposal: Proposal, targets: Sequence[Element], context: Context) -> Iterator[tuple[Risk, str]]:
    """All that speaks for a risk; the highest counts, and of equal ones the first."""
    if proposal.intent == "submit" and isinstance(proposal.action, Click | Drag | TypeText | PressKeys):
        yield "medium", "the planner means to submit"
    match proposal.action:
        case Click(button="right"):
            yield "low", "it opens a menu"
        case Click():
            yield from _of_press(targets, context)
            yield from _of_claim(proposal, targets)
            yield "low", "it clicks"
        case Drag():
            yield from _of_press(targets, context)
            yield "low", "it drags"
        case TypeText():
            yield from _of_typing(proposal.action, targets, context)
            yield "low", "it types"
        case PressKeys():
            yield from _of_keys(proposal.action, targets, context)
            yield "low", "it presses keys"
        case _:
            yield "none", "it changes nothing"


def _of_press(targets: Sequence[Element], context: Context) -> Iterator[tuple[Risk, str]]:
    for target in targets:
        for caption in _captions(target):
            risk, word = risk_of_caption(caption)
            # A switch may act at once, but one that says "Send me news" sends nothing.
            if word and (target.role != "switch" or risk == "high"):
                yield risk, f"the {target.role} says '{_short(caption)}'"
            if caption.strip(" .!").casefold() in _AFFIRMING.split("|"):
                risk, word = announces(_question(target, context))
                if word:
                    yield risk, f"'{caption}' answers '{_short(word)}'"


def _captions(target: Element) -> tuple[str, ...]:
    """The texts of an element that say what pressing it does."""
    if target.role not in INPUTS:
        return (target.text, target.label)
    # What is taken for an input may be a button after all: a value that is a whole command counts.
    bare = target.role in ("textbox", "combobox", "spinbutton", "option") and not target.state.placeholder
    return (target.text,) if bare and target.text and _is_command(target.text) else ()


def _is_command(text: str) -> bool:
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    _, word = risk_of_caption(text)
    return bool(word) and len(word.split()) == len(words)


def _question(target: Element, context: Context) -> str:
    """The words that stand in the dialog round a button, and the window's title."""
    dialogs = [e for e in context.elements if e.role == "dialog" and e.box.contains(target.box.center)]
    texts = [e for e in context.elements if e.role in _PLAIN and any(d.box.contains(e.box.center) for d in dialogs)]
    return "\n".join((context.window, *(e.text or e.label for e in (*dialogs, *texts))))


def _short(text: str) -> str:
    return clip(plain(text), 40)


def _of_claim(proposal: Proposal, targets: Sequence[Element]) -> Iterator[tuple[Risk, str]]:
    grounding = proposal.grounding
    if grounding is None or (targets and all(t.role in INPUTS for t in targets) and grounding.role in INPUTS):
        return
    risk, word = risk_of_caption(grounding.target)
    if word:
        yield risk, f"the planner calls it '{_short(grounding.target)}'"


def _of_typing(action: TypeText, targets: Sequence[Element], context: Context) -> Iterator[tuple[Risk, str]]:
    if not all(t.role in INPUTS for t in targets) and any(c in action.text for c in " \n"):
        yield from _of_press(targets, context)
    enters = "\n" in action.text and not _in_textarea(targets)
    if action.secret:
        yield ("high" if enters else "medium"), "it types a secret" + (" and sends it with Enter" if enters else "")
    elif enters:
        yield "medium", "it presses Enter, which may submit"


def _of_keys(action: PressKeys, targets: Sequence[Element], context: Context) -> Iterator[tuple[Risk, str]]:
    chord = chord_of(action.keys)
    if leaves(chord):
        yield "high", f"{'+'.join(action.keys)} leaves the application"
    if commits(chord):
        yield "medium", f"{'+'.join(action.keys)} saves, prints, deletes or turns away"
    if chord & {"enter", "space"}:
        if not all(t.role in INPUTS for t in targets):
            yield from _of_press(targets, context)
        choosing = bool(targets) and all(t.state.expanded or t.role in ("listbox", "option") for t in targets)
        if "enter" in chord and not choosing and not (chord == frozenset(("enter",)) and _in_textarea(targets)):
            yield "medium", "it presses Enter, which may submit"


def _in_textarea(targets: Sequence[Element]) -> bool:
    return bool(targets) and all(t.role == "textarea" for t in targets)
