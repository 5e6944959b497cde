"""Other readings of a phrase that, taken as it stands, names nothing on the screen: by use, by owner, by place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from agent.icons.marks import named
from agent.planners.embedded.commands import Target
from agent.planners.embedded.phrases import CLOSE, OPEN, plain, read_target, said_of

DEPTH = 3
"""Readings of readings are tried so deep."""
MADE = "~"
"""Stands in the phrase of a reading that was put together here, and that is not read once more."""


def _words(key: str) -> str:
    return said_of("described")[key]


def first_readings(target: Target) -> Iterator[Target]:
    """What a phrase means before all else, if it is found: a drawing by its owner or its place, a caption as it is."""
    text = (target.phrase or target.said).strip(" ,.，。")
    if MADE in text:
        return
    if is_deed(text):
        for other in _done_to(text):
            yield replace(other, said=target.said)
    if target.literal and not target.relation:
        for other in (*_of_drawing(text), *_quoted_of(text)):
            yield replace(other, said=target.said)
        return
    if _is_caption(text) and (target.ordinal is not None or target.relation or target.kind):
        yield Target(target.said, plain(text), literal=True, phrase=f"{OPEN}{plain(text)}{CLOSE}", exact=True)
    for reading in (_placed, _of_drawing):
        for other in reading(text):
            yield replace(other, said=target.said)


def readings(target: Target) -> Iterator[Target]:
    """What the phrase of a target may mean otherwise, the most literal first."""
    text = (target.phrase or target.said).strip(" ,.，。")
    if MADE in text:
        return
    picked = re.match(rf"(?:{_words('ticks')})\s", text, re.IGNORECASE)
    ways = (_called, _owned, _done_to) if picked else (_called, _owned, _done_to, _wanted, _bare, _used)
    for reading in ways:
        for other in reading(text):
            if (other.words or other.kind) and (other.phrase or other.said) != text:
                yield replace(other, said=target.said)


def is_deed(text: str) -> bool:
    """Whether a phrase says what is to be done to something quoted, which is not itself what is to be pressed."""
    deeds = f"{_words('deeds')}|{_words('ticks')}|select"
    return bool(re.match(rf"(?:{deeds})\s[^{OPEN}]*{OPEN}[^{CLOSE}]+{CLOSE}$", text, re.IGNORECASE))


def by_deed(target: Target) -> Iterator[Target]:
    """The controls that a phrase such as "delete the row of X" may mean."""
    text = target.phrase.strip(" ,.，。")
    yield from _done_to(text)
    yield from _used(text)


def _is_caption(text: str) -> bool:
    return bool(re.match(r"[A-Z][^\ue000]*$", text)) and not re.match(r"(?:The|A|An|All|Both|Every|Any)\b", text)


def _placed(text: str) -> Iterator[Target]:
    """ "The avatar at the top right", "the star in the header"."""
    for name, pattern in said_of("places").items():
        if (found := re.fullmatch(rf"(.+?),?\s+(?:{pattern})", text, re.IGNORECASE)) and _closed(found[1]):
            rest = read_target(found[1])
            yield replace(rest, place=f"{name} {rest.place}".strip())


def _of_drawing(text: str) -> Iterator[Target]:
    """ "The bin of the card X", "the heart of X": an icon that belongs to something, and no text."""
    found = re.fullmatch(rf"(.+?)\s+(?:{_words('row_of')}|{_words('of')})\s+(.+)", text, re.IGNORECASE)
    if found and _closed(found[1]) and named(plain(found[1])) and _is_name(found[2]):
        yield from _belonging(found[1], found[2])


def _quoted_of(text: str) -> Iterator[Target]:
    """ "“Details” of Harbour Cafe": a quoted control that belongs to something named behind it."""
    kinds = r"(?: (?:button|link|icon|checkbox|switch|tab))?"
    found = re.fullmatch(rf"((?:the )?{OPEN}[^{CLOSE}]+{CLOSE}{kinds}) (?:of|for|on|at|from) (.+)", text)
    if found and _is_name(found[2]):
        yield replace(
            read_target(found[1]), relation="belongs", anchor=read_target(found[2]), phrase=f"{MADE} {found[2]}"
        )


def _owned(text: str) -> Iterator[Target]:
    """ "The checkbox for the mail from X", "the menu in the Savings row"."""
    for joint in (_words("row_of"), _words("of")):
        for found in re.finditer(rf"\s+(?:{joint})\s+", text, re.IGNORECASE):
            head, owner = text[: found.start()], text[found.end() :]
            if _closed(head) and owner:
                yield from _belonging(head, owner)
    if found := re.fullmatch(rf"(.+?)\s+(?:in|of|on) the (.+) (?:{_words('holders')})", text, re.IGNORECASE):
        yield from _belonging(found[1], found[2])


def _belonging(head: str, owner: str) -> Iterator[Target]:
    thing = read_target(head)
    if named(plain(head)) and thing.kind not in ("icon", "button"):
        words = re.sub(r"^(?:the|a|an)\s+", "", plain(head), flags=re.IGNORECASE)
        thing = Target(words, words)  # "more options" are no options
    if named(plain(head)) or (thing.kind and not thing.words and thing.ordinal is None):
        yield replace(thing, relation="belongs", anchor=read_target(owner), phrase=f"{head} {MADE} {owner}")


def _done_to(text: str) -> Iterator[Target]:
    """ "Delete X", "download invoice X": the icon or button for it that belongs to X."""
    if (found := re.fullmatch(rf"({_words('deeds')})\s+(.+)", text, re.IGNORECASE)) and _is_name(found[2]):
        yield replace(_control(found[1]), relation="belongs", anchor=read_target(found[2]), phrase=f"{found[1]} {MADE}")
    if found := re.fullmatch(rf"({_words('ticks')}|select)\s+(.+)", text, re.IGNORECASE):
        owner = read_target(found[2])
        yield Target(text, kind="checkbox", relation="belongs", anchor=owner, phrase=f"{found[1]} {MADE}")
    if found := re.fullmatch(r"(?:add|put|place)\s+(.+?)\s+(?:to|in|into|on)\s+(.+)", text, re.IGNORECASE):
        what = re.sub(r"^(?:the|my|your)\s+", "", found[2], flags=re.IGNORECASE)
        owner = read_target(found[1])
        for words in (f"add to {what}", what.rstrip("s"), what):
            yield replace(_control(words), relation="belongs", anchor=owner, phrase=f"{words} {MADE}")


def _wanted(text: str) -> Iterator[Target]:
    """ "Go to invoices", "sort by name": the thing itself is what is pressed."""
    found = re.match(rf"(?:{_words('goes')})\s+(?=\S)", text, re.IGNORECASE)
    if found and not re.search(rf"\b(?:{_words('counted')})\b", text, re.IGNORECASE):
        yield replace(read_target(text[found.end() :]), exact=True)


def _bare(text: str) -> Iterator[Target]:
    """ "The card X", "the mail about X", "the Museums chip": the name without the word for what it is."""
    nouns, joints, article = _words("nouns"), _words("joints"), r"(?:(?:the|a|an|my|this)\s+)?"
    found = re.fullmatch(rf"{article}(?:[a-z]+ )?(?:{nouns})(?:\s+({joints}))?\s+(.+)", text, re.IGNORECASE)
    if found and (found[1] or re.match(rf"{OPEN}|[A-Z0-9#]", found[2]) or "." in found[2]):
        yield replace(read_target(found[2]), exact=not found[1], literal=True)
    if found := re.fullmatch(
        rf"{article}(?:{nouns}) (?:whose|where|with)(?: the)? [a-z -]+ {_words('being')} (.+)", text
    ):
        yield replace(read_target(found[1]), exact=True, literal=True)
    found = re.fullmatch(rf"{article}(.+?)\s+(?:{nouns}|{_words('parts')})", text, re.IGNORECASE)
    if found and not re.match(
        rf"(?:{_words('deeds')}|{_words('goes')}|{_words('uses')}|insert)\b", found[1], re.IGNORECASE
    ):
        yield replace(read_target(found[1]), exact=True, literal=True)


def _called(text: str) -> Iterator[Target]:
    """The same by another name ("log in", "sign in"), a search bar as the field it is, an icon by all its words."""
    phrase = re.sub(r"^(?:the|a|an)\s+", "", text, flags=re.IGNORECASE)
    for group in _words("same").split(";"):
        names = [name.strip() for name in group.split("|")]
        if phrase.lower() in names:
            for name in names:
                if name != phrase.lower():
                    yield Target(text, name, phrase=f"{name} {MADE}", exact=True)
    if bar := re.fullmatch(r"(.+) bar", phrase, re.IGNORECASE):
        yield replace(read_target(f"{bar[1]} field"), phrase=f"{bar[1]} field")
    if named(phrase, whole=True):
        yield Target(text, phrase, kind="icon", phrase=f"icon {MADE} {phrase}")


def _used(text: str) -> Iterator[Target]:
    """ "Attach a file", "send the money": what does it, if one thing on the screen is called so or drawn so."""
    what = r"(?:(?:a|an|the|this|my|some)\s+[a-z -]+|[a-z]+)"
    found = re.fullmatch(rf"(?:((?i:{_words('uses')}))\s+{what}|([A-Za-z][a-z]+)\s+(?:it|this|that))", text)
    if found and not re.search(rf"\b(?:{_words('counted')})\b", text):
        yield _control(found[1] or found[2], alone=True)


def _control(words: str, *, alone: bool = False) -> Target:
    return Target(words, words, kind="button", phrase=f"{words} {MADE}", alone=alone, exact=True)


def _is_name(text: str) -> bool:
    return bool(re.search(rf"[A-Z0-9{OPEN}]|\w\.\w", text)) or not re.match(r"(?:a|an|it|this|that|some|one)\b", text)


def _closed(text: str) -> bool:
    return text.count(OPEN) == text.count(CLOSE) and bool(text.strip())
