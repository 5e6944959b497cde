"""One step of a report, with its pictures."""

from __future__ import annotations

from html import escape

from agent.describe import describe, plain
from agent.errors import TraceFailed
from agent.events import Observed
from agent.schema import Action, Ask, Box, Click, Done, Drag, Fail, Move, Point, Scroll, Zoom
from agent.trace import TraceReader
from agent.ui.report_data import RunView, StepView
from agent.ui.report_pictures import Picture, crop_for, embed, marker

MARKS: dict[str, tuple[str, str, str]] = {
    "ok": ("good", "✓", "ok"),
    "no_effect": ("warn", "○", "no effect"),
    "unknown": ("odd", "?", "effect not seen"),
    "failed": ("bad", "✗", "failed"),
    "rejected": ("bad", "✗", "rejected"),
    "stale": ("warn", "↻", "stale"),
    "timeout": ("bad", "✗", "timed out"),
    "none": ("calm", "·", "no outcome"),
}
_RISKS = {"none": "calm", "low": "calm", "medium": "warn", "high": "bad"}
_CROP_WIDTH = 720
_WHOLE_WIDTH = 1000
_MUCH = 0.6
"""A change that spreads over more of the screen than this is shown on the whole screen."""


def tag(name: str, value: str, extra: str = "") -> str:
    """A fact: its name and its value; `extra` is HTML after the value."""
    return f"<div><dt>{escape(name)}</dt><dd>{escape(plain(value))}{extra}</dd></div>"


class Album:
    """The pictures of a report; the same part of the same screen is encoded once."""

    def __init__(self, reader: TraceReader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, Box, int], Picture] = {}

    def whole(self, look: Observed, alt: str) -> str:
        """A look in full, as HTML."""
        return self.shot(look, look.screenshot.region, alt, "", _WHOLE_WIDTH)

    def shot(self, look: Observed, part: Box, alt: str, mark: str, width: int = _CROP_WIDTH) -> str:
        """A part of a look (in desktop pixels), as HTML; `mark` is SVG to lie above it."""
        key = (look.frame, part, width)
        try:
            picture = self._known.get(key) or embed(self._reader.picture(look), look.screenshot.region, part, width)
        except TraceFailed as error:
            return f'<div class="same">{escape(plain(str(error)))}</div>'
        self._known[key] = picture
        return (
            f'<button type="button" class="shot" aria-label="{escape(plain(alt))}. Enlarge">'
            f'<img src="{picture.data}" width="{picture.width}" height="{picture.height}" alt="">{mark}</button>'
        )


class StepPage:
    """Draws one step."""

    def __init__(self, step: StepView, run: RunView, album: Album) -> None:
        self._step, self._run, self._album = step, run, album
        self._action = step.performed or step.proposal.action

    def html(self) -> str:
        step = self._step
        ends = isinstance(step.proposal.action, Done | Fail | Ask)
        kind, sign, word = MARKS[step.outcome.status if step.outcome else "none"]
        chip = "" if ends else f'<span class="chip {kind}">{sign} {word}</span>'
        name = escape(describe(step.proposal.action, step.proposal.grounding))
        thought = plain(step.proposal.thought)
        adds = bool(thought) and _letters(thought) not in _letters(describe(self._action, step.proposal.grounding))
        why = f'<p class="thought">{escape(thought)}</p>' if adds else ""
        pictures = "" if ends else self._pictures()
        return (
            f'<article class="step card" id="step-{step.number}" tabindex="-1" aria-labelledby="name-{step.number}">'
            f'<header><span class="num">{step.number}</span><h3 id="name-{step.number}">{name}</h3>{chip}</header>'
            f"{why}{self._facts()}{pictures}</article>"
        )

    def _facts(self) -> str:
        step = self._step
        facts: list[str] = []
        if (verdict := step.verdict) is not None:
            word = "no" if verdict.risk == "none" else verdict.risk
            risk = f' <span class="chip {_RISKS[verdict.risk]}">{word} risk</span>'
            facts.append(tag("Policy", f"{verdict.effect} (rule {verdict.rule})", risk))
            if verdict.effect != "allow" or verdict.risk in ("medium", "high"):
                facts.append(tag("Because", verdict.reason))
        if (approval := step.approval) is not None:
            facts.append(tag("Decided", f"{approval.decision} by {approval.by}"))
            if approval.by != "policy" and approval.reason:
                facts.append(tag("Reason", approval.reason))
        if step.performed is not None and step.performed != step.proposal.action:
            facts.append(tag("Done instead", describe(step.performed)))
        if (grounding := step.proposal.grounding) is not None:
            facts.append(tag("Found by", f"{grounding.source}, {grounding.confidence:.0%} sure"))
        if (outcome := step.outcome) is not None:
            if outcome.detail:
                facts.append(tag("Seen", outcome.detail))
            if outcome.read:
                facts.append(tag("Reads", outcome.read))
        facts.append(tag("At", f"{step.time - self._run.began:.1f} s"))
        return f'<dl class="facts">{"".join(facts)}</dl>'

    def _pictures(self) -> str:
        before, after = self._step.before, self._step.after
        if before is None:
            return ""
        target = self._step.proposal.grounding.box if self._step.proposal.grounding else None
        points = _points(self._action)
        part = self._part(before, after, target, points)
        mark = marker(part, target, points)
        name = describe(self._action, self._step.proposal.grounding)
        first = self._figure("Before", f"The screen before: {name}", before, part, mark)
        if after is None:
            return f'<div class="pics">{first}</div>'
        if after.frame == before.frame:
            second = (
                '<figure><figcaption>After</figcaption><div class="same">Nothing changed on the screen</div></figure>'
            )
        else:
            # After a zoom the look shows a region only.
            shown = part if _covers(after.screenshot.region, part) else after.screenshot.region
            second = self._figure("After", f"The screen after: {name}", after, shown, "")
        return f'<div class="pics">{first}{second}</div>'

    def _part(self, before: Observed, after: Observed | None, target: Box | None, points: list[Point]) -> Box:
        """What to show: the target and what changed, with room round them."""
        screen = before.screenshot.region
        boxes = [box for box in (target,) if box is not None]
        boxes += [Box(left=p.x - 8, top=p.y - 8, width=16, height=16) for p in points]
        changed = list(after.changed) if after is not None else []
        if sum(box.area for box in changed) > _MUCH * screen.area or isinstance(self._action, Scroll | Zoom):
            return screen
        part = crop_for(screen, boxes + changed)
        return screen if part.area > _MUCH * screen.area else part

    def _figure(self, caption: str, alt: str, look: Observed, part: Box, mark: str) -> str:
        return f"<figure><figcaption>{caption}</figcaption>{self._album.shot(look, part, alt, mark)}</figure>"


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _points(action: Action) -> list[Point]:
    match action:
        case Click(point=point) | Move(point=point) | Scroll(point=point):
            return [point]
        case Drag(path=path):
            return list(path)
        case _:
            return []


def _covers(outer: Box, inner: Box) -> bool:
    return outer.overlap(inner).area == inner.area
