"""Key names as models write them, in ours (pyautogui's)."""

from __future__ import annotations

from agent.talk import Mistake

MODIFIERS = ("ctrl", "shift", "alt", "win")

NAMED = (
    *MODIFIERS, "enter", "tab", "esc", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", "menu", "printscreen", "pause", "capslock", "numlock",
    *(f"f{n}" for n in range(1, 13)),
)  # fmt: skip
"""Named keys that a model may press; beside them any single character."""

_ALIASES = {
    "control": "ctrl", "ctrl_l": "ctrl", "ctrl_r": "ctrl", "ctrlleft": "ctrl", "ctrlright": "ctrl",
    "control_l": "ctrl", "control_r": "ctrl",
    "shift_l": "shift", "shift_r": "shift", "shiftleft": "shift", "shiftright": "shift",
    "alt_l": "alt", "alt_r": "alt", "altleft": "alt", "altright": "alt", "option": "alt",
    "super": "win", "super_l": "win", "super_r": "win", "meta": "win", "cmd": "win", "command": "win",
    "windows": "win", "winleft": "win", "winright": "win",
    "return": "enter", "kp_enter": "enter", "numpadenter": "enter", "escape": "esc", "del": "delete", "ins": "insert",
    "spacebar": "space", " ": "space", "\n": "enter", "\t": "tab", "back_space": "backspace", "bksp": "backspace",
    "page_up": "pageup", "pgup": "pageup", "prior": "pageup",
    "page_down": "pagedown", "pgdn": "pagedown", "pgdown": "pagedown", "next": "pagedown",
    "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right",
    "up_arrow": "up", "down_arrow": "down", "left_arrow": "left", "right_arrow": "right",
    "uparrow": "up", "downarrow": "down", "leftarrow": "left", "rightarrow": "right",
    "apps": "menu", "contextmenu": "menu",
    "print_screen": "printscreen", "prtsc": "printscreen", "print": "printscreen", "caps_lock": "capslock",
    "num_lock": "numlock",
    "plus": "+", "minus": "-", "equal": "=", "equals": "=", "comma": ",", "period": ".", "dot": ".", "slash": "/",
    "backslash": "\\", "semicolon": ";", "apostrophe": "'", "quote": "'", "grave": "`", "bracketleft": "[",
    "bracketright": "]",
}  # fmt: skip


def chord(names: list[str]) -> tuple[str, ...]:
    """A chord in our names, in the order given; `["ctrl+a"]` counts as two keys. Raises Mistake."""
    parts = [part for name in names for part in _split(name)]
    keys = tuple(dict.fromkeys(_key(part) for part in parts))
    if not keys:
        raise Mistake('`keys` is empty: name at least one key, as in ["ctrl", "a"]')
    if any(key in MODIFIERS for key in keys):
        # With a modifier a capital letter is a habit of spelling, not another key.
        return tuple(key.lower() for key in keys)
    return keys


def _split(name: str) -> list[str]:
    if len(name) > 1 and "+" in name.strip("+"):
        return [part.strip() or "+" for part in name.replace("++", "+ +").split("+")]
    return [name]


def _key(name: str) -> str:
    if len(name) == 1 and name.isprintable() and name != " ":
        return name
    plain = name.lower() if name in (" ", "\n", "\t") else name.strip().lower()
    plain = plain.removeprefix("key_") if len(plain) > 4 else plain
    found = _ALIASES.get(plain, plain)
    if found in NAMED or (len(found) == 1 and found.isprintable()):
        return found
    raise Mistake(f"there is no key {name[:40]!r}: name a single character or one of {', '.join(NAMED)}")
