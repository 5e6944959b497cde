"""The tools of a GUI task, `computer_use` and `image_zoom_in_tool`, and their calls as Actions.

Names and arguments are the family's (public cookbooks of Qwen3-VL); the words are ours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, cast

from agent.dialects.keys import MODIFIERS, chord
from agent.schema import (
    Action,
    Box,
    Click,
    Done,
    Drag,
    Fail,
    Move,
    Point,
    PressKeys,
    Screenshot,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from agent.talk import Mistake, Tool, ToolCall

COMPUTER = "computer_use"
ZOOM = "image_zoom_in_tool"
SCALE = 1000
"""Both axes of the screen run from 0 to this, whatever the picture's size."""

MAX_TEXT = 1000
"""Characters that one call may type."""
MAX_WAIT = 60
NOTCH = 50
"""Desktop pixels that a notch of the wheel scrolls, roughly."""
SMALL_SCROLL = 20
"""Up to so many `pixels`, no whole notch, a model means notches (as its makers' own agent takes them)."""
MAX_NOTCHES = 20
_FAR = 100_000
ZOOM_MIN = 32
"""Desktop pixels to which a zoomed region is grown."""

ACTIONS: dict[str, str] = {
    "key": "press the keys in `keys` together",
    "type": "type `text` where the keyboard focus is; a line break is Enter",
    "mouse_move": "move the pointer to `coordinate`",
    "left_click": "click at `coordinate`; `keys` are held meanwhile",
    "left_click_drag": "press at the pointer's present place, drag to `coordinate`, release; move the pointer first",
    "right_click": "click with the right button at `coordinate`",
    "middle_click": "click with the middle button at `coordinate`",
    "double_click": "double-click at `coordinate`",
    "triple_click": "triple-click at `coordinate`, which selects a line or a field's text",
    "scroll": "turn the wheel by `pixels` at `coordinate`: above 0 is up, below 0 is down",
    "hscroll": "turn the wheel sideways by `pixels` at `coordinate`: above 0 is right, below 0 is left",
    "wait": "wait `time` seconds for the screen to change",
    "terminate": "end the task with `status`",
    "answer": "end the task with the answer in `text`, where the task is a question",
}
_CLICKS: dict[str, tuple[str, int]] = {
    "left_click": ("left", 1),
    "right_click": ("right", 1),
    "middle_click": ("middle", 1),
    "double_click": ("left", 2),
    "triple_click": ("left", 3),
}


def tools() -> tuple[Tool, ...]:
    """Acting first, looking closer second."""
    lines = "\n".join(f"* `{name}`: {what}." for name, what in ACTIONS.items())
    place = {"type": "integer", "minimum": 0, "maximum": SCALE}
    properties: dict[str, Any] = {
        "action": {"type": "string", "enum": list(ACTIONS), "description": f"What to do:\n{lines}"},
        "keys": {"type": "array", "items": {"type": "string"}, "description": 'For `key`, as in ["ctrl", "a"].'},
        "text": {"type": "string", "maxLength": MAX_TEXT, "description": "For `type` and `answer`."},
        "coordinate": {
            "type": "array",
            "items": place,
            "minItems": 2,
            "maxItems": 2,
            "description": "[x, y]: x from the left edge, y from the top edge, 0 to 1000 across the whole screen.",
        },
        "pixels": {"type": "integer", "description": "For `scroll` and `hscroll`."},
        "time": {"type": "number", "minimum": 0, "maximum": MAX_WAIT, "description": "Seconds, for `wait`."},
        "status": {"type": "string", "enum": ["success", "failure"], "description": "For `terminate`."},
    }
    return (
        Tool(
            name=COMPUTER,
            description=(
                "Use the mouse and keyboard of a computer and see its screen. The screen's resolution is "
                f"{SCALE}x{SCALE}. Click on the middle of things, not on their edges. Programs take a moment to "
                "react: look at the next screenshot before you go on."
            ),
            parameters={"type": "object", "properties": properties, "required": ["action"]},
        ),
        Tool(
            name=ZOOM,
            description=(
                "Look closer at a part of the screen: the answer is that part at full resolution. Use it where things "
                "are small, dense or hard to read. It changes nothing, and coordinates afterwards still refer to the "
                "whole screen."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "bbox_2d": {
                        "type": "array",
                        "items": place,
                        "minItems": 4,
                        "maxItems": 4,
                        "description": "[x1, y1, x2, y2]: the part's top left and bottom right corner, 0 to 1000.",
                    },
                    "label": {"type": "string", "maxLength": 80, "description": "What is to be seen there."},
                    "img_idx": {"type": "integer", "minimum": 0, "description": "May be left out: 0."},
                },
                "required": ["bbox_2d", "label"],
            },
        ),
    )


def to_action(call: ToolCall, screen: Screenshot, pointer: Point | None) -> Action:
    """A call as an Action in desktop pixels of `screen`. Raises Mistake naming what is wrong and what may be."""
    match call.name:
        case "computer_use":
            return _computer(_Arguments(call), screen, pointer)
        case "image_zoom_in_tool":
            return Zoom(region=_region(_Arguments(call), screen))
        case name:
            raise Mistake(f"there is no tool {name[:60]!r}: call {COMPUTER} or {ZOOM}")


def _computer(given: _Arguments, screen: Screenshot, pointer: Point | None) -> Action:
    kind = given.choice("action", tuple(ACTIONS))
    if kind in _CLICKS:
        button, count = _CLICKS[kind]
        modifiers = given.modifiers() if given.has("keys") else ()
        point = _place(given, screen, pointer)
        return Click.model_validate({"point": point, "button": button, "count": count, "modifiers": modifiers})
    simple: dict[str, Callable[[], Action]] = {
        "key": lambda: PressKeys(keys=chord(given.texts("keys"))),
        "type": lambda: TypeText(text=typed(given.text("text"))),
        "mouse_move": lambda: Move(point=given.point(screen)),
        "left_click_drag": lambda: _drag(given.point(screen), pointer),
        "scroll": lambda: Scroll(point=_place(given, screen, pointer), dy=-_notches(given.number("pixels"))),
        "hscroll": lambda: Scroll(point=_place(given, screen, pointer), dx=_notches(given.number("pixels"))),
        "wait": lambda: Wait(seconds=given.number("time", 0, MAX_WAIT)),
        "terminate": lambda: _end(given),
        "answer": lambda: Done(summary=given.text("text")),
    }
    return simple[kind]()


def _place(given: _Arguments, screen: Screenshot, pointer: Point | None) -> Point:
    """Where to act: the coordinate, or where the pointer is known to be."""
    if not given.has("coordinate") and pointer is not None:
        return pointer
    return given.point(screen)


def _drag(end: Point, pointer: Point | None) -> Drag:
    if pointer is None:
        raise Mistake("a drag begins where the pointer is, and that is not known: use `mouse_move` to its start first")
    if pointer == end:
        raise Mistake("the drag begins and ends at one place: use `mouse_move` to its start first")
    return Drag(path=(pointer, end))


def _end(given: _Arguments) -> Action:
    words = given.text("text") if given.has("text") else ""
    if given.choice("status", ("success", "failure")) == "success":
        return Done(summary=words)
    return Fail(reason=words or "the model says that the task can't be done")


def _notches(pixels: float) -> int:
    if not pixels:
        raise Mistake("`pixels` is 0, which scrolls nothing: give a positive or a negative number")
    size = abs(pixels) if abs(pixels) <= SMALL_SCROLL else abs(pixels) / NOTCH
    return max(1, min(MAX_NOTCHES, round(size))) * (1 if pixels > 0 else -1)


def typed(text: str) -> str:
    """Text that a keyboard can type. Raises Mistake."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise Mistake("`text` is empty: there is nothing to type")
    bad = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"), None)
    if bad is not None:
        raise Mistake(f"`text` holds the character U+{ord(bad):04X}, which no key gives")
    return text


def _region(given: _Arguments, screen: Screenshot) -> Box:
    left, top, right, bottom = given.numbers("bbox_2d", 4)
    if right <= left or bottom <= top:
        raise Mistake("`bbox_2d` is [x1, y1, x2, y2] with x1 < x2 and y1 < y2")
    first = screen.to_screen(left / SCALE, top / SCALE)
    last = screen.to_screen(right / SCALE, bottom / SCALE)
    region = screen.region
    x, width = _stretch(first.x, last.x + 1, region.left, region.right)
    y, height = _stretch(first.y, last.y + 1, region.top, region.bottom)
    return Box(left=x, top=y, width=width, height=height)


def _stretch(start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """A span grown to `ZOOM_MIN` round its middle, kept inside the screen: its start and length."""
    length = min(max(end - start, ZOOM_MIN), high - low)
    start = max(low, min(start - (length - (end - start)) // 2, high - length))
    return start, length


class _Arguments:
    """The arguments of one call, each taken with its type checked."""

    def __init__(self, call: ToolCall) -> None:
        tool = next(t for t in tools() if t.name == call.name)
        self._given = {name: value for name, value in call.arguments.items() if value is not None}
        known: dict[str, Any] = tool.parameters["properties"]
        if strange := [name for name in self._given if name not in known]:
            raise Mistake(f"{call.name} has no argument {strange[0][:60]!r}: its arguments are {', '.join(known)}")

    def has(self, name: str) -> bool:
        return name in self._given

    def _take(self, name: str) -> object:
        if name not in self._given:
            raise Mistake(f"the argument `{name}` is missing")
        return self._given[name]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self._take(name)
        if value not in choices:
            raise Mistake(f"`{name}` is {_short(value)}: it must be one of {', '.join(choices)}")
        return str(value)

    def text(self, name: str) -> str:
        value = self._take(name)
        if not isinstance(value, str):
            raise Mistake(f"`{name}` is {_short(value)}: it must be a text")
        return value

    def texts(self, name: str) -> list[str]:
        items = self._list(name)
        if not items or not all(isinstance(item, str) and item for item in items):
            raise Mistake(f"`{name}` is {_short(items)}: it must be a list of texts")
        return [str(item) for item in items]

    def _list(self, name: str) -> list[object]:
        value = self._take(name)
        return cast("list[object]", value) if isinstance(value, list) else [value]

    def number(self, name: str, low: float = -_FAR, high: float = _FAR) -> float:
        return _number(self._take(name), name, low, high)

    def numbers(self, name: str, count: int) -> list[float]:
        items = self._list(name)
        if len(items) != count:
            raise Mistake(f"`{name}` is {_short(items)}: it must be a list of {count} numbers from 0 to {SCALE}")
        return [_number(item, name, 0, SCALE) for item in items]

    def point(self, screen: Screenshot) -> Point:
        x, y = self.numbers("coordinate", 2)
        return screen.to_screen(x / SCALE, y / SCALE)

    def modifiers(self) -> tuple[str, ...]:
        keys = chord(self.texts("keys"))
        if not all(key in MODIFIERS for key in keys):
            raise Mistake("only ctrl, shift, alt and win can be held during a click; press other keys with `key`")
        return tuple("meta" if key == "win" else key for key in keys)


def _number(value: object, name: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Mistake(f"`{name}` holds {_short(value)}: it must be a number from {low:g} to {high:g}")
    return float(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
