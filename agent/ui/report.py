"""The report of a run: one HTML file with everything in it, made from the trace alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from agent.describe import clip, describe, plain, took
from agent.errors import TraceFailed
from agent.events import Event, Observed
from agent.schema import FieldResult, FieldVerdict, Status
from agent.trace import Problem, TraceReader
from agent.ui.report_data import RunView, StepView, collect
from agent.ui.report_steps import MARKS, Album, StepPage, tag

NAME = "report.html"

_STATUS: dict[Status, tuple[str, str]] = {
    "done": ("good", "Done"),
    "failed": ("bad", "Failed"),
    "bad_input": ("bad", "Bad input"),
    "stopped": ("warn", "Stopped"),
    "denied": ("warn", "Denied"),
    "needs_person": ("warn", "Needs a person"),
    "missing": ("bad", "Something is missing"),
}
_FIELD: dict[FieldVerdict, tuple[str, str]] = {
    "ok": ("good", "✓ ok"),
    "wrong": ("bad", "✗ wrong"),
    "unfilled": ("warn", "– not filled"),
    "unknown": ("odd", "? unknown"),
}
_SCRIPT = """
'use strict';
const steps = [...document.querySelectorAll('.step')];
const large = document.getElementById('large');
let at = -1;
document.addEventListener('focusin', e => {
  const step = e.target.closest('.step');
  if (step) at = steps.indexOf(step);
});
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.altKey || e.metaKey || large.open) return;
  const by = {j: 1, n: 1, k: -1, p: -1}[e.key];
  if (!by || !steps.length) return;
  at = Math.min(steps.length - 1, Math.max(0, at + by));
  steps[at].focus({preventScroll: true});
  steps[at].scrollIntoView({block: 'start'});
});
document.addEventListener('click', e => {
  const shot = e.target.closest('.shot');
  if (!shot) return;
  if (large.open) { large.close(); return; }
  large.replaceChildren(shot.cloneNode(true));
  large.showModal();
});
"""


def write_report(folder: Path) -> Path:
    """Write `report.html` into a trace's folder and return its path.

    A trace that is broken or stops early is reported as far as it can be read, and the report says so. Raises
    BadInput where the folder holds no trace, TraceFailed where the report can't be written.
    """
    page = render(folder)
    path = folder / NAME
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise TraceFailed(f"the report {path} can't be written: {error.strerror}") from error
    return path


def render(folder: Path) -> str:
    """The report of the trace in a folder, as HTML."""
    reader = TraceReader(folder)
    run = collect(_readable(reader))
    problems = reader.verify()
    album = Album(reader)
    with ThreadPoolExecutor() as pool:  # encoding the pictures is all the work, and leaves the lock to others
        pages = [StepPage(step, run, album) for step in run.steps]
        steps = list(pool.map(StepPage.html, pages))
    task = run.started.task if run.started else "A run"
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    template = Template(files("agent.ui").joinpath(NAME).read_text(encoding="utf-8"))
    return template.substitute(
        title=_text(clip(f"Deskhand: {task}", 100)),
        heading=_text(clip(task, 300)),
        verdict=_verdict(run),
        facts=_facts(run),
        notes=_notes(run, problems),
        fields=_fields(run),
        final=_final(run, album),
        steps="\n".join(steps) or "<p>No step was taken.</p>",
        navigation=_navigation(run.steps),
        footer=_footer(reader, problems),
        script=_SCRIPT,
        script_hash=f"sha256-{digest}",
    )


def _readable(reader: TraceReader) -> Iterable[Event]:
    """The events up to the first that can't be read; what is wrong with it, `verify` says."""
    try:
        yield from reader.events()
    except TraceFailed:
        return


def _verdict(run: RunView) -> str:
    if run.result is None:
        return '<div class="verdict warn"><strong>Not ended</strong><p>The trace stops before the run ended.</p></div>'
    kind, word = _STATUS[run.result.status]
    return f'<div class="verdict {kind}"><strong>{word}</strong><p>{_text(run.result.reason)}</p></div>'


def _facts(run: RunView) -> str:
    facts: dict[str, str] = {}
    if run.began:
        facts["Started"] = datetime.fromtimestamp(run.began).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        facts["Took"] = took(run.result) if run.result else f"{run.ended - run.began:.1f} s"
    facts["Steps"] = str(run.result.steps if run.result else len(run.steps))
    if run.fields:
        facts["Fields right"] = f"{sum(f.verdict == 'ok' for f in run.fields)} of {len(run.fields)}"
    if run.started:
        facts["Policy"] = run.started.policy
        facts["Planner"] = run.started.planner
        if run.started.by != "agent":
            facts["By"] = run.started.by
    return '<dl class="facts">' + "".join(tag(k, v) for k, v in facts.items() if v) + "</dl>"


def _notes(run: RunView, problems: list[Problem]) -> str:
    kinds = {"info": "calm", "warning": "warn", "error": "bad"}
    items = [(kinds[note.level], note.text) for note in run.notes]
    items += [("bad" if p.broken else "warn", f"Trace, {p}") for p in problems]
    if run.result and run.result.unmatched_keys:
        items.append(("warn", "Keys without a field: " + ", ".join(run.result.unmatched_keys)))
    if not items:
        return ""
    rows = "".join(f'<li class="{kind}">{_text(text)}</li>' for kind, text in items)
    return f'<ul class="notes" aria-label="Notes">{rows}</ul>'


def _fields(run: RunView) -> str:
    if not run.fields:
        return ""
    rows = "".join(_field(field) for field in run.fields)
    return (
        '<section id="fields" aria-labelledby="fields-title"><h2 id="fields-title">Fields</h2>'
        '<div class="card scroll" tabindex="0" role="region" aria-labelledby="fields-title"><table><thead><tr>'
        '<th scope="col">Field</th><th scope="col">Key</th><th scope="col">Wanted</th><th scope="col">Read back</th>'
        f'<th scope="col">Verdict</th></tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def _field(field: FieldResult) -> str:
    kind, word = _FIELD[field.verdict]
    note = f"<small>{_text(field.note)}</small>" if field.note else ""
    return (
        f'<tr><td>{_text(field.label) or "—"}</td><td class="key"><code>{_text(field.key)}</code></td>'
        f'<td><span class="value">{_text(field.wanted)}</span></td>'
        f'<td><span class="value">{_text(field.read) or "—"}</span></td>'
        f'<td><span class="chip {kind}">{word}</span>{note}</td></tr>'
    )


def _final(run: RunView, album: Album) -> str:
    look: Observed | None = run.last_look
    if look is None:
        return ""
    window = f", window “{_text(look.window)}”" if look.window else ""
    return (
        '<section aria-labelledby="final-title"><h2 id="final-title">The screen at the end</h2>'
        f'<div class="card final">{album.whole(look, f"The screen at the end{window}")}</div></section>'
    )


def _navigation(steps: list[StepView]) -> str:
    items: list[str] = []
    for step in steps:
        kind, sign, word = MARKS[step.outcome.status if step.outcome else "none"]
        name = _text(clip(describe(step.proposal.action, step.proposal.grounding), 60))
        items.append(
            f'<li><a href="#step-{step.number}"><span class="dot {kind}" role="img" aria-label="{word}">{sign}</span>'
            f"<span>{step.number}. {name}</span></a></li>"
        )
    keys = '<p class="keys"><kbd>j</kbd> next step, <kbd>k</kbd> the one before</p>'
    return f'<nav aria-label="Steps"><h2>Steps</h2><ol>{"".join(items)}</ol>{keys}</nav>'


def _footer(reader: TraceReader, problems: list[Problem]) -> str:
    state = "does not verify" if any(p.broken for p in problems) else "verifies"
    return (
        f"Made from the trace <code>{_text(reader.folder.name)}</code>, which {state}. "
        f"Hash of its last line: <code>{reader.hash}</code>"
    )


def _text(text: str) -> str:
    return escape(plain(text))
