"""Past runs: the list, and one of them step by step with its pictures."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import DataTable, Footer, Static

from agent.describe import clip, describe, plain, took
from agent.errors import DeskhandError
from agent.schema import FieldResult
from agent.trace import TraceReader
from agent.ui.report import write_report
from agent.ui.report_data import StepView
from agent.ui.tui.closeup import place_of
from agent.ui.tui.marks import Mark
from agent.ui.tui.past import Past, Summary, checked, read_past, summaries
from agent.ui.tui.picture import Picture

STYLES = {"done": "green", "ok": "green", "failed": "red", "broken": "bold red", "wrong": "red", "unknown": "magenta"}
"""Of a status, an outcome or a verdict; what is not here is yellow."""
_PROBLEMS = 3
"""So many problems are told in words; of the others, how many."""


class PastRuns(Vertical):
    """The list of past runs, newest first; Enter opens one."""

    DEFAULT_CSS = (
        "PastRuns DataTable { height: 1fr; overflow-x: hidden; } PastRuns #none { display: none; padding: 1 2; }"
    )

    class Opened(Message):
        """A run was picked."""

        def __init__(self, folder: Path) -> None:
            super().__init__()
            self.folder = folder

    def __init__(self, root: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._root = root
        self._found: list[Summary] = []

    def compose(self) -> ComposeResult:
        yield Static(f"There are no runs under {self._root} yet.", id="none", markup=False)
        yield DataTable[Text](id="runs", cursor_type="row")

    def on_mount(self) -> None:
        table = self._table()
        table.add_column("When", key="when", width=16)
        table.add_column("Status", key="status", width=12)
        table.add_column("Steps", key="steps", width=6)
        table.add_column("Time", key="time", width=7)
        table.add_column("Task", key="task")
        self.reload()

    def reload(self) -> None:
        """Read the list anew."""
        table, self._found = self._table(), summaries(self._root)
        table.clear()
        for number, one in enumerate(self._found):
            when = datetime.fromtimestamp(one.began).strftime("%Y-%m-%d %H:%M")
            seconds = "" if one.seconds is None else f"{one.seconds:.1f} s"
            steps = "" if one.steps is None else str(one.steps)
            words = one.task or f"{one.folder.name}: {one.reason}"
            cells = (when, styled(one.status), steps, seconds, clip(words, 200))
            table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells), key=str(number))
        self.query_one("#none").display = not self._found
        table.display = bool(self._found)

    @on(DataTable.RowSelected, "#runs")
    def _opened(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.Opened(self._found[event.cursor_row].folder))

    def _table(self) -> DataTable[Text]:
        return _table(self, "#runs")


class PastScreen(Screen[None]):
    """One past run: its steps, the picture that each was decided on, its fields, and what is wrong with its trace."""

    CSS = """
    PastScreen #head, PastScreen #state { height: auto; width: 1fr; }
    PastScreen #head { background: $boost; }
    PastScreen #state { max-height: 5; }
    PastScreen #left { width: 1fr; }
    PastScreen DataTable { overflow-x: hidden; }
    PastScreen #steps { height: 2fr; }
    PastScreen #fields { height: 1fr; display: none; }
    PastScreen.-fields #fields { display: block; }
    PastScreen #right { width: 1fr; padding: 0 0 0 1; }
    PastScreen #words { height: auto; max-height: 10; }
    """
    AUTO_FOCUS = "#steps"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back"),
        Binding("f", "fields", "Fields"),
        Binding("r", "report", "Write the report"),
    ]

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._reader: TraceReader | None = None
        self._past = Past()

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield Static("reading …", id="state", markup=False)
        with Horizontal():
            with Vertical(id="left"):
                yield DataTable[Text](id="steps", cursor_type="row")
                yield DataTable[Text](id="fields", cursor_type="row")
            with Vertical(id="right"):
                yield Picture(id="shown")
                with VerticalScroll(id="words", can_focus=False):
                    yield Static(id="step", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        steps = _table(self, "#steps")
        for name, width in (("#", 5), ("Outcome", 10), ("Step", None)):
            steps.add_column(name, width=width)
        _table(self, "#fields").add_columns("Field", "Wanted", "Read back", "Verdict")
        self.query_one("#head", Static).update(Text(str(self._folder)))
        self._load()

    @work(thread=True)
    def _load(self) -> None:
        """Reading takes a while where there are ten thousand steps: the screen stays alive meanwhile."""
        app = _app(self)
        try:
            reader = TraceReader(self._folder)
            past = read_past(reader)
            # What `verify` finds tells of the lines that are no events too.
            past.problems = checked(reader)
        except DeskhandError as error:
            app.call_from_thread(self._say, str(error), "broken")
            return
        app.call_from_thread(self._fill, reader, past)

    def _fill(self, reader: TraceReader, past: Past) -> None:
        if not self.is_mounted:
            return
        self._reader, self._past = reader, past
        run = past.run
        when = datetime.fromtimestamp(run.began).strftime("%Y-%m-%d %H:%M:%S") if run.began else ""
        task = plain(run.started.task) if run.started else "its beginning can't be read"
        rules = f" (policy {plain(run.started.policy)}, planner {run.started.planner})" if run.started else ""
        self.query_one("#head", Static).update(Text(f"{when}  {task}{rules}"))
        self._tell_state()
        steps = _table(self, "#steps")
        for step in run.steps:
            outcome = step.outcome.status if step.outcome else ""
            words = clip(describe(step.proposal.action, step.proposal.grounding), 200)
            steps.add_row(Text(f"{step.number:5d}"), styled(outcome), Text(words))
        fields = _table(self, "#fields")
        for one in run.fields:
            fields.add_row(*_cells(one))

    def _tell_state(self) -> None:
        run, problems = self._past.run, self._past.problems
        text = Text()
        if run.result is not None:
            text.append_text(styled(run.result.status))
            text.append(f": {plain(run.result.reason)} ({run.result.steps} steps, {took(run.result)})")
        else:
            text.append("no end", "yellow")
        if any(problem.broken for problem in problems):
            text.append("\nThe trace is broken; what can be read of it is shown.", "bold red")
        for problem in problems[:_PROBLEMS]:
            text.append(f"\n{plain(str(problem))}", "red" if problem.broken else "yellow")
        if len(problems) > _PROBLEMS:
            text.append(f"\nand {len(problems) - _PROBLEMS} more")
        self.query_one("#state", Static).update(text)

    @on(DataTable.RowHighlighted, "#steps")
    def _picked(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        if 0 <= event.cursor_row < len(self._past.run.steps):
            self._show(self._past.run.steps[event.cursor_row])

    def _show(self, step: StepView) -> None:
        lines = [Text(describe(step.proposal.action, step.proposal.grounding), "bold")]
        if step.proposal.thought:
            lines.append(Text(plain(step.proposal.thought), "dim"))
        if (verdict := step.verdict) is not None:
            lines.append(Text(f"{verdict.effect} by rule {plain(verdict.rule)}, {verdict.risk} risk {verdict.reason}"))
        if (approval := step.approval) is not None and approval.by != "policy":
            lines.append(Text(f"{approval.decision} by {approval.by} {plain(approval.reason)}".rstrip()))
        if step.performed is not None and step.performed != step.proposal.action:
            lines.append(Text(f"changed to: {describe(step.performed)}"))
        if (outcome := step.outcome) is not None:
            lines.append(styled(outcome.status).append(f" {plain(outcome.detail)}", "default"))
        picture = self.query_one("#shown", Picture)
        if step.before is None or self._reader is None:
            picture.show(None)
        else:
            box, point = place_of(step.proposal)
            try:
                pixels = self._reader.picture(step.before)
            except DeskhandError as error:
                picture.show(None)
                lines.append(Text(str(error), "red"))
            else:
                shot = step.before.screenshot.model_copy(update={"pixels": pixels})
                picture.show(pixels, [Mark.on(shot, box, point)] if box or point else [])
        self.query_one("#step", Static).update(Text("\n").join(lines))

    def action_fields(self) -> None:
        self.toggle_class("-fields")

    def action_leave(self) -> None:
        self.dismiss()

    @work(thread=True, exclusive=True)
    def action_report(self) -> None:
        """Write the HTML report and say where it is."""
        app = _app(self)
        try:
            where = f"report: {write_report(self._folder)}"
        except (DeskhandError, OSError) as error:
            where = f"no report: {error}"
        app.call_from_thread(self.notify, where, markup=False, timeout=20)

    def _say(self, words: str, status: str) -> None:
        if self.is_mounted:
            self.query_one("#state", Static).update(Text(words, STYLES[status]))


def _table(owner: Widget, selector: str) -> DataTable[Text]:
    return cast("DataTable[Text]", owner.query_one(selector, DataTable))


def _app(owner: Widget) -> App[object]:
    return cast("App[object]", owner.app)  # pyright: ignore[reportUnknownMemberType]


def styled(status: str) -> Text:
    """A status, an outcome or a verdict in its colour."""
    return Text(status.replace("_", " "), STYLES.get(status, "yellow"))


def _cells(field: FieldResult) -> tuple[Text, ...]:
    return Text(plain(field.label)), Text(plain(field.wanted)), Text(plain(field.read)), styled(field.verdict)
