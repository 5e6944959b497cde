"""Goal and data come from the task alone: what counts as typed from it, and what it names."""

from __future__ import annotations

import pytest

from agent.policy.provenance import belongs, keys_named, names_target, typed_from
from agent.schema import Task

RECORD = {
    "given_name": "Ada",
    "full_name": "Ada Lovelace",
    "e-mail": "ada@example.org",
    "date_of_birth": "1984-03-27",
    "phone": "(555) 123-4567",
    "country": "DE",
    "newsletter": True,
    "card": "4111 1111 1111 1111",
    "interests": ["Chess", "Music"],
    "arrival": "14:30",
    "fee": "USD 1,250.00",
    "sort_code": "12-34-56",
    "city": "Bath",
}
TASK = Task(record=RECORD)
WORDS = Task(instructions='Type "hello world" into Comment. Click Send request, but don\'t click Delete account.')


@pytest.mark.parametrize(
    "text",
    [
        "Ada", "ADA", "Lovelace", "ada@example.org", "27", "3", "03", "March", "Mar", "1984", "84", "27/03/1984",
        "03/27/1984", "27.3.84", "27031984", "555", "5551234567", "123", "Germany", "yes", "Yes", "chess", "2:30 PM",
        "1250", "34", "Che", "Ada Lovelace, Bath", "4111", "4111111111111111",
    ],
)  # fmt: skip
def test_values_in_their_spellings_and_parts_come_from_the_record(text: str) -> None:
    assert typed_from(text, TASK) == "record"


@pytest.mark.parametrize("text", ["Mallory", "mallory@evil.example", "28", "1985", "France", "Adam", "sudo rm", "9999"])
def test_what_the_record_does_not_hold_is_unknown(text: str) -> None:
    assert typed_from(text, TASK) == "unknown"


def test_what_the_instructions_say_comes_from_the_task() -> None:
    assert typed_from("hello world", WORDS) == "task"
    assert typed_from("Hello", WORDS) == "task"
    assert typed_from("hell", WORDS) == "unknown"
    assert typed_from("", WORDS) == "task"
    assert typed_from("hello", None) == "unknown"


@pytest.mark.parametrize(
    "label",
    ["First name", "Given name", "Email address", "名", "Date of birth", "Telephone", "Country", "Chess",
     "Newsletter", "City", "Confirm email"],
)  # fmt: skip
def test_keys_and_values_name_labels(label: str) -> None:
    assert names_target(label, TASK), label


@pytest.mark.parametrize("label", ["Transfer", "Delete account", "Password hint", "Audit log", "Next", "", "★", "Yes"])
def test_what_no_key_means_is_not_named(label: str) -> None:
    assert not names_target(label, TASK), label


def test_instructions_name_captions_and_what_they_forbid_is_not_named() -> None:
    assert names_target("Send request", WORDS)
    assert names_target("Comment", WORDS)
    assert not names_target("Delete account", WORDS)
    assert not names_target("Delete", WORDS)
    assert not names_target("Send request and pay 100", WORDS)
    assert not names_target("Fill", Task(instructions="Fill in the form but don't submit"))
    assert not names_target("Submit", Task(instructions="Fill in the form but don't submit"))
    assert names_target("Open", Task(instructions="Click Open."))
    assert names_target("OK", Task(instructions="tick weekly and press ok"))
    assert not names_target("form", Task(instructions="fill in the form and press ok"))
    assert names_target("保存", Task(instructions="点击保存。不要点击删除。"))
    assert not names_target("删除", Task(instructions="点击保存。不要点击删除。"))


def test_a_value_belongs_only_where_its_own_key_is_named() -> None:
    assert belongs("ada@example.org", ["Your email"], TASK)
    assert belongs("27", ["Day", "Date of birth"], TASK)
    assert not belongs("ada@example.org", ["Audit reference"], TASK)
    assert not belongs("4111 1111 1111 1111", ["City"], TASK)
    assert not belongs("mallory", ["City"], TASK)
    assert belongs("Ada Lovelace, Bath", ["City"], TASK)
    assert not belongs("Ada Lovelace, Bath", ["Country"], TASK), "none of the values is the country"
    signs = Task(record={"name": "Ada", "city": "Bath", "rating": "--"})
    assert not belongs("Ada, Bath", ["Rating"], signs), "a value without letters or digits is in no text"
    assert belongs("hello world", ["Comment"], WORDS)
    assert not belongs("hello world", ["Delete account"], WORDS)


def test_a_key_names_its_label_alone() -> None:
    assert keys_named("E-mail", TASK) == {"e-mail"}
    assert keys_named("Town / City", TASK) == {"city"}
