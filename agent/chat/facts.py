"""What is known about a server: found by trying it, used for every request, said to the person. Never holds a key."""

from __future__ import annotations

from typing import Literal

from agent.schema import Value


class ServerFacts(Value):
    """How one model behind one server is spoken to."""

    model: str
    context: int = 0
    """Tokens that a prompt and its answer may have together; 0 where the server does not say."""
    more_room: str = ""
    """How the server is given more room, where it has little and that is known."""
    tool_choice: Literal["auto", "required", "none"] = "auto"
    """What has to be asked for so that tools reach the model: some servers read calls only when started so."""
    calls: Literal["native", "text", "thinking"] = "native"
    """Where calls are found: read by the server, left in its words, left in its thoughts."""
    reasoning: Literal["none", "reasoning", "reasoning_content", "tags"] = "none"
    """The field of the thoughts; `tags`: they stand in the text, closed by a tag."""
    tool_pictures: bool = True
    """Whether a picture in a tool's answer reaches the model; else it follows in a turn of the user."""
    error: float = 0.0
    """The worst miss of the calibration, as a share of the picture's width."""
    picture_factor: float = 1.0
    """Tokens that the server really spends on a picture, over what its size says."""
    picture_floor: int = 0
    """Tokens that even a small picture takes there."""
    unsent: frozenset[str] = frozenset()
    """Optional fields of a request that the server refuses."""
    seconds: float = 0.0
    """How long finding all this out took."""

    @property
    def line(self) -> str:
        """All of it in one line for a person."""
        calls = {"native": "read by the server", "text": "left in the text", "thinking": "left in the thoughts"}
        thoughts = {"none": "none seen", "tags": "in the text"}.get(self.reasoning, f"in `{self.reasoning}`")
        context = f"{self.context} tokens" if self.context else "room not said"
        context += f" (little; more with {self.more_room})" if self.more_room else ""
        said = [
            f"{self.model}: {context}",
            f"clicks off by {self.error:.1%} of the picture at most",
            f"calls {'forced, ' if self.tool_choice == 'required' else ''}{calls[self.calls]}",
            f"thoughts {thoughts}",
        ]
        if not self.tool_pictures:
            said.append("pictures only in the user's turns")
        return "; ".join(said)
