"""Actions in the words that people are shown: in approvals, in progress lines and in reports."""

from __future__ import annotations

import unicodedata

from agent.schema import (
    Action,
    Ask,
    Click,
    Done,
    Drag,
    Fail,
    Grounding,
    Move,
    Point,
    PressKeys,
    Result,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)

_MULTIPLE = {1: "click", 2: "double-click", 3: "triple-click"}
_SHOWN = 60
"""Characters of a text that are shown before it is clipped."""


def took(result: Result) -> str:
    """How long a run took, and how much of it a person did; under a tenth of a second nobody was asked."""
    apart = f", of which a person took {result.waited:.1f} s" if result.waited >= 0.1 else ""
    return f"{result.seconds:.1f} s{apart}"


def describe(action: Action, grounding: Grounding | None = None) -> str:
    """One line that says what an action does, such as `type "Ada" into 'First name'`.

    Text that comes from the screen or the record is made safe for a terminal; secrets are never in it.
    """
    target = plain(grounding.target) if grounding else ""
    match action:
        case Click(point=point):
            return f"{_click(action)} {_place(target, point)}"
        case Move(point=point):
            return f"move the pointer to {_place(target, point)}"
        case Drag(path=path):
            return f"drag {_place(target, path[0])} to {_at(path[-1])}"
        case Scroll(point=point):
            return f"scroll {_ways(action)} at {_place(target, point)}"
        case TypeText():
            return _typing(action, target)
        case PressKeys(keys=keys, times=times):
            chord = plain("+".join(keys))
            return f"press {chord}" + (f" {times} times" if times > 1 else "") + (f" in '{target}'" if target else "")
        case Wait(seconds=seconds):
            return f"wait {seconds:g} s"
        case Zoom(region=region):
            return f"look closer at {region.width}x{region.height} at {_at(Point(x=region.left, y=region.top))}"
        case Done(summary=summary):
            return "finish" + (f": {plain(summary)}" if summary else "")
        case Fail(reason=reason):
            return f"give up: {plain(reason)}"
        case Ask(question=question, candidates=candidates):
            names = ", ".join(f"'{plain(c)}'" for c in candidates)
            return f"ask a person: {plain(question)}" + (f" ({names})" if names else "")


def plain(text: str) -> str:
    """Text as one line without control, direction-changing or invisible characters.

    What stands on a screen was written by others: it must not be able to steer the terminal that shows it.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c) for c in text)


def clip(text: str, length: int = _SHOWN) -> str:
    """At most `length` characters, the last of them an ellipsis if any were dropped."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _visible(char: str) -> str:
    if char in "\n\r":
        return "⏎"
    if char == "\t":
        return "⇥"
    match unicodedata.category(char):
        case "Cf" if char in "\u200d\u200c":  # joiners are part of emoji and of Persian and Indic words
            return char
        case "Cc" | "Cf" | "Cs" | "Co" | "Zl" | "Zp":
            return "\ufffd"
        case _:
            return char


def _click(action: Click) -> str:
    verb = _MULTIPLE[action.count]
    verb = verb if action.button == "left" else f"{action.button}-{verb}"
    return "+".join((*(plain(m) for m in action.modifiers), verb))


def _place(target: str, point: Point) -> str:
    return f"'{target}' at {_at(point)}" if target else _at(point)


def _at(point: Point) -> str:
    return f"({point.x}, {point.y})"


def _ways(action: Scroll) -> str:
    ways: list[str] = []
    if action.dy:
        ways.append(f"{'down' if action.dy > 0 else 'up'} {abs(action.dy)}")
    if action.dx:
        ways.append(f"{'right' if action.dx > 0 else 'left'} {abs(action.dx)}")
    return " and ".join(ways) or "nowhere"


def _typing(action: TypeText, target: str) -> str:
    into = f" into '{target}'" if target else ""
    if action.secret:
        return f"type a secret{into}"
    if not action.text:
        return f"clear '{target}'" if target else "clear the field"
    if len(action.text) > _SHOWN:
        return f'type {len(action.text)} characters{into}: "{clip(plain(action.text))}"'
    return f'type "{plain(action.text)}"{into}'
