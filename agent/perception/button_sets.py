"""Buttons in a row under one question: segmented controls, chips and ratings, of which some are pressed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agent.perception.blocks import Block, strip_label
from agent.perception.costs import pick_label, stack_above
from agent.perception.scene import Control, Run, Scene

_WIDEST = 14
"""Ems: a wider button is no option."""
_LONGEST = 60
"""Characters of a question."""
_VIVID = 70
"""How far the channels of a paper, of 255, lie apart where it is coloured and no shade of grey."""
_SAME = 20
"""Difference of two papers, of 255, up to which they are one."""


def name_button_sets(scene: Scene) -> None:
    """Give the buttons of each such row their question as group, and whether they are pressed."""
    for row in _rows(scene):
        question = _question(scene, Run.of(row))
        if question is None:
            continue
        text, _ = strip_label(question.text)
        pressed = _pressed(row)
        for control, on in zip(row, pressed, strict=True):
            control.group, control.pressed = text, on


def _rows(scene: Scene) -> list[list[Control]]:
    """Buttons of one height side by side, close together, with a caption each: two at least."""
    buttons = [
        c for c in scene.controls if c.role == "button" and len(c.inside) == 1 and c.width <= _WIDEST * scene.unit
    ]
    rows: list[list[Control]] = []
    for control in sorted(buttons, key=lambda c: (round(c.middle / max(1.0, 0.5 * scene.unit)), c.left)):
        last = rows[-1][-1] if rows else None
        if last is not None and _follows(last, control):
            rows[-1].append(control)
        else:
            rows.append([control])
    return [row for row in rows if len(row) > 1]


def _follows(last: Control, control: Control) -> bool:
    level = abs(last.middle - control.middle) <= 2 and abs(last.height - control.height) <= 3
    return level and last.dialog == control.dialog and -4 <= control.left - last.right <= 0.8 * control.height


def _question(scene: Scene, row: Run) -> Block | None:
    """The short text close over the row, aligned with it, or at its left."""
    over = pick_label(stack_above(scene, row))
    if over is not None and len(over.text) <= _LONGEST and row.top - over.bottom <= 1.6 * scene.unit:
        return over if abs(over.left - row.left) <= 1.5 * scene.unit else None
    for block in scene.blocks:
        level = abs(block.middle - row.middle) < 0.6 * scene.unit
        near = level and 0 <= row.left - block.right <= 20 * scene.unit and len(block.text) <= _LONGEST
        if near and id(block) not in scene.taken and scene.clear_row(row, block):
            return block
    return None


def _pressed(row: Sequence[Control]) -> list[bool | None]:
    """Which buttons of a row stand on another ground than the most; of two unlike grounds the far more colourful."""
    known = [c.widget.state.checked for c in row]
    if None not in known:
        return known
    papers = [c.inside[0].ink.paper for c in row]
    kinds = [next(i for i, other in enumerate(papers) if _alike(paper, other)) for paper in papers]
    counts = Counter(kinds)
    if len(counts) == 1:
        inks = [c.inside[0].ink.colour for c in row]
        tinted = [max(ink) - min(ink) > _VIVID for ink in inks]
        # All on one ground: a word in colour among grey ones is the one that is on.
        return [t and sum(tinted) == 1 and len(row) > 2 for t in tinted]
    (usual, most), (_, second) = counts.most_common(2)
    if len(counts) > 2:
        return [None] * len(row)
    vivid = [max(papers[kind]) - min(papers[kind]) > _VIVID for kind in sorted(counts)]
    if most == second or vivid[0] != vivid[1]:
        # Also where the most are on.
        strong = max(counts, key=lambda i: (max(papers[i]) - min(papers[i]), -sum(papers[i])))
        return [kind == strong for kind in kinds]
    return [kind != usual for kind in kinds]


def _alike(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= _SAME
