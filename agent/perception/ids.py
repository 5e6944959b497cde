"""Ids that stay: an element that is still where it was keeps its id, and the label that its placeholder gave it."""

from __future__ import annotations

from collections.abc import Sequence

from agent.schema import Box, Element, Role

_FIELDS: frozenset[Role] = frozenset({"textbox", "textarea", "combobox", "spinbutton"})
_SAME = 0.6
"""Boxes that overlap by this much (intersection over union) are the same place."""


def keep_names(
    before: Sequence[Element], now: Sequence[Element], next_id: int, changed: Sequence[Box], region: Box
) -> tuple[tuple[Element, ...], int]:
    """The elements with ids, and the next id that is free.

    Where only a part of the region changed, a field whose label was its placeholder keeps that label after a value
    has taken the placeholder's place.
    """
    local = sum(b.area for b in changed) < 0.4 * region.area
    free = {e.id: e for e in before}
    by_place: dict[tuple[int, int], list[Element]] = {}
    for element in before:
        by_place.setdefault(_cell(element.box), []).append(element)
    found: list[Element] = []
    for element in now:
        old = _same(element, by_place, free)
        if old is None:
            found.append(element.model_copy(update={"id": next_id}))
            next_id += 1
            continue
        del free[old.id]
        update: dict[str, object] = {"id": old.id}
        if local and element.role in _FIELDS and not element.label and old.label and old.label_box is None:
            update["label"] = old.label
            if not element.hint and old.hint:
                update["hint"] = old.hint
        found.append(element.model_copy(update=update))
    return tuple(found), next_id


def _cell(box: Box) -> tuple[int, int]:
    return box.center.x // 64, box.center.y // 64


def _same(element: Element, places: dict[tuple[int, int], list[Element]], free: dict[int, Element]) -> Element | None:
    """The free element of the same role at nearly the same place."""
    x, y = _cell(element.box)
    near = (o for dx in (-1, 0, 1) for dy in (-1, 0, 1) for o in places.get((x + dx, y + dy), ()))
    best, score = None, _SAME
    for other in near:
        if other.role == element.role and other.id in free:
            iou = other.box.iou(element.box)
            if other.role in ("text", "link", "heading") and other.text != element.text:
                iou -= 0.35
            if iou > score:
                best, score = other, iou
    return best
