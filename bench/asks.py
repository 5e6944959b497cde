"""How often the policy `standard` asks while forms of the corpus are filled, and whether a person would see why.

    python -m bench.asks [--every 3]

Each form of tests/corpus/cases.py is filled from its record in a private display under `standard`, with yes to
everything that is asked. Counted are the questions; all but those about sending the form are needless.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from agent.describe import describe
from agent.events import Judged, Proposed, Stepped
from agent.schema import Click, Drag, PressKeys, Proposal, TypeText
from agent.trace import TraceReader
from tests.corpus.cases import FORMS
from tests.corpus.drive import drive


def asks(trace: Path) -> tuple[int, list[tuple[str, Proposal]]]:
    """How many steps acted in a trace, and those that the policy asked about with the rule that did."""
    proposals: dict[int, Proposal] = {}
    asked: list[tuple[str, Proposal]] = []
    acted = 0
    for event in TraceReader(trace).events():
        match event:
            case Proposed(step=step, proposal=proposal):
                proposals[step] = proposal
            case Judged(step=step, verdict=verdict) if verdict.effect == "ask":
                asked.append((verdict.rule, proposals[step]))
            case Stepped(step=step) if isinstance(proposals[step].action, Click | Drag | TypeText | PressKeys):
                acted += 1
            case _:
                pass
    return acted, asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only each N-th form")
    forms = FORMS[:: parser.parse_args().every]
    steps, sends, needless = 0, 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            found = drive(form, Path(folder), "--policy", "standard", "--approve", "auto")
            acted, asked = asks(Path(folder) / form.name)
            extra = [(rule, proposal) for rule, proposal in asked if proposal.intent != "submit"]
            steps, sends = steps + acted, sends + len(asked) - len(extra)
            needless.update(rule for rule, _ in extra)
            print(f"{form.name}: {found.status}, {acted} acts, {len(asked)} asked, {len(extra)} needless", flush=True)
            for rule, proposal in extra:
                print(f"    {rule}: {describe(proposal.action, proposal.grounding)}", flush=True)
    print(f"{len(forms)} forms, {steps} acts: {sends} questions about sending, {sum(needless.values())} others")
    print(f"by rule: {dict(needless)}")


if __name__ == "__main__":
    main()
