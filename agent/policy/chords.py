"""Key chords in one spelling, patterns for them, and which of them leave the application."""

from __future__ import annotations

from collections.abc import Iterable

_ALIASES = {
    "control": "ctrl", "ctrlleft": "ctrl", "ctrlright": "ctrl", "control_l": "ctrl", "control_r": "ctrl",
    "altleft": "alt", "altright": "alt", "alt_l": "alt", "alt_r": "alt", "option": "alt",
    "optionleft": "alt", "optionright": "alt",
    "shiftleft": "shift", "shiftright": "shift", "shift_l": "shift", "shift_r": "shift",
    "win": "super", "winleft": "super", "winright": "super", "windows": "super", "cmd": "super",
    "command": "super", "meta": "super", "super_l": "super", "super_r": "super",
    "return": "enter", "kp_enter": "enter", "\n": "enter", "\r": "enter", "numpadenter": "enter",
    "esc": "escape", "del": "delete", "back": "backspace", "\b": "backspace", "\t": "tab", " ": "space",
    "pgup": "pageup", "pgdn": "pagedown", "page_up": "pageup", "page_down": "pagedown",
    "prtsc": "printscreen", "prtscr": "printscreen", "prntscrn": "printscreen", "print": "printscreen",
}  # fmt: skip

Chord = frozenset[str]

_LEAVING = (
    "alt+f4 ctrl+f4 ctrl+w ctrl+q ctrl+shift+w ctrl+shift+q alt+tab alt+shift+tab alt+escape alt+f2 "
    "super super+* ctrl+alt+* ctrl+escape ctrl+shift+escape sleep power launchapp1 launchapp2 launchmail"
)

_COMMITTING = (
    "ctrl+s ctrl+shift+s ctrl+p ctrl+enter shift+delete f5 ctrl+f5 ctrl+r ctrl+shift+r "
    "ctrl+n ctrl+shift+n ctrl+t ctrl+shift+t ctrl+l ctrl+u f11 f12 ctrl+shift+i ctrl+shift+j alt+space alt+home "
    "alt+left alt+right browserback browserforward browserhome browserrefresh"
)
"""Save, print, delete, reload, or turn from what is being worked on."""


def chord_of(keys: Iterable[str]) -> Chord:
    """Keys as a set in one spelling; order and side (left or right) do not matter."""
    return frozenset(canonical(key) for key in keys)


def canonical(key: str) -> str:
    """The one name of a key, such as `ctrl` for `Control_L`."""
    name = key.lower()
    return _ALIASES.get(name, name)


def parse_chord(text: str) -> Chord:
    """A chord as people write it (`ctrl+shift+t`, `ctrl++`); the key `*` stands for any further keys."""
    parts = [part.strip() or "+" for part in text.replace("++", "+ +").split("+")] if text != "+" else ["+"]
    return chord_of(" " if part == "" else part for part in parts)


def covers(pattern: Chord, chord: Chord) -> bool:
    """Whether a chord is the one that a pattern names, or one of those behind its `*`."""
    return pattern - {"*"} <= chord if "*" in pattern else pattern == chord


_STAYING = (
    "left right up down home end backspace delete ctrl+a ctrl+c ctrl+left ctrl+right ctrl+home ctrl+end "
    "shift+left shift+right shift+up shift+down shift+home shift+end ctrl+backspace ctrl+delete"
)
"""Keys that edit or choose in what has the focus, and leave the focus there."""

_LEAVING_CHORDS = tuple(parse_chord(text) for text in _LEAVING.split())
_STAYING_CHORDS = frozenset(parse_chord(text) for text in _STAYING.split())
_COMMITTING_CHORDS = frozenset(parse_chord(text) for text in _COMMITTING.split())


def leaves(chord: Chord) -> bool:
    """Whether a chord closes, switches or escapes the application rather than works in it."""
    return any(covers(pattern, chord) for pattern in _LEAVING_CHORDS)


def commits(chord: Chord) -> bool:
    """Whether a chord by itself saves, prints, deletes or turns away from the work."""
    return chord in _COMMITTING_CHORDS


def stays(chord: Chord) -> bool:
    """Whether a chord surely leaves the keyboard's focus where it is."""
    return chord in _STAYING_CHORDS or printed(chord) != ""


def printed(chord: Chord) -> str:
    """The character that a chord types, empty where it is a command."""
    keys = chord - {"shift"}
    key = next(iter(keys), "")
    if len(keys) != 1 or (len(key) != 1 and key != "space"):
        return ""
    return " " if key == "space" else key
