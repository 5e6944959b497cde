"""What a person does with mouse and keyboard of their own, heard on a display that they share with us."""

from agent.record.ear import Ear
from agent.record.inputs import Deeds, Input, StopKeys, may_make

__all__ = ["Deeds", "Ear", "Input", "StopKeys", "may_make"]
