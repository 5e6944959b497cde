"""Drawings that stand in a line of text and are no letters: boxes and rings, arrows, dots of a password."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.perception.blobs import FAINT, Blob, blobs_of
from agent.schema import Pixels


def inside(blob: Blob, other: Blob) -> bool:
    return (
        other.left <= blob.left and blob.right <= other.right and other.top <= blob.top and blob.bottom <= other.bottom
    )


def apart(blob: Blob, others: Sequence[Blob], by: int) -> bool:
    """Whether nothing but what is inside a blob comes nearer to its sides than `by` pixels."""
    return all(o is blob or inside(o, blob) or o.left >= blob.right + by or o.right <= blob.left - by for o in others)


def is_mark(blob: Blob, others: Sequence[Blob], part: Pixels, away: Pixels, high: int) -> bool:
    """Whether a blob is a checkbox or radio button beside text and not a letter."""
    if min(blob.width, blob.height) < 9 or not 0.88 <= blob.width / blob.height <= 1.14:
        return False
    if not apart(blob, others, max(3, round(0.12 * high))):
        return False
    rows, columns = slice(blob.top, blob.bottom), slice(blob.left, blob.right)
    ink = away[rows, columns] > FAINT
    if not symmetric(ink) or not closed(ink):
        return False
    rest = [b for b in others if b is not blob and b.height >= 0.3 * high and not inside(b, blob)]
    if not rest:
        return True
    if blob.height > 1.15 * max(b.height for b in rest):
        return True
    # A ring of another colour than the letters is not one of them.
    mine = _colour(part[rows, columns], away[rows, columns])
    letters = [
        _colour(part[b.top : b.bottom, b.left : b.right], away[b.top : b.bottom, b.left : b.right]) for b in rest
    ]
    return bool(np.abs(mine - np.median(letters, axis=0)).max() > 40)


def _colour(part: Pixels, away: Pixels) -> NDArray[np.float64]:
    """The colour of the strongest ink."""
    strong = away >= max(1, int(away.max()) - 24)
    return part[strong].mean(axis=0)


def is_bar(blob: Blob, others: Sequence[Blob]) -> bool:
    """Whether a blob is the upright border of a control: far higher than the letters, and apart from them."""
    if blob.width > 3 or blob.height < 6 * blob.width:
        return False
    letters = [o.height for o in others if o.width > 3 or o.height < 6 * o.width]
    return bool(letters) and blob.height >= 1.5 * max(letters) and apart(blob, others, 2)


def is_pill(blob: Blob, others: Sequence[Blob], away: Pixels, high: int) -> bool:
    """Whether a blob is a switch at one end of a line: longer than high, higher than the letters, apart from them."""
    if not 1.4 <= blob.width / blob.height <= 2.6 or blob.height < 8:
        return False
    rest = [o for o in others if o is not blob and not inside(o, blob)]
    if not rest or not apart(blob, others, max(3, round(0.15 * high))):
        return False
    at_end = all(o.left > blob.right for o in rest) or all(o.right < blob.left for o in rest)
    if not at_end or blob.height < 1.1 * max(o.height for o in rest):
        return False
    # The knob of a switch may cut into its outline.
    return closed(away[blob.top : blob.bottom, blob.left : blob.right] > FAINT, solid=0.8)


def is_ring(blob: Blob, away: Pixels) -> bool:
    """Whether lone ink is a radio button or checkbox: a hollow or full square or circle."""
    if min(blob.width, blob.height) < 11 or abs(blob.width - blob.height) > max(1, 0.06 * blob.height):
        return False
    return symmetric(away[blob.top : blob.bottom, blob.left : blob.right] > FAINT)


def is_arrow(blob: Blob, others: Sequence[Blob], away: Pixels) -> bool:
    """Whether a blob is the chevron or triangle of a dropdown: wider than high, narrowing to the middle."""
    if not 1.25 <= blob.width / blob.height <= 2.6 or blob.width < 6 or not apart(blob, others, 3):
        return False
    if any(o.left > blob.right for o in others):
        return False
    part = away[blob.top : blob.bottom, blob.left : blob.right]
    ink = part > part.max() // 2
    if (ink != ink[:, ::-1]).mean() > 0.12:
        return False
    spans = [int(xs[-1] - xs[0]) + 1 for row in ink if (xs := np.flatnonzero(row)).size]
    spans = spans if spans[0] >= spans[-1] else spans[::-1]
    narrows = all(b <= a + max(1, round(0.12 * blob.width)) for a, b in itertools.pairwise(spans))
    # an m is as wide all the way but for a faint last row
    halfway = spans[len(spans) // 2] <= 0.85 * blob.width
    return spans[0] >= 0.7 * blob.width and spans[-1] <= 0.4 * blob.width and narrows and halfway


def is_pointer(blob: Blob, away: Pixels) -> bool:
    """Whether a blob is a full triangle that points to a side: the arrow of a button, which reads as a 1."""
    if not 0.45 <= blob.width / blob.height <= 1.1 or blob.height < 7:
        return False
    part = away[blob.top : blob.bottom, blob.left : blob.right]
    ink = part > part.max() // 2
    rows = np.flatnonzero(ink.any(axis=1))
    ink = ink[rows[0] : rows[-1] + 1]  # without a faint first or last row
    if (ink != ink[::-1]).mean() > 0.12:
        return False
    columns = [ys for column in ink.T if (ys := np.flatnonzero(column)).size]
    high = len(ink)
    middle, slack = (high - 1) / 2, max(1.0, 0.08 * high)
    # Letters and the strokes of > are hollow, or stand on one side of the middle.
    if any(ys.size < ys[-1] - ys[0] + 1 or abs((ys[0] + ys[-1]) / 2 - middle) > slack for ys in columns):
        return False
    spans = [ys.size for ys in columns]
    spans = spans if spans[0] >= spans[-1] else spans[::-1]
    # The upright side may be blurred over two columns.
    widest = spans.index(max(spans))
    slope = spans[widest:]
    falls = all(b <= a for a, b in itertools.pairwise(slope)) and len(slope) >= 4
    halfway = 0.3 <= slope[len(slope) // 2] / slope[0] <= 0.8
    return widest <= 1 and slope[0] >= 0.7 * high and slope[-1] <= 0.35 * high and falls and halfway


def is_disc(part: Pixels) -> bool:
    """Whether a piece without one background is a drawing: a full disc or square, with something drawn in it maybe."""
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    light = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1] > 0
    for mask in (light, ~light):
        for blob in blobs_of(mask):
            size = blob.width * blob.height
            large = size >= 0.4 * mask.size and min(blob.width, blob.height) >= 11 and size < mask.size
            # Letters are hollow, even a bold 8.
            full = 0.7 <= blob.width / blob.height <= 1.3 and blob.area >= 0.64 * size
            if large and full and closed(mask[blob.top : blob.bottom, blob.left : blob.right]):
                return True
    return False


def closed(ink: NDArray[np.bool_], solid: float = 0.88) -> bool:
    """Whether an outline goes all round: what it encloses fills its box as a circle or square does."""
    outlines: Any = cv2.findContours(ink.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    outline: Any = max(outlines, key=lambda points: float(cv2.contourArea(points)))
    hull = float(cast(Any, cv2).contourArea(cast(Any, cv2).convexHull(outline)))
    height, width = ink.shape
    # A contour runs through the middles of its pixels.
    return hull >= 0.72 * (height - 1) * (width - 1) and cv2.contourArea(outline) >= solid * hull


def symmetric(ink: NDArray[np.bool_]) -> bool:
    """The outline is the same left and right, top and bottom."""
    edge = np.zeros_like(ink)
    rim = max(2, ink.shape[0] // 6)
    edge[:rim], edge[-rim:], edge[:, :rim], edge[:, -rim:] = True, True, True, True
    shape = ink & edge
    wrong = (shape != shape[:, ::-1]).sum() + (shape != shape[::-1]).sum()
    return bool(wrong <= 0.3 * shape.sum())


def dots(run: list[Blob]) -> int:
    """How many equal round dots in an even row the run is; 0 if it is anything else."""
    if len(run) < 3:
        return 0
    first = run[0]
    for blob in run:
        if abs(blob.width - blob.height) > 1 or abs(blob.width - first.width) > 1 or abs(blob.top - first.top) > 1:
            return 0
        if blob.width < 3 or blob.area < 0.6 * blob.width * blob.height:
            return 0
    lefts = sorted(b.left for b in run)
    steps = [b - a for a, b in itertools.pairwise(lefts)]
    return len(run) if max(steps) - min(steps) <= 2 and max(steps) <= 4 * first.width else 0
