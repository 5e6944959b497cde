"""Small pictures that people call by name: the star, the heart, the bin."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.schema import Box, Element, Observation, Screenshot

NAMES = {
    "star": "star",
    "favourite": "star",
    "favorite": "star",
    "星": "star",
    "星形": "star",
    "heart": "heart",
    "like": "heart",
    "love": "heart",
    "心": "heart",
    "心形": "heart",
    "trash": "bin",
    "trash can": "bin",
    "bin": "bin",
    "dustbin": "bin",
    "garbage": "bin",
    "garbage can": "bin",
    "delete": "bin",
    "垃圾桶": "bin",
    "send": "plane",
    "paper plane": "plane",
    "发送": "plane",
    "纸飞机": "plane",
}
"""What people say to what is drawn."""
_SIDE = 32
_LIKE = 0.68
"""Share of the common area in the joint area from which two shapes are the same."""


def drawn(observation: Observation, words: str) -> list[Element]:
    """The small pictures on the screen that are called so, in reading order; empty for unknown names."""
    wanted = NAMES.get(words.strip().lower())
    if wanted is None:
        return []
    lettering = [e.box for e in observation.elements if sum(c.isalnum() for c in e.text) > 1 and e.box.height < 80]
    found: list[Element] = []
    for number, box in enumerate(_specks(observation.screenshot)):
        if any(text.overlap(box).area > 0.5 * box.area for text in lettering):
            continue
        if _best(observation.screenshot, box) == wanted:
            found.append(Element(id=-1000 - number, role="icon", box=box, label=words))
    return found


def _ink(screenshot: Screenshot) -> NDArray[np.uint8]:
    """What differs from the ground around it, which a wide median tells."""
    grey = cv2.cvtColor(screenshot.pixels, cv2.COLOR_RGB2GRAY)
    ground = cv2.medianBlur(grey, 61)
    return (cv2.absdiff(grey, ground) > 22).astype(np.uint8)


def _specks(screenshot: Screenshot) -> list[Box]:
    ink = cv2.morphologyEx(_ink(screenshot), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    s, region = screenshot.scale, screenshot.region
    boxes: list[Box] = []
    for left, top, width, height, _ in stats[1:count]:
        if 11 <= max(width, height) <= 72 and min(width, height) >= 8 and 0.6 < width / height < 1.7:
            box = Box.of(left / s, top / s, (left + width) / s, (top + height) / s)
            boxes.append(box.shift(region.left, region.top))
    return sorted(boxes, key=lambda box: (box.top // 12, box.left))


def _best(screenshot: Screenshot, box: Box) -> str:
    """Which known shape a speck's outline is most like; empty where it is like none."""
    grey = cv2.cvtColor(screenshot.crop(box.grow(1)), cv2.COLOR_RGB2GRAY).astype(np.int32)
    edge = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    part = (np.abs(grey - edge) > 22).astype(np.uint8)
    outline = cast(list[Any], cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0])
    if not outline:
        return ""
    filled = np.zeros_like(part)
    cv2.drawContours(filled, outline, -1, 1, cv2.FILLED)
    shape = _fitted(filled.astype(np.uint8))
    scores = {name: _common(shape, known) for name, known in _shapes().items()}
    name = max(scores, key=lambda key: scores[key])
    return name if scores[name] >= _LIKE else ""


def _fitted(filled: NDArray[np.uint8]) -> NDArray[np.bool_]:
    ys, xs = np.nonzero(filled)
    part = filled[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    return np.asarray(cv2.resize(part * 255, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)) > 127


def _common(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / max(1, (a | b).sum()))


@cache
def _shapes() -> dict[str, NDArray[np.bool_]]:
    size = 128
    turn = np.arange(10) * np.pi / 5 - np.pi / 2
    reach = np.where(np.arange(10) % 2 == 0, 60.0, 27.0)
    star = np.stack([64 + reach * np.cos(turn), 64 + reach * np.sin(turn)], axis=1)
    t = np.linspace(0, 2 * np.pi, 80)
    heart = np.stack(
        [
            64 + 3.6 * 16 * np.sin(t) ** 3,
            60 - 3.6 * (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)),
        ],
        axis=1,
    )
    bin_ = np.array(
        [
            [46, 4],
            [82, 4],
            [82, 14],
            [118, 14],
            [118, 30],
            [108, 30],
            [102, 124],
            [26, 124],
            [20, 30],
            [10, 30],
            [10, 14],
            [46, 14],
        ]
    )
    plane = np.array([[4, 10], [124, 64], [4, 118], [4, 76], [92, 64], [4, 52]])
    # What says "play" is no message that flies.
    play = np.array([[4, 4], [124, 64], [4, 124]])
    block = np.array([[4, 4], [124, 4], [124, 124], [4, 124]])
    turns = np.linspace(0, 2 * np.pi, 60)
    disc = np.stack([64 + 60 * np.cos(turns), 64 + 60 * np.sin(turns)], axis=1)
    found: dict[str, NDArray[np.bool_]] = {}
    for name, points in (
        ("star", star),
        ("heart", heart),
        ("bin", bin_),
        ("plane", plane),
        ("play", play),
        ("block", block),
        ("disc", disc),
    ):
        picture = np.zeros((size, size), np.uint8)
        cv2.fillPoly(picture, [points.astype(np.int32)], 1)
        found[name] = _fitted(picture)
    return found
