"""What a closed rectangle is: text field, dropdown, button, text area, list, or only a panel."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Frame, Ink, children, chroma, find_ink, luma, split_tail
from agent.perception.widgets.glued import find_lists, join_parts, table_cells
from agent.perception.widgets.glyphs import Glyph, glyph_of, has_grip
from agent.perception.widgets.menubars import menu_entries
from agent.perception.widgets.scene import Rect, Scene
from agent.perception.widgets.tracks import broken_tracks, segments
from agent.schema import ElementState, Role

_DATE = re.compile(r"^\W*(\d{1,4}|[dmyjht-]{2,4})\s?[/.:-]\s?(\d{1,2}|[dmyjht-]{2,4})\b", re.IGNORECASE)


_NUMBER = re.compile(r"^[-+]?\d[\d.,:]*\W*$")


def find_fields(scene: Scene, frames: list[Frame]) -> list[Widget]:
    """Classify frames; `frames` come small ones first."""
    inside = children(frames)
    cells = table_cells(scene, frames)
    tracks = broken_tracks(scene, frames)
    cells |= {j for members, _ in tracks for i in members for j in (i, *inside[i])}
    found: list[Widget | None] = []
    parts = [option for _, options in tracks for option in options]
    for i, frame in enumerate(frames):
        inner = [frames[j] for j in inside[i]]
        if options := [] if i in cells else segments(scene, frame, inner):
            found.append(None)
            for j in inside[i]:
                found[j] = None
            parts.extend(options)
            continue
        widget = None if i in cells else _classify(scene, frame, inner)
        if widget is not None and widget.role in ("textbox", "textarea") and _cut_off(scene, frame):
            widget = None
        found.append(widget)
        pieces = _split(scene, frame) if widget is None or widget.role == "button" else []
        pieces = pieces or ([] if i in cells else menu_entries(scene, frame))
        if pieces:
            found[-1] = None
            parts.extend(pieces)
    _drop_nested(found, inside)
    lists = find_lists(scene, frames)
    for i in {i for chain, _ in lists for i in chain}:
        found[i] = None
    join_parts(scene, frames, found)
    return [w for w in found if w] + parts + [w for _, w in lists]


def _classify(scene: Scene, f: Frame, inner: list[Frame]) -> Widget | None:
    w, h = f.inner.width, f.inner.height
    big = [c for c in inner if c.inner.height >= 0.45 * min(h, scene.px(30)) and c.inner.width > scene.px(14)]
    if h > scene.px(66):
        return _area(scene, f, big)
    if h < scene.px(12) or w < scene.px(16):
        return None
    main = [c for c in big if c.inner.left < f.inner.right - 2.2 * h and c.inner.right > f.inner.left + 2.2 * h]
    if main or w > scene.px(1500):
        return None
    return _single(scene, f)


def _cut_off(scene: Scene, f: Frame) -> bool:
    """It goes on beyond the picture: a bar of the page, or a field that has to be scrolled to."""
    r = f.inner
    return r.left <= 0 or r.top <= 0 or r.right >= scene.width or r.bottom >= scene.height


def _single(scene: Scene, f: Frame) -> Widget | None:
    """A box of one line's height."""
    w, h = f.inner.width, f.inner.height
    rest, tail = _tail(scene, f)
    if len(f.ink) > 5 and not _left_aligned(scene, f):
        return None  # a sentence
    # White on a dark page is how fields are drawn there, and the captions of buttons stand in the middle.
    bright = chroma(f.fill) <= 20 and luma(f.fill) > luma(f.around) + 90
    strong = f.contrast > 90 and not f.has_border and not bright
    vivid = (chroma(f.fill) > 45 and f.tint > 30 and f.contrast > 60) or strong
    if not f.has_border and f.contrast < 5:
        return None
    if h >= scene.px(28) and w >= scene.px(60) and not vivid and has_grip(scene, f):
        return _widget(scene, f, "textarea", 0.95)
    if not f.ink:
        return _empty(scene, f, vivid)
    if tail is Glyph.UPDOWN and _numeric(scene, f, rest):
        return _widget(scene, f, "spinbutton", 0.8)
    if tail in (Glyph.CHEVRON, Glyph.UPDOWN) and not vivid and w >= (1.1 if rest else 1.6) * h:
        return _widget(scene, f, "combobox", 0.9 if tail is Glyph.CHEVRON else 0.8)
    if vivid:
        if _centred(scene, f, f.ink) and h >= scene.px(21):
            return _widget(scene, f, "button", 0.85)
        return _widget(scene, f, "button", 0.6) if _short_caption(scene, f) else None
    if len(f.ink) >= 3 and _spread(f.ink) and w > scene.px(420) and not _tools_at_end(f):
        return None
    if not rest:
        if tail is not Glyph.NONE and w > 2.5 * h:
            return _widget(scene, f, "textbox", 0.8)
        return _widget(scene, f, "button", 0.6) if w <= 2.2 * h and _centred(scene, f, f.ink) else None
    if tail is Glyph.OTHER and rest and (_is_date(scene, f) or _apart(scene, f, rest)):
        return _widget(scene, f, "textbox", 0.85)
    if _centred(scene, f, f.ink):
        return _button_or_text(scene, f)
    if w < 1.2 * h and not f.has_border:
        return None
    if w < 1.1 * h and not scene.lines_in(f.inner):
        return _widget(scene, f, "button", 0.5)  # an icon that is not quite in the middle
    if _tinted(f):
        return None
    if h >= scene.px(50) and not f.has_border and f.ink[0].rect.height < 0.4 * h:
        return _widget(scene, f, "textbox", 0.4)  # rather a card with one line in it
    return _widget(scene, f, "textbox", 0.85 if f.has_border else 0.7)


def _tools_at_end(f: Frame) -> bool:
    """After its text a wide field has nothing but small drawings side by side at its right end."""
    h, right = f.inner.height, f.inner.right
    gap, at = max((b.rect.left - a.rect.right, b.rect.left) for a, b in pairwise(f.ink))
    tools = [ink.rect for ink in f.ink if ink.rect.left >= at]
    return gap > 3 * h and at > right - 3 * h and all(r.width <= 0.6 * h for r in tools)


def _short_caption(scene: Scene, f: Frame) -> bool:
    """A word or two at the left of a coloured box that is no wider than a button."""
    w, h, pad = f.inner.width, f.inner.height, f.ink[0].rect.left - f.inner.left
    small = scene.px(28) <= h <= scene.px(64) and w <= min(scene.px(220), 6 * h)
    return small and pad <= scene.px(20) and not _spread(f.ink) and len(scene.lines_in(f.inner)) == 1


def _left_aligned(scene: Scene, f: Frame) -> bool:
    left, right = f.ink[0].rect.left - f.inner.left, f.inner.right - f.ink[-1].rect.right
    return left < scene.px(24) and right > 1.6 * left and not _tinted(f)


def _split(scene: Scene, f: Frame) -> list[Widget]:
    """A coloured bar with several captions at equal distances: buttons grown together."""
    w, h = f.inner.width, f.inner.height
    if not scene.px(24) <= h <= scene.px(60) or chroma(f.fill) <= 45 or f.contrast <= 60 or len(f.ink) < 2:
        return []
    captions: list[Rect] = []
    for ink in f.ink:
        close = captions and ink.rect.left - captions[-1].right < 0.5 * h
        if close:
            captions[-1] = Rect(captions[-1].left, captions[-1].top, ink.rect.right, captions[-1].bottom)
        else:
            captions.append(ink.rect)
    pad = captions[0].left - f.inner.left
    gaps = [b.left - a.right for a, b in pairwise(captions)]
    if len(captions) < 2 or w > scene.px(700) or any(abs(gap - 2 * pad) > scene.px(4) for gap in gaps):
        return []
    cuts = [f.outer.left, *(a.right + (b.left - a.right) // 2 for a, b in pairwise(captions))]
    ends = [*cuts[1:], f.outer.right]
    return [
        Widget("button", Rect(a, f.outer.top, b, f.outer.bottom).box(), confidence=0.7)
        for a, b in zip(cuts, ends, strict=True)
    ]


def _empty(scene: Scene, f: Frame, vivid: bool) -> Widget | None:
    w, h = f.inner.width, f.inner.height
    if vivid or h < scene.px(14 if f.has_border else 20) or _tinted(f):
        return None
    if w < 1.25 * h and not (f.has_border and h >= scene.px(24)):
        return None
    return _widget(scene, f, "textbox", 0.85 if f.has_border else 0.6)


def _tinted(f: Frame) -> bool:
    """Filled with a pale colour unlike its surroundings and no border that stands out: a notice, a tag."""
    if f.tint <= 16 or chroma(f.fill) <= 16 or f.contrast < 8:
        return False
    return int(np.abs(f.border - f.fill).max()) < 60


def _button_or_text(scene: Scene, f: Frame) -> Widget | None:
    """Centred ink: a caption, unless the box is as good as full or looks like the fields do."""
    left, right = f.ink[0].rect.left - f.inner.left, f.inner.right - f.ink[-1].rect.right
    pad = min(left, right)
    if pad < scene.px(2) and f.inner.width > scene.px(24):
        return None  # a highlight drawn tightly round a word
    if f.inner.height < scene.px(17):
        return None
    full = pad < scene.px(16) and f.inner.width > scene.px(190)
    if full and f.has_border and luma(f.fill) > 250:
        return _widget(scene, f, "textbox", 0.6)
    return _widget(scene, f, "button", 0.8)


def _centred(scene: Scene, f: Frame, ink: tuple[Ink, ...]) -> bool:
    left, right = ink[0].rect.left - f.inner.left, f.inner.right - ink[-1].rect.right
    if _spread(ink) and len(ink) > 1 and f.inner.width > 6 * f.inner.height:
        return False
    return abs(left - right) <= max(scene.px(3), 0.14 * (left + right))


def _spread(ink: tuple[Ink, ...]) -> bool:
    """Gaps between the runs are wider than spaces between words."""
    gaps = [b.rect.left - a.rect.right for a, b in pairwise(ink)]
    return bool(gaps) and max(gaps) > 40


def _numeric(scene: Scene, f: Frame, rest: tuple[Ink, ...]) -> bool:
    """Nothing but a number stands in it, or nothing; little arrows at its end may have been read as one, too."""
    end = rest[-1].rect.right if rest else f.inner.left
    texts = [scene.texts[i] for i in scene.lines_in(f.inner) if scene.lines[i].left < end]
    return not rest or any(_NUMBER.match(text) for text in texts)


def _apart(scene: Scene, f: Frame, rest: tuple[Ink, ...]) -> bool:
    """The icon stands at the end of the box, not beside its caption."""
    gap = f.ink[-1].rect.left - rest[-1].rect.right
    return gap > 1.5 * max(rest[0].rect.left - f.inner.left, scene.px(6))


def _is_date(scene: Scene, f: Frame) -> bool:
    """What stands in it is a date or time, or the pattern of one."""
    return any(_DATE.search(scene.texts[i]) for i in scene.lines_in(f.inner))


def _tail(scene: Scene, f: Frame) -> tuple[tuple[Ink, ...], Glyph]:
    """The ink without a glyph at the right end, and what that glyph is."""
    if not f.ink:
        return (), Glyph.NONE
    h = f.inner.height
    last = f.ink[-1].rect
    pieces = split_tail(scene, f, last)
    tail = pieces[-1]
    if tail.width > 0.9 * h or tail.left < f.inner.right - max(1.6 * h, scene.px(44)):
        return f.ink, Glyph.NONE
    glyph = glyph_of(scene, f, tail)
    if glyph is Glyph.NONE or (len(pieces) > 1 and glyph is Glyph.OTHER and tail.width < scene.px(10)):
        return f.ink, Glyph.NONE
    if len(pieces) == 1:
        return f.ink[:-1], glyph
    return (*f.ink[:-1], Ink(Rect(last.left, last.top, pieces[-2].right, last.bottom), f.ink[-1].amount)), glyph


def _area(scene: Scene, f: Frame, big: list[Frame]) -> Widget | None:
    """A box higher than a line: text area, list, or a panel."""
    w, h = f.inner.width, f.inner.height
    if w < scene.px(36) or h > scene.px(600) or (chroma(f.fill) > 30 and f.tint > 30):
        return None
    grip = has_grip(scene, f)
    if not f.has_border and not grip and (f.contrast < 5 or h > scene.px(200)):
        return None
    if not big and h <= scene.px(260) and _only_caption(scene, f):
        return _widget(scene, f, "button", 0.7)
    inside = scene.lines_in(f.inner)
    rows = [c for c in big if c.inner.width >= 0.6 * w]
    if grip and w >= scene.px(60):
        return _widget(scene, f, "textarea", 0.95)
    if [c for c in big if c not in rows and c.inner.height < 0.9 * h]:
        return None
    if len(inside) == 1 and rows:
        return None
    within = [i for i in inside if any(scene.lines[i].overlap(c.inner) for c in rows)]
    if rows and 2 * len(within) < len(inside):
        return None  # the texts stand beside the boxes and not in them
    if not inside:
        # Native forms give all the room that is left to their text area: sunken, lighter than the window.
        sunken = f.has_border and luma(f.around) + 4 <= luma(f.fill) and chroma(f.fill) <= 14
        high = scene.px(320) if not sunken else h
        blank = not rows and w >= scene.px(80) and h <= high and not _busy(scene, f)
        return _widget(scene, f, "textarea", 0.6) if blank else None
    lines = [scene.lines[i] for i in inside]
    whole = [line for line in lines if f.inner.top + 3 < line.top and line.bottom < f.inner.bottom - 3]
    lines = whole if len(whole) >= 2 else lines  # others are cut off
    pads = [line.left - f.inner.left for line in lines]
    room = 40 if rows else (26 if grip or (len(lines) == 1 and not f.has_border) else 16)  # a label may rest there
    tight = max(pads) - min(pads) <= scene.px(6) and min(pads) <= scene.px(16)
    if not tight or min(line.top for line in lines) - f.inner.top > scene.px(room):
        return None
    heights = [line.height for line in lines]
    if max(heights) > 1.7 * min(heights):
        return None
    short = max(line.width for line in lines) < 0.7 * w
    if len(lines) >= 2 and (rows or (short and len(lines) >= 3)):
        return _widget(scene, f, "listbox", 0.7)
    return _widget(scene, f, "textarea", 0.6)


def _only_caption(scene: Scene, f: Frame) -> bool:
    """A few letters or a sign right in the middle of a high box with a border, nothing else: a large button."""
    ink = find_ink(scene, f.inner, f.zone) if f.has_border else ()
    if not ink:
        return False
    left, right = min(i.rect.left for i in ink), max(i.rect.right for i in ink)
    top, bottom = min(i.rect.top for i in ink), max(i.rect.bottom for i in ink)
    small = right - left <= 0.6 * f.inner.width and bottom - top <= min(0.4 * f.inner.height, scene.px(40))
    aside = abs(left + right - f.inner.left - f.inner.right) / 2, abs(top + bottom - f.inner.top - f.inner.bottom) / 2
    return small and aside[0] <= max(3, 0.05 * f.inner.width) and aside[1] <= max(3, 0.08 * f.inner.height)


def _busy(scene: Scene, f: Frame) -> bool:
    """Something more than a few strokes is drawn inside."""
    r = f.inner
    part = scene.edges[r.top + 3 : r.bottom - 3, r.left + 3 : r.right - 3]
    return bool(part.size) and int(part.sum()) > 0.01 * part.size + scene.px(40)


def _widget(scene: Scene, f: Frame, role: Role, confidence: float) -> Widget:
    return Widget(role, f.outer.box(), _state(scene, f, role), confidence)


def _state(scene: Scene, f: Frame, role: Role) -> ElementState:
    if role == "button":
        return ElementState()
    border = f.border
    red = int(border[0]) - max(int(border[1]), int(border[2])) > 70
    focused = chroma(border) > 60 and not red and int(border[2]) >= int(border[0])
    grey = chroma(f.fill) <= 14 and f.has_border and 8 <= f.contrast <= 60
    darker = luma(f.fill) < luma(f.around) and luma(f.around) > 200
    return ElementState(
        invalid=True if red else None,
        focused=True if focused else None,
        disabled=True if grey and darker and luma(f.fill) < 247 else None,
    )


def _drop_nested(found: list[Widget | None], inside: list[list[int]]) -> None:
    """A field that holds fields is a panel; a drawing inside a field (selected text, a tag) is no control."""
    for i, outer in enumerate(found):
        if outer is None:
            continue
        for j in inside[i]:
            inner = found[j]
            if inner is None or outer.role == "button":
                found[j] = None
                continue
            if outer.role in ("listbox", "textarea") and inner.role in ("textbox", "button", "combobox"):
                found[j] = None
                continue
            if outer.box.area < 1.8 * inner.box.area and inner.box.width > 0.6 * outer.box.width:
                found[j] = None
                found[i] = outer = replace(outer, role=_better(outer, inner))
            elif inner.role == "button" and outer.role in ("textbox", "combobox", "textarea", "listbox"):
                at_end = inner.box.right > outer.box.right - outer.box.height
                found[j] = inner if at_end and outer.role == "textbox" else None


def _better(outer: Widget, inner: Widget) -> Role:
    return inner.role if inner.confidence > outer.confidence else outer.role
