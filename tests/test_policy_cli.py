"""`deskhand policy check|explain|test`, as a person calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.ui import cli

CARDS = """version: 1
extends: standard
rules:
  - name: no-cards
    effect: deny
    match: {typed: [card]}
"""


def deskhand(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["policy", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_check_tells_rules_hash_and_doubts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(CARDS)
    code, out, _ = deskhand(capsys, "check", str(path))
    assert code == 0
    assert "no doubts, sha256 " in out
    path.write_text("version: 1\nrules: [{name: all, effect: allow, match: any}]\n")
    code, out, _ = deskhand(capsys, "check", str(path), "--strict")
    assert code == 1
    assert f"warning: {path}:2: 'all' allows whatever" in out


def test_check_ends_with_2_where_the_file_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(CARDS.replace("card]", "kard]"))
    code, _, err = deskhand(capsys, "check", str(path))
    assert code == 2
    assert f"{path}:6: `kard` is unknown in `typed`. Did you mean `card`?" in err


@pytest.mark.parametrize("name", ["sandbox", "standard", "read-only"])
def test_what_ships_has_no_doubts_and_can_be_told_in_words(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert deskhand(capsys, "check", name, "--strict")[0] == 0
    code, out, _ = deskhand(capsys, "explain", name)
    assert code == 0
    assert "Whatever no rule fits is asked." in out


def test_explain_says_which_rule_decides_and_why_not_those_before(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = deskhand(capsys, "explain", "standard", "--action", "click", "--text", "Pay now", "--role", "button")
    assert code == 0
    assert "ask by rule 'costly', high risk: the button says 'Pay now'" in out
    assert "another-application" in out
    assert "only in a window of another application" in out


def test_explain_tells_of_a_denial_of_the_base(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(CARDS)
    mine = tmp_path / "mine.yaml"
    mine.write_text("version: 1\nextends: ./base.yaml\nrules: [{name: all, effect: allow, match: {own: true}}]\n")
    code, out, _ = deskhand(capsys, "explain", str(mine), "--action", "type_text", "--typed", "4012888888881881")
    assert code == 0
    assert "deny by rule 'no-cards'" in out
    assert "fits, but what a policy that it extends denies stays denied" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--action", "clack"], "action 'clack'"),
        (["--action", "click", "--time", "26:00"], "time '26:00'"),
        (["--action", "click", "--role", "knob"], "target.role 'knob'"),
    ],
)
def test_explain_refuses_what_it_does_not_know(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, _, err = deskhand(capsys, "explain", "standard", *arguments)
    assert (code, says in err) == (2, True), err


def test_the_cases_of_what_ships_pass(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = deskhand(capsys, "test")
    assert code == 0, out
    for name in ("read-only", "sandbox", "standard"):
        assert f"{name}: " in out


def test_a_case_that_fails_is_named_with_its_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "standard.yaml"
    path.write_text("cases:\n  - {name: pays, action: click, target: {text: Pay}, expect: allow}\n")
    code, out, _ = deskhand(capsys, "test", str(path))
    assert code == 1
    assert f"{path}:2: 'pays': expected allow; got ask by 'costly' (high risk: the button says 'Pay')" in out
    assert "0 of 1 cases" in out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1: the file is empty"),
        ("policy: standard\n", "1: no `cases`"),
        ("cases: []", "1: `cases` is empty"),
        ("cases: [{action: click, expect: ask}]", "1: a case without `name`"),
        ("policy: nosuch\ncases: [{name: a, action: click, expect: ask}]", "1: no policy is named"),
        ("cases:\n - {name: a, action: clack, expect: ask}", "2: `action`: "),
        ("cases:\n - {name: a, action: click, expect: perhaps}", "2: `perhaps` is unknown in `expect`"),
        (
            "cases:\n - {name: a, action: click, expects: ask}",
            "2: `expects` is unknown in a case. Did you mean `expect`",
        ),
        ("cases:\n - {name: a, action: click, expect: ask,\n    target: {roll: button}}", "3: `target.roll`: "),
    ],
)
def test_a_wrong_test_file_is_told_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "standard.yaml"
    path.write_text(text)
    code, _, err = deskhand(capsys, "test", str(path))
    assert code == 2
    assert f"{path}:{says}" in err
