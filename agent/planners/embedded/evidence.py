"""How well one key of a record fits one target of a form: words, meanings, sections, and the value itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from agent.meaning.lexicon import Unit, coverage, lexicon
from agent.meaning.options import choose_option, same_option, truth
from agent.planners.embedded.targets import Target
from agent.planners.embedded.values import Shape, items_of, shape_of
from agent.wording import fold, normalise

THRESHOLD = 0.5
"""Less than this is no match."""
_OTHER_SECTION = -0.4
_LOCKED = 0.4


_OR = re.compile(r"\s+(?:or|oder|ou)\s+|\s*(?:或|または)\s*", re.I)
"""What stands between the things of which a field takes any ("Email or mobile number")."""


class Score(NamedTuple):
    """0 (no fit) to 1, with the strongest reason and the kind of value that the field is known to take."""

    value: float
    why: str = ""
    meaning: str = ""


class Phrase(NamedTuple):
    """Words that may name a field or key: what they say themselves, and what stands around them."""

    core: Sequence[Unit]
    context: Sequence[Unit]
    weight: float
    source: str


@dataclass(frozen=True)
class Key:
    """A key of the record with its value, as words."""

    name: str
    value: object
    shape: Shape
    repeat: bool

    @classmethod
    def of(cls, name: str, value: object) -> Key:
        shape, words = shape_of(value), lexicon()
        # "Would buy again" is a question of its own; a yes or no is asked for once.
        return cls(name, value, shape, shape != "bool" and words.says_repeat(name) and not words.meaning(name))

    @cached_property
    def leaf(self) -> str:
        # A point inside a nested key divides it; one that ends a word ("Tel. no.") is part of a heading.
        pieces = re.split(r"\.(?=\S)", self._bare)
        return ".".join(pieces[-2:]) if pieces[-1].isdigit() else pieces[-1]

    @property
    def _bare(self) -> str:
        return self.name.strip().rstrip(".")

    @cached_property
    def path(self) -> str:
        return self._bare[: -len(self.leaf)].rstrip(".") if self.leaf else ""

    @cached_property
    def meanings(self) -> frozenset[str]:
        """What the key as a whole means, if it is one known thing."""
        return lexicon().meaning(self.leaf) or lexicon().meaning(self.name)

    @cached_property
    def sections(self) -> frozenset[int]:
        return lexicon().sections_of(self.name)

    @cached_property
    def phrases(self) -> list[Phrase]:
        words = lexicon()
        path = words.units(self.path)
        found = [Phrase(words.units(self.leaf), path, 1.0, "name")]
        if path:
            found.append(Phrase(words.units(self.name), (), 1.0, "name"))
        # The value itself names its field, where the key says nothing known ("contact: a@b.org").
        if spoken := {"email": "email", "url": "website", "tel": "phone"}.get(self.shape):
            found.append(Phrase(words.units(spoken), words.units(self.name), 0.6, "value"))
        return found


def score(key: Key, target: Target) -> Score:
    """How well the key fits the target, by words and by value."""
    # Only what is typed is asked for once more; "Would you come again?" is a question.
    if key.repeat != target.repeat and target.kind == "field":
        return Score(0.0)
    words, why = _by_words(key.phrases, _phrases(target))
    options, option_why = _by_options(key, target)
    meaning = kind_of(target)
    if words <= 0 and options <= 0:
        return Score(0.0, "", meaning)
    value = max(words + _sections(key, target), options)
    value += _fit(key, target, meaning) + (0.06 if words > 0 and options > 0 else 0.0)
    value = _if_changeable(max(0.0, min(1.0, value)), target)
    return Score(value, option_why if options > words else why, meaning)


def _if_changeable(value: float, target: Target) -> float:
    """A control drawn as unchangeable stands behind any like one that is not; alone it is still what is meant.

    Then it is reported with that reason. A grey dropdown is mostly just drawn so.
    """
    locked = all(e.state.disabled or e.state.readonly for e in target.elements)
    if value < THRESHOLD or not locked or target.role in ("combobox", "listbox"):
        return value
    return max(THRESHOLD, value - _LOCKED)


def repeats(key: Key, target: Target) -> float:
    """How well a second box for a value fits a key, by what it says beside "confirm"."""
    units = lexicon().units(lexicon().without_repeat(target.label))
    value, _ = _by_words(key.phrases, [Phrase(units, (), 1.0, "label")])
    return value


def kind_of(target: Target) -> str:
    """The shape of value that the target is known to take (`email`, `date` ...), or empty."""
    words = lexicon()
    if _alternatives(target):
        return ""
    # A placeholder that is one known thing says more than a sentence over the field.
    plain = words.meaning(target.hint) and not words.meaning(target.label)
    if (said := words.meaning(target.label)) and (asked := words.meaning(target.hint)) and not said & asked:
        return ""  # "From" may be a day or a person
    label, hint = ("", target.hint) if plain else (target.label, "" if target.label else target.hint)
    for text in (label, hint, f"{target.group} {target.label}"):
        known = [unit for unit in words.units(text) if unit.meanings]
        kinds = {words.kinds[meaning] for unit in known[-1:] for meaning in unit.meanings}
        if len(kinds) == 1:
            return kinds.pop()
    return ""


def _phrases(target: Target) -> list[Phrase]:
    words = lexicon()
    label, group, hint = (words.units(text) for text in (target.label, target.group, target.hint))
    found = [Phrase(label, group, 1.0, "label")] if label else []
    if label and group:
        found.append(Phrase(words.units(f"{target.group} {target.label}"), (), 0.97, "group and label"))
    found += [Phrase(words.units(piece), group, 0.85, "one of what the label names") for piece in _alternatives(target)]
    if hint:
        found.append(Phrase(hint, [*label, *group], 0.9 if not label else 0.75, "hint"))
    if group and not label:
        found.append(Phrase(group, (), 0.8, "group"))
    elif group and target.alone and (len(label) > 3 or not any(unit.meanings for unit in label)):
        # A heading of one field only is its name, where its own label is a sentence.
        found.append(Phrase(group, label, 0.75, "group"))
    return found + _part_phrase(target)


def _alternatives(target: Target) -> list[str]:
    """The things of which a field takes any, where its label names several that are known and mean different things."""
    if target.kind != "field" or lexicon().meaning(target.label):
        return []
    pieces = [piece for piece in _OR.split(target.label) if piece.strip()]
    meant = [lexicon().meaning(piece) for piece in pieces]
    apart = all(not one & other for n, one in enumerate(meant) for other in meant[:n])
    return pieces if len(pieces) > 1 and all(meant) and apart else []


def _part_phrase(target: Target) -> list[Phrase]:
    """The day box under "Date of birth" is the day of birth."""
    words = lexicon()
    part = {"d": "day", "m": "month", "y": "year"}.get(target.part, "")
    meant = frozenset(f"{meaning}-{part}" for meaning in words.meaning(target.group)) & words.kinds.keys()
    return [Phrase([Unit(part, meant)], (), 1.0, "group and part")] if meant else []


def _by_words(keys: Iterable[Phrase], targets: Sequence[Phrase]) -> tuple[float, str]:
    best, why = 0.0, ""
    for key in keys:
        for target in targets:
            value = key.weight * target.weight * _agreement(key, target)
            if value > best:
                best, why = value, f"{key.source} and {target.source} agree"
    return best, why


def _agreement(key: Phrase, target: Phrase) -> float:
    words = lexicon()
    if not key.core or not target.core:
        return 0.0
    if "".join(u.surface for u in key.core).replace(" ", "") == "".join(u.surface for u in target.core).replace(
        " ", ""
    ):
        return 1.0
    if len(said := _words(key)) > 1 and said == _words(target):
        return 0.97  # "arrival time", "time of arrival"
    if not coverage(key.core, target.core, words):
        return 0.0
    said = coverage(key.core, [*target.core, *target.context], words)
    asked = coverage(target.core, [*key.core, *key.context], words) * _head(key, target)
    low, high = sorted((said, asked))
    return 0.97 * (0.65 * low + 0.35 * high)


def _words(phrase: Phrase) -> list[str]:
    """The words that a phrase is made of, whatever their order."""
    return sorted(word for unit in phrase.core for word in unit.surface.split() if word != "of")


def _head(key: Phrase, target: Phrase) -> float:
    """In a label of several known things the last one counts: "company email" is an email."""
    known = [unit for unit in target.core if unit.meanings]
    if len(known) < 2:
        return 1.0
    agreed = max((lexicon().agreement(known[-1], unit) for unit in (*key.core, *key.context)), default=0.0)
    return 1.0 if agreed > 0.5 else 0.6


def _sections(key: Key, target: Target) -> float:
    """Billing is not shipping; a section that only one side names says little."""
    ours, theirs = key.sections, lexicon().sections_of(f"{target.group} {target.label}")
    if ours and theirs:
        return 0.08 if ours & theirs else _OTHER_SECTION
    return -0.05 if ours or theirs else 0.0


def _by_options(key: Key, target: Target) -> tuple[float, str]:
    """What the labels of a set's options say: the value of the key stands among them."""
    if target.kind == "checks" and key.shape == "list":
        items = items_of(key.value)
        found = [choose_option(item, target.options).index is not None for item in items]
        return (0.6 if found and all(found) else 0.0), "its values are options here"
    if target.kind in ("radios", "checks") and key.shape not in ("bool", "list", "empty", "number"):
        choice = choose_option(key.value, target.options)
        exact = choice.how in ("same", "case", "alike")
        return (0.55 if exact else 0.0), "its value is an option here"
    if target.kind == "check" and key.shape == "text" and same_option(key.value, target.label):
        return 0.6, "its value is the label"
    return 0.0, ""


def _fit(key: Key, target: Target, meaning: str) -> float:
    """What the value says for or against the control."""
    match target.kind:
        case "check":
            return _fit_check(key, target)
        case "radios" | "checks":
            return _fit_set(key, target)
        case "date":
            return 0.1 if key.shape in ("date", "datetime", "month", "empty") else -0.6
        case "field":
            return _fit_field(key, target) + _fit_meaning(key, target, meaning)


def _fit_check(key: Key, target: Target) -> float:
    if key.shape == "empty":
        return -0.2
    if truth(key.value) is not None:
        return 0.08
    return 0.0 if key.shape == "text" and same_option(key.value, target.label) else -0.6


def _fit_set(key: Key, target: Target) -> float:
    if key.shape == "empty":
        return 0.0
    if target.kind == "radios":
        if key.shape == "list":
            return -0.5
        return 0.08 if choose_option(key.value, target.options).index is not None else -0.5
    items = items_of(key.value)
    fits = sum(choose_option(item, target.options).index is not None for item in items)
    if fits < len(items):
        return -0.5
    return 0.1 if key.shape == "list" else -0.02


def _fit_field(key: Key, target: Target) -> float:
    role, shape = target.role, key.shape
    if target.part and shape in ("date", "datetime", "month", "email", "url", "tel", "bool", "list"):
        return -0.6
    match role:
        case "slider":
            return 0.05 if shape == "number" else -0.6
        case "spinbutton":
            return 0.05 if shape in ("number", "date", "time", "empty") else -0.4
        case "listbox":
            return 0.05 if shape in ("list", "text", "bool", "empty", "number") else -0.4
        case "combobox":
            return {"list": -0.3, "long": -0.3, "email": -0.4, "url": -0.3, "text": 0.02}.get(shape, 0.0)
        case "textarea":
            return {"long": 0.06, "bool": -0.3, "email": -0.1, "date": -0.2}.get(shape, 0.0)
        case _:
            return {"bool": -0.3, "list": -0.1, "long": -0.1}.get(shape, 0.0)


def _fit_meaning(key: Key, target: Target, meaning: str) -> float:
    """A field that is known to take emails, dates, numbers ... takes nothing else."""
    text = normalise(str(key.value)) if key.shape not in ("empty", "list", "bool") else ""
    digits = any(c.isdigit() for c in text)
    if not text:
        return 0.0
    match meaning:
        case "email":
            return 0.0 if "@" in text else -0.35
        case "tel":
            return 0.0 if digits and key.shape not in ("email", "date", "url") else -0.35
        case "date" | "time" | "month":
            named = key.shape == "text" and target.role in ("combobox", "listbox")
            return 0.0 if named or (digits and key.shape not in ("email", "tel", "url")) else -0.35
        case "number":
            other = key.shape in ("email", "date", "datetime", "url")
            return -0.35 if other or (not digits and target.role != "combobox") else 0.0
        case "url":
            return 0.0 if "." in text and key.shape != "email" else -0.35
        case "name":
            return -0.35 if key.shape in ("email", "date", "datetime", "url", "tel") else 0.0
        case _:
            return -0.3 if key.shape in ("date", "datetime", "email") and meaning in ("choice", "bool") else 0.0


def describe(target: Target) -> str:
    """A target in words, for a person: its label and the group it stands in."""
    own = target.label or target.hint or fold(target.role)
    return f"{own} ({target.group})" if target.group and target.group != own else own
