"""The controls of a picture of which only a part has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.perception.parts import TextLine, Widget
from agent.schema import Box, Pixels

CONTEXT = 64
"""How far round a change one must look again, in design pixels: a row of a table, the text beside a check box."""


def update(
    find: Callable[[Pixels, Sequence[TextLine], float], list[Widget]],
    pixels: Pixels,
    lines: Sequence[TextLine],
    previous: Sequence[Widget],
    changed: Sequence[Box],
    scale: float,
) -> list[Widget] | None:
    """What `find` would find in the whole picture; None where the change is so large that one had better ask it.

    Looked at again is the change with its context, grown to whole controls. A control that the border of this part
    cuts is not judged by what is left of it: the old one stays. So do dialogs, which only a whole picture shows.
    """
    whole = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
    if not changed:
        return list(previous)
    touched = changed[0]
    for box in changed[1:]:
        touched = touched.union(box)
    core = whole.overlap(_to_whole(touched.grow(round(8 * scale)), previous))
    part = whole.overlap(_to_whole(core.grow(round(CONTEXT * scale)), previous).grow(round(8 * scale)))
    # A list that closes uncovers controls that reach beyond every part: a large change asks for the whole.
    if part.area > 0.4 * whole.area or touched.area > 0.06 * whole.area:
        return None
    crop = pixels[part.top : part.bottom, part.left : part.right]
    near = [
        TextLine(line.box.shift(-part.left, -part.top), line.text, line.confidence)
        for line in lines
        if line.box.overlap(part).area > 0
    ]
    fresh = [Widget(w.role, w.box.shift(part.left, part.top), w.state, w.confidence) for w in find(crop, near, scale)]
    kept = [w for w in previous if w.role == "dialog" or not _belongs(w, core)]
    return kept + [w for w in fresh if w.role != "dialog" and _belongs(w, core)]


def _to_whole(box: Box, widgets: Sequence[Widget]) -> Box:
    """A box grown until it cuts no control (but panels and bars far larger than it don't count)."""
    for _ in range(3):
        grown, limit = box, 6 * max(1, box.height) + 200
        for widget in widgets:
            there = widget.role != "dialog" and widget.box.height < limit and widget.box.overlap(grown).area > 0
            if there:
                grown = grown.union(widget.box)
        if grown == box:
            break
        box = grown
    return box


def _belongs(widget: Widget, core: Box) -> bool:
    return core.contains(widget.box.center) or widget.box.overlap(core).area > 0.5 * widget.box.area
