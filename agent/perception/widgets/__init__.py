"""Controls found by their drawing: no model, only flat areas, outlines and how people draw."""

from __future__ import annotations

from collections.abc import Sequence

from agent.perception.parts import TextLine, Widget
from agent.perception.widgets.bars import find_scrollbars, find_sliders
from agent.perception.widgets.boxes import find_frames
from agent.perception.widgets.dialogs import find_dialogs
from agent.perception.widgets.fields import find_fields
from agent.perception.widgets.grips import find_areas, with_areas
from agent.perception.widgets.links import find_links
from agent.perception.widgets.scene import cut, likely_scale
from agent.perception.widgets.settle import settle, with_peers
from agent.perception.widgets.shaded import find_shaded
from agent.perception.widgets.small import find_small
from agent.perception.widgets.switches import find_knobs, find_tracks
from agent.perception.widgets.toolbars import find_tools, without_what_tools_are
from agent.perception.widgets.underlined import find_underlined
from agent.perception.widgets.update import update
from agent.schema import Box, Pixels


def find_widgets(pixels: Pixels, lines: Sequence[TextLine], *, ui_scale: float = 1.0) -> list[Widget]:
    """The controls in a picture with boxes in its pixels, in no particular order.

    `pixels` is RGB (height, width, 3); `lines` are the text lines read from the same picture; `ui_scale` is how many
    picture pixels one design pixel takes (2.0 on a display at 200 %); where the text is much higher than that
    allows, more is assumed.
    """
    return with_peers(_find(pixels, lines, likely_scale(lines, ui_scale)))


def update_widgets(
    pixels: Pixels,
    lines: Sequence[TextLine],
    previous: Sequence[Widget],
    changed: Sequence[Box],
    *,
    ui_scale: float = 1.0,
) -> list[Widget]:
    """The same as `find_widgets`, looking again only near `changed` (boxes in picture pixels).

    `previous` are the widgets of the picture before, which must differ from `pixels` only in `changed`.
    """
    scale = likely_scale(lines, ui_scale)
    found = update(_find, pixels, lines, previous, changed, scale)
    return with_peers(_find(pixels, lines, scale) if found is None else found, previous)


def _find(pixels: Pixels, lines: Sequence[TextLine], scale: float) -> list[Widget]:
    if min(pixels.shape[:2]) < 8:
        return []
    scene = cut(pixels, lines, scale)
    frames = find_frames(scene)
    found = find_fields(scene, frames)
    found += find_small(scene)
    found += find_knobs(scene)
    found += find_tracks(scene)
    found += find_sliders(scene)
    found += find_scrollbars(scene, frames)
    found += find_underlined(scene, frames)
    found += find_links(scene)
    found += find_shaded(scene, found)
    found = with_areas(found, find_areas(scene))
    found = without_what_tools_are(settle(scene, found), find_tools(scene))
    return found + find_dialogs(scene, frames)
