"""Tokens as text while they come: whole characters only, thinking apart from the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from tokenizers.decoders import DecodeStream

from agent.dialects.reading import THINK_CLOSE, overhang
from agent.talk import Delta


class Words:
    """Collects an answer and passes it on in pieces."""

    def __init__(
        self, tokenizer: Any, on_delta: Callable[[Delta], None], *, thinks: bool, stops: tuple[str, ...] = ()
    ) -> None:
        self._backend = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)
        self._on_delta, self.thinks = on_delta, thinks
        self._parts: dict[Literal["thinking", "text"], list[str]] = {"thinking": [], "text": []}
        self._held = ""
        self._until = Until(stops)

    @property
    def ended(self) -> bool:
        """Whether one of the stops has come."""
        return self._until.met

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
            self._say("text", self._until.feed(piece))
            return
        self._held += piece
        before, closed, after = self._held.partition(THINK_CLOSE)
        if closed:
            self.thinks, self._held = False, ""
            self._say("thinking", before)
            self._say("text", self._until.feed(after))
            return
        # What may be the beginning of the mark is held back until it is clear.
        keep = overhang(self._held, THINK_CLOSE)
        self._say("thinking", self._held[: len(self._held) - keep])
        self._held = self._held[len(self._held) - keep :]

    def end(self) -> None:
        """No more tokens: what was held back is thinking, or words, after all."""
        self._say("thinking", self._held)
        self._held = ""
        self._say("text", self._until.rest())

    def _say(self, kind: Literal["thinking", "text"], text: str) -> None:
        if text:
            self._parts[kind].append(text)
            self._on_delta(Delta(kind=kind, text=text))


class Until:
    """Lets words through that come in pieces, up to the first of some texts; white space before the words is none."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops, self._held, self._begun, self.met = stops, "", False, False

    def feed(self, piece: str) -> str:
        """What is sure to stand before any of the texts."""
        if self.met or not self._stops:
            return "" if self.met else piece
        lead = 0 if self._begun else len(piece) - len(piece.lstrip())
        self._begun = self._begun or lead < len(piece)
        blank, self._held = piece[:lead], self._held + piece[lead:]
        found = min((at for stop in self._stops if (at := self._held.find(stop)) >= 0), default=-1)
        self.met = found >= 0
        sure = found if self.met else len(self._held) - max(overhang(self._held, stop) for stop in self._stops)
        words, self._held = self._held[:sure], "" if self.met else self._held[sure:]
        return blank + words

    def rest(self) -> str:
        """What was held back and is no such text after all."""
        held, self._held = self._held, ""
        return held
