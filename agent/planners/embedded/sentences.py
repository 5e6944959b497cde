"""Plain sentences to typed commands, in English and Chinese; what is not understood is returned as such."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.planners.embedded import chinese, english
from agent.planners.embedded.commands import (
    Choose,
    Command,
    Enter,
    NotUnderstood,
    Paste,
    Press,
    Put,
    Target,
    Tick,
)
from agent.planners.embedded.phrases import CLOSE, OPEN, QUOTED, plain, read_target

Rules = Sequence[tuple[re.Pattern[str], Callable[[str, re.Match[str]], list[Command] | None]]]

_QUOTES = (
    '"([^"\n]*)"',
    "“([^”\n]*)”",
    "„([^“”\n]*)[“”]",
    "«([^»\n]*)»",
    "「([^」\n]*)」",
    "『([^』\n]*)』",
    "‘([^’\n]*)’",
    "`([^`\n]*)`",
    r"(?<![\w])'([^'\n]+)'(?![\w])",
)
_QUOTED = re.compile("|".join(_QUOTES))
_ABBREVIATIONS = r"(?:mr|mrs|ms|dr|prof|st|no|nr|vs|etc|inc|ltd|e\.g|i\.e|approx|jr|sr|[a-z])"


def read_sentences(text: str) -> list[Command]:
    """The commands that a text asks for, in order; NotUnderstood for each part that means nothing known.

    Sentences and clauses are separated by full stops, semicolons, new lines, "then", and by "and" or a comma
    before a verb. Text in quotes is literal.
    """
    found: list[Command] = []
    for sentence in _sentences(protect(text)):
        place: Target | None = None
        pending: list[Command] = []
        for clause in _clauses(sentence):
            commands = read_clause(clause)
            if place is not None:
                commands = [_placed(command, place) for command in commands]
                place = None
            elif (
                commands
                and isinstance(commands[-1], NotUnderstood)
                and (leads := _PLACE.fullmatch(clause.strip(" ,，")))
            ):
                # "For user A, press Reply", "In the name field, type Ada": where the next clause happens.
                place = read_target(leads[1])
                pending = commands
                continue
            found += commands
        if place is not None:
            found += pending
    return found


_PLACE = re.compile(r"(?:for|in|inside|within|under|on|from|at|into)(?: the user)? (.+)", re.IGNORECASE)


def _placed(command: Command, place: Target) -> Command:
    """The command, done in a place that the sentence named before it."""
    match command:
        case Enter(target=None) | Choose(target=None) | Paste(target=None) if not _is_dialog(place):
            return replace(command, target=place)
        case Press(target=target) if target.relation is None:
            return replace(command, target=replace(target, relation="inside", anchor=place))
        case Enter() | Choose() | Put() | Tick() if _is_dialog(place):
            return command  # what lies in front is the dialog
        case _:
            return NotUnderstood(f"{place.said}: {command.said}", f"not understood: {command.said!r} in {place.said!r}")


def _is_dialog(place: Target) -> bool:
    return place.kind == "dialog" and not place.words


def read_clause(clause: str) -> list[Command]:
    """The commands of one clause (quotes already protected)."""
    language = chinese if re.search(r"[\u4e00-\u9fff]", QUOTED.sub("", clause)) else english
    text = language.tidy(clause.strip(" ,，"))
    if not text:
        return []
    said = plain(clause).strip(" ,，.")
    quoted = bool(QUOTED.search(clause))
    for pattern, build in language.RULES:
        match = pattern.fullmatch(text)
        if match and (commands := build(said, match)):
            if any(
                isinstance(command, Enter) and not quoted and _COMMANDS.search(command.text) for command in commands
            ):
                break  # another command in a text without quotes would be typed
            return commands
    return [NotUnderstood(said, f"not understood: {said!r}")]


_COMMANDS = re.compile(
    r"[,;]\s.*\b(?:choose|select|pick|click|press|type|enter|tick|untick|check|uncheck)\b"
    rf"|[，；,]\s*[^，；,]*(?:{chinese.SETS}|点击|单击)",
    re.IGNORECASE,
)


def protect(text: str) -> str:
    """The text with its quoted pieces between private marks, so that nothing inside them splits or matches."""
    text = text.replace(OPEN, "").replace(CLOSE, "")
    # All kinds at once: the outer quotes count, those inside them are part of the text.
    return _QUOTED.sub(lambda match: _mark(match[match.lastindex or 0]), text)


def _mark(inner: str) -> str:
    return f"{OPEN}{inner.replace(OPEN, '').replace(CLOSE, '')}{CLOSE}"


def _sentences(text: str) -> list[str]:
    """Cut at new lines, semicolons and full stops; not in numbers, addresses and abbreviations."""
    text = re.sub(r"(?m)^\s*(?:[-*•]|\d+[.)、])\s+", "", text)
    marks = [found.span() for found in QUOTED.finditer(text)]
    pieces: list[str] = []
    start = 0
    for found in re.finditer(r"[\n;；。！？]+|[.!?]+(?=\s|$)", text):
        if any(a <= found.start() < b for a, b in marks):
            continue
        before = text[start : found.start()]
        if (
            found[0] == "."
            and re.search(rf"(?:^|\s){_ABBREVIATIONS}$", before, re.IGNORECASE)
            and found.end() < len(text)
        ):
            continue
        pieces.append(before)
        start = found.end()
    pieces.append(text[start:])
    return [cleaned for piece in pieces if (cleaned := piece.strip())]


def _clauses(sentence: str) -> list[str]:
    """Cut a sentence before each verb that follows "and", "then" or a comma."""
    sentence = english.join(sentence)
    cuts = [0]
    for found in re.finditer(rf"{english.JOINT}|{chinese.JOINT}", sentence):
        outside = sentence[: found.start()].count(OPEN) == sentence[: found.start()].count(CLOSE)
        if outside and found.start() > 0:
            cuts += [found.start(), found.end()]
    cuts.append(len(sentence))
    return [piece for a, b in zip(cuts[::2], cuts[1::2], strict=True) if (piece := sentence[a:b].strip(" ,，"))]
