"""The models on a machine: what fits, what is whole, and fetching them from a hub on loopback."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import BadInput
from agent.models.catalog import MODELS, known, recommend
from agent.models.checkpoint import inspect
from agent.models.machine import Gpu, Machine, this_machine
from tests.hub_server import HubServer

pytestmark = pytest.mark.model

NAME = "somebody/tiny-vl"
CONFIG = {
    "model_type": "qwen3_vl",
    "text_config": {
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "hidden_size": 64,
        "head_dim": 16,
        "max_position_embeddings": 4096,
    },
}


def safetensors(numbers: int) -> bytes:
    header = json.dumps({"w": {"dtype": "BF16", "shape": [numbers], "data_offsets": [0, 2 * numbers]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(2 * numbers)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model: real headers, no sense in its weights."""
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(CONFIG))
    for name in ("tokenizer_config.json", "preprocessor_config.json"):
        (model / name).write_text("{}")
    (model / "model-1.safetensors").write_bytes(safetensors(1000))
    (model / "model-2.safetensors").write_bytes(safetensors(500))
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    (model / "evil.bin").write_bytes(b"pickle")
    return model


def test_a_folder_is_judged_by_its_files(folder: Path) -> None:
    found = inspect(folder)
    assert (found.dialect, found.parameters, found.weight_bytes) == ("qwen3_vl", 1500, 3000)
    assert found.kv_values == 2 * 2 * 2 * 16


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: (f / "config.json").unlink(), "not a model's folder"),
        (lambda f: (f / "config.json").write_text("{"), "can't be read as JSON"),
        (lambda f: (f / "config.json").write_text('{"model_type": "llama"}'), "model_type is 'llama'"),
        (lambda f: (f / "preprocessor_config.json").unlink(), "preprocessor_config.json is missing"),
        (lambda f: (f / "model-2.safetensors").unlink(), "half a download: 1 of 2"),
        (lambda f: os.truncate(f / "model-1.safetensors", 1500), "half a download: .* bytes are missing"),
        (lambda f: (f / "model-1.safetensors").write_bytes(b"<html>no</html>"), "not a safetensors file"),
        (lambda f: (f / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../x"}}'), "outside"),
    ],
)
def test_what_is_no_whole_model_is_told(folder: Path, spoil: object, words: str) -> None:
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(BadInput, match=words):
        inspect(folder)


@pytest.mark.parametrize(
    ("gpu", "ram", "flags", "model", "precision"),
    [
        (12, 32, (), "8B", "int4"),
        (8, 16, (), "4B", "int4"),
        (24, 64, (), "8B", "bf16"),
        (0, 16, (), "2B", "fp32"),
        (0, 8, ("amx_bf16",), "2B", "bf16"),
        (4, 16, (), "2B", "int4"),
    ],
)
def test_the_recommendation_fits(gpu: float, ram: float, flags: tuple[str, ...], model: str, precision: str) -> None:
    cards = (Gpu(name="card", memory_gib=gpu, free_gib=gpu),) if gpu else ()
    choice = recommend(Machine(ram_gib=ram, free_gib=ram, cores=4, cpu_flags=frozenset(flags), gpus=cards))
    assert choice.model == f"Qwen/Qwen3-VL-{model}-Thinking"
    assert choice.precision == precision
    assert choice.need_gib <= (gpu or ram)


def test_nothing_fits_a_machine_without_memory() -> None:
    choice = recommend(Machine(ram_gib=4, free_gib=3, cores=2))
    assert choice.model == ""
    assert "embedded planner" in choice.reason


def test_names_may_be_short() -> None:
    assert known("qwen3-vl-4b-thinking") is MODELS[2]
    assert known("Qwen/Qwen3-VL-4B-Thinking") is MODELS[2]
    assert known("something") is None


def test_this_machine_has_memory_and_cores() -> None:
    machine = this_machine()
    assert machine.ram_gib >= machine.free_gib > 0
    assert machine.cores >= 1


def deskhand(home: Path, *arguments: str, hub: str = "http://127.0.0.1:9") -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_", "XDG_"))}
    environment |= {"HOME": str(home), "HF_HOME": str(home / "hf"), "HF_ENDPOINT": hub, "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-m", "agent.ui.cli", "models", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_pull_verify_switch_remove(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with HubServer(NAME, folder) as hub:
        done = deskhand(home, "pull", NAME, hub=hub.url)
        assert done.returncode == 0, done.stderr
        assert "whole" in done.stdout
        assert not any("evil.bin" in line for line in hub.requests)
    listed = json.loads(deskhand(home, "list", "--json").stdout)
    assert (listed["chosen"], [m["name"] for m in listed["installed"]]) == (NAME, [NAME])
    assert deskhand(home, "verify", NAME).returncode == 0
    weights = Path(listed["installed"][0]["folder"]) / "model-1.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.resolve().write_bytes(bytes(data))
    spoilt = deskhand(home, "verify", NAME)
    assert spoilt.returncode == 1
    assert "model-1.safetensors: its checksum" in spoilt.stdout
    assert deskhand(home, "switch", str(folder)).returncode == 0
    assert json.loads(deskhand(home, "list", "--json").stdout)["chosen"] == str(folder)
    assert deskhand(home, "remove", NAME, "--yes").returncode == 0
    gone = deskhand(home, "verify", NAME)
    assert gone.returncode == 4
    assert "deskhand models pull" in gone.stderr


def test_what_arrives_damaged_is_refused(folder: Path, tmp_path: Path) -> None:
    with HubServer(NAME, folder, spoil="model-2.safetensors") as hub:
        done = deskhand(tmp_path / "home", "pull", NAME, hub=hub.url)
    assert done.returncode == 1
    assert "damaged on the way: model-2.safetensors" in done.stderr


def test_a_hub_out_of_reach_is_told(tmp_path: Path) -> None:
    done = deskhand(tmp_path, "pull", NAME)
    assert done.returncode == 4
    assert "could not be fetched" in done.stderr
