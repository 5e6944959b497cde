"""Planning as straight-line code: a routine yields a Proposal and is sent what the loop saw of it.

    def press(target: Element) -> Routine[bool]:
        turn = yield Proposal(action=Click(point=target.box.center), ...)
        return turn.last is not None and turn.last.outcome.status == "ok"

Routines call each other with `yield from`. The first `send` of a routine needs a Turn too, so every routine
that looks before it acts takes the current Turn as its first argument and returns the newest one it saw.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, TypeVar

from agent.schema import Observation, Proposal, Step

T = TypeVar("T")


class Turn(NamedTuple):
    """What a routine sees between two of its proposals: a fresh look, and the step it caused."""

    observation: Observation
    last: Step | None


Routine = Generator[Proposal, Turn, T]
