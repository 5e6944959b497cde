"""Secrets that stand in several boxes: one text read in two pieces, digits in a box each, a line that is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.redact.texts import Known, NoMarks, errors_of, shape
from agent.schema import Element

_GAP = 3.0
"""Space between two pieces of one line, in heights of a letter: boxes of single digits stand wide apart."""
_LINE = 1.2
"""Space between two lines of one text, in heights."""
_SHORTEST = 4
"""Characters from which a secret is looked for in pieces."""


def joint(elements: Sequence[Element], known: Known) -> frozenset[int]:
    """The indexes of elements that hold a secret together, none of them the whole of it."""
    page = _Page(elements)
    found: set[int] = set()
    for secret in known.shapes:
        if len(secret) >= _SHORTEST:
            for start in page.texts:
                found |= _path_from(start, secret, page)
    if not isinstance(known.marks, NoMarks):
        found |= _marked(page, known)
    return frozenset(found)


class _Edges(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int


class _Page:
    """The texts of a look, and what may follow each: asked for few of them, so found when asked for."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self.elements = elements
        self.texts = {i: s for i, e in enumerate(elements) if (s := shape(e.text))}
        # Plain numbers: a page has hundreds of texts, and each is compared with each.
        self.boxes = {i: _Edges(b.left, b.top, b.right, b.bottom) for i in self.texts for b in (elements[i].box,)}
        self._after: dict[int, tuple[int, ...]] = {}

    def after(self, i: int) -> tuple[int, ...]:
        """The nearest text on the right of one, and those that begin right below it."""
        if i not in self._after:
            here = self.boxes[i]
            others = [(j, box) for j, box in self.boxes.items() if j != i]
            right = sorted((box.left, j) for j, box in others if _beside(here, box))
            self._after[i] = (*(j for _, j in right[:1]), *(j for j, box in others if _below(here, box)))
        return self._after[i]

    def rows(self) -> Iterator[list[int]]:
        """The texts line by line, cut where a wide space stands."""
        left = sorted(self.texts, key=lambda i: self.boxes[i])
        taken: set[int] = set()
        for i in left:
            row = [i]
            while i not in taken:
                taken.add(i)
                here = self.boxes[i]
                i = next((j for j in left if j not in taken and _beside(here, self.boxes[j])), i)
                row += [i] * (i not in taken)
            if len(row) > 1:
                yield row


def _beside(a: _Edges, b: _Edges) -> bool:
    if b.top >= a.bottom or a.top >= b.bottom or b.right <= a.left:
        return False  # Most are elsewhere.
    height = min(a.bottom - a.top, b.bottom - b.top)
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    return overlap * 2 >= height > 0 and -height <= b.left - a.right <= _GAP * height


def _below(a: _Edges, b: _Edges) -> bool:
    if b.bottom <= a.top or b.left >= a.right:
        return False
    height = min(a.bottom - a.top, b.bottom - b.top)
    across = min(a.right, b.right) - max(a.left, b.left)
    return across > 0 and -height / 2 <= b.top - a.bottom <= _LINE * height


def _path_from(start: int, secret: str, page: _Page) -> set[int]:
    """The elements that spell a secret, the first of which is `start` and ends with its beginning."""
    begun = page.texts[start]
    allowed = errors_of(secret)
    for size in range(min(len(begun), len(secret) - 1), 0, -1):
        if size < 2 and size < len(begun):
            break  # One letter at the end of a word begins nothing.
        wrong = _differ(begun[-size:], secret[:size])
        # What is misread must be the smaller part of each piece, or anything would begin a secret.
        if wrong <= allowed and wrong * 3 <= size:
            rest = _go_on(page, start, secret, size, allowed - wrong, frozenset((start,)))
            if rest:
                return {start, *rest}
    return set()


def _go_on(page: _Page, at: int, secret: str, done: int, allowed: int, seen: frozenset[int]) -> set[int]:
    """The elements that spell the rest of a secret, `done` characters of which stand before; none if they don't."""
    for j in page.after(at):
        if j in seen:
            continue
        piece = page.texts[j][: len(secret) - done]
        wrong = _differ(piece, secret[done : done + len(piece)])
        if wrong > allowed or wrong * 3 > len(piece):
            continue
        if done + len(piece) == len(secret):
            return {j}
        # A piece in the middle ends where its element ends.
        rest = _go_on(page, j, secret, done + len(piece), allowed - wrong, seen | {j})
        if rest:
            return {j, *rest}
    return set()


def _differ(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True))


def _marked(page: _Page, known: Known) -> set[int]:
    """Elements of one line that hold together what a policy marks, such as a card's number in four boxes."""
    found: set[int] = set()
    for row in page.rows():
        texts = [page.elements[i].text for i in row]
        ends = [sum(len(text) + 1 for text in texts[: n + 1]) - 1 for n in range(len(texts))]
        for begin, end in known.marks.spans(" ".join(texts)):
            pieces = zip(row, texts, ends, strict=True)
            found |= {i for i, text, last in pieces if begin < last and end > last - len(text)}
    return found
