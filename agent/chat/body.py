"""A Request as the JSON that OpenAI-compatible servers take."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections import OrderedDict
from typing import Any

import cv2
import numpy as np

from agent.chat.facts import ServerFacts
from agent.talk import ImagePart, Message, Part, Request, TextPart, Tool

OPTIONAL = frozenset(
    {"stream_options", "chat_template_kwargs", "reasoning_effort", "top_k", "presence_penalty", "seed"}
)
"""Fields that a server may refuse without harm; what a server refused is in `ServerFacts.unsent`."""

Json = dict[str, Any]

URLS = 16
"""Encoded pictures that are kept, each a megabyte or so."""


def body(request: Request, facts: ServerFacts) -> Json:
    """The body of one streamed chat completion."""
    sampling = request.sampling
    made: Json = {
        "model": facts.model,
        "messages": messages(request.messages, facts),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.top_k:
        made["top_k"] = sampling.top_k
    if sampling.presence_penalty:
        made["presence_penalty"] = sampling.presence_penalty
    if sampling.seed is not None:
        made["seed"] = sampling.seed
    if request.stops:
        made["stop"] = list(request.stops)
    if request.tools:
        made["tools"] = [_tool(tool) for tool in request.tools]
        forced = facts.tool_choice == "required" and not request.must_call
        made["tool_choice"] = "auto" if forced else facts.tool_choice
    if not request.thinking:  # servers spell it in two ways, and leave out what they don't know
        made["chat_template_kwargs"] = {"enable_thinking": False}
        made["reasoning_effort"] = "none"
    return {name: value for name, value in made.items() if name not in facts.unsent}


def messages(turns: tuple[Message, ...], facts: ServerFacts) -> list[Json]:
    """The conversation; each tool's answer carries the id of the call that it answers, in order."""
    out: list[Json] = []
    waiting: list[str] = []
    calls = 0
    for turn in turns:
        match turn.role:
            case "assistant":
                waiting = [f"call_{calls + i}" for i in range(len(turn.calls))]
                calls += len(turn.calls)
                out.append(_assistant(turn, waiting, facts))
            case "tool" if waiting:
                out += _tool_answer(turn, waiting.pop(0), facts)
            case "tool":  # the call it answers was not well formed: servers refuse answers to nothing
                out.append({"role": "user", "content": content(turn.parts)})
            case _:
                out.append({"role": turn.role, "content": content(turn.parts)})
    return out


def _assistant(turn: Message, ids: list[str], facts: ServerFacts) -> Json:
    said = _text(turn.parts)
    made: Json = {"role": "assistant", "content": said}
    match facts.reasoning:
        case "reasoning" | "reasoning_content" if turn.thinking:
            made[facts.reasoning] = turn.thinking
        case "tags" if turn.thinking:
            made["content"] = f"<think>\n{turn.thinking}\n</think>\n\n{said}"
        case _:
            pass
    if turn.calls:
        made["tool_calls"] = [
            {
                "id": name,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for name, call in zip(ids, turn.calls, strict=True)
        ]
    return made


def _tool_answer(turn: Message, call: str, facts: ServerFacts) -> list[Json]:
    """A tool's answer, with its pictures in a turn of the user's behind it where they would be lost."""
    pictures = tuple(part for part in turn.parts if isinstance(part, ImagePart))
    if not pictures or facts.tool_pictures:
        return [{"role": "tool", "tool_call_id": call, "content": content(turn.parts)}]
    said = _text(turn.parts) or "Done."
    return [
        {"role": "tool", "tool_call_id": call, "content": said},
        {"role": "user", "content": content((*pictures, TextPart(text="This is what the screen shows now.")))},
    ]


def content(parts: tuple[Part, ...]) -> str | list[Json]:
    """Plain text where there is only text: not every template takes lists of that."""
    if not any(isinstance(part, ImagePart) for part in parts):
        return _text(parts)
    return [_part(part) for part in parts]


def _text(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def _part(part: Part) -> Json:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    return {"type": "image_url", "image_url": {"url": data_url(part)}}


_urls: OrderedDict[bytes, str] = OrderedDict()
"""The last pictures that were sent: a conversation sends them again with each step."""


def data_url(picture: ImagePart) -> str:
    """The picture as PNG: lossless, for small text is what it is about."""
    key = hashlib.blake2b(picture.pixels.tobytes() + repr(picture.pixels.shape).encode(), digest_size=16).digest()
    if (known := _urls.get(key)) is not None:
        return known
    _urls[key] = url = _png(picture)
    while len(_urls) > URLS:
        with contextlib.suppress(KeyError):  # another thread was faster
            _urls.popitem(last=False)
    return url


def _png(picture: ImagePart) -> str:
    pixels = np.ascontiguousarray(picture.pixels[:, :, ::-1])
    ok, png = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not ok:
        raise ValueError("the picture can't be written as PNG")
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode("ascii")


def _tool(tool: Tool) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}
