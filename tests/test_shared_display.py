"""A desktop that a person shares with a run: stopping at once, their own mouse, taking over, the window in front."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from Xlib import X
from Xlib.ext import xtest
from Xlib.protocol import event

from agent.app import Run, RunOptions
from agent.brake import Brake
from agent.config import Settings
from agent.events import Event, PersonActed, Stepped
from agent.gate import Request
from agent.schema import Action, Approval, Click, Result, TypeText
from bench.stop import KINDS, WAYS, Desk, Kind, Way, stop_once

pytestmark = pytest.mark.display

TEXT = "The quick brown fox jumps over the lazy dog. " * 40


@pytest.fixture
def desk() -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(stack)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_lets_go_of_everything_and_types_nothing_more(desk: Desk, kind: Kind, way: Way) -> None:
    told = stop_once(desk, kind, way, random.uniform(0, 1.5))
    assert told.faults == []


class Person:
    """Answers yes and hands back at once; does what it was given before either."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.whys: list[str] = []
        self.at_question: Callable[[], None] = lambda: None
        self.in_charge: Callable[[], None] = lambda: None

    def approve(self, request: Request) -> Approval:
        self.asked.append(request)
        self.at_question()
        return Approval(decision="approve", by="person")

    def by_hand(self, why: str) -> Action | None:
        self.whys.append(why)
        self.in_charge()
        return None


class Shared:
    """A run in this process on a desk, with a person who may use mouse and keyboard of their own (XTEST here)."""

    def __init__(self, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XAUTHORITY", str(desk.display.xauthority))
        self.desk, self.folder, self.person = desk, tmp_path, Person()
        self.events: list[Event] = []
        self.on: Callable[[Event], None] = lambda told: None
        self.brake = Brake()

    def run(self, *actions: dict[str, Any], asks: bool = False) -> Result:
        script = self.folder / "script.json"
        script.write_text(json.dumps([{"action": action, "expectation": {"kind": "none"}} for action in actions]))
        policy = "version: 1\nrules:\n"
        policy += "  - name: typing\n    effect: ask\n    match: {actions: [type_text]}\n" * asks
        policy += "  - name: rest\n    effect: allow\n    match: any\n"
        (self.folder / "policy.yaml").write_text(policy)
        options = RunOptions(
            task="x",
            display=self.desk.display.name,
            planner="scripted",
            script=script,
            policy=str(self.folder / "policy.yaml"),
            trace=self.folder / "trace",
        )
        with Run(options, Settings(), self.person, [self._hear], self.brake) as session:
            return session.go()

    def _hear(self, told: Event) -> None:
        self.events.append(told)
        self.on(told)

    def outcomes(self) -> list[str]:
        return [told.outcome.status for told in self.events if isinstance(told, Stepped)]

    def click(self, x: int, y: int) -> None:
        display = self.desk.x
        xtest.fake_input(display, X.MotionNotify, x=x, y=y)
        for kind in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(display, kind, 1)
            display.sync()
            time.sleep(0.02)

    def type(self, *codes: int) -> None:
        for code in codes:
            for kind in (X.KeyPress, X.KeyRelease):
                xtest.fake_input(self.desk.x, kind, code)
        self.desk.x.sync()

    def typed(self) -> str:
        return self.desk.typed.read_text("utf-8")

    def active(self) -> int:
        root = self.desk.x.screen().root
        found = root.get_full_property(self.desk.x.intern_atom("_NET_ACTIVE_WINDOW"), X.AnyPropertyType)
        return found.value[0] if found is not None and len(found.value) else 0

    def activate(self, window: int) -> None:
        """Bring a window to the front, as a click on a task bar does."""
        display = self.desk.x
        handle = display.create_resource_object("window", window)
        kind = display.intern_atom("_NET_ACTIVE_WINDOW")
        message = event.ClientMessage(window=handle, client_type=kind, data=(32, [2, X.CurrentTime, 0, 0, 0]))
        display.screen().root.send_event(message, event_mask=X.SubstructureRedirectMask)
        display.sync()
        until(lambda: self.active() == window)

    def other_window(self, stack: ExitStack) -> Path:
        """Another window, in front now; the file holds what was typed into it."""
        typed, before = self.folder / f"other{time.monotonic_ns()}", self.active()
        command = f"stty raw -echo; printf 'a terminal: '; cat > {typed}"
        arguments = ["xterm", "-geometry", "40x5+800+600", "-e", "sh", "-c", command]
        window = subprocess.Popen(arguments, env=self.desk.env)
        stack.callback(window.wait)
        stack.callback(window.kill)
        until(lambda: typed.exists() and self.active() not in (0, before))
        return typed


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


@pytest.fixture
def shared(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shared:
    return Shared(desk, tmp_path, monkeypatch)


CAPTURED: Any = {"stdout": subprocess.PIPE, "text": True, "check": True}
FOCUS = {"kind": "click", "point": {"x": 400, "y": 300}}
LONG = {"kind": "type_text", "text": TEXT}
SHORT = {"kind": "type_text", "text": "hello"}
DONE = {"kind": "done"}
A, B = 38, 56
"""Keycodes of two letters."""


def test_the_persons_own_mouse_pauses_and_what_they_do_is_in_the_trace(shared: Shared) -> None:
    def meddle(told: Event) -> None:
        if told.kind == "acting" and told.permit.action.kind == "type_text" and not shared.person.whys:
            threading.Timer(0.4, lambda: shared.click(500, 200)).start()

    def in_charge() -> None:
        time.sleep(0.3)
        shared.click(420, 220)
        shared.type(A, B, A)
        time.sleep(0.3)

    shared.on, shared.person.in_charge = meddle, in_charge
    result = shared.run(FOCUS, LONG, SHORT, DONE)
    assert result.status == "done"
    assert shared.outcomes() == ["ok", "stale", "ok"]
    assert len(shared.person.whys) == 1
    assert "mouse" in shared.person.whys[0]
    acted = [told.action for told in shared.events if isinstance(told, PersonActed)]
    clicks = [(act.point.x, act.point.y) for act in acted if isinstance(act, Click)]
    assert (420, 220) in clicks
    assert [act.text for act in acted if isinstance(act, TypeText)] == ["•••"]
    # A hash may well hold these letters: they must not stand in anything that was told.
    told = [event.model_dump_json(exclude={"screenshot"}) for event in shared.events if isinstance(event, PersonActed)]
    stored = re.sub(r'"[0-9a-f]{64}"', '""', (shared.folder / "trace" / "events.jsonl").read_text("utf-8"))
    assert not any("aba" in text for text in (*told, stored))
    until(lambda: shared.typed().endswith("abahello"))
    assert len(shared.typed()) < len(TEXT)


def test_a_stop_does_not_wait_for_an_application_that_shows_nothing(tmp_path: Path) -> None:
    options = RunOptions(task="Click OK.", program="sleep 100", trace=tmp_path / "trace")
    with Run(options, Settings(start_limit=90), Person()) as session:
        threading.Timer(4, session.stop).start()
        began = time.monotonic()
        assert session.go().status == "stopped"
    assert time.monotonic() - began < 60


def test_a_listener_that_dies_is_told(shared: Shared) -> None:
    """The run does not go on as if the stop keys were still heard."""
    killed: list[int] = []

    def kill(told: Event) -> None:
        if told.kind == "acting" and not killed:
            found = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "agent.record.listener"], **CAPTURED)
            killed.append(max(map(int, found.stdout.split())))  # the run's own was started after the desk's
            os.kill(killed[0], signal.SIGKILL)

    shared.on = kill
    assert shared.run(FOCUS, {"kind": "wait", "seconds": 0.5}, SHORT, DONE).status == "done"
    assert len(shared.person.whys) == 1
    assert "Ctrl+C still stops" in shared.person.whys[0]


def test_an_answer_given_in_another_window_is_no_interference_and_nothing_is_typed_there(shared: Shared) -> None:
    """The window was there at the look: it gives way again to the one that the text is for."""
    with ExitStack() as stack:
        form = shared.active()
        typed = shared.other_window(stack)
        terminal = shared.active()
        shared.activate(form)

        def answer() -> None:
            shared.activate(terminal)
            shared.type(A)

        shared.person.at_question = answer
        result = shared.run(FOCUS, SHORT, DONE, asks=True)
        assert result.status == "done"
        assert shared.outcomes() == ["ok", "ok"]
        assert shared.person.whys == []
        until(lambda: shared.typed() == "hello")
        assert typed.read_text() == "a"


def test_a_window_that_opened_under_the_question_gets_nothing(shared: Shared) -> None:
    with ExitStack() as stack:
        opened: list[Path] = []
        shared.person.at_question = lambda: opened.append(shared.other_window(stack))
        result = shared.run(FOCUS, SHORT, DONE, asks=True)
        assert result.status == "done"
        assert shared.outcomes() == ["ok", "stale"]
        time.sleep(0.3)  # were it typed, it would be here by now
        assert (shared.typed(), opened[0].read_text()) == ("", "")
