"""The parts of a rule's match, read from the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

import yaml

from agent.policy.chords import Chord, parse_chord
from agent.policy.match import AlertKind, Effect, Extent, Limit, Match, Origin, Region, RiskKind, Span, Typed
from agent.policy.nodes import Nodes
from agent.schema import Action, Intent, Risk, Role

KINDS: frozenset[str] = frozenset(
    member.model_fields["kind"].default for member in get_args(get_args(Action)[0]) if member is not None
)
"""The kinds of action, as the vocabulary has them."""

BUTTONS = ("left", "middle", "right", "held")
_UNITS = {"": 1, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*?)s?")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?")
_HOST = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.IGNORECASE)


def read_match(nodes: Nodes, node: yaml.Node, effect: Effect) -> Match:
    """The match of a rule with an effect."""
    return _Parts(nodes).match(node, effect, "match")


class _Parts:
    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        choices, items, truth = nodes.choices, nodes.items, nodes.truth
        self._readers: Mapping[str, Callable[[yaml.Node], Any]] = {
            "actions": lambda n: choices(n, "actions", KINDS),
            "intents": lambda n: choices(n, "intents", get_args(Intent)),
            "risk": lambda n: nodes.choice(n, "risk", get_args(Risk)),
            "kinds": lambda n: choices(n, "kinds", get_args(RiskKind)),
            "roles": lambda n: choices(n, "roles", get_args(Role)),
            "text": lambda n: items(n, "text", self._pattern),
            "named": lambda n: truth(n, "named"),
            "belongs": lambda n: truth(n, "belongs"),
            "keys": lambda n: items(n, "keys", self._chord),
            "button": lambda n: choices(n, "button", BUTTONS),
            "window": lambda n: items(n, "window", self._pattern),
            "application": lambda n: items(n, "application", self._pattern),
            "own": lambda n: truth(n, "own"),
            "private": lambda n: truth(n, "private"),
            "region": self._region,
            "typed": lambda n: choices(n, "typed", get_args(Typed)),
            "typed_text": lambda n: items(n, "typed_text", self._pattern),
            "typed_longer": lambda n: self._number(n, "typed_longer"),
            "from": lambda n: choices(n, "from", get_args(Origin)),
            "hosts": lambda n: items(n, "hosts", self._host),
            "alerts": self._alerts,
            "more_than": self._limit,
            "time": lambda n: items(n, "time", self._span),
            "after": lambda n: self._duration(n, nodes.scalar(n, "after")),
        }

    def match(self, node: yaml.Node, effect: Effect, what: str) -> Match:
        if isinstance(node, yaml.ScalarNode):
            if node.value == "any" and what == "match":
                return Match()
            self._nodes.fail(
                node, f"`{what}: {node.value}` is unknown. Write `any`, or a mapping such as `{{actions: [click]}}`"
            )
        known = (*self._readers, "unless") if what == "match" else tuple(self._readers)
        entries = self._nodes.mapping(node, what, known)
        if not entries:
            self._nodes.fail(node, f"`{what}` is empty. Write `match: any` if everything is meant")
        self._check(entries, effect, what)
        values = {"origin" if k == "from" else k: self._readers[k](v) for k, v in entries.items() if k != "unless"}
        if "unless" in entries:
            values["unless"] = self.match(entries["unless"], effect, "unless")
        return Match(**values)

    def _check(self, entries: Mapping[str, yaml.Node], effect: Effect, what: str) -> None:
        """What would let a planner's words, or a number, make an answer milder."""
        milder = (effect == "allow") == (what == "match")
        if milder and "intents" in entries:
            self._nodes.fail(
                entries["intents"],
                "`intents` is what the planner says of itself; it can't make an answer milder. Go by what is seen: "
                "`roles`, `text`, `named`, `kinds`",
            )
        if "more_than" in entries and (effect == "allow" or what == "unless"):
            self._nodes.fail(
                entries["more_than"], "`more_than` is for rules that ask or deny. Deny beyond the number, then allow"
            )

    def _pattern(self, node: yaml.Node) -> re.Pattern[str]:
        text = self._nodes.scalar(node, "a pattern")
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error as error:
            self._nodes.fail(node, f"`{text}` is no regular expression: {error}. Escape special characters with \\")
        if pattern.search("") is not None:
            self._nodes.fail(node, f"`{text}` fits even an empty text. Drop it, or make it say something")
        return pattern

    def _chord(self, node: yaml.Node) -> Chord:
        text = self._nodes.scalar(node, "keys").strip()
        chord = parse_chord(text) if text else frozenset[str]()
        if not chord - {"*"}:
            self._nodes.fail(node, f"`{text}` names no key. Write chords as `ctrl+s`, `super+*`")
        return chord

    def _number(self, node: yaml.Node, what: str) -> int:
        text = self._nodes.scalar(node, what)
        if not text.isdecimal():
            self._nodes.fail(node, f"`{what}` must be a number, not {text}")
        return int(text)

    def _region(self, node: yaml.Node) -> Region:
        sides = ("left", "top", "width", "height")
        entries = self._nodes.mapping(node, "region", sides)
        missing = next((side for side in sides if side not in entries), None)
        if missing:
            self._nodes.fail(node, f"`region` lacks `{missing}`. Write {{left: 0, top: 90%, width: 100%, height: 10%}}")
        left, top, width, height = (self._extent(entries[side], side) for side in sides)
        if width.value <= 0 or height.value <= 0:
            self._nodes.fail(node, "`region` is empty. Give it a width and a height above 0")
        return Region(left, top, width, height)

    def _extent(self, node: yaml.Node, what: str) -> Extent:
        text = self._nodes.scalar(node, what).strip()
        if not re.fullmatch(r"-?\d+(\.\d+)?%?", text):
            self._nodes.fail(node, f"`{what}` must be pixels (120) or a share of the screen (10%), not {text}")
        share = text.endswith("%")
        return Extent(float(text.rstrip("%")) / (100 if share else 1), share)

    def _host(self, node: yaml.Node) -> str:
        text = self._nodes.scalar(node, "hosts").strip().casefold()
        if not _HOST.fullmatch(text):
            self._nodes.fail(node, f"`{text}` is no host. Write names such as `example.com`, without http:// and path")
        return text.removeprefix("*.")

    def _alerts(self, node: yaml.Node) -> frozenset[str]:
        if isinstance(node, yaml.ScalarNode) and node.value == "any":
            return frozenset(get_args(AlertKind))
        return self._nodes.choices(node, "alerts", get_args(AlertKind))

    def _limit(self, node: yaml.Node) -> Limit:
        text = self._nodes.scalar(node, "more_than").strip()
        number, _, rest = text.partition(" in ")
        if not number.strip().isdecimal() or (" in " in text and not rest.strip()):
            self._nodes.fail(node, f"`more_than: {text}` is unclear. Write `50`, or `20 in 10 s`")
        return Limit(int(number), self._duration(node, rest) if rest else None)

    def _duration(self, node: yaml.Node, text: str) -> float:
        found = _DURATION.fullmatch(text.strip().casefold())
        if not found or found[2] not in _UNITS:
            self._nodes.fail(node, f"`{text.strip()}` is no length of time. Write `30 s`, `10 min`, `2 h`")
        return float(found[1]) * _UNITS[found[2]]

    def _span(self, node: yaml.Node) -> Span:
        text = self._nodes.scalar(node, "time").strip()
        start, _, end = text.replace("–", "-").partition("-")
        times = [self._clock(part.strip()) for part in (start, end)]
        if times[0] is None or times[1] is None or times[0] == times[1]:
            self._nodes.fail(node, f"`{text}` are no times of the day. Write `8:00-18:00`; `22-6` is overnight")
        return Span(times[0], times[1])

    def _clock(self, text: str) -> float | None:
        found = _CLOCK.fullmatch(text)
        if not found or int(found[1]) > 24 or int(found[2] or 0) > 59:
            return None
        return int(found[1]) * 3600.0 + int(found[2] or 0) * 60
