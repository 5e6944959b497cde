"""Asking a person at the terminal."""

from __future__ import annotations

import io
import os
import pty
import signal
import sys

import pytest
from rich.console import Console

from agent.gate import Request
from agent.schema import (
    Action,
    Approval,
    Box,
    Click,
    Context,
    Grounding,
    Point,
    PressKeys,
    Proposal,
    Scroll,
    TypeText,
    Verdict,
    Wait,
)
from agent.ui.console import ConsoleApprover

SPOT = Point(x=5, y=5)
VERDICT = Verdict(effect="ask", rule="sends", risk="high", reason="the button says 'Pay'")


class Person:
    """Types prepared lines; then the terminal is closed."""

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self._lines = list(lines)
        self.secrets: list[bool] = []

    def __call__(self, secret: bool) -> str:
        self.secrets.append(secret)
        line = self._lines.pop(0) if self._lines else EOFError
        if isinstance(line, str):
            return line
        raise line


def ask(
    *lines: str | type[BaseException], action: Action | None = None, there: bool = True, thought: str = "because"
) -> tuple[Approval, str, Person]:
    out, person = io.StringIO(), Person(*lines)
    approver = ConsoleApprover(Console(file=out, width=100), read=person, interactive=there)
    box = Box(left=0, top=0, width=10, height=10)
    grounding = Grounding(target="Pay [bold]now\x1b[2J", point=SPOT, box=box, role="button")
    proposal = Proposal(action=action or Click(point=SPOT), thought=thought, grounding=grounding)
    approval = approver.approve(Request(4, proposal, VERDICT, Context(window="Shop")))
    return approval, out.getvalue(), person


def test_it_shows_action_target_rule_and_risk() -> None:
    _, shown, _ = ask("y")
    for part in (
        "Step 4",
        "click 'Pay [bold]now",
        "button of 10x10 at 0, 0",
        "because",
        "high",
        "says 'Pay'",
        "sends",
        "Shop",
    ):
        assert part in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("answer", ["y", "Y", "yes", " y "])
def test_yes_is_yes(answer: str) -> None:
    approval, _, _ = ask(answer)
    assert (approval.decision, approval.by) == ("approve", "person")


@pytest.mark.parametrize("lines", [(), ("",), ("", "ok", "yy", "1", "sure"), ("x",) * 50, ("",) * 50])
def test_nothing_else_is(lines: tuple[str, ...]) -> None:
    approval, _, _ = ask(*lines)
    assert (approval.decision, approval.by) == ("reject", "nobody")


def test_an_unclear_answer_is_asked_again() -> None:
    approval, shown, _ = ask("", "maybe", "n")
    assert (approval.decision, approval.by) == ("reject", "person")
    assert shown.count("Please answer") == 2


def test_a_reason_is_passed_on() -> None:
    assert ask("r", "too dear")[0].reason == "too dear"


def test_stopping() -> None:
    assert ask("s")[0].decision == "stop"
    assert ask(KeyboardInterrupt)[0].decision == "stop"
    assert ask("e", KeyboardInterrupt)[0].decision == "stop"


def test_without_a_terminal_it_is_no() -> None:
    approval, shown, person = ask("y", there=False)
    assert (approval.decision, approval.by, shown, person.secrets) == ("reject", "nobody", "", [])


@pytest.mark.parametrize(
    ("action", "typed", "wanted"),
    [
        (TypeText(text="a", replace=True), "b", TypeText(text="b", replace=True)),
        (Click(point=SPOT, count=2), "7, 8", Click(point=Point(x=7, y=8), count=2)),
        (Scroll(point=SPOT, dy=3), "-2", Scroll(point=SPOT, dy=-2)),
        (PressKeys(keys=("enter",)), "Ctrl + S", PressKeys(keys=("ctrl", "s"))),
    ],
)
def test_editing(action: Action, typed: str, wanted: Action) -> None:
    approval, _, _ = ask("e", typed, action=action)
    assert (approval.decision, approval.by, approval.action) == ("modify", "person", wanted)


def test_editing_a_secret_does_not_echo_it() -> None:
    approval, shown, person = ask("e", "new one", action=TypeText(text="old one", secret=True))
    assert approval.action == TypeText(text="new one", secret=True)
    assert person.secrets == [False, True]
    assert "old one" not in shown


@pytest.mark.parametrize(
    ("action", "typed"), [(Click(point=SPOT), "here"), (TypeText(text="a"), ""), (Wait(seconds=1), "2")]
)
def test_a_failed_edit_asks_again(action: Action, typed: str) -> None:
    lines = ("e", "n") if isinstance(action, Wait) else ("e", typed, "n")
    approval, shown, _ = ask(*lines, action=action)
    assert approval.decision == "reject"
    assert "Not changed" in shown


def test_the_runs_own_signal_handlers_come_back() -> None:
    kept = signal.getsignal(signal.SIGINT)
    ask("y")
    assert signal.getsignal(signal.SIGINT) is kept


AT_TERMINAL = """
import sys, time
from rich.console import Console
from agent.gate import Request
from agent.schema import *
from agent.ui.console import ConsoleApprover
print("ready", flush=True)
sys.stdin.buffer.raw.read(1)
time.sleep(0.2)
proposal = Proposal(action=Click(point=Point(x=1, y=1)))
verdict = Verdict(effect="ask", rule="r")
approval = ConsoleApprover(Console(stderr=True)).approve(Request(1, proposal, verdict, Context()))
print("DECIDED", approval.decision, approval.by, flush=True)
"""


@pytest.mark.parametrize(
    ("answer", "decided"), [(b"n\n", "reject person"), (b"y\n", "approve person"), (b"\x03", "stop person")]
)
@pytest.mark.timeout(30)
def test_at_a_real_terminal_keys_typed_ahead_answer_nothing(answer: bytes, decided: str) -> None:
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs tests in the background ignores it, and so would we
        os.execv(sys.executable, [sys.executable, "-c", AT_TERMINAL])
    shown = _until(terminal, b"ready")
    os.write(terminal, b"\ny\n")
    shown += _until(terminal, b"the run: ")
    os.write(terminal, answer)
    shown += _until(terminal, b"DECIDED " + decided.encode())
    os.waitpid(child, 0)
    os.close(terminal)


def _until(terminal: int, mark: bytes) -> bytes:
    seen = b""
    while mark not in seen:
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            pytest.fail(f"the terminal closed before {mark!r}: {seen!r}")
    return seen
