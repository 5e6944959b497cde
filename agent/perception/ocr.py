"""The two networks of PP-OCRv6 on OpenVINO: where text is, and what one line of it says.

The models come inside the `rapidocr` wheel. They are run directly, because everything round them is made for
photographs there and for screens here.
"""

from __future__ import annotations

import importlib.util
import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.errors import Missing
from agent.perception.segment import Region
from agent.schema import Box, Pixels

Floats = NDArray[np.float32]

HEIGHT = 48
"""Height in pixels that the recognition network wants."""
_ALTERNATIVES = 5
_WIDEST = 3200
"""Lines wider than this (at 48 pixels of height) are squeezed."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as recognised: `at` is its place, 0..1 along the crop; `others` are rivals with odds."""

    char: str
    odds: float
    at: float
    others: tuple[tuple[str, float], ...] = ()
    space: float = 0.0
    """The odds of a space between it and the next one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one crop says; confidence is the mean over its characters, 0..1."""

    text: str
    confidence: float
    glyphs: tuple[Glyph, ...] = ()


def _model(name: str) -> Path:
    spec = importlib.util.find_spec("rapidocr")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise Missing(f"the text model {name} is not there", "pip install --force-reinstall rapidocr")


class Engine:
    """Detection and recognition. Threads may share one; they take turns."""

    def __init__(self, threads: int = 2) -> None:
        """Load both models (about half a second). Raises Missing if a wheel is not installed."""
        try:
            import openvino
        except ImportError as error:
            raise Missing("OpenVINO is not installed", "pip install openvino") from error
        threads = max(1, min(threads, os.cpu_count() or 1))
        core: Any = openvino.Core()
        made: dict[str, Any] = {}

        def detection() -> None:
            options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
            made["detect"] = core.compile_model(core.read_model(_model("PP-OCRv6_det_small.onnx")), "CPU", options)

        other = threading.Thread(target=detection)
        other.start()
        model = core.read_model(_model("PP-OCRv6_rec_small.onnx"))
        letters: list[str] = str(model.get_rt_info(["framework", "character"]).value).splitlines()
        self._alphabet = ["", *letters, " "]
        # One line a thread beats one line on all threads, and new widths cost less.
        options = {"NUM_STREAMS": threads, "INFERENCE_NUM_THREADS": threads}
        recognition = core.compile_model(_with_ranking(openvino, model), "CPU", options)
        other.join()
        self._detection: Any = made["detect"].create_infer_request()
        self._queue: Any = openvino.AsyncInferQueue(recognition, threads)
        self._turn = threading.Lock()

    @property
    def alphabet(self) -> frozenset[str]:
        """Every character that can be recognised."""
        return frozenset(self._alphabet)

    def text_map(self, pixels: Pixels) -> Floats:
        """How likely each pixel belongs to text, 0..1, shape (height, width)."""
        height, width = pixels.shape[:2]
        padded = cv2.copyMakeBorder(pixels, 0, -height % 32, 0, -width % 32, cv2.BORDER_REPLICATE)
        batch = cv2.dnn.blobFromImage(padded, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        with self._turn:
            self._detection.infer([batch])
            return np.array(self._detection.get_output_tensor().data[0, 0, :height, :width])

    def recognise(self, crops: Sequence[Pixels]) -> list[Reading]:
        """What each crop of one line says, in the same order."""
        found: list[Reading] = [Reading("", 0.0)] * len(crops)

        def done(request: Any, job: tuple[int, int]) -> None:
            index, used = job
            odds = np.array(request.get_output_tensor(0).data[0])
            which = np.array(request.get_output_tensor(1).data[0])
            found[index] = self._decode(odds, which, used)

        # Widest first, so that both threads end together.
        order = sorted(range(len(crops)), key=lambda i: -crops[i].shape[1] / max(1, crops[i].shape[0]))
        with self._turn:
            self._queue.set_callback(done)
            for index in order:
                batch, used = _prepare(crops[index])
                self._queue.start_async({0: batch}, (index, used))
            self._queue.wait_all()
        return found

    def warm_up(self, width: int, height: int) -> None:
        """Make the kernels for a picture of this size and for common line widths (half a second, once)."""
        self.text_map(np.zeros((height, width, 3), np.uint8))
        self.recognise([np.zeros((HEIGHT, wide, 3), np.uint8) for wide in range(64, 641, 64)])

    def _decode(self, odds: Floats, which: NDArray[np.int64], used: int) -> Reading:
        """Collapse repeats and blanks (CTC); `used` is how many of the columns show the crop and not padding."""
        best = which[:, 0]
        gaps = np.where(which == len(self._alphabet) - 1, odds, 0.0).max(axis=1)
        starts = np.flatnonzero(np.diff(best, prepend=-1) != 0)
        ends = np.append(starts[1:], len(best))
        shown = [(int(s), int(e)) for s, e in zip(starts, ends, strict=True) if best[s] != 0]
        glyphs: list[Glyph] = []
        for number, (start, end) in enumerate(shown):
            peak = start + int(odds[start:end, 0].argmax())
            rivals = tuple((self._alphabet[int(i)], float(p)) for i, p in zip(which[peak], odds[peak], strict=True))
            after = shown[number + 1][0] if number + 1 < len(shown) else len(best)
            glyphs.append(
                Glyph(
                    char=self._alphabet[int(best[start])],
                    odds=float(odds[peak, 0]),
                    at=min(1.0, (start + end) / 2 / max(1, used)),
                    others=rivals[1:],
                    space=float(gaps[end:after].max(initial=0.0)),
                )
            )
        confidence = sum(g.odds for g in glyphs) / len(glyphs) if glyphs else 0.0
        return Reading("".join(g.char for g in glyphs), confidence, tuple(glyphs))


def _with_ranking(openvino: Any, model: Any) -> Any:
    """The network with its outputs cut down to the best few characters a column: 18,710 odds each are slow to copy."""
    opset: Any = openvino.opset13
    ranked = opset.topk(
        model.get_results()[0].input_value(0), opset.constant(np.int64(_ALTERNATIVES)), 2, "max", "value"
    )
    return openvino.Model([ranked.output(0), ranked.output(1)], model.get_parameters())


def _prepare(crop: Pixels) -> tuple[Floats, int]:
    """A crop as network input, shape (1, 3, 48, w), w a multiple of 64; and how many output columns it fills."""
    height, width = crop.shape[:2]
    wide = min(_WIDEST, max(8, math.ceil(HEIGHT * width / height)))
    way = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
    scaled = cv2.resize(crop, (wide, HEIGHT), interpolation=way)
    batch = np.zeros((1, 3, HEIGHT, -(-wide // 64) * 64), np.float32)
    values = scaled[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    batch[0, :, :, :wide] = values / 127.5 - 1.0
    return batch, wide // 8


def regions(odds: Floats, threshold: float = 0.3, sure: float = 0.5) -> list[Region]:
    """Where text is in a map from `Engine.text_map`, in its pixels."""
    mask = cv2.dilate((odds > threshold).astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found: list[Region] = []
    whole = Box(left=0, top=0, width=odds.shape[1], height=odds.shape[0])
    for index in range(1, count):
        left, top, w, h = (int(v) for v in stats[index][:4])
        if min(w, h) < 3:
            continue
        part = labels[top : top + h, left : left + w] == index
        if float(odds[top : top + h, left : left + w][part].mean()) < sure:
            continue
        # The network was taught shrunken boxes: area * ratio / outline is how far they were shrunk. A single
        # character fills its box better than a line does.
        core = Box(left=left, top=top, width=w, height=h)
        by = max(w * h * 1.6 / (2 * (w + h)), 0.35 * h if w < 2 * h else 0.0)
        found.append(Region(core, whole.overlap(core.grow(round(by)))))
    return found
