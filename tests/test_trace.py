"""Writing, reading and checking traces."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from agent.errors import BadInput, TraceFailed
from agent.events import (
    Acting,
    Bus,
    Decided,
    Event,
    FieldsRead,
    Judged,
    Note,
    Observed,
    Proposed,
    RunEnded,
    RunStarted,
    Stepped,
)
from agent.schema import (
    Approval,
    Box,
    Click,
    Element,
    ElementState,
    FieldResult,
    Outcome,
    Permit,
    Pixels,
    Point,
    Proposal,
    Result,
    Screenshot,
    Verdict,
)
from agent.trace import TraceReader, TraceWriter

REGION = Box(left=-100, top=0, width=160, height=90)


def picture(seed: int = 1) -> Pixels:
    return np.random.default_rng(seed).integers(0, 255, (90, 160, 3), dtype=np.uint8)


def look(pixels: Pixels, number: int = 1) -> Observed:
    elements = (
        Element(id=1, role="textbox", box=Box(left=1, top=2, width=3, height=4), label="名字 “A”"),
        Element(id=2, role="checkbox", box=REGION, state=ElementState(checked=True), confidence=0.5),
    )
    shot = Screenshot(pixels=pixels, region=REGION, taken_at=1.5)
    return Observed(number=number, screenshot=shot, elements=elements, changed=(REGION,), window="W")


def all_events() -> list[Event]:
    click = Click(point=Point(x=1, y=2))
    verdict, approval = Verdict(effect="allow", rule="r"), Approval(decision="approve", by="policy")
    permit = Permit(action=click, verdict=verdict, approval=approval, number=1)
    return [
        RunStarted(task="t\n\u2028", keys=("a",)),
        look(picture()),
        Proposed(step=1, proposal=Proposal(action=click, thought="weil 😀")),
        Judged(step=1, verdict=verdict),
        Decided(step=1, approval=approval),
        Acting(step=1, permit=permit),
        look(picture(2), 2),
        Stepped(step=1, outcome=Outcome(status="ok")),
        FieldsRead(fields=(FieldResult(label="l", key="k", wanted="w"),)),
        Note(text="n"),
        RunEnded(result=Result(status="done")),
    ]


def record(folder: Path, events: list[Event]) -> None:
    with TraceWriter(folder) as writer:
        for event in events:
            writer(event)


def lines(folder: Path) -> list[bytes]:
    return (folder / "events.jsonl").read_bytes().splitlines(keepends=True)


def test_every_event_comes_back_as_it_was(tmp_path: Path) -> None:
    events = all_events()
    record(tmp_path / "run", events)
    reader = TraceReader(tmp_path / "run")
    back = list(reader.events())
    assert reader.verify() == []
    for before, after in zip(events, back, strict=True):
        if isinstance(before, Observed) and isinstance(after, Observed):
            assert np.array_equal(reader.picture(after), before.screenshot.pixels)
            assert after.screenshot.scale == before.screenshot.scale
            assert after.screenshot.region == REGION
            assert after.elements == before.elements
        else:
            assert after == before


def test_the_first_line_tells_the_schema_and_lines_are_chained(tmp_path: Path) -> None:
    record(tmp_path / "run", all_events())
    entries = [json.loads(line) for line in lines(tmp_path / "run")]
    assert entries[0]["schema"] == 1
    assert [e["seq"] for e in entries] == list(range(12))


def test_repeats_are_stored_once_and_small_changes_as_patches(tmp_path: Path) -> None:
    first = picture()
    second = first.copy()
    second[10:14, 20:30] = 0
    record(tmp_path / "run", [look(p, i) for i, p in enumerate((first, second, first, second, second))])
    stored = sorted((tmp_path / "run" / "frames").iterdir(), key=lambda p: p.stat().st_size)
    assert len(stored) == 2
    assert stored[0].stat().st_size < 300
    reader = TraceReader(tmp_path / "run")
    looks = [e for e in reader.events() if isinstance(e, Observed)]
    assert [np.array_equal(reader.picture(e), second) for e in looks] == [False, True, False, True, True]
    assert looks[1].frame == looks[3].frame != looks[0].frame


def test_pictures_of_another_size_start_anew(tmp_path: Path) -> None:
    small = np.ascontiguousarray(picture()[:40])
    record(tmp_path / "run", [look(picture()), look(small, 2), look(picture(), 3)])
    reader = TraceReader(tmp_path / "run")
    shapes = [reader.picture(e).shape for e in reader.events() if isinstance(e, Observed)]
    assert shapes == [(90, 160, 3), (40, 160, 3), (90, 160, 3)]


def test_the_callers_buffer_may_be_used_again(tmp_path: Path) -> None:
    pixels = picture()
    kept = pixels.copy()
    with TraceWriter(tmp_path / "run") as writer:
        writer(look(pixels))
        pixels[:] = 7
        writer(look(pixels, 2))
    reader = TraceReader(tmp_path / "run")
    first, second = [reader.picture(e) for e in reader.events() if isinstance(e, Observed)]
    assert np.array_equal(first, kept)
    assert (second == 7).all()


@pytest.mark.parametrize("index", range(1, 12))
def test_any_change_of_a_line_is_found(tmp_path: Path, index: int) -> None:
    record(tmp_path / "run", all_events())
    content = lines(tmp_path / "run")
    content[index] = content[index].replace(b'"time":1', b'"time":2', 1)
    (tmp_path / "run" / "events.jsonl").write_bytes(b"".join(content))
    broken = [p for p in TraceReader(tmp_path / "run").verify() if p.broken]
    # The last line has no other after it: only its kept hash can tell.
    assert bool(broken) == (index < 11)


def test_dropped_added_and_swapped_lines_are_found(tmp_path: Path) -> None:
    record(tmp_path / "run", all_events())
    content = lines(tmp_path / "run")
    path = tmp_path / "run" / "events.jsonl"
    for changed in (
        content[:4] + content[5:],
        content[:4] + content[3:],
        [*content[:4], content[5], content[4], *content[6:]],
        [*content[:4], b"{}\n", *content[4:]],
        [*content[:4], b"not json\n", *content[5:]],
    ):
        path.write_bytes(b"".join(changed))
        assert any(p.broken for p in TraceReader(tmp_path / "run").verify())


def test_missing_and_changed_pictures_are_found(tmp_path: Path) -> None:
    record(tmp_path / "run", all_events())
    one, two = sorted((tmp_path / "run" / "frames").iterdir())
    one.unlink()
    two.write_bytes(b"something else")
    problems = TraceReader(tmp_path / "run").verify()
    assert sorted(p.text.split()[-1] for p in problems) == ["changed", "missing"]


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_trace_cut_short_is_sound_as_far_as_it_goes(tmp_path: Path, cut: int) -> None:
    record(tmp_path / "run", all_events())
    path = tmp_path / "run" / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    reader = TraceReader(tmp_path / "run")
    (problem,) = reader.verify()
    assert not problem.broken
    assert "ends in the middle" in problem.text
    assert len(list(reader.events())) >= 9


def test_a_run_without_its_end_is_said_to_stop_early(tmp_path: Path) -> None:
    record(tmp_path / "run", all_events()[:-1])
    (problem,) = TraceReader(tmp_path / "run").verify()
    assert (problem.broken, "stops early" in problem.text) == (False, True)


def test_a_folder_is_used_once(tmp_path: Path) -> None:
    record(tmp_path / "run", all_events())
    with pytest.raises(BadInput, match="already holds a trace"):
        TraceWriter(tmp_path / "run")


def test_a_folder_that_can_not_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TraceFailed, match=r"file/run can't be written: Not a directory"):
        TraceWriter(tmp_path / "file" / "run")


def test_a_full_disk_ends_the_run_and_what_was_written_verifies(tmp_path: Path) -> None:
    events = all_events()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with TraceWriter(tmp_path / "run") as writer:
        bus = Bus(writer)
        for event in events[:1]:
            bus.emit(event)
        size = (tmp_path / "run" / "events.jsonl").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, hard))
        try:
            with pytest.raises(TraceFailed, match=r"run can't be written: File too large\. Free some space"):
                bus.emit(events[2])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        with pytest.raises(TraceFailed, match="nothing more may happen"):
            bus.emit(events[3])
    problems = TraceReader(tmp_path / "run").verify()
    assert [p.broken for p in problems] == [False]


def test_a_full_disk_for_pictures(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with TraceWriter(tmp_path / "run") as writer:
        writer(all_events()[0])
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(TraceFailed, match="Free some space"):
                writer(look(picture()))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "run" / "frames").iterdir()) == []
    assert not [p for p in TraceReader(tmp_path / "run").verify() if p.broken]


def test_what_is_not_a_trace_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        TraceReader(tmp_path / "none")
    with pytest.raises(BadInput, match="not a trace"):
        TraceReader(tmp_path)
    for content in (b"", b"{}\n", b"hello\n", b'{"seq":0,"prev":"x","schema":1}\n', b"[" * 100_000 + b"\n"):
        (tmp_path / "events.jsonl").write_bytes(content)
        with pytest.raises(BadInput, match="not a trace"):
            TraceReader(tmp_path)
    (tmp_path / "events.jsonl").write_bytes(json.dumps({"seq": 0, "prev": "0" * 64, "schema": 99}).encode() + b"\n")
    with pytest.raises(BadInput, match="later version"):
        TraceReader(tmp_path)


KILLED = """
import sys, numpy as np
from pathlib import Path
from agent.events import Note, Observed
from agent.schema import Box, Screenshot
from agent.trace import TraceWriter
region = Box(left=0, top=0, width=400, height=300)
with TraceWriter(Path(sys.argv[1])) as writer:
    print("on", flush=True)
    for i in range(10**6):
        writer(Note(text="x" * (i % 5000)))
        pixels = np.random.default_rng(i).integers(0, 255, (300, 400, 3), dtype=np.uint8)
        writer(Observed(number=i, screenshot=Screenshot(pixels=pixels, region=region)))
"""


@pytest.mark.timeout(60)
def test_a_killed_writer_leaves_a_sound_trace(tmp_path: Path) -> None:
    for i in range(2):
        folder = tmp_path / str(i)
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.11 + 0.07 * i)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        reader = TraceReader(folder)
        assert not [p for p in reader.verify() if p.broken]
        looks = [e for e in reader.events() if isinstance(e, Observed)]
        assert all(reader.picture(e).shape == (300, 400, 3) for e in looks)
