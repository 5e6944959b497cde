"""A field stays a field while its contents change: a value that fills its box looks like a button's caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.perception.parts import Widget
from agent.schema import Role

_FIELDS: frozenset[Role] = frozenset({"textbox", "textarea", "combobox", "spinbutton"})
_SAME = 0.8
"""Overlap (over the union) from which a box is the one that stood there before; a focus ring may be new round it."""


def keep_fields(found: Sequence[Widget], before: Sequence[Widget]) -> list[Widget]:
    """What was found, with every box that was a field a look ago, and is taken for a button now, a field again."""
    fields = [w for w in before if w.role in _FIELDS]
    kept: list[Widget] = []
    for widget in found:
        if widget.role == "button":
            was = max(fields, key=lambda f: f.box.iou(widget.box), default=None)
            if was is not None and was.box.iou(widget.box) >= _SAME:
                widget = replace(widget, role=was.role)
        kept.append(widget)
    return kept
