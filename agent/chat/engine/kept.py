"""The state after a prompt's unchanging beginning (system prompt and tools), kept on disk for the next process.

It saves the first step of every run the time in which most of its text is computed. Nothing is kept unless a folder
is named: whoever names one answers for it that the beginnings of its prompts hold nothing private.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError, safe_open
from safetensors import torch as _files
from torch import Tensor

from agent.chat.engine.cache import Memory, Shelf
from agent.chat.engine.plan import Plan

MOST = 4
"""Files that stay, the newest ones."""
LEAST = 64
"""Tokens for which keeping is worth while."""
files: Any = _files
log = logging.getLogger(__name__)


class Kept:
    """The last few beginnings for one model held in one way."""

    def __init__(self, folder: Path, checkpoint: Path, plan: Plan) -> None:
        self._folder, self._identity = folder, _identity(checkpoint, plan)

    def recall(self, memory: Memory, keys: list[int]) -> None:
        """Fill an empty memory, if what is kept is how this prompt begins. A damaged file is as good as none."""
        start = beginning(keys)
        path = self._path(start)
        if memory.common(keys) >= len(start) or not memory.cuttable or not path.is_file():
            return
        try:
            said = _metadata(path)
            known: list[int] = json.loads(said.get("keys", "[]"))
            if not known or known != keys[: len(known)] or len(known) >= len(keys):
                return
            tensors: dict[str, Tensor] = files.load_file(path)
        except (SafetensorError, OSError, ValueError) as error:
            log.warning("what was kept of the last prompt can't be read: %s", error)
            return
        if said.get("digest") != _digest(tensors):
            log.warning("what was kept of the last prompt is damaged")
            return
        memory.clear()
        with memory.growing(known) as cache:
            for n, layer in enumerate(cache.layers):
                assert isinstance(layer, Shelf)  # the file is of this model
                layer.update(tensors[f"{n}.keys"], tensors[f"{n}.values"])

    def keep(self, memory: Memory, beginning: list[int]) -> None:
        """Write the state after a beginning, if the memory starts with it and it is not kept already."""
        length = len(beginning)
        path = self._path(beginning)
        if length < LEAST or memory.keys[:length] != beginning or not memory.cuttable or path.exists():
            return
        tensors: dict[str, Tensor] = {}
        for n, layer in enumerate(memory.cache.layers):
            if not isinstance(layer, Shelf) or layer.keys is None or layer.values is None:
                return
            tensors[f"{n}.keys"] = layer.keys[..., :length, :].contiguous().cpu()
            tensors[f"{n}.values"] = layer.values[..., :length, :].contiguous().cpu()
        metadata = {"keys": json.dumps(beginning), "digest": _digest(tensors)}
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
            os.close(handle)
            try:
                files.save_file(tensors, name, metadata=metadata)
                os.chmod(name, 0o600)
                os.replace(name, path)
            finally:
                Path(name).unlink(missing_ok=True)
            for old in sorted(self._folder.glob("*.safetensors"), key=lambda p: p.stat().st_mtime)[:-MOST]:
                old.unlink(missing_ok=True)
        except (OSError, SafetensorError) as error:
            log.warning("the prompt's beginning could not be kept: %s", error)

    def _path(self, beginning: list[int]) -> Path:
        words = hashlib.blake2b(json.dumps(beginning).encode(), digest_size=8).hexdigest()
        return self._folder / f"{self._identity}-{words}.safetensors"


def _metadata(path: Path) -> dict[str, str]:
    opened: Any = safe_open(path, framework="pt")
    with opened as file:
        return file.metadata() or {}


def beginning(ids: list[int]) -> list[int]:
    """The tokens before a prompt's second turn; none where there is no second one."""
    try:
        return ids[: ids.index(ids[0], 1)]
    except (ValueError, IndexError):
        return []


def _identity(checkpoint: Path, plan: Plan) -> str:
    """A name that is another one as soon as anything is that the state depends on."""
    files = [
        (p.name, s.st_size, s.st_mtime_ns) for p in sorted(checkpoint.iterdir()) if p.is_file() and (s := p.stat())
    ]
    said: list[Any] = [str(checkpoint.resolve()), files, plan.device, plan.precision, plan.compute]
    said += [torch.__version__, transformers.__version__, torch.backends.cpu.get_cpu_capability()]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def _digest(tensors: dict[str, Tensor]) -> str:
    made = hashlib.blake2b(digest_size=16)
    for name in sorted(tensors):
        made.update(name.encode() + tensors[name].contiguous().view(torch.uint8).numpy().tobytes())
    return made.hexdigest()
