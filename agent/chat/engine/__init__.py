"""A model inside this process, on PyTorch and transformers. Importing this costs nothing; opening an engine does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.chat.engine.plan import Options
from agent.errors import Missing

if TYPE_CHECKING:
    from agent.chat.engine.engine import Engine

__all__ = ["Options", "open_engine"]


def open_engine(name: str, *, context: int | None = None, options: Options | None = None) -> Engine:
    """Load a model by its name at the hub (from the hub's cache) or from a folder; nothing is downloaded.

    `context` is how many tokens prompt and answer may take together. Raises BadInput where the folder is no model or
    the memory does not suffice, Missing where the model or the extra `qwen` is not installed.
    """
    chosen = options or Options()
    if context is not None:
        chosen = chosen.model_copy(update={"context": context})
    try:
        from agent.chat.engine.engine import Engine
    except ImportError as error:
        raise Missing(f"a local model needs the extra `qwen` ({error})", mend='pip install "deskhand[qwen]"') from error
    return Engine.open(name, chosen)
