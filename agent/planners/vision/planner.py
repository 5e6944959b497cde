"""A vision-language model as the planner: what it is shown, what it says, and what becomes of that.

One step: a look -> History -> Chat.answer -> Dialect.read and .action -> checks of our own -> Proposal. A model's
mistake is told back to it twice; then the step has failed. What it says of success is believed only as far as the
record's fields were read back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol

from agent.describe import describe
from agent.dialects.base import Dialect
from agent.errors import Stopped
from agent.planners.embedded.desk import Reread
from agent.planners.vision.checks import Checks
from agent.planners.vision.history import History
from agent.planners.vision.options import VisionOptions
from agent.planners.vision.prompt import RULES, mistake_words, outcome_words, spoken_line, task_words, thought_words
from agent.planners.vision.record import discreet
from agent.planners.vision.target import aimed_at, control_at, ground, rests_at, takes_text, unchanged
from agent.schema import (
    Action,
    Box,
    Click,
    Done,
    Element,
    Expectation,
    Fail,
    Grounding,
    Move,
    Observation,
    Point,
    PressKeys,
    Proposal,
    Step,
    Task,
    TypeText,
    Wait,
    Zoom,
)
from agent.talk import Answer, Chat, Delta, Message, Mistake, Request, Turn, Usage

TRIES = 3
"""Answers to one look: the first, and two after being told what was wrong."""
FAILURES = 3
"""Failed steps in a row that end the run."""
REFUSALS = 3
"""Steps in a row that were not allowed, and end the run."""
ZOOMS = 3
"""Looks at a part of the screen in a row."""


class Aim(Protocol):
    """Corrects a model's first point. Raises Mistake (or a subclass of it) where it can't be told what is meant."""

    def __call__(self, said: str, first: Point, observation: Observation, looked: Box | None = None) -> Grounding:
        """Where `said` is; `looked` is the part of the screen that the model has seen enlarged."""
        ...


class _Decision(NamedTuple):
    """A usable answer."""

    action: Action
    thought: str
    line: str
    said: Message
    grounding: Grounding | None = None
    looked: Box | None = None
    """The part of the screen on which it was decided."""


def _unheard(_: Delta) -> None:
    pass


class VisionPlanner:
    """Plans with a model that is spoken to through `dialect` and `chat`.

    `stop` ends a model call at once (Stopped); `on_thought` hears the answer while it is made, `on_usage` what it took;
    `reread` reads a box again, zoomed; `aim` may correct where a click goes.
    """

    def __init__(
        self,
        task: Task,
        chat: Chat,
        dialect: Dialect,
        *,
        stop: threading.Event,
        on_thought: Callable[[Delta], None] = _unheard,
        on_usage: Callable[[Usage], None] = lambda usage: None,
        reread: Reread = lambda screenshot, box: "",
        readable: Callable[[str], bool] = lambda text: True,
        aim: Aim | None = None,
        options: VisionOptions | None = None,
    ) -> None:
        self._chat, self._dialect, self._stop, self._on_thought, self._aim = chat, dialect, stop, on_thought, aim
        self._options, self._on_usage = options or VisionOptions(), on_usage
        task = discreet(task)
        self._checks = Checks(task, reread, readable)
        words = task_words(task, dialect.neutral)
        self._history = History(dialect.system(RULES), words, self._options)
        self._whole: Observation | None = None
        """The last look at the whole screen: what coordinates refer to."""
        self._held: _Decision | None = None
        """Decided on a look at a part; it is done once the whole has been looked at again."""
        self._pointer: Point | None = None
        self._clicked: Element | None = None
        self._zooms = self._failures = self._refusals = 0

    def propose(self, observation: Observation, last: Step | None) -> Proposal:
        """The next proposal. Raises Stopped during a model call, BadInput where the context is too small."""
        if self._held is not None:
            decision, self._held = self._held, None
            return self._after_whole_look(decision, observation)
        words = self._learn(observation, last)
        if (end := self._end_of_patience(last)) is not None:
            return self._with_results(Proposal(action=end, thought="give up"))
        self._history.look(observation.screenshot.pixels, words, whole=not self._is_part(observation))
        try:
            decision = self._decide(observation)
        except Mistake as mistake:
            self._history.said(Message.of("assistant", "(no usable tool call)"), "no usable tool call")
            return self._failed(str(mistake))
        self._history.said(decision.said, decision.line)
        return self._propose(decision, observation)

    # ------------------------------------------------------------ what came of the last step

    def _learn(self, observation: Observation, last: Step | None) -> str:
        """Take note of what the last step did; what the model is told of it."""
        before = self._whole
        if not self._is_part(observation):
            self._whole = observation
        if last is None:
            return ""
        outcome, neutral = last.outcome, self._dialect.neutral
        if last.by_hand:
            self._checks.ledger.distrust()
        if last.proposal.mistake:
            return mistake_words(last.proposal.mistake, neutral)
        if outcome.status in ("rejected", "stale"):
            self._checks.undone()
            return outcome_words(outcome, neutral)
        action, changed = _really_done(last)
        self._follow(action, before)
        if isinstance(action, Zoom):
            return "This is that part of the screen at full resolution; coordinates still refer to the whole screen."
        shown = self._checks.learn(observation, last, action)
        return " ".join(part for part in (neutral(changed), outcome_words(outcome, neutral), neutral(shown)) if part)

    def _follow(self, action: Action, before: Observation | None) -> None:
        """Where the pointer is now, and which field was clicked into."""
        self._pointer = rests_at(action) or self._pointer
        match action:
            case Click(point=point) if before is not None:
                found = control_at(before, point)
                self._clicked = found if takes_text(found) else None
            case PressKeys(keys=keys) if {"tab", "enter", "esc"} & set(keys):
                self._clicked = None
            case TypeText(text=text) if "\t" in text or "\n" in text:
                self._clicked = self._clicked if self._clicked and self._clicked.role == "textarea" else None
            case _:
                pass

    def _end_of_patience(self, last: Step | None) -> Action | None:
        status = last.outcome.status if last is not None else "ok"
        self._failures = self._failures + 1 if status in ("failed", "timeout") else 0
        self._refusals = self._refusals + 1 if status == "rejected" else 0
        if self._failures >= FAILURES and last is not None:
            return Fail(reason=f"{FAILURES} steps in a row failed: {last.outcome.detail}")
        if self._refusals >= REFUSALS and last is not None:
            return Fail(reason=f"{REFUSALS} steps in a row were not allowed: {last.outcome.detail}")
        return None

    def _is_part(self, observation: Observation) -> bool:
        whole = self._whole
        return whole is not None and observation.screenshot.region != whole.screenshot.region

    # ------------------------------------------------------------ asking the model

    def _decide(self, observation: Observation) -> _Decision:
        """A usable answer. Raises Mistake with what was wrong with the last one, Stopped."""
        told: list[Message] = []
        for number in range(1, TRIES + 1):
            if self._stop.is_set():
                raise Stopped("stopped on request")
            # One that loses itself in thought is at last made to answer at once.
            thinking = self._options.thinking and number < TRIES
            request = self._history.request(self._chat, lambda messages, t=thinking: self._request(messages, t), told)
            answer = self._chat.answer(request, self._stop, self._on_thought)
            self._on_usage(answer.usage)
            turn: Turn | None = None
            try:
                turn = self._dialect.read(answer)
                return self._understood(turn, observation)
            except Mistake as mistake:
                if number == TRIES:
                    raise
                told += self._told_back(answer, turn, str(mistake))
        raise AssertionError("the last try either answers or raises")

    def _request(self, messages: tuple[Message, ...], thinking: bool) -> Request:
        sampling = self._dialect.sampling(thinking=thinking)
        sampling = sampling.model_copy(update={"max_tokens": self._options.answer})
        return Request(
            messages=messages, tools=self._dialect.tools, sampling=sampling, thinking=thinking, must_call=True
        )

    def _understood(self, turn: Turn, observation: Observation) -> _Decision:
        """A turn as a decision. Raises Mistake."""
        if len(turn.calls) != 1:
            raise Mistake(f"the answer held {len(turn.calls) or 'no'} tool calls: exactly one is needed")
        whole, call = self._whole or observation, turn.calls[0]
        action = self._dialect.action(call, whole.screenshot, self._pointer)
        if isinstance(action, Zoom) and self._zooms >= ZOOMS:
            raise Mistake(f"{ZOOMS} closer looks in a row are enough: act now")
        line = spoken_line(turn.text) or describe(action)
        said = Message.of("assistant", f"Action: {self._dialect.neutral(line)}").model_copy(update={"calls": (call,)})
        decision = _Decision(action, thought_words(line, turn.thinking), self._dialect.neutral(line), said)
        # What is decided on a part of the screen is checked once the whole has been looked at again.
        return decision if isinstance(action, Zoom) or self._is_part(observation) else self._checked(decision, whole)

    def _checked(self, decision: _Decision, observation: Observation) -> _Decision:
        """The decision with its aim corrected, values put in and all checks passed. Raises Mistake."""
        action, grounding = decision.action, None
        if (point := aimed_at(action)) is not None:
            grounding = ground(observation, point, decision.line)
            if isinstance(action, Click) and self._aim is not None:
                aimed = self._aim(decision.line, point, observation, decision.looked)
                # What is there counts by its own name, not by what the model calls it.
                name = ground(observation, aimed.point, decision.line).target
                grounding = aimed.model_copy(update={"target": name})
                action = action.model_copy(update={"point": aimed.point})
        action = self._checks.approve(action, observation, self._clicked)
        if isinstance(action, TypeText | PressKeys):
            grounding = self._checks.focus(observation, self._clicked)
        return decision._replace(action=action, grounding=grounding)

    def _told_back(self, answer: Answer, turn: Turn | None, mistake: str) -> list[Message]:
        words = mistake_words(mistake, self._dialect.neutral)
        if turn is not None and len(turn.calls) == 1:
            said = Message.of("assistant", self._dialect.neutral(f"Action: {spoken_line(turn.text)}"))
            return [said.model_copy(update={"calls": turn.calls}), Message.of("tool", words)]
        line = self._dialect.neutral(spoken_line(turn.text if turn is not None else answer.text[:2000]))
        return [Message.of("assistant", line or "(no usable tool call)"), Message.of("user", words)]

    # ------------------------------------------------------------ proposing

    def _propose(self, decision: _Decision, observation: Observation) -> Proposal:
        if isinstance(decision.action, Zoom):
            self._zooms += 1
            return self._with_results(_looking(decision.action, decision.thought))
        self._zooms = 0
        if self._is_part(observation):
            self._held = decision._replace(looked=observation.screenshot.region)
            return _looking(Wait(seconds=0), "look at the whole screen again")
        return self._acting(decision, observation)

    def _after_whole_look(self, decision: _Decision, observation: Observation) -> Proposal:
        """Do what was decided on a part of the screen, unless the whole has changed there since."""
        before, self._whole = self._whole or observation, observation
        point = aimed_at(decision.action)
        boxes = [ground(observation, point, "").box] if point is not None else []
        if not unchanged(before.screenshot, observation.screenshot, boxes):
            return self._failed("the screen changed under the target while it was looked at")
        try:
            decision = self._checked(decision, observation)
        except Mistake as mistake:
            return self._failed(str(mistake))
        return self._acting(decision, observation)

    def _acting(self, decision: _Decision, observation: Observation) -> Proposal:
        action = decision.action
        proposal = Proposal(
            action=action,
            thought=decision.thought,
            grounding=decision.grounding,
            expectation=Expectation(kind="none" if isinstance(action, Wait | Move) else "change"),
            intent=self._checks.intent(action, observation, self._clicked),
        )
        self._checks.proposed(proposal, observation, self._clicked)
        return self._with_results(proposal)

    def _failed(self, mistake: str) -> Proposal:
        return self._with_results(Proposal(action=Wait(seconds=0), thought="no usable step", mistake=mistake))

    def _with_results(self, proposal: Proposal) -> Proposal:
        fields = self._checks.ledger.take()
        if isinstance(proposal.action, Done | Fail):
            return proposal.model_copy(update={"fields": fields, "unmatched_keys": self._checks.unmatched()})
        return proposal.model_copy(update={"fields": fields}) if fields else proposal


def _really_done(last: Step) -> tuple[Action, str]:
    """The action that was done, and words where a person put it in the place of the proposed one."""
    put = last.approval.action if last.approval is not None else None
    if put is None or put == last.proposal.action:
        return last.proposal.action, ""
    secret = isinstance(put, TypeText) and put.secret
    return put, "A person changed this step." if secret else f"A person changed this step: {describe(put)}."


def _looking(action: Zoom | Wait, thought: str) -> Proposal:
    return Proposal(action=action, thought=thought, expectation=Expectation(kind="none"), intent="look")
