"""What was told so far, as far as it takes to say whether a secret that is learnt late was already told."""

from __future__ import annotations

from agent.events import Event, Observed, Proposed
from agent.redact.texts import Known, shape

_MOST = 200_000
"""Characters that are remembered; beyond them whatever is learnt counts as told."""

_IN_PIECES_FROM = 4
"""Characters of a secret that may have been told in pieces."""


class Past:
    """The texts of all looks and thoughts, each once."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._pages: dict[str, None] = {}
        self._size = 0

    def add(self, event: Event) -> None:
        match event:
            case Observed(elements=elements, window=window):
                for text in {window, *(text for e in elements for text in (e.text, e.label, e.hint, e.error))}:
                    self._keep(text, self._texts)
                # Everything in reading order, where the pieces of a text stand one after the other.
                self._keep("".join(shape(e.text) for e in elements), self._pages)
            case Proposed(proposal=proposal):
                self._keep(proposal.thought, self._texts)
            case _:
                pass

    def held(self, secret: str) -> bool:
        """Whether anything told so far holds this secret."""
        if self._size > _MOST:
            return True
        known = Known(frozenset((secret,)))
        drawn = shape(secret)
        return any(map(known.holds, self._texts)) or (
            len(drawn) >= _IN_PIECES_FROM and any(drawn in page for page in self._pages)
        )

    def _keep(self, text: str, where: dict[str, None]) -> None:
        if text and text not in where and self._size <= _MOST:
            where[text] = None
            self._size += len(text)
