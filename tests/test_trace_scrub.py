"""Scrubbing old traces: nothing of a secret is left, nothing else is lost, whatever ends it in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from agent.errors import BadInput
from agent.events import Event, Note, Observed, Proposed, RunEnded, RunStarted
from agent.redact import MASK
from agent.schema import Box, Element, Grounding, Pixels, Proposal, Result, Screenshot, TypeText
from agent.scrubbing import scrub_run
from agent.trace import TraceReader, TraceWriter

SECRET = "hunter2 Horse!"
REGION = Box(left=0, top=0, width=200, height=100)
PLACE = Box(left=20, top=30, width=90, height=14)


@dataclass(frozen=True)
class Line:
    box: Box
    text: str
    confidence: float = 1.0


def look(number: int, *elements: Element) -> Observed:
    pixels = np.full((100, 200, 3), 255, np.uint8)
    pixels[:, :10] = number
    for element in elements:
        box = element.box
        pixels[box.top : box.bottom, box.left : box.right] = 90
    return Observed(number=number, screenshot=Screenshot(pixels=pixels, region=REGION), elements=elements, window="w")


def shown(text: str = SECRET) -> Element:
    return Element(id=1, role="text", box=PLACE, text=text)


def typed(text: str = SECRET, *, secret: bool = False) -> Proposed:
    grounding = Grounding(target="Code", point=PLACE.center, box=PLACE)
    action = TypeText(text=text, secret=secret)
    return Proposed(step=1, proposal=Proposal(action=action, thought=f"type {text}", grounding=grounding))


def record(folder: Path, events: Sequence[Event]) -> Path:
    with TraceWriter(folder) as writer:
        for event in events:
            writer(event)
    return folder


def run_of(folder: Path, *, looks: int = 2) -> Path:
    middle: list[Event] = [look(n, shown()) for n in range(looks)]
    record(folder, [RunStarted(task="t"), *middle, typed(), Note(text="n"), RunEnded(result=Result(status="done"))])
    (folder / "output.txt").write_text(f"first\nkey={SECRET}\n")
    (folder / "report.html").write_text(f"<p>{SECRET}")
    return folder


def holds(folder: Path, text: str = "hunter2") -> list[str]:
    return [p.name for p in folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


def pictures(folder: Path) -> list[Pixels]:
    reader = TraceReader(folder)
    return [reader.picture(event) for event in reader.events() if isinstance(event, Observed)]


def test_texts_and_pixels_go_and_the_rest_stays(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "run")
    before = list(TraceReader(folder).events())
    files = {p.name for p in (folder / "frames").iterdir()}
    done = scrub_run(folder, [SECRET], "1 value")
    assert (done.pictures, done.files, done.report, done.dropped) == (2, ("output.txt",), True, ())
    assert holds(tmp_path) == []
    assert TraceReader(folder).verify() == []
    after = list(TraceReader(folder).events())
    assert [e.kind for e in after] == [*(e.kind for e in before[:-1]), "note", "run_ended"]
    assert [e.time for e in after[:-2]] == [e.time for e in before[:-1]]
    note = after[-2]
    assert isinstance(note, Note)
    assert "scrubbed for 1 value" in note.text
    for number, picture in enumerate(pictures(folder)):
        assert (picture[PLACE.top : PLACE.bottom, PLACE.left : PLACE.right] == 0).all()
        assert (picture[:, :10] == number).all()
        assert (picture[60:, 10:] == 255).all()
    assert len(files - {p.name for p in (folder / "frames").iterdir()}) == 1, "the whole picture; the patch shows none"
    assert (folder / "output.txt").read_text() == f"first\nkey={MASK}\n"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_secret_that_was_typed_later_goes_from_the_looks_before(tmp_path: Path) -> None:
    events: list[Event] = [RunStarted(task="t"), look(1, shown("Your code 493812")), typed("493812", secret=True)]
    folder = record(tmp_path / "run", events)
    scrub_run(folder, [], "secrets typed")
    assert holds(folder, "493812") == []
    assert (pictures(folder)[0][PLACE.top : PLACE.bottom, PLACE.left : PLACE.right] == 0).all()


def test_all_that_was_typed(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", [RunStarted(task="t"), look(1, shown("London")), typed("London"), look(2)])
    scrub_run(folder, [], "all that was typed", all_typed=True)
    assert holds(folder, "London") == []


def test_pictures_are_read_again(tmp_path: Path) -> None:
    """What no element of the stored look tells, because it was misread or left out then."""
    folder = record(tmp_path / "run", [RunStarted(task="t"), look(1, shown("???")), look(2)])

    def read(shot: Screenshot) -> Iterable[Line]:
        yield Line(PLACE, SECRET)

    done = scrub_run(folder, [SECRET], "1 value", read=read)
    assert done.pictures == 2
    for picture in pictures(folder):
        assert (picture[PLACE.top : PLACE.bottom, PLACE.left : PLACE.right] == 0).all()
    looks = [e for e in TraceReader(folder).events() if isinstance(e, Observed)]
    assert [len(e.elements) for e in looks] == [1, 0]


def test_lines_and_pictures_that_are_broken_are_left_out_and_said(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "run")
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    lines[4] = b'{"seq": 4, "prev": "x", "event": {"kind": "note", "text": "hunter2' + b"\n"
    (folder / "events.jsonl").write_bytes(b"".join(lines[:-1]) + lines[-1][:30])
    (folder / "clip.bin").write_bytes(b"\xff\xfehunter2 Horse!")
    first = min((folder / "frames").iterdir(), key=lambda p: -p.stat().st_size)
    first.unlink()
    done = scrub_run(folder, [SECRET], "1 value")
    assert set(done.dropped) >= {"clip.bin", "line 5", f"line {len(lines)}"}
    assert any(dropped.startswith("the picture") for dropped in done.dropped)
    assert holds(folder) == []
    assert [p.broken for p in TraceReader(folder).verify()] == [False]


def test_twice_changes_nothing_more(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "run")
    scrub_run(folder, [SECRET], "1 value")
    done = scrub_run(folder, [SECRET], "1 value")
    assert (done.events, done.pictures, done.files) == (0, 0, ())


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "run") as writer:
        writer(RunStarted(task=SECRET))
        with pytest.raises(BadInput, match="still goes on"):
            scrub_run(tmp_path / "run", [SECRET], "1 value")
    scrub_run(tmp_path / "run", [SECRET], "1 value")
    assert holds(tmp_path) == []


def test_what_is_no_trace_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a trace"):
        scrub_run(tmp_path, [SECRET], "1 value")


KILLED = """
import os, sys
from pathlib import Path
from agent.scrubbing import scrub_run
for line in sys.stdin:
    child = os.fork()
    if not child:
        scrub_run(Path(line.rstrip()), [sys.argv[1]], "1 value")
        os._exit(0)
    print(child, flush=True)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # not reaped: its number stays its own until the next
    print("ended", flush=True)
"""
"""Scrubs each folder that it is told, in a process of its own that has loaded everything already."""


@pytest.mark.timeout(120)
def test_kill_9_in_the_middle_leaves_the_old_trace_or_the_new_one(tmp_path: Path) -> None:
    whole = 0.0
    ends: set[bool] = set()
    command = [sys.executable, "-c", KILLED, SECRET]
    scrubber = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert scrubber.stdin is not None
    assert scrubber.stdout is not None
    for attempt in range(8):
        folder = run_of(tmp_path / f"{attempt}" / "run", looks=60)
        print(folder, file=scrubber.stdin, flush=True)
        pid, begin = int(scrubber.stdout.readline()), time.monotonic()
        if attempt:
            time.sleep(whole * attempt / 7)
            os.kill(pid, signal.SIGKILL)
        assert scrubber.stdout.readline() == "ended\n"
        if not attempt:
            whole = time.monotonic() - begin
        reader = TraceReader(folder)
        assert reader.verify() == []
        assert sum(isinstance(e, Observed) for e in reader.events()) == 60
        ends.add(bool(holds(folder)))
        assert set(holds(folder)) in (set(), {"events.jsonl", "output.txt", "report.html"})
        scrub_run(folder, [SECRET], "1 value")
        assert holds(folder.parent) == []
        assert [p.name for p in folder.parent.iterdir()] == ["run"]
    scrubber.communicate()
    assert ends == {True, False}
