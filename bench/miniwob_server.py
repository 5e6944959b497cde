"""The loopback server of bench/miniwob.py: the package's pages, with a script that starts and scores an episode."""

from __future__ import annotations

import importlib.util
import json
import mimetypes
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PAGE_LIMIT = 600.0
"""Seconds that the page itself allows, so that a slow machine is not scored."""

SCRIPT = """
<script>
(function () {
  const number = NUMBER, seed = "SEED", limit = LIMIT;
  const tell = (path, what) => fetch(path, {method: "POST", body: JSON.stringify(what)});
  const next = () => fetch("/harness/next?after=" + number).then(r => r.json()).then(j => {
    if (j.url) location.replace(j.url); else next();
  }).catch(() => setTimeout(next, 300));
  function start() {
    if (typeof core === "undefined") return;
    if (core.cover_div == null || !WOB_TASK_READY) { setTimeout(start, 30); return; }
    core.EPISODE_MAX_TIME = limit;
    Math.seedrandom(seed);
    core.startEpisodeReal();
    const ready = () => {
      if (!WOB_TASK_READY) { setTimeout(ready, 30); return; }
      const said = core.getUtterance();
      tell("/harness/started", {number: number, utterance: typeof said === "string" ? said : said.utterance});
      const timer = setInterval(() => {
        if (!WOB_DONE_GLOBAL) return;
        clearInterval(timer);
        tell("/harness/ended", {number: number, reward: WOB_REWARD_GLOBAL, raw: WOB_RAW_REWARD_GLOBAL});
      }, 40);
    };
    ready();
  }
  window.addEventListener("load", () => { setTimeout(start, 30); next(); });
})();
</script>
"""


def html_folder() -> Path:
    """Where the package keeps its pages."""
    spec = importlib.util.find_spec("miniwob")
    if spec is None or spec.origin is None:
        raise SystemExit("the pages are not installed: pip install miniwob==1.1.0 --no-deps")
    return Path(spec.origin).parent / "html"


def all_tasks() -> list[str]:
    """The names of all registered tasks, without version, in alphabetical order."""
    # Read as text: to import the package would take its whole browser automation.
    registry = (html_folder().parent / "registration.py").read_text("utf-8")
    return sorted(set(re.findall(r'id="miniwob/(.+)-v\d+"', registry)))


def page_of(task: str) -> str:
    """The path of a task's page."""
    if task.startswith("flight."):
        return f"flight/{task.removeprefix('flight.')}/wrapper.html"
    return f"miniwob/{task}.html"


class Episode:
    """One showing of a page."""

    def __init__(self, number: int, task: str, seed: int) -> None:
        self.number, self.task, self.seed = number, task, seed
        self.started, self.ended = threading.Event(), threading.Event()
        self.utterance = ""
        self.reward = 0.0

    @property
    def url(self) -> str:
        return f"/{page_of(self.task)}?episode={self.number}"


class PageHost:
    """Serves the pages on a loopback port and leads the browser from episode to episode."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._episode: Episode | None = None
        self._on_end: Callable[[], object] = lambda: None
        host = self

        class Handler(_Handler):
            owner = host

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> PageHost:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def show(self, episode: Episode, on_end: Callable[[], object]) -> Episode:
        """Lead the browser to an episode's page; `on_end` is called when the page has decided."""
        with self._turn:
            self._episode, self._on_end = episode, on_end
            self._turn.notify_all()
        return episode

    def next_after(self, number: int) -> str:
        """The address of the episode after one; empty if none comes soon."""
        with self._turn:
            self._turn.wait_for(lambda: self._episode is not None and self._episode.number > number, timeout=10)
            return self._episode.url if self._episode and self._episode.number > number else ""

    def current(self, number: int) -> Episode | None:
        return self._episode if self._episode and self._episode.number == number else None

    def tell(self, path: str, what: dict[str, Any]) -> None:
        """What a page reports."""
        episode = self.current(int(what["number"]))
        if episode is None:
            return
        if path.endswith("started"):
            episode.utterance = str(what["utterance"])
            episode.started.set()
        elif path.endswith("ended"):
            episode.reward = float(what["reward"])
            episode.ended.set()
            self._on_end()

    def script(self, number: int) -> str:
        """What is added to a page."""
        episode = self.current(number)
        parts = {"NUMBER": str(number), "SEED": str(episode.seed if episode else 0), "LIMIT": str(PAGE_LIMIT * 1000)}
        text = SCRIPT
        for name, value in parts.items():
            text = text.replace(name, value)
        return text


class _Handler(BaseHTTPRequestHandler):
    owner: PageHost
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path == "/harness/next":
            url = self.owner.next_after(int(query["after"][0]))
            self._send(json.dumps({"url": url}).encode(), "application/json")
        elif parts.path == "/harness/idle":
            self._send(f"<!doctype html><body>{self.owner.script(0)}".encode(), "text/html; charset=utf-8")
        else:
            self._file(unquote(parts.path), query)

    def _file(self, name: str, query: dict[str, list[str]]) -> None:
        root = html_folder().resolve()
        path = (root / name.lstrip("/")).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        if "episode" in query:
            data += self.owner.script(int(query["episode"][0])).encode()
        self._send(data, mimetypes.guess_type(path.name)[0] or "application/octet-stream")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.owner.tell(self.path, json.loads(body))
        self._send(b"{}", "application/json")

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header(
            "Cache-Control", "no-store" if kind.startswith(("text/html", "application/json")) else "max-age=3600"
        )
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        del format, args
