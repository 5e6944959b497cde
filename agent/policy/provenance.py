"""Where goal and data come from: the task and its record alone, never what is read from the screen.

What is typed must be a value of the record (or a spelling or part of one) or stand in the instructions; what is
pressed or filled must be named by a key of the record or by the instructions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, cast

from agent.meaning.dates import MONTHS, Day, parse_date, parse_month, parse_time, readings
from agent.meaning.lexicon import Unit, coverage, lexicon
from agent.meaning.options import same_option, spoken, truth
from agent.schema import Task
from agent.wording import fold, normalise

Source = Literal["record", "task", "unknown"]

NAMES = 0.5
"""How well the words of a key and of a label must agree, as in the matching of records with forms."""

_NEGATION = re.compile(
    r"\b(?:do not|don'?t|never|without|must not|mustn'?t|should not|shouldn'?t|not|nicht|kein\w*|niemals|ohne"
    r"|jamais|sans|no|nunca|sin)\b|\bn[e'] ?\w+ pas\b|不要|别|別|勿|不得|不可|禁止"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|[\n。！？；]|\b(?:but|aber|mais|pero|sondern)\b|但是?|而是")
_QUOTED = re.compile(r"\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)|「([^」]+)」|《([^》]+)》")
_COMMON = (
    "a all and as at back box button by check choose click continue dropdown enter field fields fill find first for "
    "form from go icon in into is it item its last link list menu next no of off ok on one open option or page press "
    "put record row select set tab text the them then this to type up use value values with yes you your"
)
"""Words that any instruction holds; alone they name something only where they stand in quotes or as a name."""
_PRESSED = re.compile(r"\b(?:click|press|tap|push|hit|choose|select|tick|check)(?: on)? (\w+)")
_KINDS = frozenset(
    ("the", "a", "an", "on", "all", "any", "it", "its", "that", "box", "button", "field", "form", "link", "item")
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_DRAWN_ALIKE = str.maketrans({"1": "l", "|": "l", "i": "l", "0": "o"})


def typed_from(text: str, task: Task | None) -> Source:
    """Where a text to be typed comes from; `unknown` is neither the record nor the instructions.

    A value counts in any of its spellings (dates, yes and no, codes of countries), in parts (the day of a date,
    a value that is split over fields, its first letters in a list that completes), and joined with others.
    """
    if task is None:
        return "unknown"
    if not (plain := normalise(text)):
        return "task"
    if keys_of(plain, task):
        return "record"
    if _told(plain, task.instructions):
        return "task"
    return "record" if _joined(_bare(plain), _values(task)) else "unknown"


def keys_of(text: str, task: Task | None) -> frozenset[str]:
    """The keys of the record whose value a text may be, in whole or in part."""
    if task is None or not task.record:
        return frozenset()
    plain = normalise(text)
    found = {key for key, value in task.record.items() if any(_is(plain, item) for item in _items(value))}
    return frozenset(found or {key for key, value in task.record.items() if _holds_part(plain, value)})


def names_target(text: str, task: Task | None) -> bool:
    """Whether the task names what bears this label or caption: a key, a value to choose, words of the instructions."""
    if task is None or not _bare(text):
        return False
    return bool(keys_named(text, task)) or _chosen(text, task) or _said(text, task.instructions)


def keys_named(label: str, task: Task | None) -> frozenset[str]:
    """The keys of the record that mean what a label says."""
    if task is None or not task.record:
        return frozenset()
    return frozenset(key for key in task.record if _agree(key, label) >= NAMES)


def belongs(text: str, labels: Sequence[str], task: Task | None) -> bool:
    """Whether a text may go where these labels stand: one of them names a key that the text is the value of.

    What the instructions say themselves may go wherever they name.
    """
    if task is None or not normalise(text):
        return task is not None
    told = _told(normalise(text), task.instructions)
    if told and any(_said(label, task.instructions) for label in labels):
        return True
    keys = keys_of(text, task)
    if not keys and _joined(bare := _bare(normalise(text)), _values(task)):
        # Several values in one field: those that it may be made of, not whatever else the record holds.
        keys = frozenset(
            k for k, v in (task.record or {}).items() if any(_bare(i) and _bare(i) in bare for i in _items(v))
        )
    return any(keys & keys_named(label, task) for label in labels)


# ---------------------------------------------------------------- values


def _items(value: object) -> list[str]:
    match value:
        case list() | tuple() | set() | frozenset():
            return [one for item in cast("Iterable[object]", value) for one in _items(item)]
        case dict():
            return [one for item in cast("dict[str, object]", value).values() for one in _items(item)]
        case _:
            return [spoken(value)] if spoken(value) else []


def _values(task: Task) -> tuple[str, ...]:
    return tuple(sorted({_bare(item) for value in (task.record or {}).values() for item in _items(value)} - {""}))


def _bare(text: str) -> str:
    """Letters and digits alone."""
    return "".join(c for c in fold(text) if c.isalnum())


def _is(text: str, value: str) -> bool:
    """Whether a text is a value in one of its spellings."""
    if fold(text) == fold(value) or (_bare(text) and _bare(text) == _bare(value)):
        return True
    if truth(value) is not None and truth(text) == truth(value):
        return True
    return same_option(value, text) or _same_moment(text, value) or _same_number(text, value)


def _same_moment(text: str, value: str) -> bool:
    if (time := parse_time(value)) is not None and parse_time(text) == time:
        return True
    day = parse_date(value) or parse_month(value)
    if day is None:
        return False
    return any(_short(found) == _short(day) for found in (*readings(text), parse_month(text)) if found is not None)


def _short(day: Day) -> tuple[int, int, int | None]:
    return (day.year or 0) % 100, day.month, day.day


def _same_number(text: str, value: str) -> bool:
    a, b = _amount(text), _amount(value)
    return a is not None and a == b


def _amount(text: str) -> float | None:
    plain = re.sub(r"[^\d.,-]", "", text)
    if not re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+(\.\d+)?", plain):
        return None
    return float(plain.replace(",", ""))


def _holds_part(text: str, value: object) -> bool:
    """Whether a text is part of a value: whole words of it, its beginning, a piece of a code, a part of a date."""
    return any(_part_of(text, item) for item in _items(value))


def _part_of(text: str, value: str) -> bool:
    part, whole = _bare(text), _bare(value)
    if not part:
        return False
    words = _WORD.findall(fold(text))
    if _run(words, _WORD.findall(fold(value))) or fold(value).startswith(fold(text)):
        return True
    if part.isdigit() and whole and sum(c.isdigit() for c in whole) * 2 >= len(whole) and part in whole:
        return True
    day = parse_date(value) or parse_month(value)
    return day is not None and _of_day(words, part, day)


def _of_day(words: Sequence[str], part: str, day: Day) -> bool:
    """Whether words are parts of a day, each at most once; or digits that are its parts without anything between."""
    year = f"{day.year or 0:04d}"
    month = {str(day.month), f"{day.month:02d}", *(name for name, number in MONTHS.items() if number == day.month)}
    number = {str(day.day), f"{day.day:02d}"} if day.day else set[str]()
    pieces = ({year, year[2:]}, month, number)
    left = list(pieces)
    for word in words:
        fits = next((piece for piece in left if word in piece), None)
        if fits is None:
            break
        left.remove(fits)
    else:
        return True
    d, m = f"{day.day or 0:02d}", f"{day.month:02d}"
    return part in {d + m + y for y in (year, year[2:])} | {m + d + y for y in (year, year[2:])} | {year + m + d}


def _run(words: Sequence[str], inside: Sequence[str]) -> bool:
    size = len(words)
    return size > 0 and any(list(inside[n : n + size]) == list(words) for n in range(len(inside) - size + 1))


def _joined(bare: str, values: Sequence[str]) -> bool:
    """Whether a text is nothing but values of the record, one after the other."""
    reached, todo = set[int](), [0]
    while todo:
        at = todo.pop()
        if at == len(bare):
            return bool(bare)
        if at not in reached:
            reached.add(at)
            todo += [at + len(value) for value in values if bare.startswith(value, at)]
    return False


# ---------------------------------------------------------------- names


@lru_cache(maxsize=8192)
def _agree(key: str, label: str) -> float:
    """How well a key and a label say the same, 0..1, by the lexicon's words and meanings."""
    words = lexicon()
    leaf = re.split(r"[.\[\]]+(?=\S)", key.strip().rstrip("."))[-1]
    label = words.without_repeat(label) or label
    best = 0.0
    for name in {leaf, key}:
        ours, theirs = words.units(name), words.units(label)
        if not ours or not theirs:
            continue
        if _bare(name) == _bare(label):
            return 1.0
        low, high = sorted((coverage(ours, theirs, words), coverage(theirs, ours, words) * _last_counts(ours, theirs)))
        best = max(best, 0.97 * (0.65 * low + 0.35 * high))
    return best


def _last_counts(ours: Sequence[Unit], theirs: Sequence[Unit]) -> float:
    """In a label of several known things the last one counts: "company email" is an email."""
    known = [unit for unit in theirs if unit.meanings]
    if len(known) < 2 or max(lexicon().agreement(known[-1], unit) for unit in ours) > 0.5:
        return 1.0
    return 0.6


def _chosen(text: str, task: Task) -> bool:
    """Whether a caption is an option that the record asks for."""
    items = [item for value in (task.record or {}).values() for item in _items(value)]
    return any(truth(item) is None and same_option(item, text) for item in items)


def _told(text: str, instructions: str) -> bool:
    """Whether the instructions hold a text, word for word."""
    plain, inside = fold(text), fold(instructions)
    edge = r"(?<!\w)" if plain[:1].isascii() else ""
    return re.search(edge + re.escape(plain) + (r"(?!\w)" if plain[-1:].isascii() else ""), inside) is not None


def _said(label: str, instructions: str) -> bool:
    """Whether the instructions speak of a thing by its caption, and not to forbid it."""
    words = _drawn(label)
    if not words:
        return False
    wanted = _wanted(instructions)
    if any(words == _drawn(name) for sentence in wanted for name in _names_in(sentence)):
        return True
    if all(word in _PLAIN for word in words):
        return False
    return any(_run(words, _drawn(sentence)) for sentence in wanted)


@lru_cache(maxsize=64)
def _wanted(instructions: str) -> tuple[str, ...]:
    """The sentences of the instructions, each up to where it forbids something."""
    found: list[str] = []
    for sentence in _SENTENCE.split(normalise_lines(instructions)):
        ends = [m.start() for m in _NEGATION.finditer(sentence.casefold()) if not _quoted_at(sentence, m.start())]
        found.append(sentence[: ends[0]] if ends else sentence)
    return tuple(sentence for sentence in found if sentence.strip())


def normalise_lines(text: str) -> str:
    """The text normalised line by line."""
    return "\n".join(normalise(line) for line in text.splitlines())


def _quoted_at(sentence: str, at: int) -> bool:
    return any(m.start() < at < m.end() for m in _QUOTED.finditer(sentence))


def _names_in(sentence: str) -> list[str]:
    """What a sentence gives as a name: in quotes, after a word for pressing, or with a capital within the sentence."""
    quoted = [next(filter(None, found.groups())) for found in _QUOTED.finditer(sentence)]
    pressed = [word for word in _PRESSED.findall(fold(sentence)) if word not in _KINDS]
    return [*quoted, *pressed, *re.findall(r"(?<=\w )(?:[A-Z]\w*)(?: [A-Z]\w*)*", sentence)]


def _drawn(text: str) -> tuple[str, ...]:
    """The words of a text with letters made one that an OCR confuses."""
    return tuple(w if w.isdigit() else w.translate(_DRAWN_ALIKE).replace("rn", "m") for w in _WORD.findall(fold(text)))


_PLAIN = frozenset(word for common in _COMMON.split() for word in _drawn(common))
