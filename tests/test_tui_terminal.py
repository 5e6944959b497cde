"""The screen at a real terminal: answers, a terminal that is lost at the question, signals, and none at all."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.errors import BadInput
from agent.ui import cli
from agent.ui.tui.terminal import check_terminal

ROOT = Path(__file__).parent.parent
PROGRAM = """
import logging, os, sys
from agent.config import load_settings
from agent.ui.tui.app import watch
from agent.ui.tui.run import RunScreen
from tests.tui_kit import Session, click
session = Session(click())
logging.basicConfig(stream=sys.stderr, format="LOGGED %(message)s")
begin = session.start
def start(*all):
    logging.getLogger("x").warning("something [b]odd")
    return begin(*all)
session.start = start
ended = watch(RunScreen(session.start, ask_limit=100), load_settings().graphics)
answers = [event.approval.decision for event in session.kinds("decided")]
with open(sys.argv[1], "w") as file:
    print("ENDED", ended.status, answers, len(session.screen.actions), file=file)
"""


class Terminal:
    """A program at a terminal of its own, of 80x24."""

    def __init__(self, told: Path, **environment: str) -> None:
        self.told = told
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.chdir(ROOT)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs tests in the background ignores it
            variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
            variables = {**variables, "DESKHAND_GRAPHICS": "cells", **environment}
            os.execve(sys.executable, [sys.executable, "-c", PROGRAM, str(told)], variables)
        self.seen = b""

    def until(self, mark: bytes) -> None:
        while mark not in self.seen:
            try:
                self.seen += os.read(self.fd, 4096)
            except OSError:
                pytest.fail(f"the terminal closed before {mark!r}: {self.seen[-2000:]!r}")

    def press(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def end(self) -> str:
        """What the program told at its end; the terminal is read until then, or its buffer would fill."""
        while True:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                break
            if not data:
                break
            self.seen += data
        os.waitpid(self.child, 0)
        return self.told.read_text()

    def hang_up(self) -> str:
        """Close the terminal under the program."""
        os.close(self.fd)
        end = time.monotonic() + 20
        while os.waitpid(self.child, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(self.child, signal.SIGKILL)
                os.waitpid(self.child, 0)
                pytest.fail("it went on without a terminal")
            time.sleep(0.05)
        return self.told.read_text()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("colours", [{}, {"NO_COLOR": "1"}, {"TERM": "vt100"}], ids=["colours", "none", "vt100"])
def test_an_answer_at_a_terminal(tmp_path: Path, colours: dict[str, str]) -> None:
    terminal = Terminal(tmp_path / "told", **colours)
    terminal.until(b"needs")
    terminal.until(b"reject")
    end = time.monotonic() + 20
    while "no effect" not in (text := terminal.seen.decode(errors="replace")) and "done" not in text:
        assert time.monotonic() < end
        terminal.press(b"a")  # the first ones are too early
        terminal.seen += os.read(terminal.fd, 65536)
    before = len(terminal.seen)
    terminal.press(b"q")
    assert terminal.end() == "ENDED done ['approve'] 1\n"
    # What is logged is seen among the steps, and stands on the terminal only after the screen has gone.
    assert b"x: something [b]odd" in terminal.seen[:before]
    assert terminal.seen[:before].count(b"LOGGED something") == 0
    assert b"LOGGED something [b]odd" in terminal.seen[before:]


@pytest.mark.timeout(60)
def test_a_terminal_that_is_lost_at_the_question_is_no_yes(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "told")
    terminal.until(b"needs")
    told = terminal.hang_up()
    assert told in ("ENDED stopped ['stop'] 0\n", "ENDED stopped ['reject'] 0\n")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_like_quitting(tmp_path: Path, number: int) -> None:
    terminal = Terminal(tmp_path / "told")
    terminal.until(b"needs")
    os.kill(terminal.child, number)
    assert terminal.end() == "ENDED stopped ['stop'] 0\n"
    assert terminal.child


@pytest.mark.timeout(60)
def test_a_server_that_is_killed_at_the_question_is_no_yes(tmp_path: Path) -> None:
    """Of a browser's server nothing is left but the ends of its pipes."""
    told = tmp_path / "told"
    driver = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "COLUMNS": "80", "ROWS": "24"}
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(told)],
        cwd=ROOT,
        env={**os.environ, **driver},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    seen = b""
    while b"needs" not in seen:
        data = os.read(child.stdout.fileno(), 65536)
        assert data, seen
        seen += data
    began = time.monotonic()
    child.stdin.close()
    child.stdout.close()
    assert child.wait(20) == 0
    assert time.monotonic() - began < 10
    assert told.read_text() in ("ENDED stopped ['stop'] 0\n", "ENDED stopped ['reject'] 0\n")


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_without_a_terminal_it_says_what_to_do(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agent.ui.cli", "run", "x", "--app", "true", "--ui", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs a terminal" in done.stdout + done.stderr
    assert "--plain" in done.stdout + done.stderr
    assert ('"status": "bad_input"' in done.stdout) == bool(arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--ui", "--web"], "nothing to do"),
        (["Click OK", "--web", "--plain"], "a screen to look at"),
        (["--web", "--data", "nowhere.json", "--url", "http://127.0.0.1:1/"], "nowhere.json"),
        (["Click OK", "--web", "--url", "http://127.0.0.1:1/", "--port"], "already in use"),
    ],
)
def test_what_no_browser_need_be_opened_for_is_told_at_once(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = [str(taken.getsockname()[1])] * (arguments[-1] == "--port")
        with pytest.raises(SystemExit) as ended:
            cli.main(["run", *arguments, *port])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Open http" not in told


def test_a_dumb_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tty:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "__stdin__", Tty())
    monkeypatch.setattr(sys, "__stderr__", Tty())
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(BadInput, match="TERM=dumb"):
        check_terminal()
    monkeypatch.setenv("TERM", "xterm")
    check_terminal()
