"""A step with the in-process engine against plain use of the library: real shapes, random weights (speed is the same).

    python -m bench.model [--size 2b|mid|tiny] [--steps 10] [--words 32] [--cpu like-a-laptop]

A task of some steps, each with a new 1080p screenshot. Plain use is what the model's page shows: the weights' own
dtype, full-size pictures, the whole prompt computed at every step (the last four screenshots and a line for each older
step, as agents of this family do). Deskhand's way is the planner's own history and the engine as it opens by default.
Each runs in a process of its own, one after the other, with the same number of tokens per answer; printed are seconds
to the first token, per token and per step, the prompt's tokens, and the peak of memory. Later runs find
what the first one kept of the prompt's beginning. `--cpu like-a-laptop` leaves out the processor's AMX and AVX-512, as
most laptops have none.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

SIZES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "2b": (
        {"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28, "num_attention_heads": 16},
        {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "deepstack_visual_indexes": [5, 11, 17]},
    ),
    "mid": (
        {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 8, "num_attention_heads": 8},
        {"depth": 6, "hidden_size": 1024, "intermediate_size": 4096, "deepstack_visual_indexes": [1, 2, 3]},
    ),
    "tiny": (
        {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 2},
        {"depth": 3, "hidden_size": 128, "intermediate_size": 256, "deepstack_visual_indexes": [0, 1, 2]},
    ),
}
ROPE = {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [24, 20, 20], "mrope_interleaved": True}
KEPT = 4
"""Screenshots that plain use sends."""
LAPTOP = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
TASK = "# Task\nBook a double room for two nights for Ann Example and write the number of the booking into the sheet."


def shapes(size: str) -> tuple[dict[str, Any], dict[str, Any]]:
    text, vision = SIZES[size]
    text = {**text, "num_key_value_heads": text["num_attention_heads"] // 2, "head_dim": 128, "vocab_size": 151936}
    text |= {"max_position_embeddings": 262144, "rope_parameters": ROPE, "tie_word_embeddings": True}
    vision = {**vision, "num_heads": vision["hidden_size"] // 64, "num_position_embeddings": 2304}
    return text, {**vision, "out_hidden_size": text["hidden_size"]}


def write_checkpoint(folder: Path, size: str) -> None:
    """A whole checkpoint on disk, weight by weight: it never is in memory as a whole."""
    import torch
    from safetensors.torch import save_file
    from transformers import GenerationConfig, Qwen3VLConfig, Qwen3VLForConditionalGeneration

    from tests import tiny

    text, vision = shapes(size)
    config = Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, dtype="bfloat16")
    config.architectures = ["Qwen3VLForConditionalGeneration"]
    with torch.device("meta"):
        meta = Qwen3VLForConditionalGeneration(config)
    config.save_pretrained(folder)
    GenerationConfig(eos_token_id=[151645, 151643], pad_token_id=151643).save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(tiny.PICTURES))
    shard: dict[str, Any] = {}
    names: dict[str, str] = {}
    torch.manual_seed(0)
    wanted = [(name, value.shape) for name, value in meta.state_dict().items() if name != "lm_head.weight"]
    for n, (name, shape) in enumerate(wanted):
        flat = len(shape) == 1
        shard[name] = torch.ones(shape) if flat and "norm" in name else torch.empty(shape).normal_(0, 0.02)
        shard[name] = shard[name].to(torch.bfloat16)
        if sum(value.numel() for value in shard.values()) > 3e8 or n == len(wanted) - 1:
            file = f"model-{len(set(names.values())) + 1:05}.safetensors"
            save_file(shard, folder / file, metadata={"format": "pt"})
            names |= dict.fromkeys(shard, file)
            shard = {}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": names}))


def screens(steps: int) -> list[np.ndarray]:
    """Screenshots of 1080p, each different from the one before."""
    random = np.random.default_rng(0)
    made = [np.full((1080, 1920, 3), 240, np.uint8)]
    for _ in range(steps):
        shot = made[-1].copy()
        y, x = int(random.integers(0, 900)), int(random.integers(0, 1600))
        shot[y : y + 120, x : x + 300] = random.integers(0, 256, (120, 300, 3), dtype=np.uint8)
        made.append(shot)
    return made[1:]


def call(step: int) -> dict[str, Any]:
    return {"action": "left_click", "coordinate": [100 + 40 * step, 300]}


# ---------------------------------------------------------------- the two ways, each in its own process


def plain(folder: Path, steps: int, words: int) -> list[dict[str, float]]:
    """The library as its page shows it; only the first and the last step, as none depends on the one before."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    from agent.dialects.qwen3_vl import Qwen3VL
    from agent.planners.vision.prompt import RULES

    model: Any = AutoModelForImageTextToText.from_pretrained(folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    pictures: Any = AutoImageProcessor.from_pretrained(folder, backend="pil")
    dialect, shots = Qwen3VL(), screens(steps)
    tools = [{"type": "function", "function": tool.model_dump()} for tool in dialect.tools]
    found: list[dict[str, float]] = []
    for step in (1, steps):
        began, worked = time.monotonic(), time.process_time()
        first = max(1, step - KEPT + 1)
        older = "\n".join(f"{n}. click at {call(n)['coordinate']} -> Done." for n in range(1, first))
        messages: list[dict[str, Any]] = [{"role": "system", "content": dialect.system(RULES)}]
        for n in range(first, step + 1):
            words_before = f"{TASK}\n\n# Steps so far\n{older}" if n == first else "Done."
            role = "user" if n == first else "tool"
            messages.append({"role": role, "content": [{"type": "image"}, {"type": "text", "text": words_before}]})
            if n < step:
                said = {"type": "function", "function": {"name": "computer_use", "arguments": call(n)}}
                messages.append({"role": "assistant", "content": "Action: click.", "tool_calls": [said]})
        seen = pictures(images=shots[first - 1 : step], return_tensors="pt")
        text = tokenizer.apply_chat_template(messages, tools=tools, tokenize=False, add_generation_prompt=True)
        for grid in seen["image_grid_thw"]:
            text = text.replace("<|image_pad|>", "<|seen|>" * (int(grid.prod()) // 4), 1)
        ids = torch.tensor([tokenizer.encode(text.replace("<|seen|>", "<|image_pad|>"))])
        clock = Clock()
        model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            mm_token_type_ids=(ids == model.config.image_token_id).int(),
            **seen,
            max_new_tokens=words,
            min_new_tokens=words,
            do_sample=False,
            streamer=clock,
        )
        found.append(figures(step, began, worked, clock.times, ids.shape[1], ids.shape[1]))
        print(f"plain use, step {step}: {found[-1]['whole']:.0f} s", file=sys.stderr)
    return found


class Clock:
    """When each token came (a streamer, as `generate` wants one)."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._prompt = True

    def put(self, _tokens: object) -> None:
        if not self._prompt:
            self.times.append(time.monotonic())
        self._prompt = False

    def end(self) -> None:
        pass


def ours(folder: Path, steps: int, words: int, flags: bool, keep: Path) -> list[dict[str, float]]:
    """The planner's history and the engine as it opens by default."""
    from agent.chat.engine import Options
    from agent.chat.engine.engine import Engine
    from agent.models.machine import this_machine
    from agent.planners.vision.history import History
    from agent.planners.vision.options import VisionOptions
    from agent.planners.vision.prompt import RULES
    from agent.talk import Message, Request, Sampling, TextPart, ToolCall

    began = time.monotonic()
    machine, options = this_machine(), Options(keep=keep)
    engine = Engine.open(
        str(folder), options, machine if flags else machine.model_copy(update={"cpu_flags": frozenset()})
    )
    print(f"loaded in {time.monotonic() - began:.0f} s: {engine.plan}", file=sys.stderr)
    budget = VisionOptions(context=engine.context, image_tokens=1024)
    history = History(engine.dialect.system(RULES), TASK, budget)
    sampling = Sampling(max_tokens=words)
    found: list[dict[str, float]] = []
    shots = screens(steps)
    for step, shot in enumerate(shots, start=1):
        began, worked = time.monotonic(), time.process_time()
        history.look(shot, "Done." if step > 1 else "")
        request = history.request(
            engine, lambda messages: Request(messages=messages, tools=engine.dialect.tools, sampling=sampling)
        )
        asked = time.monotonic()
        said = engine.answer(request, threading.Event())
        usage = said.usage
        ends = [asked + usage.first_token_seconds, time.monotonic()]
        made = figures(step, began, worked, ends, usage.prompt_tokens, usage.prompt_tokens - usage.reused_tokens)
        found.append({**made, "token": (ends[1] - ends[0]) / max(1, usage.completion_tokens - 1)})
        done = ToolCall(name="computer_use", arguments=call(step))
        parts = (TextPart(text="Action: click."),)
        history.said(Message(role="assistant", parts=parts, calls=(done,)), f"click at {done.arguments['coordinate']}")
    if steps > 1:
        stops(engine, history, shots[-1], found[-1]["first"])
    return found


def stops(engine: Any, history: Any, shot: np.ndarray, first: float) -> None:
    """Print how long a stop takes at different moments of a new look: until the call returns, until all is quiet."""
    from agent.errors import Stopped
    from agent.talk import Request, Sampling

    for n, part in enumerate((0.1, 0.4, 0.7, 1.2)):
        history.look(np.roll(shot, 7 * (n + 1), axis=1), "Done.")
        request = history.request(
            engine, lambda messages: Request(messages=messages, sampling=Sampling(max_tokens=500, temperature=1.0))
        )
        engine._worker.submit(int).result()
        stop, at = threading.Event(), [0.0]

        def ask(stop: threading.Event = stop, at: list[float] = at) -> None:
            at[0] = time.monotonic()
            stop.set()

        timer = threading.Timer(part * first, ask)
        timer.start()
        with contextlib.suppress(Stopped):
            engine.answer(request, stop)
        returned = time.monotonic()
        engine._worker.submit(int).result()
        quiet = time.monotonic()
        timer.cancel()
        print(
            f"stop after {part:.0%} of a first token: returned after {returned - at[0]:.3f} s, "
            f"quiet after {quiet - at[0]:.3f} s",
            file=sys.stderr,
        )


def figures(step: int, began: float, worked: float, times: list[float], prompt: int, computed: int) -> dict[str, float]:
    each = (times[-1] - times[0]) / max(1, len(times) - 1)
    return {
        "step": step,
        "first": times[0] - began,
        "token": each,
        "whole": times[-1] - began,
        "cpu": time.process_time() - worked,
        "prompt": prompt,
        "computed": computed,
    }


# ---------------------------------------------------------------- the command


def run(way: str, folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    # Threads that wait asleep: on a busy machine those that spin would count as work.
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", **(LAPTOP if args.cpu == "like-a-laptop" else {})}
    command = [sys.executable, "-m", "bench.model", "--way", way, "--folder", str(folder)]
    command += ["--steps", str(args.steps), "--words", str(args.words), "--cpu", args.cpu]
    out = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=list(SIZES), default="2b")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--words", type=int, default=32)
    parser.add_argument("--cpu", choices=["as-it-is", "like-a-laptop"], default="as-it-is")
    parser.add_argument("--way", choices=["plain", "ours"])
    parser.add_argument("--folder", type=Path, help="where the checkpoint is, or is to stay (default: it is removed)")
    args = parser.parse_args()
    if args.way:
        if args.way == "ours":
            found = ours(args.folder, args.steps, args.words, args.cpu == "as-it-is", args.folder / "kept")
        else:
            found = plain(args.folder, args.steps, args.words)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
        print(json.dumps({"steps": found, "peak": peak}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = args.folder or Path(name)
        if not (folder / "model.safetensors.index.json").exists():
            write_checkpoint(folder, args.size)
        first = argparse.Namespace(**{**vars(args), "steps": 1})
        results = {"ours, first run ever": run("ours", folder, first)}
        results |= {way: run(way, folder, args) for way in ("ours", "plain")}
    for way, result in results.items():
        print(f"{way}: peak of memory {result['peak']:.1f} GiB")
        for s in result["steps"]:
            tokens = f"{s['prompt']:.0f} tokens sent, {s['computed']:.0f} computed"
            print(
                f"  step {s['step']:>2}: first token {s['first']:7.2f} s, per token {s['token']:.3f} s, "
                f"whole {s['whole']:7.2f} s (of the processor {s['cpu']:.0f} s); {tokens}"
            )
    mine = {s["step"]: s for s in results["ours"]["steps"]}
    for s in results["plain"]["steps"]:
        whole, first = s["whole"] / mine[s["step"]]["whole"], s["first"] / mine[s["step"]]["first"]
        cpu = s["cpu"] / mine[s["step"]]["cpu"]
        print(
            f"step {s['step']}: {whole:.1f} times as fast ({first:.1f} to the first token), "
            f"{cpu:.1f} times less of the processor"
        )


if __name__ == "__main__":
    main()
