"""How many tokens a request will take on a server whose tokenizer is not here: never fewer than it does.

Pictures are exact. Text is counted by the server where it can (`/tokenize`), else one token a byte, which no tokenizer
with a byte-level or byte-fallback vocabulary exceeds. What a server said an earlier prompt took holds for every
prompt that begins with it.
"""

from __future__ import annotations

import hashlib
import json
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, TypeVar

from agent.chat.ask import ask
from agent.chat.exchange import Patience
from agent.chat.facts import ServerFacts
from agent.chat.loose import count, maybe_list, maybe_object
from agent.chat.server import Server
from agent.errors import DeskhandError
from agent.talk import ImagePart, Message, Request, TextPart, Tool

TURN = 12
"""Tokens of the marks round a turn: start, role, end, line breaks, an empty thought, a wrapped tool's answer."""
PART = 4
"""Tokens of the marks round a part, and what its ends may cost when they meet them."""
ARGUMENT = 12
"""Tokens of the marks round an argument, where a template writes them as XML."""
TOOLS = 600
"""Tokens of the words with which a template explains tools (about 130 and 300 in the templates that were read)."""
WORTH = 200
"""Bytes of a text from which on asking the server pays."""
LONGEST = 12
"""Characters of a text to a token, more than any text of a prompt has on the average (English has 4.5)."""
KEPT = 256

K = TypeVar("K")


class Counter:
    """Counts for one model behind one server."""

    def __init__(self, server: Server, facts: ServerFacts) -> None:
        self._server, self._facts = server, facts
        self._asks = True
        self._guesses = True
        self._texts: OrderedDict[str, int] = OrderedDict()
        self._prompts: OrderedDict[bytes, int] = OrderedDict()

    def measure(self, request: Request) -> int:
        """An upper bound of the prompt's tokens."""
        turns, base = request.messages, 0
        marks = list(_marks(request))
        for size in range(len(turns), 0, -1):
            if known := self._prompts.get(marks[size - 1]):
                turns, base = turns[size:], known
                break
        else:
            base = self._tools(request.tools) + TURN
        return base + sum(self._turn(turn) for turn in turns)

    def learn(self, request: Request, prompt_tokens: int) -> None:
        """What the server says that a prompt took. Not believed where it is less than any prompt like this takes:
        some servers count only what was not in their cache."""
        if self._believed(request, prompt_tokens):
            *_, mark = _marks(request)
            _keep(self._prompts, mark, prompt_tokens)

    def guesses(self, request: Request) -> bool:
        """Whether nothing but a bound is known of a prompt's system prompt and tools, and the server may say more."""
        if self._asks or not self._guesses or request.messages[0].role != "system":
            return False
        return not any(mark in self._prompts for mark in _marks(request))

    def weighed(self, opening: Request, prompt_tokens: int) -> None:
        """What the server says that an opening took: no more than that is the beginning of every prompt that has it."""
        if self._believed(opening, prompt_tokens):
            _keep(self._prompts, next(_marks(opening)), prompt_tokens)
        else:
            self._guesses = False

    def _believed(self, request: Request, prompt_tokens: int) -> bool:
        parts = [part for turn in request.messages for part in turn.parts]
        pictures = sum(part.tokens for part in parts if isinstance(part, ImagePart))
        size = len(_written(request.tools)) + sum(len(part.text) for part in parts if isinstance(part, TextPart))
        return prompt_tokens > pictures + size // LONGEST

    def _turn(self, turn: Message) -> int:
        total = TURN + self._text(turn.thinking)
        for call in turn.calls:
            total += TURN + ARGUMENT * len(call.arguments)
            total += self._text(json.dumps({"name": call.name, "arguments": call.arguments}))
        for part in turn.parts:
            total += PART + (self._picture(part) if isinstance(part, ImagePart) else self._text(part.text))
        return total

    def _picture(self, part: ImagePart) -> int:
        return max(int(part.tokens * self._facts.picture_factor + 1), self._facts.picture_floor) + 2

    def _tools(self, tools: tuple[Tool, ...]) -> int:
        return TOOLS + self._text(_written(tools)) if tools else 0

    def _text(self, text: str) -> int:
        if not text:
            return 0
        most = max(len(text.encode()), len(unicodedata.normalize("NFC", text).encode())) + 1
        if most < WORTH or not self._asks:
            return most
        if (known := self._texts.get(text)) is None:
            known = self._ask(text)
            if known is None:
                return most
            _keep(self._texts, text, known)
        return min(most, known)

    def _ask(self, text: str) -> int | None:
        """The server's own count; the first failure is the last try. One body for all servers that have the route."""
        root = self._server.path.removesuffix("/v1")
        payload = {"model": self._facts.model, "prompt": text, "content": text, "add_special_tokens": False}
        wait = Patience(connect=1.0, first=2.0, between=2.0, whole=3.0)
        try:
            found = ask(self._server, "POST", f"{root}/tokenize", payload, wait=wait, stop=threading.Event())
        except DeskhandError:
            found = None
        said = _count(found)
        # A route of this name that does something else must not make a long text short.
        if said is None or said * 16 < len(text):
            self._asks = False
            return None
        return said


def _written(tools: tuple[Tool, ...]) -> str:
    """The tools as a template writes them, or longer."""
    return "\n".join(json.dumps({"type": "function", "function": tool.model_dump()}) for tool in tools)


def _count(found: Any) -> int | None:
    answer = maybe_object(found) or {}
    tokens = maybe_list(answer.get("tokens"))
    return max(count(answer.get("count")), len(tokens or ())) or None


def _marks(request: Request) -> Iterator[bytes]:
    """A digest for each prefix of the conversation, tools included."""
    running = hashlib.blake2b(repr((request.tools, request.thinking)).encode(), digest_size=16)
    for turn in request.messages:
        running.update(repr((turn.role, turn.thinking, turn.calls)).encode())
        for part in turn.parts:
            if isinstance(part, ImagePart):
                running.update(repr(part.pixels.shape).encode())
                running.update(part.pixels.tobytes())
            else:
                running.update(repr(part.text).encode())
        yield running.copy().digest()


def _keep(store: OrderedDict[K, int], key: K, value: int) -> None:
    store[key] = value
    if len(store) > KEPT:
        store.popitem(last=False)
