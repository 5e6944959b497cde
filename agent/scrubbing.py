"""Scrubbing a stored run: what is secret in it is found by value, by shape, and by reading its pictures again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from agent.events import Acting, Decided, Event, FieldsRead, Observed, Proposed, RunEnded
from agent.redact import MASK, Marks, Redactor
from agent.redact.pixels import mostly_in
from agent.redact.texts import shape
from agent.schema import Approval, Box, Element, Permit, Pixels, Proposal, Result, TypeText
from agent.trace import Problem, Scrubbed, TraceReader, scrub


class Line(Protocol):
    """A text that was read in a picture."""

    @property
    def box(self) -> Box: ...
    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...


Read = Callable[[Pixels], Iterable[Line]]


def scrub_run(
    folder: Path,
    secrets: Iterable[str],
    why: str,
    *,
    marks: Marks | None = None,
    read: Read | None = None,
    all_typed: bool = False,
) -> Scrubbed:
    """Write a run's trace anew without secrets, in its place.

    `secrets` are values, `marks` shapes and labels; `read` reads the texts of a picture (without it the texts that are
    stored must do); `all_typed` makes whatever was typed a secret. `why` says what was looked for, without values.
    Raises BadInput, TraceFailed.
    """
    redactor = Redactor(_all_secrets(folder, secrets, marks, all_typed=all_typed), marks)
    return scrub(folder, _Cleaner(redactor, read), redactor.text, why)


def _all_secrets(folder: Path, secrets: Iterable[str], marks: Marks | None, *, all_typed: bool) -> frozenset[str]:
    """What is named, and what the trace itself tells: typed as a secret or into a marked field, or typed at all.

    Known before anything is cleaned, since it may stand in what was told before it was typed.
    """
    learner = Redactor(secrets, marks)
    for event in TraceReader(folder).salvage():
        if isinstance(event, Problem):
            continue
        learner(event)
        for text in _typed(event) if all_typed else ():
            if MASK not in text:
                learner.learn(text)
    return learner.secrets


def _typed(event: Event) -> Iterable[str]:
    match event:
        case (
            Proposed(proposal=Proposal(action=TypeText(text=text)))
            | Decided(approval=Approval(action=TypeText(text=text)))
            | Acting(permit=Permit(action=TypeText(text=text)))
        ):
            yield text
        case FieldsRead(fields=fields) | RunEnded(result=Result(fields=fields)):
            for field in fields:
                yield from (field.wanted, field.read)
        case _:
            pass


class _Cleaner:
    """Cleans events; of looks also what was not read when they were stored."""

    def __init__(self, redactor: Redactor, read: Read | None) -> None:
        self._redactor, self._read = redactor, read
        self._last: tuple[str, tuple[Line, ...]] = ("", ())

    def __call__(self, event: Event) -> Event:
        if not isinstance(event, Observed) or self._read is None:
            return self._redactor(event)
        whole = event.model_copy(update={"elements": (*event.elements, *self._unread(event, self._read))})
        cleaned = self._redactor(whole)
        assert isinstance(cleaned, Observed)
        elements = cleaned.elements[: len(event.elements)]
        return cleaned.model_copy(update={"elements": event.elements if elements == event.elements else elements})

    def _unread(self, look: Observed, read: Read) -> Iterable[Element]:
        """Texts in the picture that no element of the look has."""
        shot = look.screenshot
        if self._last[0] != look.frame:
            self._last = (look.frame, tuple(read(shot.pixels)))
        for line in self._last[1]:
            scale, region = shot.scale, shot.region
            left, top = region.left + line.box.left / scale, region.top + line.box.top / scale
            box = Box.of(left, top, left + line.box.width / scale, top + line.box.height / scale)
            drawn = shape(line.text)
            if not any(shape(e.text) == drawn and mostly_in(box, e.box) for e in look.elements):
                yield Element(
                    id=len(look.elements) + 1, role="text", box=box, text=line.text, confidence=line.confidence
                )
