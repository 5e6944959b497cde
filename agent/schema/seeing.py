"""What is seen: places, pictures, elements, one look."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.schema.value import Pixels, Value


class Point(Value):
    """A pixel of the captured desktop."""

    x: int
    y: int


class Box(Value):
    """A rectangle in desktop pixels; `right` and `bottom` are exclusive."""

    left: int
    top: int
    width: int = Field(ge=0)
    height: int = Field(ge=0)

    @classmethod
    def of(cls, left: float, top: float, right: float, bottom: float) -> Box:
        """The box between two corners (right and bottom exclusive), rounded to pixels."""
        x, y = round(left), round(top)
        return cls(left=x, top=y, width=max(0, round(right) - x), height=max(0, round(bottom) - y))

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def center(self) -> Point:
        return Point(x=self.left + self.width // 2, y=self.top + self.height // 2)

    def contains(self, point: Point) -> bool:
        return self.left <= point.x < self.right and self.top <= point.y < self.bottom

    def overlap(self, other: Box) -> Box:
        """The common part; zero width or height where there is none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Box.of(left, top, max(left, min(self.right, other.right)), max(top, min(self.bottom, other.bottom)))

    def union(self, other: Box) -> Box:
        return Box.of(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        common = self.overlap(other).area
        return common / (self.area + other.area - common) if common else 0.0

    def grow(self, by: int) -> Box:
        """The same centre, `by` pixels more on each side (fewer if negative)."""
        return Box.of(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def shift(self, dx: int, dy: int) -> Box:
        return Box(left=self.left + dx, top=self.top + dy, width=self.width, height=self.height)

    def as_list(self) -> list[int]:
        """[left, top, width, height], the form that the command line prints."""
        return [self.left, self.top, self.width, self.height]


class Screenshot(Value):
    """Pixels and the part of the desktop that they show."""

    pixels: Pixels = Field(repr=False, exclude=True)
    region: Box
    """What the picture shows, in desktop coordinates."""
    taken_at: float = 0.0
    """Seconds on the monotonic clock."""

    @property
    def scale(self) -> float:
        """Picture pixels per desktop pixel (2.0 where a display captures twice what it clicks)."""
        return self.pixels.shape[1] / self.region.width if self.region.width else 1.0

    def to_screen(self, u: float, v: float) -> Point:
        """Relative picture coordinates (0..1 on both axes) to a desktop pixel, clamped to the region."""
        x = self.region.left + min(int(u * self.region.width), self.region.width - 1)
        y = self.region.top + min(int(v * self.region.height), self.region.height - 1)
        return Point(x=max(self.region.left, x), y=max(self.region.top, y))

    def crop(self, box: Box) -> Pixels:
        """The pixels of a desktop box; the part outside the region is left out."""
        part = self.region.overlap(box).shift(-self.region.left, -self.region.top)
        s = self.scale
        return self.pixels[round(part.top * s) : round(part.bottom * s), round(part.left * s) : round(part.right * s)]


Role = Literal[
    "text",
    "heading",
    "link",
    "button",
    "textbox",
    "textarea",
    "checkbox",
    "radio",
    "combobox",
    "listbox",
    "option",
    "spinbutton",
    "slider",
    "switch",
    "dialog",
    "icon",
    "scrollbar",
]
"""What an element is, in the words of WAI-ARIA (plus `textarea`, `text` and `icon`)."""


class ElementState(Value):
    """What a control shows of its state; None where it has no such state or it can't be seen."""

    checked: bool | None = None
    """Checkbox, radio, switch."""
    expanded: bool | None = None
    """An open dropdown."""
    disabled: bool | None = None
    readonly: bool | None = None
    focused: bool | None = None
    required: bool | None = None
    """Marked as required by an asterisk or a word."""
    invalid: bool | None = None
    """Drawn as faulty (red border) or with a message at it."""
    placeholder: bool | None = None
    """`text` is a placeholder, not a value."""
    position: float | None = None
    """Slider and scrollbar: 0..1 from the left or top."""


class Element(Value):
    """Something that can be read or operated, as found in the pixels."""

    id: int
    role: Role
    box: Box
    text: str = ""
    """What is written in it: a caption, a value, or the text itself."""
    label: str = ""
    """What names it, tied by geometry; for a button, link or text its own text."""
    label_box: Box | None = None
    hint: str = ""
    """Help text or placeholder that belongs to it."""
    error: str = ""
    """A validation message that belongs to it."""
    group: str = ""
    """Legend or heading of the set that it belongs to (a radio's question)."""
    state: ElementState = ElementState()
    confidence: float = 1.0


class Pane(Value):
    """A window that is on the screen."""

    box: Box
    title: str = ""
    application: str = ""
    """Class of the window, such as `Chromium`."""
    own: bool = True
    """Not known to be of another application than the one that the task is for."""


class Observation(Value):
    """One look: the picture and what was found in it."""

    number: int
    screenshot: Screenshot
    elements: tuple[Element, ...] = ()
    changed: tuple[Box, ...] = ()
    """Where the screen differs from the look before; the whole region at the first look."""
    window: str = ""
    """Title of the active window, where the display tells."""
    application: str = ""
    """Class of the active window, where the display tells."""
    own: bool = True
    """The active window is not known to be of another application than the one that the task is for."""
    panes: tuple[Pane, ...] = ()
    """The windows on the screen, the topmost first; empty where the display doesn't tell."""
    app_exit: int | None = None
    """Exit code of the application that Deskhand started, once it has ended."""

    def at(self, point: Point) -> Element | None:
        """The smallest element that covers a point."""
        return min((e for e in self.elements if e.box.contains(point)), key=lambda e: e.box.area, default=None)
