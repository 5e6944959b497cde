"""Signs before a value ("$", "@") that a page draws into the field: parted from what was typed by their colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agent.perception.parts import TextLine
from agent.schema import Box, Pixels

_SIGNS = frozenset("$€£¥₹@#%+&~")
_UNLIKE = 40
"""Two inks are different from so far on (0..255, strongest channel)."""


def part_signs(pixels: Pixels, lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines, with a sign at the beginning that is drawn in another colour than the rest as a line of its own.

    `pixels` is RGB (height, width, 3); boxes are in its pixels.
    """
    out: list[TextLine] = []
    for line in lines:
        out += _parted(pixels, line) if line.text[:1] in _SIGNS and len(line.text) > 2 else [line]
    return out


def _parted(pixels: Pixels, line: TextLine) -> list[TextLine]:
    """One line, or the sign and the rest."""
    box = line.box
    crop = pixels[max(0, box.top) : box.bottom, max(0, box.left) : box.right].astype(np.int16)
    if crop.shape[0] < 6 or crop.shape[1] < 2 * crop.shape[0]:
        return [line]
    paper = np.median(crop.reshape(-1, 3), axis=0).astype(np.int16)
    away = np.abs(crop - paper).max(axis=2)
    drawn = (away > 0.35 * away.max()).any(axis=0)
    first = int(drawn.argmax())
    gaps = np.nonzero(~drawn[first:])[0]
    if not len(gaps):
        return [line]
    end = first + int(gaps[0])
    after = np.nonzero(drawn[end:])[0]
    if not len(after) or end - first > 1.4 * box.height or after[0] < 0.2 * box.height:
        return [line]
    start = end + int(after[0])
    if (
        int(np.abs(_ink(crop[:, first:end], away[:, first:end]) - _ink(crop[:, start:], away[:, start:])).max())
        < _UNLIKE
    ):
        return [line]
    sign = Box.of(box.left + first, box.top, box.left + end, box.bottom)
    rest = Box.of(box.left + start, box.top, box.right, box.bottom)
    return [
        TextLine(sign, line.text[0], line.confidence),
        TextLine(rest, line.text[1:].lstrip(), line.confidence),
    ]


def _ink(crop: NDArray[np.int16], away: NDArray[np.int16]) -> NDArray[np.int16]:
    """The colour of the strongest strokes."""
    return np.median(crop[away >= 0.85 * away.max()], axis=0).astype(np.int16)
