"""Fields that are only a line, with room for a text above it."""

from __future__ import annotations

import numpy as np

from agent.perception.parts import Widget
from agent.perception.widgets.boxes import Colour, Frame, luma
from agent.perception.widgets.glyphs import Glyph, glyph_of
from agent.perception.widgets.scene import Rect, Scene, difference, middle
from agent.schema import ElementState, Role

_WIDE = 780
"""A rule of more design pixels than this may part a page as well."""
_DRAWN = 55
"""Wide rules that part a page are drawn fainter than those of fields, which have to be seen (0..255)."""
_FAINT = 31
"""A rule so faint on light paper (half of that on dark) parts the text of a page."""


def find_underlined(scene: Scene, frames: list[Frame]) -> list[Widget]:
    """Text fields drawn as a line only, with room for a text above it."""
    r = scene.blob_rects
    w, h = r[:, 2] - r[:, 0], r[:, 3] - r[:, 1]
    ok = (w >= scene.px(56)) & (h <= scene.px(3))
    ok[0] = False
    rules = [Rect(*(int(v) for v in r[i, :4])) for i in np.nonzero(ok)[0]]
    out: list[Widget] = []
    for rule in rules:
        if rule.left <= scene.px(3) and rule.right >= scene.width - scene.px(3):
            continue  # from edge to edge: it parts a banner from the page
        if any(rule.inside(f.outer, 2) and f.outer.height < scene.px(66) for f in frames):
            continue
        strength, paper = _strength(scene, rule)
        if strength < (_FAINT if luma(paper) > 100 else _FAINT // 2):
            continue
        if rule.width > scene.px(_WIDE) and (strength < _DRAWN or not _wide_field(scene, rule, paper)):
            continue
        box = _room_above(scene, rule, rules)
        if box is not None:
            role: Role = "combobox" if _ends_in_chevron(scene, box) else "textbox"
            out.append(Widget(role, box.box(), ElementState(), 0.5))
    return out


def _strength(scene: Scene, rule: Rect) -> tuple[int, Colour]:
    """How far a rule stands out from the paper over it, and the colour of that paper."""
    x0, x1 = rule.left + rule.width // 4, rule.right - rule.width // 4
    drawn = middle(scene.pixels[(rule.top + rule.bottom) // 2, x0:x1])
    paper = middle(scene.pixels[max(0, rule.top - scene.px(3)), x0:x1])
    return int(np.abs(drawn - paper).max()), paper


def _wide_field(scene: Scene, rule: Rect, paper: Colour) -> bool:
    """Whether a rule that could as well part a page stands under a text set like a field's."""
    usual = sorted(line.height for line in scene.lines)[len(scene.lines) // 2] if scene.lines else 0
    near = Rect(rule.left - scene.px(4), rule.top - scene.px(58), rule.right, rule.top)
    lines = sorted((x for x in scene.lines if x.overlap(near) > 0.6 * x.area), key=lambda x: -x.bottom)
    if not lines or any(abs(x.left - rule.left) > scene.px(24) for x in lines[:1]):
        return False
    last = lines[0]
    if last.height > max(1.3 * usual, scene.px(18)) or last.width > 0.5 * rule.width:
        return False
    gap = rule.top - last.bottom
    if gap >= scene.px(18):
        return gap <= scene.px(44)  # an empty field under its label
    above = [x for x in lines[1:] if 0 <= last.top - x.bottom <= scene.px(26) and x.height <= last.height + scene.px(4)]
    return bool(above) or _pale(scene, last, paper)


def _pale(scene: Scene, line: Rect, paper: Colour) -> bool:
    """Grey letters: a label at rest or a placeholder."""
    away = difference(scene.pixels[line.top : line.bottom, line.left : line.right], paper)
    darkest = difference(scene.pixels[::3, ::3], paper).max()
    return bool(away.size) and int(away.max()) < 0.8 * int(darkest)


def _ends_in_chevron(scene: Scene, box: Rect) -> bool:
    r = scene.blob_rects
    inside = (r[:, 0] >= box.right - scene.px(40)) & (r[:, 2] <= box.right + 2)
    inside &= (r[:, 1] >= box.top) & (r[:, 3] < box.bottom - 2)
    parts = r[np.nonzero(inside)[0]]
    if not 1 <= len(parts) <= 2:
        return False
    rect = Rect(int(parts[:, 0].min()), int(parts[:, 1].min()), int(parts[:, 2].max()), int(parts[:, 3].max()))
    paper = scene.pixels[box.top + 2, box.right - 2].astype(np.int16)
    frame = Frame(box, box, 0, paper, paper, paper, has_border=False)
    return glyph_of(scene, frame, rect) in (Glyph.CHEVRON, Glyph.UPDOWN)


def _room_above(scene: Scene, rule: Rect, rules: list[Rect]) -> Rect | None:
    high = scene.px(34)
    column = Rect(rule.left - scene.px(6), rule.top - high, rule.right + scene.px(6), rule.top)
    if column.top < 0:
        return None
    lines = [line for line in scene.lines if line.overlap(column) > 0.5 * line.area]
    if any(
        line.overlap(Rect(rule.left, rule.top - 4, rule.right, rule.top + 2))
        and rule.top - line.bottom < 2
        and rule.width <= line.width + 6
        for line in lines
    ):
        return None  # an underlined text
    starts = {line.left // scene.px(24) for line in lines}
    if len(lines) > 2 or len(starts) > 1 or any(line.height > scene.px(24) for line in lines):
        return None
    near = Rect(rule.left - scene.px(4), rule.top - 2 * high, rule.right, rule.bottom + scene.px(22))
    named = any(abs(line.left - rule.left) <= scene.px(14) and line.overlap(near) for line in scene.lines)
    beside = any(
        0 <= rule.left - line.right < scene.px(60) and line.bottom > rule.top - high and line.top < rule.top
        for line in scene.lines
    )
    stacked = sum(1 for o in rules if abs(o.left - rule.left) <= 1 and abs(o.right - rule.right) <= 1)
    if not (named or beside) or stacked > 8:
        return None
    # what is written begins where the rule begins, and a caret may stand before it
    return scene.clamp(Rect(rule.left - scene.px(4), rule.top - high, rule.right + scene.px(4), rule.bottom))
