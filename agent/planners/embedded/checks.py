"""Making sure that the screen shows something, and waiting until it does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from agent.meaning.lexicon import lexicon
from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import GiveUp, name_of, wait
from agent.planners.embedded.ground import Abstention, pick
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate
from agent.planners.embedded.texts import value_of
from agent.planners.embedded.values import value_matches
from agent.planners.embedded.view import FIELDS, reading_order
from agent.schema import Element, Observation
from agent.wording import normalise, same_text

PATIENCE = (0.3, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 5.0, 5.0)
"""Seconds between looks while waiting for something, half a minute in all."""
VERIFY_PATIENCE = 3
"""A page that is just changing is looked at so many times before it is said to be wrong."""


def shows(observation: Observation, text: str) -> bool:
    """Whether a text stands anywhere on the screen, alone or as whole words of a longer one."""
    wanted = normalise(text)
    return any(_says(piece, wanted) for piece in _pieces(observation))


def _pieces(observation: Observation) -> Iterator[str]:
    """What is written, piece by piece, and lines under each other joined, as one text may take two lines."""
    lines = [e for e in reading_order(observation.elements) if e.text or e.label]
    for element in lines:
        yield from (text for text in (element.text, element.label, element.error, element.hint) if text)
    for upper, lower in pairwise(lines):
        yield f"{upper.text} {lower.text}"


def _says(piece: str, wanted: str) -> bool:
    if same_text(wanted, piece) in ("same", "alike"):
        return True
    tokens, inside = lexicon().tokens(wanted), lexicon().tokens(piece)
    if not tokens or normalise(wanted).casefold() not in normalise(piece).casefold():
        return False
    return any(inside[n : n + len(tokens)] == tokens for n in range(len(inside) - len(tokens) + 1))


def wait_for(turn: Turn, command: c.WaitFor) -> Routine[Turn]:
    """Look until a text shows (or is gone), for half a minute."""
    for seconds in PATIENCE:
        if shows(turn.observation, command.text) != command.gone:
            return turn
        turn = yield from wait(turn, seconds, command.said)
    if shows(turn.observation, command.text) != command.gone:
        return turn
    raise GiveUp(f"{command.text!r} {'is still shown' if command.gone else 'did not show'} after {sum(PATIENCE):g} s")


def verify(walk: Walk, turn: Turn, command: c.Verify) -> Routine[Turn]:
    """GiveUp unless the screen shows what it should."""
    problem = ""
    for attempt in range(VERIFY_PATIENCE):
        if attempt:
            turn = yield from wait(turn, 0.7, command.said)
        if command.target is None:
            problem = _anywhere(turn.observation, command)
        else:
            target = command.target
            if attempt or not isinstance(pick(target, turn.observation), Abstention):
                turn, found = yield from locate(walk, turn, target)
                problem = _at(walk, turn.observation, found.element, command)
            else:
                problem = "it is not seen"
        if not problem:
            return turn
    raise GiveUp(problem)


def _anywhere(observation: Observation, command: c.Verify) -> str:
    if shows(observation, command.text or "") != command.absent:
        return ""
    return f"{command.text!r} {'is shown' if command.absent else 'is not shown'}"


def _at(walk: Walk, observation: Observation, element: Element, command: c.Verify) -> str:
    """What is wrong with an element; empty if nothing is."""
    if command.state:
        return _state(walk, observation, element, command.state)
    wanted = command.text or ""
    if element.role in FIELDS:
        read, box = value_of(observation, element)
        good = value_matches(wanted, read) == "ok"
        if not good and not command.absent:
            exact = walk.desk.reread(observation.screenshot, box)
            good, read = value_matches(wanted, exact) == "ok", exact or read
    else:
        read = element.text or element.label
        good = _says(read, normalise(wanted))
    if good != command.absent:
        return ""
    return f"{name_of(element)!r} shows {read!r}" + ("" if command.absent else f", not {wanted!r}")


def _state(walk: Walk, observation: Observation, element: Element, state: str) -> str:
    match state:
        case "checked" | "unchecked":
            seen = element.state.checked
            good = seen is not None and seen == (state == "checked")
        case "disabled" | "enabled":
            seen = bool(element.state.disabled)
            good = seen == (state == "disabled")
        case _:
            text, box = value_of(observation, element)
            seen = text or ("" if element.state.placeholder else walk.desk.reread(observation.screenshot, box))
            good = not seen or seen == element.hint
    return "" if good else f"{name_of(element)!r} is not {state} (seen: {seen})"
