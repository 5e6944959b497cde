"""Carrying commands out: each ends verified, or in a Fail or Ask that names the command and what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.planners.embedded import commands as c
from agent.planners.embedded.acts import choose, enter, put, set_value, tick
from agent.planners.embedded.buttons import find_submit
from agent.planners.embedded.calendars import pick_in_view, shown_month
from agent.planners.embedded.checks import verify, wait_for
from agent.planners.embedded.desk import Desk, GiveUp, Uncertain, click, drag, name_of, perform, press, wait
from agent.planners.embedded.emptying import empty_field
from agent.planners.embedded.form import fill_form
from agent.planners.embedded.ground import Abstention, pick
from agent.planners.embedded.mail import forward, reply
from agent.planners.embedded.opening import close, explore, open_path
from agent.planners.embedded.pressing import FIELD_ROLES, await_effect, press_in_order, press_target
from agent.planners.embedded.readings import read_source
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate, roll, same_view
from agent.planners.embedded.selecting import select_text
from agent.planners.embedded.sums import worked_out
from agent.planners.embedded.tables import press_row, sort_by
from agent.planners.embedded.texts import focus, value_of
from agent.planners.embedded.view import differs, fields_of
from agent.schema import Action, Done, Element, Expectation, Fail, Move, Observation, Point, Proposal

END_OF_SCROLL = 60
MAX_WAIT = 60.0


def follow(
    desk: Desk,
    turn: Turn,
    commands: Sequence[c.Command],
    record: dict[str, Any] | None = None,
    secrets: frozenset[str] = frozenset(),
) -> Routine[Action]:
    """Do what the commands say, in order; the Done, Fail or Ask that ends the run.

    Nothing at all is done if a part of the sentences is not understood. Raises GiveUp (the planner's Fail) and
    Uncertain (its Ask).
    """
    unclear = [command for command in commands if isinstance(command, c.NotUnderstood)]
    if unclear:
        said = "; ".join(repr(command.said) for command in unclear)
        raise Uncertain(f"this part of the instructions is not understood, so nothing was done: {said}")
    if not commands:
        raise Uncertain("the instructions are empty")
    walk = Walk(desk, record, secrets)
    end = Done()
    done: list[str] = []
    for number, command in enumerate(merge_forms(commands)):
        following = commands[number + 1] if number + 1 < len(commands) else None
        try:
            if isinstance(command, c.FillForm):
                filled = yield from _fill(walk, turn, command)
                if not isinstance(filled, Done):
                    return filled
                end = filled
                # The form's own routine does not hand back its last look.
                turn = yield from wait(turn, 0.1, "look at what the form shows now")
                done.append(end.summary)
                continue
            turn = yield from carry_out(walk, turn, command, following)
        except Uncertain as doubt:
            raise Uncertain(f"{command.said!r}: {doubt.question}", doubt.candidates) from None
        except GiveUp as reason:
            raise type(reason)(f"{command.said!r}: {reason}") from None
        done.append(command.said)
        _mind_focus(walk, command)
    if len(done) == 1 and end.summary:
        return end
    return Done(summary="done: " + "; ".join(done))


def _mind_focus(walk: Walk, command: c.Command) -> None:
    if not isinstance(command, c.WaitFor | c.Verify | c.Roll):
        walk.pressed = isinstance(command, c.Press | c.Open)
    match command:
        case c.Keys() | c.Press(keys=(_, *_)):
            walk.keyed = True
        case c.Enter(target=None) | c.WaitFor() | c.Verify() | c.Roll() | c.Lookup():
            pass
        case _:
            walk.keyed = False


def merge_forms(commands: Sequence[c.Command]) -> list[c.Command]:
    """ "Fill in the form" and "don't submit" (or "submit") are one command."""
    merged: list[c.Command] = []
    for command in commands:
        before = merged[-1] if merged else None
        if isinstance(command, c.FillForm | c.Submit) and isinstance(before, c.FillForm):
            wish = True if isinstance(command, c.Submit) else command.submit
            submit = before.submit if wish is None else wish
            merged[-1] = c.FillForm(f"{before.said}; {command.said}", submit)
        else:
            merged.append(command)
    if len(merged) > 1:
        # Among other sentences a form is filled; it is sent only if they say so.
        merged = [c.FillForm(m.said, bool(m.submit)) if isinstance(m, c.FillForm) else m for m in merged]
    return merged


def carry_out(walk: Walk, turn: Turn, command: c.Command, following: c.Command | None = None) -> Routine[Turn]:
    """Do one command; the newest turn. `following` tells `Explore` what is looked for."""
    match command:
        case c.Press():
            return (yield from press_target(walk, turn, command))
        case c.Enter():
            return (yield from enter(walk, turn, command))
        case c.Put():
            return (yield from put(walk, turn, command))
        case c.Choose():
            return (yield from choose(walk, turn, command))
        case c.Tick():
            return (yield from tick(walk, turn, command))
        case c.Open():
            return (yield from open_path(walk, turn, command))
        case c.PickDay():
            return (yield from _pick_day(walk, turn, command))
        case c.Close():
            return (yield from close(walk, turn, command))
        case c.Explore():
            return (yield from explore(walk, turn, command, following))
        case c.Verify():
            return (yield from verify(walk, turn, command))
        case c.WaitFor(seconds=None):
            return (yield from wait_for(turn, command))
        case c.WaitFor(seconds=seconds):
            return (yield from wait(turn, min(MAX_WAIT, seconds or 0.0), command.said))
        case _:
            return (yield from _carry_out_simple(walk, turn, command))


def _carry_out_simple(walk: Walk, turn: Turn, command: c.Command) -> Routine[Turn]:
    match command:
        case c.Keys(keys=keys, times=times):
            return (yield from press(turn, keys, command.said, times=times, intent="instruct"))
        case c.Hover(target=target):
            turn, found = yield from locate(walk, turn, target)
            return (yield from _move(turn, found.element.box.center, command.said))
        case c.Focus(target=target):
            turn, found = yield from locate(walk, turn, target)
            if found.element.role not in FIELD_ROLES:
                return (yield from press_target(walk, turn, c.Press(command.said, target)))  # "go to page 3"
            turn, focused = yield from focus(turn, found.element)
            return turn if focused else _fail("it did not take the focus")
        case c.Clear(target=target):
            return (yield from _clear(walk, turn, target))
        case c.Roll():
            return (yield from _roll(walk, turn, command))
        case c.DragTo():
            return (yield from _drag(walk, turn, command))
        case c.Search():
            return (yield from _search(walk, turn, command))
        case c.Find(target=target):
            turn, found = yield from locate(walk, turn, target)
            walk.near = found.element
            return turn
        case c.Lookup(source=source):
            turn, _ = yield from read_source(walk, turn, source)
            return turn
        case c.Submit():
            return (yield from _submit(turn))
        case c.Forward():
            return (yield from forward(walk, turn, command))
        case c.Reply():
            return (yield from reply(walk, turn, command))
        case c.Solve(unknown=unknown):
            walk.copied = worked_out(turn.observation, unknown)
            return turn if walk.copied else _fail("no sum or equation can be read on the screen")
        case c.PressInOrder():
            return (yield from press_in_order(turn, command))
        case c.SelectText():
            return (yield from select_text(walk, turn, command))
        case c.Sort():
            return (yield from sort_by(turn, command))
        case c.PressRow():
            return (yield from press_row(turn, command))
        case c.Paste():
            return (yield from _paste(walk, turn, command))
        case _:
            raise GiveUp(f"there is no way to do {type(command).__name__}")


def _fail(reason: str) -> Turn:
    raise GiveUp(reason)


def _pick_day(walk: Walk, turn: Turn, command: c.PickDay) -> Routine[Turn]:
    if shown_month(turn.observation) is None:
        return (yield from carry_out(walk, turn, command.otherwise))
    before = turn.observation
    turn = yield from pick_in_view(turn, command.day, command.month, command.year)
    return (yield from await_effect(before, turn, f"the click on day {command.day}"))


def _fill(walk: Walk, turn: Turn, command: c.FillForm) -> Routine[Action]:
    if walk.record is None:
        return Fail(reason=f"{command.said!r}: there is no record to fill the form from", status="bad_input")
    submit = command.submit is not False
    return (yield from fill_form(walk.desk, turn, walk.record, walk.secrets, submit=submit))


def _move(turn: Turn, point: Point, said: str) -> Routine[Turn]:
    proposal = Proposal(action=Move(point=point), thought=said, expectation=Expectation(kind="none"), intent="look")
    return (yield from perform(turn, lambda _: proposal))


def _search(walk: Walk, turn: Turn, command: c.Search) -> Routine[Turn]:
    field = pick(command.field, turn.observation, prefer=FIELD_ROLES)
    if isinstance(field, Abstention):
        return (yield from carry_out(walk, turn, command.otherwise))
    turn = yield from set_value(walk, turn, field.element, command.text)
    walk.last = field
    return (yield from press(turn, ("enter",), f"search for {command.text!r}", target=field.element, intent="instruct"))


def _clear(walk: Walk, turn: Turn, target: c.Target) -> Routine[Turn]:
    turn, found = yield from locate(walk, turn, target)
    field = found.element
    turn, focused = yield from focus(turn, field)
    if not focused:
        raise GiveUp("the field did not take the focus")
    turn = yield from empty_field(turn, field)
    shown, _ = value_of(turn.observation, field)
    return turn if not shown else _fail(f"it still shows {shown!r}")


def _roll(walk: Walk, turn: Turn, command: c.Roll) -> Routine[Turn]:
    if command.target is not None:
        turn, _ = yield from locate(walk, turn, command.target)
        return turn
    where = None
    if command.where is not None:
        turn, found = yield from locate(walk, turn, command.where, scrolls=False)
        where = found.element
    sign = -1 if command.direction in ("up", "left") else 1
    if command.direction in ("left", "right"):
        raise GiveUp("scrolling sideways is not known")
    if command.notches is not None:
        return (yield from roll(turn, sign * command.notches, command.said, where))
    for _ in range(END_OF_SCROLL):
        before = turn.observation
        turn = yield from roll(turn, sign * 10, command.said, where)
        if same_view(before, turn.observation):
            return turn
    raise GiveUp("it does not come to an end")


def _drag(walk: Walk, turn: Turn, command: c.DragTo) -> Routine[Turn]:
    turn, source = yield from locate(walk, turn, command.target)
    start = source.element.box.center
    if command.own_size and command.by is not None:
        end = _one_further(turn.observation, source.element, command.by)
    elif command.by is not None:
        end = Point(x=start.x + command.by[0], y=start.y + command.by[1])
    elif command.onto is not None:
        turn, onto = yield from locate(walk, turn, command.onto, scrolls=False)
        end = onto.element.box.center
    else:
        raise GiveUp("where to is not said")
    before = turn.observation
    middle = Point(x=(start.x + end.x) // 2, y=(start.y + end.y) // 2)
    turn = yield from drag(turn, source.element, (start, middle, end), command.said)
    moved = differs(before, turn.observation, source.element.box.grow(2)) or bool(turn.observation.changed)
    return turn if moved else _fail("nothing moved")


def _one_further(observation: Observation, moved: Element, way: tuple[int, int]) -> Point:
    """Where something goes that is moved by one place: onto its neighbour, or by half more than its own size."""
    here, box = moved.box.center, moved.box

    def ahead(e: Element) -> int:
        gap = (e.box.center.x - here.x) * way[0] + (e.box.center.y - here.y) * way[1]
        apart = abs(e.box.center.x - here.x) * abs(way[1]) + abs(e.box.center.y - here.y) * abs(way[0])
        aligned = apart < max(box.width, box.height) and e.box.height < 2 * box.height
        return gap if aligned and e.role == moved.role and e.id != moved.id else 0

    gaps = [gap for e in observation.elements if 0 < (gap := ahead(e)) < 4 * max(box.height, box.width * abs(way[0]))]
    far = round(1.25 * min(gaps)) if gaps else round(1.5 * max(box.width * abs(way[0]), box.height * abs(way[1])))
    return Point(x=here.x + way[0] * far, y=here.y + way[1] * far)


def _submit(turn: Turn) -> Routine[Turn]:
    observation = turn.observation
    found = find_submit(observation.elements, fields_of(observation))
    found = found if found.button or found.rivals else find_submit(observation.elements, [])
    if found.button is None:
        raise Uncertain("which button sends the form is not plain", found.rivals)
    turn = yield from click(turn, found.button, f"press {name_of(found.button)!r}", intent="submit")
    return (yield from _await_change(observation.number, turn))


def _await_change(number: int, turn: Turn) -> Routine[Turn]:
    for seconds in (0.0, 0.5, 1.0):
        if seconds:
            turn = yield from wait(turn, seconds, "look for an effect")
        if turn.observation.changed and turn.observation.number > number:
            return turn
    raise GiveUp("nothing that can be seen has changed")


def _paste(walk: Walk, turn: Turn, command: c.Paste) -> Routine[Turn]:
    field = None
    if command.target is not None:
        turn, found = yield from locate(walk, turn, command.target)
        field = found.element
        turn, focused = yield from focus(turn, field)
        if not focused:
            raise GiveUp("the field did not take the focus")
    before = turn.observation
    turn = yield from press(turn, ("ctrl", "v"), command.said, target=field, intent="instruct")
    changed = turn.observation.changed if field is None else differs(before, turn.observation, field.box)
    return turn if changed else _fail("nothing was pasted that can be seen")
