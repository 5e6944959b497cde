"""A picture with shapes at known places, and what a model's points on it say about how it counts."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from pydantic import Field

from agent.schema import Pixels, Value

WIDTH, HEIGHT = 640, 384
"""Multiples of the patch, not square, and far from 1000: pixels and thousandths can't be taken for each other."""
SHAPES: tuple[tuple[str, str, tuple[int, int, int]], ...] = (
    ("red", "circle", (220, 30, 30)),
    ("green", "square", (30, 160, 50)),
    ("blue", "triangle", (40, 60, 220)),
    ("purple", "diamond", (150, 40, 190)),
)
RADIUS = 32
LIMIT = 0.06
"""The largest miss, as a share of the width: hardly more than a shape's radius."""

Scale = Literal["thousand", "pixels", "unit", "swapped"]
Spot = tuple[float, float]
"""x, y: in a model's own count, or as shares 0..1 of a picture's sides."""

_READ: dict[Scale, Callable[[Spot], Spot]] = {
    "thousand": lambda p: (p[0] / 1000, p[1] / 1000),
    "pixels": lambda p: (p[0] / WIDTH, p[1] / HEIGHT),
    "unit": lambda p: p,
    "swapped": lambda p: (p[1] / 1000, p[0] / 1000),
}
SCALE_WORDS: dict[Scale, str] = {
    "thousand": "thousandths of the picture",
    "pixels": "pixels of the picture",
    "unit": "shares from 0 to 1",
    "swapped": "thousandths with y before x",
}


class Chart(Value):
    """A drawn picture and where its shapes are, as shares 0..1 of its sides."""

    pixels: Pixels = Field(repr=False)
    spots: dict[str, Spot]


def draw(dice: random.Random) -> Chart:
    """A chart with each shape at a place of its own; random, so that no point can be known without looking."""
    pixels = np.full((HEIGHT, WIDTH, 3), 236, np.uint8)
    columns = dice.sample(range(len(SHAPES)), len(SHAPES))
    rows = dice.sample((0, 2, 0, 2, 1, 1), len(SHAPES))
    while len(set(rows)) == 1:
        rows = dice.sample((0, 2, 0, 2, 1, 1), len(SHAPES))
    spots: dict[str, Spot] = {}
    for (colour, shape, rgb), column, row in zip(SHAPES, columns, rows, strict=True):
        x = round(WIDTH * (2 * column + 1) / (2 * len(SHAPES))) + dice.randint(-24, 24)
        y = round(HEIGHT * (2 * row + 1) / 6) + dice.randint(-20, 20)
        _shape(pixels, shape, (x, y), rgb)
        spots[f"{colour} {shape}"] = (x / WIDTH, y / HEIGHT)
    return Chart(pixels=pixels, spots=spots)


def _shape(pixels: Pixels, shape: str, centre: tuple[int, int], rgb: tuple[int, int, int]) -> None:
    if shape == "circle":
        cv2.circle(pixels, centre, RADIUS, rgb, -1, cv2.LINE_AA)
        return
    corners, turn = {"square": (4, 45), "triangle": (3, 90), "diamond": (4, 90)}[shape]
    angles = [math.radians(turn + 360 * i / corners) for i in range(corners)]
    points = [(centre[0] + RADIUS * math.cos(a), centre[1] - RADIUS * math.sin(a)) for a in angles]
    cv2.fillPoly(pixels, [np.round(points).astype(np.int32)], rgb, cv2.LINE_AA)


def miss(scale: Scale, point: Spot, spot: Spot) -> float:
    """How far a point is from its spot when read in a scale, as a share of the chart's width."""
    u, v = _READ[scale](point)
    return max(abs(u - spot[0]), abs(v - spot[1]) * HEIGHT / WIDTH)


def fit(points: dict[str, Spot], chart: Chart) -> tuple[Scale, float]:
    """The scale that explains the points best, and its worst miss."""
    worst: dict[Scale, float] = {
        scale: max(miss(scale, point, chart.spots[name]) for name, point in points.items()) for scale in _READ
    }
    best = min(worst, key=worst.__getitem__)
    return best, worst[best]
