"""A checkpoint brought into memory as its plan says."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import transformers

from agent.chat.engine.int8 import quantise
from agent.chat.engine.plan import Plan
from agent.errors import BadInput, Missing

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
library: Any = transformers


@dataclass(frozen=True)
class Loaded:
    """A model and what turns messages into its input; the libraries' own objects."""

    model: Any
    tokenizer: Any
    pictures: Any
    """The family's image processor, without torchvision."""
    template: str
    compute: torch.dtype


class Patches(torch.nn.Module):
    """The first layer of the vision tower. As its kernel is as large as its stride it is a linear layer, and as such
    many times faster on a processor than as the convolution as which it is written.
    """

    def __init__(self, source: torch.nn.Conv3d) -> None:
        super().__init__()
        self.weight, self.bias = source.weight, source.bias

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(patches.flatten(1), self.weight.flatten(1), self.bias)


def load(folder: Path, plan: Plan) -> Loaded:
    """Load without a second copy of the weights. Raises BadInput where the library can't read the folder."""
    with _quiet():
        try:
            tokenizer: Any = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            # The processor of the whole family can't be had without torchvision (it builds a video part): its
            # picture part and the tokenizer are all that is needed here.
            pictures: Any = library.AutoImageProcessor.from_pretrained(folder, local_files_only=True, backend="pil")
            model: Any = _model(folder, plan)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise BadInput(f"{folder}: can't be loaded: {line}") from error
    patches = model.model.visual.patch_embed
    if isinstance(patches.proj, torch.nn.Conv3d):
        patches.proj = Patches(patches.proj)
    model.eval().requires_grad_(False)
    compute = DTYPES[plan.compute]
    return Loaded(
        model=model, tokenizer=tokenizer, pictures=pictures, template=_template(folder, tokenizer), compute=compute
    )


def _model(folder: Path, plan: Plan) -> Any:
    compute = DTYPES[plan.compute]
    common: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "attn_implementation": "sdpa"}
    if plan.device == "cuda" and plan.precision in ("int8", "int4"):
        quantised = {"device_map": {"": 0}, "quantization_config": _bitsandbytes(plan, compute)}
        return library.AutoModelForImageTextToText.from_pretrained(folder, dtype=compute, **quantised, **common)
    if plan.device == "cuda":
        return library.AutoModelForImageTextToText.from_pretrained(folder, dtype=compute, **common).to("cuda")
    if plan.precision != "int8":
        return library.AutoModelForImageTextToText.from_pretrained(folder, dtype=compute, **common)
    # As stored (bf16, half the size), then layer by layer into int8: no whole copy in fp32 ever exists.
    model: Any = library.AutoModelForImageTextToText.from_pretrained(folder, dtype="auto", **common)
    quantise(model, compute)
    return model


def _bitsandbytes(plan: Plan, compute: torch.dtype) -> Any:
    for needed in ("accelerate", "bitsandbytes"):
        if find_spec(needed) is None:
            what = f"{plan.precision} on a card needs {needed}, which is not installed"
            raise Missing(what, mend='pip install "deskhand[qwen,cuda]"')
    # Without the list the vision tower would be quantised too.
    skip = ["model.visual", "lm_head"]
    if plan.precision == "int4":
        return library.BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=compute,
            llm_int8_skip_modules=skip,
        )
    return library.BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=skip)


def _template(folder: Path, tokenizer: Any) -> str:
    """The chat template, wherever this release of the family keeps it."""
    if tokenizer.chat_template:
        return str(tokenizer.chat_template)
    old = folder / "chat_template.json"
    if old.is_file():
        return str(json.loads(old.read_text("utf-8"))["chat_template"])
    raise BadInput(f"{folder}: it has no chat template: the download is not complete; deskhand models pull again")


@contextmanager
def _quiet() -> Generator[None]:
    """Without the library's progress bars and warnings on the terminal."""
    logging_of = library.logging
    level = logging_of.get_verbosity()
    bars = logging_of.is_progress_bar_enabled()
    logging_of.set_verbosity_error()
    logging_of.disable_progress_bar()
    try:
        yield
    finally:
        logging_of.set_verbosity(level)
        if bars:
            logging_of.enable_progress_bar()
