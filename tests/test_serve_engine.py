"""The service with a real model behind it: the tiny checkpoint in the engine, the official client in front."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from agent.chat.engine import Options, open_engine
from agent.serve.holder import Holder
from agent.serve.service import Service
from tests.test_serve import RED, client, serving

pytestmark = pytest.mark.model

CLICK = {
    "type": "function",
    "function": {
        "name": "point_at",
        "description": "Point at a place.",
        "parameters": {
            "type": "object",
            "properties": {"x": {"type": "integer", "minimum": 0, "maximum": 1000}},
            "required": ["x"],
        },
    },
}


@contextmanager
def models(*folders: Path) -> Iterator[tuple[str, list[Any]]]:
    opened: list[Any] = []

    def opener(name: str) -> Any:
        opened.append(open_engine(name, options=Options(precision="fp32", device="cpu", context=2048)))
        return opened[-1]

    names = [str(folder) for folder in folders]
    holder = Holder(opener, names[0])
    holder.start()
    with serving(Service(holder, lambda: names)) as url:
        yield url, opened


def test_a_real_model_sees_calls_and_streams(tiny_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other"
    shutil.copytree(tiny_model, copy)
    content: Any = [RED, {"type": "text", "text": "Where is it?"}]
    messages: Any = [{"role": "user", "content": content}]
    with models(tiny_model, copy) as (url, opened):
        ask = client(url).chat.completions
        asked: Any = {"model": str(tiny_model), "messages": messages, "max_tokens": 120, "seed": 3}
        done = ask.create(**asked, tools=[CLICK], tool_choice="required")
        call = done.choices[0].message.tool_calls[0]  # type: ignore[index]
        assert call.function.name == "point_at"
        assert 0 <= json.loads(call.function.arguments)["x"] <= 1000
        chunks = list(ask.create(**asked, tools=[CLICK], tool_choice="required", stream=True))
        streamed = next(c.choices[0].delta.tool_calls for c in chunks if c.choices and c.choices[0].delta.tool_calls)
        assert streamed[0].function.arguments == call.function.arguments  # type: ignore[union-attr]
        again = ask.create(**asked, tools=[CLICK], tool_choice="required")
        assert again.usage.prompt_tokens_details.cached_tokens > 0  # type: ignore[union-attr]
        plain = ask.create(**asked, extra_body={"chat_template_kwargs": {"enable_thinking": False}})
        assert plain.choices[0].finish_reason in ("stop", "length")
        words: str = plain.choices[0].message.content or ""
        end = words[len(words) // 2 :][:4]
        cut: Any = {**asked, "extra_body": {"chat_template_kwargs": {"enable_thinking": False}}, "stop": [end, "\0"]}
        ended = ask.create(**cut)
        assert (ended.choices[0].message.content or "").strip() == words.partition(end)[0].strip()
        assert (ended.choices[0].finish_reason, ended.usage.completion_tokens < 120) == ("stop", True)  # type: ignore[union-attr]
        pieces = [c.choices[0].delta.content or "" for c in ask.create(**cut, stream=True) if c.choices]
        assert "".join(pieces).strip() == words.partition(end)[0].strip()
        other = ask.create(**{**asked, "model": str(copy)}, tools=[CLICK], tool_choice="required")
        assert other.choices[0].message.tool_calls
        assert len(opened) == 2
        assert httpx.get(f"{url}/health").json()["model"] == str(copy)


def test_the_command_serves_and_ends(tiny_model: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "agent.ui.cli", "serve", "--model", str(tiny_model), "--port", str(port)]
    environment = {**os.environ, "HF_HOME": str(tmp_path), "DESKHAND_SERVE_TOKEN": "s3cret"}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, server)
        with pytest.raises(openai.AuthenticationError):
            client(url, "wrong").models.list()
        assert [model.id for model in client(url, "s3cret").models.list()] == [str(tiny_model)]
        body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
        got = httpx.post(
            f"{url}/v1/chat/completions", json=body, headers={"Authorization": "Bearer s3cret"}, timeout=60
        )
        assert got.json()["usage"]["completion_tokens"] == 5
    finally:
        server.send_signal(signal.SIGTERM)
        _, log = server.communicate(timeout=30)
    assert server.returncode in (0, -signal.SIGTERM), log
    assert "Traceback" not in log


def _wait_for(url: str, server: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert server.poll() is None, server.stderr and server.stderr.read()
        try:
            httpx.get(f"{url}/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the service did not start")


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DESKHAND_", "HF_"))} | environment
    line = [sys.executable, "-m", "agent.ui.cli", "serve", *arguments]
    return subprocess.run(line, env=clean, capture_output=True, text=True, timeout=120)


def test_what_can_not_be_served_is_told(tmp_path: Path) -> None:
    home = {"HF_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    nobody = command(**home)
    assert (nobody.returncode, "no model is chosen" in nobody.stderr) == (2, True)
    folder = command("--model", str(tmp_path), **home)
    assert (folder.returncode, "not a model's folder" in folder.stderr) == (2, True)
    everyone = command("--host", "0.0.0.0", **home)
    assert (everyone.returncode, "DESKHAND_SERVE_TOKEN" in everyone.stderr) == (2, True)
    other = command("--engine", "vllm", "--model", "Qwen/Qwen3-VL-8B-Thinking", **home, PATH=str(tmp_path))
    assert (other.returncode, "vllm is not installed" in other.stderr) == (4, True)


def test_other_engines_get_the_flags_that_these_models_want(tmp_path: Path) -> None:
    for name in ("vllm", "llama-server"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexit 0\n")
        program.chmod(0o755)
    (tmp_path / "model.gguf").touch()
    path = {"PATH": str(tmp_path)}
    vllm = command("--engine", "vllm", "--model", "Qwen/Qwen3-VL-8B-Thinking", "--gpus", "2", "--dry-run", **path)
    assert vllm.returncode == 0
    for flag in ("--limit-mm-per-prompt", "--tool-call-parser hermes", "--reasoning-parser qwen3", "-size 2"):
        assert flag in vllm.stderr
    blind = command("--engine", "llama-server", "--model", str(tmp_path / "model.gguf"), "--dry-run", **path)
    assert (blind.returncode, "mmproj" in blind.stderr) == (2, True)
    (tmp_path / "mmproj-f16.gguf").touch()
    seeing = command("--engine", "llama-server", "--model", str(tmp_path / "model.gguf"), "--dry-run", **path)
    assert (seeing.returncode, "--jinja --image-min-tokens 1024" in seeing.stderr) == (0, True)
