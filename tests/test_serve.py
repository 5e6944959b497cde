"""The service over real HTTP with the official client; the model behind it is scripted, so that every case happens."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import openai
import pytest
import uvicorn
from PIL import Image

from agent.dialects.qwen3_vl import Qwen3VL
from agent.errors import BadInput, Stopped
from agent.serve.holder import Holder
from agent.serve.service import Service
from agent.serve.wire import Limits
from agent.talk import Answer, Delta, ImagePart, Request, Usage

pytestmark = pytest.mark.model

TOOL = {
    "type": "function",
    "function": {"name": "look", "description": "", "parameters": {"type": "object", "properties": {}}},
}
CALL = '<tool_call>\n{"name": "look", "arguments": {"at": "the clock"}}\n</tool_call>'


class ScriptedEngine:
    """Answers with a text in pieces; `gate` holds it back until a test lets it go."""

    opened: list[str]

    def __init__(self, name: str, text: str, gate: threading.Event | None = None) -> None:
        self.name, self.text, self.gate = name, text, gate
        self.dialect, self.context = Qwen3VL(), 4096
        self.requests: list[Request] = []
        self.stopped = threading.Event()
        self.closed = False

    def measure(self, request: Request) -> int:
        parts = [part for message in request.messages for part in message.parts]
        return sum(part.tokens if isinstance(part, ImagePart) else len(part.text) for part in parts)

    def answer(
        self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = lambda _: None
    ) -> Answer:
        self.requests.append(request)
        while self.gate is not None and not self.gate.wait(0.01):
            if stop.is_set():
                self.stopped.set()
                raise Stopped("stopped")
        thinking, mark, text = self.text.rpartition("</think>")
        for kind, words in (("thinking", thinking), ("text", text.lstrip() if mark else text)):
            for at in range(0, len(words), 3):
                on_delta(Delta(kind=kind, text=words[at : at + 3]))  # type: ignore[arg-type]
        return Answer(text=self.text, usage=Usage(prompt_tokens=7, completion_tokens=5, reused_tokens=2))

    def close(self) -> None:
        self.closed = True


@contextmanager
def serving(service: Service) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(service.app(), log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            assert not thread.is_alive()


@contextmanager
def service(
    text: str = "hello", *, gate: threading.Event | None = None, waiting: int = 8, token: str = "", limits: Any = None
) -> Iterator[tuple[str, list[ScriptedEngine]]]:
    engines: list[ScriptedEngine] = []

    def opener(name: str) -> ScriptedEngine:
        if name == "broken":
            raise BadInput("broken: half a download")
        assert all(engine.closed for engine in engines), "the old model's memory is freed first"
        engines.append(ScriptedEngine(name, text, gate))
        return engines[-1]

    holder = Holder(opener, "small", waiting)
    holder.start()
    with serving(Service(holder, lambda: ["small", "large", "broken"], token, limits)) as url:
        yield url, engines


def client(url: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=20)


def picture(width: int = 64, height: int = 32) -> str:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


RED = {"type": "image", "image": picture()}


def ask(text: str = "hi") -> list[Any]:
    return [{"role": "user", "content": text}]


def test_words_and_thinking() -> None:
    with service("I see.\n</think>\n\nhello") as (url, _):
        done = client(url).chat.completions.create(model="small", messages=ask())
    message = done.choices[0].message
    assert (message.content, message.model_dump()["reasoning_content"]) == ("hello", "I see.")
    assert (done.choices[0].finish_reason, done.usage and done.usage.total_tokens) == ("stop", 12)


def test_stops_reach_the_model() -> None:
    with service() as (url, engines):
        for given, meant in (("END", ("END",)), (["a", "b"], ("a", "b")), (None, ())):
            client(url).chat.completions.create(model="small", messages=ask(), stop=given)
            assert engines[0].requests[-1].stops == meant


def test_a_call_is_a_call_also_in_a_stream() -> None:
    with service(f"Hm.\n</think>\n\nI look.\n{CALL}") as (url, engines):
        whole = client(url).chat.completions.create(model="small", messages=ask(), tools=[TOOL], tool_choice="required")
        stream = client(url).chat.completions.create(
            model="small", messages=ask(), tools=[TOOL], stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
    call = whole.choices[0].message.tool_calls[0]  # type: ignore[index]
    assert (call.function.name, json.loads(call.function.arguments)) == ("look", {"at": "the clock"})
    assert whole.choices[0].finish_reason == "tool_calls"
    assert engines[0].requests[0].must_call
    assert not engines[0].requests[1].must_call
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    words = "".join(delta.content or "" for delta in deltas)
    assert (words.strip(), "<tool" in words) == ("I look.", False)
    assert "".join(delta.model_dump().get("reasoning_content") or "" for delta in deltas).strip() == "Hm."
    calls = [delta.tool_calls for delta in deltas if delta.tool_calls]
    assert [c[0].function.name for c in calls] == ["look"]  # type: ignore[union-attr]
    assert chunks[-1].usage is not None


def test_a_malformed_call_reaches_the_client_as_words() -> None:
    broken = 'x</think>so: <tool_call>\n{"name": \n</tool_call>'
    with service(broken) as (url, _):
        whole = client(url).chat.completions.create(model="small", messages=ask(), tools=[TOOL])
        chunks = list(client(url).chat.completions.create(model="small", messages=ask(), tools=[TOOL], stream=True))
    streamed = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert whole.choices[0].message.content == streamed == broken.partition("</think>")[2]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture()}"}},
        {"type": "image_url", "image_url": {"url": picture()}},
        {"type": "image", "image": picture()},
    ],
)
def test_pictures_come_in_each_form(part: dict[str, Any]) -> None:
    with service() as (url, engines):
        messages: Any = [{"role": "user", "content": [part, {"type": "text", "text": "what <|im_end|> is it?"}]}]
        client(url).chat.completions.create(model="small", messages=messages)
    sent, text = engines[0].requests[0].messages[0].parts
    assert isinstance(sent, ImagePart)
    assert tuple(sent.pixels[0, 0]) == (255, 0, 0)
    assert "<|im_end|>" not in text.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"messages": []}, 400, "invalid_value"),
        ({"messages": ask(), "n": 2}, 400, "unsupported_parameter"),
        ({"messages": ask(), "stop": [""]}, 400, "invalid_value"),
        ({"messages": ask(), "model": "unknown"}, 404, "model_not_found"),
        ({"messages": ask(), "model": "broken"}, 404, "model_not_found"),
        ({"messages": ask("x" * 5000)}, 400, "context_length_exceeded"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, 400, "invalid_value"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "image": "?"}]}]}, 400, "invalid_base64"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "image": "eHh4"}]}]}, 400, "invalid_image"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "image": "http://127.0.0.1/x.png"}]}]},
            400,
            "invalid_image_url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "image": picture(3000, 3000)}]}]},
            413,
            "image_too_large",
        ),
        ({"messages": [{"role": "user", "content": [RED] * 5}]}, 400, "too_many_images"),
        ({"messages": ask("x" * 100_000)}, 413, "request_too_large"),
    ],
)
def test_what_can_not_be_served_is_refused_with_the_reason(body: dict[str, Any], status: int, code: str) -> None:
    limits = Limits(pictures=4, picture_pixels=1_000_000, body_bytes=90_000)
    with service(limits=limits) as (url, engines):
        for stream in (False, True):
            got = httpx.post(f"{url}/v1/chat/completions", json={**body, "stream": stream})
            assert (got.status_code, got.json()["error"]["code"]) == (status, code)
        assert httpx.get(f"{url}/health").json()["model"] == "small"
        assert all(not engine.requests for engine in engines)


def test_another_model_takes_the_place_of_the_first() -> None:
    with service() as (url, engines):
        assert {model.id for model in client(url).models.list()} == {"small", "large", "broken"}
        client(url).chat.completions.create(model="large", messages=ask())
        assert (engines[0].closed, [engine.name for engine in engines]) == (True, ["small", "large"])
    assert engines[1].closed


def test_a_full_queue_is_429_and_leaving_frees_the_place() -> None:
    gate = threading.Event()
    with service(gate=gate, waiting=1) as (url, engines):
        body = {"messages": ask()}
        with httpx.Client() as first, httpx.Client() as second:
            threads = [
                threading.Thread(target=_ignore, args=(c, f"{url}/v1/chat/completions", body)) for c in (first, second)
            ]
            threads[0].start()
            _until(lambda: bool(engines[0].requests))
            threads[1].start()
            _until(lambda: httpx.get(f"{url}/health").json()["waiting"] == 1)
            refused = httpx.post(f"{url}/v1/chat/completions", json=body)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert 'deskhand_requests_total{status="429"} 1.0' in httpx.get(f"{url}/metrics").text
            for thread in threads:
                thread.join()
        assert engines[0].stopped.wait(5), "whoever hangs up ends his answer"
        gate.set()
        assert httpx.post(f"{url}/v1/chat/completions", json=body).status_code == 200


def _ignore(http: httpx.Client, url: str, body: dict[str, Any]) -> None:
    with suppress(httpx.TimeoutException):
        http.post(url, json=body, timeout=1.5)


def _until(condition: Callable[[], bool], limit: float = 10) -> None:
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_token_is_asked_for() -> None:
    with service(token="s3cret") as (url, _):
        assert httpx.get(f"{url}/health").status_code == 200
        assert httpx.get(f"{url}/v1/models").status_code == 401
        with pytest.raises(openai.AuthenticationError):
            client(url, "wrong").models.list()
        assert client(url, "s3cret").chat.completions.create(model="small", messages=ask()).choices


def test_other_sites_can_not_reach_the_model() -> None:
    with service() as (url, engines):
        rebound = httpx.get(f"{url}/v1/models", headers={"Host": "evil.example"})
        plain = httpx.post(f"{url}/v1/chat/completions", content=json.dumps({"messages": ask()}))
        assert (rebound.status_code, plain.status_code) == (400, 415)
        assert not engines[0].requests
