"""Policy files: YAML in, rules out, and errors that name the file and the line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, NoReturn, TypeVar, cast, get_args

import yaml

from agent.errors import PolicyError
from agent.policy.chords import Chord, parse_chord
from agent.schema import Action, Intent, Risk, Role

Effect = Literal["allow", "ask", "deny"]
T = TypeVar("T")

VERSION = "1"
KINDS: frozenset[str] = frozenset(
    member.model_fields["kind"].default for member in get_args(get_args(Action)[0]) if member is not None
)
"""The kinds of action, as the vocabulary has them."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule is for: every part that is given must fit; a list fits if one of it does."""

    actions: frozenset[str] | None = None
    intents: frozenset[str] | None = None
    risk: Risk | None = None
    """At least this risk."""
    roles: frozenset[str] | None = None
    """Of what is seen at the target; where several things are met, all of them."""
    text: tuple[re.Pattern[str], ...] | None = None
    """Regular expressions, searched without regard to case in the texts of the target."""
    keys: tuple[Chord, ...] | None = None
    """Chords such as `ctrl+s`; `super+*` is every chord with that key."""
    window: tuple[re.Pattern[str], ...] | None = None
    """Regular expressions, searched in the title of the active window."""
    private: bool | None = None
    """On a private display, or on one that the user works on."""

    @property
    def everything(self) -> bool:
        return all(getattr(self, field.name) is None for field in fields(self))


@dataclass(frozen=True, slots=True)
class Rule:
    """A named decision."""

    name: str
    effect: Effect
    match: Match
    line: int


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy file says."""

    rules: tuple[Rule, ...]
    description: str = ""


def read_policy(path: Path) -> PolicyFile:
    """Read and check a policy file. Raises PolicyError `FILE:LINE: what is wrong and how to mend it`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{path}: there is no such policy file. Name one that exists") from None
    except IsADirectoryError:
        raise PolicyError(f"{path}: this is a folder. Name the policy file in it") from None
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: not UTF-8 text (byte {error.start}). Save it as UTF-8") from None
    except OSError as error:
        raise PolicyError(f"{path}: can't be read: {error.strerror}") from None
    return parse_policy(text, str(path))


def parse_policy(text: str, name: str) -> PolicyFile:
    """Check the text of a policy file; `name` stands before the line in errors."""
    try:
        root = cast("yaml.Node | None", yaml.compose(text, Loader=yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise PolicyError(
            f"{name}:{line}: not YAML: {error.problem or error}. Mend the indentation or quotes"
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicyError(f"{name}:1: not YAML: {error}") from None
    if root is None:
        raise PolicyError(f"{name}:1: the file is empty. Write `version: {VERSION}` and a list of `rules`")
    return _Reader(name).policy(root)


class _Reader:
    """Walks the YAML nodes, which know their lines."""

    def __init__(self, name: str) -> None:
        self._name = name

    def policy(self, root: yaml.Node) -> PolicyFile:
        entries = self._mapping(root, "a policy", ("version", "description", "rules"))
        version = self._scalar(entries["version"], "version") if "version" in entries else None
        if version != VERSION:
            node = entries.get("version", root)
            self._fail(node, f"`version` must be {VERSION}" + (f", not {version}" if version else "; add it"))
        if "rules" not in entries:
            self._fail(root, "no `rules`. Add a list of them; without a rule everything would be asked")
        nodes = self._sequence(entries["rules"], "rules")
        if not nodes:
            self._fail(entries["rules"], "`rules` is empty. Add one, or name another policy")
        rules = [self._rule(node) for node in nodes]
        self._check_order(rules, nodes)
        description = self._scalar(entries["description"], "description") if "description" in entries else ""
        return PolicyFile(rules=tuple(rules), description=description)

    def _rule(self, node: yaml.Node) -> Rule:
        entries = self._mapping(node, "a rule", ("name", "effect", "match"))
        for key in ("name", "effect", "match"):
            if key not in entries:
                self._fail(
                    node, f"a rule without `{key}`. Add it" + (" (`match: any` fits everything)" * (key == "match"))
                )
        name = self._scalar(entries["name"], "name").strip()
        if not name or name in ("default", "ending"):
            self._fail(entries["name"], f"a rule can't be named '{name}'. Choose another name")
        effect = self._choice(entries["effect"], "effect", get_args(Effect))
        return Rule(name, cast(Effect, effect), self._match(entries["match"]), node.start_mark.line + 1)

    def _match(self, node: yaml.Node) -> Match:
        if isinstance(node, yaml.ScalarNode):
            if node.value == "any":
                return Match()
            self._fail(
                node, f"`match: {node.value}` is unknown. Write `any`, or a mapping such as `{{actions: [click]}}`"
            )
        entries = self._mapping(node, "match", tuple(field.name for field in fields(Match)))
        if not entries:
            self._fail(node, "`match` is empty. Write `match: any` if everything is meant")
        readers: Mapping[str, Callable[[yaml.Node], object]] = {
            "actions": lambda n: self._choices(n, "actions", KINDS),
            "intents": lambda n: self._choices(n, "intents", get_args(Intent)),
            "risk": lambda n: self._choice(n, "risk", get_args(Risk)),
            "roles": lambda n: self._choices(n, "roles", get_args(Role)),
            "text": lambda n: self._list(n, "text", self._pattern),
            "keys": lambda n: self._list(n, "keys", self._chord),
            "window": lambda n: self._list(n, "window", self._pattern),
            "private": self._truth,
        }
        return Match(**{key: readers[key](value) for key, value in entries.items()})  # pyright: ignore[reportArgumentType]

    def _check_order(self, rules: Sequence[Rule], nodes: Sequence[yaml.Node]) -> None:
        names: dict[str, int] = {}
        final: Rule | None = None
        for rule, node in zip(rules, nodes, strict=True):
            if rule.name in names:
                self._fail(
                    node, f"two rules are named '{rule.name}' (the other on line {names[rule.name]}). Rename one"
                )
            if final is not None:
                self._fail(node, f"'{rule.name}' is never reached: '{final.name}' above it fits everything. Move it up")
            names[rule.name] = rule.line
            final = rule if rule.match.everything else None

    def _mapping(self, node: yaml.Node, what: str, known: Sequence[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, f"{what} must be a mapping with {_listed(known)}")
        entries: dict[str, yaml.Node] = {}
        for key_node, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            key = self._scalar(key_node, "a key")
            if key not in known:
                self._fail(key_node, f"`{key}` is unknown in {what}. {_nearest(key, known)}")
            if key in entries:
                self._fail(key_node, f"`{key}` stands twice in {what}. Leave one")
            entries[key] = value
        return entries

    def _sequence(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, f"`{what}` must be a list, such as `[...]`")
        return cast("list[yaml.Node]", node.value)

    def _scalar(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not isinstance(node.value, str):
            self._fail(node, f"`{what}` must be a plain word or text")
        return node.value

    def _list(self, node: yaml.Node, what: str, read: Callable[[yaml.Node], T]) -> tuple[T, ...]:
        items = [node] if isinstance(node, yaml.ScalarNode) else self._sequence(node, what)
        if not items:
            self._fail(node, f"`{what}` is an empty list, which fits nothing. Name something, or drop `{what}`")
        return tuple(read(item) for item in items)

    def _choices(self, node: yaml.Node, what: str, known: Iterable[str]) -> frozenset[str]:
        options = tuple(sorted(known))
        return frozenset(self._list(node, what, lambda item: self._choice(item, what, options)))

    def _choice(self, node: yaml.Node, what: str, known: Sequence[str]) -> str:
        value = self._scalar(node, what)
        if value not in known:
            self._fail(node, f"`{value}` is unknown in `{what}`. {_nearest(value, known)}")
        return value

    def _pattern(self, node: yaml.Node) -> re.Pattern[str]:
        text = self._scalar(node, "a pattern")
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error as error:
            self._fail(node, f"`{text}` is no regular expression: {error}. Escape special characters with \\")
        if pattern.search("") is not None:
            self._fail(node, f"`{text}` fits even an empty text. Drop it, or make it say something")
        return pattern

    def _chord(self, node: yaml.Node) -> Chord:
        text = self._scalar(node, "keys").strip()
        chord = parse_chord(text) if text else frozenset[str]()
        if not chord - {"*"}:
            self._fail(node, f"`{text}` names no key. Write chords as `ctrl+s`, `super+*`")
        return chord

    def _truth(self, node: yaml.Node) -> bool:
        value = self._scalar(node, "private")
        if value not in ("true", "false"):
            self._fail(node, f"`private` must be true or false, not {value}")
        return value == "true"

    def _fail(self, node: yaml.Node, what: str) -> NoReturn:
        raise PolicyError(f"{self._name}:{node.start_mark.line + 1}: {what}")


def _listed(known: Sequence[str]) -> str:
    return ", ".join(f"`{k}`" for k in known)


def _nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known: {_listed(known)}"
