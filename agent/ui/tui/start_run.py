"""From a run's options to its screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agent import app
from agent.brake import Brake
from agent.config import Settings
from agent.events import Subscriber
from agent.gate import Approver, AutoApprover, NobodyApprover
from agent.ui.tui.approver import Standing
from agent.ui.tui.run import RunScreen


def screen_of(
    options: app.RunOptions, settings: Settings, answers: Literal["ask", "auto", "never"] = "ask"
) -> RunScreen:
    """The screen that does this run once it is shown; `answers` says who answers where the policy asks."""

    def start(person: Approver, watchers: Sequence[Subscriber], brake: Brake) -> app.Run:
        match answers:
            case "ask":
                approver = person
            case "auto":
                approver = Standing(AutoApprover(), person)
            case "never":
                approver = Standing(NobodyApprover(), person)
        return app.Run(options, settings, approver, watchers=watchers, brake=brake)

    return RunScreen(start, limits=options.limits, private=options.display is None, ask_limit=settings.ask_limit)
