"""Forwarding and answering a message: open it, press what says so, fill in, read it back, and only then send it."""

from __future__ import annotations

from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import GiveUp, Uncertain, click, name_of, type_text, wait
from agent.planners.embedded.ground import Abstention, Fit, candidates, pick
from agent.planners.embedded.naming import likeness
from agent.planners.embedded.pictograms import drawn
from agent.planners.embedded.pressing import FIELD_ROLES, await_effect, click_fit
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate
from agent.planners.embedded.texts import focus
from agent.planners.embedded.view import reading_order
from agent.schema import Box, Element, Observation, Point
from agent.wording import fold, normalise, same_text

_FORWARD = ("forward", "转发", "轉寄", "fwd")
_REPLY = ("reply", "answer", "respond", "回复", "回覆", "答复")
_TO = ("to", "recipient", "recipients", "send to", "收件人", "an", "à", "para")
_HEADERS = frozenset({*_TO, "subject", "cc", "bcc", "from", "主题", "抄送", "发件人", "betreff"})
_SEND = ("send", "发送", "寄出", "傳送")


def forward(walk: Walk, turn: Turn, command: c.Forward) -> Routine[Turn]:
    """Forward a message; nothing is sent unless the recipient can be read in its field."""
    turn = yield from _begin(walk, turn, command, command.target, _FORWARD)
    turn = yield from _write(walk, turn, recipient_field(turn.observation), command.to)
    return (yield from _send(turn, command))


def reply(walk: Walk, turn: Turn, command: c.Reply) -> Routine[Turn]:
    """Answer a message; nothing is sent unless the text can be read in the message."""
    turn = yield from _begin(walk, turn, command, command.target, _REPLY)
    turn = yield from _write(walk, turn, body_field(turn.observation), command.text)
    return (yield from _send(turn, command))


def _begin(
    walk: Walk, turn: Turn, command: c.Command, target: c.Target | None, names: tuple[str, ...]
) -> Routine[Turn]:
    """Open the message unless it is open, and press what begins the new one."""
    if target is not None:
        turn, _ = yield from locate(walk, turn, target)
        walk.pressed = False
    if walk.last is not None and not walk.pressed:
        # What is open in the list may be another message: the one that is meant is opened in any case.
        turn = yield from click_fit(turn, target or c.Target("it"), walk.last, command)
    starter = _called(turn.observation, names)
    if not starter:
        # It may show late, or stand below a long message.
        turn, found = yield from locate(walk, turn, c.Target(names[0], names[0]))
        starter = _called(turn.observation, names) or [found.element]
    if len(starter) != 1:
        seen = tuple(f"{name_of(e)} at ({e.box.center.x}, {e.box.center.y})" for e in starter)
        raise Uncertain(f"{'more than one thing' if starter else 'nothing'} on the screen says {names[0]!r}", seen)
    turn = yield from click_fit(turn, c.Target(names[0], names[0]), Fit(starter[0], 1.0, "label"), command)
    return (yield from wait(turn, 0.2, "look at the new message"))


def _called(observation: Observation, names: tuple[str, ...]) -> list[Element]:
    """What can be pressed, or is written, under one of some names: controls rather than texts."""
    found: list[Element] = []
    for name in names:
        fits = candidates(c.Target(name, name), observation)
        named = [] if isinstance(fits, Abstention) else [fit.element for fit in fits]
        # One drawing may go by several of the names.
        known = [e.box for e in found]
        found += [e for e in named if likeness(name, e.label or e.text) >= 0.93 and e.box not in known]
    read = [e for e in found if e.id >= 0]
    return [e for e in read or found if e.role not in ("text", "heading")] or read or found


# ---------------------------------------------------------------- where to write


def recipient_field(observation: Observation) -> Element:
    """The field for who gets the message, also where nothing is drawn but the word "to:"."""
    for name in _TO:
        found = pick(c.Target(name, name, kind="field"), observation)
        if not isinstance(found, Abstention) and found.element.role in FIELD_ROLES:
            return found.element
    captions = [
        e for e in observation.elements if e.text and fold(e.text).strip(" :：") in _TO and ":" in _half(e.text)
    ]
    if len(captions) != 1:
        raise Uncertain("where the recipient is to be written can't be told", tuple(e.text for e in captions))
    return _beside(captions[0], observation)


def _half(text: str) -> str:
    return text.replace("：", ":")


def _beside(caption: Element, observation: Observation) -> Element:
    """The blank rest of a caption's line, as a field."""
    box = caption.box
    right = observation.screenshot.region.right
    level = [e.box.left for e in observation.elements if e.box.left > box.right and _level(e.box, box)]
    end = min([right, *level])
    area = Box.of(box.right + 4, box.top - 4, max(end - 4, box.right + 24), box.bottom + 4)
    return Element(id=-2000, role="textbox", box=area, label=caption.text.strip(" :："), label_box=box)


def _level(a: Box, b: Box) -> bool:
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0


def body_field(observation: Observation) -> Element:
    """The area for the text of a message, also where it is only the blank space under the headers."""
    areas = [e for e in observation.elements if e.role == "textarea"]
    if len(areas) == 1:
        return areas[0]
    headers = [e for e in observation.elements if fold(_half(e.text)).partition(":")[0] in _HEADERS and ":" in e.text]
    if areas or not headers:
        raise Uncertain("where the text is to be written can't be told", tuple(name_of(e) for e in areas))
    last = max(headers, key=lambda e: e.box.bottom)
    while (more := _goes_on(last, observation)) is not None:
        last = more
    region, height = observation.screenshot.region, last.box.height
    below = [e.box.top for e in observation.elements if e.box.top > last.box.bottom]
    area = Box.of(region.left + 4, last.box.bottom + 8, region.right - 4, min([region.bottom, *below]))
    if area.height < 3 * height:
        raise Uncertain("where the text is to be written can't be told")
    return Element(id=-2001, role="textarea", box=area, label="text of the message")


def _goes_on(line: Element, observation: Observation) -> Element | None:
    """The next line of a header that takes more than one: close below, and from the same left edge."""
    box = line.box
    return next(
        (
            e
            for e in observation.elements
            if e.text
            and 0 <= e.box.top - box.bottom < 0.7 * box.height
            and abs(e.box.left - box.left) < box.height
            and e.id != line.id
        ),
        None,
    )


def _write(walk: Walk, turn: Turn, field: Element, text: str) -> Routine[Turn]:
    """Type into a field and read it back; GiveUp unless it says so."""
    height = min(field.box.height // 2, 24)
    turn, focused = yield from focus(turn, field, at=Point(x=min(field.box.width // 2, 60), y=height))
    if not focused:
        raise GiveUp(f"{name_of(field)!r} did not take the focus")
    turn = yield from type_text(turn, field, text, replace=False)
    for seconds in (0.0, 0.5):
        if seconds:
            turn = yield from wait(turn, seconds, "look at what was typed")
        if _says(walk, turn.observation, field, text):
            return turn
    raise GiveUp(f"what was typed into {name_of(field)!r} can't be read back, so nothing was sent")


def _says(walk: Walk, observation: Observation, field: Element, text: str) -> bool:
    lines = [e for e in reading_order(observation.elements) if e.text and _lies_in(e.box, field.box)]
    whole = normalise(" ".join(e.text for e in lines))
    exact = normalise(" ".join(walk.desk.reread(observation.screenshot, e.box.grow(2)) for e in lines))
    read = walk.desk.reread(observation.screenshot, field.box) if field.box.height < 60 else ""
    wanted = normalise(text)
    # A caption and what was typed beside it may be read as one line.
    name = f"{field.label}:" if field.label_box else ""
    return any(
        same_text(wanted, seen) in ("same", "alike")
        for piece in (whole, exact, read)
        for seen in (piece, piece.removeprefix(name).strip())
    )


def _lies_in(inner: Box, outer: Box) -> bool:
    return inner.overlap(outer).area > 0.5 * inner.area


def _send(turn: Turn, command: c.Command) -> Routine[Turn]:
    """Press what sends a message, by its name or the paper plane."""
    buttons = _called(turn.observation, _SEND) or drawn(turn.observation, _SEND[0])
    if len(buttons) != 1:
        seen = tuple(f"{name_of(e)} at ({e.box.center.x}, {e.box.center.y})" for e in buttons)
        raise Uncertain("the message is written; what sends it is not plain", seen)
    before = turn.observation
    turn = yield from click(turn, buttons[0], f"send: {command.said}", intent="submit")
    return (yield from await_effect(before, turn, "sending"))
