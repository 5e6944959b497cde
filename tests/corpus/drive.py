"""Run the product on one form as a user would, and compare what the form's server got with the record."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.forms import Form
from tests.corpus.npm import cache, package
from tests.pages import PageServer


@dataclass
class Score:
    """What became of one form's fields; `silent` are the wrong ones that the run called right."""

    form: str
    status: str
    right: int = 0
    total: int = 0
    silent: list[str] = field(default_factory=list[str])
    missed: list[str] = field(default_factory=list[str])
    reason: str = ""
    seconds: float = 0.0


def deskhand(*arguments: str, timeout: float = 240) -> tuple[int, dict[str, Any], str]:
    """Run the command line; exit code, the JSON object it printed, and its stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "agent.ui.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    return done.returncode, answer, done.stderr


def drive(form: Form, traces: Path, *options: str) -> Score:
    """Fill one form of the corpus with `deskhand run` in a private display."""
    page = form.page
    with (
        PageServer(package(form.package) if form.package else cache(), {page.path: page.html()}) as server,
        tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as record,
    ):
        json.dump(form.record, record, ensure_ascii=False)
        record.flush()
        trace = traces / form.name
        _, answer, errors = deskhand(
            *("run", "--data", record.name, "--url", server.url(page.path), "--trace", str(trace), "--json"),
            *("--time-limit", "150", *form.options, *options),
        )
        posts = server.submissions
    return score(form, answer, posts, errors)


def fill(form: Form, traces: Path, scores: list[Score]) -> Score:
    """Fill one form, keep and print its score; fails where the run crashed or a field is silently wrong."""
    result = drive(form, traces)
    scores.append(result)
    print(f"{result.form}: {result.status}, {result.right}/{result.total} right, {result.seconds} s; {result.reason}")
    assert result.status != "crashed", result.reason
    assert not result.silent, f"{result.status}: {result.reason}: {result.silent}"
    return result


def assert_share(scores: Sequence[Score], forms: Sequence[Form], least: float) -> None:
    """That this share of all fields is right; skips where only some of the forms were run."""
    if len(scores) < len(forms):
        pytest.skip("only part of the corpus was run")
    right, total = sum(s.right for s in scores), sum(s.total for s in scores)
    missed = [f"{s.form} ({s.status}: {s.reason})" for s in scores if s.missed]
    print(f"{right} of {total} fields right in {len(scores)} forms")
    assert right / total >= least, f"{right} of {total} fields; not filled: {missed}"


def score(form: Form, answer: dict[str, Any], posts: list[dict[str, Any]], errors: str = "") -> Score:
    """Compare the post with what it must be. A wrong field is silent where the run said that it was done."""
    status = answer.get("status", "crashed")
    got = posts[-1] if posts else {}
    result = Score(form.name, status, total=len(form.expected), reason=answer.get("reason") or errors[-300:])
    result.seconds = answer.get("seconds", 0.0)
    for name, wanted in form.expected.items():
        if posts and _same(got.get(name), wanted):
            result.right += 1
        elif posts and status == "done":
            result.silent.append(f"{name}: {got.get(name)!r} instead of {wanted!r}")
        else:
            result.missed.append(name)
    if posts and status == "done":
        for name, value in got.items():
            if name not in form.expected and value != form.defaults.get(name, ""):
                result.silent.append(f"{name}: {value!r} was never asked for")
    elif status == "done":
        result.silent.append("the run said done, but the server got nothing")
    return result


def _same(got: str | list[str] | None, wanted: str | list[str] | tuple[str, ...]) -> bool:
    if isinstance(wanted, tuple):
        return got in wanted
    if isinstance(got, list) and isinstance(wanted, list):
        return sorted(got) == sorted(wanted)
    return got == wanted or [got] == wanted
