"""Traces: `events.jsonl`, a chain of hashed lines, and `frames/`, content-addressed pictures.

A run, a person's demonstration, a replay and a test all leave the same format.
"""

from agent.trace.reader import Problem, TraceReader
from agent.trace.retain import Keep, Leaving, prune
from agent.trace.scrub import Scrubbed, scrub
from agent.trace.writer import TraceWriter

__all__ = ["Keep", "Leaving", "Problem", "Scrubbed", "TraceReader", "TraceWriter", "prune", "scrub"]
