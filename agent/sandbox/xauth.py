"""Authority files of the X window system: who may connect to a display. Written here, so `xauth` isn't needed."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FAMILY_LOCAL, FAMILY_WILD = 256, 65535
COOKIE = b"MIT-MAGIC-COOKIE-1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an authority file."""

    family: int
    address: bytes
    number: bytes
    name: bytes
    data: bytes

    def packed(self) -> bytes:
        parts = (self.address, self.number, self.name, self.data)
        return struct.pack(">H", self.family) + b"".join(struct.pack(">H", len(p)) + p for p in parts)


def new_cookie() -> bytes:
    """128 random bits."""
    return os.urandom(16)


def entries_for(cookie: bytes, number: int | None) -> list[Entry]:
    """The entries that let a client of this machine in; both spellings, since some libraries know only one."""
    digits = b"" if number is None else str(number).encode()
    return [
        Entry(FAMILY_LOCAL, socket.gethostname().encode(), digits, COOKIE, cookie),
        Entry(FAMILY_WILD, b"", digits, COOKIE, cookie),
    ]


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write an authority file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for entry in entries:
            file.write(entry.packed())


def read(path: Path) -> list[Entry]:
    """The entries of an authority file; none if it isn't there or is no such file."""
    try:
        return list(_parse(path.read_bytes()))
    except (OSError, struct.error):
        return []


def _parse(data: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(data):
        (family,) = struct.unpack_from(">H", data, at)
        at += 2
        fields: list[bytes] = []
        for _ in range(4):
            (size,) = struct.unpack_from(">H", data, at)
            fields.append(data[at + 2 : at + 2 + size])
            at += 2 + size
        yield Entry(family, *fields)
