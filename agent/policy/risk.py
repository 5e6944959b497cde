"""How much a proposal may cost, computed from what is seen; a planner's intent may raise it, never lower it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

from agent.describe import clip, plain
from agent.policy.chords import chord_of, commits, leaves
from agent.policy.match import RiskKind
from agent.policy.targets import INPUTS, PLAIN
from agent.policy.words import announces, kinds_of_caption, risk_of_caption
from agent.schema import Alert, Click, Context, Drag, Element, PressKeys, Proposal, Risk, TypeText

_AFFIRMING = (
    "ok|okay|yes|continue|proceed|go ahead|i understand|ja|weiter|oui|continuer|sí|si|continuar|sim|sì|да|продолжить|"
    "确定|確定|是|好|好的|继续|繼續|はい|続行|예|계속"
)
"""Captions that mean whatever the text beside them asks."""

_ORDER: tuple[Risk, ...] = get_args(Risk)


class Reason(NamedTuple):
    """What speaks for a risk."""

    risk: Risk
    why: str
    kinds: frozenset[RiskKind] = frozenset()


class Assessment(NamedTuple):
    """The highest risk that anything speaks for, and all the kinds of risk."""

    risk: Risk
    why: str
    kinds: frozenset[RiskKind]


def assess(
    proposal: Proposal, targets: Sequence[Element], context: Context, *, claims: bool, accounted: bool, given: bool
) -> Assessment:
    """The risk of a proposal that would meet `targets`.

    `claims`: what the planner says counts too. `accounted`: the task accounts for the step. With suspicious text on
    the screen every other one weighs more, and each that meets what bears such a text. `given`: what is typed is what
    the task has for that field.
    """
    reasons = list(_reasons(proposal, targets, context, claims, given))
    highest = max(reasons, key=lambda reason: _ORDER.index(reason.risk))
    kinds: frozenset[RiskKind] = frozenset(kind for reason in reasons for kind in reason.kinds)
    spoken = [alert for alert in context.alerts if any(_speaks_of(alert, target) for target in targets)]
    alerts = spoken or (() if accounted else context.alerts)
    if alerts and highest.risk != "none":
        risk: Risk = "medium" if highest.risk == "low" else "high"
        but = "suspicious text stands there" if spoken else "the task doesn't name it, and suspicious text is shown"
        return Assessment(risk, f"{highest.why}; {but}: '{_short(alerts[0].text)}'", kinds)
    return Assessment(highest.risk, highest.why, kinds)


def _speaks_of(alert: Alert, target: Element) -> bool:
    """Whether suspicious text is a target's own: in it, or its label."""
    boxes = (target.box, target.label_box) if target.label_box is not None else (target.box,)
    return any(alert.box.overlap(box).area > 0 for box in boxes)


def _reasons(
    proposal: Proposal, targets: Sequence[Element], context: Context, claims: bool, given: bool
) -> Iterator[Reason]:
    """All that speaks for a risk; the highest counts, and of equal ones the first."""
    action = proposal.action
    if claims and proposal.intent == "submit" and isinstance(action, Click | Drag | TypeText | PressKeys):
        yield Reason("medium", "the planner means to submit", frozenset(("submit",)))
    match action:
        case Click():
            yield from _of_click(action, targets, context)
            if claims:
                yield from _of_claim(proposal, targets)
        case Drag():
            yield from _of_press(targets, context)
            yield Reason("low", "it drags")
        case TypeText():
            yield from _of_typing(action, targets, context, given)
            yield Reason("low", "it types")
        case PressKeys():
            yield from _of_keys(action, targets, context)
            yield Reason("low", "it presses keys")
        case _:
            yield Reason("none", "it changes nothing")


def _of_click(action: Click, targets: Sequence[Element], context: Context) -> Iterator[Reason]:
    if action.button == "right":
        yield Reason("low", "it opens a menu")
        return
    yield from _of_press(targets, context)
    if action.button == "middle":
        yield Reason("medium", "the middle button pastes what was copied, or opens elsewhere")
    elif action.modifiers and not all(t.role in INPUTS for t in targets):
        yield Reason("medium", f"a click with {'+'.join(action.modifiers)} opens elsewhere", frozenset(("leave",)))
    yield Reason("low", "it clicks")


def _of_press(targets: Sequence[Element], context: Context) -> Iterator[Reason]:
    for target in targets:
        for caption in _captions(target):
            risk, word = risk_of_caption(caption)
            # A switch may act at once, but one that says "Send me news" sends nothing.
            if word and (target.role != "switch" or risk == "high"):
                yield Reason(risk, f"the {target.role} says '{_short(caption)}'", kinds_of_caption(caption))
            if caption.strip(" .!").casefold() in _AFFIRMING.split("|"):
                risk, said = announces(_question(target, context))
                if said:
                    yield Reason(risk, f"'{caption}' answers '{_short(said)}'", kinds_of_caption(said))


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
    texts = [e for e in context.elements if e.role in PLAIN and any(d.box.contains(e.box.center) for d in dialogs)]
    return "\n".join((context.window, *(e.text or e.label for e in (*dialogs, *texts))))


def _short(text: str) -> str:
    return clip(plain(text), 40)


def _of_claim(proposal: Proposal, targets: Sequence[Element]) -> Iterator[Reason]:
    grounding = proposal.grounding
    if grounding is None or (targets and all(t.role in INPUTS for t in targets) and grounding.role in INPUTS):
        return
    risk, word = risk_of_caption(grounding.target)
    if word:
        said = _short(grounding.target)
        yield Reason(risk, f"the planner calls it '{said}'", kinds_of_caption(grounding.target))


def _of_typing(action: TypeText, targets: Sequence[Element], context: Context, given: bool) -> Iterator[Reason]:
    if not all(t.role in INPUTS for t in targets) and any(c in action.text for c in " \n"):
        yield from _of_press(targets, context)
    enters = "\n" in action.text and not _in_textarea(targets)
    if action.secret and given and not enters and not context.alerts:
        yield Reason("low", "it types a secret of the task into the field that it is for")
    elif action.secret:
        risk: Risk = "high" if enters else "medium"
        yield Reason(risk, "it types a secret" + (" and sends it with Enter" if enters else ""), _submit(enters))
    elif enters:
        yield Reason("medium", "it presses Enter, which may submit", _submit(enters))


def _of_keys(action: PressKeys, targets: Sequence[Element], context: Context) -> Iterator[Reason]:
    chord = chord_of(action.keys)
    if leaves(chord):
        yield Reason("high", f"{'+'.join(action.keys)} leaves the application", frozenset(("leave",)))
    if commits(chord):
        yield Reason("medium", f"{'+'.join(action.keys)} saves, prints, deletes or turns away", frozenset(("submit",)))
    if chord & {"enter", "space"}:
        if not all(t.role in INPUTS for t in targets):
            yield from _of_press(targets, context)
        choosing = bool(targets) and all(t.state.expanded or t.role in ("listbox", "option") for t in targets)
        if "enter" in chord and not choosing and not (chord == frozenset(("enter",)) and _in_textarea(targets)):
            yield Reason("medium", "it presses Enter, which may submit", _submit(True))


def _submit(enters: bool) -> frozenset[RiskKind]:
    return frozenset(("submit",)) if enters else frozenset()


def _in_textarea(targets: Sequence[Element]) -> bool:
    return bool(targets) and all(t.role == "textarea" for t in targets)
