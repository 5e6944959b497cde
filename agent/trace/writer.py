"""The first subscriber: an event is on disk before anything acts on it."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from pathlib import Path
from types import TracebackType

from agent.errors import BadInput, TraceFailed
from agent.events import Decided, Event, FieldsRead, Judged, Observed, Proposed, Stepped
from agent.trace import lines
from agent.trace.frames import FrameStore
from agent.trace.lock import hold

_LOOSE = (Observed, Proposed, Judged, Decided, Stepped, FieldsRead)
"""Nothing acts on these before another event is on the disk (`Acting` before the hands, `RunEnded` before the end)."""


class TraceWriter:
    """Writes the events of one run to a folder of its own; call it with each event.

    Raises BadInput where the folder already holds a trace, TraceFailed where it can't be written. When a write
    fails, the broken end of the line is taken back, so that what was written before still verifies.
    """

    def __init__(self, folder: Path, program: str = "deskhand") -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._failed = False
        self._closed = False
        self._seq = 0
        self._size = 0
        if (folder / lines.FILE).exists():
            raise BadInput(f"{folder} already holds a trace. Name another folder with --trace, or remove it")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._frames = FrameStore(folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            self._file = os.open(folder / lines.FILE, flags, 0o600)
            hold(self._file)
        except OSError as error:
            raise self._failure(error) from error
        try:
            self._append(lines.head(program))
        except BaseException:
            self.close()
            raise

    @property
    def hash(self) -> str:
        """sha256 of the last line: whoever keeps it can tell later whether the trace was changed."""
        return self._prev

    def __enter__(self) -> TraceWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Write an event, and its picture before it.

        Written is at once in the file, where it outlives our death; what something acts upon, or ends the run, is on
        the disk with all before it when this returns.
        """
        with self._lock:
            if self._failed or self._closed:
                raise TraceFailed(f"the trace in {self.folder} is closed, so nothing more may happen")
            try:
                frame = self._frames.add(event.screenshot.pixels) if isinstance(event, Observed) else None
            except OSError as error:
                self._failed = True
                raise self._failure(error) from error
            self._append(lines.write(self._seq, self._prev, event, frame), sync=not isinstance(event, _LOOSE))

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._file)

    def _append(self, line: bytes, *, sync: bool = True) -> None:
        try:
            left = memoryview(line)
            while left:
                left = left[os.write(self._file, left) :]
            if sync:
                os.fdatasync(self._file)
        except OSError as error:
            self._failed = True
            self._take_back()
            raise self._failure(error) from error
        self._seq += 1
        self._size += len(line)
        self._prev = lines.digest(line)

    def _take_back(self) -> None:
        # On a disk that refuses even this the reader reports the broken end.
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self._size)

    def _failure(self, error: OSError) -> TraceFailed:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
                mend = "Free some space, or name a folder elsewhere with --trace"
            case errno.EACCES | errno.EPERM | errno.EROFS:
                mend = "Name a folder that you may write to with --trace"
            case errno.ENOTDIR | errno.EEXIST:
                mend = "Name a folder with --trace"
            case _:
                mend = "Name another folder with --trace"
        return TraceFailed(f"the trace in {self.folder} can't be written: {error.strerror or error}. {mend}")
