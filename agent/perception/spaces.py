"""Spaces that the recognition network dropped, put back by the gaps in the ink.

The network never invents a space, but drops some, mostly between groups of digits. How wide a gap must be depends
on the size of the letters and on whether the font gives every letter the same width.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.perception.ocr import Glyph, Reading
from agent.schema import Pixels

_TALL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789bdfhkl()[]{}|/\\!?&%$#@\"'`*€£¥")
_MIDDLE = frozenset("tij")
_DEEP = frozenset("gjpqy,;()[]{}|@Q_/\\$çß")

_CLOSING = frozenset(".,;:!?)]}…")
"""No space stands before these."""

_NARROW = frozenset(".,:;'`\"|!-_iljI")
"""In fonts of one width these have as much air round them as a space is wide elsewhere."""

_SURELY = 0.38
"""A gap of so many ems is a space in any font whose letters differ in width."""
_PERHAPS = 0.29
"""A gap of so many ems is one if the line has spaces of that width, or the network had half a mind to say so."""


class _Gap(NamedTuple):
    """A gap between two runs of ink columns, in pixels; `step` is the distance of the middles of the two runs."""

    middle: float
    width: float
    step: float


def respace(reading: Reading, crop: Pixels, background: tuple[int, int, int] | None) -> Reading:
    """The reading with spaces put in where the ink has gaps as wide as spaces are."""
    letters = [g for g in reading.glyphs if g.char != " "]
    if background is None or len(letters) < 2:
        return reading
    away = cv2.absdiff(crop, np.full_like(crop, np.array(background, np.uint8))).max(axis=2)
    ink = away > max(26, int(away.max()) // 3)
    gaps = _gaps(ink.any(axis=0))
    if not gaps:
        return reading
    em = _em(reading.text, ink)
    place = [g.at * crop.shape[1] for g in letters]
    spaced = _spaced_after(reading.glyphs)
    pitch, strict = _pitch(gaps)
    at = _boundaries(gaps, place, spaced)
    known = [gap.width for gap, after in zip(gaps, at, strict=True) if after in spaced]
    usual = float(np.median(known)) if known else 0.0
    add: set[int] = set()
    for gap, after in zip(gaps, at, strict=True):
        if after in spaced or not 0 <= after < len(letters) - 1:
            continue
        left, right = letters[after], letters[after + 1]
        if max(ord(left.char[0]), ord(right.char[0])) >= 0x2E80:
            continue  # Chinese and Japanese do not space words, and their marks stand in wide cells.
        if right.char in _CLOSING and gap.width < 0.6 * em:
            continue
        if _is_space(gap, left, right, em, usual, (pitch, strict)):
            add.add(after)
    return _with_spaces(reading, add) if add else reading


def _is_space(gap: _Gap, left: Glyph, right: Glyph, em: float, usual: float, pitch: tuple[float, bool]) -> bool:
    """Whether a gap between two letters is a space; `usual` is the width of the line's known spaces."""
    ones = (left.char == "1") + (right.char == "1")
    if pitch[0] and (pitch[1] or (left.char.isdigit() and right.char.isdigit())):
        # A 1 stands aside of the middle of its cell.
        far = (1.18 if left.space >= 0.02 else 1.28) + (0.08 if ones else 0.0)
        return gap.step >= far * pitch[0] and gap.width >= 0.26 * em
    width = gap.width - 0.07 * em * ones
    if left.space >= 0.1 and width >= 0.29 * em:
        return True
    if pitch[0] and (left.char in _NARROW or right.char in _NARROW):
        return gap.width >= 0.56 * em
    hinted = left.space >= 0.02 or (usual > 0 and width >= 0.85 * usual)
    return width >= _SURELY * em or (width >= _PERHAPS * em and hinted)


def _gaps(columns: NDArray[np.bool_]) -> list[_Gap]:
    change = np.diff(np.concatenate([[0], columns.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    middles = (starts + ends) / 2
    return [
        _Gap(float(ends[i] + starts[i + 1]) / 2, float(starts[i + 1] - ends[i]), float(middles[i + 1] - middles[i]))
        for i in range(len(starts) - 1)
    ]


def _boundaries(gaps: list[_Gap], place: list[float], spaced: set[int]) -> list[int]:
    """Which letter (counted without spaces) stands before each gap; -1 for none.

    The network places letters roughly. A wide gap one letter away from a space that has no gap is that space.
    """
    at = [sum(p < gap.middle for p in place) - 1 for gap in gaps]
    for space in spaced.difference(at):
        near = [i for i, after in enumerate(at) if abs(after - space) == 1 and after not in spaced]
        if near:
            at[max(near, key=lambda i: gaps[i].width)] = space
    return at


def _spaced_after(glyphs: tuple[Glyph, ...]) -> set[int]:
    found: set[int] = set()
    count = -1
    for glyph in glyphs:
        if glyph.char == " ":
            found.add(count)
        else:
            count += 1
    return found


def _em(text: str, ink: NDArray[np.bool_]) -> float:
    """The size of the font, by how high the ink is and which letters make it so."""
    rows = np.flatnonzero(ink.any(axis=1))
    high = float(rows[-1] - rows[0] + 1)
    letters = set(text)
    tall = bool(letters & _TALL) or any(ord(c) > 127 for c in letters)
    above = 0.74 if tall else 0.58 if letters & _MIDDLE else 0.54
    return high / (above + (0.22 if letters & _DEEP else 0.0))


def _pitch(gaps: list[_Gap]) -> tuple[float, bool]:
    """The width of a letter where most have the same, else 0; and whether all have it (a monospaced font)."""
    if len(gaps) < 4:
        return 0.0, False
    steps = np.array([gap.step for gap in gaps])
    # The lower half: spaces make some steps longer, nothing makes them shorter.
    pitch = float(np.percentile(steps, 40))
    off = np.abs(steps / pitch - np.maximum(1, np.round(steps / pitch)))
    even = float((off < 0.14).mean())
    return (pitch, even >= 0.9) if even >= 0.6 else (0.0, False)


def _with_spaces(reading: Reading, after: set[int]) -> Reading:
    glyphs: list[Glyph] = []
    count = -1
    for glyph in reading.glyphs:
        glyphs.append(glyph)
        if glyph.char != " ":
            count += 1
            if count in after:
                glyphs.append(Glyph(" ", 1.0, glyph.at))
    return replace(reading, text="".join(g.char for g in glyphs), glyphs=tuple(glyphs))
