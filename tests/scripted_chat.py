"""A transport that answers what it was given, without any model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from agent.errors import Stopped
from agent.talk import Answer, Delta, ImagePart, Request, TextPart, ToolCall

Reply = Answer | str | Exception | Callable[[Request], Answer | str]


class ScriptedChat:
    """Answers one after the other, and keeps the requests. Pictures are measured exactly, texts by their bytes."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self._left = list(replies)
        self.requests: list[Request] = []

    @property
    def left(self) -> int:
        return len(self._left)

    def answer(
        self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = lambda delta: None
    ) -> Answer:
        if stop.is_set():
            raise Stopped("stopped on request")
        self.requests.append(request)
        if not self._left:
            raise AssertionError("the script is at its end: " + told(request)[-500:])
        reply = self._left.pop(0)
        if isinstance(reply, Exception):
            raise reply
        reply = reply if isinstance(reply, Answer | str) else reply(request)
        answer = Answer(text=reply) if isinstance(reply, str) else reply
        for piece in answer.text.split():
            on_delta(Delta(kind="text", text=piece))
        return answer

    def measure(self, request: Request) -> int:
        total = 20 + sum(len(json.dumps(tool.model_dump())) // 4 for tool in request.tools)
        for message in request.messages:
            total += 8 + sum(len(json.dumps(call.arguments)) // 3 for call in message.calls)
            for part in message.parts:
                total += part.tokens + 2 if isinstance(part, ImagePart) else len(part.text.encode()) // 3 + 1
        return total


def says(line: str, thinking: str = "", *, tool: str = "computer_use", **arguments: Any) -> Answer:
    """An answer as a Thinking model of the Hermes style writes it."""
    call = json.dumps({"name": tool, "arguments": arguments}, ensure_ascii=False)
    thought = f"{thinking or 'Let me see.'}\n</think>\n\n"
    return Answer(text=f"{thought}Action: {line}\n<tool_call>\n{call}\n</tool_call>")


def parsed(line: str, *, tool: str = "computer_use", **arguments: Any) -> Answer:
    """The same as a server gives it that takes answers apart itself."""
    return Answer(
        text=f"Action: {line}", thinking="hm", calls=(ToolCall(name=tool, arguments=arguments),), finish="calls"
    )


def told(request: Request) -> str:
    """All the words of a request."""
    return "\n".join(part.text for m in request.messages for part in m.parts if isinstance(part, TextPart))
