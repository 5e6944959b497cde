"""The vocabulary: frozen values that flow one way through the program.

Screen -> Observation -> Proposal -> Verdict -> Approval -> Permit -> Outcome -> Step (-> Trace)

Coordinates are pixels of the captured desktop, everywhere. They may be negative (a monitor left of the
primary one). `Screenshot.to_screen` is the only mapping from a picture to the screen.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

Pixels = NDArray[np.uint8]
"""RGB picture, shape (height, width, 3), dtype uint8."""


class Value(BaseModel):
    """Base of every value: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


# ---------------------------------------------------------------- seeing


class Point(Value):
    """A pixel of the captured desktop."""

    x: int
    y: int


class Box(Value):
    """A rectangle in desktop pixels; `right` and `bottom` are exclusive."""

    left: int
    top: int
    width: int = Field(ge=0)
    height: int = Field(ge=0)

    @classmethod
    def of(cls, left: float, top: float, right: float, bottom: float) -> Box:
        """The box between two corners (right and bottom exclusive), rounded to pixels."""
        x, y = round(left), round(top)
        return cls(left=x, top=y, width=max(0, round(right) - x), height=max(0, round(bottom) - y))

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def center(self) -> Point:
        return Point(x=self.left + self.width // 2, y=self.top + self.height // 2)

    def contains(self, point: Point) -> bool:
        return self.left <= point.x < self.right and self.top <= point.y < self.bottom

    def overlap(self, other: Box) -> Box:
        """The common part; zero width or height where there is none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Box.of(left, top, max(left, min(self.right, other.right)), max(top, min(self.bottom, other.bottom)))

    def union(self, other: Box) -> Box:
        return Box.of(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        common = self.overlap(other).area
        return common / (self.area + other.area - common) if common else 0.0

    def grow(self, by: int) -> Box:
        """The same centre, `by` pixels more on each side (fewer if negative)."""
        return Box.of(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def shift(self, dx: int, dy: int) -> Box:
        return Box(left=self.left + dx, top=self.top + dy, width=self.width, height=self.height)

    def as_list(self) -> list[int]:
        """[left, top, width, height], the form that the command line prints."""
        return [self.left, self.top, self.width, self.height]


class Screenshot(Value):
    """Pixels and the part of the desktop that they show."""

    pixels: Pixels = Field(repr=False, exclude=True)
    region: Box
    """What the picture shows, in desktop coordinates."""
    taken_at: float = 0.0
    """Seconds on the monotonic clock."""

    @property
    def scale(self) -> float:
        """Picture pixels per desktop pixel (2.0 where a display captures twice what it clicks)."""
        return self.pixels.shape[1] / self.region.width if self.region.width else 1.0

    def to_screen(self, u: float, v: float) -> Point:
        """Relative picture coordinates (0..1 on both axes) to a desktop pixel, clamped to the region."""
        x = self.region.left + min(int(u * self.region.width), self.region.width - 1)
        y = self.region.top + min(int(v * self.region.height), self.region.height - 1)
        return Point(x=max(self.region.left, x), y=max(self.region.top, y))

    def crop(self, box: Box) -> Pixels:
        """The pixels of a desktop box; the part outside the region is left out."""
        part = self.region.overlap(box).shift(-self.region.left, -self.region.top)
        s = self.scale
        return self.pixels[round(part.top * s) : round(part.bottom * s), round(part.left * s) : round(part.right * s)]


Role = Literal[
    "text",
    "heading",
    "link",
    "button",
    "textbox",
    "textarea",
    "checkbox",
    "radio",
    "combobox",
    "listbox",
    "option",
    "spinbutton",
    "slider",
    "switch",
    "dialog",
    "icon",
    "scrollbar",
]
"""What an element is, in the words of WAI-ARIA (plus `textarea`, `text` and `icon`)."""


class ElementState(Value):
    """What a control shows of its state; None where it has no such state or it can't be seen."""

    checked: bool | None = None
    """Checkbox, radio, switch."""
    expanded: bool | None = None
    """An open dropdown."""
    disabled: bool | None = None
    readonly: bool | None = None
    focused: bool | None = None
    required: bool | None = None
    """Marked as required by an asterisk or a word."""
    invalid: bool | None = None
    """Drawn as faulty (red border) or with a message at it."""
    placeholder: bool | None = None
    """`text` is a placeholder, not a value."""
    position: float | None = None
    """Slider and scrollbar: 0..1 from the left or top."""


class Element(Value):
    """Something that can be read or operated, as found in the pixels."""

    id: int
    role: Role
    box: Box
    text: str = ""
    """What is written in it: a caption, a value, or the text itself."""
    label: str = ""
    """What names it, tied by geometry; for a button, link or text its own text."""
    label_box: Box | None = None
    hint: str = ""
    """Help text or placeholder that belongs to it."""
    error: str = ""
    """A validation message that belongs to it."""
    group: str = ""
    """Legend or heading of the set that it belongs to (a radio's question)."""
    state: ElementState = ElementState()
    confidence: float = 1.0


class Observation(Value):
    """One look: the picture and what was found in it."""

    number: int
    screenshot: Screenshot
    elements: tuple[Element, ...] = ()
    changed: tuple[Box, ...] = ()
    """Where the screen differs from the look before; the whole region at the first look."""
    window: str = ""
    """Title of the active window, where the display tells."""
    app_exit: int | None = None
    """Exit code of the application that Deskhand started, once it has ended."""

    def at(self, point: Point) -> Element | None:
        """The smallest element that covers a point."""
        return min((e for e in self.elements if e.box.contains(point)), key=lambda e: e.box.area, default=None)


# ---------------------------------------------------------------- acting


class Click(Value):
    kind: Literal["click"] = "click"
    point: Point
    button: Literal["left", "middle", "right"] = "left"
    count: int = Field(default=1, ge=1, le=3)
    modifiers: tuple[str, ...] = ()
    """Keys held meanwhile: ctrl, shift, alt, meta."""


class Move(Value):
    kind: Literal["move"] = "move"
    point: Point


class Drag(Value):
    """Press at the first point, move through the others, release at the last."""

    kind: Literal["drag"] = "drag"
    path: tuple[Point, ...] = Field(min_length=2)
    button: Literal["left", "middle", "right"] = "left"


class Scroll(Value):
    """Wheel notches at a point: `dy` > 0 shows what is further down, `dx` > 0 what is further right."""

    kind: Literal["scroll"] = "scroll"
    point: Point
    dx: int = 0
    dy: int = 0


class TypeText(Value):
    """Type text where the focus is; `\\n` is Enter, `\\t` is Tab."""

    kind: Literal["type_text"] = "type_text"
    text: str
    replace: bool = False
    """Select everything in the focused field first, so that the text replaces it."""
    secret: bool = False
    """Never shown and never stored."""


class PressKeys(Value):
    """Press keys together as one chord, named as pyautogui names them (`ctrl`, `a`, `enter`, `pagedown`)."""

    kind: Literal["press_keys"] = "press_keys"
    keys: tuple[str, ...] = Field(min_length=1)
    times: int = Field(default=1, ge=1, le=100)


class Wait(Value):
    kind: Literal["wait"] = "wait"
    seconds: float = Field(ge=0, le=60)


class Zoom(Value):
    """The next observation shows this region at full resolution."""

    kind: Literal["zoom"] = "zoom"
    region: Box


class Done(Value):
    kind: Literal["done"] = "done"
    summary: str = ""


class Fail(Value):
    kind: Literal["fail"] = "fail"
    reason: str
    status: Literal["failed", "bad_input"] = "failed"


class Ask(Value):
    """The planner can't go on without a person: a question and, where there are any, the candidates."""

    kind: Literal["ask"] = "ask"
    question: str
    candidates: tuple[str, ...] = ()


Action = Annotated[
    Click | Move | Drag | Scroll | TypeText | PressKeys | Wait | Zoom | Done | Fail | Ask,
    Field(discriminator="kind"),
]

# ---------------------------------------------------------------- thinking


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
    mistake: str = ""
    """Why a planner that may err could not come to an action: nothing is done, and the step counts as failed."""


# ---------------------------------------------------------------- deciding

Risk = Literal["none", "low", "medium", "high"]


class Context(Value):
    """What the policy may know beside the proposal: where it would act and what is seen there."""

    private: bool = False
    """A private display, which holds nothing of the user's but the application."""
    window: str = ""
    """Title of the active window."""
    elements: tuple[Element, ...] = ()
    """All that the last look found; the policy picks what lies under the action, and what has the focus."""

    @classmethod
    def of(cls, observation: Observation, *, private: bool) -> Context:
        """The context of a proposal made at this look."""
        return cls(private=private, window=observation.window, elements=observation.elements)


class Verdict(Value):
    """What the policy says of a proposal."""

    effect: Literal["allow", "ask", "deny"]
    rule: str
    """Name of the rule that decided, or `default`."""
    risk: Risk = "low"
    reason: str = ""


class Approval(Value):
    """Who let a proposal through (or not)."""

    decision: Literal["approve", "modify", "reject", "stop"]
    by: str
    """`policy`, `person`, `auto` or `nobody`."""
    action: Action | None = None
    """The action to do instead, with `modify`; it is judged again."""
    reason: str = ""


class Permit(Value):
    """The right to perform one action once. Only `gate.py` makes one."""

    action: Action
    verdict: Verdict
    approval: Approval
    number: int


# ---------------------------------------------------------------- results


class Outcome(Value):
    """What an action did, as far as can be seen. `unknown` is never success."""

    status: Literal["ok", "no_effect", "unknown", "failed", "rejected", "stale", "timeout"]
    detail: str = ""
    read: str = ""
    """What the target shows afterwards, where it was read."""


class Step(Value):
    """One turn of the loop: what was proposed, decided and seen."""

    number: int
    proposal: Proposal
    verdict: Verdict | None = None
    approval: Approval | None = None
    outcome: Outcome


class Limits(Value):
    """Where a run ends whatever the planner wants."""

    max_steps: int = Field(default=400, ge=1)
    time_limit: float = Field(default=900.0, gt=0)
    """Seconds."""


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


Status = Literal["done", "failed", "bad_input", "stopped", "denied", "needs_person", "missing"]


class Result(Value):
    """How a run ended."""

    status: Status
    reason: str = ""
    fields: tuple[FieldResult, ...] = ()
    unmatched_keys: tuple[str, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    trace: str = ""
