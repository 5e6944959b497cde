"""`deskhand run --plain` at a real terminal, on a real form: asked line by line, taken over, sent, refused, stopped."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from agent.trace import TraceReader
from tests.pages import PageServer

pytestmark = [pytest.mark.display, pytest.mark.timeout(180)]

PAGE = """<!doctype html><meta charset=utf-8><title>Order</title>
<style>label, input { display: block; font: 16px sans-serif; margin: 8px; padding: 4px }</style>
<form method=post action=/order>
<label for=n>Full name</label><input id=n name=name>
<label for=c>City</label><input id=c name=city>
<button>Send order</button>
</form>"""
CLOSED = "\0closed"
"""No answer: the terminal goes."""
RECORD = {"full name": "Ada Lovelace", "city": "London"}
PROMPT = re.compile(rb"(the run: |> |Why not\? |Instead \([^\n]*\): )\Z")


def at_terminal(tmp_path: Path, *answers: str) -> tuple[int, str, list[dict[str, str]]]:
    """Exit code, what was printed, and what the form's server got, for lines typed at one prompt after the other."""
    data = tmp_path / "record.json"
    data.write_text(json.dumps(RECORD))
    with PageServer(pages={"": PAGE}) as server:
        arguments = ["run", "--plain", "--data", str(data), "--url", server.url(), "--policy", "standard"]
        child, terminal = pty.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs tests in the background ignores it
            command = [sys.executable, "-m", "agent.ui.cli", *arguments, "--trace", str(tmp_path / "trace")]
            os.execv(sys.executable, command)
        printed = _talk(terminal, list(answers))
        os.close(terminal)
        _, status = os.waitpid(child, 0)
        sent = [dict(got.data) for got in server.received if got.path == "order"]
    return os.waitstatus_to_exitcode(status), printed.decode("utf-8", "replace"), sent


def _talk(terminal: int, answers: list[str]) -> bytes:
    printed = seen = b""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            return printed
        printed, seen = printed + data, seen + data
        if answers and PROMPT.search(seen):
            answer, seen = answers.pop(0), b""
            if answer == CLOSED:
                return printed
            os.write(terminal, answer.encode() + (b"" if answer == "\x03" else b"\n"))
    raise AssertionError(f"it did not end: {printed[-2000:]!r}")


def test_yes_sends_it_and_nothing_is_drawn(tmp_path: Path) -> None:
    code, printed, sent = at_terminal(tmp_path, "y")
    assert (code, sent) == (0, [{"name": "Ada Lovelace", "city": "London"}])
    assert "Action: click 'Send order'" in printed
    assert "Field City: ok, wanted 'London', read back 'London'" in printed
    assert not set("│╭─╮╰╯┌┐⠋\x1b") & set(printed)


def test_a_reason_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    code, printed, sent = at_terminal(tmp_path, "r", "not on a Sunday")
    assert (code, sent) == (3, [])
    assert "rejected not on a Sunday" in printed


def test_what_a_person_changed_by_hand_is_seen_again_before_it_is_sent(tmp_path: Path) -> None:
    code, printed, sent = at_terminal(tmp_path, "t", "type  Byron", "", *["y"] * 6)
    assert (code, sent) == (0, [{"name": "Ada Lovelace", "city": "London"}])
    assert 'type " Byron"  ok' in printed


@pytest.mark.parametrize("answer", ["s", "\x03"])
def test_stop_sends_nothing(tmp_path: Path, answer: str) -> None:
    code, _, sent = at_terminal(tmp_path, answer)
    assert (code, sent) == (3, [])


def test_a_terminal_that_is_closed_sends_nothing_and_the_trace_is_whole(tmp_path: Path) -> None:
    code, _, sent = at_terminal(tmp_path, CLOSED)
    assert (code, sent) == (3, [])
    assert not TraceReader(tmp_path / "trace").verify()
