"""A loopback web server for tests: it serves pages and keeps what their forms post.

`PageServer(folder).submissions` is the oracle of the form tests: it is what the page's own form sent, and nothing
is added to the pages. With `truth=True` (bench/accuracy.py alone) a script is added that tells, after each load
and each scroll, where every visible control lies on the screen and what it is called.
"""

from __future__ import annotations

import json
import mimetypes
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

THANKS = "<!doctype html><meta charset=utf-8><title>Received</title><h1>Thank you</h1><p>Your form was received.</p>"


@dataclass
class Submission:
    """One form as it arrived: where, how, and its values in order."""

    path: str
    method: str
    pairs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def data(self) -> dict[str, Any]:
        """Name to value; a list where a name came more than once."""
        values: dict[str, Any] = {}
        for name, value in self.pairs:
            if name not in values:
                values[name] = value
            elif isinstance(values[name], list):
                values[name].append(value)
            else:
                values[name] = [values[name], value]
        return values


def form_pairs(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The name and value pairs of a posted body: urlencoded, multipart (files as their names), JSON object or plain."""
    if content_type.startswith("multipart/form-data"):
        head = b"Content-Type: " + content_type.encode() + b"\r\n\r\n"
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        pairs: list[tuple[str, str]] = []
        for part in message.iter_parts():  # type: ignore[attr-defined]
            name = part.get_param("name", header="content-disposition")
            filename = part.get_filename()
            raw = part.get_payload(decode=True) or b""
            pairs.append((str(name), filename if filename is not None else raw.decode("utf-8", "replace")))
        return pairs
    text = body.decode("utf-8", "replace")
    if content_type.startswith("application/json"):
        value = json.loads(text)
        return [(k, v if isinstance(v, str) else json.dumps(v)) for k, v in value.items()]
    if content_type.startswith("text/plain"):
        return [(k, v) for k, _, v in (line.partition("=") for line in text.splitlines()) if k]
    return parse_qsl(text, keep_blank_values=True)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of browsers that hang up; everything else is a fault of ours and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class PageServer:
    """Serves `folder` and `pages` (path to HTML) on a free port of 127.0.0.1 until closed; a context manager.

    `prepare(path, html)` may change a page before it is sent (to give names to fields that have none, say).
    A GET with a query and every POST counts as a submission; what answers it is `reply` (HTML) or, for a GET of a
    path that exists, the page itself when `keep_page` is set.
    """

    def __init__(
        self,
        folder: Path | None = None,
        pages: Mapping[str, str] | None = None,
        *,
        truth: bool = False,
        prepare: Callable[[str, str], str] = lambda path, html: html,
        reply: str = THANKS,
        keep_page: bool = False,
    ) -> None:
        self.folder = folder.resolve() if folder else None
        self.pages = dict(pages or {})
        self.truth = truth
        self.prepare = prepare
        self.reply = reply
        self.keep_page = keep_page
        self.received: list[Submission] = []
        self.requests: list[str] = []
        self.changed = threading.Condition()
        self.reports: list[dict[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def host(self) -> str:
        """HOST:PORT, as `--allow-net` wants it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{path.lstrip('/')}"

    @property
    def submissions(self) -> list[dict[str, Any]]:
        """What arrived so far, one dict a form, oldest first."""
        with self.changed:
            return [s.data for s in self.received]

    def wait_submission(self, count: int = 1, timeout: float = 10.0) -> list[dict[str, Any]]:
        """The submissions once there are `count` of them, or whatever came within `timeout` seconds."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.received) >= count, timeout)
        return self.submissions

    def clear(self) -> None:
        with self.changed:
            self.received.clear()
            self.requests.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)

    def __enter__(self) -> PageServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ truth, for bench/accuracy.py alone

    def next_report(self, timeout: float = 15.0) -> dict[str, Any] | None:
        """The oldest report of a page that nobody took yet; None if none came in time."""
        with self.changed:
            self.changed.wait_for(lambda: bool(self.reports), timeout)
            return self.reports.pop(0) if self.reports else None

    def order(self, **what: Any) -> None:
        """Tell the page that waits: `go=PATH` (load another page) or `scroll=Y` (then report again)."""
        with self.changed:
            self.orders.append(what)
            self.changed.notify_all()


def _handler(server: PageServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # quiet: tests read the output
            pass

        def send(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def html(self, path: str, text: str) -> None:
            text = server.prepare(path, text)
            if server.truth:
                text += f"<script>{TRUTH_SCRIPT}</script>"
            self.send(text.encode(), "text/html; charset=utf-8")

        def page(self, path: str) -> bool:
            if path in server.pages:
                self.html(path, server.pages[path])
                return True
            if server.folder is None:
                return False
            file = (server.folder / path).resolve()
            if file.is_dir():
                file = file / "index.html"
            if not file.is_file() or not file.is_relative_to(server.folder):
                return False
            if file.suffix in (".html", ".htm"):
                self.html(path, file.read_text("utf-8", "replace"))
            else:
                kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                self.send(file.read_bytes(), kind)
            return True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = unquote(parts.path).lstrip("/")
            if path == "__orders":
                return self.orders()
            with server.changed:
                server.requests.append(self.path)
            pairs = parse_qsl(parts.query, keep_blank_values=True)
            asks_page = self.headers.get("Sec-Fetch-Dest", "document") in ("document", "iframe")
            if pairs and asks_page and not server.truth:
                return self.submission(path, "GET", pairs)
            if not self.page(path):
                self.send(b"<h1>Not found</h1>", "text/html; charset=utf-8", 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(urlsplit(self.path).path).lstrip("/")
            if path == "__truth":
                with server.changed:
                    server.reports.append(json.loads(body))
                    server.changed.notify_all()
                return self.send(b"{}", "application/json")
            self.submission(path, "POST", form_pairs(self.headers.get("Content-Type", ""), body))

        def submission(self, path: str, method: str, pairs: list[tuple[str, str]]) -> None:
            with server.changed:
                server.received.append(Submission(path, method, pairs))
                server.changed.notify_all()
            if not (server.keep_page and self.page(path)):
                self.send(server.reply.encode(), "text/html; charset=utf-8")

        def orders(self) -> None:
            with server.changed:
                server.changed.wait_for(lambda: bool(server.orders), 20)
                what = server.orders.pop(0) if server.orders else {}
            try:
                self.send(json.dumps(what).encode(), "application/json")
            except ConnectionError:  # the page has gone: the order is for the next one
                with server.changed:
                    server.orders[:0] = [what] if what else []
                    server.changed.notify_all()

    return Handler


TRUTH_SCRIPT = (Path(__file__).parent / "truth.js").read_text()
