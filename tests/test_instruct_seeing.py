"""Instructions where what is seen is scant: a caret that blinks, a page that scrolls too far, a row read no more."""

from __future__ import annotations

from typing import Any

import numpy as np

from agent.planners.embedded.planner import EmbeddedPlanner
from agent.schema import Action, Ask, Done, Element, ElementState, Observation, Scroll, Task
from tests.fakes import Control, FakeScreen, drive


def run(text: str, screen: FakeScreen) -> Action:
    end, _ = drive(EmbeddedPlanner(Task(instructions=text), screen.reread), screen)
    return end


class Blinking(FakeScreen):
    """Tells by nothing but a caret, drawn in every other look, which field has the focus."""

    caret = True

    def _draw(self) -> np.ndarray[Any, Any]:
        focus, self.focus = self.focus, None
        pixels = super()._draw()
        self.focus = focus
        if focus is not None and self.caret and self._number % 2:
            box = focus.box(self.offset)
            left = box.left + 6 + 8 * len(focus.value)
            pixels[box.top + 4 : box.bottom - 4, left : left + 1] = 0
        return pixels

    def look(self) -> Observation:
        seen = super().look()
        calm = [_changed(e, focused=None) for e in seen.elements]
        return seen.model_copy(update={"elements": tuple(calm)})


def _changed(element: Element, **state: object) -> Element:
    return element.model_copy(update={"state": ElementState(**{**element.state.model_dump(), **state})})


def test_text_goes_where_the_caret_blinks() -> None:
    screen = Blinking([Control("textbox", "One"), Control("textbox", "Two"), Control("textbox", "Three")])
    screen.focus = screen.controls[1]
    assert isinstance(run("Type hello", screen), Done)
    assert [c.value for c in screen.controls] == ["", "hello", ""]


def test_without_a_caret_one_asks_which_field_is_meant() -> None:
    screen = Blinking([Control("textbox", "One"), Control("textbox", "Two"), Control("textbox", "Three")])
    screen.caret = False
    assert isinstance(run("Type hello", screen), Ask)
    assert [c.value for c in screen.controls] == ["", "", ""]


def test_a_wheel_that_skips_what_is_looked_for_goes_back_by_single_notches() -> None:
    pressed: list[str] = []
    controls = [Control("button", f"Item {n}", on_click=lambda _, c: pressed.append(c.label)) for n in range(60)]
    screen = FakeScreen(controls, notch=400)
    assert isinstance(run("Click 'Item 33'", screen), Done)
    assert pressed == ["Item 33"]
    assert {abs(a.dy) for a in screen.actions if isinstance(a, Scroll)} == {5, 1}


class Forgetful(FakeScreen):
    """A selected row of a list is read as no row: its letters are light on the colour of the selection."""

    def look(self) -> Observation:
        seen = super().look()
        picked = {row for c in self.controls for row in c.picked}
        return seen.model_copy(update={"elements": tuple(e for e in seen.elements if e.text not in picked)})


def test_a_row_whose_background_turned_is_selected_though_it_is_read_no_more() -> None:
    screen = Forgetful([Control("listbox", "Town", options=("Bonn", "Kiel", "Ulm"), height=80)])
    end = run("Select Kiel from the Town list", screen)
    assert isinstance(end, Done), end
    assert screen.controls[0].picked == {"Kiel"}


def test_a_row_that_does_not_turn_is_not_taken_for_selected() -> None:
    class Dead(Forgetful):
        def _draw(self) -> np.ndarray[Any, Any]:
            for c in self.controls:
                c.picked.clear()
            return super()._draw()

    screen = Dead([Control("listbox", "Town", options=("Bonn", "Kiel", "Ulm"), height=80)])
    assert not isinstance(run("Select Kiel from the Town list", screen), Done)
