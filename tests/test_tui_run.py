"""The screen of one run: what it shows, its keys, and that nothing goes on without it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from agent.brake import Brake
from agent.errors import BadInput, Missing
from agent.events import FieldsRead, Note, Proposed, RunEnded, RunStarted, Stepped, Subscriber, ThoughtDelta
from agent.gate import Approver, AutoApprover
from agent.schema import Click, Drag, FieldResult, Observation, Outcome, Point, Proposal, Result, Scroll, Step, Wait
from agent.ui.tui.approver import Standing
from agent.ui.tui.picture import Picture
from agent.ui.tui.run import RunScreen
from agent.ui.tui.steps import StepList
from tests.tui_kit import Clock, Rig, Rules, Session, click, typing, until

FREE = Rules(allow=("click", "type_text", "wait", "scroll"))


class Waiting:
    """A planner that thinks until it is told to go on; what it thinks can be told meanwhile."""

    def __init__(self, proposal: Proposal | None = None) -> None:
        self.go_on, self._proposal = threading.Event(), proposal or click()
        self.asked = 0

    def propose(self, observation: Observation, last: Step | None) -> Proposal:
        self.asked += 1
        if self.asked == 1:
            self.go_on.wait(20)
        return self._proposal if self.asked == 1 else Proposal.model_validate({"action": {"kind": "done"}})


def shown(rig: Rig, selector: str) -> str:
    return str(rig.screen.query_one(selector).content)  # type: ignore[attr-defined]


async def take_over(pilot: Pilot[Any], rig: Rig, planner: Waiting) -> None:
    """Put the person in charge while the planner is asked."""
    await until(pilot, lambda: planner.asked)
    await pilot.press("p")
    planner.go_on.set()
    await until(pilot, lambda: rig.screen.asks_by_hand)


def test_steps_thought_fields_and_budget_are_shown() -> None:
    field = FieldResult(label="[b]Name", key="name", wanted="Ada", read="Adb", verdict="wrong", note="one letter")
    proposal = click(thought="It is\x1b[2J the [first] one.").model_copy(update={"fields": (field,)})
    rig = Rig(Session(proposal, judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(120, 50)) as pilot:
            await until(pilot, lambda: rig.screen.ended is not None and rig.screen.board.result)
            assert [row.mark for row in rig.screen.query_one(StepList).rows] == ["ok", "end", ""]
            assert "click 'First name'" in rig.screen.query_one(StepList).rows[0].words
            assert shown(rig, "#fields") == "wrong    [b]Name: Ada reads 'Adb' (one letter)"
            assert shown(rig, "#budget").startswith(" step 2 of 400   0:00 of 15:00   fields 0 of 1 right")
            assert shown(rig, "#head").startswith(" done ")
            assert "\x1b[2J" not in pilot.app.export_screenshot()
            await pilot.press("q")

    asyncio.run(go())
    assert isinstance(rig.app.return_value, Result)


def test_thinking_is_shown_while_it_comes_without_its_control_characters() -> None:
    planner = Waiting()
    rig = Rig(Session(planner=planner, judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(120, 50)) as pilot:
            await until(pilot, lambda: planner.asked)
            for piece in ("I see [a", "] form.\n", "Then\x1b]0;x"):
                rig.session.bus.emit(ThoughtDelta(text=piece))
            await until(pilot, lambda: "Then" in shown(rig, "#thought"))
            assert shown(rig, "#thought") == "I see [a] form.\nThen�]0;x"
            await pilot.press("l")
            assert not rig.screen.query_one("#thought").display
            await pilot.press("l", "q")
            planner.go_on.set()

    asyncio.run(go())


@pytest.mark.parametrize("key", ["s", "ctrl+c", "q", "ctrl+q"])
def test_stop_and_quit_end_a_run_under_way(key: str) -> None:
    planner = Waiting()
    rig = Rig(Session(planner=planner, judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: planner.asked)
            await pilot.press(key)
            assert rig.session.brake.stop.is_set()
            await until(pilot, lambda: "stopping" in shown(rig, "#head"))
            planner.go_on.set()
            await until(pilot, lambda: rig.screen.ended is not None)
            if key in ("s", "ctrl+c"):
                await pilot.press("q")

    asyncio.run(go())
    result = rig.screen.finish()
    assert isinstance(result, Result)


def test_a_screen_that_vanishes_stops_the_run() -> None:
    rig = Rig(Session(*[Wait(seconds=0.01), Wait(seconds=0.02)] * 1000, judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: rig.session.kinds("stepped"))
            pilot.app.exit()

    asyncio.run(go())
    result = rig.screen.finish()
    assert isinstance(result, Result)
    assert result.status == "stopped"


def test_pause_lets_the_person_act_and_hand_back() -> None:
    planner = Waiting()
    rig = Rig(Session(planner=planner, judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(100, 40)) as pilot:
            await until(pilot, lambda: planner.asked)
            await pilot.press("p")
            assert rig.session.brake.halt.is_set()
            await until(pilot, lambda: "pausing" in shown(rig, "#head"))
            planner.go_on.set()
            await until(pilot, lambda: rig.screen.asks_by_hand)
            assert "you are in charge" in shown(rig, "#head")
            picture = rig.screen.query_one("#screen", Picture)
            rig.screen.post_message(Picture.Scrolled(picture, 0.5, 0.5, 1))
            await until(pilot, lambda: rig.session.screen.actions)
            await until(pilot, lambda: rig.screen.asks_by_hand)
            await pilot.press("k", *"ctrl+s", "enter")
            await until(pilot, lambda: len(rig.session.screen.actions) == 2)
            await until(pilot, lambda: rig.screen.asks_by_hand)
            await pilot.press("h")
            await until(pilot, lambda: rig.screen.ended is not None)
            assert not rig.screen.in_charge
            await pilot.press("q")

    asyncio.run(go())
    assert [action.kind for action in rig.session.screen.actions] == ["scroll", "press_keys"]
    assert rig.session.screen.actions[0] == Scroll(point=Point(x=400, y=300), dy=3)
    proposed = [event.proposal for event in rig.session.events if isinstance(event, Proposed)]
    assert [p.by for p in proposed] == ["agent", "person", "person", "agent"]


def test_drags_and_held_keys_by_hand() -> None:
    planner = Waiting()
    rig = Rig(Session(planner=planner, judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(100, 40)) as pilot:
            await take_over(pilot, rig, planner)
            picture = rig.screen.query_one("#screen", Picture)
            await until(pilot, lambda: picture._strips)
            corner, (columns, rows) = picture._place.offset, picture._place.size

            def at(u: float, v: float) -> tuple[int, int]:
                return corner.x + int(u * columns), corner.y + int(v * rows)

            await pilot.mouse_down(picture, at(0.25, 0.5))
            await pilot.hover(picture, at(0.5, 0.5))
            await pilot.mouse_up(picture, at(0.75, 0.5))
            await until(pilot, lambda: rig.session.screen.actions)
            await until(pilot, lambda: rig.screen.asks_by_hand)
            await pilot.press("m", *"ctrl+a", "enter")
            assert "only ctrl, shift, alt, meta can be held" in charge(rig)
            await pilot.press("ctrl+u", *"ctrl", "enter")
            assert "ctrl is held for the next click" in charge(rig)
            await pilot.mouse_down(picture, at(0.25, 0.5))
            await pilot.mouse_up(picture, at(0.75, 0.5))
            await pilot.pause()
            assert "for a click only" in charge(rig)
            await pilot.click(picture, offset=at(0.5, 0.5))
            await until(pilot, lambda: len(rig.session.screen.actions) == 2)
            await until(pilot, lambda: rig.screen.asks_by_hand)
            assert "held" not in charge(rig)
            await pilot.click(picture, offset=at(0.5, 0.5), shift=True)
            await until(pilot, lambda: len(rig.session.screen.actions) == 3)
            await until(pilot, lambda: rig.screen.asks_by_hand)
            await pilot.press("h")
            await until(pilot, lambda: rig.screen.ended is not None)
            await pilot.press("q")

    asyncio.run(go())
    drag, held, shifted = rig.session.screen.actions
    assert isinstance(drag, Drag)
    assert [round(point.x / 200) for point in drag.path] == [1, 2, 3]
    assert isinstance(held, Click)
    assert held.modifiers == ("ctrl",)
    assert isinstance(shifted, Click)
    assert shifted.modifiers == ("shift",)


def test_what_the_person_takes_is_shown_apart_from_the_time_of_the_run() -> None:
    rig = Rig(Session(click()))

    async def go() -> None:
        async with rig.app.run_test(size=(100, 40)) as pilot:
            await until(pilot, lambda: pilot.app.screen.query("#question"))
            rig.clock.now += 31
            rig.screen.refresh_all()
            assert shown(rig, "#budget").startswith(" step 1 of 400   0:00 of 15:00   you took 0:31")
            await until(pilot, lambda: pilot.app.screen._seen is not None)  # type: ignore[attr-defined]
            rig.clock.now += 1
            await pilot.press("a")
            await until(pilot, lambda: rig.screen.ended is not None)
            rig.clock.now += 5
            rig.screen.refresh_all()
            assert "0:00 of 15:00   you took 0:32" in shown(rig, "#budget")
            await pilot.press("q")

    asyncio.run(go())


def charge(rig: Rig) -> str:
    return str(rig.screen.query_one("#charge Static", Static).content)


def test_on_a_shared_display_the_picture_takes_no_clicks() -> None:
    planner = Waiting()
    rig = Rig(Session(planner=planner, judge=FREE), private=False)

    async def go() -> None:
        async with rig.app.run_test(size=(100, 40)) as pilot:
            await take_over(pilot, rig, planner)
            picture = rig.screen.query_one("#screen", Picture)
            rig.screen.post_message(Picture.Clicked(picture, 0.5, 0.5, 1, 1))
            rig.screen.post_message(Picture.Scrolled(picture, 0.5, 0.5, 1))
            await pilot.press("t", "x", "k", "r")
            assert rig.screen.asks_by_hand
            await pilot.press("h")
            await until(pilot, lambda: rig.screen.ended is not None)
            await pilot.press("q")

    asyncio.run(go())
    assert rig.session.screen.actions == []


def test_a_secret_typed_by_hand_is_kept_nowhere() -> None:
    planner = Waiting()
    rig = Rig(Session(planner=planner, judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(100, 40)) as pilot:
            await take_over(pilot, rig, planner)
            await pilot.press("x", *"open-sesame")
            assert "sesame" not in pilot.app.export_screenshot()
            await pilot.press("enter")
            await until(pilot, lambda: rig.session.screen.actions)
            await until(pilot, lambda: rig.screen.asks_by_hand)
            assert "sesame" not in pilot.app.export_screenshot()
            await pilot.press("h")
            await until(pilot, lambda: rig.screen.ended is not None)
            await pilot.press("q")

    asyncio.run(go())
    assert "sesame" not in "".join(event.model_dump_json() for event in rig.session.events if event.kind != "observed")


def test_a_standing_yes_asks_nobody() -> None:
    session = Session(click(), typing())
    start = session.start

    def started(approver: Approver, watchers: Sequence[Subscriber], brake: Brake) -> Session:
        return start(Standing(AutoApprover(), approver), watchers, brake)

    screen = RunScreen(started, clock=Clock())

    async def go() -> None:
        from agent.ui.tui.app import DeskhandApp

        app = DeskhandApp(screen)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: screen.ended is not None)
            await pilot.press("q")

    asyncio.run(go())
    assert [action.kind for action in session.screen.actions] == ["click", "type_text"]


@pytest.mark.parametrize("error", [BadInput("no such [b]file"), Missing("no Xvfb", mend="apt install xvfb"), OSError()])
def test_a_run_that_can_not_start_says_so_and_is_given_back(error: Exception) -> None:
    def start(approver: Approver, watchers: Sequence[Subscriber], brake: Brake) -> Session:
        raise error

    screen = RunScreen(start)

    async def go() -> None:
        from agent.ui.tui.app import DeskhandApp

        app = DeskhandApp(screen)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: screen.query_one(StepList).rows)
            assert (str(error) or repr(error)) in screen.query_one(StepList).rows[0].words
            await pilot.press("q")
        assert app.return_value is error

    asyncio.run(go())


async def _ten_thousand(pilot: Pilot[object], steps: StepList) -> None:
    events = [
        event
        for number in range(1, 10_001)
        for event in (
            Proposed(step=number, proposal=Proposal(action=Click(point=Point(x=number, y=2)))),
            Stepped(step=number, outcome=Outcome(status="ok")),
        )
    ]
    began = time.process_time()
    for at in range(0, len(events), 100):
        steps.tell(*events[at : at + 100])
    await pilot.pause()
    assert time.process_time() - began < 5
    assert len(steps.rows) == 10_000
    assert steps.at_end
    await pilot.pause()
    last = steps.render_line(steps.size.height - 1).text
    assert last.startswith(" 10000 ok")
    steps.focus()
    await pilot.press("home")
    await until(pilot, lambda: steps.top == 0)
    steps.tell(Note(text="below"))
    await pilot.pause()
    assert steps.top == 0, "who looks at an old step is left there"
    await pilot.press("end")
    steps.tell(RunStarted(task="x"), FieldsRead(fields=()), RunEnded(result=Result(status="done")))
    await until(pilot, lambda: steps.at_end)


def test_ten_thousand_steps() -> None:
    rig = Rig(Session(planner=Waiting(), judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=(80, 24)) as pilot:
            await _ten_thousand(pilot, rig.screen.query_one(StepList))
            await pilot.press("q")
            rig.session.planner.go_on.set()  # type: ignore[attr-defined]

    asyncio.run(go())


@pytest.mark.parametrize("size", [(20, 4), (200, 70)])
def test_any_size_and_any_change_of_it(size: tuple[int, int]) -> None:
    rig = Rig(Session(click(), typing(), judge=FREE))

    async def go() -> None:
        async with rig.app.run_test(size=size) as pilot:
            await until(pilot, lambda: rig.screen.ended is not None)
            for other in ((10, 3), (40, 10), (160, 50), (80, 24), size):
                await pilot.resize_terminal(*other)
                await pilot.pause()
                assert rig.screen.query_one("#head").region.height == 1, other
            await pilot.press("q")

    asyncio.run(go())
    assert isinstance(rig.app.return_value, Result)
