"""What every dialect offers; planners, the engine and the service ask for no more than this."""

from __future__ import annotations

from typing import Any, Protocol

from agent.schema import Action, Point, Screenshot
from agent.talk import Answer, Sampling, Tool, ToolCall, Turn


class Dialect(Protocol):
    """One model family's way to speak. All methods are pure."""

    @property
    def name(self) -> str: ...

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools of a GUI task in the family's own words: acting first, looking closer second."""
        ...

    def system(self, rules: str) -> str:
        """The system prompt of a GUI task; `rules` are Deskhand's own sentences, put where the family expects them."""
        ...

    def read(self, answer: Answer, tools: tuple[Tool, ...] = ()) -> Turn:
        """Split thinking, words and calls (none, one or more), wherever a server left them.

        `tools`: those that the model was offered, where they are not the dialect's own; they tell texts from numbers.

        Raises Mistake naming what is malformed.
        """
        ...

    def action(self, call: ToolCall, screen: Screenshot, pointer: Point | None = None) -> Action:
        """A call as an Action in desktop pixels of `screen`; a drag begins where the `pointer` is.

        Raises Mistake naming what is wrong and what may be.
        """
        ...

    def structure(self, tools: tuple[Tool, ...], *, thinking: bool, budget: int = ...) -> dict[str, Any]:
        """The answer's form for constrained decoding: an xgrammar structural tag that ends in one call of `tools`.

        `budget` is the most tokens of thinking before the call has to come.
        """
        ...

    def sampling(self, *, thinking: bool, grounding: bool = False) -> Sampling:
        """What the family's makers advise; grounding is always temperature 0."""
        ...

    def neutral(self, text: str) -> str:
        """Text of the screen or of the user with nothing left in it that the tokenizer takes for a control token."""
        ...
