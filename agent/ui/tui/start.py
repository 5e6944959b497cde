"""The form in which a run is started; what is wrong is told at the field."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Label, Select, Static

from agent.app import RunOptions, make_task
from agent.errors import BadInput
from agent.lookup import find, names
from agent.planners.embedded.record import load_record
from agent.policy import Policy
from agent.sandbox.browser import Page

LABELS = {
    "skill": ("Skill", "from the list, or none"),
    "task": ("Task", "in plain sentences; may stay empty where a record says all"),
    "data": ("Record", "a file: JSON, YAML or CSV"),
    "row": ("Row", "which record of a list, from 1"),
    "url": ("Page", "http://127.0.0.1:8000/new or a file"),
    "app": ("Application", "a command such as: yad --form"),
    "display": ("Display", "an X display that exists, as :0; empty: a private one"),
    "policy": ("Policy", "as the display asks for"),
    "planner": ("Planner", ""),
    "model": ("Model", "for the planner vision: a name or a folder"),
    "server": ("Server", "for the planner vision: an OpenAI-compatible URL"),
}
"""Caption and hint of each field, in their order."""
PLANNERS = ("embedded", "vision")
_ALL = ""
"""The key of a complaint that belongs to no field."""


class Wrong(Exception):
    """What was filled in can't be run; `problems` says why, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def options_of(values: Mapping[str, str]) -> RunOptions:
    """The run that these fields ask for, checked by what `deskhand run` itself reads them with. Raises Wrong."""
    filled = {name: values.get(name, "").strip() for name in LABELS}
    problems: dict[str, str] = {}

    def attempt(field: str, read: Callable[[], object]) -> None:
        try:
            read()
        except BadInput as error:
            problems.setdefault(field, str(error))

    row = int(filled["row"]) if filled["row"].isascii() and filled["row"].isdigit() else None
    if filled["row"] and row is None:
        problems["row"] = "a whole number, from 1"
    options = RunOptions(
        task=filled["skill"] or filled["task"],
        data=Path(filled["data"]).expanduser() if filled["data"] else None,
        row=row,
        program=filled["app"] or None,
        url=filled["url"] or None,
        display=filled["display"] or None,
        policy=filled["policy"] or None,
        planner=cast("Literal['embedded', 'vision']", filled["planner"] or PLANNERS[0]),
        model=filled["model"],
        server=filled["server"],
    )
    if options.data is not None and "row" not in problems:
        record = partial(load_record, options.data, row)
        attempt("row" if row is not None and _readable(options.data) else "data", record)
    if not problems:
        attempt("skill" if filled["skill"] else "task", lambda: make_task(options))
    if options.policy:
        attempt("policy", lambda: Policy.load(find("policies", options.policy or "")))
    problems |= _where(options)
    if options.planner != "vision":
        problems |= {
            name: "only the planner vision has a mind of its own" for name in ("model", "server") if filled[name]
        }
    if problems:
        raise Wrong(problems)
    return options


def _readable(data: Path) -> bool:
    """Whether the record's file is sound but for the choice of its row."""
    try:
        load_record(data, 1)
    except BadInput:
        return False
    return True


def _where(options: RunOptions) -> dict[str, str]:
    """What is wrong with the place where the run would act."""
    if options.program and options.url:
        return {"app": "a page and an application exclude each other: leave one empty"}
    if not (options.program or options.url or options.display):
        return {"url": "a private display is empty: name a page or an application"}
    try:
        if options.url:
            Page.parse(options.url)
        if options.program:
            shlex.split(options.program)
    except BadInput as error:
        return {"url": str(error)}
    except ValueError as error:
        return {"app": f"this is no command: {error}"}
    return {}


class StartForm(VerticalScroll):
    """Asks for a run; what it comes to is a message."""

    DEFAULT_CSS = """
    StartForm { padding: 0 1; }
    StartForm .field { height: 1; margin: 0; }
    StartForm .field Label { width: 13; }
    StartForm .field Input, StartForm .field Select { width: 1fr; }
    StartForm .wrong { color: $text-error; padding: 0 0 0 13; height: auto; display: none; }
    StartForm #go { margin: 1 0 0 13; }
    """

    class Ready(Message):
        """The run is to start."""

        def __init__(self, options: RunOptions) -> None:
            super().__init__()
            self.options = options

    def compose(self) -> ComposeResult:
        for name, (caption, hint) in LABELS.items():
            with Horizontal(classes="field"):
                yield Label(caption)
                yield self._field(name, hint)
            yield Static(id=f"wrong-{name}", classes="wrong", markup=False)
        yield Static(id="wrong-all", classes="wrong", markup=False)
        yield Button("Start (Ctrl+R)", id="go", variant="primary", compact=True)

    def _field(self, name: str, hint: str) -> Input | Select[str]:
        match name:
            case "skill":
                return Select([(n, n) for n in names("skills")], prompt=hint, id=name, compact=True)
            case "policy":
                return Select([(n, n) for n in names("policies")], prompt=hint, id=name, compact=True)
            case "planner":
                choices = [(n, n) for n in PLANNERS]
                return Select(choices, value=PLANNERS[0], allow_blank=False, id=name, compact=True)
            case _:
                return Input(placeholder=hint, id=name, compact=True, select_on_focus=False)

    def values(self) -> dict[str, str]:
        """What is filled in, by field."""
        found = {one.id or "": one.value for one in self.query(Input)}
        for name in ("skill", "policy", "planner"):
            chosen = cast("Select[str]", self.query_one(f"#{name}", Select)).value
            found[name] = chosen if isinstance(chosen, str) else ""
        return found

    def submit(self) -> None:
        """Check what is filled in; the first field that is wrong gets the focus."""
        try:
            options = options_of(self.values())
        except Wrong as wrong:
            self.complain(wrong.problems)
            return
        self.complain({})
        self.post_message(self.Ready(options))

    def complain(self, problems: Mapping[str, str]) -> None:
        """Show what is wrong, each at its field; the key '' is for the form as a whole."""
        for name in (*LABELS, _ALL):
            line = self.query_one(f"#wrong-{name or 'all'}", Static)
            line.update(Text(problems.get(name, "")))
            line.display = name in problems
        if first := next((name for name in LABELS if name in problems), None):
            self.query_one(f"#{first}").focus()

    @on(Button.Pressed, "#go")
    def _pressed(self) -> None:
        self.submit()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.submit()
