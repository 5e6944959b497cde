"""A policy in plain words: what each rule is for, and why one did not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from agent.describe import clip
from agent.policy.chords import Chord
from agent.policy.engine import Policy
from agent.policy.match import Extent, Limit, Match, Region, Rule, Span
from agent.policy.scene import Scene

_VERBS = {"allow": "lets it", "ask": "asks a person before it may", "deny": "never lets it"}
_ACTIONS = {
    "click": "click", "move": "move the pointer", "drag": "drag", "scroll": "scroll", "type_text": "type",
    "press_keys": "press keys", "wait": "wait", "zoom": "look closer", "done": "finish", "fail": "give up",
    "ask": "ask a person",
}  # fmt: skip
_KINDS = {
    "submit": "submits or saves", "pay": "pays or orders", "send": "sends or publishes", "delete": "deletes or resets",
    "install": "installs or runs programs", "sign_in": "signs in, up or out", "grant": "grants access",
    "leave": "leaves the application",
}  # fmt: skip
_SHAPES = {
    "card": "a payment card's number", "iban": "an account number (IBAN)", "key": "a key or token",
    "password": "a password", "email": "an e-mail address", "url": "an address of the web",
}  # fmt: skip


def summary(policy: Policy) -> Iterator[str]:
    """The policy, a line a rule, in the order in which they are tried."""
    if policy.description:
        yield policy.description
    for number, rule in enumerate(policy.rules, 1):
        yield f"{number:2d}. {sentence(rule)}"
    yield "    Whatever no rule fits is asked. Ending the run, giving up and asking a person are always allowed."
    if policy.base is not None:
        kept = [rule.name for rule in policy.base.rules if rule.effect == "deny" and rule.name not in policy.loosened]
        if kept:
            yield f"    What {policy.base.name} denies stays denied: {', '.join(kept)}."


def sentence(rule: Rule) -> str:
    """One rule in words, such as `costly: asks a person before it does what has at least high risk`."""
    return f"{rule.name}: {_VERBS[rule.effect]} {match_words(rule.match)}"


def match_words(match: Match) -> str:
    """What a match is for, in words that go on after `lets it`."""
    names = [name for name in match.given if name not in ("actions", "unless")]
    does = _any(_ACTIONS[kind] for kind in sorted(match.actions)) if match.actions else "do anything"
    parts = [does, *(part_words(name, getattr(match, name)) for name in names)]
    said = ", ".join(parts)
    if match.unless is not None:
        said += (
            f"; but not {match_words(match.unless)}" if match.unless.actions else f"; but not {_parts(match.unless)}"
        )
    return said


def _parts(match: Match) -> str:
    return ", ".join(part_words(name, getattr(match, name)) for name in match.given)


def part_words(name: str, value: Any) -> str:
    """One part of a match in words."""
    return _WORDS[name](value)


def actual(name: str, scene: Scene) -> str:
    """What a part of a match was held against."""
    return _ACTUAL.get(name, lambda _: "")(scene)


def misfit_words(rule: Rule, part: str, scene: Scene) -> str:
    """Why a rule did not decide."""
    if not part:
        return "fits, but what a policy that it extends denies stays denied"
    wanted = getattr(rule.match, part)
    if part == "unless":
        return f"not for what is {_parts(wanted)}"
    found = actual(part, scene)
    return f"only {part_words(part, wanted)}" + (f"; here: {found}" if found else "")


def _any(words: Iterable[str]) -> str:
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"


def _patterns(what: str) -> Callable[[tuple[re.Pattern[str], ...]], str]:
    return lambda patterns: f"{what} {_any(f'/{clip(pattern.pattern)}/' for pattern in patterns)}"


def _truth(yes: str, no: str) -> Callable[[bool], str]:
    return lambda value: yes if value else no


def _extent(extent: Extent) -> str:
    return f"{extent.value * 100:g}%" if extent.share else f"{extent.value:g} px"


def _region(region: Region) -> str:
    sides = (region.left, region.top, region.width, region.height)
    return "in the part of the screen at left {}, top {}, width {}, height {}".format(*map(_extent, sides))


def _limit(limit: Limit) -> str:
    within = f" in {limit.seconds:g} seconds" if limit.seconds is not None else " in the run"
    return f"once that was done {limit.number} times{within}"


def _chord(chord: Chord) -> str:
    """A chord with the keys that are held first."""
    held = ("ctrl", "alt", "shift", "super")
    return "+".join(sorted(chord, key=lambda key: (held.index(key) if key in held else len(held), key)))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) % 3600 // 60:02d}"


def _span(span: Span) -> str:
    return f"between {_clock(span.start)} and {_clock(span.end)}"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "actions": lambda kinds: _any(_ACTIONS[kind] for kind in sorted(kinds)),
    "intents": lambda intents: f"meaning to {_any(sorted(intents))}",
    "risk": lambda risk: f"where the risk is {risk}" + ("" if risk == "high" else " or higher"),
    "kinds": lambda kinds: f"where that {_any(_KINDS[kind] for kind in sorted(kinds))}",
    "roles": lambda roles: f"on a {_any(sorted(roles))}",
    "text": _patterns("that says"),
    "named": _truth("that the task names", "that the task doesn't name"),
    "belongs": _truth("what the task has for that field", "what the task doesn't have for that field"),
    "keys": lambda chords: f"with {_any(map(_chord, chords))}",
    "button": lambda buttons: f"with the {_any(sorted(buttons))} button",
    "window": _patterns("in a window titled"),
    "application": _patterns("in an application of the class"),
    "own": _truth("in the task's own application", "in a window of another application"),
    "private": _truth("on a private display", "on a display that somebody works on"),
    "region": _region,
    "typed": lambda shapes: _any(_SHAPES[shape] for shape in sorted(shapes)),
    "typed_text": _patterns("a text like"),
    "typed_longer": lambda length: f"more than {length} characters",
    "origin": lambda origins: f"what comes from {_any('the ' + o if o != 'elsewhere' else o for o in sorted(origins))}",
    "hosts": lambda hosts: f"while the address seen is {_any('not to be seen' if h == 'none' else h for h in hosts)}",
    "alerts": lambda kinds: f"while suspicious text is seen ({_any(sorted(kinds))})",
    "more_than": _limit,
    "time": lambda spans: _any(map(_span, spans)),
    "after": lambda seconds: f"once the run has lasted {seconds:g} seconds",
}

_ACTUAL: Mapping[str, Callable[[Scene], str]] = {
    "actions": lambda scene: _ACTIONS[scene.proposal.action.kind],
    "risk": lambda scene: f"{scene.risk} ({scene.assessment.why})",
    "kinds": lambda scene: ", ".join(sorted(scene.kinds)) or "none known",
    "roles": lambda scene: ", ".join(sorted({t.role for t in scene.targets})) or "nothing is seen there",
    "text": lambda scene: ", ".join(f"'{text}'" for text in scene.texts) or "no text is seen",
    "window": lambda scene: ", ".join(f"'{pane.title}'" for pane in scene.panes),
    "application": lambda scene: ", ".join(f"'{pane.application}'" for pane in scene.panes),
    "hosts": lambda scene: ", ".join(scene.hosts) or "no address is seen",
    "origin": lambda scene: scene.origin,
    "typed": lambda scene: ", ".join(sorted(scene.shapes)) or "nothing of note is typed",
    "time": lambda scene: _clock(scene.context.clock),
    "after": lambda scene: f"{scene.context.seconds:g} seconds",
    "more_than": lambda scene: "not that often yet",
}
