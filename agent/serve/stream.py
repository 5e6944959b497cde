"""An answer in the shapes of the OpenAI chat format: whole, or piece by piece."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from agent.dialects.base import Dialect
from agent.dialects.reading import OPEN, THINK_CLOSE, overhang
from agent.talk import Answer, Delta, Mistake, Tool, ToolCall, Turn, Usage


def understood(answer: Answer, dialect: Dialect, tools: tuple[Tool, ...]) -> Turn:
    """Thinking, words, and calls of the client's `tools`; what is malformed stays in the words, as it was written."""
    try:
        return dialect.read(answer, tools)
    except Mistake:
        head, mark, rest = answer.text.partition(THINK_CLOSE)
        thinking, text = (head, rest) if mark else (answer.thinking, answer.text)
        return Turn(thinking=thinking.strip(), text=text.strip())


class Envelope:
    """What all objects of one answer share."""

    def __init__(self, model: str) -> None:
        self._id, self._model, self._created = f"chatcmpl-{uuid.uuid4().hex}", model, int(time.time())

    def whole(self, answer: Answer, turn: Turn) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": turn.text or None}
        if turn.thinking:
            message["reasoning_content"] = turn.thinking
        if turn.calls:
            message["tool_calls"] = [_call(call) for call in turn.calls]
        choice = {"index": 0, "message": message, "finish_reason": finish(answer, turn), "logprobs": None}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage(answer.usage)}

    def piece(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return event({**self._head("chat.completion.chunk"), "choices": [choice]})

    def calls(self, calls: tuple[ToolCall, ...]) -> bytes:
        return self.piece({"tool_calls": [{"index": n, **_call(call)} for n, call in enumerate(calls)]})

    def usage(self, spent: Usage) -> bytes:
        return event({**self._head("chat.completion.chunk"), "choices": [], "usage": usage(spent)})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": self._model}


class Words:
    """Passes on the words of a stream and holds back the call at its end, also where its mark comes in pieces.

    From the mark on an answer is no words but a call; all dialects open it so.
    """

    def __init__(self) -> None:
        self._held = ""
        self._in_call = False

    def feed(self, delta: Delta) -> dict[str, str] | None:
        """The delta to send for a piece, or None while nothing is sure to be words."""
        if delta.kind == "thinking":
            return {"reasoning_content": delta.text}
        if self._in_call:
            return None
        text = self._held + delta.text
        before, mark, _ = text.partition(OPEN)
        self._in_call = bool(mark)
        sure = len(before) - (0 if mark else overhang(before, OPEN))
        words, self._held = before[:sure], before[sure:]
        return {"content": words} if words else None

    def rest(self, turn: Turn) -> dict[str, str] | None:
        """What was held back and turned out to be words."""
        if self._in_call and not turn.calls:
            _, mark, tail = turn.text.partition(OPEN)
            return {"content": mark + tail} if mark else None
        return {"content": self._held} if self._held and not self._in_call else None


def finish(answer: Answer, turn: Turn) -> str:
    if answer.finish == "length":
        return "length"
    return "tool_calls" if turn.calls else "stop"


def usage(spent: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": spent.prompt_tokens,
        "completion_tokens": spent.completion_tokens,
        "total_tokens": spent.prompt_tokens + spent.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": spent.reused_tokens},
    }


def event(data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return {
        "id": f"call_{uuid.uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
