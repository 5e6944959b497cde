"""Answers taken apart: thinking, words, calls, wherever a server left them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, cast

from agent.talk import Answer, Mistake, ToolCall, Turn

OPEN, CLOSE = "<tool_call>", "</tool_call>"
THINK_OPEN, THINK_CLOSE = "<think>", "</think>"

ReadCalls = Callable[[str], tuple[str, tuple[ToolCall, ...]]]
"""A text without its calls, and the calls in it. Raises Mistake."""

_MOST = 100_000
"""Characters of an answer that are looked at: no honest call is longer."""


def read_turn(answer: Answer, read_calls: ReadCalls) -> Turn:
    """Split an answer. Raises Mistake naming what is malformed.

    Calls that a server has parsed count; else those in the text; else those left in the thinking.
    """
    thinking, text = split_thinking(answer)
    if answer.calls:
        return Turn(thinking=thinking, text=text.strip(), calls=answer.calls)
    if OPEN not in text and OPEN in thinking:
        thinking, calls = read_calls(thinking)
    else:
        text, calls = read_calls(text)
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


def _joined(*pieces: str) -> str:
    return "\n".join(piece.strip() for piece in pieces if piece.strip())


def blocks(text: str) -> tuple[str, list[str]]:
    """A text without its tool_call blocks, and what stands in them; the last one may lack its end."""
    inside: list[str] = []
    pieces = text.split(OPEN)
    words = [pieces[0]]
    for number, piece in enumerate(pieces[1:], start=2):
        body, closed, rest = piece.partition(CLOSE)
        if not closed and number < len(pieces):
            raise Mistake(f"a {OPEN} is not closed before the next one begins")
        inside.append(body)
        words.append(rest)
    if CLOSE in (left := "".join(words)):
        raise Mistake(f"a {CLOSE} stands without its {OPEN}")
    return left, inside


def json_calls(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """Hermes style: one JSON object with `name` and `arguments` in each block."""
    words, inside = blocks(text)
    return words, tuple(_json_call(body) for body in inside)


def _json_call(body: str) -> ToolCall:
    found = strict_json(body, "the tool call")
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
    return ToolCall(name=name, arguments=cast("dict[str, Any]", arguments))


def strict_json(text: str, what: str) -> object:
    """JSON without repeated keys or numbers that are none. Raises Mistake."""

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(items)
        if len(found) != len(items):
            raise Mistake(f"{what} names an argument twice")
        return found

    def refuse(name: str) -> NoReturn:
        raise Mistake(f"{what} holds {name}, which is no number")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        where = f" (at character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""
        raise Mistake(f"{what} is not valid JSON{where}") from error


_FUNCTION = re.compile(r"\s*<function=([^<>\n]{1,100})>(.*)</function>\s*", re.DOTALL)
_PARAMETER = re.compile(r"\s*<parameter=([^<>\n]{1,100})>\n?(.*?)\n?</parameter>", re.DOTALL)


def xml_calls(text: str, schemas: dict[str, dict[str, Any]]) -> tuple[str, tuple[ToolCall, ...]]:
    """XML style; `schemas` says by tool and parameter which values are plain text and which are JSON."""
    words, inside = blocks(text)
    return words, tuple(_xml_call(body, schemas) for body in inside)


def _xml_call(body: str, schemas: dict[str, dict[str, Any]]) -> ToolCall:
    function = _FUNCTION.fullmatch(body)
    if function is None:
        raise Mistake("a tool call is <function=NAME> with its <parameter=KEY> parts, closed by </function>")
    name, inner = function[1].strip(), function[2]
    schema = schemas.get(name, {})
    arguments: dict[str, Any] = {}
    at = 0
    while inner[at:].strip():
        part = _PARAMETER.match(inner, at)
        if part is None:
            raise Mistake(f"{name[:60]}: between the parameters stands something that is none, or one is not closed")
        key, value = part[1].strip(), part[2]
        if key in arguments:
            raise Mistake(f"{name[:60]} names the argument {key!r} twice")
        arguments[key] = _xml_value(key, value, schema)
        at = part.end()
    return ToolCall(name=name, arguments=arguments)


def _xml_value(key: str, value: str, schema: dict[str, Any]) -> object:
    wanted = schema.get(key, {})
    if wanted.get("type", "string") != "string":
        return strict_json(value, f"`{key}`")
    # White space belongs to a text, but not to a word out of a list.
    return value.strip() if "enum" in wanted else value
