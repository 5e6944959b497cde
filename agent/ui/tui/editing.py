"""Actions as one line that a person can change, and back."""

from __future__ import annotations

import re

from pydantic import ValidationError

from agent.schema import Action, Click, Drag, Move, Point, PressKeys, Scroll, TypeText, Wait, Zoom

_ESCAPES = {"\\": "\\", "n": "\n", "t": "\t"}


def hint(action: Action) -> str:
    """What the line means; empty where an action of this kind can't be changed."""
    match action:
        case TypeText(secret=True):
            return "the secret to type instead"
        case TypeText():
            return r"the text to type instead (\n Enter, \t Tab, \\ backslash)"
        case Click() | Move():
            return "x y of the place instead, or click on the picture"
        case Drag():
            return "x y of each place, the first to the last"
        case Scroll():
            return "x y of the place and notches down (negative: up)"
        case PressKeys():
            return "the keys instead, as ctrl+s"
        case Wait():
            return "seconds to wait"
        case Zoom():
            return "left top width height"
        case _:
            return ""


def line_of(action: Action) -> str:
    """The action as the line that is changed; a secret is never in it."""
    match action:
        case TypeText(text=text, secret=secret):
            return "" if secret else escaped(text)
        case Click(point=point) | Move(point=point):
            return f"{point.x} {point.y}"
        case Drag(path=path):
            return " ".join(f"{p.x} {p.y}" for p in path)
        case Scroll(point=point, dy=dy):
            return f"{point.x} {point.y} {dy}"
        case PressKeys(keys=keys):
            return "+".join(keys)
        case Wait(seconds=seconds):
            return f"{seconds:g}"
        case Zoom(region=region):
            return " ".join(map(str, region.as_list()))
        case _:
            return ""


def changed(action: Action, line: str) -> Action:
    """The action that the line asks for. Raises ValueError saying what is wrong with it."""
    match action:
        case TypeText():
            if not line:
                raise ValueError("there is no text")
            update: dict[str, object] = {"text": line if action.secret else unescaped(line)}
        case Click() | Move():
            update = {"point": points_of(line, 1)[0]}
        case Drag():
            update = {"path": tuple(points_of(line))}
        case Scroll():
            x, y, dy = _numbers(line, 3)
            update = {"point": Point(x=x, y=y), "dy": dy}
        case PressKeys():
            update = {"keys": keys_of(line)}
        case Wait():
            update = {"seconds": _seconds(line)}
        case Zoom():
            left, top, width, height = _numbers(line, 4)
            update = {"region": {"left": left, "top": top, "width": width, "height": height}}
        case _:
            raise ValueError("an action of this kind can't be changed")
    try:
        return type(action).model_validate(action.model_dump() | update)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from error


def keys_of(line: str) -> tuple[str, ...]:
    """The keys of a chord such as `ctrl+s`; `+` alone is the plus key. Raises ValueError."""
    stripped = line.strip().lower()
    if stripped == "+":
        return ("+",)
    keys = tuple(part.strip() for part in re.sub(r"\+\s*\+$", "+plus", stripped).split("+"))
    if not all(keys):
        raise ValueError("write the keys as ctrl+s")
    return tuple("+" if key == "plus" else key for key in keys)


def escaped(text: str) -> str:
    """Text on one line: Enter, Tab and the backslash as two characters each."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def unescaped(line: str) -> str:
    """The text of such a line; a backslash before anything else stands for itself."""
    return re.sub(r"\\([\\nt])", lambda found: _ESCAPES[found[1]], line)


def moved(action: Action, point: Point) -> Action | None:
    """The action at another place, where it has exactly one."""
    match action:
        case Click() | Move() | Scroll():
            return action.model_copy(update={"point": point})
        case _:
            return None


def points_of(line: str, count: int | None = None) -> list[Point]:
    """Places in whole numbers, so many if that is said. Raises ValueError."""
    numbers = _numbers(line, None if count is None else 2 * count)
    if len(numbers) % 2:
        raise ValueError("each place is two whole numbers, x and y")
    return [Point(x=x, y=y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


def _numbers(line: str, count: int | None) -> list[int]:
    parts = line.replace(",", " ").split()
    try:
        numbers = [int(part) for part in parts]
    except ValueError:
        numbers = []
    if not numbers or (count is not None and len(numbers) != count):
        raise ValueError(f"{count} whole numbers are needed" if count else "whole numbers are needed")
    return numbers


def _seconds(line: str) -> float:
    try:
        return float(line)
    except ValueError:
        raise ValueError("a number of seconds is needed") from None
