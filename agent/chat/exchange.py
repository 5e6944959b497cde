"""One HTTP exchange that can be left at any moment.

A thread of its own does everything that blocks (name look-up, connecting, TLS, sending, reading); whoever asked waits
on a queue and so can stop at once, whatever the server or the network does. Leaving shuts the socket, so that the
server sees it and ends its work. One connection an exchange, no proxy, no redirect: pictures of the screen go to the
server that was named and nowhere else.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Literal

from agent.chat.server import Server
from agent.errors import Stopped, TaskFailed
from agent.schema import Value

TICK = 0.05
"""Seconds between two looks at `stop`."""
READ = 65536
WAITING = 64
"""Pieces that may wait unread: a server that sends faster than it is read is held back."""


class Patience(Value):
    """How long a server may take, in seconds, and how often it is asked again."""

    connect: float = 10.0
    first: float = 600.0
    """Until something comes: a small machine reads a screenshot for minutes."""
    between: float = 120.0
    """Until more comes."""
    whole: float = 1800.0
    attempts: int = 8
    """Times that a busy server is asked."""
    knocks: int = 3
    """Times that a closed door is tried."""
    backoff: float = 0.5
    longest: float = 20.0
    """The longest wait of our own choice."""
    retry_after: float = 60.0
    """The longest wait that a server may ask for."""


class Head(Value):
    """Status line and the headers that matter."""

    status: int
    kind: str
    """Content type without its parameters, in lower case."""
    coded: bool
    """Compressed, though nobody asked for it."""
    retry_after: str


class Unreached(TaskFailed):
    """The connection was not made, or ended before the first byte of an answer."""


class Untrusted(TaskFailed):
    """The server is not who it should be."""


class Cut(TaskFailed):
    """An answer ended before its end."""


class Overdue(TaskFailed):
    """The server took too long."""


class Exchange:
    """A request under way. Use as a context manager: leaving it ends the connection."""

    def __init__(self, server: Server, method: Literal["GET", "POST"], path: str, body: bytes, wait: Patience) -> None:
        self._server = server
        self._wait = wait
        self._queue: queue.Queue[Head | bytes | Exception] = queue.Queue(WAITING)
        self._left = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._begun = time.monotonic()
        self._allowed = wait.first
        work = threading.Thread(target=self._work, args=(method, path, body), name="exchange", daemon=True)
        work.start()

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """End the connection now, also in the middle of a read in the other thread."""
        with self._lock:
            self._left.set()
            if self._socket is not None:
                _shut(self._socket)

    def head(self, stop: threading.Event) -> Head:
        """Wait for status and headers. Raises Stopped, Unreached, Untrusted, Overdue."""
        got = self._next(stop, time.monotonic() + self._wait.connect + self._wait.first, "did not answer")
        if isinstance(got, ssl.SSLCertVerificationError):
            raise Untrusted(f"{self._server.name}: its certificate is not trusted ({got.verify_message})") from None
        if isinstance(got, Exception):
            raise Unreached(f"{self._server.name}: {_words(got)}") from None
        if not isinstance(got, Head):
            raise Unreached(f"{self._server.name} answered without a status")
        return got

    def pieces(self, stop: threading.Event) -> Iterator[bytes]:
        """The body as it comes. Raises Stopped, Cut, Overdue."""
        while True:
            got = self._next(stop, time.monotonic() + self._allowed, "sent nothing more")
            if isinstance(got, Exception):
                raise Cut(f"{self._server.name} broke off: {_words(got)}") from None
            if isinstance(got, Head):
                raise Cut(f"{self._server.name} sent a second status")
            if not got:
                return
            yield got

    def started(self) -> None:
        """The first token is there: from now on the next ones may not keep us waiting as long."""
        self._allowed = self._wait.between

    def _next(self, stop: threading.Event, due: float, fault: str) -> Head | bytes | Exception:
        due = min(due, self._begun + self._wait.whole)
        while True:
            if stop.is_set():
                self.leave()
                raise Stopped("stopped while the model was asked")
            with contextlib.suppress(queue.Empty):
                return self._queue.get(timeout=TICK)
            if time.monotonic() > due:
                self.leave()
                raise Overdue(f"{self._server.name} {fault} within {time.monotonic() - self._begun:.0f} s")

    # ---- the other thread

    def _work(self, method: str, path: str, body: bytes) -> None:
        connection: http.client.HTTPConnection | None = None
        try:
            connection = self._connect()
            self._send(connection, method, path, body)
            response = connection.getresponse()
            self._put(_head(response))
            while piece := response.read1(READ):
                if not self._put(piece):
                    return
            if response.length:  # http.client takes an early end for the end where a length was given
                raise http.client.IncompleteRead(b"", response.length)
            self._put(b"")
        except Exception as error:  # whatever a server can cause is told to whoever waits
            self._put(error)
        finally:
            if connection is not None:
                connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        server, limit = self._server, self._wait.connect
        if server.tls is not None:
            made = http.client.HTTPSConnection(server.host, server.port, timeout=limit, context=server.tls)
        else:
            made = http.client.HTTPConnection(server.host, server.port, timeout=limit)
        made.connect()
        with self._lock:
            self._socket = made.sock
            if self._left.is_set():
                _shut(made.sock)
        made.sock.settimeout(self._wait.whole)
        return made

    def _send(self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes) -> None:
        headers = {"Accept": "text/event-stream, application/json", "Connection": "close", "User-Agent": "deskhand"}
        if body:
            headers["Content-Type"] = "application/json"
        if key := self._server.key.get_secret_value():
            headers["Authorization"] = f"Bearer {key}"
        try:
            connection.request(method, path, body or None, headers)
        except (BrokenPipeError, ConnectionResetError):
            return  # a server may answer before it has read everything (413, 429): its answer is what counts

    def _put(self, item: Head | bytes | Exception) -> bool:
        while not self._left.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=TICK)
                return True
        return False


def _head(response: http.client.HTTPResponse) -> Head:
    return Head(
        status=response.status,
        kind=(response.getheader("Content-Type") or "").split(";")[0].strip().lower(),
        coded=(response.getheader("Content-Encoding") or "identity").strip().lower() not in ("identity", ""),
        retry_after=(response.getheader("Retry-After") or "").strip(),
    )


def _shut(open_socket: socket.socket) -> None:
    """Wake whoever reads. The plain socket's own shutdown: TLS state belongs to the thread that reads."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(open_socket, socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    """An error of the network in a person's words."""
    match error:
        case ConnectionRefusedError():
            return "nothing answers there"
        case socket.gaierror():
            return "that name is not known"
        case http.client.RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return "the connection was closed"
        case http.client.IncompleteRead():
            return "the connection was closed in the middle"
        case TimeoutError():
            return "no connection in time"
        case http.client.HTTPException():
            return "what came is no HTTP"
        case _:
            return f"{type(error).__name__}: {error}"[:200]
