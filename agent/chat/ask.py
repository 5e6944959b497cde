"""Asking a server: what its statuses mean, and how often and when it is asked again."""

from __future__ import annotations

import email.utils
import json
import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from agent.chat.exchange import Cut, Exchange, Head, Overdue, Patience, Unreached
from agent.chat.loose import Nonsense, decoded, error_words, loads
from agent.chat.server import KEY_VARIABLE, Server
from agent.chat.stream import ServerError
from agent.errors import Missing, Stopped, TaskFailed

T = TypeVar("T")
log = logging.getLogger(__name__)

BUSY = frozenset({408, 425, 429, 502, 503, 504, 529})
"""Come back later."""
SMALL = 4 << 20
"""Bytes of an answer that is no stream of tokens."""


class Refused(TaskFailed):
    """The server answered, and not with what was asked for."""

    def __init__(self, message: str, code: int, words: str = "", after: float | None = None) -> None:
        super().__init__(message)
        self.code, self.words, self.after = code, words, after


def persist(server: Server, wait: Patience, stop: threading.Event, once: Callable[[], T]) -> T:
    """Ask until there is an answer: a busy or restarting server again and again, one that broke off once more.

    Raises Stopped, and TaskFailed naming the server and what happened.
    """
    tries, cuts = {True: 0, False: 0}, 0
    while True:
        try:
            return once()
        except (Refused, Unreached) as error:
            busy = isinstance(error, Refused) and error.code in BUSY
            tries[busy] += 1
            pause = _pause(server, wait, error, tries[busy], busy)
            log.info("%s; again in %.1f s", error, pause)
        except (Cut, ServerError, Nonsense) as error:
            cuts += 1
            told = isinstance(error, ServerError) and not error.lasting
            if cuts > 1 or not (told or isinstance(error, Cut)):
                raise TaskFailed(_blame(server, error, cuts)) from None
            pause = wait.backoff
            log.info("%s; once more", server.hide(str(error)))
        if stop.wait(pause):
            raise Stopped("stopped while a server was waited for")


def _pause(server: Server, wait: Patience, error: Refused | Unreached, tries: int, busy: bool) -> float:
    """Seconds until the next try: what the server asks for, else twice as long each time. Raises at the last."""
    again = busy or isinstance(error, Unreached) or error.code == 500
    if not again:
        raise error
    if tries >= (wait.attempts if busy else wait.knocks):
        told = f"{error} ({tries} times)" if tries > 1 else str(error)
        if isinstance(error, Refused) and not busy:  # some servers refuse with a 500
            raise Refused(told, error.code, error.words) from None
        raise TaskFailed(told) from None
    after = error.after if isinstance(error, Refused) else None
    if after is None:
        # Jitter, or all who were sent away come back together.
        return min(wait.longest, wait.backoff * 2 ** (tries - 1)) * random.uniform(0.5, 1.0)
    if after > wait.retry_after:
        raise TaskFailed(f"{server.name} is busy and asks to come back in {after:.0f} s") from None
    return after


def _blame(server: Server, error: TaskFailed, cuts: int) -> str:
    words = server.hide(str(error))
    twice = " twice" if cuts > 1 else ""
    match error:
        case Cut():
            return f"{words}{twice}"
        case ServerError():
            return f"{server.name} failed{twice}: {words}"
        case _:
            return f"{server.name} sent {words}"


def accept(server: Server, exchange: Exchange, stop: threading.Event, kinds: frozenset[str]) -> Head:
    """Wait for a status that means yes. Raises Refused, Missing (a key), Nonsense, and what the exchange raises."""
    head = exchange.head(stop)
    if head.status != 200:
        raise _refusal(server, head, _said(server, exchange, stop))
    if head.coded:
        raise Nonsense("a compressed answer, which nobody asked for")
    if head.kind not in kinds:
        raise Nonsense(f"{head.kind or 'no content type'} where JSON belongs: is the address right?")
    return head


def _refusal(server: Server, head: Head, words: str) -> TaskFailed:
    status, said = head.status, f": {words}" if words else ""
    if 300 <= status < 400:
        return Refused(f"{server.name} answered {status}: redirects are not followed, name the final address", status)
    if status in (401, 403):
        needs = "refuses the key" if server.key.get_secret_value() else "wants a key"
        raise Missing(f"{server.name} {needs} ({status})", f"export {KEY_VARIABLE}=... (the server's key)")
    if status == 404 and not words:
        said = ": is the address right?"
    return Refused(f"{server.name} answered {status}{said}", status, words, retry_seconds(head.retry_after))


def _said(server: Server, exchange: Exchange, stop: threading.Event) -> str:
    """What a refusal says of itself, as far as it can be had."""
    try:
        raw = whole(exchange, stop, 1 << 16)
    except (Cut, Nonsense, Overdue):
        return ""
    text = raw.decode("utf-8", "replace")
    try:
        text = error_words(loads(text))
    except Nonsense:
        if "<html" in text.lower() or "<!doctype" in text.lower():
            return ""  # a page of a proxy: its markup tells nobody anything
    return server.hide(text)


def whole(exchange: Exchange, stop: threading.Event, limit: int) -> bytes:
    """All of a body. Raises Nonsense where it is larger than `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    for piece in exchange.pieces(stop):
        size += len(piece)
        if size > limit:
            raise Nonsense(f"more than {limit} bytes")
        parts.append(piece)
    return b"".join(parts)


def ask(
    server: Server,
    method: Literal["GET", "POST"],
    path: str,
    payload: Any = None,
    *,
    wait: Patience,
    stop: threading.Event,
) -> Any:
    """One exchange of JSON, asked once. Raises what Exchange and accept raise."""
    sent = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
    with Exchange(server, method, path, sent, wait) as exchange:
        accept(server, exchange, stop, frozenset({"application/json"}))
        return loads(decoded(whole(exchange, stop, SMALL)))


def retry_seconds(header: str) -> float | None:
    """A Retry-After in seconds from now: a number or a date; None where there is none or it can't be read."""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        due = email.utils.parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    due = due if due.tzinfo else due.replace(tzinfo=UTC)
    return max(0.0, due.timestamp() - datetime.fromtimestamp(time.time(), UTC).timestamp())
