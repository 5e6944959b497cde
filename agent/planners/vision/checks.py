"""What a model may not do though it is well formed: type a secret anywhere, send a wrong form, call it done unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from agent.meaning.lexicon import is_secret
from agent.planners.embedded.desk import Reread, name_of
from agent.planners.embedded.match import match_fields
from agent.planners.embedded.outcome import react
from agent.planners.embedded.texts import untypable
from agent.planners.vision.fields import Ledger
from agent.planners.vision.record import Typing, resolve
from agent.planners.vision.target import aimed_at, control_at, focused, intent_of
from agent.schema import (
    Action,
    Done,
    Element,
    Fail,
    FieldResult,
    Grounding,
    Intent,
    Observation,
    Proposal,
    Step,
    Task,
    TypeText,
)
from agent.talk import Mistake

_NAMED = 8
"""So many fields are named to the model at once."""


class Checks:
    """Everything about one task that is known without the model."""

    def __init__(self, task: Task, reread: Reread, readable: Callable[[str], bool]) -> None:
        self._task = task
        self._form = not task.instructions.strip()
        """Only a record: then all of it has to be right. Sentences may need a part of it."""
        self.ledger = Ledger(task, reread, readable)
        self._typing: Typing | None = None
        self._sent: Observation | None = None
        """The look before the form was sent; None while something was changed since."""
        self._before: Observation | None = None
        self._told_open: frozenset[str] = frozenset()
        self._doubted = False

    # ------------------------------------------------------------ before a step

    def approve(self, action: Action, observation: Observation, clicked: Element | None) -> Action:
        """The action as it may be proposed, with values put in. Raises Mistake in words for the model."""
        self._typing = None
        match action:
            case TypeText():
                action = self._with_values(action, focused(observation, clicked))
            case Done():
                return self._really_done(action, observation)
            case _:
                pass
        if self._task.record is not None:
            match self.intent(action, observation, clicked):
                case "submit":
                    self._insist_on_right(observation, complete=True)
                case "navigate":
                    self._insist_on_right(observation, complete=False)
                case _:
                    pass
        return action

    def _with_values(self, action: TypeText, element: Element | None) -> TypeText:
        self._typing = typing = resolve(action.text, self._task)
        if typing.secret:
            self._insist_on_place(typing, element)
        if typing.text != action.text and (problem := _unfit(typing.text, element)):
            raise Mistake(f"{problem}; nothing was typed")
        return TypeText(text=typing.text, secret=typing.secret)

    def _insist_on_place(self, typing: Typing, element: Element | None) -> None:
        """A secret goes into the field that is for it, whatever a page may have talked the model into."""
        names = ", ".join(typing.keys)
        if element is None:
            raise Mistake(f"no field is known to have the focus: click into the field for {names} first")
        record = self._task.record or {}
        for key in typing.keys:
            meant = is_secret(element.label or element.hint) and is_secret(key)
            if not meant and not match_fields({key: record[key]}, [element]).pairs:
                raise Mistake(f"the field {name_of(element)!r} is not seen to be the one for {key}")

    def _insist_on_right(self, observation: Observation, *, complete: bool) -> None:
        """Mistake where a field of the record is wrong, or, once all should be there, is missing or can't be read."""
        self.ledger.survey(observation)
        doubts = self.ledger.doubts()
        bad = [d for d in doubts if d.verdict == "wrong"]
        if complete:
            left = [d for d in doubts if d.verdict != "wrong"]
            if self._form or not self._told_open >= {d.key for d in left}:
                self._told_open |= {d.key for d in left}
                bad += left
        if bad:
            raise Mistake(f"this would send or leave the form, but {_named(bad)}. Mend that first")

    def _really_done(self, done: Done, observation: Observation) -> Action:
        """Done as far as the fields show it; once in doubt the model is told, the second time the run has failed."""
        problem = self._against_done(observation)
        if not problem:
            return done
        if not self._doubted:
            self._doubted = True
            raise Mistake(f"that is not seen to be done: {problem}")
        return Fail(reason=f"the model says that it is done, but {problem}")

    def _against_done(self, observation: Observation) -> str:
        if self._sent is not None:
            reaction = react(self._sent, observation)
            if reaction.kind in ("complaints", "broken"):
                said = "; ".join(c.message for c in reaction.complaints[:3]) or reaction.words
                return f"the page says: {said}"
        elif self._task.record is not None:
            self.ledger.survey(observation)
        doubts = self.ledger.doubts()
        bad = [d for d in doubts if self._form or d.verdict != "unfilled"]
        if not bad and not self._doubted:
            bad = [d for d in doubts if d.key not in self._told_open]
        return _named(bad) if bad else ""

    # ------------------------------------------------------------ round a step

    def intent(self, action: Action, observation: Observation, clicked: Element | None) -> Intent:
        """What an action is for."""
        point = aimed_at(action)
        element = control_at(observation, point) if point is not None else focused(observation, clicked)
        listed = any(e.role == "option" for e in observation.elements)
        return intent_of(action, element, listed=listed)

    def focus(self, observation: Observation, clicked: Element | None) -> Grounding | None:
        """Where text and keys go, as far as that is seen."""
        found = focused(observation, clicked)
        if found is None:
            return None
        point = found.box.center
        return Grounding(target=name_of(found), point=point, box=found.box, role=found.role, source="model")

    def proposed(self, proposal: Proposal, observation: Observation, clicked: Element | None) -> None:
        """Note what will have to be read back."""
        if isinstance(proposal.action, TypeText) and self._typing is not None:
            self.ledger.typed(self._typing, focused(observation, clicked))
        self._before = observation

    def undone(self) -> None:
        """The step was not done."""
        self.ledger.forget_typed()

    def learn(self, observation: Observation, last: Step, action: Action) -> str:
        """Read back what the last step did; in words what the model should know of it."""
        if last.outcome.status in ("failed", "timeout"):
            self.undone()
            return ""
        if isinstance(action, TypeText) and action != last.proposal.action:
            self.ledger.retyped(action.text, secret=action.secret)
        if last.proposal.intent == "submit":
            self._sent = self._before
        elif last.proposal.intent in ("fill", "choose"):
            self._sent = None
        shown = self.ledger.read_typed(observation)
        if self._sent is None and self._task.record is not None:
            self.ledger.survey(observation, only_right=True)
        return shown

    def unmatched(self) -> tuple[str, ...]:
        """Keys of the record whose fields were never seen."""
        return tuple(key for key in self._task.record or {} if key not in self.ledger.results)


def _unfit(text: str, element: Element | None) -> str:
    if element is not None:
        return untypable(element, text)
    several = "\n" in text or "\t" in text
    return "the value has several lines, and no field is known to have the focus" if several else ""


def _named(results: Iterable[FieldResult]) -> str:
    """Fields and what is wrong with them, in a sentence."""
    said: list[str] = []
    for r in results:
        name = f"{r.key} (field {r.label!r})" if r.label and r.label.casefold() != r.key.casefold() else r.key
        match r.verdict:
            case "wrong":
                said.append(f"{name} shows {r.read!r} instead of {r.wanted!r}" if r.read else f"{name} is wrong")
            case "unknown":
                said.append(f"{name} can't be read back" + (f": {r.note}" if r.note else ""))
            case _:
                said.append(f"{name} is not seen to be filled in")
    more = f"; and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return "; ".join(said[:_NAMED]) + more
