"""Trying a server out: what is found, and what is refused with which reason. The server looks at the pictures."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from agent.chat.calibration import HEIGHT, LIMIT, WIDTH, draw, fit
from agent.chat.exchange import Patience
from agent.chat.openai import OpenAIChat
from agent.chat.probe import Unfit, connect, forget
from agent.chat.server import Server
from agent.dialects.qwen3_5 import Qwen35
from agent.dialects.qwen3_vl import Qwen3VL
from agent.errors import BadInput, Stopped, TaskFailed
from agent.schema import Box, Click, Screenshot
from agent.talk import ImagePart, Message, Request
from tests.scripted_server import MODEL, Asked, Eyes, Reply, Say, ScriptedServer, Slow, Status, Style

STYLES: tuple[Style, ...] = ("vllm", "vllm-old", "sglang", "llama.cpp", "ollama")
QUICK = Patience(connect=2.0, first=5.0, between=5.0, whole=10.0, backoff=0.002, longest=0.01)
KEY = "sk-very-secret-4711"


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    forget()
    yield
    forget()


def tried(server: ScriptedServer, model: str = "", seed: int = 1) -> OpenAIChat:
    dice = random.Random(seed)
    where = Server.at(server.url, SecretStr(KEY))
    return connect(where, lambda _: Qwen3VL(), threading.Event(), model=model, patience=QUICK, dice=dice)


# ---------------------------------------------------------------- servers that can be used


@pytest.mark.parametrize("style", STYLES)
def test_each_kind_of_server_is_understood(style: Style) -> None:
    with ScriptedServer(style, Eyes()) as server:
        facts = tried(server).facts
    room = {"sglang": 40960, "llama.cpp": 16384, "ollama": 4096}.get(style, 32768)
    field = {"vllm": "reasoning", "ollama": "reasoning"}.get(style, "reasoning_content")
    assert (facts.model, facts.context, facts.reasoning, facts.calls) == (MODEL, room, field, "native")
    assert facts.tool_pictures
    assert (facts.picture_factor, facts.picture_floor) == (1.0, 0)
    assert facts.error < 0.02
    assert ("OLLAMA_CONTEXT_LENGTH=16384" in facts.line) == (style == "ollama")


@pytest.mark.parametrize("where", ["text", "thinking"])
def test_calls_that_the_server_leaves_unread_are_found(where: str) -> None:
    with ScriptedServer("vllm", Eyes(where=where)) as server:  # type: ignore[arg-type]
        assert tried(server).facts.calls == where


@pytest.mark.parametrize("where", ["native", "text", "thinking"])
def test_a_family_that_writes_its_calls_in_xml(where: str) -> None:
    with ScriptedServer("sglang", Eyes(where=where, xml=True)) as server:  # type: ignore[arg-type]
        chat = connect(Server.at(server.url), lambda _: Qwen35(), threading.Event(), patience=QUICK)
        assert chat.facts.calls == where
        forget()
        if where != "native":
            with pytest.raises(Unfit, match="tool calls can't be read"):
                tried(server)


def test_thoughts_in_the_text_are_found() -> None:
    with ScriptedServer("vllm", Eyes(tags=True)) as server:
        assert tried(server).facts.reasoning == "tags"


def test_what_was_found_is_used_and_not_asked_again() -> None:
    with ScriptedServer("vllm", Eyes()) as server:
        tried(server)
        asked = len(server.asked)
        assert asked <= 7
        talk = tried(server)
        assert len(server.asked) == asked
        chart = draw(random.Random(9))
        turns = (Message.of("user", ImagePart(pixels=chart.pixels), "Left-click the blue triangle."),)
        answer = talk.answer(Request(messages=turns, tools=Qwen3VL().tools), threading.Event())
    dialect = Qwen3VL()
    screen = Screenshot(pixels=chart.pixels, region=Box(left=0, top=0, width=WIDTH, height=HEIGHT))
    action = dialect.action(dialect.read(answer).calls[0], screen)
    assert isinstance(action, Click)
    u, v = chart.spots["blue triangle"]
    assert abs(action.point.x - u * WIDTH) < 12
    assert abs(action.point.y - v * HEIGHT) < 12


def test_a_server_that_reads_calls_only_when_told_to() -> None:
    """As vLLM without --enable-auto-tool-choice: `auto` is refused, other ways work."""
    eyes = Eyes()

    def strict(asked: Asked) -> Reply:
        choice = asked.body.get("tool_choice")
        if choice == "auto":
            return Status(400, '"auto" tool choice requires --enable-auto-tool-choice')
        return replace(eyes, where="text")(asked) if choice in ("none", None) else Status(400, "no such choice")

    with ScriptedServer("vllm", strict) as server:
        facts = tried(server).facts
    assert (facts.tool_choice, facts.calls) == ("none", "text")


@pytest.mark.parametrize(
    ("loses", "thinks", "choice"),
    [("", True, "required"), ("text", True, "auto"), ("thinking", True, "auto"), ("", False, "required")],
)
def test_calls_are_forced_only_where_it_costs_nothing(loses: str, thinks: bool, choice: str) -> None:
    eyes = Eyes(thinking="Hm." if thinks else "")

    def forced(asked: Asked) -> Reply:
        said = eyes(asked)
        lost = loses and asked.body.get("tool_choice") == "required"
        return replace(said, **{loses: ""}) if lost and isinstance(said, Say) else said

    with ScriptedServer("vllm", forced) as server:
        facts = tried(server).facts
    assert facts.tool_choice == choice
    assert facts.reasoning == ("reasoning" if thinks else "none")
    assert facts.tool_pictures


def test_pictures_that_get_lost_in_a_tools_answer_go_into_a_turn_of_the_user() -> None:
    with ScriptedServer("ollama", Eyes(unseen=("tool",))) as server:
        assert not tried(server).facts.tool_pictures


def test_pictures_that_are_refused_in_a_tools_answer_go_into_a_turn_of_the_user() -> None:
    eyes = Eyes()

    def strict(asked: Asked) -> Reply:
        return Status(400, "tool content must be a string") if asked.pictures("tool") else eyes(asked)

    with ScriptedServer("vllm", strict) as server:
        assert not tried(server).facts.tool_pictures


def test_what_pictures_really_cost_is_found() -> None:
    with ScriptedServer("llama.cpp", Eyes(floor=1024)) as server:
        facts = tried(server).facts
    assert (facts.picture_factor, facts.picture_floor) == (1.0, 1024)
    forget()
    with ScriptedServer("vllm", Eyes(patch=28)) as server:
        assert 1.2 < tried(server).facts.picture_factor < 1.4


def test_a_slip_is_forgiven_once() -> None:
    with ScriptedServer("vllm", Eyes()) as server:
        server.queue(Say(usage=None), Say(usage=None), Say(calls=(("computer_use", "{broken"),)))
        assert tried(server).facts.calls == "native"


def test_the_charts_differ_and_fit_only_their_own_scale() -> None:
    for seed in range(200):
        chart = draw(random.Random(seed))
        points = {name: (u * 1000, v * 1000) for name, (u, v) in list(chart.spots.items())[:3]}
        assert fit(points, chart)[0] == "thousand"
        pixels = {name: (u * WIDTH, v * HEIGHT) for name, (u, v) in list(chart.spots.items())[:3]}
        assert fit(pixels, chart)[0] == "pixels"
        assert fit(dict.fromkeys(points, (500.0, 500.0)), chart)[1] > LIMIT


# ---------------------------------------------------------------- servers that can't

UNFIT: dict[str, tuple[Eyes, str]] = {
    "pixels": (Eyes(scale="pixels"), "pixels of the picture, not thousandths"),
    "shares": (Eyes(scale="unit"), "shares from 0 to 1"),
    "y first": (Eyes(scale="swapped"), "y before x"),
    "points beside": (Eyes(off=0.15), "can't point"),
    "sees nothing": (Eyes(blind=True), "does not see the pictures"),
    "pictures dropped on the way": (Eyes(unseen=("user", "tool")), "does not show them to the model"),
}


@pytest.mark.parametrize("case", UNFIT, ids=str)
def test_a_server_that_fails_is_refused_with_the_reason(case: str) -> None:
    eyes, reason = UNFIT[case]
    with ScriptedServer("vllm", eyes) as server, pytest.raises(Unfit, match=reason) as caught:
        tried(server)
    assert str(caught.value).startswith("http://127.0.0.1:")
    assert KEY not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("code", [400, 500])
def test_a_model_without_eyes_is_named_as_that(code: int) -> None:
    """Some servers refuse with a 500."""
    eyes = Eyes()

    def text_only(asked: Asked) -> Reply:
        return Status(code, "image input is not supported") if asked.pictures() else eyes(asked)

    with ScriptedServer("vllm", text_only) as server, pytest.raises(Unfit, match=r"refuses pictures.*not supported"):
        tried(server)


def test_a_server_that_takes_no_tools() -> None:
    eyes = Eyes()

    def plain(asked: Asked) -> Reply:
        return Status(500, "tools param requires --jinja flag") if "tools" in asked.body else eyes(asked)

    with ScriptedServer("llama.cpp", plain) as server, pytest.raises(Unfit, match="requires --jinja flag"):
        tried(server)


def test_a_server_that_is_busy_is_not_called_blind() -> None:
    eyes = Eyes()

    def busy(asked: Asked) -> Reply:
        return Status(503, "no slot free") if asked.pictures() else eyes(asked)

    with ScriptedServer("vllm", busy) as server, pytest.raises(TaskFailed, match="no slot free") as caught:
        tried(server)
    assert "picture" not in str(caught.value)


def test_a_model_that_only_talks() -> None:
    with ScriptedServer("vllm", lambda _: Say(text="I'd click it.", usage=None)) as server:
        with pytest.raises(Unfit, match=r"no call in .*I'd click it"):
            tried(server)
        assert [asked.body["tool_choice"] for asked in server.asked[2:]] == ["auto", "required", "none"]


def test_a_model_that_never_calls_well() -> None:
    with (
        ScriptedServer("vllm", lambda _: Say(calls=(("computer_use", "{"),), usage=None)) as server,
        pytest.raises(Unfit, match="not valid JSON"),
    ):
        tried(server)


def test_a_model_that_does_something_else() -> None:
    with (
        ScriptedServer("vllm", lambda _: Say(calls=(("computer_use", {"action": "wait"}),), usage=None)) as server,
        pytest.raises(Unfit, match="asked for a click, it called"),
    ):
        tried(server)


def test_numbers_that_are_out_of_every_range() -> None:
    far = Say(calls=(("computer_use", {"action": "left_click", "coordinate": [1e300, -7]}),), usage=None)
    with ScriptedServer("vllm", lambda _: far) as server, pytest.raises(Unfit, match="miss"):
        tried(server)


def test_a_server_that_remembers_only_the_first_picture() -> None:
    eyes = Eyes()

    def forgetful(asked: Asked) -> Reply:
        if len(asked.pictures()) < 2:
            return eyes(asked)
        old = next(turn for turn in asked.messages if turn["role"] == "user")
        ask = {"role": "user", "content": "Left-click the purple diamond."}
        return eyes(Asked(asked.path, asked.headers, {**asked.body, "messages": [old, ask]}))

    with ScriptedServer("vllm", forgetful) as server, pytest.raises(Unfit, match="second step"):
        tried(server)


# ---------------------------------------------------------------- which model


def test_the_model_is_chosen() -> None:
    with ScriptedServer("ollama", Eyes(), models=("qwen3-vl:latest", "llama:latest")) as server:
        with pytest.raises(BadInput, match=r"several models.*llama:latest, qwen3-vl:latest"):
            tried(server)
        with pytest.raises(BadInput, match="no model 'qwen4'"):
            tried(server, "qwen4")
        assert tried(server, "qwen3-vl").facts.model == "qwen3-vl:latest"
        assert server.asked[0].body["model"] == "qwen3-vl:latest"


def test_names_that_are_none_are_not_offered() -> None:
    with ScriptedServer("vllm", Eyes(), models=("a\x1b[31mb", "x" * 500, "", MODEL)) as server:
        assert tried(server).facts.model == MODEL


def test_no_model_and_no_list() -> None:
    with ScriptedServer("vllm", Eyes(), models=()) as server:
        with pytest.raises(Unfit, match="names no model"):
            tried(server)
        away = Server.at(server.url.replace("/v1", "/elsewhere"))
        with pytest.raises(TaskFailed, match="404"):
            connect(away, lambda _: Qwen3VL(), threading.Event(), patience=QUICK)


def test_stop_while_trying() -> None:
    gate, stop = threading.Semaphore(0), threading.Event()

    def slow(asked: Asked) -> Reply:
        stop.set()
        return Slow(Say(text="late"), gate, silent=True)

    with ScriptedServer("vllm", slow) as server:
        with pytest.raises(Stopped):
            connect(Server.at(server.url), lambda _: Qwen3VL(), stop, patience=QUICK)
        gate.release(99)


def test_what_is_said_to_the_person_is_one_line_without_the_key() -> None:
    with ScriptedServer("llama.cpp", Eyes()) as server:
        line = tried(server).facts.line
    assert line.startswith(f"{MODEL}: 16384 tokens; clicks off by 0.")
    assert "\n" not in line
    assert KEY not in line
