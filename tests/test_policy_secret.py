"""What a policy marks as secret: by kind, by shape, by the label of a field."""

from __future__ import annotations

import time

import pytest

from agent.app import secret_values
from agent.errors import PolicyError
from agent.events import Note
from agent.policy import Policy
from agent.policy.typed import places
from agent.redact import MASK, Redactor
from agent.schema import Task

HEAD = "version: 1\nrules: [{name: all, effect: ask, match: any}]\n"


def policy(secret: str) -> Policy:
    return Policy.parse(f"{HEAD}secret: {secret}\n")


@pytest.mark.parametrize(
    ("values", "text", "left"),
    [
        ("[card]", "pay with 4111 1111 1111 1111 now", f"pay with {MASK} now"),
        ("[card]", "4111-1111-1111-1111, 5555555555554444", f"{MASK}, {MASK}"),
        ("[card]", "order 4111 1111 1111 1112 of 2024", "order 4111 1111 1111 1112 of 2024"),
        ("[iban]", "to DE89 3704 0044 0532 0130 00 and BIC", f"to {MASK} and BIC"),
        ("[iban]", "AB12 DE89370400440532013000.", f"AB12 {MASK}."),
        ("[iban]", "DE88370400440532013000", "DE88370400440532013000"),
        ("[key]", "use ghp_abcdefghijklmnopqrstuvwxyz0123456789 here", f"use {MASK} here"),
        ("[email]", "to ada@example.org!", f"to {MASK}!"),
    ],
)
def test_values_go_by_kind(values: str, text: str, left: str) -> None:
    marks = policy(f"{{values: {values}}}").secret
    cleaned = Redactor(marks=marks)(Note(text=text))
    assert isinstance(cleaned, Note)
    assert cleaned.text == left


def test_patterns_and_labels() -> None:
    marks = policy(r"{patterns: ['\bKD-\d{6}\b'], labels: [tax, steuer]}").secret
    assert Redactor(marks=marks).text("customer KD-123456") == f"customer {MASK}"
    assert marks.label("Tax number")
    assert marks.label("Steuernummer")
    assert not marks.label("Name")
    assert policy("{labels: [x]}").secret.empty is False
    assert Policy.parse(HEAD).secret.empty


@pytest.mark.parametrize(
    ("secret", "error"),
    [
        ("{}", "is empty"),
        ("{values: [cards]}", "Did you mean `card`"),
        ("{patterns: ['(']}", "no regular expression"),
        ("{patterns: ['x*']}", "fits even an empty text"),
        ("{label: [x]}", "Did you mean `labels`"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(secret: str, error: str) -> None:
    with pytest.raises(PolicyError, match=rf"policy:3: .*{error}"):
        policy(secret)


def test_what_a_base_marks_is_marked_as_well(tmp_path: object) -> None:
    base = Policy.parse(f"{HEAD}secret: {{values: [card]}}\n").secret
    both = policy("{values: [iban]}").secret | base
    assert both.values == {"card", "iban"}


def test_a_long_row_of_numbers_is_searched_in_no_time() -> None:
    began = time.process_time()
    found = list(places("7 " * 9_000 + "4012 8888 8888 1881"))
    assert [kind for kind, _, _ in found] == ["card"]
    assert time.process_time() - began < 3, "each number was held against all that follow"


def test_each_item_of_a_secret_list_is_one_and_nothing_is_none() -> None:
    record = {"pins": ["4711", "0815"], "password": None, "token": True, "city": "Bath", "code": 42}
    task = Task(record=record, secrets=frozenset(("pins", "password", "token")))
    assert secret_values(task, lambda key: key == "code") == ["4711", "0815", "42"]
    assert Redactor(secret_values(task)).text("None of them is True: 0815") == f"None of them is True: {MASK}"
