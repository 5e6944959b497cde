"""A whole form, end to end, against the plain way: full OCR on every look and fixed sleeps instead of settling.

    python -m bench.form [--rounds 3]

Both ways fill the demonstration form in a private display with a real browser, in turn in the same run; a round
counts only if the form's server received exactly the record. Printed are the medians and the ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from agent import app
from agent.config import Settings
from agent.eyes import ScreenEyes
from agent.gate import AutoApprover
from agent.loop import Eyes
from agent.perception.perceiver import Perceiver
from agent.sandbox import App
from agent.schema import Box, Observation, Result
from agent.screen import Screen
from scripts import demo

FIXED_SLEEP = 0.5
"""Seconds that the plain way waits after every action, as scripts do that can't tell when a screen has settled."""


class PlainEyes(ScreenEyes):
    """Waits a fixed time, then reads the whole screen again."""

    def __init__(self, screen: Screen, perceiver: Perceiver, program: App | None) -> None:
        super().__init__(screen, perceiver, Settings())
        self._plain = perceiver
        self._program = program
        self._before: Observation | None = None

    def look(self, region: Box | None = None) -> Observation:
        time.sleep(FIXED_SLEEP)
        shot = self._screen.grab(region)
        seen = self._plain.look(shot, self._before, None)
        exited = self._program.returncode if self._program else None
        self._before = seen.model_copy(update={"app_exit": exited})
        return self._before


class PlainRun(app.Run):
    def _eyes(self, screen: Screen, perceiver: Perceiver, program: App | None) -> Eyes:
        return PlainEyes(screen, perceiver, program)


def once(kind: type[app.Run], record: Path) -> tuple[Result, bool, float]:
    """Fill the form once: the result, whether the server got exactly the record, and the seconds of wall time."""
    with demo.load_server().DemoServer() as server, tempfile.TemporaryDirectory() as folder:
        options = app.RunOptions(data=record, url=server.url, trace=Path(folder) / "trace")
        began = time.monotonic()
        with kind(options, Settings(), AutoApprover()) as run:
            result = run.go()
        seconds = time.monotonic() - began
        exact = not demo.differences(demo.expected(json.loads(record.read_text("utf-8"))), server.received)
    return result, exact, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    record = demo.SKILL / "example.json"
    kinds: dict[str, type[app.Run]] = {"deskhand": app.Run, "plain": PlainRun}
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(rounds):
        for name, kind in kinds.items():
            result, exact, wall = once(kind, record)
            fields = len(result.fields)
            per_field = result.seconds / max(1, fields)
            print(
                f"round {number + 1} {name:8s} {result.status:12s} exact={exact} {fields} fields "
                f"{result.steps} steps {result.seconds:.1f} s ({per_field:.2f} s a field), {wall:.1f} s with start-up",
                flush=True,
            )
            if exact:
                seconds[name].append(result.seconds)
    medians = {name: statistics.median(values) for name, values in seconds.items() if values}
    for name, value in medians.items():
        print(f"{name}: median {value:.1f} s over {len(seconds[name])} exact rounds")
    if len(medians) == 2:
        print(f"ratio deskhand / plain: {medians['deskhand'] / medians['plain']:.2f}")


if __name__ == "__main__":
    main()
