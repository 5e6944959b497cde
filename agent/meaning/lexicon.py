"""What the words of a key or label mean: synonyms in several languages become the meanings of `lexicon.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml
from rapidfuzz import fuzz

from agent.wording import fold

Tokens = tuple[str, ...]

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\d+|[^\W\d_]+")
_JOINTS = frozenset({"of", "and", "or", "the", "your", "a"})
"""Little words inside a synonym that people leave out."""
_BETWEEN = {("to",), ("from",)}
"""Words that mean something by themselves and nothing between two others."""
_SECRET_WORDS = frozenset(
    {"password", "passwd", "pwd", "passphrase", "token", "secret", "otp", "pin", "apikey", "cvv", "cvc", "ssn"}
)
"""Words that make any key secret, whatever stands beside them."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a phrase: a known meaning (or several that share the words), or one plain word."""

    surface: str
    meanings: frozenset[str] = frozenset()

    @property
    def weight(self) -> float:
        """How much the piece says about what the whole phrase names."""
        if self.meanings:
            return 3.0
        return 0.5 if len(self.surface) == 1 and not self.surface.isdigit() else 1.5


@dataclass(frozen=True)
class Lexicon:
    """The loaded words; get it with `lexicon()`."""

    kinds: dict[str, str]
    """Meaning to the shape of its values."""
    phrases: dict[Tokens, frozenset[str]]
    near: dict[frozenset[str], float]
    sections: dict[Tokens, int]
    repeat: frozenset[Tokens]
    fillers: frozenset[Tokens]
    short: dict[str, str]
    longest: int = field(default=1)

    def tokens(self, text: str) -> Tokens:
        """Words in lower case without accents; camelCase, snake_case and digits are split, CJK by character."""
        found: list[str] = _TOKEN.findall(fold(_CAMEL.sub(" ", text)))
        return tuple(self.short.get(word, word) for word in found)

    def units(self, text: str) -> list[Unit]:
        """The pieces of a phrase, longest known ones first, without words that carry no meaning."""
        tokens, found, at = self.tokens(text), list[Unit](), 0
        while at < len(tokens):
            size = self._known(tokens, at)
            piece = tokens[at : at + size]
            if piece in _BETWEEN and 0 < at < len(tokens) - 1:
                pass  # "relationship to patient" asks for no recipient
            elif meanings := self.phrases.get(piece):
                found.append(Unit(" ".join(piece), meanings))
            elif not self._filler(piece):
                found.append(Unit(" ".join(piece)))
            at += size
        return found or [Unit(word) for word in tokens]

    def _known(self, tokens: Tokens, at: int) -> int:
        """How many tokens from `at` on make the longest known phrase or filler; 1 if none."""
        for size in range(min(self.longest, len(tokens) - at), 0, -1):
            piece = tokens[at : at + size]
            if piece in self.phrases or piece in self.fillers:
                return size
        return 1

    def _filler(self, piece: Tokens) -> bool:
        return piece in self.fillers

    def meaning(self, text: str) -> frozenset[str]:
        """What the whole phrase means, if it is one known thing; else empty."""
        found = self.units(text)
        return found[0].meanings if len(found) == 1 else frozenset()

    def sections_of(self, text: str) -> frozenset[int]:
        """Which of several like sections (billing, shipping, home ...) the text speaks of."""
        tokens = self.tokens(text)
        return frozenset(n for words, n in self.sections.items() if _inside(words, tokens))

    def says_repeat(self, text: str) -> bool:
        """Whether a label asks for the same value once more."""
        tokens = self.tokens(text)
        return any(_inside(words, tokens) for words in self.repeat)

    def without_repeat(self, text: str) -> str:
        """The label without the words that ask for the same value once more."""
        tokens = list(self.tokens(text))
        for words in sorted(self.repeat, key=len, reverse=True):
            for at in range(len(tokens) - len(words), -1, -1):
                if tuple(tokens[at : at + len(words)]) == words:
                    del tokens[at : at + len(words)]
        return " ".join(tokens)

    def agreement(self, a: Unit, b: Unit) -> float:
        """How well two pieces name the same thing, 0..1."""
        if a.meanings and b.meanings:
            if a.meanings & b.meanings:
                return 1.0
            return max(self.near.get(frozenset((x, y)), 0.0) for x in a.meanings for y in b.meanings)
        return _spelling(a.surface, b.surface)


def _spelling(a: str, b: str) -> float:
    if a == b or _stem(a) == _stem(b):
        return 1.0
    short, long = sorted((a, b), key=len)
    if " " in long and len(short) > 3 and set(short.split()) <= set(long.split()):
        return 0.6
    if len(short) < 4 or short.isdigit():
        return 0.75 if len(short) == 3 and long.startswith(short) and short.isalpha() else 0.0
    if long.startswith(short) and " " not in long:
        return 0.8
    ratio = fuzz.ratio(a, b) / 100
    return ratio * 0.9 if ratio >= 0.82 else 0.0


def _stem(word: str) -> str:
    """A word without the endings of number and tense: takes, taking and take are one."""
    if not word.isascii() or len(word) < 4:
        return word
    bare = word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    for ending in ("ing", "ed", "e"):
        if bare.endswith(ending) and len(bare) - len(ending) >= 3:
            return bare[: -len(ending)]
    return bare


def _inside(words: Tokens, tokens: Tokens) -> bool:
    return any(tokens[at : at + len(words)] == words for at in range(len(tokens) - len(words) + 1))


def coverage(of: Sequence[Unit], by: Iterable[Unit], words: Lexicon) -> float:
    """Which share of a phrase's weight another phrase says too, 0..1."""
    others = list(by)
    total = sum(unit.weight for unit in of)
    if not total or not others:
        return 0.0
    return sum(unit.weight * max(words.agreement(unit, other) for other in others) for unit in of) / total


@cache
def lexicon() -> Lexicon:
    """The words that ship with Deskhand."""
    text = resources.files("agent.meaning").joinpath("lexicon.yaml").read_text("utf-8")
    # The one in C, where it was built, takes a tenth of the time.
    data: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    short = {str(word): str(full) for word, full in data["short"].items()}
    bare = Lexicon({}, {}, {}, {}, frozenset(), frozenset(), short)
    phrases: dict[Tokens, frozenset[str]] = {}
    near: dict[frozenset[str], float] = {}
    kinds: dict[str, str] = {}
    for name, entry in data["meanings"].items():
        kinds[name] = entry["kind"]
        if "broader" in entry:
            near[frozenset((name, entry["broader"]))] = 0.5
        spellings = [
            name,
            *(s for key, text in entry.items() if key not in ("kind", "broader") for s in text.split("~")),
        ]
        for spelling in spellings:
            tokens = bare.tokens(spelling)
            brief = tuple(token for token in tokens if token not in _JOINTS)
            for form in {tokens, brief if len(brief) > 1 else tokens}:
                phrases[form] = phrases.get(form, frozenset()) | {name}
    for first, second, credit in data["near"]:
        near[frozenset((first, second))] = credit
    sections = {bare.tokens(word): n for n, line in enumerate(data["sections"]) for word in line}
    return Lexicon(
        kinds=kinds,
        phrases=phrases,
        near=near,
        sections=sections,
        repeat=frozenset(bare.tokens(word) for word in data["repeat"]),
        fillers=frozenset(bare.tokens(str(word)) for word in data["fillers"]),
        short=short,
        longest=max(map(len, phrases)),
    )


def is_secret(key: str) -> bool:
    """Whether a key names a value that must never be shown: a password, PIN, token or key, a card's check code."""
    if _SECRET_WORDS & set(lexicon().tokens(key)):
        return True
    words = lexicon()
    units = words.units(words.without_repeat(key) or key)
    if len(units) > 1:  # a pass may be a ticket; only alone is it short for a password
        units = [unit for unit in units if unit.surface != "pass"]
    meanings = {meaning for unit in units for meaning in unit.meanings}
    return any(words.kinds.get(meaning) == "secret" or meaning == "cc-csc" for meaning in meanings)
