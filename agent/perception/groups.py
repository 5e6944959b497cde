"""Sets of controls and what stands over them: questions, legends, column headers and headings of sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.perception.blocks import Block, strip_label
from agent.perception.scene import CHOICES, FIELDS, Control, Run, Scene


def is_heading(scene: Scene, block: Block) -> bool:
    """Whether a free block is larger or bolder than the usual text, or the legend of a frame."""
    letters = sum(2 if c > "\u2e80" else 1 for c in block.text if c.isalpha())
    if len(block.text) > 90 or letters < 3 or min(x.confidence for x in block.lines) < 0.75:
        return False
    ink = block.ink
    large = ink.size > 1.18 * scene.unit
    bold = ink.weight > 1.3 * scene.weight and ink.size > 0.9 * scene.unit and len(block.text) > 2
    return large or bold or ink.ruled


# ---------------------------------------------------------------- runs


def find_runs(scene: Scene, apart: set[int]) -> list[Run]:
    """Choices that stand together under one question, but for the ids in `apart`."""
    choices = [c for c in scene.controls if c.role in CHOICES and id(c) not in apart]
    rows = [sorted(r, key=lambda c: c.left) for r in _join(choices, lambda a, b: _beside(scene, a, b))]
    asked = {id(c) for row in rows if _asked_at_left(scene, row[0]) for c in row}
    row_of = {id(c): i for i, row in enumerate(rows) for c in row}

    def together(a: Control, b: Control) -> bool:
        return row_of[id(a)] == row_of[id(b)] or _stacked(scene, a, b, asked)

    return [Run.of(sorted(g, key=lambda c: (row_of[id(c)], c.left))) for g in _join(choices, together)]


def find_part_runs(scene: Scene, apart: set[int]) -> list[Run]:
    """Small fields side by side that have labels of their own: the parts of a date under one legend."""
    small = [c for c in scene.controls if c.role in FIELDS and id(c) not in apart]
    parts = [c for c in small if c.width <= 16 * scene.unit and c.height < 4 * scene.unit]
    pieces = _join(parts, lambda a, b: _same_row(scene, a, b))
    return [Run.of(sorted(g, key=lambda c: c.left)) for g in pieces if len(g) > 1]


def _join(controls: Sequence[Control], joined: Callable[[Control, Control], bool]) -> list[list[Control]]:
    """The connected groups under a relation."""
    home = list(range(len(controls)))

    def root(i: int) -> int:
        while home[i] != i:
            i = home[i]
        return i

    for i, one in enumerate(controls):
        for j in range(i):
            if root(i) != root(j) and joined(controls[j], one):
                home[root(i)] = root(j)
    groups: dict[int, list[Control]] = {}
    for i, control in enumerate(controls):
        groups.setdefault(root(i), []).append(control)
    return list(groups.values())


def _beside(scene: Scene, one: Control, other: Control) -> bool:
    """Whether two choices follow each other in a row of one set."""
    if one.role != other.role or one.dialog != other.dialog:
        return False
    a, b = (one, other) if one.left < other.left else (other, one)
    level = abs(one.middle - other.middle) < 0.4 * max(one.height, other.height)
    if not level or not 0 <= b.left - a.right < 22 * scene.unit:
        return False
    return not _between(scene, a.right, a.top, b.left, a.bottom, (a, b))


def _stacked(scene: Scene, one: Control, other: Control, asked: set[int]) -> bool:
    """Whether two choices follow each other in a column of one set; the lower one has no question of its own."""
    if one.role != other.role or one.dialog != other.dialog:
        return False
    a, b = (one, other) if one.top < other.top else (other, one)
    if a.label is None or b.label is None or abs(a.left - b.left) > 0.6 * a.height:
        return False
    gap = b.top - a.bottom
    limit = 10 if scene.controls_within(a.right + 2, a.bottom, a.right + 20 * scene.unit, b.top, a) else 3.2
    if any(a.right < x.left < b.left + 6 * scene.unit and a.middle < x.middle < b.top for x in scene.blocks):
        limit = max(limit, 6)  # help under its caption
    if not 0 <= gap < limit * scene.unit or id(b) in asked:
        return False  # a field may stand between, indented: it belongs to the upper choice
    return not _between(scene, a.left - scene.unit, a.bottom, a.right + 2, b.top, (a, b))


def _asked_at_left(scene: Scene, control: Control) -> bool:
    """Whether a question of its own stands left of a choice."""
    for block in scene.blocks:
        level = abs(block.first_middle - control.middle) < 0.7 * scene.unit
        if id(block) not in scene.taken and level and 0 <= control.left - block.right < 28 * scene.unit:
            return scene.clear_row(control, block)
    return False


def _between(scene: Scene, left: float, top: float, right: float, bottom: float, pair: tuple[Control, Control]) -> bool:
    """Whether another control, or a free block that is no part of the pair, stands within a rectangle."""
    labels = [c.label for c in pair]
    for other in (*scene.controls, *scene.blocks):
        if any(other is c for c in pair) or any(other is x for x in labels):
            continue
        outside = isinstance(other, Block) and (not left <= other.left < right or len(other.text) <= 4)
        if isinstance(other, Block) and outside and not (is_heading(scene, other) and other.left < left < other.right):
            continue  # a hint under a label, indented; or the word "or"
        if min(right, other.right) - max(left, other.left) > 1 and min(bottom, other.bottom) - max(top, other.top) > 1:
            return True
    return False


def _same_row(scene: Scene, a: Control, b: Control) -> bool:
    """Whether two small fields stand side by side like the parts of one thing."""
    a, b = (a, b) if a.left < b.left else (b, a)
    level = abs(a.top - b.top) <= 3 and abs(a.bottom - b.bottom) <= 3
    return level and 0 <= b.left - a.right < 2.5 * scene.unit


# ---------------------------------------------------------------- tables


def name_grids(scene: Scene) -> list[Control]:
    """Name the controls of tables by their columns' headers (group: the row's first text); the controls named."""
    members = [c for c in scene.controls if c.role in FIELDS or (c.role in CHOICES and c.label is None)]
    named: list[Control] = []
    columns = _columns(scene, members)
    heads = [(column, _header(scene, column)) for column in columns if not _asked_in_rows(scene, column, columns)]
    good = [(column, head) for column, head in heads if head is not None]
    good = [(c, h) for c, h in good if any(o is not h and abs(o.middle - h.middle) < 0.6 * scene.unit for _, o in good)]
    if len(good) < 2:
        return []
    for column, head in good:
        rows = [c for c in column if any(o is not column and _at_level(o, c) for o, _ in good)]
        if len(rows) < 2:
            continue
        for control in rows:
            control.label, control.group = head, _row_name(scene, control, [c for c, _ in good])
            named.append(control)
    for control in named:
        if control.label is not None:
            scene.taken.add(id(control.label))
    return named


def _at_level(column: Sequence[Control], control: Control) -> bool:
    return any(abs(c.middle - control.middle) < 0.3 * control.height for c in column)


def _asked_in_rows(scene: Scene, column: Sequence[Control], columns: Sequence[Sequence[Control]]) -> bool:
    """Whether texts stand left of a column's controls though it is not the first column: they have labels there."""
    for control in column:
        mates = [c for other in columns for c in other if other is not column and _at_level([c], control)]
        edge = max((c.right for c in mates if c.right <= control.left), default=None)
        if edge is None:
            continue
        if any(
            edge <= b.left and b.right <= control.left and control.top < b.middle < control.bottom for b in scene.blocks
        ):
            return True
    return False


def _columns(scene: Scene, controls: Sequence[Control]) -> list[list[Control]]:
    """Controls that stand straight under each other with no text between, two at least."""

    def under(one: Control, other: Control) -> bool:
        a, b = (one, other) if one.top < other.top else (other, one)
        same = (abs(a.left - b.left) <= 3 or abs(a.right - b.right) <= 3) and a.dialog == b.dialog
        gap = b.top - a.bottom
        if not same or not -2 <= gap < 3 * scene.unit:
            return False
        return not any(
            x.left < a.right and x.right > a.left and a.bottom - 2 <= x.middle <= b.top + 2 for x in scene.blocks
        )

    groups = _join(controls, under)
    return [sorted(g, key=lambda c: c.top) for g in groups if len(g) > 1]


def _header(scene: Scene, column: Sequence[Control]) -> Block | None:
    """The block over the first control of a column, within its width or round its middle."""
    first = column[0]
    best: Block | None = None
    for block in scene.blocks:
        gap = first.top - block.bottom
        inside = first.left - scene.unit <= block.left and block.right <= first.right + scene.unit
        centred = abs((block.left + block.right) - (first.left + first.right)) < 2 * scene.unit
        near = 0 <= gap < 3.5 * scene.unit and (inside or centred)
        if near and (best is None or block.bottom > best.bottom):
            best = block
    return best


def _row_name(scene: Scene, control: Control, columns: Sequence[Sequence[Control]]) -> str:
    """The text at the start of a control's row."""
    mates = [c for column in columns for c in column if abs(c.middle - control.middle) < 0.3 * c.height]
    edge = min(c.left for c in mates)
    texts = [b for b in scene.blocks if b.right <= edge + 2 and abs(b.middle - control.middle) < 0.7 * scene.unit]
    if not texts:
        return ""
    block = max(texts, key=lambda b: b.right)
    scene.row_names.add(id(block))
    return block.text.strip()


# ---------------------------------------------------------------- sections


def name_sections(scene: Scene) -> None:
    """Give each control its question, or else the nearest heading over it in its own column."""
    for run in scene.runs:
        if run.question is None:
            continue
        text, starred = strip_label(run.question.text)
        for control in run.members:
            control.group = control.group or text
            control.required = control.required or starred or run.question.starred
        for control in _nested(scene, run):
            control.group = control.group or text
    heads = [b for b in scene.blocks if id(b) not in scene.taken and is_heading(scene, b)]
    for control in scene.controls:
        if not control.group and control.role in FIELDS | CHOICES:
            head = _heading_of(scene, control, heads)
            control.group = strip_label(head.text)[0] if head else ""


def _nested(scene: Scene, run: Run) -> list[Control]:
    """The fields that stand indented among the choices of a run."""
    first, last = run.members[0], run.members[-1]
    if first.role not in CHOICES or first.label is None:
        return []
    edge, bottom = first.right, last.bottom + 4 * scene.unit
    below = [c.top for c in scene.controls if c.top > last.bottom and c.left < edge]
    bottom = min([bottom, *below])
    return [
        c for c in scene.controls if c.role in FIELDS and c.left > edge and first.bottom <= c.top and c.bottom <= bottom
    ]


def _heading_of(scene: Scene, control: Control, heads: Sequence[Block]) -> Block | None:
    """The heading over a control that is nearest, where a step to the side counts as much as a step up."""
    left = min(control.left, control.label.left) if control.label else control.left
    best, least = None, 1e9
    for head in heads:
        if head.bottom > control.top + 2 or head.left > left + 4 * scene.unit:
            continue
        far = (control.top - head.bottom) + 1.0 * max(0, left - head.left)
        if far < least:
            best, least = head, far
    return best
