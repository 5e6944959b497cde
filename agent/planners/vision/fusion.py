"""Several opinions on where a target is, fused into one grounding, or none.

Each opinion makes some elements likelier than others: the model's points those that lie near them, the words of the
target those that read like it. The likeliest element wins if it leaves the others far enough behind; its share is the
confidence. A point on bare ground competes too, as things exist that perception does not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, hypot

from agent.schema import Box, Element, Grounding, Observation, Point, Role, Value

SPREAD = 0.012
"""Standard deviation of a model's point, as a share of the longer side of the picture that it saw."""

ASTRAY = 0.08
"""Share of a model's points that lie nowhere near the target."""

FAR = 1e-3
"""Likelihood of such a point for any one element."""

SURE = 0.6
"""From this confidence on there is one answer; below it there are candidates."""

UNREAD = 0.02
"""How much likelier an element without the target's words is, where others read like it."""

BARE = 0.2
"""How likely, before anything is known, a target is one that perception has not found at a point."""

PASSIVE = 0.35
"""The same for text and headings, which are seldom what is acted on, against controls."""

_PASSIVE: frozenset[Role] = frozenset({"text", "heading"})


class Sighting(Value):
    """A point that a model gave, and the picture it was given for."""

    point: Point
    seen: Box
    """The part of the screen that the model looked at."""
    source: str
    """`model` for the first pass, `zoom` for a closer look."""


class Candidate(Value):
    """Something that may be meant; `share` is its part of all the likelihood, 0..1."""

    box: Box
    name: str
    role: Role | None
    share: float
    likeness: float = 0.0
    """How much it reads like the target, 0..1."""
    crowded: bool = False
    """Nothing was found at the point, but controls are so near that one of them may be meant as well."""


def candidates(
    sightings: Sequence[Sighting], likeness: Mapping[int, float], observation: Observation
) -> tuple[Candidate, ...]:
    """All that may be meant, likeliest first. `likeness` maps element ids to how well the target's words fit, 0..1."""
    read = max(likeness.values(), default=0.0)
    weighed: list[tuple[float, Candidate]] = []
    for element in observation.elements:
        words = likeness.get(element.id, 0.0)
        prior = PASSIVE if element.role in _PASSIVE else 1.0
        text = words + (1 - words) * UNREAD if read else 1.0
        weight = prior * text * _seen(element.box, sightings)
        found = Candidate(box=element.box, name=_name(element), role=element.role, share=0.0, likeness=words)
        weighed.append((weight, found))
    controls = [e.box for e in observation.elements if e.role not in _PASSIVE]
    for sighting in sightings:
        if any(box.contains(sighting.point) for box in controls):
            continue  # whatever else is there, a click on that point hits this control
        bare = _round_point(sighting)
        weight = BARE * (UNREAD * 5 if read else 1.0) * _seen(bare, sightings)
        crowded = any(_distance(box, sighting.point) < 2 * _spread(sighting) for box in controls)
        weighed.append((weight, Candidate(box=bare, name="", role=None, share=0.0, crowded=crowded)))
    total = sum(weight for weight, _ in weighed)
    if total <= 0:
        return ()
    ranked = sorted(weighed, key=lambda entry: -entry[0])
    return tuple(found.model_copy(update={"share": weight / total}) for weight, found in ranked if weight > 0)


def settle(target: str, ranked: Sequence[Candidate], sightings: Sequence[Sighting]) -> Grounding | None:
    """The one answer, or None where the likeliest is not likely enough.

    The point is the model's closest look if it hit the element, else the element's centre: a long row is clicked
    where the model aimed, a missed button in its middle.
    """
    if not ranked or ranked[0].crowded or _together(ranked) < SURE:
        return None
    best = ranked[0]
    hit = next((s.point for s in reversed(sightings) if _well_inside(best.box, s.point)), None)
    point = hit or best.box.center
    source = "text" if best.likeness >= 0.5 else sightings[-1].source if sightings else "widget"
    return Grounding(
        target=target,
        point=point,
        box=best.box,
        role=best.role,
        confidence=round(_together(ranked), 3),
        source="zoom" if source == "zoom" else "text" if source == "text" else "model" if sightings else "widget",
    )


def _together(ranked: Sequence[Candidate]) -> float:
    """The share of the best and of all that a click in its middle hits as well (a caption in its button)."""
    best = ranked[0]
    return sum(c.share for c in ranked if c.box.contains(best.box.center) and best.box.overlap(c.box).area)


def _seen(box: Box, sightings: Sequence[Sighting]) -> float:
    """How likely the points are if this is the target: the product over the looks."""
    likelihood = 1.0
    for sighting in sightings:
        spread = _spread(sighting)
        near = exp(-0.5 * (_distance(box, sighting.point) / spread) ** 2)
        likelihood *= (1 - ASTRAY) * near * _tightness(box, spread) + ASTRAY * FAR
    return likelihood


def _spread(sighting: Sighting) -> float:
    return SPREAD * max(sighting.seen.width, sighting.seen.height)


def _tightness(box: Box, spread: float) -> float:
    """A large box is hit by chance: what it covers beyond the spread of a point speaks against it."""
    cell = (2 * spread) ** 2
    return cell / (cell + box.area)


def _distance(box: Box, point: Point) -> float:
    """Pixels from a point to a box; 0 inside."""
    dx = max(box.left - point.x, 0, point.x - box.right + 1)
    dy = max(box.top - point.y, 0, point.y - box.bottom + 1)
    return hypot(dx, dy)


def _well_inside(box: Box, point: Point) -> bool:
    margin = min(box.width, box.height) // 5
    return box.grow(-margin).contains(point)


def _round_point(sighting: Sighting) -> Box:
    side = max(8, round(_spread(sighting)))
    point = sighting.point
    return Box(left=point.x - side // 2, top=point.y - side // 2, width=side, height=side)


def _name(element: Element) -> str:
    return element.label or element.text or element.hint or element.role
