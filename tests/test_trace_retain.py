"""How long traces are kept, and what is never removed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from agent.events import Observed, RunStarted
from agent.schema import Box, Screenshot
from agent.trace import Keep, TraceWriter, prune
from agent.trace.replace import clear

DAY = 86_400.0
NOW = 1_000_000_000.0


def make(root: Path, name: str, days: float = 0.0) -> Path:
    pixels = np.random.default_rng(len(name)).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    shot = Screenshot(pixels=pixels, region=Box(left=0, top=0, width=100, height=100))
    with TraceWriter(root / name) as writer:
        writer(RunStarted(task="t"))
        writer(Observed(number=1, screenshot=shot))
    os.utime(root / name / "events.jsonl", (NOW - days * DAY, NOW - days * DAY))
    return root / name


def left(root: Path) -> list[str]:
    return sorted(p.name for p in root.iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, days in (("a", 40.0), ("b", 20.0), ("c", 10.0), ("d", 1.0)):
        make(tmp_path, name, days)
    return tmp_path


@pytest.mark.parametrize(
    ("keep", "stay"),
    [
        (Keep(), "abcd"),
        (Keep(days=30), "bcd"),
        (Keep(runs=2), "cd"),
        (Keep(runs=0), ""),
        (Keep(mb=0.08), "cd"),
        (Keep(days=15, runs=3), "cd"),
    ],
)
def test_every_limit_counts(root: Path, keep: Keep, stay: str) -> None:
    told = prune(root, keep, dry_run=True, now=NOW)
    assert left(root) == list("abcd")
    assert [leaving.folder for leaving in prune(root, keep, now=NOW)] == [leaving.folder for leaving in told]
    assert left(root) == list(stay)


def test_what_is_not_only_a_trace_stays(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = make(tmp_path_factory.mktemp("elsewhere"), "far", 90)
    (root / "notes").mkdir()
    (root / "notes" / "events.jsonl").write_text("my own events\n")
    (root / "file.txt").write_text("x")
    (root / "link").symlink_to(elsewhere, target_is_directory=True)
    (root / "a" / "mine.txt").write_text("a person's own")
    (root / "b" / "frames" / "mine.png").write_text("a person's own")
    (root / "c" / "output.txt").symlink_to(root / "file.txt")
    prune(root, Keep(runs=0), now=NOW)
    assert left(root) == ["a", "b", "c", "file.txt", "link", "notes"]
    assert (elsewhere / "events.jsonl").exists()


def test_pictures_behind_a_link_stay(root: Path, tmp_path: Path) -> None:
    frames = root / "a" / "frames"
    frames.rename(root / "pictures")
    frames.symlink_to(root / "pictures", target_is_directory=True)
    prune(root, Keep(runs=0), now=NOW)
    assert left(root) == ["a", "pictures"]
    assert list((root / "pictures").iterdir())


def test_a_run_that_goes_on_stays(root: Path) -> None:
    with TraceWriter(root / "e") as writer:
        writer(RunStarted(task="t"))
        prune(root, Keep(runs=0), now=NOW)
        assert left(root) == ["e"]


def test_what_was_cut_short_is_finished(root: Path) -> None:
    (root / "a").rename(root / ".x.scrub")
    (root / "b").rename(root / ".y.removed")
    (root / "c").rename(root / ".z.unscrubbed")
    (root / "d").rename(root / ".d.unscrubbed")
    make(root, ".d.scrub")
    (root / ".mine.scrubbed").mkdir()
    clear(root)
    assert left(root) == [".mine.scrubbed", "d", "z"]


def test_there_may_be_no_folder(tmp_path: Path) -> None:
    assert prune(tmp_path / "none", Keep(runs=0)) == []
