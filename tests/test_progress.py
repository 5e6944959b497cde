"""The lines of a run at the terminal: what stands on a screen is shown as it is, and steers nothing."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agent.events import Event, FieldsRead, Note, Proposed, RunStarted, Stepped
from agent.schema import Click, FieldResult, Grounding, Outcome, Proposal
from agent.schema.seeing import Box, Point
from agent.ui.progress import Progress

NASTY = ("[/x]", "[bold]", "\\[/x]", "C:\\", "a\x1b[31mb", "two\nlines", "[link=file:///x]here[/link]")
BOX = Box(left=0, top=0, width=20, height=10)


def told(event: Event) -> str:
    """What is printed of an event, without colours."""
    out = io.StringIO()
    Progress(Console(file=out, width=200))(event)
    return out.getvalue()


@pytest.mark.parametrize("text", NASTY)
def test_a_text_is_shown_and_no_markup(text: str) -> None:
    field = FieldResult(label=text, key="k", wanted="w", read=text, verdict="wrong")
    seen = text.replace("\x1b", "\ufffd").replace("\n", " ")
    for event in (
        RunStarted(task=text, policy="standard"),
        Note(text=text, level="warning"),
        Stepped(step=1, outcome=Outcome(status="failed", detail=text)),
        FieldsRead(fields=(field,)),
    ):
        assert seen in told(event)
        assert "\x1b" not in told(event)


@pytest.mark.parametrize("text", NASTY)
def test_the_step_under_way_shows_its_target(text: str) -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out, width=200, force_terminal=True))
    with progress:
        grounding = Grounding(target=text, point=Point(x=1, y=1), box=BOX)
        progress(Proposed(step=1, proposal=Proposal(action=Click(point=Point(x=1, y=1)), grounding=grounding)))
        progress(Stepped(step=1, outcome=Outcome(status="ok")))
    assert text[:3] in out.getvalue() or "\ufffd" in out.getvalue()
