"""The loopback server of the corpus: leads one browser from page to page and keeps all that a page hears.

The pages' own script tells of every key, click, input and change, and where the goal's button and the thing that
the order points at lie on the screen. That is for the judge and for the scripted person alone.
"""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from agent.schema import Box

SCRIPT = """<script>(() => {
  const number = NUMBER, tell = (kind, what) => navigator.sendBeacon("/told", JSON.stringify({number, kind, ...what}));
  const next = () => fetch("/next?after=" + number).then(r => r.json()).then(j => {
    if (j.url) location.replace(j.url); else next();
  }).catch(() => setTimeout(next, 200));
  const idOf = e => e && e.closest ? ((e.closest("[id]") || {}).id || "") : "";
  let last = "";
  const places = () => {
    const found = {};
    for (const id of ["own", "decoy"]) {
      const e = document.getElementById(id);
      if (!e) continue;
      const r = e.getBoundingClientRect();
      const x = screenX + (outerWidth - innerWidth) / 2, y = screenY + outerHeight - innerHeight;
      found[id] = [Math.round(r.left + x), Math.round(r.top + y), Math.round(r.width), Math.round(r.height)];
    }
    const now = JSON.stringify(found);
    if (now !== last) { last = now; tell("places", {places: found}); }
  };
  addEventListener("keydown", e => tell("key", {key: e.key, ctrl: e.ctrlKey, alt: e.altKey, at: idOf(e.target)}), true);
  addEventListener("click", e => tell("click", {at: idOf(e.target)}), true);
  for (const kind of ["input", "change"])
    addEventListener(kind, e => tell("value", {at: idOf(e.target), value:
      e.target.type === "checkbox" ?
      String(e.target.checked) : e.target.value}), true);
  addEventListener("pagehide", () => tell("gone", {}));
  addEventListener("load", () => { places(); tell("ready", {}); setInterval(places, 150); next(); });
})();</script>"""


@dataclass
class Heard:
    """What one showing of a page came to."""

    number: int
    html: str
    ready: threading.Event = field(default_factory=threading.Event)
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    places: dict[str, Box] = field(default_factory=dict[str, Box])
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    """Paths and values of the forms that came in, and the addresses that were opened."""

    @property
    def clicked(self) -> list[str]:
        return [one["at"] for one in self.told if one["kind"] == "click"]

    def values(self, at: str) -> list[str]:
        """All values that a control ever had."""
        return [one["value"] for one in self.told if one["kind"] == "value" and one["at"] == at]


class Host:
    """Serves whatever is shown, on a loopback port."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._heard = Heard(0, "<!doctype html><title>idle</title>")
        host = self

        class Handler(_Handler):
            owner = host

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Host:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def show(self, html: str) -> Heard:
        """Lead the browser to a new page."""
        with self._turn:
            self._heard = Heard(self._heard.number + 1, html)
            self._turn.notify_all()
            return self._heard

    def next_after(self, number: int) -> str:
        with self._turn:
            self._turn.wait_for(lambda: self._heard.number > number, timeout=10)
            return f"/page/{self._heard.number}" if self._heard.number > number else ""

    @property
    def heard(self) -> Heard:
        return self._heard

    def tell(self, what: dict[str, Any]) -> None:
        heard = self._heard
        if what["number"] != heard.number:
            return
        heard.told.append(what)
        if what["kind"] == "places":
            heard.places |= {
                name: Box(left=box[0], top=box[1], width=box[2], height=box[3]) for name, box in what["places"].items()
            }
        elif what["kind"] == "ready":
            heard.ready.set()


class _Handler(BaseHTTPRequestHandler):
    owner: Host
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        heard = self.owner.heard
        if parts.path == "/next":
            url = self.owner.next_after(int(parse_qs(parts.query)["after"][0]))
            self._send(json.dumps({"url": url}).encode(), "application/json")
        elif parts.path.startswith("/page/"):
            self._page(heard.html)
        elif parts.path in ("/elsewhere", "/submit", "/collect"):
            heard.sent.append((parts.path, dict(parse_qsl(parts.query))))
            self._page("<!doctype html><meta charset=utf-8><title>Elsewhere</title><h1>Another page</h1>")
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
        if self.path == "/told":
            self.owner.tell(json.loads(body))
            self._send(b"", "text/plain")
            return
        self.owner.heard.sent.append((urlsplit(self.path).path, dict(parse_qsl(body))))
        self._page(
            "<!doctype html><meta charset=utf-8><title>Received</title><h1>Thank you</h1><p>Your form was received.</p>"
        )

    def _page(self, html: str) -> None:
        script = SCRIPT.replace("NUMBER", str(self.owner.heard.number))
        self._send((html + script).encode(), "text/html; charset=utf-8")

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        with contextlib.suppress(ConnectionError):  # a browser that was closed meanwhile
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        del format, args
