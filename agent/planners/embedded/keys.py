"""Names of keys as people write them, to the names that are pressed."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMES = {
    "ctrl": "ctrl", "control": "ctrl", "strg": "ctrl", "shift": "shift", "alt": "alt", "option": "alt", "altgr": "altright",
    "meta": "win", "super": "win", "win": "win", "windows": "win", "cmd": "win", "command": "win",
    "enter": "enter", "return": "enter", "回车": "enter", "回车键": "enter", "tab": "tab", "tabulator": "tab", "制表": "tab",
    "esc": "esc", "escape": "esc", "退出": "esc", "space": "space", "spacebar": "space", "space bar": "space", "空格": "space",
    "backspace": "backspace", "退格": "backspace", "delete": "delete", "del": "delete", "删除": "delete", "insert": "insert", "ins": "insert",
    "home": "home", "end": "end", "page up": "pageup", "pageup": "pageup", "pgup": "pageup", "上一页": "pageup",
    "page down": "pagedown", "pagedown": "pagedown", "pgdn": "pagedown", "pgdown": "pagedown", "下一页": "pagedown",
    "up": "up", "down": "down", "left": "left", "right": "right", "arrow up": "up", "arrow down": "down", "arrow left": "left",
    "arrow right": "right", "up arrow": "up", "down arrow": "down", "left arrow": "left", "right arrow": "right",
    "上": "up", "下": "down", "左": "left", "右": "right", "上箭头": "up", "下箭头": "down", "左箭头": "left", "右箭头": "right",
    "plus": "+", "minus": "-", "menu": "apps", "caps lock": "capslock", "capslock": "capslock", "print screen": "printscreen",
}  # fmt: skip
_CERTAIN = frozenset({"enter", "tab", "esc", "space", "backspace", "pageup", "pagedown", "capslock", "printscreen"})
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "altright", "win"})


class Chord(NamedTuple):
    """Keys pressed together; `certain` if the words can hardly name anything else ("Delete" may be a button)."""

    keys: tuple[str, ...]
    certain: bool


def chord(text: str) -> Chord | None:
    """The keys that a phrase names ("Ctrl+Shift+S", "the Tab key", "page down"); None if it names none."""
    phrase = re.sub(r"^(?:the )?|(?: key| keys|键)$", "", text.strip().lower()).strip()
    said_key = bool(re.search(r"key|键", text.lower()))
    pieces = [piece.strip() for piece in re.split(r"\s*\+\s*|(?<=[a-z])-(?=[a-z0-9])", phrase) if piece.strip()]
    if not pieces:
        return None
    if len(pieces) == 1 and " " in phrase and phrase not in _NAMES:
        words = phrase.split()
        pieces = words if all(word in _NAMES for word in words) and _NAMES[words[0]] in _MODIFIERS else pieces
    keys: list[str] = []
    for number, piece in enumerate(pieces):
        key = _NAMES.get(piece) or (piece if re.fullmatch(r"f(?:[1-9]|1[0-2])", piece) else "")
        if not key and len(piece) == 1 and (number or said_key) and (len(pieces) > 1 or said_key):
            key = piece
        if not key:
            return None
        keys.append(key)
    if len(keys) > 1 and keys[0] not in _MODIFIERS:
        return None
    certain = len(keys) > 1 or said_key or keys[0] in _CERTAIN or bool(re.fullmatch(r"f\d+", keys[0]))
    return Chord(tuple(keys), certain)
