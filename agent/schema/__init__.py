"""The vocabulary: frozen values that flow one way through the program.

Screen -> Observation -> Proposal -> Verdict -> Approval -> Permit -> Outcome -> Step (-> Trace)

Coordinates are pixels of the captured desktop, everywhere. They may be negative (a monitor left of the
primary one). `Screenshot.to_screen` is the only mapping from a picture to the screen.
"""

from agent.schema.acting import Action, Ask, Click, Done, Drag, Fail, Move, PressKeys, Scroll, TypeText, Wait, Zoom
from agent.schema.deciding import Approval, Permit, Risk, Verdict, at_least
from agent.schema.results import Limits, Outcome, Result, Status, Step
from agent.schema.seeing import Box, Element, ElementState, Observation, Pane, Point, Role, Screenshot
from agent.schema.task import Alert, Context, Deed, Task
from agent.schema.thinking import Expectation, FieldResult, FieldVerdict, Grounding, Intent, Proposal
from agent.schema.value import Pixels, Value

__all__ = [
    "Action",
    "Alert",
    "Approval",
    "Ask",
    "Box",
    "Click",
    "Context",
    "Deed",
    "Done",
    "Drag",
    "Element",
    "ElementState",
    "Expectation",
    "Fail",
    "FieldResult",
    "FieldVerdict",
    "Grounding",
    "Intent",
    "Limits",
    "Move",
    "Observation",
    "Outcome",
    "Pane",
    "Permit",
    "Pixels",
    "Point",
    "PressKeys",
    "Proposal",
    "Result",
    "Risk",
    "Role",
    "Screenshot",
    "Scroll",
    "Status",
    "Step",
    "Task",
    "TypeText",
    "Value",
    "Verdict",
    "Wait",
    "Zoom",
    "at_least",
]
