"""What the model may type: its own words, and {{key}} for values of the record that are put in here."""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.errors import RecordError
from agent.meaning.options import spoken
from agent.planners.embedded.discreet import told_secrets
from agent.planners.embedded.job import text_of
from agent.schema import Task
from agent.talk import Mistake
from agent.wording import normalise, same_text

_PLACE = re.compile(r"\{\{\s*([^{}]{1,100}?)\s*\}\}")


class Typing(NamedTuple):
    """A text to type, and where it comes from."""

    text: str
    secret: bool = False
    keys: tuple[str, ...] = ()
    """Keys of the record whose values it is made of; one where it is exactly that key's value."""


def discreet(task: Task) -> Task:
    """The task as a model may read it: secrets that its sentences tell are in the record, empty values are not.

    Raises RecordError where nothing is left to do.
    """
    words, secrets = task.instructions, set(task.secrets)
    record = {key: value for key, value in (task.record or {}).items() if value is not None and value != ""}
    told = sorted({value for value in told_secrets(words) if value in words}, key=len, reverse=True)
    for number, value in enumerate(told, start=1):
        key = f"secret {number}"
        # Only where it stands alone: a PIN of one digit is no part of other numbers.
        words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda _, k=key: f"{{{{{k}}}}}", words)
        record[key] = value
        secrets.add(key)
    if not record and not words.strip():
        raise RecordError("the record is empty: there is nothing to fill in")
    return Task(instructions=words, record=record or None, secrets=frozenset(secrets & record.keys()))


def resolve(text: str, task: Task) -> Typing:
    """Put values in for {{key}}; without any, find out whose value the text is. Raises Mistake for a strange key."""
    record = task.record or {}
    used: list[str] = []

    def put_in(place: re.Match[str]) -> str:
        key = _key(place[1], record)
        if key is None:
            if place[0] in task.instructions:
                return place[0]
            raise Mistake(f"the record has no key {place[1]!r}: its keys are {', '.join(record) or '(none)'}")
        used.append(key)
        return exact(record[key])

    typed = _PLACE.sub(put_in, text)
    if used:
        return Typing(typed, any(key in task.secrets for key in used), tuple(dict.fromkeys(used)))
    return Typing(text, False, tuple(k for k, v in record.items() if k not in task.secrets and _is_value(text, v)))


def exact(value: object) -> str:
    return value if isinstance(value, str) else text_of(value)


def _key(name: str, record: dict[str, object]) -> str | None:
    if name in record:
        return name
    alike = [key for key in record if normalise(key).casefold() == normalise(name).casefold()]
    return alike[0] if len(alike) == 1 else None


def _is_value(text: str, value: object) -> bool:
    return bool(text.strip()) and same_text(spoken(exact(value)), text.strip()) == "same"
