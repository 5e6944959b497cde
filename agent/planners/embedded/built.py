"""Building commands from the pieces that the English rules have cut out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from agent.planners.embedded.commands import (
    Choose,
    Command,
    DragTo,
    Enter,
    FillForm,
    Find,
    Keys,
    Lookup,
    Open,
    Press,
    Put,
    Roll,
    Search,
    Source,
    Target,
    Tick,
)  # fmt: skip
from agent.planners.embedded.described import by_deed
from agent.planners.embedded.keys import chord
from agent.planners.embedded.phrases import CLOSE, OPEN, QUOTED, plain, quoted_in, read_target, read_targets, split_list

Builder = Callable[[str, re.Match[str]], list[Command] | None]
_FIELD_PREPOSITION = re.compile(r"\s(?:into|inside of|inside|in to|in|to|on|as|for|at)\s", re.IGNORECASE)
_CONTAINERS = ("section", "row", "dialog", "tab", "menu")


def press(said: str, m: re.Match[str]) -> list[Command] | None:
    phrase, times = m["target"], m.groupdict().get("times") or ""
    count = 2 if "double" in m["verb"].lower() else 1
    number = {"twice": 2, "once": 1, "three times": 3}.get(times.strip().lower()) or int(
        (re.findall(r"\d+", times) or ["1"])[0]
    )
    keys = chord(plain(phrase)) if m["verb"].lower() in ("press", "hit", "push", "tap") and OPEN not in phrase else None
    if keys is not None and (keys.certain or m.groupdict().get("key")):
        return [Keys(said, keys.keys, number)]
    button: Literal["left", "middle", "right"] = (
        "right" if "right" in m["verb"].lower() else "middle" if "middle" in m["verb"].lower() else "left"
    )
    held = tuple(re.findall(r"\b(ctrl|control|shift|alt)\b", m.groupdict().get("held") or "", re.IGNORECASE))
    modifiers = tuple("ctrl" if key.lower() == "control" else key.lower() for key in held)
    if number <= 3 and count == 1:
        count, number = number, 1
    targets = read_targets(phrase)
    if len(targets) > 1 and not QUOTED.search(phrase):
        # "click Save and Close" may be one caption; the screen decides, so it stays whole here.
        targets = (read_target(phrase),)
    found: list[Command] = [
        Press(said, target, button, count, modifiers, keys.keys if keys else ()) for target in targets
    ]
    return [*found] * number


def keys_said(said: str, m: re.Match[str]) -> list[Command] | None:
    found = chord(plain(m["keys"]))
    times = int((re.findall(r"\d+", m.groupdict().get("times") or "") or ["1"])[0])
    return [Keys(said, found.keys, times)] if found else None


def enter(said: str, m: re.Match[str]) -> list[Command] | None:
    phrase = m["rest"]
    pairs = re.findall(rf"(?:the\s+)?([^{OPEN}{CLOSE},]*?)\s*{OPEN}([^{CLOSE}]*){CLOSE}", phrase)
    named = [(re.sub(r"^(?:,|and|\s)+|\b(?:the|a)\b", "", noun).strip(), text) for noun, text in pairs]
    if len(named) > 1 and all(noun and not re.search(r"\b(?:in|into|to|as)\b", noun) for noun, _ in named):
        return [Enter(said, text, read_target(noun)) for noun, text in named]
    several = [_enter_one(said, piece) for piece in split_list(phrase)]
    if len(several) > 1 and all(command and command.target for command in several):
        return [command for command in several if command]
    one = _enter_one(said, phrase)
    return [one] if one else None


def _enter_one(said: str, phrase: str) -> Enter | None:
    text, where = _text_and_place(phrase)
    if source := _source(text if where or not quoted_in(text) else ""):
        return Enter(said, "", read_target(where), source) if where else None
    if source := _source(phrase):
        return Enter(said, "", None, source)
    if cased := _CASE.fullmatch(phrase):
        plain_one = _enter_one(said, cased[1] + (cased["rest"] or ""))
        upper = cased["case"].lower() in ("upper", "capital")
        if plain_one and plain_one.source is None:
            return replace(plain_one, text=plain_one.text.upper() if upper else plain_one.text.lower())
    quoted = quoted_in(text)
    if quoted:
        noun = re.sub(rf"\b(?:{_TEXT_NOUNS})\b", "", QUOTED.sub("", text), flags=re.IGNORECASE).strip(" :,")
        if re.search(r"\b(?:that|which|whose|starts?|begins?|ends?)\b", noun, re.IGNORECASE):
            return None  # the quoted piece describes the text, it is not the text
        target = read_target(where) if where else None
        vague = target is None or (target.kind and not target.words and target.ordinal is None and not target.every)
        if noun and vague:
            return Enter(said, quoted[0], read_target(noun), guessed=True)
        return Enter(said, quoted[0], target)
    bare = re.sub(r"^(?:the )?(?:(?:text|value|number|word|words|string|phrase)|following(?: text)?:?)\s+", "", text)
    if not bare or _UNSAID.match(bare):
        return None
    return Enter(said, plain(bare), read_target(where) if where else None)


_CASE = re.compile(
    rf"(.*{CLOSE}),? (?:in |using |with )(?:all |only )?(?P<case>upper|lower|capital)[- ]?(?:case)?(?: letters)?"
    r"(?P<rest> .+)?",
    re.IGNORECASE,
)
_TEXT_NOUNS = "the|a|an|text|value|word|words|string|following|number|phrase"
_UNSAID = re.compile(
    r"(?:of|that|which|below|above|from|it)\b"
    r"|(?:the|an?|your) (?:value|text|word|number|answer|item|result|total|sum|correct|\w+ word)\b",
    re.IGNORECASE,
)
"""Texts that are described and not given: typing the description itself would be wrong."""


_SAID_BEFORE = re.compile(
    r"it|that|this|them|that (?:word|text|value)|the (?:word|text|value)|your (?:answer|result|solution)",
    re.IGNORECASE,
)


def _source(text: str) -> Source | None:
    """A text that must be read from the screen first."""
    if _SAID_BEFORE.fullmatch(text):
        return Source()
    if found := re.fullmatch(
        r"the (?:value|content|contents) (?:of|in|from|for|next to|beside) (.+)", text, re.IGNORECASE
    ):
        return Source(read_target(found[1]))
    # "The phone number of Carol", "Carol's phone number": described, not given. (A title has capitals.)
    for pattern in _OWNED:
        if (found := re.fullmatch(pattern, text)) and not re.search(r"\bwords?\b", found["what"]):
            return Source(read_target(found["who"]), column=found["what"])
    return _word_of(text)


_OWNED = (
    r"the (?P<what>[a-z][a-z -]*?) (?:of|for|belonging to) (?:the )?(?P<who>[^,]+)",
    r"(?P<who>[A-Z][\w .-]*?)['’]s (?P<what>[a-z][a-z -]*)",
)


def _word_of(text: str) -> Source | None:
    found = re.fullmatch(r"(?:the )?(\S+) word (?:in|of|from) (.+)", text, re.IGNORECASE)
    if found is None:
        return None
    number = read_target(f"the {found[1]} word").ordinal
    return Source(read_target(found[2]), number) if number else None


def lookup(said: str, m: re.Match[str]) -> list[Command] | None:
    if re.search(r"\band\b", QUOTED.sub("", m["target"])):
        return None  # a second act that is not understood is no part of a name
    source = _word_of(m["target"])
    return [Lookup(said, source)] if source else [Find(said, read_target(m["target"]))]


def search(said: str, m: re.Match[str]) -> list[Command] | None:
    if re.search(r"\band\b|,", QUOTED.sub("", m["text"])):
        return None
    target = read_target(m["text"])
    return [Search(said, plain(m["text"]), read_target("the search field"), Find(said, target))]


def copy_over(said: str, m: re.Match[str]) -> list[Command] | None:
    """ "Copy the order number of Ada into Reference": read there, typed here; never by way of the clipboard."""
    if re.search("clipboard", m["target"], re.IGNORECASE):
        return None
    what = m["what"] if re.match(r"the |[A-Z]", m["what"]) else f"the {m['what']}"
    source = _source(what) or Source(read_target(what))
    return [Enter(said, "", read_target(m["target"]), source)]


def deed(said: str, m: re.Match[str]) -> list[Command] | None:
    """ "Delete the row of X", "reject the cookies": the control for it, by what it belongs to or as the only one."""
    spoken = QUOTED.sub("", m[0])
    if re.search(r"\b(?:and|to|as|into|saying|except|unless|if|but)\b|,", spoken) or _WANTS_TEXT.match(spoken):
        return None  # only a part of what is asked for would be done
    target = read_target(m[0])
    return [Press(said, target)] if any(True for _ in by_deed(target)) else None


_WANTS_TEXT = re.compile(r"(?:reply|send|write|forward|change|compose|rename|transfer|pay|buy|book)\b", re.IGNORECASE)
"""Deeds for which a sentence that names no button leaves out what is to be entered."""


def _text_and_place(phrase: str) -> tuple[str, str]:
    """Cut "3 in the amount field" before the preposition that leads to the field."""
    spots = [
        found
        for found in _FIELD_PREPOSITION.finditer(phrase)
        if phrase[: found.start()].count(OPEN) == phrase[: found.start()].count(CLOSE)
    ]
    if not spots:
        return phrase, ""
    into = [spot for spot in spots if spot[0].strip().lower() in ("into", "in to")]
    after_quote = [spot for spot in spots if CLOSE in phrase[: spot.start()]]
    if into or after_quote:
        spot = (into or after_quote)[0]
    else:
        places = [spot for spot in spots if read_target(phrase[spot.end() :]).kind not in _CONTAINERS]
        spot = (places or spots)[-1]
    return phrase[: spot.start()].strip(), phrase[spot.end() :].strip()


def into_first(said: str, m: re.Match[str]) -> list[Command] | None:
    found = _enter_one(said, m["text"])
    if found is None:
        return None
    # The place is said already: another one behind the text is a part of the text.
    text = plain(m["text"]) if found.target is not None and not quoted_in(m["text"]) else found.text
    return [replace(found, text=text, target=read_target(m["target"]))]


def put(said: str, m: re.Match[str]) -> list[Command] | None:
    target = read_target(m["target"])
    if (several := re.search(r"\[(.+,.+)\]$", m["value"])) and target.kind and not target.words:
        values = [value.strip() for value in several[1].split(",")]
        return [Put(said, value, replace(target, ordinal=n)) for n, value in enumerate(values, start=1)]
    # "Set Age to 33, Colour to Green": a name said with each value.
    first, *others = re.split(r"\s*,\s*(?:and\s+)?(?=[^,]+? to )|\s+and\s+(?=[^,]+? to )", m["value"])
    pairs = [re.fullmatch(r"(.+?) to (.+)", other) for other in others]
    more = [Put(said, plain(pair[2]), read_target(pair[1])) for pair in pairs if pair]
    return [Put(said, plain(first), target), *more]


def choose(said: str, m: re.Match[str]) -> list[Command] | None:
    phrase, where = m["options"], m.groupdict().get("target") or ""
    if ">" in QUOTED.sub("", phrase):
        return [Open(said, tuple(read_target(step) for step in re.split(r"\s*>\s*", phrase)))]
    target = read_target(where) if where else None
    if re.fullmatch(r"nothing|none|no (?:option|box|checkbox|item)\w*", plain(phrase), re.IGNORECASE):
        return [Choose(said, (), target)]
    single = read_target(phrase)
    if single.kind in ("checkbox", "radio", "switch") and target is None:
        return [Tick(said, read_targets(phrase))]
    if target is not None and target.kind in ("slider", "spinner", "date", "field"):
        return [Put(said, plain(phrase), target)]
    if single.every or single.ordinal is not None or single.relation or (single.kind and not single.words):
        return [Press(said, single)] if target is None else None
    options = tuple(read_target(piece).words or plain(piece) for piece in split_list(phrase))
    return [Choose(said, options, target)]


def as_said(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Put(said, plain(m["options"]), read_target(m["target"]))]


_BOX = re.compile(
    r"^(?:the )?(?:check)?box(?:es)?\s+"
    r"(?!(?:of|in|for|next|beside|left|right|with|that|to|on|before|after|above|below|under|near|at|from|inside)\b)(?=\S)"
)


def tick(on: bool | None) -> Builder:
    def build(said: str, m: re.Match[str]) -> list[Command] | None:
        return [Tick(said, read_targets(_BOX.sub("", m["targets"])), on)]

    return build


def scroll(said: str, m: re.Match[str]) -> list[Command] | None:
    way = (m["way"] or "down").lower()
    direction = "down" if way == "bottom" else "up" if way == "top" else way
    if direction not in ("up", "down", "left", "right"):
        return None
    amount = m["amount"]
    number = int(amount) if amount else None
    unit = (m["unit"] or "").lower()
    notches = (
        5
        if number is None
        else max(1, number // 50)
        if unit.startswith("p") and "x" in unit
        else number * (8 if unit.startswith("page") else 1)
    )
    whole = (
        way in ("bottom", "top")
        or "all the way" in m[0].lower()
        or "to the " in m[0].lower().replace("to the left", "").replace("to the right", "")
    )
    where = read_target(m["where"]) if m["where"] else None
    return [Roll(said, None, direction, None if whole else notches, where)]


def scroll_to(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Roll(said, read_target(m["target"]))]


def scroll_end(said: str, m: re.Match[str]) -> list[Command] | None:
    where = m["where"] or ""
    direction: Literal["up", "down"] = "down" if m["end"].lower() in ("bottom", "end") else "up"
    place = (
        None if re.fullmatch(r"(?:the )?(?:page|text|screen|document)?", where, re.IGNORECASE) else read_target(where)
    )
    return [Roll(said, None, direction, None, place)]


def drag(said: str, m: re.Match[str]) -> list[Command] | None:
    return [DragTo(said, read_target(m["target"]), read_target(m["onto"]))]


def drag_by(said: str, m: re.Match[str]) -> list[Command] | None:
    distance = int(m["amount"])
    dx, dy = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[m["way"].lower()]
    return [DragTo(said, read_target(m["target"]), None, (dx * distance, dy * distance))]


def drag_some(said: str, m: re.Match[str]) -> list[Command] | None:
    """In a direction, no distance said: by about its own size."""
    dx, dy = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[m["way"].lower()]
    return [DragTo(said, read_target(m["target"]), None, (dx, dy), own_size=True)]


def fill_form(said: str, m: re.Match[str]) -> list[Command] | None:
    rest = (m["rest"] or "").lower()
    if not rest.strip():
        return [FillForm(said)]
    if re.search(r"n't|not|without|no submi", rest):
        return [FillForm(said, submit=False)]
    return [FillForm(said, submit=True)] if "submit" in rest or "send" in rest else None


def open_path(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Open(said, tuple(read_target(step) for step in re.split(r"\s*(?:>|→|»|/(?= ))\s*", m["path"])))]


def mouse(make: Callable[[str, Target], Command]) -> Builder:
    return lambda said, m: [make(said, read_target(m["target"]))]
