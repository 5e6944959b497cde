"""The perceiver: what changed is read again and nothing else; what stays keeps its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from agent.perception.annotate import annotate, tag_of
from agent.perception.caret import find_carets
from agent.perception.ids import keep_names
from agent.perception.ink import em_size, measure
from agent.perception.parts import TextLine, Widget
from agent.perception.perceiver import Perceiver
from agent.perception.shift import find_shift
from agent.perception.strays import strays
from agent.schema import Box, Element, ElementState, Pixels, Point, Screenshot

REGION = Box(left=0, top=0, width=400, height=300)
FIELD = Box(left=100, top=40, width=200, height=30)


def blank(width: int = 400, height: int = 300) -> Pixels:
    return np.full((height, width, 3), 255, np.uint8)


def write(pixels: Pixels, text: str, left: int, bottom: int) -> None:
    cv2.putText(pixels, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)


def shot(pixels: Pixels, region: Box = REGION) -> Screenshot:
    return Screenshot(pixels=pixels, region=region)


@dataclass
class FakeReader:
    """Says what the test put into it and remembers what it was asked."""

    lines: list[TextLine]
    asked: list[str] = field(default_factory=list[str])
    regions: list[Sequence[Box]] = field(default_factory=list[Sequence[Box]])

    def read(self, pixels: Pixels) -> list[TextLine]:
        self.asked.append("read")
        return list(self.lines)

    def update(self, pixels: Pixels, previous: Sequence[TextLine], changed: Sequence[Box]) -> list[TextLine]:
        self.asked.append("update")
        self.regions.append(changed)
        return list(self.lines)

    def read_line(self, crop: Pixels) -> TextLine:
        self.asked.append(f"line {crop.shape[1]}x{crop.shape[0]}")
        return TextLine(Box(left=0, top=0, width=crop.shape[1], height=crop.shape[0]), "exact", 1.0)


def one_field(pixels: Pixels, lines: Sequence[TextLine], *, ui_scale: float = 1.0) -> list[Widget]:
    return [Widget("textbox", FIELD)]


def text(words: str, left: int, top: int, width: int = 60, height: int = 12) -> TextLine:
    return TextLine(Box(left=left, top=top, width=width, height=height), words, 0.99)


def test_an_unchanged_screen_is_not_read_again():
    reader = FakeReader([text("Name", 20, 48)])
    perceiver = Perceiver(reader, find=one_field)
    first = perceiver.look(shot(blank()))
    again = perceiver.look(shot(blank()), first, ())
    third = perceiver.look(shot(blank()), again, ())
    assert reader.asked == ["read"]
    assert third.elements == first.elements
    assert (third.number, third.changed) == (3, ())


def test_a_changed_field_is_updated_and_keeps_its_id():
    reader = FakeReader([text("Name", 20, 48)])
    perceiver = Perceiver(reader, find=one_field)
    first = perceiver.look(shot(blank()))
    after = blank()
    write(after, "Ada", 108, 60)
    reader.lines.append(text("Ada", 108, 50, 30))
    second = perceiver.look(shot(after), first, [Box(left=106, top=48, width=36, height=16)])
    (before,), (now,) = ([e for e in o.elements if e.role == "textbox"] for o in (first, second))
    assert reader.asked == ["read", "update"]
    assert (now.id, now.label, now.text) == (before.id, "Name", "Ada")


def test_a_look_at_another_picture_is_a_full_one():
    reader = FakeReader([])
    perceiver = Perceiver(reader, find=one_field)
    first = perceiver.look(shot(blank()))
    perceiver.look(shot(blank()), None, ())
    perceiver.look(shot(blank()), first, [REGION])  # `first` is no longer the last one
    assert reader.asked == ["read", "read", "read"]


def test_a_label_that_was_a_placeholder_outlives_it():
    reader = FakeReader([text("Username", 108, 50)])
    perceiver = Perceiver(reader, find=one_field)
    before, after = blank(), blank()
    cv2.putText(before, "Username", (108, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (170, 170, 170), 1, cv2.LINE_AA)
    write(after, "ada", 108, 60)
    first = perceiver.look(shot(before))
    assert [(e.label, e.state.placeholder) for e in first.elements] == [("Username", True)]
    reader.lines = [text("ada", 108, 50, 30)]
    second = perceiver.look(shot(after), first, [Box(left=106, top=46, width=80, height=18)])
    assert [(e.label, e.text, e.state.placeholder) for e in second.elements] == [("Username", "ada", False)]


def test_boxes_are_desktop_pixels_on_a_scaled_monitor_left_of_the_first():
    region = Box(left=-200, top=50, width=200, height=150)
    perceiver = Perceiver(FakeReader([text("Name", 20, 48)]), find=one_field)
    seen = perceiver.look(shot(blank(), region))
    (element,) = seen.elements
    assert element.box == Box(left=-150, top=70, width=100, height=15)
    assert element.label_box is not None
    assert element.label_box.left == -190


def test_reread_cuts_out_the_value():
    reader = FakeReader([text("Name", 20, 48), text("Ada", 108, 50, 30)])
    perceiver = Perceiver(reader, find=one_field)
    picture = blank()
    write(picture, "Ada", 108, 60)
    screen = shot(picture)
    perceiver.look(screen)
    assert perceiver.reread(screen, FIELD) == "exact"
    assert reader.asked[-1] == "line 38x20"
    assert perceiver.reread(shot(blank()), FIELD) == "exact"  # a picture that was never looked at: the whole inside
    assert reader.asked[-1] == "line 196x26"


def test_an_empty_field_rereads_as_empty():
    reader = FakeReader([text("Name", 20, 48)])
    perceiver = Perceiver(reader, find=one_field)
    screen = shot(blank())
    perceiver.look(screen)
    assert perceiver.reread(screen, FIELD) == ""


def test_a_scrolled_page_is_recognised():
    rng = np.random.default_rng(1)
    page = rng.integers(0, 255, (600, 400, 3), dtype=np.uint8)
    before, after = page[100:400].copy(), page[140:440].copy()
    shift = find_shift(before, after, [REGION])
    assert shift is not None
    assert shift.dy == -40
    assert sum(b.area for b in shift.fresh) < 0.25 * REGION.area
    assert all(b.top >= 240 for b in shift.fresh)


def test_a_different_page_is_no_scroll():
    rng = np.random.default_rng(2)
    before, after = (rng.integers(0, 255, (300, 400, 3), dtype=np.uint8) for _ in range(2))
    assert find_shift(before, after, [REGION]) is None
    assert find_shift(blank(), blank(), [REGION]) is None


def test_a_page_that_is_scrolled_back_is_not_read_again():
    rng = np.random.default_rng(3)
    top, bottom = (rng.integers(0, 255, (300, 400, 3), np.uint8) for _ in range(2))
    reader = FakeReader([text("Name", 20, 48)])
    perceiver = Perceiver(reader, find=one_field)
    first = perceiver.look(shot(top))
    reader.lines = [text("Town", 20, 48)]
    away = perceiver.look(shot(bottom), first, (REGION,))
    back = top.copy()
    back[100:110, 200:210] = 0
    reader.asked.clear()
    perceiver.look(shot(back), away, (REGION,))
    assert reader.asked == ["update"]
    assert all(REGION.area * 0.05 > box.area and box.contains(Point(x=205, y=105)) for box in reader.regions[-1])


def test_a_border_that_the_frame_cuts_is_no_dash():
    page = blank()
    cv2.rectangle(page, (40, 40), (300, 80), (0, 0, 0), 2)
    cv2.putText(page, "-", (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 2)
    found = strays(page, [], Box.of(60, 60, 84, 220))
    assert found == []
    assert len(strays(page, [], Box.of(60, 100, 184, 220))) == 1


def test_ids_stay_with_role_and_place():
    def element(number: int, role: str, left: int, words: str = "") -> Element:
        return Element(id=number, role=role, box=Box(left=left, top=0, width=80, height=20), text=words)  # type: ignore[arg-type]

    before = [element(1, "textbox", 0), element(2, "text", 100, "old"), element(3, "button", 200)]
    now = [element(0, "textbox", 2), element(0, "text", 100, "new"), element(0, "button", 200), element(0, "link", 300)]
    named, free = keep_names(before, now, 4, [], REGION)
    assert [e.id for e in named] == [1, 2, 3, 4]
    assert free == 5


def test_ink_is_measured():
    picture = blank()
    write(picture, "Word", 20, 60)
    dark = measure(picture, text("Word", 19, 48, 42, 13))
    assert dark.contrast > 10
    assert dark.paper == (255, 255, 255)
    assert not dark.red
    picture[picture.sum(axis=2) < 600] = (210, 30, 30)
    assert measure(picture, text("Word", 19, 48, 42, 13)).red


def test_em_size_knows_letters_without_height():
    assert em_size("Ada", 12) == em_size("bold", 12)
    assert em_size("one", 9) > em_size("Ada", 9)
    assert em_size("姓名", 14) < 16


def test_annotate_draws_and_leaves_the_screenshot_alone():
    screen = shot(blank())
    state = ElementState(checked=True, required=True)
    element = Element(id=7, role="checkbox", box=Box(left=50, top=50, width=20, height=20), label="同意", state=state)
    drawn = annotate(screen, [element])
    assert drawn.shape == screen.pixels.shape
    assert (drawn != screen.pixels).any()
    assert (screen.pixels == 255).all()
    assert tag_of(element) == "7 checkbox [x] * 同意"


def test_a_caret_that_touches_a_letter_is_found_and_a_stem_is_not():
    def glyph(top: int, bottom: int) -> Pixels:
        picture = blank()
        cv2.ellipse(picture, (120, 60), (5, 5), 0, 0, 360, (0, 0, 0), 1, cv2.LINE_AA)
        picture[top:bottom, 125:126] = 0
        return picture

    everywhere = [REGION]
    assert find_carets(glyph(48, 70), everywhere) == [Box(left=125, top=48, width=1, height=22)]
    assert find_carets(glyph(52, 66), everywhere) == []  # a d: its stem ends where the bowl does


def test_a_caret_one_pixel_behind_a_stem_is_found():
    picture = blank()
    cv2.putText(picture, "Gothen", (60, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    picture[46:66, 120] = 0
    picture[42:70, 122] = 0  # the gap between them is a light bar that touches both
    assert find_carets(picture, [REGION]) == [Box(left=122, top=42, width=1, height=28)]
