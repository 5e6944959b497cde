"""What the doctor says: in words that name the thing and the line that mends it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from agent.chat.probe import forget
from agent.ui import doctor
from agent.ui.doctor import Check, render
from tests.scripted_server import MODEL, Eyes, ScriptedServer


def printed(*found: Check) -> str:
    out = io.StringIO()
    render(list(found), Console(file=out, width=100))
    return out.getvalue()


def test_a_missing_thing_comes_with_its_mend() -> None:
    text = printed(Check(name="jail", ok=False, detail="not installed", mend="sudo apt-get install it"))
    assert "to mend: sudo apt-get install it" in text
    assert "Not ready: jail" in text


def test_what_is_not_needed_does_not_spoil_the_verdict() -> None:
    text = printed(Check(name="browser", ok=False, detail="none", needed=False), Check(name="x", ok=True, detail="y"))
    assert "Ready" in text
    assert "Not ready" not in text


def test_a_test_that_fails_is_a_finding() -> None:
    def broken() -> Check:
        raise RuntimeError("no model")

    check = doctor._guarded("text", broken, "mend it")
    assert (check.ok, check.mend) == (False, "mend it")
    assert "no model" in check.detail


@pytest.mark.parametrize(("platform", "words"), [("darwin", "needs Linux"), ("win32", "needs Linux")])
def test_other_systems_are_told_what_works(platform: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "platform", platform)
    check = doctor.system()
    assert not check.ok
    assert words in check.detail
    assert ("WSL" in check.mend) == (platform == "win32")


def test_wayland_is_said_and_private_displays_still_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    check = doctor.desktop()
    assert not check.ok
    assert not check.needed
    assert "Private displays work" in check.detail


def test_a_display_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    assert ":4711" in doctor.desktop().detail
    monkeypatch.delenv("DISPLAY")
    assert doctor.desktop().ok


def test_traces_need_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert doctor.disk().ok


def test_a_model_server_is_tried_out() -> None:
    with ScriptedServer("vllm", Eyes()) as server:
        check = doctor.model_server(server.url)
    assert check.ok
    assert check.detail.startswith(f"{MODEL}: 32768 tokens; clicks off by 0.")
    forget()
    with ScriptedServer("vllm", Eyes(scale="pixels")) as server:
        check = doctor.model_server(server.url)
    assert not check.ok
    assert "pixels of the picture" in check.detail


@pytest.mark.display
def test_this_machine_is_ready() -> None:
    found = doctor.checks()
    assert [check for check in found if check.needed and not check.ok] == []
    assert {"jail", "private display", "mouse and keyboard", "text recognition"} <= {check.name for check in found}
