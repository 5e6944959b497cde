"""Test files of policies: described proposals, and what must come of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError

from agent.errors import BadInput, PolicyError
from agent.lookup import find
from agent.policy.described import Described
from agent.policy.engine import Policy
from agent.policy.file import read_text
from agent.policy.match import EFFECTS, Effect
from agent.policy.nodes import Nodes, compose
from agent.schema import Risk, Verdict

_OF_FILE = ("policy", "task", "cases")
_EXPECTED = ("expect", "rule", "risk")


@dataclass(frozen=True, slots=True)
class Case:
    """One described proposal and its expected verdict."""

    name: str
    line: int
    described: Described
    expect: Effect
    rule: str = ""
    risk: Risk | None = None

    def judged(self, policy: Policy) -> Verdict:
        return policy.judge(self.described.proposal(), self.described.context())

    def complaint(self, policy: Policy) -> str:
        """What is wrong with the policy by this case, empty where nothing is."""
        verdict = self.judged(policy)
        got = f"{verdict.effect} by '{verdict.rule}' ({verdict.risk} risk: {verdict.reason})"
        wanted = (
            self.expect + (f" by '{self.rule}'" if self.rule else "") + (f", {self.risk} risk" if self.risk else "")
        )
        right = (
            verdict.effect == self.expect
            and self.rule in ("", verdict.rule)
            and (self.risk is None or self.risk == verdict.risk)
        )
        return "" if right else f"expected {wanted}; got {got}"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one policy."""

    path: Path
    policy: Policy
    cases: tuple[Case, ...]

    def failures(self) -> list[str]:
        """A line for each case that fails."""
        return [
            f"{self.path}:{case.line}: '{case.name}': {complaint}"
            for case in self.cases
            if (complaint := case.complaint(self.policy))
        ]


def read_cases(path: Path) -> CaseFile:
    """The cases of a file; `policy` in it is a name or file, and the file's own name where it isn't given.

    Raises PolicyError `FILE:LINE: what is wrong and how to mend it`.
    """
    nodes = Nodes(str(path))
    root = compose(read_text(path), str(path), "Write a list of `cases`")
    try:
        return _cases(nodes, path, root)
    except RecursionError:
        nodes.fail(root, "something in it is nested within itself (an alias), or too deeply. Write it out")


def _cases(nodes: Nodes, path: Path, root: yaml.Node) -> CaseFile:
    entries = nodes.mapping(root, "a test file", _OF_FILE)
    if "cases" not in entries:
        nodes.fail(root, "no `cases`. Add a list of them")
    task = _plain(entries["task"]) if "task" in entries else None
    listed = nodes.sequence(entries["cases"], "cases")
    if not listed:
        nodes.fail(entries["cases"], "`cases` is empty. Add one")
    cases = tuple(_case(nodes, node, task) for node in listed)
    return CaseFile(path, _policy(nodes, path, entries), cases)


def _policy(nodes: Nodes, path: Path, entries: dict[str, yaml.Node]) -> Policy:
    name = nodes.scalar(entries["policy"], "policy") if "policy" in entries else path.stem
    beside = path.parent / name
    try:
        found = beside if name.endswith((".yaml", ".yml")) and beside.is_file() else find("policies", name)
    except BadInput as error:
        line = entries["policy"].start_mark.line + 1 if "policy" in entries else 1
        raise PolicyError(f"{path}:{line}: {error}") from None
    return Policy.load(found)


def _case(nodes: Nodes, node: yaml.Node, task: Any) -> Case:
    known = ("name", *_EXPECTED, *Described.model_fields)
    entries = nodes.mapping(node, "a case", known)
    for key in ("name", "expect", "action"):
        if key not in entries:
            nodes.fail(node, f"a case without `{key}`. Add it")
    values = {key: _plain(value) for key, value in entries.items() if key in Described.model_fields}
    values.setdefault("task", task)
    try:
        described = Described.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        at = entries.get(str(first["loc"][0]), node) if first["loc"] else node
        where = ".".join(str(part) for part in first["loc"])
        nodes.fail(at, f"`{where}`: {first['msg']}")
    expect = cast(Effect, nodes.choice(entries["expect"], "expect", EFFECTS))
    rule = nodes.scalar(entries["rule"], "rule") if "rule" in entries else ""
    risk = nodes.choice(entries["risk"], "risk", ("none", "low", "medium", "high")) if "risk" in entries else None
    name = nodes.scalar(entries["name"], "name")
    return Case(name, node.start_mark.line + 1, described, expect, rule, cast("Risk | None", risk))


def _plain(node: yaml.Node) -> Any:
    """The value of a node as YAML has it, but times and numbers of text fields stay as they are written."""
    match node:
        case yaml.MappingNode():
            pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
            return {str(key.value): _plain(value) for key, value in pairs}
        case yaml.SequenceNode():
            return [_plain(item) for item in cast("list[yaml.Node]", node.value)]
        case _:
            value = str(node.value)
            plain = node.style is None if isinstance(node, yaml.ScalarNode) else False
            return {"true": True, "false": False, "null": None}.get(value, value) if plain else value
