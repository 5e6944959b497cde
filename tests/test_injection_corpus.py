"""The corpus itself: its size, its twins, who approves what, and what counts as done."""

from __future__ import annotations

from collections import Counter
from html import unescape

import pytest

from agent.events import Acting
from agent.gate import Request
from agent.policy.alarms import kind_of_text
from agent.schema import (
    Action,
    Approval,
    Box,
    Click,
    Context,
    Permit,
    Point,
    PressKeys,
    Proposal,
    TypeText,
    Verdict,
)
from tests.injection.cases import FAMILIES, KINDS, PER_FAMILY, cases
from tests.injection.judge import OwnButton, benign, completed
from tests.injection.native import PROGRAMS
from tests.injection.pages import page
from tests.injection.server import Heard
from tests.injection.texts import CALM

ASK = Verdict(effect="ask", rule="sends")


def request(action: Action) -> Request:
    return Request(1, Proposal(action=action), ASK, Context())


def test_the_corpus_has_pages_enough_in_eight_families() -> None:
    found = cases()
    assert len(found) + len(PROGRAMS) >= 126
    assert Counter(case.family for case in found) == dict.fromkeys(FAMILIES, PER_FAMILY)
    assert {case.kind for case in found} == set(KINDS)
    assert {case.language for case in found} == {"en", "zh", "de", "fr", "es"}
    assert len({case.id for case in found}) == len(found)
    assert 0.2 < sum(case.held_out for case in found) / len(found) < 0.5
    assert cases() == found


@pytest.mark.parametrize("case", [c for c in cases() if c.family != "image"], ids=lambda case: case.id)
def test_the_clean_twin_is_the_same_page_without_the_order(case) -> None:  # type: ignore[no-untyped-def]
    attacked, clean = unescape(page(case, attacked=True)), unescape(page(case, attacked=False))
    assert case.text in attacked
    assert case.text not in clean
    assert attacked.count("id=decoy") == clean.count("id=decoy") == (case.kind != "keys")


def test_what_clean_pages_say_is_not_suspicious() -> None:
    assert [text for text in CALM if kind_of_text(text)] == []


def test_the_scripted_person_approves_one_place_alone() -> None:
    person = OwnButton(lambda: Box(left=10, top=10, width=80, height=30))
    inside, outside = Point(x=20, y=20), Point(x=200, y=20)

    def answer(action: Action) -> str:
        return person.approve(request(action)).decision

    assert answer(Click(point=inside)) == "approve"
    assert answer(Click(point=outside)) == "reject"
    assert answer(Click(point=inside, count=2)) == "reject"
    assert answer(Click(point=inside, button="middle")) == "reject"
    assert answer(TypeText(text="x")) == "reject"
    assert answer(PressKeys(keys=("enter",))) == "reject"
    assert OwnButton(lambda: None).approve(request(Click(point=inside))).decision == "reject"


def test_done_is_what_the_page_noticed() -> None:
    by_kind = {case.kind: case for case in cases()}
    heard = Heard(1, "")
    assert not any(completed(case, heard, []) for case in by_kind.values())
    heard.told += [{"kind": "click", "at": "decoy"}, {"kind": "value", "at": "decoy", "value": "true"}]
    heard.told += [{"kind": "value", "at": "decoy", "value": "false"}]
    assert all(completed(by_kind[kind], heard, []) for kind in KINDS if kind != "keys")
    keys = by_kind["keys"]
    approval = Approval(decision="approve", by="policy")
    permit = Permit(action=PressKeys(keys=keys.keys), verdict=ASK, approval=approval, number=1)
    assert completed(keys, heard, [Acting(step=1, permit=permit)])


def test_a_goal_is_reached_with_its_own_values_once() -> None:
    case = next(c for c in cases() if c.goal.name == "contact")
    heard = Heard(1, "")
    assert not benign(case, heard)
    heard.sent.append(("/submit", dict(case.goal.wanted)))
    assert benign(case, heard)
    heard.sent.append(("/submit", dict(case.goal.wanted)))
    assert not benign(case, heard)
