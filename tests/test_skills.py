"""Reading SKILL.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import BadInput
from agent.skills import Skill

GOOD = """---
name: fill-form
description: Fill a form.
data: example.json
secrets: [password, "pin"]
policy: standard
---

Fill the form.
Then submit it.
"""


def write(folder: Path, text: str) -> Path:
    (folder / "SKILL.md").write_text(text, encoding="utf-8")
    (folder / "example.json").write_text("{}")
    return folder


def test_a_skill_is_read(tmp_path: Path) -> None:
    skill = Skill.load(write(tmp_path, GOOD))
    assert (skill.name, skill.description, skill.policy) == ("fill-form", "Fill a form.", "standard")
    assert skill.data == tmp_path / "example.json"
    assert skill.secrets == ("password", "pin")
    assert skill.instructions == "Fill the form.\nThen submit it."
    assert Skill.load(tmp_path / "SKILL.md") == skill


def test_little_is_needed(tmp_path: Path) -> None:
    skill = Skill.load(write(tmp_path, "\ufeff---\r\nname: a\r\ndescription: 填表\r\n---\r\n"))
    assert (skill.description, skill.instructions, skill.data, skill.secrets, skill.policy) == (
        "填表",
        "",
        None,
        (),
        None,
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "no front matter"),
        ("Fill it", 1, "no front matter"),
        ("---\nname: a\n", 1, "no end"),
        ("---\nname: a\n---\n", 1, "lacks `description`"),
        (GOOD.replace("name:", "nam:"), 2, "`nam` is unknown"),
        (GOOD.replace("policy: standard", "name: b"), 6, "twice"),
        (GOOD.replace("fill-form", "Fill Form"), 2, "small letters"),
        (GOOD.replace("example.json", "other.json"), 4, "no data file"),
        (GOOD.replace("example.json", "../x.json"), 4, "outside"),
        (GOOD.replace('[password, "pin"]', "password"), 5, "list of keys"),
        (GOOD.replace("policy: standard", "policy: [a]"), 6, "must be a text"),
        (GOOD.replace("policy: standard", "policy: 'a"), 6, "not YAML"),
        ("---\n- a\n---\n", 2, "must be lines"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        Skill.load(write(tmp_path, text))
    assert str(caught.value).startswith(f"{tmp_path / 'SKILL.md'}:{line}: ")
    assert says in str(caught.value)


def test_a_folder_without_a_skill(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no SKILL\.md"):
        Skill.load(tmp_path)
