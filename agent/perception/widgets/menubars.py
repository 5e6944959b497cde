"""Bars of captions at even distances: the menus of a program."""

from __future__ import annotations

from itertools import pairwise

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Frame, chroma
from agent.perception.widgets.scene import Rect, Scene

_LEAST = 3
"""Two words may stand anywhere; three at one distance are set so."""
_LEAST_VIVID = 4
"""A coloured button may have three words with wide spaces."""


def menu_entries(scene: Scene, f: Frame) -> list[Widget]:
    """The captions of a menu bar, each with half of the room to the next; none where this is no such bar.

    Words of one text stand a third of a letter's height apart, entries more than a whole one, and evenly.
    """
    w, h = f.inner.width, f.inner.height
    if not scene.px(16) <= h <= scene.px(48) or w < 5 * h:
        return []
    rects = [ink.rect for ink in f.ink]
    count = _even(scene, rects)
    vivid = chroma(f.fill) > 45 or (f.contrast > 90 and not f.has_border)
    if count < (_LEAST_VIVID if vivid else _LEAST):
        return []
    rects = rects[:count]
    tall = sorted(r.height for r in rects)[count // 2]
    gap = rects[1].left - rects[0].right
    pad = rects[0].left - f.inner.left
    words = min(r.width for r in rects) >= tall
    # each entry has half of the distance on either side, also the first
    if gap < max(0.9 * tall, scene.px(9)) or not words or tall > 0.75 * h or not 0.3 * gap <= pad <= 0.8 * gap:
        return []
    if len(f.ink) > count and f.ink[count].rect.left - rects[-1].right < 2 * gap:
        return []
    if not any(scene.lines_in(f.inner)) and not any(line.overlap(rects[0]) for line in scene.lines):
        return []
    half = gap // 2
    return [
        Widget("button", Rect(max(f.inner.left, r.left - half), f.inner.top, r.right + half, f.inner.bottom).box(),
               confidence=0.6)
        for r in rects
    ]  # fmt: skip


def _even(scene: Scene, rects: list[Rect]) -> int:
    """How many from the left follow each other at one distance, on one line."""
    if len(rects) < _LEAST:
        return 0
    gaps = [b.left - a.right for a, b in pairwise(rects)]
    usual = sorted(gaps[: max(2, len(gaps) * 2 // 3)])[0]
    count = 1
    for gap, rect in zip(gaps, rects[1:], strict=True):
        level = abs((rect.top + rect.bottom) - (rects[0].top + rects[0].bottom)) <= scene.px(8)
        if abs(gap - usual) > max(scene.px(3), 0.25 * usual) or not level:
            break
        count += 1
    return count
