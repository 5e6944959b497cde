"""The contract of the command line: one JSON object with exactly these names, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.schema import FieldResult, Result
from agent.ui import cli
from agent.ui.run_cli import EXIT_CODES, as_dict

KEYS = {"status", "reason", "fields", "unmatched_keys", "steps", "seconds", "trace"}
BAD = 2
MISSING = 4


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command line."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", *arguments])
    printed = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), printed.out, printed.err


def answer(printed: str) -> dict[str, Any]:
    """The one JSON object that was printed, and nothing beside it."""
    assert printed.count("\n") == 1, printed
    return json.loads(printed)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, with files that are right and files that are not."""
    files = {
        "good.json": '{"name": "Ada"}',
        "list.json": '[{"name": "Ada"}, {"name": "Bob"}]',
        "broken.json": '{"name": "Ada",\n "mail": }',
        "scalar.json": "42",
        "broken.yaml": "name: Ada\nmail: [a, b\n",
        "rows.csv": "name,mail\nAda,a@b.org\nBob,b@b.org\n",
        "ragged.csv": "name,mail\nAda,a@b.org,extra\n",
        "empty.csv": "",
        "rule.yaml": "version: 1\nrules:\n  - name: x\n    effect: perhaps\n    match: {actions: [click]}\n",
        "key.yaml": "version: 1\nrules:\n  - name: x\n    effect: allow\n    match: {colour: [red]}\n",
        "action.yaml": "version: 1\nrules:\n  - name: x\n    effect: allow\n    match: {actions: [fly]}\n",
        "script.json": "[{",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


CASES: dict[str, tuple[list[str], int, list[str]]] = {
    "nothing to do": ([], BAD, ["nothing to do"]),
    "no such record": (["--data", "nowhere.json"], BAD, ["nowhere.json"]),
    "a folder as record": (["--data", "."], BAD, ["."]),
    "malformed JSON": (["--data", "broken.json"], BAD, ["broken.json:2"]),
    "JSON that is no record": (["--data", "scalar.json"], BAD, ["scalar.json"]),
    "malformed YAML": (["--data", "broken.yaml"], BAD, ["broken.yaml:"]),
    "row out of range": (["--data", "rows.csv", "--row", "3"], BAD, ["rows.csv", "3", "2"]),
    "row zero": (["--data", "rows.csv", "--row", "0"], BAD, ["rows.csv"]),
    "several rows and none named": (["--data", "list.json"], BAD, ["list.json", "--row"]),
    "a row too long": (["--data", "ragged.csv", "--row", "1"], BAD, ["ragged.csv"]),
    "an empty table": (["--data", "empty.csv"], BAD, ["empty.csv"]),
    "unknown policy": (["--data", "good.json", "--policy", "lenient"], BAD, ["lenient", "sandbox"]),
    "unknown effect in a policy": (["--data", "good.json", "--policy", "rule.yaml"], BAD, ["rule.yaml", "perhaps"]),
    "unknown key in a policy": (["--data", "good.json", "--policy", "key.yaml"], BAD, ["key.yaml", "colour"]),
    "unknown action in a policy": (["--data", "good.json", "--policy", "action.yaml"], BAD, ["action.yaml", "fly"]),
    "unknown planner": (["--data", "good.json", "--planner", "psychic"], BAD, ["--planner", "psychic", "embedded"]),
    "unknown approver": (["--data", "good.json", "--approve", "maybe"], BAD, ["--approve", "maybe", "never"]),
    "a size that is none": (["--data", "good.json", "--size", "big"], BAD, ["--size", "big"]),
    "a scale out of range": (["--data", "good.json", "--scale", "9"], BAD, ["--scale", "9"]),
    "display and sandbox": (["--data", "good.json", "--display", ":1", "--sandbox"], BAD, ["--display", "--sandbox"]),
    "scripted without a script": (["x", "--planner", "scripted"], BAD, ["--script"]),
    "a broken script": (["x", "--planner", "scripted", "--script", "script.json"], BAD, ["script.json"]),
    "a display that is not there": (["--data", "good.json", "--display", ":3999"], MISSING, [":3999"]),
    "a display that can not be": (["--data", "good.json", "--display", ":61999"], MISSING, [":61999"]),
    "no display name": (["--data", "good.json", "--display", "nonsense"], MISSING, ["nonsense"]),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_named(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, words = CASES[name]
    ended, printed, errors = run(capsys, *arguments, "--json")
    result = answer(printed)
    assert (ended, result["status"]) == (code, "bad_input" if code == BAD else "missing")
    assert set(result) == KEYS
    missing = [word for word in words if word not in result["reason"]]
    assert not missing, result["reason"]
    assert "Traceback" not in errors


@pytest.mark.parametrize("name", ["malformed JSON", "unknown policy"])
def test_without_json_it_is_one_line_on_stderr(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, words = CASES[name]
    ended, printed, errors = run(capsys, *arguments)
    assert ended == code
    assert printed == ""
    message = errors.splitlines()[-1]
    assert message.startswith("deskhand: ")
    assert all(word in message for word in words)


def test_unknown_options_are_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    ended, printed, errors = run(capsys, "--colour", "red", "--json")
    assert ended == BAD
    assert answer(printed)["status"] == "bad_input"
    assert "--colour" in errors + printed


def test_an_option_that_is_no_number_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    ended, printed, _ = run(capsys, "--data", "good.json", "--row", "first", "--json")
    assert ended == BAD
    assert "--row" in answer(printed)["reason"]


def test_a_record_that_is_wrong_leaves_no_trace_behind(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    run(capsys, "--data", "broken.json", "--trace", "t", "--json")
    assert not (folder / "t").exists()


def test_a_trace_folder_that_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    ended, printed, _ = run(capsys, "--data", "good.json", "--trace", "good.json", "--app", "true", "--json")
    assert ended == 1
    assert "good.json" in answer(printed)["reason"]


def test_an_old_trace_is_never_overwritten(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "t").mkdir()
    (folder / "t/events.jsonl").write_text("precious\n")
    ended, printed, _ = run(capsys, "--data", "good.json", "--trace", "t", "--app", "true", "--json")
    assert ended == BAD
    assert "already holds a trace" in answer(printed)["reason"]
    assert (folder / "t/events.jsonl").read_text() == "precious\n"


def test_the_names_and_codes_are_a_contract() -> None:
    field = FieldResult(label="Name", key="name", wanted="Ada", read="Ada", verdict="ok", note="private to us")
    told = as_dict(Result(status="done", fields=(field,)))
    assert set(told) == KEYS
    assert told["fields"] == [{"label": "Name", "key": "name", "wanted": "Ada", "read": "Ada", "verdict": "ok"}]
    assert EXIT_CODES == {
        "done": 0,
        "failed": 1,
        "bad_input": 2,
        "stopped": 3,
        "denied": 3,
        "needs_person": 3,
        "missing": 4,
    }
