"""The form of an answer for constrained decoding: structural tags as xgrammar 0.2 has them.

The schema that a model is shown is one flat object, as it was trained; the one that binds it says for each action
which arguments it takes, so that every call that comes out means something.
"""

from __future__ import annotations

from typing import Any

from agent.dialects.computer import ACTIONS, COMPUTER, MAX_TEXT, MAX_WAIT, SCALE
from agent.dialects.keys import NAMED
from agent.talk import Tool

THINKING_TOKENS = 1024
"""So much thinking is let through before the call has to come, where nothing else is asked."""
LINE_TOKENS = 60
"""Tokens of the one line before the call."""

_PLACE = ("coordinate",)
_TAKES: dict[str, tuple[str, ...]] = {
    "key": ("keys",),
    "type": ("text",),
    "scroll": ("coordinate", "pixels"),
    "hscroll": ("coordinate", "pixels"),
    "wait": ("time",),
    "terminate": ("status",),
    "answer": ("text",),
}
"""Arguments by action; all others take a place."""

_TEXTS = {
    "json": rf'(?:[^"\\\x00-\x1f]|\\["\\nt]){{1,{MAX_TEXT}}}',
    "qwen_xml": r"(?:[^<]|<[^/<])[^<]*(?:<[^/<][^<]*)*",
}
"""A text to type, as it is written in each style.

In JSON a `maxLength`, and a pattern without counts too, forbids quotes and line breaks (xgrammar 0.2.8); in XML a
count costs a second a token, so there the text's length is up to whoever counts the answer's tokens.
"""

Format = dict[str, Any]


def answer_form(calls: Format, *, thinking: bool, budget: int) -> Format:
    """Thinking up to its end, a line of words, one call: what the generation prompt leaves to the model."""
    elements: list[Format] = []
    if thinking:
        elements.append(_text(budget, ["<think>", "</think>", "<tool_call>", "</tool_call>"]))
        elements.append(_exactly("</think>\n\n"))
    elements.append(_exactly("Action: "))
    elements.append(_text(LINE_TOKENS, ["\n", "<think>", "</think>", "<tool_call>", "</tool_call>"]))
    elements.append(_exactly("\n"))
    elements.append(calls)
    return {"type": "structural_tag", "format": {"type": "sequence", "elements": elements}}


def calls_of(tool: Tool, begin: str, end: str, style: str) -> list[Format]:
    """The ways to call a tool, each between `begin` and `end`."""
    return [_tag(begin, schema, end, style) for schema in _strict(tool, style)]


def one_of(tags: list[Format]) -> Format:
    return tags[0] if len(tags) == 1 else {"type": "or", "elements": tags}


def _tag(begin: str, schema: Format, end: str, style: str) -> Format:
    # White space without a bound is where a small model loses itself.
    content = {"type": "json_schema", "json_schema": schema, "style": style, "max_whitespace_cnt": 1}
    return {"type": "tag", "begin": begin, "content": content, "end": end}


def _strict(tool: Tool, style: str) -> list[Format]:
    """The schemas of which a call's arguments have to fit one."""
    if tool.name != COMPUTER:
        return [{**tool.parameters, "additionalProperties": False}]
    return [_strict_action(tool, action, style) for action in ACTIONS]


def _strict_action(tool: Tool, action: str, style: str) -> Format:
    properties: dict[str, Any] = {"action": {"const": action, "type": "string"}}
    for name in _TAKES.get(action, _PLACE):
        properties[name] = _strict_argument(name, tool.parameters["properties"][name], style)
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _strict_argument(name: str, shown: Format, style: str) -> Format:
    match name:
        case "keys":
            named = [*NAMED, *"abcdefghijklmnopqrstuvwxyz0123456789", *"+-=,./;'[]`"]
            return {"type": "array", "items": {"type": "string", "enum": named}, "minItems": 1, "maxItems": 3}
        case "pixels":
            return {"type": "integer", "minimum": -SCALE, "maximum": SCALE}
        case "time":
            return {"type": "integer", "minimum": 0, "maximum": MAX_WAIT}
        case "text":
            return {"type": "string", "pattern": _TEXTS[style]}
        case _:
            return shown


def _text(tokens: int, excludes: list[str]) -> Format:
    return {"type": "any_text", "excludes": excludes, "max_tokens": tokens}


def _exactly(value: str) -> Format:
    return {"type": "const_string", "value": value}
