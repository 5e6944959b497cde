"""Switches: a track with a knob at one end."""

from __future__ import annotations

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Colour, luma
from agent.perception.widgets.scene import Bools, Rect, Scene, middle
from agent.perception.widgets.shapes import Shape, border_width
from agent.schema import ElementState, Pixels


def find_switch(scene: Scene, s: Shape) -> Widget | None:
    """A pill with a knob at one end; on when the knob is at the right."""
    w, h = s.rect.width, s.rect.height
    if not 1.3 * h <= w <= 2.8 * h or h < scene.px(8):
        return None
    found = _pill(scene, s)
    if found is None and (side := _disc_in_pill(scene, s)) is not None:
        found = Widget("switch", s.rect.box(), ElementState(checked=side), 0.8)
    if found is None and (side := _behind_knob(scene, s)) is not None:
        found = Widget("switch", s.rect.box(), ElementState(checked=side), 0.75)
    return found


def _disc_in_pill(scene: Scene, s: Shape) -> bool | None:
    """A disc at one end of a pill, whatever is drawn or written at the other end; True where it is at the right."""
    h, w = s.solid.shape
    if not 1.5 * h <= w or s.area < 0.8 or s.lopsided > 0.1 or h < scene.px(14):
        return None
    crop = scene.pixels[s.rect.top : s.rect.bottom, s.rect.left : s.rect.right].astype(np.int16)
    yy, xx = np.mgrid[0:h, 0:w]
    depth = border_width(crop) + 1
    track = middle(np.concatenate([crop[depth, h // 2 : w - h // 2], crop[h - 1 - depth, h // 2 : w - h // 2]]))
    held = [_is_disc(crop, np.hypot(xx - x, yy - (h - 1) / 2) / (h / 2), track) for x in ((h - 1) / 2, w - (h + 1) / 2)]
    if held[0] == held[1]:
        return None
    other = crop[depth:-depth, h:-depth] if held[0] else crop[depth:-depth, depth : w - h]
    if not other.size or float((np.abs(other - track).max(axis=2) <= 24).mean()) < 0.5:
        return None
    return held[1]


def _is_disc(crop: Colour, radius: Colour, track: Colour) -> bool:
    """Whether a flat disc stands out from the track round it; `radius` counts from its middle, in half heights."""
    inside = crop[radius < 0.55]
    colour = middle(inside)
    flat = float((np.abs(inside - colour).max(axis=1) <= 24).mean()) > 0.95
    if not flat or np.abs(colour - track).max() <= 40:
        return False
    # towards the middle of the pill the track comes into view again
    ring = crop[(radius > 1.02) & (radius < 1.15)]
    return len(ring) > 0 and float((np.abs(ring - colour).max(axis=1) <= 24).mean()) < 0.5


def _behind_knob(scene: Scene, s: Shape) -> bool | None:
    """True where the end of a track shows at the left of a disc that is no more than a shadow, False at the right."""
    h = s.rect.height
    y = (s.rect.top + s.rect.bottom) // 2
    for share, right in ((0.8, False), (0.2, True)):
        label = int(scene.zones[y, s.rect.left + round(share * s.rect.width)])
        left, top, end, bottom, _ = (int(v) for v in scene.zone_rects[label])
        part = Rect(left, top, end, bottom)
        if not label or not part.inside(s.rect, 1) or not 0.35 * h <= part.height <= 0.9 * h:
            continue
        if np.abs(scene.pixels[y, s.rect.left + round(share * s.rect.width)] - s.around).max() < 20:
            continue
        mask = scene.zones[top : bottom - 1, left : end - 1] == label
        mask = mask[:, ::-1] if right else mask
        if min(mask.shape) < 5:
            continue
        first, last = mask.argmax(axis=1), mask.shape[1] - mask[:, ::-1].argmax(axis=1)
        middle_row = len(first) // 2
        # hollow towards the knob, round at the other end
        above, below = int(first[middle_row]) - int(first[1]), int(first[middle_row]) - int(first[-2])
        if (
            min(above, below) >= 0
            and max(above, below) >= 2
            and int(last[middle_row]) - max(int(last[0]), int(last[-1])) >= 2
        ):
            return right
    return None


def _pill(scene: Scene, s: Shape) -> Widget | None:
    w, h = s.rect.width, s.rect.height
    side = _knob_on_bar(scene, s)
    if side is not None:
        return Widget("switch", s.rect.box(), ElementState(checked=side), 0.85)
    crop = scene.pixels[s.rect.top : s.rect.bottom, s.rect.left : s.rect.right].astype(np.int16)
    unlike = float((np.abs(crop - crop[::-1]).max(axis=2) > 48).mean())
    if unlike > 0.12:
        return None  # text is not the same upside down
    r, half = max(2, h // 5), h // 2
    ends = [middle(crop[half - r : half + r, x - r : x + r].reshape(-1, 3)) for x in (h // 2, w - h // 2)]
    if np.abs(ends[0] - ends[1]).max() < (5 if unlike < 0.03 else 12) or not _calm(crop, ends, h):
        return None
    right = _knob_at_right(crop, s, ends)
    return None if right is None else Widget("switch", s.rect.box(), ElementState(checked=right), 0.85)


def _knob_on_bar(scene: Scene, s: Shape) -> bool | None:
    """A disc at one end of a thinner bar; True where it is at the right end."""
    heights = s.solid.sum(axis=0)
    h, w = s.solid.shape
    thin = float(np.percentile(heights[2:-2], 25))
    if thin < 0.35 * h or h < 1.2 * thin:
        return None
    even = np.abs(heights - thin) <= 1
    tall = np.nonzero(heights > thin + 1.5)[0]
    if even.mean() < 0.25 or not len(tall):
        return None
    span = int(tall[-1] - tall[0] + 1)
    if span > len(tall) + 1 or not 0.5 * h <= span <= 1.3 * h:
        return None
    left, right = int(tall[0]), w - 1 - int(tall[-1])
    if min(left, right) > 0.2 * h or max(left, right) < 0.25 * h:
        return None
    return right < left


def _calm(crop: Colour, ends: list[Colour], h: int) -> bool:
    """Both ends are flat: a word or an icon beside another is not a knob on its track."""
    half, r = h // 2, max(1, h // 6)
    for x, colour in zip((h // 2, crop.shape[1] - h // 2), ends, strict=True):
        part = crop[half - r : half + r + 1, max(0, x - r) : x + r + 1]
        if float((np.abs(part - colour).max(axis=2) > 30).mean()) > 0.34:
            return False
    return True


def _knob_at_right(crop: Colour, s: Shape, ends: list[Colour]) -> bool | None:
    h, w = s.solid.shape
    heights = s.solid.sum(axis=0)
    left, right = float(heights[h // 2]), float(heights[w - 1 - h // 2])
    if abs(left - right) >= 0.15 * h:
        return right > left  # the knob is taller than its track
    if min(left, right) < 0.8 * h or s.area < 0.8 or s.lopsided > 0.16:
        return None
    # the knob lies inside its track: so it is less high than what shows of the track at the other end
    tall = [_reach(crop[:, x - 1 : x + 2], end) for x, end in zip((h // 2, w - 1 - h // 2), ends, strict=True)]
    if min(tall) >= 0.3 * h and abs(tall[0] - tall[1]) >= max(2, 0.08 * h):
        return tall[1] < tall[0]
    # what runs along the edge is track
    border = border_width(crop)
    depth = min(h // 5, border + 1)
    rim = np.concatenate([crop[depth, h // 2 : w - h // 2], crop[h - 1 - depth, h // 2 : w - h // 2]])
    track = middle(rim)
    away = [int(np.abs(end - track).max()) for end in ends]
    if min(away) > 30:
        return luma(ends[1]) > luma(ends[0])
    if abs(away[0] - away[1]) < 5:
        return None
    return away[1] > away[0]


def _reach(columns: Colour, colour: Colour) -> int:
    """How many rows of a colour go on from the middle of a strip without a gap; a sign in the middle is no gap."""
    same = np.abs(np.median(columns, axis=1) - colour).max(axis=1) <= 30
    middle_row = len(same) // 2
    near = len(same) // 5
    below, above = same[middle_row:], same[:middle_row][::-1]
    rows = 0
    for half in (below, above):
        start = int(half.argmax())
        if not half.any() or start > near:
            return 0
        gaps = np.nonzero(~half[start:])[0]
        rows += start + (int(gaps[0]) if len(gaps) else len(half) - start)
    return rows


def find_tracks(scene: Scene) -> list[Widget]:
    """Switches whose knob has the page's own colour: all that shows is the track, hollow where the knob lies on it."""
    zones = scene.zone_rects
    w, h = zones[:, 2] - zones[:, 0], zones[:, 3] - zones[:, 1]
    ok = (h >= scene.px(8)) & (h <= scene.px(24)) & (w >= 0.6 * h) & (w <= 2 * h)
    ok &= zones[:, 4] >= 0.55 * w * h
    ok[0] = False
    found: list[Widget] = []
    for label in np.nonzero(ok)[0]:
        track = Rect(*(int(v) for v in zones[label, :4]))
        if (widget := _under_knob(scene, track, int(label))) is not None:
            found.append(widget)
    return found


def _under_knob(scene: Scene, track: Rect, label: int) -> Widget | None:
    h = track.height
    mask = scene.zones[track.top : track.bottom - 1, track.left : track.right - 1] == label
    for right in (False, True):
        if not _hollow_and_round(mask[:, ::-1] if right else mask):
            continue
        knob = round(1.4 * h)
        middle_row = (track.top + track.bottom) // 2
        left, end = (track.left, track.right + knob) if right else (track.left - knob, track.right)
        box = Rect(left, middle_row - knob // 2, end, middle_row + knob // 2)
        if scene.clamp(box) != box:
            continue
        colour = middle(scene.pixels[track.top : track.bottom - 1, track.left : track.right - 1][mask])
        page = scene.pixels[box.top, end - 1 if right else left].astype(np.int16)
        centre, r = end - knob // 2 if right else left + knob // 2, knob // 4
        inside = scene.pixels[middle_row - r : middle_row + r, centre - r : centre + r].astype(np.int16)
        if np.abs(inside - page).max() <= 8 and np.abs(colour - page).max() >= 30:
            return Widget("switch", box.box(), ElementState(checked=right), 0.7)
    return None


def _hollow_and_round(mask: Bools) -> bool:
    """Whether a flat patch is hollow at its left, as a disc on it would leave it, and round at its right."""
    if min(mask.shape) < 6 or not mask.any(axis=1).all():
        return False
    first, last = mask.argmax(axis=1), mask.shape[1] - mask[:, ::-1].argmax(axis=1)
    at = len(first) // 2
    above, below = int(first[at]) - int(first[0]), int(first[at]) - int(first[-1])
    bulge = int(last[at]) - max(int(last[0]), int(last[-1]))
    # the knob's shadow lies on the lower half
    hollow = min(above, below) >= 0 and max(above, below) >= 2
    return hollow and bulge >= max(2, len(first) // 5) and bool((np.diff(first[: at + 1]) >= 0).mean() > 0.8)


def find_knobs(scene: Scene) -> list[Widget]:
    """Switches whose knob, often white with a soft shadow, stands out over one end of a thinner track."""
    zones = scene.zone_rects
    w, h = zones[:, 2] - zones[:, 0], zones[:, 3] - zones[:, 1]
    fill = zones[:, 4] / np.maximum(1, w * h)
    ok = (np.abs(w - h) <= np.maximum(1, h // 8)) & (h >= scene.px(9)) & (h <= scene.px(34))
    ok &= (fill >= 0.6) & (fill <= 0.9)
    ok[0] = False
    found: list[Widget] = []
    for label in np.nonzero(ok)[0]:
        knob = Rect(*(int(v) for v in zones[label, :4]))
        widget = _on_track(scene, knob)
        if widget is not None:
            found.append(widget)
    return found


def _on_track(scene: Scene, knob: Rect) -> Widget | None:
    """The switch that a disc is the knob of, if a short bar reaches out on one side of it and on no other."""
    d, cy = knob.height, (knob.top + knob.bottom) // 2
    reach = 2 * d
    area = Rect(knob.left - reach, knob.top - d // 2, knob.right + reach, knob.bottom + d // 2)
    if scene.clamp(area) != area:
        return None
    pixels = scene.pixels
    points = [pixels[y, x] for y in (area.top, area.bottom - 1) for x in (knob.left - d // 2, knob.right + d // 2)]
    colours = np.array(points, np.int16)
    page = middle(colours)
    if int(np.abs(colours - page).max()) > 12:
        return None
    west, east = (
        _length(pixels[cy, area.left : knob.left][::-1], page),
        _length(pixels[cy, knob.right : area.right], page),
    )
    long, short = max(west, east), min(west, east)
    if not 0.4 * d <= long <= 1.5 * d or short > 0.35 * d:
        return None
    # the outer part of the track is free of the knob's shadow
    x = knob.right + round(0.7 * east) if east > west else knob.left - 1 - round(0.7 * west)
    column = pixels[area.top : area.bottom, x].astype(np.int16)
    drawn = np.nonzero(np.abs(column - page).max(axis=1) > 12)[0]
    if not len(drawn) or drawn[-1] - drawn[0] + 1 != len(drawn) or not 0.35 * d <= len(drawn) <= 1.05 * d:
        return None
    track = column[drawn[1:-1]]
    flat = len(track) > 1 and int(np.abs(track - middle(track)).max()) < 24
    level = abs((drawn[0] + drawn[-1]) / 2 + area.top - (knob.top + knob.bottom - 1) / 2) <= max(1.5, 0.08 * d)
    if not flat or not level:
        return None
    left, right = (knob.left, knob.right + east) if east > west else (knob.left - west, knob.right)
    box = Rect(left, knob.top, right, knob.bottom).box()
    return Widget("switch", box, ElementState(checked=west > east), 0.75)


def _length(ray: Pixels, page: Colour) -> int:
    """How far something unlike the page reaches from where one starts."""
    same = np.abs(ray.astype(np.int16) - page).max(axis=1) <= 12
    return int(same.argmax()) if same.any() else len(ray)
