"""Tokens as text while they come: whole characters only, thinking apart from the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from tokenizers.decoders import DecodeStream

from agent.dialects.reading import THINK_CLOSE
from agent.talk import Delta


class Words:
    """Collects an answer and passes it on in pieces."""

    def __init__(self, tokenizer: Any, on_delta: Callable[[Delta], None], *, thinks: bool) -> None:
        self._backend = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)
        self._on_delta, self.thinks = on_delta, thinks
        self._parts: dict[Literal["thinking", "text"], list[str]] = {"thinking": [], "text": []}
        self._held = ""

    @property
    def thinking(self) -> str:
        return "".join(self._parts["thinking"])

    @property
    def text(self) -> str:
        return "".join(self._parts["text"])

    def add(self, token: int) -> None:
        piece: str | None = self._stream.step(self._backend, token)
        if not piece:
            return
        if not self.thinks:
            self._say("text", piece)
            return
        self._held += piece
        before, closed, after = self._held.partition(THINK_CLOSE)
        if closed:
            self.thinks, self._held = False, ""
            self._say("thinking", before)
            self._say("text", after)
            return
        # What may be the beginning of the mark is held back until it is clear.
        keep = next((n for n in range(len(THINK_CLOSE) - 1, 0, -1) if self._held.endswith(THINK_CLOSE[:n])), 0)
        self._say("thinking", self._held[: len(self._held) - keep])
        self._held = self._held[len(self._held) - keep :]

    def end(self) -> None:
        """No more tokens: what was held back is thinking after all."""
        self._say("thinking", self._held)
        self._held = ""

    def _say(self, kind: Literal["thinking", "text"], text: str) -> None:
        if text:
            self._parts[kind].append(text)
            self._on_delta(Delta(kind=kind, text=text))
