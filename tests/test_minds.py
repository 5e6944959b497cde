"""From what a person named to a model that can be asked; what is said where there is none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from agent import app
from agent.chat.probe import forget
from agent.config import Settings, load_settings
from agent.errors import BadInput, DeskhandError
from agent.gate import NobodyApprover
from agent.minds import open_local, open_server
from tests.scripted_replies import Eyes
from tests.scripted_server import ScriptedServer


def test_a_model_is_named_for_the_planner_that_has_one() -> None:
    for options in (app.RunOptions(task="x", model="m"), app.RunOptions(task="x", server="http://127.0.0.1:1")):
        with app.Run(options, Settings(), NobodyApprover()) as run, pytest.raises(BadInput, match="--planner vision"):
            run.go()


def test_a_folder_that_is_no_model_is_said_before_anything_starts(tmp_path: Path) -> None:
    options = app.RunOptions(task="x", planner="vision", model=str(tmp_path), program="true", trace=tmp_path / "trace")
    with app.Run(options, Settings(), NobodyApprover()) as run, pytest.raises(DeskhandError):
        run.go()
    assert not (tmp_path / "trace").exists()
    with pytest.raises(DeskhandError):
        open_local(str(tmp_path), Settings())


def test_what_is_no_server_is_said() -> None:
    with pytest.raises(BadInput):
        open_server("ftp://example.org", "", Settings(), threading.Event())


@pytest.mark.parametrize(("asked", "got"), [(None, 16384), (9000, 9000), (100_000, 16384)])
def test_the_context_is_what_both_sides_have(asked: int | None, got: int) -> None:
    forget()
    with ScriptedServer("llama.cpp", Eyes()) as server:
        mind = open_server(server.url, "", Settings(context=asked, thinking=False), threading.Event())
    assert mind.options.context == got
    assert not mind.options.thinking
    assert mind.dialect.name == "qwen3_vl"
    assert mind.about.startswith("http://127.0.0.1:")
    assert mind.warning == ""
    forget()


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_CONTEXT", "lots")
    with pytest.raises(BadInput, match="DESKHAND_CONTEXT=lots"):
        load_settings()
