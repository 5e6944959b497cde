"""The executor on a real display: what it types arrives exactly, and nothing stays held."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from Xlib import X, Xatom
from Xlib.ext import xtest

from agent.errors import ExecutorFailed, Stopped
from agent.executor import Executor
from agent.executor.keymap import definition, spare_codes
from agent.executor.xkb import Xkb
from agent.sandbox import PrivateDisplay, connected, executor_wrap
from agent.schema import Approval, Click, Drag, Move, Permit, Point, PressKeys, Scroll, TypeText, Verdict
from tests.texts import random_text

pytestmark = [pytest.mark.display, pytest.mark.timeout(120)]
numbers = count(1)
CAPS, NUM = 0x02, 0x10


def permit(action: Any) -> Permit:
    return Permit(
        action=action,
        verdict=Verdict(effect="allow", rule="test"),
        approval=Approval(decision="approve", by="auto"),
        number=next(numbers),
    )


def until(condition: Any, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


class Bench:
    """A private display with a connection of our own, to look at keys and buttons and to start programs."""

    def __init__(self, display: PrivateDisplay, x: Any) -> None:
        self.display, self.x, self.xkb = display, x, Xkb(x)
        self.root = x.screen().root
        self.env = os.environ | {
            "DISPLAY": display.name,
            "XAUTHORITY": str(display.xauthority),
            "NO_AT_BRIDGE": "1",
            "LC_ALL": "C.UTF-8",
        }

    def executor(self, wrap: Sequence[str] = (), private: bool = True) -> Executor:
        return Executor(self.display.name, xauthority=str(self.display.xauthority), private=private, wrap=wrap)

    def held(self) -> list[str]:
        keys = self.x.query_keymap()
        codes = [f"key {code}" for code in range(8, 256) if keys[code // 8] >> code % 8 & 1]
        mask = self.root.query_pointer().mask
        return codes + [f"button {number}" for number in range(1, 6) if mask >> 7 + number & 1]

    def entry(self) -> subprocess.Popen[bytes]:
        """A GTK text field that prints what was entered."""
        before = self.focus()
        program = subprocess.Popen(
            ["yad", "--entry", "--center", "--width=600"],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert until(lambda: self.focus() not in (before, X.PointerRoot, X.NONE)), "no window took the focus"
        time.sleep(0.3)
        return program

    def focus(self) -> int:
        found = self.x.get_input_focus().focus
        return found if isinstance(found, int) else found.id


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with PrivateDisplay() as display, connected(display) as x:
        yield Bench(display, x)


@pytest.fixture
def executor(bench: Bench) -> Iterator[Executor]:
    with bench.executor() as executor:
        yield executor
    assert bench.held() == []


def type_into_entry(bench: Bench, executor: Executor, text: str) -> str:
    """Types a line and Enter; returns what the program printed."""
    program = bench.entry()
    try:
        outcome = executor.perform(permit(TypeText(text=text)))
        assert outcome.status == "ok", outcome
        executor.perform(permit(PressKeys(keys=("enter",))))
        out, _ = program.communicate(timeout=10)
        return out.decode().removesuffix("\n")
    finally:
        program.kill()
        program.wait()


def test_text_over_all_blocks_arrives_in_an_editor(bench: Bench, executor: Executor, tmp_path: Path) -> None:
    file = tmp_path / "typed.txt"
    file.touch()
    text = random_text(600, seed=11)
    editor = subprocess.Popen(
        ["mousepad", "--disable-server", str(file)], env=bench.env | {"HOME": str(tmp_path)}, stderr=subprocess.DEVNULL
    )
    try:
        assert until(lambda: bench.focus() not in (X.PointerRoot, X.NONE))
        time.sleep(1)
        executor.perform(permit(Click(point=Point(x=640, y=400))))
        assert executor.perform(permit(TypeText(text="to be replaced", replace=True))).status == "ok"
        assert executor.perform(permit(TypeText(text=text, replace=True))).status == "ok"
        executor.perform(permit(PressKeys(keys=("ctrl", "s"))))
        assert until(file.read_text)
        time.sleep(0.3)
    finally:
        editor.kill()
        editor.wait()
    assert file.read_text().removesuffix("\n") == text.removesuffix("\n")


@pytest.mark.parametrize(
    ("layout", "options"),
    [("de", []), ("fr", []), ("ru", []), ("us", ["-variant", "dvorak"]), ("ru,us", []), ("il", []), ("jp", [])],
)
def test_any_layout_with_caps_lock_and_num_lock_on(
    bench: Bench, executor: Executor, layout: str, options: list[str]
) -> None:
    text = "Aa Zz 1290 @#|\\~€ äÖß éÈçŒ привет ЁЖ 中文 한 😀 \"quoted\" 'x' {[()]} <&> ^` ñ"
    before = bench.xkb.keymap()
    subprocess.run(["setxkbmap", layout, *options], env=bench.env, check=True)
    bench.xkb.lock(0xFF, CAPS | NUM)
    bench.x.sync()
    try:
        assert type_into_entry(bench, executor, text) == text
        assert bench.xkb.state()[1] == CAPS | NUM, "the locks are as they were"
    finally:
        bench.xkb.lock(0xFF, 0)
        subprocess.run(["setxkbmap", "us"], env=bench.env, check=True)
        bench.x.sync()
    assert before.modifiers == bench.xkb.keymap().modifiers


def test_held_modifiers_do_not_spoil_the_text(bench: Bench, executor: Executor) -> None:
    control = 37
    xtest.fake_input(bench.x, X.KeyPress, control)
    bench.x.sync()
    assert type_into_entry(bench, executor, "plain Text") == "plain Text"
    assert bench.held() == []


def test_characters_that_are_pasted_leave_the_clipboard_as_it_was(bench: Bench, executor: Executor) -> None:
    keeper = bench.x.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    clipboard = bench.x.intern_atom("CLIPBOARD")
    keeper.set_selection_owner(clipboard, X.CurrentTime)
    bench.x.sync()
    # An owner that doesn't answer must not hold us up for long.
    assert type_into_entry(bench, executor, "mail＠例.jp ﺀ") == "mail＠例.jp ﺀ"
    keeper.destroy()
    if shutil.which("xclip") is None:
        pytest.skip("xclip is not installed")
    offer = subprocess.Popen(
        ["xclip", "-quiet", "-selection", "clipboard"], env=bench.env, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert offer.stdin is not None
        offer.stdin.write("Köder".encode())
        offer.stdin.close()
        time.sleep(0.3)
        assert type_into_entry(bench, executor, "x＠y＠＠z") == "x＠y＠＠z"
        assert type_into_entry(bench, executor, "＠") == "＠"
        # A chord may paste, so it comes after the former contents are back.
        assert executor.perform(permit(PressKeys(keys=("shift", "insert")))).status == "ok"
        assert clipboard_text(bench) == "Köder"
        # Without one they come back by themselves, once nobody asks for the text any more.
        assert type_into_entry(bench, executor, "＠") == "＠"
        assert until(lambda: bench.x.get_selection_owner(Xatom.PRIMARY) == X.NONE)
        assert clipboard_text(bench) == "Köder"
    finally:
        offer.kill()
        offer.wait()


def clipboard_text(bench: Bench) -> str:
    got = subprocess.run(
        ["xclip", "-o", "-selection", "clipboard"], env=bench.env, capture_output=True, timeout=10, check=True
    )
    return got.stdout.decode()


def test_replace_with_nothing_clears(bench: Bench, executor: Executor) -> None:
    program = bench.entry()
    try:
        for action in (TypeText(text="wrong 中"), TypeText(text="", replace=True), PressKeys(keys=("enter",))):
            assert executor.perform(permit(action)).status == "ok"
        assert program.communicate(timeout=10)[0].decode().strip() == ""
    finally:
        program.kill()
        program.wait()


def test_the_keymap_comes_back(bench: Bench) -> None:
    before = bench.xkb.keymap()
    with bench.executor() as executor:
        executor.perform(permit(TypeText(text="你好吗")))
        assert bench.xkb.keymap().keys != before.keys
    assert bench.xkb.keymap().keys == before.keys


def test_a_jailed_child_works_too(bench: Bench) -> None:
    with bench.executor(wrap=executor_wrap(bench.display)) as executor:
        assert type_into_entry(bench, executor, "aus dem Käfig 出") == "aus dem Käfig 出"


def test_stop_in_the_middle_of_typing(bench: Bench, executor: Executor) -> None:
    program = bench.entry()
    stop = threading.Event()
    asked = 0.0

    def ask() -> None:
        nonlocal asked
        asked = time.monotonic()
        stop.set()

    timer = threading.Timer(0.4, ask)
    timer.start()
    try:
        outcome = executor.perform(permit(TypeText(text="Stop me! " * 3000)), stop)
        took = time.monotonic() - asked
        assert outcome.status == "failed"
        assert outcome.detail.startswith("stopped after ")
        assert took < 0.25, f"{took:.3f} s"  # 0.1 s on a machine that does nothing else
        assert bench.held() == []
    finally:
        timer.cancel()
        program.kill()
        program.wait()


def test_a_window_that_takes_the_focus_gets_nothing(bench: Bench, executor: Executor) -> None:
    first = bench.entry()
    others: list[subprocess.Popen[bytes]] = []
    timer = threading.Timer(0.2, lambda: others.append(bench.entry()))
    timer.start()
    try:
        outcome = executor.perform(permit(TypeText(text="for the first one " * 1500)))
        assert outcome.status == "failed"
        assert "another window" in outcome.detail
    finally:
        timer.join()
        for program in (first, *others):
            program.kill()
            program.wait()


@pytest.mark.parametrize("text", ["bell \x07", "lone \ud83d half"])
def test_what_can_not_be_typed_is_refused_before_anything_is_typed(executor: Executor, text: str) -> None:
    action = TypeText.model_construct(text=text, replace=False, secret=False, kind="type_text")
    outcome = executor.perform(permit(action))
    assert outcome.status == "failed"
    assert "can't be typed" in outcome.detail


def test_pointer_motion_clicks_drags_and_wheel(bench: Bench, executor: Executor) -> None:
    window = bench.root.create_window(
        0,
        0,
        600,
        400,
        0,
        X.CopyFromParent,
        override_redirect=True,
        event_mask=X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask,
    )
    window.map()
    bench.x.sync()
    try:
        executor.perform(permit(Move(point=Point(x=10, y=10))))
        events(bench)
        executor.perform(permit(Move(point=Point(x=300, y=200))))
        assert sum(event.type == X.MotionNotify for event in events(bench)) > 4
        executor.perform(permit(Click(point=Point(x=50, y=60), count=2, modifiers=("shift",))))
        presses = [event for event in events(bench) if event.type == X.ButtonPress]
        assert [(e.event_x, e.event_y, e.detail, e.state & X.ShiftMask) for e in presses] == [(50, 60, 1, 1)] * 2
        executor.perform(permit(Click(point=Point(x=50, y=60))))
        again = [event for event in events(bench) if event.type == X.ButtonPress]
        assert again[0].time - presses[1].time > 400, "a second click soon after is not a double click"
        executor.perform(permit(Drag(path=(Point(x=20, y=20), Point(x=400, y=300)))))
        drag = [event for event in events(bench) if event.type != X.MotionNotify or event.state & X.Button1Mask]
        assert (drag[0].type, drag[-1].type, len(drag) > 10) == (X.ButtonPress, X.ButtonRelease, True)
        assert (drag[-1].event_x, drag[-1].event_y) == (400, 300)
        executor.perform(permit(Scroll(point=Point(x=90, y=90), dx=2, dy=3)))
        assert [e.detail for e in events(bench) if e.type == X.ButtonPress] == [5, 5, 5, 7, 7]
        executor.perform(permit(Scroll(point=Point(x=90, y=90), dy=-1)))
        assert [e.detail for e in events(bench) if e.type == X.ButtonPress] == [4]
    finally:
        window.destroy()
        bench.x.sync()


def events(bench: Bench) -> list[Any]:
    bench.x.sync()
    return [bench.x.next_event() for _ in range(bench.x.pending_events())]


def test_a_point_outside_the_desktop_is_refused(executor: Executor) -> None:
    outcome = executor.perform(permit(Click(point=Point(x=5000, y=10))))
    assert (outcome.status, "outside the desktop" in outcome.detail) == ("failed", True)


def test_unknown_keys_are_refused_by_name(executor: Executor) -> None:
    outcome = executor.perform(permit(PressKeys(keys=("ctrl", "flurb"))))
    assert (outcome.status, "'flurb'" in outcome.detail) == ("failed", True)


def test_a_permit_serves_once(executor: Executor) -> None:
    once = permit(Move(point=Point(x=5, y=5)))
    assert [executor.perform(once).status for _ in range(2)] == ["ok", "failed"]


def test_on_a_shared_display_the_pointer_in_a_corner_stops_us(bench: Bench) -> None:
    def corner() -> None:
        bench.root.warp_pointer(0, 0)
        bench.x.sync()

    with bench.executor(private=False) as executor:
        assert executor.perform(permit(Move(point=Point(x=0, y=0)))).status == "failed"
        assert executor.perform(permit(Move(point=Point(x=100, y=100)))).status == "ok"
        corner()
        with pytest.raises(Stopped, match="corner"):
            executor.perform(permit(Click(point=Point(x=100, y=100))))
        bench.root.warp_pointer(100, 100)
        timer = threading.Timer(0.3, corner)
        timer.start()
        with pytest.raises(Stopped, match="corner"):
            executor.perform(permit(TypeText(text="a very long text " * 2000)))
        assert bench.held() == []
    bench.root.warp_pointer(100, 100)
    bench.x.sync()


def busy(executor: Executor, kind: int) -> None:
    """Something that holds keys or a button nearly all the time."""
    long_drag = tuple(Point(x=100 + 500 * (i % 2), y=100 + i) for i in range(60))
    text = "SHIFTED and not, 中文 " * 600
    actions = (TypeText(text=text), Drag(path=long_drag), PressKeys(keys=("ctrl", "shift", "f9"), times=100))
    with suppress(ExecutorFailed):
        executor.perform(permit(actions[kind % 3]))


@pytest.mark.parametrize("round_", range(20))
def test_nothing_stays_held_when_the_child_is_killed(bench: Bench, round_: int) -> None:
    before = bench.xkb.keymap()
    bench.xkb.lock(0xFF, CAPS)
    with bench.executor() as executor:
        worker = threading.Thread(target=busy, args=(executor, round_))
        worker.start()
        time.sleep(0.1 + 0.013 * round_)
        os.kill(executor.pids["child"], signal.SIGKILL)
        worker.join(15)
        assert not worker.is_alive()
        assert bench.held() == []
        assert bench.xkb.keymap().keys == before.keys
        assert bench.xkb.state()[1] == CAPS
        bench.xkb.lock(0xFF, 0)
        assert executor.perform(permit(Move(point=Point(x=9, y=9)))).status == "ok", "it starts again"


PARENT = """
import sys
from agent.executor import Executor
from agent.schema import Approval, Permit, TypeText, Verdict
executor = Executor(sys.argv[1], xauthority=sys.argv[2], private=True)
executor.start()
print(executor.pids["child"], executor.pids["guard"], flush=True)
verdict, approval = Verdict(effect="allow", rule="test"), Approval(decision="approve", by="auto")
executor.perform(Permit(action=TypeText(text="SHIFTED 中文 " * 900), verdict=verdict, approval=approval, number=1))
"""


def parent_at_work(bench: Bench) -> tuple[subprocess.Popen[str], list[int]]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, bench.display.name, str(bench.display.xauthority)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    return parent, [int(number) for number in parent.stdout.readline().split()]


@pytest.mark.parametrize("victims", ["parent", "parent and child", "parent and guard"])
def test_nothing_stays_held_when_the_parent_is_killed(bench: Bench, victims: str) -> None:
    before = bench.xkb.keymap()
    parent, (child, guard) = parent_at_work(bench)
    time.sleep(0.3)
    assert bench.xkb.keymap().keys != before.keys
    parent.kill()
    for name, pid in (("child", child), ("guard", guard)):
        if name in victims:
            os.kill(pid, signal.SIGKILL)
    parent.wait()
    assert until(lambda: not gone_wrong(bench, before))
    assert until(lambda: not alive(child) and not alive(guard))


def gone_wrong(bench: Bench, before: Any) -> bool:
    return bool(bench.held()) or bench.xkb.keymap().keys != before.keys


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_guard_is_replaced(bench: Bench, executor: Executor) -> None:
    first = executor.pids["guard"]
    os.kill(first, signal.SIGKILL)
    # A process with threads shows as a zombie before its parent can know of its end.
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert executor.perform(permit(Move(point=Point(x=7, y=7)))).status == "ok"
    assert executor.pids["guard"] != first


def test_nothing_stays_held_when_child_and_guard_are_killed(bench: Bench) -> None:
    with bench.executor() as executor:
        worker = threading.Thread(target=busy, args=(executor, 1))
        worker.start()
        time.sleep(0.5)
        for pid in executor.pids.values():
            os.kill(pid, signal.SIGKILL)
        worker.join(15)
        assert bench.held() == []


def test_nothing_stays_held_when_the_jail_is_killed(bench: Bench) -> None:
    before = bench.xkb.keymap()
    with bench.executor(wrap=executor_wrap(bench.display)) as executor:
        worker = threading.Thread(target=busy, args=(executor, 0))
        worker.start()
        time.sleep(0.8)
        os.kill(executor.pids["child"], signal.SIGKILL)
        worker.join(15)
        assert not gone_wrong(bench, before)


def test_without_spare_keys_the_rest_is_pasted(bench: Bench) -> None:
    before = bench.xkb.keymap()
    free = {code: definition(ord("x")) for code in spare_codes(before, rich=True)}
    bench.xkb.redefine(before, free)
    bench.x.sync()
    try:
        with bench.executor() as executor:
            assert type_into_entry(bench, executor, "über 中文 x") == "über 中文 x"
    finally:
        bench.xkb.redefine(bench.xkb.keymap(), {code: before[code] for code in free})
        bench.x.sync()
