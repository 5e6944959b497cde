"""Values that a form asks for in other pieces than the record has: divided over fields, or joined in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from agent.meaning.dates import date_order, format_date, parse_date
from agent.meaning.lexicon import lexicon
from agent.planners.embedded.amounts import calling_code, money
from agent.planners.embedded.evidence import Key
from agent.planners.embedded.targets import Target
from agent.schema import Element
from agent.wording import normalise


class Piece(NamedTuple):
    """What to write into a target for a key, in place of the key's own value."""

    key: str
    target: Target
    text: str
    meaning: str
    why: str
    also: tuple[str, ...] = ()
    """Further keys whose values the text holds."""


class Place(NamedTuple):
    """A key and the field that it was matched with."""

    key: Key
    target: Target


BESIDE = 48
"""Pixels between two fields that take one value together, at most."""
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9]+(?:[-/. ]+[A-Za-z0-9]+)*")
"""A value that has a digit and may be parted: a number, a code, a date."""
_CURRENCY = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])|[$€£¥₹]|美元|人民币|欧元")


def divided(places: Iterable[Place], free: Sequence[Target]) -> list[Piece]:
    """Pieces for keys whose value belongs into two fields that stand side by side: +46 and 70 17.., 20 and EUR."""
    found: list[Piece] = []
    for key, target in places:
        if target.rest:
            found += _boxed(key, target)
            continue
        if not isinstance(key.value, str) or target.kind != "field" or target.role == "combobox":
            continue
        beside = [t for t in free if t.kind == "field" and _beside(t.elements[0], target.elements[0])]
        if (parts := calling_code(key.value)) and (code := [t for t in beside if _asks_code(t)]):
            why = "the code of the country has a field of its own"
            found.append(Piece(key.name, code[0], f"+{parts[0]}", "choice", why))
            found.append(Piece(key.name, target, parts[1], "tel", why))
        elif (sum_of := money(key.value)) and (unit := [t for t in beside if _asks_currency(t)]):
            why = "the currency has a field of its own"
            found.append(Piece(key.name, unit[0], sum_of[1], "choice", why))
            found.append(Piece(key.name, target, sum_of[0], "number", why))
    return found


def _boxed(key: Key, target: Target) -> list[Piece]:
    """Pieces for a row of boxes: the parts that the value is written in, or its letters one by one."""
    boxes = [target.elements[0], *target.rest]
    text = normalise(str(key.value))
    order = date_order(target.label) if key.shape == "date" else None
    if order is not None and (day := parse_date(text)):
        text = format_date(day, replace(order, between=" ", long_year=True, padded=True, named_month=False))
    if not _CODE.fullmatch(text):
        return []
    parts = re.split(r"[-/. ]+", text)
    if all(box.box.width <= 1.6 * box.box.height for box in boxes) and len("".join(parts)) == len(boxes):
        parts = list("".join(parts))
    if len(parts) != len(boxes):
        return []
    why = "the form asks for it in a row of boxes"
    single = [Target("field", (box,), target.label, target.group) for box in boxes]
    return [Piece(key.name, one, part, "", why) for one, part in zip(single, parts, strict=True)]


def _beside(one: Element, other: Element) -> bool:
    a, b = one.box, other.box
    gap = max(a.left - b.right, b.left - a.right)
    return abs(a.center.y - b.center.y) <= max(a.height, b.height) // 2 and gap <= BESIDE


def _asks_code(target: Target) -> bool:
    shown = target.elements[0].text
    return "tel-country-code" in lexicon().meaning(target.label) or bool(re.search(r"\+\s?\d{1,3}\b", shown))


def _asks_currency(target: Target) -> bool:
    shown = target.elements[0].text
    if lexicon().meaning(target.label):
        return "transaction-currency" in lexicon().meaning(target.label)
    return target.role == "combobox" and bool(_CURRENCY.search(shown))


# ---------------------------------------------------------------- joining

_STREET = ("street-address", "address-line1", "house-number", "address-line2", "address-line3")
_TOWN = ("postal-code", "address-level3", "address-level2", "address-level1")
_WHOLE = re.compile(r"address|adresse|anschrift|direcci|domicilio|indirizzo|地址|住所", re.IGNORECASE)


def joined_addresses(places: Iterable[Place], left: Sequence[Key], keys: Sequence[Key]) -> list[Piece]:
    """Pieces for fields that ask for a whole address, where the record has it in parts that have no field."""
    found: list[Piece] = []
    for key, target in places:
        if target.kind != "field" or not _asks_address(target) or not key.meanings & {*_STREET}:
            continue
        kin = [k for k in left if _part_of_address(k) and k.path == key.path and k.sections == key.sections]
        if not kin:
            continue
        parts = [k for k in keys if k is key or k in kin]
        lines = [
            " ".join(_said(k) for k in parts if k.meanings & {*names} and _said(k))
            for names in (_STREET, _TOWN, ("country",))
        ]
        text = ("\n" if target.role == "textarea" else ", ").join(line for line in lines if line)
        why = "the form has one place for the address; joined from its parts"
        found.append(Piece(key.name, target, text, "text", why, tuple(k.name for k in kin)))
    return found


def _asks_address(target: Target) -> bool:
    words = lexicon()
    means = any("street-address" in unit.meanings for unit in words.units(target.label))
    street = target.role != "textarea" and "street" in words.tokens(target.label)
    return means and bool(_WHOLE.search(target.label)) and not street


def _part_of_address(key: Key) -> bool:
    return bool(key.meanings & {*_STREET, *_TOWN, "country"}) and isinstance(key.value, str | int)


def _said(key: Key) -> str:
    return normalise(str(key.value))


def joined_phone(left: Sequence[Key], places: Iterable[Place]) -> list[Piece]:
    """A piece for a phone field, where the record has the country's code under a key of its own."""
    codes = [k for k in left if "tel-country-code" in k.meanings]
    phones = [
        (k, t) for k, t in places if k.shape in ("tel", "number") and k.meanings & {"tel", "mobile", "tel-national"}
    ]
    if len(codes) != 1 or len(phones) != 1:
        return []
    (key, target), code = phones[0], re.sub(r"\D", "", str(codes[0].value))
    if not code or str(key.value).startswith(("+", "00")):
        return []
    text = f"+{code} {str(key.value).lstrip('0')}"
    why = "the form has one place for the number; joined with the code of the country"
    return [Piece(key.name, target, text, "tel", why, (codes[0].name,))]
