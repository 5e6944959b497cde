"""Learns what the known icons look like from ten public sets, and tests it on three others that it has not seen.

    pip install resvg-py
    python -m bench.icons [--write]

The sets come from their npm packages (ISC, MIT and Apache licences; what is kept are weights, no drawings). An icon
counts by its file's name, as bench/icons.yaml lists them; all others, and letters, are none of them. Each is drawn
a few times at 12 to 30 pixels with strokes a little thicker, thinner, blurred and noisy. The weights are a ridge
regression over edge directions and random waves of them: one equation, solved in seconds. `--write` puts them where
agent/icons reads them.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from agent.icons.looks import features, fitted
from tests.corpus.npm import package

Grey = NDArray[np.uint8]

LEARNT = {
    "lucide-static": ("icons",),
    "bootstrap-icons": ("icons",),
    "@tabler/icons": ("icons/outline", "icons/filled"),
    "@material-design-icons/svg": ("outlined", "filled", "round"),
    "@phosphor-icons/core": ("assets/regular", "assets/bold", "assets/fill"),
    "ionicons": ("dist/svg",),
    "heroicons": ("24/outline", "24/solid"),
    "iconoir": ("icons/regular", "icons/solid"),
    "eva-icons": ("outline/svg", "fill/svg"),
    "@mdi/svg": ("svg",),
}
TESTED = {
    "@primer/octicons": ("build/svg",),
    "remixicon": ("icons",),
    "@fortawesome/fontawesome-free": ("svgs/solid", "svgs/regular"),
}
_STYLE = re.compile(r"-(?:outlined?|line|fill(?:ed)?|solid|regular|bold|sharp|thin|light|duotone|\d\d)$")
_OTHERWISE = {("bootstrap-icons", "list"): "menu", ("@phosphor-icons/core", "list"): "menu"}
_NOT_THAT = {
    *(("lucide-static", name) for name in ("delete", "share")),
    *(("@tabler/icons", name) for name in ("delete",)),
    *(("ionicons", name) for name in ("share",)),
    *(("iconoir", name) for name in ("create",)),
    *(("@mdi/svg", name) for name in ("sort", "launch")),
}
"""Names that mean another drawing in one set."""
_ANYWHERE = frozenset({"pin", "minimize", "card"})
"""Names that mean different drawings in different sets."""
LARGE = 96
OTHERS = 450
"""So many icons of a set that are none of the known ones."""
WAVES, REACH, STIFFNESS = 1500, 1.5, 0.3
OUT = Path(__file__).resolve().parent.parent / "agent" / "icons" / "weights.npz"


class Drawing(NamedTuple):
    picture: Grey
    name: str
    """Empty for none of the known ones."""


def names() -> dict[str, str]:
    """File name, without its style, to drawing; names that two drawings share are left out."""
    listed: dict[str, str] = yaml.safe_load((Path(__file__).parent / "icons.yaml").read_text())
    found: dict[str, set[str]] = {}
    for drawing, stems in listed.items():
        for stem in str(stems).split():
            found.setdefault(stem, set()).add(drawing)
    return {stem: next(iter(drawings)) for stem, drawings in found.items() if len(drawings) == 1}


def drawings(sets: dict[str, tuple[str, ...]], rng: random.Random) -> Iterator[Drawing]:
    """The known icons of some sets, and some others of each."""
    known = names()
    for name, folders in sets.items():
        others: list[Path] = []
        for path in sorted(file for folder in folders for file in (package(name) / folder).rglob("*.svg")):
            stem = path.stem.replace("_", "-").lower()
            if name == "@primer/octicons" and not stem.endswith(("-16", "-24")):
                continue
            for _ in range(3):
                stem = _STYLE.sub("", stem)
            drawing = _OTHERWISE.get((name, stem)) or ("bullets" if stem == "list" else known.get(stem, ""))
            if (name, stem) in _NOT_THAT or stem in _ANYWHERE:
                continue
            if drawing and (picture := rendered(path)) is not None:
                yield Drawing(picture, drawing)
            elif not drawing:
                others.append(path)
        rng.shuffle(others)
        yield from (Drawing(picture, "") for path in others[:OTHERS] if (picture := rendered(path)) is not None)


def rendered(path: Path) -> Grey | None:
    """How much of each pixel an icon covers, 96 pixels wide; None for what is empty or a full square."""
    import resvg_py

    try:
        data = resvg_py.svg_to_bytes(svg_string=path.read_text(), width=LARGE, height=LARGE, skip_system_fonts=True)
    except ValueError:
        return None
    cover = cv2.imdecode(np.frombuffer(bytes(data), np.uint8), cv2.IMREAD_UNCHANGED)[..., 3]
    k = LARGE / max(cover.shape)
    cover = cv2.resize(cover, (round(cover.shape[1] * k), round(cover.shape[0] * k)), interpolation=cv2.INTER_AREA)
    square = np.zeros((LARGE, LARGE), np.uint8)
    square[: cover.shape[0], : cover.shape[1]] = cover
    return square if cover.max() > 60 and (cover > 0).mean() < 0.97 else None


def letters(count: int, rng: random.Random) -> Iterator[Drawing]:
    """Letters and short words, which are no icons."""
    listed = subprocess.run(["fc-list", "--format", "%{file}\n"], capture_output=True, text=True, check=True).stdout
    fonts = sorted(
        f for f in listed.split() if re.search(r"(?:DejaVuSans|NotoSans-|NotoSerif-|Nimbus)[^/]*\.[ot]tf$", f)
    )
    signs = "ABCDEFGHJKLMNPQRSTUVWYZabcdefghijkmnopqrstuvwyz0123456789@&%$€#"
    for _ in range(count):
        text = "".join(rng.choice(signs) for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4])))
        image = Image.new("L", (300, LARGE))
        ImageDraw.Draw(image).text((8, 8), text, 255, font=ImageFont.truetype(rng.choice(fonts), rng.choice([44, 56])))
        full = np.asarray(image)
        ys, xs = np.nonzero(full)
        if not len(ys):
            continue
        part = full[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        k = min(1.0, 90 / max(part.shape))
        size = (max(1, int(part.shape[1] * k)), max(1, int(part.shape[0] * k)))
        square = np.zeros((LARGE, LARGE), np.uint8)
        square[2 : 2 + size[1], 2 : 2 + size[0]] = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        yield Drawing(square, "")


def small(picture: Grey, rng: random.Random, noise: np.random.RandomState) -> NDArray[np.float32] | None:
    """A drawing as a screen may show it: 12 to 30 pixels, a little off, as the finder fits it."""
    k = rng.uniform(12, 30) / LARGE
    soft = cv2.GaussianBlur(picture, (0, 0), 0.45 / k)
    if rng.random() < 0.25:
        change = cv2.dilate if rng.random() < 0.6 else cv2.erode
        soft = change(soft, np.ones((3, 3), np.uint8))
    wide, side = rng.uniform(0.94, 1.06), int(k * LARGE) + 7
    way = np.array([[k * wide, 0, rng.uniform(1, 3)], [0, k / wide, rng.uniform(1, 3)]], np.float32)
    ink = cv2.warpAffine(soft, way, (side, side), flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    if rng.random() < 0.3:
        ink = ink + rng.uniform(-0.04, 0.04) * noise.standard_normal(ink.shape)
    return fitted((np.clip(ink, 0, 1) ** rng.uniform(0.8, 1.3)).astype(np.float32))


def examples(sets: dict[str, tuple[str, ...]], times: int, words: int, seed: int) -> tuple[Any, list[str]]:
    """Features and names of a sample."""
    rng, noise = random.Random(seed), np.random.RandomState(seed)
    squares: list[NDArray[np.float32]] = []
    named: list[str] = []
    for drawing in (*drawings(sets, rng), *letters(words, rng)):
        for _ in range(times if drawing.name else 1):
            if (square := small(drawing.picture, rng, noise)) is not None:
                squares.append(square)
                named.append(drawing.name)
    parts = [features(np.stack(squares[n : n + 2000])) for n in range(0, len(squares), 2000)]
    return np.vstack(parts), named


def learn(raw: Any, named: list[str]) -> dict[str, Any]:
    """The weights, as agent/icons keeps them."""
    classes = sorted(set(named))
    mean = raw.mean(0).astype(np.float16)
    centred = raw - mean.astype(np.float32)
    scale = np.float32(1 / np.sqrt((centred**2).sum(1).mean()))
    kept = {
        "classes": np.array(classes),
        "mean": mean,
        "scale": scale,
        "width": np.int64(WAVES),
        "reach": np.float32(REACH),
    }
    rows = waves(raw, kept)
    wanted = np.eye(len(classes), dtype=np.float32)[[classes.index(name) for name in named]]
    counts = np.where(np.array(named) == "", 0.5, 1.0).astype(np.float32)[:, None]
    left = rows.T @ (rows * counts) + STIFFNESS * np.eye(rows.shape[1], dtype=np.float32)
    return {**kept, "weights": np.linalg.solve(left, rows.T @ (wanted * counts)).astype(np.float16)}


def waves(raw: Any, kept: dict[str, Any]) -> Any:
    """What the weights go with: the features, and waves of random direction over them."""
    near = (raw - kept["mean"].astype(np.float32)) * kept["scale"]
    rng = np.random.RandomState(0)
    turns = rng.randn(near.shape[1], WAVES).astype(np.float32) * np.float32(REACH)
    shifts = rng.uniform(0, 2 * np.pi, WAVES).astype(np.float32)
    return np.hstack([near, np.cos(near @ turns + shifts) * np.sqrt(2 / WAVES), np.ones((len(near), 1))]).astype(
        np.float32
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the weights for agent/icons")
    args = parser.parse_args()
    kept = learn(*examples(LEARNT, 5, 3500, 1))
    raw, named = examples(TESTED, 2, 600, 7)
    scores = waves(raw, kept) @ kept["weights"].astype(np.float32)
    order = np.sort(scores, axis=1)
    said = kept["classes"][scores.argmax(1)]
    sure = (said != "") & (order[:, -1] >= 0.3) & (order[:, -1] - order[:, -2] >= 0.1)
    true = np.array(named)
    known = (true != "") & np.isin(true, kept["classes"])
    print(f"{known.sum()} pictures of known icons from {len(TESTED)} sets that were not learnt from:")
    print(f"  named right and surely {(sure & (said == true))[known].mean():.1%}")
    print(f"  named wrong and surely {(sure & (said != true))[known].mean():.1%}")
    print(f"{(true == '').sum()} other icons and letters: surely taken for a known icon {sure[true == ''].mean():.1%}")
    if args.write:
        np.savez_compressed(OUT, **kept)


if __name__ == "__main__":
    main()
