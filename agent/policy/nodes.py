"""YAML nodes, which know their lines, read strictly: every error names the file, the line and the mend."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, TypeVar, cast

import yaml

from agent.errors import PolicyError

T = TypeVar("T")


def compose(text: str, name: str, empty: str) -> yaml.Node:
    """The root of a YAML text; `name` stands before the line in errors, `empty` says what an empty file lacks."""
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
        raise PolicyError(f"{name}:1: the file is empty. {empty}")
    return root


class Nodes:
    """Reads nodes of one file. Raises PolicyError `FILE:LINE: what is wrong and how to mend it`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, node: yaml.Node, what: str) -> NoReturn:
        raise PolicyError(f"{self.name}:{node.start_mark.line + 1}: {what}")

    def mapping(self, node: yaml.Node, what: str, known: Sequence[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{what} must be a mapping with {listed(known)}")
        entries: dict[str, yaml.Node] = {}
        for key_node, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            key = self.scalar(key_node, "a key")
            if key not in known:
                self.fail(key_node, f"`{key}` is unknown in {what}. {nearest(key, known)}")
            if key in entries:
                self.fail(key_node, f"`{key}` stands twice in {what}. Leave one")
            entries[key] = value
        return entries

    def sequence(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.fail(node, f"`{what}` must be a list, such as `[...]`")
        return cast("list[yaml.Node]", node.value)

    def scalar(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not isinstance(node.value, str):
            self.fail(node, f"`{what}` must be a plain word or text")
        return node.value

    def items(self, node: yaml.Node, what: str, read: Callable[[yaml.Node], T]) -> tuple[T, ...]:
        """A list, or one thing alone."""
        nodes = [node] if isinstance(node, yaml.ScalarNode) else self.sequence(node, what)
        if not nodes:
            self.fail(node, f"`{what}` is an empty list, which fits nothing. Name something, or drop `{what}`")
        return tuple(read(item) for item in nodes)

    def choices(self, node: yaml.Node, what: str, known: Iterable[str]) -> frozenset[str]:
        options = tuple(sorted(known))
        return frozenset(self.items(node, what, lambda item: self.choice(item, what, options)))

    def choice(self, node: yaml.Node, what: str, known: Sequence[str]) -> str:
        value = self.scalar(node, what)
        if value not in known:
            self.fail(node, f"`{value}` is unknown in `{what}`. {nearest(value, known)}")
        return value

    def truth(self, node: yaml.Node, what: str) -> bool:
        value = self.scalar(node, what)
        if value not in ("true", "false"):
            self.fail(node, f"`{what}` must be true or false, not {value}")
        return value == "true"


def listed(known: Sequence[str]) -> str:
    return ", ".join(f"`{k}`" for k in known)


def nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known: {listed(known)}"
