"""The child: reads one typed gesture a line from stdin, does it, answers on stdout. It does nothing else.

Run as `python -m agent.executor.child [--private]` with DISPLAY set. The end of stdin (the parent is gone) ends a
gesture under way, releases everything and restores the keymap.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from pydantic import ValidationError
from Xlib import X, error
from Xlib.display import Display

from agent.confine import confine_hands
from agent.executor.clipboard import Clipboard
from agent.executor.keyboard import Interrupted, Keyboard, NoAnswer, Refused
from agent.executor.mouse import FailSafe, Mouse
from agent.executor.wire import MARK, Answer, Debt, Gesture, Order
from agent.schema import Click, Drag, Move, Outcome, PressKeys, Scroll, TypeText


class Orders:
    """Reads stdin in a thread, so that a stop is noticed in the middle of a gesture."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._stopped = 0
        self.ended = False
        self._queue: queue.SimpleQueue[Order | str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> Order | str | None:
        """The next gesture, what was wrong with the line, or None at the end."""
        return self._queue.get()

    def stopped(self, number: int) -> bool:
        return self.ended or self._stopped >= number

    def end(self, *_: object) -> None:
        self.ended = True
        self._queue.put(None)

    def _read(self) -> None:
        for line in self._stream:
            try:
                order = Order.model_validate_json(line)
            except ValidationError as error:
                # The values are left out: they may be secret.
                self._queue.put(f"not an order: {'; '.join(item['msg'] for item in error.errors())}")
                continue
            if order.gesture is None:
                self._stopped = order.number
            else:
                self._queue.put(order)
        self.end()


class Hands:
    """Does gestures, one after the other."""

    def __init__(self, display: Any, *, private: bool) -> None:
        self._private = private
        self._mouse = Mouse(private=private)
        self._keyboard = Keyboard(display, rich=private, owe=_owe, clipboard=Clipboard())
        self.desktop = self._mouse.desktop

    def perform(self, gesture: Gesture, stopped: Callable[[], bool]) -> tuple[Outcome, bool]:
        """What came of it, and whether a person halted everything by the fail-safe."""
        try:
            self._mouse.fail_safe()
            return Outcome(status="ok", detail=self._do(gesture, self._watched(stopped))), False
        except (Refused, Interrupted) as error:
            return Outcome(status="failed", detail=str(error)), False
        except NoAnswer as error:
            return Outcome(status="timeout", detail=str(error)), False
        except FailSafe:
            return Outcome(status="failed", detail="a person moved the pointer into a corner of the screen"), True

    def close(self) -> None:
        self._keyboard.restore()

    def _watched(self, stopped: Callable[[], bool]) -> Callable[[], bool]:
        """The same question, which on a shared display raises FailSafe as well (asked at most every 50 ms)."""
        if self._private:
            return stopped
        asked = 0.0

        def watched() -> bool:
            nonlocal asked
            if time.monotonic() - asked > 0.05:
                self._mouse.fail_safe()
                asked = time.monotonic()
            return stopped()

        return watched

    def _do(self, gesture: Gesture, stopped: Callable[[], bool]) -> str:
        mouse, keyboard = self._mouse, self._keyboard
        match gesture:
            case Click(point=point, button=button, count=count, modifiers=modifiers):
                mouse.check([point])
                if button == "middle":  # which pastes
                    keyboard.restore_clipboard(stopped)
                with keyboard.holding(modifiers):
                    mouse.click(point, button, count, stopped)
            case Move(point=point):
                mouse.check([point])
                mouse.move(point, stopped)
            case Drag(path=path, button=button):
                mouse.check(path)
                mouse.drag(path, button, stopped)
            case Scroll(point=point, dx=dx, dy=dy):
                mouse.check([point])
                mouse.scroll(point, dx, dy, stopped)
            case TypeText(text=text, replace=replace):
                return keyboard.type(text, replace, stopped)
            case PressKeys(keys=keys, times=times):
                return keyboard.press(keys, times, stopped)
        return ""


def _owe(debt: Debt) -> None:
    """Tell the guard before doing what it may have to put right."""
    # If the guard was killed, the parent starts another one before the next gesture.
    with suppress(OSError):
        os.write(2, f"{MARK}{debt.model_dump_json()}\n".encode())


def main() -> int:
    private = "--private" in sys.argv[1:]
    # Nothing but answers may reach the parent's pipe, whatever a library prints.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def answer(value: Answer) -> None:
        answers.write(value.model_dump_json().encode() + b"\n")
        answers.flush()

    try:
        display: Any = Display()
        root = display.screen().root
        window = root.create_window(-1, -1, 1, 1, 0, X.CopyFromParent, X.InputOnly)
        display.sync()
        _owe(Debt(kind="window", window=window.id))
        hands = Hands(display, private=private)
        # From here on: the connections that are open, and nothing else of the machine.
        layers = confine_hands()
    except (error.DisplayError, error.XError, LookupError, OSError) as problem:
        answer(Answer(number=0, outcome=Outcome(status="failed", detail=str(problem))))
        return 1
    orders = Orders(sys.stdin.buffer)
    signal.signal(signal.SIGTERM, orders.end)
    signal.signal(signal.SIGINT, orders.end)
    try:
        ready = Outcome(status="ok", detail=" ".join(("ready", *layers)))
        answer(Answer(number=0, outcome=ready, desktop=hands.desktop))
        while (order := orders.next()) is not None and not orders.ended:
            if isinstance(order, str) or order.gesture is None:
                answer(Answer(number=-1, outcome=Outcome(status="failed", detail=str(order))))
                continue
            number = order.number
            outcome, halted = hands.perform(order.gesture, lambda number=number: orders.stopped(number))
            answer(Answer(number=number, outcome=outcome, halted=halted))
    except BrokenPipeError:
        pass  # The parent is gone.
    finally:
        hands.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
