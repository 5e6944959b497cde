"""Typing in real programs against the plain way, and whether `kill -9` leaves a key held.

    python -m bench.keyboard [--chars 10000] [--plain 1000] [--programs gtk qt browser] [--kills 50] [--seed 1]

Needs Xvfb, openbox, bubblewrap, mousepad (GTK), featherpad (Qt), Chromium. The oracle is the file that the program
saved, or what the page sent to its own server. The plain way is `pyautogui.write`, in the same run.
(Not called typing.py: a script started from this folder would find it instead of the standard library's.)
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.errors import ExecutorFailed
from agent.executor import Executor
from agent.executor.xkb import Xkb
from agent.sandbox import PrivateDisplay, browser, connected, executor_wrap, launch
from agent.schema import Approval, Click, Drag, Outcome, Permit, Point, PressKeys, TypeText, Verdict
from tests.texts import random_text

_numbers = count(1)
Read = Callable[[], str]

PAGE = b"""<!doctype html><meta charset="utf-8"><body style="margin:0">
<textarea id="t" autofocus spellcheck="false" style="width:99vw;height:98vh"></textarea>
<script>setInterval(() => fetch("/", {method: "POST", body: t.value}), 250)</script>"""


def permit(action: Any) -> Permit:
    verdict, approval = Verdict(effect="allow", rule="bench"), Approval(decision="approve", by="auto")
    return Permit(action=action, verdict=verdict, approval=approval, number=next(_numbers))


@contextmanager
def editor(program: str, display: PrivateDisplay, executor: Executor) -> Iterator[Read]:
    """An editor with an empty file; reading saves first."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        file = Path(folder) / "typed.txt"
        file.touch()
        file.chmod(0o666)

        def read() -> str:
            executor.perform(permit(PressKeys(keys=("ctrl", "s"))))
            return file.read_text("utf-8", "replace")

        options = ["--disable-server"] if program == "mousepad" else []
        with launch([program, *options, str(file)], display, writable=[Path(folder)]) as app:
            app.wait_window(30)
            yield read


@contextmanager
def page(display: PrivateDisplay) -> Iterator[Read]:
    """A text area in a browser; reading gives what it last sent to its server."""
    received = [""]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE)

        def do_POST(self) -> None:
            received[0] = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8", "replace")
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with browser(f"http://127.0.0.1:{server.server_port}/", display) as app:
            app.wait_window(60)
            yield lambda: received[0]
    finally:
        server.shutdown()


def settled(read: Read, wanted: str) -> str:
    """What arrived in the end: the text that was wanted, or what stays the same for five seconds."""
    last, since = read(), time.monotonic()
    while last.rstrip("\n") != wanted and time.monotonic() - since < 5:
        time.sleep(0.5)
        if (now := read()) != last:
            last, since = now, time.monotonic()
    return last.rstrip("\n")


def wrong(wanted: str, got: str) -> int:
    """How many of the wanted characters are not there, and how many are there that shouldn't be."""
    if wanted == got:
        return 0
    here, there = wanted.split("\n"), got.split("\n")
    bad = abs(len(here) - len(there))
    for a, b in zip(here, there, strict=False):
        same = sum(m.size for m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
        bad += max(len(a), len(b)) - same
    return bad + sum(len(line) for line in (here[len(there) :] or there[len(here) :]))


def plain_write(display: PrivateDisplay, text: str) -> None:
    """The plain way: pyautogui types what it can."""
    code = "import sys, pyautogui; pyautogui.PAUSE = 0; pyautogui.FAILSAFE = False; pyautogui.write(sys.stdin.read())"
    env = os.environ | {"DISPLAY": display.name, "XAUTHORITY": str(display.xauthority)}
    subprocess.run([sys.executable, "-c", code], input=text, text=True, env=env, check=False, timeout=300)


def type_in(kind: str, chars: int, plain: int, seed: int, table: Table) -> bool:
    with PrivateDisplay() as display:
        authority = str(display.xauthority)
        with Executor(display.name, xauthority=authority, private=True, wrap=executor_wrap(display)) as executor:
            programs = {"gtk": "mousepad", "qt": "featherpad"}
            place = editor(programs[kind], display, executor) if kind in programs else page(display)
            with place as read:
                time.sleep(2)
                executor.perform(permit(Click(point=Point(x=640, y=400))))
                text = random_text(chars, seed)
                began = time.perf_counter()
                outcome = executor.perform(permit(TypeText(text=text)))
                seconds = time.perf_counter() - began
                bad = wrong(text, settled(read, text))
                table.add_row(kind, "deskhand", str(len(text)), str(bad), f"{len(text) / seconds:.0f}", outcome.detail)
                executor.perform(permit(TypeText(text="", replace=True)))
                settled(read, "")
                text = random_text(plain, seed)
                began = time.perf_counter()
                plain_write(display, text)
                seconds = time.perf_counter() - began
                lost = wrong(text, settled(read, text))
                table.add_row(kind, "pyautogui.write", str(len(text)), str(lost), f"{len(text) / seconds:.0f}", "")
    return bad == 0 and outcome.status == "ok"


class Victim:
    """Something under way that holds keys or a button nearly all the time."""

    def __init__(self, executor: Executor, number: int) -> None:
        zigzag = tuple(Point(x=100 + 500 * (i % 2), y=100 + i) for i in range(60))
        actions = (
            TypeText(text="SHIFTED and not, 中文😀 " * 600),
            Drag(path=zigzag),
            PressKeys(keys=("ctrl", "shift", "f9"), times=100),
        )
        self._executor, self._action = executor, actions[number % 3]
        self.outcome: Outcome | None = None
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        with suppress(ExecutorFailed):
            self.outcome = self._executor.perform(permit(self._action))


def held(x: Any) -> list[str]:
    keys, mask = x.query_keymap(), x.screen().root.query_pointer().mask
    codes = [f"key {code}" for code in range(8, 256) if keys[code // 8] >> code % 8 & 1]
    return codes + [f"button {number}" for number in range(1, 6) if mask >> 7 + number & 1]


def kill_often(times: int, seed: int) -> bool:
    """Kill the child, the jail round it, or the guard at random moments; count what stays held or redefined."""
    draw, bad, caught = random.Random(seed), 0, 0
    with PrivateDisplay() as display, connected(display) as x:
        xkb, authority = Xkb(x), str(display.xauthority)
        before = xkb.keymap().keys
        for number in range(times):
            wrap: Sequence[str] = executor_wrap(display) if number % 5 == 4 else ()
            with Executor(display.name, xauthority=authority, private=True, wrap=wrap) as executor:
                victim = Victim(executor, number)
                time.sleep(draw.uniform(0.05, 0.6))
                who = "guard" if number % 10 == 9 else "child"
                caught += bool(held(x))
                os.kill(executor.pids[who], signal.SIGKILL)
                if who == "guard":
                    time.sleep(0.1)
                    executor.close()
                victim.thread.join(20)
                left = held(x)
            if left or xkb.keymap().keys != before:
                bad += 1
                print(f"round {number} ({who}): held {left}, keymap as before: {xkb.keymap().keys == before}")
    Console().print(f"kill -9: {times} times, {caught} with something held at that moment, {bad} with something left")
    return bad == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chars", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=1_000)
    parser.add_argument("--programs", nargs="*", default=["gtk", "qt", "browser"])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    table = Table("program", "way", "characters", "wrong", "characters/s", "outcome")
    good: list[bool] = []
    for kind in options.programs:
        good.append(type_in(kind, options.chars, options.plain, options.seed, table))
    if options.json:
        columns = [list(column.cells) for column in table.columns]
        print(
            json.dumps(
                [
                    dict(zip([str(c.header) for c in table.columns], row, strict=True))
                    for row in zip(*columns, strict=True)
                ]
            )
        )
    elif good:
        Console().print(table)
    if options.kills:
        good.append(kill_often(options.kills, options.seed))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
