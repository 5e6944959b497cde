"""`deskhand trace scrub` and `deskhand trace prune`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.trace import TraceReader
from agent.ui.cli import app
from tests.test_trace_retain import make
from tests.test_trace_scrub import SECRET, holds, look, record, run_of, shown, typed


def call(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["trace", *words], input=given)


def test_scrub_by_values_of_a_file_and_anew_the_report(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "run")
    (tmp_path / "secrets.txt").write_text(f"\n{SECRET}\n")
    done = call("scrub", str(folder), "--secret-from", str(tmp_path / "secrets.txt"), "--no-read")
    assert done.exit_code == 0, done.output
    assert "pictures were changed" in done.output
    assert SECRET not in done.output
    assert holds(folder) == []
    assert "Done" in (folder / "report.html").read_text()
    assert call("verify", str(folder)).exit_code == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--kind", "card,iban"], "4111 1111 1111 1111"),
        (["--kind", "iban"], "DE89 3704 0044 0532 0130 00"),
        (["--pattern", r"KD-\d{4}", "--pattern", "x{9}"], "KD-1234"),
        (["--secret-from", "-"], SECRET),
        (["--all-typed"], "London"),
    ],
)
def test_scrub_by_kind_pattern_and_what_was_typed(tmp_path: Path, words: list[str], text: str) -> None:
    folder = record(tmp_path / "run", [look(1, shown(f"It is {text}")), typed(text), look(2)])
    done = call("scrub", str(folder), *words, "--no-read", given=SECRET)
    assert done.exit_code == 0, done.output
    assert holds(folder, text) == []
    assert not [p for p in TraceReader(folder).verify() if p.broken]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--kind", "cards"], "known are card, iban, key, email"),
        (["--pattern", "("], "no regular expression"),
        (["--pattern", "a*"], "fits even an empty text"),
        (["--secret-from", "none.txt"], "can't be read"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(tmp_path: Path, words: list[str], error: str) -> None:
    folder = run_of(tmp_path / "run")
    before = TraceReader(folder).hash
    done = call("scrub", str(folder), *words, "--no-read")
    assert done.exit_code != 0
    assert error in " ".join(f"{done.output} {done.exception}".split())
    assert TraceReader(folder).hash == before


def test_prune_by_options_and_by_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_TRACES", str(tmp_path))
    for name, days in (("a", 1e4), ("b", 0.0)):
        make(tmp_path, name, days)
    assert "no limit is set" in f"{(bad := call('prune')).output} {bad.exception}"
    told = call("prune", "--runs", "1", "--dry-run")
    assert f"would remove {tmp_path / 'a'}" in told.output
    assert (tmp_path / "a").exists()
    monkeypatch.setenv("DESKHAND_KEEP_RUNS", "1")
    assert "1 traces" in call("prune").output
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b").exists()
