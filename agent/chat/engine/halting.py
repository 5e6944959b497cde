"""Stopping a model in the middle of a pass: asked before each part of it, not only between passes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

from torch import nn

from agent.chat.engine.int8 import Int8Experts, Int8Linear


class Halted(Exception):
    """The pass was left because somebody asked to stop."""


@contextmanager
def halting(model: Any, asked: Callable[[], bool]) -> Generator[None]:
    """While this is open, every layer of the model first looks whether it is still wanted. Raises Halted."""

    def look(_module: object, _inputs: object) -> None:
        if asked():
            raise Halted

    modules = cast("nn.Module", model).modules()
    hooks = [m.register_forward_pre_hook(look) for m in modules if isinstance(m, nn.Linear | Int8Linear | Int8Experts)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
