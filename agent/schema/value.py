"""The base of every value, and pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Pixels = NDArray[np.uint8]
"""RGB picture, shape (height, width, 3), dtype uint8."""


class Value(BaseModel):
    """Base of every value: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
