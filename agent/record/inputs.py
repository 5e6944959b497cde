"""Single inputs, and what they come to: the stop keys, and deeds in the words of our own actions. No display needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from agent.errors import BadInput
from agent.schema import Action, Click, Drag, Move, Point, PressKeys, Scroll, TypeText, Value

_NAMED = """
esc enter tab space backspace delete insert home end pageup pagedown up down left right menu pause printscreen
scrolllock numlock capslock shift ctrl alt altgr meta
"""
NAMES = frozenset(_NAMED.split()) | {f"f{number}" for number in range(1, 21)}
"""Keys that are told by name. Of others only is told that a character was typed, not which."""

HOLDING = frozenset({"ctrl", "alt", "meta"})
"""Modifiers that make a chord of a character."""

SPARE = 0.6
"""Seconds between two strokes of the stop keys, at most."""
AGAIN = 0.5
"""Seconds between two clicks that count as one double click, at most."""
STILL = 6
"""Pixels between press and release up to which it is a click, beyond which a drag."""
CORNERS = 24
"""Points of a drag that are kept."""


class Input(Value):
    """One press of a key, press or release of a button, notch of a wheel, or motion."""

    kind: Literal["key", "press", "release", "scroll", "motion"]
    at: float
    """Seconds on the monotonic clock."""
    real: bool | None = None
    """Whether it came from a device that is no program's; None where the display doesn't tell."""
    keys: tuple[str, ...] = ()
    """Key: the chord, the key itself last; empty for a character. Else the modifiers that are held."""
    point: Point = Point(x=0, y=0)
    button: Literal["left", "middle", "right"] = "left"
    dx: int = 0
    dy: int = 0


_TYPING = {(), ("enter",), ("tab",), ("backspace",), ("ctrl", "a"), ("shift", "insert"), ("insert",)}
"""What typing a text presses: characters, what clears a field, what pastes."""
_BESIDE = HOLDING | {"shift", "altgr"}


def may_make(action: Action, said: Input) -> bool:
    """Whether our hands, at this action, may have made that input."""
    match action, said.kind:
        case TypeText(), "key":
            return said.keys in _TYPING or said.keys[-1] in _BESIDE
        case PressKeys(keys=keys), "key":
            # Names of one key differ (`esc`, `escape`), and a shifted character is told as a character.
            return not said.keys or said.keys[-1] in _BESIDE or said.keys[-1][:3] in {key.lower()[:3] for key in keys}
        case Click(modifiers=held), "key":
            return bool(held) and said.keys[-1:] != () and said.keys[-1] in _BESIDE
        case Click(button=button) | Drag(button=button), "press" | "release":
            return said.button == button
        case Scroll(), "scroll":
            return True
        case Click() | Drag() | Scroll() | Move(), "motion":
            return True
        case _:
            return False


class StopKeys:
    """Recognises the strokes that stop a run, such as `esc esc` or `ctrl+alt+q`."""

    def __init__(self, keys: str) -> None:
        """Strokes one after the other, each a key or a chord with `+`; empty for none. Raises BadInput."""
        self.strokes = tuple(_stroke(word) for word in keys.lower().split())
        self._done: list[tuple[str, ...]] = []
        self._last = -math.inf

    def hear(self, keys: tuple[str, ...], at: float) -> bool:
        """Whether this stroke completes the stop keys."""
        if not self.strokes:
            return False
        if keys and keys[-1] in HOLDING | {"shift", "altgr"}:
            return False  # the beginning of a chord
        if at - self._last > SPARE:
            self._done = []
        self._last = at
        self._done = [*self._done, (*sorted(keys[:-1]), *keys[-1:])][-len(self.strokes) :]
        return tuple(self._done) == self.strokes


def _stroke(word: str) -> tuple[str, ...]:
    *held, key = word.split("+")
    known = all(name in HOLDING | {"shift"} for name in held)
    alone = key in NAMES - {"space"}
    if not known or not (alone or ((key in NAMES or len(key) == 1) and HOLDING & set(held))):
        raise BadInput(
            f"DESKHAND_STOP_KEYS: '{word}' can't stop a run: write 'esc esc' or 'ctrl+alt+q' (letters with ctrl or alt)"
        )
    return (*sorted(held), key)


class Deeds:
    """Makes actions of inputs: clicks, drags, scrolls, chords. Typed text is kept as its length alone."""

    def __init__(self, tell: Callable[[Action], None]) -> None:
        self._tell = tell
        self._pending: Action | None = None
        self._when = -math.inf
        self._path: list[Point] = []

    def hear(self, said: Input) -> None:
        match said.kind:
            case "key" if not said.keys:
                self._add(TypeText(text="•"), said.at)
            case "key" if said.keys[-1] not in HOLDING | {"shift", "altgr", "capslock", "numlock"}:
                self._add(PressKeys(keys=said.keys), said.at)
            case "scroll":
                self._add(Scroll(point=said.point, dx=said.dx, dy=said.dy), said.at)
            case "press":
                self._path = [said.point]
            case "motion" if self._path:
                self._path.append(said.point)
            case "release" if self._path:
                start, self._path = self._path[0], [*self._path, said.point]
                if all(_near(start, point) for point in self._path):
                    self._add(Click(point=start, button=said.button, modifiers=said.keys), said.at)
                else:
                    self._add(Drag(path=_thinned(self._path), button=said.button), said.at)
                self._path = []
            case _:
                pass

    def end(self) -> None:
        """Tell what is still held back because it might have gone on."""
        if self._pending is not None:
            self._tell(self._pending)
        self._pending = None

    def _add(self, action: Action, at: float) -> None:
        merged = _merged(self._pending, action, at - self._when)
        if merged is None:
            self.end()
        self._pending, self._when = merged or action, at


def _merged(before: Action | None, now: Action, gap: float) -> Action | None:
    """The two as one action, where they are one to people."""
    match before, now:
        case TypeText(), TypeText():
            return before.model_copy(update={"text": before.text + now.text})
        case PressKeys(), PressKeys() if before.keys == now.keys and before.times < 100:
            return before.model_copy(update={"times": before.times + 1})
        case Scroll(), Scroll() if _near(before.point, now.point):
            return before.model_copy(update={"dx": before.dx + now.dx, "dy": before.dy + now.dy})
        case Click(count=count), Click() if gap < AGAIN and count < 3:
            same = (before.button, before.modifiers) == (now.button, now.modifiers) and _near(before.point, now.point)
            return before.model_copy(update={"count": count + 1}) if same else None
        case _:
            return None


def _near(a: Point, b: Point) -> bool:
    return math.hypot(a.x - b.x, a.y - b.y) <= STILL


def _thinned(path: list[Point]) -> tuple[Point, ...]:
    """Evenly chosen points of a path, both ends among them."""
    step = max(1, math.ceil((len(path) - 1) / (CORNERS - 1)))
    return (*path[:-1:step], path[-1])
