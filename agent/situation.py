"""Where a run stands, as its policy may know it: the task, the look, what was done so far, and when."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from agent.policy.chords import chord_of, stays
from agent.policy.targets import operable_at
from agent.schema import (
    Action,
    Alert,
    Click,
    Context,
    Deed,
    Drag,
    Element,
    Observation,
    Permit,
    Point,
    PressKeys,
    Scroll,
    Task,
    TypeText,
)

Watch = Callable[[Observation], tuple[Alert, ...]]


class Situation:
    """Makes the Context of each proposal; `watch` finds what is suspicious in a look."""

    def __init__(
        self,
        task: Task | None = None,
        *,
        private: bool,
        watch: Watch = lambda look: (),
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._task, self._private, self._watch, self._clock, self._now = task, private, watch, clock, now
        self._began = clock()
        self._deeds: tuple[Deed, ...] = ()
        self._seen: tuple[Element, ...] = ()

    def context(self, look: Observation) -> Context:
        """What the policy may know of a proposal that was made at this look."""
        now = self._now()
        self._seen = look.elements
        return Context(
            private=self._private,
            window=look.window,
            application=look.application,
            own=look.own,
            panes=look.panes,
            elements=look.elements,
            region=look.screenshot.region,
            task=self._task,
            alerts=self._watch(look),
            deeds=self._deeds,
            seconds=self._clock() - self._began,
            clock=now.hour * 3600.0 + now.minute * 60 + now.second,
        )

    def did(self, permit: Permit) -> None:
        """Remember what was let through."""
        point = _point(permit.action)
        deed = Deed(
            kind=permit.action.kind,
            rule=permit.verdict.rule,
            at=self._clock() - self._began,
            counts=permit.verdict.counts,
            point=point,
            met=operable_at(self._seen, point) if point else None,
            moves_focus=_moves_focus(permit.action),
        )
        self._deeds = (*self._deeds, deed)


def _point(action: Action) -> Point | None:
    """Where an action used the mouse's buttons."""
    match action:
        case Click(point=point):
            return point
        case Drag(path=path):
            return path[-1]
        case _:
            return None


def _moves_focus(action: Action) -> bool:
    """Whether what is typed afterwards may go elsewhere than before."""
    match action:
        case Scroll():
            return True
        case TypeText(text=text):
            return "\t" in text or "\n" in text
        case PressKeys(keys=keys):
            return not stays(chord_of(keys))
        case _:
            return False
