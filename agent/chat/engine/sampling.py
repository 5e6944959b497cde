"""How the next token is drawn."""

from __future__ import annotations

import torch
from torch import Tensor

from agent.talk import Sampling


class Sampler:
    """Draws tokens as a request asks; two with the same seed draw alike."""

    def __init__(self, sampling: Sampling, forbidden: Tensor) -> None:
        """`forbidden`: shape (vocabulary,), true for tokens that are never an answer (pictures, padding)."""
        self._wanted, self._forbidden = sampling, forbidden
        self._used: set[int] = set()
        self._random = torch.Generator()
        if sampling.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(sampling.seed)

    def weigh(self, logits: Tensor) -> Tensor:
        """Logits of shape (vocabulary,) with what is forbidden out of reach and what was said made less likely."""
        logits = logits.float().cpu().masked_fill(self._forbidden, -torch.inf)
        if self._wanted.presence_penalty and self._used:
            logits[list(self._used)] -= self._wanted.presence_penalty
        return logits

    def draw(self, logits: Tensor) -> int:
        """A token, from weighed logits."""
        wanted = self._wanted
        if wanted.temperature == 0:
            return int(logits.argmax())
        scaled = logits / wanted.temperature
        limited = wanted.top_k if wanted.top_k else (scaled.numel() if wanted.top_p < 1 else 0)
        if not limited:
            return int(torch.multinomial(scaled.softmax(0), 1, generator=self._random))
        values, tokens = scaled.topk(min(limited, scaled.numel()))
        chances = values.softmax(0)
        if wanted.top_p < 1:
            # A token stays if those before it don't make up the share yet: the first one always does.
            chances = chances.masked_fill(chances.cumsum(0) - chances >= wanted.top_p, 0.0)
        return int(tokens[torch.multinomial(chances, 1, generator=self._random)])

    def said(self, token: int) -> None:
        self._used.add(token)
