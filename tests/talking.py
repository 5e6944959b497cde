"""What the tests of the transport to model servers share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pydantic import SecretStr

from agent.chat.exchange import Patience
from agent.chat.facts import ServerFacts
from agent.chat.openai import OpenAIChat
from agent.chat.server import Server
from agent.errors import Stopped
from agent.talk import Delta, Message, Request, Tool
from tests.scripted_server import MODEL, Reply, ScriptedServer, Style

STYLES: tuple[Style, ...] = ("vllm", "vllm-old", "sglang", "llama.cpp", "ollama")


QUICK = Patience(connect=2.0, first=5.0, between=5.0, whole=10.0, backoff=0.002, longest=0.01)
KEY = "sk-very-secret-4711"
TOOL = Tool(name="computer_use", description="Use it.", parameters={"type": "object", "properties": {}})
CLICK = ("computer_use", {"action": "left_click", "coordinate": [300, 700]})
ASK = Request(messages=(Message.of("user", "Click the button"),), tools=(TOOL,))


def chat(server: ScriptedServer, facts: ServerFacts | None = None, wait: Patience = QUICK, key: str = "") -> OpenAIChat:
    return OpenAIChat(Server.at(server.url, SecretStr(key)), facts or ServerFacts(model=MODEL), wait)


def never() -> threading.Event:
    return threading.Event()


LIMIT = 0.2
"""Seconds within which a stop has to take effect."""


def stops_at_once(
    server: ScriptedServer, reply: Callable[[], Reply], started: Callable[[list[Delta]], bool] = lambda _: True
) -> bool:
    """Whether a stop takes effect in time, once the request is there and `started` holds for what was heard.

    On an overloaded machine the waking thread itself may come late: one of three tries has to be in time.
    """
    return any(_stopped_after(server, reply(), started) < LIMIT for _ in range(3))


def _stopped_after(server: ScriptedServer, reply: Reply, started: Callable[[list[Delta]], bool]) -> float:
    heard: list[Delta] = []
    stop, asked = threading.Event(), len(server.asked)
    server.queue(reply)
    ended: list[float | BaseException] = []

    def run() -> None:
        try:
            chat(server).answer(ASK, stop, heard.append)
        except Stopped:
            ended.append(time.monotonic())
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    due = time.monotonic() + 5
    while not (len(server.asked) > asked and started(heard)) and time.monotonic() < due:
        time.sleep(0.005)
    begun = time.monotonic()
    stop.set()
    thread.join(5)
    assert ended
    assert isinstance(ended[0], float), ended
    return ended[0] - begun
