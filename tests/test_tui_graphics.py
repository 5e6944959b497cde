"""Pictures in terminals that can draw them: the question, its answers, and what such a terminal is sent."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from agent.ui.tui.asking import QUESTION, ask, parse, worth_asking
from agent.ui.tui.graphics import find_graphics, kitty, sixel
from tests.test_tui_terminal import Terminal

KITTY = b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c"
SIXEL = b"\x1b[6;18;9t\x1b[?62;4;22c"
XTERM = b"\x1b[?64;1;2;6;9;15;22c"
BOTH = b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;4c"
REFUSED = b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\\x1b[?62c"


@pytest.mark.parametrize(
    ("data", "kind", "cell"),
    [
        (KITTY, "kitty", (10, 20)),
        (SIXEL, "sixel", (9, 18)),
        (XTERM, "cells", None),
        (BOTH, "sixel", (10, 20)),
        (REFUSED, "cells", None),
        (b"\x1b[?4c", "cells", None),  # a VT132: the first number is the model
        (b"\x1b[?1;0;16S" + SIXEL, "cells", (9, 18)),  # false colours
        (b"\x1b[?1;0;1024S" + SIXEL, "sixel", (9, 18)),
        (b"\x1b[?1;3S" + SIXEL, "sixel", (9, 18)),
        (b"\x1b[6;0;0t\x1b[?62;4c", "sixel", None),
    ],
)
def test_what_terminals_answer(data: bytes, kind: str, cell: tuple[int, int] | None) -> None:
    replies = parse(data)
    assert (replies.kind, replies.cell, replies.typed, replies.ended) == (kind, cell, b"", True)


def test_nothing_typed_meanwhile_is_lost() -> None:
    replies = parse(b"a" + KITTY[:12] + "é".encode() + KITTY[12:] + b"\x1b[A\x1b")
    assert replies.typed == "aé".encode() + b"\x1b[A\x1b"
    assert replies.kind == "kitty"
    assert parse(b"q\x1b[?6") == parse(b"q\x1b[?6").model_copy(update={"ended": False})


@pytest.mark.parametrize(
    ("variables", "worth"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "TMUX": "x"}, False),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"TERM": "xterm-256color", "XTERM_VERSION": "XTerm(379)"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm-256color", "TEXTUAL_DRIVER": "web"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
    ],
)
def test_who_is_asked(variables: dict[str, str], worth: bool) -> None:
    assert worth_asking(variables) == worth


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "__stdin__", nothing)
        assert find_graphics("auto").kind == "cells"
        assert find_graphics("kitty").kind == "cells"
        assert ask(lambda text: pytest.fail("asked")).kind == "cells"


@pytest.mark.parametrize(
    ("answers", "kind", "typed"), [(b"", "cells", b""), (b"x", "cells", b"x"), (b"x" + KITTY[:12], "kitty", b"x")]
)
def test_a_terminal_that_does_not_end_its_answer(
    monkeypatch: pytest.MonkeyPatch, answers: bytes, kind: str, typed: bytes
) -> None:
    master, slave = os.openpty()
    with open(slave) as terminal:
        monkeypatch.setattr(sys, "__stdin__", terminal)
        begun = time.monotonic()
        replies = ask(lambda text: os.write(master, answers), limit=0.2)
        assert 0.15 < time.monotonic() - begun < 2
    os.close(master)
    assert (replies.kind, replies.typed, replies.ended) == (kind, typed, False)


def test_a_picture_for_a_kitty_is_sent_whole_and_shown_by_its_cells() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (80, 100, 3), np.uint8)
    drawn = kitty(pixels, 10, 4, (10, 20))
    messages = re.findall(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\", drawn.sent)
    assert "".join(f"\x1b_G{a}{';' + b if b else ''}\x1b\\" for a, b in messages) == drawn.sent
    assert [dict(x.split("=") for x in a.split(","))["m"] for a, _ in messages[:-1]][-1] == "0"
    assert {"c=10", "r=4", "U=1"} <= set(messages[-1][0].split(","))
    assert [strip.cell_length for strip in drawn.strips] == [10] * 4
    assert all(strip.text.count("\U0010eeee") == 10 for strip in drawn.strips)
    name = re.search(r"i=(\d+)", drawn.sent)
    assert name
    assert f"i={name[1]}," in drawn.forget


def test_sixels_have_the_size_of_the_picture() -> None:
    text = sixel(np.zeros((36, 90, 3), np.uint8))
    assert text.startswith("\x1bP")
    assert '"1;1;90;36' in text
    assert text.endswith("\x1b\\")


def test_drawing_asks_the_terminal_nothing() -> None:
    """Textual-image asks when it is imported; at a terminal it would take the person's keys for the answer."""
    program = (
        "import numpy as np, sys; from agent.ui.tui.graphics import kitty, sixel; p = np.zeros((40, 40, 3), np.uint8);"
        "kitty(p, 4, 2, (10, 20)); sixel(p); sys.stdout.write('END')"
    )
    master, slave = os.openpty()
    done = subprocess.Popen([sys.executable, "-c", program], stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    said = b""
    while b"END" not in said:
        said += os.read(master, 4096)
    assert done.wait(20) == 0
    os.close(master)
    assert said == b"END"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("answer", "mark", "never"),
    [(KITTY, b"U=1,q=2\x1b\\", b"\x1bP0;"), (SIXEL, b"\x1b8", b"U=1"), (XTERM, "▀".encode(), b"\x1bP0;")],
    ids=["kitty", "sixel", "xterm"],
)
def test_a_run_at_such_a_terminal(tmp_path: Path, answer: bytes, mark: bytes, never: bytes) -> None:
    terminal = Terminal(
        tmp_path / "told", DESKHAND_GRAPHICS="auto", COLORTERM="truecolor", TMUX="", STY="", XTERM_VERSION=""
    )
    terminal.until(QUESTION.encode())
    terminal.press(answer)
    terminal.until(b"needs")
    terminal.until(mark)
    if answer == SIXEL:
        assert re.search(rb'\x1b7\x1b\[\d+;\d+H\x1bP0;0;0q"1;1;\d+;\d+', terminal.seen)
    os.kill(terminal.child, signal.SIGTERM)
    told = terminal.end()
    assert told.startswith("ENDED stopped")
    assert never not in terminal.seen
    if answer == KITTY:
        assert terminal.seen.count(b"U=1,") == terminal.seen.count(b"a=d,d=I,")  # none stays in its memory


KEYS = """
import sys
from textual.events import Key
from agent.ui.tui.graphics import PictureApp, find_graphics
class Keys(PictureApp[None]):
    seen = []
    def on_key(self, event: Key) -> None:
        self.seen.append(event.key)
        if event.key == "escape":
            self.exit()
app = Keys()
app.graphics = find_graphics("auto")
app.run()
open(sys.argv[1], "w").write(" ".join(app.seen))
"""


@pytest.mark.timeout(20)
def test_keys_pressed_while_the_terminal_is_asked_come_first(tmp_path: Path) -> None:
    child, fd = pty.fork()
    if child == 0:
        variables = {**os.environ, "TERM": "xterm-256color", "TMUX": "", "STY": "", "NO_COLOR": "", "XTERM_VERSION": ""}
        os.execve(sys.executable, [sys.executable, "-c", KEYS, str(tmp_path / "told")], variables)
    seen, told = b"", False
    with contextlib.suppress(OSError):  # it has ended
        while data := os.read(fd, 4096):
            seen += data
            if not told and QUESTION.encode() in seen:
                os.write(fd, b"q" + XTERM[:5])
                os.write(fd, XTERM[5:] + b"\x1b[Aw\x1b")
                told = True
    os.waitpid(child, 0)
    assert (tmp_path / "told").read_text() == "q up w escape"
