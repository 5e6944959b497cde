"""The OpenAI chat format, as far as it is served: requests in, our vocabulary out.

Pictures come inside the request (a data URL or bare base64); addresses are not fetched, nothing leaves the machine.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
from typing import Annotated, Any, Literal, cast

import numpy as np
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, ConfigDict, Field

from agent.pictures import fit
from agent.schema import Pixels
from agent.talk import ImagePart, Message, Request, Sampling, TextPart, Tool, ToolCall


class Refused(Exception):
    """A request that can't be served, as a status of HTTP and a code and words for the client."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Limits(BaseModel):
    """What one request may ask for."""

    body_bytes: int = 64 << 20
    pictures: int = 32
    picture_pixels: int = 40_000_000
    """Width times height, judged by the header before anything is decoded."""
    picture_tokens: int = 2048
    """A larger picture is averaged down to so many tokens."""
    answer_tokens: int = 8192


class Function(BaseModel):
    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    description: str = ""
    parameters: dict[str, Any] = {"type": "object", "properties": {}}


class ToolEntry(BaseModel):
    type: Literal["function"]
    function: Function


class CalledFunction(BaseModel):
    name: str
    arguments: str


class CallEntry(BaseModel):
    function: CalledFunction


class MessageEntry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[CallEntry] | None = None


class TemplateOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    enable_thinking: bool = True


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


Stop = Annotated[str, Field(min_length=1, max_length=256)]


class ChatRequest(BaseModel):
    """The fields that are understood; of the others only those that would change the answer are refused."""

    model_config = ConfigDict(extra="ignore")

    messages: list[MessageEntry] = Field(min_length=1)
    model: str = ""
    tools: list[ToolEntry] = []
    tool_choice: Literal["auto", "none", "required"] | dict[str, Any] = "auto"
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=-1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    n: int | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=16)] | None = None
    logprobs: bool | None = None
    response_format: dict[str, Any] | None = None
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    chat_template_kwargs: TemplateOptions = TemplateOptions()


def to_request(asked: ChatRequest, advised: Sampling, limits: Limits) -> Request:
    """What the client asked for, in our words; `advised` stands where it said nothing. Raises Refused."""
    _only_what_is_served(asked)
    pictures = _Pictures(limits)
    messages = tuple(_message(entry, pictures) for entry in asked.messages)
    tools = () if asked.tool_choice == "none" else tuple(Tool(**entry.function.model_dump()) for entry in asked.tools)
    if isinstance(asked.tool_choice, dict):
        named = cast("dict[str, Any]", asked.tool_choice.get("function") or {}).get("name")
        tools = tuple(tool for tool in tools if tool.name == named)
        if not tools:
            raise Refused(400, "invalid_value", f"tool_choice names {named!r}, which is not among the tools")
    must_call = bool(tools) and (asked.tool_choice == "required" or isinstance(asked.tool_choice, dict))
    given = {
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "top_k": None if asked.top_k is None else max(0, asked.top_k),
        "presence_penalty": asked.presence_penalty,
        "max_tokens": min(asked.max_completion_tokens or asked.max_tokens or advised.max_tokens, limits.answer_tokens),
        "seed": asked.seed,
    }
    stops = (asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop or ())
    sampling = advised.model_copy(update={key: value for key, value in given.items() if value is not None})
    thinking = asked.chat_template_kwargs.enable_thinking
    return Request(
        messages=messages, tools=tools, sampling=sampling, thinking=thinking, stops=stops, must_call=must_call
    )


def _only_what_is_served(asked: ChatRequest) -> None:
    """Silently ignoring what changes an answer would be a lie."""
    unserved = {
        "n": asked.n not in (None, 1),
        "logprobs": bool(asked.logprobs),
        "response_format": (asked.response_format or {"type": "text"}).get("type") != "text",
    }
    for name, is_asked in unserved.items():
        if is_asked:
            raise Refused(400, "unsupported_parameter", f"{name} is not served here; leave it out")


def _message(entry: MessageEntry, pictures: _Pictures) -> Message:
    content = [{"type": "text", "text": entry.content}] if isinstance(entry.content, str) else entry.content or []
    parts = tuple(_part(part, pictures) for part in content)
    calls = tuple(_call(call.function) for call in entry.tool_calls or ())
    role = "system" if entry.role == "developer" else entry.role
    thinking = entry.reasoning_content or entry.reasoning or ""
    return Message(role=role, parts=parts, thinking=thinking, calls=calls)


def _call(function: CalledFunction) -> ToolCall:
    try:
        arguments: Any = json.loads(function.arguments or "{}")
    except ValueError as error:
        raise Refused(400, "invalid_value", f"the arguments of {function.name} are not JSON") from error
    if not isinstance(arguments, dict):
        raise Refused(400, "invalid_value", f"the arguments of {function.name} are not an object")
    return ToolCall(name=function.name, arguments=cast("dict[str, Any]", arguments))


def _part(part: dict[str, Any], pictures: _Pictures) -> TextPart | ImagePart:
    match part:
        case {"type": "text", "text": str(text)}:
            return TextPart(text=text)
        case {"type": "image_url", "image_url": {"url": str(source)}} | {"type": "image_url", "image_url": str(source)}:
            return pictures.part(source)
        case {"type": "image", "image": str(source)}:
            return pictures.part(source)
        case _:
            raise Refused(400, "invalid_value", f"a part of a message is of type {part.get('type')!r} or malformed")


class _Pictures:
    """Decodes the pictures of one request and keeps count of them."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._count = limits, 0

    def part(self, source: str) -> ImagePart:
        self._count += 1
        if self._count > self._limits.pictures:
            raise Refused(400, "too_many_images", f"more than {self._limits.pictures} pictures in one request")
        if source.startswith(("http:", "https:", "file:", "ftp:")):
            message = "addresses of pictures are not fetched; send the picture itself as a data URL or base64"
            raise Refused(400, "invalid_image_url", message)
        encoded = source.partition(",")[2] if source.startswith("data:") else source
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused(400, "invalid_base64", "a picture is not base64") from error
        return ImagePart(pixels=fit(decode(data, self._limits.picture_pixels), self._limits.picture_tokens))


def decode(data: bytes, most_pixels: int) -> Pixels:
    """An encoded PNG, JPEG, WebP, GIF or BMP as RGB pixels; transparency becomes white. Raises Refused."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF", "BMP")) as picture:
            width, height = picture.size
            if width * height > most_pixels:
                message = f"a picture of {width}x{height} is too large: {most_pixels / 1e6:g} million pixels at most"
                raise Refused(413, "image_too_large", message)
            whole = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Refused(400, "invalid_image", "a picture is damaged or of no known format") from error
    white = Image.new("RGBA", whole.size, "white")
    return np.asarray(Image.alpha_composite(white, whole).convert("RGB"), np.uint8)
