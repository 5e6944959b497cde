"""Secrets on real pages: read again, with fresh eyes, no picture of a look tells them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.app import Run, RunOptions
from agent.config import Settings
from agent.events import Note, Observed
from agent.executor import Executor
from agent.eyes import ScreenEyes
from agent.gate import AutoApprover
from agent.perception.perceiver import Perceiver
from agent.perception.text import TextReader
from agent.policy import Policy
from agent.redact import Redactor
from agent.redact.texts import shape
from agent.sandbox import PrivateDisplay, browser
from agent.schema import Approval, Box, Click, Permit, Verdict
from agent.screen import Screen
from agent.trace import TraceReader

pytestmark = pytest.mark.display

SECRET = "hunter2Horse9"
CARD = "4111 1111 1111 1111"
PAGE = f"""<!doctype html><meta charset="utf-8"><title>Mail {SECRET}</title>
<body style="font: 15px sans-serif; margin: 20px">
<p><label>Password <input id=pw type=password value="open5esame!"></label>
<button type=button onclick="pw.type = pw.type == 'text' ? 'password' : 'text'">Show</button></p>
<p>Your code is {SECRET}, keep it.</p>
<p><input type=checkbox id=c> <label for=c>Log in with {SECRET} again</label></p>
<p><span>hunter2</span><span style="margin-left: 14px">Horse9</span></p>
<p style="width: 12em">The long code of your letter reads hunter2<wbr>Horse9</p>
<p style="width: 6em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap">{SECRET}</p>
<p style="font: bold 26px serif; color: #b8c4d8; background: #24304a">{SECRET}</p>
<p>Card {"".join(f"<input value={part} size=4> " for part in CARD.split())}</p>
<p>{CARD}</p><p>Town: London</p>
"""
POLICY = """version: 1
rules: [{name: all, effect: ask, match: any}]
secret: {values: [card]}
"""


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


class Desk:
    """A page on a private display, its eyes and hands."""

    def __init__(self, display: PrivateDisplay, perceiver: Perceiver, screen: Screen) -> None:
        self.display = display
        self.perceiver = perceiver
        self.eyes = ScreenEyes(screen, perceiver, Settings(), app_exit=lambda: None, stopped=lambda: False)
        self._number = 0

    def look(self, region: Box | None = None) -> Observed:
        return Observed.of(self.eyes.look(region))

    def click(self, look: Observed, text: str) -> None:
        button = next(e for e in look.elements if e.text == text)
        approval = Approval(decision="approve", by="policy")
        self._number += 1
        permit = Permit(
            action=Click(point=button.box.center),
            verdict=Verdict(effect="allow", rule="r"),
            approval=approval,
            number=self._number,
        )
        with Executor(self.display.name, xauthority=str(self.display.xauthority), private=True) as hands:
            assert hands.perform(permit).status == "ok"


@pytest.fixture(params=[1.0, 2.0])
def desk(request: pytest.FixtureRequest, reader: TextReader, tmp_path: Path) -> Iterator[Desk]:
    scale: float = request.param
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "page.html").write_text(PAGE)
    size = (int(700 * scale), int(560 * scale))
    with PrivateDisplay(size, scale) as display, browser(str(folder / "page.html"), display) as app:
        app.wait_window(30)
        with Screen(display.name, xauthority=str(display.xauthority), ui_scale=scale) as screen:
            yield Desk(display, Perceiver(reader, ui_scale=scale), screen)


def told(reader: TextReader, look: Observed) -> str:
    """All that a picture tells to who reads it."""
    return shape("".join(line.text for line in reader.read(look.screenshot.pixels)))


def cleaned(redact: Redactor, look: Observed) -> Observed:
    after = redact(look)
    assert isinstance(after, Observed)
    return after


def test_no_picture_tells_a_secret(desk: Desk, reader: TextReader) -> None:
    redact = Redactor([SECRET], Policy.parse(POLICY).secret, desk.perceiver.texts)
    look = desk.look()
    until = time.monotonic() + 20
    while not any(e.text == "Show" for e in look.elements) and time.monotonic() < until:
        look = desk.look()
    assert shape("open5esame") not in told(reader, look), "dots"
    # The second one cuts through the secret at either scale.
    looks = [look, desk.look(Box(left=0, top=0, width=int(150 * desk.display.scale), height=200))]
    desk.click(look, "Show")
    looks.append(desk.look())
    assert shape("open5esame") in told(reader, looks[-1]), "the eye shows it"
    for seen in looks:
        assert "hunte" in told(reader, seen)
        after = cleaned(redact, seen)
        text = told(reader, after)
        for piece in ("hunte", "Horse9", "open5esame", "1111"):
            assert shape(piece) not in text, piece
            assert shape(piece) not in shape(
                after.model_dump_json(include={"elements": {"__all__": {"text", "label"}}})
            )
            assert piece not in after.window
        assert shape("keep") not in text
    assert shape("Town London") in told(reader, cleaned(redact, looks[-1])), "the rest is there"


def test_what_was_shown_before_it_was_typed_as_a_secret_is_scrubbed_at_the_end(
    reader: TextReader, tmp_path: Path
) -> None:
    """A code in a mail goes into the field of codes: the pictures of before held it in clear."""
    page = tmp_path / "site" / "page.html"
    page.parent.mkdir()
    page.write_text("<p>Your code: <b>739 204</b></p><p><input autofocus></p><p>Town: London</p>")
    (tmp_path / "script.yaml").write_text("[{kind: type_text, text: '739204', secret: true}]")
    options = RunOptions(
        task="type the code",
        url=str(page),
        size=(500, 300),
        planner="scripted",
        script=tmp_path / "script.yaml",
        trace=tmp_path / "run",
    )
    with Run(options, Settings(keep_runs=None), AutoApprover()) as run:
        assert run.go().status == "done"
    trace = TraceReader(tmp_path / "run")
    assert trace.verify() == []
    events = list(trace.events())
    assert any(isinstance(e, Note) and e.text.startswith("scrubbed for secrets that were shown") for e in events)
    assert not any("739" in e.model_dump_json(exclude={"time"}) for e in events if not isinstance(e, Observed))
    looks = [e for e in events if isinstance(e, Observed)]
    assert len(looks) >= 2
    for look in looks:
        text = shape("".join(line.text for line in reader.read(trace.picture(look))))
        assert "739" not in text
        assert "204" not in text
        assert shape("London") in text
        assert not any("739" in e.text for e in look.elements)
