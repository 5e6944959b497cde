"""Carrying out the commands that change something: press, type, set, choose, tick, open, close."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from rapidfuzz.fuzz import partial_ratio

from agent.planners.embedded import commands as c
from agent.planners.embedded.choices import set_tick
from agent.planners.embedded.controls import Wish, operate
from agent.planners.embedded.dates import date_order, readings
from agent.planners.embedded.daypicker import days_of, pick_day, shown_month
from agent.planners.embedded.desk import GiveUp, Uncertain, name_of, perform, press, wait
from agent.planners.embedded.ground import Abstention, Fit, candidates, grounding, likeness, name, pick
from agent.planners.embedded.lexicon import lexicon
from agent.planners.embedded.phrases import read_target
from agent.planners.embedded.readings import read_source
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate, locate_all
from agent.planners.embedded.segments import is_segmented, mended
from agent.planners.embedded.texts import Filled
from agent.planners.embedded.view import TEXTUAL, TICKS, fields_of, find_again, inside
from agent.schema import Box, Click, Element, Expectation, Move, Observation, Point, Proposal, Role, TypeText
from agent.wording import fold

TICKABLE: frozenset[Role] = frozenset({"checkbox", "radio", "switch", "option"})
PRESSABLE: frozenset[Role] = frozenset({"button", "link", "icon", "option", "checkbox", "radio", "switch"})
FIELD_ROLES: frozenset[Role] = frozenset({"textbox", "textarea", "spinbutton", "combobox"})
SETTABLE: frozenset[Role] = FIELD_ROLES | frozenset[Role]({"slider", "listbox"})
LIST_ROLES: frozenset[Role] = frozenset({"combobox", "listbox"})
_CLOSERS = (
    "close",
    "x",
    "×",
    "✕",
    "✖",
    "关闭",
    "關閉",
    "dismiss",
    "cancel",
    "取消",
    "ok",
    "确定",
    "schließen",
    "fermer",
)
_SENDING = frozenset({"login", "log in", "sign in", "signin", "submit", "send", "登录", "登入", "提交", "发送"})
_LOOKS = (0.4, 0.8, 1.2)
"""Waits for an effect that does not show at once, in seconds."""


class Unmoved(GiveUp):
    """An act changed nothing that can be seen."""


# ---------------------------------------------------------------- pressing


def press_target(walk: Walk, turn: Turn, command: c.Press) -> Routine[Turn]:
    """Click what is meant; GiveUp if nothing at all changes."""
    if command.keys:
        caption = pick(command.target, turn.observation, prefer=PRESSABLE)
        if isinstance(caption, Abstention) or likeness(command.target.words, caption.element.label) < 0.9:
            return (yield from press(turn, command.keys, command.said, intent="instruct"))
        key = f"the key {'+'.join(command.keys)}"
        raise Uncertain("a key and something on the screen are both called so", (key, name(caption.element)))
    if (sender := _sender(command.target, turn.observation)) is not None:
        return (yield from click_fit(turn, command.target, Fit(sender, 0.7, "label"), command))
    turn, fits = yield from locate_all(walk, turn, command.target, prefer=PRESSABLE)
    for fit in fits:
        turn = yield from click_fit(turn, command.target, fit, command)
    return turn


def _sender(target: c.Target, observation: Observation) -> Element | None:
    """The one button of a form, where the sentence says "press login" and none is called so."""
    if target.kind not in (None, "button") or target.literal or fold(target.words) not in _SENDING:
        return None
    buttons = [e for e in observation.elements if e.role == "button" and (e.label or e.text)]
    named = any(likeness(target.words, e.label or e.text) >= 0.6 for e in observation.elements if e.role in PRESSABLE)
    return buttons[0] if len(buttons) == 1 and not named and fields_of(observation) else None


def click_fit(turn: Turn, target: c.Target, fit: Fit, command: c.Press | c.Command) -> Routine[Turn]:
    """Click one found thing and see that something changes."""
    button, count, modifiers = ("left", 1, ())
    if isinstance(command, c.Press):
        button, count, modifiers = command.button, command.count, command.modifiers
    before = turn.observation

    def make(turn: Turn) -> Proposal:
        element = (find_again(turn.observation, fit.element) if fit.element.id >= 0 else None) or fit.element
        aim = grounding(target, Fit(element, fit.score, fit.source))
        action = Click(point=_aim(element), button=button, count=count, modifiers=modifiers)
        return Proposal(action=action, thought=command.said, grounding=aim, expectation=Expectation())

    turn = yield from perform(turn, make)
    return (yield from await_effect(before, turn, f"the click on {name(fit.element)}"))


def _aim(element: Element) -> Point:
    """The middle; of a box with its name written in it, the name: the box may hold more than that."""
    caption = element.label_box
    inner = element.role in FIELD_ROLES and caption is not None and inside_box(caption, element.box)
    return caption.center if inner and caption is not None else element.box.center


def inside_box(inner: Box, outer: Box) -> bool:
    return outer.contains(inner.center) and inner.overlap(outer).area > 0.8 * inner.area


def await_effect(before: Observation, turn: Turn, what: str) -> Routine[Turn]:
    """Look again for a while if an act seems to have changed nothing."""
    if turn.last is not None and turn.last.outcome.status == "ok":
        return turn
    for seconds in _LOOKS:
        if turn.observation.changed and turn.observation.number > before.number:
            return turn
        turn = yield from wait(turn, seconds, f"look for what {what} did")
    if turn.observation.changed:
        return turn
    raise Unmoved(f"{what} changed nothing that can be seen")


# ---------------------------------------------------------------- typing and setting


def enter(walk: Walk, turn: Turn, command: c.Enter) -> Routine[Turn]:
    """Type a text into a field (or where the focus is) and read it back."""
    if command.source is not None:
        turn, text = yield from read_source(walk, turn, command.source)
        command = replace(command, text=text, source=None)
    if command.target is None:
        return (yield from _type_here(walk, turn, command))
    if command.guessed and isinstance(pick(command.target, turn.observation, prefer=FIELD_ROLES), Abstention):
        # "enter the name Bob": where no field is called so, the noun only says what the text is.
        return (yield from _type_here(walk, turn, command))
    if (field := _only_nameless(command.target, turn.observation)) is not None:
        return (yield from set_value(walk, turn, field, command.text))
    turn, fits = yield from locate_all(walk, turn, command.target, prefer=FIELD_ROLES)
    for fit in fits:
        turn = yield from set_value(walk, turn, fit.element, command.text)
    return turn


def _only_nameless(target: c.Target, observation: Observation) -> Element | None:
    """The one field there is, if it has no name: "as the date" then only says what the text is."""
    fields = [e for e in fields_of(observation) if e.role in FIELD_ROLES]
    plain = target.words and not target.literal and target.ordinal is None and not target.relation and not target.every
    if len(fields) != 1 or fields[0].label or not plain:
        return None
    return fields[0] if isinstance(pick(target, observation, prefer=SETTABLE), Abstention) else None


def set_value(walk: Walk, turn: Turn, element: Element, value: object) -> Routine[Turn]:
    """Bring one control to show a value, by the same routines that fill forms."""
    if element.role not in TEXTUAL | TICKS | {"slider", "listbox"}:
        raise GiveUp(f"{name(element)} is nothing that takes a value")
    value = _in_order_of(element, value)
    secret = "secret" in {lexicon().kinds[meaning] for meaning in lexicon().meaning(element.label or element.hint)}
    filled = yield from operate(walk.desk, turn, [element], Wish(value, secret=secret))
    if filled.verdict != "ok" and days_of(str(value)) and shown_month(filled.turn.observation):
        filled = yield from pick_day(walk.desk, filled.turn, element, str(value))
    secret = secret or _hidden(filled.read, str(value))
    return _accepted(filled, element, secret)


def _in_order_of(element: Element, value: object) -> object:
    """A date that can be read two ways means what the order of the field's own segments says."""
    order = date_order(mended(element.hint or element.text)) if is_segmented(element) else None
    days = readings(str(value), order) if order else ()
    if len(days) != 1 or days[0].year is None or days[0].day is None:
        return value
    return f"{days[0].year:04}-{days[0].month:02}-{days[0].day:02}"


def _hidden(read: str, text: str) -> bool:
    """Whether a field shows a dot for each character of what was typed."""
    dots = read.replace(" ", "")
    return len(dots) == len(text) > 0 and not dots.strip("•●·∙*.")


def _accepted(filled: Filled, element: Element, secret: bool = False) -> Turn:
    if filled.verdict == "ok" or (secret and (filled.verdict == "unknown" or _dotted(filled.read))):
        return filled.turn
    if filled.candidates:
        raise Uncertain(f"{name_of(element)!r}: {filled.note}", filled.candidates)
    shown = f" (it shows {filled.read!r})" if filled.read and not secret else ""
    raise GiveUp(f"{name_of(element)!r}: {filled.note or filled.verdict}{shown}")


def _dotted(read: str) -> bool:
    return bool(read) and not read.replace(" ", "").strip("•●·∙*")


def _type_here(walk: Walk, turn: Turn, command: c.Enter) -> Routine[Turn]:
    """Type where the focus is: into the field last aimed at, the focused one, or the only one there is.

    After keys were pressed the focus is wherever they brought it, and nothing there is replaced.
    """
    if walk.keyed:
        return (yield from _type_at_focus(walk, turn, command))
    last = walk.last.element if walk.last else None
    focused = [e for e in fields_of(turn.observation) if e.state.focused]
    fields = [e for e in fields_of(turn.observation) if e.role in FIELD_ROLES]
    field = last if last is not None and last.role in FIELD_ROLES else None
    field = field or (focused[0] if len(focused) == 1 else fields[0] if len(fields) == 1 else None)
    if field is not None:
        return (yield from set_value(walk, turn, field, command.text))
    if len(fields) > 1:
        raise Uncertain("into which field is not said", tuple(name_of(e) for e in fields))
    return (yield from _type_at_focus(walk, turn, command))


def _type_at_focus(walk: Walk, turn: Turn, command: c.Enter) -> Routine[Turn]:
    before = turn.observation
    proposal = Proposal(action=TypeText(text=command.text), thought=command.said)
    turn = yield from perform(turn, lambda _: proposal)
    walk.keyed = True
    if not turn.observation.changed and turn.observation.number > before.number:
        raise GiveUp("nothing was seen to be typed")
    return (
        turn
        if _legible(command.text, turn.observation)
        else _doubt("the text was typed, but it can't be read on the screen")
    )


def _legible(text: str, observation: Observation) -> bool:
    """Whether the end of a text can be read somewhere; where in the window it went is not known, so roughly will do."""
    lines = [fold(line) for line in text.splitlines() if line.strip()]
    shown = {fold(text) for e in observation.elements for text in (e.text, e.label, e.hint, e.error, e.group)}
    shown |= {fold(_row(observation, e)) for e in observation.elements}
    return not lines or any(
        lines[-1] in text or (len(text) >= min(0.6 * len(lines[-1]), 20) and partial_ratio(lines[-1], text) >= 75)
        for text in shown
    )


def _row(observation: Observation, element: Element) -> str:
    """All that is written at the height of an element: a long line may have been read in pieces."""
    middle = element.box.center.y
    row = [e for e in observation.elements if e.box.height < 40 and e.box.top <= middle < e.box.bottom]
    return " ".join(e.text for e in sorted(row, key=lambda e: e.box.left))


def _doubt(reason: str) -> Turn:
    raise GiveUp(reason)


def put(walk: Walk, turn: Turn, command: c.Put) -> Routine[Turn]:
    """Bring a control of any kind to show a value; a group of radios or checkboxes may be named by its question."""
    if group := _group(turn.observation, command.target):
        filled = yield from operate(walk.desk, turn, group, Wish(command.value))
        return _accepted(filled, group[0])
    if (field := _only_nameless(command.target, turn.observation)) is not None:
        return (yield from set_value(walk, turn, field, command.value))
    turn, fit = yield from locate(walk, turn, command.target, prefer=SETTABLE)
    return (yield from set_value(walk, turn, fit.element, command.value))


def _group(observation: Observation, target: c.Target) -> list[Element]:
    """The radios or checkboxes under a question of that name."""
    if not target.words:
        return []
    ticks = [e for e in observation.elements if e.role in TICKS and likeness(target.words, e.group) >= 0.9]
    return ticks if len(ticks) > 1 and len({e.role for e in ticks}) == 1 else []


# ---------------------------------------------------------------- choosing and ticking


def choose(walk: Walk, turn: Turn, command: c.Choose) -> Routine[Turn]:
    """Choose options in the control that is named, or wherever their captions are seen."""
    if not command.options:
        return turn
    value: object = _one_or_many(command.options)
    if command.target is not None:
        if group := _group(turn.observation, command.target):
            filled = yield from operate(walk.desk, turn, group, Wish(value))
            return _accepted(filled, group[0])
        turn, fit = yield from locate(walk, turn, command.target, prefer=LIST_ROLES)
        if fit.element.role in TEXTUAL | {"listbox", "slider"}:
            return (yield from set_value(walk, turn, fit.element, value))
        return (yield from _choose_seen(walk, turn, command, within=fit.element))
    return (yield from _choose_seen(walk, turn, command, within=None))


def _one_or_many(options: Sequence[str]) -> object:
    return options[0] if len(options) == 1 else list(options)


def _choose_seen(walk: Walk, turn: Turn, command: c.Choose, within: Element | None) -> Routine[Turn]:
    """Choose by captions in view; if they are not, in the only list there is."""
    for option in command.options:
        target = read_target(option)
        target = c.Target(option, option, literal=True) if not target.words else target
        found = candidates(target, turn.observation, prefer=TICKABLE)
        fits = [] if isinstance(found, Abstention) else found
        if within is not None:
            fits = [fit for fit in fits if inside(fit.element, within.box)] or fits
        fits = [fit for fit in fits if fit.element.role not in ("textbox", "textarea")]
        if not any(_named(option, fit.element) for fit in fits):
            return (yield from _choose_in_only_list(walk, turn, command))
        turn, fit = yield from locate(walk, turn, target, prefer=TICKABLE)
        if fit.element.role in TICKS:
            turn = _accepted((yield from set_tick(turn, fit.element, True)), fit.element)
        elif fit.element.role in LIST_ROLES:
            turn = yield from set_value(walk, turn, fit.element, option)
        else:
            turn = yield from _choose_text(walk, turn, target, fit, command)
    return turn


def _named(option: str, element: Element) -> bool:
    return max(likeness(option, element.label), likeness(option, element.text)) >= 0.6


def _choose_text(walk: Walk, turn: Turn, target: c.Target, fit: Fit, command: c.Choose) -> Routine[Turn]:
    """A caption that is no tick: a row of a list box, or something to click."""
    box = next((e for e in turn.observation.elements if e.role == "listbox" and inside(fit.element, e.box)), None)
    if box is None:
        return (yield from click_fit(turn, target, fit, command))
    value: object = _one_or_many(command.options)
    return (yield from set_value(walk, turn, box, value))


def _choose_in_only_list(walk: Walk, turn: Turn, command: c.Choose) -> Routine[Turn]:
    lists = [e for e in turn.observation.elements if e.role in LIST_ROLES]
    if len(lists) != 1:
        seen = tuple(name_of(e) for e in lists)
        raise Uncertain(f"{', '.join(command.options)} is not in view, and which list to look in is not said", seen)
    value: object = _one_or_many(command.options)
    return (yield from set_value(walk, turn, lists[0], value))


def tick(walk: Walk, turn: Turn, command: c.Tick) -> Routine[Turn]:
    """Check, uncheck or toggle; only what is not yet so is clicked."""
    for target in command.targets:
        turn, fits = yield from locate_all(walk, turn, target, prefer=TICKABLE)
        for fit in fits:
            turn = yield from _tick_one(turn, target, fit, command)
    return turn


def _tick_one(turn: Turn, target: c.Target, fit: Fit, command: c.Tick) -> Routine[Turn]:
    element = fit.element
    if element.role not in TICKS:
        return (yield from click_fit(turn, target, fit, command))
    if element.role == "radio" and command.on is False:
        raise GiveUp(f"{name(element)} can't be unchecked: another option must be chosen")
    on = command.on if command.on is not None else not element.state.checked
    return _accepted((yield from set_tick(turn, element, on)), element)


# ---------------------------------------------------------------- opening and closing


def open_path(walk: Walk, turn: Turn, command: c.Open) -> Routine[Turn]:
    """Press each step of a path once it shows."""
    for target, following in zip(command.path, (*command.path[1:], None), strict=True):
        turn, fit = yield from locate(walk, turn, target, prefer=frozenset({"button", "link", "option", "icon"}))
        if following is not None:
            turn, shown = yield from _opens_by_hovering(turn, fit, following, command)
            if shown:
                continue
        turn = yield from click_fit(turn, target, fit, command)
    return turn


def _opens_by_hovering(turn: Turn, fit: Fit, following: c.Target, command: c.Open) -> Routine[tuple[Turn, bool]]:
    """Submenus open under the pointer, and a click on what they hang from may already choose it."""
    if not isinstance(pick(following, turn.observation), Abstention):
        return turn, False
    proposal = Proposal(
        action=Move(point=fit.element.box.center),
        thought=command.said,
        expectation=Expectation(kind="none"),
        intent="look",
    )
    turn = yield from perform(turn, lambda _: proposal)
    for seconds in (0.3, 0.4):
        if not isinstance(pick(following, turn.observation), Abstention):
            return turn, True
        turn = yield from wait(turn, seconds, "look for what opens under the pointer")
    return turn, not isinstance(pick(following, turn.observation), Abstention)


def close(walk: Walk, turn: Turn, command: c.Close) -> Routine[Turn]:
    """Press the close button of a dialog (or of what is named); Escape if it has none."""
    before = turn.observation
    dialogs = [e for e in before.elements if e.role == "dialog"]
    target = command.target
    if target.kind == "dialog" or target.words.lower() in ("it", "banner", "message"):
        area = dialogs[-1].box if dialogs else before.screenshot.region
        buttons = [e for e in before.elements if e.role in ("button", "icon", "link", "text") and inside(e, area)]
        found = _closer(buttons)
        if found is None:
            turn = yield from press(turn, ("esc",), command.said, intent="dismiss")
            return (yield from await_effect(before, turn, "Escape"))
        return (yield from click_fit(turn, target, Fit(found, 1.0, "label"), command))
    turn, fit = yield from locate(walk, turn, target)
    return (yield from click_fit(turn, target, fit, command))


def _closer(buttons: Sequence[Element]) -> Element | None:
    """The button that closes, by the clearest word there is; None where there is none or more than one."""
    for word in _CLOSERS:
        fits = [e for e in buttons if fold(e.label or e.text) == fold(word)]
        if fits:
            return fits[0] if len(fits) == 1 else None
    icons = [e for e in buttons if e.role == "icon" and not (e.label or e.text)]
    return icons[0] if len(icons) == 1 else None


def explore(walk: Walk, turn: Turn, command: c.Explore, following: c.Command | None) -> Routine[Turn]:
    """Press each of some things until what the next command aims at is seen."""
    match following:
        case c.Press(target=goal) | c.Hover(target=goal) | c.Focus(target=goal) | c.Find(target=goal):
            pass
        case c.Enter(target=c.Target() as goal) | c.Choose(target=c.Target() as goal):
            pass
        case _:
            raise Uncertain("what to look for is not said")
    pressed: set[str] = set()
    for _ in range(12):
        if not isinstance(pick(goal, turn.observation), Abstention):
            return turn
        fit = _unopened(command.among, turn.observation, pressed)
        if fit is None:
            break
        pressed.add(fold(fit.element.label or fit.element.text))
        # What is open already changes nothing when it is pressed.
        with suppress(Unmoved):
            turn = yield from click_fit(turn, command.among, fit, command)
    raise GiveUp(f"{goal.said!r} was found in none of them: {', '.join(sorted(pressed))}")


def _unopened(among: c.Target, observation: Observation, pressed: set[str]) -> Fit | None:
    """The next of the things to open: those whose caption names the kind, else all of that kind."""
    found = candidates(among, observation)
    fits = [] if isinstance(found, Abstention) else found
    word = among.kind or among.words
    named = [fit for fit in _captioned(observation) if word and word in fold(fit.element.label or fit.element.text)]
    left = [fit for fit in (named or fits) if fold(fit.element.label or fit.element.text) not in pressed]
    left = [fit for fit in left if fit.element.label or fit.element.text]
    return left[0] if left else None


def _captioned(observation: Observation) -> list[Fit]:
    return [Fit(e, 0.8, "text") for e in observation.elements if e.role in ("button", "link", "heading", "text")]
