"""Text that the detection network misses: single characters, lone dashes, the dots of a password."""

from __future__ import annotations

import cv2
import numpy as np

from agent.perception.blobs import FAINT, Blob, background, blobs_of, ink_of, touching, view
from agent.perception.marks import is_arrow, is_pointer, is_ring
from agent.perception.segment import Piece, piece_of
from agent.schema import Box, Pixels


def strays(pixels: Pixels, covered: list[Box], within: Box | None = None) -> list[Piece]:
    """Small isolated ink on one background that no piece covers: single characters, dots of passwords."""
    frame = within or Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
    part = view(pixels, frame)
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    rough = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 48
    for box in covered:
        near = box.grow(3).overlap(frame).shift(-frame.left, -frame.top)
        rough[near.top : near.bottom, near.left : near.right] = False
    groups = _neighbours([blob for blob in blobs_of(rough) if not _cut(blob, frame, pixels)])
    found: list[Piece] = []
    for group in groups:
        piece = _stray(pixels, Box.of(*_hull(group)).shift(frame.left, frame.top))
        if piece is not None and not any(touching(piece.box, box) for box in covered):
            found.append(piece)
    return found


def _cut(blob: Blob, frame: Box, pixels: Pixels) -> bool:
    """Whether the frame may have cut a blob from what goes on in the picture: a piece of a border looks like a dash."""
    height, width = pixels.shape[:2]
    return (
        (blob.left <= 1 and frame.left > 0)
        or (blob.top <= 1 and frame.top > 0)
        or (blob.right >= frame.width - 1 and frame.right < width)
        or (blob.bottom >= frame.height - 1 and frame.bottom < height)
    )


def _hull(group: list[Blob]) -> tuple[int, int, int, int]:
    return (
        min(b.left for b in group),
        min(b.top for b in group),
        max(b.right for b in group),
        max(b.bottom for b in group),
    )


def _neighbours(blobs: list[Blob]) -> list[list[Blob]]:
    """Blobs of a character's size, those side by side together."""
    small = [b for b in blobs if 2 <= b.height <= 64 and 3 <= b.width <= 64]
    large = [b for b in blobs if b.height > 64 or b.width > 64]
    groups: list[list[Blob]] = []
    for blob in sorted(small, key=lambda b: b.left):
        for group in groups:
            left, top, right, bottom = _hull(group)
            size = max(bottom - top, blob.height)
            if (
                blob.left - right <= max(3, 0.6 * size)
                and blob.top < bottom + 3
                and blob.bottom > top - 3
                and blob.right > left
            ):
                group.append(blob)
                break
        else:
            groups.append([blob])
    # What touches a larger thing on all sides is the inside of a drawing, not a character: judged by its background.
    return [g for g in groups if not any(_same_place(_hull(g), b) for b in large)]


def _same_place(hull: tuple[int, int, int, int], blob: Blob) -> bool:
    left, top, right, bottom = hull
    return (
        abs(left - blob.left) <= 2
        and abs(right - blob.right) <= 2
        and abs(top - blob.top) <= 2
        and abs(bottom - blob.bottom) <= 2
    )


def _stray(pixels: Pixels, box: Box) -> Piece | None:
    """A piece for loose ink if it stands on one colour and looks like few characters."""
    bounds = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
    around = bounds.overlap(box.grow(2))
    if around.width < box.width + 4 or around.height < box.height + 4:
        return None
    part = view(pixels, around)
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    colour, share = background(rim.reshape(1, -1, 3))
    if share < 0.95:
        return None
    away = ink_of(part, colour)
    blobs = [b for b in blobs_of(away > max(FAINT, int(away.max()) // 8)) if b.area >= 3]
    if not blobs:
        return None
    if any(is_arrow(b, blobs, away) or is_pointer(b, away) or is_ring(b, away) for b in blobs):
        return None
    piece = piece_of(blobs, around, colour)
    if piece.dots:
        return piece
    tall = piece.box.height
    if len(blobs) > 8 or piece.box.width > 4 * max(8, tall):
        return None
    dash = tall <= 4 and 3 <= piece.box.width <= 24
    return piece if dash or 5 <= tall <= 60 else None
