"""Whether a model, in this process or behind a server, does what a task needs: points, goes on, reads."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np

from agent.chat.calibration import HEIGHT, LIMIT, WIDTH, Chart, draw
from agent.chat.questions import another_click, click, names, request
from agent.dialects.base import Dialect
from agent.schema import Action, Box, Click, Pixels, Screenshot, TypeText, Value
from agent.talk import Chat, ImagePart, Message, Mistake, Request, Turn

LETTERS = "ACEFHKLMNPRTXY34679"
"""None of them is easily taken for another."""
WORD = 6


class Try(Value):
    """One question and whether the answer was right."""

    name: str
    ok: bool
    said: str
    seconds: float


def trial(chat: Chat, dialect: Dialect, stop: threading.Event, dice: random.Random | None = None) -> Iterator[Try]:
    """Ask one question after the other, each on a picture of which nobody can know anything without looking.

    Raises Stopped, and TaskFailed where no answer can be had.
    """
    made = _Trial(chat, dialect, stop)
    dice = dice or random.Random()
    chart = draw(dice)
    first = Turn()
    for name in names():
        turn, told = made.pointing(f"click the {name}", click(dialect, chart, name), chart, name)
        first = turn if name == names()[0] else first
        yield told
    if first.calls:
        then, name = draw(dice), names()[-1]
        while _off(then.spots[name], chart.spots[name]) < 3 * LIMIT:
            then = draw(dice)
        asked = another_click(dialect, chart, first, then, name)
        yield made.pointing("think, and click in a second picture", asked, then, name)[1]
    yield made.reading("".join(dice.choices(LETTERS, k=WORD)))


class _Trial:
    def __init__(self, chat: Chat, dialect: Dialect, stop: threading.Event) -> None:
        self._chat, self._dialect, self._stop = chat, dialect, stop

    def pointing(self, title: str, asked: Request, chart: Chart, name: str) -> tuple[Turn, Try]:
        turn, action, said, seconds = self._ask(asked, chart.pixels)
        ok = False
        if isinstance(action, Click):
            miss = _off((action.point.x / WIDTH, action.point.y / HEIGHT), chart.spots[name])
            ok, said = miss <= LIMIT, f"off by {miss:.1%} of the picture's width"
        return turn, Try(name=title, ok=ok, said=said, seconds=seconds)

    def reading(self, word: str) -> Try:
        picture = _written(word)
        system = self._dialect.system("Answer with one `type` of the word that stands in the picture.")
        user = Message.of("user", ImagePart(pixels=picture), "Type the word that stands in the picture.")
        asked = request(self._dialect, (Message.of("system", system), user), thinking=False)
        _, action, said, seconds = self._ask(asked, picture)
        ok = False
        if isinstance(action, TypeText):
            ok, said = action.text.strip() == word, f"{action.text[:40]!r} for {word!r}"
        return Try(name="read a word", ok=ok, said=said, seconds=seconds)

    def _ask(self, asked: Request, pixels: Pixels) -> tuple[Turn, Action | None, str, float]:
        """The answer, its action, what is to be said of it otherwise, and how long it took."""
        begun = time.monotonic()
        turn, action, said = Turn(), None, ""
        shot = Screenshot(pixels=pixels, region=Box(left=0, top=0, width=WIDTH, height=HEIGHT))
        try:
            turn = self._dialect.read(self._chat.answer(asked, self._stop))
            if turn.calls:
                action = self._dialect.action(turn.calls[0], shot)
                said = f"another action: {action.kind}"
            else:
                said = "no tool call"
        except Mistake as mistake:
            said = str(mistake)
        return turn, action, said, time.monotonic() - begun


def _off(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two spots lie apart, as a share of the width."""
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]) * HEIGHT / WIDTH)


def _written(word: str) -> Pixels:
    pixels = np.full((HEIGHT, WIDTH, 3), 236, np.uint8)
    cv2.putText(pixels, word, (150, 210), cv2.FONT_HERSHEY_SIMPLEX, 2.4, (20, 20, 20), 5, cv2.LINE_AA)
    return pixels
