"""Fields under one caption: a unit and what it is the unit of, the ends of a span, the boxes of a code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.schema import Element, Role
from agent.wording import fold

_UNIT = re.compile(r"^\W*(?:[a-z]{2,3}\W+)?\+\d{1,3}\b|^[a-z]{3}$|^[$€£¥₹]$")
"""A calling code or a currency."""
_BEGINS = {
    "to": "from", "until": "from", "till": "from", "bis": "von", "a": "de", "au": "du", "jusqu'a": "de",
    "hasta": "desde", "至": "从", "到": "从",
}  # fmt: skip
"""What stands before the end of a span, folded, and what goes without saying before its beginning."""
_BESIDE = 64
"""Pixels between two fields under one caption, at most."""
_TYPED: frozenset[Role] = frozenset({"textbox", "spinbutton"})
_FIELDS: frozenset[Role] = frozenset({"textbox", "spinbutton", "combobox"})


def paired(seen: Sequence[Element]) -> list[Element]:
    """The elements, with the caption of two fields side by side given to the one, or in part to each, that it names."""
    fields = sorted((e for e in seen if e.role in _FIELDS), key=lambda e: (e.box.center.y // 8, e.box.left))
    named: dict[int, str] = {}
    for one, two in pairwise(fields):
        if not _side_by_side(one, two) or not one.label:
            continue
        if not two.label and two.role in _TYPED and one.role == "combobox" and _UNIT.match(fold(one.text)):
            named |= {one.id: "", two.id: one.label}
        elif (begin := _BEGINS.get(fold(two.label))) and one.role == two.role and one.id not in named:
            named |= {one.id: f"{one.label} {begin}", two.id: f"{one.label} {two.label}"}
    return [e.model_copy(update={"label": named[e.id]}) if e.id in named else e for e in seen]


def _side_by_side(one: Element, two: Element) -> bool:
    level = abs(one.box.center.y - two.box.center.y) <= one.box.height // 3
    return level and 0 <= two.box.left - one.box.right <= _BESIDE


def box_rows(fields: Sequence[Element]) -> list[list[Element]]:
    """Rows of small empty boxes of which only the first has a caption: they take one value together."""
    small = [e for e in fields if e.role == "textbox" and e.box.width <= 4 * e.box.height and not e.text and not e.hint]
    rows: list[list[Element]] = []
    for e in sorted(small, key=lambda e: (e.box.center.y // 8, e.box.left)):
        last = rows[-1][-1] if rows else None
        follows = not e.label and last is not None and e.group == last.group and e.box.height == last.box.height
        if follows and last is not None and -4 <= e.box.left - last.box.right <= e.box.height:
            rows[-1].append(e)
        elif e.label or e.group:
            rows.append([e])
    return [row for row in rows if len(row) > 1 and _level(row)]


def _level(row: Sequence[Element]) -> bool:
    return max(e.box.top for e in row) - min(e.box.top for e in row) <= 3
