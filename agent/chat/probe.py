"""Finding out how a server's model is spoken to, by speaking with it the way it will be spoken to; or why it can't be.

A server that takes pictures and does not show them, reads no calls, or counts coordinates in another way, fails
silently in use: clicks land beside. So the same kind of request as in a task (system prompt, tools, a picture, a click
to be made) is made on a picture whose every point is known, and a server that does not hit is refused with the reason.
Other scales than 0..1000 are refused, not converted: pixels of which of the pictures in a conversation, no call says.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Literal

from agent.chat.ask import Refused, ask, persist
from agent.chat.calibration import LIMIT, SCALE_WORDS, Chart, Spot, draw, fit, miss
from agent.chat.exchange import Patience
from agent.chat.facts import ServerFacts
from agent.chat.loose import count, maybe_list, maybe_object
from agent.chat.openai import OpenAIChat
from agent.chat.questions import ROOM, another_click, click, names, pair
from agent.chat.server import Server
from agent.dialects.base import Dialect
from agent.errors import BadInput, TaskFailed
from agent.pictures import fit as fit_picture
from agent.talk import Answer, ImagePart, Message, Mistake, Request, Sampling, Turn

COMFORT = 8192
"""Tokens of room below which a task goes on with one screenshot at a time, made smaller."""
SERVER_ROOM = f"--max-model-len {2 * COMFORT} (vLLM), --context-length (SGLang), --ctx-size (llama-server)"
OLLAMA_ROOM = f"OLLAMA_CONTEXT_LENGTH={2 * COMFORT} ollama serve, or PARAMETER num_ctx {2 * COMFORT} in its Modelfile"
ASKED = 3
"""Shapes to be clicked before the scale is told."""

Choice = Literal["auto", "required", "none"]
CHOICES: tuple[Choice, ...] = ("auto", "required", "none")

_known: dict[tuple[str, str, str], ServerFacts] = {}
"""What was found out in this process, by server, path and model."""


class Unfit(TaskFailed):
    """The server, or its model, can't be used; the message says why."""


def connect(
    server: Server,
    dialect: Callable[[str], Dialect],
    stop: threading.Event,
    *,
    model: str = "",
    patience: Patience | None = None,
    dice: random.Random | None = None,
) -> OpenAIChat:
    """A transport to a server that was tried out; `dialect` says how a model of some name is spoken to.

    Takes about six short answers the first time in a process. Raises BadInput (no such model, several to choose
    from), Missing (a key), Stopped, Unfit with the reason, and TaskFailed where the server is in trouble.
    """
    wait = patience or Patience()
    name, context = choose(server, model, wait, stop)
    place = (server.name, server.path, name)
    if place not in _known:
        bare = OpenAIChat(server, ServerFacts(model=name, context=context), wait)
        _known[place] = _Probe(bare, dialect(name), wait, stop, dice or random.Random()).run()
    return OpenAIChat(server, _known[place], wait, stop)


def forget() -> None:
    """Try every server out anew."""
    _known.clear()


def choose(server: Server, model: str, wait: Patience, stop: threading.Event) -> tuple[str, int]:
    """The model's name on the server, and how many tokens it has room for (0: not said)."""
    try:
        found = persist(server, wait, stop, lambda: ask(server, "GET", f"{server.path}/models", wait=wait, stop=stop))
    except Refused as error:
        if error.code in (404, 405, 501) and model:
            return model, 0
        raise
    listed = [maybe_object(each) or {} for each in maybe_list((maybe_object(found) or {}).get("data")) or ()]
    # A name that can't be shown as it is can't be asked for either.
    rooms = {name: _room(each) for each in listed if (name := str(each.get("id") or "")) and server.hide(name) == name}
    if not rooms:
        raise Unfit(f"{server.name} names no model")
    names = ", ".join(sorted(rooms)[:20])
    if not model and len(rooms) > 1:
        raise BadInput(f"{server.name} has several models, name one with --model: {names}")
    wanted = next((name for name in (model, f"{model}:latest") if name in rooms), None) if model else next(iter(rooms))
    if wanted is None:
        raise BadInput(f"{server.name} has no model {model!r}: it has {names}")
    return wanted, rooms[wanted]


def _room(model: dict[str, object]) -> int:
    """What servers say of their room: vLLM and SGLang here, llama.cpp there, others nothing."""
    meta = maybe_object(model.get("meta")) or {}
    return count(model.get("max_model_len")) or count(meta.get("n_ctx")) or count(model.get("context_length"))


class _Probe:
    """One server being tried out."""

    def __init__(
        self, chat: OpenAIChat, dialect: Dialect, wait: Patience, stop: threading.Event, dice: random.Random
    ) -> None:
        self._chat, self._server, self._dialect = chat, chat.server, dialect
        self._wait, self._stop, self._dice = wait, stop, dice
        self._free: Choice = "auto"
        """The tool choice that leaves the model most freedom and still brings calls."""

    def run(self) -> ServerFacts:
        begun = time.monotonic()
        self._pictures()
        chart = draw(self._dice)
        first = self._first(chart)
        error = self._scale(chart, first)
        error = max(error, self._conversation(chart, first))
        room = self._chat.facts.context
        raised = SERVER_ROOM
        if not room:
            room, raised = self._running_room(), OLLAMA_ROOM
        more = raised if 0 < room < COMFORT else ""
        self._learn(context=room, more_room=more, error=error, seconds=time.monotonic() - begun)
        return self._chat.facts

    def _running_room(self) -> int:
        """The room of a model that only tells it once it runs (Ollama cuts what is longer without a word)."""
        root, stop = self._server.path.removesuffix("/v1"), self._stop
        wait = self._wait.model_copy(update={"first": 5.0, "between": 5.0, "whole": 10.0})
        try:
            found = maybe_object(ask(self._server, "GET", f"{root}/api/ps", wait=wait, stop=stop)) or {}
        except TaskFailed:
            return 0
        running = [maybe_object(each) or {} for each in maybe_list(found.get("models")) or ()]
        rooms = [_room(each) for each in running if self._chat.facts.model in (each.get("name"), each.get("model"))]
        return next(iter(rooms), 0)

    def _learn(self, **found: object) -> None:
        self._chat = OpenAIChat(self._server, self._chat.facts.model_copy(update=found), self._wait)

    def _unfit(self, reason: str) -> Unfit:
        return Unfit(f"{self._server.name} ({self._chat.facts.model}) can't be used: {reason}")

    # ---- pictures reach the model

    def _pictures(self) -> None:
        """Whether pictures are taken at all, and what they cost; both without waiting for an answer."""
        bare = self._prompt_tokens(None)
        small = fit_picture(draw(self._dice).pixels, 4096)
        expected = ImagePart(pixels=small).tokens
        try:
            seen = self._prompt_tokens(ImagePart(pixels=small)) - bare - 2
        except Refused as error:
            raise self._unfit(
                f"it refuses pictures ({error.words or error.code}): start it with a model that sees"
            ) from None
        if bare <= 0:
            return  # it does not count, so that nothing can be told
        if 0 <= seen + 2 < expected / 16:
            raise self._unfit(
                f"it takes pictures and does not show them to the model ({seen + 2} tokens of {expected})"
            )
        if seen <= expected * 1.02:
            return
        large = fit_picture(draw(self._dice).pixels.repeat(2, axis=0).repeat(2, axis=1), 4096)
        cost, size = self._prompt_tokens(ImagePart(pixels=large)) - bare - 2, ImagePart(pixels=large).tokens
        if cost <= seen * 1.02:  # both are enlarged to the least that it makes of a picture
            self._learn(picture_floor=max(seen, cost))
            return
        factor = max(1.0, cost / size)
        self._learn(picture_factor=factor, picture_floor=seen if seen > expected * factor * 1.02 else 0)

    def _prompt_tokens(self, picture: ImagePart | None) -> int:
        parts = ("Say yes.",) if picture is None else (picture, "Say yes.")
        request = Request(messages=(Message.of("user", *parts),), sampling=Sampling(max_tokens=1), thinking=False)
        return self._chat.answer(request, self._stop).usage.prompt_tokens

    # ---- calls come back

    def _first(self, chart: Chart) -> tuple[Turn, Spot]:
        """The first click, by whatever way of asking brings one."""
        name = names()[0]
        reasons: list[str] = []
        for choice in CHOICES:
            self._learn(tool_choice=choice)
            self._free = choice
            try:
                answer, turn = self._turn(click(self._dialect, chart, name))
            except Refused as error:
                reasons.append(error.words or str(error.code))
                continue
            except Mistake as error:
                reasons.append(str(error))
                continue
            if turn.calls:
                self._learn(calls=self._where(answer))
                return turn, self._spot(turn)
            reasons.append(f"no call in {self._server.hide(turn.text or answer.text)!r}")
        said = "; ".join(dict.fromkeys(reasons))
        raise self._unfit(f"its tool calls can't be read ({said}). Is it started with a tool-call parser or template?")

    def _turn(self, request: Request) -> tuple[Answer, Turn]:
        """An answer and what the dialect reads in it. One mistake is forgiven: likely words may go in circles."""
        answer = self._chat.answer(request, self._stop)
        try:
            return answer, self._dialect.read(answer)
        except Mistake:
            looser = self._dialect.sampling(thinking=True).model_copy(update={"max_tokens": ROOM})
            answer = self._chat.answer(request.model_copy(update={"sampling": looser}), self._stop)
            return answer, self._dialect.read(answer)

    def _where(self, answer: Answer) -> Literal["native", "text", "thinking"]:
        if answer.calls:
            return "native"
        try:
            return "text" if self._dialect.read(answer.model_copy(update={"thinking": ""})).calls else "thinking"
        except Mistake:
            return "thinking"

    def _spot(self, turn: Turn) -> Spot:
        found = next(filter(None, map(pair, turn.calls)), None)
        if found is None:
            raise self._unfit(f"asked for a click, it called {self._server.hide(repr(turn.calls[0]))}")
        return found

    # ---- coordinates mean what they should

    def _scale(self, chart: Chart, first: tuple[Turn, Spot]) -> float:
        """The worst miss in thousandths. Raises Unfit where another scale, or none, explains the points."""
        points = {names()[0]: first[1]}
        for name in names()[1:ASKED]:
            points[name] = self._spot(self._read(click(self._dialect, chart, name)))
        scale, error = fit(points, chart)
        if error > LIMIT:
            said = ", ".join(f"{name} at {x:g}, {y:g}" for name, (x, y) in points.items())
            raise self._unfit(
                f"its clicks miss by {error:.0%} of the picture's width in every scale ({said}): "
                "it does not see the pictures, or can't point"
            )
        if scale != "thousand":
            count = f"{SCALE_WORDS[scale]}, not {SCALE_WORDS['thousand']}"
            raise self._unfit(f"its coordinates are {count}: take a model that counts so, as Qwen3-VL does")
        return error

    def _read(self, request: Request) -> Turn:
        try:
            _, turn = self._turn(request)
        except Mistake as error:
            raise self._unfit(f"its tool call can't be read: {error}") from None
        if not turn.calls:
            raise self._unfit(f"asked for a click, it made none: {self._server.hide(turn.text)!r}")
        return turn

    # ---- a conversation goes on

    def _conversation(self, chart: Chart, first: tuple[Turn, Spot]) -> float:
        """A second step with thinking: calls and pictures in earlier turns are understood. Returns the miss."""
        name, then = names()[-1], draw(self._dice)
        while miss("unit", then.spots[name], chart.spots[name]) < 3 * LIMIT:
            then = draw(self._dice)  # whoever still sees the first picture has to miss
        missed: list[str] = []
        spare = False
        for choice, inside in self._ways():
            self._learn(tool_choice=choice, tool_pictures=inside)
            try:
                error, turn = self._step(chart, then, first[0], name)
            except Refused as refused:
                missed.append(refused.words or str(refused.code))
                continue
            except Mistake as mistake:
                missed.append(str(mistake))
                continue
            if error > LIMIT:
                missed.append(f"a click beside by {error:.0%} of the width")
            elif choice != "required" or self._free == "required" or (turn.text and turn.thinking):
                if spare and inside and not turn.thinking:
                    self._learn(tool_choice="required")
                return error
            else:  # being forced costs some models their words or thoughts; one that has none may be forced
                spare = bool(turn.text)
        raise self._unfit(f"the second step of a conversation fails ({'; '.join(missed)})")

    def _ways(self) -> list[tuple[Choice, bool]]:
        """Tool choices, and whether pictures stand in the tool's answer: the best first."""
        free = self._free
        return [*([("required", True)] if free == "auto" else []), (free, True), (free, False)]

    def _step(self, chart: Chart, then: Chart, turn: Turn, name: str) -> tuple[float, Turn]:
        answer, read = self._turn(another_click(self._dialect, chart, turn, then, name))
        self._learn(reasoning=_reasoning(answer, self._chat.fields))
        if not read.calls:
            return 1.0, read
        self._learn(calls=self._where(answer))
        return miss("thousand", self._spot(read), then.spots[name]), read


def _reasoning(answer: Answer, fields: frozenset[str]) -> Literal["none", "reasoning", "reasoning_content", "tags"]:
    if "reasoning_content" in fields:
        return "reasoning_content"
    if "reasoning" in fields:
        return "reasoning"
    return "tags" if "</think>" in answer.text else "none"
