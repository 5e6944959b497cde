"""Values from outside: JSON read strictly, and looked at without believing what it is."""

from __future__ import annotations

import json
from typing import Any, NoReturn, cast

from agent.errors import TaskFailed


class Nonsense(TaskFailed):
    """The server said something that no server of this kind says."""


def nonsense(what: str, value: Any) -> NoReturn:
    """Say what was wrong and how what came instead begins."""
    raise Nonsense(f"{what}: {str(value)[:80]!r}")


def loads(text: str) -> Any:
    """JSON, strictly. Raises Nonsense."""
    try:
        found = json.loads(text, parse_constant=_no_number)
        if "\\ud" in text.lower():  # half a character can be written in JSON, and nowhere else
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Nonsense(f"something that is no JSON: {text[:80]!r}") from None
    return found


def decoded(raw: bytes) -> str:
    """Bytes as text. Raises Nonsense."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Nonsense("bytes that are no UTF-8") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def maybe_object(value: Any) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def maybe_list(value: Any) -> list[Any] | None:
    return cast("list[Any]", value) if isinstance(value, list) else None


def need_object(value: Any, what: str) -> dict[str, Any]:
    """An object; nothing counts as an empty one. Raises Nonsense saying `what` it should have been."""
    if value is None:
        return {}
    found = maybe_object(value)
    return nonsense(f"{what} that is no object", value) if found is None else found


def words(value: Any) -> str:
    """Text that may be absent, or in parts. Raises Nonsense."""
    if value is None or isinstance(value, str):
        return value or ""
    parts = maybe_list(value)
    if parts is None:
        nonsense("something else where text belongs", value)
    return "".join(words((maybe_object(part) or {}).get("text")) for part in parts)


def count(value: Any) -> int:
    """A count that is one, else 0."""
    return value if type(value) is int and 0 <= value < 1 << 40 else 0


def error_words(error: Any) -> str:
    """The message in whatever form a server wraps its errors."""
    wrapped = maybe_object(error) or {}
    for name in ("error", "message", "detail"):
        if wrapped.get(name):
            return error_words(wrapped[name])
    each = [maybe_object(item) or {} for item in maybe_list(error) or ()]
    if any(each):  # a list of what was wrong with the request
        return "; ".join(f"{item.get('loc', '')} {item.get('msg', '')}".strip() for item in each[:4])
    return error if isinstance(error, str) else json.dumps(error)[:400]
