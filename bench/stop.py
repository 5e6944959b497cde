"""Runs that are stopped at random moments: how soon nothing happens any more, what stays held, what is typed after it.

    python -m bench.stop [TIMES]

Each run works on a display that stands for a person's own desktop, in a process of its own, and is stopped in the
middle of typing, dragging, waiting or a model's answer (a real HTTP server that streams slowly), in turn by Ctrl+C
(SIGINT) and by the stop keys. What the X server saw of input is heard by a listener of its own. Needs Linux, Xvfb,
xterm and pynput. Exit 0 if nothing was held, no input came late, and every run ended as stopped.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from Xlib import X
from Xlib.ext import xtest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from agent.record import Ear, Input  # noqa: E402
from agent.sandbox import PrivateDisplay, connected  # noqa: E402
from tests.scripted_replies import Asked, Eyes, Reply, Say, Slow  # noqa: E402
from tests.scripted_server import ScriptedServer  # noqa: E402

Kind = Literal["typing", "dragging", "waiting", "thinking"]
Way = Literal["ctrl+c", "stop keys"]
KINDS: tuple[Kind, ...] = ("typing", "dragging", "waiting", "thinking")
WAYS: tuple[Way, ...] = ("ctrl+c", "stop keys")
ESCAPE = 9
PROMISE = 0.1
"""Seconds in which a stop is to be effective."""
STROKES = 0.15
"""Seconds between the two strokes of the stop keys."""
SPREAD = 2.0
"""Seconds within which the moment of the stop is chosen, once the run is at it."""


@dataclass
class Stopped:
    """What one stop came to; times in seconds after it (after the first stroke of the stop keys)."""

    kind: Kind
    way: Way
    last_input: float = 0.0
    """When the X server saw our last press, motion or notch; 0 where there was none after the stop."""
    released: float = 0.0
    """Until when a key or button was down."""
    ended: float = 0.0
    """When the run had ended, by its trace."""
    exited: float = 0.0
    """When the process was gone: the report written, the helpers ended."""
    faults: list[str] = field(default_factory=list[str])


class Desk:
    """A desktop with one window that takes text, and a listener on it."""

    def __init__(self, stack: ExitStack) -> None:
        self.scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.display = stack.enter_context(PrivateDisplay())
        self.env = {**os.environ, "DISPLAY": self.display.name, "XAUTHORITY": str(self.display.xauthority)}
        self.typed = self.scratch / "typed"
        command = f"stty raw -echo; printf 'type here: '; cat > {self.typed}"
        window = subprocess.Popen(["xterm", "-e", "sh", "-c", command], env=self.env)
        stack.callback(window.wait)
        stack.callback(window.kill)
        self.x: Any = stack.enter_context(connected(self.display))
        self.x.screen().root.warp_pointer(640, 700)  # in a corner it would mean: stop
        self.x.sync()
        self.heard: list[Input] = []
        stack.callback(Ear(self.display.name, str(self.display.xauthority), self.heard.append).close)
        until = time.monotonic() + 20
        while not self.typed.exists():
            if time.monotonic() > until:
                raise RuntimeError("the window did not come")
            time.sleep(0.05)

    def press_escape(self) -> None:
        for kind in (X.KeyPress, X.KeyRelease):
            xtest.fake_input(self.x, kind, ESCAPE)
        self.x.sync()

    def held(self) -> list[str]:
        keys = [f"key {8 * n + b}" for n, byte in enumerate(self.x.query_keymap()) for b in range(8) if byte >> b & 1]
        mask = self.x.screen().root.query_pointer().mask
        return keys + [f"button {button}" for button in range(1, 6) if mask >> 7 + button & 1]


def stop_once(desk: Desk, kind: Kind, way: Way, moment: float) -> Stopped:
    """Start a run, stop it `moment` seconds after it has begun its work, and see what comes after."""
    told = Stopped(kind, way)
    trace = desk.scratch / f"trace{time.monotonic_ns()}"
    with _mind() as (url, thinking):
        process = subprocess.Popen(
            _command(desk, kind, trace, url), cwd=ROOT, env=desk.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        _await(lambda: thinking.is_set() if kind == "thinking" else _works(trace), process)
        time.sleep(moment)
        desk.heard.clear()
        stopped, epoch = time.monotonic(), time.time()
        if way == "stop keys":  # the hands let go at the first stroke, the run ends at the second
            desk.press_escape()
            time.sleep(STROKES)
            desk.press_escape()
        else:
            process.send_signal(signal.SIGINT)
        _watch(desk, process, stopped, told)
    _judge(desk, trace, stopped, epoch, told)
    return told


def _watch(desk: Desk, process: subprocess.Popen[bytes], stopped: float, told: Stopped) -> None:
    """See when keys and buttons are free, and when the process is gone."""
    while process.poll() is None and time.monotonic() < stopped + 30:
        if desk.held() and time.monotonic() - stopped > 0.01:  # our own Escape is down for a moment
            told.released = time.monotonic() - stopped
        time.sleep(0.005)
    if process.poll() is None:
        process.kill()
        told.faults.append("it had to be killed")
    elif process.returncode != 3:
        told.faults.append(f"exit code {process.returncode}")
    told.exited = time.monotonic() - stopped
    time.sleep(0.1)  # the listener's last words
    if held := desk.held():
        told.faults.append(f"held: {', '.join(held)}")


def _judge(desk: Desk, trace: Path, stopped: float, epoch: float, told: Stopped) -> None:
    ours = [said for said in desk.heard if said.keys != ("esc",)]
    told.last_input = max((said.at - stopped for said in ours if said.at > stopped), default=0.0)
    last = json.loads((trace / "events.jsonl").read_text("utf-8").splitlines()[-1])
    if "run_ended" not in json.dumps(last):
        told.faults.append("the trace has no end")
    told.ended = _find(last, "time") - epoch
    if late := sum(said.kind == "key" and said.at > stopped + max(told.ended, PROMISE) for said in ours):
        told.faults.append(f"{late} keys were pressed after the run's end")


def _find(line: Any, name: str) -> Any:
    return line[name] if name in line else next(_find(v, name) for v in line.values() if isinstance(v, dict))


def _command(desk: Desk, kind: Kind, trace: Path, url: str) -> list[str]:
    command = [sys.executable, "-m", "agent.ui.cli", "run", "Say what you see", "--display", desk.display.name]
    command += ["--policy", "sandbox", "--trace", str(trace)]
    if kind == "thinking":
        return [*command, "--planner", "vision", "--server", url]
    script = desk.scratch / f"{kind}.json"
    first = {"action": {"kind": "click", "point": {"x": 400, "y": 300}}, "expectation": {"kind": "none"}}
    zigzag = [{"x": 200 + 600 * (n % 2), "y": 100 + 4 * n} for n in range(100)]
    works: dict[Kind, dict[str, Any]] = {
        "typing": {"kind": "type_text", "text": "The quick brown fox jumps over the lazy dog. " * 400},
        "dragging": {"kind": "drag", "path": zigzag},
        "waiting": {"kind": "wait", "seconds": 60},
    }
    script.write_text(json.dumps([first, {"action": works[kind], "expectation": {"kind": "none"}}]))
    return [*command, "--planner", "scripted", "--script", str(script)]


@contextmanager
def _mind() -> Generator[tuple[str, threading.Event]]:
    """A model server that sees well and thinks slowly, a word every 50 ms; the event tells that it has begun to."""
    thinking, gate, over = threading.Event(), threading.Semaphore(0), threading.Event()

    def mind(asked: Asked) -> Reply:
        if "# Task" not in asked.words:
            return Eyes()(asked)
        thinking.set()
        return Slow(Say(thinking="I wonder what this may be. " * 400), gate)

    def trickle() -> None:
        while not over.wait(0.05):
            gate.release()

    with ScriptedServer("vllm", mind) as server:
        trickling = threading.Thread(target=trickle)
        trickling.start()
        try:
            yield server.url, thinking
        finally:
            over.set()
            trickling.join()


def _works(trace: Path) -> bool:
    """Whether the run is at its second action."""
    events = trace / "events.jsonl"
    return events.exists() and events.read_bytes().count(b'"kind":"acting"') >= 2


def _await(ready: Any, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise RuntimeError(f"the run did not come to its work (exit code {process.poll()})")
        time.sleep(0.01)


def main(times: int) -> int:
    """Print a line a stop, then the distribution."""
    done: list[Stopped] = []
    with ExitStack() as stack:
        desk = Desk(stack)
        for number, (way, kind) in zip(range(times), itertools.cycle(itertools.product(WAYS, KINDS)), strict=False):
            moment = random.uniform(0, SPREAD)
            told = stop_once(desk, kind, way, moment)
            done.append(told)
            figures = f"last input {told.last_input * 1000:4.0f} ms, free {told.released * 1000:4.0f} ms"
            figures += f", run ended {told.ended * 1000:5.0f} ms, gone {told.exited * 1000:5.0f} ms"
            print(
                f"{number + 1:3} {kind:9}{way:10} after {moment:4.2f} s: {figures} {'; '.join(told.faults)}", flush=True
            )
    print(_table(done))
    faults = sum(bool(told.faults) for told in done)
    slow = sum(max(told.last_input, told.released) > PROMISE for told in done)
    print(f"{len(done)} stops, {faults} with faults, {slow} slower than {PROMISE * 1000:g} ms")
    return 1 if faults or slow else 0


def _table(done: list[Stopped]) -> str:
    """Median, 95th percentile and worst, in milliseconds."""
    lines = [f"{'milliseconds':22}{'median':>8}{'p95':>8}{'worst':>8}"]
    for name in ("last_input", "released", "ended", "exited"):
        for kind in (*KINDS, "all"):
            values = sorted(getattr(told, name) * 1000 for told in done if kind in (told.kind, "all"))
            if values:
                high = values[min(len(values) - 1, int(0.95 * len(values)))]
                middle = statistics.median(values)
                lines.append(f"{name + ', ' + kind:22}{middle:8.0f}{high:8.0f}{values[-1]:8.0f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
