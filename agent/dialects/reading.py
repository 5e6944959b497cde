"""Answers taken apart: thinking, words, calls, wherever a server left them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, cast

from agent.dialects.kinds import kind_of, kinds_of, part_of
from agent.talk import Answer, Mistake, ToolCall, Turn

OPEN, CLOSE = "<tool_call>", "</tool_call>"
THINK_OPEN, THINK_CLOSE = "<think>", "</think>"

ReadCall = Callable[[str, int], tuple[ToolCall, int]]
"""The call that begins behind its opening tag at a place of a text, and where it ends. Raises Mistake."""

_MOST = 100_000
"""Characters of an answer that are looked at: no honest call is longer."""


def read_turn(answer: Answer, read_call: ReadCall) -> Turn:
    """Split an answer. Raises Mistake naming what is malformed.

    Calls that a server has parsed count; else those in the text; else those left in the thinking.
    """
    thinking, text = split_thinking(answer)
    if answer.calls:
        return Turn(thinking=thinking, text=text.strip(), calls=answer.calls)
    if OPEN not in text and OPEN in thinking:
        thinking, calls = calls_in(thinking, read_call)
    else:
        text, calls = calls_in(text, read_call)
    if not calls and answer.finish == "length":
        raise Mistake("the answer was cut off before its tool call was complete: think less and call the tool sooner")
    return Turn(thinking=thinking.strip(), text=text.strip(), calls=calls)


def split_thinking(answer: Answer) -> tuple[str, str]:
    """Thinking and the rest. The prompt may have opened the thinking, so that only its end is in the text."""
    text = answer.text[:_MOST]
    before, closed, after = text.rpartition(THINK_CLOSE)
    if closed:
        thought = before.replace(THINK_OPEN, "").replace(THINK_CLOSE, "")
        return _joined(answer.thinking[:_MOST], thought), after
    head, opened, inside = text.partition(THINK_OPEN)
    if opened and not head.strip():
        # It never stopped thinking: a call that it wrote meanwhile is still found there.
        return _joined(answer.thinking[:_MOST], inside), ""
    return answer.thinking[:_MOST].strip(), text


def overhang(text: str, mark: str) -> int:
    """Characters at a text's end with which a mark may begin."""
    return next((n for n in range(len(mark) - 1, 0, -1) if text.endswith(mark[:n])), 0)


def _joined(*pieces: str) -> str:
    return "\n".join(piece.strip() for piece in pieces if piece.strip())


def calls_in(text: str, read_call: ReadCall) -> tuple[str, tuple[ToolCall, ...]]:
    """A text without its calls, and the calls; the last one may lack its closing tag. Raises Mistake.

    Each call is read to its own end, so that a tag inside a value is no more than text.
    """
    words: list[str] = []
    calls: list[ToolCall] = []
    at = 0
    while (start := text.find(OPEN, at)) >= 0:
        words.append(text[at:start])
        call, at = read_call(text, start + len(OPEN))
        calls.append(call)
    words.append(text[at:])
    if CLOSE in (left := "".join(words)):
        raise Mistake(f"a {CLOSE} stands without its {OPEN}")
    return left, tuple(calls)


def _closed(text: str, at: int) -> int:
    """Where a call ends whose contents end here. Raises Mistake where something else follows."""
    at = _skipped(text, at)
    if text.startswith(CLOSE, at):
        return at + len(CLOSE)
    if at < len(text):
        raise Mistake(f"a {OPEN} is not closed where its call ends")
    return at


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def json_call(text: str, at: int) -> tuple[ToolCall, int]:
    """Hermes style: one JSON object with `name` and `arguments` (a ReadCall)."""
    found, end = _decode(text, _skipped(text, at), "the tool call")
    end = _closed(text, end)
    if not isinstance(found, dict):
        raise Mistake('a tool call is one JSON object: {"name": ..., "arguments": {...}}')
    call = cast("dict[str, Any]", found)
    name, arguments = call.get("name"), call.get("arguments")
    if isinstance(arguments, str):
        arguments = strict_json(arguments, "`arguments`")
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise Mistake('a tool call needs a `name` and an object of `arguments`: {"name": ..., "arguments": {...}}')
    if strange := call.keys() - {"name", "arguments"}:
        raise Mistake(f"a tool call has only `name` and `arguments`, not {sorted(strange)[0][:60]!r}")
    return ToolCall(name=name, arguments=cast("dict[str, Any]", arguments)), end


def strict_json(text: str, what: str) -> object:
    """JSON without repeated keys or numbers that are none. Raises Mistake."""
    found, end = _decode(text, _skipped(text, 0), what)
    if text[end:].strip():
        raise Mistake(f"{what} is not valid JSON (at character {end})")
    return found


def _decode(text: str, at: int, what: str) -> tuple[object, int]:
    """The JSON value that begins at a place of a text, and where it ends. Raises Mistake."""

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(items)
        if len(found) != len(items):
            raise Mistake(f"{what} names an argument twice")
        return found

    def refuse(name: str) -> NoReturn:
        raise Mistake(f"{what} holds {name}, which is no number")

    try:
        return json.JSONDecoder(object_pairs_hook=pairs, parse_constant=refuse).raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        where = f" (at character {error.pos - at})" if isinstance(error, json.JSONDecodeError) else ""
        raise Mistake(f"{what} is not valid JSON{where}") from error


_FUNCTION = re.compile(r"\s*<function=([^<>\n]{1,100})>")
_END = re.compile(r"\s*</function>")
_PARAMETER = re.compile(r"\s*<parameter=([^<>\n]{1,100})>\n?(.*?)\n?</parameter>", re.DOTALL)


def xml_call(schemas: Mapping[str, Mapping[str, Any]]) -> ReadCall:
    """XML style; `schemas` are the tools' parameters by name: they say which values are text and which are JSON."""

    def read(text: str, at: int) -> tuple[ToolCall, int]:
        function = _FUNCTION.match(text, at)
        if function is None:
            raise Mistake("a tool call is <function=NAME> with its <parameter=KEY> parts, closed by </function>")
        name, at = function[1].strip(), function.end()
        schema = schemas.get(name, {})
        arguments: dict[str, Any] = {}
        while (end := _END.match(text, at)) is None:
            part = _PARAMETER.match(text, at)
            if part is None:
                fault = "between the parameters stands something that is none, or one is not closed"
                raise Mistake(f"{name[:60]}: {fault}")
            key, value = part[1].strip(), part[2]
            if key in arguments:
                raise Mistake(f"{name[:60]} names the argument {key!r} twice")
            arguments[key] = _xml_value(key, value, schema)
            at = part.end()
        return ToolCall(name=name, arguments=arguments), _closed(text, end.end())

    return read


def _xml_value(key: str, written: str, schema: Mapping[str, Any]) -> object:
    """A value as its schema takes it; where that takes texts too, JSON is only what is clearly meant so."""
    wanted = part_of(schema, "properties", key)
    kinds = kinds_of(wanted, schema)
    if "string" in kinds and len(kinds) == 1:
        # White space belongs to a text, but not to a word out of a list.
        return written.strip() if part_of(wanted, "enum") is not None else written
    if kinds and "string" not in kinds:
        return strict_json(written, f"`{key}`")
    try:
        found = strict_json(written, f"`{key}`")
    except Mistake:
        return written
    # Of a value that may be anything the family's template writes only objects and lists as JSON.
    return found if kind_of(found) in (kinds - {"string"} or {"object", "array"}) else written
