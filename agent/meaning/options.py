"""Choosing the option of a list that means a value: "DE" is Germany, "m" is Male, true is Yes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from agent.meaning.lexicon import lexicon
from agent.wording import fold, normalise, same_text


@dataclass(frozen=True, slots=True)
class Choice:
    """Which option is meant: its place, or None with the places that fit equally (or none at all)."""

    index: int | None
    how: Literal["same", "alike", "case", "synonym", "words", "number", "none", "several"]
    candidates: tuple[int, ...] = ()


def truth(value: object) -> bool | None:
    """Whether a value says yes or no; None where it says neither."""
    match value:
        case bool():
            return value
        case int():
            return {0: False, 1: True}.get(value)
        case str():
            word = fold(value).strip(" .!")
            return True if word in _yes() else False if word in _no() else None
        case _:
            return None


def choose_option(value: object, options: Sequence[str]) -> Choice:
    """The option that means a value, by the strictest way that finds exactly one; abstains where two fit."""
    wanted = spoken(value)
    for how, fits in _ways(wanted, options):
        if len(fits) == 1:
            return Choice(fits[0], how, (fits[0],))
        if len(fits) > 1:
            distinct = {fold(options[n]) for n in fits}
            # The same option drawn twice (a label read with its shadow) is still one meaning, but not one place.
            return Choice(None, "several", tuple(fits)) if distinct else Choice(None, "none")
    return Choice(None, "none")


def spoken(value: object) -> str:
    """A value as text: true is yes, false is no."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
        case _:
            return normalise(str(value))


def same_option(value: object, option: str) -> bool:
    """Whether one option means a value, judged alone: exactly, but for case, or by a known synonym."""
    choice = choose_option(value, [option])
    return choice.index == 0 and choice.how in ("same", "alike", "case", "synonym", "number")


_How = Literal["same", "alike", "case", "synonym", "words", "number"]


def _ways(wanted: str, options: Sequence[str]) -> Iterable[tuple[_How, list[int]]]:
    likeness = [same_text(wanted, option) for option in options]
    yield "same", [n for n, like in enumerate(likeness) if like == "same"]
    yield "case", [n for n, option in enumerate(options) if fold(option) == fold(wanted)]
    yield "alike", [n for n, like in enumerate(likeness) if like == "alike"]
    bare = _bare(wanted)
    yield "case", [n for n, option in enumerate(options) if bare and _bare(option) == bare]
    yield "number", [n for n, option in enumerate(options) if _number(wanted) and _number(option) == _number(wanted)]
    meant = _senses(wanted)
    yield "synonym", [n for n, option in enumerate(options) if meant & _senses(option)]
    yield "words", _by_words(wanted, options)


def _bare(text: str) -> str:
    """Letters and digits only: `e-mail` is `Email`, `(Select) UK` is not `UK`."""
    return "".join(c for c in fold(text) if c.isalnum())


def _number(text: str) -> str:
    """The number that a text is, without leading zeros, signs of currency and unit; empty if it is none."""
    found = re.fullmatch(r"[^\d\w]*0*(\d+(?:\.\d+)?)\W*", fold(text).replace(",", ""))
    return found.group(1) if found else ""


def _by_words(wanted: str, options: Sequence[str]) -> list[int]:
    """Options that hold all words of the value ("United Kingdom" in "United Kingdom (GB)"), or start with it."""
    words = set(lexicon().tokens(wanted))
    if not words or (len(words) == 1 and len(next(iter(words))) < 2 and not wanted.isdigit()):
        return []
    return [n for n, option in enumerate(options) if words <= set(lexicon().tokens(option))]


def _senses(text: str) -> frozenset[int]:
    """What a text may mean, also where it says more: "Germany (DE)", "Deutschland / Germany", "No, thanks"."""
    pieces = (text, *re.split(r"[()/|,;:–]| - ", text))
    return frozenset[int]().union(*(_table().get(_key(piece), frozenset()) for piece in pieces if piece.strip()))


def _key(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(text).replace("'", "")))


@cache
def _yes() -> frozenset[str]:
    return frozenset(fold(word) for word in _data()["yes"].split("~"))


@cache
def _no() -> frozenset[str]:
    return frozenset(fold(word) for word in _data()["no"].split("~"))


@cache
def _data() -> dict[str, Any]:
    text = resources.files("agent.meaning").joinpath("options.yaml").read_text("utf-8")
    return yaml.load(text, yaml.BaseLoader)


@cache
def _table() -> dict[str, frozenset[int]]:
    """Every spelling to the values that it may mean; "m" is male, medium and Mr: the options decide."""
    data = _data()
    lines: list[list[str]] = [data["yes"].split("~"), data["no"].split("~")]
    lines += [line.split("~") for line in data["same"]]
    for state in data["states"].split("~"):
        short, full = state.strip().split(" ", 1)
        lines.append([short, full])
    for country in data["countries"].split(";"):
        two, three, names = country.strip().split(" ", 2)
        lines.append([two, three, *names.split("~")])
    table: dict[str, frozenset[int]] = {}
    for number, line in enumerate(lines):
        for spelling in line:
            key = _key(spelling)
            table[key] = table.get(key, frozenset()) | {number}
    return table
