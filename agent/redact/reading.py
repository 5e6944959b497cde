"""Texts of a picture that no element of a look has: the reader of pixels keeps only what it can place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from agent.events import Observed
from agent.redact.pixels import mostly_in
from agent.redact.texts import shape
from agent.schema import Box, Element, Screenshot


class Line(Protocol):
    """A text that was read."""

    @property
    def box(self) -> Box:
        """In desktop pixels."""
        ...

    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...


Read = Callable[[Screenshot], Iterable[Line]]


def unread(look: Observed, lines: Iterable[Line]) -> Iterator[Element]:
    """Those of the lines that no element tells, as elements of their own."""
    told = [(shape(e.text), e.box) for e in look.elements if e.text]
    for line in lines:
        drawn = shape(line.text)
        if drawn and not any(drawn == text and mostly_in(line.box, box) for text, box in told):
            yield Element(id=0, role="text", box=line.box, text=line.text, confidence=line.confidence)
