"""Which key, with which modifiers, gives a character: read from the present keymap, or bound for the purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.executor.keysyms import NAMED, char_to_keysym, keysym_to_char
from agent.executor.wire import KeyDefinition
from agent.executor.xkb import SHIFT, Keymap

_LEVEL3 = NAMED["altgr"]
_VENDOR = (0x1008_0000, 0x1005_0000)
"""Keysyms of multimedia and vendor keys (XFree86, Sun) start with these 16 bits."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key with the modifier keys that must be down."""

    code: int
    modifiers: tuple[int, ...] = ()
    """Keycodes."""


class Layout:
    """The strokes of the present keymap in its active group."""

    def __init__(self, keymap: Keymap, group: int) -> None:
        self._keymap = keymap
        ways = self._ways()
        self._strokes: dict[int, Stroke] = {}
        """Keysym, or UNICODE + code point for anything that is a character, -> best stroke."""
        for code in sorted(keymap.codes(), key=lambda code: (code > 94, code > 65, code)):
            for bits, held in ways:
                sym = keymap.level(code, group, bits)
                if not sym or code in keymap.modifiers and held:
                    continue
                found = self._strokes.get(known := _same(sym))
                if found is None or found.code == code and len(held) < len(found.modifiers):
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

    def spare(code: int) -> bool:
        syms = [sym for sym in keymap[code].syms if sym]
        vendor = rich and code > 94 and all(sym & 0xFFFF_0000 in _VENDOR for sym in syms)
        return code not in keymap.modifiers and (not syms or vendor)

    return [code for code in keymap.codes() if code > 8 and spare(code)]


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
    return any(sym and sym & 0xFFFF_0000 not in _VENDOR for sym in key.syms)
