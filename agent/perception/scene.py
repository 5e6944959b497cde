"""The texts and controls of one picture while they are being tied to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from agent.perception.blocks import Block, Line, alike, make_blocks
from agent.perception.cutting import cut_lines
from agent.perception.parts import Widget
from agent.schema import ElementState, Role

CHOICES: frozenset[Role] = frozenset({"checkbox", "radio", "switch"})
FIELDS: frozenset[Role] = frozenset({"textbox", "textarea", "combobox", "listbox", "spinbutton", "slider"})
TALL: frozenset[Role] = frozenset({"textarea", "listbox"})
_MINUS = frozenset(("-", "−", "–", "—", "一", "ー", "_", ""))
_PLUS = frozenset(("+", "＋", "十", "†", "t", ""))
_DOTS = frozenset("•●·*. ")
_OTHER_GROUND = 130
"""Difference in brightness, of 255, between a page and a list over it that is drawn the other way round."""
ALONE = 1.0
"""The cost of having no label: pairs that cost more are not made."""


@dataclass(slots=True)
class Control:
    """A widget while it is being named."""

    widget: Widget
    left: int
    top: int
    right: int
    bottom: int
    inside: list[Line] = field(default_factory=list[Line])
    label: Block | None = None
    label_text: str = ""
    floating: Line | None = None
    hints: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])
    group: str = ""
    shown: str = ""
    """The number beside a slider."""
    pressed: bool | None = None
    """Of a button among others under one question."""
    required: bool = False
    dialog: int = -1

    @classmethod
    def of(cls, widget: Widget) -> Control:
        b = widget.box
        return cls(widget, b.left, b.top, b.right, b.bottom)

    @property
    def role(self) -> Role:
        return self.widget.role

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


@dataclass(slots=True)
class Run:
    """Choices that stand together under one question, or small fields in a row under one legend."""

    members: list[Control]
    left: int
    top: int
    right: int
    bottom: int
    question: Block | None = None

    @classmethod
    def of(cls, members: Sequence[Control]) -> Run:
        """The members with their labels within one rectangle."""
        rects = [(c.left, c.top, c.right, c.bottom) for c in members]
        rects += [(c.label.left, c.label.top, c.label.right, c.label.bottom) for c in members if c.label]
        lefts, tops, rights, bottoms = zip(*rects, strict=True)
        return cls(list(members), min(lefts), min(tops), max(rights), max(bottoms))

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class Scene:
    """The texts and controls of one picture, and what has been tied so far."""

    def __init__(self, lines: Sequence[Line], widgets: Sequence[Widget]) -> None:
        ordered = sorted(_without_containers(widgets), key=lambda w: (w.box.top, w.box.left))
        self.controls = [Control.of(w) for w in ordered if w.role not in ("dialog", "scrollbar")]
        self.frames = [Control.of(w) for w in ordered if w.role in ("dialog", "scrollbar")]
        self.dialogs = sorted((c for c in self.frames if c.role == "dialog"), key=lambda c: c.width * c.height)
        lines = cut_lines(lines, widgets)
        self.unit = usual([x.ink.size for x in lines for _ in range(1 + len(x.text) // 8)], 16.0)
        self.weight = usual([x.ink.weight for x in lines for _ in range(1 + len(x.text) // 8)], 0.1)
        free = self._take_inside(lines)
        self._find_steppers()
        self.contrast = usual([x.ink.contrast for x in lines], 15.0)
        self.blocks = make_blocks(free, [c.widget.box for c in self.controls if c.role in CHOICES])
        self.ground = _usual_ground(self.blocks)
        self.taken: set[int] = set()  # ids of blocks that are a label, hint, error or question
        self.row_names: set[int] = set()  # ids of blocks that name the row of a table
        self.affixes = self._find_affixes()
        self.runs: list[Run] = []
        for control in self.controls:
            control.dialog = self._dialog_of(control.left, control.middle)

    def _find_affixes(self) -> set[int]:
        """Ids of blocks like "$" or ".00" that stand close beside a field: a part of it and no label."""
        found: set[int] = set()
        for block in self.blocks:
            if any(c.isalpha() for c in block.text) and not block.text.rstrip().endswith("://"):
                continue
            for control in self.controls:
                level = abs(block.middle - control.middle) < 0.35 * control.height
                gap = min(abs(control.left - block.right), abs(block.left - control.right))
                if control.role in FIELDS and level and gap < 1.2 * self.unit:
                    found.add(id(block))
                    break
        return found

    def _find_steppers(self) -> None:
        """A box with a number between a minus and a plus is a field to be stepped or typed into, and no button."""
        # A pale minus in a square looks like an empty checkbox.
        round_ones = [c for c in self.controls if c.role == "radio" and c.widget.state.checked is None]
        round_ones += [c for c in self.controls if c.role == "checkbox" and not c.inside]
        steps = [c for c in self.controls if c.role in ("button", "icon") and c.width <= 1.6 * c.height] + round_ones
        for control in self.controls:
            if control.role not in ("button", "textbox") or len(control.inside) != 1:
                continue
            if not control.inside[0].text.strip().isdigit():
                continue
            level = [c for c in steps if c is not control and abs(c.middle - control.middle) < 0.3 * control.height]
            west = [c for c in level if -2 <= control.left - c.right <= 1.2 * self.unit and _says(c, _MINUS)]
            east = [c for c in level if -2 <= c.left - control.right <= 1.2 * self.unit and _says(c, _PLUS)]
            if west and east:
                if west[0].role == "checkbox":
                    west[0].widget = replace(west[0].widget, role="button", state=ElementState())
                control.widget = replace(control.widget, role="spinbutton")
                # What names it is aligned with all three.
                control.left, control.right = west[0].left, east[0].right

    def on_another_ground(self, block: Block) -> bool:
        """Whether a text stands on light where nearly all others stand on dark, or the other way round.

        A column of such texts, each with a field behind it in its row, are captions on a panel of their own.
        """
        if not self._off_ground(block):
            return False
        column = [b for b in self.blocks if abs(b.left - block.left) <= 3 and self._off_ground(b)]
        behind = [self._field_behind(b) for b in column]
        # Of the options in a list one or two may happen to stand before a field, too.
        asked = len({id(c) for c in behind if c is not None})
        return asked < 2 or 3 * asked < 2 * len(column)

    def _off_ground(self, block: Block) -> bool:
        return self.ground is not None and abs(sum(block.ink.paper) / 3 - self.ground) > _OTHER_GROUND

    def _field_behind(self, block: Block) -> Control | None:
        """The field right of a text whose middle is at the height of the text's."""
        level = [c for c in self.controls if c.role in FIELDS and c.left >= block.right]
        level = [c for c in level if abs(c.middle - block.middle) < 0.3 * self.unit]
        return min(level, key=lambda c: c.left, default=None)

    # -------------------------------------------------------- what stands inside

    def _dialog_of(self, x: float, y: float) -> int:
        inside = (i for i, d in enumerate(self.dialogs) if d.left <= x < d.right and d.top <= y < d.bottom)
        return next(inside, -1)

    def _take_inside(self, lines: Sequence[Line]) -> list[Line]:
        """Give each line to the smallest control that it stands in; the lines that stand in none."""
        free: list[Line] = []
        by_size = sorted((c for c in self.controls if c.role != "slider"), key=lambda c: c.width * c.height)
        for line in lines:
            for control in by_size:
                # A line that is a link only in part is a text with a link in it.
                share = 0.9 if control.role == "link" else 0.6
                if line.box.overlap(control.widget.box).area > share * line.box.area:
                    control.inside.append(line)
                    break
            else:
                free.append(line)
        for control in self.controls:
            control.inside.sort(key=lambda x: (x.box.top + x.box.bottom) / 2)
            if control.role in FIELDS and control.role != "slider":
                self._float_label(control, free)
        self._float_resting_labels(free)
        return free

    def _float_resting_labels(self, free: Sequence[Line]) -> None:
        """Where labels float in other fields, the text in a field as tall as those is its label come to rest."""
        floating = [c for c in self.controls if c.floating is not None]
        for control in self.controls:
            if control.role not in FIELDS or control.floating is not None or len(control.inside) != 1:
                continue
            line = control.inside[0]
            for other in floating:
                mark = other.floating
                indent = abs((line.box.left - control.left) - ((mark.box.left if mark else 0) - other.left))
                on_border = mark is not None and mark.box.top <= other.top
                if on_border and (not _is_caption(line.text) or _line_over(control, free)):
                    continue
                if self._built_alike(control, other) and indent <= 0.3 * line.ink.size:
                    control.floating, control.inside = line, []
                    break

    @staticmethod
    def _built_alike(control: Control, other: Control) -> bool:
        """Whether a field is as high as another, or has its only line as near to its top as that one's middle."""
        if control.role in TALL:
            return control.inside[0].box.top - control.top <= 0.5 * other.height
        return abs(other.height - control.height) <= 0.1 * other.height

    def rest_labels(self, fields: Sequence[Control]) -> None:
        """Where several fields have no label beside them but each a caption of its own inside, that is its label."""
        for control in fields:
            if control.label is None and control.floating is None and control.role == "textbox":
                _part_caption(control)
        able = ("textbox", "textarea", "combobox")
        bare = [c for c in fields if c.label is None and c.floating is None and c.role in able]
        resting = [c for c in bare if len(c.inside) == 1 and _is_caption(c.inside[0].text)]
        captions = {c.inside[0].text for c in resting}
        if len(captions) < 2 or len(captions) < len(resting):
            return
        for control in resting:
            control.floating, control.inside = control.inside[0], []

    def _float_label(self, control: Control, free: list[Line]) -> None:
        """Find the label that floats inside the field at its top or on its upper border."""
        for line in free:
            box = line.box
            within = control.left - 2 <= box.left and box.right < control.right
            if within and box.top < control.top < box.bottom and box.bottom - control.top < control.height / 2:
                control.floating = line
                free.remove(line)
                return
        if not control.inside:
            return
        if control.role in TALL:
            self._float_over_rows(control)
            return
        first, rest = control.inside[0], control.inside[1:]
        if len(first.text.strip()) <= 2 and first.box.left > control.right - 1.6 * control.height:
            return  # an icon or the upper one of two little arrows, at the end of the field
        below = [x for x in rest if x.box.top >= first.box.bottom - 2]
        high = (first.box.top + first.box.bottom) / 2 < control.top + 0.42 * control.height
        tall = 2.6 * first.ink.size < control.height < 6 * first.ink.size
        small = first.ink.size < 0.86 * self.unit and not set(first.text) <= _DOTS
        if high and tall and (below or (not rest and small)):
            control.floating = first
            control.inside.remove(first)

    def _float_over_rows(self, control: Control) -> None:
        """A first row in smaller letters than what stands below it is the label of a text area."""
        first, rest = control.inside[0], control.inside[1:]
        below = [x for x in rest if x.box.top >= first.box.bottom - 2]
        if control.role != "textarea" or not below or len(below) != len(rest):
            return
        smaller = first.ink.size < 0.87 * min(x.ink.size for x in below)
        if smaller and first.ink.contrast <= max(x.ink.contrast for x in below) and not alike(first.ink, below[0].ink):
            control.floating = first
            control.inside.remove(first)

    def clear_row(self, control: Control | Run, block: Block) -> bool:
        """Whether nothing stands between a control and a block beside it."""
        left, right = min(control.right, block.right), max(control.left, block.left)
        top, bottom = max(control.top, block.top), min(control.bottom, block.bottom)
        if bottom <= top:
            top, bottom = int(block.first_middle) - 1, int(block.first_middle) + 1
        return not self.anything(left, top, right, bottom, control, block)

    def controls_within(self, left: float, top: float, right: float, bottom: float, control: Control | Run) -> bool:
        """Whether another control stands within a rectangle."""
        own = control.members if isinstance(control, Run) else [control]
        return any(
            min(right, c.right) - max(left, c.left) > 1 and min(bottom, c.bottom) - max(top, c.top) > 1
            for c in self.controls
            if not any(c is o for o in own)
        )

    def anything(
        self, left: float, top: float, right: float, bottom: float, control: Control | Run, block: Block
    ) -> bool:
        """Whether another control or block stands within a rectangle."""
        own = control.members if isinstance(control, Run) else [control]
        own = [*own, *(c for c in self.controls if _glued(c, own[0]))]
        for other in (*self.controls, *self.blocks):
            if other is block or id(other) in self.affixes or any(other is c or other is c.label for c in own):
                continue
            wide = min(right, other.right) - max(left, other.left)
            tall = min(bottom, other.bottom) - max(top, other.top)
            if wide > 1 and tall > 1:
                return True
        return False


def _without_containers(widgets: Sequence[Widget]) -> list[Widget]:
    """The widgets but for "fields" that hold other fields: cards and frames, whose texts name what is in them."""
    fields = [w for w in widgets if w.role in FIELDS]

    def holds_fields(widget: Widget) -> bool:
        if widget.role not in (*FIELDS, "button"):
            return False
        held = [f for f in fields if f is not widget and f.box.overlap(widget.box).area > 0.9 * f.box.area]
        smaller = [f for f in held if f.box.area < 0.6 * widget.box.area]
        return len(smaller) > (0 if widget.role in TALL else 1)

    return [w for w in widgets if not holds_fields(w)]


def _line_over(control: Control, lines: Sequence[Line]) -> bool:
    """Whether a text stands close over a field, as captions do that don't float; a heading is larger than any."""
    largest = 1.4 * control.inside[0].ink.size if control.inside else float("inf")
    for line in lines:
        gap = control.top - line.box.bottom
        if line.ink.size > largest:
            continue
        if 0 <= gap < 1.2 * line.ink.size and control.left - 4 <= line.box.left < control.right:
            return True
    return False


def _usual_ground(blocks: Sequence[Block]) -> float | None:
    """The brightness, 0..255, behind most of the texts; None where there is no such ground."""
    grounds = [sum(b.ink.paper) / 3 for b in blocks]
    common = usual(grounds, 0.0)
    near = sum(abs(g - common) <= _OTHER_GROUND for g in grounds)
    return common if near >= 0.55 * len(grounds) and len(grounds) > 3 else None


def _says(control: Control, signs: frozenset[str]) -> bool:
    """Whether nothing but one of some signs stands in a control; a sign may have been too thin to be read."""
    text = "".join(line.text.strip() for line in control.inside)
    return text in signs


def _part_caption(control: Control) -> None:
    """In a row that is a field as a whole, what stands at its left, far from the rest, is the caption."""
    if len(control.inside) != 2:
        return
    one, two = sorted(control.inside, key=lambda x: x.box.left)
    level = abs((one.box.top + one.box.bottom) - (two.box.top + two.box.bottom)) < one.ink.size
    if level and two.box.left - one.box.right > 1.5 * one.ink.size and _is_caption(one.text):
        control.floating, control.inside = one, [two]


def _is_caption(text: str) -> bool:
    """Whether a text may name a field: some words, no number, no address."""
    words = text.split()
    return 1 <= len(words) <= 5 and not any(c.isdigit() or c in "@/\\" for c in text) and text[:1].isalpha()


def _glued(one: Control, to: Control) -> bool:
    """Whether a button is set against a field's side without a gap: the two are one to the eye."""
    if one.role not in ("button", "icon") or abs(one.top - to.top) > 4 or abs(one.bottom - to.bottom) > 4:
        return False
    return min(abs(one.right - to.left), abs(one.left - to.right)) <= 3


def usual(values: Sequence[float], otherwise: float) -> float:
    """The median, or something else where there is nothing."""
    return median(values) if values else otherwise
