"""What people say of messages: "forward Ada's mail to Bob", "reply to it with …", "delete the mail that Ada sent"."""

from __future__ import annotations

import re

from agent.planners.embedded.commands import Command, Find, Forward, Press, Reply, Target
from agent.planners.embedded.phrases import plain, quoted_in, read_target

_NOUN = r"(?:e-?mail|message|mail|letter|note|memo|information|info)"
_WHO = r"(?P<who>[^,]+?)"
_SAME = rf"(?:it|them|this|that|(?:this|that|the|his|her|their) (?:same )?{_NOUN})"
_ORIGINS = (
    rf"(?:the|an?|my|that)?\s?(?:(?:last|latest|first|new) )?{_NOUN}(?: that| which)?(?: (?:you|i|we)(?: have|'ve)?)?"
    rf"(?: (?:got|received|get|have))?(?: sent| written)? (?:by|from) {_WHO}",
    rf"(?:the|an?|that) (?:(?:last|latest|first) )?{_NOUN}(?: that| which)? {_WHO} (?:has )?(?:just )?"
    r"(?:sent|wrote|mailed)(?: (?:to )?(?:you|me|us))?(?: (?:today|yesterday))?",
    rf"{_WHO}(?:'s|’s) (?:(?:last|latest|first) )?{_NOUN}",
    rf"the (?P<name>[A-Z@][\w.@-]*) {_NOUN}",
)
"""The ways to say which message is meant: by who it comes from."""


def message_of(phrase: str) -> Target | None:
    """Who a phrase says that a message is from, as the thing to look for; None if it names no message."""
    for pattern in _ORIGINS:
        if found := re.fullmatch(pattern, plain(phrase).strip(" ,.?"), re.IGNORECASE):
            named = found.groupdict()
            who = (named.get("who") or named.get("name") or "").strip()
            if re.fullmatch(r"(?:the|an?|my|it|that)", who, re.IGNORECASE):
                continue
            return Target(plain(phrase), who)
    return None


_FORWARD = (
    r"(?:forward|send|pass|give)(?: (?:on|along))? (?P<what>.+?)(?: (?:on|along|over|back))? to (?P<to>.+)",
    r"(?:forward|send|give)(?: (?:on|along))? to (?P<to>[^,]+?) (?P<what>(?:the|that|this|it)\b.+)",
    r"(?:forward|send|give) (?P<to>(?!the\b|that\b|this\b|an?\b)[^,]+?) (?P<what>(?:the|that|this|an?) .+)",
    r"(?P<what>.+) (?:should|must|needs to|has to|is to) be (?:forwarded|sent)(?: on)? to (?P<to>.+)",
    r"(?:i want|i'd like|i would like) (?P<what>.+?) (?:to be )?(?:forwarded|sent)(?: on)? to (?P<to>.+)",
)


def forward(said: str, m: re.Match[str]) -> list[Command] | None:
    """ "Forward it to Bob", "send Bob the mail from Ada"; None unless what is sent is a message."""
    for pattern in _FORWARD:
        if not (found := re.fullmatch(pattern, m[0], re.IGNORECASE)):
            continue
        what, to = found["what"], _addressee(found["to"])
        if re.fullmatch(_SAME, plain(what), re.IGNORECASE):
            return [Forward(said, None, to)]
        if message := message_of(what):
            return [Forward(said, message, to)]
    if found := re.fullmatch(r"forward(?: it)? to (?P<to>[^,]+)", m[0], re.IGNORECASE):
        return [Forward(said, None, _addressee(found["to"]))]
    return None


def _addressee(phrase: str) -> str:
    return re.sub(r"^(?:the )?(?:user|person|contact|address) ", "", plain(phrase).strip(" ,.?"), flags=re.IGNORECASE)


_REPLY = (
    r"(?:reply|respond|write back|answer|send a reply|send an answer)(?: back)?(?: to)?(?: (?P<what>.+?))?,?"
    r" (?:with(?: a)?|saying|by saying|by writing|and say|and tell (?:her|him|them)(?: that)?(?: it)?|using)"
    r"(?: the)?(?: following)?(?: (?:text|message|words?|reply|answer))?:? (?P<text>\ue000.+|\S.*)"
)


def reply(said: str, m: re.Match[str]) -> list[Command] | None:
    """ "Reply to Ada's mail with the text “Yes”"; None where the text is not in quotes."""
    found = re.fullmatch(_REPLY, m[0], re.IGNORECASE | re.DOTALL)
    texts = quoted_in(found["text"]) if found else []
    if found is None or len(texts) != 1 or not found["text"].startswith("\ue000"):
        return None
    what = found["what"] or ""
    if not what or re.fullmatch(rf"{_SAME}|her|him|{_SAME}? sender", plain(what), re.IGNORECASE):
        return [Reply(said, None, texts[0])]
    return [Reply(said, message_of(what) or read_target(what), texts[0])]


_MARKS = (
    (r"(?:delete|remove|erase|trash|discard|bin|get rid of) (?P<what>.+)", "delete"),
    (r"(?:put|move|throw) (?P<what>.+?) (?:in(?:to)?|to) (?:the )?(?:trash|bin)(?: can)?", "delete"),
    (r"(?:star|favou?rite) (?P<what>.+)", "star"),
    (r"mark (?P<what>.+?) (?:as|to be) (?:important|starred|a favou?rite)", "star"),
    (r"mark (?P<what>.+?) with (?:a|the) star", "star"),
    (r"(?:give|add) (?:a|the) star to (?P<what>.+)", "star"),
)


def mark(said: str, m: re.Match[str]) -> list[Command] | None:
    """ "Delete the mail from Ada", "star Ada's message": the picture for it that stands at the message."""
    for pattern, icon in _MARKS:
        if found := re.fullmatch(pattern, m[0], re.IGNORECASE):
            pressed = Press(said, Target(f"the {icon} icon", icon, kind="icon"))
            if re.fullmatch(_SAME, plain(found["what"]), re.IGNORECASE) and re.search(_NOUN, found["what"]):
                return [pressed]
            if message := message_of(found["what"]):
                return [Find(said, message), pressed]
    return None


def seek(said: str, m: re.Match[str]) -> list[Command] | None:
    """ "Find the mail that Ada sent"; None unless a message is named."""
    message = message_of(m["target"])
    return [Find(said, message)] if message else None
