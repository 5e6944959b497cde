"""Lines of text joined to blocks: a label or a paragraph that was broken over several lines is one thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.perception.ink import Ink
from agent.perception.parts import TextLine
from agent.schema import Box

_REQUIRED = re.compile(
    r"[(（\[]?\s*\b(?:required|mandatory)\b\s*[)）\]]?\s*$|[(（\[]?\s*(?:必填|必須|必需)\s*[)）\]]?\s*$", re.I
)
_STAR = re.compile(r"^\s*[*＊✱∗]+\s*|\s*[*＊✱∗]+\s*(?=[:：]?\s*$)")
STARS = re.compile(r"^[*＊✱∗]+$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with its looks."""

    box: Box
    text: str
    confidence: float
    ink: Ink

    @classmethod
    def of(cls, line: TextLine, ink: Ink) -> Line:
        return cls(line.box, line.text, line.confidence, ink)


@dataclass(slots=True)
class Block:
    """Lines that read as one, with the rectangle round them as plain numbers (they are compared very often)."""

    lines: list[Line]
    left: int
    top: int
    right: int
    bottom: int
    starred: bool = False
    """A star stands beside it: what it names is required."""

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Block:
        return cls(
            list(lines),
            min(x.box.left for x in lines),
            min(x.box.top for x in lines),
            max(x.box.right for x in lines),
            max(x.box.bottom for x in lines),
        )

    @property
    def text(self) -> str:
        return join_text([x.text for x in self.lines])

    @property
    def ink(self) -> Ink:
        return max(self.lines, key=lambda x: len(x.text)).ink

    @property
    def first_middle(self) -> float:
        """Height of the middle of the first line: what a checkbox beside several lines is aligned with."""
        return (self.lines[0].box.top + self.lines[0].box.bottom) / 2

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def box(self) -> Box:
        return Box.of(self.left, self.top, self.right, self.bottom)


def join_text(parts: Sequence[str]) -> str:
    """Pieces of a text as one; no space between ideographs."""
    text = ""
    for part in (p.strip() for p in parts):
        if not part:
            continue
        glued = text and _ideograph(text[-1]) and _ideograph(part[0])
        text += part if not text or glued else f" {part}"
    return text


def rows_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines as rows, each left to right: what overlaps by half its height is in one row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda x: (x.box.top + x.box.bottom) / 2):
        last = rows[-1][0].box if rows else None
        common = min(last.bottom, line.box.bottom) - max(last.top, line.box.top) if last else 0
        if last and common > 0.5 * min(last.height, line.box.height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda x: x.box.left) for row in rows]


def _ideograph(char: str) -> bool:
    return "\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"


def alike(one: Ink, other: Ink) -> bool:
    """Whether two inks are set in the same type: size, weight and colour."""
    size = max(one.size, other.size) / max(1.0, min(one.size, other.size))
    weight = max(one.weight, other.weight) / max(0.01, min(one.weight, other.weight))
    colour = max(abs(a - b) for a, b in zip(one.colour, other.colour, strict=True))
    contrast = max(one.contrast, other.contrast) / max(1.0, min(one.contrast, other.contrast))
    return size < 1.2 and weight < 1.35 and colour < 70 and contrast < 1.6


def _first_word_width(line: Line) -> float:
    words = line.text.split()
    if not words or not line.text:
        return 0.0
    return line.box.width * (len(words[0]) + 1) / max(1, len(line.text))


def _goes_on(above: Block, below: Line, limit: float) -> bool:
    """Whether a line continues the block above it: set alike, close, aligned, and broken for want of room."""
    last = above.lines[-1]
    gap = below.box.top - last.box.bottom
    size = (last.ink.size + below.ink.size) / 2
    if not (-0.3 * size <= gap <= 0.85 * size) or not alike(last.ink, below.ink):
        return False
    if last.text.rstrip().endswith((":", "：", "*", "?", "？")) or below.text.lstrip()[:1] in "•-–*":
        return False
    if abs(last.box.left - below.box.left) <= 0.4 * size:
        if last.box.width < 5 * size:
            return False  # too short to have been broken
        room = max(above.right, below.box.right, limit) - last.box.right
        return room < _first_word_width(below) + 0.3 * size
    centred = abs((last.box.left + last.box.right) - (below.box.left + below.box.right)) <= size
    flushed = abs(last.box.right - below.box.right) <= 0.3 * size
    return (centred or flushed) and min(last.box.width, below.box.width) > 4 * size


def make_blocks(lines: Sequence[Line], beside: Sequence[Box] = ()) -> list[Block]:
    """Free lines as blocks, in reading order; `beside` are controls: lines that have their own are not joined."""
    blocks: list[Block] = []
    for line in sorted(lines, key=lambda x: (x.box.top, x.box.left)):
        home = None
        if not _has_control(line, beside) and not _has_neighbour(line, lines):
            fits = [b for b in blocks if b.bottom <= line.box.top + 0.3 * line.ink.size and _goes_on(b, line, 0)]
            home = max(fits, key=lambda b: b.bottom, default=None)
        if home is None:
            blocks.append(Block.of([line]))
        else:
            home.lines.append(line)
            home.left, home.right = min(home.left, line.box.left), max(home.right, line.box.right)
            home.bottom = max(home.bottom, line.box.bottom)
    return _pin_stars(blocks)


def _has_control(line: Line, controls: Sequence[Box]) -> bool:
    """A control stands close before this line at its height, so the line begins something new."""
    box = line.box
    middle = (box.top + box.bottom) / 2
    return any(c.top <= middle < c.bottom and 0 <= box.left - c.right < 2.5 * line.ink.size for c in controls)


def _has_neighbour(line: Line, lines: Sequence[Line]) -> bool:
    """Another line stands close beside this one at its height: they are a row of things, not a broken line."""
    middle = (line.box.top + line.box.bottom) / 2
    for other in lines:
        if other is line or STARS.match(other.text):
            continue
        gap = max(other.box.left - line.box.right, line.box.left - other.box.right)
        if other.box.top < middle < other.box.bottom and 0 <= gap < 6 * line.ink.size:
            return True
    return False


def _pin_stars(blocks: list[Block]) -> list[Block]:
    """Stars that stand alone mark the block beside them and go."""
    stars = [b for b in blocks if STARS.match(b.text.strip())]
    kept = [b for b in blocks if not STARS.match(b.text.strip())]
    for star in stars:
        size = max(star.ink.size, 12.0)
        near = [
            (min(abs(star.left - b.right), abs(b.left - star.right)), b)
            for b in kept
            if b.top - size < (star.top + star.bottom) / 2 < b.bottom + 0.2 * size
        ]
        near = [(d, b) for d, b in near if d < 1.5 * size]
        near += [  # broken off to a line of its own
            (size + star.top - b.bottom, b)
            for b in kept
            if 0 <= star.top - b.bottom < 0.9 * size
            and min(abs(star.right - b.right), abs(star.left - b.left)) < 0.4 * size
        ]
        if near:
            min(near, key=lambda pair: pair[0])[1].starred = True
        else:
            kept.append(star)
    return kept


def strip_label(text: str) -> tuple[str, bool]:
    """A label without its star, colon and "(required)", and whether it had a mark of being required."""
    bare = _STAR.sub("", text)
    required = bare != text
    shorter = _REQUIRED.sub("", bare).rstrip()
    if shorter and shorter != bare.rstrip():
        required, bare = True, shorter
    return bare.strip().rstrip(":：").strip(), required
