"""Addresses, keys and certificates of model servers; and how many tokens a request takes there."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import sys
import threading
import types
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from agent.chat.facts import ServerFacts
from agent.chat.server import KEY_VARIABLE, PLAIN_VARIABLE, Server
from agent.dialects.qwen3_vl import Qwen3VL
from agent.errors import BadInput, Missing, TaskFailed
from agent.planners.vision.options import VisionOptions
from agent.talk import ImagePart, Message, Request
from tests.scripted_server import MODEL, Asked, Say, ScriptedServer, Slow, Status
from tests.talking import ASK, KEY, TOOL, chat, never, stops_at_once


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


# ---------------------------------------------------------------- keys and addresses


def test_the_key_is_sent_and_never_said(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    server.queue(Say(text="ok"), Status(409, f"bad key {KEY}"), Status(401, f"Incorrect API key provided: {KEY}"))
    talk = chat(server, key=KEY)
    talk.answer(ASK, never())
    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    with pytest.raises(TaskFailed) as refused:
        talk.answer(ASK, never())
    with pytest.raises(Missing, match=KEY_VARIABLE) as unknown:
        talk.answer(ASK, never())
    said = [str(refused.value), str(unknown.value), repr(talk.server), talk.server.model_dump_json(), caplog.text]
    said += [talk.server.name, talk.facts.line, str(talk.server.__dict__.get("key"))]
    assert not any(KEY in each for each in said)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    assert Server.at("http://127.0.0.1:1").key.get_secret_value() == KEY
    monkeypatch.delenv(KEY_VARIABLE)
    assert Server.at("http://127.0.0.1:1").key.get_secret_value() == ""


def test_the_key_comes_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = types.ModuleType("keyring")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", ring)
    ring.get_password = lambda service, user: f"{service}-{user}-key"  # type: ignore[attr-defined]
    assert Server.at("https://example.org").key.get_secret_value() == "deskhand-example.org-key"

    def locked(service: str, user: str) -> str:
        raise RuntimeError("the keyring is locked")

    ring.get_password = locked  # type: ignore[attr-defined]
    assert Server.at("https://example.org").key.get_secret_value() == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://host", "should look like"),
        ("host:8000", "should look like"),
        ("http://", "should look like"),
        ("http://host:99999", "can't be read"),
        ("http://user:pass@host", "does not belong in"),
        ("http://host/v1?key=x", "nothing after"),
        ("http://host/v 1", "characters"),
        ("http://host/v1\r\nX-Header: y", "characters"),
    ],
)
def test_addresses_that_are_refused(url: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        Server.at(url)
    assert "pass@" not in str(caught.value)


def test_one_server_has_many_addresses() -> None:
    for url in ("http://h:8000", "http://h:8000/", "http://h:8000/v1/", "http://h:8000/v1/chat/completions"):
        server = Server.at(url)
        assert (server.name, server.path) == ("http://h:8000", "/v1")
    assert Server.at("https://h").name == "https://h"
    assert Server.at("https://h/openai").path == "/openai"
    assert Server.at("http://[::1]:80/v1").name == "http://[::1]"


@pytest.mark.parametrize("host", ["example.org", "192.168.1.5", "127.evil.org", "localhost.evil.org"])
def test_a_key_does_not_travel_unencrypted(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="unencrypted") as caught:
        Server.at(f"http://{host}/v1", SecretStr(KEY))
    assert KEY not in str(caught.value)
    assert Server.at(f"http://{host}/v1", SecretStr(KEY), plain_key=True).host == host
    assert Server.at(f"https://{host}/v1", SecretStr(KEY)).secure
    monkeypatch.setenv(PLAIN_VARIABLE, "1")
    assert Server.at(f"http://{host}/v1", SecretStr(KEY)).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.1", "a.localhost"])
def test_this_machine_may_have_the_key(host: str) -> None:
    assert Server.at(f"http://{host}/v1", SecretStr(KEY)).local


@pytest.mark.parametrize("key", ["two\nlines", "with space", "ümlaut", "tab\t"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(BadInput, match="characters that no key has") as caught:
        Server.at("http://127.0.0.1", SecretStr(key))
    assert key not in str(caught.value)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody has signed, with its key."""
    made = tmp_path / "server.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test"
    argv = [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(made), "-out", str(made)]
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    cert = subprocess.run([*argv[:-1], "/dev/stdout"], check=True, capture_output=True).stdout
    made.write_bytes(made.read_bytes() + cert)
    return made


def test_a_server_that_is_not_who_it_should_be(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with ScriptedServer(tls=tls) as server:
        with pytest.raises(TaskFailed, match=r"certificate is not trusted \(self.signed certificate\)"):
            chat(server, key=KEY).answer(ASK, never())
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        server.queue(Say(text="ok"))
        assert chat(server, key=KEY).answer(ASK, never()).text == "ok"
        say = Say(thinking="I think and think and think.")
        assert stops_at_once(server, lambda: Slow(say, threading.Semaphore(3)), lambda heard: len(heard) >= 2)
        assert server.dropped.wait(5)


# ---------------------------------------------------------------- counting


def random_picture(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)


def test_pictures_count_what_they_take(server: ScriptedServer) -> None:
    empty = Request(messages=(Message.of("user", ""),))
    seen = Request(messages=(Message.of("user", ImagePart(pixels=random_picture(736, 1280)), ""),))
    for factor, floor, tokens in ((1.0, 0, 920), (1.3, 0, 1196), (1.0, 1024, 1024)):
        talk = chat(server, ServerFacts(model=MODEL, picture_factor=factor, picture_floor=floor))
        assert tokens <= talk.measure(seen) - talk.measure(empty) <= tokens + 12


def test_text_is_counted_by_the_server_where_it_can(server: ScriptedServer) -> None:
    server.tokenizer = lambda text: len(text) // 4
    long = Request(messages=(Message.of("user", "word " * 1000),))
    talk = chat(server)
    assert 1250 <= talk.measure(long) <= 1300
    assert talk.measure(long) == talk.measure(long)
    assert len(server.counted) == 1


@pytest.mark.parametrize("tokenizer", [None, lambda text: 0, lambda text: 3])
def test_a_server_that_cannot_count_is_not_believed(
    server: ScriptedServer, tokenizer: Callable[[str], int] | None
) -> None:
    server.tokenizer = tokenizer
    text = "word " * 1000
    assert chat(server).measure(Request(messages=(Message.of("user", text),))) >= len(text)


def test_no_text_takes_more_tokens_than_is_said(server: ScriptedServer) -> None:
    """A byte-level tokenizer makes no more tokens than bytes, after the normalisation that some apply first."""
    for text in ("plain", "1234567890", "名前を入力", "\u0958\u0958", "🙂" * 9, "e\u0301", "<|im_end|>"):
        request = Request(messages=(Message.of("user", text),))
        assert chat(server).measure(request) > len(unicodedata.normalize("NFC", text).encode())


def counts(new: Callable[[int], int]) -> Callable[[Asked], Say]:
    """A mind that counts four characters a token; `new` makes of that what its server says for the n-th request."""
    numbers = iter(range(100))

    def answer(asked: Asked) -> Say:
        size = len(json.dumps(asked.body["tools"])) + len(asked.words) + sum(len(str(m)) for m in asked.messages[:1])
        return Say(text="x", usage=(round(size / 4 * new(next(numbers))), 1))

    return answer


def test_a_room_of_4096_tokens_is_enough_where_the_server_counts(server: ScriptedServer) -> None:
    """Ollama gives no more unless it is told to; without its own count text alone would seem to fill that."""
    dialect = Qwen3VL()
    task = Message.of("user", ImagePart(pixels=random_picture(736, 1280)), "Fill in the form and send it.")
    request = Request(messages=(Message.of("system", dialect.system("Rules. " * 100)), task), tools=dialect.tools)
    server.mind = counts(lambda n: 1)
    talk = chat(server, ServerFacts(model=MODEL, context=4096))
    assert talk.measure(request) < VisionOptions(context=4096).prompt
    assert talk.measure(request) < VisionOptions(context=4096).prompt
    opening = server.asked[0].body
    assert (len(server.asked), opening["max_tokens"], len(opening["messages"])) == (2, 1, 2)
    with ScriptedServer() as other:
        other.mind = counts(lambda n: 1 if n == 0 else 0)  # one that counts only what it has not seen before
        talk = chat(other)
        assert talk.measure(request) > 5000
        assert talk.measure(request) > 5000
        assert len(other.asked) == 2


def test_what_a_prompt_took_holds_for_all_that_begin_with_it(server: ScriptedServer) -> None:
    system = Message.of("system", "You operate a computer. " * 40)
    first = Request(
        messages=(system, Message.of("user", ImagePart(pixels=random_picture(64, 64)), "Go")), tools=(TOOL,)
    )
    then = first.model_copy(
        update={"messages": (*first.messages, Message.of("assistant", "ok"), Message.of("user", "x"))}
    )
    other = first.model_copy(update={"messages": (*first.messages[:1], Message.of("user", "elsewhere"))})
    talk = chat(server)
    bound, unknown = talk.measure(first), talk.measure(other)
    server.queue(Say(text="ok", usage=(300, 2)))
    assert bound > 1000
    talk.answer(first, never())
    assert talk.measure(first) == 300
    assert 300 < talk.measure(then) < 360
    assert talk.measure(other) == unknown
    server.queue(Say(text="ok", usage=(2, 2)))  # fewer than the picture alone: a server that counts what is new
    talk.answer(first, never())
