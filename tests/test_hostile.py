"""What nobody should give to a command: one line that names the thing, the right exit code, and no traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.events import Note
from agent.schema import FieldResult, Result
from agent.ui import cli
from agent.ui.output import Output
from agent.ui.progress import Progress
from agent.ui.run_cli import show

ROOT = Path(__file__).parent.parent
LONG = "a" * 5000
RUN = ["run", "--data", "good.json", "--url", "http://127.0.0.1:9/"]
SCRIPT = ["--planner", "scripted", "--script"]
EXPLAIN = ["policy", "explain", "standard", "--action", "click", "--data"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with files that nobody should have written."""
    files: dict[str, bytes] = {
        "good.json": b'{"name": "Ada"}',
        "bytes.yaml": bytes(range(128, 256)) * 8,
        "deep.json": b'{"a":' * 5000 + b"1" + b"}" * 5000,
        "deep.yaml": b"[" * 5000 + b"]" * 5000,
        "itself.yaml": b"a: &a\n  b: *a\n",
        "case.yaml": b"policy: standard\ntask: &a {record: *a}\ncases: [{name: a, expect: ask, action: click}]\n",
        "huge.json": b'{"a": ' + b"9" * 6000 + b"}",
        "huge.yaml": b"a: " + b"9" * 6000,
        "empty.png": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESKHAND_TRACES", str(tmp_path / "traces"))
    return tmp_path


def ended(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[int, str]:
    """Exit code, and what was said on stderr."""
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    code = end.value.code
    return (code if isinstance(code, int) else 0), capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["see", LONG], "too long"),
        (["see", "folder.png"], "folder.png"),
        (["see", "empty.png"], "empty.png"),
        (["trace", "show", LONG], "too long"),
        (["policy", "check", LONG], "too long"),
        (["policy", "check", f"{LONG}.yaml"], "too long"),
        (["policy", "check", "bytes.yaml"], "bytes.yaml"),
        (["policy", "test", "case.yaml"], "case.yaml:1"),
        (["policy", "test", "deep.yaml"], "deep.yaml:1"),
        ([*EXPLAIN, "deep.json"], "deep.json"),
        ([*EXPLAIN, "deep.yaml"], "deep.yaml"),
        ([*EXPLAIN, "itself.yaml"], "itself.yaml"),
        (["models", "verify", ""], "no model's name"),
        (["models", "verify", "nonsense"], "nonsense"),
        (["models", "verify", "./nowhere"], "./nowhere"),
        ([*RUN, "--size", "²²²x²²²"], "--size"),
        ([*RUN, "--size", "９９９x９９９"], "--size"),
        ([*RUN, "--size", f"{LONG}x{LONG}"], "--size"),
        ([*RUN, "--scale", "nan"], "--scale"),
        ([*RUN, "--time-limit", "nan"], "--time-limit"),
        ([*RUN, *SCRIPT, "bytes.yaml"], "bytes.yaml"),
        ([*RUN, *SCRIPT, "deep.yaml"], "deep.yaml"),
        ([*RUN, "--trace", "a" * 300], "too long"),
        ([*RUN, "--policy", ""], "no policy is named ''"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_it_is_refused_in_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], names: str) -> None:
    code, said = ended(capsys, arguments)
    assert code == 2
    assert names in said
    assert said.startswith("deskhand: ")
    assert said.count("\n") == 1, said


@pytest.mark.parametrize("name", ["huge.json", "huge.yaml"])
def test_a_number_of_thousands_of_digits_is_a_text(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert ended(capsys, [*EXPLAIN, name])[0] == 0


def test_a_level_that_is_none_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_LOG", "loud")
    assert ended(capsys, ["policy", "check", "standard"]) == (2, "deskhand: DESKHAND_LOG=loud: choose one of DEBUG, "
                                                                  "INFO, WARNING, ERROR, CRITICAL\n")  # fmt: skip


def test_a_setting_that_is_wrong_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_KEEP_DAYS", "soon")
    for arguments in (["trace", "show", "last"], ["ui"], RUN):
        code, said = ended(capsys, arguments)
        assert code == 2
        assert said.startswith("deskhand: DESKHAND_KEEP_DAYS=soon: ")


def test_a_policy_of_the_folder_that_bears_our_name_is_told(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "policies").mkdir()
    (folder / "policies/standard.yaml").write_text("version: 1\nrules: [{name: all, effect: allow, match: any}]\n")
    code, said = ended(capsys, [*RUN, "--display", ":999", "--trace", "t"])
    assert code == 4
    assert "".join(str(folder / "policies/standard.yaml").split()) in "".join(said.split())
    assert f"the policy standard is the one of {folder}" in (folder / "t/events.jsonl").read_text()


@pytest.mark.parametrize("text", ["[/x]", "[bold]", "C:\\", "a\x1b[31mb"])
def test_a_field_is_shown_as_it_was_read(capsys: pytest.CaptureFixture[str], text: str) -> None:
    field = FieldResult(label=text, key="k", wanted=text, read=text, verdict="wrong", note=text)
    show(Result(status="failed", reason=text, fields=(field,), unmatched_keys=(text,)), as_json=False)
    out = capsys.readouterr().out
    assert out.count(text.replace("\x1b", "\ufffd")) >= 6
    assert "\x1b" not in out


def pipe() -> tuple[int, io.TextIOWrapper]:
    """The end of a pipe to read from, and one to write to as Python writes to stdout."""
    reads, writes = os.pipe()
    return reads, open(writes, "w", encoding="utf-8")


def test_a_run_goes_on_where_nobody_reads_its_lines() -> None:
    reads, out = pipe()
    progress = Progress(Output(file=out))
    progress(Note(text="first"))
    os.close(reads)
    for _ in range(3):
        progress(Note(text="nobody reads this"))
    out.close()


def test_who_reads_no_further_changes_no_exit_code() -> None:
    command = [sys.executable, "-m", "agent.ui.cli", "policy", "check", "standard"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, cwd=ROOT, env=buffered, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0
