"""What goes wrong in real runs: each ends in a clear word, the right exit code, a whole trace, and no wrong data.

The oracle is the page: its script tells the server of every input and click, whatever the run says of itself.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.sandbox import PrivateDisplay
from agent.sandbox.display import connected
from agent.trace import TraceReader
from agent.ui.run_cli import EXIT_CODES
from tests.pages import PageServer, Submission
from tests.test_run_cli import KEYS
from tests.test_sandbox import descendants

pytestmark = pytest.mark.display

WATCH = """<script>
const tell = (kind, name, value) => fetch('/seen/' + kind, {method: 'POST', keepalive: true,
  headers: {'Content-Type': 'application/json'}, body: JSON.stringify({name, value: String(value)})});
document.addEventListener('input', e => tell('input', e.target.name,
  e.target.type === 'checkbox' ? e.target.checked : e.target.value), true);
document.addEventListener('click', e => tell('click', e.target.name || '', e.target.textContent.slice(0, 40)), true);
</script>"""

STYLE = """<meta charset="utf-8"><title>Form</title><style>
body {font: 16px sans-serif; margin: 30px} label {display: block; margin: 14px 0 4px} input, textarea {font: inherit;
width: 320px; padding: 6px; border: 1px solid #777} button {font: inherit; margin-top: 20px; padding: 8px 20px}
</style>"""


def page(fields: str, more: str = "") -> str:
    """A form with these fields and a button that sends it."""
    form = f'<form method="post" action="/sent"><h1>Order</h1>{fields}<br><button type="submit">Send</button></form>'
    return f"<!doctype html>{STYLE}{WATCH}{form}{more}"


def text(label: str, name: str, extra: str = "") -> str:
    return f'<label for="{name}">{label}</label><input id="{name}" name="{name}" {extra}>'


@dataclass
class Told:
    """What a run said and what really happened."""

    code: int
    answer: dict[str, Any]
    server: PageServer
    trace: Path
    errors: str

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [s.data for s in self._received if s.path == "sent"]

    @property
    def touched(self) -> set[str]:
        """Names of the fields that got any input."""
        return {s.data["name"] for s in self._received if s.path == "seen/input"}

    @property
    def clicked(self) -> set[str]:
        """Captions of what was clicked."""
        return {s.data["value"] for s in self._received if s.path == "seen/click"}

    @property
    def _received(self) -> list[Submission]:
        with self.server.changed:
            return list(self.server.received)

    def ends(self, *statuses: str) -> None:
        """The contract that holds however a run ends."""
        assert self.answer, self.errors[-2000:]
        assert set(self.answer) == KEYS
        assert self.answer["status"] in statuses, self.answer
        assert self.code == EXIT_CODES[self.answer["status"]]
        assert self.answer["reason"] or self.answer["status"] == "done"
        assert "Traceback" not in self.errors
        reader = TraceReader(self.trace)
        assert reader.verify() == []
        assert (self.trace / "report.html").exists()


Runner = Callable[..., Told]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Runner]:
    """Runs `deskhand run` on a page with a record; the server lives as long as the test."""
    servers: list[PageServer] = []

    def go(html: str, record: Mapping[str, Any], *options: str) -> Told:
        server = PageServer(pages={"": html})
        servers.append(server)
        data, trace = tmp_path / "record.json", tmp_path / "trace"
        data.write_text(json.dumps(record), encoding="utf-8")
        arguments = ["--data", str(data), "--url", server.url(), "--trace", str(trace), "--time-limit", "120", *options]
        code, answer, errors = deskhand(*arguments)
        return Told(code, answer, server, trace, errors)

    yield go
    for server in servers:
        server.close()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "agent.ui.cli", "run", *arguments, "--json"]


def deskhand(*arguments: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL, check=False
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 1, (done.stdout, done.stderr[-2000:])
    return done.returncode, json.loads(lines[0]), done.stderr


# ---------------------------------------------------------------- record and form do not fit


def test_a_key_with_no_field(run: Runner) -> None:
    told = run(page(text("Full name", "name") + text("City", "city")), {"full_name": "Ada", "shoe_size": "42"})
    told.ends("needs_person")
    assert "shoe_size" in told.answer["reason"]
    assert told.answer["unmatched_keys"] == ["shoe_size"]
    assert not told.sent
    assert told.touched <= {"name"}


def test_a_required_field_with_no_key(run: Runner) -> None:
    told = run(page(text("Full name", "name") + text("Email address *", "mail", "required")), {"full_name": "Ada"})
    told.ends("needs_person")
    assert "Email" in told.answer["reason"]
    assert not told.sent
    assert told.touched <= {"name"}


def test_two_fields_that_look_alike(run: Runner) -> None:
    fields = text("Full name", "name") + text("Phone", "one") + text("Phone", "two")
    told = run(page(fields), {"full_name": "Ada", "phone": "+44 20 7946 0000"})
    told.ends("needs_person")
    assert "phone" in told.answer["reason"].lower()
    assert not told.sent
    assert told.touched <= {"name"}


def test_a_read_only_field_that_shows_something_else(run: Runner) -> None:
    fields = text("Full name", "name") + text("Customer number", "number", 'value="K-1001" readonly')
    told = run(page(fields), {"full_name": "Ada", "customer_number": "K-2002"})
    told.ends("failed", "needs_person")
    assert "number" in told.answer["reason"].lower()
    assert not told.sent
    assert "number" not in told.touched
    verdicts = {field["key"]: field["verdict"] for field in told.answer["fields"]}
    assert verdicts["customer_number"] != "ok"


def test_a_policy_that_forbids_it(run: Runner) -> None:
    told = run(page(text("Full name", "name")), {"full_name": "Ada"}, "--policy", "read-only")
    told.ends("denied")
    assert "not allowed" in told.answer["reason"]
    assert not told.sent
    assert not told.touched


# ---------------------------------------------------------------- the page does not hold still

POPUP = """<div id="pop" style="position: fixed; inset: 0; background: #0008">
<div role="dialog" style="background: #fff; width: 420px; margin: 120px auto; padding: 24px; border-radius: 8px">
<h2>{title}</h2><p>{body}</p><button onclick="pop.remove()">{yes}</button>
<button onclick="pop.remove()">{no}</button></div></div>"""
COOKIES = POPUP.format(title="We value your privacy", body="We use cookies.", yes="Accept all", no="Reject all")
DANGER = POPUP.format(
    title="Delete account?", body="All your data will be lost.", yes="Delete everything", no="Keep account"
)


def test_a_cookie_banner_that_covers_the_form(run: Runner) -> None:
    told = run(page(text("Full name", "name"), COOKIES), {"full_name": "Ada Lovelace"})
    told.ends("done", "needs_person")
    assert told.sent == ([{"name": "Ada Lovelace"}] if told.answer["status"] == "done" else [])
    assert "Accept all" not in told.clicked


def test_a_dangerous_dialog_that_covers_the_form(run: Runner) -> None:
    told = run(page(text("Full name", "name"), DANGER), {"full_name": "Ada Lovelace"})
    told.ends("done", "needs_person")
    assert told.sent == ([{"name": "Ada Lovelace"}] if told.answer["status"] == "done" else [])
    assert "Delete everything" not in told.clicked


def test_a_page_that_reloads_midway(run: Runner) -> None:
    reload = """<script>document.addEventListener('input', e => {
    if (e.target.name === 'city' && e.target.value.length > 2 && !sessionStorage.done) {
      sessionStorage.done = 1; setTimeout(() => location.reload(), 300); } });</script>"""
    fields = text("Full name", "name", "autocomplete=off") + text("City", "city", "autocomplete=off")
    fields += text("Street", "street", "autocomplete=off")
    record = {"full_name": "Ada Lovelace", "city": "London", "street": "12 St James Square"}
    told = run(page(fields, reload), record)
    told.ends("done", "failed")
    right = {"name": record["full_name"], "city": record["city"], "street": record["street"]}
    assert told.sent == ([right] if told.answer["status"] == "done" else [])


def test_an_application_that_goes_away_midway_has_not_taken_the_data(run: Runner) -> None:
    close = """<script>document.addEventListener('input', e => {
    if (e.target.name === 'name') setTimeout(() => window.close(), 200); });</script>"""
    fields = "".join(text(label, label.lower()) for label in ("Name", "City", "Street", "Country"))
    told = run(page(fields, close), {"name": "Ada", "city": "London", "street": "St James", "country": "UK"})
    told.ends("failed")
    assert "ended" in told.answer["reason"]
    assert not told.sent


# ---------------------------------------------------------------- the machine does not play along


def test_programs_that_do_not_start(tmp_path: Path) -> None:
    cases = {
        "no-such-program-xyz": ("missing", "no-such-program-xyz"),
        "sh -c 'echo the disk ate it >&2; exit 3'": ("failed", "the disk ate it"),
    }
    for number, (app, (status, word)) in enumerate(cases.items()):
        trace = tmp_path / f"trace{number}"
        code, answer, _ = deskhand("Click OK", "--app", app, "--trace", str(trace))
        assert (answer["status"], code) == (status, EXIT_CODES[status])  # pyright: ignore[reportArgumentType]
        assert word in answer["reason"]
        assert TraceReader(trace).verify() == []


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A folder with room for so much; skips the test where none can be made."""
    folder = Path(tempfile.mkdtemp())
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        if done.returncode:
            pytest.skip("no small disk can be mounted here")
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_disk_that_fills_up_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"full_name": "Ada Lovelace"}')
    with small_disk("40k") as disk, PageServer(pages={"": page(text("Full name", "name"))}) as server:
        trace = disk / "trace"
        data = str(tmp_path / "record.json")
        code, answer, errors = deskhand("--data", data, "--url", server.url(), "--trace", str(trace))
        problems = TraceReader(trace).verify()
        assert (answer["status"], code) == ("failed", 1), answer
        assert "No space left" in answer["reason"]
        assert "Traceback" not in errors
        assert not [problem for problem in problems if problem.broken], problems
        assert {s.data["name"] for s in server.received if s.path == "sent"} <= {"Ada Lovelace"}


# ---------------------------------------------------------------- stop and kill

LONG = "The quick brown fox jumps over the lazy dog. " * 120


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateDisplay]:
    """A display that stands for a person's own: it outlives the run, and keys could stay held on it."""
    with PrivateDisplay() as display:
        monkeypatch.setenv("XAUTHORITY", str(display.xauthority))
        move_pointer(display, 640, 700)  # in a corner it would mean: stop
        yield display


def move_pointer(display: PrivateDisplay, x: int, y: int) -> None:
    with connected(display) as connection:
        connection.screen().root.warp_pointer(x, y)
        connection.sync()


def start(tmp_path: Path, server: PageServer, display: PrivateDisplay) -> tuple[subprocess.Popen[str], Path]:
    data, trace = tmp_path / "record.json", tmp_path / f"trace{time.monotonic_ns()}"
    data.write_text(json.dumps({"remarks": LONG}))
    arguments = ["--data", str(data), "--url", server.url(), "--display", display.name, "--policy", "sandbox"]
    process = subprocess.Popen(
        command(*arguments, "--trace", str(trace)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return process, trace


def wait_for_typing(server: PageServer, seconds: float = 60.0) -> None:
    with server.changed:
        began = server.changed.wait_for(
            lambda: any(s.path == "seen/input" and len(s.data["value"]) > 20 for s in server.received), seconds
        )
    assert began, "nothing was typed"


def held_keys(display: PrivateDisplay) -> list[int]:
    with connected(display) as connection:
        return [8 * n + bit for n, byte in enumerate(connection.query_keymap()) for bit in range(8) if byte >> bit & 1]


def left_of(pids: set[int], seconds: float = 5.0) -> set[int]:
    """The processes of a run that are still there after a while."""
    until = time.monotonic() + seconds
    while (left := {pid for pid in pids if Path(f"/proc/{pid}").exists()}) and time.monotonic() < until:
        time.sleep(0.05)
    return left


AREA = page('<label for="r">Remarks</label><textarea id="r" name="remarks" rows="12" cols="60"></textarea>')


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_stop_in_the_middle_of_a_long_text(tmp_path: Path, display: PrivateDisplay, number: signal.Signals) -> None:
    with PageServer(pages={"": AREA}) as server:
        process, trace = start(tmp_path, server, display)
        wait_for_typing(server)
        below = descendants(process.pid)
        asked = time.monotonic()
        process.send_signal(number)
        printed, errors = process.communicate(timeout=30)
        took = time.monotonic() - asked
        told = Told(process.returncode, json.loads(printed), server, trace, errors)
        told.ends("stopped")
        assert not told.sent
        typed = max(len(s.data["value"]) for s in server.received if s.path == "seen/input")
        assert typed < len(LONG)
    assert held_keys(display) == []
    assert not left_of(below)
    assert took < 10


@pytest.mark.parametrize("moment", ["early", "while typing", "any"])
def test_kill_9_leaves_nothing(tmp_path: Path, display: PrivateDisplay, moment: str) -> None:
    with PageServer(pages={"": AREA}) as server:
        process, trace = start(tmp_path, server, display)
        match moment:
            case "early":
                time.sleep(random.uniform(0.5, 2.0))
            case "while typing":
                wait_for_typing(server)
                time.sleep(random.uniform(0.0, 0.5))
            case _:
                time.sleep(random.uniform(2.0, 9.0))
        below = descendants(process.pid)
        process.kill()
        process.communicate()
        assert not left_of(below), [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left_of(below)]
        if (trace / "events.jsonl").exists():
            assert not [problem for problem in TraceReader(trace).verify() if problem.broken]
    assert held_keys(display) == []
