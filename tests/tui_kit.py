"""The real screen over the real loop and gate, with a pretended form in place of the display."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

import numpy as np
from textual.pilot import Pilot

from agent.brake import Brake
from agent.events import Bus, Event, Subscriber
from agent.gate import Approver, Gate, Judge
from agent.loop import Agent, Planner
from agent.planners.scripted import ScriptedPlanner
from agent.redact import Redactor
from agent.schema import (
    Action,
    Alert,
    Box,
    Click,
    Context,
    Grounding,
    Limits,
    Observation,
    Outcome,
    Permit,
    Pixels,
    Point,
    Proposal,
    Result,
    Task,
    TypeText,
    Verdict,
)
from agent.situation import Situation
from agent.ui.tui.app import DeskhandApp
from agent.ui.tui.pace import Pace
from agent.ui.tui.run import RunScreen
from tests.fakes import Control, FakeScreen

NAME = Grounding(target="First name", point=Point(x=320, y=52), box=Box(left=200, top=40, width=240, height=24))
CARD = Grounding(
    target="Card number", point=Point(x=320, y=98), box=Box(left=200, top=86, width=240, height=24), role="textbox"
)


def form() -> FakeScreen:
    return FakeScreen([Control("textbox", "First name"), Control("textbox", "Card number")])


def click(grounding: Grounding = NAME, thought: str = "It is the first field.") -> Proposal:
    return Proposal(action=Click(point=grounding.point), grounding=grounding, thought=thought)


def typing(text: str = "4111 1111 1111", *, secret: bool = False, thought: str = "the card") -> Proposal:
    return Proposal(action=TypeText(text=text, secret=secret), grounding=CARD, thought=thought)


def page() -> Pixels:
    """A form as grey captions, white fields and a green button on a light ground."""
    pixels = np.full((600, 800, 3), 238, np.uint8)
    pixels[0:24] = (52, 73, 94)
    for top in (40, 86):
        pixels[top + 6 : top + 18, 20:150:2] = 90
        pixels[top - 1 : top + 25, 199:441] = 120
        pixels[top : top + 24, 200:440] = 255
    pixels[140:170, 200:300] = (39, 174, 96)
    return pixels


class Clock:
    """Time that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Rules:
    """A policy that asks for everything but the kinds that it allows or denies."""

    def __init__(self, allow: Sequence[str] = (), deny: Sequence[str] = (), verdict: Verdict | None = None) -> None:
        self._allow, self._deny = allow, deny
        self._verdict = verdict or Verdict(effect="ask", rule="asks-all", risk="medium", reason="the test says so")
        self.judged: list[Action] = []

    def judge(self, proposal: Proposal, context: Context) -> Verdict:
        self.judged.append(proposal.action)
        kind = proposal.action.kind
        if kind in self._allow:
            return Verdict(effect="allow", rule="allows", risk="low")
        return Verdict(effect="deny", rule="denies", risk="high") if kind in self._deny else self._verdict


class World:
    """Eyes and hands over a pretended form; `drawn` stands for its pixels, the same in every process."""

    def __init__(self, screen: FakeScreen, window: str = "Checkout - Chromium") -> None:
        self.screen, self._window = screen, window
        self.drawn = page()

    def look(self, region: Box | None = None) -> Observation:
        look = self.screen.look()
        shot = look.screenshot.model_copy(update={"pixels": self.drawn})
        return look.model_copy(update={"window": self._window, "screenshot": shot})

    def same_since(self, before: Observation, box: Box) -> bool:
        return True

    def perform(self, permit: Permit, stop: threading.Event) -> Outcome:
        return self.screen.perform(permit.action)


class Session:
    """What `app.Run` is to the screen, with a pretended world; `events` holds all that happened."""

    def __init__(
        self, *steps: Proposal | Action, judge: Judge | None = None, planner: Planner | None = None,
        alerts: tuple[Alert, ...] = (), limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self.screen, self.judge, self.alerts = form(), judge or Rules(), alerts
        self.world = World(self.screen)
        self.planner = planner or ScriptedPlanner(steps)
        self.limits = limits or Limits()
        self.events: list[Event] = []
        self.redactor = Redactor()
        self.bus = Bus(self.events.append, self.redactor)
        self.brake = Brake()

    def start(self, approver: Approver, watchers: Sequence[Subscriber], brake: Brake) -> Session:
        self.approver, self.brake = approver, brake
        for watcher in watchers:
            self.bus.watch(watcher)
        return self

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def go(self) -> Result:
        task = Task(instructions="Fill in the form")
        situation = Situation(task, private=True, watch=lambda look: self.alerts)
        gate = Gate(self.judge, self.approver)
        agent = Agent(self.world, self.planner, gate, self.world, self.bus, self.redactor, situation, self.brake)
        return agent.run(self.limits)

    def kinds(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


class Rig:
    """The app over a session, with a clock that the test moves."""

    def __init__(self, session: Session, *, private: bool = True, ask_limit: float = 120.0) -> None:
        self.session, self.clock = session, Clock()
        pace = Pace(self.clock, lambda: 0.0)
        self.screen = RunScreen(
            session.start, limits=session.limits, private=private, ask_limit=ask_limit, clock=self.clock, pace=pace
        )
        self.app = DeskhandApp(self.screen)


async def until(pilot: Pilot[object], there: Callable[[], object], seconds: float = 60.0) -> None:
    """Let the app work until something is so; fails after a while."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it did not come"
        await pilot.pause(0.01)
