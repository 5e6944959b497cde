"""What a person does by hand: through the picture on a private display, with their own mouse on a shared one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from agent.describe import describe, plain
from agent.schema import Action, Click, Drag, Point, PressKeys, Scroll, TypeText, Wait
from agent.ui.tui.approver import Leave, Turn
from agent.ui.tui.editing import keys_of, unescaped

AGAIN = 0.35
"""Seconds in which a second click makes a double click of the first."""
NOTCHES = 3
"""Of the wheel, for one turn of it here."""
_BUTTONS = {1: "left", 2: "middle", 3: "right"}
_HINTS = {
    "text": r"Text to type (\n is Enter, \t Tab, \\ a backslash). Enter types it, Esc goes back.",
    "secret": "A secret to type: neither shown nor kept. Enter types it, Esc goes back.",
    "keys": "Keys to press, as ctrl+s. Enter presses them, Esc goes back.",
    "held": "Keys to hold for the next click, as ctrl+shift. Enter holds them, Esc goes back.",
}
_HOLDABLE = ("ctrl", "shift", "alt", "meta")


class ByHand(Vertical, can_focus=True):
    """Shown while the person is in charge; answers the turn with what they do."""

    DEFAULT_CSS = """
    ByHand { display: none; height: auto; background: $warning 20%; padding: 0 1; }
    ByHand.shown { display: block; }
    ByHand Static { height: auto; width: 1fr; }
    ByHand Input, ByHand Input:focus { display: none; border: none; height: 1; padding: 0; }
    ByHand Input.shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "hand_back", "Hand back"),
        Binding("t", "open('text')", "Type"),
        Binding("x", "open('secret')", "Type a secret"),
        Binding("k", "open('keys')", "Keys"),
        Binding("m", "open('held')", "Hold keys"),
        Binding("r", "do_nothing", "Look again"),
        Binding("escape", "close", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.in_charge = False
        self._turn: Turn | None = None
        self._private = True
        self._entry = ""
        self._click: tuple[Click, Timer] | None = None
        self._held: tuple[str, ...] = ()
        """Keys to hold for the next click."""

    def compose(self) -> ComposeResult:
        yield Static(markup=False)
        yield Input()

    # ------------------------------------------------------------ the turn

    def ask(self, turn: Turn, private: bool) -> None:
        """The person is in charge, or still is: what do they do next?"""
        self._turn, self._private = turn, private
        if not self.in_charge:
            self.in_charge = True
            self.add_class("shown")
            self.focus()
        self._invite()

    @property
    def open(self) -> bool:
        """Whether the loop waits for what the person does."""
        return self._turn is not None and not self._turn.settled

    def answered(self, question: Leave | Turn) -> None:
        """The turn is over, with the run or without an action."""
        if question is self._turn:
            self._turn = None

    def leave(self) -> None:
        """The agent is in charge again, or the run is over."""
        self._turn, self.in_charge, self._held = None, False, ()
        self._close()
        self.remove_class("shown")
        self.screen.set_focus(self.screen.query_one("#steps"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.in_charge and (self._private or action in ("hand_back", "close"))

    # ------------------------------------------------------------ what they do

    def clicked(self, place: Point, button: int, chain: int, held: Sequence[str] = ()) -> None:
        if not self.in_charge or not self._private or (kind := _BUTTONS.get(button)) is None:
            return
        if self._click is not None:
            click, timer = self._click
            timer.stop()
            self._click = None
            count = 2 if chain >= 2 and click.button == kind else 1
            self._do(click.model_copy(update={"count": count}))
            return
        keys = tuple(dict.fromkeys((*self._held, *held)))
        click = Click.model_validate({"point": place, "button": kind, "modifiers": keys})
        self._click = click, self.set_timer(AGAIN, self._single)

    def dragged(self, path: Sequence[Point], button: int) -> None:
        if not self.in_charge or not self._private or (kind := _BUTTONS.get(button)) is None:
            return
        if self._held:
            self._say(f"Not done: {'+'.join(self._held)} can be held for a click only. m and an empty line let go.")
            return
        self._do(Drag.model_validate({"path": tuple(path), "button": kind}))

    def scrolled(self, place: Point, down: int) -> None:
        if self.in_charge and self._private:
            self._do(Scroll(point=place, dy=NOTCHES * down))

    def action_hand_back(self) -> None:
        if self._turn is not None and self._turn.settle((None,)):
            self.leave()

    def action_do_nothing(self) -> None:
        """A step that only looks."""
        self._do(Wait(seconds=0))

    def action_open(self, entry: str) -> None:
        self._entry = entry
        line = self.query_one(Input)
        line.password, line.value = entry == "secret", ""
        self._say(_HINTS[entry])
        line.add_class("shown")
        line.focus()

    def action_close(self) -> None:
        self._close()
        self.focus()
        self._invite()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            match self._entry:
                case "held":
                    self._hold(event.value)
                    return
                case "keys":
                    action: Action = PressKeys(keys=keys_of(event.value))
                case "secret":
                    action = TypeText(text=event.value, secret=True)
                case _:
                    action = TypeText(text=unescaped(event.value))
        except ValueError as error:
            self._say(f"Not done: {error}.")
            return
        if event.value and self._do(action):
            self._close()
            self.focus()

    def _hold(self, line: str) -> None:
        """Raises ValueError where these are no keys to hold."""
        keys = keys_of(line) if line.strip() else ()
        if not set(keys) <= set(_HOLDABLE):
            raise ValueError(f"only {', '.join(_HOLDABLE)} can be held")
        self._held = keys
        self.action_close()

    def _single(self) -> None:
        if self._click is not None:
            click, _ = self._click
            self._click = None
            self._do(click)

    def _do(self, action: Action) -> bool:
        """Hand an action to the loop. While the last one is under way nothing is taken: the picture is an old one."""
        if self._turn is None or not self._turn.settle((action,)):
            self._say("Not yet: the last one is still under way.")
            return False
        if isinstance(action, Click):
            self._held = ()
        self._say(f"{describe(action)} …")
        return True

    def _invite(self) -> None:
        """Say what the person may do, where the loop waits for it."""
        if self._turn is not None:
            way = "click, drag or scroll in the picture, or press t, x, k, m"
            if not self._private:
                way = "use your own mouse and keyboard"
            held = f" {'+'.join(self._held)} is held for the next click." if self._held else ""
            self._say(f"You are in charge ({plain(self._turn.why)}): {way}. h hands back.{held}")

    def _close(self) -> None:
        self._entry = ""
        self.query_one(Input).remove_class("shown")

    def _say(self, words: str) -> None:
        self.query_one(Static).update(words)
