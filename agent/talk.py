"""The vocabulary of a conversation with a vision-language model, and the one seam to whatever answers.

A dialect (agent/dialects) knows how a model family is spoken to; a transport (agent/chat) carries a Request
there and an Answer back. Neither knows the other; planners and the service put them together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from agent.schema import Pixels, Value

PATCH = 32
"""Picture pixels per token on each axis (patch 16, merged 2 x 2)."""


class TextPart(Value):
    kind: Literal["text"] = "text"
    text: str


class ImagePart(Value):
    """A picture exactly as it is sent: whoever makes the part has fitted it to its token budget."""

    kind: Literal["image"] = "image"
    pixels: Pixels = Field(repr=False)

    @property
    def tokens(self) -> int:
        """Tokens that the model spends on it, without the two marks round it."""
        height, width = self.pixels.shape[:2]
        return max(1, round(height / PATCH)) * max(1, round(width / PATCH))


Part = Annotated[TextPart | ImagePart, Field(discriminator="kind")]


class ToolCall(Value):
    """A call as the model wrote it: well formed, but not yet known to mean anything."""

    name: str
    arguments: dict[str, Any]


class Message(Value):
    """One turn. A `tool` message answers the call before it and may carry pictures."""

    role: Literal["system", "user", "assistant", "tool"]
    parts: tuple[Part, ...] = ()
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()

    @classmethod
    def of(cls, role: Literal["system", "user", "assistant", "tool"], *parts: str | ImagePart) -> Message:
        return cls(role=role, parts=tuple(TextPart(text=p) if isinstance(p, str) else p for p in parts))


class Tool(Value):
    """A function that the model may call; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


class Sampling(Value):
    """How tokens are drawn; temperature 0 always takes the likeliest."""

    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0)
    """0: no limit."""
    presence_penalty: float = Field(default=0.0, ge=-2, le=2)
    max_tokens: int = Field(default=1024, ge=1)
    seed: int | None = None


class Request(Value):
    """All that is needed for one answer."""

    messages: tuple[Message, ...] = Field(min_length=1)
    tools: tuple[Tool, ...] = ()
    sampling: Sampling = Sampling()
    thinking: bool = True
    """Let a model that can think do so; False asks for the answer at once."""
    stops: tuple[str, ...] = ()
    """The answer's words end before the first of these; those of its thinking and of a call that must be made don't."""
    must_call: bool = False
    """The answer has to be one well-formed tool call: transports that can constrain decoding do."""


class Delta(Value):
    """A piece of an answer while it is being made."""

    kind: Literal["thinking", "text"]
    text: str


class Usage(Value):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reused_tokens: int = 0
    """Tokens of the prompt that were not computed again."""
    first_token_seconds: float = 0.0


class Answer(Value):
    """What came back, as raw as the transport got it: a dialect reads it.

    A server may have split thinking and calls off already; an in-process model leaves all in `text`.
    """

    text: str = ""
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: Literal["stop", "length", "calls", "cancelled"] = "stop"
    usage: Usage = Usage()


class Turn(Value):
    """An answer as its dialect understands it."""

    thinking: str = ""
    text: str = ""
    calls: tuple[ToolCall, ...] = ()


class Mistake(Exception):
    """The model's mistake, in words that can be told back to it. Never ends a run by itself."""


class Chat(Protocol):
    """A transport. Both methods block; `stop` ends an answer within 200 ms from any thread."""

    def answer(self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = ...) -> Answer:
        """One answer. Raises Stopped when `stop` was set, TaskFailed or Missing when none can be had."""
        ...

    def measure(self, request: Request) -> int:
        """Tokens of the prompt that the request makes; never fewer than it really takes."""
        ...
