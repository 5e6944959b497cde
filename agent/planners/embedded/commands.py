"""What a sentence asks for, as small frozen values; `sentences.py` makes them, `instruct.py` carries them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Relation = Literal["left of", "right of", "above", "below", "next to", "inside", "belongs"]
"""`inside` is a row, section, dialog or list that holds the target; what `belongs` to a caption shares its card."""

Kind = Literal[
    "button", "link", "tab", "checkbox", "radio", "field", "area", "dropdown", "list", "slider", "spinner",
    "switch", "icon", "option", "menu", "dialog", "section", "heading", "row", "text", "box", "image", "date",
]  # fmt: skip
"""The kind of thing that a sentence names; wider than a role ("box" may be a checkbox, a field, or a square)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A thing on the screen, as a sentence describes it."""

    said: str
    """The whole phrase, for messages."""
    words: str = ""
    """What it is called or what is written on it; empty if only described ("the button", "the red circle")."""
    literal: bool = False
    """`words` stood in quotes."""
    kind: Kind | None = None
    ordinal: int | None = None
    """1 is the first, -1 the last."""
    every: bool = False
    """All that fit ("both fields", "all checkboxes")."""
    colour: str = ""
    shape: str = ""
    size: Literal["", "large", "small"] = ""
    relation: Relation | None = None
    anchor: Target | None = None
    """What the relation is to."""
    place: str = ""
    """A part of the screen: "top right", "header"."""
    alone: bool = False
    """It must be the only one of its name: the phrase says what it is for, and not where it is."""
    exact: bool = False
    """Only a caption that is these words, and no other, will do: the words are a guess at what was meant."""
    phrase: str = field(default="", compare=False)
    """What it was read from, with the marks round quoted pieces."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text that stands on the screen: the value of something, one word of it, or what was read last."""

    of: Target | None = None
    """None is what was looked up before ("type that")."""
    word: int | None = None
    """1 is the first word, -1 the last; None is the whole text."""
    column: str = ""
    """What of it, where it is a row of a table ("the phone number of Carol")."""


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands; `said` is the part of the sentence that it came from."""

    said: str


@dataclass(frozen=True, slots=True)
class Press(Command):
    """Click something. `keys` is set where "press delete" may also mean a key."""

    target: Target
    button: Literal["left", "middle", "right"] = "left"
    count: int = 1
    modifiers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hover(Command):
    target: Target


@dataclass(frozen=True, slots=True)
class Enter(Command):
    """Type a text into a field; into whatever has the focus if there is no target."""

    text: str
    target: Target | None = None
    source: Source | None = None
    """Where the text is to be read from, if it is not given."""
    guessed: bool = False
    """The target is the noun before the text (the name "Bob"), which need not be the caption of a field."""


@dataclass(frozen=True, slots=True)
class Put(Command):
    """Bring a control of any kind to show a value ("set volume to 7", "select 4 with the slider")."""

    value: str
    target: Target


@dataclass(frozen=True, slots=True)
class Clear(Command):
    target: Target


@dataclass(frozen=True, slots=True)
class Choose(Command):
    """Choose options by their captions, in a control if one is named; none at all if `options` is empty."""

    options: tuple[str, ...]
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Tick(Command):
    """Check, uncheck or toggle boxes; `on` is None for toggle."""

    targets: tuple[Target, ...]
    on: bool | None = True


@dataclass(frozen=True, slots=True)
class Keys(Command):
    keys: tuple[str, ...]
    times: int = 1
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Roll(Command):
    """Scroll: until a target shows, or in a direction (`notches` of the wheel, None is to the end)."""

    target: Target | None = None
    direction: Literal["up", "down", "left", "right"] = "down"
    notches: int | None = 5
    where: Target | None = None


@dataclass(frozen=True, slots=True)
class DragTo(Command):
    """Drag something onto something else, or by an offset in pixels."""

    target: Target
    onto: Target | None = None
    by: tuple[int, int] | None = None
    own_size: bool = False
    """`by` is a direction only: as far as the next thing there, or by about its own size."""


@dataclass(frozen=True, slots=True)
class WaitFor(Command):
    """Wait some seconds, or until a text shows (or is gone)."""

    seconds: float | None = None
    text: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Verify(Command):
    """Make sure that something is (not) seen, shows a text, or is in a state."""

    target: Target | None = None
    text: str | None = None
    """What the target shows; without a target, what stands anywhere on the screen."""
    state: Literal["", "checked", "unchecked", "enabled", "disabled", "empty"] = ""
    absent: bool = False


@dataclass(frozen=True, slots=True)
class FillForm(Command):
    """Fill the form from the record."""

    submit: bool | None = None
    """None: not said, which means yes for a task that says nothing else."""


@dataclass(frozen=True, slots=True)
class Submit(Command):
    """Send the form by its own button."""


@dataclass(frozen=True, slots=True)
class Forward(Command):
    """Send a message on to somebody; no target is the message that was found or opened before."""

    target: Target | None
    to: str


@dataclass(frozen=True, slots=True)
class Reply(Command):
    """Answer a message; no target is the message that was found or opened before."""

    target: Target | None
    text: str


@dataclass(frozen=True, slots=True)
class Focus(Command):
    target: Target


@dataclass(frozen=True, slots=True)
class Open(Command):
    """Open a menu path, tab or section: each step is pressed once it shows."""

    path: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Close(Command):
    """Close a dialog, tab or section; the topmost dialog if nothing is named."""

    target: Target


@dataclass(frozen=True, slots=True)
class Find(Command):
    """Look for something, scrolling if need be; what follows is done beside it."""

    target: Target


@dataclass(frozen=True, slots=True)
class Search(Command):
    """Type a text into the search field and press Enter; where there is no such field, look for it on the screen."""

    text: str
    field: Target
    otherwise: Command


@dataclass(frozen=True, slots=True)
class Lookup(Command):
    """Read something and keep it for the command that says "type that"."""

    source: Source


@dataclass(frozen=True, slots=True)
class Solve(Command):
    """Work out the sum or the equation on the screen and keep the answer for "type your answer"."""

    unknown: str = ""


@dataclass(frozen=True, slots=True)
class PressInOrder(Command):
    """Press all numbers on the screen, the smallest first (or last)."""

    falling: bool = False


@dataclass(frozen=True, slots=True)
class PickDay(Command):
    """Choose a day in the calendar that is in view; month and year may be left to what it shows."""

    day: int
    month: int | None
    year: int | None
    otherwise: Command
    """What the sentence means where no calendar is in view."""


@dataclass(frozen=True, slots=True)
class PressRow(Command):
    """Press the one row of a table that holds a value under a heading; `columns` are names the heading may have."""

    columns: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Sort(Command):
    """Bring a table into the order of one of its columns by pressing the column's heading."""

    column: str
    falling: bool = False


@dataclass(frozen=True, slots=True)
class Explore(Command):
    """Press each of some things (tabs, sections) in turn until what the next command aims at is seen."""

    among: Target


@dataclass(frozen=True, slots=True)
class SelectText(Command):
    """Mark the text of something; with `copy` it goes to the clipboard."""

    target: Target
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Paste(Command):
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class NotUnderstood(Command):
    """A part of a sentence that means nothing known; it is never guessed."""

    reason: str = ""
    known: tuple[str, ...] = field(default=())
