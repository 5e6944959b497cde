"""Dialogs and banners that cover a form: closed only by a button that plainly does nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.planners.embedded.crosses import corner_cross
from agent.planners.embedded.desk import Uncertain, click
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.view import FIELDS, inside
from agent.schema import Element, Observation, Point
from agent.wording import fold

_CLOSE = re.compile(
    r"^(x|×|✕|✖|close|dismiss|reject( all)?( cookies)?|decline( all)?|no,? thanks?|not now|maybe later|later|skip"
    r"|only necessary( cookies)?|necessary only|use necessary cookies only|essential only|continue without accepting"
    r"|tout refuser|refuser( tout| et fermer)?|continuer sans accepter|non,? merci|plus tard"
    r"|alles? ablehnen|alle cookies ablehnen|nur (notwendige|erforderliche|essenzielle)( cookies)?|nein,? danke|spater"
    r"|rechazar (todo|todas)|solo (las )?necesarias|no,? gracias|ahora no|rifiuta( tutto)?|(recusar|rejeitar)( tudo)?"
    r"|(alles )?weigeren|odrzuc( wszystkie)?|avvisa( alla)?|(avvis|afvis)( alle)?|すべて拒否|拒否する|모두 거부|거부"
    r"|got it!?|i understand|ok(ay)?|understood"
    r"|关闭|拒绝|全部拒绝|知道了|我知道了|以后再说|暂不|稍后|關閉|拒絕|閉じる|schließen|ablehnen|fermer|refuser|cerrar|rechazar)$"
)
_REFUSE = re.compile(
    r"rej|dec|no|only|nec|ess|cont|tout|ref|alle|nur|rec|sol|rif|wei|odr|avv|afv|す|拒|全部拒|모|거|x|×|clo|关|關|fer|閉|schl"
)
_CONSENT = re.compile(r"\b(cookies?|consent)\b|隐私|cookie")
TRIES = 3


Fits = Callable[[Sequence[Element]], int]
"""How many keys of the record have a field among some elements."""


def covering(observation: Observation, fits: Fits = len) -> Element | None:
    """A dialog that stands over the page and is not the form itself; None where there is none.

    One that has fields of its own is in the way where the page behind it has fields for more of the record.
    """
    fields = [e for e in observation.elements if e.role in FIELDS]
    for dialog in (e for e in observation.elements if e.role == "dialog"):
        region = observation.screenshot.region
        if dialog.box.area > 0.9 * region.area:
            continue
        own = [e for e in fields if inside(e, dialog.box)]
        behind = [e for e in fields if e not in own]
        if not own or (behind and fits(behind) > fits(own)):
            return dialog
    return None


def banner(observation: Observation) -> list[Element]:
    """The buttons that plainly close a consent banner; empty where there is no such banner."""
    if not any(_CONSENT.search(fold(e.text)) for e in observation.elements if e.role in ("text", "heading")):
        return []
    words = [e for e in observation.elements if _CONSENT.search(fold(e.text)) and e.role in ("text", "heading")]
    return [e for e in closers(observation.elements) if any(abs(e.box.center.y - w.box.center.y) < 160 for w in words)]


def closers(elements: tuple[Element, ...] | list[Element]) -> list[Element]:
    """Buttons that plainly close something, those that refuse first."""
    fits = [e for e in elements if e.role in ("button", "link", "icon") and _CLOSE.match(fold(e.text or e.label))]
    return sorted(fits, key=lambda e: not _REFUSE.match(fold(e.text or e.label)))


def clear_the_way(turn: Turn, fits: Fits = len, *, insist: bool = True) -> Routine[Turn]:
    """Close what covers the form. Uncertain (if `insist`) where a dialog has no button that is plainly harmless."""
    for _ in range(TRIES):
        dialog = covering(turn.observation, fits)
        if dialog is not None:
            inner = [e for e in turn.observation.elements if inside(e, dialog.box.grow(16))]
            ways = closers(inner)
            if not ways and (cross := corner_cross(turn.observation, dialog.box)) is not None:
                at = Point(x=cross.x - dialog.box.left, y=cross.y - dialog.box.top)
                thought = f"close what covers the form by its cross: {_title(inner)!r}"
                turn = yield from click(turn, dialog, thought, intent="dismiss", at=at)
                continue
            if not ways and insist:
                raise Uncertain(
                    f"a dialog covers the form ({_title(inner)}) and how to close it is not plain",
                    tuple(e.text for e in inner if e.role == "button" and e.text),
                )
        else:
            ways = banner(turn.observation)
        if not ways:
            return turn
        turn = yield from click(turn, ways[0], f"close what covers the form: {ways[0].text!r}", intent="dismiss")
    return turn


def _title(elements: list[Element]) -> str:
    return next((e.text for e in elements if e.role in ("heading", "text") and e.text), "without a title")
