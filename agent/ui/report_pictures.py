"""Pictures of a report: crops of the screen, small enough to embed, with the target marked above them."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from agent.schema import Box, Pixels, Point

_QUALITY = 82
_MIN_CROP = (640, 300)
"""Width and height, in desktop pixels, of the least that is shown round a target."""
_MARGIN = 48
_LARGEST = 1.0
"""Pictures are never enlarged."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An embedded picture and what part of the desktop it shows."""

    data: str
    """A `data:` address."""
    width: int
    height: int
    region: Box


def crop_for(screen: Box, boxes: list[Box]) -> Box:
    """The part of the screen that shows all the boxes with some room round them; the whole screen without any."""
    boxes = [box for box in boxes if box.overlap(screen).area]
    if not boxes:
        return screen
    area = boxes[0]
    for box in boxes[1:]:
        area = area.union(box)
    area = area.grow(_MARGIN)
    width = min(screen.width, max(area.width, _MIN_CROP[0]))
    height = min(screen.height, max(area.height, _MIN_CROP[1]))
    left = min(max(screen.left, area.center.x - width // 2), screen.right - width)
    top = min(max(screen.top, area.center.y - height // 2), screen.bottom - height)
    return Box(left=left, top=top, width=width, height=height)


def embed(pixels: Pixels, screen: Box, part: Box, max_width: int) -> Picture:
    """A part of a picture of the screen (both in desktop pixels) as WebP, at most `max_width` pixels wide."""
    scale = pixels.shape[1] / screen.width if screen.width else 1.0
    left, top = round((part.left - screen.left) * scale), round((part.top - screen.top) * scale)
    right, bottom = left + max(1, round(part.width * scale)), top + max(1, round(part.height * scale))
    cut = pixels[top:bottom, left:right]
    factor = min(_LARGEST, max_width / cut.shape[1])
    size = (max(1, round(cut.shape[1] * factor)), max(1, round(cut.shape[0] * factor)))
    if factor < 1:
        cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(np.ascontiguousarray(cut), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".webp", bgr, (cv2.IMWRITE_WEBP_QUALITY, _QUALITY))
    kind = "webp"
    if not done:
        done, data = cv2.imencode(".png", bgr)
        kind = "png"
    encoded = base64.b64encode(data.tobytes()).decode()
    return Picture(f"data:image/{kind};base64,{encoded}", size[0], size[1], part)


def marker(part: Box, box: Box | None, points: list[Point]) -> str:
    """SVG over a picture that shows `part`: the target's box, a crosshair at each point, a line between them.

    Drawn above the picture rather than into it, so that it stays sharp and what lies under it can be seen.
    """
    shapes: list[str] = []
    if box is not None:
        b = box.grow(3).shift(-part.left, -part.top)
        shapes.append(f'<rect x="{b.left}" y="{b.top}" width="{b.width}" height="{b.height}" rx="5"/>')
    spots = [(p.x - part.left, p.y - part.top) for p in points]
    if len(spots) > 1:
        shapes.append(f'<polyline points="{" ".join(f"{x},{y}" for x, y in spots)}"/>')
    for x, y in spots:
        cross = f"M{x - 16} {y}H{x - 5}M{x + 5} {y}H{x + 16}M{x} {y - 16}V{y - 5}M{x} {y + 5}V{y + 16}"
        shapes.append(f'<path d="{cross}"/><circle cx="{x}" cy="{y}" r="2"/>')
    if not shapes:
        return ""
    inside = "".join(shapes)
    # Two strokes, a light one under a strong one, are seen on any ground.
    return (
        f'<svg class="mark" viewBox="0 0 {part.width} {part.height}" aria-hidden="true">'
        f'<g class="halo">{inside}</g><g class="ink">{inside}</g></svg>'
    )
