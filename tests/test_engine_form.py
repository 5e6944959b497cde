"""Calls of a model that says anything at all (random weights) are well formed, whatever the seed and the limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.chat.engine import Options, open_engine
from agent.chat.engine.engine import Engine
from agent.chat.engine.sampling import Sampler
from agent.errors import BadInput
from agent.schema import Box, Screenshot
from agent.talk import Answer, Message, Request, Sampling, Tool

pytestmark = pytest.mark.model

SEEDS = {"qwen3_vl": 88, "qwen3_5": 12}
"""By dialect: the newer architecture is slower without its own kernels."""


@pytest.fixture(scope="module", params=["tiny_model", "tiny_newer_model"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    folder: Path = request.getfixturevalue(request.param)
    made = open_engine(str(folder), options=Options(precision="fp32", device="cpu"))
    yield made
    made.close()


def call(engine: Engine, tools: tuple[Tool, ...] | None = None, *, thinking: bool = False, **sampling: Any) -> Answer:
    asked = Request(
        messages=(Message.of("user", "go on"),),
        tools=tools or engine.dialect.tools,
        sampling=Sampling(temperature=1.5, top_k=40, **sampling),
        thinking=thinking,
        must_call=True,
    )
    return engine.answer(asked, threading.Event())


def test_each_answer_is_one_call_that_means_something(engine: Engine) -> None:
    pixels = torch.zeros((720, 1280, 3), dtype=torch.uint8).numpy()
    screen = Screenshot(pixels=pixels, region=Box(left=0, top=0, width=1280, height=720))
    for seed in range(SEEDS[engine.dialect.name]):
        limit = 135 + seed % 5 * 10
        said = call(engine, thinking=seed % 8 == 0, seed=seed, max_tokens=limit)
        assert said.finish == "calls"
        assert said.usage.completion_tokens <= limit
        (made,) = engine.dialect.read(said).calls
        if made.name == engine.dialect.tools[0].name:  # the other may name an empty part of the screen
            engine.dialect.action(made, screen)


def test_tools_of_others_get_their_form_too(engine: Engine) -> None:
    nested = {"type": "object", "properties": {"deep": {"type": "array", "items": {"type": "number"}}}}
    schema = {
        "type": "object",
        "properties": {
            "why": {"type": "string", "maxLength": 5000},
            "mode": {"enum": ["fast", "slow"]},
            "sure": {"type": "boolean"},
            "inner": nested,
        },
        "required": ["why", "mode", "sure", "inner"],
    }
    tool = Tool(name="report", description="Report.", parameters=schema)
    for seed in range(2):
        said = call(engine, (tool,), seed=seed, max_tokens=250)
        (made,) = engine.dialect.read(said).calls
        assert made.name == "report"
        assert made.arguments["mode"] in ("fast", "slow")
        assert len(made.arguments) == 4


def test_a_schema_that_is_none_is_told(engine: Engine) -> None:
    wrong = Tool(name="wrong", description="", parameters={"type": "no such type"})
    with pytest.raises(BadInput, match="parameters"):
        call(engine, (wrong,), max_tokens=50)


# ---------------------------------------------------------------- drawing tokens

NONE = torch.zeros(6, dtype=torch.bool)
LOGITS = torch.tensor([5.0, 4.0, 3.0, 2.0, 1.0, 0.0])


def drawn(logits: torch.Tensor = LOGITS, forbidden: torch.Tensor = NONE, **sampling: Any) -> set[int]:
    sampler = Sampler(Sampling(seed=1, **sampling), forbidden)
    return {sampler.draw(sampler.weigh(logits)) for _ in range(400)}


def test_the_likeliest_without_temperature_and_all_with_much_of_it() -> None:
    assert drawn() == {0}
    assert drawn(LOGITS / 10, temperature=2.0) == {0, 1, 2, 3, 4, 5}


def test_limits_on_what_is_drawn() -> None:
    assert drawn(LOGITS / 10, temperature=2.0, top_k=2) == {0, 1}
    assert drawn(temperature=1.0, top_p=0.5) == {0}
    assert drawn(LOGITS / 100, temperature=1.0, top_p=0.49) == {0, 1, 2}
    assert drawn(LOGITS / 100, temperature=1.0, top_p=0.49, top_k=2) == {0}


def test_what_is_forbidden_is_never_drawn() -> None:
    forbidden = torch.tensor([True, False, False, True, True, True])
    assert drawn(LOGITS / 10, forbidden, temperature=2.0) == {1, 2}


def test_what_was_said_is_less_likely_with_a_presence_penalty() -> None:
    sampler = Sampler(Sampling(presence_penalty=1.5), NONE)
    first = sampler.draw(sampler.weigh(LOGITS))
    sampler.said(first)
    sampler.said(first)
    assert (first, sampler.draw(sampler.weigh(LOGITS))) == (0, 1)
    assert float(sampler.weigh(LOGITS)[0]) == pytest.approx(3.5)
