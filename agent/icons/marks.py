"""Icons without words: where small drawings stand, and which of about 130 known ones each is.

What is told apart, and by which weights, stands in `weights.npz` (made by bench/icons.py from public icon sets);
what people call each drawing stands in `names.yaml`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import NamedTuple

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from agent.icons.looks import features, fitted
from agent.schema import Box, Element, Observation, Pixels, Screenshot

Floats = NDArray[np.float32]

SURE, APART = 0.3, 0.1
"""From this score on, and so far before the next drawing, a mark is what it looks like."""
_JOINED = (3, 7)
"""Pixels over which the parts of one drawing are joined; a wide gap may also join a drawing to its caption."""
_LEAST, _MOST = 8, 56
"""Sides of an icon in picture pixels."""
_STEP = 24
"""Grey levels from one pixel to the next that are an edge."""


class Mark(NamedTuple):
    """A small drawing: its box on the desktop, what it is most like, how much, and how far before the next."""

    box: Box
    drawing: str
    score: float
    lead: float


class _Weights(NamedTuple):
    drawings: tuple[str, ...]
    mean: Floats
    scale: float
    turns: Floats
    shifts: Floats
    weights: Floats


def named(words: str, *, whole: bool = False) -> frozenset[str]:
    """The drawings that people call so; empty for words that name none. `whole`: no "icon" or "button" after them."""
    said = re.sub(r"\s+", " ", words.strip().lower()).strip(" .")
    bare = said if whole else re.sub(r"[\s-]+(?:icon|symbol|sign|glyph|button|key|logo)$", "", said)
    for text in (said, bare):
        if found := _spoken().get(re.sub(r"^(?:the|a|an)\s+", "", text)):
            return found
    return frozenset()


def drawn(observation: Observation, drawings: frozenset[str], label: str) -> list[Element]:
    """The marks on the screen that are one of these drawings, as elements, in reading order."""
    found = [m for m in marks(observation) if m.drawing in drawings and m.score >= SURE and m.lead >= APART]
    return [
        Element(id=-2000 - number, role="icon", box=mark.box, label=label)
        for number, mark in enumerate(sorted(found, key=lambda m: (m.box.center.y // 12, m.box.left)))
    ]


def marks(observation: Observation) -> tuple[Mark, ...]:
    """All small drawings of a look; the newest answer is kept, as several questions go to one look."""
    pixels = observation.screenshot.pixels
    if not _kept or _kept[0][0] is not pixels:
        _kept[:] = [(pixels, tuple(_marks(observation)))]
    return _kept[0][1]


_kept: list[tuple[object, tuple[Mark, ...]]] = []


def _marks(observation: Observation) -> list[Mark]:
    screenshot = observation.screenshot
    grey = _grey(screenshot.pixels)
    places, pictures = _candidates(grey)
    if not pictures:
        return []
    found: list[Mark] = []
    for (left, top, right, bottom), (best, score, lead) in zip(places, _judged(pictures), strict=True):
        if not best:
            continue
        box = _to_desktop(screenshot, left, top, right, bottom)
        found.append(Mark(box, best, score, lead))
    return _apart([mark for mark in found if not _in_text(mark.box, observation)])


def _judged(pictures: list[Floats]) -> list[tuple[str, float, float]]:
    """For each picture the drawing that it is most like (empty for none), how much, and how far before the next."""
    known = _weights()
    raw = (features(np.stack(pictures)) - known.mean) * known.scale
    waves = np.cos(raw @ known.turns + known.shifts) * np.sqrt(2 / len(known.shifts))
    found: list[tuple[str, float, float]] = []
    for row in np.hstack([raw, waves, np.ones((len(raw), 1), np.float32)]) @ known.weights:
        order = np.argsort(row)[::-1]
        best = known.drawings[int(order[0])]
        second = next(int(n) for n in order[1:] if not _alike(best, known.drawings[int(n)]))
        found.append((best, float(row[order[0]]), float(row[order[0]] - row[second])))
    return found


def drawing_in(pixels: Pixels, box: Box) -> tuple[str, float, float]:
    """What is drawn in a box of a picture (RGB), as of `Mark`; ("", 0, 0) for nothing."""
    picture = _ink(_grey(pixels), box.left, box.top, box.right, box.bottom)
    return _judged([picture])[0] if picture is not None else ("", 0.0, 0.0)


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _candidates(grey: NDArray[np.uint8]) -> tuple[list[tuple[int, int, int, int]], list[Floats]]:
    """Boxes of small things that stand by themselves, with their ink as pictures of one size."""
    dx, dy = (cv2.Sobel(grey, cv2.CV_16S, a, b, ksize=1) for a, b in ((1, 0), (0, 1)))
    edges = ((np.abs(dx) > _STEP) | (np.abs(dy) > _STEP)).astype(np.uint8)
    places: list[tuple[int, int, int, int]] = []
    pictures: list[Floats] = []
    seen: set[tuple[int, int, int, int]] = set()
    for gap in _JOINED:
        joined = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        for left, top, width, height, _ in np.asarray(stats[1:count], np.int64).tolist():
            place = (left, top, left + width, top + height)
            if not _LEAST <= max(width, height) <= _MOST or min(width, height) < 2 or place in seen:
                continue
            if not 1 / 8 < width / height < 8 or (min(width, height) > 5 and not 0.3 < width / height < 2.2):
                continue
            seen.add(place)
            if (picture := _ink(grey, *place)) is not None:
                places.append(place)
                pictures.append(picture)
    return places, pictures


def _ink(grey: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> Floats | None:
    """What is drawn in a box on the ground round it, fitted; None for nothing, or for a patch of one colour."""
    part = grey[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2].astype(np.float32)
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    ink = np.abs(part - np.median(rim))
    return fitted((ink / 255).astype(np.float32)) if float(ink.max()) > 40 else None


def _to_desktop(screenshot: Screenshot, left: int, top: int, right: int, bottom: int) -> Box:
    s, region = screenshot.scale, screenshot.region
    return Box.of(left / s, top / s, right / s, bottom / s).shift(region.left, region.top)


def _in_text(box: Box, observation: Observation) -> bool:
    """Whether a box lies in the middle of a line of text: a letter or a word there is no icon."""
    lines = [e for e in observation.elements if e.text and e.box.height < 60]
    for e in lines:
        if sum(c.isalnum() for c in e.text) < 3:
            continue
        reach = round(1.3 * e.box.height)
        if e.box.contains(box.center) and e.box.left + reach < box.center.x < e.box.right - reach:
            return True
    return False


def _apart(found: list[Mark]) -> list[Mark]:
    """Of marks that lie on each other the one that is plainest."""
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda m: m.score, reverse=True):
        if all(mark.box.overlap(other.box).area < 0.4 * min(mark.box.area, other.box.area) for other in kept):
            kept.append(mark)
    return kept


_ALIKE = (
    frozenset({"left", "arrow-left"}),
    frozenset({"right", "arrow-right"}),
    frozenset({"up", "arrow-up"}),
    frozenset({"down", "arrow-down"}),
    frozenset({"menu", "bullets"}),
    frozenset({"user", "users"}),
)
"""Drawings that differ little and are called alike: one is no rival of the other."""


def _alike(one: str, other: str) -> bool:
    return any({one, other} <= same for same in _ALIKE)


@cache
def _spoken() -> dict[str, frozenset[str]]:
    text = resources.files("agent.icons").joinpath("names.yaml").read_text("utf-8")
    found: dict[str, set[str]] = {}
    lines: dict[str, str] = yaml.safe_load(text)
    for drawing, names in lines.items():
        for name in str(names).split("|"):
            found.setdefault(name.strip().lower(), set()).add(drawing)
    return {name: frozenset(drawings) for name, drawings in found.items()}


@cache
def _weights() -> _Weights:
    with resources.files("agent.icons").joinpath("weights.npz").open("rb") as file, np.load(file) as kept:
        width, reach = int(kept["width"]), float(kept["reach"])
        mean = np.asarray(kept["mean"], np.float32)
        # The waves are the same for everybody: they are drawn again from one seed in place of being kept.
        random = np.random.RandomState(0)
        turns = random.randn(len(mean), width).astype(np.float32) * np.float32(reach)
        shifts = random.uniform(0, 2 * np.pi, width).astype(np.float32)
        drawings = tuple(str(name) for name in kept["classes"])
        return _Weights(drawings, mean, float(kept["scale"]), turns, shifts, np.asarray(kept["weights"], np.float32))
