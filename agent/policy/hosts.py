"""Which addresses are seen: what stands in an address bar, as far as one is on the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.schema import Box, Element

_ADDRESS = re.compile(
    r"(?P<scheme>https?://)?(?:[\w.\-]+@)?(?P<host>localhost|(?:[a-z0-9\-]+\.)+[a-z0-9\-]{2,}|\[[0-9a-f:]+\])"
    r"(?::\d+)?(?P<path>[/?#]\S*)?",
    re.IGNORECASE,
)
_TOP = 0.2
"""Share of the screen from its top in which address bars stand."""


def hosts_seen(elements: Sequence[Element], region: Box | None) -> tuple[str, ...]:
    """The hosts in fields and texts at the top of the screen that hold nothing but an address."""
    bottom = region.top + region.height * _TOP if region else 160
    found = [
        host
        for element in elements
        if element.box.top < bottom and (host := _host(element.text.strip(), element.role in ("textbox", "combobox")))
    ]
    return tuple(dict.fromkeys(found))


def _host(text: str, field: bool) -> str:
    found = _ADDRESS.fullmatch(text)
    if not found or not (field or found["scheme"]):
        return ""
    host = found["host"].casefold()
    # "report.pdf" in a field is no address; a dotted number or a known shape of one is.
    if not found["scheme"] and not found["path"] and re.search(r"\.(?:pdf|txt|png|jpe?g|docx?|xlsx?|odt|py)$", host):
        return ""
    return host


def under(host: str, name: str) -> bool:
    """Whether a host is the one named, or below it."""
    return host == name or host.endswith(f".{name}")
