"""Models to think with: a transport and the dialect that its model speaks, from what a person named."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from agent.config import Settings, load_settings
from agent.dialects import Dialect, dialect_for
from agent.planners.vision.options import VisionOptions
from agent.talk import Chat

SERVER_CONTEXT = 32_768
"""Tokens of prompt and answer on a server, where neither the person nor the server says less."""


CPU_IMAGE_TOKENS = 1024
"""A processor's budget for a screenshot, where the person sets none: seconds instead of a minute for a look."""


class Mind(NamedTuple):
    """A model that can be asked, and what a person should know of it."""

    chat: Chat
    dialect: Dialect
    options: VisionOptions
    about: str
    warning: str = ""
    close: Callable[[], None] = lambda: None


def open_server(url: str, model: str, settings: Settings, stop: threading.Event) -> Mind:
    """A model behind an OpenAI-compatible URL, tried out first.

    Raises BadInput, Missing (a key), Stopped, TaskFailed with what is wrong with the server.
    """
    from agent.chat.probe import connect
    from agent.chat.server import Server

    server = Server.at(url)
    chat = connect(server, dialect_for, stop, model=model)
    facts = chat.facts
    context = min(settings.context or SERVER_CONTEXT, facts.context or SERVER_CONTEXT)
    about = f"{server.name}: {facts.line}"
    return Mind(chat, dialect_for(facts.model), _options(settings, context), about, server.warning)


def open_local(model: str, settings: Settings) -> Mind:
    """A model in this process, by its name or folder; the chosen one where none is named.

    Raises BadInput, Missing where the model or the extra `qwen` is not installed.
    """
    from agent.chat.engine import Options, open_engine
    from agent.errors import BadInput
    from agent.models import store

    name = model or store.chosen()
    if not name:
        raise BadInput("no model is chosen: name one with --model or --server, or: deskhand models pull NAME")
    # What is kept is the state after the system prompt and the tools, which hold nothing of the user's.
    engine = open_engine(name, context=settings.context, options=Options(keep=_cache_folder() / "prompts"))
    if engine.plan.device == "cpu" and "image_tokens" not in settings.model_fields_set:
        settings = settings.model_copy(update={"image_tokens": CPU_IMAGE_TOKENS})
    about = f"{engine.name}: {engine.plan.precision} on {engine.plan.device}, {engine.context} tokens"
    return Mind(engine, engine.dialect, _options(settings, engine.context), about, close=engine.close)


@contextmanager
def opened(model: str, server: str) -> Generator[Mind]:
    """A mind for one question, by the settings of the environment."""
    settings = load_settings()
    mind = open_server(server, model, settings, threading.Event()) if server else open_local(model, settings)
    try:
        yield mind
    finally:
        mind.close()


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskhand"


def _options(settings: Settings, context: int) -> VisionOptions:
    return VisionOptions(context=context, image_tokens=settings.image_tokens, thinking=settings.thinking)
