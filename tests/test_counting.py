"""Counting tokens without the tokenizer, held against the family's real vocabulary."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from agent.chat.count import Counter
from agent.chat.facts import ServerFacts
from agent.chat.server import Server
from agent.dialects.qwen3_5 import Qwen35
from agent.dialects.qwen3_vl import Qwen3VL
from agent.talk import ImagePart, Message, Request, TextPart, ToolCall
from tests import tiny

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz ",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZqxzj_",
    "0123456789.,-+/: ",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\n\t ",
    "名前住所電話番号買賣龘靐齉爩鱻",
    "🙂🏳️‍🌈👩‍👩‍👧‍👦🫠",
    "e\u0301o\u0308\u0958\u095c\u1e9b\u0323\ufb2c",
    "ЖщюﷺกำĐ가각𐍈𝔘",
)


@pytest.fixture(scope="module")
def tokens() -> Any:
    pytest.importorskip("transformers")
    return tiny.tokenizer()


def really(tokens: Any, request: Request) -> int:
    """What the prompt takes, by the template and the vocabulary."""
    turns: list[dict[str, Any]] = []
    pictures = 0
    for turn in request.messages:
        content = [
            {"type": "text", "text": p.text} if isinstance(p, TextPart) else {"type": "image"} for p in turn.parts
        ]
        calls = [{"function": {"name": call.name, "arguments": call.arguments}} for call in turn.calls]
        turns.append({"role": turn.role, "content": content, "reasoning_content": turn.thinking, "tool_calls": calls})
        pictures += sum(part.tokens - 1 for part in turn.parts if isinstance(part, ImagePart))
    tools = [{"type": "function", "function": tool.model_dump()} for tool in request.tools]
    text = tokens.apply_chat_template(turns, tools=tools or None, add_generation_prompt=True, tokenize=False)
    return len(tokens(text)["input_ids"]) + pictures


def words(dice: random.Random) -> str:
    return "".join(
        dice.choice(alphabet)
        for alphabet in dice.sample(ALPHABETS, dice.randint(1, 3))
        for _ in range(dice.randint(0, 60))
    )


def conversation(dice: random.Random) -> Request:
    turns = [Message.of("system", dice.choice((Qwen3VL(), Qwen35())).system(words(dice)))]
    for _ in range(dice.randint(1, 4)):
        size = (32 * dice.randint(1, 4), 32 * dice.randint(1, 4), 3)
        picture = ImagePart(pixels=np.zeros(size, np.uint8))
        turns.append(Message.of("user", picture, words(dice)))
        call = ToolCall(name="computer_use", arguments={"action": "type", "text": words(dice)})
        turns.append(
            Message(
                role="assistant",
                parts=(TextPart(text=words(dice)),),
                thinking=words(dice),
                calls=(call,) * dice.randint(0, 2),
            )
        )
        turns.append(Message.of("tool", words(dice), *([picture] * dice.randint(0, 1))))
    return Request(messages=tuple(turns), tools=Qwen3VL().tools[: dice.randint(0, 2)])


def counter() -> Counter:
    """For a server that is not there: nothing but the bound is left."""
    return Counter(Server.at("http://127.0.0.1:9", SecretStr("")), ServerFacts(model="m"))


def test_no_prompt_takes_more_than_was_measured(tokens: Any) -> None:
    dice = random.Random(11)
    for _ in range(120):
        request = conversation(dice)
        assert counter().measure(request) >= really(tokens, request)


def test_no_prompt_takes_more_than_was_learned_of_its_beginning(tokens: Any) -> None:
    dice = random.Random(12)
    for _ in range(25):
        request = conversation(dice)
        for cut in range(2, len(request.messages)):
            if request.messages[cut - 1].role == "assistant":
                continue
            start = request.model_copy(update={"messages": request.messages[:cut]})
            count = counter()
            count.learn(start, really(tokens, start))
            assert count.measure(start) == really(tokens, start)
            assert count.measure(request) >= really(tokens, request)


def test_how_much_too_high_the_bound_is(tokens: Any) -> None:
    """A first prompt of a task, mostly English words: no more than six times its tokens, and exact once it was sent."""
    dialect = Qwen3VL()
    shot = ImagePart(pixels=np.zeros((736, 1280, 3), np.uint8))
    turns = (Message.of("system", dialect.system("")), Message.of("user", shot, "Fill in the form and send it."))
    request = Request(messages=turns, tools=dialect.tools)
    true = really(tokens, request)
    assert true <= counter().measure(request) <= 920 + 6 * (true - 920)
