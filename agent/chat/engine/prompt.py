"""A request as the model's input: tokens, and which of them stand for which picture."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np

from agent.chat.engine.loading import Loaded
from agent.dialects.base import Dialect
from agent.dialects.reading import THINK_CLOSE, THINK_OPEN
from agent.errors import TaskFailed
from agent.schema import Pixels
from agent.talk import PATCH, ImagePart, Message, Request, TextPart


@dataclass(frozen=True)
class Picture:
    """A picture in a prompt: `tokens` tokens from `start` on."""

    key: int
    """Made of its pixels; below zero, so that it is never a token's id."""
    start: int
    tokens: int
    pixels: Pixels


@dataclass(frozen=True)
class Prompt:
    ids: list[int]
    keys: list[int]
    """The ids, with a picture's key in place of each of its tokens."""
    pictures: tuple[Picture, ...]
    thinks: bool
    """The prompt has opened the model's thinking."""


class Prompter:
    """Renders requests with the checkpoint's own template."""

    def __init__(self, loaded: Loaded, dialect: Dialect) -> None:
        self._tokenizer, self._template, self._dialect = loaded.tokenizer, loaded.template, dialect
        self._image = int(loaded.model.config.image_token_id)
        self._lock = threading.Lock()

    def tokens(self, request: Request) -> int:
        """How many tokens the prompt will have."""
        ids, _ = self._text(request)
        pictures = [part for message in request.messages for part in message.parts if isinstance(part, ImagePart)]
        return len(ids) + sum(part.tokens - 1 for part in pictures)

    def prompt(self, request: Request) -> Prompt:
        """The whole input. Raises TaskFailed where the template lost a picture."""
        ids, thinks = self._text(request)
        parts = [part for message in request.messages for part in message.parts if isinstance(part, ImagePart)]
        if ids.count(self._image) != len(parts):
            raise TaskFailed(f"the model's template has places for {ids.count(self._image)} of {len(parts)} pictures")
        full: list[int] = []
        keys: list[int] = []
        pictures: list[Picture] = []
        waiting = iter(parts)
        for token in ids:
            if token != self._image:
                full.append(token)
                keys.append(token)
                continue
            pixels = _patched(next(waiting).pixels)
            count = pixels.shape[0] // PATCH * (pixels.shape[1] // PATCH)
            picture = Picture(key=_key(pixels), start=len(full), tokens=count, pixels=pixels)
            full.extend([token] * count)
            keys.extend([picture.key] * count)
            pictures.append(picture)
        return Prompt(ids=full, keys=keys, pictures=tuple(pictures), thinks=thinks)

    def _text(self, request: Request) -> tuple[list[int], bool]:
        """The tokens with one for each picture, and whether the model's thinking is left open."""
        tools = [
            {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": t.parameters}}
            for t in request.tools
        ]
        with self._lock:  # the tokenizer is not safe in two threads
            text = str(
                self._tokenizer.apply_chat_template(
                    [self._message(message) for message in request.messages],
                    tools=tools or None,
                    chat_template=self._template,
                    add_generation_prompt=True,
                    tokenize=False,
                    enable_thinking=request.thinking,
                )
            )
            thinks = text.rstrip().endswith(THINK_OPEN)
            if thinks and not request.thinking:
                # How the family's hybrid models are told to answer at once: thinking that is over already.
                text, thinks = f"{text.rstrip()}\n\n{THINK_CLOSE}\n\n", False
            return [int(i) for i in self._tokenizer.encode(text, add_special_tokens=False)], thinks

    def _message(self, message: Message) -> dict[str, Any]:
        made: dict[str, Any] = {"role": message.role, "content": self._content(message)}
        if message.thinking:
            made["reasoning_content"] = self._dialect.neutral(message.thinking)
        if message.calls:
            made["tool_calls"] = [
                {"type": "function", "function": {"name": c.name, "arguments": self._harmless(c.arguments)}}
                for c in message.calls
            ]
        return made

    def _content(self, message: Message) -> str | list[dict[str, str]]:
        # Control tokens in a text would be real ones, whoever wrote it: this is the last place to stop them.
        if not any(isinstance(part, ImagePart) for part in message.parts):
            return self._dialect.neutral("".join(part.text for part in message.parts if isinstance(part, TextPart)))
        return [
            {"type": "text", "text": self._dialect.neutral(part.text)}
            if isinstance(part, TextPart)
            else {"type": "image"}
            for part in message.parts
        ]

    def _harmless(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._dialect.neutral(value)
        if isinstance(value, dict):
            pairs = cast("dict[str, Any]", value).items()
            return {self._dialect.neutral(key): self._harmless(inner) for key, inner in pairs}
        if isinstance(value, list):
            return [self._harmless(inner) for inner in cast("list[Any]", value)]
        return value


def _patched(pixels: Pixels) -> Pixels:
    """The picture with sides that are multiples of the patch, as `ImagePart.tokens` counts them."""
    height, width = pixels.shape[:2]
    size = max(1, round(width / PATCH)) * PATCH, max(1, round(height / PATCH)) * PATCH
    if size == (width, height):
        return pixels
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA), np.uint8)


def _key(pixels: Pixels) -> int:
    digest = hashlib.blake2b(np.ascontiguousarray(pixels).tobytes(), digest_size=8, key=repr(pixels.shape).encode())
    return -1 - int.from_bytes(digest.digest())
