"""Which fields hold what they should: read back from the pixels, whatever the model believes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.planners.embedded.controls import Wish, operate
from agent.planners.embedded.desk import Desk, GiveUp, Reread, name_of
from agent.planners.embedded.job import MASK, text_of
from agent.planners.embedded.match import Pair, match_fields
from agent.planners.embedded.routine import Turn
from agent.planners.embedded.texts import Filled, count_dots, in_clear, value_of
from agent.planners.embedded.values import value_matches, write_value
from agent.planners.embedded.view import TEXTUAL, TICKS, find_again
from agent.planners.vision.dials import Dials
from agent.planners.vision.record import Typing
from agent.schema import Element, FieldResult, FieldVerdict, Observation, Task
from agent.wording import normalise, same_text


@dataclass
class Ledger:
    """The results of one run, key by key."""

    task: Task
    reread: Reread
    readable: Callable[[str], bool]
    results: dict[str, FieldResult] = field(default_factory=dict[str, FieldResult])
    _places: dict[str, Element] = field(default_factory=dict[str, Element])
    """Where a key's value was typed."""
    _fresh: dict[str, FieldResult] = field(default_factory=dict[str, FieldResult])
    _dials: Dials = field(default_factory=Dials)
    _typed: tuple[Typing, Element | None] | None = None

    def take(self) -> tuple[FieldResult, ...]:
        """The results since the last call."""
        told = tuple(self._fresh.values())
        self._fresh.clear()
        return told

    # ------------------------------------------------------------ after typing

    def typed(self, typing: Typing, element: Element | None) -> None:
        """A text was typed; the next look tells what became of it."""
        self._typed = (typing, element)

    def retyped(self, text: str, *, secret: bool) -> None:
        """A person typed something else in its place: that is what has to show."""
        if self._typed is not None:
            self._typed = (Typing(text, secret), self._typed[1])

    def forget_typed(self) -> None:
        """It was not typed after all."""
        self._typed = None

    def read_typed(self, observation: Observation) -> str:
        """Judge what was typed last; for the model, what the field shows instead (empty if all is well)."""
        if self._typed is None:
            return ""
        (typing, element), self._typed = self._typed, None
        key = self._key_for(typing, element)
        if typing.secret and key not in (self.task.record or {}):
            return ""
        if element is None:
            if key in (self.task.record or {}):
                note = "the field that it was typed into was not seen"
                self._put(FieldResult(label="", key=key, wanted=self._wanted(key), verdict="unknown", note=note))
            return ""
        if key in (self.task.record or {}):
            self._places[key] = element
            result = self._verify(key, [element], observation)
        else:
            result = self._compare(key, typing.text, element, observation)
        self._put(result)
        return self._said(result)

    def _key_for(self, typing: Typing, element: Element | None) -> str:
        """The key whose value was typed; where several share the value, the one that fits the field."""
        if len(typing.keys) > 1 and element is not None:
            record = {key: (self.task.record or {})[key] for key in typing.keys}
            fits = match_fields(record, [element]).pairs
            if len(fits) == 1:
                return fits[0].key
        if len(typing.keys) == 1:
            return typing.keys[0]
        return (name_of(element) if element is not None else "") or "typed text"

    def _compare(self, key: str, text: str, element: Element, observation: Observation) -> FieldResult:
        """Text of the model's own: it may have been put into what the field held already."""
        read = _value(element, observation)
        verdict = value_matches(text, read)
        if verdict != "ok":
            read = self.reread(observation.screenshot, value_of(observation, element)[1]) or read
            verdict = value_matches(text, read)
        if verdict == "wrong":
            verdict = "ok" if normalise(text) in normalise(read) else "unknown"
        return FieldResult(label=name_of(element), key=key, wanted=text, read=read, verdict=verdict)

    def distrust(self) -> None:
        """A person was in charge: what was right is unknown until it is seen again."""
        for result in [r for r in self.results.values() if r.verdict == "ok"]:
            note = "not seen again since a person was in charge"
            self._put(result.model_copy(update={"verdict": "unknown", "note": note}))

    # ------------------------------------------------------------ before sending, and at the end

    def survey(self, observation: Observation, *, only_right: bool = False) -> None:
        """Judge all keys of the record whose fields are in view; `only_right`: tell only of those that are right."""
        record = self.task.record or {}
        placed = {k: found for k, e in self._places.items() if (found := find_again(observation, e)) is not None}
        if not only_right:
            for key, element in placed.items():
                self._put(self._verify(key, [element], observation))
        open_keys = {k: v for k, v in record.items() if k not in placed and k not in self.task.secrets}
        taken = {found.id for found in placed.values()}
        free = {e.id: e for e in observation.elements if e.id not in taken}
        matching = match_fields(open_keys, free.values(), final=True)
        for key in open_keys:
            pairs = [p for p in matching.pairs if p.key == key or key in p.also]
            found = [self._verify(key, [free[n] for n in p.ids], observation, p) for p in pairs]
            if found and (not only_right or all(r.verdict == "ok" for r in found)):
                self._put(next((r for r in found if r.verdict != "ok"), found[0]))
        for tie in matching.ambiguous:
            if tie.key not in self.results and not only_right:
                note = "more than one field fits"
                wanted = self._wanted(tie.key)
                self._put(FieldResult(label="", key=tie.key, wanted=wanted, verdict="unknown", note=note))

    def doubts(self) -> list[FieldResult]:
        """Keys of the record that are not seen to be right; of a password no more than its length can be seen."""
        found: list[FieldResult] = []
        for key in self.task.record or {}:
            result = self.results.get(key) or FieldResult(label="", key=key, wanted=self._wanted(key))
            secret = key in self.task.secrets
            if result.verdict != "ok" and not (secret and result.verdict == "unknown"):
                found.append(result)
        return found

    # ------------------------------------------------------------ judging

    def _verify(
        self, key: str, elements: Sequence[Element], observation: Observation, pair: Pair | None = None
    ) -> FieldResult:
        """What a field shows of a key's value."""
        value = (self.task.record or {})[key]
        label = (elements[0].group or elements[0].label) if len(elements) > 1 else name_of(elements[0])
        if key in self.task.secrets:
            verdict = self._secret(text_of(value), elements[0], observation)
            return FieldResult(label=label, key=key, wanted=MASK, read=MASK, verdict=verdict)
        wanted = value if pair is None or pair.written is None else pair.written
        if len(elements) == 1 and elements[0].role == "slider":
            verdict, read = self._dials.judge(key, elements[0], wanted, observation)
            return FieldResult(label=label, key=key, wanted=text_of(value), read=read, verdict=verdict)
        wish = Wish(wanted, False, pair.meaning if pair else "", pair.parts if pair else "")
        filled = self._right_already(elements, wish, observation)
        if filled is not None:
            return FieldResult(label=label, key=key, wanted=text_of(value), read=filled.read, verdict="ok")
        verdict, read = self._what_else(elements, wanted, observation)
        return FieldResult(label=label, key=key, wanted=text_of(value), read=read, verdict=verdict)

    def _right_already(self, elements: Sequence[Element], wish: Wish, observation: Observation) -> Filled | None:
        """Whether whoever fills this field by rule would find nothing to do."""
        now = [find_again(observation, e) or e for e in elements]
        routine = operate(Desk(self.reread, self.readable), Turn(observation, None), now, wish)
        try:
            next(routine)
        except StopIteration as end:
            filled: Filled = end.value
            return filled if filled.verdict == "ok" else None
        except GiveUp:
            return None
        routine.close()
        return None

    def _what_else(
        self, elements: Sequence[Element], wanted: object, observation: Observation
    ) -> tuple[FieldVerdict, str]:
        """The verdict on a field that is not right, and what it shows. Never `ok`."""
        first = find_again(observation, elements[0])
        if first is None:
            return "unknown", ""
        if first.role in TICKS:
            states = [find_again(observation, e) for e in elements]
            if any(e is None or e.state.checked is None for e in states):
                return "unknown", ""
            ticked = [e.label or e.text for e in states if e is not None and e.state.checked]
            return ("wrong" if ticked or len(elements) == 1 else "unfilled"), ", ".join(ticked) or "not ticked"
        if first.role not in TEXTUAL or len(elements) > 1:
            return "unknown", ", ".join(_value(e, observation) for e in elements)
        read = _value(first, observation) or self.reread(observation.screenshot, first.box) * (
            not first.state.placeholder
        )
        if not read or same_text(first.hint, read) == "same":
            return "unfilled", ""
        asks = " ".join(t for t in (first.label, first.hint) if t)
        writing = write_value(wanted, asks=asks)
        verdict = value_matches(wanted, read, writing.kind, writing.order)
        return ("unknown" if verdict == "ok" or not self.readable(writing.text) else verdict), read

    def _secret(self, secret: str, element: Element, observation: Observation) -> FieldVerdict:
        _, box = value_of(observation, element)
        if in_clear(secret, self.reread(observation.screenshot, box)):
            return "ok"
        dots = count_dots(observation.screenshot.crop(box.grow(-3)))
        if dots is None:
            return "unknown"
        return "ok" if dots == len(secret) else "wrong"

    # ------------------------------------------------------------ telling

    def _put(self, result: FieldResult) -> None:
        if self.results.get(result.key) != result:
            self.results[result.key] = self._fresh[result.key] = result

    def _wanted(self, key: str) -> str:
        return MASK if key in self.task.secrets else text_of((self.task.record or {})[key])

    def _said(self, result: FieldResult) -> str:
        if result.verdict == "ok":
            return ""
        if result.key in self.task.secrets:
            return "The field shows another number of characters." if result.verdict == "wrong" else ""
        return f"The field {result.label!r} shows {result.read!r}."


def _value(element: Element, observation: Observation) -> str:
    return value_of(observation, element)[0]
