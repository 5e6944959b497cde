"""Which key, with which modifiers, gives a character: read from the present keymap, or bound for the purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.executor.keysyms import NAMED, char_to_keysym, keysym_to_char
from agent.executor.wire import KeyDefinition
from agent.executor.xkb import SHIFT, Keymap

_LEVEL3 = NAMED["altgr"]
_HARMLESS = frozenset(
    0x1008_0000 + low
    for low in (
        *(0xFF02, 0xFF03, 0xFF04, 0xFF05, 0xFF06, 0xFF07, 0x10F4, 0x10F5),  # brightness, lights
        *range(0xFF40, 0xFF50),  # Launch0..9, LaunchA..F
        *(0xFFA9, 0xFFB0, 0xFFB1, 0xFF94, 0xFF95, 0xFF96, 0xFFB4, 0xFFB5, 0xFF93),  # touchpad, radio, battery
        *(0xFF5A, 0xFF74, 0xFF7F, 0xFF8A, 0xFF8E, 0xFF8F, 0xFF6E, 0xFFB6, 0xFF65),  # DOS .. MenuKB
        *(0xFF33, 0xFF36, 0xFF3C, 0xFF5B, 0xFF5E, 0xFF5F),  # MyComputer, Shop, Finance, Documents, Game, Go
    )
)
"""Multimedia keys that do nothing in a program even if it goes by the keycode (as browsers do for Back or Copy)."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key with the modifier keys that must be down."""

    code: int
    modifiers: tuple[int, ...] = ()
    """Keycodes."""


class Layout:
    """The strokes of the present keymap in its active group."""

    def __init__(self, keymap: Keymap, group: int, without: frozenset[int] = frozenset()) -> None:
        """`without`: keycodes that don't count, because what they give may change at any time."""
        self._keymap = keymap
        ways = self._ways()
        self._strokes: dict[int, Stroke] = {}
        """Keysym, or UNICODE + code point for anything that is a character, -> best stroke."""
        for code in sorted(set(keymap.codes()) - without, key=lambda code: (code > 94, code > 65, code)):
            for bits, held in ways:
                sym = keymap.level(code, group, bits)
                if not sym or (code in keymap.modifiers and held):
                    continue
                found = self._strokes.get(known := _same(sym))
                if found is None or (found.code == code and len(held) < len(found.modifiers)):
                    self._strokes[known] = Stroke(code, held)

    def stroke(self, keysym: int) -> Stroke | None:
        """How the present layout gives a keysym; None where it doesn't."""
        return self._strokes.get(_same(keysym))

    def _ways(self) -> list[tuple[int, tuple[int, ...]]]:
        """What can be held: nothing, Shift, AltGr, both, as (modifier bits, keycodes)."""
        shift = self._modifier(NAMED["shift"]) or self._modifier(NAMED["shiftright"])
        level3 = self._modifier(_LEVEL3)
        ways: list[tuple[int, tuple[int, ...]]] = [(0, ())]
        if shift and shift[0] == SHIFT:
            ways.append((SHIFT, (shift[1],)))
        if level3:
            ways.append((level3[0], (level3[1],)))
            if len(ways) == 3:
                ways.append((SHIFT | level3[0], (*ways[1][1], level3[1])))
        return ways

    def _modifier(self, keysym: int) -> tuple[int, int] | None:
        for code, bits in self._keymap.modifiers.items():
            if keysym in self._keymap[code].syms[:1]:
                return bits, code
        return None


def _same(keysym: int) -> int:
    """One name for all keysyms of a character (Cyrillic_a is 0x6c1 in layouts and 0x1000430 elsewhere)."""
    char = keysym_to_char(keysym)
    return keysym if char is None else char_to_keysym(char)


def spare_codes(keymap: Keymap, rich: bool) -> list[int]:
    """Keycodes that may be given a meaning: those that have none and, with `rich`, multimedia keys as well."""

    busy = keymap.acting | keymap.modifiers.keys()

    def spare(code: int) -> bool:
        syms = [sym for sym in keymap[code].syms if sym]
        return code > 8 and code not in busy and (not syms or (rich and _HARMLESS.issuperset(syms)))

    return [code for code in keymap.codes() if spare(code)]


def definition(keysym: int) -> KeyDefinition:
    """A key that gives one keysym whatever is held: XKB's type ONE_LEVEL, one group."""
    return KeyDefinition(groups=1, width=1, syms=(keysym,))


class Bindings:
    """What the spare keycodes mean at present, and which of them may be given another meaning."""

    def __init__(self, codes: Iterable[int]) -> None:
        self._codes = list(codes)
        self._syms: dict[int, int] = {}
        """Keycode -> keysym; the key whose use lies furthest back comes first."""

    def __len__(self) -> int:
        return len(self._codes)

    def bound(self) -> frozenset[int]:
        """The keycodes that have a meaning from us."""
        return frozenset(self._syms)

    def check(self, keymap: Keymap) -> None:
        """Forget what somebody else has undone, e.g. by setting another layout."""
        for code, sym in list(self._syms.items()):
            if keymap[code].syms != (sym,):
                del self._syms[code]
        taken = {code for code in self._codes if code not in self._syms and _has_character(keymap[code])}
        self._codes = [code for code in self._codes if code not in taken]

    def code(self, keysym: int) -> int | None:
        return next((code for code, sym in self._syms.items() if sym == keysym), None)

    def assign(self, keysyms: Iterable[int], keep: frozenset[int]) -> dict[int, int]:
        """Give codes to keysyms that have none, never taking one that gives a keysym in `keep`.

        Returns the new meanings, code -> keysym. Raises ValueError where there are not enough codes.
        """
        free = [code for code in self._codes if code not in self._syms]
        free += [code for code, sym in self._syms.items() if sym not in keep]
        wanted = [sym for sym in dict.fromkeys(keysyms) if self.code(sym) is None]
        if len(wanted) > len(free):
            raise ValueError("the keyboard has no spare keys for characters that its layout lacks")
        new = dict(zip(free, wanted, strict=False))
        for code, sym in new.items():
            self._syms.pop(code, None)
            self._syms[code] = sym
        return new

    def used(self, code: int) -> None:
        """Note a use, so that other codes are taken first."""
        if code in self._syms:
            self._syms[code] = self._syms.pop(code)


def _has_character(key: KeyDefinition) -> bool:
    return any(sym and sym not in _HARMLESS for sym in key.syms)
