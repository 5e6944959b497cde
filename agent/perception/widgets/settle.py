"""Where two finders see a control in the same place, one of them gives way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.choices import DOUBT
from agent.perception.widgets.scene import Rect, Scene

_PALE = 120
"""Difference from the ground, of 255, that the ink of an icon in a field stays under, and a tick does not."""
_SMALL = ("checkbox", "radio", "switch", "icon")


def settle(scene: Scene, found: list[Widget]) -> list[Widget]:
    """Drop doubles and what can't be inside something else."""
    found = [w for w in found if not _is_digit_box(scene, w)]
    found = [w for w in _without_panels(scene, found) if not _is_menu(scene, w)]
    order = sorted(found, key=lambda w: (_rank(w), -w.confidence))
    kept: list[tuple[Widget, Rect]] = []
    for widget in order:
        rect = Rect.of(widget.box)
        if not any(_gives_way(widget, other, rect.overlap(there)) for other, there in kept):
            kept.append((widget, rect))
    return [widget for widget, _ in kept]


def with_peers(found: Sequence[Widget], before: Sequence[Widget] = ()) -> list[Widget]:
    """Without the discs and squares that may be choices but have no like among the choices there are or were."""
    sure = [w for w in (*found, *before) if w.role in ("checkbox", "radio") and w.confidence > DOUBT]
    return [w for w in found if w.confidence > DOUBT or any(_alike(w, other) for other in sure)]


def _alike(one: Widget, other: Widget) -> bool:
    """Two choices of one kind and size, beside or under each other, or in one place."""
    a, b = one.box, other.box
    if one.role != other.role or abs(a.height - b.height) > max(2, 0.2 * b.height):
        return False
    row, column = abs(a.center.y - b.center.y) <= 3, abs(a.center.x - b.center.x) <= 3
    near = max(abs(a.center.x - b.center.x), abs(a.center.y - b.center.y)) < 25 * b.height
    return near and (row or column)


def _is_digit_box(scene: Scene, widget: Widget) -> bool:
    """A large square with no text beside it is a field for one character, not a check box."""
    b = widget.box
    if widget.role != "checkbox" or b.height < scene.px(26):
        return False
    reach = b.width + scene.px(12)
    return not any(
        line.top < b.bottom
        and line.bottom > b.top
        and (-2 <= line.left - b.right <= reach or -2 <= b.left - line.right <= reach)
        for line in scene.lines
    )


def _is_menu(scene: Scene, widget: Widget) -> bool:
    """Lines under each other from one left edge, with room between them, are entries of a menu, not one caption."""
    if widget.role not in ("button", "textbox"):
        return False
    # A caption in a field stands close over its value and is written smaller.
    room, like = (0.6, 0.6) if widget.role == "button" else (1.3, 0.6)
    lines = [scene.lines[i] for i in scene.lines_in(Rect.of(widget.box))]
    rows = [a for a in lines if not any(b.left < a.left and b.top < a.bottom and a.top < b.bottom for b in lines)]
    pairs = list(pairwise(sorted(rows, key=lambda line: line.top)))
    return bool(pairs) and all(
        abs(a.left - b.left) <= scene.px(10)  # one may be read together with the mark of what is chosen
        and b.top - a.bottom >= room * min(a.height, b.height)
        and min(a.height, b.height) >= like * max(a.height, b.height)
        for a, b in pairs
    )


def _without_panels(scene: Scene, found: list[Widget]) -> list[Widget]:
    """A box that holds a check box is a panel, unless that is the calendar at the end of a date field."""
    drop: set[int] = set()
    sure = [(i, w) for i, w in enumerate(found) if w.role in _SMALL and w.confidence > DOUBT]
    small = [(i, w, Rect.of(w.box)) for i, w in sure]
    for j, outer in enumerate(found):
        if outer.role not in ("textbox", "combobox", "button", "textarea", "listbox"):
            continue
        b = outer.box
        rect = Rect.of(b)
        for i, w, r in small:
            if r.area > 0.45 * rect.area or r.overlap(rect) < 0.9 * r.area:
                continue
            if outer.role == "textbox" and w.state.checked and _is_pale_icon(scene, r, rect):
                drop.add(i)
                continue
            at_end = w.role != "switch" and w.box.left > b.right - 1.7 * b.height
            at_end = at_end and b.height <= scene.px(66) and b.width > 2.5 * b.height
            drop.add(i if at_end and outer.role != "button" else j)
    return [w for k, w in enumerate(found) if k not in drop]


def _is_pale_icon(scene: Scene, small: Rect, field: Rect) -> bool:
    """Whether what looks like a ticked box is a drawing at the left end of a field, paler than any tick."""
    height = field.bottom - field.top
    if small.left > field.left + height or field.right - field.left < 2.5 * height or height > scene.px(66):
        return False
    crop = scene.pixels[small.top : small.bottom, small.left : small.right]
    ground = np.median(crop.reshape(-1, 3), axis=0)
    return float(np.abs(crop - ground).max()) < _PALE


def _rank(widget: Widget) -> int:
    if widget.confidence <= DOUBT:
        return 9
    ranks = {"slider": 0, "switch": 1, "radio": 2, "checkbox": 2, "scrollbar": 6, "link": 7, "icon": 8}
    return ranks.get(widget.role, 4) + (1 if widget.confidence <= 0.5 else 0)


def _gives_way(widget: Widget, other: Widget, common: int) -> bool:
    if not common:
        return False
    smaller = min(widget.box.area, other.box.area)
    if widget.confidence <= DOUBT:
        return other.role != "link"
    if widget.confidence == 0.5 and widget.role in ("textbox", "combobox"):
        return other.role != "link"
    if widget.role == "link" and other.role in ("textbox", "textarea", "combobox", "spinbutton"):
        b, field = widget.box, other.box
        # A label that floats on the upper border, in colour while the field has the focus.
        if field.left <= b.left and b.right <= field.right and b.top < field.top < b.bottom:
            return True
    if widget.role == "link":
        return other.role in ("button", "textbox", "combobox", "slider", *_SMALL) and common > 0.6 * widget.box.area
    if other.role in _SMALL and widget.role not in _SMALL:
        # a tile that holds a check box may well be a control, but not the same one
        return widget.box.area < 2.2 * other.box.area
    if widget.role == "scrollbar":
        return other.role not in ("listbox", "textarea", "textbox")
    return common > 0.5 * smaller and widget.box.area < 2.5 * other.box.area
