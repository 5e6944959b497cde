"""Comparing what was meant with what was read: the one place that decides whether two texts are the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Likeness = Literal["same", "alike", "partial", "different"]

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´＇", "'"),
        **dict.fromkeys("“”„‟″＂«»", '"'),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f", None),
    }
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
_POINTS = str.maketrans({"。": ".", "、": ",", "・": "·", "•": "·"})

_GLYPHS: tuple[frozenset[str], ...] = (frozenset("lI1|"), frozenset("O0"), frozenset("o0"))
"""Characters that are drawn alike; an OCR may read any one of a set as another."""

_MIN_PARTIAL = 4
"""A clipped value must show at least this many characters before it says anything."""


def normalise(text: str) -> str:
    """The text in Unicode NFKC with plain quotes, no invisible characters, and single spaces."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).translate(_QUOTES))
    return " ".join(plain.translate(_QUOTES).split())


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The normalised text without case and accents: for names of things, never for values."""
    stripped = unicodedata.normalize("NFD", normalise(text).casefold())
    bare = "".join(c for c in stripped if unicodedata.category(c) != "Mn")
    return " ".join(unicodedata.normalize("NFKC", bare).split())


def same_text(wanted: str, read: str) -> Likeness:
    """How well a text that was read agrees with the one that is wanted.

    `same`: equal after Unicode normalisation of width, quotes and white space. `alike`: the difference is one
    that an OCR makes: l/I/1/|, O/0, rn/m, spaces, kinds of dash, dots at the end; a letter for a digit only in a
    word that agrees elsewhere, so `I` is not `1` and 10 is not IO. `partial`: what was read is a piece of what is
    wanted, as a narrow field shows it; never a piece of a short number. `different`: everything else.
    """
    a, b = normalise(wanted), normalise(read)
    if a == b:
        return "same" if _plain_width(wanted) == _plain_width(read) else "alike"
    if not a or not b:
        return "different"
    if _alike(a, b):
        return "alike"
    return "partial" if _part_of(a, b) else "different"


def _plain_width(text: str) -> str:
    """Superscripts and fractions are not the same as plain digits, so they are kept apart here."""
    return "".join(c for c in text if unicodedata.decomposition(c).startswith(("<super>", "<sub>", "<fraction>")))


def _loose(text: str) -> str:
    return text.translate(_DASHES).translate(_POINTS)


def _alike(a: str, b: str) -> bool:
    left, right = _Runs(_ended(_loose(a))), _Runs(_ended(_loose(b)))
    return bool(left.chars) and bool(right.chars) and _walk(left, right, 0, whole=True)


def _ended(text: str) -> str:
    return text.rstrip(". ") or text


class _Runs:
    """A text without spaces, that knows for each character the word it stood in."""

    def __init__(self, text: str) -> None:
        self.chars: list[str] = []
        self.words: list[str] = []
        for match in re.finditer(r"\w+|[^\w\s]", text):
            self.chars += match.group()
            self.words += [match.group()] * len(match.group())


def _walk(a: _Runs, b: _Runs, start: int, *, whole: bool) -> bool:
    """Whether `b` can be read where `a` from `start` is written; to the end of `a` if `whole`."""
    todo, seen = [(start, 0)], set[tuple[int, int]]()
    while todo:
        i, j = todo.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if j == len(b.chars):
            if i == len(a.chars) or not whole:
                return True
            continue
        if i == len(a.chars):
            continue
        if a.chars[i] == b.chars[j] or _drawn_alike(a, i, b, j):
            todo.append((i + 1, j + 1))
        if a.chars[i] == "m" and b.chars[j : j + 2] == ["r", "n"]:
            todo.append((i + 1, j + 2))
        if b.chars[j] == "m" and a.chars[i : i + 2] == ["r", "n"]:
            todo.append((i + 2, j + 1))
    return False


def _drawn_alike(a: _Runs, i: int, b: _Runs, j: int) -> bool:
    x, y = a.chars[i], b.chars[j]
    if not any(x in glyphs and y in glyphs for glyphs in _GLYPHS):
        return False
    if x.isdigit() == y.isdigit():
        return True
    # A letter for a digit changes the meaning of a code or number: only where the rest of the word agrees.
    return bool(set(a.words[i]) & set(b.words[j]))


def _part_of(a: str, b: str) -> bool:
    piece = _loose(b).strip(". …")
    whole = _loose(a)
    if len(piece) < _MIN_PARTIAL or len(piece) >= len(whole) or _short_number(whole):
        return False
    runs, parts = _Runs(whole), _Runs(piece)
    return any(_walk(runs, parts, start, whole=False) for start in range(len(runs.chars) - len(parts.chars) + 1))


def _short_number(text: str) -> bool:
    """A number with a digit cut off is another number; only long ones (cards, accounts) are seen clipped."""
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    return digits > 0 and letters == 0 and digits < 12
