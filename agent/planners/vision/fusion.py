"""Several opinions on where a target is, fused into one grounding, or none.

Each opinion makes some elements likelier than others: the model's points those that lie near them, the words of the
target those that read like it. The likeliest element wins if it leaves the others far enough behind; its share is the
confidence. A point on bare ground competes too, as things exist that perception does not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import exp, hypot, sqrt
from statistics import median

from agent.schema import Box, Element, Grounding, Observation, Point, Role, Value

SPREAD = 0.012
"""Standard deviation of a model's point, as a share of the longer side of the picture that it saw."""

ASTRAY = 0.08
"""Share of a model's points that lie nowhere near the target."""

FAR = 1e-3
"""Likelihood of such a point for any one element."""

APART = 4.0
"""Looks that lie this many times farther apart than the model's error explains are not inexact: one went astray."""

READ = 0.5
"""From this likeness on it is the words that tell what is meant."""

CORE = 3
"""Nobody aims at the outer third of what is small."""

SURE = 0.8
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
    doubtful: bool = False
    """Nothing was found at the point, and controls are so near that one of them may be meant as well, or no other look
    says the same."""


def candidates(
    sightings: Sequence[Sighting], likeness: Mapping[int, float], observation: Observation
) -> tuple[Candidate, ...]:
    """All that may be meant, likeliest first. `likeness` maps element ids to how well the target's words fit, 0..1."""
    read = max(likeness.values(), default=0.0)
    loose = looseness(sightings)
    weighed: list[tuple[float, Candidate]] = []
    for element in observation.elements:
        words = likeness.get(element.id, 0.0)
        prior = PASSIVE if element.role in _PASSIVE else 1.0
        text = words + (1 - words) * UNREAD if read else 1.0
        weight = prior * text * _seen(element.box, sightings, loose)
        found = Candidate(box=element.box, name=_name(element), role=element.role, share=0.0, likeness=words)
        weighed.append((weight, found))
    controls = [e.box for e in observation.elements if e.role not in _PASSIVE]
    for sighting in sightings:
        if any(box.contains(sighting.point) for box in controls):
            continue  # whatever else is there, a click on that point hits this control
        bare = _round_point(sighting)
        weight = BARE * (UNREAD * 5 if read else 1.0) * _seen(bare, sightings, loose)
        crowded = any(_distance(box, sighting.point) < 2 * loose * _spread(sighting) for box in controls)
        doubtful = crowded or not _confirmed(sighting, sightings)
        weighed.append((weight, Candidate(box=bare, name="", role=None, share=0.0, doubtful=doubtful)))
    total = sum(weight for weight, _ in weighed)
    if total <= 0:
        return ()
    ranked = sorted(weighed, key=lambda entry: -entry[0])
    return tuple(found.model_copy(update={"share": weight / total}) for weight, found in ranked if weight > 0)


def settle(
    target: str, ranked: Sequence[Candidate], sightings: Sequence[Sighting], *, named: bool = False
) -> Grounding | None:
    """The one answer, or None where the likeliest is not likely enough.

    `named`: the target's words are its own caption, so that one which reads otherwise contradicts it.

    The point is the model's closest look if it hit the element, else the element's centre: a long row is clicked
    where the model aimed, a missed button in its middle.
    """
    if not ranked or ranked[0].doubtful or _together(ranked) < SURE:
        return None
    best = ranked[0]
    if named and _contradicts(best, ranked):
        return None
    hit = next((s.point for s in reversed(sightings) if _well_inside(best.box, s.point)), None)
    point = hit or best.box.center
    source = "text" if best.likeness >= READ else sightings[-1].source if sightings else "widget"
    return Grounding(
        target=target,
        point=point,
        box=best.box,
        role=best.role,
        confidence=round(_together(ranked), 3),
        source="zoom" if source == "zoom" else "text" if source == "text" else "model" if sightings else "widget",
    )


def _contradicts(best: Candidate, ranked: Sequence[Candidate]) -> bool:
    """Whether something else reads like the target, and this and all that belongs to it does not."""
    read = [c for c in ranked if c.likeness >= READ]
    return bool(read) and not any(
        c is best or best.box.contains(c.box.center) or c.box.contains(best.box.center) for c in read
    )


def _together(ranked: Sequence[Candidate]) -> float:
    """The share of the best and of all that a click in its middle hits as well (a caption in its button)."""
    best = ranked[0]
    return sum(c.share for c in ranked if c.box.contains(best.box.center) and best.box.overlap(c.box).area)


def looseness(sightings: Sequence[Sighting]) -> float:
    """How many times less exact than supposed a model is whose looks disagree: the median of all pairs, at least 1."""
    ratios: list[float] = []
    for one, other in combinations(sightings, 2):
        apart = hypot(one.point.x - other.point.x, one.point.y - other.point.y)
        ratios.append(apart / hypot(_spread(one), _spread(other)) / sqrt(2))
    kept = [ratio for ratio in ratios if ratio < APART]
    return max(1.0, median(kept)) if kept else 1.0


def _confirmed(sighting: Sighting, sightings: Sequence[Sighting]) -> bool:
    """Whether another look, if there was one, saw the target near the same point."""
    others = [other for other in sightings if other is not sighting]
    near = (
        hypot(other.point.x - sighting.point.x, other.point.y - sighting.point.y)
        < 3 * hypot(_spread(sighting), _spread(other))
        for other in others
    )
    return not others or any(near)


def _seen(box: Box, sightings: Sequence[Sighting], loose: float) -> float:
    """How likely the points are if this is the target: the product over the looks."""
    likelihood = 1.0
    for sighting in sightings:
        spread = loose * _spread(sighting)
        near = exp(-0.5 * (_from_core(box, sighting.point, spread) / spread) ** 2)
        likelihood *= (1 - ASTRAY) * near * _tightness(box, spread) + ASTRAY * FAR
    return likelihood


def _spread(sighting: Sighting) -> float:
    return SPREAD * max(sighting.seen.width, sighting.seen.height)


def _tightness(box: Box, spread: float) -> float:
    """A large box is hit by chance: what it covers beyond the spread of a point speaks against it."""
    cell = (2 * spread) ** 2
    return cell / (cell + box.area)


def _from_core(box: Box, point: Point, spread: float) -> float:
    """Pixels from a point to where a model aims: the middle of what is small, anywhere well inside of what is large."""
    across, down = min(box.width / CORE, spread), min(box.height / CORE, spread)
    dx = max(box.left + across - point.x, 0, point.x - box.right + across)
    dy = max(box.top + down - point.y, 0, point.y - box.bottom + down)
    return hypot(dx, dy)


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
