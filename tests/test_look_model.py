"""`ground --planner vision` and `see --describe` with a model behind real HTTP that looks at the pictures it gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.scripted_replies import Asked, Eyes, Reply, Say
from tests.scripted_server import ScriptedServer

pytestmark = pytest.mark.model

TARGET = (1612, 344)


class Beholder:
    """Passes the trial by looking; then finds the red dot in whatever picture it is shown, if there is one."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, asked: Asked) -> Reply:
        if "Describe this screen" in asked.words:
            return Say(text="An empty page with a red dot.", thinking="Let me see.")
        if "nothing else: the dot" not in asked.words:
            return Eyes()(asked)
        self.looks += 1
        picture = asked.pictures()[-1].astype(np.int16)
        red = np.argwhere((picture[..., 0] > 180) & (picture[..., 1] < 90) & (picture[..., 2] < 90))
        if not len(red):
            return Say(text="There is no dot.")
        y, x = red.mean(axis=0)
        place = [round(1000 * x / picture.shape[1]), round(1000 * y / picture.shape[0])]
        return Say(text="Action: click it", calls=(("computer_use", {"action": "left_click", "coordinate": place}),))


def deskhand(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("DESKHAND_")}
    command = [sys.executable, "-m", "agent.ui.cli", *arguments]
    return subprocess.run(command, env=clean, capture_output=True, text=True, timeout=120)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    picture = np.full((1080, 1920, 3), 255, np.uint8)
    cv2.circle(picture, TARGET, 6, (30, 30, 220), -1)
    cv2.imwrite(str(tmp_path / "page.png"), picture)
    return tmp_path / "page.png"


def test_a_small_thing_is_found_by_looking_twice(page: Path) -> None:
    with ScriptedServer("vllm") as server:
        server.mind = beholder = Beholder()
        done = deskhand("ground", str(page), "the dot", "--planner", "vision", "--server", server.url, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert np.hypot(answer["point"][0] - TARGET[0], answer["point"][1] - TARGET[1]) < 5
    assert (answer["source"], answer["abstained"], beholder.looks) == ("zoom", False, 2)


def test_what_the_model_does_not_see_is_no_point(page: Path) -> None:
    cv2.imwrite(str(page), np.full((600, 800, 3), 255, np.uint8))
    with ScriptedServer("vllm") as server:
        server.mind = Beholder()
        done = deskhand("ground", str(page), "the dot", "--planner", "vision", "--server", server.url, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["abstained"]


def test_a_screen_is_described(page: Path) -> None:
    with ScriptedServer("llama.cpp") as server:
        server.mind = Beholder()
        done = deskhand("see", str(page), "--describe", "--server", server.url, "--json")
    assert json.loads(done.stdout) == {"size": [1920, 1080], "description": "An empty page with a red dot."}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ground", "IMAGE", "x", "--planner", "magic"], "choose one of embedded, vision"),
        (["ground", "IMAGE", "x", "--server", "http://127.0.0.1:9"], "of --planner vision"),
        (["see", "IMAGE", "--model", "m"], "of --describe"),
        (["see", "IMAGE", "--describe", "--model", "./nowhere"], "there is no such folder"),
    ],
)
def test_bad_input_is_named(page: Path, arguments: list[str], words: str) -> None:
    done = deskhand(*(str(page) if a == "IMAGE" else a for a in arguments))
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
