"""The screens in a browser: who doesn't know the token gets nothing, and a form is sent only if its person says so."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websocket

from agent.perception.parts import TextLine
from agent.perception.text import TextReader
from agent.schema import Point
from agent.trace import TraceReader
from tests.devtools import Browser
from tests.pages import PageServer

pytestmark = [pytest.mark.display, pytest.mark.timeout(400)]

ROOT = Path(__file__).parent.parent
QUESTION = r"^(?!.*wait a moment).*approve once"
FORM = """<!doctype html><meta charset=utf-8><title>Visitors</title><body style="font: 20px sans-serif">
<form method=post action=/sent><p><label>Name<br><input name=name size=40></label></p>
<p><label>City<br><input name=city size=40></label></p><button>Send</button></form>"""


class Served:
    """A command that serves a screen, in a process of its own: `deskhand ui --web`, or a run's."""

    def __init__(self, folder: Path, *run: str) -> None:
        environment = {**os.environ, "DESKHAND_TRACES": str(folder / "traces"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "agent.ui.cli", *(run or ("ui",)), "--web"]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE if run else None, text=True,
            env=environment,
        )  # fmt: skip
        told = self.process.stderr if run else self.process.stdout  # a run's stdout is for its result
        assert told is not None
        line = told.readline()
        assert line.startswith("Open http://127.0.0.1:"), line
        self.url = line.split()[1]
        parts = urlsplit(self.url)
        self.host, self.path = parts.netloc, parts.path

    def get(self, path: str, **headers: str) -> int:
        """The status that a request gets."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request("GET", path, headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def socket(self, path: str | None = None, origin: str | None = None) -> websocket.WebSocket:
        address = f"ws://{self.host}{path or self.path + 'ws'}?width=80&height=24"
        where = {"origin": origin} if origin else {"suppress_origin": True}
        return websocket.create_connection(address, timeout=60, **where)

    def close(self) -> str:
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        told = self.process.stdout.read()
        assert self.process.wait(60) == 0
        return told


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path)
    yield found
    if found.process.poll() is None:
        found.close()


def test_without_the_token_there_is_nothing(served: Served) -> None:
    token = served.path.strip("/")
    assert len(token) >= 40
    assert served.get(served.path) == 200
    assert served.get(served.path + "static/js/textual.js") == 200
    own = f"http://{served.host}"
    wrong = "/" + token[:-1] + ("a" if token[-1] != "a" else "b")
    for path in ("/", "/ws", "/static/js/textual.js", f"/x{served.path}", wrong + "/", f"/?token={token}"):
        assert served.get(path) == 403, path
    for headers in ({"Host": "evil.example"}, {"Host": f"evil.example:{served.host.split(':')[1]}"}):
        assert served.get(served.path, **headers) == 403, headers
    for origin in ("http://evil.example", "null", f"https://{served.host}"):
        assert served.get(served.path, Origin=origin) == 403, origin
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            served.socket(origin=origin)
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        served.socket()  # no browser of ours: those tell where they come from
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        served.socket("/ws", origin=own)


def test_one_screen_at_a_time_and_the_next_one_after_it(served: Served) -> None:
    own = f"http://{served.host}"
    first = served.socket(origin=own)
    assert first.recv()
    with pytest.raises(websocket.WebSocketBadStatusException, match="409"):
        served.socket(origin=own)
    first.close()
    end = time.monotonic() + 60
    while True:
        try:
            second = served.socket(origin=own)
            break
        except websocket.WebSocketBadStatusException:
            assert time.monotonic() < end
            time.sleep(0.2)
    assert second.recv()
    second.close()


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def test_a_run_in_a_browser(served: Served, tmp_path: Path, reader: TextReader) -> None:
    (tmp_path / "one.json").write_text('{"name": "Ada Lovelace", "city": "London"}')
    with PageServer(pages={"form.html": FORM}) as pages, Browser(tmp_path / "profile") as browser:
        browser.go(served.url)
        until(browser, reader, r"Record")
        loaded = "performance.getEntriesByType('resource').map(e => e.name)"
        assert browser.value(f"{loaded}.filter(n => !n.startsWith(location.origin))") == []
        start(browser, reader, pages.url("form.html"))
        assert pages.submissions == []
        browser.press("a")
        assert pages.wait_submission(timeout=90) == [{"name": "Ada Lovelace", "city": "London"}]
        until(browser, reader, r"done")


def test_a_browser_that_is_closed_at_the_question_sends_nothing(
    served: Served, tmp_path: Path, reader: TextReader
) -> None:
    (tmp_path / "one.json").write_text('{"name": "Ada Lovelace", "city": "London"}')
    with PageServer(pages={"form.html": FORM}) as pages:
        with Browser(tmp_path / "profile") as browser:
            browser.go(served.url)
            start(browser, reader, pages.url("form.html"))
        (trace,) = (tmp_path / "traces").iterdir()
        wait(lambda: '"kind":"run_ended"' in (trace / "events.jsonl").read_text())
        *_, end = TraceReader(trace).events()
        assert end.kind == "run_ended"
        assert end.result.status == "stopped"
        assert pages.submissions == []


def test_one_run_in_a_browser_takes_keys_without_a_click_and_ends_with_its_result(
    tmp_path: Path, reader: TextReader
) -> None:
    with PageServer(pages={"form.html": FORM}) as pages:
        served = run(tmp_path, pages)
        with Browser(tmp_path / "profile") as browser:
            browser.go(served.url)
            until(browser, reader, QUESTION, flags=re.S)
            assert pages.submissions == []
            browser.value("document.activeElement.blur()")  # as if something else had been used meanwhile
            browser.value("document.dispatchEvent(new Event('visibilitychange'))")
            browser.press("a")
            assert pages.wait_submission(timeout=90) == [{"name": "Ada Lovelace", "city": "London"}]
            until(browser, reader, r"done")
            browser.press("q")
            told, _ = served.process.communicate(timeout=60)
            until(browser, reader, r"stands where it was started")
    assert served.process.returncode == 0
    result = json.loads(told)  # one object and nothing else
    assert (result["status"], len(result["fields"])) == ("done", 2)


def test_a_run_whose_address_nobody_opens_did_not_begin(tmp_path: Path) -> None:
    with PageServer(pages={"form.html": FORM}) as pages:
        served = run(tmp_path, pages)
        served.process.send_signal(signal.SIGINT)
        told, _ = served.process.communicate(timeout=60)
    assert served.process.returncode == 3
    assert json.loads(told)["reason"] == "stopped before the run began"
    assert not (tmp_path / "traces").exists()


def test_ctrl_c_at_the_server_stops_the_run_and_tells_its_result(tmp_path: Path) -> None:
    with PageServer(pages={"form.html": FORM}) as pages:
        served = run(tmp_path, pages)
        screen = served.socket(origin=f"http://{served.host}")
        seen = b""
        while b"needs" not in seen:
            told = screen.recv()
            seen += told if isinstance(told, bytes) else told.encode()
        served.process.send_signal(signal.SIGINT)
        told, _ = served.process.communicate(timeout=60)
        assert served.process.returncode == 3
        assert json.loads(told)["status"] == "stopped"
        assert pages.submissions == []


def test_a_server_that_is_killed_at_the_question_sends_nothing(tmp_path: Path, reader: TextReader) -> None:
    with PageServer(pages={"form.html": FORM}) as pages, Browser(tmp_path / "profile") as browser:
        served = run(tmp_path, pages)
        browser.go(served.url)
        until(browser, reader, QUESTION, flags=re.S)
        served.process.kill()
        served.process.communicate(timeout=60)
        (trace,) = (tmp_path / "traces").iterdir()
        wait(lambda: '"kind":"run_ended"' in (trace / "events.jsonl").read_text(), seconds=20)
        *_, end = TraceReader(trace).events()
        assert end.kind == "run_ended"
        assert end.result.status == "stopped"
        assert pages.submissions == []


def run(folder: Path, pages: PageServer) -> Served:
    """A run in a browser that asks before it sends."""
    (folder / "one.json").write_text('{"name": "Ada Lovelace", "city": "London"}')
    rules = ["--policy", "standard", "--url", pages.url("form.html")]
    return Served(folder, "run", "--data", "one.json", *rules, "--json", "--ui")


def start(browser: Browser, reader: TextReader, url: str) -> None:
    """Fill in the form for a run of `one.json` under the policy `standard`, until it asks for leave to send."""
    until(browser, reader, r"plain sentences")
    empty = browser.picture()
    lines = reader.read(empty)

    def place(words: str, found: list[TextLine]) -> Point:
        return next(line.box.center for line in found if words in line.text)

    for words, value in (("JSON, YAML", "one.json"), ("127.0.0.1", url)):
        at = place(words, lines)
        browser.click(at.x, at.y)
        # A field that has the focus is lighter; what is typed before that goes elsewhere.
        wait(lambda at=at: browser.picture()[at.y, -100].sum() > empty[at.y, -100].sum())
        browser.type(value)
        until(browser, reader, re.escape(value))
    at = place("as the display", lines)
    browser.click(at.x, at.y)
    until(browser, reader, r"standard")
    at = place("standard", reader.read(browser.picture()))
    browser.click(at.x, at.y)
    until(browser, reader, r"^((?!read-only).)*$", flags=re.S)
    browser.press("ctrl+r")
    until(browser, reader, QUESTION, flags=re.S)


def until(browser: Browser, reader: TextReader, pattern: str, seconds: float = 120, flags: int = 0) -> None:
    """Wait until what the browser shows reads so."""
    seen = ""

    def there() -> bool:
        nonlocal seen
        seen = "\n".join(line.text for line in reader.read(browser.picture()))
        return re.search(pattern, seen, flags) is not None

    wait(there, seconds, lambda: seen)


def wait(there: Callable[[], bool], seconds: float = 60, seen: Callable[[], str] = lambda: "") -> None:
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            pytest.fail(f"it did not come; it shows\n{seen()}")
        time.sleep(0.1)
