"""What a small drawing looks like, as numbers: the directions of its edges and where its ink lies."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIDE = 28
"""Side of the square that drawings are fitted into."""
_WAYS = 8
"""Directions that edges are sorted into."""


def fitted(ink: NDArray[np.float32]) -> Floats | None:
    """Ink (0..1, any size) cut to what is drawn and fitted into the square, its proportions kept; None for no ink."""
    most = float(ink.max())
    if most <= 0:
        return None
    ink = ink / most
    ys, xs = np.nonzero(ink > 0.35)
    part = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.float32)
    height, width = part.shape
    k = (SIDE - 2) / max(height, width)
    wide, high = max(1, round(width * k)), max(1, round(height * k))
    way = cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR
    square = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - high) // 2, (SIDE - wide) // 2
    square[top : top + high, left : left + wide] = cv2.resize(part, (wide, high), interpolation=way)
    return square


def features(squares: Floats) -> Floats:
    """A row of numbers for each of the squares (n, SIDE, SIDE)."""
    parts: list[Floats] = []
    for cell, weight in ((4, 0.35), (7, 0.5)):
        edges = _edges(squares, cell)
        size = np.sqrt((edges**2).sum((1, 2, 3), keepdims=True)) / edges.shape[1] + 1e-3
        parts.append(np.minimum(edges / size, 2.5).reshape(len(squares), -1) * np.float32(weight))
    half = SIDE // 2
    parts.append(squares.reshape(-1, half, 2, half, 2).mean((2, 4)).reshape(len(squares), -1) * np.float32(0.7))
    return np.hstack(parts).astype(np.float32)


def _edges(squares: Floats, cell: int) -> Floats:
    """How much edge of each direction each cell holds: (n, cells, cells, _WAYS)."""
    gx, gy = np.zeros_like(squares), np.zeros_like(squares)
    gx[:, :, 1:-1] = squares[:, :, 2:] - squares[:, :, :-2]
    gy[:, 1:-1] = squares[:, 2:] - squares[:, :-2]
    strength = np.hypot(gx, gy)
    turn = (np.arctan2(gy, gx) % np.pi) / np.pi * _WAYS
    low, part = np.floor(turn).astype(np.int32) % _WAYS, turn - np.floor(turn)
    n = SIDE // cell
    found = np.zeros((len(squares), n, n, _WAYS), np.float32)
    for way in range(_WAYS):
        share = (low == way) * (1 - part) + ((low + 1) % _WAYS == way) * part
        found[..., way] = (strength * share).reshape(-1, n, cell, n, cell).sum((2, 4))
    return found
