"""Names of keys as people write them, to the names that are pressed."""

from __future__ import annotations

import re
from typing import NamedTuple

_SPELLINGS = {
    "ctrl": "ctrl~control~strg",
    "shift": "shift",
    "alt": "alt~option",
    "altright": "altgr",
    "win": "meta~super~win~windows~cmd~command",
    "enter": "enter~return~回车~回车键",
    "tab": "tab~tabulator~制表",
    "esc": "esc~escape~退出",
    "space": "space~spacebar~space bar~空格",
    "backspace": "backspace~退格",
    "delete": "delete~del~删除",
    "insert": "insert~ins",
    "home": "home",
    "end": "end",
    "pageup": "page up~pageup~pgup~上一页",
    "pagedown": "page down~pagedown~pgdn~pgdown~下一页",
    "up": "up~arrow up~up arrow~上~上箭头",
    "down": "down~arrow down~down arrow~下~下箭头",
    "left": "left~arrow left~left arrow~左~左箭头",
    "right": "right~arrow right~right arrow~右~右箭头",
    "+": "plus",
    "-": "minus",
    "apps": "menu",
    "capslock": "caps lock~capslock",
    "printscreen": "print screen",
}
"""Names that are pressed, to the ways people write them."""
_NAMES = {said: name for name, spellings in _SPELLINGS.items() for said in spellings.split("~")}
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
