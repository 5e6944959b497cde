"""The public MiniWoB++ pages, driven from pixels: the task's sentence in, mouse and keyboard out.

    python bench/miniwob.py [--tasks a,b] [--seeds 5] [--resume] [--out FILE] [--table FILE]

The pages come with the PyPI package `miniwob`. A loopback server adds a small script to each page that starts the
episode with a seed and a longer time limit, tells the sentence, and reports the reward when the page has decided;
the planner gets nothing but the sentence and the pixels of the page. Results are kept after each episode.
"""

# ruff: noqa: E402 (the root comes first on the path)

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

# The root in place of our own folder, where this file would hide the package of its name.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from agent.app import make_perceiver
from agent.brake import Brake
from agent.config import Settings
from agent.events import Bus, RunStarted
from agent.executor import Executor
from agent.eyes import ScreenEyes
from agent.gate import AutoApprover, Gate
from agent.lookup import find
from agent.loop import Agent
from agent.perception.perceiver import Perceiver
from agent.planners.embedded.planner import EmbeddedPlanner
from agent.policy import Policy
from agent.redact import Redactor
from agent.sandbox import PrivateDisplay, browser, executor_wrap
from agent.schema import Box, Limits, Outcome, Permit, Screenshot, Task
from agent.screen import Screen
from agent.situation import Situation
from agent.trace import TraceWriter
from agent.windows import Standing
from bench import results
from bench.miniwob_server import Episode, PageHost, all_tasks
from bench.miniwob_table import Attempt, table

SCALE = 2.0
"""Device pixels per page pixel: at 1 its 10 px text is hard to read for anybody, more only costs time."""
PAGE = (160, 210)
FLIGHT = (375, 667)
"""The size of the mobile flight pages."""
WINDOW = (500, 680)
BELOW = 60
"""Page pixels under the page that are looked at too: lists open there."""
STEPS = 30
SECONDS = 40.0
RESULTS = Path("/tmp/deskhand-miniwob.jsonl")


@dataclass(frozen=True)
class View:
    """A part of the screen that is looked at in place of the whole."""

    screen: Screen
    box: Box

    @property
    def ui_scale(self) -> float:
        return self.screen.ui_scale

    def grab(self, region: Box | None = None) -> Screenshot:
        return self.screen.grab(region or self.box)

    def standing(self) -> Standing:
        return self.screen.standing()


class Hands:
    """One executor for many runs: it takes each permit's number once, and every run counts from one."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._count = 0

    def perform(self, permit: Permit, stop: threading.Event) -> Outcome:
        self._count += 1
        return self._executor.perform(permit.model_copy(update={"number": self._count}), stop)


class Rig:
    """One display, browser, executor and reader for all episodes."""

    def __init__(self, host: PageHost, scratch: Path, keep: bool) -> None:
        self._host, self._scratch, self._keep = host, scratch, keep
        self._stack = contextlib.ExitStack()
        enter = self._stack.enter_context
        try:
            size = (round(WINDOW[0] * SCALE), round(WINDOW[1] * SCALE))
            display = enter(PrivateDisplay(size=size, scale=SCALE))
            program = enter(browser(f"http://127.0.0.1:{host.port}/harness/idle", display))
            program.wait_window(30)
            cookie = str(display.xauthority)
            self._screen = enter(Screen(display.name, xauthority=cookie, ui_scale=SCALE))
            wrap = executor_wrap(display)
            self._hands = Hands(enter(Executor(display.name, xauthority=cookie, private=True, wrap=wrap)))
        except BaseException:
            self._stack.close()
            raise
        self._perceiver: Perceiver = make_perceiver()
        self._policy = Policy.load(find("policies", "sandbox"))

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def attempt(self, task: str, seed: int, number: int, limits: Limits) -> Attempt:
        """One episode: the page's reward, and how the run ended."""
        began = time.monotonic()
        brake = Brake()
        episode = self._host.show(Episode(number, task, seed), on_end=brake.pull)
        if not episode.started.wait(20):
            return Attempt(task, seed, 0.0, False, "", "harness", "the page did not start", 0, 0.0)
        folder = self._scratch / f"{task}-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        with TraceWriter(folder) as writer:
            bus = Bus(writer, Redactor([]))
            bus.emit(RunStarted(task=episode.utterance, policy="sandbox", planner="embedded", limits=limits))
            view = View(self._screen, self._region(task))
            eyes = ScreenEyes(view, self._perceiver, Settings(), stopped=episode.ended.is_set)
            planner = EmbeddedPlanner(Task(instructions=episode.utterance), self._perceiver.reread)
            gate = Gate(self._policy, AutoApprover())
            agent = Agent(eyes, planner, gate, self._hands, bus, Redactor([]), Situation(private=True), brake)
            try:
                result = agent.run(limits)
                status, reason, steps = result.status, result.reason, result.steps
            except Exception as error:
                status, reason, steps = "crash", repr(error), 0
        episode.ended.wait(0.5)
        seconds = round(time.monotonic() - began, 2)
        if not self._keep:
            shutil.rmtree(folder, ignore_errors=True)
        return Attempt(
            task, seed, episode.reward, episode.ended.is_set(), episode.utterance, status, reason, steps, seconds
        )

    def _region(self, task: str) -> Box:
        width, height = FLIGHT if task.startswith("flight.") else (PAGE[0], PAGE[1] + BELOW)
        return Box(left=0, top=0, width=round(width * SCALE), height=round(height * SCALE))


def run(args: argparse.Namespace) -> None:
    """All episodes that are asked for and not known yet; a task that can't reach the mark is left early."""
    tasks = args.tasks.split(",") if args.tasks else all_tasks()
    known = load(args.out) if args.resume else []
    if not args.resume:
        args.out.write_text("")
    limits = Limits(max_steps=args.max_steps, time_limit=args.time_limit)
    scratch = args.traces or Path(tempfile.mkdtemp(prefix="deskhand-miniwob-"))
    number = 0
    with PageHost() as host, Rig(host, scratch, keep=args.traces is not None) as rig:
        for task in tasks:
            mine = [one for one in known if one.task == task]
            for seed in range(args.first_seed, args.first_seed + args.seeds):
                lost = sum(not one.solved for one in mine)
                if any(one.seed == seed for one in mine) or (args.seeds > 2 and lost >= 2):
                    continue
                number += 1
                one = rig.attempt(task, seed, number, limits)
                mine.append(one)
                known.append(one)
                with args.out.open("a") as file:
                    file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
                mark = "ok  " if one.solved else "FAIL"
                print(f"{mark} {task} #{seed} {one.reward:+.2f} {one.steps} steps {one.seconds:.1f} s", flush=True)
                if not one.solved:
                    print(f"       {one.utterance[:150]!r}\n       {one.status}: {one.reason[:220]}", flush=True)
    if args.traces is None:
        shutil.rmtree(scratch, ignore_errors=True)


def load(path: Path) -> list[Attempt]:
    """The attempts that a results file holds."""
    return [Attempt(**json.loads(line)) for line in results.lines(path)]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", help="comma-separated; default: all of the package's registry")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--max-steps", type=int, default=STEPS)
    parser.add_argument("--time-limit", type=float, default=SECONDS, help="seconds an episode")
    results.add_options(parser, RESULTS, "an episode")
    args = parser.parse_args(argv)
    if not args.only_table:
        run(args)
    results.tell(table(load(args.out)), args)


if __name__ == "__main__":
    main()
