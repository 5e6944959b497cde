"""A real form, a real browser, a real HTTP server that speaks like a model: the planner that sees, from end to end.

The script's answers know where things are because the page tells the test, never the agent. Between the answers
stands all that goes wrong with real servers.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent.events import Observed
from agent.planners.vision.aim import RATIO, closer_look
from agent.schema import Box, Point
from agent.trace import TraceReader
from tests.corpus.drive import deskhand
from tests.pages import PageServer
from tests.scripted_replies import Asked, Cut, Eyes, Reply, Say, Slow, Status
from tests.scripted_server import ScriptedServer

pytestmark = pytest.mark.display

WIDTH, HEIGHT = 1280, 800
RECORD = {"full_name": "Ada Lovelace", "email": "ada@example.org", "password": "s3cret-pass", "seat": "C7"}
SEATS = "".join(
    "<tr>" + "".join(f"<td><button type=button value={row}{n}>{row}{n}</button></td>" for n in range(1, 13)) + "</tr>"
    for row in "ABCDEF"
)
PAGE = f"""<!doctype html><meta charset=utf-8><title>Join</title>
<style>
  body {{ font: 16px sans-serif; margin: 24px }} label {{ display: block; margin-top: 14px }}
  input {{ width: 320px; font-size: 16px; padding: 4px }} table {{ margin-top: 14px }}
  td button {{ font-size: 8px; width: 26px; height: 15px; padding: 0 }}
</style>
<h1>Concert</h1>
<form method=post action=/join>
  <label for=n>Full name</label><input id=n name=name>
  <label for=e>Email</label><input id=e name=email>
  <label for=p>Password</label><input id=p name=password type=password>
  <label for=s>Seat</label><input id=s name=seat readonly>
  <table>{SEATS}</table>
  <p><button value=Send>Send</button></p>
</form>
<script>
  document.querySelector("table").onclick = (event) => {{
    if (event.target.type === "button") document.querySelector("#s").value = event.target.textContent;
  }};
</script>"""


@dataclass
class Mind:
    """Passes the server's calibration by looking, then says what the script has next."""

    pages: PageServer
    left: deque[Any] = field(default_factory=deque[Any])
    places: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    aimed: list[int] = field(default_factory=list[int])
    looks: int = 0
    """Times that it was asked to look again before a click."""

    def __call__(self, asked: Asked) -> Reply:
        if "This is a closer look" in asked.words:
            return self.again()
        if "# Task" not in asked.words:
            return Eyes()(asked)
        if not self.left:
            return Status(500, "the script has ended")
        reply = self.left.popleft()
        return reply() if callable(reply) else reply

    def at(self, label: str) -> list[int]:
        """Where a control is, in thousandths of the screen."""
        if not self.places:
            told = self.pages.next_report()
            assert told is not None
            for control in told["controls"]:
                x, y, width, height = control["box"]
                u, v = told["at"]["x"] + x + width / 2, told["at"]["y"] + y + height / 2
                self.places[control["label"]] = [round(1000 * u / WIDTH), round(1000 * v / HEIGHT)]
        assert label in self.places, self.places
        return self.places[label]

    def again(self) -> Say:
        """The same target in the part of the screen that a closer look shows."""
        self.looks += 1
        x, y = self.aimed[0] * WIDTH / 1000, self.aimed[1] * HEIGHT / 1000
        part = closer_look(Point(x=int(x), y=int(y)), Box(left=0, top=0, width=WIDTH, height=HEIGHT), RATIO)
        place = [round(1000 * (x - part.left) / part.width), round(1000 * (y - part.top) / part.height)]
        return act("click it", action="left_click", coordinate=place)

    def click(self, label: str, **more: Any) -> Say:
        self.aimed = self.at(label)
        return act(f"click {label}", action="left_click", coordinate=self.at(label), **more)

    def closer(self) -> Say:
        """Look closer at all the seats."""
        (left, top), (right, bottom) = self.at("A1"), self.at("F12")
        box = [left - 15, top - 15, right + 15, bottom + 15]
        call = ("image_zoom_in_tool", {"bbox_2d": box, "label": "the seats", "img_idx": 0})
        return Say(text="Action: look closer at the seats", thinking="The seats are tiny.", calls=(call,))


def act(line: str, where: str = "native", **arguments: Any) -> Say:
    call = ("computer_use", arguments)
    return Say(text=f"Action: {line}", thinking=f"I will {line}.", calls=(call,), where=where)  # type: ignore[arg-type]


def script(mind: Mind) -> deque[Any]:
    """The whole task, with every kind of trouble on the way."""
    gate = threading.Semaphore(10_000)
    done = act("finish", action="terminate", status="success")
    typed = act("type the email", "thinking", action="type", text="{{email}}")
    return deque(
        [
            lambda: mind.click("Full name"),
            act("type the name", "text", action="type", text="Ada Lovelace"),
            Status(429, "too many requests", {"Retry-After": "0"}),
            lambda: mind.click("Email"),
            Say(text="Action: type", calls=(("computer_use", '{"action": "type", "text": '),), where="text"),
            Say(text="Action: type", calls=(("computer_use", {"action": "write", "text": "x"}),)),
            typed,
            Status(500, "out of memory"),
            lambda: mind.click("Password"),
            Cut(act("type", action="type", text="wrong"), events=2),
            act("type the password", action="type", text="{{password}}"),
            mind.closer,
            lambda: mind.click("C6"),
            done,
            lambda: mind.click("Send"),
            mind.closer,
            lambda: mind.click("C7"),
            lambda: mind.click("Send"),
            Slow(done, gate),
        ]
    )


def test_a_form_is_solved_through_a_server_in_trouble(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_text(json.dumps(RECORD), "utf-8")
    with PageServer(pages={"join": PAGE}, truth=True) as pages, ScriptedServer("vllm") as server:
        server.mind = mind = Mind(pages)
        mind.left = script(mind)
        code, answer, errors = deskhand(
            *("run", "--planner", "vision", "--server", server.url, "--data", str(record)),
            *("--url", pages.url("join"), "--trace", str(tmp_path / "trace"), "--json", "--time-limit", "200"),
        )
        sent, asked = pages.submissions, [a for a in server.asked if "# Task" in a.words]
    assert (code, answer.get("status")) == (0, "done"), (answer, errors[-2000:])
    assert sent == [{"name": "Ada Lovelace", "email": "ada@example.org", "password": "s3cret-pass", "seat": "C7"}]
    assert {f["key"]: f["verdict"] for f in answer["fields"]} == dict.fromkeys(RECORD, "ok")
    assert not mind.left
    assert mind.looks
    words = "\n".join(a.words for a in asked)
    assert "must be one of key, type" in words
    assert "seat shows 'C6' instead of 'C7'" in words
    assert "s3cret" not in words
    assert "s3cret" not in (tmp_path / "trace" / "events.jsonl").read_text("utf-8")


def test_a_closer_look_is_the_part_at_full_resolution(tmp_path: Path) -> None:
    with PageServer(pages={"join": PAGE}, truth=True) as pages, ScriptedServer("llama.cpp") as server:
        server.mind = mind = Mind(pages)
        mind.left = deque([mind.closer, act("answer", action="answer", text="72 seats")])
        code, answer, errors = deskhand(
            *("run", "How many seats are there?", "--planner", "vision", "--server", server.url),
            *("--url", pages.url("join"), "--trace", str(tmp_path / "trace"), "--json", "--time-limit", "100"),
        )
        last = server.asked[-1]
    assert (code, answer.get("reason")) == (0, "72 seats"), (answer, errors[-2000:])
    whole, part = last.pictures()[-2:]
    assert whole.shape[:2] == (HEIGHT, WIDTH)
    assert part.shape[0] * part.shape[1] >= 256 * 32 * 32
    events = TraceReader(tmp_path / "trace").events()
    regions = [event.screenshot.region for event in events if isinstance(event, Observed)]
    zoomed = next(r for r in regions if r.width < WIDTH)
    assert abs(part.shape[1] / part.shape[0] - zoomed.width / zoomed.height) < 0.15
