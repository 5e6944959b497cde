"""What a text to be typed is: a card's number, an account, a key. By check sums where there are any."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from agent.policy.match import Typed

_DIGITS = re.compile(r"(?<![\d+])\d+(?:[ .\-‐‑‒–]{1,3}\d+)*")
_ISSUERS = (
    (r"4", (16, 19)),
    (r"5[1-5]|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)", (16,)),
    (r"3[47]", (15,)),
    (r"6011|64[4-9]|65", (16, 17, 18, 19)),
    (r"3(?:0[0-5]|[689])", (14, 15, 16, 17, 18, 19)),
    (r"35(?:2[89]|[3-8]\d)", (16, 17, 18, 19)),
    (r"62|81", (16, 17, 18, 19)),
    (r"50|5[6-9]|6\d", (16, 17, 18, 19)),
)
"""First digits and lengths in use (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay,
Maestro. The shorter ones of old are as long as telephone numbers, and left out."""

_SHORTEST, _LONGEST = 14, 19
"""Digits of the numbers in this table."""

_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,30}")
_COUNTRY = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
    "VG": 24, "XK": 20,
}  # fmt: skip
"""Characters of an account number by country, from the registry of ISO 13616."""

_PREFIXED = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_\-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_\w{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bAIza[\w\-]{30,}"
    r"|\bglpat-[\w\-]{18,}|\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{20,}|\bpypi-[\w\-]{20,}|\bdop_v1_[a-f0-9]{20,}"
    r"|\bSG\.[\w\-]{16,}\.[\w\-]{16,}|\beyJ[\w\-]{8,}\.[\w\-]{8,}\.[\w\-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_TOKEN = re.compile(r"[A-Za-z0-9+/_=\-]{20,}")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_URL = re.compile(r"\bhttps?://\S+|\bwww\.\S+\.\S+|\b(?:file|ftp|javascript|data):\S+", re.IGNORECASE)
_MOST = 20_000
"""Characters of a text that are looked at."""
_SPACED = 80
"""Characters that 19 digits take with the widest spaces between them."""


@lru_cache(maxsize=512)
def shapes(text: str) -> frozenset[Typed]:
    """What a text holds; `password` can't be seen from the text and is never among it."""
    plain = unicodedata.normalize("NFKC", text[:_MOST])
    plain = "".join(str(unicodedata.digit(c, c)) for c in plain if unicodedata.category(c) != "Cf")
    found: set[Typed] = set()
    if any(_holds_card(re.findall(r"\d+", m.group())) for m in _DIGITS.finditer(plain)):
        found.add("card")
    if any(is_iban(m.group()) for m in _IBAN.finditer(plain.upper())):
        found.add("iban")
    if _PREFIXED.search(plain) or any(_random(m.group()) for m in _TOKEN.finditer(plain)):
        found.add("key")
    if _EMAIL.search(plain):
        found.add("email")
    if _URL.search(plain):
        found.add("url")
    return frozenset(found)


def places(text: str) -> Iterator[tuple[Typed, int, int]]:
    """Where a text holds what: kind, begin and end in the text as it is given."""
    chars: list[str] = []
    at: list[int] = []
    for i, given in enumerate(text[:_MOST]):
        for char in unicodedata.normalize("NFKC", given):
            if unicodedata.category(char) != "Cf":
                chars.append(str(unicodedata.digit(char, char)))
                at.append(i)
    plain = "".join(chars)
    for kind, begin, end in _places(plain):
        yield kind, at[begin], at[end - 1] + 1


def _places(plain: str) -> Iterator[tuple[Typed, int, int]]:
    for run in _DIGITS.finditer(plain):
        groups = [(m.start() + run.start(), m.end() + run.start()) for m in re.finditer(r"\d+", run.group())]
        for first, (begin, _) in enumerate(groups):
            for _, end in itertools.islice(groups, first, first + _LONGEST):
                if end - begin >= _SPACED:
                    break  # Each after it is longer still; a text may hold thousands.
                if is_card(plain[begin:end]):
                    yield "card", begin, end
    upper = plain.upper() if len(plain.upper()) == len(plain) else plain
    for begin in (match.start() for match in _COUNTRY.finditer(upper)):
        if is_iban(upper[begin : begin + _SPACED]):
            held = [i for i in range(begin, len(upper)) if upper[i].isascii() and upper[i].isalnum()]
            yield "iban", begin, held[_IBAN_LENGTHS[upper[begin : begin + 2]] - 1] + 1
    kinds: tuple[tuple[Typed, re.Pattern[str]], ...] = (("key", _PREFIXED), ("email", _EMAIL), ("url", _URL))
    for kind, pattern in kinds:
        for match in pattern.finditer(plain):
            yield kind, *match.span()
    for match in _TOKEN.finditer(plain):
        if _random(match.group()):
            yield "key", *match.span()


def _holds_card(groups: list[str]) -> bool:
    """Whether neighbouring groups of digits, joined, are a card's number."""
    for start in range(len(groups)):
        joined = ""
        for group in groups[start:]:
            joined += group
            if len(joined) > _LONGEST:
                break
            if is_card(joined):
                return True
    return False


def is_card(text: str) -> bool:
    """Whether digits (with separators) are a payment card's number: issuer, length and Luhn's check digit."""
    digits = "".join(c for c in text if c.isdigit())
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return False
    known = any(re.match(start, digits) and len(digits) in lengths for start, lengths in _ISSUERS)
    return known and luhn(digits)


def luhn(digits: str) -> bool:
    """The check sum of ISO/IEC 7812-1."""
    total = 0
    for n, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if n % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Whether a text begins with an account number whose check digits are right (ISO 13616, mod 97)."""
    bare = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    length = _IBAN_LENGTHS.get(bare[:2])
    if length is None or len(bare) < length:
        return False
    turned = bare[4:length] + bare[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _random(token: str) -> bool:
    """Whether a long word looks drawn at random: many kinds of characters, each about as often."""
    if re.fullmatch(r"[0-9a-f]{32,}|[0-9A-F]{32,}", token):
        return _entropy(token) >= 3.0
    kinds = sum(bool(re.search(kind, token)) for kind in ("[a-z]", "[A-Z]", r"\d"))
    if kinds < 3 or len(token) < 24:
        return False
    switches = sum(_kind(a) != _kind(b) for a, b in itertools.pairwise(token))
    return _entropy(token) >= 3.5 and switches * 2 >= len(token)


def _kind(char: str) -> str:
    return "d" if char.isdigit() else "u" if char.isupper() else "l" if char.islower() else "-"


def _entropy(text: str) -> float:
    """Bits a character, by how often each stands in the text."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)
