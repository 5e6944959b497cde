"""The transport to model servers: every shape of answer, every way to fail, over real HTTP on loopback."""

from __future__ import annotations

import json
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from agent.chat.ask import retry_seconds
from agent.chat.exchange import Patience
from agent.chat.facts import ServerFacts
from agent.chat.openai import OpenAIChat
from agent.chat.server import KEY_VARIABLE, Server
from agent.chat.stream import Assembly, Events
from agent.errors import BadInput, Missing, Stopped, TaskFailed
from agent.talk import Delta, ImagePart, Message, Request, Sampling, TextPart, Tool, ToolCall
from tests.scripted_server import MODEL, Cut, Raw, Reply, Say, ScriptedServer, Slow, Status, Style

STYLES: tuple[Style, ...] = ("vllm", "vllm-old", "sglang", "llama.cpp", "ollama")
QUICK = Patience(connect=2.0, first=5.0, between=5.0, whole=10.0, backoff=0.002, longest=0.01)
KEY = "sk-very-secret-4711"
TOOL = Tool(name="computer_use", description="Use it.", parameters={"type": "object", "properties": {}})
CLICK = ("computer_use", {"action": "left_click", "coordinate": [300, 700]})
ASK = Request(messages=(Message.of("user", "Click the button"),), tools=(TOOL,))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def chat(server: ScriptedServer, facts: ServerFacts | None = None, wait: Patience = QUICK, key: str = "") -> OpenAIChat:
    return OpenAIChat(Server.at(server.url, SecretStr(key)), facts or ServerFacts(model=MODEL), wait)


def never() -> threading.Event:
    return threading.Event()


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("style", STYLES)
def test_an_answer_in_each_servers_shape(style: Style) -> None:
    with ScriptedServer(style) as server:
        server.queue(Say(thinking="Das Gerät: 按钮 🙂 below.", text="Action: click.\n", calls=(CLICK,)))
        heard: list[Delta] = []
        talk = chat(server)
        answer = talk.answer(ASK, never(), heard.append)
    assert answer.thinking == "Das Gerät: 按钮 🙂 below."
    assert answer.text == "Action: click.\n"
    assert answer.calls == (ToolCall(name=CLICK[0], arguments=CLICK[1]),)
    assert answer.finish == "calls"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (100, 20)
    assert "".join(d.text for d in heard if d.kind == "thinking") == answer.thinking
    assert "".join(d.text for d in heard if d.kind == "text") == answer.text
    assert 0 < answer.usage.first_token_seconds < 5
    assert talk.fields


@pytest.mark.parametrize("style", STYLES)
def test_two_calls_stay_two(style: Style) -> None:
    """Some servers give every call the index 0."""
    second = ("image_zoom_in_tool", {"bbox_2d": [1, 2, 3, 4], "label": "x"})
    with ScriptedServer(style) as server:
        server.queue(Say(calls=(CLICK, second)))
        answer = chat(server).answer(ASK, never())
    assert [(call.name, call.arguments) for call in answer.calls] == [CLICK, second]


@pytest.mark.parametrize("where", ["text", "thinking"])
def test_a_call_that_the_server_left_unread_stays_where_it_is(server: ScriptedServer, where: str) -> None:
    server.queue(Say(thinking="So.", calls=(CLICK,), where=where))  # type: ignore[arg-type]
    answer = chat(server).answer(ASK, never())
    assert answer.calls == ()
    assert "<tool_call>" in getattr(answer, where)


@pytest.mark.parametrize(
    "arguments", ['{"action": "left_click", "coordinate": [3', "[1, 2]", '{"a": NaN}', "{}}", '"x"']
)
def test_a_malformed_call_is_the_models_mistake(server: ScriptedServer, arguments: str) -> None:
    server.queue(Say(text="Now.", calls=(("computer_use", arguments),), finish="length"))
    answer = chat(server).answer(ASK, never())
    assert answer.calls == ()
    assert arguments in answer.text
    assert answer.text.startswith("Now.\n<tool_call>")
    assert answer.finish == "length"


def test_a_server_that_does_not_stream_is_heard(server: ScriptedServer) -> None:
    server.queue(Say(thinking="Hm.", text="Done.", calls=(CLICK,), whole=True))
    heard: list[Delta] = []
    answer = chat(server).answer(ASK, never(), heard.append)
    assert (answer.thinking, answer.text, len(answer.calls)) == ("Hm.", "Done.", 1)
    assert [d.text for d in heard] == ["Hm.", "Done."]


# ---------------------------------------------------------------- what is sent


def test_what_is_sent_and_in_which_order(server: ScriptedServer) -> None:
    picture = random_picture(64, 96)
    after = random_picture(96, 64)
    request = Request(
        messages=(
            Message.of("system", "Be brief."),
            Message.of("user", ImagePart(pixels=picture), "Click ", "the button"),
            Message(
                role="assistant",
                parts=(TextPart(text="Action: click."),),
                thinking="It is below.",
                calls=(ToolCall(name="computer_use", arguments={"text": "按"}),),
            ),
            Message.of("tool", "Clicked.", ImagePart(pixels=after)),
        ),
        tools=(TOOL,),
        sampling=Sampling(temperature=0.6, top_p=0.95, top_k=20, presence_penalty=1.5, seed=7, max_tokens=99),
        thinking=False,
    )
    server.queue(Say(text="ok"), Say(text="ok"))
    chat(server, ServerFacts(model=MODEL, reasoning="reasoning_content")).answer(request, never())
    asked = server.asked[0]
    system, user, assistant, tool = asked.messages
    assert system == {"role": "system", "content": "Be brief."}
    assert [part["type"] for part in user["content"]] == ["image_url", "text", "text"]
    assert np.array_equal(asked.pictures("user")[0], picture)
    assert np.array_equal(asked.pictures("tool")[0], after)
    assert assistant["reasoning_content"] == "It is below."
    assert json.loads(assistant["tool_calls"][0]["function"]["arguments"]) == {"text": "按"}
    assert tool["tool_call_id"] == assistant["tool_calls"][0]["id"]
    sampled = {name: asked.body[name] for name in ("temperature", "top_p", "top_k", "presence_penalty", "seed")}
    assert sampled == {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "presence_penalty": 1.5, "seed": 7}
    assert asked.body["max_tokens"] == 99
    assert asked.body["chat_template_kwargs"] == {"enable_thinking": False}
    assert "Authorization" not in asked.headers

    chat(server, ServerFacts(model=MODEL, tool_pictures=False, reasoning="tags")).answer(request, never())
    assistant, tool, shown = server.asked[1].messages[2:]
    assert assistant["content"] == "<think>\nIt is below.\n</think>\n\nAction: click."
    assert tool["content"] == "Clicked."
    assert shown["role"] == "user"
    assert np.array_equal(server.asked[1].pictures("user")[1], after)


def test_an_answer_to_a_call_that_was_none_is_a_turn_of_the_user(server: ScriptedServer) -> None:
    turns = (Message.of("user", "Go"), Message.of("assistant", "<tool_call>{"), Message.of("tool", "That is no JSON."))
    server.queue(Say(text="ok"))
    chat(server).answer(Request(messages=turns), never())
    assert [turn["role"] for turn in server.asked[0].messages] == ["user", "assistant", "user"]


def test_fields_that_a_server_refuses_are_left_out_from_then_on(server: ScriptedServer) -> None:
    server.refuses = {"top_k": "Extra inputs are not permitted: top_k"}
    server.queue(Say(text="one"), Say(text="two"))
    talk = chat(server)
    request = ASK.model_copy(update={"sampling": Sampling(top_k=20, seed=1)})
    assert talk.answer(request, never()).text == "one"
    assert talk.facts.unsent == {"top_k"}
    assert talk.answer(request, never()).text == "two"
    assert len(server.asked) == 3
    assert "seed" in server.asked[2].body


def test_a_refusal_that_is_about_something_else_is_told_as_it_is(server: ScriptedServer) -> None:
    server.refuses = {"messages": "the prompt is longer than the model's 4096 tokens"}
    talk = chat(server)
    with pytest.raises(TaskFailed, match="400: the prompt is longer"):
        talk.answer(ASK, never())
    assert talk.facts.unsent == frozenset()


# ---------------------------------------------------------------- a server in trouble


def test_a_busy_server_is_asked_again(server: ScriptedServer) -> None:
    server.queue(Status(429, "busy", {"Retry-After": "0"}), Status(503, "loading"), Status(500, "oops"), Say(text="ok"))
    assert chat(server).answer(ASK, never()).text == "ok"
    assert len(server.asked) == 4


def test_a_server_that_stays_busy_fails_the_task_with_its_own_words(server: ScriptedServer) -> None:
    server.mind = lambda _: Status(503, "no slot\x1b[31m free")
    with pytest.raises(TaskFailed, match=r"answered 503: no slot \[31m free \(8 times\)") as caught:
        chat(server).answer(ASK, never())
    assert server.url.removesuffix("/v1") in str(caught.value)
    assert len(server.asked) == QUICK.attempts


def test_a_wait_that_is_too_long_is_told_and_not_waited(server: ScriptedServer) -> None:
    server.queue(Status(429, "quota", {"Retry-After": "3600"}))
    with pytest.raises(TaskFailed, match="asks to come back in 3600 s"):
        chat(server).answer(ASK, never())


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_seconds("7") == 7
    assert retry_seconds("") is None
    assert retry_seconds("soon") is None
    assert 50 < (retry_seconds(formatdate(time.time() + 60, usegmt=True)) or 0) <= 61
    assert retry_seconds(formatdate(time.time() - 60, usegmt=True)) == 0


def test_a_refusal_is_not_asked_again(server: ScriptedServer) -> None:
    server.queue(Status(413, "too large"))
    with pytest.raises(TaskFailed, match="413: too large"):
        chat(server).answer(ASK, never())
    assert len(server.asked) == 1


def test_a_proxys_page_is_not_repeated(server: ScriptedServer) -> None:
    server.queue(Status(404, "<h1>Not here</h1>", page=True))
    with pytest.raises(TaskFailed, match="answered 404: is the address right") as caught:
        chat(server).answer(ASK, never())
    assert "html" not in str(caught.value)


def test_redirects_are_not_followed(server: ScriptedServer) -> None:
    server.queue(Status(307, "", {"Location": server.url + "/elsewhere"}))
    with pytest.raises(TaskFailed, match="redirects are not followed"):
        chat(server).answer(ASK, never())
    assert len(server.asked) == 1


@pytest.mark.parametrize("cut", [Cut(Say(text="half an answer"), 2), Cut(Say(text="half an answer"), 2, inside=True)])
def test_a_cut_stream_is_asked_once_more(server: ScriptedServer, cut: Cut) -> None:
    server.queue(cut, Say(text="whole"))
    assert chat(server).answer(ASK, never()).text == "whole"
    server.queue(cut, cut)
    with pytest.raises(TaskFailed, match=r"127\.0\.0\.1.*twice"):
        chat(server).answer(ASK, never())
    assert len(server.asked) == 4


def test_a_connection_that_closes_before_the_first_byte_is_tried_again(server: ScriptedServer) -> None:
    server.queue(Cut(Say(), 0), Cut(Say(), 0), Say(text="ok"))
    assert chat(server).answer(ASK, never()).text == "ok"


def test_an_answer_that_ends_without_its_last_line_counts(server: ScriptedServer) -> None:
    """The finish reason says that it is complete, also where the marks behind it are lost."""
    server.queue(Cut(Say(text="all", usage=None), 3))
    assert chat(server).answer(ASK, never()).text == "all"


def test_an_error_in_the_middle_of_a_stream(server: ScriptedServer) -> None:
    late = b'data: {"error": {"message": "CUDA out of memory", "code": 500}}\n\n'
    server.queue(Raw(late), Say(text="ok"))
    assert chat(server).answer(ASK, never()).text == "ok"
    server.queue(Raw(late), Raw(late))
    with pytest.raises(TaskFailed, match="failed twice: CUDA out of memory"):
        chat(server).answer(ASK, never())
    server.queue(Raw(b'data: {"error": {"message": "too long", "code": 400}}\n\n'))
    with pytest.raises(TaskFailed, match="failed: too long"):
        chat(server).answer(ASK, never())


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    talk = OpenAIChat(Server.at(f"http://127.0.0.1:{port}"), ServerFacts(model=MODEL), QUICK)
    with pytest.raises(TaskFailed, match="nothing answers there"):
        talk.answer(ASK, never())


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


def test_what_speaks_no_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            for _ in range(QUICK.knocks):
                client, _ = listener.accept()
                with client:
                    client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                    client.recv(65536)

        speaker = threading.Thread(target=speak, daemon=True)
        speaker.start()
        talk = OpenAIChat(Server.at(f"http://127.0.0.1:{listener.getsockname()[1]}"), ServerFacts(model=MODEL), QUICK)
        with pytest.raises(TaskFailed, match=r"no HTTP|was closed"):
            talk.answer(ASK, never())
        speaker.join()


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


def stopped_after(server: ScriptedServer, started: Callable[[list[Delta]], bool], wait: Patience = QUICK) -> float:
    """Seconds from `stop` to Stopped, once `started` holds."""
    heard: list[Delta] = []
    stop = threading.Event()
    ended: list[float | BaseException] = []

    def run() -> None:
        try:
            chat(server, wait=wait).answer(ASK, stop, heard.append)
        except Stopped:
            ended.append(time.monotonic())
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    due = time.monotonic() + 5
    while not started(heard) and time.monotonic() < due:
        time.sleep(0.005)
    begun = time.monotonic()
    stop.set()
    thread.join(5)
    assert ended
    assert isinstance(ended[0], float), ended
    return ended[0] - begun


def test_stop_in_the_middle_of_an_answer(server: ScriptedServer) -> None:
    gate = threading.Semaphore(3)
    server.queue(Slow(Say(thinking="I think and think and think and never come to an end."), gate))
    assert stopped_after(server, lambda heard: len(heard) >= 2) < 0.2
    assert server.dropped.wait(5), "the server still works for nobody"


def test_stop_before_the_first_byte(server: ScriptedServer) -> None:
    gate = threading.Semaphore(0)
    server.queue(Slow(Say(text="late"), gate, silent=True))
    assert stopped_after(server, lambda _: bool(server.asked)) < 0.2
    gate.release(99)


def test_stop_while_waiting_for_a_busy_server(server: ScriptedServer) -> None:
    server.queue(Status(429, "busy", {"Retry-After": "50"}))
    assert stopped_after(server, lambda _: bool(server.asked)) < 0.2


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
def test_a_key_does_not_travel_unencrypted(host: str) -> None:
    with pytest.raises(BadInput, match="unencrypted") as caught:
        Server.at(f"http://{host}/v1", SecretStr(KEY))
    assert KEY not in str(caught.value)
    assert Server.at(f"http://{host}/v1", SecretStr(KEY), plain_key=True).host == host
    assert Server.at(f"https://{host}/v1", SecretStr(KEY)).secure


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
        gate = threading.Semaphore(3)
        server.queue(Slow(Say(thinking="I think and think and think."), gate))
        assert stopped_after(server, lambda heard: len(heard) >= 2) < 0.2
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


def test_what_a_prompt_took_holds_for_all_that_begin_with_it(server: ScriptedServer) -> None:
    system = Message.of("system", "You operate a computer. " * 40)
    first = Request(
        messages=(system, Message.of("user", ImagePart(pixels=random_picture(64, 64)), "Go")), tools=(TOOL,)
    )
    then = first.model_copy(
        update={"messages": (*first.messages, Message.of("assistant", "ok"), Message.of("user", "x"))}
    )
    other = first.model_copy(update={"messages": (*first.messages[:1], Message.of("user", "elsewhere"))})
    server.queue(Say(text="ok", usage=(300, 2)))
    talk = chat(server)
    bound, unknown = talk.measure(first), talk.measure(other)
    assert bound > 1000
    talk.answer(first, never())
    assert talk.measure(first) == 300
    assert 300 < talk.measure(then) < 360
    assert talk.measure(other) == unknown
    server.queue(Say(text="ok", usage=(2, 2)))  # fewer than the picture alone: a server that counts what is new
    talk.answer(first, never())
    assert talk.measure(first) == 300
