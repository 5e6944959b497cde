"""An OpenAI-compatible model server on loopback that answers by a script: real HTTP, no model.

Queue answers, or give a `mind`: a function from what was asked to an answer. What was asked is kept. The shapes of the
streams are those of vLLM, SGLang, llama.cpp and Ollama, as their public documentation and threads show them.

    with ScriptedServer("vllm") as server:
        server.queue(Say(thinking="The button is below.", calls=(("computer_use", {"action": "wait", "time": 1}),)))
        ... OpenAIChat(Server.at(server.url), ServerFacts(model=MODEL)) ...
        assert server.asked[0].words.endswith("Click the button")
"""

from __future__ import annotations

import json
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.scripted_replies import Asked, Cut, Eyes, Raw, Reply, Say, Slow, Status, as_json
from tests.scripted_shapes import MODEL, Style, error, events, extra, whole

__all__ = ["MODEL", "Asked", "Cut", "Eyes", "Raw", "Reply", "Say", "ScriptedServer", "Slow", "Status", "Style"]


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
            data = [{"id": name, "object": "model", **extra(self.script.style)} for name in self.script.models]
            self._json({"object": "list", "data": data})
        elif self.path == "/api/ps" and self.script.style == "ollama":
            running = [{"name": name, "model": name, "context_length": 4096} for name in self.script.models]
            self._json({"models": running})
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
                text = f"<html>{reply.words}</html>" if reply.page else as_json(error(self.script.style, reply))
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
