"""Draws what was found over the picture it was found in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from agent.schema import Element, Pixels, Role, Screenshot

Colour = tuple[int, int, int]
_COLOURS: dict[Role, Colour] = {
    "textbox": (0, 102, 204),
    "textarea": (0, 102, 204),
    "spinbutton": (0, 128, 160),
    "combobox": (128, 0, 176),
    "listbox": (128, 0, 176),
    "option": (160, 64, 200),
    "checkbox": (0, 132, 64),
    "radio": (0, 132, 64),
    "switch": (0, 132, 64),
    "slider": (0, 128, 128),
    "button": (200, 70, 0),
    "icon": (190, 110, 0),
    "link": (150, 110, 0),
    "dialog": (180, 0, 60),
    "heading": (90, 90, 90),
    "text": (130, 130, 130),
    "scrollbar": (130, 130, 130),
}
_QUIET: frozenset[Role] = frozenset({"text", "heading", "scrollbar"})
"""Roles that get a thin frame and no tag: there are many and they say what the picture says."""
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
)
_LONGEST = 40


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for path in _FONTS:
        if Path(path).is_file():
            return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)


def tag_of(element: Element) -> str:
    """The words beside an element's frame: id, role, label, and what its state shows."""
    label = element.label if len(element.label) <= _LONGEST else element.label[: _LONGEST - 1] + "…"
    marks = ""
    if element.state.checked is not None:
        marks += " [x]" if element.state.checked else " [ ]"
    if element.state.required:
        marks += " *"
    if element.state.invalid:
        marks += " !"
    return " ".join(f"{element.id} {element.role}{marks} {label}".split())


def annotate(screenshot: Screenshot, elements: Sequence[Element]) -> Pixels:
    """The picture with a frame round each element, coloured by role, and a tag with its id and label.

    Returns RGB pixels of the screenshot's size; the screenshot itself stays as it is.
    """
    picture = Image.fromarray(screenshot.pixels)
    veil = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(veil)
    scale, region = screenshot.scale, screenshot.region
    size = max(11, round(12 * scale))
    placed: list[tuple[float, float, float, float]] = []
    for element in sorted(elements, key=lambda e: (e.role not in _QUIET, -e.box.area)):
        left, top = (element.box.left - region.left) * scale, (element.box.top - region.top) * scale
        right, bottom = left + element.box.width * scale, top + element.box.height * scale
        colour = _COLOURS.get(element.role, (0, 0, 0))
        frame = (left, top, max(left, right - 1), max(top, bottom - 1))
        if element.role in _QUIET:
            draw.rectangle(frame, outline=(*colour, 130), width=1)
            continue
        draw.rectangle(frame, fill=(*colour, 26), outline=(*colour, 255), width=max(1, round(2 * scale)))
        text = tag_of(element)
        place = _place(draw, text, frame, size, picture.size, placed)
        placed.append(place)
        draw.rectangle(place, fill=(*colour, 225))
        draw.text((place[0] + 2, place[1]), text, font=_font(size), fill=(255, 255, 255, 255))
    return np.asarray(Image.alpha_composite(picture.convert("RGBA"), veil).convert("RGB"), dtype=np.uint8)


def _place(
    draw: ImageDraw.ImageDraw,
    text: str,
    frame: tuple[float, float, float, float],
    size: int,
    limit: tuple[int, int],
    placed: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float, float, float]:
    """Where a tag goes: over its frame, under it, or inside at the right, wherever it hides no other tag."""
    wide, tall = draw.textlength(text, font=_font(size)) + 4, size + 4
    left, top, right, bottom = frame
    spots = [(left, top - tall), (right - wide, top - tall), (right + 2, top), (left, bottom + 1), (right - wide, top)]
    best: tuple[float, float, float, float] | None = None
    for x, y in spots:
        x = min(max(0.0, x), max(0.0, limit[0] - wide))
        y = min(max(0.0, y), max(0.0, limit[1] - tall))
        spot = (x, y, x + wide, y + tall)
        if best is None:
            best = spot
        if not any(min(spot[2], p[2]) > max(spot[0], p[0]) and min(spot[3], p[3]) > max(spot[1], p[1]) for p in placed):
            return spot
    assert best is not None
    return best
