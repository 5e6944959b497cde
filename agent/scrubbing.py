"""Scrubbing a stored run: what is secret in it is found by value, by shape, and by reading its pictures again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agent.events import Acting, Decided, Event, FieldsRead, Proposed, RunEnded
from agent.redact import MASK, Marks, Read, Redactor
from agent.schema import Approval, Permit, Proposal, Result, TypeText
from agent.trace import Problem, Scrubbed, TraceReader, scrub


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
    redactor = Redactor(_all_secrets(folder, secrets, marks, all_typed=all_typed), marks, read)
    return scrub(folder, redactor, redactor.text, why)


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
