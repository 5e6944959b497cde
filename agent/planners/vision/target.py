"""What lies under the model's point, what has the focus, and what an action is for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.planners.embedded.buttons import strength
from agent.planners.embedded.desk import name_of
from agent.planners.embedded.view import FIELDS, TEXTUAL, TICKS, find_again
from agent.schema import (
    Action,
    Box,
    Click,
    Drag,
    Element,
    Grounding,
    Intent,
    Move,
    Observation,
    Point,
    PressKeys,
    Role,
    Screenshot,
    Scroll,
    TypeText,
)
from agent.wording import fold

SENDS = 3
"""From this strength on a caption says that it sends the form."""
NEXT = 2
_AROUND = 12
"""Pixels round a point where nothing was found: that much must still look the same when the click comes."""
_FRAMES: frozenset[Role] = frozenset(("dialog",))
_PLAIN: frozenset[Role] = frozenset(("text", "heading"))
_DIFFERENT = 24
_CHANGED = 0.05
"""Share of the pixels under a target that differ by more than `_DIFFERENT` of 255, from which it has changed."""


def control_at(observation: Observation, point: Point) -> Element | None:
    """The smallest control at a point; where there is none, the text there."""
    under = sorted((e for e in observation.elements if e.box.contains(point)), key=lambda e: e.box.area)
    controls = [e for e in under if e.role not in _PLAIN | _FRAMES]
    return next(iter((*controls, *(e for e in under if e.role in _PLAIN))), None)


def ground(observation: Observation, point: Point, said: str) -> Grounding:
    """Where an action aims: the control under the point, else a little of the screen round it."""
    found = control_at(observation, point)
    if found is None:
        box = observation.screenshot.region.overlap(Box(left=point.x, top=point.y, width=1, height=1).grow(_AROUND))
        return Grounding(target=said, point=point, box=box, confidence=0.5, source="model")
    return Grounding(target=name_of(found), point=point, box=found.box, role=found.role, source="model")


def aimed_at(action: Action) -> Point | None:
    """The one point that decides what an action meets."""
    match action:
        case Click(point=point) | Move(point=point) | Scroll(point=point):
            return point
        case Drag(path=path):
            return path[0]
        case _:
            return None


def rests_at(action: Action) -> Point | None:
    """Where the pointer is after an action."""
    return action.path[-1] if isinstance(action, Drag) else aimed_at(action)


def focused(observation: Observation, clicked: Element | None) -> Element | None:
    """The field that takes what is typed: the one that shows it, else the one clicked into last."""
    shown = [e for e in observation.elements if e.state.focused and e.role in FIELDS]
    if len(shown) == 1:
        return shown[0]
    return find_again(observation, clicked) if clicked is not None else None


def takes_text(element: Element | None) -> bool:
    return element is not None and element.role in TEXTUAL


def intent_of(action: Action, element: Element | None, *, listed: bool = False) -> Intent:
    """What an action is for, as far as the element under it tells; `submit` where it sends data.

    `listed`: options are shown, of which Enter takes one.
    """
    match action:
        case Click(button="left"):
            return _of_press(element)
        case TypeText(text=text):
            return "submit" if "\n" in text and (element is None or element.role != "textarea") else "fill"
        case PressKeys(keys=keys) if "enter" in keys:
            sends = element is None or element.role in ("textbox", "spinbutton", "button")
            return "choose" if listed else "submit" if sends else "instruct"
        case Move() | Scroll():
            return "look"
        case _:
            return "instruct"


def _of_press(element: Element | None) -> Intent:
    if element is None:
        return "instruct"
    if element.role in TEXTUAL:
        return "fill"
    if element.role in TICKS or element.role in ("option", "listbox", "slider"):
        return "choose"
    if element.role == "link":
        return "navigate"
    caption = element.text or element.label
    grade = strength(caption) if element.role in ("button", "icon") else 0
    if grade == NEXT or "save and continue" in fold(caption):
        return "navigate"
    return "submit" if grade >= SENDS else "instruct"


def unchanged(before: Screenshot, after: Screenshot, boxes: Sequence[Box]) -> bool:
    """Whether what two pictures show in some boxes is the same; a caret may blink."""
    for box in boxes:
        one, other = before.crop(box), after.crop(box)
        if one.shape != other.shape:
            return False
        if one.size and (np.abs(one.astype(np.int16) - other) > _DIFFERENT).any(axis=2).mean() > _CHANGED:
            return False
    return True
