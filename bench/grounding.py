"""Descriptions as people say them, on screens that are drawn anew each time: hit, wrong, or left open.

    python -m bench.grounding [--seeds 2] [--show]

Twelve applications (mail, shop, kanban ...) are templates in bench/screens; content, order, sizes, colours, fonts and
the icon set (one of two that agent/icons has not learnt from) come from the seed. What is meant by a description is the
element that bears it in the page, and its box is asked of the browser; some descriptions name what is not there, and
the right answer is to say so.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import random
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import jinja2
import numpy as np
import yaml
from PIL import Image

from agent.perception.perceiver import Perceiver
from agent.perception.text import TextReader
from agent.planners.embedded.ground import Abstention, find
from agent.schema import Box, Screenshot
from tests.corpus.npm import package
from tests.devtools import Browser

SCREENS = Path(__file__).resolve().parent / "screens"
SETS = (("@fortawesome/fontawesome-free", "svgs/solid"), ("remixicon", "icons"))
SIZES = ((1280, 800), (1366, 768), (1440, 900), (1600, 900), (1920, 1080))
LIGHT = "--bg:#fff;--fg:#1f2328;--soft:#f1f3f5;--line:#d5d9de;--mute:#666f7a;--field:#fff;--bar:#fff;--barfg:#1f2328"
DARK = "--bg:#16191f;--fg:#e6e8eb;--soft:#242932;--line:#3a414d;--mute:#9aa4b2;--field:#1e232b;--bar:#20252e;--barfg:#e6e8eb"  # fmt: skip  # noqa: E501
FONTS = ("Noto Sans", "DejaVu Sans", "Nimbus Sans")
ACCENTS = ("#1a73e8", "#d9480f", "#0b7285", "#7048e8", "#2b8a3e")
TRUTH = """(() => {
  const box = e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom].map(Math.round) };
  const out = [];
  for (const e of document.querySelectorAll('[data-say]')) {
    const boxes = [box(e)], label = e.closest('label');
    if (label && (e.tagName == 'INPUT' ? !label.classList.contains('s') : true)) boxes.push(box(label));
    if (e.dataset.also && e.closest(e.dataset.also)) boxes.push(box(e.closest(e.dataset.also)));
    for (const say of e.dataset.say.split('|')) out.push([say.trim(), boxes]);
  }
  for (const e of document.querySelectorAll('[data-absent]'))
    for (const say of e.dataset.absent.split('|')) out.push([say.trim(), []]);
  return JSON.stringify(out);
})()"""


def portrait(rng: random.Random) -> str:
    """A small picture of a person, as a data address."""
    pixels = np.full((64, 64, 3), [rng.randrange(90, 220) for _ in range(3)], np.uint8)
    cv2.circle(pixels, (32, 64), 22, [rng.randrange(30, 120) for _ in range(3)], -1)
    cv2.circle(pixels, (32, 26), 13, (224, 180, 150), -1)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def screen(name: str, seed: int) -> tuple[str, tuple[int, int]]:
    """A page of one kind, and the size of its window."""
    rng = random.Random(f"{name}-{seed}")
    lists: dict[str, Any] = yaml.safe_load((SCREENS / "words.yaml").read_text("utf-8"))
    chosen, side = rng.randrange(len(SETS)), rng.choice((18, 20, 24))
    folder, inner = SETS[chosen]

    def icon(of: str) -> str:
        svg = (package(folder) / inner / f"{lists['icons'][of][chosen]}.svg").read_text()
        style = f'<svg fill="currentColor" style="width:{side}px;height:{side}px;flex:none"'
        return re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL).replace("<svg", style, 1)

    text = (SCREENS / f"{name}.html").read_text("utf-8")
    for short in ("say", "also", "absent"):
        text = re.sub(rf'\s{short}="', f' data-{short}="', text)
    words = lists["words"]
    body = (
        jinja2.Environment()
        .from_string(text)
        .render(
            ic=icon,
            some=rng.sample,
            one=rng.choice,
            num=rng.randint,
            nums=lambda low, high, count: rng.sample(range(low, high), count),
            lorem=lambda count: " ".join(rng.choice(words["filler"]) for _ in range(count)),
            initials=lambda full: "".join(word[0] for word in full.split()),
            photo=lambda: portrait(rng),
            title=rng.choice(words["titles"]),
            **words,
        )
    )
    dark, accent = rng.random() < 0.4, rng.choice(ACCENTS)
    style = f"margin:0;font-family:'{rng.choice(FONTS)}',sans-serif;{DARK if dark else LIGHT};--acc:{accent}"
    head = f"<!doctype html><meta charset=utf-8><title>{name}</title><style>body{{{style}}}</style>"
    return f'{head}<body class="{"dark" if dark else ""}">{body}', rng.choice(SIZES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print what was not hit")
    args = parser.parse_args()
    perceiver = Perceiver(TextReader())
    there, absent = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch, Browser(Path(scratch) / "profile") as browser:
        for name in sorted(path.stem for path in SCREENS.glob("*.html")):
            for seed in range(args.first_seed, args.first_seed + args.seeds):
                page, (width, height) = screen(name, seed)
                file = Path(scratch) / f"{name}-{seed}.html"
                file.write_text(page, "utf-8")
                size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
                browser.call("Emulation.setDeviceMetricsOverride", **size)
                browser.go(file.as_uri())
                data = base64.b64decode(browser.call("Page.captureScreenshot", format="png")["data"])
                pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
                shot = Screenshot(pixels=pixels, region=Box(left=0, top=0, width=width, height=height))
                seen = perceiver.look(shot, None, (shot.region,))
                for say, boxes in json.loads(browser.value(TRUTH)):
                    if boxes and (boxes[0][1] + boxes[0][3]) / 2 > height - 4:
                        continue  # below the fold
                    found = find(say, seen)
                    if isinstance(found, Abstention):
                        verdict = "left open"
                    else:
                        x, y = found.point.x, found.point.y
                        verdict = "hit" if any(a <= x <= c and b <= y <= d for a, b, c, d in boxes) else "wrong"
                    (there if boxes else absent)[verdict] += 1
                    if args.show and verdict != ("hit" if boxes else "left open"):
                        print(f"{verdict:9} {name}-{seed} {say!r}", flush=True)
    total = sum(there.values())
    print(f"{total} descriptions:", ", ".join(f"{n} {what} ({n / total:.1%})" for what, n in there.most_common()))
    print(f"{sum(absent.values())} of what is not there:", dict(absent))


if __name__ == "__main__":
    main()
