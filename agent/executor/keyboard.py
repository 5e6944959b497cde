"""The keyboard of an X display: any text, chords, and nothing held afterwards.

A character that the layout has is typed by its own key. Others get a spare keycode bound to them for the time
being. A program looks up what a keycode means when it takes the event, so a keycode is never given another
meaning before the program has said that it has taken all events so far.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from Xlib import XK, X
from Xlib.ext import xtest

from agent.executor.clipboard import Clipboard
from agent.executor.focus import Focus
from agent.executor.keymap import Bindings, Layout, Stroke, definition, spare_codes
from agent.executor.keysyms import MODIFIERS, NAMED, char_to_keysym, is_awkward, keysym_to_char
from agent.executor.wire import Debt, KeyDefinition
from agent.executor.xkb import Xkb

CHUNK = 24
"""So many strokes are sent before the program is asked whether it keeps up (and whether to stop)."""

PATIENCE = 5.0
"""Seconds that a program may take to take a chunk."""

_BLIND = 1.0
"""Seconds before a keycode is bound anew where the program can't be asked."""

_PASTE = 8.0
"""Seconds that a program may take to ask for what is pasted; and 1 more for every 100 characters before it, because
a browser's page lags far behind its window where a long text is typed quickly."""

_QUIET = 0.5
"""Seconds without a request after which a paste counts as finished, before something else is put on offer. Nothing
tells the end of it: a browser's window answers pings while its page is still at it."""

_NOTICE = 0.015
"""Seconds, twice, for a program to take notice of a new keymap: some hear of it on a second connection (an input
method), which the question whether they keep up doesn't cover."""


class Refused(Exception):
    """What was asked for can't be done; nothing was typed."""


class Interrupted(Exception):
    """Typing ended early."""


class NoAnswer(Exception):
    """The program took no keys for a long time."""


class Keyboard:
    """Types on the display through XTest."""

    def __init__(self, display: Any, *, rich: bool, owe: Callable[[Debt], None], clipboard: Clipboard) -> None:
        """`rich`: the display is ours, so multimedia keys may be used too; `owe` tells the guard what to put right.

        `clipboard` is connected by now: the child opens no connection later on.
        """
        self._display, self._owe = display, owe
        self._xkb = Xkb(display)
        self._focus = Focus(display)
        self._originals: dict[int, KeyDefinition] = {}
        self._bindings = Bindings(spare_codes(self._xkb.keymap(), rich))
        self._held: list[int] = []
        self._clipboard = clipboard
        self._layout: Layout

    # ------------------------------------------------------------ what the child calls

    def type(self, text: str, replace: bool, stopped: Callable[[], bool]) -> str:
        """Type a text where the focus is; returns a line on what was done.

        Raises Refused (nothing was typed), Interrupted (stopped, or the focus went elsewhere) or NoAnswer.
        """
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        syms = [_refuse_unknown(char) for char in text]
        with self._neutral():
            window = self._focus.window()
            if replace:
                self._select_all(clear=not text or text[0] in "\n\t" or self._needs_paste(syms[0]))
            typed = 0
            for awkward, run in groupby(syms, self._needs_paste):
                if awkward:
                    typed = self._paste(list(run), window, typed, stopped)
                else:
                    typed = self._type_keys(list(run), window, typed, stopped)
            self._keep_up(window, typed, stopped)
        return f"typed {typed} characters"

    def press(self, keys: Sequence[str], times: int, stopped: Callable[[], bool]) -> str:
        """Press keys together, `times` times. Raises Refused for an unknown key, Interrupted, NoAnswer."""
        with self._neutral(keep_locks=bool({"capslock", "numlock", "scrolllock"} & {key.lower() for key in keys})):
            window = self._focus.window()
            if len(keys) > 1:
                # It may be a chord that pastes.
                self.restore_clipboard(stopped)
            codes = self._chord(keys, window, stopped)
            for done in range(times):
                if stopped():
                    raise Interrupted(f"stopped after {done} of {times} presses")
                for code in codes:
                    self._down(code)
                self.release_all()
                if done % 8 == 7:
                    self._caught_up(self._focus.window(), stopped)
            self._display.sync()
            # The window may be gone by now (alt+f4), which is no fault.
            self._caught_up(window, stopped)
        return "pressed"

    @contextmanager
    def holding(self, keys: Sequence[str]) -> Generator[None]:
        """Hold modifier keys, e.g. during a click. Raises Refused for keys that are none."""
        if any(NAMED.get(key.lower()) not in MODIFIERS for key in keys):
            raise Refused(f"not modifier keys: {', '.join(keys)}")
        with self._neutral(keep_locks=True):
            for code in self._chord(keys, 0, lambda: False):
                self._down(code)
            self._display.sync()
            try:
                yield
            finally:
                self.release_all()

    def release_all(self) -> None:
        """Let go of every key that we hold."""
        while self._held:
            xtest.fake_input(self._display, X.KeyRelease, self._held.pop())
        self._display.sync()

    def restore_clipboard(self, stopped: Callable[[], bool]) -> None:
        """Give the clipboard what it held before the last paste, and let the program take notice. Raises NoAnswer."""
        if self._clipboard.lent:
            window = self._focus.window()
            self._pasted(self._clipboard, window, 0, stopped)
            self._clipboard.restore()
            self._keep_up(window, 0, stopped)

    def restore(self) -> None:
        """Give redefined keys and the clipboard their former meaning."""
        self.release_all()
        self._clipboard.restore()
        if self._originals:
            self._xkb.redefine(self._xkb.keymap(), self._originals)
            self._display.sync()
            self._originals = {}

    # ------------------------------------------------------------ how

    def _type_keys(self, syms: Sequence[int], window: int, typed: int, stopped: Callable[[], bool]) -> int:
        """Type keysyms; returns how many characters have been typed now."""
        for batch in self._batches(syms):
            self._bind(batch, frozenset(batch), window, stopped)
            for start in range(0, len(batch), CHUNK):
                self._check(window, typed, stopped)
                chunk = batch[start : start + CHUNK]
                sent = self._send(chunk, stopped)
                typed += sent
                if sent < len(chunk):
                    raise Interrupted(f"stopped after {typed} characters")
                self._keep_up(window, typed, stopped)
        return typed

    def _needs_paste(self, sym: int) -> bool:
        return is_awkward(sym) or (not self._bindings and self._layout.stroke(sym) is None)

    def _paste(self, syms: Sequence[int], window: int, typed: int, stopped: Callable[[], bool]) -> int:
        """Paste characters whose keys some programs misunderstand; returns how many have been typed now."""
        self._check(window, typed, stopped)
        codes = self._chord(("shift", "insert"), window, stopped)

        def press() -> None:
            for code in codes:
                self._down(code)
            self.release_all()

        text = "".join(keysym_to_char(sym) or "" for sym in syms)
        modern = self._focus.can_ask(window)
        patience = _PASTE + typed / 100 if modern else 1.0
        if not self._clipboard.offers(text):
            self._pasted(self._clipboard, window, typed, stopped)
            self._clipboard.offer(text)
            # The program must have heard of the new owner before it pastes.
            self._keep_up(window, typed, stopped)
        if not self._clipboard.paste(press, patience, stopped):
            self._check(window, typed, stopped)
            if modern:
                # The keys could be misunderstood, and the paste may still be on its way.
                raise Interrupted(f"the program took no paste of U+{ord(text[0]):04X} after {typed} characters")
            return self._type_keys(syms, window, typed, stopped)
        self._keep_up(window, typed + len(syms), stopped)
        return typed + len(syms)

    def _pasted(self, clipboard: Clipboard, window: int, typed: int, stopped: Callable[[], bool]) -> None:
        """Wait until the program seems to be through with an earlier paste."""
        while clipboard.lent and not stopped():
            self._keep_up(window, typed, stopped)
            if (left := _QUIET - clipboard.quiet) <= 0:
                return
            _pause(left, stopped)

    @contextmanager
    def _neutral(self, keep_locks: bool = False) -> Generator[None]:
        """No modifier down, no Caps Lock or Num Lock; the locks come back afterwards, held keys don't."""
        keymap = self._xkb.keymap()
        down, locked, group = self._xkb.state()
        self._bindings.check(keymap)
        self._layout = Layout(keymap, group, without=self._bindings.bound())
        if down:
            # Pressing them again later could leave a key held that its owner let go meanwhile.
            pressed = self._display.query_keymap()
            for code in keymap.modifiers:
                if pressed[code // 8] >> code % 8 & 1:
                    xtest.fake_input(self._display, X.KeyRelease, code)
        unlock = bool(locked) and not keep_locks
        if unlock:
            self._owe(Debt(kind="locks", locks=(locked, locked)))
            self._xkb.lock(locked, 0)
        self._display.sync()
        try:
            yield
        finally:
            self.release_all()
            if unlock:
                self._xkb.lock(locked, locked)
                self._display.sync()
                self._owe(Debt(kind="locks"))

    def _batches(self, syms: Sequence[int]) -> Iterator[list[int]]:
        """Cut a text so that each part needs no more spare keys than there are."""
        batch: list[int] = []
        missing: set[int] = set()
        for sym in syms:
            if self._layout.stroke(sym) is None and sym not in missing:
                if len(missing) == len(self._bindings):
                    if not missing:
                        raise Refused("the keyboard has no spare keys for characters that its layout lacks")
                    yield batch
                    batch, missing = [], set()
                missing.add(sym)
            batch.append(sym)
        if batch:
            yield batch

    def _bind(self, syms: Sequence[int], keep: frozenset[int], window: int, stopped: Callable[[], bool]) -> None:
        """Make sure that every keysym has a key."""
        keymap = self._xkb.keymap()
        try:
            new = self._bindings.assign([sym for sym in syms if self._layout.stroke(sym) is None], keep)
        except ValueError as error:
            raise Refused(str(error)) from error
        if not new:
            return
        if any(code in self._originals for code in new) and not self._focus.can_ask(window):
            _pause(_BLIND, stopped)
        debts = {code: keymap[code] for code in new if code not in self._originals}
        if debts:
            self._originals |= debts
            self._owe(Debt(kind="keys", keys=debts))
        self._xkb.redefine(keymap, {code: definition(sym) for code, sym in new.items()})
        self._display.sync()
        for _ in range(2):
            self._keep_up(window, 0, stopped)
            time.sleep(_NOTICE)
        self._keep_up(window, 0, stopped)

    def _stroke(self, sym: int) -> Stroke:
        stroke = self._layout.stroke(sym)
        if stroke is not None:
            return stroke
        code = self._bindings.code(sym)
        assert code is not None
        self._bindings.used(code)
        return Stroke(code)

    def _send(self, syms: Sequence[int], stopped: Callable[[], bool]) -> int:
        """Type keysyms; modifiers stay down from one stroke to the next where both need them."""
        done = 0
        for sym in syms:
            if stopped():
                break
            stroke = self._stroke(sym)
            for code in [code for code in self._held if code not in stroke.modifiers]:
                self._up(code)
            for code in stroke.modifiers:
                if code not in self._held:
                    self._down(code)
            self._down(stroke.code)
            self._up(stroke.code)
            done += 1
        self.release_all()
        return done

    def _select_all(self, clear: bool) -> None:
        codes = self._chord(("ctrl", "a"), self._focus.window(), lambda: False)
        for code in codes:
            self._down(code)
        self.release_all()
        if clear:
            self._send([NAMED["backspace"]], lambda: False)

    def _chord(self, keys: Sequence[str], window: int, stopped: Callable[[], bool]) -> list[int]:
        """The keycodes to hold, in order. Raises Refused for a name that is no key."""
        syms = [_keysym(key) for key in keys]
        self._bind(syms, frozenset(syms), window, stopped)
        codes: list[int] = []
        for sym in syms:
            stroke = self._stroke(sym)
            codes += [code for code in (*stroke.modifiers, stroke.code) if code not in codes]
        return codes

    def _check(self, window: int, typed: int, stopped: Callable[[], bool]) -> None:
        if stopped():
            raise Interrupted(f"stopped after {typed} characters")
        if typed and self._focus.window() != window:
            raise Interrupted(f"the focus went to another window after {typed} characters")

    def _keep_up(self, window: int, typed: int, stopped: Callable[[], bool]) -> None:
        if not self._caught_up(window, stopped):
            raise NoAnswer(f"the program took no keys for {PATIENCE:g} seconds, after {typed} characters were sent")

    def _caught_up(self, window: int, stopped: Callable[[], bool]) -> bool:
        return self._focus.caught_up(window, PATIENCE, stopped)

    def _down(self, code: int) -> None:
        self._held.append(code)
        xtest.fake_input(self._display, X.KeyPress, code)

    def _up(self, code: int) -> None:
        self._held.remove(code)
        xtest.fake_input(self._display, X.KeyRelease, code)


def _pause(seconds: float, stopped: Callable[[], bool]) -> None:
    """Let time pass; not a moment longer than until somebody stops us."""
    until = time.monotonic() + seconds
    while not stopped() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.02))


def _refuse_unknown(char: str) -> int:
    try:
        return char_to_keysym(char)
    except ValueError as error:
        raise Refused(str(error)) from error


def _keysym(key: str) -> int:
    """A key's name, as pyautogui has it, or one character."""
    if len(key) == 1:
        return _refuse_unknown(key)
    found = NAMED.get(key.lower().replace("_", "").replace(" ", "")) or XK.string_to_keysym(key)
    if not found:
        raise Refused(f"there is no key named '{key}'")
    return found
