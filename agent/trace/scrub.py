"""Scrubbing: a stored trace is written anew without its secrets, and takes the old one's place."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from agent.errors import TraceFailed
from agent.events import Event, Note, Observed, RunEnded
from agent.schema import Value
from agent.trace import lines, lock, replace
from agent.trace.frames import FOLDER
from agent.trace.reader import Problem, TraceReader
from agent.trace.writer import TraceWriter

REPORT = "report.html"
_TEXT_MOST = 64 << 20
"""Bytes of a file beside the events that are read as text."""


class Scrubbed(Value):
    """What scrubbing a trace came to."""

    events: int = 0
    """Whose texts changed."""
    pictures: int = 0
    """In which something was blacked out."""
    files: tuple[str, ...] = ()
    """Beside the events, that changed."""
    dropped: tuple[str, ...] = ()
    """Lines and files that could not be looked into, and so are gone."""
    report: bool = False
    """There was a report, which is gone: it held the old pictures."""

    def __str__(self) -> str:
        said = f"{self.events} events and {self.pictures} pictures were changed"
        if self.files:
            said += f", and {', '.join(self.files)}"
        return said + (f"; left out, since they could not be read: {', '.join(self.dropped)}" if self.dropped else "")


def scrub(folder: Path, clean: Callable[[Event], Event], text: Callable[[str], str], why: str) -> Scrubbed:
    """Write a trace anew with each event as `clean` gives it, and let it take the old one's place.

    `clean` gets looks with their pictures; `text` cleans what else lies in the folder. `why` says what was looked for,
    without its values; it stands in the new trace. Until the new one is finished, and on the disk, the old one stays
    as it is. Hashes of the old trace are not kept: who knows all the rest could find a short secret by them.
    What is no text and no picture (a video, a link) can't be cleaned and is left out. Raises BadInput (no trace, or it
    is being written), TraceFailed.
    """
    folder = folder.resolve()
    with lock.held(folder):
        changed = os.stat(folder / lines.FILE).st_mtime
        new = replace.beside(folder)
        try:
            done = _Copy(folder, clean, text).write(new, why)
            os.utime(new / lines.FILE, (changed, changed))
            replace.put_in_place(new, folder)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    return done


class _Copy:
    """Writes one trace anew."""

    def __init__(self, folder: Path, clean: Callable[[Event], Event], text: Callable[[str], str]) -> None:
        self._reader = TraceReader(folder)
        self._clean, self._text = clean, text
        self._events, self._pictures = 0, 0
        self._files: list[str] = []
        self._dropped: list[str] = []

    def write(self, new: Path, why: str) -> Scrubbed:
        old = self._reader.folder
        with TraceWriter(new, self._reader.program) as writer:
            for path in sorted(old.iterdir()):
                if path.name not in (lines.FILE, FOLDER, REPORT):
                    self._file(path, new / path.name)
            last: Event | None = None
            for found in self._reader.salvage():
                if last is not None:
                    writer(last)
                last = self._event(found)
            done = self._done(report=(old / REPORT).exists())
            note = Note(text=f"scrubbed for {why}: {done}", level="info", time=time.time())
            # The end of a run stays its last line.
            for event in (note, last) if isinstance(last, RunEnded) else (last, note):
                if event is not None:
                    writer(event)
        return done

    def _done(self, *, report: bool) -> Scrubbed:
        return Scrubbed(
            events=self._events,
            pictures=self._pictures,
            files=tuple(self._files),
            dropped=tuple(self._dropped),
            report=report,
        )

    def _event(self, found: Event | Problem) -> Event:
        if isinstance(found, Problem):
            self._dropped.append(f"line {found.line}")
            return Note(level="warning", text=f"line {found.line} of the trace could not be read and was left out")
        if isinstance(found, Observed):
            return self._look(found)
        cleaned = self._clean(found)
        self._events += cleaned != found
        return cleaned

    def _look(self, look: Observed) -> Event:
        try:
            pixels = self._reader.picture(look)
        except TraceFailed:
            # Nobody knows what it showed. Its place is kept by a black one.
            self._dropped.append(f"the picture of look {look.number}")
            pixels = np.zeros(look.screenshot.pixels.shape, np.uint8)
        shot = look.screenshot.model_copy(update={"pixels": pixels})
        look = look.model_copy(update={"screenshot": shot})
        cleaned = self._clean(look)
        assert isinstance(cleaned, Observed)
        self._pictures += not np.array_equal(cleaned.screenshot.pixels, pixels)
        self._events += (cleaned.elements, cleaned.window) != (look.elements, look.window)
        return cleaned

    def _file(self, path: Path, new: Path) -> None:
        """Another file of the folder; what is no text can't be looked into."""
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _TEXT_MOST:
                raise ValueError
            content = path.read_bytes().decode("utf-8")
        except ValueError:
            self._dropped.append(path.name)
            return
        cleaned = self._text(content)
        if cleaned != content:
            self._files.append(path.name)
        new.write_text(cleaned, encoding="utf-8", newline="")
