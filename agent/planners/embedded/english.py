"""The English sentences that commands are read from: one rule a way of saying it, tried in order."""

# ruff: noqa: E501 (a rule is read best on one line)

from __future__ import annotations

import re

from agent.planners.embedded import built, built_looks, mail_words, table_words
from agent.planners.embedded.built import Builder
from agent.planners.embedded.commands import (
    Clear,
    Close,
    Enter,
    Explore,
    FillForm,
    Focus,
    Hover,
    Paste,
    PressInOrder,
    SelectText,
    Solve,
    Submit,
    WaitFor,
)  # fmt: skip
from agent.planners.embedded.phrases import OPEN, plain, read_target, said_of

_VERBS = (
    "double[- ]?click|right[- ]?click|middle[- ]?click|click|press|hit|tap|push|type|enter|input|write|put|insert|fill"
    "|select|choose|pick|check|uncheck|tick|untick|toggle|turn|switch|clear|empty|delete|erase|scroll|drag|move|wait"
    "|verify|expect|assert|make sure|ensure|confirm|submit|send|focus|go|open|expand|unfold|collapse|close|dismiss|hover"
    "|set|change|adjust|copy|paste|highlight|mark|find|search|locate|use|deselect|unselect|solve|calculate|log ?in|sign ?in|enable|disable|sort|forward|reply|respond|star|don't|do not"
)
_FILLER = r"(?:please|now|then|next|first|firstly|finally|afterwards|after that|also|lastly|you|should|must|need to|have to|can|could|kindly|just|to|simply|again|,)"
JOINT = (
    rf"\s*[,.]?\s*(?:\b(?:and )?then\b|\bafterwards\b|\bafter that\b|\band finally\b|\bfinally\b)[\s,]+(?=\S)"
    r"|\s*,\s*(?:and\s+)?(?=(?:in|into|for|from)\s+[^,]{1,40}?,?\s+(?:type|enter|write|put|choose|select|pick|set)\b)"
    rf"|\s*,\s*(?:and\s+|but\s+)?(?=(?:{_FILLER}\s+)*(?:{_VERBS})\b)|\s+(?:and|but)\s+(?=(?:{_FILLER}\s+)*(?:{_VERBS})\b)"
)
"""Between two clauses: "then", or a comma or "and" before a verb."""


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
    (r"(?<=\w)(?<!\band)(?<!\bthen) ((?:hit|press) submit)$", r" and \1"),
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
        r"^(?:i want you to|i'd like you to|can you|could you|would you|will you|let's)(?: please)?\s+",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\s+(?:in order to .*|when (?:you are |you're )?(?:done|finished)|to (?:continue|proceed|finish|delete it|remove it|log ?in|sign ?in|submit the form|\w+ (?:it|them|this|that)(?: as \w+)?))$",
        "",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"[ ,]+(?:please|for me|thanks)$", "", text.strip(" ,.!?"), flags=re.IGNORECASE).strip(" ,")


def _rule(pattern: str, build: Builder) -> tuple[re.Pattern[str], Builder]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), build


_CHECK = r"(?:verify|expect|assert|make sure|ensure|confirm|check|see|be sure)(?: that| whether| if| to see| to have)?(?: there is| there are)?"
_SEEN = r"(?:(?:is|are|to be|should be|will be|does|do|becomes?|has|have|did|isn't|aren't|doesn't|don't|can be|no longer|not) ?)*(?:not ?)?(?:be )?(?:shown|visible|displayed|seen|present|appears?|appeared|there|on (?:the )?(?:screen|page)|exists?|shows? up|gone|disappears?|disappeared|hidden|no longer there|loaded)(?: on (?:the )?(?:screen|page))?"
_NUMBER_OF = r"(?P<times>\s+(?:twice|once|three times|\d+ times))?"

RULES = [
    _rule(
        r"(?:solve|calculate|compute|work out|evaluate)(?: for)?(?: the)? (?:(?P<unknown>[a-z])|(?:math |maths |arithmetic )?(?:problem|sum|equation|expression|calculation))(?: below| shown| on the screen)?",
        lambda said, m: [Solve(said, m["unknown"] or "")],
    ),
    _rule(
        r"(?:click|press|tap|select)(?: on)?(?: all)?(?: of)? the numbers in (?P<way>ascending|increasing|rising|descending|decreasing|falling) order",
        lambda said, m: [PressInOrder(said, m["way"].lower() in ("descending", "decreasing", "falling"))],
    ),
    _rule(table_words.DAY, table_words.day),
    _rule(table_words.SORT, table_words.sort),
    _rule(table_words.ROW, table_words.row),
    _rule(r"explore (?P<target>.+)", lambda said, m: [Explore(said, read_target(m["target"]))]),
    _rule(
        r"fill (?:in |out |up |in out )?(?:the |this |that |a )?(?:\w+ ){0,2}?form(?: (?:with|from|using) (?:the |my )?(?:record|data|file|values))?\s*(?P<rest>(?:&|,|without).*)?",
        built.fill_form,
    ),
    _rule(
        r"(?P<rest>do not|don't|never) submit(?: it| the form| anything)?",
        lambda said, m: [FillForm(said, submit=False)],
    ),
    _rule(r"(?:forward|send|pass|give) .+|.+ be (?:forwarded|sent) .+|i .+ sent to .+", mail_words.forward),
    _rule(r"(?:reply|respond|write back|answer|send a) .+", mail_words.reply),
    _rule(
        r"(?:delete|remove|erase|trash|discard|bin|get rid of|put|move|throw|star|favou?rite|mark|give|add) .+",
        mail_words.mark,
    ),
    _rule(r"(?:find|locate|look for|search for|get|go to|navigate to) (?P<target>.+)", mail_words.seek),
    _rule(r"search(?: (?:the|this) (?:page|site|list|shop|table|web ?site|map))? for (?P<text>.+)", built.search),
    _rule(
        r"(?:submit|send)(?: (?:it|the form|this form|form|everything|your answer))?", lambda said, m: [Submit(said)]
    ),
    _rule(rf"{_CHECK} (?:there is no|there are no|no) (?P<text>.+?)(?: {_SEEN})?", built_looks.verify_none),
    _rule(
        rf"{_CHECK} (?P<target>.+?) (?P<be>(?:(?:is|are|isn't|aren't|be|to be|should be) ?)(?:not )?)(?P<state>checked|ticked|selected|on|off|unchecked|unticked|enabled|disabled|greyed out|empty|blank)",
        built_looks.verify_state,
    ),
    _rule(rf"{_CHECK} (?P<text>.+?) (?P<state>{_SEEN})", built_looks.verify),
    _rule(
        rf"{_CHECK} (?P<target>.+?) (?P<be>(?:(?:does not|doesn't|do not|don't|should|should not) )?)(?:shows?|reads?|says?|contains?|displays?|equals?|has the (?:value|text)|is set to|is equal to|=) (?P<text>.+)",
        built_looks.verify_shows,
    ),
    _rule(
        rf"(?:verify|expect|assert|make sure|ensure) (?:that )?(?P<target>.+?) (?P<be>(?:is|isn't|is not)) (?P<text>{OPEN}.+|[-\d].*)",
        built_looks.verify_shows,
    ),
    _rule(
        r"(?:verify|expect|assert|make sure you see|ensure)(?: that| to see)? (?P<text>.+?)(?P<state>)",
        built_looks.verify,
    ),
    _rule(
        r"wait(?: for)? (?:about )?(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>s|secs?|seconds?|ms|milliseconds?|mins?|minutes?)?",
        built_looks.wait,
    ),
    _rule(r"wait (?:a (?:moment|second|bit)|briefly)", lambda said, m: [WaitFor(said, seconds=1)]),
    _rule(
        rf"wait (?:for|until|till)(?: you see)? (?P<text>.+?)(?: (?:to )?(?P<state>{_SEEN}|appear|be shown|disappear|load|vanish|close))?",
        built_looks.wait_for,
    ),
    _rule(
        r"(?:hold(?: down)? )?(?:press|hit|push|use|type)(?: the)? (?P<keys>[\w+\- ]+?)(?: keys?| shortcut)(?P<times> \d+ times| twice)?",
        built.keys_said,
    ),
    _rule(
        r"scroll (?:to )?(?:the )?(?P<where>.+?) to (?:the |its )?(?P<end>top|bottom|end|start)(?: of .+)?",
        built.scroll_end,
    ),
    _rule(
        r"scroll (?:(?:all the way )?(?:up |down )?)?to (?:the )?(?P<end>top|bottom|end|start)(?: of (?P<where>.+))?",
        built.scroll_end,
    ),
    _rule(
        r"scroll(?: (?:the )?(?:page|screen))? (?:all the way )?(?P<way>up|down|left|right)(?: (?:by )?(?P<amount>\d+) ?(?P<unit>times|px|pixels?|lines?|pages?|notches)?)?(?: (?:in|inside|on) (?P<where>.+))?",
        built.scroll,
    ),
    _rule(
        r"scroll(?: (?:up|down))? (?:to|until)(?: you (?:see|find|reach))? (?P<target>.+?)(?: is visible| is shown| appears| comes into view| into view)?",
        built.scroll_to,
    ),
    _rule(
        r"(?:drag|move|pull) (?P<target>.+?) (?:by )?(?P<amount>\d+) ?(?:px|pixels?) (?:to the )?(?P<way>left|right|up|down)",
        built.drag_by,
    ),
    _rule(
        r"(?:drag|move|pull) (?P<target>.+?) (?:to the )?(?P<way>left|right|up|down)(?:wards?)? by (?P<amount>\d+) ?(?:px|pixels?)?",
        built.drag_by,
    ),
    _rule(
        r"(?:drag|pull) (?P<target>.+?) (?:to the )?(?P<way>left|right|up|down)(?:wards?)?(?: by one position)?",
        built.drag_some,
    ),
    _rule(r"(?:drag|move) (?P<target>(?:the )?(?:\w+ )?slider) to (?P<value>[-\d.]+%?)", built.put),
    _rule(
        r"drag (?P<target>.+?),? so that it (?:is|lies|sits) (?:completely |entirely |fully )?(?:inside|in|on|within|over) (?P<onto>.+)",
        built.drag,
    ),
    _rule(r"drag (?P<target>.+?) (?:onto|into|over to|over|to|on top of|on|in|inside) (?P<onto>.+)", built.drag),
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
    _rule(r"copy (?P<what>.+?) (?:in)?to (?P<target>.+)", built.copy_over),
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
    _rule(r"(?:.+) by (?:clicking|pressing|tapping|hitting)(?P<verb>)(?: on)? (?P<target>.+)", built.press),
    _rule(r"(?P<held>(?:(?:ctrl|control|shift|alt)[ +-]?)+)(?P<verb>click)(?: on)? (?P<target>.+)", built.press),
    _rule(
        rf"(?P<verb>(?:double|right|middle|left|triple)[- ]?click|click|tap|press|hit|push)(?: (?:on|at|in))?(?: the key)? (?P<target>.+?)(?P<key> key)?{_NUMBER_OF}",
        built.press,
    ),
    _rule(
        r"(?:fill|complete)(?: in| out)? (?P<target>.+?) with (?P<text>.+)|(?:replace|overwrite) (?P<target2>.+?) (?:with|by) (?P<text2>.+)",
        lambda said, m: [Enter(said, plain(m["text"] or m["text2"]), read_target(m["target"] or m["target2"]))],
    ),
    _rule(r"(?:in|into|for|inside) (?P<target>.+?),? (?:type|enter|write|input|put) (?P<text>.+)", built.into_first),
    _rule(r"(?:in|from|for) (?P<target>.+?),? (?:select|choose|pick) (?P<options>.+)", built.choose),
    _rule(r"(?:set|change|adjust|move|turn)(?: the value of)? (?P<target>.+?) (?:to|=|as) (?P<value>.+)", built.put),
    _rule(
        r"(?:un-?check|un-?tick|deselect|un-?select|disable|turn off|switch off|deactivate) (?P<targets>.+)",
        built.tick(False),
    ),
    _rule(r"turn (?P<targets>.+) off", built.tick(False)),
    _rule(r"(?:toggle|flip) (?P<targets>.+)", built.tick(None)),
    _rule(r"(?:check|tick|enable|turn on|switch on|activate)(?: off)? (?P<targets>.+)", built.tick(True)),
    _rule(r"turn (?P<targets>.+) on", built.tick(True)),
    _rule(r"(?:type|enter|input|write|put|insert|fill in|fill|key in)(?: in)? (?P<rest>.+)", built.enter),
    _rule(r"(?:select|choose|pick|set) (?P<options>.+?) as (?P<target>.+)", built.as_said),
    _rule(r"(?:open|navigate|go to|select|choose|click) (?P<path>.+ (?:>|→|») .+?)(?: menu)?", built.open_path),
    _rule(
        r"(?:select|choose|pick)(?: the option| the options| the item| the items| option)? (?P<options>.+?) (?:from|in|with|on|using|inside|for) (?P<target>.+)",
        built.choose,
    ),
    _rule(
        r"(?:select|choose|pick)(?: the option| the options| the item| the items| option)? (?P<options>.+)",
        built.choose,
    ),
    _rule(
        r"(?:focus|set (?:the )?focus|put the cursor|place the cursor|give focus|go|jump|move)(?: on| into| to| in| onto)+ (?P<target>.+)|focus (?P<target2>.+)",
        lambda said, m: [Focus(said, read_target(m["target"] or m["target2"]))],
    ),
    _rule(r"(?:open|expand|unfold|show|reveal|switch to|activate|collapse|fold) (?P<path>.+)", built.open_path),
    _rule(r"(?P<path>[^>]+ > .+)", built.open_path),
    _rule(r"(?:close|dismiss|exit) (?P<target>.+)", built.mouse(Close)),
    _rule(r"(?:find|locate|look for|search for) (?P<target>.+)", built.lookup),
    _rule(rf"(?:{said_of('described')['deeds']}|{said_of('described')['uses']}) .+", built.deed),
]
