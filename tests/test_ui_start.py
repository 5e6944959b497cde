"""The form that starts a run: what is wrong is told at its field, and what is right is what `run` would be told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TabbedContent

from agent.app import RunOptions
from agent.config import Settings
from agent.errors import BadInput
from agent.ui.tui.history import PastRuns
from agent.ui.tui.home import HomeApp, HomeScreen
from agent.ui.tui.run import RunScreen
from agent.ui.tui.start import Wrong, options_of
from tests.tui_kit import Rules, Session, click, until


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "one.json").write_text('{"name": "Ada"}')
    (tmp_path / "many.csv").write_text("name\nAda\nBob\n")
    (tmp_path / "broken.json").write_text('{"name": ')
    (tmp_path / "page.html").write_text("<input>")
    monkeypatch.chdir(tmp_path)
    return tmp_path


PAGE = {"url": "page.html"}
WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "nothing to do": (PAGE, "task", "nothing to do"),
    "no such record": ({**PAGE, "data": "nowhere.json"}, "data", "nowhere.json"),
    "a broken record": ({**PAGE, "data": "broken.json"}, "data", "broken.json:1"),
    "a row that is no number": ({**PAGE, "data": "many.csv", "row": "first"}, "row", "whole number"),
    "a row that isn't there": ({**PAGE, "data": "many.csv", "row": "3"}, "row", "many.csv"),
    "several rows and none named": ({**PAGE, "data": "many.csv"}, "data", "--row"),
    "nowhere to act": ({"task": "Click OK"}, "url", "private display is empty"),
    "a page that isn't there": ({"task": "x", "url": "nowhere.html"}, "url", "nowhere.html"),
    "a page of no kind": ({"task": "x", "url": "ftp://example.org/"}, "url", "http, https and file"),
    "two places": ({"task": "x", "url": "page.html", "app": "yad"}, "app", "exclude each other"),
    "a command with an open quote": ({"task": "x", "app": "yad 'a"}, "app", "no command"),
    "an unknown policy": ({**PAGE, "task": "x", "policy": "lenient"}, "policy", "lenient"),
    "a model without its planner": ({**PAGE, "task": "x", "model": "tiny"}, "model", "vision"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_at_its_field(name: str) -> None:
    values, field, words = WRONG[name]
    with pytest.raises(Wrong) as raised:
        options_of(values)
    assert words in raised.value.problems.get(field, ""), raised.value.problems


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Wrong) as raised:
        options_of({"data": "nowhere.json", "policy": "lenient"})
    assert set(raised.value.problems) == {"data", "policy", "url"}


def test_what_is_right_is_what_run_would_be_told() -> None:
    values = {"task": " Click Save ", "data": "many.csv", "row": "2", "url": "page.html", "policy": "standard"}
    assert options_of(values) == RunOptions(
        task="Click Save", data=Path("many.csv"), row=2, url="page.html", policy="standard"
    )
    assert options_of({"task": "Click", "display": ":0"}) == RunOptions(task="Click", display=":0")
    assert options_of({"skill": "fill-form", "app": "yad --form"}).task == "fill-form"


def drive(
    make: Callable[[RunOptions, Settings], RunScreen], steps: Callable[[HomeApp, Pilot[None]], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> None:  # fmt: skip
    async def main() -> None:
        app = HomeApp(Settings(traces=Path("traces")), make)
        async with app.run_test(size=size) as pilot:
            await steps(app, pilot)
        app.finish()

    asyncio.run(main())


def fill(app: HomeApp, **values: str) -> None:
    for name, value in values.items():
        app.screen.query_one(f"#{name}", Input).value = value


def test_a_run_is_started_watched_and_left() -> None:
    asked: list[RunOptions] = []

    def make(options: RunOptions, settings: Settings) -> RunScreen:
        asked.append(options)
        return RunScreen(Session(click(), judge=Rules(allow=("click",))).start)

    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        fill(app, data="nowhere.json", url="page.html")
        await pilot.press("ctrl+r")
        wrong = app.screen.query_one("#wrong-data", Static)
        assert wrong.display
        assert "nowhere.json" in str(wrong.content)
        assert app.screen.focused is app.screen.query_one("#data")
        assert not asked
        fill(app, data="one.json")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        watched = app.screen
        assert isinstance(watched, RunScreen)
        await until(pilot, lambda: watched.ended)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert not app.screen.query_one("#wrong-data").display

    drive(make, steps)
    assert asked == [RunOptions(data=Path("one.json"), url="page.html")]


def test_a_run_that_cannot_start_says_so_in_the_form() -> None:
    def make(options: RunOptions, settings: Settings) -> RunScreen:
        def start(*_: object) -> Session:
            raise BadInput("no such [bold]display[/]")

        return RunScreen(start)

    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        fill(app, task="Click OK", url="page.html")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.ended)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert str(app.screen.query_one("#wrong-all", Static).content) == "no such [bold]display[/]"

    drive(make, steps)


def test_leaving_while_a_run_goes_on_stops_it() -> None:
    session = Session(click())

    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        fill(app, task="Click OK", url="page.html")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.screen.query("#question"))
        app.exit()

    drive(lambda options, settings: RunScreen(session.start), steps)
    assert [event.approval.decision for event in session.kinds("decided")] == ["stop"]
    assert not session.screen.actions


def test_both_tabs_by_key() -> None:
    async def steps(app: HomeApp, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+o")
        await until(pilot, lambda: app.screen.query_one(TabbedContent).active == "past")
        assert app.screen.query_one(PastRuns).query_one("#none").display
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.screen.query_one(TabbedContent).active == "start")

    drive(lambda options, settings: RunScreen(Session().start), steps)
