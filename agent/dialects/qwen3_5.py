"""Qwen3.5 and what follows it (3.6, 3.8): natively multimodal, the same coordinates, tool calls written as XML."""

from __future__ import annotations

from typing import Any

from agent.dialects.grammar import THINKING_TOKENS, answer_form, calls_of, one_of
from agent.dialects.qwen3_vl import Qwen3VL
from agent.dialects.reading import read_turn, xml_call
from agent.talk import Answer, Tool, Turn


class Qwen35(Qwen3VL):
    """The dialect of Qwen3.5: all but the writing of a call is Qwen3-VL's."""

    name = "qwen3_5"

    def read(self, answer: Answer, tools: tuple[Tool, ...] = ()) -> Turn:
        return read_turn(answer, xml_call({tool.name: tool.parameters for tool in tools or self.tools}))

    def structure(self, tools: tuple[Tool, ...], *, thinking: bool, budget: int = THINKING_TOKENS) -> dict[str, Any]:
        def ways(tool: Tool) -> list[dict[str, Any]]:
            begin, end = f"<tool_call>\n<function={tool.name}>\n", "\n</function>\n</tool_call>"
            return calls_of(tool, begin, end, "qwen_xml")

        tags = [way for tool in tools for way in ways(tool)]
        return answer_form(one_of(tags), thinking=thinking, budget=budget)
