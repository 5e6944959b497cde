"""How much of a model a run may use."""

from __future__ import annotations

from pydantic import Field

from agent.schema import Value


class VisionOptions(Value):
    """Budgets in tokens."""

    context: int = Field(default=8192, ge=1024, le=262_144)
    """Prompt and answer together; never exceeded."""
    image_tokens: int = Field(default=2048, ge=64, le=16_384)
    """Most tokens of one screenshot; 1080p needs 2,040."""
    thinking: bool = True
    """Let a model that can think do so before it acts."""

    @property
    def answer(self) -> int:
        """Tokens of an answer, thinking included."""
        return min(4096, self.context // 4)

    @property
    def prompt(self) -> int:
        """Tokens that are left for the prompt."""
        return self.context - self.answer
