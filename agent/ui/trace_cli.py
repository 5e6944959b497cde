"""`deskhand trace show|verify|report|scrub RUN` and `deskhand trace prune`."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.config import load_settings
from agent.describe import describe, plain, took
from agent.errors import BadInput, TraceFailed
from agent.events import Acting, Decided, Event, Judged, Note, PersonActed, Proposed, RunEnded, RunStarted, Stepped
from agent.policy.secret import read_marks
from agent.redact import Read
from agent.schema import FieldResult
from agent.scrubbing import scrub_run
from agent.trace import Keep, Problem, TraceReader, prune
from agent.ui.output import Output
from agent.ui.report import write_report

trace = typer.Typer(help="Look at the traces of runs, check them, and make reports of them.", no_args_is_help=True)

Run = Annotated[str, typer.Argument(metavar="RUN", help="A trace's folder, its name under the traces, or `last`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@trace.command("show")
def show(run: Run) -> None:
    """Print a run: its steps, and the fields it filled."""
    reader = TraceReader(find_run(run))
    console = Output(highlight=False, soft_wrap=True)
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


@trace.command("scrub")
def scrub(
    run: Run,
    secret_from: Annotated[
        Path | None, typer.Option("--secret-from", metavar="FILE", help="A file with one secret a line; - is stdin.")
    ] = None,
    pattern: Annotated[
        list[str] | None, typer.Option("--pattern", metavar="REGEX", help="A regular expression; may be repeated.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KINDS", help="Of card, iban, key, email: card,iban.")] = "",
    all_typed: Annotated[bool, typer.Option("--all-typed", help="Everything that was typed in the run.")] = False,
    read: Annotated[bool, typer.Option(help="Read the stored pictures again; --no-read trusts what was read.")] = True,
) -> None:
    """Write a trace anew without secrets: out of its texts, and black in its pictures.

    Passwords that were typed as such, and fields named so, always go. The old trace is removed.
    """
    folder = find_run(run)
    values = _lines_of(secret_from) if secret_from else []
    marks = read_marks(pattern or (), [word.strip() for word in kind.split(",") if word.strip()])
    what = [f"{len(values)} values"] * bool(values) + [f"{len(pattern or ())} patterns"] * bool(pattern)
    what += [kind] * bool(kind) + ["all that was typed"] * all_typed + ["passwords"]
    done = scrub_run(
        folder,
        values,
        ", ".join(what),
        marks=None if marks.empty else marks,
        read=_reader() if read else None,
        all_typed=all_typed,
    )
    if done.report:
        write_report(folder)
    print(f"{folder}: {done}")


@trace.command("prune")
def prune_traces(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    days: Annotated[float | None, typer.Option(help="Keep those of the last so many days.", min=0)] = None,
    runs: Annotated[int | None, typer.Option(help="Keep the newest so many.", min=0)] = None,
    mb: Annotated[float | None, typer.Option(help="Keep the newest that take so many megabytes.", min=0)] = None,
) -> None:
    """Remove old traces: beyond the limits given here, or else those of the settings (DESKHAND_KEEP_DAYS, ...)."""
    given = load_settings()
    keep = Keep(days, runs, mb)
    if keep.everything:
        keep = Keep(given.keep_days, given.keep_runs, given.keep_mb)
    if keep.everything:
        raise BadInput("no limit is set: name one with --days, --runs or --mb, or set DESKHAND_KEEP_DAYS")
    gone = prune(given.traces, keep, dry_run=dry_run)
    for leaving in gone:
        print(f"{'would remove' if dry_run else 'removed'} {leaving.folder}: {leaving.why}")
    print(f"{len(gone)} traces, {sum(leaving.size for leaving in gone) / 1e6:.1f} MB")


def _lines_of(path: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}") from None
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise BadInput(f"{path} holds no secret: write one a line")
    return found


def _reader() -> Read:
    from agent.perception.perceiver import Perceiver
    from agent.perception.text import TextReader

    return Perceiver(TextReader()).texts


def find_run(run: str, root: Path | None = None) -> Path:
    """The folder of a run: itself, by its name under the traces (`root`), or the `last`. Raises BadInput."""
    root = root or load_settings().traces
    direct = Path(run)
    if run != "last" and (direct.exists() or direct.is_absolute()):
        return direct.parent if direct.is_file() and direct.name == "events.jsonl" else direct
    if run == "last":
        runs = [path.parent for path in root.glob("*/events.jsonl") if not path.parent.name.startswith(".")]
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
            return [*fields, *missing, f"{end} ({result.steps} steps, {took(result)})"]
        case _:
            return []


def _field(field: FieldResult) -> str:
    note = f" ({plain(field.note)})" if field.note else ""
    return f"     {field.verdict:9} {plain(field.label)}: {plain(field.wanted)!r}, read {plain(field.read)!r}{note}"
