"""The streams of vLLM, SGLang, llama.cpp and Ollama, in the shapes that their documentation and threads show."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Literal

from tests.scripted_replies import Say, Status, as_json

MODEL = "qwen3-vl-4b"
Style = Literal["vllm", "vllm-old", "sglang", "llama.cpp", "ollama"]


def extra(style: Style) -> dict[str, Any]:
    match style:
        case "vllm" | "vllm-old":
            return {"owned_by": "vllm", "root": MODEL, "parent": None, "max_model_len": 32768, "permission": []}
        case "sglang":
            return {"owned_by": "sglang", "root": MODEL, "max_model_len": 40960}
        case "llama.cpp":
            return {"owned_by": "llamacpp", "meta": {"n_ctx_train": 262144, "n_ctx": 16384, "n_vocab": 151936}}
        case "ollama":
            return {"owned_by": "library", "created": 1764000000}


def error(style: Style, status: Status) -> dict[str, Any]:
    if style == "sglang":
        return {"object": "error", "message": status.words, "type": "BadRequest", "param": None, "code": status.code}
    return {"error": {"message": status.words, "type": "invalid_request_error", "code": status.code}}


def _pieces(text: str, size: int = 7) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _finish(say: Say) -> str:
    return say.finish or ("tool_calls" if say.calls else "stop")


def events(style: Style, say: Say, model: str) -> Iterator[str]:
    """The server-sent events of an answer in the shape of one server."""
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1764000000, "model": model}
    if style == "ollama":
        base["system_fingerprint"] = "fp_ollama"
    if style == "llama.cpp":
        base["system_fingerprint"] = "b7000-0123abcd"

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        if style.startswith("vllm"):
            choice["logprobs"] = None
        return f"data: {json.dumps({**base, 'choices': [choice | more]})}\n\n"

    yield from _opening(style, chunk)
    for piece in _pieces(say.thinking):
        yield chunk(_thought(style, piece))
    for piece in _pieces(say.text):
        yield chunk(_said(style, piece))
    for number, (name, arguments) in enumerate(say.calls):
        for delta in _called(style, number, name, as_json(arguments)):
            yield chunk(delta)
    ends: dict[str, Any] = {"stop_reason": None} if style.startswith("vllm") else {}
    yield chunk({} if style == "llama.cpp" else _said(style, ""), _finish(say), **ends)
    if say.usage:
        prompt, completion = say.usage
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


def _opening(style: Style, chunk: Callable[..., str]) -> Iterator[str]:
    match style:
        case "ollama":
            return
        case "llama.cpp":
            yield chunk({"role": "assistant", "content": None})
        case "sglang":
            yield chunk({"role": "assistant", "content": "", "reasoning_content": None, "tool_calls": None})
        case _:
            yield chunk({"role": "assistant", "content": ""})


def _thought(style: Style, piece: str) -> dict[str, Any]:
    match style:
        case "vllm":
            return {"reasoning": piece}
        case "vllm-old":
            return {"reasoning": piece, "reasoning_content": piece}
        case "sglang":
            return {"role": None, "content": None, "reasoning_content": piece, "tool_calls": None}
        case "llama.cpp":
            return {"reasoning_content": piece}
        case "ollama":
            return {"role": "assistant", "content": "", "reasoning": piece}


def _said(style: Style, piece: str) -> dict[str, Any]:
    match style:
        case "ollama":
            return {"role": "assistant", "content": piece}
        case "sglang":
            return {"role": None, "content": piece or None, "reasoning_content": None, "tool_calls": None}
        case "vllm-old":
            return {"content": piece, "reasoning_content": None}
        case _:
            return {"content": piece}


def _called(style: Style, number: int, name: str, arguments: str) -> Iterator[dict[str, Any]]:
    """The deltas of one call. Ollama sends each whole and gives every one the index 0."""
    first = {"id": f"call_{number}x", "type": "function", "index": number}
    if style == "ollama":
        call = {**first, "index": 0, "function": {"name": name, "arguments": arguments}}
        yield {"role": "assistant", "content": "", "tool_calls": [call]}
        return
    yield {"tool_calls": [{**first, "function": {"name": name, "arguments": ""}}]}
    for piece in _pieces(arguments):
        blank: dict[str, Any] = {"id": None, "type": None} if style == "sglang" else {}
        function: dict[str, Any] = {"arguments": piece} | ({"name": None} if style == "sglang" else {})
        yield {"tool_calls": [{"index": number, **blank, "function": function}]}


def whole(say: Say, model: str) -> dict[str, Any]:
    """An answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": say.text or None}
    if say.thinking:
        message["reasoning_content"] = say.thinking
    if say.calls:
        message["tool_calls"] = [
            {"id": f"call_{i}x", "type": "function", "function": {"name": name, "arguments": as_json(arguments)}}
            for i, (name, arguments) in enumerate(say.calls)
        ]
    prompt, completion = say.usage or (0, 0)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1764000000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(say)}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
    }
