"""Qwen3-VL, Thinking and Instruct, and the models made from it (GUI-Owl-1.5, MAI-UI, UI-Venus-1.5).

Tool calls are Hermes style: one JSON object in tool_call tags. Sampling is what the model cards advise.
"""

from __future__ import annotations

from typing import Any

from agent.dialects import computer
from agent.dialects.control import neutral
from agent.dialects.grammar import THINKING_TOKENS, answer_form, calls_of, one_of
from agent.dialects.reading import json_call, read_turn
from agent.schema import Action, Point, Screenshot
from agent.talk import Answer, Sampling, Tool, ToolCall, Turn

_ROLE = (
    "You operate a computer for its user: you see its screen and act with mouse and keyboard through the tools. "
    "Work in small steps and look at what each step did before the next one."
)
_FORM = (
    "# Response format\n\n"
    "Answer every step with exactly two parts:\n"
    "1. one line that says what you do now, as in: Action: click the button that saves the document\n"
    "2. one tool call, and nothing after it.\n\n"
    "Be brief. When the task is done, or can't be done, call computer_use with terminate; where the task asks for "
    "an answer, with answer."
)


class Qwen3VL:
    """The dialect of Qwen3-VL."""

    name = "qwen3_vl"

    @property
    def tools(self) -> tuple[Tool, ...]:
        return computer.tools()

    def system(self, rules: str) -> str:
        return "\n\n".join(part for part in (_ROLE, _FORM, rules.strip()) if part)

    def read(self, answer: Answer, tools: tuple[Tool, ...] = ()) -> Turn:
        return read_turn(answer, json_call)

    def action(self, call: ToolCall, screen: Screenshot, pointer: Point | None = None) -> Action:
        return computer.to_action(call, screen, pointer)

    def structure(self, tools: tuple[Tool, ...], *, thinking: bool, budget: int = THINKING_TOKENS) -> dict[str, Any]:
        def ways(tool: Tool) -> list[dict[str, Any]]:
            return calls_of(tool, f'<tool_call>\n{{"name": "{tool.name}", "arguments": ', "}\n</tool_call>", "json")

        tags = [way for tool in tools for way in ways(tool)]
        return answer_form(one_of(tags), thinking=thinking, budget=budget)

    def sampling(self, *, thinking: bool, grounding: bool = False) -> Sampling:
        if grounding:
            return Sampling()
        if thinking:
            return Sampling(temperature=0.6, top_p=0.95, top_k=20, max_tokens=2048)
        return Sampling(temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5)

    def neutral(self, text: str) -> str:
        return neutral(text)
