"""What is said before a model is loaded: what it needs, what would fit, what is wrong with its folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from agent.chat.engine import open_engine
from agent.chat.engine.plan import Options, count_weights, plan
from agent.errors import BadInput, Missing
from agent.models.checkpoint import Checkpoint, inspect
from agent.models.machine import Gpu, Machine

LAPTOP = Machine(ram_gib=16, free_gib=12, cores=4)
MODERN = LAPTOP.model_copy(update={"cpu_flags": frozenset({"avx512_bf16"})})
CARD = LAPTOP.model_copy(update={"gpus": (Gpu(name="card", memory_gib=12, free_gib=11),)})


@pytest.fixture
def checkpoint(tiny_model: Path) -> Checkpoint:
    return inspect(tiny_model)


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def sized(checkpoint: Checkpoint, folder: Path, billions: float) -> Checkpoint:
    """A checkpoint whose headers promise so many weights; nobody reads what they are."""
    folder.mkdir()
    dense = int(billions * 1e9) // 2048
    header = json.dumps({"model.layers.0.up.weight": {"dtype": "BF16", "shape": [dense, 2048], "data_offsets": [0, 0]}})
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header.encode())
    return checkpoint.model_copy(update={"folder": folder, "parameters": dense * 2048, "kv_values": 57344})


def test_weights_are_counted_by_what_quantising_does_with_them(checkpoint: Checkpoint) -> None:
    weights = count_weights(checkpoint.folder)
    assert weights.rows == 151936 * 64
    assert weights.dense == 3 * (64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 128)
    assert weights.dense + weights.rows + weights.kept == checkpoint.parameters


def test_a_processor_computes_in_what_it_is_fast_at(checkpoint: Checkpoint) -> None:
    slow, fast = plan(checkpoint, Options(), LAPTOP), plan(checkpoint, Options(), MODERN)
    assert (slow.device, slow.precision, slow.compute, slow.context) == ("cpu", "int8", "fp32", 8192)
    assert (fast.device, fast.precision, fast.compute) == ("cpu", "int8", "bf16")
    assert plan(checkpoint, Options(context=100_000), LAPTOP).context == 100_000


def test_a_card_is_used_where_there_is_one_and_the_model_made_to_fit(checkpoint: Checkpoint, tmp_path: Path) -> None:
    assert plan(checkpoint, Options(), CARD).device == "cuda"
    assert plan(checkpoint, Options(device="cpu"), CARD).device == "cpu"
    assert plan(sized(checkpoint, tmp_path / "2", 2), Options(), CARD).precision == "bf16"
    assert plan(sized(checkpoint, tmp_path / "8", 8), Options(), CARD).precision in ("int8", "int4")
    with pytest.raises(BadInput, match="no NVIDIA card"):
        plan(checkpoint, Options(device="cuda"), LAPTOP)


def test_too_little_memory_is_said_with_what_would_fit(checkpoint: Checkpoint, tmp_path: Path) -> None:
    two = sized(checkpoint, tmp_path / "two", 2)
    little = LAPTOP.model_copy(update={"free_gib": 6.0})
    assert plan(two, Options(), little).precision == "int8"
    with pytest.raises(BadInput, match=r"fp32.* needs 10\.\d GiB .* 6\.0 GiB are free.*int8 with a context of 8192"):
        plan(two, Options(precision="fp32"), little)
    with pytest.raises(BadInput, match=r"What would fit: int8 with a context of 2048 tokens"):
        plan(two, Options(context=200_000), LAPTOP.model_copy(update={"free_gib": 4.2}))
    with pytest.raises(BadInput, match=r"What would fit: a model of at most about 0\.\d billion"):
        plan(sized(checkpoint, tmp_path / "eight", 8), Options(), LAPTOP.model_copy(update={"free_gib": 2.0}))


@pytest.mark.model
def test_a_card_that_torch_cannot_use(tiny_model: Path) -> None:
    from agent.chat.engine.engine import Engine

    if torch.cuda.is_available():
        pytest.skip("this torch can use the card")
    with pytest.raises(Missing, match="can't use the card"):
        Engine.open(str(tiny_model), Options(device="cuda"), CARD)
    made = Engine.open(str(tiny_model), Options(), CARD)
    assert made.plan.device == "cpu"
    made.close()


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(BadInput, match=r"no config\.json"):
        open_engine(str(tmp_path))
    with pytest.raises(Missing, match="not on this machine"):
        open_engine("Qwen/Qwen3-VL-2B-Thinking-that-nobody-has")


def test_half_a_download_is_told_before_anything_is_loaded(copy: Path) -> None:
    weights = copy / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="half a download"):
        open_engine(str(copy))
    weights.unlink()
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (copy / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    (copy / "model-00001-of-00002.safetensors").write_bytes(whole)
    with pytest.raises(BadInput, match="1 of 2 files"):
        open_engine(str(copy))


@pytest.mark.parametrize("name", ["tokenizer.json", "preprocessor_config.json", "chat_template.jinja"])
def test_a_file_that_is_missing_or_broken_is_named(copy: Path, name: str) -> None:
    (copy / name).write_text("") if name == "tokenizer.json" else (copy / name).unlink()
    with pytest.raises(BadInput, match=r"can't be loaded|is missing|no chat template"):
        open_engine(str(copy))


def test_the_template_may_lie_in_the_older_place(copy: Path) -> None:
    template = (copy / "chat_template.jinja").read_text()
    (copy / "chat_template.jinja").unlink()
    (copy / "chat_template.json").write_text(json.dumps({"chat_template": template}))
    open_engine(str(copy)).close()


def test_naming_the_engine_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'transformers', 'xgrammar'}"
    code = f"import sys, agent.chat.engine, agent.app; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"
