"""Segmented controls: captions side by side on one track, of which the chosen one may lie on a pill of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Frame, chroma
from agent.perception.widgets.scene import Rect, Scene
from agent.schema import ElementState

MOST = 8


def segments(scene: Scene, f: Frame, inner: Sequence[Frame]) -> list[Widget]:
    """The options on a track, told apart by their even spacing; none where a box is something else.

    Where one of them lies on a pill, it is the one that is on, and the others are off.
    """
    h = f.inner.height
    pills = [c for c in inner if _is_pill(scene, f, c)]
    others = [c for c in inner if c.inner.height >= 0.45 * h and c.inner.width > 0.5 * h and c not in pills]
    others = [c for c in others if not any(c.outer.inside(p.outer, 2) for p in pills)]
    if len(pills) > 1 or others or (not pills and (f.has_border or f.contrast < 5)):
        return []
    return _options(scene, f.inner, f, pills[0] if pills else None)


def broken_tracks(scene: Scene, frames: Sequence[Frame]) -> list[tuple[list[int], list[Widget]]]:
    """Tracks whose pill is as high as they are, so that it parts them: the frames they are made of, and the options."""
    found: list[tuple[list[int], list[Widget]]] = []
    for n, pill in enumerate(frames):
        if not pill.ink or not scene.px(22) <= pill.outer.height <= scene.px(64):
            continue
        rests = [i for i, f in enumerate(frames) if i != n and _adjoins(scene, f, pill)]
        rests = [i for i in rests if np.abs(frames[i].fill - frames[rests[0]].fill).max() < 5]
        if not 1 <= len(rests) <= 2 or np.abs(frames[rests[0]].fill - pill.fill).max() < 5:
            continue
        parts = [frames[i].outer for i in rests]
        left, right = min(r.left for r in (*parts, pill.inner)), max(r.right for r in (*parts, pill.inner))
        track = Rect(left, pill.outer.top, right, pill.outer.bottom)
        if options := _options(scene, track, frames[rests[0]], pill):
            found.append(([n, *rests], options))
    return found


def _adjoins(scene: Scene, f: Frame, pill: Frame) -> bool:
    """Whether a flat box without a border of its own goes on at the side of another, as high as that one."""
    level = abs(f.outer.top - pill.outer.top) <= 2 and abs(f.outer.bottom - pill.outer.bottom) <= 2
    gap = min(abs(f.outer.left - pill.outer.right), abs(pill.outer.left - f.outer.right))
    # With a border round all of it, the part without the pill must not look like a field with one text.
    flat = not f.has_border and f.contrast >= 5
    return level and gap <= scene.px(3) and (flat or len(scene.lines_in(f.inner)) > 1) and bool(f.ink)


def _options(scene: Scene, track: Rect, f: Frame, pill: Frame | None) -> list[Widget]:
    w, h = track.width, track.height
    if not scene.px(22) <= h <= scene.px(64) or not 2 * h <= w <= scene.px(900) or chroma(f.fill) > 45:
        return []
    captions = _captions(scene, track)
    if not 2 <= len(captions) <= MOST:
        return []
    cuts = _cuts(scene, track, captions)
    ends = [track.left, *cuts, track.right]
    cells = [Rect(a, track.top, b, track.bottom) for a, b in pairwise(ends)] if cuts else []
    if pill is not None and not any(abs(c.left - pill.outer.left) + abs(c.right - pill.outer.right) < h for c in cells):
        return []  # a button at the end of a field
    found: list[Widget] = []
    for cell, caption in zip(cells, captions, strict=False):
        on = None if pill is None else pill.inner.left <= (caption.left + caption.right) / 2 < pill.inner.right
        found.append(Widget("button", cell.box(), ElementState(checked=on), 0.75))
    return found


def _is_pill(scene: Scene, f: Frame, c: Frame) -> bool:
    """Whether a box within another is nearly as high, midway between its edges, and of another colour."""
    above, below = c.inner.top - f.inner.top, f.inner.bottom - c.inner.bottom
    fits = c.inner.height >= 0.6 * f.inner.height and c.inner.width < 0.8 * f.inner.width
    return fits and abs(above - below) <= scene.px(3) and bool(c.ink) and int(np.abs(c.fill - f.fill).max()) >= 5


def _captions(scene: Scene, track: Rect) -> list[Rect]:
    """What is written on a track, left to right, words of one caption joined."""
    joined: list[Rect] = []
    for line in sorted((scene.lines[i] for i in scene.lines_in(track)), key=lambda r: r.left):
        if joined and line.left - joined[-1].right < 0.3 * track.height:
            last = joined.pop()
            line = Rect(last.left, min(last.top, line.top), line.right, max(last.bottom, line.bottom))
        joined.append(line)
    return joined


def _cuts(scene: Scene, track: Rect, captions: Sequence[Rect]) -> list[int]:
    """Where one option ends and the next begins: parts of one width, or captions with one padding round them."""
    part = track.width / len(captions)
    centres = [(c.left + c.right) / 2 - track.left for c in captions]
    if all(abs(centre - (n + 0.5) * part) <= max(scene.px(4), 0.015 * track.width) for n, centre in enumerate(centres)):
        return [track.left + round(n * part) for n in range(1, len(captions))]
    pads = (captions[0].left - track.left, track.right - captions[-1].right)
    gaps = [b.left - a.right for a, b in pairwise(captions)]
    even = abs(pads[0] - pads[1]) <= scene.px(6) and all(abs(gap - sum(pads)) <= scene.px(12) for gap in gaps)
    if not even or min(pads) < scene.px(6) or max(gaps) - min(gaps) > scene.px(12):
        return []
    return [a.right + (b.left - a.right) // 2 for a, b in pairwise(captions)]
