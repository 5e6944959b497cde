"""Operating fields that are typed into: focus, type, read back, repair once, and mind lists that open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from agent.planners.embedded.desk import Desk, click, name_of, press, type_text, wait
from agent.planners.embedded.emptying import empty_field
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.suggestions import settle_suggestions
from agent.planners.embedded.view import (
    alike,
    differs,
    find_again,
)
from agent.schema import Box, Element, FieldVerdict, Observation, Pixels, Point
from agent.wording import normalise, same_text

_ICONS = re.compile(r"[\s|‖]*[^\x00-\x7f]{1,2}$|\s+[|‖]$")

Accept = Callable[[str], FieldVerdict]
"""Whether a text that was read means what is wanted."""

UNREADABLE = "its script can't be read back"
BLINK = (0.55, 0.3)
"""Waits after which a caret that blinks once a second has been seen both ways."""


class Filled(NamedTuple):
    """How operating a control ended; `read` is what it shows."""

    turn: Turn
    verdict: FieldVerdict
    read: str = ""
    note: str = ""
    candidates: tuple[str, ...] = ()


def fill_text(
    desk: Desk, turn: Turn, field: Element, spellings: Sequence[str], accept: Accept, *, secret: bool = False
) -> Routine[Filled]:
    """Type the first spelling that the field takes; `ok` only when the field was read back and means it."""
    if secret:
        return (yield from _fill_secret(desk, turn, field, spellings[0]))
    verdict, read = check(desk, turn.observation, field, accept)
    if verdict == "ok":
        return Filled(turn, "ok", read)
    if field.state.readonly:
        return Filled(turn, "unfilled", read, "the field can't be changed")
    if problem := untypable(field, spellings[0]):
        return Filled(turn, "unfilled", read, problem)
    filled, first, kept = Filled(turn, "unfilled", read), turn, False
    old = read or field.text  # grey letters may be a placeholder, or the value of a field that is locked
    for attempt, text in enumerate((spellings[0], *spellings[1:2], spellings[0])):
        before = turn
        turn, focused = yield from focus(turn, field, attempt)
        # What was typed before went into this field, so it has the focus even if nothing shows it.
        if not focused and filled.verdict != "wrong":
            note = "the field can't be changed" if field.state.disabled else "the field did not take the focus"
            return Filled(turn, "unfilled", read, note)
        # Where nothing that was typed showed, the keys may not go to the field, and Ctrl+A selects the whole page.
        if attempt and _looks_other(first.observation, before.observation, field):
            turn = yield from empty_field(turn, field)
        # Ctrl+A in what takes no text selects the whole page; an empty field has nothing to be replaced.
        turn = yield from type_text(turn, field, text, replace=not attempt and bool(read))
        if turn.last is not None and turn.last.outcome.status == "no_effect":
            # A busy page draws what was typed a moment later.
            turn = yield from wait(turn, BLINK[0], f"let {name_of(field)!r} show what was typed")
        if _looks_other(before.observation, turn.observation, field):  # what opened by itself offers no suggestions
            turn = yield from settle_suggestions(before, turn, field, text)
        filled = yield from read_back(desk, first, turn, field, text, accept)
        turn = filled.turn
        if filled.verdict == "ok" or (filled.verdict == "unknown" and not desk.readable(text)):
            return filled
        kept = kept or filled.read == old
        if attempt and old and kept:
            turn, shown = yield from _unselected(turn, field, filled.read, old)
            if shown in (old, ""):
                return Filled(turn, "unfilled", old, f"it keeps showing {old!r}: it takes nothing that is typed")
    return filled


def _unselected(turn: Turn, field: Element, read: str, old: str) -> Routine[tuple[Turn, str]]:
    """What a field shows that has kept its value once; light letters on a selection are misread."""
    if read != old:
        turn = yield from press(turn, ("end",), f"see {name_of(field)!r} without its selection", target=field)
        read, _ = value_of(turn.observation, field)
    return turn, read


def untypable(field: Element, text: str) -> str:
    """Why a text must not be typed here: Enter and Tab would leave the field."""
    if "\t" in text:
        return "the value contains a tab, which can't be typed into a form"
    if "\n" in text.strip("\n") and field.role != "textarea":
        return "the value has several lines and the field takes one"
    return ""


def focus(turn: Turn, field: Element, attempt: int = 0, at: Point | None = None) -> Routine[tuple[Turn, bool]]:
    """Click into a field; True once something shows that it has the focus: a ring, a caret, a highlight."""
    before = turn.observation
    count = 1 if attempt == 0 else 3
    turn = yield from click(turn, field, f"click into {name_of(field)!r}", count=count, at=at)
    if has_focus(before, turn.observation, field):
        return turn, True
    for seconds in BLINK:
        last = turn.observation
        turn = yield from wait(turn, seconds, f"look for a caret in {name_of(field)!r}")
        if has_focus(last, turn.observation, field):
            return turn, True
    # It may have had the focus before: then it shows when the focus goes and comes back. (Tab would be typed into
    # a text area.)
    turn = yield from press(turn, ("shift", "tab"), f"take the focus away from {name_of(field)!r}")
    last = turn.observation
    turn = yield from click(turn, field, f"click into {name_of(field)!r} again", at=at)
    return turn, has_focus(last, turn.observation, field)


def has_focus(before: Observation, after: Observation, field: Element) -> bool:
    found = find_again(after, field)
    if found is not None and (found.state.focused or found.box.iou(field.box) < 0.5):
        return bool(found.state.focused) or differs(before, after, found.box.grow(4))
    return differs(before, after, field.box.grow(5))


def value_of(observation: Observation, field: Element) -> tuple[str, Box]:
    """What a field shows as its value, and where the field is now."""
    found = find_again(observation, field)
    if found is None:
        return "", field.box
    if _rests_as_caption(found, field):
        return found.label, found.box
    empty = found.state.placeholder or (found.text and found.text == found.hint)
    # A field does not shrink: where only a part of its frame was found, the value may stand in the rest of it.
    box = found.box.union(field.box) if found.box.iou(field.box) > 0.5 else found.box
    return "" if empty else found.text, box


def _rests_as_caption(found: Element, field: Element) -> bool:
    """Whether what stands inside a field, where its caption was at rest before, is taken for a caption as well."""
    if found.text or not (found.label and field.label) or found.label_box is None:
        return False
    within = found.box.contains(found.label_box.center) and found.box.iou(field.box) > 0.5
    return within and not alike(found.label, field.label)


def named_as(found: Element, known: Element) -> Element:
    """A control under the caption that it had at first, where what it shows now was taken for its caption."""
    return found.model_copy(update={"label": known.label}) if _rests_as_caption(found, known) else found


def check(
    desk: Desk, observation: Observation, field: Element, accept: Accept, *, typed: bool = False
) -> tuple[FieldVerdict, str]:
    """The verdict on what a field shows; a doubtful text is read again, zoomed.

    `typed`: the field looks different than it did before something was typed into it, so that what is seen can't
    be a placeholder.
    """
    text, box = value_of(observation, field)
    if text and accept(text) == "ok":
        return "ok", text
    found = find_again(observation, field)
    if not typed and not text and found is not None and (found.state.placeholder or found.text):
        return "unfilled", ""
    exact = desk.reread(observation.screenshot, box)
    shown = [t for t in (exact, found.text if found and typed else "") if t]
    if found is not None and found.label and field.label and not alike(found.label, field.label):
        # A control that seems to have another caption than before shows its value there.
        shown.append(found.label)
    for read in shown:
        if accept(read) == "ok":
            return "ok", read
    read = text or (exact if typed or found is None or exact != found.hint else "")
    return (accept(read) if read else "unfilled"), read


def read_back(desk: Desk, before: Turn, turn: Turn, field: Element, text: str, accept: Accept) -> Routine[Filled]:
    """Compare what a field shows with what was typed; a value wider than the field is seen at both ends.

    `before` is a look at the field as it was before anything was typed.
    """
    typed = _looks_other(before.observation, turn.observation, field)
    if typed and not desk.readable(text):
        return Filled(turn, "unknown", "", UNREADABLE)
    verdict, read = check(desk, turn.observation, field, accept, typed=typed)
    if verdict == "ok":
        return Filled(turn, "ok", read)
    if _caret_may_be_read(text, read) or verdict == "unknown":
        # A caret behind the text reads like a letter; half a second later it is not drawn.
        turn = yield from wait(turn, BLINK[0], "let the caret blink off")
        verdict, read = check(desk, turn.observation, field, accept, typed=typed)
        if verdict == "ok":
            return Filled(turn, "ok", read)
    if verdict == "unknown" and same_text(text, read) != "partial":
        return (yield from _see_marks(desk, turn, field, text, read))
    if same_text(text, read) != "partial":
        return Filled(turn, "wrong" if read else "unfilled", read, f"shows {read!r}" if read else "shows nothing")
    down = field.role == "textarea"
    turn = yield from press(turn, ("ctrl", "home") if down else ("home",), "see how the value begins", target=field)
    head = _visible(desk, turn, field)
    if accept(head) == "ok":
        return Filled(turn, "ok", head)
    turn = yield from press(turn, ("ctrl", "end") if down else ("end",), "see how the value ends", target=field)
    tail = _visible(desk, turn, field)
    if _begins(text, head) and _ends(text, tail):
        seen = len(head) + len(tail) >= len(text)
        return Filled(turn, "ok", text, "" if seen else "wider than the field: both ends were read")
    return Filled(turn, "wrong", head, f"shows {head!r} ... {tail!r}")


def _looks_other(before: Observation, after: Observation, field: Element) -> bool:
    """Whether the inside of a field looks different in two looks (wherever it stands in each)."""
    now = find_again(after, field)
    inner, old = (now or field).box.grow(-4), field.box.grow(-4)
    one, other = before.screenshot.crop(old).astype(np.int16), after.screenshot.crop(inner).astype(np.int16)
    return one.shape != other.shape or int((np.abs(one - other).max(axis=2) > 60).any(axis=0).sum()) >= 4


def _caret_may_be_read(text: str, read: str) -> bool:
    a, b = normalise(text), normalise(read)
    return a != b and abs(len(a) - len(b)) <= 2 and (b.startswith(a) or a.startswith(b[:-1]) or a.endswith(b))


def _see_marks(desk: Desk, turn: Turn, field: Element, text: str, read: str) -> Routine[Filled]:
    """An OCR that drops accents can't say whether they are shown; the picture without them must look different."""
    plain = bare(text)
    if plain == text or same_text(plain, bare(read)) not in ("same", "alike"):
        return Filled(turn, "unknown", read, f"shows {read!r}, as far as it can be read")
    turn = yield from type_text(turn, field, plain, thought=f"see how {name_of(field)!r} looks without accents")
    before = turn.observation
    turn = yield from type_text(turn, field, text)
    _, read = check(desk, turn.observation, field, lambda seen: "ok" if seen else "unfilled")
    if same_text(plain, bare(read)) not in ("same", "alike"):
        return Filled(turn, "wrong", read, f"shows {read!r}")
    if marks_differ(before, turn.observation, field):
        return Filled(turn, "ok", text, f"read as {read!r}; the accents were told by the picture")
    return Filled(turn, "wrong", read, f"shows {read!r} without the accents")


def bare(text: str) -> str:
    """The text without accents and other marks on its letters."""
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if unicodedata.category(c) != "Mn"))


def marks_differ(before: Observation, after: Observation, field: Element) -> bool:
    """Whether two looks at a field differ in more than a caret."""
    box = (find_again(after, field) or field).box.grow(-3)
    old, new = before.screenshot.crop(box).astype(np.int16), after.screenshot.crop(box).astype(np.int16)
    if old.shape != new.shape or not old.size:
        return False
    columns = (np.abs(old - new).max(axis=2) > 40).any(axis=0)
    return int(columns.sum()) >= 4


def without_icons(wanted: str, read: str) -> str:
    """A reading without what a caret, a calendar or little arrows at the end of a field read like.

    Only for a value of plain letters, which can't hold such a character itself.
    """
    return _ICONS.sub("", read) if wanted.isascii() else read


def _visible(desk: Desk, turn: Turn, field: Element) -> str:
    _, box = value_of(turn.observation, field)
    return desk.reread(turn.observation.screenshot, box)


def _begins(text: str, head: str) -> bool:
    return any(same_text(text[: len(head) + slack], head) in ("same", "alike") for slack in (0, 1, -1, 2, -2, 3))


def _ends(text: str, tail: str) -> bool:
    return any(
        same_text(text[max(0, len(text) - len(tail) + slack) :], tail) in ("same", "alike")
        for slack in (0, 1, -1, 2, -2, 3)
    )


# ---------------------------------------------------------------- passwords


def _fill_secret(desk: Desk, turn: Turn, field: Element, text: str) -> Routine[Filled]:
    """Type a secret; mostly its dots are all that can be seen of it, so they are counted. In clear it is read."""
    shown = len(text)
    if field.state.disabled or field.state.readonly:
        return Filled(turn, "unfilled", "", "the field can't be changed")
    if problem := untypable(field, text):
        return Filled(turn, "unfilled", "", problem)
    for attempt in range(2):
        turn, focused = yield from focus(turn, field, attempt)
        if not focused:
            return Filled(turn, "unfilled", "", "the field did not take the focus")
        before = turn.observation
        turn = yield from type_text(turn, field, text, secret=True)
        _, box = value_of(turn.observation, field)
        dots = count_dots(turn.observation.screenshot.crop(box.grow(-3)))
        if dots == shown or in_clear(text, desk.reread(turn.observation.screenshot, box)):
            return Filled(turn, "ok", "•" * shown)
        if dots is None:
            wrote = differs(before, turn.observation, box.grow(-2))
            note = "can't be read back" if wrote else "nothing was seen to be typed"
            return Filled(turn, "unknown" if wrote else "unfilled", "", note)
    return Filled(turn, "wrong", "", "another number of characters is shown than was typed")


def in_clear(text: str, read: str) -> bool:
    """Whether a field shows the secret itself; some put spaces between the digits of a number."""
    if text.isdigit():
        return re.sub(r"[\s-]", "", without_icons(text, read)) == text
    return same_text(text, read) in ("same", "alike")


def count_dots(pixels: Pixels) -> int | None:
    """How many equal dots stand in a row in a field's pixels (height, width, 3); None where it isn't such a row."""
    if pixels.size == 0 or pixels.shape[1] < 6:
        return None
    # Frame and focus ring run along the upper and lower edge.
    grey = pixels[pixels.shape[0] // 5 : -(pixels.shape[0] // 6) or None].mean(axis=2)
    ink = np.abs(grey - np.median(grey)) > 60
    tall = ink.sum(axis=0)
    if not tall.any():
        return None
    # The caret may touch the last dot; it is much taller.
    ink[:, tall > 2 * np.median(tall[tall > 0]) + 2] = False
    columns = np.concatenate(([False], ink.any(axis=0), [False]))
    edges = np.flatnonzero(columns[1:] != columns[:-1])
    starts, ends = edges[::2], edges[1::2]
    heights = np.array([np.flatnonzero(ink[:, a:b].any(axis=1)).size for a, b in zip(starts, ends, strict=True)])
    widths = ends - starts
    dots = np.flatnonzero((widths >= 3) & (heights <= widths * 1.6) & (heights >= widths * 0.6))
    if not dots.size:
        return None
    size = np.median(widths[dots])
    dots = dots[np.abs(widths[dots] - size) <= 1]
    if dots.size > 1:
        steps = np.diff(starts[dots])
        if np.ptp(steps) > 2:
            return None
    if dots.size and ends[dots[-1]] > pixels.shape[1] - 4:
        return None
    return int(dots.size)
