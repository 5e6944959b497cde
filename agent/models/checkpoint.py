"""A model's folder, judged by its own files before anything heavy opens them."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, cast

from agent.errors import BadInput
from agent.schema import Value

HEADER_LIMIT = 100 << 20
"""Bytes that a safetensors header may have; a longer one is no header."""

WIDTHS = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
FAMILIES = {"qwen3_vl": "qwen3_vl", "qwen3_vl_moe": "qwen3_vl", "qwen3_5": "qwen3_5", "qwen3_5_moe": "qwen3_5"}
"""`model_type` of a configuration -> dialect."""


class Checkpoint(Value):
    """What a folder holds."""

    folder: Path
    model_type: str
    dialect: str
    weight_bytes: int
    parameters: int
    kv_values: int
    """Numbers that the attention cache keeps per token."""
    context: int
    """Tokens that the model was made for."""


def inspect(folder: Path) -> Checkpoint:
    """Read a folder's configuration and the headers of its weights. Raises BadInput naming the file and the mend."""
    config = _json(folder / "config.json", folder)
    kind = str(config.get("model_type", ""))
    if kind not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise BadInput(f"{folder}: its model_type is {kind!r}; a vision-language model of {known} is needed")
    for name in ("tokenizer_config.json", "preprocessor_config.json"):
        if not (folder / name).is_file():
            raise BadInput(f"{folder}: {name} is missing: the download is not complete; deskhand models pull again")
    shards = _shards(folder)
    sizes = [_weights(shard) for shard in shards]
    text: dict[str, Any] = config.get("text_config") or config
    try:
        heads, hidden = int(text["num_attention_heads"]), int(text["hidden_size"])
        per_head = int(text.get("head_dim") or hidden // heads)
        kv = 2 * int(text["num_hidden_layers"]) * int(text.get("num_key_value_heads", heads)) * per_head
        context = int(text.get("max_position_embeddings", 32768))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{folder / 'config.json'}: {error} is missing or not a number") from error
    return Checkpoint(
        folder=folder,
        model_type=kind,
        dialect=FAMILIES[kind],
        weight_bytes=sum(size for size, _ in sizes),
        parameters=sum(count for _, count in sizes),
        kv_values=kv,
        context=context,
    )


def _json(path: Path, folder: Path) -> dict[str, Any]:
    try:
        data: Any = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        what = "there is no such folder" if not folder.is_dir() else f"not a model's folder: it has no {path.name}"
        raise BadInput(f"{folder}: {what}") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: can't be read as JSON: {error}") from error
    if not isinstance(data, dict):
        raise BadInput(f"{path}: not a JSON object")
    return cast("dict[str, Any]", data)


def _shards(folder: Path) -> list[Path]:
    """The files of weights; all that an index names have to be there."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        single = folder / "model.safetensors"
        if not single.is_file():
            raise BadInput(f"{folder}: no weights (model.safetensors); weights in pickle files are not loaded")
        return [single]
    names = sorted(set(map(str, _json(index, folder).get("weight_map", {}).values())))
    if any("/" in name or "\\" in name for name in names):
        raise BadInput(f"{index}: names a file outside its folder")
    lost = [name for name in names if not (folder / name).is_file()]
    if lost or not names:
        have = f"{len(names) - len(lost)} of {len(names)} files of weights are there"
        raise BadInput(f"{folder}: half a download: {have}; missing {', '.join(lost[:3])}. deskhand models pull again")
    return [folder / name for name in names]


def _weights(path: Path) -> tuple[int, int]:
    """Bytes and count of the numbers in a safetensors file, from its header; checks that the file is whole."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(size, HEADER_LIMIT):
                raise ValueError("its header is longer than the file")
            header: dict[str, Any] = json.loads(file.read(length))
        tensors = [entry for name, entry in header.items() if name != "__metadata__"]
        end = max((int(entry["data_offsets"][1]) for entry in tensors), default=0)
        count = sum(
            (int(e["data_offsets"][1]) - int(e["data_offsets"][0])) // WIDTHS.get(e["dtype"], 1) for e in tensors
        )
    except (struct.error, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise BadInput(f"{path}: not a safetensors file: {error}") from error
    if 8 + length + end > size:
        lack = 8 + length + end - size
        raise BadInput(f"{path}: half a download: {lack} bytes are missing at its end; deskhand models pull again")
    return end, count
