"""Reading a text that a sentence speaks of: the value of something, the third word of a paragraph."""

from __future__ import annotations

from agent.meaning.lexicon import lexicon
from agent.planners.embedded import commands as c
from agent.planners.embedded.desk import Uncertain
from agent.planners.embedded.ground import Abstention, Fit, pick
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.seek import Walk, locate, roll, same_view
from agent.planners.embedded.texts import value_of
from agent.planners.embedded.view import FIELDS, find_again, reading_order
from agent.schema import Element, Observation
from agent.wording import fold, normalise

_SCROLLS = 30


def read_source(walk: Walk, turn: Turn, source: c.Source) -> Routine[tuple[Turn, str]]:
    """The text that is meant, as it stands on the screen; Uncertain if it can't be told."""
    if source.of is None:
        if not walk.copied:
            raise Uncertain("what is to be typed was not read before")
        return turn, walk.copied
    if source.column:
        text = _cell(walk, turn.observation, source)
    elif source.of.kind == "text" and not source.of.words:
        text = _paragraph(turn.observation)
    else:
        found = _labelled(source.of, turn.observation)
        if isinstance(found, Abstention):
            turn, found = yield from locate(walk, turn, source.of)
        if source.word is not None and found.element.role == "textarea":
            turn, text = yield from _end_of_area(walk, turn, found.element, source.word)
        else:
            text = _value(walk, turn.observation, found.element)
    if not text:
        raise Uncertain(f"no value can be seen for {source.of.said!r}")
    if source.word is not None:
        words = _words(text)
        place = source.word - 1 if source.word > 0 else len(words) + source.word
        if not 0 <= place < len(words):
            raise Uncertain(f"{source.of.said!r} has only {len(words)} words")
        text = words[place]
    walk.copied = text
    return turn, text


def _cell(walk: Walk, observation: Observation, source: c.Source) -> str:
    """What stands in a table in the row of a name and under a heading; Uncertain if either can't be told."""
    assert source.of is not None
    row = pick(source.of, observation)
    if isinstance(row, Abstention):
        raise Uncertain(row.reason, row.candidates)
    box = row.element.box
    wanted = set(lexicon().tokens(source.column))
    heads = [
        e
        for e in observation.elements
        if e.text and e.box.bottom <= box.top and (own := set(lexicon().tokens(e.text))) and own <= wanted
    ]
    texts = [e for e in observation.elements if e.text and abs(e.box.center.y - box.center.y) < box.height // 2 + 2]
    cells = {
        e.id: e for head in heads for e in texts if e.box.left < head.box.right + 8 and e.box.right > head.box.left - 8
    }
    if len(cells) != 1:
        said = f"{source.column!r} of {source.of.said!r}"
        raise Uncertain(
            f"{said} can't be found in a table; a text to be typed as it is stands in quotes",
            tuple(e.text for e in cells.values()),
        )
    cell = next(iter(cells.values()))
    return walk.desk.reread(observation.screenshot, cell.box.grow(2)) or cell.text


def _words(text: str) -> list[str]:
    """The words of a text without the marks round them; a grip or an arrow beside the text is no word."""
    bare = (word.strip(".,;:!?\"'|_") for word in text.split())
    return [word for word in bare if any(c.isalpha() for c in word)]


def _end_of_area(walk: Walk, turn: Turn, area: Element, word: int) -> Routine[tuple[Turn, str]]:
    """What a text area shows at its beginning or its end, which may have to be scrolled into view.

    Uncertain where two readings differ in the word that is asked for.
    """
    for _ in range(_SCROLLS):
        before = turn.observation
        turn = yield from roll(turn, -10 if word > 0 else 10, "scroll to the part that is asked for", area)
        if same_view(before, turn.observation):
            break
    shown = find_again(turn.observation, area) or area
    exact = walk.desk.reread(turn.observation.screenshot, shown.box)
    place = word - 1 if word > 0 else word
    seen = {words[place] for text in (shown.text, exact) if len(words := _words(text)) >= abs(word)}
    if len(seen) > 1:
        raise Uncertain("which word it is can't be read for certain", tuple(sorted(seen)))
    return turn, shown.text or exact


def _labelled(target: c.Target, observation: Observation) -> Fit | Abstention:
    """A text that begins with the name and a colon counts as that name's value."""
    name = fold(target.words)
    lines = [e for e in observation.elements if name and fold(e.text).startswith(f"{name}:") and e.role == "text"]
    return Fit(lines[0], 1.0, "text") if len(lines) == 1 else pick(target, observation)


def _value(walk: Walk, observation: Observation, element: Element) -> str:
    """What a field holds, what follows the colon, or what stands to the right of (else under) a caption."""
    if element.role in FIELDS:
        text, box = value_of(observation, element)
        return walk.desk.reread(observation.screenshot, box) or text
    _, colon, rest = element.text.partition(":")
    if colon and rest.strip():
        return rest.strip()
    others = [
        e
        for e in observation.elements
        if e.text and e.id != element.id and e.role in ("text", "link", "heading", "textbox", "option")
    ]
    level = [
        e
        for e in others
        if abs(e.box.center.y - element.box.center.y) < element.box.height and e.box.left >= element.box.right - 2
    ]
    if level:
        return min(level, key=lambda e: e.box.left).text
    under = [
        e
        for e in others
        if 0 <= e.box.top - element.box.bottom < 2 * element.box.height and abs(e.box.left - element.box.left) < 40
    ]
    return under[0].text if len(under) == 1 else ""


def _paragraph(observation: Observation) -> str:
    """The one block of running text on the screen, its lines joined; empty if there is none or more than one."""
    lines = [e for e in observation.elements if e.role == "text" and len(normalise(e.text).split()) > 2]
    blocks: list[list[Element]] = []
    for line in reading_order(lines):
        last = blocks[-1][-1] if blocks else None
        if (
            last
            and abs(line.box.left - last.box.left) < 30
            and 0 <= line.box.top - last.box.bottom < last.box.height * 1.2
        ):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    if not blocks:
        # A paragraph right above a field is taken for its label.
        labels = [e.label for e in observation.elements if e.role in FIELDS and len(e.label.split()) > 3]
        return labels[0] if len(labels) == 1 else ""
    if len(blocks) != 1:
        return ""
    last = blocks[0][-1]
    # The last line of a paragraph may be a single word.
    tail = [
        e
        for e in observation.elements
        if e.role == "text"
        and e.id != last.id
        and 0 <= e.box.top - last.box.bottom < last.box.height * 1.2
        and abs(e.box.left - last.box.left) < 30
    ]
    return " ".join(e.text for e in (*blocks[0], *tail))
