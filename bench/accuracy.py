"""How well pixels are understood: elements against the truth that the page itself tells (for scoring alone).

    python -m bench.accuracy [--family own govuk ...] [--name PART] [--scale 1 1.5 2] [--screens 2]
                             [--widgets found|truth] [--out FOLDER] [--replay FOLDER]

Needs Xvfb, Chromium, bubblewrap, and npm for the packages. Prints recall and precision per role, and how often
labels, groups, states and values are right; then the worst pages.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from rapidfuzz import fuzz

from agent.perception.annotate import annotate
from agent.perception.parts import TextLine, Widget
from agent.perception.perceiver import Perceiver
from agent.perception.text import TextReader
from agent.schema import Box, Element, ElementState, Pixels, Screenshot
from agent.screen import Screen
from bench.sources import FAMILIES, Source
from tests.corpus.npm import cache
from tests.pages import PageServer

SIZE = (1280, 800)
STILL = 0.5
"""Seconds without a change after which a page counts as painted."""
PATIENCE = 30.0
"""Seconds that a page may take for that."""
CHOICES = ("checkbox", "radio", "switch")
FLAGS = (
    *(
        "--test-type",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ),
    *("--disable-quic", "--kiosk", "--user-data-dir=/home/u/ud", "--hide-scrollbars=false", "--window-position=0,0"),
)


@contextlib.contextmanager
def browser(url: str, display: str, scale: float, size: tuple[int, int] = SIZE) -> Iterator[Screen]:
    """A private display of `size` design pixels with Chromium full screen on a page."""
    width, height = round(size[0] * scale), round(size[1] * scale)
    server = subprocess.Popen(
        ["Xvfb", display, "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"], stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(1.0)
        screen = Screen(display)
        flags = [*FLAGS, f"--force-device-scale-factor={scale}", f"--window-size={size[0]},{size[1]}", f"--app={url}"]
        jail = "bwrap --ro-bind / / --tmpfs /tmp --tmpfs /home --ro-bind /tmp/.X11-unix /tmp/.X11-unix"
        jail += " --unshare-all --share-net"
        jail += " --uid 1000 --gid 1000 --dev /dev --proc /proc --setenv HOME /home/u --dir /home/u --die-with-parent"
        chromium = subprocess.Popen(
            [*jail.split(), "chromium", *flags],
            env={**os.environ, "DISPLAY": display},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield screen
        finally:
            screen.close()
            chromium.terminate()
            chromium.wait(10)
    finally:
        server.terminate()
        server.wait(10)


@dataclass
class View:
    """One screen of one page: the picture and the truth about it."""

    family: str
    name: str
    shot: Screenshot
    truth: list[dict[str, Any]]


def views(
    sources: Sequence[Source], display: str, scale: float, screens: int, size: tuple[int, int] = SIZE
) -> Iterator[View]:
    """Each page in the browser, scrolled down a screen at a time."""
    pages = {s.root or f"{s.family}/{s.name}.html": s for s in sources}
    texts = {path: s.html for path, s in pages.items()} | {"start": "<p>start"}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(PageServer(cache(), texts, truth=True))
        screen = stack.enter_context(browser(server.url("start"), display, scale, size))
        if server.next_report(30) is None:
            raise SystemExit("the browser did not start")
        for path, source in pages.items():
            server.order(go=path)
            yield from _scrolled(source, server, screen, screens)


def _scrolled(source: Source, server: PageServer, screen: Screen, screens: int) -> Iterator[View]:
    for number in range(screens):
        report = server.next_report()
        if report is None:
            print(f"no report from {source.name}")
            return
        dx, dy = report["at"]["x"], report["at"]["y"]
        truth = [c for c in report["controls"] if not c["big"]]
        for control in truth:
            left, top, width, height = control["box"]
            control["box"] = Box.of(left + dx, top + dy, left + dx + width, top + dy + height)
        if truth:
            yield View(source.family, f"{source.name}#{number}", _painted(screen, truth), truth)
        seen = report["scroll"] + report["size"][1]
        if number + 1 >= screens or seen >= report["height"] - 40:
            return
        server.order(scroll=report["scroll"] + report["size"][1] - 80)


def _painted(screen: Screen, truth: Sequence[dict[str, Any]]) -> Screenshot:
    """A picture once there is ink where controls are and nothing has changed for a while.

    A large page is painted in pieces, after its own report.
    """
    shot, since, begun = screen.grab(), time.monotonic(), time.monotonic()
    while (now := time.monotonic()) - begun < PATIENCE and (now - since < STILL or not _inked(shot, truth)):
        time.sleep(STILL / 5)
        fresh = screen.grab()
        if not np.array_equal(fresh.pixels, shot.pixels):
            shot, since = fresh, time.monotonic()
    return shot


def _inked(shot: Screenshot, truth: Sequence[dict[str, Any]]) -> bool:
    """Whether nearly all controls show something."""
    return bool(np.mean([shot.crop(control["box"]).std() > 2 for control in truth]) > 0.95)


def replayed(folder: Path, part: str) -> Iterator[View]:
    """The views that an earlier run saved with --out."""
    for file in sorted(folder.glob("*.json")):
        if part in file.stem and (picture := cv2.imread(str(file.with_suffix(".png")))) is not None:
            truth = json.loads(file.read_text())["truth"]
            for control in truth:
                left, top, width, height = control["box"]
                control["box"] = Box(left=left, top=top, width=width, height=height)
            pixels = cast(Pixels, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            region = Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])
            family, _, name = file.stem.partition("_")
            yield View(family, name, Screenshot(pixels=pixels, region=region), truth)


@dataclass
class Tally:
    """Counts over one or more views."""

    truth: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name in ("truth", "hit", "found", "right", "total"):
            getattr(self, name).update(getattr(other, name))
        self.seconds += other.seconds
        self.faults += other.faults

    def check(self, what: str, ok: bool, fault: str) -> None:
        self.total[what] += 1
        self.right[what] += ok
        if not ok:
            self.faults.append(f"{what}: {fault}")


def plain(text: str | None) -> str:
    return "".join(c for c in (text or "").casefold() if c.isalnum())


def says(wanted: str, got: str, least: float = 90) -> bool:
    """Whether two labels are the same but for punctuation, marks of being required, and slips of the OCR."""
    a, b = plain(wanted), plain(got)
    if not a:
        return True
    for mark in ("required", "必填"):
        a, b = a.removesuffix(mark), b.removesuffix(mark)
    return fuzz.ratio(a, b) >= least


def _named(wanted: str, element: Element) -> bool:
    """Whether the label is right; a page may count the help under a label as part of it."""
    return says(wanted, element.label) or says(wanted, f"{element.label} {element.hint}")


def score(view: View, elements: Sequence[Element]) -> Tally:
    """Compare elements with the truth of one view."""
    tally = Tally()
    pairs: list[tuple[float, int, int]] = []
    for i, control in enumerate(view.truth):
        least = 0.25 if control["role"] in CHOICES else 0.4
        for j, element in enumerate(elements):
            if element.role in control["role"].split("|"):
                iou = element.box.iou(control["box"])
                inside = control["box"].overlap(element.box).area >= 0.8 * element.box.area > 0
                if iou >= least or (inside and element.role in ("link", "icon", "slider") and iou > 0.15):
                    pairs.append((iou, i, j))
    of_truth: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in sorted(pairs, reverse=True):
        if i not in of_truth and j not in used:
            of_truth[i] = j
            used.add(j)
    real = {c["box"] for c in view.truth}
    for i, control in enumerate(view.truth):
        role = control["role"].split("|")[0]
        tally.truth[role] += 1
        where = f"{role} {control['label'] or control['value'] or ''!r} at {control['box'].as_list()}"
        if i not in of_truth:
            near = max(elements, key=lambda e: e.box.iou(control["box"]), default=None)
            seen = f"{near.role} {near.box.as_list()}" if near and near.box.iou(control["box"]) > 0.2 else "nothing"
            tally.faults.append(f"missed: {where}; there is {seen}")
            continue
        tally.hit[role] += 1
        compare(tally, control, elements[of_truth[i]], where)
    for j, element in enumerate(elements):
        role = element.role
        if role in ("text", "heading", "dialog", "option", "scrollbar"):
            continue
        partner = next((view.truth[i]["role"].split("|")[0] for i, k in of_truth.items() if k == j), None)
        tally.found[partner or role] += 1
        if partner is None and not any(b.overlap(element.box).area > 0.7 * element.box.area for b in real):
            tally.faults.append(f"extra: {role} {element.label or element.text!r} at {element.box.as_list()}")
    return tally


def compare(tally: Tally, control: dict[str, Any], element: Element, where: str) -> None:
    """What an element says against what its control is."""
    native = control["tag"] in ("input", "select", "textarea") and not control["role"].startswith("button")
    if control["label"] and native:
        tally.check("label", _named(control["label"], element), f"{where}: {element.label!r}")
    elif control["label"]:
        tally.check("caption", says(control["label"], element.label), f"{where}: {element.label!r}")
    if control["group"]:
        tally.check(
            "group", says(control["group"], element.group, 85), f"{where}: {element.group!r} for {control['group']!r}"
        )
    if control["checked"] is not None:
        tally.check("state", element.state.checked == control["checked"], f"{where}: {element.state.checked}")
    if control["position"] is not None:
        read = element.state.position
        tally.check(
            "position",
            read is not None and abs(read - control["position"]) < 0.04,
            f"{where}: {read} for {control['position']}",
        )
    if native and control["value"] is not None and control["tag"] != "select":
        got = "" if element.state.placeholder else element.text
        tally.check(
            "value",
            " ".join(got.split()) == " ".join(control["value"].split()),
            f"{where}: {got!r} for {control['value']!r}",
        )
    if control["tag"] == "select" and control["value"]:
        tally.check(
            "option", says(control["value"], element.text, 95), f"{where}: {element.text!r} for {control['value']!r}"
        )
    if control["placeholder"]:
        tally.check("placeholder", bool(element.state.placeholder), f"{where}: {element.text!r} taken for a value")


class Told:
    """Widgets as the page tells them, to score labels apart from widgets."""

    def __init__(self) -> None:
        self.truth: list[dict[str, Any]] = []

    def __call__(self, pixels: Pixels, lines: Sequence[TextLine], *, ui_scale: float = 1.0) -> list[Widget]:
        return [
            Widget(c["role"].split("|")[0], c["box"], ElementState(checked=c["checked"], position=c["position"]))
            for c in self.truth
        ]


def main() -> None:
    options = _options()
    told = Told()
    reader = TextReader()
    total, by_page = Tally(), dict[str, Tally]()
    by_family: dict[str, Tally] = defaultdict(Tally)
    for scale in options.scale:
        perceiver = Perceiver(reader, ui_scale=scale, find=told if options.widgets == "truth" else None)
        if options.replay:
            shown = replayed(options.replay, f"{options.name}")
        else:
            sources = [s for f in options.family for s in FAMILIES[f]() if options.name in s.name]
            shown = views(sources, options.display, scale, options.screens)
        for view in shown:
            told.truth = view.truth
            began = time.perf_counter()
            seen = perceiver.look(view.shot)
            took = time.perf_counter() - began
            tally = score(view, seen.elements)
            tally.seconds.append(took)
            name = f"{view.family}/{view.name}" + ("" if options.replay else f"@{scale:g}")
            by_page[name] = tally
            total.add(tally)
            by_family[view.family if options.replay else f"{view.family}@{scale:g}"].add(tally)
            if options.out:
                save(options.out, name, view, seen.elements, tally)
    show("all", total)
    for name, tally in by_family.items():
        summary(name, tally)
    print("\nworst pages")
    for name, tally in sorted(by_page.items(), key=lambda p: -len(p[1].faults))[: options.worst]:
        print(f"  {name}: {len(tally.faults)}")
        for fault in tally.faults[: options.faults]:
            print(f"      {fault}")


def save(folder: Path, name: str, view: View, elements: Sequence[Element], tally: Tally) -> None:
    file = folder / name.replace("/", "_")
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(f"{file}.png", cv2.cvtColor(view.shot.pixels, cv2.COLOR_RGB2BGR))
    cv2.imwrite(f"{file}.seen.png", cv2.cvtColor(annotate(view.shot, elements), cv2.COLOR_RGB2BGR))
    told = [{**c, "box": c["box"].as_list()} for c in view.truth]
    seen = [e.model_dump(exclude_defaults=True) for e in elements]
    Path(f"{file}.json").write_text(
        json.dumps({"faults": tally.faults, "seen": seen, "truth": told}, indent=1, ensure_ascii=False)
    )


def show(name: str, tally: Tally) -> None:
    print(f"\n{name}: role, truth, recall, precision")
    for role in sorted(set(tally.truth) | set(tally.found)):
        truth, hit, found = tally.truth[role], tally.hit[role], tally.found[role]
        print(f"  {role:<12} {truth:5d} {hit / truth if truth else 0:8.1%} {hit / found if found else 0:8.1%}")
    summary(name, tally)


def summary(name: str, tally: Tally) -> None:
    controls = [r for r in tally.truth if r not in ("link", "button", "icon")]
    truth, hit = sum(tally.truth[r] for r in controls), sum(tally.hit[r] for r in controls)
    rates = "  ".join(
        f"{what} {tally.right[what]}/{n} {tally.right[what] / n:.1%}" for what, n in sorted(tally.total.items())
    )
    middle = sorted(tally.seconds)[len(tally.seconds) // 2] if tally.seconds else 0
    print(f"{name}: controls {hit}/{truth} {hit / truth if truth else 0:.1%}  {rates}  look {middle:.2f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", nargs="+", default=list(FAMILIES), choices=list(FAMILIES))
    parser.add_argument("--name", default="", help="only pages whose name contains this")
    parser.add_argument("--scale", nargs="+", type=float, default=[1.0])
    parser.add_argument("--screens", type=int, default=2, help="how many screens of a long page")
    parser.add_argument("--widgets", choices=("found", "truth"), default="found", help="truth: score labels alone")
    parser.add_argument("--display", default=":130")
    parser.add_argument("--out", type=Path, help="folder for pictures and details")
    parser.add_argument("--replay", type=Path, help="score what --out saved, without a browser")
    parser.add_argument("--worst", type=int, default=12)
    parser.add_argument("--faults", type=int, default=6)
    return parser.parse_args()


if __name__ == "__main__":
    tempfile.tempdir = tempfile.gettempdir()
    main()
