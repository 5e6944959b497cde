"""Asks the terminal, before a screen takes it over, whether it can draw pictures."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Generator, Mapping
from select import select
from typing import Literal

from agent.schema import Value

Kind = Literal["kitty", "sixel", "cells"]
Wish = Literal["auto", "kitty", "sixel", "cells"]

QUESTION = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[?1;1;0S\x1b[c"
"""Kitty's graphics? A cell's pixels? How many colours? What are you? Each terminal answers the last, all in order."""
LIMIT = 1.0
"""Seconds in which the last answer must have come: then the terminal can do nothing of this."""
COLOURS = 256
"""Colours that a picture may have; a terminal that has fewer would show false ones."""

_REPLIES = re.compile(
    rb"\x1b_G(?P<kitty>[^\x1b]*)\x1b\\|\x1b\[6;(?P<high>\d+);(?P<wide>\d+)t"
    rb"|\x1b\[\?1;(?P<failed>\d+)(?:;(?P<colours>\d+))?[\d;]*S|\x1b\[\?(?P<device>[\d;]*)c"
)


class Replies(Value):
    """What a terminal answered; `cell` is a cell's width and height in pixels, `typed` what came from the person."""

    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    typed: bytes = b""
    ended: bool = False
    """The last answer is there."""

    @property
    def kind(self) -> Kind:
        """The best way of drawing. Who says both can't do kitty's placeholders: only kitty itself and its kin can."""
        return "sixel" if self.sixel else "kitty" if self.kitty else "cells"


def parse(data: bytes) -> Replies:
    """Sort what came from a terminal into answers and keys."""
    kitty = sixel = ended = False
    cell: tuple[int, int] | None = None
    enough = True
    for found in _REPLIES.finditer(data):
        if found["kitty"] is not None:
            kitty = found["kitty"].endswith(b";OK")
        elif found["failed"] is not None:
            enough = found["failed"] != b"0" or int(found["colours"] or 256) >= COLOURS
        elif found["device"] is not None:
            sixel, ended = b"4" in found["device"].split(b";")[1:], True
        elif int(found["wide"]) and int(found["high"]):
            cell = int(found["wide"]), int(found["high"])
    return Replies(kitty=kitty, sixel=sixel and enough, cell=cell, typed=_REPLIES.sub(b"", data), ended=ended)


def worth_asking(environment: Mapping[str, str]) -> bool:
    """Whether a terminal of these variables may have graphics at all, and is no danger to ask."""
    if any(environment.get(name) for name in ("TMUX", "STY", "TEXTUAL_DRIVER", "NO_COLOR")):
        return False  # a multiplexer draws over pictures; a browser stands for the terminal; no colours wanted
    if environment.get("XTERM_VERSION"):
        return False  # its sixels were seen to come out in false colours, whatever number of them it tells
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return False  # it writes the question out
    return environment.get("TERM", "") not in ("", "dumb", "linux", "vt100") and not environment.get(
        "TERM", ""
    ).startswith(("tmux", "screen"))


def ask(write: Callable[[str], object], limit: float = LIMIT) -> Replies:
    """Ask the terminal on stdin, and read until its last answer or the limit; nothing that was typed is lost."""
    data = b""
    with _silent() as fd:
        if fd is None:
            return Replies()
        write(QUESTION)
        until = time.monotonic() + limit
        while not (replies := parse(data)).ended:
            left = until - time.monotonic()
            if left <= 0 or not select([fd], [], [], left)[0]:
                break
            if not (more := os.read(fd, 4096)):
                break
            data += more
    return replies


@contextlib.contextmanager
def _silent() -> Generator[int | None]:
    """The terminal on stdin, each byte at once and without echo; None where it can't be set so."""
    try:
        import termios  # not on Windows
        import tty

        assert sys.__stdin__ is not None
        fd = sys.__stdin__.fileno()
        before = termios.tcgetattr(fd)
        tty.setcbreak(fd, termios.TCSANOW)
    except (ImportError, AssertionError, OSError, ValueError):
        yield None
        return
    except Exception as error:  # termios.error has no base but Exception
        if type(error).__name__ != "error":
            raise
        yield None
        return
    try:
        yield fd
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)
