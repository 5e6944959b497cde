"""Settings of the person who runs Deskhand: the environment (`DESKHAND_...`), else these defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.errors import BadInput


class Settings(BaseSettings):
    """What may be set once for all runs; the command line wins over it."""

    model_config = SettingsConfigDict(env_prefix="DESKHAND_", frozen=True)

    traces: Path = Path("traces")
    """Folder in which each run gets a folder of its own."""

    keep_days: float | None = Field(default=None, gt=0)
    """Days after which a run's trace is removed when another run begins; None: never."""

    keep_runs: int | None = Field(default=None, ge=0)
    """How many traces stay when a run begins, the newest; None: all."""

    keep_mb: float | None = Field(default=None, gt=0)
    """Megabytes that the traces may take when a run begins, the newest first; None: any number."""

    quiet: float = 0.08
    """Seconds without change after which the screen counts as settled."""

    settle_limit: float = 3.0
    """Seconds after which a screen that never rests is read as it is."""

    first_change: float = 0.15
    """Seconds to wait for an action to show any effect before the screen counts as settled."""

    start_limit: float = 30.0
    """Seconds in which an application must show its first window."""

    ask_limit: float = Field(default=120.0, gt=0)
    """Seconds in which a person must answer a question; no answer means no."""

    stop_keys: str = "esc esc"
    """Keys that stop a run on a shared desktop, wherever they are pressed: keys or chords (`ctrl+alt+q`), one after
    the other; empty for none."""

    graphics: Literal["auto", "kitty", "sixel", "cells"] = "auto"
    """How the screen draws pictures: as the terminal says that it can, or so; `cells` works in each."""

    context: int | None = Field(default=None, ge=1024, le=262_144)
    """Tokens of a model's prompt and answer together; None: as the model and the machine allow (8,192 on a CPU)."""

    image_tokens: int = Field(default=2048, ge=64, le=16_384)
    """Most tokens of one screenshot that a model is shown (1,024 on a processor, where nothing is set)."""

    thinking: bool = True
    """Whether a model that can think does so before it acts."""

    aim: bool = True
    """Whether a model looks again at a crop before it clicks on something small or doubtful."""


def load_settings() -> Settings:
    """The settings of this environment. Raises BadInput naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "".join(str(part) for part in first["loc"][:1]).upper()
        raise BadInput(f"DESKHAND_{name}={first['input']}: {first['msg']}") from error
