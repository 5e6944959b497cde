"""Tabs of a notebook: which captions are tabs, and which of them is open."""

from __future__ import annotations

import numpy as np

from agent.planners.embedded.notebooks import open_tab, tabs_in
from agent.schema import Box, Element, Observation, Role, Screenshot


def element(number: int, role: Role, text: str, left: int, top: int, width: int, height: int = 10) -> Element:
    return Element(id=number, role=role, text=text, label=text, box=Box(left=left, top=top, width=width, height=height))


def look(opened: int, *, joined: bool = True, gap: int = 30) -> Observation:
    """Three tabs over a page; the open one is lighter and, if `joined`, its ground goes on into the page."""
    pixels = np.full((300, 500, 3), 210, np.uint8)
    pixels[60:280, 20:480] = 240
    pixels[59, 20:480] = 120
    elements: list[Element] = []
    for n, caption in enumerate(("General", "Network", "Looks")):
        left = 24 + 90 * n
        pixels[34:59, left : left + 88] = 240 if n == opened else 205
        if n == opened and joined:
            pixels[59, left : left + 88] = 240
        pixels[42:52, left + 20 : left + 60 : 3] = 20
        elements.append(element(n, "text", caption, left + 20, 42, 42))
    elements.append(element(9, "textbox", "", 120, 60 + gap, 200, 25))
    shot = Screenshot(pixels=pixels, region=Box(left=0, top=0, width=500, height=300))
    return Observation(number=1, screenshot=shot, elements=tuple(elements))


def test_the_open_tab_goes_on_into_its_page() -> None:
    for opened, caption in enumerate(("General", "Network", "Looks")):
        observation = look(opened)
        tabs = tabs_in(observation)
        assert [e.text for e in tabs] == ["General", "Network", "Looks"]
        shown = open_tab(observation, tabs)
        assert shown is not None
        assert shown.text == caption


def test_a_bar_of_links_with_one_marked_is_no_notebook() -> None:
    assert tabs_in(look(1, joined=False)) == []


def test_what_stands_far_above_the_fields_leads_elsewhere() -> None:
    assert tabs_in(look(1, gap=140)) == []
