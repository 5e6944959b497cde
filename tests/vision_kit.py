"""What the tests of the planner that sees share: a pretended form, and a model that says what it is told."""

from __future__ import annotations

import threading
from typing import Any

from agent.dialects.qwen3_vl import Qwen3VL
from agent.planners.vision.planner import VisionPlanner
from agent.schema import (
    Box,
    Observation,
    Outcome,
    Proposal,
    Screenshot,
    Step,
    Task,
)
from agent.talk import Answer
from tests.fakes import REGION, Control, FakeScreen, submit_button
from tests.scripted_chat import Reply, ScriptedChat, says


def planner(
    task: Task, *replies: Reply, screen: FakeScreen | None = None, **more: Any
) -> tuple[VisionPlanner, ScriptedChat]:
    chat = ScriptedChat(replies)
    more = {"stop": threading.Event(), "dialect": Qwen3VL(), **more}
    if screen is not None:
        more["reread"] = screen.reread
    return VisionPlanner(task, chat, more.pop("dialect"), **more), chat


def at(screen: FakeScreen, label: str) -> list[int]:
    """Where a control is, in the model's own scale."""
    box = next(c for c in screen.controls if c.label == label).box(screen.offset)
    return [round(1000 * box.center.x / REGION.width), round(1000 * box.center.y / REGION.height)]


def click(screen: FakeScreen, label: str) -> Answer:
    return says(f"click {label}", action="left_click", coordinate=at(screen, label))


def types(text: str) -> Answer:
    return says(f"type {text}", action="type", text=text)


FINISHED = says("finish", action="terminate", status="success")


def form(*more: Control) -> FakeScreen:
    fields = [
        Control("textbox", "First name", name="first"),
        Control("textbox", "Email", name="email"),
        Control("textbox", "Password", name="password", secret=True),
    ]
    return FakeScreen([*fields, *more, submit_button()])


RECORD = {"first_name": "Ada", "email": "ada@example.org", "password": "s3cret pass"}
FORM = Task(record=RECORD, secrets=frozenset({"password"}))


def filled(screen: FakeScreen, first: str = "Ada", email: str = "{{email}}") -> list[Reply]:
    return [
        click(screen, "First name"),
        types(first),
        click(screen, "Email"),
        types(email),
        click(screen, "Password"),
        types("{{password}}"),
    ]


def part_of(whole: Observation, region: Box) -> Observation:
    shot = Screenshot(pixels=whole.screenshot.crop(region), region=region)
    return Observation(number=whole.number + 1, screenshot=shot)


def step(proposal: Proposal, status: Any = "ok") -> Step:
    return Step(number=1, proposal=proposal, outcome=Outcome(status=status))
