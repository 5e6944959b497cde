"""What a model is asked when it is tried out: the same kind of request as in a task, on a picture that is known."""

from __future__ import annotations

from agent.chat.calibration import SHAPES, Chart, Spot
from agent.chat.loose import maybe_list
from agent.dialects.base import Dialect
from agent.talk import ImagePart, Message, Request, TextPart, ToolCall, Turn

RULES = "Answer with one left_click at the centre of the target."
ROOM = 2048
"""Tokens that an answer may have: a model that can't stop thinking needs them for a single click."""


def names() -> list[str]:
    """The shapes of a chart."""
    return [f"{colour} {shape}" for colour, shape, _ in SHAPES]


def click(dialect: Dialect, chart: Chart, name: str) -> Request:
    """A click on a shape, at once and without a thought."""
    turns = (
        Message.of("system", dialect.system(RULES)),
        Message.of("user", ImagePart(pixels=chart.pixels), f"Left-click the {name}."),
    )
    return request(dialect, turns, thinking=False)


def another_click(dialect: Dialect, chart: Chart, turn: Turn, then: Chart, name: str) -> Request:
    """A second step, with thinking: after the click of `turn` on a first chart another one is shown."""
    turns = (
        *click(dialect, chart, names()[0]).messages,
        Message(role="assistant", parts=(TextPart(text=turn.text),), thinking=turn.thinking, calls=turn.calls[:1]),
        Message.of("tool", f"Done. The screen has changed. Left-click the {name}.", ImagePart(pixels=then.pixels)),
    )
    return request(dialect, turns, thinking=True)


def request(dialect: Dialect, turns: tuple[Message, ...], *, thinking: bool) -> Request:
    """A request that has to be answered with one call of the first tool."""
    sampling = dialect.sampling(thinking=thinking, grounding=not thinking)
    return Request(
        messages=turns,
        tools=dialect.tools[:1],
        sampling=sampling.model_copy(update={"max_tokens": ROOM}),
        thinking=thinking,
        must_call=True,
    )


def pair(call: ToolCall) -> Spot | None:
    """The first argument that is a pair of numbers, whatever the family calls it."""
    for value in call.arguments.values():
        found = maybe_list(value) or []
        if len(found) == 2 and all(isinstance(n, int | float) and not isinstance(n, bool) for n in found):
            return float(found[0]), float(found[1])
    return None
