"""Past runs on the screen: the list from the ends of traces, one run with its pictures, broken ones, long ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from agent.config import Settings
from agent.events import Decided, Event, FieldsRead, Judged, Observed, Proposed, RunEnded, RunStarted, Stepped
from agent.schema import (
    Approval,
    Box,
    Click,
    FieldResult,
    Grounding,
    Outcome,
    Point,
    Proposal,
    Result,
    Screenshot,
    Verdict,
)
from agent.trace import TraceReader, TraceWriter
from agent.ui.tui.history import PastScreen
from agent.ui.tui.home import HomeApp, HomeScreen
from agent.ui.tui.past import read_past, summaries
from agent.ui.tui.picture import Picture
from tests.tui_kit import page, until

RESULT = Result(status="done", reason="all of it", steps=2, seconds=3.5)
FIELD = FieldResult(label="Name [b]", key="name", wanted="Ada", read="Ada", verdict="ok")


def write(folder: Path, steps: int = 2, *, end: bool = True, task: str = "Fill in [red]it[/]", at: float = 1e9) -> None:
    pixels = page()
    box = Box(left=200, top=40, width=240, height=24)
    aim = Grounding(target="First name", point=box.center, box=box)
    with TraceWriter(folder) as writer:
        writer(RunStarted(task=task, policy="standard", planner="embedded", time=at))
        for number in range(1, steps + 1):
            told: list[Event] = [
                Proposed(step=number, proposal=Proposal(action=Click(point=Point(x=320, y=52)), grounding=aim)),
                Stepped(step=number, outcome=Outcome(status="ok" if number % 2 else "no_effect")),
            ]
            if number <= 20:  # what is the same for each of thousands is written for the first ones
                shot = Screenshot(pixels=pixels, region=Box(left=0, top=0, width=800, height=600))
                told[1:1] = [
                    Judged(step=number, verdict=Verdict(effect="allow", rule="open")),
                    Decided(step=number, approval=Approval(decision="approve", by="policy")),
                ]
                told.insert(0, Observed(number=number, screenshot=shot))
            for event in told:
                writer(event)
        if end:
            writer(FieldsRead(fields=(FIELD,)))
            writer(RunEnded(result=RESULT.model_copy(update={"steps": steps, "fields": (FIELD,)})))


def drive(
    root: Path, steps: Callable[[HomeApp, Pilot[None]], Awaitable[None]], size: tuple[int, int] = (100, 32)
) -> None:
    async def main() -> None:
        app = HomeApp(Settings(traces=root))
        async with app.run_test(size=(100, 32)) as pilot:
            await pilot.press("ctrl+o")
            await until(pilot, lambda: (app.screen.focused and app.screen.focused.id == "runs") or not summaries(root))
            await steps(app, pilot)

    asyncio.run(main())


async def opened(app: HomeApp, pilot: Pilot[None], row: int = 0) -> PastScreen:
    for _ in range(row):
        await pilot.press("down")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, PastScreen))
    screen = app.screen
    assert isinstance(screen, PastScreen)
    await until(pilot, lambda: "reading" not in said(screen, "#state"), 60)
    return screen


def said(screen: PastScreen | HomeScreen, selector: str) -> str:
    return str(screen.query_one(selector, Static).content)


def cells(screen: PastScreen, selector: str) -> list[list[str]]:
    table = screen.query_one(selector, DataTable)
    return [[str(cell) for cell in table.get_row_at(row)] for row in range(table.row_count)]


def test_the_list_tells_each_run_newest_first(tmp_path: Path) -> None:
    write(tmp_path / "old", at=1e9)
    write(tmp_path / "killed", at=2e9, end=False)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/events.jsonl").write_text("")
    (tmp_path / "cut").mkdir()
    content = (tmp_path / "old/events.jsonl").read_bytes()
    (tmp_path / "cut/events.jsonl").write_bytes(content[:-40])
    (tmp_path / "notes.txt").write_text("no trace")
    found = {one.folder.name: one for one in summaries(tmp_path)}
    assert [found[n].status for n in ("old", "killed", "empty", "cut")] == ["done", "not ended", "broken", "not ended"]
    assert (found["old"].steps, found["old"].seconds) == (2, 3.5)
    assert summaries(tmp_path)[1 if found["empty"].began > 2e9 else 0].folder.name == "killed"
    assert summaries(tmp_path / "nowhere") == []


def test_a_run_with_its_steps_pictures_and_fields(tmp_path: Path) -> None:
    write(tmp_path / "one", steps=3)

    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        screen = await opened(app, pilot)
        # Text of a trace is text, no markup.
        assert "[red]it[/]" in said(screen, "#head")
        assert said(screen, "#state") == "done: all of it (3 steps, 3.5 s)"
        assert [row[1] for row in cells(screen, "#steps")] == ["ok", "no effect", "ok"]
        await pilot.press("down")
        await until(pilot, lambda: "no effect" in said(screen, "#step"))
        await until(pilot, lambda: any(strip.text.strip() for strip in screen.query_one(Picture)._strips))
        await pilot.press("f")
        assert screen.query_one("#fields").display
        assert cells(screen, "#fields") == [["Name [b]", "Ada", "Ada", "ok"]]
        await pilot.press("r")
        await until(pilot, lambda: (tmp_path / "one/report.html").is_file(), 60)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))

    drive(tmp_path, steps)


@pytest.mark.parametrize("harm", ["not json", "changed", "no picture"])
def test_a_broken_trace_shows_what_is_readable_and_says_what_is_broken(tmp_path: Path, harm: str) -> None:
    write(tmp_path / "one", steps=3)
    path = tmp_path / "one/events.jsonl"
    lines = path.read_bytes().split(b"\n")
    match harm:
        case "not json":
            lines[3] = b"{ nothing"
        case "changed":
            lines[3] = lines[3].replace(b"First name", b"Last name")
        case _:
            for file in (tmp_path / "one/frames").iterdir():
                file.unlink()
    path.write_bytes(b"\n".join(lines))

    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        screen = await opened(app, pilot)
        state = said(screen, "#state")
        assert "The trace is broken" in state
        assert {"not json": "line 4: not JSON", "changed": "line 5: the hash", "no picture": "is missing"}[
            harm
        ] in state
        assert len(cells(screen, "#steps")) == (2 if harm == "not json" else 3)
        await pilot.press("down")
        await until(pilot, lambda: said(screen, "#step"))
        assert ("picture" in said(screen, "#step")) == (harm == "no picture")

    drive(tmp_path, steps)


def test_what_is_no_trace_says_so(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/events.jsonl").write_text("hello\n")

    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        screen = await opened(app, pilot)
        assert "not a trace" in said(screen, "#state")

    drive(tmp_path, steps)


@pytest.mark.timeout(300)
def test_ten_thousand_steps(tmp_path: Path) -> None:
    write(tmp_path / "one", steps=10_000)
    began = time.process_time()
    assert summaries(tmp_path)[0].steps == 10_000
    listing = time.process_time() - began
    began = time.process_time()
    past = read_past(TraceReader(tmp_path / "one"))
    reading = time.process_time() - began
    assert len(past.run.steps) == 10_000
    assert listing < reading / 20

    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        screen = await opened(app, pilot)
        assert len(screen.query_one("#steps", DataTable).rows) == 10_000
        await pilot.press("ctrl+end")
        await until(pilot, lambda: screen.query_one("#steps", DataTable).cursor_row == 9_999)
        await until(pilot, lambda: "no effect" in said(screen, "#step"))
        assert np.asarray(screen.query_one(Picture)._pixels).any()

    drive(tmp_path, steps)
