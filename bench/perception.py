"""How long a look takes, against reading everything again on every look.

    python bench/perception.py [--size 1280x800] [--repeat 7]

A form is drawn, looked at, looked at again unchanged, with one field changed, and with everything changed. The plain
way is RapidOCR's own pipeline on the whole picture each time, on the same engine and in the same run.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from agent.changes import changed_tiles
from agent.perception.perceiver import Perceiver
from agent.perception.text import TextReader
from agent.schema import Box, Observation, Pixels, Screenshot
from agent.screen import Screen

TEXTS = """\
First name: Anna
Last name: Müller
Email address: anna.mueller@example.org
Telephone: +49 170 555 1234
Street address: Straße des 17. Juni 135
City: Berlin
State or province: Berlin
Postal code: 10623
Country: Germany
Date of birth: 1984-03-09
Company: Acme & Sons Ltd.
Job title: Software engineer
Website: https://example.org/a_b
Card number: 4111 1111 1111 1111
Expiry date: 12/28
Security code: 123
Arrival date: 2026-01-15
Number of guests: 2
"""
LABELS, VALUES = zip(*(line.split(": ", 1) for line in TEXTS.splitlines()), strict=True)


def font(size: int) -> Any:
    """The system's sans font, so that nothing need be shipped."""
    try:
        found = subprocess.run(["fc-match", "-f", "%{file}", "sans"], capture_output=True, text=True, check=True)
        return ImageFont.truetype(found.stdout, size)
    except (OSError, subprocess.CalledProcessError):
        return ImageFont.load_default(size)


def page(size: tuple[int, int], values: list[str], *, top: int = 0, dark: bool = False) -> Pixels:
    """A form in two columns with a heading, help texts, checkboxes and buttons."""
    paper, ink, line = (
        ((33, 37, 41), (222, 226, 230), (110, 117, 125)) if dark else ((255,) * 3, (33, 37, 41), (206,) * 3)
    )
    picture = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(picture)
    draw.text((40, 20 + top), "Registration of guests", ink, font(28))
    for index, (label, value) in enumerate(zip(LABELS, values, strict=True)):
        x, y = 40 + index % 2 * (size[0] // 2), 76 + top + index // 2 * 68
        draw.text((x, y), label, ink, font(15))
        draw.rounded_rectangle((x, y + 22, x + size[0] // 2 - 100, y + 54), 4, paper, line)
        draw.text((x + 10, y + 29), value, ink, font(15))
        if index % 3 == 0:
            draw.text((x + 260, y + 1), "Shown on your invoice", (110, 117, 125), font(13))
    for index, label in enumerate(("I agree to the terms", "Send me the newsletter")):
        x, y = 40 + index * 260, 700 + top
        draw.rectangle((x, y + 2, x + 14, y + 16), paper, line)
        draw.text((x + 24, y), label, ink, font(15))
    for index, label in enumerate(("Submit", "Cancel")):
        x, y = 40 + index * 120, 740 + top
        draw.rounded_rectangle((x, y, x + 100, y + 38), 5, (13, 110, 253) if index == 0 else (108, 117, 125))
        draw.text((x + 24, y + 9), label, (255, 255, 255), font(15))
    return np.asarray(picture)


def shot(pixels: Pixels) -> Screenshot:
    return Screenshot(pixels=pixels, region=Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0]))


def milliseconds(job: Callable[[], object], repeat: int) -> float:
    """Median over some runs."""
    times: list[float] = []
    for _ in range(repeat):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def plain_reader() -> Callable[[Pixels], object]:
    """RapidOCR as it comes, on OpenVINO, without the classifier of upside-down lines."""
    from rapidocr import EngineType, RapidOCR  # type: ignore[attr-defined]

    engine = {"Det.engine_type": EngineType.OPENVINO, "Rec.engine_type": EngineType.OPENVINO}
    ocr: Any = RapidOCR(params={**engine, "Global.use_cls": False, "Global.log_level": "error"})
    return lambda pixels: ocr(pixels[:, :, ::-1], use_cls=False)


class Looks:
    """The same looks by a text reader alone and by the whole Perceiver."""

    def __init__(self, size: tuple[int, int], repeat: int) -> None:
        self.repeat = repeat
        self.first = shot(page(size, list(VALUES)))
        self.edits = [shot(page(size, [*VALUES[:6], f"Brandenburg {n}", *VALUES[7:]])) for n in range(repeat)]
        self.other = shot(page(size, [v.swapcase() for v in VALUES], dark=True))
        self.changed = changed_tiles(self.first, self.edits[0])

    def text(self, reader: TextReader) -> dict[str, float]:
        fresh = TextReader(reader.engine)
        start = time.perf_counter()
        lines = fresh.read(self.first.pixels)
        first = 1000 * (time.perf_counter() - start)
        edits = iter(self.edits)
        return {
            "first look": first,
            "unchanged": milliseconds(lambda: fresh.update(self.first.pixels, lines, ()), self.repeat),
            "one field changed": milliseconds(
                lambda: fresh.update(next(edits).pixels, lines, self.changed), self.repeat
            ),
            "everything changed": milliseconds(lambda: fresh.read(self.other.pixels), 1),
        }

    def whole(self, reader: TextReader) -> dict[str, float]:
        eyes = Perceiver(TextReader(reader.engine))
        seen: list[Observation] = []
        first = milliseconds(lambda: seen.append(eyes.look(self.first, None, None)), 1)
        # A new capture of the same screen: equal, but not the same array.
        again = [shot(self.first.pixels.copy()) for _ in range(self.repeat)]
        same = statistics.median(milliseconds(lambda now=now: self._again(eyes, seen, now), 1) for now in again)
        times: list[float] = []
        for edit in self.edits:
            times.append(milliseconds(lambda edit=edit: self._again(eyes, seen, edit), 1))
        everything = milliseconds(lambda: self._again(eyes, seen, self.other), 1)
        return {
            "first look": first,
            "unchanged": same,
            "one field changed": statistics.median(times),
            "everything changed": everything,
        }

    @staticmethod
    def _again(eyes: Perceiver, seen: list[Observation], now: Screenshot) -> None:
        """A look as the loop does it: what changed is found first."""
        seen.append(eyes.look(now, seen[-1], changed_tiles(seen[-1].screenshot, now)))


def capture(size: tuple[int, int], repeat: int) -> float:
    """A capture of a bare X server of that size; not a number where there is none."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"]
    try:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return float("nan")
    try:
        assert server.stdout is not None
        with Screen(":" + server.stdout.readline().strip()) as screen:
            return milliseconds(screen.grab, 3 * repeat)
    finally:
        server.terminate()
        server.wait(10)


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a look takes.")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--save", type=Path, help="write the drawn page here and stop")
    options = parser.parse_args()
    width, _, height = options.size.partition("x")
    size = (int(width), int(height))
    looks = Looks(size, options.repeat)
    if options.save:
        Image.fromarray(looks.first.pixels).save(options.save)
        return
    grabbed = capture(size, options.repeat)
    # The first looks pay for kernels made for sizes not met before: a second reader on the same engine does not.
    cold = TextReader()
    cold_first = milliseconds(lambda: cold.read(looks.first.pixels), 1)
    plain = plain_reader()
    plain(looks.first.pixels)
    full = milliseconds(lambda: plain(looks.first.pixels), max(3, options.repeat // 2))
    print(f"{options.size}, medians of {options.repeat}; full OCR on every look: {full:.0f} ms")
    print(f"{'':34}{'ms':>8}{'of full OCR':>14}")
    print(f"{'capture':34}{grabbed:8.1f}{grabbed / full:14.3f}")
    print(f"{'first look of the process, text':34}{cold_first:8.1f}{cold_first / full:14.3f}")
    for name, times in (("text", looks.text(cold)), ("whole", looks.whole(cold))):
        for stage, took in times.items():
            print(f"{stage + ', ' + name:34}{took:8.1f}{took / full:14.3f}")


if __name__ == "__main__":
    main()
