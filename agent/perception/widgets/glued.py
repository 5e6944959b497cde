"""Boxes that stand side by side without a gap: cells of a table, rows of a list, fields with parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Frame, luma, runs
from agent.perception.widgets.glyphs import arrow_after
from agent.perception.widgets.scene import Bools, Ints, Rect, Scene
from agent.schema import ElementState


def find_lists(scene: Scene, frames: list[Frame]) -> list[tuple[list[int], Widget]]:
    """Lists that a highlighted row cuts into stacked boxes: the frames that each takes up, and the whole."""
    order = sorted(range(len(frames)), key=lambda i: frames[i].inner.top)
    used: set[int] = set()
    out: list[tuple[list[int], Widget]] = []
    for i in order:
        if i in used:
            continue
        chain = [i]
        for j in order:
            if j not in used and j != chain[-1] and _follows(scene, frames[chain[-1]], frames[j]):
                chain.append(j)
        if len(chain) < 2 or not _is_list(scene, [frames[k] for k in chain]):
            continue
        used.update(chain)
        parts = [frames[k].outer for k in chain]
        whole = Rect(
            min(p.left for p in parts), parts[0].top, max(p.right for p in parts), max(p.bottom for p in parts)
        )
        out.append((chain, Widget("listbox", whole.box(), ElementState(), 0.7)))
    return out


def _follows(scene: Scene, upper: Frame, lower: Frame) -> bool:
    a, b, slack = upper.inner, lower.inner, scene.px(2)
    return (
        -1 <= b.top - a.bottom <= slack
        and abs(a.left - b.left) <= slack
        and abs(a.right - b.right) <= slack
        and a.width >= scene.px(30)
    )


def _is_list(scene: Scene, chain: list[Frame]) -> bool:
    """One row is filled otherwise than the rest, and all texts begin at the same place."""
    total = chain[-1].inner.bottom - chain[0].inner.top
    fills = [f.fill for f in chain]
    kinds = {tuple(int(v) // 6 for v in fill) for fill in fills}
    if len(kinds) != 2 or total < scene.px(36) or total > scene.px(640) or not chain[0].has_border:
        return False
    highlighted = [f for f in chain if np.abs(f.fill - chain[0].fill).max() >= 6]
    plain = [f for f in chain if np.abs(f.fill - chain[0].fill).max() < 6]
    row = min((f.inner.height for f in highlighted + plain if f.ink), default=0)
    if not scene.px(13) <= row <= scene.px(50):
        return False
    starts = [f.ink[0].rect.left - f.inner.left for f in chain if f.ink]
    lines = [scene.lines[i] for f in chain for i in scene.lines_in(f.inner)]
    starts += [line.left - chain[0].inner.left for line in lines]
    columns = max((len(runs(_columns(f), scene.px(40))) for f in chain if f.ink), default=0)
    if len(lines) < 3:
        return False
    return len(starts) >= 2 and max(starts) - min(starts) <= scene.px(6) and min(starts) < scene.px(40) and columns < 2


def _columns(f: Frame) -> Bools:
    """Which columns of a frame carry ink."""
    out = np.zeros(f.inner.width + 1, np.bool_)
    for ink in f.ink:
        out[ink.rect.left - f.inner.left : ink.rect.right - f.inner.left] = True
    return out


def join_parts(scene: Scene, frames: list[Frame], found: list[Widget | None]) -> None:
    """Fields with small boxes at their ends: steps up and down, units and signs that are no buttons."""
    for i, field in enumerate(found):
        if field is None and (whole := _drop_down(scene, frames, found, i)) is not None:
            found[i] = whole  # the value may leave so little room that it looks like a mark round a word
        if field is None or field.role not in ("textbox", "button"):
            continue
        right = _beside(scene, frames, i, east=True)
        left = _beside(scene, frames, i, east=False)
        if (whole := _drop_down(scene, frames, found, i)) is not None:
            found[i] = whole
            continue
        stepped = [j for j in (*right, *left) if _is_step(frames[j])]
        # A number in the middle of its field, between minus and plus, looks like the caption of a button.
        between = bool(right and left) and _is_step(frames[right[0]]) and _is_step(frames[left[0]])
        if len(stepped) >= 2 and (field.role == "textbox" or (between and not _is_step(frames[i]))):
            found[i] = replace(field, role="spinbutton")
        elif field.role == "button":
            continue
        for j in right[:1] + left[:1]:
            part = found[j]
            if part is not None and part.role in ("button", "textbox") and _is_sign(scene, frames[j]):
                found[j] = None


def _drop_down(scene: Scene, frames: list[Frame], found: list[Widget | None], i: int) -> Widget | None:
    """The dropdown that a field and the arrow in a box of its own at its end are, if nothing can be typed.

    What can be typed into is lighter than what is round it.
    """
    frame = frames[i]
    r = frame.inner
    if not frame.has_border or not scene.px(14) <= r.height <= scene.px(50) or r.width < 1.2 * r.height:
        return None
    if luma(frame.fill) > luma(frame.around) + 4 or len(scene.lines_in(r)) > 1:
        return None
    end = arrow_after(scene, frame.inner)
    if end is None:
        return None
    for j, part in enumerate(found):
        if part is not None and j != i and end.overlap(frames[j].inner) > 0.5 * frames[j].inner.area:
            found[j] = None
    return Widget("combobox", frame.outer.box().union(end.box()), ElementState(), 0.8)


def _beside(scene: Scene, frames: list[Frame], i: int, *, east: bool) -> list[int]:
    """Frames no wider than one and a half times their height that follow on one side without a gap."""
    out: list[int] = []
    at, slack = frames[i].inner, scene.px(3)
    for _ in range(2):
        for j, f in enumerate(frames):
            r = f.inner
            gap = r.left - at.right if east else at.left - r.right
            even = abs(r.top - at.top) <= slack and abs(r.bottom - at.bottom) <= slack
            if 0 <= gap <= slack and even and r.width <= 2 * r.height and j != i and j not in out:
                out.append(j)
                at = r
                break
    return out


def _is_step(f: Frame) -> bool:
    """A minus or a plus."""
    if len(f.ink) != 1:
        return False
    r = f.ink[0].rect
    full = f.ink[0].amount / max(1, r.area)
    minus = r.width >= 2.2 * r.height and full > 0.6
    plus = abs(r.width - r.height) <= max(2, 0.2 * r.width) and 0.12 < full < 0.65
    central = abs((r.left + r.right) - (f.inner.left + f.inner.right)) <= max(4, 0.2 * f.inner.width)
    return (minus or plus) and central and r.width < 0.7 * f.inner.width


def _is_sign(scene: Scene, f: Frame) -> bool:
    """A unit or sign that belongs to the field beside it: nothing in it is a word."""
    texts = "".join(scene.texts[i] for i in scene.lines_in(f.inner)).strip()
    return bool(texts) and len(texts) <= 4 and not any(c.isalpha() for c in texts) and not _is_step(f)


def table_cells(scene: Scene, frames: list[Frame]) -> set[int]:
    """Frames that share thin borders with neighbours both beside and above or below: cells of a table."""
    slack, even = scene.px(3), scene.px(2)
    boxes = np.array([[f.inner.left, f.inner.top, f.inner.right, f.inner.bottom] for f in frames], np.int32)
    if len(frames) < 3:
        return set()
    cells: set[int] = set()
    for i, f in enumerate(frames):
        r = f.inner
        same_rows = (np.abs(boxes[:, 1] - r.top) <= 1) & (np.abs(boxes[:, 3] - r.bottom) <= 1)
        same_cols = (np.abs(boxes[:, 0] - r.left) <= even) & (np.abs(boxes[:, 2] - r.right) <= even)
        east = same_rows & (boxes[:, 0] - r.right >= 0) & (boxes[:, 0] - r.right <= slack)
        west = same_rows & (r.left - boxes[:, 2] >= 0) & (r.left - boxes[:, 2] <= slack)
        south = same_cols & (boxes[:, 1] - r.bottom >= 0) & (boxes[:, 1] - r.bottom <= slack)
        north = same_cols & (r.top - boxes[:, 3] >= 0) & (r.top - boxes[:, 3] <= slack)
        cell = (east.any() or west.any()) and (south.any() or north.any())
        if not cell and f.ink:
            cell = _heads_panel(boxes, r, slack) or _in_header(frames, boxes, same_rows, r, slack)
            cell = cell or _stack(boxes, same_cols, r, slack) >= 4
        if cell:
            cells.add(i)
    return cells


def _heads_panel(boxes: Ints, r: Rect, slack: int) -> bool:
    """The title bar of a card: something higher and just as wide stands on its lower edge, or hangs above it."""
    if r.height < 2 * slack or r.width < 3 * r.height:
        return False
    even = (np.abs(boxes[:, 0] - r.left) <= slack) & (np.abs(boxes[:, 2] - r.right) <= slack)
    higher = boxes[:, 3] - boxes[:, 1] > 1.6 * r.height
    below = np.abs(boxes[:, 1] - r.bottom - 1) <= slack
    above = np.abs(r.top - boxes[:, 3] - 1) <= slack
    return bool((even & higher & (below | above)).any())


def _in_header(frames: list[Frame], boxes: Ints, same_rows: Bools, r: Rect, slack: int) -> bool:
    """One of three or more boxes side by side without a gap, each with a text at its left: the head of a table."""
    row = sorted((int(boxes[j, 0]), int(boxes[j, 2]), int(j)) for j in np.nonzero(same_rows)[0])
    at = next(k for k, cell in enumerate(row) if cell[0] == r.left)
    first = last = at
    while first > 0 and 0 <= row[first][0] - row[first - 1][1] <= slack:
        first -= 1
    while last + 1 < len(row) and 0 <= row[last + 1][0] - row[last][1] <= slack:
        last += 1
    chain = [frames[j] for _, _, j in row[first : last + 1]]
    if len(chain) < 3 or not all(f.ink for f in chain) or sum(map(_is_step, chain)) >= 2:
        return False  # a number with its minus and plus has three boxes too
    pads = [f.ink[0].rect.left - f.inner.left for f in chain]
    ends = [f.inner.right - f.ink[-1].rect.right for f in chain]
    if max(abs(a - b) for a, b in zip(pads, ends, strict=True)) <= slack:
        return False  # each as wide as its caption wants: buttons grown together
    same_fill = all(np.abs(f.fill - chain[0].fill).max() < 6 for f in chain)
    return same_fill and max(pads) - min(pads) <= slack and not all(f.inner.width < 1.4 * f.inner.height for f in chain)


def _stack(boxes: Ints, same_cols: Bools, r: Rect, slack: int) -> int:
    """How many boxes of the same width stand on each other here, without a gap."""
    spans = sorted((int(b[1]), int(b[3])) for b in boxes[same_cols])
    at = spans.index((r.top, r.bottom))
    count = 1
    for step in (1, -1):
        i = at
        while 0 <= i + step < len(spans):
            upper, lower = (spans[i], spans[i + step]) if step == 1 else (spans[i + step], spans[i])
            if not 0 <= lower[0] - upper[1] <= slack:
                break
            count, i = count + 1, i + step
    return count
