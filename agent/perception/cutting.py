"""Lines that the reader took for one are cut where the controls show that they are several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agent.perception.blocks import Line, alike
from agent.perception.parts import Widget
from agent.schema import Box, Role

_DRAWN: frozenset[Role] = frozenset({"checkbox", "radio", "switch", "slider"})
"""Controls without text in them: letters at their place are misread drawing."""
_SHAPES = frozenset("○◯〇◎●◉⊙☐☑☒□■◻◼✓✔")
_ROUND = frozenset("OoQC0D©®@□口")
_UNDER: frozenset[Role] = frozenset({"textbox", "textarea", "combobox", "listbox", "spinbutton", "checkbox", "radio"})


def cut_lines(lines: Sequence[Line], widgets: Sequence[Widget]) -> list[Line]:
    """The lines, cut at controls that stand in them and at wide gaps between columns of controls."""
    drawn = [w.box for w in widgets if w.role in _DRAWN]
    boxes = [w.box for w in widgets if w.role in _UNDER]
    icons = [w.box for w in widgets if w.role == "icon"]
    buttons = [w.box for w in widgets if w.role == "button"]
    pieces: list[Line] = []
    for line in _mended(lines, widgets):
        if _made_of(line, icons):
            continue
        for part in _at_columns(line, boxes, buttons):
            pieces += _at_drawings(part, drawn)
    return pieces


def _mended(lines: Sequence[Line], widgets: Sequence[Widget]) -> list[Line]:
    """Pieces on one row that are no farther apart than words are joined (large type is cut too eagerly)."""
    out: list[Line] = []
    for line in sorted(lines, key=lambda x: x.box.left):
        size = line.ink.size
        for i, before in enumerate(out):
            gap = line.box.left - before.box.right
            level = abs((line.box.top + line.box.bottom) - (before.box.top + before.box.bottom)) < 0.5 * size
            if not level or not -2 <= gap < 0.5 * size or not alike(before.ink, line.ink):
                continue
            joined = before.box.union(line.box)
            if any(w.box.overlap(joined).area and w.box.overlap(joined) != joined for w in widgets):
                continue
            text = before.text + (" " if gap > 0.16 * size else "") + line.text
            ink = replace(before.ink, gaps=before.ink.gaps + line.ink.gaps)
            out[i] = Line(joined, text, min(before.confidence, line.confidence), ink)
            break
        else:
            out.append(line)
    return out


def words_of(line: Line) -> list[tuple[str, float, float]]:
    """Words with the columns where they begin and end, as far as an even width of letters tells."""
    step = line.box.width / max(1, len(line.text))
    words: list[tuple[str, float, float]] = []
    at = 0
    for word in line.text.split(" "):
        if word:
            words.append((word, line.box.left + at * step, line.box.left + (at + len(word)) * step))
        at += len(word) + 1
    return words


def _part(line: Line, left: int, right: int, words: Sequence[str]) -> list[Line]:
    text = " ".join(words)
    if not text or right - left < 3:
        return []
    box = Box(left=left, top=line.box.top, width=right - left, height=line.box.height)
    gaps = tuple(g for g in line.ink.gaps if left < g[0] and g[1] < right)
    return [replace(line, box=box, text=text, ink=replace(line.ink, gaps=gaps))]


def _at_drawings(line: Line, drawn: Sequence[Box]) -> list[Line]:
    """A line without the checkboxes and the like that were read with it."""
    for box in drawn:
        common = line.box.overlap(box)
        middle = box.top + box.height / 2
        if common.width < 2 or common.area >= 0.6 * line.box.area or not line.box.top < middle < line.box.bottom:
            continue
        words = words_of(_without_ring(_without_glyphs(line, box), box))
        kept = [w for w in words if not _drawing(w[0]) or not box.left - 2 <= (w[1] + w[2]) / 2 <= box.right + 2]
        centre = box.left + box.width / 2
        before = [w[0] for w in kept if (w[1] + w[2]) / 2 < centre]
        after = [w[0] for w in kept if (w[1] + w[2]) / 2 >= centre]
        if line.box.left >= box.left - 2:
            before, after = [], before + after
        elif line.box.right <= box.right + 2:
            before, after = before + after, []
        left = _part(line, line.box.left, min(line.box.right, box.left), before)
        right = _part(line, max(line.box.left, box.right + 1), line.box.right, after)
        return [x for part in (*left, *right) for x in _at_drawings(part, drawn)]
    return [line]


def _drawing(word: str) -> bool:
    """Whether a word is what a box, ring or tick is read as; "A" and "I" begin many a caption."""
    return (len(word) == 1 and word not in "AI") or (len(word) == 2 and not word.isalpha())


def _without_glyphs(line: Line, box: Box) -> Line:
    """Blanks in place of drawn shapes that were read as characters where a control stands."""
    step = line.box.width / max(1, len(line.text))
    near = range(int((box.left - line.box.left) / step) - 2, int((box.right - line.box.left) / step) + 3)
    text = "".join(" " if c in _SHAPES and i in near else c for i, c in enumerate(line.text))
    return replace(line, text=text)


def _without_ring(line: Line, box: Box) -> Line:
    """Without the ring or square that was read as the first letter of the caption behind it: "OInside"."""
    word = line.text.split(" ")[0]
    covers = box.left - 3 <= line.box.left < box.left + box.width // 2
    if not covers or len(word) < 3 or word[0] not in _ROUND or not word[1].isupper() or word.isupper():
        return line
    return replace(line, text=" " + line.text[1:])


def _made_of(line: Line, icons: Sequence[Box]) -> bool:
    """Whether a "text" is drawings of several icons that were read."""
    under = [common for box in icons if (common := line.box.overlap(box).area)]
    return len(under) > 1 and sum(under) > 0.5 * line.box.area


def _at_columns(line: Line, boxes: Sequence[Box], buttons: Sequence[Box]) -> list[Line]:
    """A line cut at the wide gaps where the next piece begins with a control of its own under or over it, and where
    one button ends and another begins."""
    size = line.ink.size
    for start, end in line.ink.gaps:
        parted = _column_begins(line, end, boxes) or _next_button(line, start, end, buttons)
        if end - start < 1.7 * size and not parted:
            continue
        words = words_of(line)
        splits = [(abs(one[2] + two[1] - start - end), i) for i, (one, two) in enumerate(pairwise(words))]
        if not splits:
            continue
        index = min(splits)[1] + 1
        first = _part(line, line.box.left, start, [w[0] for w in words[:index]])
        rest = _part(line, end, line.box.right, [w[0] for w in words[index:]])
        return [*first, *(x for part in rest for x in _at_columns(part, boxes, buttons))]
    return [line]


def _next_button(line: Line, start: int, end: int, buttons: Sequence[Box]) -> bool:
    """Whether a gap of a line is where the button under what is left of it ends and another begins."""
    middle = line.box.top + line.box.height / 2
    row = [b for b in buttons if b.top < middle < b.bottom]
    ends = any(start <= b.right <= end + 1 and b.left < start for b in row)
    return ends and any(start - 1 <= b.left <= end and b.right > end for b in row)


def _column_begins(line: Line, at: int, boxes: Sequence[Box]) -> bool:
    """Whether one control close under (or over) a line begins at a column, and another left of it."""
    size = line.ink.size
    near = [
        b for b in boxes if -2 <= b.top - line.box.bottom < 2.2 * size or -2 <= line.box.top - b.bottom < 1.2 * size
    ]
    begins = any(abs(b.left - at) < 0.5 * size for b in near)
    return begins and any(b.right <= at and b.right > line.box.left for b in near)
