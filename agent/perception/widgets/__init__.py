"""Controls found by their drawing: no model, only flat areas, outlines and how people draw."""

from __future__ import annotations

from collections.abc import Sequence

from agent.perception.parts import TextLine, Widget
from agent.perception.widgets.bars import find_scrollbars, find_sliders, find_underlined
from agent.perception.widgets.boxes import find_frames
from agent.perception.widgets.fields import find_fields
from agent.perception.widgets.links import find_links
from agent.perception.widgets.scene import cut, likely_scale
from agent.perception.widgets.settle import settle
from agent.perception.widgets.small import find_small
from agent.schema import Pixels


def find_widgets(pixels: Pixels, lines: Sequence[TextLine], *, ui_scale: float = 1.0) -> list[Widget]:
    """The controls in a picture with boxes in its pixels, in no particular order.

    `pixels` is RGB (height, width, 3); `lines` are the text lines read from the same picture; `ui_scale` is how many
    picture pixels one design pixel takes (2.0 on a display at 200 %); where the text is much higher than that
    allows, more is assumed.
    """
    scene = cut(pixels, lines, likely_scale(lines, ui_scale))
    frames = find_frames(scene)
    found = find_fields(scene, frames)
    found += find_small(scene)
    found += find_sliders(scene)
    found += find_scrollbars(scene, frames)
    found += find_underlined(scene, frames)
    found += find_links(scene)
    return settle(scene, found)
