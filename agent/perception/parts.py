"""What the readers of pixels hand to each other before it becomes `Element`s.

Boxes here are in picture pixels; `Perceiver` moves them to the desktop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.schema import Box, ElementState, Role


@dataclass(frozen=True, slots=True)
class TextLine:
    """One piece of text on one line, as the OCR read it. Pieces on both sides of a wide gap are two lines."""

    box: Box
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Widget:
    """A control found by its drawing; what it is called and what stands in it is not known yet."""

    role: Role
    box: Box
    state: ElementState = field(default_factory=ElementState)
    confidence: float = 1.0
