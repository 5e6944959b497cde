"""Reading text: detection, cutting into pieces, recognition, and doing as little of it again as possible."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from agent.perception import segment
from agent.perception.blobs import touching, view
from agent.perception.marks import is_disc
from agent.perception.ocr import Engine, Reading, regions
from agent.perception.parts import TextLine
from agent.perception.rivals import settled
from agent.perception.segment import Piece, Region
from agent.perception.spaces import respace
from agent.perception.strays import strays
from agent.schema import Box, Pixels

_REMEMBERED = 4096
_MOSTLY = 0.75
"""From this share of a picture on it is read as a whole."""
_REACH = 10
"""So near a change a line may have changed with it: letters may touch, and an OCR reads on over small gaps."""
_COLUMNS = 5
_HEIGHTS = (96, 160, 256, 416, 640)
"""Parts are looked at in windows of a few fixed sizes: multiples of a fifth of the picture's width, these heights."""
_SINGLE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuwxyz+-×x*#$€£¥%?!=/@&是否男女年月日元")


class TextReader:
    """Reads the text of pictures; keeps what it has recognised. One thread at a time."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine()
        self._alphabet = self.engine.alphabet
        self._spacing = 1.0
        self._known: OrderedDict[bytes, Reading] = OrderedDict()

    def warm_up(self, width: int, height: int) -> None:
        """Get ready for pictures of a size, so that the first look is not slower than the others; from any thread."""
        self.engine.warm_up(width, height)
        page = np.zeros((height, width, 3), np.uint8)
        # What one changed field takes.
        for columns, high in ((1, 96), (1, 160), (2, 96), (2, 160), (3, 160)):
            part = Box(left=0, top=0, width=width * columns // _COLUMNS - 32, height=high)
            self.engine.text_map(view(page, _window(page, part)))

    def can_read(self, text: str) -> bool:
        """Whether every character of a text is known to the network (Cyrillic, Arabic, Hangul ... are not)."""
        return all(c.isspace() or c in self._alphabet for c in unicodedata.normalize("NFC", text))

    def read(self, pixels: Pixels) -> list[TextLine]:
        """All text in a picture, in picture pixels, top to bottom."""
        whole = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
        return _in_order(self._read_parts(pixels, [whole], learn=True))

    def update(self, pixels: Pixels, previous: Sequence[TextLine], changed: Sequence[Box]) -> list[TextLine]:
        """All text in a picture that differs from the one before only in `changed` (boxes in picture pixels)."""
        whole = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
        boxes = [box for box in (whole.overlap(box) for box in changed) if box.area]
        parts = _areas(whole, previous, boxes)
        if sum(p.area for p in parts) > _MOSTLY * whole.area:
            return self.read(pixels)
        reach = [box.grow(_REACH) for box in boxes]
        kept = [line for line in previous if not any(touching(line.box, box) for box in reach)]
        fresh = [line for line in self._read_parts(pixels, parts, kept=kept) if not _mostly_in(line.box, kept)]
        # What stood beside the change, and is not found again among the new neighbours, still stands there: a text
        # that goes changes more than a speck of its box.
        still = [
            line
            for line in previous
            if line not in kept
            and sum(line.box.overlap(box).area for box in boxes) < 0.1 * line.box.area
            and not any(line.box.overlap(other.box).area for other in (*kept, *fresh))
        ]
        return _in_order([line for line in kept if not _taken(line.box, fresh)] + fresh + still)

    def read_line(self, crop: Pixels) -> TextLine:
        """What one field or label says, from a crop that holds one line of text; the box is in crop pixels."""
        lines = self._read_parts(crop, [Box(left=0, top=0, width=crop.shape[1], height=crop.shape[0])])
        if not lines:
            return TextLine(Box(left=0, top=0, width=0, height=0), "", 0.0)
        lines.sort(key=lambda line: line.box.left)
        box = lines[0].box
        for line in lines[1:]:
            box = box.union(line.box)
        text = " ".join(line.text for line in lines)
        return TextLine(box, text, min(line.confidence for line in lines))

    def _read_parts(
        self, pixels: Pixels, parts: Sequence[Box], *, learn: bool = False, kept: Sequence[TextLine] = ()
    ) -> list[TextLine]:
        """What stands in the parts, and it may be in pieces some of what was `kept`, the lines that did not change."""
        # Only detection works on the parts alone: cutting needs what stands round them.
        seen = _distinct([region for part in parts for region in self._regions(pixels, part)])
        cut = self._cut(pixels, seen, 1.0 if learn else self._spacing)
        if learn:
            # How wide words stand apart shows in a whole picture; a part says too little.
            self._spacing = segment.spacing(pixels, cut)
            if self._spacing != 1.0:
                cut = self._cut(pixels, seen, self._spacing)
        pieces = _without_doubles([piece for line in cut for piece in line])
        loose: list[Piece] = []
        for part in parts:
            loose += strays(pixels, [x.box for x in (*pieces, *loose, *kept)], part)
        readings = self._recognise(pixels, pieces + loose)
        lines: list[TextLine] = []
        for index, (piece, reading) in enumerate(zip(pieces + loose, readings, strict=True)):
            if _believed(piece, reading, stray=index >= len(pieces)) and not _drawn(pixels, piece, reading):
                lines.append(TextLine(piece.box, reading.text.strip(), reading.confidence))
        return lines

    def _regions(self, pixels: Pixels, part: Box) -> list[Region]:
        """Where text is in a part, in picture pixels."""
        window = _window(pixels, part)
        seen = [r.shift(window.left, window.top) for r in regions(self.engine.text_map(view(pixels, window)))]
        return seen if window == part else [r for r in seen if r.core.overlap(part).area > 0.5 * r.core.area]

    @staticmethod
    def _cut(pixels: Pixels, seen: Sequence[Region], spacing: float) -> list[list[Piece]]:
        """The pieces of each region."""
        found = segment.joined(seen, reach=0.5 * (spacing - 1))
        rows = [segment.limits(index, found) for index in range(len(found))]
        return [segment.split(pixels, r, limits, spacing) for r, limits in zip(found, rows, strict=True)]

    def _recognise(self, pixels: Pixels, pieces: Sequence[Piece]) -> list[Reading]:
        """Readings of pieces; what was seen before is not recognised again."""
        keys: list[bytes] = []
        todo: dict[bytes, tuple[Pixels, Piece]] = {}
        for piece in pieces:
            crop = segment.padded(pixels, piece)
            key = hashlib.blake2b(crop.tobytes(), digest_size=16, salt=crop.shape[1].to_bytes(4, "little")).digest()
            keys.append(key)
            if piece.dots:
                self._known[key] = Reading("•" * piece.dots, 1.0)
            elif key not in self._known:
                todo[key] = (crop, piece)
        crops = [crop for crop, _ in todo.values()]
        for (key, (crop, piece)), reading in zip(todo.items(), self.engine.recognise(crops), strict=True):
            reading = settled(reading, crop, piece.background)
            self._known[key] = respace(reading, crop, piece.background)
        readings = [self._known[key] for key in keys]
        for key in keys:
            self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return readings


def _distinct(seen: Sequence[Region]) -> list[Region]:
    """The regions without those that lie mostly in a larger one: where parts overlap, both find the same text."""
    kept: list[Region] = []
    for region in sorted(seen, key=lambda r: -r.core.area):
        near = (k.core for k in kept if touching(region.core, k.core))
        if all(region.core.overlap(core).area < 0.5 * region.core.area for core in near):
            kept.append(region)
    return sorted(kept, key=lambda r: (r.core.top, r.core.left))


def _window(pixels: Pixels, part: Box) -> Box:
    """The part with as much round it as makes one of a few sizes: each new size costs the network a preparation."""
    height, width = pixels.shape[:2]
    wide = next(
        (w for w in (-(-width * n // _COLUMNS // 32) * 32 for n in range(1, _COLUMNS)) if w >= part.width), width
    )
    high = next((h for h in _HEIGHTS if h >= part.height), height)
    wide, high = min(wide, width), min(high, height)
    left = min(max(0, part.center.x - wide // 2), width - wide)
    top = min(max(0, part.center.y - high // 2), height - high)
    return Box(left=left, top=top, width=wide, height=high)


def _without_doubles(pieces: list[Piece]) -> list[Piece]:
    """Pieces that mostly lie in another one left out: two regions may reach for the same ink."""
    kept: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: -p.box.area):
        near = [k.box for k in kept if touching(piece.box, k.box)]
        if all(piece.box.overlap(box).area < 0.6 * piece.box.area for box in near):
            kept.append(piece)
    return kept


_LOWEST = 5
"""Pixels: no letter or digit is lower."""
_DASHES = frozenset("-–—_")
_DRAWN = frozenset("●○■□◯〇◆◇◎☐☑☒口▲▼△▽◀▶")


def _believed(piece: Piece, reading: Reading, *, stray: bool) -> bool:
    """Whether a reading is text: loose ink must be a sure character, as icons look like letters."""
    text = reading.text.strip()
    if not text or all(c in _DRAWN or c.isspace() for c in text):
        return False
    if text[0].isalnum() and piece.box.height < _LOWEST:
        return False
    if stray:
        if text in _DASHES:
            return reading.confidence >= 0.5
        if len(text) > 1 and text.isalpha():
            return reading.confidence >= 0.95
        sure = reading.confidence >= 0.8 and all(c in _SINGLE or c in " .,:" for c in text)
        return set(text) == {"•"} or sure
    if len(text) == 1 and not (text.isascii() and text.isalnum()):
        # An icon beside text reads as some rare character.
        return reading.confidence >= 0.75
    # Drawings (sliders, buttons of a window) read as signs.
    return reading.confidence >= (0.5 if any(c.isalnum() for c in text) else 0.85)


def _drawn(pixels: Pixels, piece: Piece, reading: Reading) -> bool:
    """Whether what reads as one character, and stands on no one background, is an icon."""
    return piece.background is None and len(reading.text.strip()) == 1 and is_disc(view(pixels, piece.box))


def _mostly_in(box: Box, lines: Sequence[TextLine]) -> bool:
    """Whether a reading is of (a piece of) lines that are known."""
    return sum(box.overlap(line.box.grow(2)).area for line in lines if touching(box, line.box)) > 0.85 * box.area


def _taken(box: Box, fresh: Sequence[TextLine]) -> bool:
    """Whether a line goes on in what was read anew: then it was read with that."""
    return any(box.overlap(line.box).area > 0.2 * box.area for line in fresh if touching(box, line.box))


def _areas(whole: Box, lines: Sequence[TextLine], changed: Sequence[Box]) -> list[Box]:
    """What must be read again: the changes, each with room round it and the whole of the lines that it reaches."""
    parts: list[Box] = []
    for box in changed:
        part, reach = box.grow(24), box.grow(_REACH)
        for line in lines:
            if touching(line.box, reach):
                part = part.union(line.box.grow(12))
        parts.append(whole.overlap(part))
    merged = True
    while merged:
        merged = False
        for i, one in enumerate(parts):
            for j in range(i + 1, len(parts)):
                joined = one.union(parts[j])
                if touching(one, parts[j]) and joined.area < 1.2 * (one.area + parts[j].area):
                    parts = [p for k, p in enumerate(parts) if k not in (i, j)] + [joined]
                    merged = True
                    break
            if merged:
                break
    return parts


def _in_order(lines: list[TextLine]) -> list[TextLine]:
    """Row by row, each from left to right; lines that overlap by half their height stand in one row."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda x: (x.box.top + x.box.bottom, x.box.left)):
        last = rows[-1][-1].box if rows else None
        common = min(last.bottom, line.box.bottom) - max(last.top, line.box.top) if last else 0
        if last and common > 0.5 * min(last.height, line.box.height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda x: x.box.left)]
