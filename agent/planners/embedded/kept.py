"""What a filled field shows, noted, to tell later whether that changed by itself."""

from __future__ import annotations

from agent.planners.embedded.sliders import shown_beside
from agent.planners.embedded.texts import value_of
from agent.planners.embedded.view import TICKS, find_again
from agent.schema import Element, Observation

_RING = "[]|÷"
"""What the ring of a small field, and the arrows in it, may be read as."""


def mark(observation: Observation, element: Element) -> str:
    """What an element (placed on the screen) shows; `?` where it can't be seen."""
    found = find_again(observation, element)
    if element.role == "slider":
        place = found.state.position if found else None
        return f"at {'?' if place is None else format(place, '.3f')} {shown_beside(observation, found or element)}"
    if found is None:
        return "?"
    if found.role in TICKS:
        return str(found.state.checked)
    return value_of(observation, element)[0]


def same_mark(one: str, other: str) -> bool:
    """Whether two marks of one element say the same."""
    if not (one.startswith("at ") and other.startswith("at ")):
        # The ring and caret of a field that has the focus move its words apart in the reading, or are read as signs.
        return "".join(one.split()).strip(_RING) == "".join(other.split()).strip(_RING)
    (place, shown), (now, beside) = one[3:].split(" ", 1), other[3:].split(" ", 1)
    if "?" in (place, now):
        # A focus ring may hide where the thumb is; the number beside the slider still tells.
        return shown == beside and (bool(shown) or place == now)
    return abs(float(place) - float(now)) < 0.03
