"""Pure questions about looks: is it the same element, what is new, what moved, what is a field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from agent.schema import Box, Element, Observation, Point, Role
from agent.wording import normalise

TEXTUAL: frozenset[Role] = frozenset({"textbox", "textarea", "spinbutton", "combobox"})
TICKS: frozenset[Role] = frozenset({"checkbox", "radio", "switch"})
FIELDS: frozenset[Role] = TEXTUAL | TICKS | frozenset[Role]({"listbox", "slider"})
WORDS: frozenset[Role] = frozenset({"text", "heading", "link", "option", "button"})

_KIND = dict.fromkeys(TEXTUAL, "textual") | dict.fromkeys(("checkbox", "switch"), "tick")


def kind_of(role: Role) -> str:
    """Roles that perception may confuse between two looks at one control count as one kind."""
    return _KIND.get(role, role)


def fields_of(observation: Observation) -> list[Element]:
    return [e for e in observation.elements if e.role in FIELDS]


def alike(one: str, other: str) -> bool:
    """The same caption, give or take a misread letter; "line 1" is never "line 2", nor "part A" "part B"."""
    a, b = normalise(one).casefold(), normalise(other).casefold()
    if a == b:
        return True
    if min(len(a), len(b)) <= 3 or re.findall(r"\d+", a) != re.findall(r"\d+", b):
        return False
    words, others = re.findall(r"\w+", a), re.findall(r"\w+", b)
    if len(words) == len(others) and any(x != y and len(x) <= 2 for x, y in zip(words, others, strict=True)):
        return False
    return fuzz.ratio(a, b) >= 88


def same_control(element: Element, other: Element) -> bool:
    """Whether two looks show one control, wherever it stands."""
    if kind_of(element.role) != kind_of(other.role):
        return False
    label, caption = _caption(element), _caption(other)
    if not (label or caption):
        return not (element.group or other.group) or alike(element.group, other.group)
    return alike(label, caption) and (not element.group or not other.group or alike(element.group, other.group))


def _caption(element: Element) -> str:
    """What names a control; a list without a caption may be called by what it shows, which changes."""
    by_value = element.role in TEXTUAL and element.label == element.text and not element.state.placeholder
    return "" if by_value else element.label


def find_again(observation: Observation, element: Element, dy: int = 0) -> Element | None:
    """The same control in a newer look, `dy` pixels lower than it was; None where it is not seen.

    Its place speaks first, since captions are misread or covered; but where another control now bears its caption,
    the page has moved.
    """
    expected = element.box.shift(0, dy)
    kin = [e for e in observation.elements if kind_of(e.role) == kind_of(element.role)]
    here = max(kin, key=lambda e: e.box.iou(expected), default=None)
    if here is not None and here.box.iou(expected) < 0.5:
        here = None
    if here is not None and same_control(here, element):
        return here
    if here is None and (filled := _as_button(observation, element, expected)) is not None:
        return filled
    same = [e for e in kin if same_control(e, element)] if element.label or element.group else []
    if not same:
        return here
    best = min(same, key=lambda e: (_far(e.box, expected), e.id))
    if len(same) == 1 or _near(best.box, expected):
        return best
    twins = [e for e in same if abs(e.box.left - expected.left) < 12 and abs(e.box.width - expected.width) < 12]
    return twins[0] if len(twins) == 1 else here or best


def _as_button(observation: Observation, element: Element, expected: Box) -> Element | None:
    """A field that its value fills to both ends is drawn like a button: what stands in its very place is the field."""
    if element.role not in FIELDS or element.role in TICKS:
        return None
    there = [e for e in observation.elements if e.role == "button" and e.box.iou(expected) > 0.7]
    if len(there) != 1:
        return None
    return there[0].model_copy(update={"role": element.role, "label": element.label, "group": element.group})


def _far(box: Box, other: Box) -> int:
    return abs(box.center.x - other.center.x) + abs(box.center.y - other.center.y)


def _near(box: Box, other: Box) -> bool:
    return _far(box, other) <= max(16, other.height)


def moved_by(before: Observation, after: Observation) -> int | None:
    """How far the content moved down (negative: up) between two looks; None where it can't be told."""
    rows = rows_moved(before, after)
    return rows if rows is not None else _elements_moved(before, after)


def _elements_moved(before: Observation, after: Observation) -> int | None:
    old: dict[tuple[str, str, int], list[int]] = {}
    for e in before.elements:
        old.setdefault(face(e), []).append(e.box.top)
    shifts = Counter(e.box.top - top for e in after.elements if telling(e) for top in old.get(face(e), ()))
    if not shifts:
        return None
    # Bars that stay in place vote for 0; what scrolls must win if there is anything that scrolls.
    moving = Counter({dy: shifts[dy - 1] + shifts[dy] + shifts[dy + 1] for dy in shifts if abs(dy) > 2})
    if not moving:
        return 0
    dy, votes = moving.most_common(1)[0]
    return dy if votes >= 2 and votes * 2 >= shifts[0] else 0


def face(e: Element) -> tuple[str, str, int]:
    """By what an element is known again elsewhere: its kind, its words and its left edge."""
    return (kind_of(e.role), normalise(e.label or e.text), round(e.box.left / 3))


def telling(e: Element) -> bool:
    """Whether an element says where the page stands; bars and specks do not."""
    return e.role not in ("scrollbar", "icon") and e.box.height > 7 and bool(e.label or e.text)


BAR = 0.3
"""The share of the screen's height that a bar at its edge may take."""


def bars_between(before: Observation, after: Observation, area: Box) -> tuple[int, int]:
    """The heights of the bars that stay at the upper and lower edge over some columns while the rest is scrolled."""
    region = before.screenshot.region
    strip = Box.of(area.left, region.top, area.right, region.bottom)
    old, new = (o.screenshot.crop(strip).astype(np.int16) for o in (before, after))
    if old.shape != new.shape or not old.size:
        return 0, 0
    same = np.abs(old - new).max(axis=(1, 2)) <= ROW_NOISE
    inked = np.abs(old - np.median(old, axis=(0, 1))).max(axis=(1, 2)) > ROW_NOISE

    def height(same: NDArray[np.bool_], inked: NDArray[np.bool_]) -> int:
        run = len(same) if same.all() else int(np.argmin(same))
        drawn = np.nonzero(inked[:run])[0]
        tall = round((int(drawn[-1]) + 1) / before.screenshot.scale) if drawn.size else 0
        return tall if tall <= BAR * region.height else 0

    return height(same, inked), height(same[::-1], inked[::-1])


ROW_NOISE = 3.0
"""Rows of pixels whose means differ by less are the same row."""


def rows_moved(before: Observation, after: Observation) -> int | None:
    """The vertical shift under which most inked rows of two pictures agree; None where none stands out."""
    old, new = _row_means(before), _row_means(after)
    if old.shape != new.shape:
        return None
    inked: NDArray[np.bool_] = np.any(np.abs(old - np.median(old, axis=0)) > ROW_NOISE, axis=1)
    height, best, most = len(old), 0, 0
    still: NDArray[np.bool_] = (np.abs(old - new).max(axis=1) < ROW_NOISE) & inked
    if int(np.count_nonzero(still)) >= 0.6 * int(np.count_nonzero(inked)):
        return 0
    # The mean of a whole row differs by no more than its parts do: cheap to tell which shifts can't be.
    rough, other = old.mean(axis=1), new.mean(axis=1)
    for dy in range(-height + 40, height - 40):
        one, two = (slice(-dy, None), slice(0, height + dy)) if dy < 0 else (slice(0, height - dy), slice(dy, None))
        ink = inked[one]
        least = max(most + 1, 0.6 * int(np.count_nonzero(ink)))
        if int(np.count_nonzero((np.abs(rough[one] - other[two]) < ROW_NOISE) & ink)) < least:
            continue
        same = int(np.count_nonzero((np.abs(old[one] - new[two]).max(axis=1) < ROW_NOISE) & ink))
        if same >= least:
            best, most = dy, same
    scale = before.screenshot.scale
    return round(best / scale) if most >= 24 else None


def _row_means(observation: Observation) -> NDArray[np.float32]:
    """Brightness of a picture in 24 columns of each row, without its right edge, where scrollbars move."""
    grey = observation.screenshot.pixels[:, :, 1].astype(np.float32)
    width = int(grey.shape[1] * 0.96) // 24 * 24
    return grey[:, :width].reshape(len(grey), 24, -1).mean(axis=2)


def new_words(before: Observation, after: Observation, roles: frozenset[Role] = WORDS) -> list[Element]:
    """Readable elements of the newer look that stood nowhere near their place before.

    What looks the same to the pixel is not new, though it may have been a label before and be a text now.
    """
    old = [e for e in before.elements if e.text]

    def is_old(e: Element) -> bool:
        return any(o.box.iou(e.box) > 0.4 and alike(o.text, e.text) for o in old)

    fresh = [e for e in after.elements if e.role in roles and e.text.strip() and not is_old(e)]
    return [e for e in fresh if differs(before, after, e.box)]


def new_captions(before: Observation, after: Observation) -> list[Element]:
    """Captions of fields that stood nowhere before, as texts: an option over a field may be taken for its caption."""
    found: list[Element] = []
    for e in fields_of(after):
        box = e.label_box
        if not e.label or box is None or not differs(before, after, box):
            continue
        if not any(alike(o.label or o.text, e.label) for o in before.elements):
            found.append(e.model_copy(update={"role": "text", "text": e.label, "box": box}))
    return found


def differs(before: Observation, after: Observation, box: Box) -> bool:
    """Whether the pixels in a desktop box look different in two looks of one region."""
    if before.screenshot.region != after.screenshot.region:
        return True
    old, new = before.screenshot.crop(box), after.screenshot.crop(box)
    return old.shape != new.shape or bool(np.any(np.abs(old.astype(np.int16) - new.astype(np.int16)) > 8))


def inside(element: Element, box: Box) -> bool:
    return box.contains(element.box.center)


def beside(box: Box, other: Box) -> bool:
    """Whether two boxes share some of their width."""
    return min(box.right, other.right) > max(box.left, other.left)


def blank_point(observation: Observation, area: Box) -> Point:
    """A place in an area with no control near it, for the wheel: some toolkits change a control under the wheel."""
    controls = [e.box.grow(6) for e in observation.elements if e.role not in ("text", "heading", "dialog", "scrollbar")]
    best, least = area.center, 10**9
    for fx in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
        x = area.left + int(area.width * fx)
        column = sum(box.height for box in controls if box.left <= x < box.right)
        for fy in (0.5, 0.4, 0.6, 0.3, 0.7):
            point = Point(x=x, y=area.top + int(area.height * fy))
            cost = column + (10**6 if any(box.contains(point) for box in controls) else 0)
            if cost < least:
                best, least = point, cost
    return best


def reading_order(elements: Iterable[Element]) -> list[Element]:
    """Top to bottom by rows, left to right in a row."""
    rows: list[list[Element]] = []
    for e in sorted(elements, key=lambda e: e.box.top):
        if rows and e.box.center.y < rows[-1][0].box.bottom and e.box.top < rows[-1][0].box.center.y + 4:
            rows[-1].append(e)
        else:
            rows.append([e])
    return [e for row in rows for e in sorted(row, key=lambda e: e.box.left)]


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box round some boxes (at least one)."""
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    return whole
