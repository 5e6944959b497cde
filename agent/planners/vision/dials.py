"""What a slider shows: a number near it counts as its own only if the place of its thumb agrees."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.planners.embedded.sliders import numbers, shown_beside, shown_ends
from agent.planners.embedded.view import find_again
from agent.schema import Element, FieldVerdict, Observation

USUAL = (0.0, 100.0)
"""The ends of a slider that tells none."""
NEAR = 0.03
"""Share of the track by which a thumb's place may be misread."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """A slider in one look: where its thumb is, 0..1, and the numbers round it."""

    place: float
    shown: frozenset[float]


@dataclass
class Dials:
    """Judges sliders, and remembers how each looked first: a number that moves with the thumb is its own."""

    _first: dict[str, _Sight] = field(default_factory=dict[str, _Sight])

    def judge(self, key: str, slider: Element, wanted: object, observation: Observation) -> tuple[FieldVerdict, str]:
        """The verdict on a slider that should stand at a number, and the number that it shows, if any is its own."""
        found, want = find_again(observation, slider), numbers(str(wanted))
        if found is None or found.state.position is None or len(want) != 1:
            return "unknown", ""
        ends = shown_ends(observation, found)
        beside = frozenset(numbers(shown_beside(observation, found))) - frozenset(ends or ())
        sight = _Sight(found.state.position, beside)
        first = self._first.setdefault(key, sight)
        # A number in the caption may be part of a name ("Question 4"), one farther off another field's.
        near = (beside if ends else frozenset(numbers(found.text))) - frozenset(numbers(found.label))
        own = {n for n in near if _agrees(n, sight.place, ends or USUAL)} | _moved(first, sight)
        if len(own) == 1:
            (value,) = own
            return ("ok" if value == want[0] else "wrong"), f"{value:g}"
        clearly_not = ends is not None and not _agrees(want[0], sight.place, ends, 3 * NEAR)
        return ("wrong" if clearly_not else "unknown"), ""


def _agrees(value: float, place: float, ends: tuple[float, float], within: float = NEAR) -> bool:
    low, high = ends
    return abs((value - low) / (high - low) - place) <= within


def _moved(first: _Sight, now: _Sight) -> set[float]:
    """The number that took another one's place while the thumb moved the same way."""
    gone, come = first.shown - now.shown, now.shown - first.shown
    if len(gone) != 1 or len(come) != 1 or abs(now.place - first.place) < NEAR / 3:
        return set()
    (old,), (new,) = gone, come
    return {new} if (new > old) == (now.place > first.place) else set()
