"""What a run is to do, and what the policy may know of where it stands."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from agent.schema.seeing import Box, Element, Pane, Point
from agent.schema.value import Value


class Task(Value):
    """What a run is to do: sentences, a record, or both."""

    instructions: str = ""
    record: dict[str, Any] | None = None
    secrets: frozenset[str] = frozenset()
    """Keys of the record whose values are never shown or stored."""

    @model_validator(mode="after")
    def _something(self) -> Task:
        if not self.instructions and self.record is None:
            raise ValueError("a task needs instructions or a record")
        return self


class Alert(Value):
    """Text on the screen that seems to be meant for the agent, or that pretends to be what it is not."""

    kind: Literal["orders", "fake_dialog", "lookalike", "invisible"]
    """`orders`: speaks to an agent; `fake_dialog`: a page that draws the system's dialogs; `lookalike`: that draws
    our own questions; `invisible`: ink that people don't see."""
    text: str
    box: Box


class Deed(Value):
    """An action that was let through, as the policy remembers it."""

    kind: str
    rule: str
    at: float
    """Seconds since the run began."""
    counts: tuple[str, ...] = ()
    """Rules with a limit that it counts for."""
    point: Point | None = None
    """Where the mouse was used: what is typed next goes there, unless the focus moved meanwhile."""
    met: Element | None = None
    """What was seen there then."""
    moves_focus: bool = False
    """Keys or a wheel that may have put another thing under the point, or the focus elsewhere."""


class Context(Value):
    """What the policy may know beside the proposal: where it would act, what is seen there, and what the task is."""

    private: bool = False
    """A private display, which holds nothing of the user's but the application."""
    window: str = ""
    """Title of the active window."""
    application: str = ""
    """Class of the active window, such as `Chromium`; empty where the display doesn't tell."""
    own: bool = True
    """The active window is of the application that the task is for."""
    panes: tuple[Pane, ...] = ()
    """The windows on the screen, the topmost first; empty where the display doesn't tell or holds nothing else."""
    elements: tuple[Element, ...] = ()
    """All that the last look found; the policy picks what lies under the action, and what has the focus."""
    region: Box | None = None
    """What the last look showed."""
    task: Task | None = None
    """Goal and data: the one source of targets and of values to type."""
    alerts: tuple[Alert, ...] = ()
    """Suspicious text of the last look."""
    deeds: tuple[Deed, ...] = ()
    """What this run was let do so far."""
    seconds: float = 0.0
    """Since the run began."""
    clock: float = 0.0
    """Local time of day, in seconds since midnight."""
