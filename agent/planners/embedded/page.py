"""A form that is longer than the screen: what was seen while scrolling, in coordinates of the whole page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from agent.planners.embedded.desk import look_anew, scroll, wait
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import (
    FIELDS,
    alike,
    bars_between,
    blank_point,
    face,
    find_again,
    kind_of,
    moved_by,
    same_control,
    telling,
)
from agent.schema import Box, Element, Observation

EDGE = 56
"""Within so many pixels of the screen's upper or lower edge a control may be cut or miss its caption."""
FIRST_NOTCHES = 5
MOST_NOTCHES = 12
MAX_LOOKS = 40
REST = 0.3
"""Seconds in which a page that is scrolled smoothly comes to rest, also on an overloaded machine."""
REWIND = 20
"""Notches at a time on the way back to the beginning of a page."""


@dataclass
class Page:
    """The elements of a page; boxes are as on the screen when the page is scrolled to where it was found."""

    elements: list[Element] = field(default_factory=list[Element])
    offset: int = 0
    """How many pixels the page is scrolled down from where it was found."""
    notch: float = 0.0
    """Pixels that one notch of the wheel moves the page; 0 while unknown or where nothing scrolls."""
    end: int = 0
    """The offset at which the page ended when it was surveyed."""
    seen: Observation | None = None
    """The look that the offset is of."""
    bars: tuple[int, int] | None = None
    """The heights of what stays at the upper and lower edge of the screen while the page is scrolled under it."""
    margins: dict[int, int] = field(default_factory=dict[int, int])
    """How far from the screen's edge each element was when it was seen best."""

    @property
    def fields(self) -> list[Element]:
        return [e for e in self.elements if e.role in FIELDS]

    def on_screen(self, element: Element) -> Element:
        """A page element where it should stand on the screen now."""
        return element.model_copy(update={"box": element.box.shift(0, -self.offset)})

    def view(self, observation: Observation) -> Box:
        """The part of the screen that shows the page: without bars that do not scroll."""
        region = observation.screenshot.region
        top, bottom = self.bars or (0, 0)
        return Box.of(region.left, region.top + top, region.right, region.bottom - bottom)

    def sync(self, observation: Observation) -> None:
        """Follow the page to where it stands in a newer look: by the pixels, and by elements where many agree."""
        if self.seen is not None and self.seen is not observation:
            self.offset -= moved_by(self.seen, observation) or 0
        self.seen = observation
        places: dict[tuple[str, str, int], list[int]] = {}
        for e in self.elements:
            places.setdefault(face(e), []).append(e.box.top)
        votes = Counter(top - e.box.top for e in observation.elements if telling(e) for top in places.get(face(e), ()))
        if votes:
            near = {dy: votes[dy] + votes[dy - 1] + votes[dy + 1] for dy in votes}
            best = max(near, key=lambda dy: (near[dy], votes[dy], -abs(dy - self.offset)))
            ours = votes[self.offset] + votes[self.offset - 1] + votes[self.offset + 1]
            if near[best] >= max(3, 2 * ours):
                self.offset = best

    def absorb(self, observation: Observation, before: Observation | None = None) -> None:
        """Add what a look shows that is not known yet; with `before`, bars that did not scroll are left out."""
        if before is not None:
            found = bars_between(before, observation, scroll_area(observation))
            self.bars = found if self.bars is None else (min(self.bars[0], found[0]), min(self.bars[1], found[1]))
        region = self.view(observation)
        for seen in observation.elements:
            if before is not None and _stayed(seen, before):
                continue
            margin = min(seen.box.top - region.top, region.bottom - seen.box.bottom)
            placed = seen.model_copy(update={"box": seen.box.shift(0, self.offset)})
            known = self._known(placed)
            if known is None:
                self._add(placed, margin)
            elif self.margins[known.id] < EDGE + max(self.bars or (0, 0)) and margin > self.margins[known.id]:
                self._replace(known, placed, margin)

    def absorb_new(self, observation: Observation) -> list[Element]:
        """Add only fields that appeared since the survey (a choice may bring up more); returns them."""
        region = observation.screenshot.region.grow(-EDGE // 2)
        fresh: list[Element] = []
        for seen in observation.elements:
            if seen.role not in FIELDS or not (seen.label or seen.group) or not region.contains(seen.box.center):
                continue
            if seen.label.isdigit():
                continue  # a day of a calendar that is still open
            placed = seen.model_copy(update={"box": seen.box.shift(0, self.offset)})
            if self._known(placed) is None and not any(same_control(e, placed) for e in self.fields):
                fresh.append(self._add(placed, EDGE))
        return fresh

    def _known(self, placed: Element) -> Element | None:
        for e in self.elements:
            if kind_of(e.role) == kind_of(placed.role) and (
                e.box.iou(placed.box) > 0.5 or _at(e, placed) or _cut(e, placed)
            ):
                return e
        return None

    def _add(self, placed: Element, margin: int) -> Element:
        element = placed.model_copy(update={"id": len(self.elements)})
        self.elements.append(element)
        self.margins[element.id] = margin
        return element

    def _replace(self, known: Element, placed: Element, margin: int) -> None:
        better = placed.model_copy(update={"id": known.id, "group": placed.group or known.group})
        self.elements[known.id] = better
        self.margins[known.id] = margin


def _at(one: Element, other: Element) -> bool:
    a, b = one.box.center, other.box.center
    return abs(a.x - b.x) <= 6 and abs(a.y - b.y) <= 6 and alike(one.label or one.text, other.label or other.text)


def _cut(one: Element, other: Element) -> bool:
    """Whether two looks at one field differ only in how much of it a bar hid."""
    a, b = one.box, other.box
    common = a.overlap(b).area
    same = abs(a.left - b.left) <= 3 and abs(a.width - b.width) <= 4
    return one.role in FIELDS and same and common > 0.9 * min(a.area, b.area) > 0


def _stayed(seen: Element, before: Observation) -> bool:
    """Whether an element stood at the very same place before the page was scrolled."""
    return any(e.box.iou(seen.box) > 0.8 and e.role == seen.role and alike(e.text, seen.text) for e in before.elements)


def survey(turn: Turn) -> Routine[tuple[Turn, Page]]:
    """Look at the whole page by scrolling to its end and back to where it was found."""
    page = Page(seen=turn.observation)
    page.absorb(turn.observation)
    area = scroll_area(turn.observation)
    notches = FIRST_NOTCHES
    for _ in range(MAX_LOOKS):
        before = turn.observation
        turn = yield from scroll(turn, blank_point(before, area), notches, "see what is further down")
        dy = _moved(before, turn)
        if _short(page, dy, notches) and (page.notch or _scrolls(before)):
            # The end; or it was looked at before it came to rest.
            turn = yield from wait(turn, REST, "see whether the page ends here")
            dy = _moved(before, turn)
        if dy is None and notches > 1:
            # Nothing that was in view before is seen any more: it went too far, an earlier look was of a moving page.
            turn, dy = yield from _back(turn, before, notches, area)
            notches = -(-notches // 2)
        if not dy or dy > 0:
            break
        short = _short(page, dy, notches)
        page.offset, page.seen = page.offset - dy, turn.observation
        page.notch = max(page.notch, -dy / notches)
        page.absorb(turn.observation, before)
        if short:
            break
        best = int(turn.observation.screenshot.region.height * 0.62 / page.notch)
        # A page that was still moving when it was looked at has notches longer than they seem.
        notches = max(1, min(best, 2 * notches, MOST_NOTCHES))
    page.end = page.offset
    if page.offset:
        turn = yield from to_offset(turn, page, 0)
    return turn, page


def _short(page: Page, dy: int | None, notches: int) -> bool:
    """Whether a scroll down moved the page less than its notches do; a first one, only if it moved nothing."""
    return dy is not None and (dy == 0 or -dy < page.notch * notches * 0.8)


def _moved(before: Observation, turn: Turn) -> int | None:
    same = before.screenshot.pixels is turn.observation.screenshot.pixels
    return 0 if same else moved_by(before, turn.observation)


def _scrolls(observation: Observation) -> bool:
    """Whether an upright scroll bar is in view."""
    return any(e.role == "scrollbar" and e.box.height > e.box.width for e in observation.elements)


def _back(turn: Turn, known: Observation, notches: int, area: Box) -> Routine[tuple[Turn, int | None]]:
    """Undo a scroll that went too far; with it comes how far the page stands from an earlier look now."""
    point = blank_point(turn.observation, area)
    turn = yield from scroll(turn, point, -notches, "go back, that was too far")
    return turn, moved_by(known, turn.observation)


def scroll_area(observation: Observation) -> Box:
    """Where the wheel turns the form: the part of the screen that its fields span."""
    region = observation.screenshot.region
    boxes = [e.box for e in observation.elements if e.role in FIELDS]
    if not boxes:
        return region.grow(-min(region.width, region.height) // 6)
    left, right = min(b.left for b in boxes), max(b.right for b in boxes)
    return Box.of(
        max(region.left + 8, left - 60), region.top + region.height // 6, right, region.bottom - region.height // 6
    )


def to_offset(turn: Turn, page: Page, offset: int) -> Routine[Turn]:
    """Scroll until the page stands at an offset, or as near as the wheel's notches and the page's ends allow."""
    for _ in range(3):
        notches = round((offset - page.offset) / page.notch) if page.notch else 0
        if not notches:
            return turn
        # One notch more at the top costs nothing and mends rounding.
        notches -= 2 if offset == 0 else 0
        point = blank_point(turn.observation, scroll_area(turn.observation))
        was = page.offset
        turn = yield from scroll(turn, point, notches, "go to another part of the page")
        page.sync(turn.observation)
        if _fell_short(page, was, notches) and not _at_end(page, notches):
            # It may have been looked at while it was still moving.
            turn = yield from wait(turn, REST, "let the page come to rest")
            page.sync(turn.observation)
        page.notch = max(page.notch, abs(page.offset - was) / abs(notches))
        if _fell_short(page, was, notches):
            return turn  # the page ends here
    return turn


def _fell_short(page: Page, was: int, notches: int) -> bool:
    return abs(page.offset - was) < (abs(notches) - 0.25) * page.notch


def _at_end(page: Page, notches: int) -> bool:
    """Whether the page stands where it is known to end in the direction of a scroll."""
    return page.offset <= 2 if notches < 0 else page.offset >= page.end - 2


def show(turn: Turn, page: Page, element: Element, *, at: float = 0.35) -> Routine[tuple[Turn, Element | None]]:
    """Bring a page element well into view; where it stands on the screen, or None if it is not found.

    `at`: the height, 0 to 1, at which it is put: high where what follows it is wanted next, low for what precedes it.
    """
    turn, found = yield from _go_to(turn, page, element, at)
    if found is None and page.notch and not _sure_of_place(page, turn.observation, element):
        turn, found = yield from _walk_to(turn, page, element)
    return turn, found


def _go_to(turn: Turn, page: Page, element: Element, at: float) -> Routine[tuple[Turn, Element | None]]:
    anew = False
    for _ in range(5):
        page.sync(turn.observation)
        region = page.view(turn.observation)
        placed = page.on_screen(element)
        well_in = region.top + EDGE <= placed.box.top and placed.box.bottom <= region.bottom - EDGE
        found = _locate(turn.observation, placed)
        if found is not None and (well_in or not page.notch or _inside_by(found.box, region) >= EDGE):
            return turn, found
        if found is None and well_in and not anew:
            # It ought to be here: what was only partly read again may have missed it.
            anew = True
            turn = yield from look_anew(turn, placed.box)
            continue
        middle = placed.box.center.y + page.offset - region.top - int(region.height * at)
        was = page.offset
        turn = yield from to_offset(turn, page, max(0, middle))
        if page.offset == was:
            return turn, _locate(turn.observation, page.on_screen(element))
    return turn, None


def _sure_of_place(page: Page, observation: Observation, element: Element) -> bool:
    """Whether the page surely stands where it is thought to, with an element's place in view: then it is not there."""
    region = observation.screenshot.region
    if not region.contains(page.on_screen(element).box.center):
        return False
    placed = [e for e in map(page.on_screen, page.elements) if telling(e) and region.contains(e.box.center)]
    seen = {(face(e), e.box.top + slack) for e in observation.elements if telling(e) for slack in (-2, -1, 0, 1, 2)}
    return 2 * sum((face(e), e.box.top) in seen for e in placed) >= max(4, len(placed))


def _walk_to(turn: Turn, page: Page, element: Element) -> Routine[tuple[Turn, Element | None]]:
    """Go through the page once, from its beginning in small steps, where it isn't sure any more where it stands."""
    turn = yield from _rewind(turn, page)
    only = sum(same_control(e, element) for e in page.elements) == 1
    step, rests = 3, False
    for _ in range(MAX_LOOKS):
        page.sync(turn.observation)
        placed, region = page.on_screen(element), turn.observation.screenshot.region
        found = _locate(turn.observation, placed)
        if found is not None and not only and abs(found.box.top - placed.box.top) > region.height // 4:
            found = None  # another one with the same caption
        if found is not None and (rests or _inside_by(found.box, region) >= EDGE):
            return turn, found
        if rests:
            break
        before, was = turn.observation, page.offset
        point = blank_point(before, scroll_area(before))
        turn = yield from scroll(turn, point, step, f"go through the page to find {element.label!r}")
        page.sync(turn.observation)
        if not turn.observation.changed or page.offset == was:
            turn = yield from wait(turn, REST, "let the page come to rest")
            rests = moved_by(before, turn.observation) == 0
    return turn, None


def _rewind(turn: Turn, page: Page) -> Routine[Turn]:
    """Scroll up until nothing moves: there it is known again where the page stands."""
    for _ in range(MAX_LOOKS):
        before = turn.observation
        point = blank_point(before, scroll_area(before))
        turn = yield from scroll(turn, point, -REWIND, "go back to the beginning of the page")
        if not turn.observation.changed or moved_by(before, turn.observation) == 0:
            break
    page.offset, page.seen = 0, turn.observation
    page.sync(turn.observation)  # by its elements: it may not have been found at its beginning
    return turn


def _inside_by(box: Box, region: Box) -> int:
    return min(box.top - region.top, region.bottom - box.bottom)


def _locate(observation: Observation, placed: Element) -> Element | None:
    found = find_again(observation, placed)
    if found is None or observation.screenshot.region.overlap(found.box).area == 0:
        return None
    return found
