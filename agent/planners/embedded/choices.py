"""Operating controls that offer a choice: ticks, radio groups, dropdowns and lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from agent.planners.embedded.desk import Desk, click, name_of, press, scroll, type_text, wait
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.suggestions import popup_words
from agent.planners.embedded.texts import Filled, value_of
from agent.planners.embedded.view import TEXTUAL, TICKS, find_again, hull, inside, reading_order
from agent.schema import Box, Element, Expectation, Observation, Pixels, Point
from agent.wording import normalise, same_text

Pick = Callable[[Sequence[str]], int | None]
"""Which of some option labels means what is wanted; None where none does, or more than one."""
Bring = Callable[[Turn, Element], Routine[tuple[Turn, Element | None]]]
"""Brings an element into view; the newest look and what is seen of it there."""

DISABLED = "the field can't be changed"
NO_LIST = "no list opened"
LIST_LOOKS = 40
TICKS_TRIED = 3
OPENING = 0.4
"""Seconds in which a list that a click opened is drawn, at the latest."""
LONG_LIST = 7
"""From so many options in view a list is searched by typing before it is scrolled."""


# ---------------------------------------------------------------- ticks


def set_tick(turn: Turn, field: Element, on: bool) -> Routine[Filled]:
    """Click a checkbox or switch only if its state differs; verified by its drawing."""
    found = _option_again(turn.observation, field)
    for attempt in range(TICKS_TRIED + 1):
        if found is None or found.state.checked is None:
            # A focus ring may hide what is drawn inside it.
            turn = yield from _look_away(turn, field)
            found = _option_again(turn.observation, field)
        if found is None:
            return Filled(turn, "unknown", "", "it is no longer seen")
        if found.state.checked is None:
            return Filled(turn, "unknown", "", "its state can't be seen")
        if found.state.checked == on:
            return Filled(turn, "ok", _yes_no(on))
        if attempt == TICKS_TRIED:
            break
        turn = yield from _tick(turn, found, attempt, on)
        found = _option_again(turn.observation, field)
    note = "it can't be changed" if found is not None and found.state.disabled else "it does not take the click"
    return Filled(turn, "wrong", _yes_no(not on), note)


def _option_again(observation: Observation, field: Element) -> Element | None:
    """A choice again; of a button that is one, also the box in it that comes to be seen once it is ticked."""
    found = find_again(observation, field)
    if found is None and field.role == "button":
        ticks = [e for e in observation.elements if e.role in TICKS and inside(e, field.box)]
        return ticks[0] if len(ticks) == 1 else None
    return found


def _look_away(turn: Turn, field: Element) -> Routine[Turn]:
    return (yield from press(turn, ("tab",), f"take the focus away, to see {name_of(field)!r}"))


def _tick(turn: Turn, found: Element, attempt: int, on: bool) -> Routine[Turn]:
    expect = Expectation(kind="checked" if on else "unchecked")
    verb = "tick" if on else "untick"
    if attempt == 1 and found.label_box is not None:
        center = found.label_box.center
        at = Point(x=center.x - found.box.left, y=center.y - found.box.top)
        return (yield from click(turn, found, f"{verb} {name_of(found)!r} by its label", intent="choose", at=at))
    return (yield from click(turn, found, f"{verb} {name_of(found)!r}", intent="choose", expect=expect))


def _yes_no(on: bool) -> str:
    return "yes" if on else "no"


def stay(turn: Turn, element: Element) -> Routine[tuple[Turn, Element | None]]:
    """The way to bring an element into view where nothing scrolls: find it."""
    return turn, find_again(turn.observation, element)
    yield  # pragma: no cover (a routine that proposes nothing)


def choose_radio(turn: Turn, radios: Sequence[Element], pick: Pick, bring: Bring = stay) -> Routine[Filled]:
    """Click the radio button whose caption means the value; `ok` when it alone is set."""
    labels = tuple(e.label or e.text for e in radios)
    index = pick(labels)
    if index is None:
        return Filled(turn, "unfilled", "", "no option fits", labels)
    turn, found = yield from bring(turn, radios[index])
    if found is None:
        turn = yield from _look_away(turn, radios[index])
        turn, found = yield from bring(turn, radios[index])
    if found is None:
        return Filled(turn, "unknown", "", f"{labels[index]!r} is no longer seen", labels)
    filled = yield from set_tick(turn, found, True)
    if filled.verdict != "ok":
        return filled._replace(read=_set_one(filled.turn.observation, radios) or filled.read)
    others = [_checked(filled.turn.observation, e) for i, e in enumerate(radios) if i != index]
    if any(others):
        return filled._replace(verdict="wrong", read=labels[index], note="another option is set too")
    return filled._replace(read=labels[index])


def _checked(observation: Observation, e: Element) -> bool:
    found = _option_again(observation, e)
    return bool(found and found.state.checked)


def _set_one(observation: Observation, radios: Sequence[Element]) -> str:
    return next((e.label for e in radios if _checked(observation, e)), "")


def set_ticks(turn: Turn, boxes: Sequence[Element], picks: Sequence[Pick], bring: Bring = stay) -> Routine[Filled]:
    """In a group of checkboxes tick exactly those that the values mean and untick the others."""
    labels = tuple(e.label or e.text for e in boxes)
    chosen = [pick(labels) for pick in picks]
    if None in chosen:
        return Filled(turn, "unfilled", "", "no option fits one of the values", labels)
    for index, box in enumerate(boxes):
        turn, found = yield from bring(turn, box)
        if found is None:
            turn = yield from _look_away(turn, box)
            turn, found = yield from bring(turn, box)
        if found is None:
            return Filled(turn, "unknown", "", f"{labels[index]!r} is no longer seen", labels)
        filled = yield from set_tick(turn, found, index in chosen)
        turn = filled.turn
        if filled.verdict != "ok":
            return filled._replace(note=f"{labels[index]}: {filled.note}")
    return Filled(turn, "ok", ", ".join(labels[i] for i in range(len(labels)) if i in chosen))


# ---------------------------------------------------------------- dropdowns


def choose(
    desk: Desk, turn: Turn, field: Element, wanted: str, pick: Pick, *, shows: Callable[[str], bool] | None = None
) -> Routine[Filled]:
    """Open a dropdown, find the option that means the value, click it and read the field back."""
    shown, _ = value_of(turn.observation, field)
    if shown and (shows(shown) if shows else same_text(wanted, shown) == "same"):
        return Filled(turn, "ok", shown)
    closed = turn
    turn, options = yield from open_list(turn, field)
    if not options:
        return Filled(turn, "unfilled", shown, DISABLED if field.state.disabled else NO_LIST)
    turn, option, seen = yield from find_option(closed, turn, field, wanted, pick)
    if option is None:
        shown, _ = value_of(turn.observation, field)
        if len(seen) >= LONG_LIST and shown and (shows(shown) if shows else same_text(wanted, shown) == "same"):
            # The row that typing went to is marked, and what is marked is not always read as a row.
            turn = yield from press(turn, ("enter",), f"take {shown!r}", target=field)
            return read_choice(desk, turn, field, shown, seen)
        turn = yield from close_list(closed, turn, field)
        shown, _ = value_of(turn.observation, field)
        return Filled(turn, "unfilled", shown, f"the list has no option for {wanted!r}", tuple(seen))
    turn = yield from click(turn, option, f"choose {option.text!r}", intent="choose")
    if still_open(closed, turn, field, seen):
        # Some rows are no options (a heading, "Choose ..."): a list left open would take the next click.
        turn = yield from press(turn, ("esc",), f"close the list of {name_of(field)!r}", intent="dismiss")
    return read_choice(desk, turn, field, option.text, seen)


def still_open(closed: Turn, turn: Turn, field: Element, seen: Sequence[str]) -> bool:
    """Whether the options of a list are still in view."""
    words = {e.text for e in popup_words(closed.observation, turn.observation, field)}
    return len(words & set(seen)) >= 2


def open_list(turn: Turn, field: Element) -> Routine[tuple[Turn, list[Element]]]:
    """Open a dropdown by a click, or by the keyboard where the click shows no list; the options in view."""
    closed = turn
    turn = yield from click(turn, field, f"open {name_of(field)!r}", intent="choose")
    options = popup_words(closed.observation, turn.observation, field)
    if not options:
        # A key pressed before a slow list is drawn would close it again.
        turn = yield from wait(turn, OPENING, f"let the list of {name_of(field)!r} open")
        options = popup_words(closed.observation, turn.observation, field)
    for keys in (("alt", "down"), ("down",)):
        if options:
            break
        turn = yield from press(turn, keys, f"open {name_of(field)!r} by the keyboard", target=field)
        options = popup_words(closed.observation, turn.observation, field)
    return turn, options


def close_list(closed: Turn, turn: Turn, field: Element) -> Routine[Turn]:
    """Close an open list without choosing; Escape only while a list is seen, since it would also close a dialog."""
    if popup_words(closed.observation, turn.observation, field):
        turn = yield from press(turn, ("esc",), f"close the list of {name_of(field)!r}", intent="dismiss")
    return turn


def find_option(
    closed: Turn, turn: Turn, field: Element, wanted: str, pick: Pick
) -> Routine[tuple[Turn, Element | None, list[str]]]:
    """Look for an option in an open list, by typing its first word and then by scrolling; all options seen."""
    seen: list[str] = []

    def look(turn: Turn) -> list[Element]:
        options = reading_order(popup_words(closed.observation, turn.observation, field))
        seen.extend(e.text for e in options if e.text not in seen)
        return options

    options = look(turn)
    if (hit := exact(options, wanted)) is not None:
        return turn, hit, seen
    if len(options) >= LONG_LIST and (word := normalise(wanted).split(" ")[0]).isalnum():
        turn = yield from type_text(turn, field, word, replace=False, thought=f"look for {wanted!r} in the list")
        if (hit := exact(look(turn), wanted)) is not None:
            return turn, hit, seen
    turn, hit = yield from _scroll_for(turn, look, lambda found: exact(found, wanted))
    if hit is not None:
        return turn, hit, seen
    index = pick(seen)
    if index is None:
        return turn, None, seen
    label = seen[index]
    if (hit := exact(look(turn), label)) is not None:
        return turn, hit, seen
    turn, hit = yield from _scroll_for(turn, look, lambda found: exact(found, label), back=True)
    return turn, hit, seen


def exact(options: Sequence[Element], wanted: str) -> Element | None:
    """The one option that reads like the text; a box that is typed into to search the list is none."""
    options = sorted(options, key=lambda e: e.role in TEXTUAL)
    for grade in ("same", "alike"):
        hits = [e for e in options if same_text(wanted, e.text) == grade]
        if hits:
            return hits[0]
    hits = [e for e in options if normalise(e.text).casefold() == normalise(wanted).casefold()]
    return hits[0] if len(hits) == 1 else None


def _scroll_for(
    turn: Turn,
    look: Callable[[Turn], list[Element]],
    found: Callable[[Sequence[Element]], Element | None],
    *,
    back: bool = False,
) -> Routine[tuple[Turn, Element | None]]:
    """Turn the wheel over an open list until the option shows or nothing moves; up first, then down."""
    for direction in (-1,) if back else (1, -1):
        for _ in range(LIST_LOOKS):
            options = look(turn)
            if not options:
                return turn, None
            before = [(e.text, e.box.top) for e in options]
            area = hull([e.box for e in options])
            turn = yield from scroll(turn, area.center, 4 * direction, "look further in the list")
            options = look(turn)
            if (hit := found(options)) is not None:
                return turn, hit
            if [(e.text, e.box.top) for e in options] == before:
                break
    return turn, None


def read_choice(desk: Desk, turn: Turn, field: Element, option: str, seen: Sequence[str]) -> Filled:
    """Whether a dropdown shows the option that was clicked; a clipped caption counts if no other begins so."""
    shown, box = value_of(turn.observation, field)
    for text in (shown, None):
        read = desk.reread(turn.observation.screenshot, box) if text is None else text
        match same_text(option, read):
            case "same" | "alike":
                return Filled(turn, "ok", option)
            case "partial" if sum(same_text(o, read) != "different" for o in seen) <= 1:
                return Filled(turn, "ok", option, f"clipped: shows {read!r}")
            case _:
                shown = read or shown
    return Filled(turn, "wrong" if shown else "unknown", shown, f"shows {shown!r} after {option!r} was chosen")


# ---------------------------------------------------------------- lists that are always open


def choose_in_list(turn: Turn, field: Element, picks: Sequence[Pick]) -> Routine[Filled]:
    """Select exactly the wanted rows of a list box: the first by a click, further ones with Ctrl held."""
    labels = [e.text for e in list_rows(turn.observation, field)]
    wanted = {labels[i] for pick in picks if (i := pick(labels)) is not None}
    if len(wanted) == len(picks) and selected_rows(turn.observation, field) == wanted:
        return Filled(turn, "ok", ", ".join(sorted(wanted)))
    chosen: list[str] = []
    for number, pick in enumerate(picks):
        turn, row = yield from _find_row(turn, field, pick)
        if row is None:
            seen = tuple(e.text for e in list_rows(turn.observation, field))
            return Filled(turn, "unfilled", "", "the list shows no option for one of the values", seen)
        held = ("ctrl",) if number else ()
        before = turn.observation
        turn = yield from click(turn, row, f"select {row.text!r}", intent="choose", modifiers=held)
        chosen.append(row.text)
        shown = selected_rows(turn.observation, field)
        if shown is not None and row.text not in shown and _turned(before, turn.observation, row, field):
            shown = shown | {row.text}
        if shown is None:
            return Filled(turn, "unknown", "", "which rows are selected can't be seen")
        if row.text not in shown or shown - set(chosen):
            return Filled(turn, "wrong", ", ".join(sorted(shown)), f"{row.text!r} was to be selected")
    return Filled(turn, "ok", ", ".join(chosen))


def _find_row(turn: Turn, field: Element, pick: Pick) -> Routine[tuple[Turn, Element | None]]:
    """A row that means the value, scrolling the list for it; down first, then up."""
    for direction in (1, -1):
        for _ in range(LIST_LOOKS):
            rows = list_rows(turn.observation, field)
            index = pick([e.text for e in rows])
            if index is not None:
                return turn, rows[index]
            before = [e.text for e in rows]
            area = (find_again(turn.observation, field) or field).box
            turn = yield from scroll(turn, area.center, direction, "look further in the list")
            now = [e.text for e in list_rows(turn.observation, field)]
            if now == before or not now:
                break
    return turn, None


def list_rows(observation: Observation, field: Element) -> list[Element]:
    """The readable rows of a list box, top to bottom; a selected row may look like a field of its own."""
    box = (find_again(observation, field) or field).box
    roles = ("text", "option", "link", "textbox", "button")
    rows = [e for e in observation.elements if e.text and e.role in roles and inside(e, box) and e.box.height > 7]
    return reading_order(rows)


def selected_rows(observation: Observation, field: Element) -> set[str] | None:
    """The rows whose background stands out from the list's; None where that can't be told."""
    box = (find_again(observation, field) or field).box
    rows = list_rows(observation, field)
    if not rows:
        return None
    if all(e.state.checked is not None for e in rows):
        return {e.text for e in rows if e.state.checked}
    shot = observation.screenshot
    backs = [_background(shot.crop(_row_of(e.box, box))) for e in rows]
    base = _background(shot.crop(Box.of(box.left + 3, box.bottom - 6, box.right - 3, box.bottom - 3)))
    if not any(_close(back, base) for back in backs):
        # All rows alike say nothing, unless a gap between two rows shows what is behind them.
        return None
    return {e.text for e, back in zip(rows, backs, strict=True) if not _close(back, base)}


def _turned(before: Observation, after: Observation, row: Element, field: Element) -> bool:
    """Whether a row's background is another since a click on it: a selected row may be read as no row any more."""
    strip = _row_of(row.box, field.box)
    old, new = _background(before.screenshot.crop(strip)), _background(after.screenshot.crop(strip))
    others = [_background(after.screenshot.crop(_row_of(e.box, field.box))) for e in list_rows(after, field)]
    return not _close(old, new) and all(not _close(new, other) for other in others)


def _row_of(text: Box, whole: Box) -> Box:
    return Box.of(whole.left + 4, text.top, whole.right - 24, text.bottom)


def _background(pixels: Pixels) -> tuple[int, ...]:
    """The colour that fills most of some pixels."""
    if not pixels.size:
        return (0, 0, 0)
    flat = pixels.reshape(-1, 3)
    colours, counts = np.unique(flat // 4, axis=0, return_counts=True)
    return tuple(int(c) * 4 for c in colours[int(counts.argmax())])


def _close(one: Sequence[int], other: Sequence[int]) -> bool:
    return all(abs(a - b) <= 12 for a, b in zip(one, other, strict=True))
