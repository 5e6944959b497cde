"""`deskhand ui`: the screens to start a run, watch it and look at past ones, at a terminal or in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.config import load_settings


def ui(
    web: Annotated[bool, typer.Option("--web", help="Serve it to a browser on this machine instead.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="--web: the port; 0 takes a free one.")] = 0,
) -> None:
    """Start a task, watch it, and look at past runs."""
    settings = load_settings()
    if web:
        from agent.ui.tui.web import serve  # it takes a while: only when asked for

        serve(port)
        return
    from agent.ui.tui.home import home
    from agent.ui.tui.terminal import check_terminal

    check_terminal("ui")
    home(settings)
