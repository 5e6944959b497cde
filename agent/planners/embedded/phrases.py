"""Reading the phrase that names a thing: "the 2nd red button next to Save", "“保存”按钮", "link that says Home"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from agent.planners.embedded.commands import Kind, Relation, Target

OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters that stand round quoted text, so that no pattern looks inside."""
QUOTED = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")

_ORDINAL_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINALS = {word: n for n, word in enumerate(_ORDINAL_WORDS, start=1)} | {"last": -1, "final": -1}
_CHINESE_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九十", 1)}


@cache
def _said() -> dict[str, Any]:
    text = resources.files("agent.planners.embedded").joinpath("phrases.yaml").read_text("utf-8")
    return yaml.safe_load(text)


@cache
def _articles() -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:{_said()['articles']})(?:\s+|(?<=[\u4e00-\u9fff])))+", re.IGNORECASE)


def _kinds() -> dict[Kind, str]:
    return _said()["kinds"]


def _sizes() -> dict[Literal["large", "small"], str]:
    return _said()["sizes"]


def colours() -> dict[str, str]:
    """English names of colours to the Chinese character."""
    return _said()["colours"]


def quoted_in(text: str) -> list[str]:
    """All quoted pieces of a protected text."""
    return QUOTED.findall(text)


def plain(text: str) -> str:
    """The text without the marks round quoted pieces."""
    return text.replace(OPEN, "").replace(CLOSE, "").strip()


def only_quoted(text: str) -> str | None:
    """The quoted text, if the phrase is nothing but one quoted piece."""
    found = QUOTED.fullmatch(text.strip())
    return found[1] if found else None


def said_of(part: str) -> dict[str, str]:
    """One part of the words by which sentences describe things: name to regular expression."""
    return _said()[part]


def read_target(phrase: str) -> Target:
    """The thing that a phrase names."""
    return replace(_read(phrase), phrase=phrase)


def _read(phrase: str) -> Target:
    said = plain(phrase)
    # 那一行, 所在行: "the row of it".
    text = re.sub(r"\s?(?:那|这|所在的?)一?行$", " 行", phrase.strip(" ,.，。:："))
    if (quoted := only_quoted(text)) is not None:
        return Target(said, quoted, literal=True)
    if related := _related(text):
        head, relation, anchor = read_target(related[0]), related[1], read_target(related[2])
        if not head.words and head.ordinal is None and re.search(rf"\s(?:{_said()['says']})\s", related[2]):
            # "the button in the dialog labelled OK": the button is labelled, not the dialog.
            head, anchor = replace(head, words=anchor.words, literal=anchor.literal), replace(anchor, words="")
        return replace(head, said=said, relation=relation, anchor=anchor)
    if re.fullmatch(r"[A-Z][a-z]+", text) and _described(text, said).kind:
        # "into Title": with a capital and without an article it is what the thing is called.
        return Target(said, text)
    return _described(_articles().sub("", text), said)


def _related(text: str) -> tuple[str, Relation, str] | None:
    for relation, pattern in _said()["chinese_relations"]:
        # 保存按钮左边的输入框: the anchor comes first.
        found = re.fullmatch(rf"(.+?)(?:的)?(?:{pattern})的(.+)", text)
        if found:
            return found[2], relation, found[1]
    best: tuple[int, str, Relation, str] | None = None
    for relation, pattern in _said()["relations"]:
        joint = rf"(?<=\S) (?:that is |which is |located |that are )?(?:{pattern})\s+(?=\S)"
        found = re.search(joint, text, re.IGNORECASE)
        if found and _outside(text, found.start()) and (best is None or found.start() < best[0]):
            best = (found.start(), text[: found.start()], relation, text[found.end() :])
    if best is None or not best[1].strip():
        return None
    return best[1], best[2], best[3]


def _outside(text: str, at: int) -> bool:
    return text[:at].count(OPEN) == text[:at].count(CLOSE)


def _described(text: str, said: str) -> Target:
    """The parts of a phrase without relation: number, colour, size, shape, kind, name."""
    text = re.sub(r"^(?:the )?(?:very )?(?:cent(?:er|re)|middle) of (?=\S)", "", text, flags=re.IGNORECASE)
    text = _articles().sub("", text)
    every, text = _take(rf"(?:{_said()['every']})(?: the)?", text)
    ordinal, text = _ordinal(text)
    quoted = quoted_in(text)
    named = re.search(rf"(?:^|\s|(?<=[\u4e00-\u9fff]))(?:{_said()['says']})\s?(.+)$", text, re.IGNORECASE)
    if named and not QUOTED.search(text[: named.start()]):
        words, rest = named[1], text[: named.start()]
    elif quoted:
        # A quoted name is a name, whatever words stand round it.
        words, rest = f"{OPEN}{quoted[0]}{CLOSE}", QUOTED.sub(" ", text)
    else:
        words, rest = "", re.sub(rf"\s+(?:{_said()['trailing']})$", "", text)
    colour, rest = _colour(rest)
    size, rest = _size(rest)
    drawn, _ = _shape(rest)
    kind, rest = _kind(rest, named=bool(words))
    shape, rest = _shape(rest)
    if kind == "box" and drawn and not words:
        shape = drawn
    words = words or re.sub(r"\s+", " ", _articles().sub("", rest).strip(" 的,，"))
    words = re.sub(r"^shades? of$", "", words)
    if origin := re.fullmatch(rf"(?:[a-z]+ (?:by|from)|(?:{_said()['wholes']}) of) ([A-Z@#].*)", words):
        # "the email by Ada": what is to be seen is the name.
        words = origin[1]
    return Target(
        said,
        plain(words),
        literal=bool(quoted),
        kind=kind,
        ordinal=ordinal,
        every=bool(every),
        colour=colour,
        shape=shape,
        size=size,
    )


def _take(pattern: str, text: str) -> tuple[str, str]:
    found = re.match(rf"(?:{pattern})(?:\s+|(?<=[\u4e00-\u9fff]))", text, re.IGNORECASE)
    return (found[0].strip(), text[found.end() :]) if found else ("", text)


def _ordinal(text: str) -> tuple[int | None, str]:
    if found := re.match(r"(?:the )?(\d+)(?:st|nd|rd|th)\s+", text, re.IGNORECASE):
        return int(found[1]), text[found.end() :]
    if found := re.match(r"第\s?(\d+|[一二三四五六七八九十])\s?[个個项項行条條]?(?:的)?", text):
        number = int(found[1]) if found[1].isdigit() else _CHINESE_DIGITS[found[1]]
        return number, text[found.end() :]
    if found := re.match(r"(最后|末)一?[个個项行条]?(?:的)?", text):
        return -1, text[found.end() :]
    # "First name" is a field; "first field" is the first of them.
    found = re.match(rf"({'|'.join(_ORDINALS)})\s+(?=\S)", text, re.IGNORECASE)
    if found and not re.match(r"\S+ ?names?\b", text, re.IGNORECASE):
        return _ORDINALS[found[1].lower()], text[found.end() :]
    return None, text


def _colour(text: str) -> tuple[str, str]:
    if found := re.search(rf"\b({'|'.join(colours())})(?:[- ]?colou?red)?\b", text, re.IGNORECASE):
        name = found[1].lower()
        return ("grey" if name == "gray" else name), f"{text[: found.start()]} {text[found.end() :]}"
    for name, chinese in colours().items():
        if found := re.search(rf"{chinese}色的?", text):
            return name, text[: found.start()] + text[found.end() :]
    return "", text


def _size(text: str) -> tuple[Literal["", "large", "small"], str]:
    for size, words in _sizes().items():
        if found := re.match(rf"\s*(?:{words})(?:\s+|(?<=的))", text, re.IGNORECASE):
            return size, text[found.end() :]
    return "", text


def _kind(text: str, *, named: bool) -> tuple[Kind | None, str]:
    """The word for the kind at the end ("Save button") or the beginning ("button Save") of a phrase."""
    text = text.strip(" ,，的")
    ends = list(_kinds_in(text, r"(?:^|(?<=\s)|(?<=[^\x00-\x7f]))(?:{})s?$"))
    if ends:
        found, kind = max(ends, key=lambda end: len(end[0][0]))
        return kind, text[: found.start()].strip()
    starts = list(_kinds_in(text, r"^(?:{})s?(?: (?:of|for|with))?(?=\s|$)"))
    if starts:
        found, kind = max(starts, key=lambda start: len(start[0][0]))
        rest = text[found.end() :].strip()
        # "button ONE" names a button; "Text size" or "select all" do not begin with a kind.
        single = kind in ("button", "link", "tab", "checkbox", "radio", "icon", "option") and " " not in rest
        if named or (found[0] == found[0].lower() and (single or re.match(r"[^a-z]", rest))):
            return kind, rest
    return None, text


def _kinds_in(text: str, frame: str) -> Iterator[tuple[re.Match[str], Kind]]:
    for kind, words in _kinds().items():
        if found := re.search(frame.replace("{}", words), text, re.IGNORECASE):
            yield found, kind


def _shape(text: str) -> tuple[str, str]:
    for shape, words in _said()["shapes"].items():
        if found := re.search(rf"(?:^|(?<=\s)|(?<=[^\x00-\x7f]))(?:{words})s?$", text.strip(), re.IGNORECASE):
            return shape, text.strip()[: found.start()]
    return "", text


def read_targets(phrase: str) -> tuple[Target, ...]:
    """The things that a list names: "A, B and C", "the boxes A and B"; a kind said once goes for all."""
    pieces = split_list(phrase)
    if len(pieces) == 1:
        return (read_target(phrase),)
    found = [read_target(piece) for piece in pieces]
    kind = found[0].kind or found[-1].kind
    return tuple(replace(target, kind=target.kind or kind) for target in found)


def split_list(phrase: str) -> list[str]:
    """The pieces of a list joined by commas and "and"; quoted text stays whole."""
    pieces: list[str] = []
    for piece in re.split(r"\s*[,，、]\s*(?:and\s+|以及|和)?|\s+and\s+|以及|(?<=\S)和(?=\S)", _masked(phrase)):
        if piece.strip():
            pieces.append(_unmasked(piece.strip(), phrase))
    return pieces or [phrase]


def _masked(phrase: str) -> str:
    """Quoted pieces as one private character each, so that no comma in them splits."""
    counter = iter(range(256))
    return QUOTED.sub(lambda _: chr(0xE100 + next(counter)), phrase)


def _unmasked(piece: str, phrase: str) -> str:
    quoted = [found[0] for found in QUOTED.finditer(phrase)]
    return re.sub("[\ue100-\ue1ff]", lambda found: quoted[ord(found[0]) - 0xE100], piece)
