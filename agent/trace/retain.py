"""How long traces are kept. Off unless it is set: a trace is a person's evidence, and nothing else goes by itself."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadInput
from agent.trace import lines, lock, replace
from agent.trace.frames import FOLDER

_OWN = frozenset((lines.FILE, FOLDER, "output.txt", "report.html"))
"""What we write into a trace's folder. A folder that holds anything else is somebody's, and stays."""
_PICTURE = re.compile(r"[0-9a-f]{64}\.(?:png|part)")
_HEAD = 4096
_DAY = 86_400.0
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept: all that is within every limit that is set."""

    days: float | None = None
    """Since the last event."""
    runs: int | None = None
    """The newest ones."""
    mb: float | None = None
    """Megabytes of all together, the newest first."""

    @property
    def everything(self) -> bool:
        return self.days is None and self.runs is None and self.mb is None


@dataclass(frozen=True, slots=True)
class Leaving:
    """A trace that goes, and why."""

    folder: Path
    size: int
    """Bytes."""
    why: str


@dataclass(frozen=True, slots=True)
class _Run:
    folder: Path
    ended: float
    size: int


def prune(root: Path, keep: Keep, *, dry_run: bool = False, now: float | None = None) -> list[Leaving]:
    """Remove the traces under a folder that are beyond the limits; with `dry_run` only say which.

    Only folders right under `root` that are traces of this user, hold nothing else, and are not being written; no link
    is followed. What a scrubbing or a removal that was cut short has left goes as well. Raises OSError.
    """
    if not root.is_dir():
        return []
    if not dry_run:
        replace.clear(root)
    going = [] if keep.everything else list(_beyond(root, keep, time.time() if now is None else now))
    gone: list[Leaving] = []
    for leaving in going:
        try:
            with lock.held(leaving.folder):
                if not dry_run:
                    replace.remove(leaving.folder)
        except BadInput:
            continue  # It is being written, or went meanwhile.
        gone.append(leaving)
    return gone


def _beyond(root: Path, keep: Keep, now: float) -> Iterator[Leaving]:
    size = 0
    runs = sorted(_runs(root), key=lambda run: (run.ended, run.folder.name), reverse=True)
    for place, run in enumerate(runs):
        size += run.size
        if keep.days is not None and now - run.ended > keep.days * _DAY:
            yield Leaving(run.folder, run.size, f"older than {keep.days:g} days")
        elif keep.runs is not None and place >= keep.runs:
            yield Leaving(run.folder, run.size, f"not among the newest {keep.runs}")
        elif keep.mb is not None and size > keep.mb * _MB:
            yield Leaving(run.folder, run.size, f"beyond {keep.mb:g} MB")


def _runs(root: Path) -> Iterator[_Run]:
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
                continue
            if is_trace(Path(entry.path)):
                sizes = [p.lstat().st_size for p in Path(entry.path).rglob("*") if p.is_file()]
                events = Path(entry.path, lines.FILE).lstat()
                yield _Run(Path(entry.path), events.st_mtime, sum(sizes))


def is_trace(folder: Path) -> bool:
    """Whether a folder is a trace of this user with nothing in it but what Deskhand writes."""
    try:
        if not _is_ours(folder.lstat(), stat.S_ISDIR):
            return False
        for path in folder.iterdir():
            kind = stat.S_ISDIR if path.name == FOLDER else stat.S_ISREG
            if path.name not in _OWN or not _is_ours(path.lstat(), kind):
                return False
        pictures = list((folder / FOLDER).iterdir()) if (folder / FOLDER).exists() else []
        if not all(_PICTURE.fullmatch(p.name) and _is_ours(p.lstat(), stat.S_ISREG) for p in pictures):
            return False
        with (folder / lines.FILE).open("rb") as file:
            head = lines.parse(file.readline(_HEAD))
    except (OSError, ValueError):
        return False
    return head["seq"] == 0 and head["prev"] == lines.ORIGIN and isinstance(head.get("schema"), int)


def _is_ours(status: os.stat_result, kind: object) -> bool:
    mine = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return mine and callable(kind) and bool(kind(status.st_mode))
