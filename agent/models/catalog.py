"""The models that Deskhand knows by name, what they take, and which of them fit a machine."""

from __future__ import annotations

from typing import Literal

from agent.models.machine import Machine
from agent.schema import Value

Precision = Literal["fp32", "bf16", "int8", "int4"]
CONTEXT = 8192
"""Tokens that a session needs at least: a prompt, four screenshots, an answer."""

WORKING_GIB = 1.2
"""For the runtime and one pass over a screenshot, beside weights and cache (bench/model.py measures it)."""

MARGIN = 0.92
"""Share of the memory that may be planned for; the rest belongs to the system."""

_SHARE: dict[Precision, float] = {"fp32": 2.0, "bf16": 1.0, "int8": 0.55, "int4": 0.33}
"""Size of the weights against bf16; the vision tower and the output layer are never quantised."""


class Model(Value):
    """One size of one family. Sizes of weights and caches follow from the published configurations."""

    name: str
    """Its name at the hub."""
    thinking: bool
    bf16_gib: float
    kv_bytes: int
    """Bytes of the attention cache per token, at two bytes a number."""

    def need_gib(self, precision: Precision, context: int = CONTEXT) -> float:
        """Memory for weights, cache and work, in GiB."""
        cache = self.kv_bytes * context * (2 if precision == "fp32" else 1) / (1 << 30)
        return self.bf16_gib * _SHARE[precision] + cache + WORKING_GIB


_SIZES: tuple[tuple[str, float, int], ...] = (
    ("2B", 4.0, 114_688),
    ("4B", 8.3, 147_456),
    ("8B", 16.3, 147_456),
    ("30B-A3B", 58.0, 98_304),
    ("32B", 62.0, 262_144),
    ("235B-A22B", 439.0, 192_512),
)

MODELS: tuple[Model, ...] = tuple(
    Model(name=f"Qwen/Qwen3-VL-{size}-{kind}", thinking=kind == "Thinking", bf16_gib=gib, kv_bytes=kv)
    for size, gib, kv in _SIZES
    for kind in ("Thinking", "Instruct")
)


class Choice(Value):
    """What to run on a machine; `model` is empty where nothing fits."""

    model: str = ""
    precision: Precision = "bf16"
    device: Literal["cuda", "cpu"] = "cpu"
    need_gib: float = 0.0
    reason: str


def known(name: str) -> Model | None:
    """A model by its name at the hub, or by the part after the slash, in any case."""
    wanted = name.lower()
    return next((m for m in MODELS if wanted in (m.name.lower(), m.name.rpartition("/")[2].lower())), None)


def recommend(machine: Machine) -> Choice:
    """The ablest Thinking model that fits: quantised before smaller on a GPU, the smallest on a processor."""
    thinkers = [m for m in MODELS if m.thinking]
    if machine.gpus:
        card = max(machine.gpus, key=lambda gpu: gpu.memory_gib)
        room = card.memory_gib * MARGIN
        dense = [m for m in thinkers if "-A" not in m.name]
        for model in reversed(dense):
            for precision in ("bf16", "int4"):
                need = model.need_gib(precision)
                if need <= room:
                    reason = f"needs {need:.1f} GiB of the {card.memory_gib:.0f} GiB of {card.name}"
                    return Choice(
                        model=model.name, precision=precision, device="cuda", need_gib=round(need, 1), reason=reason
                    )
    small = thinkers[0]
    precision: Precision = "bf16" if machine.fast_bf16 else "fp32"
    need = small.need_gib(precision)
    if need <= machine.ram_gib * MARGIN:
        reason = f"no GPU that holds a model: the smallest, in {precision}, needs {need:.1f} GiB of memory"
        return Choice(model=small.name, precision=precision, device="cpu", need_gib=round(need, 1), reason=reason)
    return Choice(
        need_gib=round(need, 1),
        reason=(
            f"the smallest model needs {need:.1f} GiB and this machine has {machine.ram_gib:.1f}: use the embedded "
            "planner, which needs none, or a model on another machine of yours (--server URL)"
        ),
    )
