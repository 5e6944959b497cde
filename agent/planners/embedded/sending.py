"""Pressing the button that sends a form, and reading what the page makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from agent.planners.embedded.desk import GiveUp, Uncertain, click, name_of, wait
from agent.planners.embedded.outcome import Complaint, Reaction, react, still_says
from agent.planners.embedded.routine import Routine, Turn
from agent.schema import Action, Done, Element, Fail, Observation

PATIENCE = (0.5, 1.0, 1.5, 2.0)
"""Waits for a page that says nothing yet."""
BUSY = (1.0, 1.5, 2.0, *[3.0] * 9)
"""Waits for a page that says that it is at work: half a minute."""


class Answer(NamedTuple):
    """A message that wants to be answered, and the field on the screen that it stands at."""

    message: str
    field: Element


Answerer = Callable[[Turn, Answer], Routine[tuple[Turn, bool]]]
"""Sets a field anew in the light of a message; True if it shows something else now."""
Again = Callable[[Turn], Routine[tuple[Turn, Element | None]]]
"""Finds the button again."""


def send(turn: Turn, button: Element, answer: Answerer, again: Again) -> Routine[Action]:
    """Press the button; Done with the page's words, or Fail with its complaints. Complaints are answered once."""
    turn = yield from _enabled(turn, button)
    turn, reaction = yield from _press(turn, button)
    if reaction.kind == "complaints":
        turn, answered = yield from answer_all(turn, reaction.complaints, answer)
        if not answered:
            return refused(reaction)
        turn, found = yield from again(turn)
        if found is None:
            return Fail(reason=f"the button {name_of(button)!r} is no longer seen")
        told = reaction
        turn, reaction = yield from _press(turn, found)
        if reaction.kind in ("nothing", "changed") and any(still_says(turn.observation, c) for c in told.complaints):
            return refused(told)  # the message still stands there
    return conclude(reaction, name_of(button))


def conclude(reaction: Reaction, name: str) -> Action:
    """How the run ends after the form was sent."""
    match reaction.kind:
        case "success":
            return Done(summary=reaction.words)
        case "gone":
            return Done(summary=reaction.words or f"the form closed after {name!r}")
        case "exit" if reaction.words == "0":
            return Done(summary=f"the application took the data and ended after {name!r}")
        case "exit":
            return Fail(reason=f"the application ended with code {reaction.words} after {name!r}")
        case "complaints":
            return refused(reaction)
        case "broken":
            return Fail(reason=f"sending failed: {reaction.words}")
        case "pending":
            return Fail(reason=f"unknown whether the data was taken: the page is still at work: {reaction.words}")
        case "changed":
            said = f"; new on the page: {reaction.words}" if reaction.words else ""
            return Fail(reason=f"unknown whether the data was taken: the form is still there after {name!r}{said}")
        case "nothing":
            return Fail(reason=f"unknown whether the data was taken: nothing changed after {name!r}")


def refused(reaction: Reaction, what: str = "the form was not accepted") -> Fail:
    """The end of a run whose form was refused, with each message and the field that it stands at."""

    def line(complaint: Complaint) -> str:
        return f"{name_of(complaint.field)!r}: {complaint.message}" if complaint.field else complaint.message

    told = "; ".join(line(c) for c in reaction.complaints)
    if reaction.words and any(c.field is None for c in reaction.complaints):
        told += f" (new on the page: {reaction.words})"
    return Fail(reason=f"{what}: {told}")


def _enabled(turn: Turn, button: Element) -> Routine[Turn]:
    if button.state.disabled:
        turn = yield from wait(turn, 0.7, f"wait until {name_of(button)!r} can be pressed")
        seen = turn.observation.at(button.box.center)
        if seen is not None and seen.state.disabled:
            raise Uncertain(f"the button {name_of(button)!r} is disabled although every field is filled in")
    return turn


def _press(turn: Turn, button: Element) -> Routine[tuple[Turn, Reaction]]:
    before: Observation = turn.observation
    if before.app_exit is not None:
        raise GiveUp("the application ended before the form was sent")
    turn = yield from click(turn, button, f"submit the form: {name_of(button)!r}", intent="submit")
    return (yield from settle(turn, before))


def settle(turn: Turn, before: Observation) -> Routine[tuple[Turn, Reaction]]:
    """Wait until the page has made up its mind about what was sent; how it took it. `before`: the look before."""
    reaction = react(before, turn.observation)
    patience, busy = list(PATIENCE), list(BUSY)
    while reaction.kind not in ("success", "complaints", "exit", "broken"):
        waits = busy if reaction.kind == "pending" else patience
        if not waits:
            break
        turn = yield from wait(turn, waits.pop(0), "wait for the page to answer")
        last, reaction = reaction, react(before, turn.observation)
        if last.kind == "changed" and reaction.kind == "nothing":
            reaction = last
        if reaction.kind == "gone" and last == reaction:
            break  # the same twice: that is the answer
    return turn, reaction


def answer_all(turn: Turn, complaints: tuple[Complaint, ...], answer: Answerer) -> Routine[tuple[Turn, bool]]:
    """Answer every message that stands at a field; True only if each led to another entry."""
    done: list[bool] = []
    for complaint in complaints:
        if complaint.field is None:
            continue
        turn, changed = yield from answer(turn, Answer(complaint.message, complaint.field))
        done.append(changed)
    return turn, bool(done) and all(done)
