"""Weights in eight bits for processors: a quarter of fp32's memory and memory traffic, almost no loss.

Each output row has its own scale; activations stay as they are, so nothing depends on calibration. (Activations in
eight bits would make a first look faster, but outliers in them are what hurts small models, and no weights can
be had here to show that they don't.)
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

FEW_ROWS = 8
"""Up to here the packed kernel is faster than unpacking the weights once and multiplying as usual."""

ROWS = 8192
"""So many are packed at once."""


class _Scratch:
    """One buffer in which weights are unpacked, shared by all layers: they run one after the other."""

    def __init__(self) -> None:
        self._buffer = torch.empty(0)

    def unpack(self, packed: Tensor, dtype: torch.dtype) -> Tensor:
        if self._buffer.numel() < packed.numel() or self._buffer.dtype != dtype:
            self._buffer = torch.empty(packed.numel(), dtype=dtype)
        return self._buffer[: packed.numel()].view(packed.shape).copy_(packed)


class Int8Linear(nn.Module):
    """A linear layer with int8 weights, shape (out, in), and one scale per output."""

    packed: Tensor
    scale: Tensor
    bias: Tensor | None

    def __init__(self, source: nn.Linear, scratch: _Scratch) -> None:
        super().__init__()
        packed, scale = _packed(source.weight.detach())
        self.register_buffer("packed", packed)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None if source.bias is None else source.bias.detach().float())  # pyright: ignore[reportUnnecessaryComparison]
        self._scratch = scratch
        self.in_features, self.out_features = source.in_features, source.out_features

    def forward(self, x: Tensor) -> Tensor:
        out = _times(x.reshape(-1, self.in_features), self.packed, self.scale, self._scratch)
        if self.bias is not None:
            out = out + self.bias.to(x.dtype)
        return out.view(*x.shape[:-1], self.out_features)


class Int8Experts(nn.Module):
    """The stacked experts of one layer, of which each token passes a few: shapes (experts, out, in), as above."""

    up: Tensor
    up_scale: Tensor
    down: Tensor
    down_scale: Tensor

    def __init__(self, source: Any, scratch: _Scratch) -> None:
        super().__init__()
        for name, weight in (("up", source.gate_up_proj.detach()), ("down", source.down_proj.detach())):
            packed, scale = _packed(weight.flatten(0, 1))
            self.register_buffer(name, packed.view(weight.shape))
            self.register_buffer(f"{name}_scale", scale.view(weight.shape[:2]))
        self._scratch, self._act = scratch, source.act_fn

    def forward(self, hidden_states: Tensor, top_k_index: Tensor, top_k_weights: Tensor) -> Tensor:
        """`hidden_states` (tokens, hidden), the experts of each token and their weights (tokens, k)."""
        out = torch.zeros_like(hidden_states)
        for n in map(int, torch.bincount(top_k_index.flatten()).nonzero()):
            tokens, place = torch.where(top_k_index == n)
            up = _times(hidden_states[tokens], self.up[n], self.up_scale[n], self._scratch)
            gate, up = up.chunk(2, dim=-1)
            down = _times(self._act(gate) * up, self.down[n], self.down_scale[n], self._scratch)
            out.index_add_(0, tokens, (down * top_k_weights[tokens, place, None]).to(out.dtype))
        return out


def _packed(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of shape (out, in) in int8, and the scale of each output."""
    packed, scale = torch.empty(weight.shape, dtype=torch.int8), torch.empty(weight.shape[0])
    for start in range(0, weight.shape[0], ROWS):  # an output layer as a whole in fp32 would be gigabytes
        some = weight[start : start + ROWS].float()
        scale[start : start + ROWS] = (some.abs().amax(dim=1) / 127).clamp_min(1e-12)
        packed[start : start + ROWS] = (some / scale[start : start + ROWS, None]).round_()
    return packed, scale


def _times(rows: Tensor, packed: Tensor, scale: Tensor, scratch: _Scratch) -> Tensor:
    """Rows of shape (n, in) times packed weights: (n, out)."""
    if rows.shape[0] > FEW_ROWS:
        return (rows @ scratch.unpack(packed, rows.dtype).T).mul_(scale.to(rows.dtype))
    # This kernel is fast in bf16 only, on every processor.
    out = torch.ops.aten._weight_int8pack_mm(rows.to(torch.bfloat16), packed, scale.to(torch.bfloat16))
    return out.to(rows.dtype)


def quantise(model: Any, compute: torch.dtype) -> None:
    """Turn the language model's linear layers, its experts and the output layer into int8, in place and one by one.

    The vision tower keeps its weights, in `compute`; the embedding stays as it was loaded.
    """
    scratch = _Scratch()
    for parent in list(cast("nn.Module", model.model.language_model).modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Linear:
                setattr(parent, name, Int8Linear(child, scratch))
            elif hasattr(child, "gate_up_proj"):
                setattr(parent, name, Int8Experts(child, scratch))
    model.lm_head = Int8Linear(model.lm_head, scratch)
    embedding = model.get_input_embeddings().weight
    for parameter in cast("nn.Module", model).parameters():
        if parameter is not embedding:
            parameter.data = parameter.data.to(compute)
