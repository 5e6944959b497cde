"""Random text over the blocks that people use."""

from __future__ import annotations

import random
import unicodedata

BLOCKS: dict[str, tuple[int, int]] = {
    "ASCII": (0x20, 0x7E),
    "Latin-1": (0xA1, 0xFF),
    "Latin Extended": (0x100, 0x24F),
    "combining marks": (0x300, 0x36F),
    "Greek": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Hebrew": (0x5D0, 0x5EA),
    "Arabic": (0x621, 0x64A),
    "Devanagari": (0x905, 0x94D),
    "Thai": (0xE01, 0xE4E),
    "Latin Additional": (0x1E00, 0x1EFF),
    "punctuation": (0x2010, 0x203A),
    "currency": (0x20A0, 0x20BF),
    "arrows": (0x2190, 0x21FF),
    "Hiragana": (0x3041, 0x3096),
    "Katakana": (0x30A1, 0x30FA),
    "CJK": (0x4E00, 0x9FFF),
    "Hangul": (0xAC00, 0xD7A3),
    "full width": (0xFF01, 0xFF5E),
    "pictographs": (0x1F300, 0x1F5FF),
    "emoji": (0x1F600, 0x1F64F),
    "supplemental emoji": (0x1F900, 0x1F9FF),
}

SEQUENCES = ("👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "é", "a\u0308", "क्षि", "한글", "1️⃣", "❤️")
"""Characters of several code points: ZWJ, variation selectors, skin tones, flags, combining marks."""


def random_text(count: int, seed: int = 1, line: int = 80) -> str:
    """`count` code points drawn evenly from the blocks, cut into lines; a sequence now and then."""
    draw = random.Random(seed)
    chars: list[str] = []
    while len(chars) < count:
        if draw.random() < 0.01:
            chars += draw.choice(SEQUENCES)
            continue
        char = chr(draw.randint(*draw.choice(list(BLOCKS.values()))))
        if chars and "\U0001f1e6" <= chars[-1] <= "\U0001f1ff" and unicodedata.category(char) == "Mn":
            # Chromium puts the caret before a mark that follows a flag, also where a person types it.
            continue
        if unicodedata.category(char) not in ("Cn", "Co", "Cs", "Cc", "Zl", "Zp") and unicodedata.name(char, ""):
            chars.append(char)
    chars = chars[:count]
    return "\n".join("".join(chars[start : start + line]) for start in range(0, count, line))
