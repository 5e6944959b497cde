"""Model servers that lie, fall silent or speak no HTTP; and stopping at once."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from agent.chat.facts import ServerFacts
from agent.chat.openai import OpenAIChat
from agent.chat.server import Server
from agent.chat.stream import Assembly, Events
from agent.errors import Stopped, TaskFailed
from tests.scripted_server import MODEL, Raw, Reply, Say, ScriptedServer, Slow, Status
from tests.talking import ASK, QUICK, chat, never, stops_at_once


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


# ---------------------------------------------------------------- a server that lies

NONSENSE: dict[str, tuple[Reply, str]] = {
    "no json": (Raw(b"data: hello\n\n"), "no JSON"),
    "a list": (Raw(b"data: []\n\n"), "no object"),
    "choices of another type": (Raw(b'data: {"choices": 3}\n\n'), "no choices"),
    "a delta of another type": (Raw(b'data: {"choices": [{"delta": "x"}]}\n\n'), "a delta that is no object"),
    "content of another type": (Raw(b'data: {"choices": [{"delta": {"content": 3}}]}\n\n'), "where text belongs"),
    "calls of another type": (Raw(b'data: {"choices": [{"delta": {"tool_calls": "x"}}]}\n\n'), "no list"),
    "half a character": (Raw(b'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}\n\n'), "no JSON"),
    "no utf-8": (Raw(b"data: \xff\xfe\n\n"), "no UTF-8"),
    "deep nesting": (Raw(b"data: " + b"[" * 100_000 + b"\n\n"), "no JSON"),
    "a gigantic number": (Raw(b'data: {"choices": [' + b"9" * 6000 + b"]}\n\n"), "no JSON"),
    "a gigantic line": (Raw(b"data: " + b"x" * (1 << 16), endless=True), "a line without end"),
    "an answer without end": (
        Raw(b'data: {"choices": [{"delta": {"content": "' + b"x" * 60_000 + b'"}}]}\n\n', endless=True),
        "an answer without end",
    ),
    "calls without end": (
        Raw(
            b'data: {"choices": [{"delta": {"tool_calls": ['
            + b",".join(b'{"index": %d}' % i for i in range(99))
            + b"]}}]}\n\n"
        ),
        "tool calls without end",
    ),
    "a page": (Raw(b"<html>", "text/html"), "is the address right"),
    "compressed": (Raw(b"x", headers={"Content-Encoding": "gzip"}), "compressed"),
    "an empty object": (Raw(b"{}", "application/json"), "no choices"),
    "a broken object": (Raw(b'{"choices": [', "application/json"), "no JSON"),
    "an endless object": (Raw(b" " * (1 << 16), "application/json", endless=True), "bytes"),
}


@pytest.mark.parametrize("case", NONSENSE, ids=str)
def test_nonsense_ends_in_a_sentence(server: ScriptedServer, case: str) -> None:
    reply, words = NONSENSE[case]
    server.queue(reply)
    with pytest.raises(TaskFailed, match=words) as caught:
        chat(server).answer(ASK, never())
    assert str(caught.value).startswith("http://127.0.0.1:")
    assert len(str(caught.value)) < 400
    assert len(server.asked) == 1


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
RAW: dict[str, bytes] = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "no bytes": b"",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000,
    "a gigantic header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
    "nothing but patience": b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
    "a strange status": b"HTTP/1.1 999999999999 OK\r\n\r\n",
    "a promise of terabytes": JSON + b"Content-Length: 99999999999999\r\n\r\n{",
    "a chunk of terabytes": STREAM + b"ffffffffffffffff\r\ndata: {}",
    "a chunk below nothing": STREAM + b"-1\r\ndata: {}",
    "a chunk of no number": STREAM + b"zzz\r\n",
    "a chunk that is short": STREAM + b"5\r\nab",
    "a wait of no number": b"HTTP/1.1 429 x\r\nRetry-After: \xd9\xa3\r\nContent-Length: 0\r\n\r\n",
    "a wait for ever": b"HTTP/1.1 429 x\r\nRetry-After: " + b"9" * 5000 + b"\r\nContent-Length: 0\r\n\r\n",
    "a deep refusal": b"HTTP/1.1 400 x\r\nContent-Length: 60000\r\n\r\n" + b"[" * 60_000,
}


@pytest.mark.parametrize("case", RAW, ids=str)
def test_bytes_that_are_no_honest_http_end_in_a_sentence(case: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client, contextlib.suppress(OSError):
                        client.recv(65536)
                        client.sendall(RAW[case])

        speaker = threading.Thread(target=speak, daemon=True)
        speaker.start()
        talk = OpenAIChat(Server.at(f"http://127.0.0.1:{listener.getsockname()[1]}"), ServerFacts(model=MODEL), QUICK)
        with pytest.raises(TaskFailed) as caught:
            talk.answer(ASK, never())
        listener.shutdown(socket.SHUT_RDWR)
        speaker.join(5)
    assert str(caught.value).startswith("http://127.0.0.1:")
    assert len(str(caught.value)) < 400


def test_random_bytes_never_crash() -> None:
    """Whatever comes: an answer, or an error of ours."""
    dice = random.Random(5)
    good = b'data: {"choices": [{"index": 0, "delta": {"content": "hi", "tool_calls": [{"index": 0, "id": "a", '
    good += b'"function": {"name": "n", "arguments": "{}"}}]}, "finish_reason": null}], "usage": {"prompt_tokens": 1}}'
    for _ in range(3000):
        raw = bytearray((good + b"\n\n") * 2)
        for _ in range(dice.randint(1, 6)):
            raw[dice.randrange(len(raw))] = dice.choice(b'{}[]",:0129anull\\\xff\n ')
        events, assembly = Events(), Assembly()
        try:
            for event in [*events.feed(bytes(raw)), *events.end()]:
                assembly.feed(event)
            assembly.answer(0.0)
        except TaskFailed:
            pass


# ---------------------------------------------------------------- time and stopping


def test_stop_in_the_middle_of_an_answer(server: ScriptedServer) -> None:
    say = Say(thinking="I think and think and think and never come to an end.")
    assert stops_at_once(server, lambda: Slow(say, threading.Semaphore(3)), lambda heard: len(heard) >= 2)
    assert server.dropped.wait(5), "the server still works for nobody"


def test_stop_before_the_first_byte(server: ScriptedServer) -> None:
    gate = threading.Semaphore(0)
    assert stops_at_once(server, lambda: Slow(Say(text="late"), gate, silent=True))
    gate.release(99)


def test_stop_while_waiting_for_a_busy_server(server: ScriptedServer) -> None:
    assert stops_at_once(server, lambda: Status(429, "busy", {"Retry-After": "50"}))


def test_stop_before_a_connection_stands() -> None:
    """A server that takes connections and never reads."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        talk = OpenAIChat(Server.at(f"http://127.0.0.1:{listener.getsockname()[1]}"), ServerFacts(model=MODEL), QUICK)
        stop = threading.Event()
        stop.set()
        begun = time.monotonic()
        with pytest.raises(Stopped):
            talk.answer(ASK, stop)
        assert time.monotonic() - begun < 0.2


@pytest.mark.parametrize(("ready", "words"), [(0, "did not answer|sent nothing"), (3, "sent nothing more")])
def test_a_server_that_falls_silent(server: ScriptedServer, ready: int, words: str) -> None:
    gate = threading.Semaphore(ready)
    server.queue(Slow(Say(text="some words and then nothing"), gate, silent=ready == 0))
    wait = QUICK.model_copy(update={"connect": 0.05, "first": 0.1 if ready == 0 else 5.0, "between": 5.0, "whole": 0.4})
    with pytest.raises(TaskFailed, match=words):
        chat(server, wait=wait).answer(ASK, never())
    gate.release(99)
