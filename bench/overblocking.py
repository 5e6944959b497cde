"""What `standard` asks while the corpus's forms are filled: `python -m bench.overblocking [NAME ...]`.

Each form is run with a person who approves whatever is asked, so that all the questions of a form come up. A question
about a step of the form's own sending is needed; every other one is over-blocking, as the record names it all.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from agent.describe import describe
from agent.events import Judged, Proposed
from agent.schema import TypeText
from agent.trace import TraceReader
from tests.corpus.cases import FORMS
from tests.corpus.drive import drive
from tests.corpus.more import MORE

NEEDED = ("sends", "costly", "submit")
"""The rules that ask about sending."""


def main(names: list[str]) -> None:
    forms = [form for form in (*FORMS, *MORE) if not names or form.name in names]
    steps = needless = 0
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            score = drive(form, Path(folder), "--policy", "standard", "--approve", "auto")
            acting, asked = _asked(Path(folder) / form.name)
            steps, needless = steps + acting, needless + len(asked)
            print(
                f"{form.name}: {score.status}, {score.right}/{score.total} right, {acting} steps, {len(asked)} needless"
            )
            for line in asked:
                print(f"    {line}", flush=True)
    print(f"{len(forms)} forms, {steps} steps, {needless} needless questions")


def _asked(trace: Path) -> tuple[int, list[str]]:
    """Steps that were judged, and the questions that a person would find needless."""
    steps, asked, proposal = 0, list[str](), None
    for event in TraceReader(trace).events():
        match event:
            case Proposed():
                proposal = event.proposal
            case Judged(verdict=verdict) if proposal is not None:
                steps += 1
                sends = verdict.rule in NEEDED and not isinstance(proposal.action, TypeText)
                if verdict.effect != "allow" and not sends:
                    said = describe(proposal.action, proposal.grounding)
                    asked.append(f"{said} [{proposal.intent}] {verdict.effect} by {verdict.rule}: {verdict.reason}")
            case _:
                pass
    return steps, asked


if __name__ == "__main__":
    main(sys.argv[1:])
