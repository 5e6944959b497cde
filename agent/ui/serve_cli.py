"""`deskhand serve`: the local model as an OpenAI-compatible service."""

from __future__ import annotations

import ipaddress
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.errors import BadInput, Missing

TOKEN = "DESKHAND_SERVE_TOKEN"


def serve(
    model: Annotated[str, typer.Option(help="A model's name or folder (default: the chosen one).")] = "",
    engine: Annotated[str, typer.Option(help="transformers, vllm or llama-server.")] = "transformers",
    host: Annotated[str, typer.Option(help=f"Address to listen on; others than this machine's need {TOKEN}.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    queue: Annotated[int, typer.Option(min=1, help="Requests that may wait; more are refused with 429.")] = 8,
    context: Annotated[
        int | None, typer.Option(min=1024, help="Tokens of prompt and answer (default: what fits).")
    ] = None,
    gpus: Annotated[int, typer.Option(min=1, help="vllm: cards that share one copy of the model.")] = 1,
    copies: Annotated[int, typer.Option(min=1, help="vllm: copies of the model beside each other.")] = 1,
    mmproj: Annotated[Path | None, typer.Option(help="llama-server: the file with the vision tower.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="vllm, llama-server: print the command only.")] = False,
) -> None:
    """Serve a local model: POST /v1/chat/completions, GET /v1/models, /health, /metrics."""
    token = os.environ.get(TOKEN, "")
    if not (_is_loopback(host) or token):
        raise BadInput(f"--host {host}: others could use the model; set {TOKEN} to a secret or listen on 127.0.0.1")
    if engine == "transformers":
        _serve_here(model, host, port, queue, context, token)
        return
    from agent.serve.engines import ENGINES, Engine, key_variable

    if engine not in ENGINES:
        raise BadInput(f"--engine {engine}: choose one of transformers, {', '.join(ENGINES)}")
    if not model:
        raise BadInput(f"--engine {engine} needs --model")
    chosen = Engine(
        model=model, host=host, port=port, context=context or 32768, gpus=gpus, copies=copies, mmproj=mmproj,
        thinking="instruct" not in model.lower(),
    )  # fmt: skip
    command = ENGINES[engine](chosen)
    print(" ".join(command), file=sys.stderr)
    if not dry_run:
        environment = {**os.environ, **({key_variable(engine): token} if token else {})}
        os.execvpe(command[0], command, environment)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _serve_here(model: str, host: str, port: int, queue: int, context: int | None, token: str) -> None:
    try:
        import uvicorn

        from agent.chat.engine import open_engine
        from agent.serve.holder import Holder
        from agent.serve.service import Service
    except ImportError as error:
        raise Missing(f"serving needs the extra `qwen` ({error})", mend='pip install "deskhand[qwen]"') from error
    from agent.models import store

    first = model or store.chosen()
    if not first:
        raise BadInput("no model is chosen: name one with --model, or deskhand models pull NAME")
    holder = Holder(lambda name: open_engine(name, context=context), first, waiting=queue)
    holder.start()
    names = [entry.name for entry in store.installed() if not entry.fault]
    service = Service(holder, lambda: names, token)
    print(f"deskhand: {holder.loaded} at http://{host}:{port}/v1", file=sys.stderr)
    level = logging.getLogger().getEffectiveLevel()
    uvicorn.run(service.app(), host=host, port=port, log_level=level, access_log=False, timeout_graceful_shutdown=5)
