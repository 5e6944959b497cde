"""Characters and names to X keysyms and back; no display needed."""

from __future__ import annotations

import unicodedata

UNICODE = 0x01000000
"""Keysym of a character = this + its code point."""

_LEGACY = {
    1: "iso8859_2",
    2: "iso8859_3",
    3: "iso8859_4",
    5: "iso8859_6",
    6: "koi8_u",
    0xC: "iso8859_8",
    0xD: "tis_620",
}
"""Keysyms from before Unicode: high byte -> the character set of the low byte."""

_ODD = {
    0x13BC: "Œ",
    0x13BD: "œ",
    0x13BE: "Ÿ",
    0x20AC: "€",
    0xAA9: "—",
    0xAAA: "–",
    0xAAE: "…",
    0xAC9: "™",
    0xAD0: "‘",
    0xAD1: "’",
    0xAD2: "“",
    0xAD3: "”",
    0xAFD: "‚",
    0xAFE: "„",
    0x6B0: "№",
}
"""Single legacy keysyms that present layouts use."""

NAMED: dict[str, int] = {
    "backspace": 0xFF08,
    "tab": 0xFF09,
    "clear": 0xFF0B,
    "enter": 0xFF0D,
    "return": 0xFF0D,
    "pause": 0xFF13,
    "scrolllock": 0xFF14,
    "esc": 0xFF1B,
    "escape": 0xFF1B,
    "home": 0xFF50,
    "left": 0xFF51,
    "up": 0xFF52,
    "right": 0xFF53,
    "down": 0xFF54,
    "pageup": 0xFF55,
    "pgup": 0xFF55,
    "pagedown": 0xFF56,
    "pgdn": 0xFF56,
    "end": 0xFF57,
    "select": 0xFF60,
    "print": 0xFF61,
    "printscreen": 0xFF61,
    "prntscrn": 0xFF61,
    "prtsc": 0xFF61,
    "prtscr": 0xFF61,
    "execute": 0xFF62,
    "insert": 0xFF63,
    "apps": 0xFF67,
    "menu": 0xFF67,
    "help": 0xFF6A,
    "numlock": 0xFF7F,
    "multiply": 0xFFAA,
    "add": 0xFFAB,
    "separator": 0xFFAC,
    "subtract": 0xFFAD,
    "decimal": 0xFFAE,
    "divide": 0xFFAF,
    "shift": 0xFFE1,
    "shiftleft": 0xFFE1,
    "shiftright": 0xFFE2,
    "ctrl": 0xFFE3,
    "control": 0xFFE3,
    "ctrlleft": 0xFFE3,
    "ctrlright": 0xFFE4,
    "capslock": 0xFFE5,
    "alt": 0xFFE9,
    "altleft": 0xFFE9,
    "altright": 0xFFEA,
    "option": 0xFFE9,
    "meta": 0xFFEB,
    "super": 0xFFEB,
    "win": 0xFFEB,
    "winleft": 0xFFEB,
    "winright": 0xFFEC,
    "command": 0xFFEB,
    "altgr": 0xFE03,
    "del": 0xFFFF,
    "delete": 0xFFFF,
    "space": 0x20,
    **{f"num{digit}": 0xFFB0 + digit for digit in range(10)},
    **{f"f{number}": 0xFFBD + number for number in range(1, 25)},
}
"""Key names as pyautogui has them (and a few plain aliases) -> keysym."""

MODIFIERS = frozenset({0xFFE1, 0xFFE2, 0xFFE3, 0xFFE4, 0xFFE9, 0xFFEA, 0xFFEB, 0xFFEC, 0xFE03})


def char_to_keysym(char: str) -> int:
    """The keysym that stands for one character.

    Raises ValueError for what no key can mean: control characters other than newline and tab, lone surrogates.
    """
    match char:
        case "\n":
            return NAMED["enter"]
        case "\t":
            return NAMED["tab"]
        case _ if unicodedata.category(char) in ("Cc", "Cs") or char in "\u2028\u2029":
            raise ValueError(f"the character U+{ord(char):04X} can't be typed")
        case _:
            return ord(char) if ord(char) < 0x100 else UNICODE + ord(char)


def keysym_to_char(keysym: int) -> str | None:
    """The character that a key with this keysym gives; None for keys that give none (or that we don't know)."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if UNICODE + 0x100 <= keysym <= UNICODE + 0x10FFFF:
        return chr(keysym - UNICODE)
    if keysym in _ODD:
        return _ODD[keysym]
    high, low = keysym >> 8, keysym & 0xFF
    if high == 7 and (0xC1 <= low <= 0xD9 or 0xE1 <= low <= 0xF9) and low != 0xD3:
        # As ISO 8859-7, but with sigma and final sigma the other way round.
        return bytes([{0xF2: 0xF3, 0xF3: 0xF2}.get(low, low)]).decode("iso8859_7", "ignore") or None
    if high in _LEGACY and low >= 0xA1:
        char = bytes([low]).decode(_LEGACY[high], "ignore")
        # Only letters that Latin-1 lacks: the rest of those sets is unused or drawn otherwise in keysyms.
        return char if char > "\xff" and unicodedata.category(char)[0] in "LMN" else None
    return None


def is_awkward(keysym: int) -> bool:
    """Whether some programs take this character's key for a dead or compose key.

    GTK 3 (and browsers that use its input method) looks at the lower 16 bits only, so the full-width @ (U+FF20)
    is Multi_key to it and U+FE50..U+FE93 are dead keys.
    """
    low = keysym & 0xFFFF
    return keysym > UNICODE and (low in (0x07AE, 0xFF20) or 0xFE50 <= low <= 0xFE93)
