"""A pretended screen: controls that react to actions as a browser's do, seen as Elements, without any pixels read.

It draws plain pixels, so that whatever compares pictures (focus, selection, change) works too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agent.schema import (
    Action,
    Ask,
    Box,
    Click,
    Done,
    Drag,
    Element,
    ElementState,
    Fail,
    Observation,
    Outcome,
    Point,
    PressKeys,
    Proposal,
    Role,
    Screenshot,
    Scroll,
    Step,
    TypeText,
    Wait,
)

ROW = 30
REGION = Box(left=0, top=0, width=800, height=600)


@dataclass(eq=False)
class Control:
    """One control of a pretended form; `top` is filled in by the screen unless it is given."""

    role: Role
    label: str
    name: str = ""
    value: str = ""
    placeholder: str = ""
    hint: str = ""
    group: str = ""
    options: tuple[str, ...] = ()
    checked: bool = False
    disabled: bool = False
    readonly: bool = False
    required: bool = False
    secret: bool = False
    error: str = ""
    hidden: bool = False
    left: int = 200
    top: int = -1
    width: int = 240
    height: int = 24
    number: float | None = None
    """Sliders: the value, 0..100."""
    picked: set[str] = field(default_factory=set[str])
    suggest: tuple[str, ...] = ()
    on_change: Callable[[FakeScreen, Control], None] | None = None
    on_click: Callable[[FakeScreen, Control], None] | None = None
    mangle: Callable[[str], str] | None = None
    """What the control makes of a text that is typed into it."""
    ignores_clicks: int = 0
    unselecting: bool = False
    """Ctrl+A goes to the beginning and selects nothing."""
    visible_characters: int = 10**6

    def box(self, offset: int = 0) -> Box:
        return Box(left=self.left, top=self.top - offset, width=self.width, height=self.height)


class FakeScreen:
    """A form of Controls that can be looked at and acted on. `submitted` holds what was sent, oldest first."""

    def __init__(self, controls: Sequence[Control], *, notch: int = 50, list_rows: int = 8) -> None:
        self.controls = list(controls)
        self.region = REGION
        self.notch, self.list_rows = notch, list_rows
        self.offset = 0
        self.focus: Control | None = None
        self.open: Control | None = None
        self.list_at = 0
        self.texts: list[Control] = []
        """Free words on the page, such as messages; their role is `text` or `heading`."""
        self.submitted: list[dict[str, Any]] = []
        self.actions: list[Action] = []
        self.app_exit: int | None = None
        self._number = 0
        self._selected = False
        self._caret = 0
        self._ids: dict[object, int] = {}
        self._before: np.ndarray[Any, Any] | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        y = 40
        for control in self.controls:
            if control.top < 0:
                control.top = y
            y = max(y, control.top + control.height + ROW - 8)

    def relayout(self) -> None:
        """Stack the controls that are shown anew, as after one was shown or hidden."""
        for control in self.controls:
            control.top = -1
        shown = [c for c in self.controls if not c.hidden]
        y = 40
        for control in shown:
            control.top = y
            y += control.height + ROW - 8

    # ------------------------------------------------------------ looking

    def look(self) -> Observation:
        """What a perceiver would have made of the screen."""
        self._number += 1
        pixels = self._draw()
        shot = Screenshot(pixels=pixels, region=self.region, taken_at=float(self._number))
        changed: tuple[Box, ...] = ()
        if self._before is None:
            changed = (self.region,)
        elif self._before.shape != pixels.shape or (self._before != pixels).any():
            ys, xs = np.nonzero((self._before != pixels).any(axis=2))
            changed = (Box.of(xs.min(), ys.min(), xs.max() + 1, ys.max() + 1),)
        self._before = pixels
        elements = tuple(e for e in self._elements() if self.region.overlap(e.box).area == e.box.area)
        return Observation(
            number=self._number,
            screenshot=shot,
            elements=elements,
            changed=changed,
            app_exit=self.app_exit,
        )

    def reread(self, screenshot: Screenshot, box: Box) -> str:
        """The exact text in a box, as the zoomed reading gives it."""
        del screenshot
        for control in self.controls:
            if not control.hidden and control.box(self.offset).iou(box) > 0.5:
                return self._shown(control)[0]
        return ""

    def _elements(self) -> list[Element]:
        found = [self._element(c) for c in self.controls if not c.hidden]
        found += [
            Element(id=self._id(c), role=c.role, box=c.box(self.offset), text=c.label, label=c.label)
            for c in self.texts
        ]
        rows = self._rows()
        if rows:
            covered = [box for _, box in rows]
            found = [e for e in found if not any(e.box.overlap(box).area > e.box.area // 3 for box in covered)]
            found += [
                Element(id=self._id(("row", text)), role="option", box=box, text=text, label=text) for text, box in rows
            ]
        for c in self.controls:
            if c.role == "listbox" and not c.hidden:
                found += [
                    Element(id=self._id((c, text)), role="text", box=box, text=text) for text, box in self._list_rows(c)
                ]
        return found

    def _element(self, c: Control) -> Element:
        text, placeholder = self._shown(c)
        ticks = c.role in ("checkbox", "radio", "switch")
        box = c.box(self.offset)
        caption = c.role in ("button", "link", "text", "heading")
        return Element(
            id=self._id(c),
            role=c.role,
            box=box,
            text=c.label if caption else "" if ticks else text,
            label=c.label,
            label_box=None if caption else Box(left=20, top=box.top, width=150, height=20),
            hint=c.hint or c.placeholder,
            group=c.group,
            error=c.error,
            state=ElementState(
                checked=c.checked if ticks else None,
                disabled=c.disabled or None,
                readonly=c.readonly or None,
                focused=None,
                required=c.required or None,
                invalid=bool(c.error) or None,
                placeholder=placeholder or None,
                position=None if c.number is None else c.number / 100,
            ),
        )

    def _shown(self, c: Control) -> tuple[str, bool]:
        if c.secret:
            return "•" * len(c.value), False
        if c.value:
            clipped = c.value[-c.visible_characters :] if self._caret else c.value[: c.visible_characters]
            return clipped, False
        return c.placeholder, bool(c.placeholder)

    def _id(self, thing: object) -> int:
        return self._ids.setdefault(thing, len(self._ids))

    def _rows(self) -> list[tuple[str, Box]]:
        c = self.open
        if c is None:
            return []
        options = self._open_options(c)[self.list_at : self.list_at + self.list_rows]
        top = c.box(self.offset).bottom
        return [(text, Box(left=c.left, top=top + 20 * n, width=c.width, height=18)) for n, text in enumerate(options)]

    def _open_options(self, c: Control) -> list[str]:
        if c.suggest:
            return [s for s in c.suggest if c.value and s.lower().startswith(c.value.lower())]
        return list(c.options)

    def _list_rows(self, c: Control) -> list[tuple[str, Box]]:
        box = c.box(self.offset)
        return [
            (text, Box(left=box.left + 4, top=box.top + 2 + 20 * n, width=90, height=16))
            for n, text in enumerate(c.options)
        ]

    def _draw(self) -> np.ndarray[Any, Any]:
        pixels = np.full((self.region.height, self.region.width, 3), 255, np.uint8)

        def fill(box: Box, colour: tuple[int, int, int]) -> None:
            part = self.region.overlap(box)
            if part.area:
                pixels[part.top : part.bottom, part.left : part.right] = colour

        for c in self.controls:
            if c.hidden:
                continue
            box = c.box(self.offset)
            _stamp(pixels, Box(left=20, top=box.top, width=150, height=16), c.label or c.name)
            fill(box.grow(2), (20, 90, 220) if c is self.focus else (200, 200, 200))
            fill(box.grow(-1), (255, 255, 255))
            if c.secret:
                for n in range(len(c.value)):
                    fill(Box(left=box.left + 6 + 9 * n, top=box.top + 9, width=5, height=5), (0, 0, 0))
            elif c.role == "listbox":
                for text, row in self._list_rows(c):
                    if text in c.picked:
                        fill(Box.of(box.left + 1, row.top - 2, box.right - 1, row.bottom + 2), (40, 100, 200))
            else:
                code = abs(hash((self._shown(c)[0], c.checked, c.number)))
                for n in range(12):
                    if code >> n & 1:
                        fill(Box(left=box.left + 4 + 5 * n, top=box.top + 6, width=3, height=8), (0, 0, 0))
        for t in self.texts:
            fill(t.box(self.offset), (90, 90, 90))
        for text, box in self._rows():
            fill(box, (230, 230, abs(hash(text)) % 200))
        return pixels

    # ------------------------------------------------------------ acting

    def perform(self, action: Action) -> Outcome:
        """Do what the action does to the form; `no_effect` is for the caller to find out."""
        self.actions.append(action)
        match action:
            case Click(point=point, modifiers=held):
                self._click(point, held)
            case TypeText(text=text, replace=replace):
                self._type(text, replace)
            case PressKeys(keys=keys, times=times):
                for _ in range(times):
                    self._press(keys)
            case Scroll(dy=dy):
                self._scroll(dy)
            case Drag() | Wait():
                pass
            case _:
                pass
        return Outcome(status="ok")

    def _scroll(self, dy: int) -> None:
        if self.open is not None:
            most = max(0, len(self._open_options(self.open)) - self.list_rows)
            self.list_at = min(most, max(0, self.list_at + dy))
            return
        bottom = max((c.box().bottom for c in self.controls if not c.hidden), default=0) + 30
        most = max(0, bottom - self.region.height)
        self.offset = min(most, max(0, self.offset + dy * self.notch))

    def _click(self, point: Point, held: tuple[str, ...]) -> None:
        for text, box in self._rows():
            if box.contains(point) and self.open is not None:
                self._set(self.open, text)
                self.open = None
                return
        self.open = None
        hit = next((c for c in self.controls if not c.hidden and c.box(self.offset).contains(point)), None)
        if hit is None or hit.disabled:
            self.focus = None
            return
        if hit.ignores_clicks:
            hit.ignores_clicks -= 1
            return
        self.focus, self._selected, self._caret = hit, False, 1
        self._activate(hit, point, held)
        if hit.on_click:
            hit.on_click(self, hit)

    def _activate(self, c: Control, point: Point, held: tuple[str, ...]) -> None:
        match c.role:
            case "checkbox" | "switch":
                c.checked = not c.checked
                self._changed(c)
            case "radio":
                for other in self.controls:
                    if other.role == "radio" and other.group == c.group:
                        other.checked = other is c
                self._changed(c)
            case "combobox":
                self.open, self.list_at = c, 0
            case "listbox":
                for text, box in self._list_rows(c):
                    if box.top - 2 <= point.y < box.bottom + 2:
                        c.picked = c.picked ^ {text} if "ctrl" in held else {text}
            case "slider":
                c.number = round(100 * (point.x - c.left) / c.width)
                self._changed(c)
            case _:
                pass

    def _type(self, text: str, replace: bool) -> None:
        c = self.focus
        if self.open is not None and not self.open.suggest:
            options = self._open_options(self.open)
            fits = [n for n, o in enumerate(options) if o.lower().startswith(text.lower())]
            if fits:
                self.list_at = max(0, min(fits[0], len(options) - self.list_rows))
            return
        if c is None or c.role not in ("textbox", "textarea", "spinbutton") or c.readonly:
            return
        if replace and c.unselecting:
            self._set(c, text + c.value)
            return
        old = "" if replace or self._selected else c.value
        self._selected = False
        self._set(c, old + (c.mangle(text) if c.mangle else text))
        if c.suggest:
            self.open, self.list_at = c, 0

    def _press(self, keys: tuple[str, ...]) -> None:
        c = self.focus
        match keys:
            case ("ctrl", "a") if c is None or not c.unselecting:
                self._selected = True
            case ("shift", "home"):
                self._selected = self._caret == 1
            case ("delete",) if c is not None and self._selected and not c.readonly:
                self._set(c, "")
                self._selected = False
            case ("esc",) | ("tab",):
                self.open = None
            case ("home",) | ("ctrl", "home"):
                self._caret = 0
                self._move_slider(-1000)
            case ("end",) | ("ctrl", "end"):
                self._caret = 1
                self._move_slider(1000)
            case ("right",):
                self._move_slider(1)
            case ("left",):
                self._move_slider(-1)
            case _:
                pass

    def _move_slider(self, by: float) -> None:
        if self.focus is not None and self.focus.role == "slider":
            self.focus.number = min(100.0, max(0.0, (self.focus.number or 0) + by))
            self._changed(self.focus)

    def _set(self, c: Control, value: str) -> None:
        c.value = value
        self._changed(c)

    def _changed(self, c: Control) -> None:
        if c.on_change:
            c.on_change(self, c)

    # ------------------------------------------------------------ sending

    def data(self) -> dict[str, Any]:
        """What the form holds now, by the names of its controls."""
        found: dict[str, Any] = {}
        for c in self.controls:
            name = c.name or c.label
            match c.role:
                case "button" | "link" | "text" | "heading":
                    continue
                case "radio":
                    if c.checked:
                        found[c.group] = c.label
                case "checkbox" | "switch":
                    found[name] = c.checked
                case "listbox":
                    found[name] = sorted(c.picked)
                case "slider":
                    found[name] = c.number
                case _:
                    found[name] = c.value
        return found

    def replace_all(self, controls: Sequence[Control], words: str = "") -> None:
        """Go to another page."""
        self.controls, self.texts = list(controls), []
        self.offset, self.focus, self.open = 0, None, None
        if words:
            self.texts.append(Control("heading", words, top=60, width=300))
        self._lay_out()


def _stamp(pixels: np.ndarray[Any, Any], box: Box, text: str) -> None:
    """Draw a pattern that stands for a text, so that pictures of different captions differ."""
    bits = np.random.default_rng(zlib.crc32(text.encode())).integers(0, 2, (box.height // 2, box.width // 2))
    drawn = np.kron(bits, np.ones((2, 2), int))[:, :, None] * np.uint8(255)
    top, bottom = max(0, box.top), min(len(pixels), box.bottom)
    if top < bottom:
        pixels[top:bottom, box.left : box.left + drawn.shape[1]] = drawn[top - box.top : bottom - box.top]


def submit_button(label: str = "Submit", words: str = "Thank you, we received it") -> Control:
    """A button that stores what the form holds and shows a page with some words."""

    def send(screen: FakeScreen, control: Control) -> None:
        del control
        screen.submitted.append(screen.data())
        screen.replace_all([], words)

    return Control("button", label, on_click=send, width=100)


def drive(planner: Any, screen: FakeScreen, most: int = 300) -> tuple[Action, list[Step]]:
    """Let a planner work on a pretended screen until it is done; its last action and all steps."""
    last: Step | None = None
    steps: list[Step] = []
    before = screen.look()
    for number in range(1, most + 1):
        proposal: Proposal = planner.propose(before, last)
        if isinstance(proposal.action, Done | Fail | Ask):
            steps.append(Step(number=number, proposal=proposal, outcome=Outcome(status="ok")))
            return proposal.action, steps
        outcome = screen.perform(proposal.action)
        before = screen.look()
        last = Step(number=number, proposal=proposal, outcome=outcome)
        steps.append(last)
    raise AssertionError(f"not done after {most} steps: {steps[-1].proposal.thought}")


def fields_told(steps: Sequence[Step]) -> dict[str, Any]:
    """The last result that was told of each key."""
    return {f.key: f for step in steps for f in step.proposal.fields}
