"""Whether a rule fits: each part of its match by itself, and which one doesn't."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agent.policy.chords import Chord, covers
from agent.policy.hosts import under
from agent.policy.match import Limit, Match, Region, Rule, Span
from agent.policy.scene import Scene
from agent.schema import Click, Deed, Drag, at_least

Test = Callable[[Any, Scene, bool], bool]
"""Whether a part fits. The last argument: whether it must be sure (for rules that allow), or may only be so."""

_MOST = 4000
"""Characters of a text that patterns are searched in."""


def misfit(rule: Rule, scene: Scene) -> str:
    """The first part of a rule that doesn't fit, empty where the rule fits."""
    return misfit_of(rule.match, scene, rule.effect == "allow") or _beyond(rule, scene)


def misfit_of(match: Match, scene: Scene, sure: bool) -> str:
    """The first part of a match that doesn't fit; limits are left out, as they go by rules."""
    for name in match.given:
        if name == "unless":
            assert match.unless is not None
            if not misfit_of(match.unless, scene, not sure):
                return "unless"
        elif name != "more_than" and not TESTS[name](getattr(match, name), scene, sure):
            return name
    return ""


def counts(rules: Iterable[Rule], scene: Scene) -> tuple[str, ...]:
    """The rules with a limit whose other parts a proposal fits."""
    return tuple(
        rule.name
        for rule in rules
        if rule.match.more_than is not None and not misfit_of(rule.match, scene, rule.effect == "allow")
    )


def _beyond(rule: Rule, scene: Scene) -> str:
    limit = rule.match.more_than
    return "" if limit is None or reached(limit, rule.name, scene.context.deeds, scene.context.seconds) else "more_than"


def reached(limit: Limit, rule: str, deeds: Iterable[Deed], now: float) -> bool:
    """Whether so many actions were done already that count for a rule."""
    since = now - limit.seconds if limit.seconds is not None else float("-inf")
    return sum(rule in deed.counts and deed.at >= since for deed in deeds) >= limit.number


def _found(patterns: Iterable[re.Pattern[str]], texts: Iterable[str]) -> bool:
    texts = [text[:_MOST] for text in texts]
    return any(pattern.search(text) for pattern in patterns for text in texts)


def _each(fits: Iterable[bool], sure: bool) -> bool:
    """Of several things all must fit where it has to be sure, else one."""
    answers = list(fits)
    return bool(answers) and (all(answers) if sure else any(answers))


def _roles(roles: frozenset[str], scene: Scene, sure: bool) -> bool:
    return _each((t.role in roles for t in scene.targets), sure)


def _keys(keys: tuple[Chord, ...], scene: Scene, sure: bool) -> bool:
    chord = scene.chord
    return chord is not None and any(covers(pattern, chord) for pattern in keys)


def _button(buttons: frozenset[str], scene: Scene, sure: bool) -> bool:
    match scene.proposal.action:
        case Click(button=button, modifiers=modifiers):
            used = {button, *(("held",) if modifiers else ())}
        case Drag(button=button):
            used = {button}
        case _:
            return False
    return used <= buttons if sure else bool(used & buttons)


def _named(wanted: bool, scene: Scene, sure: bool) -> bool:
    return scene.named == wanted


def _belongs(wanted: bool, scene: Scene, sure: bool) -> bool:
    return scene.typed is not None and scene.belongs == wanted


def _window(patterns: tuple[re.Pattern[str], ...], scene: Scene, sure: bool) -> bool:
    return _each((_found(patterns, [pane.title]) for pane in scene.panes), sure)


def _application(patterns: tuple[re.Pattern[str], ...], scene: Scene, sure: bool) -> bool:
    return _each((_found(patterns, [pane.application]) for pane in scene.panes), sure)


def _own(wanted: bool, scene: Scene, sure: bool) -> bool:
    return _each((pane.own == wanted for pane in scene.panes), sure)


def _region(region: Region, scene: Scene, sure: bool) -> bool:
    whole = scene.context.region
    if not scene.places or whole is None:
        return not sure
    left = whole.left + region.left.pixels(whole.width)
    top = whole.top + region.top.pixels(whole.height)
    right, bottom = left + region.width.pixels(whole.width), top + region.height.pixels(whole.height)
    return _each((left <= p.x < right and top <= p.y < bottom for p in scene.places), sure)


def _typed_text(patterns: tuple[re.Pattern[str], ...], scene: Scene, sure: bool) -> bool:
    return scene.typed is not None and _found(patterns, [scene.typed])


def _hosts(names: tuple[str, ...], scene: Scene, sure: bool) -> bool:
    if not scene.hosts:
        return "none" in names
    return _each((any(under(host, name) for name in names) for host in scene.hosts), sure)


def _time(spans: tuple[Span, ...], scene: Scene, sure: bool) -> bool:
    return any(span.holds(scene.context.clock) for span in spans)


TESTS: Mapping[str, Test] = {
    "actions": lambda kinds, scene, sure: scene.proposal.action.kind in kinds,
    "intents": lambda intents, scene, sure: scene.claims and scene.proposal.intent in intents,
    "risk": lambda risk, scene, sure: at_least(scene.risk, risk),
    "kinds": lambda kinds, scene, sure: bool(scene.kinds & kinds),
    "roles": _roles,
    "text": lambda patterns, scene, sure: _found(patterns, scene.texts),
    "named": _named,
    "belongs": _belongs,
    "keys": _keys,
    "button": _button,
    "window": _window,
    "application": _application,
    "own": _own,
    "private": lambda wanted, scene, sure: scene.context.private == wanted,
    "region": _region,
    "typed": lambda shapes, scene, sure: bool(scene.shapes & shapes),
    "typed_text": _typed_text,
    "typed_longer": lambda length, scene, sure: scene.typed is not None and len(scene.typed) > length,
    "origin": lambda origins, scene, sure: scene.typed is not None and scene.origin in origins,
    "hosts": _hosts,
    "alerts": lambda kinds, scene, sure: any(alert.kind in kinds for alert in scene.context.alerts),
    "time": _time,
    "after": lambda seconds, scene, sure: scene.context.seconds >= seconds,
}
