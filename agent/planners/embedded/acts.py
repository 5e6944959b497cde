"""Carrying out the commands that change something: type, set, choose, tick."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rapidfuzz.fuzz import partial_ratio

from agent.meaning.dates import date_order, readings
from agent.meaning.lexicon import lexicon
from agent.planners.embedded import commands as c
from agent.planners.embedded.calendars import days_of, pick_as_said, shown_month
from agent.planners.embedded.choices import set_tick
from agent.planners.embedded.controls import Wish, operate
from agent.planners.embedded.desk import GiveUp, Uncertain, name_of, perform, type_text, wait
from agent.planners.embedded.ground import Abstention, Fit, candidates, name, pick
from agent.planners.embedded.naming import likeness
from agent.planners.embedded.phrases import read_target
from agent.planners.embedded.pressing import FIELD_ROLES, click_fit
from agent.planners.embedded.readings import read_source
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate, locate_all
from agent.planners.embedded.segments import is_segmented, mended
from agent.planners.embedded.texts import BLINK, Filled, focus, value_of
from agent.planners.embedded.view import TEXTUAL, TICKS, fields_of, inside
from agent.schema import Box, Element, Observation, Proposal, Role, TypeText
from agent.wording import fold

TICKABLE: frozenset[Role] = frozenset({"checkbox", "radio", "switch", "option"})
SETTABLE: frozenset[Role] = FIELD_ROLES | frozenset[Role]({"slider", "listbox"})
LIST_ROLES: frozenset[Role] = frozenset({"combobox", "listbox"})
CARET_WIDTH = 6
CARET_HEIGHT = (7, 60)
"""What blinks in a text is a caret up to these sizes, in picture pixels."""


# ---------------------------------------------------------------- typing and setting


def enter(walk: Walk, turn: Turn, command: c.Enter) -> Routine[Turn]:
    """Type a text into a field (or where the focus is) and read it back."""
    if command.source is not None:
        turn, text = yield from read_source(walk, turn, command.source)
        command = replace(command, text=text, source=None)
    if command.target is None:
        return (yield from _type_here(walk, turn, command))
    if command.guessed and isinstance(pick(command.target, turn.observation, prefer=FIELD_ROLES), Abstention):
        # "enter the name Bob": where no field is called so, the noun only says what the text is.
        return (yield from _type_here(walk, turn, command))
    if (field := _only_nameless(command.target, turn.observation)) is not None:
        return (yield from set_value(walk, turn, field, command.text))
    turn, fits = yield from locate_all(walk, turn, command.target, prefer=FIELD_ROLES)
    for fit in fits:
        turn = yield from set_value(walk, turn, fit.element, command.text)
    return turn


def _only_nameless(target: c.Target, observation: Observation) -> Element | None:
    """The one field there is, if it has no name: "as the date" then only says what the text is."""
    fields = [e for e in fields_of(observation) if e.role in FIELD_ROLES]
    plain = target.words and not target.literal and target.ordinal is None and not target.relation and not target.every
    described = len(target.words.split()) > 3 or re.search(r"\b(?:that|which|with|whose)\b", target.words)
    if len(fields) != 1 or fields[0].label or not plain or described:
        return None
    return fields[0] if isinstance(pick(target, observation, prefer=SETTABLE), Abstention) else None


def set_value(walk: Walk, turn: Turn, element: Element, value: object) -> Routine[Turn]:
    """Bring one control to show a value, by the same routines that fill forms."""
    if element.role not in TEXTUAL | TICKS | {"slider", "listbox"}:
        raise GiveUp(f"{name(element)} is nothing that takes a value")
    value = _in_order_of(element, value)
    secret = "secret" in {lexicon().kinds[meaning] for meaning in lexicon().meaning(element.label or element.hint)}
    filled = yield from operate(walk.desk, turn, [element], Wish(value, secret=secret))
    if filled.verdict != "ok" and days_of(str(value)) and shown_month(filled.turn.observation):
        filled = yield from pick_as_said(walk.desk, filled.turn, element, str(value))
    if filled.verdict == "ok" and (half := _HALF_DAY.search(str(value))) and not _HALF_DAY.search(filled.read):
        filled = yield from _set_half_day(walk, filled.turn, element, f"{half[1]}M".upper())
    secret = secret or _hidden(filled.read, str(value))
    return _accepted(filled, element, secret)


_HALF_DAY = re.compile(r"(?<![^\W\d_])([ap])\.?\s?m\b", re.IGNORECASE)


def _set_half_day(walk: Walk, turn: Turn, element: Element, half: str) -> Routine[Filled]:
    """A time that shows neither AM nor PM may lack it: its segment comes next, and what is typed must be seen."""
    turn = yield from type_text(turn, element, half, replace=False)
    text, box = value_of(turn.observation, element)
    for read in (text, walk.desk.reread(turn.observation.screenshot, box)):
        if (shown := _HALF_DAY.search(read)) and shown[1].upper() == half[0]:
            return Filled(turn, "ok", read)
    return Filled(turn, "unknown", text, f"it can't be seen whether it says {half}")


def _in_order_of(element: Element, value: object) -> object:
    """A date that can be read two ways means what the order of the field's own segments says."""
    order = date_order(mended(element.hint or element.text)) if is_segmented(element) else None
    days = readings(str(value), order) if order else ()
    if len(days) != 1 or days[0].year is None or days[0].day is None:
        return value
    return f"{days[0].year:04}-{days[0].month:02}-{days[0].day:02}"


def _hidden(read: str, text: str) -> bool:
    """Whether a field shows a dot for each character of what was typed."""
    dots = read.replace(" ", "")
    return len(dots) == len(text) > 0 and not dots.strip("•●·∙*.")


def _accepted(filled: Filled, element: Element, secret: bool = False) -> Turn:
    if filled.verdict == "ok" or (secret and (filled.verdict == "unknown" or _dotted(filled.read))):
        return filled.turn
    if filled.candidates:
        raise Uncertain(f"{name_of(element)!r}: {filled.note}", filled.candidates)
    shown = f" (it shows {filled.read!r})" if filled.read and not secret else ""
    raise GiveUp(f"{name_of(element)!r}: {filled.note or filled.verdict}{shown}")


def _dotted(read: str) -> bool:
    return bool(read) and not read.replace(" ", "").strip("•●·∙*")


def _type_here(walk: Walk, turn: Turn, command: c.Enter) -> Routine[Turn]:
    """Type where the focus is: into the field last aimed at, the focused one, or the only one there is.

    After keys were pressed the focus is wherever they brought it, and nothing there is replaced.
    """
    if walk.keyed:
        return (yield from _type_at_focus(walk, turn, command))
    last = walk.last.element if walk.last else None
    focused = [e for e in fields_of(turn.observation) if e.state.focused]
    fields = [e for e in fields_of(turn.observation) if e.role in FIELD_ROLES]
    field = last if last is not None and last.role in FIELD_ROLES else None
    field = field or (focused[0] if len(focused) == 1 else None)
    if field is not None:
        return (yield from set_value(walk, turn, field, command.text))
    if (only := fields[0] if len(fields) == 1 else _document(fields, turn.observation)) is not None:
        turn, focused_there = yield from focus(turn, only)
        # What shows values and takes none (a calculator's display) leaves the typing to the window.
        if focused_there:
            return (yield from set_value(walk, turn, only, command.text))
        return (yield from _type_at_focus(walk, turn, command))
    turn, caret = yield from _caret(turn)
    home = [e for e in fields if caret is not None and e.box.grow(4).contains(caret.center)]
    if home:
        return (yield from set_value(walk, turn, home[0], command.text))
    if caret is None and len(fields) > 1:
        raise Uncertain("into which field is not said", tuple(name_of(e) for e in fields))
    return (yield from _type_at_focus(walk, turn, command))


def _document(fields: Sequence[Element], observation: Observation) -> Element | None:
    """The field that takes up most of the window, as that of an editor does."""
    largest = max(fields, key=lambda e: e.box.area, default=None)
    return largest if largest and largest.box.area > 0.4 * observation.screenshot.region.area else None


def _caret(turn: Turn) -> Routine[tuple[Turn, Box | None]]:
    """Where something thin and upright blinks, which is where typing goes; None where nothing does."""
    for seconds in BLINK:
        before = turn.observation.screenshot
        turn = yield from wait(turn, seconds, "look for the caret")
        after = turn.observation.screenshot
        if before.pixels.shape != after.pixels.shape:
            continue
        ys, xs = np.nonzero((before.pixels != after.pixels).any(axis=2))
        if len(ys) and int(np.ptp(xs)) < CARET_WIDTH and CARET_HEIGHT[0] <= int(np.ptp(ys)) <= CARET_HEIGHT[1]:
            scale, region = after.scale, after.region
            box = Box.of(xs.min() / scale, ys.min() / scale, (xs.max() + 1) / scale, (ys.max() + 1) / scale)
            return turn, box.shift(region.left, region.top)
    return turn, None


def _type_at_focus(walk: Walk, turn: Turn, command: c.Enter) -> Routine[Turn]:
    before = turn.observation
    proposal = Proposal(action=TypeText(text=command.text), thought=command.said)
    turn = yield from perform(turn, lambda _: proposal)
    walk.keyed = True
    if not turn.observation.changed and turn.observation.number > before.number:
        raise GiveUp("nothing was seen to be typed")
    return (
        turn
        if _legible(command.text, turn.observation)
        else _doubt("the text was typed, but it can't be read on the screen")
    )


def _legible(text: str, observation: Observation) -> bool:
    """Whether the end of a text can be read somewhere; where in the window it went is not known, so roughly will do."""
    lines = [fold(line) for line in text.splitlines() if line.strip()]
    shown = {fold(text) for e in observation.elements for text in (e.text, e.label, e.hint, e.error, e.group)}
    shown |= {fold(_row(observation, e)) for e in observation.elements}
    return not lines or any(
        lines[-1] in text or (len(text) >= min(0.6 * len(lines[-1]), 20) and partial_ratio(lines[-1], text) >= 75)
        for text in shown
    )


def _row(observation: Observation, element: Element) -> str:
    """All that is written at the height of an element: a long line may have been read in pieces."""
    middle = element.box.center.y
    row = [e for e in observation.elements if e.box.height < 40 and e.box.top <= middle < e.box.bottom]
    return " ".join(e.text for e in sorted(row, key=lambda e: e.box.left))


def _doubt(reason: str) -> Turn:
    raise GiveUp(reason)


def put(walk: Walk, turn: Turn, command: c.Put) -> Routine[Turn]:
    """Bring a control of any kind to show a value; a group of radios or checkboxes may be named by its question."""
    if group := _group(turn.observation, command.target):
        filled = yield from operate(walk.desk, turn, group, Wish(command.value))
        return _accepted(filled, group[0])
    if (field := _only_nameless(command.target, turn.observation)) is not None:
        return (yield from set_value(walk, turn, field, command.value))
    turn, fit = yield from locate(walk, turn, command.target, prefer=SETTABLE)
    return (yield from set_value(walk, turn, fit.element, command.value))


def _group(observation: Observation, target: c.Target) -> list[Element]:
    """The radios or checkboxes under a question of that name."""
    if not target.words:
        return []
    ticks = [e for e in observation.elements if e.role in TICKS and likeness(target.words, e.group) >= 0.9]
    return ticks if len(ticks) > 1 and len({e.role for e in ticks}) == 1 else []


# ---------------------------------------------------------------- choosing and ticking


def choose(walk: Walk, turn: Turn, command: c.Choose) -> Routine[Turn]:
    """Choose options in the control that is named, or wherever their captions are seen."""
    if not command.options:
        return turn
    value: object = _one_or_many(command.options)
    if command.target is not None:
        if group := _group(turn.observation, command.target):
            filled = yield from operate(walk.desk, turn, group, Wish(value))
            return _accepted(filled, group[0])
        turn, fit = yield from locate(walk, turn, command.target, prefer=LIST_ROLES)
        if fit.element.role in TEXTUAL | {"listbox", "slider"}:
            return (yield from set_value(walk, turn, fit.element, value))
        return (yield from _choose_seen(walk, turn, command, within=fit.element))
    return (yield from _choose_seen(walk, turn, command, within=None))


def _one_or_many(options: Sequence[str]) -> object:
    return options[0] if len(options) == 1 else list(options)


def _choose_seen(walk: Walk, turn: Turn, command: c.Choose, within: Element | None) -> Routine[Turn]:
    """Choose by captions in view; if they are not, in the only list there is."""
    for option in command.options:
        target = read_target(option)
        target = c.Target(option, option, literal=True) if not target.words else target
        found = candidates(target, turn.observation, prefer=TICKABLE)
        fits = [] if isinstance(found, Abstention) else found
        if within is not None:
            fits = [fit for fit in fits if inside(fit.element, within.box)] or fits
        fits = [fit for fit in fits if fit.element.role not in ("textbox", "textarea")]
        if not any(_named(option, fit.element) for fit in fits):
            return (yield from _choose_in_only_list(walk, turn, command))
        turn, fit = yield from locate(walk, turn, target, prefer=TICKABLE)
        if fit.element.role in TICKS:
            turn = _accepted((yield from set_tick(turn, fit.element, True)), fit.element)
        elif fit.element.role in LIST_ROLES:
            turn = yield from set_value(walk, turn, fit.element, option)
        else:
            turn = yield from _choose_text(walk, turn, target, fit, command)
    return turn


def _named(option: str, element: Element) -> bool:
    return max(likeness(option, element.label), likeness(option, element.text)) >= 0.6


def _choose_text(walk: Walk, turn: Turn, target: c.Target, fit: Fit, command: c.Choose) -> Routine[Turn]:
    """A caption that is no tick: a row of a list box, or something to click."""
    box = next((e for e in turn.observation.elements if e.role == "listbox" and inside(fit.element, e.box)), None)
    if box is None:
        return (yield from click_fit(turn, target, fit, command))
    value: object = _one_or_many(command.options)
    return (yield from set_value(walk, turn, box, value))


def _choose_in_only_list(walk: Walk, turn: Turn, command: c.Choose) -> Routine[Turn]:
    lists = [e for e in turn.observation.elements if e.role in LIST_ROLES]
    if len(lists) != 1:
        seen = tuple(name_of(e) for e in lists)
        raise Uncertain(f"{', '.join(command.options)} is not in view, and which list to look in is not said", seen)
    value: object = _one_or_many(command.options)
    return (yield from set_value(walk, turn, lists[0], value))


def tick(walk: Walk, turn: Turn, command: c.Tick) -> Routine[Turn]:
    """Check, uncheck or toggle; only what is not yet so is clicked."""
    for target in command.targets:
        turn, fits = yield from locate_all(walk, turn, target, prefer=TICKABLE)
        for fit in fits:
            turn = yield from _tick_one(turn, target, fit, command)
    return turn


def _tick_one(turn: Turn, target: c.Target, fit: Fit, command: c.Tick) -> Routine[Turn]:
    element = fit.element
    if element.role not in TICKS:
        return (yield from click_fit(turn, target, fit, command))
    if element.role == "radio" and command.on is False:
        raise GiveUp(f"{name(element)} can't be unchecked: another option must be chosen")
    on = command.on if command.on is not None else not element.state.checked
    return _accepted((yield from set_tick(turn, element, on)), element)
