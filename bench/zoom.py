"""What closer looks and readable text are worth: a model of known error aims at known targets on rendered pages.

    python -m bench.zoom [--size 1920x1080 2560x1440 3840x2160] [--spread 0.004 0.012 0.03] [--targets 60]

The pictures are real (Chromium, real perception); the model is simulated: its point misses the target's centre by a
normal error of `spread` times the longer side of the picture that it sees (so a crop makes it exacter by the crop's
share), and one point in 25 lies anywhere. Compared are the first point alone, with text, with closer looks, with
both. `hit`: the point lies in the target's box; `abstained`: no answer; `wrong`: an answer beside the target.
Needs Xvfb, Chromium and bubblewrap.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from typing import Any

from agent.perception.perceiver import Perceiver
from agent.perception.text import TextReader
from agent.planners.vision.aim import Aimer, Doubt
from agent.schema import Box, Observation, Point, Screenshot
from bench.accuracy import View, views
from bench.sources import Source

ASTRAY = 1 / 25
TOKENS = 2048
WAYS = ("first point", "with text", "with closer looks", "with both")
READABLE = ("table", "settings")
"""Pages whose targets have words on them; of the others nothing is said but "it"."""


def pages() -> list[Source]:
    """A dense table, a toolbar of tiny icons, a settings page: drawn for this bench."""
    rows = "".join(
        f"<tr><td><input type=checkbox data-label='the checkbox in the row of \"{who}\"'></td><td>{who}</td>"
        f"<td>{1000 + 37 * n}</td><td><a href=#>Open {n}</a></td>"
        f"<td><button value='Edit {who.split()[0]}'>Edit {who.split()[0]}</button></td></tr>"
        for n, who in enumerate(_people(51), start=1)
    )
    icons = "".join(
        f"<button class=i aria-label='tool {n}'><svg width=12 height=12><path d='{_path(n)}' stroke=black fill=none/>"
        "</svg></button>"
        for n in range(90)
    )
    settings = "".join(
        f"<p><label><input type=radio name=r{n}> {who}</label> <button value='Change {n}'>Change {n}</button>"
        f" <a href=#>Help on {who}</a></p>"
        for n, who in enumerate(_people(24))
    )
    style = (
        "<style>body{font:13px sans-serif}td{padding:1px 10px}.i{padding:2px;margin:1px;border:1px solid #bbb}</style>"
    )
    return [
        Source("zoom", "table", f"<h3>Orders</h3><table>{rows}</table>{style}"),
        Source("zoom", "icons", f"<h3>Tools</h3><div style='width:760px'>{icons}</div>{style}"),
        Source("zoom", "settings", f"<h3>Settings</h3>{settings}{style}"),
    ]


def _people(count: int) -> list[str]:
    first = ["Ann", "Bela", "Carl", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jana", "Kai", "Lea", "Max", "Nora"]
    last = ["Adler", "Brandt", "Cole", "Dietz", "Evers"]
    return [f"{first[n % 14]} {last[n % 5]} {n // 14 + 1}" for n in range(count)]


def _path(number: int) -> str:
    rng = random.Random(number)
    return "M" + " L".join(f"{rng.randint(1, 11)} {rng.randint(1, 11)}" for _ in range(4))


class Inexact:
    """A model that knows where the target is and points beside it."""

    def __init__(self, spread: float, target: Box, rng: random.Random) -> None:
        self._spread, self._target, self._rng, self.looks = spread, target, rng, 0

    def point(self, seen: Box) -> Point:
        if self._rng.random() < ASTRAY:
            x, y = self._rng.uniform(seen.left, seen.right), self._rng.uniform(seen.top, seen.bottom)
        else:
            centre, deviation = self._target.center, self._spread * max(seen.width, seen.height)
            x, y = self._rng.gauss(centre.x, deviation), self._rng.gauss(centre.y, deviation)
        x, y = min(max(seen.left, round(x)), seen.right - 1), min(max(seen.top, round(y)), seen.bottom - 1)
        return Point(x=x, y=y)

    def closer(self, said: str, part: Screenshot) -> Point | None:
        self.looks += 1
        return self.point(part.region)


def aimed(way: str, said: str, model: Inexact, seen: Observation) -> Point | None:
    """The point that a way of aiming ends at; None where it abstains."""
    first = model.point(seen.screenshot.region)
    if way == "first point":
        return first
    closer = model.closer if "closer" in way or "both" in way else lambda _said, _part: None
    try:
        return Aimer(closer, image_tokens=TOKENS)(said if way != "with closer looks" else "", first, seen).point
    except Doubt:
        return None


def targets(view: View, most: int) -> list[dict[str, Any]]:
    """As many as are wanted of a view's targets, always the same ones."""
    return view.truth if len(view.truth) <= most else random.Random(2).sample(view.truth, most)


def instruction(view: View, control: dict[str, Any]) -> str:
    """The words in which a model says what it clicks: with a caption in quotes, by its row, or without a name."""
    if view.name.partition("#")[0] not in READABLE:
        return "click it"
    name: str = control["label"]
    return f"click {name}" if '"' in name else f'click "{name}"'


def measure(view: View, seen: Observation, spread: float, rounds: int, most: int) -> dict[str, Counter[str]]:
    """Counts of hit, wrong, abstained and looks for each way, over `most` targets of a view."""
    counts = {way: Counter[str]() for way in WAYS}
    rng = random.Random(1)
    for control in targets(view, most):
        said = instruction(view, control)
        for way in WAYS:
            for _ in range(rounds):
                model = Inexact(spread, control["box"], rng)
                point = aimed(way, said, model, seen)
                verdict = "abstained" if point is None else "hit" if control["box"].contains(point) else "wrong"
                counts[way][verdict] += 1
                counts[way]["looks"] += model.looks
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs="+", default=["1920x1080", "2560x1440", "3840x2160"])
    parser.add_argument("--spread", nargs="+", type=float, default=[0.004, 0.012, 0.03])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--targets", type=int, default=60, help="most of a page, drawn by chance")
    parser.add_argument("--display", default=":97")
    options = parser.parse_args()
    perceiver = Perceiver(TextReader())
    print("page       size        spread  way                 hit   wrong  abstained  looks  targets")
    for size in options.size:
        width, height = map(int, size.split("x"))
        for view in views(pages(), options.display, 1.0, 1, (width, height)):
            seen = perceiver.look(view.shot, None, (view.shot.region,))
            for spread in options.spread:
                for way, count in measure(view, seen, spread, options.rounds, options.targets).items():
                    total = count["hit"] + count["wrong"] + count["abstained"]
                    shares = [count[name] / total for name in ("hit", "wrong", "abstained")]
                    print(
                        f"{view.name:<10} {size:<11} {spread:<7g} {way:<18} {shares[0]:>5.0%} {shares[1]:>7.1%} "
                        f"{shares[2]:>10.1%} {count['looks'] / total:>6.2f} {len(targets(view, options.targets)):>8}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
