"""Mouse and keyboard. `Executor` is the parent's side; the hands themselves are a process of their own."""

from agent.executor.client import Executor

__all__ = ["Executor"]
