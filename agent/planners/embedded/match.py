"""Matching a record's keys with the fields of a form, one to one, by all the evidence; abstains on a tie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from agent.meaning.lexicon import lexicon
from agent.planners.embedded.assignment import assign, rival
from agent.planners.embedded.evidence import THRESHOLD, Key, Score, repeats, score
from agent.planners.embedded.partition import Place, divided, joined_addresses, joined_phone
from agent.planners.embedded.targets import Target, TargetKind, targets_of
from agent.schema import Element

MARGIN = 0.08
"""Two ways to fill the form that differ by less are equally good."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and the elements that take its value."""

    key: str
    ids: tuple[int, ...]
    """One control; or all radios or checkboxes of a set, or the boxes of a date, in the order of the form."""
    score: float
    """0.5 to 1."""
    why: str
    kind: TargetKind
    """`field` (text, list, slider ...), `check` (one checkbox or switch), `radios`, `checks`, `date`."""
    parts: str = ""
    """For `date`: the order of the boxes, such as `dmy`."""
    meaning: str = ""
    """The shape of value that the field is known to take (`email`, `date`, `number`, `secret` ...), or empty."""
    written: str | None = None
    """What to write in place of the record's value: a part of a name, or several keys joined."""
    repeat: bool = False
    """A second box for a value that has its own pair."""
    also: tuple[str, ...] = ()
    """Further keys whose values `written` holds."""


class Ambiguity(NamedTuple):
    """A key that fits several targets equally (or a target that several keys fit)."""

    key: str
    candidates: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """How a record fits a view of a form."""

    pairs: tuple[Pair, ...] = ()
    ambiguous: tuple[Ambiguity, ...] = ()
    unmatched_keys: tuple[str, ...] = ()


def match_fields(
    record: Mapping[str, Any], elements: Iterable[Element], *, last: bool = False, final: bool = False
) -> Matching:
    """Match keys with the fields on a view, one to one, so that the whole fits best.

    Call it again with the remaining keys for every new view. With `last` (there will be no other view) the parts of
    an address may be joined in one field. With `final` (and nothing else fits on it) a full name may be split over
    two boxes, or joined from two keys, at a lower score. A key that two targets fit within MARGIN is `ambiguous` and
    gets none.
    """
    elements = list(elements)
    keys = [Key.of(name, value) for name, value in record.items()]
    targets = targets_of(elements)
    table = [[score(key, target) for target in targets] for key in keys]
    scores = [[cell.value for cell in line] for line in table]
    taken = _settle(scores, targets)
    ambiguous = _ties(keys, targets, scores, taken)
    unclear = {tie.key for tie in ambiguous}
    places = [
        (row, Place(key, targets[column]))
        for row, (key, column) in enumerate(zip(keys, taken, strict=True))
        if column is not None and key.name not in unclear
    ]
    pairs = [_pair(key, target, table[row][targets.index(target)]) for row, (key, target) in places]
    free = [target for n, target in enumerate(targets) if n not in taken]
    pairs = _pieced(keys, pairs, [place for _, place in places], free, unclear, last=last or final)
    pairs += _repeated(keys, pairs, free)
    if final:
        matched = {pair.key for pair in pairs} | unclear
        pairs += _names([key for key in keys if key.name not in matched], pairs, keys, free)
    return _matching(keys, pairs, ambiguous)


def _pair(key: Key, target: Target, found: Score) -> Pair:
    return Pair(key.name, target.ids, round(found.value, 3), found.why, target.kind, target.parts, found.meaning)


def _pieced(
    keys: Sequence[Key], pairs: list[Pair], places: list[Place], free: list[Target], unclear: set[str], *, last: bool
) -> list[Pair]:
    """The pairs, with those changed whose value the form asks for in other pieces than the record has."""
    pieces = divided(places, free)
    if last:
        met = {pair.key for pair in pairs} | unclear
        left = [key for key in keys if key.name not in met]
        pieces += joined_addresses(places, left, keys) + joined_phone(left, places)
    told = {piece.target.ids for piece in pieces}
    for piece in pieces:
        if piece.target in free:
            free.remove(piece.target)
    return [pair for pair in pairs if pair.ids not in told] + [
        Pair(p.key, p.target.ids, 0.5, p.why, p.target.kind, meaning=p.meaning, written=p.text, also=p.also)
        for p in pieces
    ]


def _settle(scores: list[list[float]], targets: Sequence[Target]) -> list[int | None]:
    """The best assignment in which no element serves twice (alone and in its set); `scores` loses what was dropped."""
    while True:
        taken = assign(scores, THRESHOLD)
        best = {column: scores[row][column] for row, column in enumerate(taken) if column is not None}
        clash = next(
            ((a, b) for a in best for b in best if a < b and set(targets[a].ids) & set(targets[b].ids)),
            None,
        )
        if clash is None:
            return _drop_members(scores, targets, taken)
        loser = min(clash, key=lambda column: best[column])
        for line in scores:
            line[loser] = 0.0


def _drop_members(scores: list[list[float]], targets: Sequence[Target], taken: list[int | None]) -> list[int | None]:
    """A set that is matched is no rival of its own members, and the other way round."""
    used = {n for n in taken if n is not None}
    for column, target in enumerate(targets):
        if column not in used and any(set(target.ids) & set(targets[n].ids) for n in used):
            for line in scores:
                line[column] = 0.0
    return taken


def _ties(
    keys: Sequence[Key], targets: Sequence[Target], scores: list[list[float]], taken: list[int | None]
) -> list[Ambiguity]:
    """Keys whose place could as well be another; all keys of such an exchange are unclear."""
    found: dict[str, set[int]] = {}
    for row, column in enumerate(taken):
        if column is None:
            continue
        other = rival(scores, taken, row, THRESHOLD)
        if other is None or other[0] >= MARGIN:
            continue
        for n, (ours, theirs) in enumerate(zip(taken, other[1], strict=True)):
            if ours != theirs:
                found.setdefault(keys[n].name, set()).update(c for c in (ours, theirs) if c is not None)
    return [Ambiguity(key, tuple(targets[n].ids for n in sorted(columns))) for key, columns in found.items()]


def _repeated(keys: Sequence[Key], pairs: Sequence[Pair], free: list[Target]) -> list[Pair]:
    """The second box for a value ("Confirm email"), given to the key of the first one."""
    found: list[Pair] = []
    for target in [target for target in free if target.repeat]:
        fits = [
            (repeats(key, target), pair)
            for pair in pairs
            for key in keys
            if key.name == pair.key and pair.kind == "field" and not key.repeat
        ]
        fits = sorted((fit for fit in fits if fit[0] >= 0.6), key=lambda fit: -fit[0])
        if fits and (len(fits) == 1 or fits[0][0] - fits[1][0] >= MARGIN):
            value, pair = fits[0]
            why = f"asks once more for {pair.key}"
            found.append(replace(pair, ids=target.ids, score=round(value, 3), why=why, repeat=True))
            free.remove(target)
    return found


def _names(left: list[Key], pairs: Sequence[Pair], keys: Sequence[Key], free: list[Target]) -> list[Pair]:
    """A full name over two boxes, or a first and last name in one, where the form has no other place."""
    words = lexicon()

    def boxes(meaning: str) -> list[Target]:
        return [t for t in free if t.kind == "field" and meaning in words.meaning(t.label) and not t.repeat]

    def named(meaning: str) -> list[Key]:
        return [key for key in left if meaning in key.meanings and isinstance(key.value, str)]

    given, family, full = boxes("given-name"), boxes("family-name"), boxes("name")
    for key in named("name"):
        parts = str(key.value).split()
        if len(parts) == 2 and len(given) == len(family) == 1 and given != family:
            why = "the form has no place for a full name; split into first and last"
            return [
                Pair(key.name, target.ids, 0.5, why, "field", meaning="name", written=text)
                for target, text in zip((given[0], family[0]), parts, strict=True)
            ]
    first, last = named("given-name"), named("family-name")
    if len(first) == len(last) == len(full) == 1 and first != last:
        why = "the form has one place for the name; joined from first and last"
        text = f"{first[0].value} {last[0].value}"
        return [Pair(first[0].name, full[0].ids, 0.5, why, "field", meaning="name", written=text, also=(last[0].name,))]
    return []


def _matching(keys: Sequence[Key], pairs: Sequence[Pair], ambiguous: Sequence[Ambiguity]) -> Matching:
    met = {name for pair in pairs for name in (pair.key, *pair.also)} | {tie.key for tie in ambiguous}
    return Matching(tuple(pairs), tuple(ambiguous), tuple(key.name for key in keys if key.name not in met))
