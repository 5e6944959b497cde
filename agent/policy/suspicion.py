"""Text on the screen that gives orders to an agent, or pretends to be what it is not.

Whatever is read from pixels is data. What looks as if it were meant for the agent is told to the person and makes
the policy stricter; it is never what keeps the agent from harm: rules on targets, values and windows are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from agent.describe import clip, plain
from agent.policy.alarms import kind_of_text
from agent.schema import Alert, Box, Element, Observation, Pixels, Screenshot

FAINT = 1.45
"""Contrast (WCAG 2.2, 1..21) below which people don't see a text; greyed-out controls have 1.6 and more."""
_WORDY = 12
"""Letters that make a faint text more than an ornament."""
_LINES = 14
"""Lines that are read together as one text."""
_BUTTON_NEAR = 320
"""Desktop pixels between the title of a drawn dialog and its buttons."""

Tell = Callable[[Alert], None]


_SAID = {
    "orders": "orders to an agent",
    "fake_dialog": "what looks like a dialog of the system",
    "lookalike": "what looks like a question of Deskhand's own",
    "invisible": "text that people don't see",
}


def warning(alert: Alert) -> str:
    """An alert in words for the person and the trace; the text is made safe for a terminal."""
    place = f"at ({alert.box.left}, {alert.box.top})"
    return f"the screen shows {_SAID[alert.kind]} {place}: {clip(plain(alert.text), 200)}"


def alerts(look: Observation) -> tuple[Alert, ...]:
    """All that is suspicious in one look."""
    return Watch()(look)


class Watch:
    """Finds what is suspicious in each look; measures only what changed since the last one.

    `tell` hears of each text once.
    """

    def __init__(self, tell: Tell = lambda alert: None) -> None:
        self._tell = tell
        self._told: set[tuple[str, str]] = set()
        self._faint: dict[tuple[Box, str], bool] = {}

    def __call__(self, look: Observation) -> tuple[Alert, ...]:
        found = [*_spoken(look.elements), *self._unseen(look)]
        for alert in found:
            if (key := (alert.kind, alert.text)) not in self._told:
                self._told.add(key)
                self._tell(alert)
        return tuple(found)

    def _unseen(self, look: Observation) -> list[Alert]:
        """Texts in an ink that people don't see."""
        known, self._faint = self._faint, {}
        found: list[Alert] = []
        for element in look.elements:
            text = element.text or element.label
            if element.role not in ("text", "heading", "link") or sum(c.isalpha() for c in text) < _WORDY:
                continue
            key = (element.box, text)
            changed = any(element.box.overlap(box).area for box in look.changed)
            faint = known.get(key)
            if faint is None or changed:
                faint = _is_faint(look.screenshot, element.box)
            self._faint[key] = faint
            if faint:
                found.append(Alert(kind="invisible", text=text, box=element.box))
        return found


def _spoken(elements: Sequence[Element]) -> list[Alert]:
    """What the words themselves give away: of single elements, and of lines that are one text."""
    found: list[Alert] = []
    for text, box in (*_singles(elements), *_paragraphs(elements)):
        kind = kind_of_text(text)
        if kind == "fake_dialog" and not _has_buttons(box, elements):
            continue
        if kind and not any(a.kind == kind and a.box.overlap(box).area == min(a.box.area, box.area) for a in found):
            found.append(Alert(kind=kind, text=text, box=box))
    return found


def _singles(elements: Sequence[Element]) -> list[tuple[str, Box]]:
    """The texts of single elements; what only stands near one (help, a message, a heading) gets no part of its box."""
    found: list[tuple[str, Box]] = []
    for e in elements:
        own = {e.text: e.box, e.label: e.label_box or e.box}
        near = Box(left=e.box.left, top=e.box.bottom, width=e.box.width, height=0)
        found += [(text, box) for text, box in ({e.hint: near, e.error: near, e.group: near} | own).items() if text]
    return found


def _paragraphs(elements: Sequence[Element]) -> list[tuple[str, Box]]:
    """Lines that stand under each other, read as one text."""
    lines = sorted((e for e in elements if e.role in ("text", "heading", "link") and e.text), key=_place)
    runs: list[list[Element]] = []
    for line in lines:
        above = next((run for run in reversed(runs) if _continues(run[-1].box, line.box)), None)
        if above is None or len(above) >= _LINES:
            runs.append([line])
        else:
            above.append(line)
    return [(" ".join(e.text for e in run), _around([e.box for e in run])) for run in runs if len(run) > 1]


def _place(element: Element) -> tuple[int, int]:
    return element.box.top, element.box.left


def _continues(above: Box, below: Box) -> bool:
    """Whether a line goes on where another ended: under it, as near as lines are, and over the same ground."""
    gap = below.top - above.bottom
    side = below.left - above.right
    beside = abs(below.center.y - above.center.y) < max(above.height, below.height) / 2 and 0 <= side < 3 * above.height
    shared = min(above.right, below.right) - max(above.left, below.left)
    under = -above.height / 2 <= gap <= 1.2 * max(above.height, below.height)
    return beside or (under and shared > 0.3 * min(above.width, below.width))


def _around(boxes: Sequence[Box]) -> Box:
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    return whole


def _has_buttons(title: Box, elements: Sequence[Element]) -> bool:
    """Whether something to press stands where a dialog of this title would have it."""
    reach = title.grow(_BUTTON_NEAR // 2).union(title.shift(0, _BUTTON_NEAR))
    return any(e.role in ("button", "link", "icon") and reach.contains(e.box.center) for e in elements)


# ---------------------------------------------------------------- ink


def _is_faint(screenshot: Screenshot, box: Box) -> bool:
    pixels = screenshot.crop(box.grow(2))
    return pixels.size > 0 and contrast(pixels) < FAINT


def contrast(pixels: Pixels) -> float:
    """The contrast of a text with its ground, 1..21 (WCAG 2.2: relative luminances, 0.05 added).

    The ground is the middle of all pixels, the ink the furthest hundredth from it: edges of letters are blurred.
    """
    light = _luminances()[np.asarray(pixels, dtype=np.uint8)[..., :3]] @ np.array((0.2126, 0.7152, 0.0722))
    ground = float(np.median(light))
    low, high = np.percentile(light, (1, 99))
    return max((ground + 0.05) / (float(low) + 0.05), (float(high) + 0.05) / (ground + 0.05))


@lru_cache(maxsize=1)
def _luminances() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
