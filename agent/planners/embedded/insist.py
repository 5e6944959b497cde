"""What must hold before a form goes on or is sent: every field right, every key placed, nothing required left empty."""

from __future__ import annotations

from collections.abc import Iterable

from agent.planners.embedded.desk import GiveUp, Uncertain, name_of
from agent.planners.embedded.job import Job
from agent.planners.embedded.page import Page
from agent.planners.embedded.view import TEXTUAL, TICKS
from agent.schema import Element


def insist_on_right(job: Job) -> None:
    """Uncertain or GiveUp unless every filled field is as it should be."""
    bad = [e for e in job.entries if not e.good]
    if not bad:
        return
    names = "; ".join(f"{e.label!r} ({e.key}): {e.filled.note or e.filled.verdict if e.filled else ''}" for e in bad)
    choices = [e.filled.candidates for e in bad if e.filled and e.filled.candidates]
    if choices and len(choices) == len(bad):
        raise Uncertain(f"which option is meant? {names}", choices[0])
    raise GiveUp(f"nothing was sent, since these fields are not as they should be: {names}")


def insist_on_complete(job: Job) -> None:
    """Uncertain where a key has no field, or fits two, or a required field has no key."""
    matching = job.matching
    by_id = {e.id: e for e in job.page.elements}
    doubts = (
        {tie.key: _numbered(_title(by_id[ids[0]], len(ids)) for ids in tie.candidates) for tie in matching.ambiguous}
        if matching
        else {}
    )
    left = job.remaining
    job.desk.unmatched = tuple(left)
    unsure = [key for key in left if key in doubts]
    if unsure:
        key = unsure[0]
        more = f" (also unclear: {', '.join(unsure[1:])})" if unsure[1:] else ""
        raise Uncertain(f"more than one field fits {key!r}{more}; nothing was typed in any of them", tuple(doubts[key]))
    taken = {e.id for entry in job.here() for e in entry.elements}
    free = [e for e in job.page.fields if e.id not in taken]
    if left:
        raise Uncertain(
            f"the form has no field for: {', '.join(repr(key) for key in left)}; nothing was sent",
            tuple(name_of(e) for e in free),
        )
    empty = [e for e in free if e.state.required and not _has_value(e, job.page)]
    if empty:
        names = tuple(dict.fromkeys((e.group if e.role == "radio" else "") or name_of(e) for e in empty))
        raise Uncertain(f"required but not in the record: {', '.join(names)}; nothing was sent", names)


def _title(element: Element, count: int) -> str:
    """What a person would call a candidate, with its section where it has one."""
    if count > 1:
        return element.group or element.label
    name = name_of(element)
    return f"{element.group}: {name}" if element.group and element.group not in name else name


def _numbered(titles: Iterable[str]) -> list[str]:
    """The titles, each with its place in the form where several are the same."""
    told = list(titles)
    return [f"{t} ({told[:n].count(t) + 1} of {told.count(t)})" if told.count(t) > 1 else t for n, t in enumerate(told)]


def _has_value(e: Element, page: Page) -> bool:
    if e.role == "radio":
        return any(o.state.checked for o in page.elements if o.role == "radio" and o.group == e.group)
    if e.role in TICKS:
        return bool(e.state.checked)
    if e.role in TEXTUAL:
        return bool(e.text) and not e.state.placeholder and e.text != e.hint
    return True
