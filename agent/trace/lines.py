"""The lines of `events.jsonl`.

    {"seq": 0, "prev": "00...0", "schema": 1, "program": "deskhand"}
    {"seq": 1, "prev": <sha256 of line 0>, "event": {"kind": "run_started", ...}}
    {"seq": 2, "prev": <sha256 of line 1>, "event": {"kind": "observed", ...}, "picture": {...}}

A hash is of the line's bytes without its newline. Changing, dropping or adding a line breaks the chain at the
next one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

import numpy as np
from pydantic import TypeAdapter, ValidationError

from agent.events import Event, Observed
from agent.schema import Pixels, Value
from agent.trace.frames import Frame

FILE = "events.jsonl"
SCHEMA = 1
ORIGIN = "0" * 64
"""Stands for the hash before the first line."""

_EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


class Line(Value):
    """One line, read and checked."""

    seq: int
    prev: str
    event: Event
    frame: Frame | None = None


def digest(line: bytes) -> str:
    """What the next line gives as `prev`; without the newline."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def head(program: str) -> bytes:
    """The first line."""
    return _line({"seq": 0, "prev": ORIGIN, "schema": SCHEMA, "program": program})


def write(seq: int, prev: str, event: Event, frame: Frame | None) -> bytes:
    """An event as a line, with its newline."""
    content = event.model_dump(mode="json")
    if isinstance(event, Observed):
        # Hundreds of elements a look, most of them with nothing but a role, a box and a text.
        content["elements"] = [e.model_dump(mode="json", exclude_defaults=True) for e in event.elements]
    entry: dict[str, Any] = {"seq": seq, "prev": prev, "event": content}
    if frame is not None:
        content["frame"] = frame.id
        entry["picture"] = frame.model_dump(mode="json")
    return _line(entry)


def parse(line: bytes) -> dict[str, Any]:
    """A line as JSON. Raises ValueError saying what is wrong with it."""
    try:
        loaded = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    entry: dict[str, Any] = cast("dict[str, Any]", loaded) if isinstance(loaded, dict) else {}
    if not isinstance(entry.get("seq"), int) or not isinstance(entry.get("prev"), str):
        raise ValueError("`seq` or `prev` is missing")
    return entry


def read(entry: dict[str, Any]) -> Line:
    """The event on a line; pictures are not loaded. Raises ValueError saying what is wrong."""
    frame = None
    try:
        content = dict(entry["event"])
        if entry.get("picture") is not None:
            frame = Frame.model_validate(entry["picture"])
        if "screenshot" in content:
            content["screenshot"] = {**content["screenshot"], "pixels": blank(frame.size if frame else (1, 1))}
        event = _EVENTS.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"not an event: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    except (KeyError, TypeError):
        raise ValueError("not an event") from None
    return Line(seq=entry["seq"], prev=entry["prev"], event=event, frame=frame)


def blank(size: tuple[int, int]) -> Pixels:
    """A black picture of a size that takes no memory."""
    return np.broadcast_to(np.zeros(1, dtype=np.uint8), (size[1], size[0], 3))


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
