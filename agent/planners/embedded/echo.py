"""Where the screen shows the very sentences that we were given, they are no target of themselves."""

from __future__ import annotations

import numpy as np
from rapidfuzz import fuzz

from agent.schema import Box, Element, Observation, Role, Screenshot
from agent.wording import fold

_SHOWN = 0.8
"""So much of the instructions must stand on the screen, as a share, before it counts as showing them."""
_MIN_WORDS = 3
_MIN_LETTERS = 10
_INERT: frozenset[Role] = frozenset({"text", "heading", "textbox", "textarea", "dialog", "listbox", "link", "button"})


def without_echo(observation: Observation, instructions: str) -> Observation:
    """The look without the text block that repeats the instructions, and without names taken from it."""
    said = _letters(instructions)
    if len(instructions.split()) < _MIN_WORDS and len(said) < _MIN_LETTERS:
        return observation
    observation = _without_borrowed(observation, said)
    lines = [e for e in observation.elements if e.role in _INERT and _is_piece(_letters(_said_by(e)), said)]
    block = _block(lines, said)
    if not block:
        return observation
    place = _placed(block[0])
    for line in block[1:]:
        place = place.union(_placed(line))
    gone = {line.id for line in block if line.text}
    shot = observation.screenshot
    kept = [
        _unnamed(e, place, said)
        for e in observation.elements
        if e.id not in gone and not _frames(e, place) and not _same_paint(e, place, shot)
    ]
    painted = _painted_over(shot, place)
    return observation.model_copy(update={"elements": tuple(kept), "screenshot": painted})


def _without_borrowed(observation: Observation, said: str) -> Observation:
    """Fields without the beginning of the instructions as their label, and what follows it as their hint."""
    elements: list[Element] = []
    for e in observation.elements:
        label = _letters(e.label)
        if e.role not in ("text", "heading") and len(e.label.split()) >= _MIN_WORDS and said.startswith(label):
            words = e.hint.split()
            taken = next((n for n in range(len(words), 0, -1) if label + _letters(" ".join(words[:n])) in said), 0)
            hint = " ".join(words[taken:])
            if taken or len(label) > _SHOWN * len(said):
                own = e.text if e.role in ("button", "link") else ""
                e = e.model_copy(update={"label": own, "label_box": None, "hint": hint})
        elements.append(e)
    return observation.model_copy(update={"elements": tuple(elements)})


def _said_by(element: Element) -> str:
    return element.text or (element.label if element.label_box is not None else "")


def _placed(element: Element) -> Box:
    """Where the words of a line stand; an empty strip of the block's paint may carry them as its name."""
    return element.box if element.text or element.label_box is None else element.label_box


def _letters(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())


def _is_piece(text: str, said: str) -> bool:
    if len(text) < 2 or len(text) > 1.15 * len(said):
        return False
    return text in said or (len(text) > 5 and fuzz.partial_ratio(text, said) >= 88)


def _block(lines: list[Element], said: str) -> list[Element]:
    """Lines below each other that together say what the instructions say."""
    ordered = sorted(lines, key=lambda e: (_placed(e).top, _placed(e).left))
    for first in range(len(ordered)):
        block = [ordered[first]]
        text = _letters(_said_by(ordered[first]))
        if not said.startswith(text[:4]):
            continue
        for line in ordered[first + 1 :]:
            last = _placed(block[-1])
            if _placed(line).top - last.bottom > 1.5 * last.height:
                break
            block.append(line)
            text += _letters(_said_by(line))
        if _shows(text, said):
            return block
    return []


def _shows(text: str, said: str) -> bool:
    return fuzz.ratio(text, said) >= 100 * _SHOWN and len(text) >= _SHOWN * len(said)


def _frames(element: Element, place: Box) -> bool:
    """A box that was taken for a control only because it stands round the block."""
    return (
        element.role in _INERT
        and element.box.overlap(place).area > 0.8 * place.area
        and element.box.area < 4 * place.area
    )


def _same_paint(element: Element, place: Box, shot: Screenshot) -> bool:
    """An empty strip across the whole picture in the block's own colour: the rest of a banner."""
    box, region = element.box, shot.region
    if element.role not in _INERT or element.text or box.width < 0.97 * region.width:
        return False
    apart = max(box.top - place.bottom, place.top - box.bottom)
    if apart > 2 * place.height:
        return False
    inside, behind = shot.crop(box.grow(-2)), shot.crop(place)
    if not inside.size or not behind.size:
        return False
    paint = [np.median(pixels.reshape(-1, 3), axis=0) for pixels in (inside, behind)]
    return bool(np.abs(paint[0] - paint[1]).max() < 6)


def _painted_over(shot: Screenshot, place: Box) -> Screenshot:
    """The picture without the block's letters, which have shapes and colours of their own."""
    part = shot.region.overlap(place.grow(2)).shift(-shot.region.left, -shot.region.top)
    s = shot.scale
    rows = slice(round(part.top * s), round(part.bottom * s))
    columns = slice(round(part.left * s), round(part.right * s))
    pixels = shot.pixels.copy()
    patch = pixels[rows, columns]
    if patch.size:
        pixels[rows, columns] = np.median(patch.reshape(-1, 3), axis=0).astype(np.uint8)
    return shot.model_copy(update={"pixels": pixels})


def _unnamed(element: Element, place: Box, said: str) -> Element:
    """The element without label, hint and group that are pieces of the block."""
    update: dict[str, object] = {}
    if element.label_box is not None and place.grow(2).contains(element.label_box.center):
        update |= {"label": "", "label_box": None}
    for name in ("hint", "group"):
        text = _letters(getattr(element, name))
        if len(text) > 8 and text in said:
            update[name] = ""
    return element.model_copy(update=update) if update else element
