"""Forms on the pages of a notebook: finding its tabs, and opening them one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from agent.planners.embedded.desk import click, wait
from agent.planners.embedded.job import Job
from agent.planners.embedded.page import Page, to_offset
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import FIELDS
from agent.schema import Box, Element, Observation
from agent.wording import fold

_CAPTIONS = ("text", "heading", "link", "button", "option", "textbox")
_WIDEST = 90
"""Pixels between two captions up to which they may stand on neighbouring tabs."""
_NEAREST = 110
"""Pixels from the tabs down to the first field, at most: what stands higher up leads elsewhere."""
_EDGE = 6
"""Smallest step between two rows of pixels, of 255, that is a line."""


def tabs_in(observation: Observation) -> list[Element]:
    """The tabs over the fields that are shown, from left to right; none where no row of captions looks like tabs.

    Captions stand side by side on one line; one of them, on the open tab, looks otherwise than all others, and only
    its ground goes on into the page below it, or only it has a coloured bar.
    """
    top = min((e.box.top for e in observation.elements if e.role in FIELDS and not _may_be_tab(e)), default=0)
    rows: list[list[Element]] = []
    for e in sorted(observation.elements, key=lambda e: e.box.center.y):
        if not _may_be_tab(e) or not top - _NEAREST <= e.box.bottom <= top + 4:
            continue
        if rows and abs(rows[-1][-1].box.center.y - e.box.center.y) <= 4:
            rows[-1].append(e)
        else:
            rows.append([e])
    for row in reversed(rows):
        tabs = sorted(row, key=lambda e: e.box.left)
        near = all(0 <= b.box.left - a.box.right + 8 <= _WIDEST for a, b in pairwise(tabs))
        shown = open_tab(observation, tabs) if len(tabs) >= 2 and near else None
        if shown is not None and _is_notebook(observation, tabs, shown):
            return tabs
    return []


def _caption(e: Element) -> str:
    return (e.text or e.label).strip()


def _may_be_tab(e: Element) -> bool:
    words = _caption(e).split()
    return (
        e.role in _CAPTIONS
        and 1 <= len(words) <= 3
        and len(_caption(e)) <= 28
        and e.box.height <= 48
        and not (e.role == "textbox" and (e.text != e.label or e.state.placeholder))
    )


def open_tab(observation: Observation, tabs: Sequence[Element]) -> Element | None:
    """The one tab that looks otherwise than the others; of two, the one that is lighter or underlined."""
    grounds = [_ground(observation, e) for e in tabs]
    kinds = Counter(grounds)
    odd = [e for e, ground in zip(tabs, grounds, strict=True) if kinds[ground] == 1]
    if len(tabs) == 2 and len(odd) == 2:
        return max(odd, key=lambda e: _stands_out(observation, e))
    return odd[0] if len(odd) == 1 and len(kinds) == 2 else None


def _is_notebook(observation: Observation, tabs: Sequence[Element], shown: Element) -> bool:
    if _has_bar(observation, shown) and not any(_has_bar(observation, e) for e in tabs if e is not shown):
        return True
    return not _parted(observation, shown) and all(_parted(observation, e) for e in tabs if e is not shown)


def _parted(observation: Observation, e: Element) -> bool:
    """Whether a line, or another ground, follows below a caption within the height of a tab."""
    crop = observation.screenshot.crop(_foot(e))
    steps = np.abs(np.diff(crop.astype(np.int16), axis=0)).max(axis=2)
    return bool((steps > _EDGE).mean(axis=1).max(initial=0.0) > 0.9)


def _ground(observation: Observation, e: Element) -> tuple[tuple[int, ...], bool]:
    """What a caption stands on, coarsely, and whether a coloured bar runs below it."""
    crop = observation.screenshot.crop(e.box.grow(3)).reshape(-1, 3)
    colours, counts = np.unique(crop // 6, axis=0, return_counts=True)
    return tuple(int(c) for c in colours[int(counts.argmax())]), _has_bar(observation, e)


def _foot(e: Element) -> Box:
    """Below a caption, as far down as the lower edge of a tab may be."""
    inset, middle = (4 if e.role == "button" else 0), e.box.center.y
    return Box.of(e.box.left + inset, middle + 8, e.box.right - inset, middle + 21)


def _has_bar(observation: Observation, e: Element) -> bool:
    crop = observation.screenshot.crop(_foot(e)).astype(np.int16)
    if not crop.size:
        return False
    even = (crop.max(axis=1) - crop.min(axis=1)).max(axis=1) <= 12
    vivid = (crop.max(axis=2) - crop.min(axis=2)).mean(axis=1) > 60
    return bool((even & vivid).any())


def _stands_out(observation: Observation, e: Element) -> tuple[bool, int]:
    colour, bar = _ground(observation, e)
    return bar, sum(colour)


def further_tabs(job: Job, observation: Observation) -> list[Element]:
    """The tabs of the form that were not open yet."""
    tabs = tabs_in(observation)
    if tabs and (shown := open_tab(observation, tabs)) is not None:
        job.tabs.setdefault(job.number, _caption(shown))
    seen = {fold(name) for name in job.tabs.values()}
    return [e for e in tabs if fold(_caption(e)) not in seen]


def open_next(job: Job, turn: Turn) -> Routine[tuple[Turn, bool]]:
    """Open the next tab, if the record has more than the open ones have fields for; False if there is none."""
    if not job.remaining or not further_tabs(job, turn.observation):
        return turn, False
    turn = yield from to_offset(turn, job.page, 0)
    for tab in further_tabs(job, turn.observation):
        job.tabs[job.number + 1] = _caption(tab)
        job.pages[job.number] = job.page
        turn, opened = yield from _open(turn, tab)
        if opened:
            return turn, True
    return turn, False


def look_again(job: Job, turn: Turn, number: int) -> Routine[tuple[Turn, bool]]:
    """Open the tab of an earlier page once more, to see whether it kept its values; False if it is not found."""
    wanted = fold(job.tabs.get(number, ""))
    tab = next((e for e in tabs_in(turn.observation) if fold(_caption(e)) == wanted), None)
    if tab is None:
        return turn, False
    turn, _ = yield from _open(turn, tab)
    job.number, job.page = number, job.pages.get(number, Page(seen=turn.observation))
    job.page.sync(turn.observation)
    return turn, True


def _open(turn: Turn, tab: Element) -> Routine[tuple[Turn, bool]]:
    number = turn.observation.number
    turn = yield from click(turn, tab, f"open the tab {_caption(tab)!r}", intent="navigate")
    for seconds in (0.2, 0.5):
        if turn.observation.changed and turn.observation.number > number:
            break
        turn = yield from wait(turn, seconds, "wait for the page of the tab")
    return turn, bool(turn.observation.changed)


def left_tabs(job: Job) -> list[int]:
    """The numbers of the notebook's pages that were filled in and left."""
    return sorted({entry.page for entry in job.entries} & set(job.pages) - {job.number})
