"""`deskhand run`: options in, live progress on stderr, the result on stdout."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent import app
from agent.brake import Brake
from agent.config import Settings, load_settings
from agent.describe import plain as said
from agent.describe import took
from agent.errors import BadInput, DeskhandError
from agent.gate import Approver, AutoApprover, NobodyApprover
from agent.schema import Limits, Result, Status
from agent.ui.console import ConsoleApprover
from agent.ui.output import Output
from agent.ui.plain import PlainApprover, plain_console, show_plainly
from agent.ui.progress import Progress
from agent.ui.report import write_report
from agent.ui.speech import Speaker

EXIT_CODES: dict[Status, int] = {
    "done": 0,
    "failed": 1,
    "bad_input": 2,
    "stopped": 3,
    "denied": 3,
    "needs_person": 3,
    "missing": 4,
}
ENDINGS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that stop a run: asked to, or the terminal is gone."""
Answers = Literal["ask", "auto", "never"]
"""Who answers where the policy asks."""
COLOURS = {"ok": "green", "wrong": "red", "unfilled": "yellow", "unknown": "magenta"}


def run(
    task: Annotated[str, typer.Argument(help="What to do, in plain sentences, or the name of a skill.")] = "",
    data: Annotated[Path | None, typer.Option(help="A record: JSON, YAML or CSV.")] = None,
    row: Annotated[int | None, typer.Option(help="Which record of a CSV file or a list, from 1.")] = None,
    program: Annotated[str | None, typer.Option("--app", help="The application to start.")] = None,
    url: Annotated[str | None, typer.Option(help="A page to open in a browser.")] = None,
    display: Annotated[str | None, typer.Option(help="An X display that exists, as :0.")] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="A private display (the default).")] = False,
    size: Annotated[str, typer.Option(help="Size of the private display, WxH.")] = "1280x800",
    scale: Annotated[float, typer.Option(help="Display scale: 1.0 to 3.0.")] = 1.0,
    policy: Annotated[str | None, typer.Option(help="A policy's name or file.")] = None,
    approve: Annotated[str, typer.Option(help="Who answers where the policy asks: ask, auto or never.")] = "ask",
    planner: Annotated[str, typer.Option(help="embedded, vision or scripted.")] = "embedded",
    model: Annotated[str, typer.Option(help="--planner vision: a model's name or folder, or its name there.")] = "",
    server: Annotated[str, typer.Option(help="--planner vision: an OpenAI-compatible URL.")] = "",
    script: Annotated[Path | None, typer.Option(help="The actions for --planner scripted.")] = None,
    allow_net: Annotated[list[str] | None, typer.Option(help="HOST:PORT that the application may reach.")] = None,
    share: Annotated[list[Path] | None, typer.Option(help="Folder where the application may write.")] = None,
    max_steps: Annotated[int, typer.Option(min=1, help="The run ends after so many steps.")] = 400,
    time_limit: Annotated[float, typer.Option(min=1, help="The run ends after so many seconds.")] = 900.0,
    trace: Annotated[Path | None, typer.Option(help="Folder for the trace (default: traces/<time>).")] = None,
    ui: Annotated[bool, typer.Option("--ui", help="Watch it on a full screen and answer there.")] = False,
    web: Annotated[bool, typer.Option("--web", help="That screen in a browser on this machine.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="--web: the port; 0 takes a free one.")] = 0,
    plain: Annotated[bool, typer.Option("--plain", help="Line by line, for screen readers and logs.")] = False,
    speak: Annotated[bool, typer.Option("--speak", help="Say aloud what is asked.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Do a task: fill a form from a record, follow plain instructions, or both."""
    console = plain_console() if plain else Output(stderr=True)
    try:
        options = app.RunOptions(
            task=task,
            data=data,
            row=row,
            program=program,
            url=url,
            display=_display(display, sandbox),
            size=_size(size),
            scale=_scale(scale),
            policy=policy,
            planner=_one_of(planner, "--planner", ("embedded", "vision", "scripted")),
            model=model,
            server=server,
            script=script,
            allow_net=tuple(allow_net or ()),
            share=tuple(share or ()),
            limits=Limits(max_steps=max_steps, time_limit=time_limit),
            trace=trace,
        )
        answers = _one_of(approve, "--approve", ("ask", "auto", "never"))
        if (ui or web) and (plain or speak):
            raise BadInput("--ui and --web exclude --plain and --speak: they are a screen to look at")
        settings = load_settings()
        if web:
            from agent.ui.tui.apart import run_in_browser  # it takes a while: only when asked for

            result = run_in_browser(options, answers, port)
        elif ui:
            result = watched(options, settings, answers)
        else:
            asking = PlainApprover if plain else ConsoleApprover
            speaker = Speaker() if speak else None
            person = asking(console, limit=settings.ask_limit, private=options.display is None, speaker=speaker)
            result = told(options, settings, answers, person)
        if result.trace:
            report_on(Path(result.trace), console)
    except DeskhandError as error:
        if not as_json:
            raise
        result = Result(status=error.status, reason=str(error))
    except Exception as error:
        if not as_json:
            raise
        logging.getLogger(__name__).exception("an error of Deskhand's own")
        result = Result(status="failed", reason=f"an error of Deskhand's own: {error!r}")
    with contextlib.suppress(OSError):  # who reads has gone; how the run ended stands all the same
        show(result, as_json=as_json, plainly=plain)
    raise typer.Exit(EXIT_CODES[result.status])


def told(options: app.RunOptions, settings: Settings, answers: Answers, person: ConsoleApprover) -> Result:
    """Do it with a line a step, and questions at the terminal. Raises what the run raises."""
    progress, brake = Progress(person.console), Brake()
    person.begin(quiet=progress.paused, stop=brake.stop)
    approver = _approver(answers, person)
    with progress, app.Run(options, settings, approver, watchers=[progress, person], brake=brake) as session:
        for number in ENDINGS:
            if signal.getsignal(number) != signal.SIG_IGN or number == signal.SIGINT:  # nohup wants no hang-up
                signal.signal(number, lambda _number, _frame: session.stop())
        return session.go()


def watched(options: app.RunOptions, settings: Settings, answers: Answers) -> Result:
    """Do it on a full screen, and give the result once the person has closed it. Raises what the run raises."""
    from agent.ui.tui.app import watch  # it takes a while: only when asked for
    from agent.ui.tui.start_run import screen_of

    ended = watch(screen_of(options, settings, answers), settings.graphics)
    if isinstance(ended, Exception):
        raise ended
    return ended


def report_on(trace: Path, console: Console) -> None:
    """Write the report; what the run came to stands also without it (a form that was sent must not seem unsent)."""
    try:
        write_report(trace)
    except DeskhandError as error:
        console.print(f"warning: {error}", markup=False, soft_wrap=True)


def show(result: Result, *, as_json: bool, plainly: bool = False) -> None:
    """Print the result: one JSON object, or a table (plainly: text) with a line a field."""
    if as_json:
        print(json.dumps(as_dict(result), ensure_ascii=False))
        return
    if plainly:
        show_plainly(result)
        return
    console = Output()
    if result.fields:
        table = Table("Field", "Key", "Wanted", "Read back", "Verdict", title="Fields")
        for field in result.fields:
            # Text, not markup: what is read from a screen may hold brackets.
            cells = [Text(said(text)) for text in (field.label, field.key, field.wanted, field.read)]
            note = f" ({said(field.note)})" if field.note else ""
            table.add_row(*cells, Text.assemble((field.verdict, COLOURS[field.verdict]), note))
        console.print(table)
    if result.unmatched_keys:
        console.print(Text("Keys without a field: " + ", ".join(map(said, result.unmatched_keys))))
    console.print(Text(f"{result.status}: {said(result.reason)}"))
    console.print(f"{result.steps} steps, {took(result)}. Trace: {result.trace}", markup=False, soft_wrap=True)
    if result.trace and (report := Path(result.trace) / "report.html").is_file():
        console.print(f"Report: {report}", markup=False, soft_wrap=True)


def as_dict(result: Result) -> dict[str, Any]:
    """The contract of `--json`: exactly these names."""
    return {
        "status": result.status,
        "reason": result.reason,
        "fields": [f.model_dump(include={"label", "key", "wanted", "read", "verdict"}) for f in result.fields],
        "unmatched_keys": list(result.unmatched_keys),
        "steps": result.steps,
        "seconds": result.seconds,
        "trace": result.trace,
    }


def _display(display: str | None, sandbox: bool) -> str | None:
    if display and sandbox:
        raise BadInput("--display and --sandbox exclude each other: name one")
    return display


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    plain = text.isascii() and width.isdecimal() and height.isdecimal()
    if not (plain and 320 <= int(width[:5]) <= 7680 and 240 <= int(height[:5]) <= 4320):
        raise BadInput(f"--size {text}: write it as WIDTHxHEIGHT, from 320x240 to 7680x4320, as 1280x800")
    return int(width), int(height)


def _scale(scale: float) -> float:
    if not 0.5 <= scale <= 4:
        raise BadInput(f"--scale {scale:g}: it must lie between 0.5 and 4")
    return scale


def _one_of(value: str, option: str, choices: tuple[str, ...]) -> Any:
    if value not in choices:
        raise BadInput(f"{option} {value}: choose one of {', '.join(choices)}")
    return value


def _approver(answers: Answers, person: ConsoleApprover) -> Approver:
    match answers:
        case "auto":
            return AutoApprover()
        case "never":
            return NobodyApprover()
        case "ask":
            return person if person.interactive else NobodyApprover()
