"""Rows of small squares with a drawing in each: the tools of a program."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import runs
from agent.perception.widgets.scene import Bools, Ints, Rect, Scene, difference, middle

_LEAST = 4
"""So many squares of one size at one distance are a toolbar; fewer may be anything."""
_TOO_MANY = 1500
"""More upright strokes than this are a photograph or a page full of text at a size that is not what was told."""


def find_tools(scene: Scene) -> list[Widget]:
    """Each square of a toolbar as an icon; squares are told by their sides, whatever is drawn in them."""
    squares = _squares(scene)
    kept: list[Rect] = []
    seen: list[Rect] = []
    # From one square's right side to the next one's is a square too, but a larger one.
    for row in sorted(_rows(scene, squares), key=lambda row: row[0].width):
        among = row[len(row) // 2]
        if any(among.overlap(r) for r in seen) or sum(_boxed(scene, r) for r in row) < 0.8 * len(row):
            continue
        seen += row
        kept += row if _is_toolbar(scene, row) else []
    return [Widget("icon", r.box(), confidence=0.7) for r in kept]


def without_what_tools_are(found: list[Widget], tools: list[Widget]) -> list[Widget]:
    """The controls that are not drawn by tools, or made of several of them."""
    if not tools:
        return found
    kept = [w for w in found if sum(w.box.overlap(t.box).area for t in tools) <= 0.5 * w.box.area]
    return kept + [replace(t) for t in tools]


def _squares(scene: Scene) -> list[Rect]:
    """Pairs of upright strokes of one height that stand as far apart as they are high, with something between."""
    least, most = scene.px(14), scene.px(36)
    long = least * 6 // 7
    strokes = _strokes(scene, long, most)
    lying = cv2.integral(_core(scene, 1, long), sdepth=cv2.CV_32S)
    if len(strokes):
        strokes = strokes[_closed(scene, lying, strokes, most)]
    if not 2 * _LEAST <= len(strokes) <= _TOO_MANY:
        return []
    left, top, right, bottom = strokes.T
    high = bottom - top
    apart = left[None, :] - left[:, None]
    fits = apart >= np.maximum(least, high * 4 // 5)[:, None]
    fits &= apart <= np.minimum(most, high * 6 // 5 + scene.px(6))[:, None]
    fits &= (np.abs(top[None, :] - top[:, None]) <= 1) & (np.abs(bottom[None, :] - bottom[:, None]) <= 1)
    nearest = np.where(fits, apart, most + 1).argmin(axis=1)
    far = right[nearest]
    flat = _closed(scene, lying, np.stack([left, top, far, bottom], axis=1), 0)
    first = np.nonzero(fits.any(axis=1) & flat)[0]
    level = np.abs(top[first][None, :] - top[first][:, None]) <= 1
    level &= np.abs(bottom[first][None, :] - bottom[first][:, None]) <= 1
    many = first[level.sum(axis=1) >= _LEAST]
    return [Rect(int(left[i]), int(top[i]), int(far[i]), int(bottom[i])) for i in many]


def _boxed(scene: Scene, r: Rect) -> bool:
    """Whether straight sides run along its top and its bottom (corners may be round)."""
    reach, inset = scene.px(4), r.width // 4
    for y in (r.top, r.bottom):
        part = scene.edges[max(0, y - reach) : y + reach, r.left + inset : r.right - inset]
        if not part.size or not part.all(axis=1).any():
            return False
    return True


def _closed(scene: Scene, lying: MatLike, rects: Ints, reach: int) -> Bools:
    """Whether a level line runs along the upper and the lower end, within `reach` pixels left or right."""
    left, right = np.clip(rects[:, 0] - reach, 0, scene.width), np.clip(rects[:, 2] + reach, 0, scene.width)
    corner = scene.px(4)

    def runs_along(y: Ints) -> Bools:
        top, bottom = np.clip(y - corner, 0, scene.height), np.clip(y + corner, 0, scene.height)
        sums = np.asarray(lying)
        return (sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]) > 0

    return runs_along(rects[:, 1]) & runs_along(rects[:, 3])


def _core(scene: Scene, rows: int, columns: int) -> NDArray[np.uint8]:
    """1 in the middle of each straight run of edge pixels that is long enough."""
    kernel = np.ones((rows, columns), np.uint8)
    return np.asarray(cv2.erode(scene.edges, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0), np.uint8)


def _strokes(scene: Scene, least: int, most: int) -> Ints:
    """Upright lines of edge pixels: left, top, right, bottom; of several columns side by side the first."""
    core = _core(scene, least, 1)
    before, after = np.zeros_like(core), np.zeros_like(core)
    before[1:], after[:-1] = core[:-1], core[1:]
    starts, ends = _points(core & ~before), _points(core & ~after)
    reach = least // 2
    top, bottom, left = starts[:, 1] - reach, ends[:, 1] + least - reach, starts[:, 0]
    s = np.stack([left, top, left + 1, bottom], axis=1)[bottom - top <= most]
    if len(s) < 2:
        return s
    # a line has an edge on either side: two columns
    place = (s[:, 0].astype(np.int64) << 20) + s[:, 1]
    east, west = ((place[:, None] + d + np.arange(-1, 2)) for d in (1 << 20, -(1 << 20)))
    s[:, 2] += np.isin(east, place).any(axis=1)
    return s[~np.isin(west, place).any(axis=1)]


def _points(mask: NDArray[np.uint8]) -> Ints:
    """The pixels that are not 0 as x and y, by the column that they are in."""
    found = cv2.findNonZero(mask)
    if found is None:  # pyright: ignore[reportUnnecessaryComparison]
        return np.zeros((0, 2), np.int32)
    points = np.asarray(found, np.int32).reshape(-1, 2)
    return points[np.lexsort((points[:, 1], points[:, 0]))]


def _rows(scene: Scene, squares: list[Rect]) -> list[list[Rect]]:
    """Squares of one size side by side; the distances are a few pixels and the same."""
    rows: list[list[Rect]] = []
    for r in sorted(squares, key=lambda r: (r.left, r.top)):
        for row in rows:
            last = row[-1]
            gap = r.left - last.right
            alike = abs(r.top - last.top) <= 1 and abs(r.bottom - last.bottom) <= 1 and abs(r.width - last.width) <= 2
            even = len(row) < 2 or abs((r.left - last.left) - (row[1].left - row[0].left)) <= 2
            if alike and even and -2 <= gap <= scene.px(8):
                row.append(r)
                break
        else:
            rows.append([r])
    return [row for row in rows if len(row) >= _LEAST]


def _is_toolbar(scene: Scene, row: list[Rect]) -> bool:
    """Something else than a letter or a digit is drawn in nearly each: no fields of one character, no swatches."""
    heights: list[int] = []
    for r in row:
        crop = scene.pixels[r.top + 3 : r.bottom - 3, r.left + 3 : r.right - 3]
        paper = middle(crop.reshape(-1, 3))
        drawn = difference(crop, paper) > 40
        share = float(drawn.mean())
        lines = runs(np.asarray(drawn.any(axis=1)), 3)
        across = bool(drawn.all(axis=0).any())  # a side of another square
        if 0.01 < share < 0.7 and lines and not across:
            heights.append(lines[-1][1] - lines[0][0])
    if len(heights) < 0.75 * len(row):
        return False
    usual = sorted(heights)[len(heights) // 2]
    one_size = sum(abs(h - usual) <= 1 for h in heights) >= 0.8 * len(heights)
    whole = Rect(row[0].left, row[0].top, row[-1].right, row[0].bottom)
    letters = sum(c.isalnum() for i in scene.lines_in(whole) for c in scene.texts[i])
    return not (one_size and letters >= 0.6 * len(row))
