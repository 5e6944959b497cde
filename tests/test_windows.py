"""Whose windows are whose, on a real display with a window manager."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from agent.sandbox import App, PrivateDisplay, launch
from agent.screen import Screen
from agent.windows import Standing

pytestmark = pytest.mark.display
FORM = ["yad", "--form", "--title=Mine", "--field=Name", "--button=OK:0"]
NOTICE = ["zenity", "--info", "--title=Other", "--text=hello"]


@pytest.fixture(scope="module")
def display() -> Iterator[PrivateDisplay]:
    with PrivateDisplay(size=(900, 600)) as display:
        yield display


def screen_of(display: PrivateDisplay) -> Screen:
    return Screen(display.name, xauthority=str(display.xauthority))


def until_shown(screen: Screen, title: str) -> Standing:
    until = time.monotonic() + 20
    while (there := screen.standing()).title != title:
        assert time.monotonic() < until, there
        time.sleep(0.05)
    return there


def watch(screen: Screen, app: App) -> None:
    screen.watch(pid=app.pid, started=lambda: [window.id for window in app.windows()])


def test_windows_of_another_application_are_told_from_those_of_the_one_that_was_started(
    display: PrivateDisplay,
) -> None:
    with launch(FORM, display) as app, screen_of(display) as screen:
        app.wait_window(20)
        assert until_shown(screen, "Mine").own, "until it is to watch, everything is the application's"
        watch(screen, app)
        there = until_shown(screen, "Mine")
        assert (there.application, there.own) == ("Yad", True)
        assert [(pane.application, pane.own) for pane in there.panes] == [("Yad", True)]
        with launch(NOTICE, display):
            there = until_shown(screen, "Other")
            assert (there.application, there.own) == ("Zenity", False)
            assert [(pane.title, pane.own) for pane in there.panes] == [("Other", False), ("Mine", True)]
        assert until_shown(screen, "Mine").own


def test_where_nothing_was_started_the_application_of_the_first_look_is_the_tasks(display: PrivateDisplay) -> None:
    with launch(FORM, display) as app, screen_of(display) as screen:
        app.wait_window(20)
        screen.watch()
        assert until_shown(screen, "Mine").own
        with launch(NOTICE, display):
            assert not until_shown(screen, "Other").own
        assert until_shown(screen, "Mine").own


def test_a_dialog_of_an_own_window_is_own_whoever_shows_it(display: PrivateDisplay) -> None:
    with launch(FORM, display) as app, screen_of(display) as screen:
        number = app.wait_window(20).id
        watch(screen, app)
        assert until_shown(screen, "Mine").own
        with launch([*NOTICE, f"--attach={number}"], display):
            assert until_shown(screen, "Other").own
