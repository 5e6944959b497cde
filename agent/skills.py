"""Skills: `skills/<name>/SKILL.md`, a front matter and instructions in plain sentences."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn, cast

import yaml

from agent.errors import BadInput
from agent.schema import Value

FILE = "SKILL.md"
_KNOWN = ("name", "description", "data", "secrets", "policy")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Skill(Value):
    """A task that can be named instead of written out."""

    name: str
    description: str
    instructions: str = ""
    """The sentences below the front matter."""
    data: Path | None = None
    """Example record, in the skill's folder."""
    secrets: tuple[str, ...] = ()
    """Keys of records whose values are never shown or stored."""
    policy: str | None = None
    folder: Path = Path()

    @classmethod
    def load(cls, folder: Path) -> Skill:
        """Read a skill's folder (or its SKILL.md). Raises BadInput `FILE:LINE: what is wrong`."""
        path = folder if folder.name == FILE else folder / FILE
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise BadInput(f"{folder}: this is not a skill, it has no {FILE}") from None
        except UnicodeDecodeError as error:
            raise BadInput(f"{path}: not UTF-8 text (byte {error.start}). Save it as UTF-8") from None
        except OSError as error:
            raise BadInput(f"{path}: can't be read: {error.strerror}") from None
        return _read(path, text)


def _read(path: Path, text: str) -> Skill:
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        raise BadInput(f"{path}:1: no front matter. Begin with a line `---`, then `name:` and `description:`")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        raise BadInput(f"{path}:1: the front matter has no end. Add a line `---` after it")
    entries = _front(path, "\n".join(lines[1:end]))
    for key in ("name", "description"):
        if key not in entries:
            raise BadInput(f"{path}:1: the front matter lacks `{key}`. Add it")
    name = _text(path, entries["name"], "name")
    if not _NAME.fullmatch(name):
        _fail(path, entries["name"], f"the name '{name}' may hold only small letters, digits, - and _")
    return Skill(
        name=name,
        description=_text(path, entries["description"], "description"),
        instructions="\n".join(lines[end + 1 :]).strip(),
        data=_data(path, entries.get("data")),
        secrets=_names(path, entries.get("secrets")),
        policy=_text(path, entries["policy"], "policy") if "policy" in entries else None,
        folder=path.parent,
    )


def _front(path: Path, text: str) -> dict[str, yaml.Node]:
    try:
        root = cast("yaml.Node | None", yaml.compose(text, Loader=yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 2
        raise BadInput(f"{path}:{line}: the front matter is not YAML: {error.problem or error}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInput(f"{path}:2: the front matter is not YAML: {error}") from None
    if not isinstance(root, yaml.MappingNode):
        raise BadInput(f"{path}:2: the front matter must be lines such as `name: fill-form`")
    entries: dict[str, yaml.Node] = {}
    for key_node, value in cast("list[tuple[yaml.Node, yaml.Node]]", root.value):
        key = _text(path, key_node, "a key")
        if key not in _KNOWN:
            _fail(path, key_node, f"`{key}` is unknown. Known: {', '.join(_KNOWN)}")
        if key in entries:
            _fail(path, key_node, f"`{key}` stands twice. Leave one")
        entries[key] = value
    return entries


def _data(path: Path, node: yaml.Node | None) -> Path | None:
    if node is None:
        return None
    data = path.parent / _text(path, node, "data")
    if not data.resolve().is_relative_to(path.parent.resolve()):
        _fail(path, node, f"the data file {data} lies outside the skill's folder")
    if not data.is_file():
        _fail(path, node, f"there is no data file {data}")
    return data


def _names(path: Path, node: yaml.Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        _fail(path, node, "`secrets` must be a list of keys, such as `[password]`")
    return tuple(_text(path, item, "a secret's key") for item in cast("list[yaml.Node]", node.value))


def _text(path: Path, node: yaml.Node, what: str) -> str:
    value = node.value if isinstance(node, yaml.ScalarNode) else None
    if not isinstance(value, str) or not value.strip():
        _fail(path, node, f"`{what}` must be a text")
    return value.strip()


def _fail(path: Path, node: yaml.Node, what: str) -> NoReturn:
    # The front matter begins on the file's second line, and YAML counts from zero.
    raise BadInput(f"{path}:{node.start_mark.line + 2}: {what}")
