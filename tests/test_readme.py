"""The README's commands: each still parses, names files that exist, and those that a reader tries first do run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import typer

from agent.sandbox import PrivateDisplay, launch
from agent.screen import Screen
from agent.ui import cli
from tests.pages import PageServer

ROOT = Path(__file__).parent.parent
PROGRAMS = ("deskhand", "make", "python", "pytest")


def commands() -> list[str]:
    """The lines of shell blocks (indented or fenced) and the inline code that start with one of our programs."""
    text = (ROOT / "README.md").read_text("utf-8")
    spans = [line for line in re.findall(r"^(?: {4}|\t)(\S.*)$", text, re.M) if not line.startswith(("-", "*", "|"))]
    for block in re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", text, re.M | re.S):
        spans += [line.removeprefix("$ ") for line in block.splitlines()]
    spans += re.findall(r"`([^`\n]+)`", text)
    found = [words for span in spans if (words := shlex.split(span, comments=True))]
    return list(dict.fromkeys(shlex.join(words) for words in found if program(words) in PROGRAMS))


def program(words: list[str]) -> str:
    """What a command line starts, after settings of the environment; empty for one word alone."""
    words = [word for word in words if not re.match(r"[A-Z_]+=", word)]
    return Path(words[0]).name if len(words) > 1 else ""


def of(name: str) -> list[str]:
    return [command for command in commands() if program(shlex.split(command)) == name]


def test_the_readme_has_commands() -> None:
    assert all(of(name) for name in PROGRAMS), commands()


@pytest.mark.parametrize("command", of("deskhand"))
def test_the_command_line_takes_it(command: str) -> None:
    parse(shlex.split(command)[1:])


@pytest.mark.parametrize("wrong", ["run --speed 3", "sea picture.png", "trace mend last", "doctor now"])
def test_it_would_not_take_a_wrong_one(wrong: str) -> None:
    with pytest.raises(typer.TyperException):
        parse(shlex.split(wrong))


def parse(arguments: list[str]) -> None:
    """Let the command line read its arguments, down to the command that would be called. Raises TyperException."""
    command = typer.main.get_command(cli.app)
    context = command.make_context("deskhand", list(arguments))
    while hasattr(command, "resolve_command"):
        # A group keeps what it did not read itself for its commands; `trace verify` alone lacks the run's name.
        left = [*context._protected_args, *context.args]
        _, command, left = command.resolve_command(context, left)
        context = command.make_context(command.name, left, parent=context, resilient_parsing=not left)


@pytest.mark.parametrize("command", of("make"))
def test_make_has_the_target(command: str) -> None:
    done = subprocess.run(
        ["make", "-n", *shlex.split(command)[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", of("python") + of("pytest"))
def test_the_files_of_a_measurement_exist(command: str) -> None:
    words = shlex.split(command)
    modules = [words[at + 1] for at, word in enumerate(words) if word == "-m"]
    files = [word for word in words if word.endswith(".py")] + [f"{name.replace('.', '/')}.py" for name in modules]
    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+[\w.]*)`", (ROOT / "README.md").read_text()))))
def test_a_path_that_is_named_exists(path: str) -> None:
    # `traces/` comes with the first run.
    assert path == "traces/" or (ROOT / path).exists()


# ------------------------------------------------------------ for real

FORM = """<!doctype html><meta charset="utf-8"><title>Customer</title><body style="font: 16px sans-serif; margin: 40px">
<h1>New customer</h1><form method="post" action="/new"><p><label>Name<br><input name="name"></label></p>
<p><label>City<br><input name="city"></label></p><button>Save</button></form>"""
SETTINGS = """#!/bin/sh
yad --title=Start --text='Nothing is set' --button=Settings:0 &&
yad --title=Settings --form --field='Dark mode:CHK' FALSE --button=Save:0
"""
YAD = "yad --form --field=Name '' --field=City '' --button=Save:0"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, PageServer]]:
    """A folder with the files that the README speaks of, and the server of its page."""
    folder = tmp_path_factory.mktemp("readme")
    record = {"name": "Ada Lovelace", "city": "London"}
    (folder / "customer.json").write_text(json.dumps(record))
    (folder / "customer.yaml").write_text("name: Ada Lovelace\ncity: London\n")
    (folder / "order.csv").write_text("name,city\nAnn,Bath\nBob,York\nAda Lovelace,London\n")
    (folder / "form.html").write_text(FORM)
    (folder / "my-program").write_text(SETTINGS)
    (folder / "my-program").chmod(0o755)
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(parent.stat().st_mode | 0o055)
    with PrivateDisplay(size=(640, 480)) as display, launch(["sh", "-c", YAD], display) as app:
        app.wait_window(20)
        with Screen(display.name, xauthority=str(display.xauthority)) as screen:
            picture = screen.grab().pixels
    cv2.imwrite(str(folder / "screen.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    with PageServer(pages={"new": FORM}) as server:
        yield folder, server


def needs_more(command: str) -> bool:
    """What wants weights, a server or a terminal of the reader's; tests of their own run those."""
    words = set(shlex.split(command))
    return bool(words & {"vision", "--describe", "--server", "serve", "pull", "try", "ui", "--ui"})


@pytest.mark.display
@pytest.mark.parametrize("command", [c for c in of("deskhand") if not needs_more(c)])
def test_it_runs(command: str, desk: tuple[Path, PageServer]) -> None:
    folder, server = desk
    words = [word.replace("http://127.0.0.1:8000/", server.url()) for word in shlex.split(command)[1:]]
    words = [YAD if word.startswith("yad ") else word for word in words]
    if words[0] == "trace":
        words += ["last"] * (len(words) == 2)
        if not (folder / "traces").exists():
            run(folder, ["run", "--data", "customer.json", "--url", server.url("new")])
    run(folder, words)


def run(folder: Path, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent.ui.cli", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
