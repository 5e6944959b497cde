"""What a server sends back, put together: server-sent events to payloads, payloads to one Answer.

Nothing here trusts the server. What is malformed raises Nonsense; a tool call whose arguments are malformed is the
model's mistake, not the server's, and is left in the text for the dialect to say so.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from agent.chat.loose import (
    Nonsense,
    count,
    decoded,
    error_words,
    loads,
    maybe_list,
    maybe_object,
    need_object,
    nonsense,
    words,
)
from agent.errors import TaskFailed
from agent.talk import Answer, Delta, ToolCall, Usage

DONE = "[DONE]"
LINE_LIMIT = 1 << 20
"""Bytes of one line of a stream."""
CALL_LIMIT = 16
"""Calls in one answer."""


class Events:
    """Bytes in, the data of complete server-sent events out."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[str]:
        """The events that are complete with this piece. Raises Nonsense."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LINE_LIMIT:
            raise Nonsense("a line without end")
        events: list[str] = []
        for line in lines:
            events += self._line(line)
        return events

    def end(self) -> list[str]:
        """What was complete but for its last line breaks; a line that was cut is no event."""
        try:
            events = [*self._line(self._rest), *self._line(b"")]
            return [event for event in events if event.strip() == DONE or loads(event) is not None]
        except Nonsense:
            return []

    def _line(self, line: bytes) -> list[str]:
        if len(line) > LINE_LIMIT:
            raise Nonsense("a gigantic line")
        text = decoded(line).rstrip("\r")
        if text.startswith("data:"):
            self._data.append(text[5:].removeprefix(" "))
            return []
        if text or not self._data:  # a comment that keeps the line open, a name, an id: nothing to know
            return []
        event, self._data = "\n".join(self._data), []
        return [event]


class _Call:
    def __init__(self, name: str, key: str) -> None:
        self.name, self.key = name, key
        self.arguments: list[str] = []


class Assembly:
    """One answer being put together from payloads, streamed or whole."""

    def __init__(self) -> None:
        self.done = False
        """Nothing more is to come."""
        self.fields: set[str] = set()
        """The fields in which thoughts came."""
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._finish = ""
        self._usage = Usage()

    @property
    def finished(self) -> bool:
        """Whether the server said how the answer ended."""
        return self.done or bool(self._finish)

    def feed(self, event: str) -> list[Delta]:
        """One event's news. Raises Nonsense, and ServerError where the server tells of one."""
        if event.strip() == DONE:
            self.done = True
            return []
        return self.take(loads(event))

    def take(self, payload: Any) -> list[Delta]:
        """The news of a chunk or of a whole completion."""
        chunk = need_object(payload, "something")
        if chunk.get("error"):
            raise ServerError.of(chunk["error"])
        self._use(maybe_object(chunk.get("usage")))
        choices = maybe_list(chunk.get("choices"))
        if choices is None and "choices" not in chunk and "usage" in chunk:
            return []
        if choices is None:
            nonsense("no choices", chunk)
        return [delta for choice in choices for delta in self._choice(choice)]

    def answer(self, first_token: float) -> Answer:
        """The whole. A call whose arguments are no object is left in the text, in its usual tags."""
        text, calls = "".join(self._text), list[ToolCall]()
        for call in self._calls:
            raw = "".join(call.arguments)
            arguments = _arguments(raw)
            if arguments is None:
                text += f'\n<tool_call>\n{{"name": {json.dumps(call.name)}, "arguments": {raw}}}\n</tool_call>'
            else:
                calls.append(ToolCall(name=call.name, arguments=arguments))
        finish: Literal["stop", "length", "calls"] = "calls" if calls else "stop"
        if self._finish == "length":
            finish = "length"
        usage = self._usage.model_copy(update={"first_token_seconds": first_token})
        return Answer(text=text, thinking="".join(self._thinking), calls=tuple(calls), finish=finish, usage=usage)

    # ---- pieces

    def _choice(self, choice: Any) -> list[Delta]:
        choice = need_object(choice, "a choice")
        if choice.get("index") not in (0, None):
            return []  # nobody asked for a second one
        delta = need_object(choice.get("delta") or choice.get("message"), "a delta")
        news: list[Delta] = []
        if thought := self._thought(delta):
            self._thinking.append(thought)
            news.append(Delta(kind="thinking", text=thought))
        if said := words(delta.get("content")):
            self._text.append(said)
            news.append(Delta(kind="text", text=said))
        if calls := delta.get("tool_calls"):
            for call in maybe_list(calls) or nonsense("tool calls that are no list", calls):
                self._call(need_object(call, "a tool call"))
        self._end(choice.get("finish_reason"))
        return news

    def _thought(self, delta: dict[str, Any]) -> str:
        """The thought of a delta; servers that name it twice say the same twice."""
        found = ""
        for name in ("reasoning_content", "reasoning"):
            if thought := words(delta.get(name)):
                self.fields.add(name)
                found = found or thought
        return found

    def _call(self, piece: dict[str, Any]) -> None:
        """A piece of a call. One index is not always one call: some servers give every call the first."""
        function = need_object(piece.get("function"), "a tool call's function")
        name, key, index = words(function.get("name")), words(piece.get("id")), piece.get("index") or 0
        if not isinstance(index, int):
            nonsense("a tool call's index that is no number", index)
        call = self._by_index.get(index)
        if call is None or (name and key and call.key and key != call.key):
            call = _Call(name, key)
            self._by_index[index] = call
            self._calls.append(call)
            if len(self._calls) > CALL_LIMIT:
                nonsense("tool calls without end", name)
        call.name, call.key = call.name or name, call.key or key
        arguments = function.get("arguments")
        call.arguments.append(words(arguments) if maybe_object(arguments) is None else json.dumps(arguments))

    def _end(self, reason: Any) -> None:
        match reason:
            case None | "":
                return
            case "content_filter":
                raise ServerError("a filter of the server held the answer back", lasting=True)
            case "abort" | "error":
                raise ServerError(f"the server gave up ({reason})")
            case str():
                self._finish = reason
            case _:
                nonsense("a finish reason that is no word", reason)

    def _use(self, usage: dict[str, Any] | None) -> None:
        """Counts are a courtesy: a server that miscounts is no reason to lose its answer."""
        if usage is None:
            return
        reused = (maybe_object(usage.get("prompt_tokens_details")) or {}).get("cached_tokens")
        self._usage = Usage(
            prompt_tokens=count(usage.get("prompt_tokens")),
            completion_tokens=count(usage.get("completion_tokens")),
            reused_tokens=count(reused),
        )


class ServerError(TaskFailed):
    """The server told of an error of its own in the middle of an answer; `lasting` ones come again."""

    def __init__(self, words: str, *, lasting: bool = False) -> None:
        super().__init__(words)
        self.lasting = lasting

    @classmethod
    def of(cls, error: Any) -> ServerError:
        code = (maybe_object(error) or {}).get("code")
        lasting = isinstance(code, int) and 400 <= code < 500 and code not in (408, 429)
        return cls(error_words(error), lasting=lasting)


def _arguments(raw: str) -> dict[str, Any] | None:
    """A call's arguments, None where they are malformed; none at all is none."""
    try:
        return maybe_object(loads(raw)) if raw.strip() else {}
    except Nonsense:
        return None
