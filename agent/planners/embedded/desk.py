"""What the routines share: a way to act that minds stale looks and refusals, and the results to be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import find_again
from agent.schema import (
    Box,
    Click,
    Drag,
    Element,
    Expectation,
    FieldResult,
    Grounding,
    Intent,
    Point,
    PressKeys,
    Proposal,
    Screenshot,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)

Reread = Callable[[Screenshot, Box], str]
"""An exact, zoomed reading of what stands in a box of the desktop."""

STALE_TRIES = 8


class GiveUp(Exception):
    """The routine can't go on; the planner turns it into a Fail."""


class Refused(GiveUp):
    """Policy or a person did not allow a step."""


class Retaken(GiveUp):
    """A person was in charge before a button that sends was pressed: what is entered must be seen again."""

    def __init__(self, turn: Turn) -> None:
        super().__init__("a person was in charge, and nothing was sent since")
        self.turn = turn


class Uncertain(GiveUp):
    """Only a person can say what is meant; the planner turns it into an Ask."""

    def __init__(self, question: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(question)
        self.question, self.candidates = question, candidates


@dataclass
class Desk:
    """One run's tools and its results that the loop has not heard of yet."""

    reread: Reread
    readable: Callable[[str], bool] = lambda text: True
    """Whether the reader knows every character of a text; what it doesn't know can't be read back."""
    pending: dict[str, FieldResult] = field(default_factory=dict[str, FieldResult])
    unmatched: tuple[str, ...] = ()
    retaken: bool = False
    """A person was in charge since what is entered was last checked."""

    def report(self, result: FieldResult) -> None:
        self.pending[result.key] = result

    def take_reports(self) -> tuple[FieldResult, ...]:
        """The results since the last call; they travel on the next proposal."""
        told = tuple(self.pending.values())
        self.pending.clear()
        return told


def perform(turn: Turn, make: Callable[[Turn], Proposal | None]) -> Routine[Turn]:
    """Propose what `make` makes of the newest look, again where the look was stale. GiveUp if it can't be done."""
    for _ in range(STALE_TRIES):
        proposal = make(turn)
        if proposal is None:
            raise GiveUp("the target is no longer on the screen")
        turn = yield proposal
        outcome = turn.last.outcome if turn.last else None
        match outcome.status if outcome else "ok":
            case "stale":
                if turn.last is not None and turn.last.by_hand and proposal.intent == "submit":
                    raise Retaken(turn)
            case "rejected":
                raise Refused(f"not allowed: {proposal.thought} ({outcome.detail if outcome else ''})")
            case "failed" | "timeout":
                raise GiveUp(f"{proposal.thought}: {outcome.detail if outcome else ''}")
            case _:
                return turn
    raise GiveUp("the screen keeps changing under the target")


def click(
    turn: Turn,
    target: Element,
    thought: str,
    *,
    intent: Intent = "fill",
    count: int = 1,
    at: Point | None = None,
    modifiers: tuple[str, ...] = (),
    expect: Expectation | None = None,
) -> Routine[Turn]:
    """Click an element (its centre, or a point given relative to its top left corner)."""

    def make(turn: Turn) -> Proposal | None:
        found = find_again(turn.observation, target) or target
        box = found.box
        point = Point(x=box.left + at.x, y=box.top + at.y) if at else box.center
        return Proposal(
            action=Click(point=point, count=count, modifiers=modifiers),
            thought=thought,
            grounding=Grounding(target=name_of(target), point=point, box=box, role=found.role, source="label"),
            expectation=expect or Expectation(),
            intent=intent,
        )

    return (yield from perform(turn, make))


def type_text(
    turn: Turn, target: Element, text: str, *, secret: bool = False, replace: bool = True, thought: str = ""
) -> Routine[Turn]:
    """Type into the focused element; a secret is never named in the thought or the expectation."""

    def make(turn: Turn) -> Proposal:
        found = find_again(turn.observation, target) or target
        shown = "a secret" if secret else repr(text)
        return Proposal(
            action=TypeText(text=text, replace=replace, secret=secret),
            thought=thought or f"type {shown} into {name_of(target)!r}",
            grounding=Grounding(
                target=name_of(target), point=found.box.center, box=found.box, role=found.role, source="label"
            ),
            expectation=Expectation(),
            intent="fill",
        )

    return (yield from perform(turn, make))


def press(
    turn: Turn,
    keys: tuple[str, ...],
    thought: str,
    *,
    times: int = 1,
    target: Element | None = None,
    intent: Intent = "fill",
) -> Routine[Turn]:
    """Press a chord; nothing need change, since a key may meet a control that is already where it should be."""

    def make(turn: Turn) -> Proposal:
        found = target and (find_again(turn.observation, target) or target)
        grounding = found and Grounding(
            target=name_of(found), point=found.box.center, box=found.box, role=found.role, source="label"
        )
        return Proposal(
            action=PressKeys(keys=keys, times=times),
            thought=thought,
            grounding=grounding,
            expectation=Expectation(kind="none"),
            intent=intent,
        )

    return (yield from perform(turn, make))


def scroll(turn: Turn, point: Point, notches: int, thought: str) -> Routine[Turn]:
    """Turn the wheel at a point; positive shows what is further down."""
    proposal = Proposal(
        action=Scroll(point=point, dy=notches), thought=thought, expectation=Expectation(kind="none"), intent="look"
    )
    return (yield from perform(turn, lambda _: proposal))


def drag(turn: Turn, target: Element, path: tuple[Point, ...], thought: str) -> Routine[Turn]:
    grounding = Grounding(target=name_of(target), point=path[0], box=target.box, role=target.role, source="position")
    proposal = Proposal(action=Drag(path=path), thought=thought, grounding=grounding, intent="fill")
    return (yield from perform(turn, lambda _: proposal))


def wait(turn: Turn, seconds: float, thought: str) -> Routine[Turn]:
    proposal = Proposal(
        action=Wait(seconds=seconds), thought=thought, expectation=Expectation(kind="none"), intent="look"
    )
    return (yield from perform(turn, lambda _: proposal))


def look_anew(turn: Turn, near: Box) -> Routine[Turn]:
    """Read the whole screen afresh: after a look at a part of it, nothing of an earlier look is reused."""
    region = turn.observation.screenshot.region
    part = region.overlap(near.grow(60))
    if part.area and part != region:
        proposal = Proposal(
            action=Zoom(region=part), thought="look closer", expectation=Expectation(kind="none"), intent="look"
        )
        turn = yield from perform(turn, lambda _: proposal)
    return (yield from wait(turn, 0.05, "look at the whole screen again"))


def name_of(element: Element) -> str:
    """What a person would call it."""
    own = element.label or element.text or element.hint
    if own and element.group and element.role in ("radio", "checkbox") and element.group != own:
        return f"{element.group}: {own}"
    return own or element.group or f"unnamed {element.role}"
