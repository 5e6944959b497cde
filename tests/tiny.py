"""A tiny checkpoint of the real architecture: real vocabulary, real file layout, random weights.

The byte-pair ranks are those of Qwen's vocabulary as the package `dashscope` ships them (Apache-2.0).
"""

from __future__ import annotations

import base64
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ADDED = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
)
"""In the order of their ids, which follow the 151,643 ranks."""
PLAIN = ("<tool_call>", "</tool_call>", *ADDED[16:])
"""Added tokens that are not special: they stay when special ones are skipped."""

TEMPLATE = """\
{%- macro parts(content) -%}
{%- if content is string -%}{{- content -}}
{%- else -%}
{%- for part in content -%}
{%- if part.type == 'image' -%}<|vision_start|><|image_pad|><|vision_end|>
{%- else -%}{{- part.text -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{%- set ns = namespace(last=messages|length - 1, open=true) -%}
{%- for message in messages[::-1] -%}
{%- if ns.open and message.role == 'user' -%}
{%- set ns.open = false -%}{%- set ns.last = messages|length - 1 - loop.index0 -%}
{%- endif -%}
{%- endfor -%}
{%- if tools -%}
{{- '<|im_start|>system\\n' -}}
{%- if messages[0].role == 'system' -%}{{- parts(messages[0].content) + '\\n\\n' -}}{%- endif -%}
{{- '# Tools\\n\\nYou may call one or more functions.\\n\\nFunctions within <tools></tools> tags:\\n<tools>' -}}
{%- for tool in tools -%}{{- '\\n' + (tool | tojson) -}}{%- endfor -%}
{{- '\\n</tools>\\n\\nFor each call, return a json object within <tool_call></tool_call> tags.<|im_end|>\\n' -}}
{%- elif messages[0].role == 'system' -%}
{{- '<|im_start|>system\\n' + parts(messages[0].content) + '<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'user' -%}
{{- '<|im_start|>user\\n' + parts(message.content) + '<|im_end|>\\n' -}}
{%- elif message.role == 'assistant' -%}
{{- '<|im_start|>assistant\\n' -}}
{%- if loop.index0 > ns.last and message.reasoning_content -%}
{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' -}}
{%- endif -%}
{{- parts(message.content) -}}
{%- for call in message.tool_calls or [] -%}
{%- if message.content or not loop.first -%}{{- '\\n' -}}{%- endif -%}
{{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' + (call.function.arguments | tojson) -}}
{{- '}\\n</tool_call>' -}}
{%- endfor -%}
{{- '<|im_end|>\\n' -}}
{%- elif message.role == 'tool' -%}
{%- if loop.first or messages[loop.index0 - 1].role != 'tool' -%}{{- '<|im_start|>user' -}}{%- endif -%}
{{- '\\n<tool_response>\\n' + parts(message.content) + '\\n</tool_response>' -}}
{%- if loop.last or messages[loop.index0 + 1].role != 'tool' -%}{{- '<|im_end|>\\n' -}}{%- endif -%}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n<think>\\n' -}}{%- endif -%}
"""
"""Hermes tool calls and an opened think block, as the family's Thinking models have them."""

TEXT: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 262144,
    "vocab_size": 151936,
    "initializer_range": 0.3,
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 5000000.0,
        "mrope_section": [4, 2, 2],
        "mrope_interleaved": True,
    },
    "tie_word_embeddings": True,
}
VISION: dict[str, Any] = {
    "depth": 3,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_heads": 4,
    "out_hidden_size": 64,
    "num_position_embeddings": 256,
    "deepstack_visual_indexes": [0, 1],
    "initializer_range": 0.3,
}


@cache
def tokenizer() -> Any:
    """Qwen's tokenizer, made from its ranks."""
    from transformers import AddedToken, Qwen2Tokenizer

    ranks = _ranks()
    names = {token: _visible(token) for token in ranks}
    vocabulary = {names[token]: rank for token, rank in ranks.items()}
    made = Qwen2Tokenizer(vocab=vocabulary, merges=_merges(ranks, names), unk_token=None, pad_token="<|endoftext|>")
    made.add_tokens([AddedToken(t, special=t not in PLAIN, normalized=False) for t in ADDED])
    made.eos_token = "<|im_end|>"
    made.chat_template = TEMPLATE
    for number, token in enumerate(ADDED):
        if made.convert_tokens_to_ids(token) != len(ranks) + number:
            raise AssertionError(f"{token} has the wrong id")
    return made


def build(folder: Path, text: dict[str, Any] | None = None, vision: dict[str, Any] | None = None) -> Path:
    """Write a checkpoint with random weights of these shapes into a folder, always the same ones."""
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    config = Qwen3VLConfig(text_config=text or TEXT, vision_config=vision or VISION, tie_word_embeddings=True)
    return _save(folder, Qwen3VLForConditionalGeneration, config)


def build_experts(folder: Path) -> Path:
    """The same with experts, of which each token passes two of six."""
    from transformers import Qwen3VLMoeConfig, Qwen3VLMoeForConditionalGeneration

    text = {**TEXT, "num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 96, "decoder_sparse_step": 1}
    config = Qwen3VLMoeConfig(text_config=text, vision_config=VISION, tie_word_embeddings=True)
    return _save(folder, Qwen3VLMoeForConditionalGeneration, config)


def build_newer(folder: Path) -> Path:
    """The same for Qwen3.5, most of whose layers keep a recurrent state (its vocabulary is Qwen3-VL's here)."""
    from transformers import Qwen3_5Config, Qwen3_5ForConditionalGeneration

    linear = {"linear_key_head_dim": 16, "linear_value_head_dim": 16, "linear_num_key_heads": 2}
    text = {**TEXT, **linear, "linear_num_value_heads": 4, "num_hidden_layers": 4, "pad_token_id": 151643}
    text["rope_parameters"] = {**TEXT["rope_parameters"], "partial_rotary_factor": 0.5, "mrope_section": [2, 1, 1]}
    vision = {key: value for key, value in VISION.items() if key != "deepstack_visual_indexes"}
    ids = {"image_token_id": 151655, "video_token_id": 151656}
    marks = {"vision_start_token_id": 151652, "vision_end_token_id": 151653}
    config = Qwen3_5Config(text_config=text, vision_config=vision, tie_word_embeddings=True, **ids, **marks)
    return _save(folder, Qwen3_5ForConditionalGeneration, config)


def _save(folder: Path, architecture: Any, config: Any) -> Path:
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer().save_pretrained(folder)
    torch.manual_seed(7)
    model = architecture(config).to(torch.bfloat16)
    model.generation_config.eos_token_id = [151645, 151643]
    model.generation_config.pad_token_id = 151643
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PICTURES))
    return folder


PICTURES = {
    "image_processor_type": "Qwen2VLImageProcessorFast",
    "processor_class": "Qwen3VLProcessor",
    "size": {"shortest_edge": 65536, "longest_edge": 16777216},
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


def _ranks() -> dict[bytes, int]:
    spec = find_spec("dashscope")
    if spec is None or spec.origin is None:
        raise AssertionError("the development extra is not installed (dashscope has the vocabulary)")
    lines = (Path(spec.origin).parent / "resources" / "qwen.tiktoken").read_bytes().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}


def _visible(token: bytes) -> str:
    return "".join(_BYTES[value] for value in token)


def _bytes() -> dict[int, str]:
    """Each byte as the one visible character that byte-level vocabularies write for it."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [value for value in range(256) if value not in plain]
    return {value: chr(value) for value in plain} | {value: chr(256 + n) for n, value in enumerate(rest)}


_BYTES = _bytes()


def _merges(ranks: dict[bytes, int], names: dict[bytes, str]) -> list[tuple[str, str]]:
    """For each token the pair that it was merged from: its bytes, merged by all lower ranks."""
    return [(names[left], names[right]) for left, right in (_halves(t, ranks) for t in ranks if len(t) > 1)]


def _halves(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    pieces = [token[i : i + 1] for i in range(len(token))]
    while len(pieces) > 2:
        pairs = [ranks.get(pieces[i] + pieces[i + 1], len(ranks)) for i in range(len(pieces) - 1)]
        at = pairs.index(min(pairs))
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return pieces[0], pieces[1]
