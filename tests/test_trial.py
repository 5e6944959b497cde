"""`deskhand models try`: a model that sees passes, one that doesn't fails, and both are told plainly."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from agent.chat.trial import trial
from agent.dialects.qwen3_vl import Qwen3VL
from agent.perception.text import TextReader
from tests.scripted_chat import ScriptedChat, says
from tests.scripted_replies import Asked, Eyes, Reply, Say
from tests.scripted_server import ScriptedServer
from tests.test_look_model import deskhand

pytestmark = pytest.mark.model


class Reader:
    """Points by looking, and reads the word in a picture with the text recognition of the product."""

    def __init__(self, answer: str = "") -> None:
        self._reader, self._answer = TextReader(), answer

    def __call__(self, asked: Asked) -> Reply:
        if "Type the word" not in asked.words:
            return Eyes()(asked)
        word = self._answer or "".join(line.text for line in self._reader.read(asked.pictures()[-1]))
        return Say(text="Action: type it", calls=(("computer_use", {"action": "type", "text": word}),))


def test_a_model_that_sees_passes() -> None:
    with ScriptedServer("vllm", Reader()) as server:
        done = deskhand("models", "try", "--server", server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line[:2] for line in lines[:-1]] == ["ok"] * 6
    assert lines[-1].startswith("PASS")


def test_one_wrong_answer_is_enough_to_fail() -> None:
    with ScriptedServer("vllm", Reader("WRONG")) as server:
        done = deskhand("models", "try", "--server", server.url, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], [t["ok"] for t in told["tries"]]) == (1, False, [True] * 5 + [False])
    assert "'WRONG' for" in told["tries"][-1]["said"]


def test_a_server_that_does_not_fit_fails_with_its_reason() -> None:
    with ScriptedServer("vllm", Eyes(scale="pixels")) as server:
        done = deskhand("models", "try", "--server", server.url)
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "FAIL")
    assert "pixels of the picture" in done.stdout


def test_whatever_a_model_says_instead_is_told() -> None:
    said = [
        "no call",
        says("go", action="wait", time=1),
        "<tool_call>{</tool_call>",
        says("go", action="key", keys=["a"]),
    ]
    tries = list(trial(ScriptedChat([*said, says("type", action="type", text="x")]), Qwen3VL(), threading.Event()))
    told = ["no tool call", "another action: wait", "not valid JSON", "another action: press_keys", "'x' for"]
    assert [(t.ok, words in t.said) for t, words in zip(tries, told, strict=True)] == [(False, True)] * 5


def test_a_folder_that_is_no_model_is_bad_input(tmp_path: Path) -> None:
    done = deskhand("models", "try", str(tmp_path))
    assert (done.returncode, "config.json" in done.stderr) == (2, True)
