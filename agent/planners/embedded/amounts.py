"""Amounts with their currency, and phone numbers with the code of their country, in their pieces."""

from __future__ import annotations

import re

from agent.wording import normalise

_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")
"""Calling codes (ITU-T E.164): none begins another, so the first that fits is the one."""
_AMOUNT = re.compile(
    r"(?P<before>[$€£¥₹]|US\$|[A-Z]{3})?\s?(?P<number>-?\d[\d.,' ]*)\s?(?P<after>[$€£¥₹]|[A-Z]{3})?", re.IGNORECASE
)
_SYMBOLS = {"€": "EUR", "£": "GBP", "₹": "INR", "US$": "USD"}
_ISO = frozenset(
    re.findall(
        "...",
        "AEDARSAUDBRLCADCHFCLPCNYCOPCZKDKKEGPEURGBPHKDHUFIDRILSINRISKJPYKESKRWMADMXNMYRNGNNOKNZDPHPPKRPLNRONRSDRUBSARSEKSGDTHB"
        "TRYTWDUAHUSDVNDZAR",
    )
)
"""The codes of ISO 4217 that are met most."""
_KIN = {"$": frozenset(["USD", "AUD", "CAD", "NZD", "HKD", "SGD", "MXN"]), "¥": frozenset(["JPY", "CNY"])}
"""Symbols that several currencies share."""


def calling_code(phone: str) -> tuple[str, str] | None:
    """The country's calling code (digits alone) and the rest of a number that begins with + or 00; else None."""
    plain = normalise(phone)
    found = re.fullmatch(r"(?:\+|00)\s?\(?(\d[\d\s().\-/]*)", plain)
    if not found:
        return None
    digits = re.sub(r"\D", "", found[1])
    code, rest = (match[0] if (match := _CODE.match(digits)) else ""), found[1]
    for digit in code:
        rest = rest[rest.index(digit) + 1 :]
    rest = re.sub(r"^[\s).\-/]*(?:\(0\)\s*)?", "", rest)
    return (code, rest) if code and len(re.sub(r"\D", "", rest)) >= 4 else None


def money(value: object) -> tuple[str, str] | None:
    """The number and the currency (an ISO code, or a symbol that several share) of an amount that names both."""
    found = _AMOUNT.fullmatch(normalise(str(value)))
    if not found or bool(found["before"]) == bool(found["after"]):
        return None
    unit: str = (found["before"] or found["after"]).upper()
    if unit.isalpha() and unit not in _ISO:
        return None
    return found["number"].strip(), _SYMBOLS.get(unit, unit)


def currencies(text: str) -> frozenset[str]:
    """The currencies that a caption names, as ISO codes or shared symbols; empty if it names none."""
    words: list[str] = re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text)
    signs: list[str] = re.findall(r"US\$|[$€£¥₹]", text)
    return frozenset([word for word in words if word in _ISO] + [_SYMBOLS.get(sign) or sign for sign in signs])


def same_currency(one: str, other: str) -> bool:
    """Whether two names may mean one currency; a shared symbol may mean any of its own."""
    return one == other or one in _KIN.get(other, ()) or other in _KIN.get(one, ())
