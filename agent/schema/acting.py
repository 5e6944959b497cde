"""What can be done: one class for each kind of action."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.schema.seeing import Box, Point
from agent.schema.value import Value


class Click(Value):
    kind: Literal["click"] = "click"
    point: Point
    button: Literal["left", "middle", "right"] = "left"
    count: int = Field(default=1, ge=1, le=3)
    modifiers: tuple[str, ...] = ()
    """Keys held meanwhile: ctrl, shift, alt, meta."""


class Move(Value):
    kind: Literal["move"] = "move"
    point: Point


class Drag(Value):
    """Press at the first point, move through the others, release at the last."""

    kind: Literal["drag"] = "drag"
    path: tuple[Point, ...] = Field(min_length=2)
    button: Literal["left", "middle", "right"] = "left"


class Scroll(Value):
    """Wheel notches at a point: `dy` > 0 shows what is further down, `dx` > 0 what is further right."""

    kind: Literal["scroll"] = "scroll"
    point: Point
    dx: int = 0
    dy: int = 0


class TypeText(Value):
    """Type text where the focus is; `\\n` is Enter, `\\t` is Tab."""

    kind: Literal["type_text"] = "type_text"
    text: str
    replace: bool = False
    """Select everything in the focused field first, so that the text replaces it."""
    secret: bool = False
    """Never shown and never stored."""


class PressKeys(Value):
    """Press keys together as one chord, named as pyautogui names them (`ctrl`, `a`, `enter`, `pagedown`)."""

    kind: Literal["press_keys"] = "press_keys"
    keys: tuple[str, ...] = Field(min_length=1)
    times: int = Field(default=1, ge=1, le=100)


class Wait(Value):
    kind: Literal["wait"] = "wait"
    seconds: float = Field(ge=0, le=60)


class Zoom(Value):
    """The next observation shows this region at full resolution."""

    kind: Literal["zoom"] = "zoom"
    region: Box


class Done(Value):
    kind: Literal["done"] = "done"
    summary: str = ""


class Fail(Value):
    kind: Literal["fail"] = "fail"
    reason: str
    status: Literal["failed", "bad_input"] = "failed"


class Ask(Value):
    """The planner can't go on without a person: a question and, where there are any, the candidates."""

    kind: Literal["ask"] = "ask"
    question: str
    candidates: tuple[str, ...] = ()


Action = Annotated[
    Click | Move | Drag | Scroll | TypeText | PressKeys | Wait | Zoom | Done | Fail | Ask,
    Field(discriminator="kind"),
]
