"""A proposal and where it stands, described in a few words: for explaining a policy and for its test cases."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.policy.chords import parse_chord
from agent.schema import (
    Action,
    Alert,
    Ask,
    Box,
    Click,
    Context,
    Deed,
    Done,
    Drag,
    Element,
    ElementState,
    Fail,
    Grounding,
    Intent,
    Move,
    Point,
    PressKeys,
    Proposal,
    Role,
    Scroll,
    Task,
    TypeText,
    Value,
    Wait,
    Zoom,
)

SCREEN = Box(left=0, top=0, width=1280, height=800)
SPOT = Box(left=400, top=300, width=200, height=30)
"""Where the target lies if nothing else is said."""


class Thing(Value):
    """Something on the screen."""

    role: Role = "button"
    text: str = ""
    label: str = ""
    hint: str = ""
    group: str = ""
    focused: bool | None = None
    checked: bool | None = None
    expanded: bool | None = None
    placeholder: bool | None = None
    box: tuple[int, int, int, int] | None = None
    """Left, top, width, height."""

    def element(self, number: int) -> Element:
        place = Box(left=self.box[0], top=self.box[1], width=self.box[2], height=self.box[3]) if self.box else SPOT
        state = ElementState(
            focused=self.focused, checked=self.checked, expanded=self.expanded, placeholder=self.placeholder
        )
        return Element(
            id=number,
            role=self.role,
            box=place,
            state=state,
            text=self.text,
            label=self.label,
            hint=self.hint,
            group=self.group,
        )


class Claims(Value):
    """What the planner says of its own action."""

    intent: Intent = "instruct"
    target: str = ""
    role: Role | None = None


class Described(Value):
    """A proposal and its situation."""

    action: Literal["click", "move", "drag", "scroll", "type_text", "press_keys", "wait", "zoom", "done", "fail", "ask"]
    typed: str = ""
    secret: bool = False
    keys: str = ""
    """A chord, such as `ctrl+s`."""
    button: Literal["left", "middle", "right"] = "left"
    held: tuple[str, ...] = ()
    """Keys held during a click."""
    target: Thing | None = None
    """What the action meets: under its point, or with the focus."""
    to: Thing | None = None
    """Where a drag ends."""
    also: tuple[Thing, ...] = ()
    """What else is on the screen."""
    claims: Claims = Claims()
    task: Task | None = None
    window: str = ""
    application: str = ""
    own: bool = True
    private: bool = False
    address: str = ""
    """What stands in an address bar at the top."""
    alerts: tuple[Literal["orders", "fake_dialog", "lookalike", "invisible"], ...] = ()
    time: str = Field(default="12:00", pattern=r"^([01]?\d|2[0-3])(:[0-5]\d)?$")
    running: float = 0.0
    """Seconds since the run began."""
    done: dict[str, int] = Field(default_factory=dict[str, int])
    """How many actions were done that count for a rule with a limit."""

    def proposal(self) -> Proposal:
        claims = self.claims
        grounding = None
        if claims.target or claims.role:
            grounding = Grounding(target=claims.target, point=self._spot(), box=SPOT, role=claims.role)
        return Proposal(action=self._action(), intent=claims.intent, grounding=grounding)

    def context(self) -> Context:
        things = [thing for thing in (self.target, self.to, *self.also) if thing is not None]
        elements = [thing.element(number) for number, thing in enumerate(things, 1)]
        if self.target is not None and self.action in ("type_text", "press_keys") and self.target.focused is None:
            elements[0] = elements[0].model_copy(
                update={"state": elements[0].state.model_copy(update={"focused": True})}
            )
        if self.address:
            bar = Box(left=100, top=10, width=800, height=30)
            elements.append(Element(id=99, role="textbox", box=bar, text=self.address))
        hours, _, minutes = self.time.partition(":")
        deeds = tuple(
            Deed(kind=self.action, rule=rule, at=max(0.0, self.running - 0.01), counts=(rule,))
            for rule, number in self.done.items()
            for _ in range(number)
        )
        return Context(
            private=self.private,
            window=self.window,
            application=self.application,
            own=self.own,
            elements=tuple(elements),
            region=SCREEN,
            task=self.task,
            alerts=tuple(Alert(kind=kind, text="...", box=SPOT.shift(0, 200)) for kind in self.alerts),
            deeds=deeds,
            seconds=self.running,
            clock=int(hours) * 3600.0 + int(minutes or 0) * 60,
        )

    def _spot(self, thing: Thing | None = None) -> Point:
        thing = thing or self.target
        return (thing.element(0).box if thing else SPOT).center

    def _action(self) -> Action:
        spot = self._spot()
        match self.action:
            case "click":
                return Click(point=spot, button=self.button, modifiers=self.held)
            case "move":
                return Move(point=spot)
            case "drag":
                end = self._spot(self.to) if self.to else Point(x=spot.x + 60, y=spot.y)
                return Drag(path=(spot, end), button=self.button)
            case "scroll":
                return Scroll(point=spot, dy=3)
            case "type_text":
                return TypeText(text=self.typed, secret=self.secret)
            case "press_keys":
                return PressKeys(keys=tuple(sorted(parse_chord(self.keys or "f7"))))
            case "wait":
                return Wait(seconds=1)
            case "zoom":
                return Zoom(region=SPOT)
            case "done":
                return Done()
            case "fail":
                return Fail(reason="")
            case "ask":
                return Ask(question="")
