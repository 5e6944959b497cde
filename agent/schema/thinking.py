"""What a planner says: an action, where it aims, what it is for, what should be seen after it."""

from __future__ import annotations

from typing import Literal

from agent.schema.acting import Action
from agent.schema.seeing import Box, Point, Role
from agent.schema.value import Value


class Grounding(Value):
    """Where an action aims and why."""

    target: str
    """In words: what is meant to be there."""
    point: Point
    box: Box
    role: Role | None = None
    confidence: float = 1.0
    source: Literal["text", "label", "widget", "position", "model", "zoom", "replay", "script"] = "label"


class Expectation(Value):
    """What should be seen after an action."""

    kind: Literal["change", "text", "checked", "unchecked", "gone", "none"] = "change"
    """`change`: something near the target or elsewhere looks different; `text`: the target shows `text`;
    `none`: nothing need change (a wait, a key that moves an unseen focus)."""
    text: str = ""


Intent = Literal["look", "fill", "choose", "navigate", "submit", "dismiss", "instruct"]
"""What an action is for. `submit` sends data and can't be undone."""

FieldVerdict = Literal["ok", "wrong", "unfilled", "unknown"]


class FieldResult(Value):
    """One field of a form: what it should show and what it shows."""

    label: str
    key: str
    wanted: str
    read: str = ""
    verdict: FieldVerdict = "unfilled"
    note: str = ""


class Proposal(Value):
    """What a planner wants to do next."""

    action: Action
    thought: str = ""
    grounding: Grounding | None = None
    expectation: Expectation = Expectation()
    intent: Intent = "instruct"
    fields: tuple[FieldResult, ...] = ()
    """Results that became known since the last proposal (a later one for the same key replaces it)."""
    unmatched_keys: tuple[str, ...] = ()
    by: Literal["agent", "person"] = "agent"
    """`person`: what somebody does by hand who took over."""
    mistake: str = ""
    """Why a planner that may err could not come to an action: nothing is done, and the step counts as failed."""
