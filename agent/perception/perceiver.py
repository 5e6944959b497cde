"""The reader of pixels: a screenshot becomes an Observation; what did not change is not read again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from agent.perception.album import Album
from agent.perception.blanks import blank_times
from agent.perception.blocks import Line
from agent.perception.caret import behind_text, find_carets, without_carets
from agent.perception.constancy import keep_fields
from agent.perception.ids import keep_names
from agent.perception.ink import Ink, measure
from agent.perception.labels import make_elements, value_boxes
from agent.perception.parts import TextLine, Widget
from agent.perception.shift import Shift, find_shift
from agent.perception.signs import part_signs
from agent.perception.widgets import find_widgets, update_widgets
from agent.schema import Box, Element, Observation, Pixels, Screenshot


class Reader(Protocol):
    """What reads text; boxes in picture pixels."""

    def read(self, pixels: Pixels) -> list[TextLine]: ...
    def update(self, pixels: Pixels, previous: Sequence[TextLine], changed: Sequence[Box]) -> list[TextLine]: ...
    def read_line(self, crop: Pixels) -> TextLine: ...
    def can_read(self, text: str) -> bool: ...


class WidgetFinder(Protocol):
    """What finds controls by their drawing."""

    def __call__(self, pixels: Pixels, lines: Sequence[TextLine], *, ui_scale: float = 1.0) -> list[Widget]: ...


_LARGE = 0.12
"""From a change of this share of the screen it is worth asking whether an earlier look was more like this one."""


@dataclass(slots=True)
class Memory:
    """What was found in one picture."""

    raw: Pixels
    """The picture as it was captured; it tells which look this was."""
    pixels: Pixels
    """The picture as it was read: without carets."""
    carets: list[Box]
    region: Box
    lines: list[TextLine]
    widgets: list[Widget]
    inks: dict[tuple[Box, str], Ink]
    elements: tuple[Element, ...]
    next_id: int
    values: dict[int, list[Box]] = field(default_factory=dict[int, list[Box]])
    """Picture boxes of the rows of text that are an element's value."""


class Perceiver:
    """Reads screenshots of one display; elements that stay keep their ids. One thread at a time."""

    def __init__(self, reader: Reader, *, ui_scale: float = 1.0, find: WidgetFinder | None = None) -> None:
        """`find` replaces the finder by OpenCV, which also knows how to look again only where something changed."""
        self._reader, self._ui_scale = reader, ui_scale
        self._find: WidgetFinder = find or find_widgets
        self._in_part = find is None
        self._memory: Memory | None = None
        self._album: Album[Memory] = Album()
        self._number = 0

    def look(
        self, screenshot: Screenshot, previous: Observation | None = None, changed: Sequence[Box] | None = None
    ) -> Observation:
        """What a screenshot shows, in desktop pixels.

        `changed` tells where it differs from `previous` (desktop boxes; None: anywhere). What did not change keeps its
        elements, and an element that is still there keeps its id.
        """
        self._number += 1
        memory = self._memory
        old = memory if memory and previous is not None and memory.raw is previous.screenshot.pixels else None
        if old is not None and (old.region != screenshot.region or old.pixels.shape != screenshot.pixels.shape):
            old = None
        if old is not None and changed is not None and not changed:
            old.raw = screenshot.pixels
            return self._observed(screenshot, old.elements, ())
        if old is None or changed is None:
            fresh = self._full(screenshot)
            where: tuple[Box, ...] = (screenshot.region,)
        else:
            where = tuple(changed)
            fresh = self._partial(screenshot, old, [_to_picture(screenshot, b) for b in where])
        same_place = memory is not None and memory.region == screenshot.region
        self._name(fresh, memory if same_place else None, where)
        self._memory = fresh
        return self._observed(screenshot, fresh.elements, where)

    def reread(self, screenshot: Screenshot, box: Box) -> str:
        """The exact text of one field (a desktop box), read again at high zoom; rows are parted by newlines."""
        memory = self._memory
        rows: list[Box] = []
        pixels = screenshot.pixels
        if memory and memory.raw is pixels:
            pixels = memory.pixels
            near = max(memory.elements, key=lambda e: e.box.iou(box), default=None)
            if near is not None and near.box.iou(box) > 0.7:
                rows = memory.values.get(near.id, [])
                if not rows and not near.text:
                    return ""
        if rows:
            crops = [_cut(pixels, row.grow(max(3, row.height // 3)), _to_picture(screenshot, box)) for row in rows]
            return "\n".join(text for crop in crops if (text := self._reader.read_line(crop).text))
        inner = _to_picture(screenshot, box).grow(-2)
        crop = _cut(pixels, inner, inner)
        return self._reader.read_line(crop).text if crop.size else ""

    def texts(self, screenshot: Screenshot) -> list[TextLine]:
        """All that was read in the last look's screenshot, in desktop pixels, also what became no element.

        A picture that was not looked at is read anew.
        """
        memory = self._memory
        known = memory is not None and memory.raw is screenshot.pixels
        lines = memory.lines if memory is not None and known else self._reader.read(screenshot.pixels)
        region, scale = screenshot.region, screenshot.scale
        boxes = [Box.of(*(n / scale for n in (b.left, b.top, b.right, b.bottom))) for b in (x.box for x in lines)]
        return [
            TextLine(box.shift(region.left, region.top), line.text, line.confidence)
            for box, line in zip(boxes, lines, strict=True)
        ]

    def can_read(self, text: str) -> bool:
        """Whether every character of a text is one that the reader knows."""
        return self._reader.can_read(text)

    # ------------------------------------------------------------ reading

    def _observed(self, screenshot: Screenshot, elements: tuple[Element, ...], changed: tuple[Box, ...]) -> Observation:
        return Observation(number=self._number, screenshot=screenshot, elements=elements, changed=changed)

    def _full(self, screenshot: Screenshot) -> Memory:
        carets = find_carets(screenshot.pixels, [_to_picture(screenshot, screenshot.region)], self._ui_scale)
        pixels = without_carets(screenshot.pixels, carets)
        lines = self._reader.read(pixels)
        drawn = without_carets(screenshot.pixels, behind_text(carets, [x.box for x in lines]))
        widgets = self._find(drawn, lines, ui_scale=self._ui_scale)
        return self._understand(screenshot, pixels, carets, lines, {}, widgets)

    def _partial(self, screenshot: Screenshot, old: Memory, changed: Sequence[Box]) -> Memory:
        raw, scale, where = screenshot.pixels, self._ui_scale, list(changed)
        shift = find_shift(old.raw, raw, where)
        if _toil(shift.fresh if shift else where) > _LARGE * screenshot.region.area:
            old, shift = self._better(screenshot, old, shift, _toil(shift.fresh if shift else where))
        lines, before, carets, inks = old.lines, old.widgets, old.carets, old.inks
        if shift is not None:
            lines, carets, where = _moved(lines, shift), [_along(bar, shift) for bar in carets], list(shift.fresh)
        if shift is not None and shift.dy:
            before = [replace(w, box=w.box.shift(0, shift.dy)) for w in before] + before
            inks = {(b.shift(0, shift.dy), t): i for (b, t), i in inks.items()} | inks
        stay = [bar for bar in carets if not any(bar.overlap(box.grow(1)).area for box in where)]
        carets = stay + find_carets(raw, where, scale)
        pixels = without_carets(raw, carets)
        lines = self._reader.update(pixels, lines, where)
        kept = {key: ink for key, ink in inks.items() if not any(key[0].grow(4).overlap(c).area for c in where)}
        # What is taken for a caret may be a piece of a border, but not behind a text; there it may part a low field.
        drawn = without_carets(raw, behind_text(carets, [x.box for x in lines]))
        if (shift is None or not shift.dy) and self._in_part:
            widgets = update_widgets(drawn, lines, old.widgets, where, ui_scale=scale)
        else:
            widgets = self._find(drawn, lines, ui_scale=scale)
        return self._understand(screenshot, pixels, carets, lines, kept, keep_fields(widgets, before))

    def _better(
        self, screenshot: Screenshot, last: Memory, shift: Shift | None, area: int
    ) -> tuple[Memory, Shift | None]:
        """The look that this one is most like, and how it is moved: the last one, or one from the album."""
        self._album.keep(last.raw, last)
        found = self._album.best(screenshot.pixels)
        if found is None or found[0].region != screenshot.region or _toil(found[1].fresh) > 0.8 * area:
            return last, shift
        return found

    def _understand(
        self,
        screenshot: Screenshot,
        pixels: Pixels,
        carets: list[Box],
        lines: list[TextLine],
        known: dict[tuple[Box, str], Ink],
        widgets: list[Widget],
    ) -> Memory:
        """Lines with their inks, widgets, and the elements that they make; `pixels` are without carets."""
        lines = part_signs(pixels, lines)
        lines = [*lines, *blank_times(pixels, lines, widgets, self._ui_scale)]
        inks = {(x.box, x.text): known.get((x.box, x.text)) or measure(pixels, x) for x in lines}
        elements = make_elements([Line.of(x, inks[x.box, x.text]) for x in lines], widgets)
        found = tuple(_to_desktop(screenshot, e) for e in elements)
        return Memory(screenshot.pixels, pixels, carets, screenshot.region, lines, widgets, inks, found, 1)

    def _name(self, fresh: Memory, old: Memory | None, changed: Sequence[Box]) -> None:
        """Give ids; the rows of each value are remembered under them."""
        before = old.elements if old else ()
        start = old.next_id if old else 1
        fresh.elements, fresh.next_id = keep_names(before, fresh.elements, start, changed, fresh.region)
        scale = fresh.pixels.shape[1] / max(1, fresh.region.width)
        for element in fresh.elements:
            rows = value_boxes(element, fresh.lines, fresh.region, scale)
            if rows:
                fresh.values[element.id] = rows


def _to_picture(screenshot: Screenshot, box: Box) -> Box:
    """A desktop box in picture pixels."""
    s, r = screenshot.scale, screenshot.region
    moved = box.shift(-r.left, -r.top)
    if s == 1.0:
        return moved
    return Box.of(
        math.floor(moved.left * s), math.floor(moved.top * s), math.ceil(moved.right * s), math.ceil(moved.bottom * s)
    )


def _to_desktop(screenshot: Screenshot, element: Element) -> Element:
    """An element with its boxes moved from the picture to the desktop."""
    s, r = screenshot.scale, screenshot.region
    if s == 1.0 and r.left == 0 and r.top == 0:
        return element

    def move(box: Box) -> Box:
        return Box.of(box.left / s, box.top / s, box.right / s, box.bottom / s).shift(r.left, r.top)

    label_box = move(element.label_box) if element.label_box else None
    return element.model_copy(update={"box": move(element.box), "label_box": label_box})


def _cut(pixels: Pixels, box: Box, limit: Box) -> Pixels:
    part = box.overlap(limit).overlap(Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0]))
    return pixels[part.top : part.bottom, part.left : part.right]


def _toil(boxes: Sequence[Box]) -> int:
    """Pixels to look at to read some boxes: each with the surroundings that reading needs."""
    return sum((box.width + 48) * (box.height + 48) for box in boxes)


def _along(bar: Box, shift: Shift) -> Box:
    return bar.shift(0, shift.dy) if bar.overlap(shift.area).area else bar


def _moved(lines: Sequence[TextLine], shift: Shift) -> list[TextLine]:
    """Lines of the scrolled part moved along; those that left it, or that it cut, go. (What touches something fresh
    stays, so that it is read again as a whole.)"""
    kept: list[TextLine] = []
    for line in lines:
        if line.box.overlap(shift.area).area == 0:
            kept.append(line)
            continue
        box = line.box.shift(0, shift.dy)
        if box.overlap(shift.area) == box:
            kept.append(TextLine(box, line.text, line.confidence))
    return kept
