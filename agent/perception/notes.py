"""Hints and messages: the free text between a label and its control, under it or beside it."""

from __future__ import annotations

from agent.perception.blocks import Block, alike
from agent.perception.costs import stack_above
from agent.perception.groups import is_heading
from agent.perception.scene import CHOICES, FIELDS, Control, Run, Scene


def tie_notes(scene: Scene) -> None:
    """Give the free blocks near a control to it as hint or, where red, as error."""
    for control in scene.controls:
        if control.role == "slider":
            _take_number(scene, control)
        if control.role in FIELDS:
            _take_between(scene, control, [control], control.label)
    for run in scene.runs:
        _take_between(scene, run, run.members, run.question)
    for block in scene.blocks:
        if id(block) in scene.taken or id(block) in scene.row_names:
            continue
        home = _beside(scene, block) if id(block) in scene.affixes else _home(scene, block)
        if home is None:
            continue
        if block.ink.red:
            for control in _set_of(scene, home):
                control.errors.append(block.text)
            scene.taken.add(id(block))
        elif not is_heading(scene, block):
            home.hints.append(block.text)
            scene.taken.add(id(block))


def join_side_labels(scene: Scene) -> None:
    """Join to a label left of its control the lines over and under it that go on with it.

    In a narrow column any word may be broken off, so that the width of a line tells nothing; but what stands at the
    height of no other control belongs to this one.
    """
    for place in (*(c for c in scene.controls if c.role in FIELDS), *scene.runs):
        label = place.question if isinstance(place, Run) else place.label
        if label is None or label.right > place.left + 2:
            continue
        while (more := _next_line(scene, label, place)) is not None:
            label.lines = sorted([*label.lines, *more.lines], key=lambda x: x.box.top)
            label.left, label.right = min(label.left, more.left), max(label.right, more.right)
            label.top, label.bottom = min(label.top, more.top), max(label.bottom, more.bottom)
            label.starred = label.starred or more.starred
            scene.taken.add(id(more))


def _next_line(scene: Scene, label: Block, place: Control | Run) -> Block | None:
    """A free block straight over or under a label, set alike and aligned with it, beside no other control."""
    size = label.ink.size
    own = place.members if isinstance(place, Run) else [place]
    for block in scene.blocks:
        if id(block) in scene.taken or block.right > place.left + 2 or not alike(block.ink, label.ink):
            continue
        gap = max(block.top - label.bottom, label.top - block.bottom)
        edge = min(abs(block.left - label.left), abs(block.right - label.right))
        if not -2 <= gap <= 0.85 * size or edge > 0.35 * size:
            continue
        near = [c for c in scene.controls if block.right <= c.left <= place.right]
        beside = [c for c in near if c.top - 2 <= block.middle <= c.bottom + 2]
        if all(any(c is o for o in own) for c in beside):
            return block
    return None


def _take_number(scene: Scene, control: Control) -> None:
    """The number beside a slider is its value; numbers on both sides are its ends."""
    unit = scene.unit
    near = [
        b
        for b in scene.blocks
        if id(b) not in scene.taken
        and any(c.isdigit() for c in b.text)
        and sum(c.isalpha() for c in b.text) <= 3
        and len(b.text) <= 12
        and abs(b.middle - control.middle) < 0.8 * unit
        and -2 <= max(b.left - control.right, control.left - b.right) < 3 * unit
    ]
    if len(near) == 1:
        control.shown = near[0].text.strip()
        scene.taken.add(id(near[0]))


def _take_between(scene: Scene, place: Control | Run, members: list[Control], label: Block | None) -> None:
    """Take what stands between a label over a control and the control."""
    if label is None or label.bottom > place.top + scene.unit:
        return
    for block in stack_above(scene, place):
        if block.top < label.bottom - 2:
            continue
        fault = block.ink.red
        if not fault and members[0].role in CHOICES:
            continue
        for control in members:
            (control.errors if fault else control.hints).append(block.text)
        scene.taken.add(id(block))


def _set_of(scene: Scene, control: Control) -> list[Control]:
    """A control, or the whole set of choices that it is one of."""
    for run in scene.runs:
        if control.role == "radio" and any(control is c for c in run.members):
            return run.members
    return [control]


def _home(scene: Scene, block: Block) -> Control | None:
    """The control that a block stands close under (or, if red, beside or over)."""
    unit = scene.unit
    best, least = None, 1e9
    for control in scene.controls:
        if control.role not in FIELDS | CHOICES:
            continue
        lefts = [control.left]
        bottom = control.bottom
        if control.label is not None:
            lefts.append(control.label.left)
            if control.role in CHOICES:
                bottom = max(bottom, control.label.bottom)
        gap = block.top - bottom
        reach = 1.3 if block.ink.red else 0.95
        aligned = min(abs(block.left - x) for x in lefts) <= 1.5 * unit
        if control.role in CHOICES and not block.ink.red:
            aligned = control.label is not None and abs(block.left - control.label.left) <= 0.6 * unit
        under = -0.4 * unit <= gap <= reach * unit and aligned and block.top > control.middle
        beside = (
            block.ink.red
            and 0 <= block.left - control.right < 2 * unit
            and abs(block.middle - control.middle) < 0.7 * unit
        )
        far = abs(gap) if under else unit
        if (under or beside) and far < least:
            best, least = control, far
    return best


def _beside(scene: Scene, block: Block) -> Control | None:
    """The field that an affix stands beside."""
    fields = [c for c in scene.controls if c.role in FIELDS and c.top < block.middle < c.bottom]
    gaps = [(min(abs(c.left - block.right), abs(block.left - c.right)), i) for i, c in enumerate(fields)]
    return fields[min(gaps)[1]] if gaps else None
