"""Ties texts to controls by geometry alone: lines and widgets of one picture become elements.

A text is a control's own (it stands inside), its label (left of, above, right of a checkbox, floating inside), its
hint or its error, or the question over a set; what is left is text, heading or link. Labels are assigned over all
pairs at once by least cost, so that a label goes to the control that it is aligned with and to no other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.perception.assign import assign
from agent.perception.badges import free_ruled_headings, pin_badges
from agent.perception.blocks import Block, Line, alike, join_text, rows_of, strip_label
from agent.perception.button_sets import name_button_sets
from agent.perception.costs import beside_costs, label_costs
from agent.perception.cutting import words_of
from agent.perception.groups import find_part_runs, find_runs, is_heading, name_grids, name_sections
from agent.perception.ink import Ink
from agent.perception.notes import join_side_labels, tie_notes
from agent.perception.parts import TextLine, Widget
from agent.perception.scene import ALONE, CHOICES, FIELDS, TALL, Control, Run, Scene, usual
from agent.schema import Box, Element, ElementState, Role

_ARROWS = frozenset("∨▾▼⌄∧^<>口 ")
_DRAWN = frozenset("+-–—−×∨▾▼⌄∧^<>☰□口日曰田圖回")
_STEPS = frozenset("+-–—−_＋一十ー")
"""What a minus and a plus are read as."""
_UNIT_CONTRAST = 7.6
"""Units are drawn paler than values."""
_EMPTY_DATE = re.compile(
    r"^[\s/.,:\-–—]*(?:(?:d{2}|m{2}|y{2,4}|h{2}|年|月|日|-{2,}|a/?p)[\s/.,:\-–—]*)+(?:am|pm)?$", re.I
)
_ASKS_CHOICE = re.compile(r"^\W*(?:(?:please )?(?:select|choose|pick)\b|请选择|請選擇|选择|None selected)", re.I)


def make_elements(lines: Sequence[Line], widgets: Sequence[Widget]) -> list[Element]:
    """The elements of one picture in reading order; boxes in picture pixels, all ids 0."""
    scene = Scene(lines, widgets)
    tie(scene)
    return elements_of(scene)


def tie(scene: Scene) -> None:
    """Name everything: choices by the text beside them, then sets and fields, then hints, errors and sections."""
    free_ruled_headings(scene)
    pin_badges(scene)
    choices = [c for c in scene.controls if c.role in CHOICES]
    _take(scene, choices, assign(beside_costs(scene, choices), len(choices), len(scene.blocks), ALONE))
    choices = _without_icons_among(choices)
    gridded = {id(c) for c in name_grids(scene)}
    nameless = [c for c in choices if c.label is None]
    fields = [c for c in scene.controls if c.role in FIELDS and c.floating is None and id(c) not in gridded]
    scene.runs = find_runs(scene, gridded)
    wanted: list[Control | Run] = [*fields, *nameless, *scene.runs]
    _take(scene, wanted, assign(label_costs(scene, wanted), len(wanted), len(scene.blocks), ALONE))
    scene.rest_labels(fields)
    join_side_labels(scene)
    parts = find_part_runs(scene, gridded)
    scene.runs += parts
    _take(scene, parts, assign(label_costs(scene, parts), len(parts), len(scene.blocks), ALONE))
    tie_notes(scene)
    name_button_sets(scene)
    name_sections(scene)


def _without_icons_among(choices: Sequence[Control]) -> list[Control]:
    """A round drawing that has no caption and is neither on nor off is an icon: an arrow in a disc."""
    kept: list[Control] = []
    for control in choices:
        if control.label is None and control.role == "radio" and control.widget.state.checked is None:
            control.widget = replace(control.widget, role="icon")
        else:
            kept.append(control)
    return kept


def _take(scene: Scene, wanted: Sequence[Control | Run], pairs: dict[int, int]) -> None:
    for row, column in pairs.items():
        block = scene.blocks[column]
        scene.taken.add(id(block))
        match wanted[row]:
            case Control() as control:
                control.label = block
            case Run() as run:
                run.question = block


def elements_of(scene: Scene) -> list[Element]:
    """Everything as elements, top to bottom and left to right by rows."""
    found = [_control_element(scene, c) for c in scene.controls]
    found += [_frame_element(c, scene.blocks) for c in scene.frames]
    asked = {id(run.question) for run in scene.runs}
    for block in scene.blocks:
        if id(block) not in scene.taken or id(block) in asked:
            # What seems to ask may be a tab or an entry beside the choices, and is clicked by its words.
            role: Role = "heading" if is_heading(scene, block) else "text"
            found += [_text_element(line, role) for line in block.lines]
    for control in scene.controls:
        if control.role == "listbox":
            found += _options(control)
    return reading_order(found)


def reading_order(elements: Sequence[Element]) -> list[Element]:
    """Top to bottom by rows, left to right within a row."""
    rows: list[list[Element]] = []
    for element in sorted(elements, key=lambda e: (e.box.top + min(e.box.height, 60) / 2, e.box.left)):
        middle = element.box.top + min(element.box.height, 60) / 2
        first = rows[-1][0].box if rows else None
        if first and abs(middle - (first.top + min(first.height, 60) / 2)) < 0.5 * min(
            first.height, element.box.height, 60
        ):
            rows[-1].append(element)
        else:
            rows.append([element])
    return [e for row in rows for e in sorted(row, key=lambda e: e.box.left)]


def value_boxes(element: Element, lines: Sequence[TextLine], region: Box, scale: float) -> list[Box]:
    """The picture boxes of the rows of text that are a field's value; `element` is in desktop pixels."""
    if element.role not in FIELDS or not element.text:
        return []
    inside = Box.of(
        (element.box.left - region.left) * scale,
        (element.box.top - region.top) * scale,
        (element.box.right - region.left) * scale,
        (element.box.bottom - region.top) * scale,
    )
    words = element.text.replace("\n", " ")
    own = [x.box for x in lines if x.text.strip() in words and x.box.overlap(inside).area > 0.6 * x.box.area]
    rows: list[Box] = []
    for box in sorted(own, key=lambda b: (b.top + b.bottom, b.left)):
        if rows and rows[-1].top < (box.top + box.bottom) / 2 < rows[-1].bottom:
            rows[-1] = rows[-1].union(box)
        else:
            rows.append(box)
    return rows


def _value_lines(control: Control) -> list[Line]:
    """The lines that are a field's value: without glyphs of its own drawing (arrows, steppers, calendar)."""
    if control.role in CHOICES or control.role == "slider":
        return []
    lines = _without_icons(control)
    if control.role == "combobox":
        edge = control.right - 1.15 * control.height
        return [x for x in lines if x.box.left < edge or not _is_chevron(x, alone=len(lines) == 1)]
    lines = [x for x in lines if not _is_unit(control, x)]
    if control.role in ("spinbutton", "textbox"):
        edge = control.right - (max(1.6 * control.height, 40) if control.role == "spinbutton" else 1.1 * control.height)
        return [x for x in lines if x.box.left < edge or not set(x.text.strip()) <= _DRAWN]
    return [x for x in lines if not _is_grip(control, x)]


def _is_unit(control: Control, line: Line) -> bool:
    """Whether a short pale word alone at the right end of a field is its unit ("kg", "per item"), not its value."""
    text, size = line.text.strip(), line.ink.size
    if control.role not in ("textbox", "spinbutton") or len(text) > 12 or any(c.isdigit() for c in text):
        return False
    at_end = 0 <= control.right - line.box.right <= control.height and line.box.left - control.left > 1.5 * size
    others = [x for x in control.inside if x is not line]
    if not at_end or line.ink.contrast >= _UNIT_CONTRAST or any(alike(x.ink, line.ink) for x in others):
        return False
    return all(line.box.left - x.box.right > 1.2 * size for x in others)


def _is_grip(control: Control, line: Line) -> bool:
    """Whether a letter or two in the lower right corner of a text area are the handle that sizes it."""
    side = 1.6 * line.ink.size + 4
    corner = line.box.left > control.right - side and line.box.top > control.bottom - side
    return control.role == "textarea" and corner and len(line.text.strip()) <= 2


def _without_icons(control: Control) -> list[Line]:
    """The lines inside a field but for single letters at its sides that are set unlike the rest: icons."""
    lines = [x for x in control.inside if not _is_sign(control, x)]
    if len(lines) < 2 or control.role in TALL:
        return lines
    main = max(lines, key=lambda x: x.box.width)
    side = 1.1 * control.height

    def is_icon(line: Line) -> bool:
        at_side = line.box.right < control.left + side or line.box.left > control.right - side
        return len(line.text.strip()) == 1 and at_side and not alike(line.ink, main.ink)

    return [x for x in lines if not is_icon(x)]


def _is_sign(control: Control, line: Line) -> bool:
    """Whether what was read at the far end of a field is a drawing: a calendar, arrows, a minus and a plus.

    A value begins at the left; what is set to the right is a number.
    """
    text = line.text.replace(" ", "")
    if control.role in TALL or line.box.left < control.left + 0.55 * control.width or any(c.isdigit() for c in text):
        return False
    reach = 2.4 if set(text) <= _STEPS else 1.6
    return len(text) <= 2 and line.box.left > control.right - reach * control.height


def _is_chevron(line: Line, *, alone: bool) -> bool:
    """Whether what was read at the end of a dropdown is its arrow; one letter beside a value always is."""
    text = line.text.strip()
    return set(text) <= _ARROWS if alone else len(text) == 1 or set(text) <= _ARROWS


def _rows(lines: Sequence[Line]) -> list[str]:
    """Lines as rows of text, pieces at the same height joined left to right."""
    return [join_text([x.text for x in row]) for row in rows_of(lines)]


def _is_placeholder(scene: Scene, control: Control, text: str, ink: Ink) -> bool:
    """Whether a field's text is paler than the values and labels of the picture, or worded like a placeholder."""
    if _EMPTY_DATE.match(text):
        return True
    if control.role == "combobox" and _ASKS_CHOICE.match(text):
        return True
    selected = max(ink.paper) - min(ink.paper) > 34
    if ink.coloured or selected or control.widget.state.disabled:
        return False
    fields = [x.ink for c in scene.controls if c.role in FIELDS and c is not control for x in c.inside]
    labels = [x.ink for c in scene.controls if c.role in FIELDS and c.label for x in c.label.lines]
    strongest = max([i.contrast for i in fields], default=0.0)
    usual_label = usual([i.contrast for i in labels], scene.contrast)
    if ink.contrast < 4.9:
        nameless = control.label is None and control.floating is None
        return strongest > 1.25 * ink.contrast or usual_label > 1.1 * ink.contrast or ink.contrast < 4 or nameless
    return ink.contrast < 7.3 and (strongest > 1.6 * ink.contrast or usual_label > 1.75 * ink.contrast)


def _control_element(scene: Scene, control: Control) -> Element:
    rows = _rows(_value_lines(control))
    role = control.role
    text = "\n".join(rows) if role in TALL else join_text(rows)
    state: dict[str, bool | None] = {}
    hints = list(control.hints)
    if role in FIELDS or role in CHOICES:
        lines = _value_lines(control)
        if text and role in FIELDS and role not in ("slider", "listbox"):
            placeholder = _is_placeholder(scene, control, text, max(lines, key=lambda x: x.box.width).ink)
            state["placeholder"] = placeholder
            if placeholder:
                hints.append(text)
        label_box, label, starred = _label_of(control)
        if control.errors:
            state["invalid"] = True
        if starred or control.required:
            state["required"] = True
        if role == "slider":
            text = control.shown
        if not label and state.get("placeholder") and not _EMPTY_DATE.match(text):
            label, starred = strip_label(text)
    else:
        if role == "link" and not text:
            text = _words_under(scene, control)
        state["checked"] = control.pressed
        label, label_box = text, None
        if not label and control.label:
            label, label_box = control.label.text, control.label.box
    hints += [x.text for x in control.inside if _is_unit(control, x) and not _is_sign(control, x)]
    known = control.widget.state.model_dump(exclude_none=True)
    return Element(
        id=0,
        role=role,
        box=control.widget.box,
        text=text,
        label=label,
        label_box=label_box,
        hint=join_text(hints),
        error=join_text(control.errors),
        group=control.group,
        state=ElementState(**{**known, **{k: v for k, v in state.items() if v is not None}}),
        confidence=control.widget.confidence,
    )


def _words_under(scene: Scene, control: Control) -> str:
    """The words of a line that a link within it covers."""
    for block in scene.blocks:
        for line in block.lines:
            if line.box.top < control.middle < line.box.bottom and line.box.overlap(control.widget.box).area:
                words = words_of(line)
                return " ".join(w for w, left, right in words if control.left <= (left + right) / 2 < control.right)
    return ""


def _label_of(control: Control) -> tuple[Box | None, str, bool]:
    """Box, stripped text, and whether it is marked as required."""
    if control.floating is not None:
        text, required = strip_label(control.floating.text)
        return control.floating.box, text, required
    if control.label is None:
        return None, strip_label(control.label_text)[0], False
    text, required = strip_label(control.label_text or control.label.text)
    return control.label.box, text, required or control.label.starred


def _frame_element(control: Control, blocks: Sequence[Block]) -> Element:
    """A dialog is named by the first text in it."""
    label = ""
    if control.role == "dialog":
        inside = [b for b in blocks if control.left <= b.left < control.right and control.top <= b.top < control.bottom]
        label = min(inside, key=lambda b: b.top).text if inside else ""
    return Element(
        id=0, role=control.role, box=control.widget.box, label=label, state=control.widget.state,
        confidence=control.widget.confidence,
    )  # fmt: skip


def _text_element(line: Line, role: Role) -> Element:
    if line.ink.coloured and not line.ink.red and role == "text":
        role = "link"
    return Element(id=0, role=role, box=line.box, text=line.text, label=line.text, confidence=line.confidence)


def _options(control: Control) -> list[Element]:
    """The rows of a list as options; those on another ground than the most are chosen."""
    label = _label_of(control)[1]
    papers = [x.ink.paper for x in control.inside]
    usual = max(set(papers), key=papers.count) if papers else (255, 255, 255)
    return [
        Element(
            id=0,
            role="option",
            box=x.box,
            text=x.text,
            label=x.text,
            group=label,
            state=ElementState(checked=_far(x.ink.paper, usual)),
            confidence=x.confidence,
        )
        for x in control.inside
    ]


def _far(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > 20
