"""The vision tower, run once for each picture."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from agent.chat.engine.loading import Loaded
from agent.chat.engine.prompt import Picture

KEPT = 8
"""Pictures whose features are kept: those of a prompt whose history was folded need not be seen again."""


@dataclass(frozen=True)
class Features:
    """What the tower made of a picture."""

    grid: Tensor
    """Shape (1, 3): patches in time, height and width."""
    rows: Tensor
    """Shape (tokens, hidden): in place of the tokens' embeddings."""
    deep: tuple[Tensor, ...]
    """The same for each of the first layers, to be added behind it (Qwen3-VL's deepstack; newer models have none)."""


class Sight:
    """Pictures to features, with the last ones remembered."""

    def __init__(self, loaded: Loaded) -> None:
        self._model, self._processor = loaded.model, loaded.pictures
        self._known: OrderedDict[int, Features] = OrderedDict()

    def grid(self, picture: Picture) -> Tensor:
        height, width = picture.pixels.shape[:2]
        patch = int(self._model.config.vision_config.patch_size)
        return torch.tensor([[1, height // patch, width // patch]])

    def features(self, picture: Picture) -> Features:
        found = self._known.pop(picture.key, None) or self._look(picture)
        self._known[picture.key] = found
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found

    def _look(self, picture: Picture) -> Features:
        inputs = self._processor(
            images=[picture.pixels], do_resize=False, return_tensors="pt", input_data_format="channels_last"
        )
        device = self._model.device
        grid: Tensor = inputs["image_grid_thw"]
        out: Any = self._model.model.get_image_features(
            inputs["pixel_values"].to(device), grid.to(device), return_dict=True
        )
        deep = tuple(torch.cat(tuple(layer)) for layer in getattr(out, "deepstack_features", None) or ())
        return Features(grid=grid, rows=torch.cat(tuple(out.pooler_output)), deep=deep)

    def clear(self) -> None:
        self._known.clear()
