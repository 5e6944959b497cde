"""Programs that others wrote, driven from pixels; the oracle is what the program itself printed, saved or copied."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.sandbox import PrivateDisplay, launch
from tests.corpus.drive import deskhand
from tests.test_bad_input import move_pointer

pytestmark = pytest.mark.display


def needs(*programs: str) -> pytest.MarkDecorator:
    absent = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(absent), reason=f"not installed: {', '.join(absent)}")


def fill(folder: Path, app: str, record: Mapping[str, Any], *options: str) -> tuple[dict[str, Any], str]:
    """Fill a program's form from a record; the run's answer and what the program printed."""
    data = folder / "record.json"
    data.write_text(json.dumps(record), encoding="utf-8")
    _, answer, errors = deskhand(
        *("run", "--data", str(data), "--app", app, "--trace", str(folder / "trace"), "--json", *options)
    )
    assert answer, errors[-2000:]
    output = folder / "trace" / "output.txt"
    return answer, output.read_text("utf-8").strip() if output.exists() else ""


def follow(folder: Path, app: str, sentences: Sequence[str], *options: str) -> dict[str, Any]:
    """Follow instructions in a program that may write to `folder / "shared"`."""
    _, answer, errors = deskhand(
        *("run", " ".join(sentences), "--app", app, "--share", str(folder / "shared")),
        *("--trace", str(folder / "trace"), "--json", *options),
    )
    assert answer, errors[-2000:]
    return answer


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder where the jailed program, another user perhaps, may write."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.owner() == tmp_path.owner() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return folder


def document(shared: Path, name: str, content: bytes = b"") -> Path:
    path = shared / name
    path.write_bytes(content)
    path.chmod(0o666)
    return path


def all_ok(answer: dict[str, Any]) -> bool:
    return answer["status"] == "done" and all(field["verdict"] == "ok" for field in answer["fields"])


@needs("yad")
def test_yad_form_with_every_common_control(tmp_path: Path) -> None:
    app = (
        "yad --form --title Booking --date-format=%Y-%m-%d --separator=| --field='Full name' '' "
        "--field=Guests:NUM '1!1..10!1' --field=Vegetarian:CHK FALSE --field=Room:CB 'Single!Double!Suite' "
        "--field=Arrival:DT '' --field=Comments:TXT ''"
    )
    record = {
        "full_name": "Zoë Ångström",
        "guests": 4,
        "vegetarian": True,
        "room": "Double",
        "arrival": "2026-12-24",
        "comments": "Late arrival\nSecond line",
    }
    answer, printed = fill(tmp_path, app, record)
    assert all_ok(answer), answer
    assert printed == r"Zoë Ångström|4|TRUE|Double|2026-12-24|Late arrival\nSecond line|"


@needs("yad")
def test_yad_form_in_two_columns_with_other_buttons(tmp_path: Path) -> None:
    app = (
        "yad --form --columns=2 --separator=; --field=Title:CB 'Mr.!Ms.!Dr.' --field=Surname '' --field=Speed:SCL 10 "
        "--field=City:CBE 'Oslo!Rome' --field=Reference:RO 'R-77' --field=Newsletter:CHK TRUE "
        "--field=Express:CHK FALSE --field=Street '' --button=Discard:1 --button=Save:0"
    )
    record = {
        "title": "Dr.",
        "surname": "O'Neill-Müller",
        "speed": 70,
        "city": "Łódź",
        "newsletter": False,
        "express": True,
        "street": "Piotrkowska 104",
    }
    answer, printed = fill(tmp_path, app, record)
    assert all_ok(answer), answer
    assert printed == "Dr.;O'Neill-Müller;70;Łódź;R-77;FALSE;TRUE;Piotrkowska 104;"


@needs("zenity")
def test_zenity_form_with_a_password(tmp_path: Path, shared: Path) -> None:
    kept = document(shared, "answer.txt")
    app = (
        "sh -c \"zenity --forms --title Account --text 'New account' '--separator=|' '--add-entry=First name' "
        "--add-entry=Email --add-password=Password --add-combo=Country '--combo-values=Germany|Poland|Spain' "
        f'> {kept}"'
    )
    secret = "s3cret-Päss"
    record = {"first_name": "Ludmiła", "email": "ludmila@example.org", "password": secret, "country": "Poland"}
    answer, _ = fill(tmp_path, app, record, "--share", str(shared))
    assert all_ok(answer), answer
    assert kept.read_text("utf-8").strip() == f"Ludmiła|ludmila@example.org|{secret}|Poland"
    assert secret not in json.dumps(answer, ensure_ascii=False)
    written = [path for path in (tmp_path / "trace").rglob("*") if path.suffix not in (".png", ".webp")]
    assert written
    assert not [path for path in written if path.is_file() and secret.encode() in path.read_bytes()]


LINES = ("Grüße aus Köln — naïve café", "日本語と中文", 'Third line: 3 < 4 & "quoted"')


def typed(*lines: str) -> list[str]:
    """Sentences that type lines, Enter between them."""
    return [part for line in lines for part in (f"Type '{line}'.", "Press Enter.")][:-1]


@needs("mousepad")
def test_mousepad_saves_what_was_typed(tmp_path: Path, shared: Path) -> None:
    notes = document(shared, "notes.txt")
    answer = follow(tmp_path, f"mousepad {notes}", [*typed(*LINES), "Press ctrl+s."])
    assert answer["status"] == "done", answer
    assert notes.read_text("utf-8").splitlines() == list(LINES)


@needs("featherpad")
def test_featherpad_adds_to_what_was_there(tmp_path: Path, shared: Path) -> None:
    notes = document(shared, "notes.txt", b"Precious first line\n")
    answer = follow(tmp_path, f"featherpad {notes}", ["Press ctrl+end.", *typed(*LINES), "Press ctrl+s."])
    assert answer["status"] == "done", answer
    assert notes.read_text("utf-8").splitlines() == ["Precious first line", *LINES]


@needs("galculator", "xclip")
def test_galculator_on_a_display_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = "Click 7. Click *. Click 8. Click 5. Press Enter. Press ctrl+c."
    with PrivateDisplay((480, 420)) as display, launch("galculator", display) as program:
        program.wait_window(30)
        monkeypatch.setenv("XAUTHORITY", str(display.xauthority))
        move_pointer(display, 240, 20)
        _, answer, errors = deskhand(
            *("run", sentences, "--display", display.name, "--policy", "sandbox"),
            *("--trace", str(tmp_path / "trace"), "--json"),
        )
        monkeypatch.setenv("DISPLAY", display.name)
        copied = subprocess.run(
            ["xclip", "-o", "-selection", "clipboard"], capture_output=True, timeout=10, check=False
        )
    assert answer.get("status") == "done", answer or errors[-2000:]
    assert copied.stdout.decode().strip() == "595"


@needs("gnumeric", "ssconvert")
def test_gnumeric_keeps_the_cells(tmp_path: Path, shared: Path) -> None:
    start = document(tmp_path, "start.csv", b"Item,Price\n")
    book = shared / "book.gnumeric"
    subprocess.run(["ssconvert", str(start), str(book)], check=True, capture_output=True, timeout=60)
    book.chmod(0o666)
    keys = ["Press ctrl+home.", "Press Down.", "Type 'Käse'.", "Press Tab.", "Type '12.5'.", "Press Enter."]
    keys += ["Press Tab.", "Type '=B2*4'.", "Press Enter.", "Press ctrl+s."]
    answer = follow(tmp_path, f"gnumeric {book}", keys)
    assert answer["status"] == "done", answer
    table = tmp_path / "after.csv"
    subprocess.run(["ssconvert", str(book), str(table)], check=True, capture_output=True, timeout=60)
    assert [line.rstrip(",") for line in table.read_text("utf-8").splitlines()] == ["Item,Price", "Käse,12.5", ",50"]
