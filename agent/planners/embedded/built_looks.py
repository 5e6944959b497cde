"""Building the commands that only look: wait, wait for, verify."""

from __future__ import annotations

import re

from agent.planners.embedded.commands import Command, Verify, WaitFor
from agent.planners.embedded.phrases import plain, quoted_in, read_target


def wait(said: str, m: re.Match[str]) -> list[Command] | None:
    unit = (m["unit"] or "s").lower()
    factor = 0.001 if unit.startswith("ms") or unit.startswith("milli") else 60 if unit.startswith("min") else 1
    return [WaitFor(said, seconds=float(m["n"]) * factor)]


def wait_for(said: str, m: re.Match[str]) -> list[Command] | None:
    state = (m["state"] or "").lower()
    return [
        WaitFor(
            said,
            text=_seen_text(m["text"]),
            gone=bool(re.search("disappear|gone|vanish|closed|hidden|not|no longer", state)),
        )
    ]


def _seen_text(phrase: str) -> str:
    """The text that should be seen: what is quoted, else the phrase without its article and kind."""
    quoted = quoted_in(phrase)
    return (
        quoted[0]
        if quoted
        else re.sub(r"^(?:the|a|an|text|message|word)\s+", "", re.sub(r"^(?:the|a|an)\s+", "", plain(phrase)))
    )


def verify(said: str, m: re.Match[str]) -> list[Command] | None:
    return [
        Verify(
            said,
            text=_seen_text(m["text"]),
            absent=bool(re.search(r"\bnot\b|n't|disappear|gone|no longer", m["state"] or "")),
        )
    ]


def verify_none(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Verify(said, text=_seen_text(m["text"]), absent=True)]


def verify_state(said: str, m: re.Match[str]) -> list[Command] | None:
    word = m["state"].lower()
    negated = bool(re.search(r"\bnot\b|n't", m["be"]))
    pairs = {
        "checked": "unchecked",
        "ticked": "unchecked",
        "selected": "unchecked",
        "on": "unchecked",
        "enabled": "disabled",
        "disabled": "enabled",
        "unchecked": "checked",
        "unticked": "checked",
        "off": "checked",
    }
    same = {
        "ticked": "checked",
        "selected": "checked",
        "on": "checked",
        "unticked": "unchecked",
        "off": "unchecked",
        "greyed out": "disabled",
        "blank": "empty",
    }
    state = pairs.get(word) if negated else same.get(word, word)
    if state not in ("checked", "unchecked", "enabled", "disabled", "empty"):
        return None
    return [Verify(said, read_target(m["target"]), state=state)]


def verify_shows(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Verify(said, read_target(m["target"]), plain(m["text"]), absent=bool(re.search(r"\bnot\b|n't", m["be"])))]
