"""What the screen of a run costs: processor time of its threads, and how much longer the loop takes.

    python -m bench.screen [--rounds 5] [--size 160x50]

The demonstration form is filled in a private display by a real browser, in turn with the screen (at a pseudo-terminal,
everything it draws is read) and without; a round counts only if the form's server received exactly the record. Printed
are the share of one core that the screen's threads took while the run went on, and the ratio of the loop's times.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import pty
import signal
import statistics
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from agent import app
from agent.brake import Brake
from agent.config import Settings
from agent.events import Event, RunEnded, RunStarted, Subscriber
from agent.gate import Approver, AutoApprover
from agent.schema import Result
from scripts import demo

_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """A watcher: wall seconds from the run's start to its end, and processor seconds of the screen's threads, of the
    process, and of the loop's thread, which calls it."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, float, float, float]] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted | RunEnded):
            self.samples.append((time.monotonic(), _screen_seconds(), time.process_time(), time.thread_time()))

    def took(self) -> dict[str, float]:
        first, last = self.samples[0], self.samples[-1]
        names = ("wall", "screen", "process", "loop")
        return dict(zip(names, (b - a for a, b in zip(first, last, strict=True)), strict=True))


def _screen_seconds() -> float:
    """Of the main thread, where Textual works, and of its threads that read and write the terminal."""
    seconds = 0.0
    for thread in threading.enumerate():
        if thread is threading.main_thread() or thread.name.startswith("textual"):
            with contextlib.suppress(OSError):
                stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rpartition(")")[2].split()
                seconds += (int(stat[11]) + int(stat[12])) / _TICKS
    return seconds


class Closing:
    """A run that asks its screen to close once it has ended."""

    def __init__(self, run: app.Run) -> None:
        self._run = run

    def __enter__(self) -> app.Run:
        return self._run.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._run.__exit__(kind, error, tb)
        os.kill(os.getpid(), signal.SIGTERM)


def child(url: str, folder: Path, with_screen: bool) -> None:
    """One run in this process, at its terminal; what it came to goes to `told.json`."""
    meter = Meter()
    options = app.RunOptions(data=demo.SKILL / "example.json", url=url, trace=folder / "trace")
    if with_screen:
        from agent.ui.tui.app import watch
        from agent.ui.tui.run import RunScreen

        def start(person: Approver, watchers: Sequence[Subscriber], brake: Brake) -> Closing:
            return Closing(app.Run(options, Settings(), AutoApprover(), watchers=[*watchers, meter], brake=brake))

        ended = watch(RunScreen(start, limits=options.limits))
    else:
        # The loop has a thread of its own here too, so that nothing differs but the screen.
        box: list[Result] = []

        def go() -> None:
            with app.Run(options, Settings(), AutoApprover(), watchers=[meter]) as run:
                box.append(run.go())

        worker = threading.Thread(target=go)
        worker.start()
        worker.join()
        ended = box[0]
    assert isinstance(ended, Result), ended
    told = meter.took() | {"status": ended.status, "seconds": ended.seconds, "steps": ended.steps}
    (folder / "told.json").write_text(json.dumps(told))


def once(with_screen: bool, size: tuple[int, int]) -> tuple[dict[str, Any], bool, int]:
    """One run in a process with a terminal of its own: what it told, whether the server got the record, bytes drawn."""
    with demo.load_server().DemoServer() as server, tempfile.TemporaryDirectory() as name:
        pid, terminal = pty.fork()
        if pid == 0:
            module = [sys.executable, "-m", "bench.screen", "--child", server.url, name]
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(sys.executable, [*module, "--screen"] if with_screen else module)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        drawn, tail = 0, b""
        with contextlib.suppress(OSError):  # the terminal's end
            while data := os.read(terminal, 65536):
                drawn, tail = drawn + len(data), (tail + data)[-2000:]
        os.waitpid(pid, 0)
        os.close(terminal)
        if not (Path(name) / "told.json").exists():
            sys.exit(f"the run failed: {tail.decode(errors='replace')}")
        told = json.loads((Path(name) / "told.json").read_text())
        record = json.loads((demo.SKILL / "example.json").read_text("utf-8"))
        return told, not demo.differences(demo.expected(record), server.received), drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="160x50")
    parser.add_argument("--child", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--screen", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]), given.screen)
        return
    width, height = map(int, given.size.split("x"))
    seconds: dict[bool, list[float]] = {False: [], True: []}
    process: dict[bool, list[float]] = {False: [], True: []}
    loop: dict[bool, list[float]] = {False: [], True: []}
    shares: list[float] = []
    for number in range(given.rounds):
        # Each way is first in turn: what the machine does beside it falls on both.
        for with_screen in ((False, True), (True, False))[number % 2]:
            one, exact, drawn = once(with_screen, (width, height))
            share = one["screen"] / one["wall"]
            print(
                f"round {number + 1} {'screen' if with_screen else 'none':6s} {one['status']} exact={exact} "
                f"{one['steps']} steps, loop {one['seconds']:.1f} s ({one['loop']:.1f} s of processor), "
                f"process {one['process']:.1f} s of processor, "
                f"screen {100 * share:.1f} % of a core, {drawn / 1e6:.1f} MB drawn",
                flush=True,
            )
            if exact:
                seconds[with_screen].append(one["seconds"])
                process[with_screen].append(one["process"])
                loop[with_screen].append(one["loop"])
                shares += [share] if with_screen else []
    print(f"screen: median {100 * statistics.median(shares):.1f} %, most {100 * max(shares):.1f} % of a core")
    told = (("loop, wall time", seconds), ("loop, processor time", loop), ("process, processor time", process))
    for name, values in told:
        plain, shown = statistics.median(values[False]), statistics.median(values[True])
        print(f"{name}: median {plain:.2f} s without, {shown:.2f} s with the screen, ratio {shown / plain:.3f}")


if __name__ == "__main__":
    main()
