"""Finding what a phrase means among the elements of a look; abstains where two fit equally, and says which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from agent.icons import marks as icons
from agent.meaning.lexicon import lexicon
from agent.planners.embedded import crosses, signs
from agent.planners.embedded.appearance import CONTROLS, Fit, by_kind, by_look, by_size, coloured
from agent.planners.embedded.commands import Target
from agent.planners.embedded.described import DEPTH, first_readings, is_deed, readings
from agent.planners.embedded.drawn import by_drawing, fields_at_drawing
from agent.planners.embedded.naming import likeness, role_fit
from agent.planners.embedded.owning import belonging, in_place
from agent.planners.embedded.phrases import read_target
from agent.planners.embedded.relations import nearest, related
from agent.planners.embedded.sentences import protect
from agent.schema import Element, Grounding, Observation, Role
from agent.wording import fold, normalise

TIE = 0.02
"""Scores that differ by less are equal."""
ENOUGH = 0.45
EXACT = 0.85
"""From this score on a caption is the words, and no longer one that holds them."""

_FIELD_ROLES: frozenset[Role] = frozenset({"textbox", "textarea", "combobox", "spinbutton", "listbox"})


@dataclass(frozen=True, slots=True)
class Abstention:
    """Nothing, or more than one thing, fits; `groundings` are those that would."""

    reason: str
    groundings: tuple[Grounding, ...] = ()

    @property
    def candidates(self) -> tuple[str, ...]:
        """What would fit, as a person would tell it apart."""
        return tuple(f"{g.target} at ({g.point.x}, {g.point.y})" for g in self.groundings)


def find(description: str, observation: Observation) -> Grounding | Abstention:
    """Where a description ("the Save button", "“姓名”输入框") points on a look; boxes in desktop pixels."""
    return ground(read_target(protect(description)), observation)


def ground(target: Target, observation: Observation) -> Grounding | Abstention:
    """Where a target is on a look, as one point."""
    found = pick(target, observation)
    return found if isinstance(found, Abstention) else grounding(target, found)


def grounding(target: Target, fit: Fit) -> Grounding:
    source = (
        "text"
        if fit.source == "text"
        else "label"
        if fit.source == "label"
        else "position"
        if fit.source == "position"
        else "widget"
    )
    return Grounding(
        target=name(fit.element) or target.said,
        point=fit.element.box.center,
        box=fit.element.box,
        role=fit.element.role,
        confidence=round(min(1.0, fit.score) * fit.element.confidence, 3),
        source=source,
    )


def name(element: Element) -> str:
    """What a person would call an element."""
    own = element.label or element.text or element.hint
    kind = "" if element.role in ("text", "heading") else f" {element.role}"
    return f"{own!r}{kind}" if own else element.role


def pick(
    target: Target, observation: Observation, *, prefer: frozenset[Role] = frozenset(), near: Element | None = None
) -> Fit | Abstention:
    """The one element that a target means. `prefer` are roles that the act suits; `near` breaks ties by nearness."""
    fits = candidates(target, observation, prefer=prefer)
    if isinstance(fits, Abstention):
        return fits
    if target.ordinal is not None:
        ordered = _reading(fits)
        place = target.ordinal - 1 if target.ordinal > 0 else len(ordered) + target.ordinal
        if not 0 <= place < len(ordered):
            return Abstention(f"there are {len(ordered)} that fit {target.said!r}", _groundings(target, ordered))
        return ordered[place]
    best = max(fit.score for fit in fits)
    top = [fit for fit in fits if best - fit.score < TIE]
    if len(top) > 1 and near is not None:
        top = nearest(top, near, key=lambda fit: fit.element.box)
    if len(top) > 1 and not _names(target) and _any_will_do(target.said):
        top = _reading(top)[:1]
    if len(top) > 1:
        return Abstention(f"{len(top)} things fit {target.said!r} equally", _groundings(target, top))
    return top[0]


def _names(target: Target) -> bool:
    """Whether the words are a name, and not only a kind (a "textarea" widget)."""
    kind = read_target(target.words.lower()) if target.words and target.kind in (None, "box") else None
    return bool(target.words) and (kind is None or kind.kind is None or bool(kind.words))


def _any_will_do(said: str) -> bool:
    """ "A red square" is any of them; "the red square" is one."""
    return said.lower().startswith(("a ", "an ", "any ", "one of ", "on a ", "on an ", "任"))


def pick_all(
    target: Target, observation: Observation, *, prefer: frozenset[Role] = frozenset()
) -> list[Fit] | Abstention:
    """All elements that a target means, in reading order ("both fields", "all checkboxes")."""
    fits = candidates(replace(target, ordinal=None), observation, prefer=prefer)
    if isinstance(fits, Abstention):
        return fits
    best = max(fit.score for fit in fits)
    return _reading([fit for fit in fits if best - fit.score < 0.2])


def candidates(
    target: Target, observation: Observation, *, prefer: frozenset[Role] = frozenset()
) -> list[Fit] | Abstention:
    """Everything that fits a target's words, kind, look and place; never empty.

    Where nothing fits the phrase as it stands, other readings of it are tried.
    """
    return _read_in_turn(target, observation, prefer, DEPTH)


def _read_in_turn(
    target: Target, observation: Observation, prefer: frozenset[Role], depth: int
) -> list[Fit] | Abstention:
    if depth:
        for other in first_readings(target):
            fits = _read_in_turn(other, observation, prefer, depth - 1)
            if not isinstance(fits, Abstention):
                return fits
    if is_deed(target.phrase):
        return Abstention(f"nothing on the screen does {target.said!r}", _alternatives(target, observation))
    found = _candidates(target, observation, prefer)
    if depth and isinstance(found, Abstention) and found.reason.startswith("nothing") and not target.literal:
        for other in readings(target):
            fits = _read_in_turn(other, observation, prefer, depth - 1)
            if not isinstance(fits, Abstention):
                return fits
    return found


def _candidates(target: Target, observation: Observation, prefer: frozenset[Role]) -> list[Fit] | Abstention:
    fits = _worded(target, observation, prefer)
    if target.place:
        fits = in_place(fits, target.place, observation, lambda fit: fit.element.box)
    if not fits:
        return Abstention(f"nothing on the screen fits {target.said!r}", _alternatives(target, observation))
    if target.relation and target.anchor:
        anchor = pick(target.anchor, observation)
        if isinstance(anchor, Abstention) and target.words and _is_bare_dialog(target.anchor):
            return fits  # the name decides where the dialog's frame can't be told
        if isinstance(anchor, Abstention):
            return Abstention(f"{anchor.reason} (for {target.said!r})", anchor.groundings)
        if _is_own_control(target, anchor.element):
            return [anchor]
        others = [fit for fit in fits if fit.element.id != anchor.element.id]
        if target.relation == "belongs":
            owner = anchor.element.label_box or anchor.element.box
            placed = belonging(others, owner, observation, lambda fit: fit.element.box)
        else:
            placed = related(others, anchor.element, target.relation, observation.elements, key=lambda fit: fit.element)
        if not placed:
            return Abstention(
                f"nothing that fits is {target.relation} {target.anchor.said!r}", _groundings(target, fits)
            )
        fits = placed
    if target.size:
        fits = by_size(target, fits)
    if target.exact:
        fits = [fit for fit in fits if fit.score >= EXACT or fit.source == "widget"]
        fits = fits if not target.alone or len(fits) == 1 else []
    return fits or Abstention(f"nothing on the screen fits {target.said!r}", ())


def _is_bare_dialog(anchor: Target) -> bool:
    return anchor.kind == "dialog" and not anchor.words


def _is_own_control(target: Target, element: Element) -> bool:
    """ "The checkbox left of Agree" is the one that Agree names: its caption is what the sentence speaks of."""
    if target.words or element.role not in CONTROLS - {"button", "link", "option", "icon"}:
        return False
    if role_fit(target.kind, element) < 0.8:
        return False
    caption = element.label_box
    left_of_caption = element.box.center.x < caption.center.x if caption else element.role in ("checkbox", "radio")
    match target.relation:
        case "left of":
            return left_of_caption
        case "right of":
            return not left_of_caption
        case "below" | "above" if caption is not None:
            lower = element.box.top >= caption.bottom - 2
            return lower if target.relation == "below" else element.box.bottom <= caption.top + 2
        case relation:
            return relation == "next to"


def _worded(target: Target, observation: Observation, prefer: frozenset[Role]) -> list[Fit]:
    elements = _without_captions(observation.elements)
    if target.words.lower() in crosses.NAMES and (marks := crosses.crosses(observation)):
        named = _by_text(target.words, target, elements, prefer)
        return named or [Fit(e, 0.8, "widget") for e in marks]
    if target.kind in (None, "button") and (marks := signs.signs(observation, target.words)):
        named = [fit for fit in _by_text(target.words, target, elements, prefer) if fit.score > 0.9]
        return named or [Fit(e, 0.85, "widget") for e in marks]
    if marks := by_drawing(target, observation, prefer):
        named = [] if target.kind == "icon" else _by_text(target.words, target, elements, prefer)
        return [fit for fit in named if fit.score > 0.9] or [Fit(e, 0.75, "widget") for e in marks]
    if target.words:
        fits = _by_text(target.words, target, elements, prefer)
        if icons.named(target.words) and not target.literal:
            # "Basket" is what is drawn so, or a control that has the word, but no line of text that speaks of one.
            fits = [fit for fit in fits if fit.score > 0.9 or fit.element.role in CONTROLS]
        if fits:
            return coloured(target, fits, observation) or fits
        if fields := fields_at_drawing(target, [e for e in elements if e.role in _FIELD_ROLES], observation):
            return [Fit(e, 0.7, "widget") for e in fields]
        if not _names(target):
            return by_kind(replace(target, words="", kind=read_target(target.words.lower()).kind), elements)
        return []
    # "Red" may be a caption; only if none says so is it a colour.
    said = read_literally(target.said)
    if (target.colour or target.size or target.shape) and (fits := _by_text(said, target, elements, prefer)):
        return fits
    if target.colour or target.shape:
        return by_look(target, elements, observation)
    found = by_kind(target, elements) if target.kind else []
    if target.kind == "option" and not any(fit.score >= 0.6 for fit in found):
        # "The item", "the object": something that is drawn, if there is no list that has items.
        return by_look(replace(target, kind=None), elements, observation)
    return found


def read_literally(said: str) -> str:
    """The phrase without article, as a caption."""
    words = said.strip().split(" ")
    return " ".join(words[1:] if words and words[0].lower() in ("the", "a", "an") else words)


def _without_captions(elements: Iterable[Element]) -> list[Element]:
    """Without texts that only name or fill a control, which is itself an element."""
    seen = list(elements)
    controls = [e for e in seen if e.role in CONTROLS]

    def own(e: Element) -> bool:
        if e.role not in ("text", "heading"):
            return False
        inside = any(
            c.box.contains(e.box.center) and c.box.area < 40 * max(1, e.box.area) and (c.text or c.label)
            for c in controls
        )
        return inside or any(c.label_box is not None and c.label_box.contains(e.box.center) for c in controls)

    return [e for e in seen if not own(e)]


# ---------------------------------------------------------------- by words


def _by_text(words: str, target: Target, elements: Sequence[Element], prefer: frozenset[Role]) -> list[Fit]:
    found: list[Fit] = []
    for element in elements:
        fits = role_fit(target.kind, element)
        if not fits:
            continue
        score, source = max(
            (_named(words, element.label, target, element), "label"),
            (_named(words, element.text, target, element) * _own_text(element), "text"),
            (_named(words, element.hint, target, element) * 0.9, "label"),
            (_by_meaning(words, element) if not target.literal else 0.0, "label"),
        )
        if score <= 0:
            continue
        liked = 0.06 if element.role in prefer else 0.0
        active = 0.03 if element.role in CONTROLS else 0.0
        found.append(Fit(element, score * (0.7 + 0.3 * fits) + liked + active, source))
    return [fit for fit in found if fit.score >= ENOUGH]


def _named(words: str, caption: str, target: Target, element: Element) -> float:
    """How well a caption answers to the words; a button is pressed only by its whole name, or nearly."""
    score = likeness(words, caption, literal=target.literal)
    if score < 0.9 and element.role in ("button", "link", "option") and (bare := _COUNT.sub("", caption)) != caption:
        score = max(score, 0.97 * likeness(words, bare, literal=target.literal))
    if score > 0.85 or element.role not in ("button", "link", "option", "icon"):
        return score
    share = len(fold(words)) / max(1, len(fold(caption)))
    return score if share >= (0.85 if target.literal else 0.6) else 0.0


_COUNT = re.compile(r"^(?:[^\w\s]|[\u2e80-\u9fff])\s?(?=[A-Z])|\s*[(\[]?\d+[)\]]?$")
"""What stands before or behind the name of a button and is no part of it: an icon read as a sign, a count."""


def _own_text(element: Element) -> float:
    """What stands in a field is its value, which names it less than its label does."""
    return 0.8 if element.role in _FIELD_ROLES and not element.state.placeholder else 1.0


def _by_meaning(words: str, element: Element) -> float:
    """A field may be called by another word for what it means ("email" for "E-mail address")."""
    if element.role not in _FIELD_ROLES and element.role not in ("radio", "checkbox"):
        return 0.0
    meant = lexicon().meaning(words)
    return 0.7 if meant and meant & lexicon().meaning(element.label or element.hint) else 0.0


# ---------------------------------------------------------------- telling


def _reading(fits: Iterable[Fit]) -> list[Fit]:
    """In reading order: rows from the top, each from the left."""
    rows: list[list[Fit]] = []
    for fit in sorted(fits, key=lambda fit: fit.element.box.center.y):
        box = fit.element.box
        if rows and abs(rows[-1][-1].element.box.center.y - box.center.y) < max(6, box.height // 2):
            rows[-1].append(fit)
        else:
            rows.append([fit])
    return [fit for row in rows for fit in sorted(row, key=lambda fit: fit.element.box.left)]


def _groundings(target: Target, fits: Iterable[Fit]) -> tuple[Grounding, ...]:
    return tuple(grounding(target, fit) for fit in fits)[:8]


def _alternatives(target: Target, observation: Observation) -> tuple[Grounding, ...]:
    """What comes nearest to a target that was not found."""
    if not target.words:
        return ()
    near: Callable[[Element], float] = lambda e: fuzz.WRatio(fold(target.words), fold(e.label or e.text))  # noqa: E731
    named = [e for e in observation.elements if normalise(e.label or e.text)]
    best = sorted(named, key=near, reverse=True)[:3]
    return _groundings(target, [Fit(e, near(e) / 100, "label") for e in best if near(e) > 60])
