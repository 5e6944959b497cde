"""What an action would meet: the controls under its points, or what has the keyboard's focus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.meaning.dates import parse_date, parse_month
from agent.meaning.lexicon import lexicon
from agent.meaning.options import truth
from agent.policy.provenance import belongs, keys_of, names_target
from agent.schema import (
    Action,
    Box,
    Click,
    Context,
    Drag,
    Element,
    Move,
    Pane,
    Point,
    PressKeys,
    Proposal,
    Role,
    Scroll,
    Task,
    TypeText,
    Zoom,
)

INPUTS: frozenset[Role] = frozenset(
    ("textbox", "textarea", "checkbox", "radio", "combobox", "listbox", "option", "spinbutton", "slider", "scrollbar")
)
"""Clicking these sets or opens something; nothing is sent by it."""
OPENED: frozenset[Role] = frozenset(("textbox", "textarea", "combobox", "spinbutton", "listbox", "scrollbar"))
"""Clicking these only moves the focus, or shows what there is to choose."""
_DATE_WORDS = "day month year dd mm yyyy yy d m y tag monat jahr jour mois annee dia mes ano giorno mese anno 日 月 年"
PLAIN: frozenset[Role] = frozenset(("text", "heading"))
_CONTAINERS: frozenset[Role] = frozenset(("dialog", "listbox"))


def points_of(action: Action) -> tuple[Point, ...]:
    """Where an action uses the mouse."""
    match action:
        case Click(point=point) | Move(point=point) | Scroll(point=point):
            return (point,)
        case Drag(path=path):
            return (path[0], path[-1])
        case Zoom(region=region):
            return (region.center,)
        case _:
            return ()


def targets_seen(action: Action, context: Context) -> list[Element]:
    """The elements that an action meets as far as that is seen; none where it isn't known.

    Keys and text go to the field where the mouse was used last, unless the focus may have moved since; else to what
    is seen to have the focus (a coloured border may look like it).
    """
    if isinstance(action, TypeText | PressKeys):
        last = _last_press(context)
        if last is not None and last.role in OPENED:
            return [last]
        return [e for e in context.elements if e.state.focused] or ([last] if last is not None else [])
    if isinstance(action, Zoom):
        return []
    return [found for point in points_of(action) if (found := operable_at(context.elements, point)) is not None]


def target_claimed(proposal: Proposal, context: Context) -> list[Element]:
    """What lies where the planner says that its keys or text go."""
    if proposal.grounding is None or not isinstance(proposal.action, TypeText | PressKeys):
        return []
    found = operable_at(context.elements, proposal.grounding.point)
    return [found] if found else []


def _last_press(context: Context) -> Element | None:
    """What the mouse was used on last, as it is seen now or was then; None where the focus may have moved since."""
    for deed in reversed(context.deeds):
        if deed.moves_focus:
            return None
        if deed.point is not None:
            now = operable_at(context.elements, deed.point)
            return now if now is not None and (deed.met is None or now.role in OPENED) else deed.met
    return None


def operable_at(elements: Sequence[Element], point: Point) -> Element | None:
    """The smallest control at a point; the text or the dialog there only if there is no control."""
    under = sorted((e for e in elements if e.box.contains(point)), key=lambda e: e.box.area)
    controls = [e for e in under if e.role not in PLAIN | _CONTAINERS]
    texts = [e for e in under if e.role in PLAIN]
    return next(iter((*controls, *texts, *under)), None)


def panes_of(action: Action, context: Context) -> tuple[Pane, ...]:
    """The windows that an action goes to: under its points, or the active one."""
    active = Pane(
        box=context.region or _NOWHERE, title=context.window, application=context.application, own=context.own
    )
    points = points_of(action)
    if not points or not context.panes:
        return (active,)
    found = [next((pane for pane in context.panes if pane.box.contains(point)), None) for point in points]
    # Beside all windows lies the desktop: not the application's, where others are known.
    return tuple(pane or Pane(box=_NOWHERE, own=False) for pane in found)


_NOWHERE = Box(left=0, top=0, width=0, height=0)


def is_named(element: Element, task: Task | None) -> bool:
    """Whether the task names an element: a key, an option to choose, words of the instructions."""
    captions = _labels(element) if element.role in OPENED else [element.text, element.label]
    if any(names_target(caption, task) for caption in captions if caption):
        return True
    return element.role not in OPENED and _is_choice(element, task)


def _labels(element: Element) -> list[str]:
    """What names a field: its label, and only where it has none what else stands in and round it."""
    if element.label:
        return [element.label]
    prompts = element.state.placeholder or element.role == "combobox"
    return [text for text in (element.hint, element.text if prompts else "", element.group) if text]


def _is_choice(element: Element, task: Task | None) -> bool:
    """Whether it is an answer that the record gives: to the question of its group, or as an option of a list."""
    caption = element.text or element.label
    if not caption:
        return False
    if element.group:
        # What the record doesn't say of a named question, and is ticked, may be unticked.
        unticks = element.role == "checkbox" and element.state.checked is True and names_target(element.group, task)
        return unticks or belongs(caption, [element.group], task)
    if element.role in ("link", "button") and truth(caption) is not None:
        return False  # a "Yes" that presses something answers whatever stands beside it
    return element.role in ("option", "listbox", "text", "link", "button") and bool(keys_of(caption, task))


def takes(element: Element, text: str, task: Task | None) -> bool:
    """Whether a text is what the task has for a field."""
    labels = _labels(element)
    return belongs(text, labels, task) or (_asks_part(labels) and _is_part(text, task))


def _asks_part(labels: Iterable[str]) -> bool:
    """Whether a field asks for the day, month or year of something, without saying of what."""
    return any(set(lexicon().tokens(label)) <= set(_DATE_WORDS.split()) for label in labels)


def _is_part(text: str, task: Task | None) -> bool:
    """Whether a text is part of a date of the record."""
    record = task.record or {} if task else {}
    dates = (str(record[key]) for key in keys_of(text, task))
    return any(parse_date(value) is not None or parse_month(value) is not None for value in dates)
