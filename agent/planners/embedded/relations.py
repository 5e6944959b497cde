"""Where things stand to each other: left of, above, next to, in the row or section of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from agent.planners.embedded.commands import Relation
from agent.schema import Box, Element
from agent.wording import fold

T = TypeVar("T")

REACH = 1.6
"""Among things on the right side of an anchor, those up to so many times as far as the nearest are rivals."""


def related(
    items: Sequence[T], anchor: Element, relation: Relation, elements: Sequence[Element], key: Callable[[T], Element]
) -> list[T]:
    """Those of some items that stand in a relation to an anchor; the nearest only, except inside something."""
    if relation == "inside":
        return _inside(items, anchor, elements, key)
    fitting = [item for item in items if _stands(key(item).box, anchor.box, relation)]
    return nearest(fitting, anchor, key=lambda item: key(item).box)


def _stands(box: Box, anchor: Box, relation: Relation) -> bool:
    level = min(box.bottom, anchor.bottom) - max(box.top, anchor.top) > 0.4 * min(box.height, anchor.height)
    stacked = min(box.right, anchor.right) - max(box.left, anchor.left) > 0
    match relation:
        case "left of":
            return level and box.center.x < anchor.left
        case "right of":
            return level and box.center.x > anchor.right - 2
        case "above":
            return stacked and box.center.y < anchor.top
        case "below":
            return stacked and box.center.y > anchor.bottom
        case "next to":
            return level or (stacked and distance(box, anchor) < 2 * max(box.height, anchor.height))
        case "inside" | "belongs":
            return anchor.contains(box.center)


def nearest(items: Sequence[T], anchor: Element, key: Callable[[T], Box]) -> list[T]:
    """The item that is clearly nearest to an anchor; several if they are about as far."""
    if not items:
        return []
    far = [distance(key(item), anchor.box) for item in items]
    # What stands in the anchor's own row counts as nearer than what stands above or below it.
    least = min(far)
    return [item for item, d in zip(items, far, strict=True) if d <= max(least * REACH, least + 4)]


def distance(a: Box, b: Box) -> float:
    """Pixels between two boxes; steps to another row count double."""
    dx = max(0, a.left - b.right, b.left - a.right)
    dy = max(0, a.top - b.bottom, b.top - a.bottom)
    return dx + 2.0 * dy


def _inside(items: Sequence[T], anchor: Element, elements: Sequence[Element], key: Callable[[T], Element]) -> list[T]:
    """In a box (dialog, list), in the group that the anchor names, in its row, or in the section under it."""
    if anchor.role in ("dialog", "listbox", "textarea"):
        return [item for item in items if anchor.box.contains(key(item).box.center)]
    title = fold(anchor.label or anchor.text)
    if grouped := [item for item in items if title and fold(key(item).group) == title]:
        return grouped
    row = [item for item in items if _level(key(item).box, anchor.box)]
    if row and anchor.role != "heading":
        return row
    below = [e.box.top for e in elements if e.role == "heading" and e.box.top > anchor.box.bottom]
    end = min(below, default=1 << 30)
    under = [item for item in items if anchor.box.bottom <= key(item).box.center.y < end]
    return row or (under if anchor.role == "heading" else nearest(under, anchor, key=lambda item: key(item).box))


def _level(box: Box, anchor: Box) -> bool:
    return min(box.bottom, anchor.bottom) - max(box.top, anchor.top) > 0.3 * min(box.height, anchor.height)
