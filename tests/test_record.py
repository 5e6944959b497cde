"""What a person's inputs come to: stop keys, deeds, and who is at mouse and keyboard."""

from __future__ import annotations

import threading

import pytest

from agent.brake import Brake
from agent.errors import BadInput, Stopped
from agent.events import Bus, Event, PersonActed
from agent.gate import Request
from agent.record import Deeds, Input, StopKeys
from agent.schema import (
    Action,
    Approval,
    Click,
    Context,
    Done,
    Drag,
    Point,
    PressKeys,
    Proposal,
    Scroll,
    TypeText,
    Verdict,
)
from agent.shared import AFTER, QUIET, SharedDesk

SPOT = Point(x=100, y=100)


def key(at: float, *keys: str, real: bool | None = None) -> Input:
    return Input(kind="key", at=at, keys=keys, real=real)


def mouse(kind: str, at: float, x: int = 100, y: int = 100, **more: object) -> Input:
    return Input.model_validate({"kind": kind, "at": at, "point": Point(x=x, y=y), **more})


# ---------------------------------------------------------------- the brake


def test_a_stop_that_comes_while_the_person_hands_back_is_not_lost() -> None:
    class Interrupted(threading.Event):
        def clear(self) -> None:
            brake.pull()
            super().clear()

    brake = Brake()
    brake.halt = Interrupted()
    brake.pause("the mouse was moved")
    brake.resume()
    assert brake.stop.is_set()
    assert brake.halt.is_set(), "the hands would have gone on"


# ---------------------------------------------------------------- stop keys


def test_two_escapes_stop() -> None:
    keys = StopKeys("esc esc")
    assert [keys.hear(("esc",), at) for at in (1.0, 1.3)] == [False, True]


@pytest.mark.parametrize(
    "strokes",
    [
        [(("esc",), 1.0), (("esc",), 2.0)],
        [(("esc",), 1.0), ((), 1.1), (("esc",), 1.2)],
        [(("esc",), 1.0), (("enter",), 1.1), (("esc",), 1.2)],
        [(("shift", "esc"), 1.0), (("shift", "esc"), 1.2)],
    ],
)
def test_what_is_no_stop(strokes: list[tuple[tuple[str, ...], float]]) -> None:
    keys = StopKeys("esc esc")
    assert not any(keys.hear(*stroke) for stroke in strokes)


def test_a_chord_stops_whatever_the_order_of_its_modifiers() -> None:
    keys = StopKeys("Ctrl+Alt+q")
    assert not keys.hear(("ctrl",), 1.0)
    assert not keys.hear(("ctrl", "alt"), 1.1)
    assert keys.hear(("alt", "ctrl", "q"), 1.2)


def test_no_stop_keys_at_all() -> None:
    assert not StopKeys("").hear(("esc",), 1.0)


@pytest.mark.parametrize("keys", ["q", "esc escc", "foo+q", "ctrl+", "shift+q"])
def test_stop_keys_that_are_none_are_named(keys: str) -> None:
    with pytest.raises(BadInput, match="DESKHAND_STOP_KEYS"):
        StopKeys(keys)


# ---------------------------------------------------------------- deeds


def deeds(*inputs: Input) -> list[Action]:
    told: list[Action] = []
    gather = Deeds(told.append)
    for said in inputs:
        gather.hear(said)
    gather.end()
    return told


def test_of_typed_text_only_the_length_is_kept() -> None:
    assert deeds(key(1), key(1.1), key(1.2, "shift"), key(1.3), key(1.4, "enter")) == [
        TypeText(text="•••"),
        PressKeys(keys=("enter",)),
    ]


def test_clicks_are_counted() -> None:
    down, up = mouse("press", 1.0), mouse("release", 1.05)
    again = [mouse("press", 1.2, 101), mouse("release", 1.25, 101)]
    later = [mouse("press", 3.0, keys=("ctrl",)), mouse("release", 3.1, keys=("ctrl",))]
    assert deeds(down, up, *again, *later) == [
        Click(point=SPOT, count=2),
        Click(point=SPOT, modifiers=("ctrl",)),
    ]


def test_a_press_that_moves_is_a_drag_of_few_points() -> None:
    path = [mouse("motion", 1 + i / 100, 100 + i, 100) for i in range(200)]
    found = deeds(mouse("press", 1.0), *path, mouse("release", 4.0, 299))
    assert len(found) == 1
    assert isinstance(found[0], Drag)
    assert (found[0].path[0], found[0].path[-1]) == (SPOT, Point(x=299, y=100))
    assert len(found[0].path) <= 25


def test_notches_and_repeated_chords_are_one_deed() -> None:
    notches = [mouse("scroll", 1 + i / 10, dy=1) for i in range(3)]
    chords = [key(2, "ctrl"), key(2.1, "ctrl", "z"), key(2.2, "ctrl", "z")]
    assert deeds(*notches, *chords) == [Scroll(point=SPOT, dy=3), PressKeys(keys=("ctrl", "z"), times=2)]


def test_mere_motion_is_no_deed() -> None:
    assert deeds(mouse("motion", 1.0), mouse("release", 1.1)) == []


# ---------------------------------------------------------------- the shared desktop


class Hands:
    """Were typing from 10 to 11, clicking from 11 to 12, and pressing Escape from 13 to 14."""

    acted = True

    def at_work(self, at: float) -> tuple[Action, ...] | None:
        work = {10: TypeText(text="Ada"), 11: Click(point=SPOT), 13: PressKeys(keys=("escape",))}
        return tuple(act for began, act in work.items() if began <= at < began + 1) if self.acted else None


class Answers:
    """Does what it is told when it is asked."""

    def __init__(self) -> None:
        self.meanwhile: list[Input] = []
        self.by = "person"
        self.desk: SharedDesk | None = None

    def _do(self) -> None:
        assert self.desk is not None
        for said in self.meanwhile:
            self.desk.hear(said)

    def approve(self, request: Request) -> Approval:
        self._do()
        return Approval(decision="approve", by=self.by)

    def by_hand(self, why: str) -> Action | None:
        self._do()
        return None


class Rig:
    def __init__(self) -> None:
        self.brake, self.answers, self.hands = Brake(), Answers(), Hands()
        self.events: list[Event] = []
        self.now, self.back = 20.0, 0
        self.desk = SharedDesk(
            self.answers,
            self.brake,
            self.hands,
            Bus(self.events.append),
            StopKeys("esc esc"),
            back=self._come_back,
            clock=lambda: self.now,
        )
        self.answers.desk = self.desk

    def _come_back(self) -> None:
        self.back += 1

    def ask(self) -> None:
        self.desk.approve(Request(1, Proposal(action=Done()), Verdict(effect="ask", rule="r"), Context()))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (key(12), "a key"),
        (key(10.5, real=True), "a key"),
        (key(10.5, "pagedown"), "a key"),
        (key(11.5), "a key"),
        (mouse("press", 10.5), "was used"),
        (mouse("press", 11.5, button="right"), "was used"),
        (mouse("press", 12), "was used"),
        (mouse("scroll", 12, dy=1), "was used"),
        (mouse("press", 11.5, real=True), "was used"),
    ],
)
def test_the_persons_own_inputs_pause_the_run(said: Input, why: str) -> None:
    rig = Rig()
    rig.desk.hear(said)
    assert why in rig.brake.paused
    assert rig.brake.halt.is_set()
    assert not rig.brake.stop.is_set()


@pytest.mark.parametrize(
    "said",
    [
        key(10.5),
        key(10.5, "ctrl", "a"),
        key(10.5, "shift"),
        key(13.5, "esc"),
        mouse("press", 11.9),
        mouse("release", 12),
        mouse("motion", 11.2),
    ],
)
def test_our_own_inputs_do_not(said: Input) -> None:
    rig = Rig()
    rig.desk.hear(said)
    assert not rig.brake.paused


def test_a_nudge_of_the_mouse_is_nothing_a_movement_is() -> None:
    rig = Rig()
    for at, x in ((12.0, 100), (12.1, 105), (14.0, 130), (16.0, 180)):
        rig.desk.hear(mouse("motion", at, x))
    assert not rig.brake.paused
    rig.desk.hear(mouse("motion", 16.2, 195))
    assert "moved" in rig.brake.paused


def test_before_our_first_action_there_is_nothing_to_interfere_with() -> None:
    rig = Rig()
    rig.hands.acted = False
    rig.desk.hear(key(12, "a"))
    assert not rig.brake.paused


def test_answering_is_no_interference_nor_is_letting_go_of_the_mouse_after_it() -> None:
    rig = Rig()
    rig.answers.meanwhile = [key(20, "y"), key(20, "enter"), mouse("press", 20)]
    rig.ask()
    rig.desk.hear(mouse("scroll", 20 + AFTER / 2, dy=1))
    assert not rig.brake.paused
    rig.desk.hear(mouse("scroll", 20 + 2 * AFTER, dy=1))
    assert rig.brake.paused


def test_an_answer_that_nobody_gave_needs_no_time_to_let_go() -> None:
    rig = Rig()
    rig.answers.by = "auto"
    rig.ask()
    rig.desk.hear(mouse("scroll", 20 + AFTER / 2, dy=1))
    assert rig.brake.paused


@pytest.mark.parametrize("real", [None, True])
def test_the_stop_keys_stop_also_at_a_question(real: bool | None) -> None:
    rig = Rig()
    rig.answers.meanwhile = [key(20, "esc", real=real), key(20.2, "esc", real=real)]
    rig.ask()
    assert rig.brake.stop.is_set()


def test_our_own_escapes_stop_nothing() -> None:
    rig = Rig()
    for at in (13.1, 13.2, 13.3):
        rig.desk.hear(key(at, "esc"))
    assert not rig.brake.stop.is_set()


def test_escapes_in_the_middle_of_our_typing_are_not_ours() -> None:
    rig = Rig()
    for at in (10.1, 10.3):
        rig.desk.hear(key(at, "esc"))
    assert rig.brake.stop.is_set()


def test_what_the_person_does_in_charge_is_told_and_their_window_gives_way() -> None:
    rig = Rig()
    rig.answers.meanwhile = [mouse("press", 12), mouse("release", 12.1), key(12.5, real=True), key(12.6)]
    assert rig.desk.by_hand("why") is None
    acted = [event.action for event in rig.events if isinstance(event, PersonActed)]
    assert acted == [Click(point=SPOT), TypeText(text="••")]
    assert rig.back == 1
    assert not rig.brake.paused
    rig.desk.hear(key(30))
    assert len(rig.events) == 2


def test_a_stop_while_the_person_is_in_charge_ends_the_run() -> None:
    rig = Rig()
    rig.answers.meanwhile = [key(20 + QUIET, "a")]
    rig.brake.pull()
    with pytest.raises(Stopped):
        rig.desk.by_hand("why")
