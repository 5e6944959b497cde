"""What goes over the pipes between `Executor` (the parent), the child with the hands, and the guard."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.schema import Box, Click, Drag, Move, Outcome, PressKeys, Scroll, TypeText, Value

Gesture = Annotated[Click | Move | Drag | Scroll | TypeText | PressKeys, Field(discriminator="kind")]
"""The actions that need hands; the others never reach the child."""

GESTURES = (Click, Move, Drag, Scroll, TypeText, PressKeys)


class Order(Value):
    """Parent to child, one JSON object a line: do this, or stop doing it."""

    number: int
    gesture: Gesture | None = None
    """None stops the order of that number."""


class Answer(Value):
    """Child to parent: number 0 says that the child is ready, the others answer an order."""

    number: int
    outcome: Outcome
    desktop: Box | None = None
    """With number 0: what can be clicked."""
    halted: bool = False
    """A person moved the pointer into a corner of the screen: the run must end."""


class KeyDefinition(Value):
    """What a keycode gives, in XKB's terms: enough to put it back as it was."""

    types: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 0
    """XKB's group info byte: number of groups and what happens beyond them."""
    width: int = 0
    syms: tuple[int, ...] = ()


class Debt(Value):
    """Child to guard, one JSON object a line after `MARK`: what to put right if the child dies."""

    kind: Literal["window", "keys", "locks"]
    window: int = 0
    """A window of the child's connection; when it is gone, the server has done all that the child asked for."""
    keys: dict[int, KeyDefinition] = Field(default_factory=dict[int, KeyDefinition])
    """Keycodes that were redefined, as they were before; adds to earlier ones."""
    locks: tuple[int, int] | None = None
    """Locked modifiers to set again; None where there is nothing to do."""


MARK = "\x1edebt "
"""Begins a line to the guard; other lines on the child's stderr are messages for people."""
