"""The report of a trace, and the commands on traces."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from agent.errors import BadInput, TraceFailed
from agent.events import Acting, Decided, Event, Judged, Note, Observed, Proposed, RunEnded, RunStarted, Stepped
from agent.schema import (
    Approval,
    Box,
    Click,
    Done,
    FieldResult,
    Grounding,
    Outcome,
    Permit,
    Proposal,
    Result,
    Screenshot,
    TypeText,
    Verdict,
)
from agent.trace import TraceWriter
from agent.ui import run_cli
from agent.ui.report import write_report
from agent.ui.report_pictures import crop_for, marker
from agent.ui.trace_cli import find_run, trace

REGION = Box(left=0, top=0, width=800, height=600)
TARGET = Box(left=300, top=200, width=100, height=30)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x1b[31m"


def look(number: int, shade: int, changed: tuple[Box, ...] = ()) -> Observed:
    pixels = np.full((600, 800, 3), 240, np.uint8)
    pixels[200:230, 300:400] = shade
    return Observed(number=number, screenshot=Screenshot(pixels=pixels, region=REGION), changed=changed, window=EVIL)


def step(number: int, action: Click | TypeText, status: str = "ok") -> list[Event]:
    grounding = Grounding(target=EVIL, point=TARGET.center, box=TARGET, confidence=0.9)
    verdict, approval = (
        Verdict(effect="ask", rule="sends", risk="high", reason=EVIL),
        Approval(decision="approve", by="auto"),
    )
    return [
        Proposed(step=number, proposal=Proposal(action=action, thought=EVIL, grounding=grounding)),
        Judged(step=number, verdict=verdict),
        Decided(step=number, approval=approval),
        Acting(step=number, permit=Permit(action=action, verdict=verdict, approval=approval, number=number)),
        look(number + 1, 10 * number, (TARGET,)),
        Stepped(step=number, outcome=Outcome.model_validate({"status": status, "detail": EVIL})),
    ]


def events() -> list[Event]:
    field = FieldResult(label=EVIL, key="k", wanted="w", read="r", verdict="wrong", note=EVIL)
    return [
        RunStarted(task=EVIL, policy="standard", planner="embedded"),
        Note(text=EVIL, level="warning"),
        look(1, 240),
        *step(1, Click(point=TARGET.center)),
        *step(2, TypeText(text="Ada"), "no_effect"),
        Proposed(step=3, proposal=Proposal(action=Done(summary="ok"))),
        RunEnded(result=Result(status="failed", reason=EVIL, fields=(field,), unmatched_keys=("fax",), steps=3)),
    ]


def record(folder: Path, what: list[Event]) -> Path:
    with TraceWriter(folder) as writer:
        for event in what:
            writer(event)
    return folder


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_report_is_one_safe_file(tmp_path: Path) -> None:
    path = write_report(record(tmp_path / "run", events()))
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert path == tmp_path / "run" / "report.html"
    assert len(page.all("script")) == 1, "texts from the screen are no markup"
    assert page.all("img")
    assert all((img["src"] or "").startswith("data:image/webp;base64,") for img in page.all("img"))
    assert not page.all("link")
    assert "http://" not in text
    assert "https://" not in text
    assert "\x1b" not in text
    assert {a for _, attrs in page.tags for a in attrs if a.startswith("on")} == set()


def test_the_policy_of_the_page_knows_its_script(tmp_path: Path) -> None:
    text = write_report(record(tmp_path / "run", events())).read_text(encoding="utf-8")
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script.group(1).encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert "default-src 'none'" in text


def test_the_report_tells_everything(tmp_path: Path) -> None:
    page = Page(write_report(record(tmp_path / "run", events())).read_text(encoding="utf-8"))
    words = " ".join(page.words)
    for part in (
        "Failed",
        "✗ wrong",
        "fax",
        "ask (rule sends)",
        "high risk",
        "approve by auto",
        "no effect",
        "90% sure",
    ):
        assert part in words, part
    assert len(page.all("article")) == 3
    assert words.count("Before") == 2
    assert len(page.all("svg")) == 2
    assert "verifies" in words


def test_a_report_of_a_broken_or_cut_trace_says_so(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", events())
    path = folder / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:8]) + lines[8][:30])
    text = write_report(folder).read_text(encoding="utf-8")
    assert "Not ended" in text
    assert "ends in the middle" in text
    path.write_bytes(b"".join([*lines[:5], b"{}\n", *lines[5:]]))
    for picture in (folder / "frames").iterdir():
        picture.unlink()
    assert "does not verify" in write_report(folder).read_text(encoding="utf-8")


def test_an_empty_run_has_a_report(tmp_path: Path) -> None:
    assert "No step was taken" in write_report(record(tmp_path / "run", [])).read_text(encoding="utf-8")


def test_crops_hold_their_boxes_and_stay_on_the_screen() -> None:
    for box in (TARGET, Box(left=0, top=0, width=5, height=5), Box(left=790, top=590, width=50, height=50)):
        part = crop_for(REGION, [box])
        assert REGION.overlap(part) == part
        assert part.overlap(box).area == REGION.overlap(box).area
    assert crop_for(REGION, []) == REGION
    assert crop_for(Box(left=-100, top=0, width=50, height=50), [Box(left=-80, top=1, width=2, height=2)]).left == -100


def test_nothing_to_mark_is_no_marker() -> None:
    assert marker(REGION, None, []) == ""


# ---------------------------------------------------------------- commands


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(trace, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_show(tmp_path: Path) -> None:
    code, out = run("show", str(record(tmp_path / "run", events())))
    assert code == 0
    assert 'type "Ada"' in out
    assert "-> no effect" in out
    assert "no field for: fax" in out
    assert "\x1b" not in out


def test_verify(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", events())
    code, out = run("verify", str(folder))
    assert (code, "sound and complete" in out) == (0, True)
    path = folder / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    code, out = run("verify", str(folder))
    assert (code, "stops early" in out) == (1, True)
    path.write_bytes(path.read_bytes().replace(b"Ada", b"Eve"))
    code, out = run("verify", str(folder), "--json")
    assert code == 1
    assert json.loads(out)["ok"] is False


def test_report_prints_its_path(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", events())
    code, out = run("report", str(folder))
    assert (code, out.strip()) == (0, str(folder / "report.html"))


def test_a_report_that_can_not_be_written_does_not_change_what_a_run_came_to(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", events())
    (folder / "report.html").mkdir()
    with pytest.raises(TraceFailed, match="can't be written"):
        write_report(folder)
    console = Console(quiet=True)
    run_cli.report_on(folder, console)
    (folder / "report.html").rmdir()
    run_cli.report_on(folder, console)
    assert (folder / "report.html").is_file()


def test_runs_are_found_by_folder_name_and_as_the_last(tmp_path: Path) -> None:
    for name in ("one", "two"):
        record(tmp_path / name, [])
    (tmp_path / "one" / "events.jsonl").touch()
    assert find_run("two", tmp_path) == tmp_path / "two"
    assert find_run("last", tmp_path).name in ("one", "two")
    assert find_run(str(tmp_path / "one"), tmp_path) == tmp_path / "one"
    assert find_run(str(tmp_path / "one" / "events.jsonl"), tmp_path) == tmp_path / "one"
    with pytest.raises(BadInput, match="no trace 'three'"):
        find_run("three", tmp_path)
    with pytest.raises(BadInput, match="run something first"):
        find_run("last", tmp_path / "none")


def test_what_is_no_trace_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a trace"):
        run("verify", str(tmp_path))
