"""Any OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama, `deskhand serve`) as a transport."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from agent.chat.ask import Refused, accept, persist, whole
from agent.chat.body import OPTIONAL, body
from agent.chat.count import Counter
from agent.chat.exchange import Cut, Exchange, Patience
from agent.chat.facts import ServerFacts
from agent.chat.loose import Nonsense, decoded, loads
from agent.chat.server import Server
from agent.chat.stream import Assembly, Events
from agent.errors import DeskhandError, Stopped
from agent.talk import Answer, Delta, Message, Request, Sampling

KINDS = frozenset({"text/event-stream", "application/json"})
ROOM = 1 << 20
"""Bytes that any answer may have."""
PER_TOKEN = 4096
"""Bytes that one more token may cost: a chunk's wrapping is some 300, the text twice."""


def _unheard(_: Delta) -> None:
    pass


class OpenAIChat:
    """A transport over HTTP. `facts` come from the probe; without one, a well-behaved server is assumed."""

    def __init__(
        self,
        server: Server,
        facts: ServerFacts,
        patience: Patience | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """`stop` ends what is asked of the server to measure a request."""
        self._server = server
        self._facts = facts
        self._patience = patience or Patience()
        self._counter = Counter(server, facts)
        self._stop = stop or threading.Event()
        self.fields: frozenset[str] = frozenset()
        """The fields in which the last answer's thoughts came; for the probe."""

    @property
    def facts(self) -> ServerFacts:
        return self._facts

    @property
    def server(self) -> Server:
        return self._server

    def answer(self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = _unheard) -> Answer:
        """One answer. After a cut stream the deltas begin again from the first.

        Raises Stopped, Missing (a key), BadInput, and TaskFailed naming the server and what happened.
        """
        sent = body(request, self._facts)
        try:
            answer = self._persist(sent, stop, on_delta)
        except Refused as error:
            left_out = _suspects(sent, error)
            if not left_out:
                raise
            kept = {name: value for name, value in sent.items() if name not in left_out}
            answer = self._persist(kept, stop, on_delta)
            # Only now is it known that these were what the server refused.
            self._facts = self._facts.model_copy(update={"unsent": self._facts.unsent | left_out})
        self._counter.learn(request, answer.usage.prompt_tokens)
        return answer

    def measure(self, request: Request) -> int:
        """Tokens of the prompt: the server's count or an upper bound, never fewer than it really takes.

        Raises Stopped.
        """
        bound = self._counter.measure(request)
        if not self._counter.guesses(request):
            return bound
        self._weigh(request)
        return self._counter.measure(request)

    def _weigh(self, request: Request) -> None:
        """Have the server say what a prompt's beginning takes: an answer of one token, of use to its own cache too.

        Asked twice: a server that then says less counts only what it had not seen.
        """
        opening = request.model_copy(
            update={
                "messages": (request.messages[0], Message.of("user", "x")),
                "sampling": Sampling(max_tokens=1),
                "must_call": False,
            }
        )
        try:
            said = [self.answer(opening, self._stop).usage.prompt_tokens for _ in range(2)]
        except Stopped:
            raise
        except DeskhandError:
            said = [0, 0]
        self._counter.weighed(opening, min(said) if said[0] == said[1] else 0)

    def _persist(self, sent: dict[str, Any], stop: threading.Event, on_delta: Callable[[Delta], None]) -> Answer:
        raw = json.dumps(sent, ensure_ascii=False).encode()
        limit = ROOM + PER_TOKEN * int(sent["max_tokens"])
        return persist(self._server, self._patience, stop, lambda: self._once(raw, limit, stop, on_delta))

    def _once(self, raw: bytes, limit: int, stop: threading.Event, on_delta: Callable[[Delta], None]) -> Answer:
        begun, first = time.monotonic(), 0.0
        assembly = Assembly()
        with Exchange(self._server, "POST", f"{self._server.path}/chat/completions", raw, self._patience) as exchange:
            head = accept(self._server, exchange, stop, KINDS)
            if head.kind == "application/json":
                for delta in assembly.take(loads(decoded(whole(exchange, stop, limit)))):
                    on_delta(delta)
                assembly.done = True
            else:
                for news in _stream(exchange, assembly, stop, limit):
                    if news and not first:
                        first = time.monotonic() - begun
                        exchange.started()
                    for delta in news:
                        on_delta(delta)
        if not assembly.finished:
            raise Cut(f"{self._server.name} broke off in the middle of an answer")
        self.fields = frozenset(assembly.fields)
        return assembly.answer(first or time.monotonic() - begun)


def _stream(exchange: Exchange, assembly: Assembly, stop: threading.Event, limit: int) -> Iterator[list[Delta]]:
    """The news of each event of a stream, up to its end. Raises Cut where it ends before the answer does."""
    events, size = Events(), 0
    try:
        for piece in exchange.pieces(stop):
            size += len(piece)
            if size > limit:
                raise Nonsense("an answer without end")
            for event in events.feed(piece):
                yield assembly.feed(event)
                if assembly.done:
                    return
    except Cut:
        if not assembly.finished:  # else only counts are lost
            raise
    if not assembly.finished:
        for event in events.end():
            yield assembly.feed(event)


def _suspects(sent: dict[str, Any], error: Refused) -> frozenset[str]:
    """The optional fields that a refusal is about: those it names, else all there are."""
    if error.code not in (400, 422):
        return frozenset()
    there = OPTIONAL & sent.keys()
    return frozenset(name for name in there if name in error.words) or there
