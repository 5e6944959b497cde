"""What is doubtful in a policy: rules that never decide, that never fit, that allow everything, kinds left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, get_args

from agent.policy.engine import Policy
from agent.policy.match import Match, Rule
from agent.policy.parts import KINDS
from agent.schema import Risk

_ENDING = frozenset(("done", "fail", "ask"))
ACTING = frozenset(("click", "drag", "type_text", "press_keys"))
_RISKS: tuple[Risk, ...] = get_args(Risk)
_NEEDS: dict[str, frozenset[str]] = {
    "keys": frozenset(("press_keys",)),
    "typed": frozenset(("type_text", "press_keys")),
    "typed_text": frozenset(("type_text", "press_keys")),
    "typed_longer": frozenset(("type_text", "press_keys")),
    "origin": frozenset(("type_text", "press_keys")),
    "belongs": frozenset(("type_text", "press_keys")),
    "button": frozenset(("click", "drag")),
    "kinds": ACTING,
    "roles": KINDS - {"wait", "zoom"},
    "named": KINDS - {"wait", "zoom"},
    "text": KINDS - {"wait", "zoom"},
}
"""Actions without which a part never fits."""
_SURE_EITHER_WAY = frozenset(
    ("actions", "keys", "private", "time", "after", "alerts", "typed", "typed_text", "typed_longer", "origin", "risk")
)
"""Parts that fit rules that allow exactly where they fit the others."""


class Warned(NamedTuple):
    """A doubt about a policy, with its place as `FILE:LINE`."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def warnings(policy: Policy) -> Iterator[Warned]:
    """All doubts about a policy and what it extends, in the order of its rules."""
    rules = policy.rules
    for number, rule in enumerate(rules):
        place = f"{rule.file}:{rule.line}"
        if why := _never(rule.match):
            yield Warned(place, f"'{rule.name}' never fits: {why}")
        above = next((other for other in rules[:number] if _covers(other, rule)), None)
        if above is not None:
            yield Warned(place, f"'{rule.name}' is never reached: '{above.name}' fits all that it does. Move it up")
        if rule.effect == "allow" and _is_broad(rule.match):
            yield Warned(place, f"'{rule.name}' allows whatever is clicked or typed, anywhere. Say where, or ask")
    for kind in sorted(KINDS - _ENDING):
        if not any(rule.match.actions is None or kind in rule.match.actions for rule in rules):
            yield Warned(policy.own[0].file, f"no rule is for `{kind}`: it will always be asked")


def _never(match: Match) -> str:
    actions = match.actions
    if actions is not None:
        if actions <= _ENDING:
            return f"{', '.join(sorted(actions))} always passes, without any rule"
        for part, needed in _NEEDS.items():
            if getattr(match, part) is not None and not actions & needed:
                name = "from" if part == "origin" else part
                return f"`{name}` is never true of {', '.join(sorted(actions))}"
        if match.risk not in (None, "none") and not actions & ACTING and match.alerts is None:
            return f"{', '.join(sorted(actions))} never has any risk"
    for part, needed in _NEEDS.items():
        if match.keys is not None and getattr(match, part) is not None and "press_keys" not in needed:
            return f"`keys` and `{part}` never fit one action"
    if match.unless is not None and _within(match, match.unless, sure=frozenset(Match.__slots__)):
        return "its `unless` takes away all that it is for"
    return ""


def _is_broad(match: Match) -> bool:
    """Whether nothing but the kind of action and the display narrows it down, and acting kinds are among it."""
    acting = match.actions is None or {"click", "type_text"} <= match.actions
    return acting and not set(match.given) - {"actions"}


def _covers(above: Rule, rule: Rule) -> bool:
    """Whether one rule fits wherever another one does.

    A rule that allows must be sure where others may only suspect, so it covers those by few parts.
    """
    alike = above.effect != "allow" or rule.effect == "allow"
    return _within(rule.match, above.match, sure=frozenset(Match.__slots__) if alike else _SURE_EITHER_WAY)


def _within(inner: Match, outer: Match, sure: frozenset[str]) -> bool:
    """Whether all that one match fits another does too, as far as their parts tell."""
    for part in outer.given:
        mine, theirs = getattr(inner, part), getattr(outer, part)
        if mine is None or part not in sure or part in ("more_than", "unless"):
            return False
        match part:
            case "risk":
                fits = _RISKS.index(mine) >= _RISKS.index(theirs)
            case "typed_longer" | "after":
                fits = mine >= theirs
            case "named" | "belongs" | "own" | "private" | "region":
                fits = mine == theirs
            case "text" | "window" | "application" | "typed_text":
                fits = {p.pattern for p in mine} <= {p.pattern for p in theirs}
            case _:
                fits = set(mine) <= set(theirs)
        if not fits:
            return False
    return True
