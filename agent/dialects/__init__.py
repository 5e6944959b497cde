"""How model families speak: prompts, tool-call formats, coordinates. One module a family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from agent.dialects.base import Dialect
from agent.dialects.qwen3_5 import Qwen35
from agent.dialects.qwen3_vl import Qwen3VL
from agent.errors import BadInput

__all__ = ["Dialect", "dialect_for"]

_NEWER = re.compile(r"qwen[-_ ]?3[._-](?:[5-9]|1\d)(?!\d*b)", re.IGNORECASE)
_OLDER = re.compile(r"qwen[-_ ]?(?:2(?:[._-]?5)?[-_ ]?vl|vl[-_ ](?:plus|max|chat))", re.IGNORECASE)


def dialect_for(model: str | Mapping[str, Any]) -> Dialect:
    """The dialect of a model, by its name or by its `config.json`.

    A name that says nothing (a server's alias) is taken for Qwen3-VL. Raises BadInput for a family that is known to
    speak otherwise, and for a configuration of no family that is known here.
    """
    if not isinstance(model, str):
        return _by_config(model)
    if _OLDER.search(model):
        raise BadInput(f"{model}: Qwen2-VL and Qwen2.5-VL point in another way; use a Qwen3-VL model or a newer one")
    return Qwen35() if _NEWER.search(model) else Qwen3VL()


def _by_config(config: Mapping[str, Any]) -> Dialect:
    kinds = [config.get("model_type", ""), *cast("list[Any]", config.get("architectures") or [])]
    said = " ".join(str(kind) for kind in kinds).lower().replace("_", "")
    if "qwen3vl" in said:
        return Qwen3VL()
    if re.search(r"qwen3[5-9]", said):
        return Qwen35()
    raise BadInput(f"a model of the kind {kinds[0]!r}: Deskhand speaks with Qwen3-VL, Qwen3.5 and what is made of them")
