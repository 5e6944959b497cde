"""What a rule is for: the parts of a match, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Literal

from agent.policy.chords import Chord
from agent.schema import Risk

Effect = Literal["allow", "ask", "deny"]
Origin = Literal["record", "task", "elsewhere"]
Typed = Literal["card", "iban", "key", "password", "email", "url"]
RiskKind = Literal["submit", "pay", "send", "delete", "install", "sign_in", "grant", "leave"]
AlertKind = Literal["orders", "fake_dialog", "lookalike", "invisible"]

EFFECTS: tuple[Effect, ...] = ("allow", "ask", "deny")
"""From the mildest to the strictest."""


@dataclass(frozen=True, slots=True)
class Extent:
    """One side of a region: pixels of the desktop, or a share of what is seen."""

    value: float
    share: bool = False

    def pixels(self, whole: int) -> float:
        return self.value * whole if self.share else self.value


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the screen, from its top left corner."""

    left: Extent
    top: Extent
    width: Extent
    height: Extent


@dataclass(frozen=True, slots=True)
class Span:
    """Times of the day in seconds since midnight; the end is exclusive, and may lie before the start (overnight)."""

    start: float
    end: float

    def holds(self, clock: float) -> bool:
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True, slots=True)
class Limit:
    """So many may be done, in the run or in any stretch of so many seconds."""

    number: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Every part that is given must fit; of a list one must (`hosts`, `roles`: see docs/policies.md)."""

    actions: frozenset[str] | None = None
    intents: frozenset[str] | None = None
    risk: Risk | None = None
    """At least this risk."""
    kinds: frozenset[RiskKind] | None = None
    """What the action would do, by the words at its target."""
    roles: frozenset[str] | None = None
    """Of what is seen at the target; where several things are met, all of them."""
    text: tuple[re.Pattern[str], ...] | None = None
    """Regular expressions, searched without regard to case in the texts of the target."""
    named: bool | None = None
    """The task names the target."""
    belongs: bool | None = None
    """What is typed is what the task has for that field."""
    keys: tuple[Chord, ...] | None = None
    """Chords such as `ctrl+s`; `super+*` is every chord with that key."""
    button: frozenset[str] | None = None
    """Of the mouse; `held` where keys are held meanwhile."""
    window: tuple[re.Pattern[str], ...] | None = None
    """Regular expressions, searched in the title of the window that would be acted on."""
    application: tuple[re.Pattern[str], ...] | None = None
    """Regular expressions, searched in its class."""
    own: bool | None = None
    """It is of the application that the task is for."""
    private: bool | None = None
    """On a private display, or on one that the user works on."""
    region: Region | None = None
    typed: frozenset[Typed] | None = None
    typed_text: tuple[re.Pattern[str], ...] | None = None
    typed_longer: int | None = None
    """More than so many characters."""
    origin: frozenset[Origin] | None = None
    """`from` in the file: where what is typed comes from."""
    hosts: tuple[str, ...] | None = None
    """Addresses that are seen; `none` where no address is."""
    alerts: frozenset[AlertKind] | None = None
    more_than: Limit | None = None
    """So many actions that the rest of the rule fits were done already."""
    time: tuple[Span, ...] | None = None
    after: float | None = None
    """Seconds since the run began."""
    unless: Match | None = None
    """The rule is not for what this fits."""

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the parts that are given."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)

    @property
    def everything(self) -> bool:
        return not self.given


@dataclass(frozen=True, slots=True)
class Rule:
    """A named decision."""

    name: str
    effect: Effect
    match: Match
    line: int
    file: str = ""
    """Where it stands, as errors and explanations name it."""
