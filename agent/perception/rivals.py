"""Second thoughts on single characters, where the network was in doubt and the ink can tell."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import cv2
import numpy as np

from agent.perception.blobs import FAINT, Blob, blobs_of
from agent.perception.ocr import Glyph, Reading
from agent.schema import Pixels

_PLAIN = {ord("⁻"): "-", ord("￥"): "¥"} | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
"""Full-width and raised signs that the network takes for the plain ones of Latin text."""


def settled(reading: Reading, crop: Pixels, background: tuple[int, int, int] | None) -> Reading:
    """The reading with accents that the ink shows, without Chinese characters that are doubtful digits."""
    glyphs = tuple(_not_chinese(g) for g in reading.glyphs) if len(reading.glyphs) == 1 else reading.glyphs
    if background is not None and any(_accents(g) for g in glyphs):
        away = cv2.absdiff(crop, np.full_like(crop, np.array(background, np.uint8))).max(axis=2)
        blobs = blobs_of(away > max(FAINT, int(away.max()) // 4))
        glyphs = tuple(_with_accent(g, blobs, crop.shape[1]) for g in glyphs)
    if not any(_is_wide(g.char) for g in glyphs):
        glyphs = tuple(replace(g, char=g.char.translate(_PLAIN)) for g in glyphs)
    return replace(reading, text="".join(g.char for g in glyphs), glyphs=glyphs)


def _is_wide(char: str) -> bool:
    """Whether a character belongs to Chinese or Japanese text."""
    return 0x2E80 <= ord(char[0]) < 0xFF00


def _not_chinese(glyph: Glyph) -> Glyph:
    """A zero with a dot in it looks like a Chinese character; alone it has no neighbours to tell."""
    if not _is_wide(glyph.char) or glyph.odds >= 0.9:
        return glyph
    for char, odds in glyph.others:
        if odds >= 0.1 and char.isascii() and char.isalnum():
            return replace(glyph, char=char, odds=odds)
    return glyph


def _accents(glyph: Glyph) -> list[tuple[str, float]]:
    """Rivals of a plain letter that are the same letter with an accent above, and have some odds."""
    if not (glyph.char.isascii() and glyph.char.isalpha()):
        return []
    found: list[tuple[str, float]] = []
    for char, odds in glyph.others:
        parts = unicodedata.normalize("NFD", char) if char else ""
        if odds >= 0.08 and len(parts) > 1 and parts[0] == glyph.char and unicodedata.combining(parts[1]) == 230:
            found.append((char, odds))
    return found


def _with_accent(glyph: Glyph, blobs: list[Blob], width: int) -> Glyph:
    """The accented rival if ink stands loose above the letter (for i and j: more than one dot)."""
    rivals = _accents(glyph)
    if not rivals:
        return glyph
    at = glyph.at * width
    tallest = max(b.height for b in blobs)
    bodies = [b for b in blobs if b.height >= 0.4 * tallest]
    body = min(bodies, key=lambda b: max(0, b.left - at, at - b.right), default=None)
    if body is None or not body.left - 2 <= at <= body.right + 2:
        return glyph
    above = [b for b in blobs if b.bottom <= body.top + 1 and b.right > body.left - 2 and b.left < body.right + 2]
    if len(above) < (2 if glyph.char in "ij" else 1):
        return glyph
    char, odds = max(rivals, key=lambda rival: rival[1])
    return replace(glyph, char=char, odds=odds)
