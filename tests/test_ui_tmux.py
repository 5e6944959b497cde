"""`deskhand run --ui` in a real terminal, on a real form: what the person answers is what its server gets."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.schema import Outcome
from agent.trace import TraceReader
from tests.pages import PageServer

pytestmark = [pytest.mark.display, pytest.mark.timeout(400)]

ROOT = Path(__file__).parent.parent
FORM = """<!doctype html><meta charset=utf-8><title>Visitors</title>
<style>label, input, button { position: absolute; font: 20px sans-serif; box-sizing: border-box }</style>
<form method=post action=/sent>
<label for=name style="left:100px;top:70px">Name</label>
<input id=name name=name style="left:100px;top:100px;width:400px;height:40px" autocomplete=off>
<button style="left:100px;top:200px;width:160px;height:44px">Send</button>
</form>"""
FIELD, SEND = {"x": 300, "y": 120}, {"x": 180, "y": 222}
SCRIPT = [
    {"kind": "click", "point": FIELD},
    {"kind": "type_text", "text": "Ada", "replace": True},
    {"kind": "click", "point": SEND},
    {"kind": "click", "point": SEND},
    {"kind": "press_keys", "keys": ["ctrl", "p"]},
]


class Tmux:
    """A program in a terminal of 120x40, with a server of its own."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._socket = str(folder / "tmux")
        line = f"cd {shlex.quote(str(ROOT))}; {shlex.join(command)}; echo EXIT=$?; exec sleep 600"
        self._do("-f", "/dev/null", "new-session", "-d", line)
        self.resize(120, 40)

    def shows(self) -> str:
        return self._do("capture-pane", "-p")

    def until(self, *words: str, gone: str = "", seconds: float = 120) -> str:
        """What the terminal shows once all the words are on it; fails with what it shows instead."""
        return self.when(lambda text: all(w in text for w in words) and (not gone or gone not in text), seconds)

    def when(self, there: Callable[[str], object], seconds: float = 120) -> str:
        end = time.monotonic() + seconds
        while not there(text := self.shows()):
            if time.monotonic() > end:
                pytest.fail(f"it shows\n{text}")
            time.sleep(0.1)
        return text

    def press(self, *keys: str) -> None:
        self._do("send-keys", *keys)

    def type(self, text: str) -> None:
        self._do("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        self._do("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        self._do("kill-server")

    def _do(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer(pages={"form.html": FORM}) as served:
        yield served


@pytest.fixture
def run(tmp_path: Path, server: PageServer) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    script = tmp_path / "script.json"
    script.write_text(json.dumps(SCRIPT))
    options = ["--planner", "scripted", "--script", str(script), "--policy", "standard", "--url"]
    command = [sys.executable, "-m", "agent.ui.cli", "run", "Fill in the visitors' form", *options]
    tmux = Tmux(tmp_path, [*command, server.url("form.html"), "--ui", "--trace", str(tmp_path / "trace")])
    yield tmux
    tmux.close()


DEAD = "keys wait a moment"


def test_approve_edit_reject_and_stop(run: Tmux, server: PageServer, tmp_path: Path) -> None:
    run.until("type 3 characters", "Ada", "reject", gone=DEAD)
    run.press("e")
    run.until("Enter sends")
    run.press("C-u")
    run.type("Eve")
    run.until("Eve")
    run.press("Enter")
    run.until("needs", "Eve", "reject", gone=DEAD)  # judged again, so asked again
    assert server.submissions == []
    run.press("a")

    run.until("click", "Send", "needs", "reject", gone=DEAD)
    run.press("r")
    run.until("Enter sends")
    run.type("not yet")
    run.until("not yet")
    run.press("Enter")
    run.when(lambda text: _rejected(tmp_path / "trace") and "needs" in text and DEAD not in text)
    assert server.submissions == []
    run.resize(80, 24)
    run.until("needs", "reject", gone=DEAD)
    run.press("a")
    assert server.wait_submission(timeout=60) == [{"name": "Eve"}]

    run.until("ctrl+p", "needs", gone=DEAD)
    run.press("s")
    run.until("the person stopped the run", gone="e edit")
    run.press("q")
    text = run.until("EXIT=")
    assert re.search(r"EXIT=3\b", text), text
    assert "stopped" in text
    decided = [(one.decision, one.by, one.reason) for one in _answers(tmp_path / "trace")]
    assert [one[:2] for one in decided] == [
        ("modify", "person"),
        ("reject", "person"),
        ("approve", "person"),
        ("stop", "person"),
    ], decided
    assert "not yet" in decided[1][2]
    assert server.submissions == [{"name": "Eve"}]
    assert TraceReader(tmp_path / "trace").verify() == []


def test_a_terminal_that_is_closed_at_the_question_sends_nothing(run: Tmux, server: PageServer, tmp_path: Path) -> None:
    run.until("type 3 characters", "Ada", "reject", gone=DEAD)
    run.press("a")
    run.until("click", "Send", "needs", "reject", gone=DEAD)
    run.close()
    try:
        trace = tmp_path / "trace" / "events.jsonl"
        end = time.monotonic() + 60
        while '"kind":"run_ended"' not in trace.read_text():
            assert time.monotonic() < end, "the run goes on without its terminal"
            time.sleep(0.1)
        assert server.submissions == []
        assert _answers(tmp_path / "trace")[-1].decision in ("stop", "reject")
    finally:
        run.close = lambda: None  # type: ignore[method-assign]


def _rejected(trace: Path) -> bool:
    outcomes = [event.outcome for event in TraceReader(trace).events() if event.kind == "stepped"]
    return any(isinstance(one, Outcome) and one.status == "rejected" for one in outcomes)


def _answers(trace: Path) -> list:
    """The approvals that a person gave, in order."""
    decided = [event for event in TraceReader(trace).events() if event.kind == "decided"]
    return [event.approval for event in decided if event.approval.by not in ("policy", "auto")]
