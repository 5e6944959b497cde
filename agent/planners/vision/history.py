"""What the model is told of the steps before: the last screenshots, and a line for each older step.

The messages of one request are the beginning of the next one's, so that whoever answers need not compute them again,
until the older half is folded at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from agent.errors import BadInput
from agent.pictures import fit
from agent.planners.vision.options import VisionOptions
from agent.schema import Pixels
from agent.talk import PATCH, Chat, ImagePart, Message, Request

KEEP = 4
"""Screenshots that stay when older ones are folded."""
BLOCK = 4
"""So many are folded at once."""
LEAST_KEPT = 2
"""Screenshots that stay when the budget is spent: what the last step did is seen by both."""
LEAST_TOKENS = 128
"""A screenshot of fewer tokens shows nothing any more."""
ZOOM_TOKENS = 256
"""A region that was zoomed in on is enlarged to so many."""

_NOTHING = ImagePart(pixels=np.zeros((PATCH, PATCH, 3), np.uint8))
"""In place of a picture that nobody will see again."""

Make = Callable[[tuple[Message, ...]], Request]


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A picture with words, and what the model said to it."""

    picture: ImagePart
    whole: bool
    """Of the whole screen; a part of it means nothing without the whole before it."""
    words: str
    """What came of the step before."""
    said: Message | None = None
    line: str = ""


class History:
    """The conversation of one run. All texts it is given are neutral already."""

    def __init__(self, system: str, task: str, options: VisionOptions) -> None:
        self._system, self._task, self._options = Message.of("system", system), task, options
        self._past: list[_Exchange] = []
        self._folded = 0
        """Exchanges that are told by their lines."""
        self._left_out = 0
        """Lines, the oldest, that are not even told."""

    def look(self, pixels: Pixels, words: str, *, whole: bool = True) -> None:
        """A new picture, and in words what came of the last step."""
        if self._past:
            last = self._past[-1]
            self._past[-1] = replace(last, line=f"{last.line} -> {words}" if words else last.line)
        least = 64 if whole else ZOOM_TOKENS
        picture = ImagePart(pixels=fit(pixels, self._options.image_tokens, least))
        self._past.append(_Exchange(picture, whole or not self._past, words))

    def said(self, message: Message, line: str) -> None:
        """What the model answered to the last picture, and one line that tells of it later."""
        self._past[-1] = replace(self._past[-1], said=message, line=line)

    def request(self, chat: Chat, make: Make, extra: Sequence[Message] = ()) -> Request:
        """The request for the next step: at most `options.prompt` tokens, as the transport measures them.

        Raises BadInput where even the smallest one is larger.
        """
        bases = self._bases()
        if len(self._past) - self._folded >= KEEP + BLOCK:
            self._fold(max((n for n in bases if n <= len(self._past) - KEEP), default=self._folded))
        tokens = self._options.image_tokens
        while True:
            request = make((*self._messages(tokens), *extra))
            if chat.measure(request) <= self._options.prompt:
                return request
            if self._fold_most() or self._leave_out_half():
                continue
            if tokens <= LEAST_TOKENS:
                raise BadInput(
                    f"the context of {self._options.context} tokens is too small for this task: "
                    "shorten the task or the record, or allow more (DESKHAND_CONTEXT; for a server's own limit "
                    "see deskhand doctor --server URL)"
                )
            tokens = max(LEAST_TOKENS, min(tokens, self._largest()) * 3 // 4)

    # ------------------------------------------------------------ giving way

    def _bases(self) -> list[int]:
        """Where the kept pictures may begin."""
        return [n for n in range(self._folded + 1, len(self._past)) if self._past[n].whole]

    def _fold_most(self) -> bool:
        """Fold all but the last two screenshots, or, where they are too many already, all but the last.

        What stays is computed anew, what follows is not: the fewer stay, the longer it takes to the next time.
        """
        bases = self._bases()
        if bases:
            self._fold(max((n for n in bases if n <= len(self._past) - LEAST_KEPT), default=bases[-1]))
        return bool(bases)

    def _fold(self, upto: int) -> None:
        for n in range(self._folded, upto):
            self._past[n] = replace(self._past[n], picture=_NOTHING, said=None)
        self._folded = upto

    def _leave_out_half(self) -> bool:
        told = self._folded - self._left_out
        self._left_out += (told + 1) // 2
        return told > 0

    def _largest(self) -> int:
        return max(exchange.picture.tokens for exchange in self._past[self._folded :])

    # ------------------------------------------------------------ messages

    def _messages(self, tokens: int) -> tuple[Message, ...]:
        kept = self._past[self._folded :]
        messages = [self._system, Message.of("user", _picture(kept[0], tokens), self._head(kept[0]))]
        for exchange, after in pairwise(kept):
            said = exchange.said or Message.of("assistant", "")
            messages.append(said)
            # A tool's answer needs a call that it answers.
            role = "tool" if said.calls else "user"
            messages.append(Message.of(role, _picture(after, tokens), after.words or "Done."))
        return tuple(messages)

    def _head(self, first: _Exchange) -> str:
        parts = [self._task]
        if self._folded:
            lines = [f"{n}. {self._past[n - 1].line}" for n in range(self._left_out + 1, self._folded + 1)]
            if self._left_out:
                lines.insert(0, f"(steps 1 to {self._left_out} are left out)")
            parts.append("# Steps so far\n" + "\n".join(lines))
        elif first.words:
            parts.append(first.words)
        parts.append(
            "The picture shows the screen after these steps." if self._folded else "The picture shows the screen."
        )
        return "\n\n".join(parts)


def _picture(exchange: _Exchange, tokens: int) -> ImagePart:
    if exchange.picture.tokens <= tokens:
        return exchange.picture
    return ImagePart(pixels=fit(exchange.picture.pixels, tokens))
