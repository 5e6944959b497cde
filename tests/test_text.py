"""The reader of text on pictures drawn here: what it reads, how it cuts, and that parts read like the whole."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.perception.blobs import background, blobs_of, without_lines
from agent.perception.marks import is_disc, is_pointer
from agent.perception.ocr import Engine, Glyph, Reading
from agent.perception.parts import TextLine
from agent.perception.segment import Region, split
from agent.perception.spaces import respace
from agent.perception.text import TextReader
from agent.schema import Box, Pixels

WHITE, BLACK, BLUE, GREY = (255, 255, 255), (20, 20, 20), (13, 110, 253), (117, 117, 117)


def font(size: int) -> Any:
    return ImageFont.load_default(size)


@dataclass
class Sheet:
    """A picture to draw on."""

    width: int = 640
    height: int = 240
    paper: tuple[int, int, int] = WHITE
    picture: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.picture = Image.new("RGB", (self.width, self.height), self.paper)
        self.draw = ImageDraw.Draw(self.picture)

    def text(self, x: int, y: int, text: str, size: int = 16, ink: tuple[int, int, int] = BLACK) -> Sheet:
        self.draw.text((x, y), text, ink, font(size))
        return self

    def box(self, x: int, y: int, right: int, bottom: int, line: tuple[int, int, int] = (206, 212, 218)) -> Sheet:
        self.draw.rectangle((x, y, right, bottom), None, line)
        return self

    @property
    def pixels(self) -> Pixels:
        return np.asarray(self.picture).copy()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def reader(engine: Engine) -> TextReader:
    return TextReader(engine)


def texts(lines: Sequence[TextLine]) -> list[str]:
    return [line.text for line in lines]


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("size", [12, 16, 24, 48])
def test_texts_of_all_sizes_are_read(reader: TextReader, size: int) -> None:
    assert texts(reader.read(Sheet().text(20, 60, "Postal code", size).pixels)) == ["Postal code"]


@pytest.mark.parametrize(("ink", "paper"), [(WHITE, BLUE), ((220, 220, 220), (33, 37, 41)), (GREY, WHITE)])
def test_light_on_dark_and_placeholders_are_read(
    reader: TextReader, ink: tuple[int, int, int], paper: tuple[int, int, int]
) -> None:
    assert texts(reader.read(Sheet(paper=paper).text(30, 30, "Submit order", ink=ink).pixels)) == ["Submit order"]


@pytest.mark.parametrize("value", ["5", "0", "1", "7", "x", "A", "+", "-", "42"])
def test_single_characters_in_a_field_are_read(reader: TextReader, value: str) -> None:
    picture = Sheet(paper=WHITE).box(40, 40, 140, 72).text(50, 46, value).text(300, 150, "Something else").pixels
    found = {t.casefold() for t in texts(reader.read(picture))}
    assert found == {value.casefold(), "something else"}


def test_boxes_hold_the_ink_tightly(reader: TextReader) -> None:
    picture = Sheet().box(40, 40, 300, 76).text(52, 46, "Hamburg").pixels
    (line,) = reader.read(picture)
    away = np.flatnonzero((picture[45:72, 45:296] < 128).any(axis=(0, 2))) + 45
    assert abs(line.box.left - away[0]) <= 1
    assert abs(line.box.right - away[-1] - 1) <= 1


def test_the_dots_of_a_password_are_counted(reader: TextReader) -> None:
    sheet = Sheet().box(40, 40, 240, 72)
    for index in range(9):
        sheet.draw.ellipse((50 + 9 * index, 54, 55 + 9 * index, 59), BLACK)
    assert texts(reader.read(sheet.pixels)) == ["•" * 9]


def test_an_empty_page_has_no_text(reader: TextReader) -> None:
    assert reader.read(Sheet().pixels) == []
    assert reader.read(Sheet().box(40, 40, 240, 72).box(40, 100, 54, 114).pixels) == []


# ---------------------------------------------------------------- cutting


def test_a_label_and_the_value_in_the_box_beside_it_are_two(reader: TextReader) -> None:
    picture = Sheet().text(20, 45, "Country").box(92, 40, 260, 70).text(98, 45, "Germany").pixels
    assert texts(reader.read(picture)) == ["Country", "Germany"]


def test_boxes_and_rings_before_labels_are_not_letters(reader: TextReader) -> None:
    sheet = Sheet().box(20, 48, 33, 61, GREY).text(42, 45, "I agree")
    sheet.draw.ellipse((120, 48, 133, 61), None, GREY)
    sheet.text(142, 45, "Male")
    sheet.draw.ellipse((200, 48, 213, 61), None, BLUE)
    sheet.draw.ellipse((204, 52, 209, 57), BLUE)
    sheet.text(222, 45, "Female")
    assert texts(reader.read(sheet.pixels)) == ["I agree", "Male", "Female"]


def test_the_arrow_of_a_dropdown_is_not_a_letter(reader: TextReader) -> None:
    sheet = Sheet().box(40, 40, 150, 70).text(50, 46, "Berlin")
    sheet.draw.polygon([(128, 52), (138, 52), (133, 57)], BLACK)
    assert texts(reader.read(sheet.pixels)) == ["Berlin"]


@pytest.mark.parametrize("left", [True, False])
def test_the_arrows_beside_a_month_are_not_digits(reader: TextReader, left: bool) -> None:
    sheet = Sheet(paper=(233, 233, 233)).text(120, 60, "September 2016", 16)
    for x in (60, 300):
        # drawn large and shrunk, so that the edges are soft
        knob = Image.new("RGB", (104, 104), sheet.paper)
        draw = ImageDraw.Draw(knob)
        draw.ellipse((0, 0, 103, 103), (84, 84, 84))
        tip, base = (36, 68) if left else (68, 36)
        draw.polygon([(tip, 52), (base, 24), (base, 80)], (237, 237, 237))
        sheet.picture.paste(knob.resize((26, 26), Image.Resampling.LANCZOS), (x, 58))
    assert texts(reader.read(sheet.pixels)) == ["September 2016"]


def test_a_full_triangle_that_points_to_a_side_is_known() -> None:
    def judged(shape: Pixels) -> bool:
        away = np.pad(shape, 8) * 255
        (blob,) = blobs_of(away > 0)
        return is_pointer(blob, cast(Pixels, away))

    spans = [1, 3, 5, 7, 9, 11, 13, 15]
    triangle = np.array([[abs(y - 7) <= n // 2 for n in spans] for y in range(15)], np.uint8)
    hollow = triangle.copy()
    hollow[5:10, 4:] = 0
    assert judged(triangle)
    assert judged(triangle[:, ::-1])
    assert not judged(hollow)
    assert not judged(np.ones((15, 8), np.uint8))
    assert not judged(triangle[:8])


@pytest.mark.parametrize("size", [9, 11, 13, 16, 22, 40])
def test_no_letter_is_taken_for_a_triangle(size: int) -> None:
    for char in string.ascii_letters + string.digits + "+-*/=<>()[]{}!?.,:;%&@#$":
        page = Image.new("L", (80, 80))
        ImageDraw.Draw(page).text((20, 15), char, 255, font(size))
        away = cast(Pixels, np.asarray(page))
        assert not any(is_pointer(blob, away) for blob in blobs_of(away > 32)), char


@pytest.mark.parametrize("steep", [40, 90])
def test_digits_on_a_shaded_button_are_read(reader: TextReader, steep: int) -> None:
    page = Sheet(width=500, height=160).pixels
    shade = (235 - np.linspace(0, steep, 50)).astype(np.uint8)[:, None, None]
    for n in range(5):
        page[50:100, 20 + 90 * n : 90 + 90 * n] = shade
    drawn = Image.fromarray(page)
    for n in range(5):
        ImageDraw.Draw(drawn).text((55 + 90 * n, 75), str(n + 3), BLACK, font(22), anchor="mm")
    assert texts(reader.read(np.asarray(drawn))) == ["3", "4", "5", "6", "7"]


def test_a_disc_with_a_sign_in_it_is_a_drawing() -> None:
    page = Image.new("RGB", (40, 40), (220, 220, 220))
    draw = ImageDraw.Draw(page)
    draw.ellipse((4, 4, 35, 35), (90, 90, 90))
    draw.polygon([(14, 20), (24, 12), (24, 28)], (240, 240, 240))
    assert is_disc(np.asarray(page))
    letter = Image.new("RGB", (40, 40), (220, 220, 220))
    ImageDraw.Draw(letter).text((20, 20), "8", BLACK, font(40), anchor="mm", stroke_width=1)
    assert not is_disc(np.asarray(letter))


def test_columns_are_cut_and_words_are_not(reader: TextReader) -> None:
    picture = Sheet().text(20, 45, "First name of guest").text(230, 45, "Amount in euro").pixels
    assert texts(reader.read(picture)) == ["First name of guest", "Amount in euro"]


def test_a_border_that_letters_touch_is_taken_away() -> None:
    mask = np.zeros((30, 200), bool)
    mask[4] = True
    mask[4:16, 50:53] = True
    clean = without_lines(mask, 20)
    assert not clean[4].any()
    assert clean[5:16, 50:53].all()


def test_the_background_is_the_commonest_colour() -> None:
    picture = Sheet(paper=BLUE).text(20, 20, "Save", ink=WHITE).pixels
    colour, share = background(picture)
    assert colour == BLUE
    assert share > 0.9


def test_a_region_on_a_photograph_is_not_cut_by_ink() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (60, 200, 3)).astype(np.uint8)
    noise = np.asarray(cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 9), None, 0, 255, cv2.NORM_MINMAX), np.uint8)
    region = Region(Box(left=30, top=25, width=140, height=10), Box(left=22, top=17, width=156, height=26))
    pieces = split(noise, region, (0, 60))
    assert pieces
    assert all(p.background is None for p in pieces)


# ---------------------------------------------------------------- spaces


def reading(text: str, places: Sequence[float]) -> Reading:
    return Reading(text, 1.0, tuple(Glyph(c, 1.0, at) for c, at in zip(text, places, strict=True)))


def bars(*lefts: int, width: int = 8, total: int = 120) -> Pixels:
    picture = np.full((24, total, 3), 255, np.uint8)
    for left in lefts:
        picture[6:18, left : left + width] = 0
    return picture


def test_a_dropped_space_is_put_back_where_the_gap_is_wide() -> None:
    lefts = (4, 14, 24, 42, 52, 62)
    crop = bars(*lefts)
    got = respace(reading("abdkhf", [(x + 4) / 120 for x in lefts]), crop, WHITE)
    assert got.text == "abd khf"


def test_even_gaps_get_no_space() -> None:
    lefts = (4, 14, 24, 34, 44, 54)
    assert respace(reading("abdkhf", [(x + 4) / 120 for x in lefts]), bars(*lefts), WHITE).text == "abdkhf"


@pytest.mark.parametrize("text", ["+86 138 0013 8000", "DE89 3704 0044 0532 0130 00", "12:30 and 1.5 m", "11 111 1"])
def test_groups_of_digits_keep_their_spaces(reader: TextReader, text: str) -> None:
    assert texts(reader.read(Sheet().text(20, 40, text, 15).pixels)) == [text]


# ---------------------------------------------------------------- doing less


@dataclass
class Counting:
    """An engine that counts what it is asked."""

    engine: Engine
    crops: int = 0
    maps: int = 0

    @property
    def alphabet(self) -> frozenset[str]:
        return self.engine.alphabet

    def text_map(self, pixels: Pixels) -> Any:
        self.maps += 1
        return self.engine.text_map(pixels)

    def recognise(self, crops: Sequence[Pixels]) -> list[Reading]:
        self.crops += len(crops)
        return self.engine.recognise(crops)


FORM = Sheet(640, 400)
for number, word in enumerate(("Name", "Street", "Town", "Country", "Telephone")):
    FORM.text(20, 20 + 60 * number, word).box(140, 12 + 60 * number, 400, 44 + 60 * number)
    FORM.text(150, 19 + 60 * number, f"{word} is {number + 3}{number}")


def test_what_was_seen_before_is_not_recognised_again(engine: Engine) -> None:
    counting = Counting(engine)
    reader = TextReader(counting)  # type: ignore[arg-type]
    first = reader.read(FORM.pixels)
    seen = counting.crops
    assert reader.read(FORM.pixels) == first
    # Scrolled by some pixels it is the same text still.
    assert texts(reader.read(np.roll(FORM.pixels, 7, axis=0))) == texts(first)
    assert counting.crops == seen


def test_an_update_equals_a_full_look_and_reads_the_change_only(engine: Engine) -> None:
    counting = Counting(engine)
    reader = TextReader(counting)  # type: ignore[arg-type]
    before = reader.read(FORM.pixels)
    after = FORM.pixels
    changed = Box(left=145, top=75, width=200, height=25)
    after[changed.top : changed.bottom, changed.left : changed.right] = 255
    after = np.asarray(
        cv2.putText(after, "New value", (150, 95), cv2.FONT_HERSHEY_SIMPLEX, 0.5, BLACK, 1, cv2.LINE_AA), np.uint8
    )
    crops, maps = counting.crops, counting.maps
    updated = reader.update(after, before, [changed])
    assert counting.crops - crops <= 2
    assert counting.maps - maps == 1
    assert {(x.box, x.text) for x in updated} == {(x.box, x.text) for x in TextReader(engine).read(after)}
    assert any(x.text.startswith("New") for x in updated)


def test_an_update_without_changes_reads_nothing(engine: Engine) -> None:
    counting = Counting(engine)
    reader = TextReader(counting)  # type: ignore[arg-type]
    before = reader.read(FORM.pixels)
    maps = counting.maps
    assert reader.update(FORM.pixels, before, []) == before
    assert counting.maps == maps


def test_a_line_that_vanished_is_forgotten(reader: TextReader) -> None:
    before = reader.read(FORM.pixels)
    after = FORM.pixels
    after[10:50, 130:410] = 255
    left = reader.update(after, before, [Box(left=130, top=10, width=280, height=40)])
    assert len(left) == len(before) - 1


def test_a_line_beside_a_change_that_is_not_found_again_still_stands_there() -> None:
    class Blind(Engine):
        """Finds no text any more once told so."""

        dark = False

        def text_map(self, pixels: Pixels) -> Any:
            found = super().text_map(pixels)
            return np.zeros_like(found) if self.dark else found

    blind = Blind()
    reader = TextReader(blind)
    before = reader.read(FORM.pixels)
    blind.dark = True
    # A focus ring comes to within a few pixels of the labels, and over the values.
    after = FORM.pixels
    after[8:12, 136:404] = after[48:52, 136:404] = BLUE
    ring = [Box(left=136, top=8, width=268, height=4), Box(left=136, top=48, width=268, height=4)]
    assert texts(reader.update(after, before, ring)) == texts(before)
    # What the change covers is gone.
    gone = FORM.pixels
    gone[10:50, 130:410] = 255
    left = texts(reader.update(gone, before, [Box(left=141, top=13, width=258, height=30)]))
    assert sorted(set(texts(before)) - set(left)) == ["Name is 30"]


def test_one_line_is_read_from_a_crop(reader: TextReader) -> None:
    assert reader.read_line(FORM.pixels[72:106, 141:399]).text == "Street is 41"
    assert reader.read_line(np.full((30, 200, 3), 255, np.uint8)).text == ""


def test_it_knows_what_it_can_not_read(reader: TextReader) -> None:
    assert reader.can_read("Zoë Müller, 北京 1234 €")
    assert not reader.can_read("Москва")
    assert not reader.can_read("서울")
