"""Pictures of a trace: `frames/<sha256>.png`, content-addressed, repeats stored once, small changes as patches.

A frame is a whole picture, or a patch upon a whole picture: the smallest rectangle that holds all that differs.
Patches never build on patches, so any frame is at most two files.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.errors import TraceFailed
from agent.schema import Pixels, Value

FOLDER = "frames"
_PATCH_LIMIT = 0.35
"""A patch that covers more of the picture than this is not worth it."""
_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE)
"""Half the time of the default filters on pictures of user interfaces, and no larger."""


class Frame(Value):
    """Where a picture of the trace is stored."""

    id: str
    """Of a whole picture the sha256 of its file; of a patched one the sha256 of how it is made."""
    size: tuple[int, int]
    """Width and height in pixels."""
    file: str
    """sha256 of the PNG file that holds the picture or the patch."""
    base: str | None = None
    """sha256 of the PNG file that a patch lies upon."""
    at: tuple[int, int] = (0, 0)
    """Left and top of the patch."""


class FrameStore:
    """Writes pictures; raises OSError where that fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stored: set[str] = set()
        self._base: tuple[str, Pixels] | None = None
        self._last: tuple[Frame, Pixels] | None = None

    def add(self, pixels: Pixels) -> Frame:
        """Store a picture, shape (height, width, 3) RGB uint8, if it is not there yet."""
        if self._last is not None and _same(self._last[1], pixels):
            return self._last[0]
        frame = self._patched(pixels) or self._whole(pixels)
        # A copy: the caller may reuse its buffer for the next capture.
        self._last = (frame, self._base[1] if self._base and frame.file == self._base[0] else pixels.copy())
        return frame

    def _whole(self, pixels: Pixels) -> Frame:
        file = self._write(pixels)
        self._base = (file, pixels.copy())
        return Frame(id=file, size=_size(pixels), file=file)

    def _patched(self, pixels: Pixels) -> Frame | None:
        if self._base is None or self._base[1].shape != pixels.shape:
            return None
        base, under = self._base
        differs = _difference(under, pixels)
        if differs is None:
            return Frame(id=base, size=_size(pixels), file=base)
        left, top, width, height = differs
        if width * height > _PATCH_LIMIT * pixels.shape[0] * pixels.shape[1]:
            return None
        file = self._write(np.ascontiguousarray(pixels[top : top + height, left : left + width]))
        made = hashlib.sha256(f"{base}+{file}@{left},{top}".encode()).hexdigest()
        return Frame(id=made, size=_size(pixels), file=file, base=base, at=(left, top))

    def _write(self, pixels: Pixels) -> str:
        done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), _FAST)
        if not done:
            raise OSError("the picture can't be encoded as PNG")
        content = data.tobytes()
        name = hashlib.sha256(content).hexdigest()
        if name not in self._stored:
            _write_whole(self._folder / f"{name}.png", content)
            self._stored.add(name)
        return name


def load_frame(folder: Path, frame: Frame) -> Pixels:
    """The picture of a frame, shape (height, width, 3) RGB uint8, which may not be changed.

    Raises TraceFailed if it is gone or broken.
    """
    if frame.base is None:
        return _read(folder, frame.file)
    picture, patch = _read(folder, frame.base).copy(), _read(folder, frame.file)
    x, y = frame.at
    area = picture[y : y + patch.shape[0], x : x + patch.shape[1]]
    if area.shape != patch.shape:
        raise TraceFailed(f"{folder}: the patch {frame.file} does not lie inside its picture")
    area[:] = patch
    return picture


def frame_path(folder: Path, file: str) -> Path:
    """Where a picture's file lies; `file` is its sha256."""
    return folder / FOLDER / f"{file}.png"


@lru_cache(maxsize=4)
def _read(folder: Path, file: str) -> Pixels:
    """Kept for a while: many patches lie upon one picture. So it is read-only."""
    path = frame_path(folder, file)
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise TraceFailed(f"{path}: the picture can't be read: {error.strerror}") from error
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise TraceFailed(f"{path}: this is no picture")
    pixels = np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    pixels.flags.writeable = False
    return pixels


def _write_whole(path: Path, content: bytes) -> None:
    """A file that is there is complete, whatever kills us: write beside, then rename."""
    beside = path.with_suffix(".part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    beside.replace(path)


def _same(a: Pixels, b: Pixels) -> bool:
    return a.shape == b.shape and bool(np.array_equal(_rows(a), _rows(b)))


def _difference(a: Pixels, b: Pixels) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of all that differs between two pictures of one size."""
    rows = np.flatnonzero((_rows(a) != _rows(b)).any(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    band = cv2.absdiff(a[top:bottom], b[top:bottom])
    columns = np.flatnonzero(np.maximum.reduce(band, axis=0).any(axis=1))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return left, top, right - left, bottom - top


def _rows(pixels: Pixels) -> NDArray[np.generic]:
    """A picture as one row of numbers a line, eight bytes a number where that goes: comparing is ten times as fast."""
    rows = np.ascontiguousarray(pixels).reshape(pixels.shape[0], -1)
    return rows.view(np.uint64) if rows.shape[1] % 8 == 0 else rows


def _size(pixels: Pixels) -> tuple[int, int]:
    return int(pixels.shape[1]), int(pixels.shape[0])
