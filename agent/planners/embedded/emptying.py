"""Emptying a field, whatever its toolkit takes Ctrl+A for."""

from __future__ import annotations

from agent.planners.embedded.desk import name_of, press
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import find_again
from agent.schema import Element


def empty_field(turn: Turn, field: Element) -> Routine[Turn]:
    """Empty the field that has the focus; where Ctrl+A only goes to its beginning (Tk), from its end on."""
    turn = yield from press(turn, ("ctrl", "a"), f"select what is in {name_of(field)!r}", target=field)
    turn = yield from press(turn, ("delete",), f"empty {name_of(field)!r}", target=field)
    left = find_again(turn.observation, field)
    if left is None or (left.text and not left.state.placeholder and left.text != left.hint):
        held = ("ctrl",) if field.role == "textarea" else ()
        turn = yield from press(turn, (*held, "end"), f"go to the end of {name_of(field)!r}", target=field)
        turn = yield from press(turn, (*held, "shift", "home"), f"select what is before it in {name_of(field)!r}")
        turn = yield from press(turn, ("delete",), f"empty {name_of(field)!r}", target=field)
    return turn
