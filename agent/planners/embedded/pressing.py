"""Pressing what a sentence names, and seeing that something changes."""

from __future__ import annotations

from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import GiveUp, Uncertain, perform, press, wait
from agent.planners.embedded.ground import Abstention, Fit, grounding, name, pick
from agent.planners.embedded.naming import likeness
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate_all
from agent.planners.embedded.sums import numbers_in_order
from agent.planners.embedded.view import fields_of, find_again
from agent.schema import Box, Click, Element, Expectation, Observation, Point, Proposal, Role
from agent.wording import fold

PRESSABLE: frozenset[Role] = frozenset({"button", "link", "icon", "option", "checkbox", "radio", "switch"})
FIELD_ROLES: frozenset[Role] = frozenset({"textbox", "textarea", "spinbutton", "combobox"})
_SENDING = frozenset({"login", "log in", "sign in", "signin", "submit", "send", "登录", "登入", "提交", "发送"})
_LOOKS = (0.4, 0.8, 1.2)
"""Waits for an effect that does not show at once, in seconds."""


class Unmoved(GiveUp):
    """An act changed nothing that can be seen."""


def press_target(walk: Walk, turn: Turn, command: c.Press) -> Routine[Turn]:
    """Click what is meant; GiveUp if nothing at all changes."""
    if command.keys:
        caption = pick(command.target, turn.observation, prefer=PRESSABLE)
        if isinstance(caption, Abstention) or likeness(command.target.words, caption.element.label) < 0.9:
            return (yield from press(turn, command.keys, command.said, intent="instruct"))
        key = f"the key {'+'.join(command.keys)}"
        raise Uncertain("a key and something on the screen are both called so", (key, name(caption.element)))
    if (sender := _sender(command.target, turn.observation)) is not None:
        return (yield from click_fit(turn, command.target, Fit(sender, 0.7, "label"), command))
    turn, fits = yield from locate_all(walk, turn, command.target, prefer=PRESSABLE)
    for fit in fits:
        turn = yield from click_fit(turn, command.target, fit, command)
    return turn


def _sender(target: c.Target, observation: Observation) -> Element | None:
    """The one button of a form, where the sentence says "press login" and none is called so."""
    if target.kind not in (None, "button") or target.literal or fold(target.words) not in _SENDING:
        return None
    buttons = [e for e in observation.elements if e.role == "button" and (e.label or e.text)]
    named = any(likeness(target.words, e.label or e.text) >= 0.6 for e in observation.elements if e.role in PRESSABLE)
    return buttons[0] if len(buttons) == 1 and not named and fields_of(observation) else None


def click_fit(turn: Turn, target: c.Target, fit: Fit, command: c.Press | c.Command) -> Routine[Turn]:
    """Click one found thing and see that something changes."""
    button, count, modifiers = ("left", 1, ())
    if isinstance(command, c.Press):
        button, count, modifiers = command.button, command.count, command.modifiers
    before = turn.observation

    def make(turn: Turn) -> Proposal:
        element = (find_again(turn.observation, fit.element) if fit.element.id >= 0 else None) or fit.element
        aim = grounding(target, Fit(element, fit.score, fit.source))
        action = Click(point=_aim(element, fit), button=button, count=count, modifiers=modifiers)
        return Proposal(action=action, thought=command.said, grounding=aim, expectation=Expectation())

    turn = yield from perform(turn, make)
    return (yield from await_effect(before, turn, f"the click on {name(fit.element)}"))


def _aim(element: Element, fit: Fit) -> Point:
    """The middle; of a box with its name written in it, the name: the box may hold more than that."""
    # What was found by the text in it is not meant by its label.
    caption = element.label_box if fit.source != "text" else None
    inner = element.role in FIELD_ROLES and caption is not None and inside_box(caption, element.box)
    return caption.center if inner and caption is not None else element.box.center


def inside_box(inner: Box, outer: Box) -> bool:
    return outer.contains(inner.center) and inner.overlap(outer).area > 0.8 * inner.area


def await_effect(before: Observation, turn: Turn, what: str) -> Routine[Turn]:
    """Look again for a while if an act seems to have changed nothing."""
    if turn.last is not None and turn.last.outcome.status == "ok":
        return turn
    for seconds in _LOOKS:
        if turn.observation.changed and turn.observation.number > before.number:
            return turn
        turn = yield from wait(turn, seconds, f"look for what {what} did")
    if turn.observation.changed:
        return turn
    raise Unmoved(f"{what} changed nothing that can be seen")


def press_in_order(turn: Turn, command: c.PressInOrder) -> Routine[Turn]:
    """Click the numbers that are seen at the beginning, each once, by their size."""
    numbers = numbers_in_order(turn.observation.elements, falling=command.falling)
    if len(numbers) < 2:
        raise Uncertain("no numbers can be read on the screen")
    if len({e.text or e.label for e in numbers}) < len(numbers):
        raise Uncertain("a number is there twice", tuple(name(e) for e in numbers))
    for element in numbers:
        target = c.Target(element.text or element.label, element.text or element.label)
        turn = yield from click_fit(turn, target, Fit(element, 1.0, "text"), command)
    return turn
