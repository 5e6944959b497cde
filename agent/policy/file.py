"""Policy files: YAML in, rules out, and errors that name the file and the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from agent.errors import PolicyError
from agent.policy.match import EFFECTS, Effect, Match, Rule
from agent.policy.nodes import Nodes, compose
from agent.policy.parts import KINDS, read_match
from agent.policy.secret import NOTHING, Secret, read_secret

__all__ = ["KINDS", "Effect", "Match", "PolicyFile", "Rule", "parse_policy", "read_policy", "read_text"]

VERSION = "1"
RESERVED = ("default", "ending")


@dataclass(frozen=True, slots=True)
class Loosened:
    """A denying rule of the base that this file's own rules may overrule."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy file says."""

    rules: tuple[Rule, ...]
    description: str = ""
    extends: str = ""
    """Name or file of the policy whose rules come after these."""
    extends_line: int = 0
    loosen: tuple[Loosened, ...] = ()
    secret: Secret = NOTHING


def read_text(path: Path) -> str:
    """The text of a policy file. Raises PolicyError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{path}: there is no such policy file. Name one that exists") from None
    except IsADirectoryError:
        raise PolicyError(f"{path}: this is a folder. Name the policy file in it") from None
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: not UTF-8 text (byte {error.start}). Save it as UTF-8") from None
    except OSError as error:
        raise PolicyError(f"{path}: can't be read: {error.strerror}") from None


def read_policy(path: Path) -> PolicyFile:
    """Read and check a policy file. Raises PolicyError `FILE:LINE: what is wrong and how to mend it`."""
    return parse_policy(read_text(path), str(path))


def parse_policy(text: str, name: str) -> PolicyFile:
    """Check the text of a policy file; `name` stands before the line in errors."""
    return _Reader(Nodes(name)).policy(
        compose(text, name, f"Write `version: {VERSION}` and a list of `rules`"),
    )


class _Reader:
    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    def policy(self, root: yaml.Node) -> PolicyFile:
        nodes = self._nodes
        entries = nodes.mapping(root, "a policy", ("version", "description", "extends", "loosen", "secret", "rules"))
        version = nodes.scalar(entries["version"], "version") if "version" in entries else None
        if version != VERSION:
            node = entries.get("version", root)
            nodes.fail(node, f"`version` must be {VERSION}" + (f", not {version}" if version else "; add it"))
        if "rules" not in entries:
            nodes.fail(root, "no `rules`. Add a list of them; without a rule everything would be asked")
        listed = nodes.sequence(entries["rules"], "rules")
        if not listed:
            nodes.fail(entries["rules"], "`rules` is empty. Add one, or name another policy")
        rules = [self._rule(node) for node in listed]
        self._check_order(rules, listed)
        extends = entries.get("extends")
        if "loosen" in entries and extends is None:
            nodes.fail(entries["loosen"], "`loosen` names rules of the policy that this one `extends`; there is none")
        return PolicyFile(
            rules=tuple(rules),
            description=nodes.scalar(entries["description"], "description") if "description" in entries else "",
            extends=nodes.scalar(extends, "extends").strip() if extends is not None else "",
            extends_line=extends.start_mark.line + 1 if extends is not None else 0,
            loosen=nodes.items(entries["loosen"], "loosen", self._loosened) if "loosen" in entries else (),
            secret=read_secret(nodes, entries["secret"]) if "secret" in entries else NOTHING,
        )

    def _loosened(self, node: yaml.Node) -> Loosened:
        return Loosened(self._nodes.scalar(node, "loosen"), node.start_mark.line + 1)

    def _rule(self, node: yaml.Node) -> Rule:
        nodes = self._nodes
        entries = nodes.mapping(node, "a rule", ("name", "effect", "match"))
        for key in ("name", "effect", "match"):
            if key not in entries:
                nodes.fail(
                    node, f"a rule without `{key}`. Add it" + (" (`match: any` fits everything)" * (key == "match"))
                )
        name = nodes.scalar(entries["name"], "name").strip()
        if not name or name in RESERVED:
            nodes.fail(entries["name"], f"a rule can't be named '{name}'. Choose another name")
        effect = cast(Effect, nodes.choice(entries["effect"], "effect", EFFECTS))
        return Rule(name, effect, read_match(nodes, entries["match"], effect), node.start_mark.line + 1, nodes.name)

    def _check_order(self, rules: Sequence[Rule], listed: Sequence[yaml.Node]) -> None:
        names: dict[str, int] = {}
        final: Rule | None = None
        for rule, node in zip(rules, listed, strict=True):
            if rule.name in names:
                self._nodes.fail(
                    node, f"two rules are named '{rule.name}' (the other on line {names[rule.name]}). Rename one"
                )
            if final is not None:
                self._nodes.fail(
                    node, f"'{rule.name}' is never reached: '{final.name}' above it fits everything. Move it up"
                )
            names[rule.name] = rule.line
            final = rule if rule.match.everything else None
