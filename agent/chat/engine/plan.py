"""How a checkpoint will be held on this machine, decided from files and figures before anything heavy is loaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from agent.errors import BadInput
from agent.models.catalog import MARGIN, WORKING_GIB
from agent.models.checkpoint import Checkpoint
from agent.models.machine import GIB, Machine
from agent.schema import Value

Precision = Literal["fp32", "bf16", "fp16", "int8", "int4"]
BYTES: dict[Precision, float] = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 1, "int4": 0.56}
"""Per weight; the scales of int4's groups are in its figure."""
STORED = 2
"""Bytes of a weight in the published files."""
CPU_CONTEXT, GPU_CONTEXT = 8192, 32768


class Options(Value):
    """What a person may choose; the rest follows from the machine."""

    precision: Precision | Literal["auto"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    context: int | None = Field(default=None, ge=512)
    """Tokens of prompt and answer together."""
    keep: Path | None = None
    """Folder for the state after the prompts' common beginning, so that the next run need not compute it again."""


class Plan(Value):
    """How a model is held."""

    device: Literal["cpu", "cuda"]
    precision: Precision
    compute: Literal["fp32", "bf16", "fp16"]
    """In what is calculated, and how all is kept that is not quantised."""
    context: int
    need_gib: float


class Weights(Value):
    """Counts of a checkpoint's weights by what quantising does with them."""

    dense: int
    """Linear layers of the language model: these can be quantised."""
    rows: int
    """The embedding and, where it has its own, the output layer."""
    experts: int
    """Stacked experts: quantised on a processor."""
    kept: int
    """The vision tower and norms: never quantised."""


def plan(checkpoint: Checkpoint, options: Options, machine: Machine) -> Plan:
    """Choose device and precision. Raises BadInput, saying what would fit, where the memory does not suffice."""
    device = options.device
    if device == "auto":
        device = "cuda" if machine.gpus else "cpu"
    if device == "cuda" and not machine.gpus:
        raise BadInput(
            "no NVIDIA card is seen here: choose the device cpu, or mend the driver (nvidia-smi lists cards)"
        )
    if options.precision == "int4" and device == "cpu":
        raise BadInput("int4 is for NVIDIA cards; on a processor int8 is the smallest")
    room = max(gpu.free_gib for gpu in machine.gpus) if device == "cuda" else machine.free_gib
    context = min(options.context or (GPU_CONTEXT if device == "cuda" else CPU_CONTEXT), checkpoint.context)
    weights = count_weights(checkpoint.folder)
    compute: Literal["fp32", "bf16"] = "bf16" if device == "cuda" or machine.fast_bf16 else "fp32"
    offered: tuple[Precision, ...] = ("bf16", "int8", "int4") if device == "cuda" else ("int8",)
    tried = offered if options.precision == "auto" else (options.precision,)
    for precision in tried:
        made = _made(checkpoint, weights, device, precision, compute, context)
        if made.need_gib <= room * MARGIN:
            return made
    least = _made(checkpoint, weights, device, tried[-1], compute, context)
    raise BadInput(_too_much(checkpoint, weights, least, offered, compute, room))


def _made(
    checkpoint: Checkpoint,
    weights: Weights,
    device: Literal["cpu", "cuda"],
    precision: Precision,
    compute: Literal["fp32", "bf16"],
    context: int,
) -> Plan:
    kind = compute if precision in ("int8", "int4") else precision
    need = gib(checkpoint, weights, device, precision, kind, context)
    return Plan(device=device, precision=precision, compute=kind, context=context, need_gib=round(need, 2))


def gib(
    checkpoint: Checkpoint,
    weights: Weights,
    device: Literal["cpu", "cuda"],
    precision: Precision,
    compute: Literal["fp32", "bf16", "fp16"],
    context: int,
) -> float:
    """Memory for weights, cache and work, in GiB."""
    whole = BYTES[compute]
    size = weights.dense * BYTES[precision] + weights.kept * whole
    # Experts are turned while they are loaded, so that all of them are in memory once as they are stored.
    size += weights.experts * (STORED if precision == "int8" and device == "cpu" else whole)
    # Here the embedding stays as it is stored, beside an output layer in int8; on a card both stay as they are.
    size += weights.rows * (3 if precision == "int8" and device == "cpu" else whole)
    small = checkpoint.parameters / 2e9
    work = WORKING_GIB * min(1.0, 0.1 + small)
    return size / GIB + checkpoint.kv_values * context * whole / GIB + work


def _too_much(
    checkpoint: Checkpoint,
    weights: Weights,
    least: Plan,
    offered: tuple[Precision, ...],
    compute: Literal["fp32", "bf16"],
    room: float,
) -> str:
    said = (
        f"{checkpoint.folder.name} in {least.precision} with a context of {least.context} tokens needs "
        f"{least.need_gib:.1f} GiB of {'video ' if least.device == 'cuda' else ''}memory and {room:.1f} GiB are free"
    )
    fits: list[str] = []
    for precision in offered:
        for context in (least.context, 4096, 2048):
            made = _made(checkpoint, weights, least.device, precision, compute, context)
            if context <= least.context and made.need_gib <= room * MARGIN:
                fits.append(f"{precision} with a context of {context} tokens ({made.need_gib:.1f} GiB)")
                break
    if fits:
        return f"{said}. What would fit: {'; '.join(fits)}"
    most = max(0.0, room * MARGIN - WORKING_GIB) / 1.3
    return f"{said}. What would fit: a model of at most about {most:.1f} billion parameters, or a server (--server URL)"


def count_weights(folder: Path) -> Weights:
    """Count the weights of a folder by the names in its headers (checked before by `inspect`)."""
    dense = rows = experts = kept = 0
    for name, shape in _tensors(folder):
        count = 1
        for side in shape:
            count *= side
        if name.endswith(("embed_tokens.weight", "lm_head.weight")):
            rows += count
        elif "experts" in name:
            experts += count
        elif "visual" in name or len(shape) != 2:
            kept += count
        else:
            dense += count
    return Weights(dense=dense, rows=rows, experts=experts, kept=kept)


def _tensors(folder: Path) -> Iterator[tuple[str, list[int]]]:
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header: dict[str, Any] = json.loads(file.read(length))
        for name, entry in header.items():
            if name != "__metadata__":
                yield name, entry["shape"]
