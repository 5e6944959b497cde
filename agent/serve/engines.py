"""Engines that others wrote, started with the flags that these models want: vLLM and llama.cpp's server."""

from __future__ import annotations

import shutil
from pathlib import Path

from agent.errors import BadInput, Missing
from agent.schema import Value

SCREENSHOTS = 8
"""Pictures that one request may hold: the last screenshots and what was looked at closer."""


class Engine(Value):
    """How an engine is started. All fields but `model` have defaults that suit one machine."""

    model: str
    host: str = "127.0.0.1"
    port: int = 8000
    context: int = 32768
    thinking: bool = True
    gpus: int = 1
    """Cards that share one copy of the model (tensor parallel)."""
    copies: int = 1
    """Whole copies of the model beside each other (data parallel)."""
    mmproj: Path | None = None
    """llama.cpp: the file with the vision tower."""


def vllm(engine: Engine) -> list[str]:
    """The command that starts vLLM. Raises Missing where it is not installed."""
    program = _program("vllm", 'pip install "vllm>=0.11" in an environment of its own')
    command = [program, "serve", engine.model, "--host", engine.host, "--port", str(engine.port)]
    command += ["--max-model-len", str(engine.context), "--limit-mm-per-prompt", f'{{"image":{SCREENSHOTS},"video":0}}']
    command += ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    if engine.thinking:
        command += ["--reasoning-parser", "qwen3"]
    if engine.gpus > 1:
        command += ["--tensor-parallel-size", str(engine.gpus)]
    if engine.copies > 1:
        command += ["--data-parallel-size", str(engine.copies)]
    return command


def llama_server(engine: Engine) -> list[str]:
    """The command that starts llama.cpp's server on a GGUF file. Raises Missing or BadInput."""
    program = _program("llama-server", "install llama.cpp (a build after July 2026)")
    model = Path(engine.model).expanduser()
    if model.suffix != ".gguf" or not model.is_file():
        raise BadInput(f"{engine.model}: llama-server wants a .gguf file")
    mmproj = engine.mmproj or next(iter(sorted(model.parent.glob("*mmproj*.gguf"))), None)
    if mmproj is None or not mmproj.is_file():
        raise BadInput(f"{model.parent}: no *mmproj*.gguf: without it the model can't see; name it with --mmproj")
    command = [program, "--model", str(model), "--mmproj", str(mmproj), "--host", engine.host]
    command += ["--port", str(engine.port), "--ctx-size", str(engine.context), "--jinja", "--image-min-tokens", "1024"]
    return command


ENGINES = {"vllm": vllm, "llama-server": llama_server}


def key_variable(engine: str) -> str:
    """The environment variable by which an engine takes its token: never the command line, which others can read."""
    return {"vllm": "VLLM_API_KEY", "llama-server": "LLAMA_API_KEY"}[engine]


def _program(name: str, mend: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed", mend=mend)
    return found
