"""Carrying out the commands that open and close: paths of menus, dialogs, tabs that are gone through."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import GiveUp, Uncertain, perform, press, wait
from agent.planners.embedded.ground import Abstention, Fit, candidates, pick
from agent.planners.embedded.pressing import Unmoved, await_effect, click_fit
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate
from agent.planners.embedded.view import inside
from agent.schema import Element, Expectation, Move, Observation, Proposal
from agent.wording import fold

_CLOSERS = (
    "close",
    "x",
    "×",
    "✕",
    "✖",
    "关闭",
    "關閉",
    "dismiss",
    "cancel",
    "取消",
    "ok",
    "确定",
    "schließen",
    "fermer",
)


def open_path(walk: Walk, turn: Turn, command: c.Open) -> Routine[Turn]:
    """Press each step of a path once it shows."""
    for target, following in zip(command.path, (*command.path[1:], None), strict=True):
        turn, fit = yield from locate(walk, turn, target, prefer=frozenset({"button", "link", "option", "icon"}))
        if following is not None:
            turn, shown = yield from _opens_by_hovering(turn, fit, following, command)
            if shown:
                continue
        turn = yield from click_fit(turn, target, fit, command)
    return turn


def _opens_by_hovering(turn: Turn, fit: Fit, following: c.Target, command: c.Open) -> Routine[tuple[Turn, bool]]:
    """Submenus open under the pointer, and a click on what they hang from may already choose it."""
    if not isinstance(pick(following, turn.observation), Abstention):
        return turn, False
    proposal = Proposal(
        action=Move(point=fit.element.box.center),
        thought=command.said,
        expectation=Expectation(kind="none"),
        intent="look",
    )
    turn = yield from perform(turn, lambda _: proposal)
    for seconds in (0.3, 0.4):
        if not isinstance(pick(following, turn.observation), Abstention):
            return turn, True
        turn = yield from wait(turn, seconds, "look for what opens under the pointer")
    return turn, not isinstance(pick(following, turn.observation), Abstention)


def close(walk: Walk, turn: Turn, command: c.Close) -> Routine[Turn]:
    """Press the close button of a dialog (or of what is named); Escape if it has none."""
    before = turn.observation
    dialogs = [e for e in before.elements if e.role == "dialog"]
    target = command.target
    if target.kind == "dialog" or target.words.lower() in ("it", "banner", "message"):
        area = dialogs[-1].box if dialogs else before.screenshot.region
        buttons = [e for e in before.elements if e.role in ("button", "icon", "link", "text") and inside(e, area)]
        found = _closer(buttons)
        if found is None:
            turn = yield from press(turn, ("esc",), command.said, intent="dismiss")
            return (yield from await_effect(before, turn, "Escape"))
        return (yield from click_fit(turn, target, Fit(found, 1.0, "label"), command))
    turn, fit = yield from locate(walk, turn, target)
    return (yield from click_fit(turn, target, fit, command))


def _closer(buttons: Sequence[Element]) -> Element | None:
    """The button that closes, by the clearest word there is; None where there is none or more than one."""
    for word in _CLOSERS:
        fits = [e for e in buttons if fold(e.label or e.text) == fold(word)]
        if fits:
            return fits[0] if len(fits) == 1 else None
    icons = [e for e in buttons if e.role == "icon" and not (e.label or e.text)]
    return icons[0] if len(icons) == 1 else None


def explore(walk: Walk, turn: Turn, command: c.Explore, following: c.Command | None) -> Routine[Turn]:
    """Press each of some things until what the next command aims at is seen."""
    match following:
        case c.Press(target=goal) | c.Hover(target=goal) | c.Focus(target=goal) | c.Find(target=goal):
            pass
        case c.Enter(target=c.Target() as goal) | c.Choose(target=c.Target() as goal):
            pass
        case _:
            raise Uncertain("what to look for is not said")
    pressed: set[str] = set()
    for _ in range(12):
        if not isinstance(pick(goal, turn.observation), Abstention):
            return turn
        fit = _unopened(command.among, turn.observation, pressed)
        if fit is None:
            break
        pressed.add(fold(fit.element.label or fit.element.text))
        # What is open already changes nothing when it is pressed.
        with suppress(Unmoved):
            turn = yield from click_fit(turn, command.among, fit, command)
    raise GiveUp(f"{goal.said!r} was found in none of them: {', '.join(sorted(pressed))}")


def _unopened(among: c.Target, observation: Observation, pressed: set[str]) -> Fit | None:
    """The next of the things to open: those whose caption names the kind, else all of that kind."""
    found = candidates(among, observation)
    fits = [] if isinstance(found, Abstention) else found
    word = among.kind or among.words
    named = [fit for fit in _captioned(observation) if word and word in fold(fit.element.label or fit.element.text)]
    left = [fit for fit in (named or fits) if fold(fit.element.label or fit.element.text) not in pressed]
    left = [fit for fit in left if fit.element.label or fit.element.text]
    return left[0] if left else None


def _captioned(observation: Observation) -> list[Fit]:
    return [Fit(e, 0.8, "text") for e in observation.elements if e.role in ("button", "link", "heading", "text")]
