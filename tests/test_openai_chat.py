"""The transport to model servers: every shape of answer and what is sent, over real HTTP on loopback."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import numpy as np
import pytest

from agent.chat.ask import retry_seconds
from agent.chat.facts import ServerFacts
from agent.chat.openai import OpenAIChat
from agent.chat.server import Server
from agent.errors import TaskFailed
from agent.talk import Delta, ImagePart, Message, Request, Sampling, TextPart, ToolCall
from tests.scripted_server import MODEL, Cut, Raw, Say, ScriptedServer, Status, Style
from tests.talking import ASK, CLICK, QUICK, STYLES, TOOL, chat, never


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


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


@pytest.mark.parametrize(
    ("known", "must", "sent"),
    [("auto", True, "auto"), ("required", True, "required"), ("required", False, "auto"), ("none", True, "none")],
)
def test_a_call_is_forced_only_where_one_is_wanted(server: ScriptedServer, known: Any, must: bool, sent: str) -> None:
    server.queue(Say(text="ok"))
    request = ASK.model_copy(update={"must_call": must})
    chat(server, ServerFacts(model=MODEL, tool_choice=known)).answer(request, never())
    assert server.asked[0].body["tool_choice"] == sent


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


def random_picture(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)
