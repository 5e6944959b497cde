"""Filling a form from a record: survey the page, match, fill, read back, go on, send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from agent.planners.embedded.buttons import Pressable, find_next, find_submit
from agent.planners.embedded.chips import shows_all
from agent.planners.embedded.controls import Wish, operate
from agent.planners.embedded.desk import Desk, GiveUp, Retaken, Uncertain, click, name_of, press, wait
from agent.planners.embedded.insist import insist_on_complete, insist_on_right
from agent.planners.embedded.job import MASK, Entry, Job, text_of
from agent.planners.embedded.kept import mark, same_mark
from agent.planners.embedded.match import match_fields
from agent.planners.embedded.notebooks import further_tabs, left_tabs, look_again, open_next
from agent.planners.embedded.outcome import Complaint, Reaction, complaints_in, form_gone, still_says
from agent.planners.embedded.page import show, survey
from agent.planners.embedded.popups import clear_the_way, covering
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.sending import Answer, Answerer, answer_all, conclude, refused, send, settle
from agent.planners.embedded.texts import UNREADABLE, named_as, value_of
from agent.planners.embedded.values import shape_of
from agent.planners.embedded.view import TEXTUAL, fields_of, same_control
from agent.schema import Action, Done, Element, FieldResult, Intent, Observation
from agent.wording import fold, same_text

_REMARK = re.compile(r"(^|[^a-z])(notes?|comments?|remarks?|message|details)$|备注|留言|说明|備註")
"""Keys of what a person adds in words of their own."""
MAX_PAGES = 20
LOADING_WAITS = 5


def fill_form(
    desk: Desk, turn: Turn, record: Mapping[str, object], secrets: frozenset[str] = frozenset(), *, submit: bool = True
) -> Routine[Action]:
    """Fill and (unless told not to) send a form; the Done, Fail or Ask that ends the run."""
    wanted = {key: value for key, value in record.items() if value is not None and value != ""}
    if not wanted:
        raise GiveUp("the record is empty: there is nothing to fill in")
    job = Job(desk, wanted, secrets)
    for key in wanted:
        desk.report(FieldResult(label="", key=key, wanted=MASK if key in secrets else text_of(wanted[key])))
    turn = yield from _await_form(turn)
    for job.number in range(MAX_PAGES):
        turn = yield from fill_page(job, turn)
        forth = _way_on(job)
        if forth.button is None:
            turn, opened = yield from open_next(job, turn)
            if opened:
                continue
            break
        insist_on_right(job)
        if job.remaining:
            turn = yield from _go_on(job, turn, forth.button)
            continue
        # Nothing is left to fill in: whatever the button is called, it may well send the form.
        insist_on_complete(job)
        if not submit:
            break
        turn, end = yield from _go_last(job, turn, forth.button)
        if end is not None:
            return end
    desk.unmatched = tuple(job.remaining)
    insist_on_right(job)
    insist_on_complete(job)
    turn = yield from _see_all_tabs(job, turn)
    if not submit:
        return Done(summary=f"{len(job.entries)} fields are filled in; nothing was sent, as asked")
    return (yield from _send(job, turn))


def _see_all_tabs(job: Job, turn: Turn) -> Routine[Turn]:
    """See what stands on the tabs that were left: nothing may have changed there."""
    for number in left_tabs(job):
        turn, opened = yield from look_again(job, turn, number)
        if not opened:
            raise GiveUp(f"the tab {job.tabs.get(number, '')!r} is no longer seen; nothing was sent")
        turn = yield from recheck(job, turn)
    insist_on_right(job)
    return turn


def _await_form(turn: Turn) -> Routine[Turn]:
    for _ in range(LOADING_WAITS):
        if fields_of(turn.observation):
            break
        turn = yield from wait(turn, 1.0, "no field is in view yet: wait for the form")
    return turn


# ---------------------------------------------------------------- one page


def fill_page(job: Job, turn: Turn) -> Routine[Turn]:
    """Fill whatever the record has for the page that is shown, and check it all once more at the end."""
    turn = yield from clear_the_way(turn, job.fits)
    turn, job.page = yield from survey(turn)
    while True:
        # Only where the form ends here may a value be divided or joined to fit.
        last = _way_on(job).button is None and not further_tabs(job, turn.observation)
        todo = _match(job, last=last) or _match(job, last=last, final=last)
        if not todo:
            break
        for entry in todo:
            turn = yield from fill_entry(job, turn, entry)
            turn = yield from clear_the_way(turn, job.fits, insist=False)
            # A choice may bring up further fields; what is left of the record may belong there.
            if job.page.absorb_new(turn.observation) and len(job.remaining) > 0:
                break
    return (yield from recheck(job, turn))


def _match(job: Job, *, last: bool, final: bool = False) -> list[Entry]:
    """New entries for keys that found their field on this page, top to bottom."""
    taken = {e.id for entry in job.here() for e in entry.elements}
    free = [e for e in job.page.elements if e.id not in taken]
    job.matching = match_fields(job.remaining, free, last=last, final=final)
    by_id = {e.id: e for e in free}
    found: list[Entry] = []
    for pair in job.matching.pairs:
        elements = tuple(by_id[n] for n in pair.ids)
        secret = pair.key in job.secrets or pair.meaning == "secret"
        value = job.record[pair.key] if pair.written is None else pair.written
        wish = Wish(value, secret, pair.meaning, pair.parts)
        found.append(Entry(pair.key, elements, wish, page=job.number, also=pair.also))
    if final and not found:
        found = _last_long_text(job, free)
    return sorted(found, key=lambda entry: (entry.elements[0].box.top, entry.elements[0].box.left))


def _last_long_text(job: Job, free: list[Element]) -> list[Entry]:
    """A text of several lines that is left over belongs into the one text area that is left over."""
    texts = [key for key, value in job.remaining.items() if _is_prose(value) or _REMARK.search(fold(key))]
    areas = [e for e in free if e.role == "textarea" and (not e.text or e.state.placeholder)]
    if len(texts) != 1 or len(areas) != 1:
        return []
    return [Entry(texts[0], (areas[0],), Wish(job.record[texts[0]]), page=job.number)]


def _is_prose(value: object) -> bool:
    """Whether a value is what a person says in sentences, and no name, address or code."""
    text = str(value).strip()
    return shape_of(value) == "long" or (isinstance(value, str) and len(text.split()) > 5 and text[-1] in ".!?")


def fill_entry(job: Job, turn: Turn, entry: Entry) -> Routine[Turn]:
    """Operate one field and report what it shows."""
    if entry not in job.entries:
        job.entries.append(entry)

    def bring(turn: Turn, element: Element) -> Routine[tuple[Turn, Element | None]]:
        turn, found = yield from show(turn, job.page, element)
        return turn, found and named_as(found, job.page.on_screen(element))

    turn, _ = yield from bring(turn, entry.elements[0])
    placed = [job.page.on_screen(e) for e in entry.elements]
    here = {id(e): original for e, original in zip(placed, entry.elements, strict=True)}

    def bring_placed(turn: Turn, element: Element) -> Routine[tuple[Turn, Element | None]]:
        return (yield from bring(turn, here.get(id(element), element)))

    filled = yield from operate(job.desk, turn, placed, entry.wish, bring_placed)
    if filled.verdict != "ok" and covering(filled.turn.observation, job.fits) is not None:
        # What came up meanwhile took the clicks and keys.
        turn = yield from clear_the_way(filled.turn, job.fits, insist=False)
        filled = yield from operate(job.desk, turn, placed, entry.wish, bring_placed)
    entry.filled = filled
    job.page.sync(filled.turn.observation)
    entry.marks = _marks(job, filled.turn.observation, entry)
    job.tell(entry)
    return filled.turn


def _marks(job: Job, observation: Observation, entry: Entry) -> tuple[str, ...]:
    """What an entry's elements show, to notice later if that changes by itself."""
    return tuple(mark(observation, job.page.on_screen(e)) for e in entry.elements)


def recheck(job: Job, turn: Turn) -> Routine[Turn]:
    """Look at every filled field of the page once more, last one first; what changed by itself is set once again."""
    for entry in reversed(job.here()):
        if entry.filled is None or entry.filled.verdict not in ("ok", "unknown") or entry.filled.note == UNREADABLE:
            continue
        turn, found = yield from show(turn, job.page, entry.elements[0], at=0.8)
        marks = _marks(job, turn.observation, entry)
        if found is not None and all(map(same_mark, marks, entry.marks)):
            continue
        if entry.wish.secret and found is not None and found.text and not found.state.placeholder:
            continue
        if found is None and isinstance(entry.wish.value, list):
            # A field full of chips may not look like one; what stands in its place tells.
            place = job.page.on_screen(entry.elements[0])
            if shows_all(job.desk, turn.observation, place, entry.filled.read.split(", ")):
                continue
        before = turn
        turn = yield from fill_entry(job, turn, entry)
        if turn is not before:
            turn = yield from _insist_kept(job, turn, entry)
    return turn


def _insist_kept(job: Job, turn: Turn, entry: Entry) -> Routine[Turn]:
    """What a field showed and lost when it was left is no value: it was only searched for."""
    element = entry.elements[0]
    if entry.filled is None or not entry.good or element.role not in TEXTUAL or entry.wish.secret:
        return turn
    turn = yield from press(turn, ("tab",), f"leave {entry.label!r}, to see whether it keeps its value")
    # The focus may have gone to what stands out of view, and the page with it.
    turn, _ = yield from show(turn, job.page, element, at=0.8)
    shown, _ = value_of(turn.observation, job.page.on_screen(element))
    if same_text(entry.filled.read, shown) == "different" and shown != entry.marks[0]:
        entry.filled = entry.filled._replace(verdict="wrong", read=shown, note="it does not keep what is entered")
        job.tell(entry)
    return turn


# ---------------------------------------------------------------- from page to page


def _way_on(job: Job) -> Pressable:
    """The button to the next page, if the form goes on; never where it could be sent and nothing is left to fill."""
    filled = [e for entry in job.here() for e in entry.elements]
    forth = find_next(job.page.elements, filled)
    if forth.button is None:
        return forth
    sends = find_submit([e for e in job.page.elements if e.id != forth.button.id], filled)
    strong = sends.button is not None or sends.rivals
    return forth if job.remaining or not strong else Pressable(None)


def _go_on(job: Job, turn: Turn, button: Element) -> Routine[Turn]:
    """Press the button to the next page; what the page complains of is answered once. GiveUp with its messages."""
    told: tuple[Complaint, ...] = ()
    while True:
        before, turn = yield from _press(job, turn, button, "go on to the next page", "navigate")
        turn, complaints = yield from _await_next(turn, before, name_of(button), told)
        if not complaints:
            return turn
        again = False
        if not told:
            turn, again = yield from answer_all(turn, complaints, _answerer(job))
        if not again:
            raise GiveUp(refused(Reaction("complaints", complaints=complaints), "the page does not go on").reason)
        told = complaints


def _press(job: Job, turn: Turn, button: Element, why: str, intent: Intent) -> Routine[tuple[Observation, Turn]]:
    """Bring a button into view and click it; the look before that, and the one after."""
    turn = yield from clear_the_way(turn, job.fits, insist=False)
    turn, found = yield from show(turn, job.page, button)
    if found is None:
        raise GiveUp(f"the button {name_of(button)!r} is no longer seen")
    before = turn.observation
    return before, (yield from click(turn, found, f"{why}: {name_of(found)!r}", intent=intent))


def _await_next(
    turn: Turn, before: Observation, name: str, told: tuple[Complaint, ...]
) -> Routine[tuple[Turn, tuple[Complaint, ...]]]:
    """Wait for other fields; what the page complains of, or nothing where it went on. GiveUp where neither comes."""
    for _ in range(3):
        if form_gone(before, turn.observation) or _other_fields(before, turn.observation):
            return turn, ()
        if complaints := complaints_in(before, turn.observation):
            return turn, tuple(complaints)
        turn = yield from wait(turn, 0.7, "wait for the next page")
    if still := tuple(c for c in told if still_says(turn.observation, c)):
        return turn, still
    raise GiveUp(f"{name!r} led nowhere")


def _go_last(job: Job, turn: Turn, button: Element) -> Routine[tuple[Turn, Action | None]]:
    """Press the button after the last field; how the run ends, or None where another page of the form follows."""
    turn, reaction = yield from _press_last(job, turn, button)
    if reaction is not None and reaction.kind == "complaints":
        turn, again = yield from answer_all(turn, reaction.complaints, _answerer(job))
        if again:
            turn, reaction = yield from _press_last(job, turn, button)
    return turn, None if reaction is None else conclude(reaction, name_of(button))


def _press_last(job: Job, turn: Turn, button: Element) -> Routine[tuple[Turn, Reaction | None]]:
    while True:
        turn = yield from _seen_again(job, turn)
        try:
            before, turn = yield from _press(job, turn, button, "go on", "submit")
            break
        except Retaken as taken:
            turn = taken.turn
    turn, reaction = yield from settle(turn, before)
    if turn.observation.app_exit is None and reaction.kind in ("gone", "changed", "nothing"):
        if _other_fields(before, turn.observation):
            return turn, None
        if reaction.kind == "gone" and find_submit(list(turn.observation.elements), []).button is not None:
            return turn, None  # a page that shows all answers once more, to be confirmed
    return turn, reaction


def _other_fields(before: Observation, after: Observation) -> bool:
    old = {(e.role, e.label, e.group) for e in fields_of(before)}
    new = {(e.role, e.label, e.group) for e in fields_of(after)}
    return len(new - old) > len(new & old)


# ---------------------------------------------------------------- the end


def _send(job: Job, turn: Turn) -> Routine[Action]:
    """Send the form; where a person was in charge meanwhile, only after everything was seen again."""
    while True:
        turn = yield from _seen_again(job, turn)
        try:
            return (yield from _send_now(job, turn))
        except Retaken as taken:
            turn = taken.turn


def _seen_again(job: Job, turn: Turn) -> Routine[Turn]:
    while job.desk.retaken:
        job.desk.retaken = False
        turn = yield from recheck(job, turn)
        insist_on_right(job)
    return turn


def _send_now(job: Job, turn: Turn) -> Routine[Action]:
    """Find the button, press it, and answer what the page complains of, once."""
    filled = [e for entry in job.here() for e in entry.elements]
    choice = find_submit(job.page.elements, filled)
    if choice.rivals:
        raise Uncertain("which button sends the form?", choice.rivals)
    if choice.button is None:
        raise Uncertain("the form has no button that sends it; the fields are filled in", ())
    turn = yield from clear_the_way(turn, job.fits, insist=False)
    turn, found = yield from show(turn, job.page, choice.button)
    if found is None:
        raise GiveUp(f"the button {name_of(choice.button)!r} is no longer seen")
    answer = _answerer(job)
    return (yield from send(turn, found, answer, again=lambda turn: show(turn, job.page, choice.button or found)))


def _answerer(job: Job) -> Answerer:
    """Sets a field of this page anew in the light of a message."""

    def answer(turn: Turn, fresh: Answer) -> Routine[tuple[Turn, bool]]:
        entry = next((e for e in job.here() if any(_same(x, fresh.field, job) for x in e.elements)), None)
        if entry is None or entry.filled is None:
            return turn, False
        was = entry.marks
        entry.elements = tuple(e.model_copy(update={"hint": f"{fresh.message} {e.hint}"}) for e in entry.elements)
        entry.wish = replace(entry.wish, strict=True)
        turn = yield from fill_entry(job, turn, entry)
        entry.filled = entry.filled._replace(note=fresh.message)
        job.tell(entry)
        return turn, entry.marks != was and entry.good

    return answer


def _same(element: Element, seen: Element | None, job: Job) -> bool:
    if seen is None:
        return False
    # Messages move what stands under them, so that the caption counts as well as the place.
    return job.page.on_screen(element).box.iou(seen.box) > 0.3 or bool(seen.label and same_control(element, seen))
