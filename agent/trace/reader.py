"""Reading and checking traces."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from agent.errors import BadInput, TraceFailed
from agent.events import Event, Observed, RunEnded
from agent.schema import Pixels, Value
from agent.trace import lines
from agent.trace.frames import Frame, frame_path, load_frame


class Problem(Value):
    """Something wrong with a trace."""

    line: int
    """Of `events.jsonl`, from 1."""
    text: str
    broken: bool = True
    """False where the trace only ends early, as after a kill: all that is there is sound."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


class TraceReader:
    """The trace in a folder. Raises BadInput where the folder holds none or one of a later version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / lines.FILE
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            what = f"it has no {lines.FILE}" if folder.is_dir() else "there is no such folder"
            raise BadInput(f"{folder} is not a trace: {what}") from None
        except NotADirectoryError:
            raise BadInput(f"{folder} is not a trace: it is a file; name the folder that holds {lines.FILE}") from None
        except OSError as error:
            raise BadInput(f"{path} can't be read: {error.strerror}") from error
        *whole, self._rest = content.split(b"\n")
        self._lines = whole
        self._frames: dict[str, Frame] = {}
        self._check_head()

    @property
    def hash(self) -> str:
        """sha256 of the last whole line."""
        return lines.digest(self._lines[-1])

    def events(self) -> Iterator[Event]:
        """The events in order, as far as they are whole; pictures are black until `picture` loads them.

        Raises TraceFailed at a line that is no event.
        """
        for number, line in enumerate(self._lines[1:], 2):
            try:
                read = lines.read(lines.parse(line))
            except ValueError as error:
                raise TraceFailed(f"{self.folder / lines.FILE}:{number}: {error}") from None
            if read.frame is not None:
                self._frames[read.frame.id] = read.frame
            yield read.event

    def salvage(self) -> Iterator[Event | Problem]:
        """The events in order, and for each line that is none what is wrong with it, an unfinished end among them."""
        for number, line in enumerate(self._lines[1:], 2):
            try:
                read = lines.read(lines.parse(line))
            except ValueError as error:
                yield Problem(line=number, text=str(error))
                continue
            if read.frame is not None:
                self._frames[read.frame.id] = read.frame
            yield read.event
        if self._rest:
            yield Problem(line=len(self._lines) + 1, text="ends in the middle of an event", broken=False)

    @property
    def program(self) -> str:
        """What wrote the trace."""
        return str(lines.parse(self._lines[0]).get("program", ""))

    def picture(self, event: Observed) -> Pixels:
        """The picture of a look that `events` gave. Raises TraceFailed if it is missing or broken."""
        frame = self._frames.get(event.frame)
        if frame is None:
            raise TraceFailed(f"{self.folder}: look {event.number} has no picture")
        return load_frame(self.folder, frame)

    def verify(self) -> list[Problem]:
        """All that is wrong: broken chain, lines that are no events, missing or changed pictures, an early end."""
        problems: list[Problem] = []
        prev, files, last = lines.digest(self._lines[0]), dict[str, bool](), None
        for number, line in enumerate(self._lines[1:], 2):
            try:
                entry = lines.parse(line)
                if entry["seq"] != number - 1:
                    problems.append(Problem(line=number, text=f"numbered {entry['seq']} instead of {number - 1}"))
                if entry["prev"] != prev:
                    problems.append(Problem(line=number, text="the hash of the line before does not agree"))
                read = lines.read(entry)
            except ValueError as error:
                problems.append(Problem(line=number, text=str(error)))
            else:
                last = read.event
                problems += [Problem(line=number, text=text) for text in self._check_frame(read.frame, files)]
                if isinstance(last, Observed) and read.frame is None:
                    problems.append(Problem(line=number, text="a look without its picture"))
            prev = lines.digest(line)
        return problems + self._check_end(last)

    def _check_end(self, last: Event | None) -> list[Problem]:
        end = len(self._lines)
        if self._rest:
            text = "ends in the middle of an event; everything before it is whole"
            return [Problem(line=end + 1, text=text, broken=False)]
        if not isinstance(last, RunEnded):
            return [Problem(line=end, text="the run did not end here: the trace stops early", broken=False)]
        return []

    def _check_frame(self, frame: Frame | None, files: dict[str, bool]) -> Iterator[str]:
        for file in (frame.file, frame.base) if frame else ():
            if file is None:
                continue
            if file not in files:
                path = frame_path(self.folder, file)
                try:
                    files[file] = hashlib.sha256(path.read_bytes()).hexdigest() == file
                except OSError:
                    files[file] = False
                    yield f"the picture {file[:12]}… is missing"
                    continue
                if not files[file]:
                    yield f"the picture {file[:12]}… was changed"

    def _check_head(self) -> None:
        if not self._lines:
            raise BadInput(f"{self.folder} is not a trace: {lines.FILE} holds no whole line")
        try:
            entry = lines.parse(self._lines[0])
        except ValueError as error:
            raise BadInput(f"{self.folder / lines.FILE}:1: this is not a trace of Deskhand: {error}") from None
        schema = entry.get("schema")
        if not isinstance(schema, int) or entry["seq"] != 0 or entry["prev"] != lines.ORIGIN:
            raise BadInput(f"{self.folder / lines.FILE}:1: this is not a trace of Deskhand")
        if schema > lines.SCHEMA:
            raise BadInput(f"{self.folder}: a trace of schema {schema}, made by a later version of Deskhand")
