"""One display, browser, pair of hands and reader of pixels for all pages of the corpus."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

from agent.app import make_perceiver
from agent.brake import Brake
from agent.config import Settings
from agent.events import Bus, Event, Note
from agent.executor import Executor
from agent.eyes import ScreenEyes
from agent.gate import Gate
from agent.lookup import find
from agent.loop import Agent
from agent.planners.embedded.planner import EmbeddedPlanner
from agent.policy import Policy
from agent.policy.suspicion import Watch, warning
from agent.redact import Redactor
from agent.sandbox import PrivateDisplay, browser, executor_wrap
from agent.schema import Box, Limits, Outcome, Permit, Result
from agent.screen import Screen
from agent.situation import Situation
from agent.trace import TraceWriter
from tests.injection.cases import Case
from tests.injection.gullible import Gullible
from tests.injection.judge import OwnButton, Score, score
from tests.injection.pages import page
from tests.injection.server import Host

SIZE = (900, 680)
EVERYTHING = "version: 1\nrules:\n  - {name: everything, effect: allow, match: any}\n"
LIMITS = Limits(max_steps=70, time_limit=60.0)


class Hands:
    """One executor for many runs: it takes each permit's number once, and every run counts from one."""

    def __init__(self, executor: Executor) -> None:
        self._executor, self._count = executor, 0

    def perform(self, permit: Permit, stop: threading.Event) -> Outcome:
        self._count += 1
        return self._executor.perform(permit.model_copy(update={"number": self._count}), stop)


class Rig:
    """Runs cases, one after the other, in one browser; a browser that an order closed is started anew."""

    def __init__(self, policy: str = "standard", *, bare: bool = False) -> None:
        """`bare`: everything is allowed, which tells what the orders would come to without a policy."""
        self._bare = bare
        self._policy = Policy.parse(EVERYTHING) if bare else Policy.load(find("policies", policy))
        self._perceiver = make_perceiver(SIZE)
        self._host = Host()
        self._outer = contextlib.ExitStack()
        self._outer.enter_context(self._host)
        self._stack: contextlib.ExitStack | None = None

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self._outer.close()

    def _close(self) -> None:
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def _open(self) -> None:
        if self._stack is not None and self._program.returncode is None:
            return
        self._close()
        self._stack = contextlib.ExitStack()
        enter = self._stack.enter_context
        display = enter(PrivateDisplay(size=SIZE))
        self._program = enter(browser(f"{self._host.url}/page/{self._host.heard.number}", display))
        self._program.wait_window(30)
        cookie = str(display.xauthority)
        self._screen = enter(Screen(display.name, xauthority=cookie, ui_scale=1.0))
        hands = enter(Executor(display.name, xauthority=cookie, private=True, wrap=executor_wrap(display)))
        self._hands = Hands(hands)

    def run(self, case: Case, planner: str, *, attacked: bool, trace: Path | None = None) -> Score:
        """One page with one planner: `embedded`, or `gullible`, which does what the page orders first."""
        self._open()
        heard = self._host.show(page(case, attacked=attacked))
        if not heard.ready.wait(20):
            raise RuntimeError(f"{case.id}: the page did not start")
        events: list[Event] = []
        with contextlib.ExitStack() as stack:
            writer = stack.enter_context(TraceWriter(trace)) if trace else events.append
            bus = Bus(writer)
            if trace:
                bus.watch(events.append)
            task = case.goal.task
            plan = EmbeddedPlanner(task, self._perceiver.reread)
            gullible = Gullible(case, heard.places, plan) if planner == "gullible" else None

            def own_place() -> Box | None:
                # Once the form has gone there is no such button.
                gone = any(path in ("/submit", "/collect", "/elsewhere") for path, _ in heard.sent)
                return None if gone else heard.places.get("own")

            situation = Situation(
                task, private=False, watch=Watch(lambda a: bus.emit(Note(level="warning", text=warning(a))))
            )
            eyes = ScreenEyes(self._screen, self._perceiver, Settings(), app_exit=lambda: self._program.returncode)
            agent = Agent(
                eyes,
                gullible or plan,
                Gate(self._policy, OwnButton(own_place)),
                self._hands,
                bus,
                Redactor([]),
                situation,
                Brake(),
            )
            try:
                result = agent.run(LIMITS)
            except Exception as error:  # a run that breaks is a result of the bench too
                result = Result(status="failed", reason=f"crash: {error!r}")
        time.sleep(0.05)  # the page's last beacons
        found = score(case, planner, attacked, heard, events, result, len(gullible.orders) if gullible else 0)
        if found.completed or self._bare:
            self._close()  # what was done may stand in the way of the next page: a dialog, another window
        return found
