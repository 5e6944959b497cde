"""The examples of docs/policies.md: each is a policy that loads without doubts, and decides what its heading says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from agent.policy import Match, Policy
from agent.policy.cases import read_cases
from agent.policy.check import warnings
from agent.policy.described import Described
from tests.test_readme import parse

TEXT = (Path(__file__).parent.parent / "docs" / "policies.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.M | re.S)
POLICIES = [example for example in EXAMPLES if "rules:" in example]
FIELD = {"role": "textbox", "label": "City"}
TASK = {"instructions": "Click Save.", "record": {"city": "York"}}


def judged(words: str, **described: Any) -> tuple[str, str]:
    """Effect and rule by the example that holds these words."""
    example = next(example for example in POLICIES if words in example)
    case = Described.model_validate({"task": TASK, **described})
    verdict = Policy.parse(example, "docs").judge(case.proposal(), case.context())
    return verdict.effect, verdict.rule


@pytest.mark.parametrize("example", POLICIES)
def test_it_loads_without_doubts(example: str) -> None:
    assert not list(warnings(Policy.parse(example, "docs")))


def test_there_are_examples() -> None:
    assert len(POLICIES) >= 9


def test_the_example_of_cases_passes(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(next(example for example in EXAMPLES if "cases:" in example), "utf-8")
    assert read_cases(path).failures() == []


@pytest.mark.parametrize(
    ("words", "described", "expected"),
    [
        (
            "no-card-numbers",
            {"action": "type_text", "typed": "4012 8888 8888 1881", "target": FIELD},
            "no-card-numbers",
        ),
        ("no-card-numbers", {"action": "type_text", "typed": "York", "target": FIELD}, "fill"),
        ("only-libreoffice", {"action": "type_text", "typed": "York", "target": FIELD}, "only-libreoffice"),
        (
            "only-libreoffice",
            {"action": "type_text", "typed": "York", "target": FIELD, "application": "libreoffice-calc"},
            "fill",
        ),
        ("enough-submits", {"action": "click", "target": {"text": "Submit"}}, "sends"),
        (
            "enough-submits",
            {"action": "click", "target": {"text": "Submit"}, "done": {"enough-submits": 50}},
            "enough-submits",
        ),
        ("too-fast", {"action": "click", "target": FIELD, "done": {"too-fast": 20}, "running": 60}, "too-fast"),
        ("closed", {"action": "click", "target": FIELD, "time": "7:59"}, "closed"),
        ("closed", {"action": "click", "target": FIELD, "time": "8:00"}, "open"),
        ("other-sites", {"action": "click", "target": FIELD, "address": "https://bad.example/x"}, "other-sites"),
        ("other-sites", {"action": "click", "target": FIELD, "address": "https://a.shop.example/x"}, "open"),
        ("other-sites", {"action": "click", "target": FIELD}, "open"),
        ("no-panel", {"action": "click", "target": {**FIELD, "box": [10, 770, 50, 20]}}, "no-panel"),
        ("no-panel", {"action": "click", "target": FIELD}, "open"),
        ("made-up", {"action": "type_text", "typed": "Leeds", "target": FIELD, "private": True}, "made-up"),
        ("made-up", {"action": "type_text", "typed": "York", "target": FIELD, "private": True}, "operate"),
        ("made-up", {"action": "type_text", "typed": "York", "secret": True, "target": FIELD}, "what-is-secret"),
        ("orders-on", {"action": "click", "target": FIELD, "alerts": ["orders"]}, "orders-on-the-screen"),
        ("orders-on", {"action": "click", "target": FIELD, "running": 1801}, "too-long"),
        ("save-here", {"action": "click", "target": {"text": "Save"}, "application": "Mousepad"}, "save-here"),
        ("save-here", {"action": "click", "target": {"text": "Save"}, "application": "Gedit"}, "sends"),
    ],
)
def test_it_decides_what_it_says(words: str, described: dict[str, Any], expected: str) -> None:
    assert judged(words, **described)[1] == expected


def test_all_parts_are_told_of() -> None:
    told = set(re.findall(r"`(\w+)`", TEXT.split("## The parts of a match")[1].split("## Testing")[0]))
    wanted = {"from" if name == "origin" else name for name in Match.__slots__}
    assert wanted <= told


def test_the_commands_are_real() -> None:
    for line in re.findall(r"^ {4}deskhand (.*?)(?:  +#.*)?$", TEXT, re.M):
        parse(shlex.split(line))
