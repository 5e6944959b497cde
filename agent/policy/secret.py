"""What a policy marks as secret: values by their kind or shape, and fields by their label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

import yaml

from agent.errors import BadInput
from agent.policy.nodes import Nodes
from agent.policy.typed import places
from agent.wording import fold

SecretKind = Literal["card", "iban", "key", "email"]
KINDS: tuple[SecretKind, ...] = get_args(SecretKind)


@dataclass(frozen=True, slots=True)
class Secret:
    """Kept out of every text and picture of a trace; what other policies of a chain mark is marked as well."""

    labels: tuple[re.Pattern[str], ...] = ()
    """Searched without regard to case in the labels of fields."""
    values: frozenset[SecretKind] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()
    """Searched in every text."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Begin and end of each secret in a text."""
        if self.values:
            yield from ((begin, end) for kind, begin, end in places(text) if kind in self.values)
        for pattern in self.patterns:
            yield from (match.span() for match in pattern.finditer(text) if match.group())

    def label(self, text: str) -> bool:
        """Whether a field of this label holds a secret."""
        return bool(self.labels) and any(pattern.search(fold(text)) or pattern.search(text) for pattern in self.labels)

    def __or__(self, other: Secret) -> Secret:
        return Secret(self.labels + other.labels, self.values | other.values, self.patterns + other.patterns)

    @property
    def empty(self) -> bool:
        return not (self.labels or self.values or self.patterns)


NOTHING = Secret()


def read_marks(patterns: Sequence[str], kinds: Sequence[str]) -> Secret:
    """The same from a command line. Raises BadInput."""
    for kind in kinds:
        if kind not in KINDS:
            raise BadInput(f"--kind {kind}: known are {', '.join(KINDS)}")
    compiled: list[re.Pattern[str]] = []
    for text in patterns:
        try:
            compiled.append(re.compile(text, re.IGNORECASE))
        except re.error as error:
            raise BadInput(f"--pattern {text!r} is no regular expression: {error}") from None
        if compiled[-1].search("") is not None:
            raise BadInput(f"--pattern {text!r} fits even an empty text")
    return Secret(values=frozenset(cast("Sequence[SecretKind]", kinds)), patterns=tuple(compiled))


def read_secret(nodes: Nodes, node: yaml.Node) -> Secret:
    """`secret: {labels: [...], values: [card, iban, key, email], patterns: [...]}`. Raises PolicyError."""
    entries = nodes.mapping(node, "secret", ("labels", "values", "patterns"))
    if not entries:
        nodes.fail(node, "`secret` is empty. Name `labels` of fields, `values` or `patterns`, or drop it")

    def pattern(item: yaml.Node) -> re.Pattern[str]:
        text = nodes.scalar(item, "a pattern")
        try:
            found = re.compile(text, re.IGNORECASE)
        except re.error as error:
            nodes.fail(item, f"`{text}` is no regular expression: {error}. Escape special characters with \\")
        if found.search("") is not None:
            nodes.fail(item, f"`{text}` fits even an empty text. Drop it, or make it say something")
        return found

    return Secret(
        labels=nodes.items(entries["labels"], "labels", pattern) if "labels" in entries else (),
        values=cast("frozenset[SecretKind]", nodes.choices(entries["values"], "values", KINDS))
        if "values" in entries
        else frozenset(),
        patterns=nodes.items(entries["patterns"], "patterns", pattern) if "patterns" in entries else (),
    )
