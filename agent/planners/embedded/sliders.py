"""Operating sliders: a number shown beside one decides, else its position within what can be seen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.planners.embedded.desk import click, name_of, press
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.texts import Filled
from agent.planners.embedded.view import find_again
from agent.schema import Box, Element, Observation, Point

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
NEAR = 140
MAX_PRESSES = 100
ROUNDS = 10


def set_slider(turn: Turn, field: Element, wanted: float) -> Routine[Filled]:
    """Move a slider to a number by a click on its track and the arrow keys."""
    first = turn.observation
    low, high = ends_of(first, field)
    spot = _spot(field, wanted, *likely_ends(first, field))
    turn = yield from click(turn, field, f"take hold of {name_of(field)!r}", at=spot)
    turn = yield from _nudge(turn, field, first)
    dial = _Dial(first, turn.observation, field)
    value = dial.read(turn.observation)
    if value is None:
        return (yield from _by_position(turn, field, wanted, low, high))
    step = 0.0
    for _ in range(ROUNDS):
        if value == wanted:
            return Filled(turn, "ok", _plain(value))
        presses = 1 if not step else min(MAX_PRESSES, max(1, round(abs(wanted - value) / step)))
        key = "right" if wanted > value else "left"
        turn = yield from press(turn, (key,), f"move {name_of(field)!r} to {wanted:g}", times=presses, target=field)
        moved = dial.read(turn.observation)
        if moved is None or moved == value:
            break
        if step and abs(moved - value) < step and presses == 1:
            step = abs(moved - value)
        step = abs(moved - value) / presses
        if (value - wanted) * (moved - wanted) < 0 and presses == 1:
            return Filled(turn, "wrong", _plain(moved), f"it steps over {wanted:g}")
        value = moved
    verdict = "ok" if value == wanted else "wrong"
    return Filled(turn, verdict, _plain(value), "" if verdict == "ok" else f"it stays at {_plain(value)}")


def _nudge(turn: Turn, field: Element, first: Observation) -> Routine[Turn]:
    """Where the click changed no number, one key press shows which number belongs to the slider."""
    if _Dial(first, turn.observation, field).read(turn.observation) is not None:
        return turn
    return (yield from press(turn, ("right",), f"see what {name_of(field)!r} counts", target=field))


def _by_position(turn: Turn, field: Element, wanted: float, low: float, high: float) -> Routine[Filled]:
    """No number is shown: count key presses from the start and compare the thumb's place."""
    turn = yield from press(turn, ("home",), f"move {name_of(field)!r} to its start", target=field)
    start = _position(turn, field)
    presses = round(wanted - low)
    if (start is not None and start > 0.05) or not 0 <= presses <= high - low:
        return Filled(turn, "unknown", "", "its value can't be seen")
    for chunk in range(0, presses, MAX_PRESSES):
        times = min(MAX_PRESSES, presses - chunk)
        turn = yield from press(turn, ("right",), f"move {name_of(field)!r} to {wanted:g}", times=times, target=field)
    place = _position(turn, field)
    expected = (wanted - low) / (high - low)
    tolerance = 0.5 / (high - low) + 2.5 / max(1, field.box.width)
    if place is None or abs(place - expected) > tolerance:
        return Filled(turn, "unknown", "", "the place of its thumb does not tell its value")
    return Filled(turn, "ok", _plain(wanted), f"told by its place between {low:g} and {high:g}")


def _position(turn: Turn, field: Element) -> float | None:
    found = find_again(turn.observation, field)
    return found.state.position if found else None


def _spot(field: Element, wanted: float, low: float, high: float) -> Point:
    share = min(1.0, max(0.0, (wanted - low) / (high - low))) if high > low else 0.5
    inset = min(field.box.height // 2, field.box.width // 8)
    return Point(x=inset + round(share * (field.box.width - 2 * inset)), y=field.box.height // 2)


def ends_of(observation: Observation, field: Element) -> tuple[float, float]:
    """The numbers at both ends of a slider's track, else 0 and 100, which is what sliders have unless told."""
    return shown_ends(observation, field) or (0.0, 100.0)


def shown_ends(observation: Observation, field: Element) -> tuple[float, float] | None:
    """The numbers at both ends of a slider's track, or in its caption, where they are told."""
    reach = field.box.grow(NEAR // 2)
    level = [e for e in observation.elements if e.role == "text" and reach.contains(e.box.center)]
    left = [n for e in level if e.box.center.x <= field.box.left + 12 for n in numbers(e.text)]
    right = [n for e in level if e.box.center.x >= field.box.right - 12 for n in numbers(e.text)]
    if len(left) == len(right) == 1 and left[0] < right[0]:
        return left[0], right[0]
    spans = numbers(f"{field.hint} {field.label}")
    return (spans[0], spans[1]) if len(spans) == 2 and spans[0] < spans[1] else None


def likely_ends(observation: Observation, field: Element) -> tuple[float, float]:
    """Where to click first: "none" at one end and "20 or more" at the other are 0 and 20. What comes of it is read."""
    box, middle = field.box, field.box.center
    # What stands over the slider may be its present value.
    row = Box.of(box.left - 12, box.top, box.right + NEAR // 2, box.bottom + NEAR // 2)
    under = [e for e in observation.elements if e.role == "text" and row.contains(e.box.center)]
    left = [n for e in under if e.box.center.x < middle.x for n in numbers(e.text)]
    right = [n for e in under if e.box.center.x >= middle.x and e.box.right >= box.right - 12 for n in numbers(e.text)]
    if not left and len(right) == 1 and right[0] > 0:
        return 0.0, right[0]
    return ends_of(observation, field)


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", ".")) for n in _NUMBER.findall(text)]


def shown_beside(observation: Observation, field: Element) -> str:
    """The numbers in a slider's own row and over it, parted by spaces."""
    box = field.box
    row = Box.of(box.left - 20, box.top - 60, box.right + 60, box.bottom)
    near = [e for e in observation.elements if e.role != "slider" and row.contains(e.box.center)]
    own = find_again(observation, field)
    texts = [own.label, own.text] if own else []
    texts += [e.text for e in sorted(near, key=lambda e: (e.box.top, e.box.left))]
    return " ".join(dict.fromkeys(f"{n:g}" for text in texts for n in numbers(text)))


class _Dial:
    """The number near a slider that changes with it: in its caption, or a text of its own."""

    def __init__(self, before: Observation, after: Observation, field: Element) -> None:
        self._field, self._box = field, field.box.grow(NEAR)
        self._stem = _stem(field.label) if len(numbers(field.label)) == 1 else ""
        old = {(e.text, e.box.left // 4, e.box.top // 4) for e in before.elements}
        self._fixed = [e.box for e in after.elements if (e.text, e.box.left // 4, e.box.top // 4) in old]
        own = [find_again(look, field) for look in (before, after)]
        shown = [numbers(e.text) if e is not None else [] for e in own]
        self._own = all(len(found) == 1 for found in shown) and shown[0] != shown[1]
        self._changed = any(not _among(e.box, self._fixed) for e in self._near(after))

    def _near(self, observation: Observation) -> Sequence[Element]:
        return [
            e
            for e in observation.elements
            if e.role != "slider"
            and numbers(e.text)
            and self._box.contains(e.box.center)
            and not self._field.box.grow(2).contains(e.box.center)  # its own drawing, read as a number
        ]

    def read(self, observation: Observation) -> float | None:
        """The number now; None where none near the slider has ever changed."""
        own = find_again(observation, self._field)
        if self._own and own is not None and len(numbers(own.text)) == 1:
            return numbers(own.text)[0]
        captions = [own.label] if own else []
        captions += [e.text for e in self._near(observation)]
        if self._stem:
            return next((numbers(c)[0] for c in captions if _stem(c) == self._stem and len(numbers(c)) == 1), None)
        if own is not None and _stem(own.label) == _stem(self._field.label) and len(numbers(own.label)) == 1:
            return numbers(own.label)[0]
        near = [e for e in self._near(observation) if not _among(e.box, self._fixed)] if self._changed else []
        anchor = self._field.box.center

        def cost(e: Element) -> float:
            return (
                abs(e.box.center.y - anchor.y) * 3 + abs(e.box.center.x - anchor.x) + (0 if e.box.height > 7 else 999)
            )

        best = min(near, key=cost, default=None)
        return numbers(best.text)[0] if best else None


def _stem(text: str) -> str:
    """A caption without its number."""
    return "".join(c for c in _NUMBER.sub("", text).casefold() if c.isalpha())


def _among(box: Box, boxes: Sequence[Box]) -> bool:
    return any(box.iou(other) > 0.8 for other in boxes)


def _plain(value: float) -> str:
    return f"{value:g}"
