"""Names of skills and policies: the working folder wins over the user's, and that over what ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import BadInput
from agent.lookup import find, names, places


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A working folder and a configuration folder, both with a policy and a skill of the same names."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    work, config = tmp_path / "work", tmp_path / "config" / "deskhand"
    for folder in (work, config):
        (folder / "policies").mkdir(parents=True)
        (folder / "policies" / "mine.yaml").write_text("")
        (folder / "skills" / "mine").mkdir(parents=True)
        (folder / "skills" / "mine" / "SKILL.md").write_text("")
    return work, config


def test_the_working_folder_comes_first_then_the_users_then_what_ships(folders: tuple[Path, Path]) -> None:
    work, config = folders
    assert find("policies", "mine", cwd=work) == work / "policies" / "mine.yaml"
    assert find("policies", "mine", cwd=work.parent) == config / "policies" / "mine.yaml"
    assert find("skills", "mine", cwd=work) == work / "skills" / "mine"
    assert find("policies", "standard", cwd=work).is_file()


def test_what_ships_is_found_from_anywhere(tmp_path: Path) -> None:
    assert {"read-only", "sandbox", "standard"} <= set(names("policies", cwd=tmp_path))
    assert "fill-form" in names("skills", cwd=tmp_path)


def test_paths_are_taken_as_they_are(folders: tuple[Path, Path]) -> None:
    work, _ = folders
    file = work / "policies" / "mine.yaml"
    assert find("policies", str(file)) == file
    assert find("skills", str(work / "skills" / "mine")) == work / "skills" / "mine"


@pytest.mark.parametrize("name", ["nothing", "no/such", "none.yaml", ".."])
def test_what_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=name.replace(".", "[.]")):
        find("policies", name, cwd=tmp_path)


def test_the_message_says_what_there_is(folders: tuple[Path, Path]) -> None:
    with pytest.raises(BadInput, match=r"'min'.*mine"):
        find("skills", "min", cwd=folders[0])
    assert len(places("skills")) == 4
