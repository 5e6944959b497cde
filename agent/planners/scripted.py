"""A planner that carries out a fixed list of proposals: for tests, demonstrations and replay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import TypeAdapter, ValidationError

from agent.errors import BadInput
from agent.schema import Action, Done, Observation, Proposal, Step

_ACTION: TypeAdapter[Action] = TypeAdapter(Action)


class ScriptedPlanner:
    """Proposes what it was given, one after the other, and Done when nothing is left."""

    def __init__(self, proposals: Sequence[Proposal | Action]) -> None:
        self._left = [p if isinstance(p, Proposal) else Proposal(action=p, thought="as scripted") for p in proposals]

    @classmethod
    def load(cls, path: Path) -> ScriptedPlanner:
        """Read a YAML or JSON list of actions or proposals. Raises BadInput naming the file and the entry."""
        try:
            data: Any = yaml.safe_load(path.read_text("utf-8"))
        except OSError as error:
            raise BadInput(f"{path}: can't be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f"{path}: not YAML or JSON: {error}") from error
        if not isinstance(data, list):
            raise BadInput(f"{path}: a script is a list of actions, each with its `kind`")
        entries = cast("list[Any]", data)
        return cls([_entry(path, number, entry) for number, entry in enumerate(entries, start=1)])

    def propose(self, observation: Observation, last: Step | None) -> Proposal:
        del observation, last
        return self._left.pop(0) if self._left else Proposal(action=Done(summary="the script is at its end"))


def _entry(path: Path, number: int, entry: Any) -> Proposal | Action:
    try:
        if isinstance(entry, dict) and "action" in entry:
            return Proposal.model_validate(entry)
        return _ACTION.validate_python(entry)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: entry {number}: {where}: {first['msg']}") from error
