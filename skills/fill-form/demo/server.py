"""The demonstration form's own server: shows the form, and keeps what it is sent. Standard library only.

python server.py          # prints the address; ctrl+c ends it
"""

from __future__ import annotations

import html
import http.server
import threading
from pathlib import Path
from urllib.parse import parse_qsl

HERE = Path(__file__).parent
PAGES = {
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/form.js": ("form.js", "text/javascript"),
}
REQUIRED = ("first_name", "last_name", "email", "password", "country", "arrival_date", "pass_type", "accept_terms")


class DemoServer:
    """Serves on a free loopback port for the time of a `with` block; `.received` is what was sent."""

    def __init__(self) -> None:
        self.received: list[list[tuple[str, str]]] = []
        """One list of (name, value) for each post, in the order of the form."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> DemoServer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def accept(self, pairs: list[tuple[str, str]]) -> str:
        """Keep a post; the page that answers it."""
        self.received.append(pairs)
        values = dict(pairs)
        missing = [name for name in REQUIRED if not values.get(name, "").strip()]
        if missing:
            body = f"<h1>Something is missing</h1><p>Please go back and fill in: {', '.join(missing)}.</p>"
            return _page("Something is missing", f'<div class="notice wrong">{body}</div>')
        name = html.escape(values["first_name"])
        body = f"<h1>Thank you, {name}</h1><p>Your registration has been received. We look forward to seeing you.</p>"
        return _page("Registration received", f'<div class="notice">{body}</div>')

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        demo = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path not in PAGES:
                    return self.send_error(404)
                name, kind = PAGES[self.path]
                return self._answer((HERE / name).read_bytes(), kind)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                page = demo.accept(parse_qsl(body.decode(), keep_blank_values=True))
                self._answer(page.encode(), "text/html")

            def _answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Silent: the run's own output is what a person reads."""

        return Handler


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="style.css">'
        f'<main class="wrap">{body}</main></html>'
    )


if __name__ == "__main__":
    with DemoServer() as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(*server.received, sep="\n")
