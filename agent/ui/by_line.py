"""What a person does by hand, as lines such as `click 300 200`, where there is no picture to click on."""

from __future__ import annotations

from pydantic import ValidationError

from agent.schema import Action, Click, Drag, Move, Point, PressKeys, Scroll, TypeText, Wait
from agent.ui.tui.editing import keys_of, points_of, unescaped

HELP = """\
  click X Y, double X Y, right X Y, move X Y, drag X Y X Y
  type TEXT (\\n is Enter, \\t Tab, \\\\ a backslash), secret (asked for, not shown), keys ctrl+s
  scroll N [X Y] (N notches down; negative: up), wait SECONDS
  an empty line hands back, s stops the run"""

SECRET = "secret"


def parse(line: str, last: Point | None) -> Action:
    """The action that a line asks for; `last` is where the mouse was used before. Raises ValueError."""
    verb, _, rest = line.strip().partition(" ")
    try:
        match verb.lower():
            case "type":
                return _typing(rest)
            case "keys" | "press":
                return PressKeys(keys=keys_of(rest))
            case "wait":
                return Wait(seconds=float(rest))
            case "scroll":
                return _scroll(rest, last)
            case "click" | "double" | "right" | "move" | "drag" as name:
                return _pointing(name, points_of(rest))
            case _:
                raise ValueError(f"'{verb}' is none of these:\n{HELP}")
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from error


def place_of(action: Action) -> Point | None:
    """Where an action uses the mouse last."""
    match action:
        case Click(point=point) | Move(point=point) | Scroll(point=point):
            return point
        case Drag(path=path):
            return path[-1]
        case _:
            return None


def _typing(rest: str) -> Action:
    if not rest:
        raise ValueError("type what?")
    return TypeText(text=unescaped(rest))


def _scroll(rest: str, last: Point | None) -> Action:
    notches, _, place = rest.partition(" ")
    point = points_of(place)[0] if place.strip() else last
    if point is None:
        raise ValueError("where? Write scroll N X Y")
    return Scroll(point=point, dy=int(notches))


def _pointing(name: str, points: list[Point]) -> Action:
    if (len(points) < 2) if name == "drag" else (len(points) != 1):
        raise ValueError("each place is two whole numbers, x and y")
    match name:
        case "drag":
            return Drag(path=tuple(points))
        case "move":
            return Move(point=points[0])
        case "double":
            return Click(point=points[0], count=2)
        case "right":
            return Click(point=points[0], button="right")
        case _:
            return Click(point=points[0])
