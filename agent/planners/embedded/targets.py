"""What a record's key may be matched with: single controls, sets of radios or checkboxes, dates in parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.meaning.lexicon import lexicon
from agent.planners.embedded.buttons import strength
from agent.planners.embedded.pairs import box_rows, paired
from agent.schema import Box, Element, Role
from agent.wording import fold

TargetKind = Literal["field", "check", "radios", "checks", "date"]

_FIELDS: frozenset[Role] = frozenset({"textbox", "textarea", "combobox", "listbox", "spinbutton", "slider"})
_PARTS = {
    "d": "day dd d tag tt jour jj dia 日 号",
    "m": "month mm m monat mois mes 月",
    "y": "year yyyy yy y jahr jjjj annee aaaa ano 年",
}
_PART_OF = {word: part for part, words in _PARTS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Target:
    """One control, or controls that take one value together."""

    kind: TargetKind
    elements: tuple[Element, ...]
    label: str
    group: str = ""
    hint: str = ""
    options: tuple[str, ...] = ()
    """Labels of the radios or checkboxes, in order."""
    parts: str = ""
    """`dmy` in the order of the boxes, for a date in parts."""
    part: str = ""
    """`d`, `m` or `y` if this single control is one part of a date."""
    repeat: bool = False
    """Asks for the same value once more."""
    alone: bool = False
    """The only control under its heading."""
    rest: tuple[Element, ...] = ()
    """Further boxes in its row that go on with its value."""

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(element.id for element in self.elements)

    @property
    def role(self) -> Role:
        return self.elements[0].role


def targets_of(elements: Iterable[Element]) -> list[Target]:
    """All targets on a view; a checkbox of a set and a part of a date also stand alone."""
    seen = paired(_told_apart(list(elements)))
    fields = [e for e in seen if e.role in _FIELDS]
    dates = list(_dates(fields))
    rows = {row[0].id: row for row in box_rows(fields)}
    follow = {e.id for row in rows.values() for e in row[1:]}
    fields = [e for e in fields if e.id not in follow]
    groups = Counter(fold(e.group) for e in seen if e.role not in ("text", "heading", "link", "button"))
    found = [_field(e, _part(e) if any(e.id in date.ids for date in dates) else "") for e in fields]
    found = [replace(t, alone=bool(t.group) and groups[fold(t.group)] == 1) for t in found]
    found = [_in_row(t, rows[t.ids[0]]) if t.ids[0] in rows else t for t in found]
    found += dates
    boxes = [e for e in seen if e.role in ("checkbox", "switch")]
    found += [Target("check", (e,), e.label or e.text, e.group, e.hint) for e in boxes]
    found += [_set("checks", run) for run in _sets(boxes) if len(run) > 1 and run[0].group]
    found += [_set("checks", run) for run in _sets(_options(seen)) if len(run) > 1]
    runs = list(_sets([e for e in seen if e.role == "radio"]))
    found += [_set("radios", run, _own_question(run, runs, seen)) for run in runs]
    return found


def _in_row(target: Target, row: Sequence[Element]) -> Target:
    label = target.label if len(target.label) > 1 else target.group
    return replace(target, label=label, rest=tuple(row[1:]))


def _options(seen: Sequence[Element]) -> list[Element]:
    """The buttons in rows under a question that are options of it; a row with one that does something has none."""
    pressable = [e for e in seen if e.role == "button" and e.group and e.state.checked is not None]
    acting = {(fold(e.group), e.box.center.y // 8) for e in pressable if strength(e.text)}
    return [e for e in pressable if (fold(e.group), e.box.center.y // 8) not in acting]


def _own_question(run: Sequence[Element], runs: Sequence[Sequence[Element]], seen: Sequence[Element]) -> str:
    """A free text between a set and the one above it that bears the same question: that one was meant for it."""
    top, group = min(e.box.top for e in run), fold(run[0].group)
    above = [max(e.box.bottom for e in r) for r in runs if r is not run and fold(r[0].group) == group]
    edge = max((bottom for bottom in above if bottom <= top), default=None)
    if edge is None:
        return ""
    left = min(e.box.left for e in run)
    between = [e for e in seen if e.role in ("text", "heading") and edge <= e.box.top and e.box.bottom <= top]
    between = [e for e in between if -60 <= left - e.box.left <= 60]
    return max(between, key=lambda e: e.box.bottom).text if between else ""


def _told_apart(seen: list[Element]) -> list[Element]:
    """The elements, where fields of one caption and one heading get what stands over each in its own column.

    A heading in another colour is taken for a link; it still says which Name is the sender's.
    """
    twins: dict[tuple[str, str], list[Element]] = {}
    for e in seen:
        if e.role in _FIELDS and e.label:
            twins.setdefault((fold(e.label), fold(e.group)), []).append(e)
    words = [e for e in seen if e.role in ("heading", "link", "text") and 0 < len(lexicon().tokens(e.text)) <= 4]
    heads = [e for e in words if e.role != "text" or lexicon().sections_of(e.text)]
    groups: dict[int, str] = {}
    for same in twins.values():
        over = [_head_over(e, heads) for e in same]
        if len(same) > 1 and all(over) and len({head.id for head in over if head}) == len(same):
            groups |= {e.id: head.text for e, head in zip(same, over, strict=True) if head}
    return [e.model_copy(update={"group": groups[e.id]}) if e.id in groups else e for e in seen]


def _head_over(field: Element, heads: Sequence[Element]) -> Element | None:
    box = field.box
    above = [
        h
        for h in heads
        if h.box.bottom <= box.top and box.left - 60 <= h.box.left < box.right and h.text != field.label
    ]
    return max(above, key=lambda h: h.box.bottom, default=None)


def _field(element: Element, part: str) -> Target:
    # What stands in a control is its value, unless it is drawn as a placeholder.
    shown = element.text if element.state.placeholder else ""
    hint = " ".join(piece for piece in (element.hint, shown if shown != element.hint else "") if piece)
    words = lexicon()
    repeat = words.says_repeat(element.label) and not words.meaning(element.label)
    return Target("field", (element,), element.label, element.group, hint, part=part, repeat=repeat)


def _set(kind: TargetKind, run: Sequence[Element], question: str = "") -> Target:
    group = question or next((e.group for e in run if e.group), "")
    return Target(kind, tuple(run), group, "", run[0].hint, tuple(e.label or e.text for e in run))


def _sets(elements: Sequence[Element]) -> Iterator[list[Element]]:
    """Runs of one group, near each other; an option that comes a second time begins another set."""
    run: list[Element] = []
    for element in sorted(elements, key=lambda e: (fold(e.group), e.box.top // 8, e.box.left)):
        label = fold(element.label)
        if run and (
            fold(element.group) != fold(run[-1].group)
            or (label and any(fold(e.label) == label for e in run))
            or not _near(element.box, run[-1].box)
        ):
            yield run
            run = []
        run.append(element)
    if run:
        yield run


def _near(a: Box, b: Box) -> bool:
    """In one row, or a few lines under each other."""
    height = max(a.height, b.height, 14)
    return abs(a.center.y - b.center.y) < 6 * height


def _part(element: Element) -> str:
    """Which part of a date a box is for, from its own words."""
    for text in (element.label, element.text if element.state.placeholder else "", element.hint, element.text):
        tokens = lexicon().tokens(text)
        parts = {_PART_OF[token] for token in tokens if token in _PART_OF}
        if len(parts) == 1 and len(tokens) <= 3:
            return parts.pop()
    return ""


def _says_part(text: str) -> bool:
    return any(token in _PART_OF for token in lexicon().tokens(text))


def _dates(fields: Sequence[Element]) -> Iterator[Target]:
    """Day, month and year boxes that stand in one row and belong together."""
    run: list[tuple[Element, str]] = []
    for element in [*sorted(fields, key=lambda e: (e.box.center.y // 24, e.box.left)), None]:
        part = _part(element) if element else ""
        if (
            element is None
            or not part
            or (run and (element.group != run[-1][0].group or part in [p for _, p in run]))
            or (run and abs(element.box.center.y - run[-1][0].box.center.y) > element.box.height)
        ):
            if "m" in (parts := "".join(p for _, p in run)) and "y" in parts:
                boxes = tuple(e for e, _ in run)
                # The caption over the row stands over its first box, where each is labelled by its own text.
                caption = boxes[0].label if not _says_part(boxes[0].label) else ""
                name, group = (caption, boxes[0].group) if caption else (boxes[0].group, "")
                yield Target("date", boxes, name, group, boxes[0].hint, parts=parts)
            run = []
        if element is not None and part:
            run.append((element, part))
