"""Plain mode: the same questions and the same news line by line, for screen readers and logs."""

from __future__ import annotations

import sys

from rich.console import Console

from agent.describe import plain, took
from agent.gate import Request
from agent.schema import Proposal, Result
from agent.ui.console import ConsoleApprover
from agent.ui.output import Output
from agent.ui.tui import words


def plain_console(stderr: bool = True) -> Console:
    """A console without colour, cursor movement, boxes or wrapping, whatever terminal it is."""
    return Output(
        stderr=stderr, force_terminal=False, no_color=True, color_system=None, highlight=False, soft_wrap=True
    )


class PlainApprover(ConsoleApprover):
    """Asks like the other one, without drawing."""

    def show(self, request: Request, told: Proposal | None) -> None:
        lines = [f"Step {request.number} needs your leave.", f"Action: {words.headline(request, told)}"]
        lines.append(f"Risk: {request.verdict.risk}")
        lines += [f"{name}: {text}" for name, text in words.rows(request, told)]
        for alert in request.context.alerts:
            lines.append(f"Beware, this stands on the screen and is not from Deskhand: {words.warning(alert)}")
        for line in lines:
            self.console.print(line, markup=False)


def show_plainly(result: Result) -> None:
    """The result, a line a field."""
    for field in result.fields:
        note = f" ({plain(field.note)})" if field.note else ""
        wanted, read = plain(field.wanted), plain(field.read)
        print(f"Field {plain(field.label)}: {field.verdict}, wanted {wanted!r}, read back {read!r}{note}")
    if result.unmatched_keys:
        print("Keys without a field: " + ", ".join(map(plain, result.unmatched_keys)))
    print(f"{result.status}: {plain(result.reason)}".rstrip(": "))
    print(f"{result.steps} steps, {took(result)}. Trace: {result.trace}")
    sys.stdout.flush()
