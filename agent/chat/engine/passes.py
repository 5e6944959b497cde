"""Passes through the model: a prompt in pieces, then tokens as they are drawn."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from agent.chat.engine.cache import Memories, Memory
from agent.chat.engine.kept import Kept, beginning
from agent.chat.engine.loading import Loaded
from agent.chat.engine.prompt import Picture, Prompt
from agent.chat.engine.sight import Sight

PIECE = 2048
"""Tokens of a prompt in one pass: so many that unpacking weights costs little, few enough for a small work space."""
TAIL = 16
"""Tokens at a prompt's end that the next prompt may write otherwise: where the model's turn begins."""


class Passes:
    """One model with what it remembers of the last prompts."""

    def __init__(self, loaded: Loaded, context: int, kept: Kept | None = None) -> None:
        self._kept, self._loaded, self._model = kept, loaded, loaded.model
        self._device: torch.device = loaded.model.device
        self.sight = Sight(loaded)
        self._memories = Memories(loaded.model.config.get_text_config(), context)
        self._next_position = 0

    @property
    def memory(self) -> Memory:
        """The one in use."""
        return self._memories.used

    def forget(self) -> None:
        """Free what is remembered, after a failure in the middle of things."""
        self._memories.clear()
        self.sight.clear()

    def read(self, prompt: Prompt, room: int = 0) -> tuple[Tensor, int]:
        """The logits after a prompt, shape (vocabulary,), and how many of its tokens were known already.

        `room`: tokens that may follow.
        """
        positions = self._positions(prompt)
        self._memories.choose(prompt.keys, len(prompt.keys) + room)
        if self._kept:
            self._kept.recall(self.memory, prompt.keys)
        known = self.memory.begin(prompt.keys)
        end, at = len(prompt.ids), known
        stops = {end - TAIL} if not self.memory.cuttable and at < end - TAIL else set[int]()
        hidden: Tensor | None = None
        while at < end:
            to = min([at + PIECE, end, *(stop for stop in stops if stop > at)])
            hidden = self._piece(prompt, positions, at, to)
            at = to
            if at in stops:
                self.memory.mark()
        assert hidden is not None  # at least one token is never known
        self._next_position = int(positions.max()) + 1
        return self._logits(hidden), known

    def keep(self, prompt: Prompt) -> None:
        """Keep the state after the prompt's beginning for the next process, where that is wanted."""
        if self._kept:
            self._kept.keep(self.memory, beginning(prompt.keys))

    def extend(self, tokens: list[int]) -> Tensor:
        """The logits after these tokens have followed."""
        first = self._next_position
        positions = torch.arange(first, first + len(tokens), device=self._device).view(1, 1, -1).expand(3, 1, -1)
        hidden = self._run(self._embedded(tokens), positions, tokens)
        self._next_position = first + len(tokens)
        return self._logits(hidden)

    def _piece(self, prompt: Prompt, positions: Tensor, start: int, end: int) -> Tensor:
        embedded = self._embedded(prompt.ids[start:end])
        seen = [p for p in prompt.pictures if p.start < end and p.start + p.tokens > start]
        if not seen:
            return self._run(embedded, positions[:, :, start:end], prompt.keys[start:end])
        features = [(picture, self.sight.features(picture)) for picture in seen]
        place = torch.tensor([key < 0 for key in prompt.keys[start:end]], device=self._device)
        embedded[0, place] = torch.cat([_part(f.rows, p, start, end) for p, f in features]).to(embedded.dtype)
        deep = [
            torch.cat([_part(f.deep[n], p, start, end) for p, f in features]) for n in range(len(features[0][1].deep))
        ]
        extra = {"visual_pos_masks": place[None], "deepstack_visual_embeds": deep} if deep else {}
        return self._run(embedded, positions[:, :, start:end], prompt.keys[start:end], **extra)

    def _run(self, embedded: Tensor, positions: Tensor, keys: list[int], **extra: Any) -> Tensor:
        with self.memory.growing(keys) as cache:
            out = self._model.model.language_model(
                inputs_embeds=embedded, position_ids=positions, past_key_values=cache, use_cache=True, **extra
            )
        return cast("Tensor", out.last_hidden_state)

    def _embedded(self, tokens: list[int]) -> Tensor:
        ids = torch.tensor([tokens], device=self._device)
        return cast("Tensor", self._model.get_input_embeddings()(ids)).to(self._loaded.compute)

    def _logits(self, hidden: Tensor) -> Tensor:
        """Of the last token only: all of a prompt's would be gigabytes."""
        return cast("Tensor", self._model.lm_head(hidden[:, -1]))[0].float()

    def _positions(self, prompt: Prompt) -> Tensor:
        """Shape (3, 1, tokens): place in time, height and width, as the family counts them round pictures."""
        ids = torch.tensor([prompt.ids])
        kinds = torch.tensor([[int(key < 0) for key in prompt.keys]], dtype=torch.int32)
        grids = [self.sight.grid(picture) for picture in prompt.pictures]
        positions: Tensor
        positions, _ = self._model.model.get_rope_index(ids, kinds, image_grid_thw=torch.cat(grids) if grids else None)
        return positions.to(self._device)


def _part(rows: Tensor, picture: Picture, start: int, end: int) -> Tensor:
    """The rows of a picture that lie between two places of the prompt."""
    return rows[max(0, start - picture.start) : end - picture.start]
