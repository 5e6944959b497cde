"""The one way to operate any control: give it the elements and the value, get back what they show afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agent.meaning.dates import date_order
from agent.meaning.options import choose_option, same_option, truth
from agent.planners.embedded.calendars import pick_day, shown_month
from agent.planners.embedded.chips import choose_several
from agent.planners.embedded.choices import (
    NO_LIST,
    Bring,
    Pick,
    choose,
    choose_in_list,
    choose_radio,
    set_tick,
    set_ticks,
    stay,
)
from agent.planners.embedded.desk import Desk
from agent.planners.embedded.pressed import press_options
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.segments import (
    When,
    accepts,
    fill_segments,
    is_segmented,
    mended,
    part_accepts,
    part_values,
    parts_of,
    when_of,
)
from agent.planners.embedded.sliders import numbers, set_slider
from agent.planners.embedded.texts import Accept, Filled, fill_text, without_icons
from agent.planners.embedded.values import items_of, value_matches, write_value
from agent.planners.embedded.view import TEXTUAL, find_again
from agent.schema import Element, FieldVerdict
from agent.wording import same_text

_CODES = {"d": "%d", "m": "%m", "y": "%Y"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that a control is to show; `meaning` is the shape of such values, from the lexicon."""

    value: object
    secret: bool = False
    meaning: str = ""
    parts: str = ""
    """For a date in several boxes: which part each asks for, such as `dmy`."""
    strict: bool = False
    """Only the spelling that the field asks for will do: the page refused another one of the same value."""


def operate(desk: Desk, turn: Turn, elements: Sequence[Element], wish: Wish, bring: Bring = stay) -> Routine[Filled]:
    """Bring a control to show a value. `elements` are one field, or the options or parts of one."""
    roles = {e.role for e in elements}
    first = elements[0]
    if roles <= {"radio"} and (len(elements) > 1 or truth(wish.value) is None):
        return (yield from choose_radio(turn, elements, picker(wish.value), bring))
    if roles <= {"checkbox", "switch", "radio", "button"}:
        return (yield from _ticks(turn, elements, wish, bring))
    if len(elements) > 1:
        return (yield from _parts(desk, turn, elements, wish, bring))
    turn, found = yield from bring(turn, first)
    if found is None:
        return Filled(turn, "unknown", "", "it is no longer seen")
    # The caption and the format that it asks for may be hidden by now; they were seen when the form was empty.
    known = {"label": first.label or found.label, "hint": first.hint or found.hint, "group": first.group or found.group}
    if not found.label and first.label and not first.text and same_text(first.label, found.text) == "same":
        known["text"] = ""  # the caption at rest inside
    if first.role == "combobox" and found.role in TEXTUAL:
        known["role"] = first.role  # something may cover its arrow now
    return (yield from _one(desk, turn, found.model_copy(update=known), wish))


def _one(desk: Desk, turn: Turn, field: Element, wish: Wish) -> Routine[Filled]:
    items = items_of(wish.value)
    if (len(items) > 1 or _is_list(wish.value)) and field.role in ("combobox", "textbox"):
        several = yield from choose_several(desk, turn, field, items, [picker(item) for item in items])
        if several is not None:
            return several
    match field.role:
        case "combobox":
            return (yield from _dropdown(desk, turn, field, wish))
        case "listbox":
            return (yield from choose_in_list(turn, field, [picker(item) for item in items_of(wish.value)]))
        case "slider":
            wanted = numbers(str(wish.value))
            if len(wanted) != 1:
                return Filled(turn, "unfilled", "", "a slider takes one number")
            return (yield from set_slider(turn, field, wanted[0]))
        case role if role in TEXTUAL:
            return (yield from _text(desk, turn, field, wish))
        case role:
            return Filled(turn, "unfilled", "", f"there is no way to fill a {role}")


def _text(desk: Desk, turn: Turn, field: Element, wish: Wish) -> Routine[Filled]:
    when = None if wish.secret else when_of(wish.value)
    if when is not None and is_segmented(field):
        return (yield from fill_segments(desk, turn, field, when))
    said = dict.fromkeys(part for part in (field.label, field.hint, field.text, field.group) if part)
    asks = mended(" ".join(said))
    writing = write_value(wish.value, meaning=wish.meaning, asks=asks, refused=wish.strict)
    if writing.doubt:
        return Filled(turn, "unfilled", "", writing.doubt)
    others = [str(wish.value)] if writing.text != str(wish.value) and isinstance(wish.value, str) else []

    moment = accepts(when, date_order(mended(field.hint)) or writing.order) if when is not None else None

    only_digits = writing.text.isdigit() and isinstance(wish.value, str) and not wish.value.isdigit()

    def judge(read: str) -> FieldVerdict:
        if only_digits and not read.isdigit():
            return "wrong"
        if wish.strict and read and same_text(writing.text, read) == "different":
            return "wrong"
        verdict = value_matches(wish.value, read, writing.kind, writing.order)
        if verdict != "ok" and moment is not None and moment(read) == "ok":
            return "ok"
        # What was typed is what counts where the record's own spelling could be read in two ways.
        if verdict == "unknown" and same_text(writing.text, read) in ("same", "alike"):
            return "ok"
        return verdict

    def accept(read: str) -> FieldVerdict:
        verdict = judge(read)
        others = (without_icons(writing.text, read), _without_label(field, read), _without_unit(field, read))
        return "ok" if verdict != "ok" and any(judge(other) == "ok" for other in others) else verdict

    filled = yield from fill_text(desk, turn, field, [writing.text, *others], accept, secret=wish.secret)
    if filled.verdict == "unfilled" and when is not None and when.day and not (when.clock or when.month_only):
        picked = yield from pick_day(desk, filled.turn, field, when.day, moment or accept)
        filled = picked or filled
    if filled.verdict == "ok" and when is not None and when.day and shown_month(turn.observation) is None:
        filled = yield from _confirm_day(desk, filled, field, when.day, moment or accept)
    if filled.verdict == "wrong" and when is not None and same_text(writing.text, filled.read) != "same":
        # What was typed came out as something else: the field may take the parts of a date one by one.
        now = find_again(filled.turn.observation, field) or field
        now = now.model_copy(update={"hint": field.hint, "label": field.label})
        return (yield from fill_segments(desk, filled.turn, now, when, sure=True))
    return filled._replace(note=filled.note or writing.note) if filled.verdict != "ok" else filled


_WITH_UNIT = re.compile(r"([^\W\d]{1,4}\.?\s+|[^\w\s]\s*)?[-+]?\d[\d.,]*(\s*(?:[^\W\d]{1,8}\.?|[%°][CF]?))?")
"""A number with what a field writes round it by itself."""


def _without_unit(field: Element, read: str) -> str:
    """A reading without the unit that stood in the field before anything was typed; the caret may stand before it."""
    shown = _WITH_UNIT.fullmatch(field.text.strip()) if not field.state.placeholder else None
    before, after = ((shown[1] or "").strip(), (shown[2] or "").strip()) if shown else ("", "")
    if not (before or after) or not (read.startswith(before) and read.endswith(after)):
        return ""
    return read[len(before) : len(read) - len(after)].strip(" |‖")


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _confirm_day(desk: Desk, filled: Filled, field: Element, day: date, accept: Accept) -> Routine[Filled]:
    """Take the day in a calendar that stays open: what was only typed may be dropped when it closes."""
    if shown_month(filled.turn.observation) is None:
        return filled
    return (yield from pick_day(desk, filled.turn, field, day, accept)) or filled


def _without_label(field: Element, read: str) -> str:
    """A reading of several lines without the first one, where that is the caption: it floats inside the field."""
    first, _, rest = read.partition("\n")
    return rest if rest and field.label and same_text(field.label, first) in ("same", "alike") else read


def _dropdown(desk: Desk, turn: Turn, field: Element, wish: Wish) -> Routine[Filled]:
    items = items_of(wish.value)
    if len(items) != 1:
        return Filled(turn, "unfilled", "", "this list takes one value")
    value = items[0]

    def shows(text: str) -> bool:
        return same_option(value, text)

    filled = yield from choose(desk, turn, field, value, picker(value), shows=shows)
    if filled.verdict != "unfilled" or filled.note != NO_LIST:
        return filled
    # A box with an arrow that opens nothing may be typed into.
    found = find_again(filled.turn.observation, field) or field
    return (yield from _text(desk, filled.turn, found, wish))


def _ticks(turn: Turn, boxes: Sequence[Element], wish: Wish, bring: Bring) -> Routine[Filled]:
    labels = [e.label or e.text for e in boxes]
    items = items_of(wish.value)
    wanted = truth(wish.value) if len(items) == 1 else None
    if len(boxes) > 1 and wanted is not None and choose_option(items[0], labels).index is None:
        return Filled(turn, "unfilled", "", "yes or no does not say which of these", tuple(labels))
    if len(boxes) > 1 and all(e.role == "button" for e in boxes):
        return (yield from press_options(turn, boxes, [picker(item) for item in items], bring))
    if len(boxes) > 1:
        return (yield from set_ticks(turn, boxes, [picker(item) for item in items], bring))
    if wanted is None:
        if not items or not any(items):
            wanted = False
        elif len(items) == 1 and same_option(items[0], labels[0]):
            wanted = True
        else:
            return Filled(turn, "unfilled", "", "the value says neither yes nor no", tuple(labels))
    elif (said := truth(labels[0])) is not None:
        wanted = wanted == said  # the box is one of the answers, and not the question
    if not wanted and boxes[0].role == "radio":
        return Filled(
            turn, "unfilled", "", "only one of its options is seen, and not the one that is meant", (labels[0],)
        )
    turn, found = yield from bring(turn, boxes[0])
    if found is None:
        return Filled(turn, "unknown", "", "it is no longer seen")
    return (yield from set_tick(turn, found, wanted))


def _parts(desk: Desk, turn: Turn, boxes: Sequence[Element], wish: Wish, bring: Bring) -> Routine[Filled]:
    """A date asked for in several boxes or lists."""
    when = when_of(wish.value)
    parts = [(box, _CODES[part]) for box, part in zip(boxes, wish.parts, strict=False)] or parts_of(boxes)
    if when is None or parts is None:
        names = tuple(e.label or e.hint for e in boxes)
        return Filled(turn, "unfilled", "", "how the value is divided among these fields is not plain", names)
    reads: list[str] = []
    for box, code in parts:
        turn, found = yield from bring(turn, box)
        if found is None:
            return Filled(turn, "unknown", " ".join(reads), f"{box.label!r} is no longer seen")
        asks = " ".join(text for e in boxes for text in (e.hint, e.group))
        filled = yield from _part(desk, turn, found, when, code, asks)
        turn = filled.turn
        reads.append(filled.read)
        if filled.verdict != "ok":
            return filled._replace(read=" ".join(reads), note=f"{box.label}: {filled.note}")
    return Filled(turn, "ok", " ".join(reads))


def _part(desk: Desk, turn: Turn, field: Element, when: When, code: str, asks: str) -> Routine[Filled]:
    ways, accept = part_values(when, code), part_accepts(when, code)
    order = date_order(asks)
    if field.role != "combobox" and order is not None and not order.padded:
        # The example that the form gives has no zeros in front.
        ways = ways[1::-1] if len(ways) > 1 else ways
    if field.role != "combobox":
        return (yield from fill_text(desk, turn, field, ways, accept))

    def pick(labels: Sequence[str]) -> int | None:
        fits = [n for n, label in enumerate(labels) if accept(label) == "ok"]
        return fits[0] if len(fits) == 1 else None

    wanted = ways[2] if code == "%m" and len(ways) > 2 else ways[min(1, len(ways) - 1)]
    return (yield from choose(desk, turn, field, wanted, pick, shows=lambda text: accept(text) == "ok"))


def picker(value: object) -> Pick:
    """Picks the one option that means a value."""
    return lambda labels: choose_option(value, labels).index
