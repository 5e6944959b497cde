"""The question: may this be done? Nothing is ever taken for a yes but its key, and no key at first."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from agent.schema import Approval, Proposal, Screenshot
from agent.ui.tui import editing, words
from agent.ui.tui.approver import Leave
from agent.ui.tui.closeup import closeup, place_of
from agent.ui.tui.marks import Mark
from agent.ui.tui.picture import Picture

DEAD = 0.5
"""Seconds after the question is seen in which no key answers it: who was typing meant something else."""
RISKS = {"none": "dim", "low": "green", "medium": "yellow", "high": "bold red"}
KEYS = (("a", "approve once"), ("k", "kind for this run"), ("e", "edit"), ("r", "reject"), ("t", "take over"),
        ("s", "stop"))  # fmt: skip
_ANSWERS = {
    "approve": Approval(decision="approve", by="person"),
    "kind": Approval(decision="approve", by="person", scope="run", reason="this kind, for this run"),
    "take_over": Approval(decision="take_over", by="person", reason="the person took over at the question"),
    "stop": Approval(decision="stop", by="person", reason="the person stopped the run"),
}
_SHORT = {"a": "yes", "k": "kind", "r": "no", "t": "take over"}
"""What the keys mean, where there is little room."""
SMALL, NARROW = 18, 76
"""Rows and columns below which there is little room: no picture, no frame."""
_LEFT, _NAME = 6, 8
"""Rows of frame, title and keys; cells of a fact's name."""


class ApprovalScreen(ModalScreen[None]):
    """Shows what is asked and settles it. `told` is the proposal without its secrets, `shot` the last picture."""

    CSS = """
    ApprovalScreen { align: center middle; }
    #question { width: 100; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $warning; border-title-color: $text-warning; border-subtitle-color: $text-muted; }
    #question.high { border: round $error; border-title-color: $text-error; }
    #headline, #facts, #error, #keys { height: auto; width: 1fr; }
    #about { height: auto; scrollbar-size-vertical: 1; }
    #error { color: $text-error; display: none; }
    #answer { display: none; border: none; height: 1; padding: 0; background: $boost; }
    #error.shown, #answer.shown { display: block; }
    ApprovalScreen.small #question, ApprovalScreen.small #question.high { height: 100%; border: none; padding: 0; }
    ApprovalScreen.small #about { height: 1fr; max-height: 100%; }
    ApprovalScreen.small #headline { max-height: 40%; }
    ApprovalScreen.small #keys { max-height: 60%; }
    """
    AUTO_FOCUS = "#about"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "answer('approve')", show=False),
        Binding("k", "answer('kind')", show=False),
        Binding("e", "edit", show=False),
        Binding("r", "reason", show=False),
        Binding("t", "answer('take_over')", show=False),
        Binding("s", "answer('stop')", show=False),
        Binding("ctrl+c", "stop", show=False, priority=True),
        Binding("escape", "back", show=False),
    ]

    def __init__(
        self,
        leave: Leave,
        *,
        told: Proposal | None = None,
        shot: Screenshot | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._leave, self._told, self._clock = leave, told, clock
        self._shot = shot
        self._part: Screenshot | None = None
        self._seen: float | None = None
        self._entry = ""
        """What the input line is open for: `edit`, `reason` or nothing."""
        self._line = Text()

    def compose(self) -> ComposeResult:
        with Vertical(id="question") as frame:
            frame.border_title = f"Step {self._leave.request.number} needs your leave"
            yield Static(id="headline")
            yield Picture(id="there")
            with VerticalScroll(id="about"):
                yield Static(id="facts")
            yield Static(id="error", markup=False)
            yield Input(id="answer")
            yield Static(id="keys")

    def on_mount(self) -> None:
        request = self._leave.request
        self.query_one("#question").set_class(request.verdict.risk == "high", "high")
        self.query_one("#headline", Static).update(Text(words.headline(request, self._told), style="bold"))
        self.tick()
        self.set_interval(0.1, self.tick)
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._seen = self._clock()
        self.tick()

    def asks(self, question: object) -> bool:
        """Whether this is the question that it asks."""
        return question is self._leave

    @property
    def dead(self) -> bool:
        """Whether it is too early for any answer."""
        return self._seen is None or self._clock() - self._seen < DEAD

    # ------------------------------------------------------------ keys

    def action_answer(self, name: str) -> None:
        if not self.dead and not self._entry:
            self._leave.settle(_ANSWERS[name])

    def action_stop(self) -> None:
        """Stopping is never too early."""
        self._leave.settle(_ANSWERS["stop"])

    def action_edit(self) -> None:
        action = self._leave.request.proposal.action
        if self.dead or self._entry:
            return
        if not (hint := editing.hint(action)):
            self._complain("an action of this kind can't be edited; reject it and say what to do instead")
            return
        hidden = words.is_hidden(self._leave.request, self._told)
        self._open("edit", "" if hidden else editing.line_of(action), hint, hidden)

    def action_reason(self) -> None:
        if not self.dead and not self._entry:
            self._open("reason", "", "why not? The planner gets this (empty: just no)", False)

    def action_back(self) -> None:
        if self._entry:
            self._entry = ""
            self.query_one("#answer").remove_class("shown")
            self._complain("")
            self.query_one("#about").focus()
            self.tick()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        match self._entry:
            case "reason":
                reason = event.value.strip() or "the person said no"
                self._leave.settle(Approval(decision="reject", by="person", reason=reason))
            case "edit":
                try:
                    action = editing.changed(self._leave.request.proposal.action, event.value)
                except ValueError as error:
                    self._complain(str(error))
                    return
                self._leave.settle(Approval(decision="modify", by="person", action=action))
            case _:
                pass

    def on_picture_clicked(self, event: Picture.Clicked) -> None:
        """While a place is edited, a click in the picture names it."""
        if self._entry == "edit" and self._part is not None:
            place = self._part.to_screen(event.u, event.v)
            if (action := editing.moved(self._leave.request.proposal.action, place)) is not None:
                self.query_one("#answer", Input).value = editing.line_of(action)

    def _open(self, entry: str, value: str, hint: str, secret: bool) -> None:
        self._entry = entry
        line = self.query_one("#answer", Input)
        line.password, line.value, line.placeholder = secret, value, hint
        line.add_class("shown")
        line.focus()
        self._complain("")
        self.tick()

    def _complain(self, error: str) -> None:
        shown = self.query_one("#error", Static)
        shown.update(error)
        shown.set_class(bool(error), "shown")

    # ------------------------------------------------------------ showing

    def tick(self) -> None:
        """What the passing of time changes: the keys come alive, the seconds run out."""
        left = max(0, math.ceil(self._leave.until - self._clock()))
        frame = self.query_one("#question")
        subtitle = f"no answer in {left // 60}:{left % 60:02d} means no"
        if frame.border_subtitle != subtitle:
            frame.border_subtitle = subtitle
        line = self._keys()
        if line != self._line:
            self._line = line
            self.query_one("#keys", Static).update(line)

    def _keys(self) -> Text:
        if self._entry:
            hint = self.query_one("#answer", Input).placeholder
            return Text(f"{hint}. Enter sends, Esc goes back", style="dim")
        text = Text()
        short = self.size.width < NARROW
        for key, meaning in ((key, _SHORT.get(key, meaning) if short else meaning) for key, meaning in KEYS):
            text.append(key, style="dim" if self.dead else "bold reverse")
            # Lines break between the keys, not inside what one of them means.
            bound = f" {meaning}".replace(" ", "\u00a0")
            text.append(bound, style="dim" if self.dead else "").append("  ")
        if self.dead:
            text.append("(keys wait a moment)", style="dim italic")
        return text

    def _facts(self) -> Text:
        request = self._leave.request
        text = Text(overflow="fold")
        if self.size.height < SMALL:
            text.append("This terminal is small: no picture; arrow keys scroll.\n", style="dim italic")
        for alert in request.context.alerts:
            text.append(f"Suspicious text on the screen: {words.warning(alert)}\n", style="bold red")
        text.append(f"{'Risk':{_NAME}} ", style="dim").append(f"{request.verdict.risk}\n", RISKS[request.verdict.risk])
        for name, words_of_it in words.rows(request, self._told):
            text.append(f"{name:{_NAME}} ", style="dim").append(f"{words_of_it}\n")
        text.right_crop(1)
        return text

    def on_resize(self) -> None:
        """Words come first: the picture takes rows that they leave over, and goes where there are none."""
        rows, columns = self.size.height, min(100, self.size.width) - 4
        self.set_class(rows < SMALL, "small")
        needed = _rows(self._facts(), columns) + _rows(Text(words.headline(self._leave.request, self._told)), columns)
        high = min(14, max(rows - _LEFT - needed, 4))
        picture = self.query_one("#there", Picture)
        picture.display = rows >= SMALL
        picture.styles.height = high
        if rows >= SMALL:
            self.query_one("#about").styles.max_height = rows - _LEFT - 1 - high
        self.query_one("#facts", Static).update(self._facts())
        self._line = Text()
        self.tick()
        self.call_after_refresh(self._point)

    def _point(self) -> None:
        """The target, as large as the room for it allows."""
        picture = self.query_one("#there", Picture)
        if self._shot is None or not picture.display:
            return
        box, point = place_of(self._leave.request.proposal)
        self._part = closeup(self._shot, box, point, picture.capacity())
        picture.show(self._part.pixels, [Mark.on(self._part, box, point)] if box or point else [])


def _rows(text: Text, width: int) -> int:
    """Rows that a text takes, about."""
    return sum(max(1, math.ceil(len(line) / max(1, width))) for line in text.plain.split("\n"))
