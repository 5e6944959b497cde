"""The English sentences that commands are read from: one rule a way of saying it, tried in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from agent.planners.embedded.commands import (
    Choose, Clear, Close, Command, DragTo, Enter, Explore, FillForm, Find, Focus, Hover, Keys, Open, Paste, Press, Put, Roll,
    SelectText, Submit, Target, Tick, Verify, WaitFor,
)  # fmt: skip
from agent.planners.embedded.keys import chord
from agent.planners.embedded.phrases import (
    CLOSE,
    OPEN,
    QUOTED,
    plain,
    quoted_in,
    read_target,
    read_targets,
    split_list,
)

_VERBS = (
    "double[- ]?click|right[- ]?click|middle[- ]?click|click|press|hit|tap|push|type|enter|input|write|put|insert|fill"
    "|select|choose|pick|check|uncheck|tick|untick|toggle|turn|switch|clear|empty|delete|erase|scroll|drag|move|wait"
    "|verify|expect|assert|make sure|ensure|confirm|submit|send|focus|go|open|expand|unfold|collapse|close|dismiss|hover"
    "|set|change|adjust|copy|paste|highlight|mark|find|search|locate|use|deselect|unselect|log ?in|sign ?in|enable|disable|don't|do not"
)
_FILLER = r"(?:please|now|next|first|firstly|finally|afterwards|after that|also|lastly|you|should|must|need to|have to|can|could|kindly|just|to|simply|again|,)"
JOINT = (
    rf"\s*[,.]?\s*(?:\b(?:and )?then\b|\bafterwards\b|\bafter that\b|\band finally\b|\bfinally\b)[\s,]+(?=\S)"
    rf"|\s*,\s*(?:and\s+|but\s+)?(?=(?:{_FILLER}\s+)*(?:{_VERBS})\b)|\s+(?:and|but)\s+(?=(?:{_FILLER}\s+)*(?:{_VERBS})\b)"
)
"""Between two clauses: "then", or a comma or "and" before a verb."""

_FIELD_PREPOSITION = re.compile(r"\s(?:into|inside of|inside|in to|in|to|on|as|for|at)\s", re.IGNORECASE)
_CONTAINERS = ("section", "row", "dialog", "tab", "menu")


def join(sentence: str) -> str:
    """Says in one clause what is one act, before the sentence is cut."""
    for pattern, better in _REWRITES:
        sentence = re.sub(pattern, better, sentence, flags=re.IGNORECASE)
    return sentence


_REWRITES = (
    (r",? and (?:then )?drop (?:it|them)(?= )", ""),
    # "Expand the sections to find and click X" looks in each of them until X is seen.
    (
        r"(?:expand|open|switch (?:between|through)|look (?:in|through)|go through|navigate through|search|browse|check)"
        r" (.+?)[,.]?\s+(?:(?:and|to) )?find and (?=click|press|tap|select|choose|open)",
        r"explore \1, then ",
    ),
    (r"\b(?:find|locate|look for) and (?=click|press|tap|select|choose|open|hover)", ""),
    (r"\buse (.+?) to (?:enter|type|write) (.+?)(?=$|,| and )", r"enter \2 into \1"),
    (r"\buse (.+?) to (?:select|choose|pick|set) (.+?)(?=$|,| and )", r"select \2 with \1"),
    (
        r"\b(fill[^,]*form[^,]*),? (?:and|but) (submit it|submit|(?:do not|don't|without) submit\w*(?: it)?)",
        r"\1 & \2",
    ),
)


def tidy(clause: str) -> str:
    """The clause without polite and linking words, and without its purpose."""
    text = re.sub(rf"^(?:{_FILLER}\s+)+", "", clause, flags=re.IGNORECASE)
    text = re.sub(
        r"^(?:i want you to|i'd like you to|can you|could you|would you|let's)\s+", "", text, flags=re.IGNORECASE
    )
    text = re.sub(
        r"\s+(?:in order to .*|when (?:you are |you're )?(?:done|finished)|to (?:continue|proceed|finish|delete it|remove it|log ?in|sign ?in|confirm it|submit it|submit the form|save it))$",
        "",
        text,
        flags=re.IGNORECASE,
    )
    return text.strip(" ,.!")


# ---------------------------------------------------------------- builders


def _press(said: str, m: re.Match[str]) -> list[Command] | None:
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


def _keys(said: str, m: re.Match[str]) -> list[Command] | None:
    found = chord(plain(m["keys"]))
    times = int((re.findall(r"\d+", m.groupdict().get("times") or "") or ["1"])[0])
    return [Keys(said, found.keys, times)] if found else None


def _enter(said: str, m: re.Match[str]) -> list[Command] | None:
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
    quoted = quoted_in(text)
    if quoted:
        noun = re.sub(
            r"\b(?:the|a|an|text|value|word|words|string|following|number|phrase|name)\b", "", QUOTED.sub("", text)
        ).strip(" :,")
        target = read_target(where) if where else None
        if noun and (target is None or (target.kind and not target.words and target.ordinal is None)):
            every = target is not None and target.every
            target = target if every else read_target(noun)
        return Enter(said, quoted[0], target)
    bare = re.sub(
        r"^(?:the )?(?:text|value|number|word|words|string|phrase)\s+(?=\S)|^(?:the )?following(?: text)?:?\s+",
        "",
        text,
        flags=re.IGNORECASE,
    )
    if not bare or re.match(
        r"(?:of|that|which|below|above|from)\b|(?:the|an?|your) (?:value|text|word|number|answer|item|result|total|sum)\b",
        bare,
        re.IGNORECASE,
    ):
        return None
    return Enter(said, plain(bare), read_target(where) if where else None)


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


def _into_first(said: str, m: re.Match[str]) -> list[Command] | None:
    found = _enter_one(said, m["text"])
    return [Enter(said, found.text, read_target(m["target"]))] if found else None


def _put(said: str, m: re.Match[str]) -> list[Command] | None:
    target = read_target(m["target"])
    if (several := re.search(r"\[(.+,.+)\]$", m["value"])) and target.kind and not target.words:
        values = [value.strip() for value in several[1].split(",")]
        return [Put(said, value, replace(target, ordinal=n)) for n, value in enumerate(values, start=1)]
    return [Put(said, plain(m["value"]), target)]


def _choose(said: str, m: re.Match[str]) -> list[Command] | None:
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


def _as(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Put(said, plain(m["options"]), read_target(m["target"]))]


def _tick(on: bool | None) -> Callable[[str, re.Match[str]], list[Command] | None]:
    def build(said: str, m: re.Match[str]) -> list[Command] | None:
        return [Tick(said, read_targets(re.sub(r"^(?:the )?(?:check)?box(?:es)?\s+(?=\S)", "", m["targets"])), on)]

    return build


def _scroll(said: str, m: re.Match[str]) -> list[Command] | None:
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


def _scroll_to(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Roll(said, read_target(m["target"]))]


def _scroll_end(said: str, m: re.Match[str]) -> list[Command] | None:
    where = m["where"] or ""
    direction: Literal["up", "down"] = "down" if m["end"].lower() in ("bottom", "end") else "up"
    place = (
        None if re.fullmatch(r"(?:the )?(?:page|text|screen|document)?", where, re.IGNORECASE) else read_target(where)
    )
    return [Roll(said, None, direction, None, place)]


def _drag(said: str, m: re.Match[str]) -> list[Command] | None:
    return [DragTo(said, read_target(m["target"]), read_target(m["onto"]))]


def _drag_by(said: str, m: re.Match[str]) -> list[Command] | None:
    distance = int(m["amount"])
    dx, dy = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[m["way"].lower()]
    return [DragTo(said, read_target(m["target"]), None, (dx * distance, dy * distance))]


def _wait(said: str, m: re.Match[str]) -> list[Command] | None:
    unit = (m["unit"] or "s").lower()
    factor = 0.001 if unit.startswith("ms") or unit.startswith("milli") else 60 if unit.startswith("min") else 1
    return [WaitFor(said, seconds=float(m["n"]) * factor)]


def _wait_for(said: str, m: re.Match[str]) -> list[Command] | None:
    state = (m["state"] or "").lower()
    return [
        WaitFor(
            said,
            text=_seen_text(m["text"]),
            gone=bool(re.search("disappear|gone|vanish|closed|hidden|not|no longer", state)),
        )
    ]


def _seen_text(phrase: str) -> str:
    """The text that should be seen: what is quoted, else the phrase without its article and kind."""
    quoted = quoted_in(phrase)
    return (
        quoted[0]
        if quoted
        else re.sub(r"^(?:the|a|an|text|message|word)\s+", "", re.sub(r"^(?:the|a|an)\s+", "", plain(phrase)))
    )


def _verify(said: str, m: re.Match[str]) -> list[Command] | None:
    return [
        Verify(
            said,
            text=_seen_text(m["text"]),
            absent=bool(re.search(r"\bnot\b|n't|disappear|gone|no longer", m["state"] or "")),
        )
    ]


def _verify_none(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Verify(said, text=_seen_text(m["text"]), absent=True)]


def _verify_state(said: str, m: re.Match[str]) -> list[Command] | None:
    word = m["state"].lower()
    negated = bool(re.search(r"\bnot\b|n't", m["be"]))
    pairs = {
        "checked": "unchecked",
        "ticked": "unchecked",
        "selected": "unchecked",
        "on": "unchecked",
        "enabled": "disabled",
        "disabled": "enabled",
        "unchecked": "checked",
        "unticked": "checked",
        "off": "checked",
    }
    same = {
        "ticked": "checked",
        "selected": "checked",
        "on": "checked",
        "unticked": "unchecked",
        "off": "unchecked",
        "greyed out": "disabled",
        "blank": "empty",
    }
    state = pairs.get(word) if negated else same.get(word, word)
    if state not in ("checked", "unchecked", "enabled", "disabled", "empty"):
        return None
    return [Verify(said, read_target(m["target"]), state=state)]


def _verify_shows(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Verify(said, read_target(m["target"]), plain(m["text"]), absent=bool(re.search(r"\bnot\b|n't", m["be"])))]


def _fill_form(said: str, m: re.Match[str]) -> list[Command] | None:
    rest = (m["rest"] or "").lower()
    if not rest.strip():
        return [FillForm(said)]
    if re.search(r"n't|not|without|no submi", rest):
        return [FillForm(said, submit=False)]
    return [FillForm(said, submit=True)] if "submit" in rest or "send" in rest else None


def _open(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Open(said, tuple(read_target(step) for step in re.split(r"\s*(?:>|→|»|/(?= ))\s*", m["path"])))]


def _mouse(make: Callable[[str, Target], Command]) -> Callable[[str, re.Match[str]], list[Command] | None]:
    return lambda said, m: [make(said, read_target(m["target"]))]


def _rule(
    pattern: str, build: Callable[[str, re.Match[str]], list[Command] | None]
) -> tuple[re.Pattern[str], Callable[[str, re.Match[str]], list[Command] | None]]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), build


_CHECK = r"(?:verify|expect|assert|make sure|ensure|confirm|check|see|be sure)(?: that| whether| if| to see| to have)?(?: there is| there are)?"
_SEEN = r"(?:(?:is|are|to be|should be|will be|does|do|becomes?|has|have|did|isn't|aren't|doesn't|don't|can be|no longer|not) ?)*(?:not ?)?(?:be )?(?:shown|visible|displayed|seen|present|appears?|appeared|there|on (?:the )?(?:screen|page)|exists?|shows? up|gone|disappears?|disappeared|hidden|no longer there|loaded)(?: on (?:the )?(?:screen|page))?"
_NUMBER_OF = r"(?P<times>\s+(?:twice|once|three times|\d+ times))?"

RULES = [
    _rule(r"explore (?P<target>.+)", lambda said, m: [Explore(said, read_target(m["target"]))]),
    _rule(
        r"fill (?:in |out |up |in out )?(?:the |this |that |a )?(?:\w+ ){0,2}?form(?: (?:with|from|using) (?:the |my )?(?:record|data|file|values))?\s*(?P<rest>(?:&|,|without).*)?",
        _fill_form,
    ),
    _rule(
        r"(?P<rest>do not|don't|never) submit(?: it| the form| anything)?",
        lambda said, m: [FillForm(said, submit=False)],
    ),
    _rule(
        r"(?:submit|send)(?: (?:it|the form|this form|form|everything|your answer))?", lambda said, m: [Submit(said)]
    ),
    _rule(rf"{_CHECK} (?:there is no|there are no|no) (?P<text>.+?)(?: {_SEEN})?", _verify_none),
    _rule(
        rf"{_CHECK} (?P<target>.+?) (?P<be>(?:(?:is|are|isn't|aren't|be|to be|should be) ?)(?:not )?)(?P<state>checked|ticked|selected|on|off|unchecked|unticked|enabled|disabled|greyed out|empty|blank)",
        _verify_state,
    ),
    _rule(rf"{_CHECK} (?P<text>.+?) (?P<state>{_SEEN})", _verify),
    _rule(
        rf"{_CHECK} (?P<target>.+?) (?P<be>(?:(?:does not|doesn't|do not|don't|should|should not) )?)(?:shows?|reads?|says?|contains?|displays?|equals?|has the (?:value|text)|is set to|is equal to|=) (?P<text>.+)",
        _verify_shows,
    ),
    _rule(
        rf"(?:verify|expect|assert|make sure|ensure) (?:that )?(?P<target>.+?) (?P<be>(?:is|isn't|is not)) (?P<text>{OPEN}.+|[-\d].*)",
        _verify_shows,
    ),
    _rule(rf"(?:verify|expect|assert|make sure you see|ensure)(?: that| to see)? (?P<text>.+?)(?P<state>)", _verify),
    _rule(
        r"wait(?: for)? (?:about )?(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>s|secs?|seconds?|ms|milliseconds?|mins?|minutes?)?",
        _wait,
    ),
    _rule(r"wait (?:a (?:moment|second|bit)|briefly)", lambda said, m: [WaitFor(said, seconds=1)]),
    _rule(
        rf"wait (?:for|until|till)(?: you see)? (?P<text>.+?)(?: (?:to )?(?P<state>{_SEEN}|appear|be shown|disappear|load|vanish|close))?",
        _wait_for,
    ),
    _rule(
        r"(?:hold(?: down)? )?(?:press|hit|push|use|type)(?: the)? (?P<keys>[\w+\- ]+?)(?: keys?| shortcut)(?P<times> \d+ times| twice)?",
        _keys,
    ),
    _rule(
        r"scroll (?:to )?(?:the )?(?P<where>.+?) to (?:the |its )?(?P<end>top|bottom|end|start)(?: of .+)?", _scroll_end
    ),
    _rule(
        r"scroll (?:(?:all the way )?(?:up |down )?)?to (?:the )?(?P<end>top|bottom|end|start)(?: of (?P<where>.+))?",
        _scroll_end,
    ),
    _rule(
        r"scroll(?: (?:the )?(?:page|screen))? (?:all the way )?(?P<way>up|down|left|right)(?: (?:by )?(?P<amount>\d+) ?(?P<unit>times|px|pixels?|lines?|pages?|notches)?)?(?: (?:in|inside|on) (?P<where>.+))?",
        _scroll,
    ),
    _rule(
        r"scroll(?: (?:up|down))? (?:to|until)(?: you (?:see|find|reach))? (?P<target>.+?)(?: is visible| is shown| appears| comes into view| into view)?",
        _scroll_to,
    ),
    _rule(
        r"(?:drag|move|pull) (?P<target>.+?) (?:by )?(?P<amount>\d+) ?(?:px|pixels?) (?:to the )?(?P<way>left|right|up|down)",
        _drag_by,
    ),
    _rule(
        r"(?:drag|move|pull) (?P<target>.+?) (?:to the )?(?P<way>left|right|up|down)(?:wards?)? by (?P<amount>\d+) ?(?:px|pixels?)?",
        _drag_by,
    ),
    _rule(r"(?:drag|move) (?P<target>(?:the )?(?:\w+ )?slider) to (?P<value>[-\d.]+%?)", _put),
    _rule(
        r"drag (?P<target>.+?),? so that it (?:is|lies|sits) (?:completely |entirely |fully )?(?:inside|in|on|within|over) (?P<onto>.+)",
        _drag,
    ),
    _rule(r"drag (?P<target>.+?) (?:onto|into|over to|over|to|on top of|on|in|inside) (?P<onto>.+)", _drag),
    _rule(
        r"(?:hover|mouse over|point)(?: the mouse)?(?: over| on| at| above)? (?P<target>.+)|move (?:the )?(?:mouse|cursor|pointer) (?:over|to|on|onto) (?P<target2>.+)",
        lambda said, m: [Hover(said, read_target(m["target"] or m["target2"]))],
    ),
    _rule(
        r"(?:clear|empty|erase)(?: out)? (?P<target>.+)|(?:delete|erase|remove) (?:all )?(?:the )?(?:text|content|contents|value) (?:in|from|of) (?P<target2>.+)",
        lambda said, m: [
            Clear(
                said,
                read_target(
                    re.sub(r"^(?:the )?(?:text|contents?|value) (?:in|of|from) ", "", m["target"] or m["target2"])
                ),
            )
        ],
    ),
    _rule(
        r"copy (?:the )?(?:text|content|contents|value)?(?: (?:in|of|from))? ?(?P<target>.+)",
        lambda said, m: [SelectText(said, read_target(m["target"]), copy=True)],
    ),
    _rule(
        r"paste(?: (?:it|the text|that))?(?: (?:into|in|to) (?P<target>.+))?",
        lambda said, m: [Paste(said, read_target(m["target"]) if m["target"] else None)],
    ),
    _rule(
        r"(?:highlight|mark|select) (?:all )?(?:of )?(?:the )?text (?:in|of|inside) (?P<target>.+)",
        lambda said, m: [SelectText(said, read_target(m["target"]))],
    ),
    _rule(r"(?:.+) by (?:clicking|pressing|tapping|hitting)(?P<verb>)(?: on)? (?P<target>.+)", _press),
    _rule(r"(?P<held>(?:(?:ctrl|control|shift|alt)[ +-]?)+)(?P<verb>click)(?: on)? (?P<target>.+)", _press),
    _rule(
        rf"(?P<verb>(?:double|right|middle|left|triple)[- ]?click|click|tap|press|hit|push)(?: (?:on|at|in))?(?: the key)? (?P<target>.+?)(?P<key> key)?{_NUMBER_OF}",
        _press,
    ),
    _rule(
        r"(?:fill|complete)(?: in| out)? (?P<target>.+?) with (?P<text>.+)|(?:replace|overwrite) (?P<target2>.+?) (?:with|by) (?P<text2>.+)",
        lambda said, m: [Enter(said, plain(m["text"] or m["text2"]), read_target(m["target"] or m["target2"]))],
    ),
    _rule(r"(?:in|into|for|inside) (?P<target>.+?),? (?:type|enter|write|input|put) (?P<text>.+)", _into_first),
    _rule(r"(?:in|from) (?P<target>.+?),? (?:select|choose|pick) (?P<options>.+)", _choose),
    _rule(r"(?:set|change|adjust|move|turn)(?: the value of)? (?P<target>.+?) (?:to|=|as) (?P<value>.+)", _put),
    _rule(
        r"(?:un-?check|un-?tick|deselect|un-?select|disable|turn off|switch off|deactivate) (?P<targets>.+)",
        _tick(False),
    ),
    _rule(r"turn (?P<targets>.+) off", _tick(False)),
    _rule(r"(?:toggle|flip) (?P<targets>.+)", _tick(None)),
    _rule(r"(?:check|tick|enable|turn on|switch on|activate)(?: off)? (?P<targets>.+)", _tick(True)),
    _rule(r"turn (?P<targets>.+) on", _tick(True)),
    _rule(r"(?:type|enter|input|write|put|insert|fill in|fill|key in)(?: in)? (?P<rest>.+)", _enter),
    _rule(r"(?:select|choose|pick|set) (?P<options>.+?) as (?P<target>.+)", _as),
    _rule(r"(?:open|navigate|go to|select|choose|click) (?P<path>.+ (?:>|→|») .+?)(?: menu)?", _open),
    _rule(
        rf"(?:select|choose|pick)(?: the option| the options| the item| the items| option)? (?P<options>.+?) (?:from|in|with|on|using|inside|for) (?P<target>.+)",
        _choose,
    ),
    _rule(r"(?:select|choose|pick)(?: the option| the options| the item| the items| option)? (?P<options>.+)", _choose),
    _rule(
        r"(?:focus|set (?:the )?focus|put the cursor|place the cursor|give focus|go|jump|move)(?: on| into| to| in| onto)+ (?P<target>.+)|focus (?P<target2>.+)",
        lambda said, m: [Focus(said, read_target(m["target"] or m["target2"]))],
    ),
    _rule(r"(?:open|expand|unfold|show|reveal|switch to|activate|collapse|fold) (?P<path>.+)", _open),
    _rule(r"(?P<path>[^>]+ > .+)", _open),
    _rule(r"(?:close|dismiss|exit) (?P<target>.+)", _mouse(Close)),
    _rule(r"(?:find|locate|look for|search for) (?P<target>.+)", _mouse(Find)),
]
