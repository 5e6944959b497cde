"""Secrets in texts: by value, also where an OCR misread them, and by what marks them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from rapidfuzz import fuzz

MASK = "••••••••"
"""Of one length whatever the secret's, which would say something about it."""

_FUZZY_FROM = 6
"""Characters from which a text that an OCR misread in one place is still taken for the secret."""
_WORD_BELOW = 4
"""Shorter secrets are masked only where they stand alone, or every `1` of a page would go."""
_PIECE_SHARE = 0.65
"""So much of a secret, cut off at an edge, is as good as the secret."""
_CUT_PIECE = 4
"""Characters of a secret before an ellipsis that are a piece of it."""
_LONGEST_MARKED = 80
"""Characters of the longest secret that is known by its shape alone; a thought is told so far behind."""
_CUT = re.compile(r"(?:…|\.\.\.?)\s*$")
_ALIKE = str.maketrans({"l": "1", "i": "1", "|": "1", "!": "1", "o": "0", "s": "5", "z": "2", "b": "8", "g": "9"})


class Marks(Protocol):
    """What a policy marks as secret beside the values that are known."""

    def spans(self, text: str) -> Iterable[tuple[int, int]]:
        """Begin and end of each secret in a text."""
        ...

    def label(self, text: str) -> bool:
        """Whether a field of this label holds a secret."""
        ...


class NoMarks:
    """Nothing is marked."""

    def spans(self, text: str) -> Iterable[tuple[int, int]]:
        return ()

    def label(self, text: str) -> bool:
        return False


class Known:
    """The secrets that are known by now; a value."""

    def __init__(self, secrets: frozenset[str] = frozenset(), marks: Marks | None = None) -> None:
        self.secrets = secrets
        self.marks: Marks = marks or NoMarks()
        self.shapes = tuple(sorted({s for one in secrets if (s := shape(one))}, key=len, reverse=True))
        self._pattern = _pattern_of(secrets) if secrets else None

    def with_secret(self, secret: str) -> Known:
        return Known(self.secrets | {secret}, self.marks)

    @property
    def empty(self) -> bool:
        return not self.secrets and isinstance(self.marks, NoMarks)

    def clean(self, text: str) -> str:
        """A text with the secrets in it masked; the very same one where there are none."""
        marked = sorted(self.marks.spans(text))
        cleaned = _masked(text, marked) if marked else text
        if self._pattern is not None:
            cleaned = self._pattern.sub(MASK, cleaned)
        if self.shapes and _resembles(cleaned, self.shapes):
            lines = cleaned.splitlines(keepends=True)
            if len(lines) < 2:
                return MASK
            cleaned = "".join(MASK + _end(line) if _resembles(line, self.shapes) else line for line in lines)
            if _resembles(cleaned, self.shapes):
                return MASK
        return text if cleaned == text else cleaned

    def holds(self, text: str) -> bool:
        return bool(text) and self.clean(text) != text

    def holds_piece(self, text: str, *, begins: bool = True, ends: bool = True) -> bool:
        """Whether a text is a large part of a secret, or a small one that an ellipsis or a picture's edge cuts off.

        `begins` and `ends` say whether the text does so where it seems to, or at an edge of what is seen.
        """
        drawn = shape(_CUT.sub("", text))
        cut = bool(_CUT.search(text)) or not ends
        for secret in self.shapes:
            least = max(_CUT_PIECE, math.ceil(_PIECE_SHARE * len(secret)))
            if least < len(secret) and len(drawn) >= least and (drawn in secret or drawn.endswith(secret[:least])):
                return True
            sizes = range(_CUT_PIECE, len(secret))
            if cut and any(drawn.endswith(secret[:size]) for size in sizes):
                return True
            if not begins and any(drawn.startswith(secret[-size:]) for size in sizes):
                return True
        return False

    def begins_or_ends(self, text: str) -> bool:
        """Whether a text is the beginning or the end of a secret, and nothing else."""
        drawn = shape(text)
        return len(drawn) >= _CUT_PIECE and any(s.startswith(drawn) or s.endswith(drawn) for s in self.shapes)

    def safe_end(self, text: str) -> int:
        """How many characters of a text that goes on may be told by now: no secret can have begun before there."""
        safe = len(text) if isinstance(self.marks, NoMarks) else max(0, len(text) - _LONGEST_MARKED)
        folded = text.casefold()
        for low in (secret.casefold() for secret in self.secrets):
            sizes = range(min(len(low) - 1, len(folded)), 0, -1)
            safe = min(safe, len(text) - next((size for size in sizes if folded.endswith(low[:size])), 0))
        for begin, end in self._spans(text):
            if begin < safe < end:
                safe = begin
        return safe

    def _spans(self, text: str) -> list[tuple[int, int]]:
        known = [match.span() for match in self._pattern.finditer(text)] if self._pattern else []
        return sorted([*self.marks.spans(text), *known], reverse=True)


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for begin, end in spans:
        if begin >= at:
            parts += [text[at:begin], MASK]
        at = max(at, end)
    return "".join([*parts, text[at:]])


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _pattern_of(secrets: Iterable[str]) -> re.Pattern[str]:
    parts: list[str] = []
    for secret in sorted(secrets, key=len, reverse=True):
        escaped = re.escape(secret)
        parts.append(rf"(?<!\w){escaped}(?!\w)" if len(secret) < _WORD_BELOW else escaped)
    return re.compile("|".join(parts), re.IGNORECASE)


@lru_cache(maxsize=8192)
def shape(text: str) -> str:
    """Text without spaces and punctuation, and with glyphs that an OCR confuses made one."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    return "".join(c for c in plain if c.isalnum())


def errors_of(secret: str) -> int:
    """Characters of a secret's shape that an OCR may have misread."""
    return max(1, len(secret) // 6) if len(secret) >= _FUZZY_FROM else 0


def _resembles(text: str, shapes: tuple[str, ...]) -> bool:
    drawn = shape(text)
    for secret in shapes:
        if len(secret) < _FUZZY_FROM:
            # A short one must agree in full, as a whole text of its own or with its separators.
            if drawn == secret:
                return True
        elif len(drawn) >= len(secret) - 1:
            least = 100 * (1 - errors_of(secret) / len(secret)) - 0.01
            if fuzz.partial_ratio(secret, drawn, score_cutoff=least):
                return True
    return False
