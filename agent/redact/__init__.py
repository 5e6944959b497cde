"""Secrets out of events before anybody sees them: out of every text, and out of the pixels."""

from agent.redact.reading import Line, Read
from agent.redact.redactor import Redactor
from agent.redact.texts import MASK, Known, Marks

__all__ = ["MASK", "Known", "Line", "Marks", "Read", "Redactor"]
