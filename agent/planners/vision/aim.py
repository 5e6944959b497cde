"""Aiming: before a click on something small or dense, look again at a crop, and let readable text anchor the point."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from agent.dialects.base import Dialect
from agent.dialects.computer import SCALE
from agent.pictures import fit, grid
from agent.planners.embedded.ground import candidates as named
from agent.planners.embedded.phrases import read_target
from agent.planners.embedded.sentences import protect
from agent.planners.vision.fusion import Candidate, Sighting, candidates, settle
from agent.schema import Box, Click, Grounding, Observation, Point, Screenshot
from agent.talk import PATCH, Chat, ImagePart, Message, Mistake, Request

RATIO = 0.5
"""Share of the screen's sides that a closer look shows."""

LEAST = 768
"""Pixels that it shows at least on each side, as far as the screen has them."""

CLEAR = 0.9
"""A first look that is surer than this needs no second one."""

DEPTH = 3
"""Closer looks at most. Most of the gain is in the first; one more costs less than a model that is told of doubt."""

SMALL = 32
"""A target with a side shorter than this many pixels *of the picture that the model saw* gets a closer look."""

ANCHOR = 0.75
"""From this likeness on an element counts as reading like the target."""

CROP = "This is a closer look at a part of the screen."

_QUOTED = re.compile(r"[\"“”„«»「」『』']([^\"“”„«»「」『』']{1,80})[\"“”„«»「」『』']")
_LEAD = re.compile(
    r"^\W*(?:action:)?\s*(?:please\s+)?(?:left|right|double|middle|triple)?[- ]?(?:click|press|tap|select|choose|open|"
    r"hover|point|move)\w*\s*(?:the mouse)?\s*(?:on|at|to|over|into|onto)?\s+",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"\b(?:in|on|at|of|for|by|to|from|with|near|beside|besides|next|under|below|above|over|before|after|behind|beneath|"
    r"between|left|right|row|line|column|same|says|showing)\b|[旁边行列上下左右里中的]",
    re.IGNORECASE,
)
"""Words by which a target is told from where something else stands."""


class Doubt(Mistake):
    """No one target: what may be meant, for the model to choose from or to look at closer."""

    def __init__(self, said: str, found: tuple[Candidate, ...], screen: Box) -> None:
        names = [f"{c.name!r} at {_place(c.box.center, screen)}" for c in found[:4] if c.name]
        may_be = f"; it may be {' or '.join(names)}" if names else ""
        super().__init__(
            f"it can't be told for certain where {said!r} is{may_be}. Zoom in there, or name it by its text"
        )
        self.found = found


Closer = Callable[[str, Screenshot], Point | None]
"""Where a target is in a part of the screen, in desktop pixels; None where the answer is of no use."""


class Aimer:
    """Corrects the first point that a model gave."""

    def __init__(self, look_closer: Closer, *, image_tokens: int = 2048) -> None:
        """`image_tokens` is the budget of the screenshots that the model sees: it tells how small things were there."""
        self._look_closer, self._image_tokens = look_closer, image_tokens

    def __call__(self, said: str, first: Point, observation: Observation, looked: Box | None = None) -> Grounding:
        """Where `said` is, given a first point in desktop pixels. Raises Doubt where it can't be told.

        Where the text settles it or the target is large there is no closer look, else one to three. `looked` is the
        part of the screen that the model has looked at closer already: there a small target is no reason for another.
        """
        seen_scale = self._seen_scale(observation.screenshot)
        likeness, named_itself = anchors(said, observation), names_itself(said)
        shot = observation.screenshot
        sightings = [Sighting(point=first, seen=shot.region, source="model")]
        ranked = candidates(sightings, likeness, observation)
        found = settle(said, ranked, sightings, named=named_itself)
        enlarged = looked is not None and looked.contains(first)
        while len(sightings) <= DEPTH and (
            found is None or _wants_closer_look(found, sightings, seen_scale, enlarged=enlarged)
        ):
            around = found.point if found is not None else ranked[0].box.center if ranked else sightings[-1].point
            crop = closer_look(around, shot.region, RATIO ** len(sightings))
            point = self._look_closer(said, Screenshot(pixels=shot.crop(crop), region=crop, taken_at=shot.taken_at))
            if point is None:
                break
            sightings.append(Sighting(point=point, seen=crop, source="zoom"))
            ranked = candidates(sightings, likeness, observation)
            found = settle(said, ranked, sightings, named=named_itself)
        if found is None:
            raise Doubt(said, ranked, shot.region)
        return found

    def _seen_scale(self, shot: Screenshot) -> float:
        """Pixels of the picture that the model saw per pixel of the screenshot, 1 at most."""
        height, width = shot.pixels.shape[:2]
        rows, columns = grid(width, height, self._image_tokens)
        return min(1.0, columns * PATCH / width, rows * PATCH / height)


class AskedCloser:
    """Asks the model for the point in a crop: temperature 0, no thinking."""

    def __init__(
        self, chat: Chat, dialect: Dialect, stop: threading.Event, *, tokens: int = 1024, shows: str = CROP
    ) -> None:
        """`shows` tells the model what the picture is; it has at most `tokens` tokens."""
        self._chat, self._dialect, self._stop = chat, dialect, stop
        self._tokens, self._shows = tokens, shows

    def __call__(self, said: str, part: Screenshot) -> Point | None:
        words = f"{self._shows} Left-click on this and nothing else: {said}"
        request = Request(
            messages=(
                Message.of("system", self._dialect.system("Answer with one left_click at the centre of the target.")),
                Message.of("user", ImagePart(pixels=fit(part.pixels, self._tokens)), self._dialect.neutral(words)),
            ),
            tools=self._dialect.tools[:1],
            sampling=self._dialect.sampling(thinking=False, grounding=True),
            thinking=False,
            must_call=True,
        )
        try:
            turn = self._dialect.read(self._chat.answer(request, self._stop))
            action = self._dialect.action(turn.calls[0], part) if turn.calls else None
        except Mistake:
            return None
        return action.point if isinstance(action, Click) else None


def _place(point: Point, screen: Box) -> list[int]:
    """A point as models count."""
    return [
        round(SCALE * (point.x - screen.left) / screen.width),
        round(SCALE * (point.y - screen.top) / screen.height),
    ]


def closer_look(around: Point, screen: Box, ratio: float) -> Box:
    """The crop for a closer look: `ratio` of the screen's sides, at least 768 pixels, inside the screen."""
    width = min(screen.width, max(LEAST, round(screen.width * ratio)))
    height = min(screen.height, max(LEAST, round(screen.height * ratio)))
    left = min(max(screen.left, around.x - width // 2), screen.right - width)
    top = min(max(screen.top, around.y - height // 2), screen.bottom - height)
    return Box(left=left, top=top, width=width, height=height)


def anchors(said: str, observation: Observation) -> dict[int, float]:
    """Elements that read like the target: id -> likeness 0..1. What stands in quotes counts alone."""
    phrases = _QUOTED.findall(said) or [_LEAD.sub("", said).rstrip(" .。")]
    likeness: dict[int, float] = {}
    for phrase in phrases:
        fits = named(read_target(protect(phrase)), observation) if phrase.strip() else ()
        for one in fits if isinstance(fits, list | tuple) else ():
            if one.source in ("text", "label") and one.score >= ANCHOR:
                likeness[one.element.id] = max(likeness.get(one.element.id, 0.0), min(1.0, one.score))
    return likeness


def names_itself(said: str) -> bool:
    """Whether what stands in quotes is the target's own caption, not that of something it is told by (its row, say)."""
    return bool(_QUOTED.search(said)) and not _RELATED.search(_QUOTED.sub(" ", _LEAD.sub("", said)))


def _wants_closer_look(found: Grounding, sightings: list[Sighting], seen_scale: float, *, enlarged: bool) -> bool:
    """Once: for what is small in the picture that the model saw (and not enlarged since), or not sure."""
    if len(sightings) > 1:
        return False
    small = not enlarged and min(found.box.width, found.box.height) * seen_scale < SMALL
    return found.confidence < CLEAR or (small and found.source != "text")
