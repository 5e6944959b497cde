"""Which kinds of value a JSON schema takes, as far as its words say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

DEEPEST = 8
"""References and alternatives inside one another; a schema that goes on so leads nowhere."""


def kinds_of(schema: Any, root: Mapping[str, Any], depth: int = 0) -> frozenset[str]:
    """The JSON types of a schema inside `root`; none where it does not say."""
    if not isinstance(schema, dict) or depth > DEEPEST:
        return frozenset()
    said = cast("dict[str, Any]", schema)
    if "$ref" in said:
        return kinds_of(part_of(root, *_path(str(said["$ref"]))), root, depth + 1)
    if "type" in said:
        named: Any = said["type"]
        kinds = {str(kind) for kind in cast("list[Any]", named if isinstance(named, list) else [named])}
        return frozenset(kinds | {"integer"} if "number" in kinds else kinds)
    if "const" in said:
        return frozenset({kind_of(said["const"])})
    if isinstance(said.get("enum"), list):
        return frozenset(map(kind_of, said["enum"]))
    for name in ("anyOf", "oneOf", "allOf"):
        if isinstance(said.get(name), list):
            return frozenset[str]().union(*(kinds_of(inner, root, depth + 1) for inner in said[name]))
    if "properties" in said:
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in said else frozenset()


def kind_of(value: object) -> str:
    """The JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def part_of(schema: Any, *path: str) -> Any:
    """What stands at a path inside a schema; None where there is nothing."""
    for step in path:
        schema = cast("dict[str, Any]", schema).get(step) if isinstance(schema, dict) else None
    return schema


def _path(reference: str) -> list[str]:
    """A reference inside a schema (`#/$defs/name`) as a path; any other leads nowhere."""
    return reference.removeprefix("#").strip("/").split("/") if reference.startswith("#") else [reference]
