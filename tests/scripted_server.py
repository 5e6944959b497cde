"""An OpenAI-compatible model server on loopback that answers by a script: real HTTP, no model.

Queue answers, or give a `mind`: a function from what was asked to an answer. What was asked is kept. The shapes of the
streams are those of vLLM, SGLang, llama.cpp and Ollama, as their public documentation and threads show them.

    with ScriptedServer("vllm") as server:
        server.queue(Say(thinking="The button is below.", calls=(("computer_use", {"action": "wait", "time": 1}),)))
        ... OpenAIChat(Server.at(server.url), ServerFacts(model=MODEL)) ...
        assert server.asked[0].words.endswith("Click the button")
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

MODEL = "qwen3-vl-4b"
Style = Literal["vllm", "vllm-old", "sglang", "llama.cpp", "ollama"]
Calls = tuple[tuple[str, dict[str, Any] | str], ...]


# ---------------------------------------------------------------- answers


@dataclass(frozen=True)
class Say:
    """What a model says. Arguments given as text are sent as they are: malformed, if the text is."""

    text: str = ""
    thinking: str = ""
    calls: Calls = ()
    where: Literal["native", "text", "thinking"] = "native"
    """Where the calls stand: parsed by the server, or left in the words or in the thoughts."""
    tags: bool = False
    """The server does not split thoughts off."""
    finish: str = ""
    usage: tuple[int, int] | None = (100, 20)
    whole: bool = False
    """One JSON object, though a stream was asked for."""

    def spoken(self) -> Say:
        """The same with everything the server leaves unread in its place."""
        said = self
        if said.where != "native" and said.calls:
            written = "".join(
                f'\n<tool_call>\n{{"name": "{name}", "arguments": {_json(arguments)}}}\n</tool_call>'
                for name, arguments in said.calls
            )
            place = "text" if said.where == "text" else "thinking"
            said = replace(said, calls=(), **{place: getattr(said, place) + written})
        if said.tags and said.thinking:
            said = replace(said, thinking="", text=f"{said.thinking}\n</think>\n\n{said.text}")
        return said


@dataclass(frozen=True)
class Status:
    """No answer: a status, with or without words."""

    code: int
    words: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    page: bool = False
    """Words are HTML, as of a proxy."""


@dataclass(frozen=True)
class Cut:
    """The connection ends after so many events of an answer, or in the middle of the next; 0: before any byte."""

    say: Say
    events: int = 1
    inside: bool = False


@dataclass(frozen=True)
class Slow:
    """Each event waits for a permit: `gate.release()` lets one go. `silent`: not even the headers come before."""

    say: Say
    gate: threading.Semaphore
    silent: bool = False


@dataclass(frozen=True)
class Raw:
    """These very bytes as the body; repeated for ever where `endless`."""

    body: bytes
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    endless: bool = False


Reply = Say | Status | Cut | Slow | Raw


# ---------------------------------------------------------------- what was asked


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.body.get("messages", [])

    def _parts(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        content = message.get("content") or ""
        return [{"type": "text", "text": content}] if isinstance(content, str) else content

    @property
    def words(self) -> str:
        """All text of all turns."""
        return "\n".join(
            part["text"] for message in self.messages for part in self._parts(message) if part["type"] == "text"
        )

    def pictures(self, *roles: str) -> list[NDArray[np.uint8]]:
        """The pictures of these roles' turns (all, if none is named) as RGB pixels, in order."""
        found: list[NDArray[np.uint8]] = []
        for message in self.messages:
            for part in self._parts(message):
                if part["type"] == "image_url" and (not roles or message["role"] in roles):
                    found.append(decode(part["image_url"]["url"]))
        return found


def decode(url: str) -> NDArray[np.uint8]:
    """A data URL as RGB pixels."""
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(data, validate=True), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture[:, :, ::-1], np.uint8)


# ---------------------------------------------------------------- a mind that looks


HUES = {"red": 0, "green": 60, "blue": 120, "orange": 15, "purple": 142}
"""Hue as OpenCV counts it, 0..180."""


@dataclass
class Eyes:
    """Answers "Left-click the COLOUR ..." by looking for the colour in the last picture that it gets.

    `scale` and `blind` make it a model of another kind; `unseen` roles lose their pictures on the way.
    """

    scale: Literal["thousand", "pixels", "unit", "swapped"] = "thousand"
    blind: bool = False
    off: float = 0.0
    """Share of the width by which it points too far right."""
    unseen: tuple[str, ...] = ()
    thinking: str = "I look for the shape."
    where: Literal["native", "text", "thinking"] = "native"
    tags: bool = False
    patch: int = 32
    floor: int = 0

    def __call__(self, asked: Asked) -> Reply:
        seen = {"user", "tool"} - set(self.unseen)
        pictures = asked.pictures(*seen) if seen else []
        tokens = sum(2 + max(self.floor, (p.shape[0] // self.patch) * (p.shape[1] // self.patch)) for p in pictures)
        usage = (len(asked.words) // 4 + tokens, 30)
        colours = re.findall(r"Left-click the (\w+)", asked.words)
        if not colours:
            return Say(text="Yes.", usage=usage)
        point = self._point(pictures, colours[-1])
        quiet = asked.body.get("chat_template_kwargs", {}).get("enable_thinking") is False
        return Say(
            text="Action: click the shape.",
            thinking="" if quiet and self.where != "thinking" else self.thinking,
            calls=(("computer_use", {"action": "left_click", "coordinate": point}),),
            where=self.where,
            tags=self.tags,
            usage=usage,
        )

    def _point(self, pictures: list[NDArray[np.uint8]], colour: str) -> list[float]:
        if self.blind or not pictures:
            return [0.5, 0.5] if self.scale == "unit" else [500, 500]
        picture = pictures[-1]
        height, width = picture.shape[:2]
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(int)
        away = np.abs(hsv[:, :, 0] - HUES[colour])
        mask = (np.minimum(away, 180 - away) < 6) & (hsv[:, :, 1] > 120)
        ys, xs = np.nonzero(mask)
        assert len(xs), f"no {colour} in the picture"
        x, y = float(xs.mean()) + self.off * width, float(ys.mean())
        match self.scale:
            case "thousand":
                return [round(x / width * 1000), round(y / height * 1000)]
            case "swapped":
                return [round(y / height * 1000), round(x / width * 1000)]
            case "unit":
                return [round(x / width, 3), round(y / height, 3)]
            case "pixels":
                return [round(x), round(y)]


# ---------------------------------------------------------------- the server


class ScriptedServer:
    """Serves on loopback while it is used as a context manager."""

    def __init__(
        self,
        style: Style = "vllm",
        mind: Callable[[Asked], Reply] | None = None,
        models: tuple[str, ...] = (MODEL,),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.style = style
        self.mind = mind
        self.models = models
        self.asked: list[Asked] = []
        """Chat completions, in order."""
        self.counted: list[str] = []
        """Texts that /tokenize was asked about."""
        self.tokenizer: Callable[[str], int] | None = None
        self.refuses: dict[str, str] = {}
        """Field of a request -> the words with which a request that has it is refused (400)."""
        self.dropped = threading.Event()
        """Set when a client went away in the middle of an answer."""
        self._queue: deque[Reply] = deque()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._scheme = "http"
        if tls is not None:
            self._scheme = "https"
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}/v1"

    def queue(self, *replies: Reply) -> None:
        """Answers for the next requests, before the mind is asked."""
        self._queue.extend(replies)

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        for name, words in self.refuses.items():
            if name in asked.body:
                return Status(400, words)
        if self._queue:
            return self._queue.popleft()
        return self.mind(asked) if self.mind else Status(500, "the script has ended")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(_Handler):
            script = server

        return Handler


class _Handler(BaseHTTPRequestHandler):
    script: ScriptedServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            data = [{"id": name, "object": "model", **_extra(self.script.style)} for name in self.script.models]
            self._json({"object": "list", "data": data})
        else:
            self._send(404, b"not found", "text/plain")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize" and self.script.tokenizer:
            self.script.counted.append(body["prompt"])
            self._json({"count": self.script.tokenizer(body["prompt"]), "max_model_len": 32768})
        elif self.path == "/v1/chat/completions":
            asked = Asked(self.path, dict(self.headers.items()), body)
            try:
                self._answer(self.script.reply(asked), body["model"])
            except OSError:  # broken pipe, reset, or TLS saying the same
                self.script.dropped.set()
        else:
            self._send(404, b"not found", "text/plain")

    def _answer(self, reply: Reply, model: str) -> None:
        match reply:
            case Status():
                text = f"<html>{reply.words}</html>" if reply.page else _json(_error(self.script.style, reply))
                self._send(reply.code, text.encode(), "text/html" if reply.page else "application/json", reply.headers)
            case Say(whole=True):
                self._json(whole(reply.spoken(), model))
            case Say():
                self._stream(events(self.script.style, reply.spoken(), model))
            case Cut():
                self._cut(reply, model)
            case Slow():
                self._slow(reply, model)
            case Raw():
                self._begin(reply.kind, reply.headers)
                self._chunk(reply.body)
                while reply.endless:
                    self._chunk(reply.body)
                self._chunk(b"")

    def _cut(self, reply: Cut, model: str) -> None:
        self.close_connection = True
        if not reply.events:
            return
        made = list(events(self.script.style, reply.say.spoken(), model))
        self._begin("text/event-stream")
        for event in made[: reply.events]:
            self._chunk(event.encode())
        if reply.inside:
            self._chunk(made[reply.events][:20].encode())

    def _slow(self, reply: Slow, model: str) -> None:
        if reply.silent:
            reply.gate.acquire()
        self._begin("text/event-stream")
        for event in events(self.script.style, reply.say.spoken(), model):
            while not reply.gate.acquire(timeout=0.05):
                self._chunk(b": still here\n\n")  # fails where the client has gone, as in the real servers
            self._chunk(event.encode())
        self._chunk(b"")

    def _stream(self, made: Iterator[str]) -> None:
        self._begin("text/event-stream; charset=utf-8")
        for event in made:
            self._chunk(event.encode())
        self._chunk(b"")

    def _begin(self, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Transfer-Encoding": "chunked", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), "application/json")

    def _send(self, code: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


# ---------------------------------------------------------------- the shapes of streams


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _extra(style: Style) -> dict[str, Any]:
    match style:
        case "vllm" | "vllm-old":
            return {"owned_by": "vllm", "root": MODEL, "parent": None, "max_model_len": 32768, "permission": []}
        case "sglang":
            return {"owned_by": "sglang", "root": MODEL, "max_model_len": 40960}
        case "llama.cpp":
            return {"owned_by": "llamacpp", "meta": {"n_ctx_train": 262144, "n_ctx": 16384, "n_vocab": 151936}}
        case "ollama":
            return {"owned_by": "library", "created": 1764000000}


def _error(style: Style, status: Status) -> dict[str, Any]:
    if style == "sglang":
        return {"object": "error", "message": status.words, "type": "BadRequest", "param": None, "code": status.code}
    return {"error": {"message": status.words, "type": "invalid_request_error", "code": status.code}}


def _pieces(text: str, size: int = 7) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _finish(say: Say) -> str:
    return say.finish or ("tool_calls" if say.calls else "stop")


def events(style: Style, say: Say, model: str) -> Iterator[str]:
    """The server-sent events of an answer in the shape of one server."""
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1764000000, "model": model}
    if style == "ollama":
        base["system_fingerprint"] = "fp_ollama"
    if style == "llama.cpp":
        base["system_fingerprint"] = "b7000-0123abcd"

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        if style.startswith("vllm"):
            choice["logprobs"] = None
        return f"data: {json.dumps({**base, 'choices': [choice | more]})}\n\n"

    yield from _opening(style, chunk)
    for piece in _pieces(say.thinking):
        yield chunk(_thought(style, piece))
    for piece in _pieces(say.text):
        yield chunk(_said(style, piece))
    for number, (name, arguments) in enumerate(say.calls):
        for delta in _called(style, number, name, _json(arguments)):
            yield chunk(delta)
    ends: dict[str, Any] = {"stop_reason": None} if style.startswith("vllm") else {}
    yield chunk({} if style == "llama.cpp" else _said(style, ""), _finish(say), **ends)
    if say.usage:
        prompt, completion = say.usage
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


def _opening(style: Style, chunk: Callable[..., str]) -> Iterator[str]:
    match style:
        case "ollama":
            return
        case "llama.cpp":
            yield chunk({"role": "assistant", "content": None})
        case "sglang":
            yield chunk({"role": "assistant", "content": "", "reasoning_content": None, "tool_calls": None})
        case _:
            yield chunk({"role": "assistant", "content": ""})


def _thought(style: Style, piece: str) -> dict[str, Any]:
    match style:
        case "vllm":
            return {"reasoning": piece}
        case "vllm-old":
            return {"reasoning": piece, "reasoning_content": piece}
        case "sglang":
            return {"role": None, "content": None, "reasoning_content": piece, "tool_calls": None}
        case "llama.cpp":
            return {"reasoning_content": piece}
        case "ollama":
            return {"role": "assistant", "content": "", "reasoning": piece}


def _said(style: Style, piece: str) -> dict[str, Any]:
    match style:
        case "ollama":
            return {"role": "assistant", "content": piece}
        case "sglang":
            return {"role": None, "content": piece or None, "reasoning_content": None, "tool_calls": None}
        case "vllm-old":
            return {"content": piece, "reasoning_content": None}
        case _:
            return {"content": piece}


def _called(style: Style, number: int, name: str, arguments: str) -> Iterator[dict[str, Any]]:
    """The deltas of one call. Ollama sends each whole and gives every one the index 0."""
    first = {"id": f"call_{number}x", "type": "function", "index": number}
    if style == "ollama":
        call = {**first, "index": 0, "function": {"name": name, "arguments": arguments}}
        yield {"role": "assistant", "content": "", "tool_calls": [call]}
        return
    yield {"tool_calls": [{**first, "function": {"name": name, "arguments": ""}}]}
    for piece in _pieces(arguments):
        blank: dict[str, Any] = {"id": None, "type": None} if style == "sglang" else {}
        function: dict[str, Any] = {"arguments": piece} | ({"name": None} if style == "sglang" else {})
        yield {"tool_calls": [{"index": number, **blank, "function": function}]}


def whole(say: Say, model: str) -> dict[str, Any]:
    """An answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": say.text or None}
    if say.thinking:
        message["reasoning_content"] = say.thinking
    if say.calls:
        message["tool_calls"] = [
            {"id": f"call_{i}x", "type": "function", "function": {"name": name, "arguments": _json(arguments)}}
            for i, (name, arguments) in enumerate(say.calls)
        ]
    prompt, completion = say.usage or (0, 0)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1764000000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(say)}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
    }
