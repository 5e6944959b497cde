"""`deskhand trace show|verify|report RUN`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.config import Settings
from agent.describe import describe, plain
from agent.errors import BadInput, TraceFailed
from agent.events import Acting, Decided, Event, Judged, Note, PersonActed, Proposed, RunEnded, RunStarted, Stepped
from agent.schema import FieldResult
from agent.trace import Problem, TraceReader
from agent.ui.report import write_report

trace = typer.Typer(help="Look at the traces of runs, check them, and make reports of them.", no_args_is_help=True)

Run = Annotated[str, typer.Argument(metavar="RUN", help="A trace's folder, its name under the traces, or `last`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@trace.command("show")
def show(run: Run) -> None:
    """Print a run: its steps, and the fields it filled."""
    reader = TraceReader(find_run(run))
    console = Console(highlight=False, soft_wrap=True)
    for event in reader.events():
        for line in _words(event):
            console.print(line, markup=False)


@trace.command("verify")
def verify(run: Run, as_json: AsJson = False) -> None:
    """Check that nothing in a trace was changed, dropped or added; exit code 0 only if it is complete as well."""
    reader = TraceReader(find_run(run))
    problems = reader.verify()
    broken = [p for p in problems if p.broken]
    if as_json:
        found = [p.model_dump() for p in problems]
        print(json.dumps({"ok": not broken, "complete": not problems, "problems": found, "hash": reader.hash}))
    else:
        for problem in problems:
            print(f"{reader.folder}: {problem}")
        print(_summary(problems, reader))
    raise typer.Exit(TraceFailed.exit_code if problems else 0)


@trace.command("report")
def report(run: Run) -> None:
    """Write the report of a run, one HTML file, and print where it is."""
    print(write_report(find_run(run)))


def find_run(run: str, root: Path | None = None) -> Path:
    """The folder of a run: itself, by its name under the traces (`root`), or the `last`. Raises BadInput."""
    root = root or Settings().traces
    direct = Path(run)
    if run != "last" and (direct.exists() or direct.is_absolute()):
        return direct.parent if direct.is_file() and direct.name == "events.jsonl" else direct
    if run == "last":
        runs = [path.parent for path in root.glob("*/events.jsonl")]
        if not runs:
            raise BadInput(f"there is no trace under {root}: run something first, or name a folder")
        return max(runs, key=lambda folder: (folder / "events.jsonl").stat().st_mtime)
    if (root / run).is_dir():
        return root / run
    raise BadInput(f"there is no trace '{run}', neither here nor under {root}")


def _summary(problems: list[Problem], reader: TraceReader) -> str:
    if any(p.broken for p in problems):
        return "The trace is broken."
    if problems:
        return (
            "The trace is sound as far as it goes, but it stops early: the run was killed, or lines were cut off "
            f"its end. Its last hash: {reader.hash}"
        )
    return f"The trace is sound and complete. Its last hash: {reader.hash}"


def _words(event: Event) -> list[str]:
    """The lines that tell of an event; none for what is not worth telling."""
    match event:
        case RunStarted(task=task, policy=policy, planner=planner, time=time):
            when = datetime.fromtimestamp(time).strftime("%Y-%m-%d %H:%M:%S")
            return [f"{when}  {plain(task)} (policy {policy}, planner {planner})"]
        case Proposed(step=step, proposal=proposal):
            thought = [f"     {plain(proposal.thought)}"] if proposal.thought else []
            return [f"{step:3d}  {describe(proposal.action, proposal.grounding)}", *thought]
        case Judged(verdict=verdict) if verdict.effect != "allow" or verdict.risk in ("medium", "high"):
            return [f"     {verdict.effect} by rule {verdict.rule}, {verdict.risk} risk: {plain(verdict.reason)}"]
        case Decided(approval=approval) if approval.by != "policy":
            reason = f": {plain(approval.reason)}" if approval.reason else ""
            return [f"     {approval.decision} by {approval.by}{reason}"]
        case Acting(permit=permit) if permit.approval.decision == "modify":
            return [f"     changed to: {describe(permit.action)}"]
        case Stepped(outcome=outcome):
            return [f"     -> {outcome.status.replace('_', ' ')} {plain(outcome.detail)}".rstrip()]
        case PersonActed(action=action):
            return [f"     the person: {describe(action)}"]
        case Note(level=level, text=text):
            return [f"     {level}: {plain(text)}"]
        case RunEnded(result=result):
            fields = [_field(field) for field in result.fields]
            missing = [f"     no field for: {', '.join(map(plain, result.unmatched_keys))}"] * bool(
                result.unmatched_keys
            )
            end = f"{result.status}: {plain(result.reason)}".rstrip(": ")
            return [*fields, *missing, f"{end} ({result.steps} steps, {result.seconds:.1f} s)"]
        case _:
            return []


def _field(field: FieldResult) -> str:
    note = f" ({plain(field.note)})" if field.note else ""
    return f"     {field.verdict:9} {plain(field.label)}: {plain(field.wanted)!r}, read {plain(field.read)!r}{note}"
