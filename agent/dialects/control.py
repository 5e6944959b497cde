"""Control tokens made harmless in text that others wrote."""

from __future__ import annotations

import re

_NAMES = ("think", "tool_call", "tool_response", "tools", "function", "parameter")
"""Tags without a bar that are tokens of their own, or by which a call is written."""
_BEGUN = sorted({name[:n] for name in _NAMES for n in range(len(name))}, key=len)
_LIVE = re.compile(
    rf"<(?=\||/?(?:{'|'.join(_NAMES)})(?![a-z])|/?(?:{'|'.join(_BEGUN)})\Z)",
    re.IGNORECASE,
)


def neutral(text: str) -> str:
    """The text with a space inside everything that these families' tokenizers take for a control token.

    The space stays in sight, and nothing undoes it. As no result ends in the beginning of a control token, none
    arises where harmless texts are joined.
    """
    return _LIVE.sub("< ", text) if "<" in text else text
