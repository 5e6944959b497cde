"""The attention cache between answers: what a new prompt has in common with the last one is not computed again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

BLOCK = 1024
"""Tokens by which the buffers grow."""


class Shelf(DynamicLayer):
    """One layer's keys and values in a buffer that has room to spare: a new token is written, nothing is copied."""

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        super().lazy_initialization(key_states, value_states)
        self._room = [_buffer(key_states, 0), _buffer(value_states, 0)]
        self._length = 0

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, end = self._length, self._length + key_states.shape[-2]
        for n, states in enumerate((key_states, value_states)):
            if end > self._room[n].shape[-2]:
                larger = _buffer(states, -(-end * 5 // 4 // BLOCK) * BLOCK)
                larger[..., :start, :] = self._room[n][..., :start, :]
                self._room[n] = larger
            self._room[n][..., start:end, :] = states
        self._show(end)
        assert self.keys is not None
        assert self.values is not None
        return self.keys, self.values

    def copy(self, other: Shelf, length: int) -> None:
        """Begin with the first tokens of another layer."""
        if other.keys is not None and other.values is not None:
            self.update(other.keys[..., :length, :], other.values[..., :length, :])

    def crop(self, tokens_to_remove: int) -> None:
        if self.is_initialized:
            self._show(self._length - abs(tokens_to_remove))

    def keep(self, length: int) -> None:
        """Forget all but the first so many tokens."""
        if self.is_initialized:
            self._show(min(length, self._length))

    def _show(self, length: int) -> None:
        self._length = length
        self.keys, self.values = self._room[0][..., :length, :], self._room[1][..., :length, :]


def _buffer(like: Tensor, tokens: int) -> Tensor:
    batch, heads, _, size = like.shape
    return torch.empty(batch, heads, tokens, size, dtype=like.dtype, device=like.device)


class Memory:
    """What the model remembers: its cache, and for each token in it what it was.

    A token's key is its id; a picture's tokens have keys made of the picture's pixels, so that equal keys mean an
    equal state. Models with a recurrent state, which can't be cut, go back to a place that was marked.
    """

    def __init__(self, text_config: Any) -> None:
        self._config = text_config
        self.clear()

    def clear(self) -> None:
        self.keys: list[int] = []
        self.cache = Cache(layers=_layers(self._config))
        self.cuttable = all(isinstance(layer, Shelf) for layer in self.cache.layers)
        self._whole = True
        self._marked: tuple[int, dict[int, Any]] = (0, {})

    def begin(self, keys: list[int]) -> int:
        """Forget what a new prompt does not begin with; how many of its tokens are known (never all of them)."""
        self._cut(self.common(keys))
        return len(self.keys)

    def common(self, keys: list[int]) -> int:
        """How many tokens a new prompt has in common with what is remembered, from its beginning on."""
        pairs = zip(self.keys, keys[:-1], strict=False)
        return next(
            (n for n, (known, wanted) in enumerate(pairs) if known != wanted), min(len(self.keys), len(keys) - 1)
        )

    def learn(self, other: Memory, length: int) -> None:
        """Take over the first tokens of another memory of the same model; both have to be cuttable."""
        self.clear()
        with self.growing(other.keys[:length]) as cache:
            for mine, theirs in zip(cache.layers, other.cache.layers, strict=True):
                assert isinstance(mine, Shelf)
                assert isinstance(theirs, Shelf)
                mine.copy(theirs, length)

    @contextmanager
    def growing(self, keys: list[int]) -> Generator[Cache]:
        """The cache while these tokens are computed; they count only if all layers came through."""
        if not self._whole:
            self._cut(len(self.keys))
        self._whole = False
        yield self.cache
        self.keys.extend(keys)
        self._whole = True

    def mark(self) -> None:
        """Remember this place, where the model has a state that can't be cut."""
        if not self.cuttable:
            recurrent = {n: layer for n, layer in enumerate(self.cache.layers) if not isinstance(layer, Shelf)}
            self._marked = (len(self.keys), {n: _copied(vars(layer)) for n, layer in recurrent.items()})

    def _cut(self, length: int) -> None:
        if self._whole and length == len(self.keys):
            return
        if not self.cuttable:
            place, states = self._marked
            if not 0 < place <= length:
                self.clear()
                return
            length = place
            for n, state in states.items():
                vars(self.cache.layers[n]).update(_copied(state))
        for layer in self.cache.layers:
            if isinstance(layer, Shelf):
                layer.keep(length)
        del self.keys[length:]
        self._whole = True


class Memories:
    """Two memories: a short question between two steps of a task must not cost the task's own memory.

    Together they never hold more than the context has tokens, so that they take no more room than one.
    """

    def __init__(self, text_config: Any, context: int) -> None:
        self._all = [Memory(text_config), Memory(text_config)]
        self._context = context

    @property
    def used(self) -> Memory:
        return self._all[0]

    def clear(self) -> None:
        for memory in self._all:
            memory.clear()

    def choose(self, keys: list[int], need: int) -> None:
        """Make that memory the used one in which a prompt does least harm; `need`: tokens that it will hold."""
        best = max(self._all, key=lambda memory: memory.common(keys))
        common = best.common(keys)
        if 2 * common >= len(best.keys):
            chosen = best
        else:  # most of the best one would be lost: the one that was not used last gives way
            chosen = self._all[-1]
            if chosen is not best and best.cuttable and common > chosen.common(keys):
                chosen.learn(best, common)
        other = next(memory for memory in self._all if memory is not chosen)
        self._all = [chosen, other]
        if len(other.keys) + need > self._context:
            other.clear()


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in cast("dict[Any, Any]", value).items()}
    return value


def _layers(text_config: Any) -> list[Any]:
    made = DynamicCache(config=text_config)
    return [Shelf() if type(layer) is DynamicLayer else layer for layer in made.layers]
