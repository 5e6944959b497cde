"""The state of filling one form: which key went to which field, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.meaning.options import spoken
from agent.planners.embedded.controls import Wish
from agent.planners.embedded.desk import Desk, name_of
from agent.planners.embedded.match import Matching, match_fields
from agent.planners.embedded.page import Page
from agent.planners.embedded.texts import Filled
from agent.schema import Element, FieldResult

MASK = "••••••"


@dataclass(eq=False)
class Entry:
    """One key of the record and the field that it went to."""

    key: str
    elements: tuple[Element, ...]
    wish: Wish
    filled: Filled | None = None
    marks: tuple[str, ...] = ()
    """What the elements showed when they were right."""
    page: int = 0
    also: tuple[str, ...] = ()
    """Further keys whose values this field holds."""

    @property
    def label(self) -> str:
        first = self.elements[0]
        if len(self.elements) > 1:
            return first.group or first.label
        return name_of(first)

    @property
    def good(self) -> bool:
        """Right as far as can be seen; of a password no more than its length can be seen."""
        verdict = self.filled.verdict if self.filled else "unfilled"
        return verdict == "ok" or (self.wish.secret and verdict == "unknown")

    def result(self) -> FieldResult:
        filled = self.filled
        hide = self.wish.secret
        read = filled.read if filled else ""
        return FieldResult(
            label=self.label,
            key=self.key,
            wanted=MASK if hide else text_of(self.wish.value),
            read=(MASK if read else "") if hide else read,
            verdict=filled.verdict if filled else "unfilled",
            note=filled.note if filled else "",
        )


@dataclass
class Job:
    """The state of filling one form, over all of its pages."""

    desk: Desk
    record: Mapping[str, object]
    secrets: frozenset[str]
    entries: list[Entry] = field(default_factory=list[Entry])
    matching: Matching | None = None
    page: Page = field(default_factory=Page)
    number: int = 0
    tabs: dict[int, str] = field(default_factory=dict[int, str])
    """Captions of a notebook's tabs, by the number of the page that each opened."""
    pages: dict[int, Page] = field(default_factory=dict[int, Page])
    """The pages of a notebook that were left, by their number."""

    @property
    def remaining(self) -> dict[str, object]:
        met = {key for e in self.entries for key in (e.key, *e.also)}
        return {key: value for key, value in self.record.items() if key not in met}

    def fits(self, elements: Sequence[Element]) -> int:
        """How many keys of the record have a field among some elements."""
        matching = match_fields(self.record, elements)
        return len(matching.pairs) + len(matching.ambiguous)

    def here(self) -> list[Entry]:
        """The entries on the present page, top to bottom."""
        return sorted((e for e in self.entries if e.page == self.number), key=lambda e: e.elements[0].box.top)

    def tell(self, entry: Entry) -> None:
        """Report a key; where it has several fields, the one that is not right is told."""
        several = [e for e in self.entries if e.key == entry.key and e.filled is not None]
        worst = next((e for e in several if not e.good), None)
        told = worst.result() if worst else _together([e.result() for e in several] or [entry.result()])
        for key in (entry.key, *entry.also):
            self.desk.report(told.model_copy(update={"key": key}))


def _together(results: list[FieldResult]) -> FieldResult:
    """One line for a key whose value stands in several fields, in pieces; a second box for it is no piece."""
    if len({result.wanted for result in results}) == 1:
        return results[-1]
    texts = {
        "label": " + ".join(result.label for result in results),
        "wanted": " + ".join(result.wanted for result in results),
        "read": " + ".join(result.read for result in results),
    }
    return results[-1].model_copy(update=texts)


def text_of(value: object) -> str:
    """A value as a person would write it down."""
    return ", ".join(spoken(v) for v in value) if isinstance(value, list | tuple) else spoken(value)  # pyright: ignore
