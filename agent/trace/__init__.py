"""Traces: `events.jsonl`, a chain of hashed lines, and `frames/`, content-addressed pictures.

A run, a person's demonstration, a replay and a test all leave the same format.
"""

from agent.trace.reader import Problem, TraceReader
from agent.trace.writer import TraceWriter

__all__ = ["Problem", "TraceReader", "TraceWriter"]
