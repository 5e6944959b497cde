"""Dialogs: a panel in front of a page that has been dimmed."""

from __future__ import annotations

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Frame
from agent.perception.widgets.scene import Rect, Scene


def find_dialogs(scene: Scene, frames: list[Frame]) -> list[Widget]:
    """The largest panel that is much brighter than everything around it, if there is one."""
    step = 6
    bright = scene.pixels[::step, ::step].max(axis=2)
    edge = -(-scene.px(18) // step)
    for frame in sorted(frames, key=lambda f: -f.outer.area):
        r = frame.outer
        if not _could_be(scene, r):
            continue
        inside = np.zeros(bright.shape, np.bool_)
        inside[r.top // step : r.bottom // step + 1, r.left // step : r.right // step + 1] = True
        # a window's own scroll bar at the edge is not dimmed with its page
        out, within = bright[:, :-edge][~inside[:, :-edge]], bright[inside]
        if out.size < 0.25 * bright.size or not within.size:
            continue
        # dimming takes a share of all light, also of white text on a dark page
        if np.percentile(out, 99.5) <= 0.8 * np.percentile(within, 99.5) and np.percentile(out, 90) > 8:
            return [Widget("dialog", r.box(), confidence=0.7)]
    return []


def _could_be(scene: Scene, r: Rect) -> bool:
    margins = (r.left, r.top, scene.width - r.right, scene.height - r.bottom)
    large = r.width >= scene.px(180) and r.height >= scene.px(80)
    return large and sum(m <= 2 for m in margins) <= 1 and r.area < 0.8 * scene.width * scene.height
