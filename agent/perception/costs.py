"""What it costs to take a block of text for the label of a control, by where it stands to it.

Distances count in `unit`s, the usual em height of the picture, so that display scale and font size drop out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.perception.assign import assign
from agent.perception.blocks import Block
from agent.perception.scene import ALONE, CHOICES, FIELDS, TALL, Control, Run, Scene

Costs = dict[tuple[int, int], float]

_HINT_WORDS = re.compile(
    r"^\W*(?:for example|e\.?g\.?\b|example|format|must |please |enter |this |we |we'll|your .*\.$|例如|请|如)", re.I
)

_STATES = re.compile(
    r"^\W*(?:on|off|enabled|disabled|active|inactive|yes|no|an|aus|ein|aktiv|inaktiv|oui|non|activé|désactivé|sí|si|sim|"
    r"não|开|关|開|關|启用|禁用|啟用|停用|是|否|オン|オフ|はい|いいえ|켜짐|꺼짐|вкл|выкл)\W*$",
    re.I,
)
"""What a switch writes beside itself to tell how it stands."""

_FORMAT = re.compile(r"^(?:[dmyhjta年月日]{1,4}\W+)+[dmyhjta年月日]{1,4}$", re.I)
"""A placeholder that says how a date is written, and names nothing."""


def beside_costs(scene: Scene, choices: Sequence[Control]) -> Costs:
    """The cost of naming a choice by the text right of it, per (choice, block)."""
    costs: Costs = {}
    for row, control in enumerate(choices):
        for column, block in enumerate(scene.blocks):
            if tells_state(control, block):
                continue
            gap = block.left - control.right
            size = block.ink.size
            if not -2 <= gap <= max(2.2 * control.height, 2.5 * size):
                continue
            tilt = min(abs(block.first_middle - control.middle), abs(block.middle - control.middle))
            if tilt > max(0.5 * control.height, 0.85 * size) or not scene.clear_row(control, block):
                continue
            costs[row, column] = 0.05 + 0.12 * gap / size + 0.2 * tilt / size
        _prefer_captions(scene, row, costs)
    return costs


def _prefer_captions(scene: Scene, row: int, costs: Costs) -> None:
    """Between a caption and the help under it a control may be nearer to the help: make that cost more."""
    beside = [scene.blocks[column] for r, column in costs if r == row]
    for low in beside:
        for high in beside:
            aligned = abs(low.left - high.left) <= 0.4 * low.ink.size and 0 <= low.top - high.bottom <= low.ink.size
            if aligned and _is_hint_under(low, high):
                costs[row, scene.blocks.index(low)] += 0.5


def tells_state(control: Control, block: Block) -> bool:
    """Whether a text says how a switch stands rather than what it switches."""
    return control.role == "switch" and bool(_STATES.match(block.text))


def label_costs(scene: Scene, wanted: Sequence[Control | Run]) -> Costs:
    """The cost of every possible (control or run, block); ways that most controls of the picture share cost less."""
    above, left, other = _above_costs(scene, wanted), _left_costs(scene, wanted), _odd_costs(scene, wanted)
    first = _least(above, left, other)
    pairs = assign(first, len(wanted), len(scene.blocks), ALONE)
    is_field = [not isinstance(w, Run) and w.role not in CHOICES for w in wanted]
    ups = sum(1 for pair in pairs.items() if is_field[pair[0]] and first[pair] == above.get(pair))
    lefts = sum(1 for pair in pairs.items() if is_field[pair[0]] and first[pair] == left.get(pair))
    if ups >= 2 * lefts and ups > 1:
        left = {pair: cost + 0.12 for pair, cost in left.items()}
    elif lefts >= 2 * ups and lefts > 1:
        above = {pair: cost + 0.25 for pair, cost in above.items()}
    return _least(above, left, other)


def _least(*ways: Costs) -> Costs:
    best: Costs = {}
    for way in ways:
        for pair, cost in way.items():
            best[pair] = min(cost, best.get(pair, ALONE))
    return best


# ---------------------------------------------------------------- above


def stack_above(scene: Scene, control: Control | Run) -> list[Block]:
    """The free blocks that stand close over a control and belong together, nearest first."""
    unit = scene.unit
    near = [b for b in scene.blocks if id(b) not in scene.taken and _over(scene, control, b)]
    if isinstance(control, Control) and control.role == "slider":
        near = [b for b in near if any(c.isalpha() for c in b.text)]  # a number is its value
    near.sort(key=lambda b: -b.bottom)
    stack: list[Block] = []
    top, first_gap = control.top, 0.0
    for block in near:
        gap = top - block.bottom
        if not stack:
            if gap > 3.2 * unit:
                break
            first_gap = max(gap, 0)
        elif gap > max(0.95 * block.ink.size, 1.25 * first_gap, 0.95 * unit) or gap > 2.5 * unit:
            break
        if gap < -0.5 * unit:  # beside the one before, not above it
            continue
        left, right = max(block.left, control.left), min(block.right, control.right)
        if scene.controls_within(min(left, right - 2), block.bottom, max(right, left + 2), control.top, control):
            break
        stack.append(block)
        top = block.top
    return stack


def _over(scene: Scene, control: Control | Run, block: Block) -> bool:
    """Whether a block stands over a control and is aligned with it."""
    unit = scene.unit
    if block.bottom > control.top + 0.35 * unit or block.top >= control.top:
        return False
    if min(block.right, control.right) - max(block.left, control.left) < min(0.5 * unit, block.right - block.left):
        return False
    return _misaligned(control, block) <= 2.5 * unit or control.left <= block.left <= block.right <= control.right


def _misaligned(control: Control | Run, block: Block) -> float:
    middle = abs((control.left + control.right) - (block.left + block.right)) / 2
    return min(abs(block.left - control.left), middle + 1, abs(block.right - control.right) + 4)


def pick_label(stack: Sequence[Block]) -> Block | None:
    """Which block of a stack is the label: not a message, and not a hint that has its label over it."""
    sober = [b for b in stack if not b.ink.red] or list(stack)
    if not sober:
        return None
    label = sober[0]
    for block in sober[1:]:
        if not _is_hint_under(label, block):
            break
        label = block
    return label


def _is_hint_under(hint: Block, label: Block) -> bool:
    """Whether the lower of two blocks reads as help for the upper one."""
    if hint.starred or hint.text.rstrip().endswith((":", "：", "*")):
        return False
    low, high = hint.ink, label.ink
    if low.contrast < 0.62 * high.contrast and not low.coloured:
        return True
    if high.size > 1.15 * low.size:  # a heading over a label, unless the lower one is worded like help
        return bool(_HINT_WORDS.match(hint.text)) or (len(hint.text) > 40 and hint.text.rstrip().endswith("."))
    if high.weight > 1.3 * low.weight:
        return True
    sentence = len(hint.text) > 30 and hint.text.rstrip().endswith((".", "。"))
    return sentence or bool(_HINT_WORDS.match(hint.text)) or hint.text.startswith(("(", "（"))


def _above_costs(scene: Scene, wanted: Sequence[Control | Run]) -> Costs:
    costs: Costs = {}
    unit = scene.unit
    place = {id(b): i for i, b in enumerate(scene.blocks)}
    rows, of_buttons = _row_captions(scene, wanted), _captions_of_buttons(scene)
    for row, control in enumerate(wanted):
        if isinstance(control, Run) and len(control.members) == 1 and control.members[0].role != "radio":
            continue
        stack = stack_above(scene, control)
        picked = pick_label(stack)
        for block in stack:
            if id(block) in of_buttons:
                continue
            gap = max(0, control.top - stack[0].bottom) / unit
            cost = 0.12 + 0.1 * gap + 0.08 * _misaligned(control, block) / unit
            if block is not picked:
                cost += 0.45
            if len(block.text) > 90:
                cost += 0.2
            if block.ink.red:
                cost += 0.3
            if _is_title_over(control, block) or (len(block.text.strip()) == 1 and gap > 0.8):
                continue
            if isinstance(control, Run) and _is_entry_above(control, block):
                continue
            if block.ink.size > 1.35 * unit:
                cost += 0.2
            if isinstance(control, Control) and control.role in CHOICES:
                cost += 0.3
            if _hangs_from(scene, block, stack, control):
                if _is_smaller_than_inside(control, block):
                    continue
                cost += 0.35
            if id(block) in rows:
                cost += 0.6
            if isinstance(control, Run) and _is_close_before_field(scene, block):
                cost += 0.3
            if cost < ALONE:
                costs[row, place[id(block)]] = cost
    return costs


def _is_entry_above(run: Run, block: Block) -> bool:
    """Whether a text begins where the captions of choices begin, and not their boxes: another entry of a menu."""
    captions = [(c, c.label) for c in run.members if c.label is not None and c.label.left > c.right]
    return bool(captions) and all(block.left > c.right and abs(block.left - x.left) <= 3 for c, x in captions)


def _row_captions(scene: Scene, wanted: Sequence[Control | Run]) -> set[int]:
    """Ids of the blocks that name a switch or box at the other end of their own row, as lists of settings have them."""
    nameless = [c for c in wanted if isinstance(c, Control) and c.role in CHOICES and c.label is None]
    return {
        id(block)
        for control in nameless
        for block in scene.blocks
        if block.right <= control.left
        and abs(block.middle - control.middle) < 0.5 * control.height
        and scene.clear_row(control, block)
    }


def _is_close_before_field(scene: Scene, block: Block) -> bool:
    """Whether a field begins right behind a text, in its row: the text names it, and no choices below."""
    return any(
        0 <= c.left - block.right <= 2 * scene.unit
        and abs(c.middle - block.middle) < 0.5 * scene.unit
        and c.role in FIELDS - TALL
        for c in scene.controls
    )


def _captions_of_buttons(scene: Scene) -> set[int]:
    """Ids of the blocks that stand close before two or more buttons in their own row, as before a set of chips."""
    buttons = [c for c in scene.controls if c.role == "button" and len(c.inside) == 1]
    found: set[int] = set()
    for block in scene.blocks:
        row = [c for c in buttons if c.left >= block.right and abs(block.middle - c.middle) < 0.25 * c.height]
        row.sort(key=lambda c: c.left)
        if len(row) > 1 and row[0].left - block.right <= 3 * scene.unit and row[1].left - row[0].right <= scene.unit:
            found.add(id(block))
    return found


def _is_title_over(control: Control | Run, block: Block) -> bool:
    """Whether large text stands over a field that already has a placeholder to name it."""
    if isinstance(control, Run) or not control.inside or control.role in CHOICES:
        return False
    line = max(control.inside, key=lambda x: x.box.width)
    if _FORMAT.match(line.text.strip()):
        return False
    inside = line.ink
    if block.ink.size > 1.4 * inside.size:
        return True
    return block.ink.size > 1.25 * inside.size and inside.contrast < min(7.6, 0.7 * block.ink.contrast)


def _is_smaller_than_inside(control: Control | Run, block: Block) -> bool:
    """Whether a block is set smaller than what stands in a field: no label, where that may be the label itself."""
    if isinstance(control, Run) or not control.inside:
        return False
    return block.ink.size < 0.86 * max(control.inside, key=lambda x: x.box.width).ink.size


def _hangs_from(scene: Scene, block: Block, stack: Sequence[Block], control: Control | Run) -> bool:
    """Whether a block is nearer to the control over it than to this one: a hint of that one."""
    own = [control] if isinstance(control, Control) else control.members
    gap = control.top - stack[0].bottom
    for other in scene.controls:
        if any(other is c for c in own):
            continue
        over = block.top - other.bottom
        if -2 <= over < min(0.8 * gap, 1.2 * scene.unit) and other.left - 4 <= block.left <= other.right:
            return True
    return False


# ---------------------------------------------------------------- left and elsewhere


def _row_middle(control: Control | Run, block: Block) -> float:
    """How far a block is from the line of a control: the first line of what is tall, the middle of the rest."""
    if isinstance(control, Run):
        first = control.members[0]
        return min(abs(block.first_middle - first.middle), abs(block.middle - first.middle))
    tilt = min(abs(block.first_middle - control.middle), abs(block.middle - control.middle))
    if control.role in TALL:
        size = block.ink.size
        return min(tilt, max(0.0, abs(block.first_middle - (control.top + 0.8 * size)) - 0.4 * size))
    return tilt


def _left_costs(scene: Scene, wanted: Sequence[Control | Run]) -> Costs:
    costs: Costs = {}
    unit = scene.unit
    for row, control in enumerate(wanted):
        height = control.members[0].height if isinstance(control, Run) else control.height
        for column, block in enumerate(scene.blocks):
            gap = control.left - block.right
            reach = 28 if isinstance(control, Run) else 60 if control.role == "switch" else 44
            if id(block) in scene.taken or id(block) in scene.affixes or not -2 <= gap <= reach * unit:
                continue
            if scene.on_another_ground(block):
                continue  # an option in a list that lies over the page
            tilt = _row_middle(control, block)
            if tilt > max(0.7 * unit, 0.35 * min(height, 4 * unit)) or not scene.clear_row(control, block):
                continue
            far = 0.006 if isinstance(control, Control) and control.role == "switch" else 0.018
            cost = 0.2 + far * gap / unit + 0.25 * tilt / unit
            if isinstance(control, Control) and control.role in CHOICES:
                cost += 0.12
            if len(block.text) > 90:
                cost += 0.3
            if len(block.text.strip()) == 1:
                cost += 0.35
                if gap > 1.5 * unit:  # an arrow or the like
                    continue
            costs[row, column] = cost
        _prefer_captions(scene, row, costs)
    return costs


def _odd_costs(scene: Scene, wanted: Sequence[Control | Run]) -> Costs:
    """Right of a field, and under a choice that has no text beside it."""
    costs: Costs = {}
    unit = scene.unit
    for row, control in enumerate(wanted):
        if isinstance(control, Run):
            continue
        for column, block in enumerate(scene.blocks):
            if id(block) in scene.taken or tells_state(control, block):
                continue
            right, below = block.left - control.right, block.top - control.bottom
            centred = abs((block.left + block.right) - (control.left + control.right)) / 2
            if 0 <= right <= 1.5 * unit and _row_middle(control, block) <= 0.7 * unit:
                if scene.clear_row(control, block):
                    costs[row, column] = 0.85 + 0.05 * right / unit
            elif control.role in CHOICES and -2 <= below <= unit and centred < 0.8 * unit:
                costs[row, column] = 0.6 + 0.1 * below / unit
    return costs
