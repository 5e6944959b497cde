"""Each part of a rule's match, composition, limits, and what is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import PolicyError
from agent.policy import Policy
from agent.policy.check import warnings
from agent.policy.described import Described
from agent.policy.hosts import hosts_seen
from agent.policy.typed import is_card, is_iban, luhn, shapes
from agent.policy.words import kinds_of_caption
from agent.schema import (
    Box,
    Click,
    Context,
    Deed,
    Drag,
    Element,
    Grounding,
    Pane,
    Point,
    Proposal,
    Task,
    TypeText,
    Verdict,
)

TASK = {"instructions": "Click Save.", "record": {"city": "York", "card": "4012888888881881"}}
CITY = {"role": "textbox", "label": "City"}


def policy(match: str, effect: str = "deny") -> Policy:
    return Policy.parse(f"version: 1\nrules: [{{name: it, effect: {effect}, match: {match}}}]")


def judged(rules: Policy, **described: Any) -> Verdict:
    case = Described.model_validate({"task": TASK, "action": "click", **described})
    return rules.judge(case.proposal(), case.context())


def fits(match: str, effect: str = "deny", **described: Any) -> bool:
    return judged(policy(match, effect), **described).rule == "it"


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("match", "described", "expected"),
    [
        ("{application: chrom}", {"application": "Chromium"}, True),
        ("{application: chrom}", {"application": "Gedit"}, False),
        ("{own: false}", {"own": False}, True),
        ("{own: false}", {}, False),
        ("{kinds: [pay]}", {"target": {"text": "Pay now"}}, True),
        ("{kinds: [pay]}", {"target": {"text": "Delete"}}, False),
        ("{kinds: [leave]}", {"action": "press_keys", "keys": "alt+f4"}, True),
        ("{kinds: [submit]}", {"claims": {"intent": "submit"}}, True),
        ("{button: [middle]}", {"button": "middle"}, True),
        ("{button: [held]}", {"held": ["ctrl"]}, True),
        ("{button: [middle]}", {}, False),
        ("{typed: [card]}", {"action": "type_text", "typed": "4012-8888-8888-1881"}, True),
        ("{typed: [card]}", {"action": "type_text", "typed": "4012-8888-8888-1882"}, False),
        ("{typed: [password]}", {"action": "type_text", "typed": "x", "secret": True}, True),
        (
            "{typed: [password]}",
            {"action": "type_text", "typed": "x", "target": {"role": "textbox", "label": "Passwort"}},
            True,
        ),
        ("{typed_text: mallory}", {"action": "type_text", "typed": "pay Mallory"}, True),
        ("{typed_text: mallory}", {"target": {"text": "Mallory"}}, False),
        ("{typed_longer: 3}", {"action": "type_text", "typed": "four"}, True),
        ("{typed_longer: 4}", {"action": "type_text", "typed": "four"}, False),
        ("{from: [record]}", {"action": "type_text", "typed": "York"}, True),
        ("{from: [elsewhere]}", {"action": "type_text", "typed": "Leeds"}, True),
        ("{from: [elsewhere]}", {"action": "press_keys", "keys": "q"}, True),
        ("{from: [elsewhere]}", {"action": "click"}, False),
        ("{named: true}", {"target": {"text": "Save"}}, True),
        ("{named: true}", {"target": {"text": "Send"}}, False),
        ("{belongs: true}", {"action": "type_text", "typed": "York", "target": CITY}, True),
        (
            "{belongs: false}",
            {"action": "type_text", "typed": "York", "target": {"role": "textbox", "label": "To"}},
            True,
        ),
        ("{alerts: any}", {"alerts": ["invisible"]}, True),
        ("{alerts: [orders]}", {"alerts": ["invisible"]}, False),
        ("{time: '22-6'}", {"time": "23:30"}, True),
        ("{time: '22-6'}", {"time": "5:59"}, True),
        ("{time: '22-6'}", {"time": "6:00"}, False),
        ("{after: 2 min}", {"running": 120}, True),
        ("{after: 2 min}", {"running": 119}, False),
        ("{hosts: [a.example]}", {"address": "https://x.a.example/y"}, True),
        ("{hosts: [a.example]}", {"address": "https://nota.example"}, False),
        ("{hosts: [none]}", {}, True),
        ("{hosts: [none]}", {"address": "a.example"}, False),
        ("{region: {left: 0, top: 0, width: 50%, height: 100%}}", {"target": {"box": [0, 0, 20, 20]}}, True),
        ("{region: {left: 0, top: 0, width: 100, height: 100}}", {"target": {"box": [200, 0, 20, 20]}}, False),
        ("{unless: {own: true}}", {"own": False}, True),
        ("{actions: [click], unless: {text: save}}", {"target": {"text": "Save"}}, False),
    ],
)
def test_a_part_fits_what_it_is_for(match: str, described: dict[str, Any], expected: bool) -> None:
    assert fits(match, **described) == expected


def test_a_rule_that_allows_must_be_sure_where_others_only_suspect() -> None:
    far = {"action": "drag", "target": {"box": [0, 0, 20, 20]}, "to": {"box": [900, 600, 20, 20]}}
    left = "{region: {left: 0, top: 0, width: 50%, height: 100%}}"
    assert fits(left, "deny", **far)
    assert not fits(left, "allow", **far)
    assert fits(left, "deny", action="type_text", typed="x"), "a place that isn't known counts as inside"
    assert not fits(left, "allow", action="type_text", typed="x")


def test_what_is_typed_is_seen_together_with_what_stands_there() -> None:
    half = {"role": "textbox", "text": "4012 8888 "}
    assert fits("{typed: [card]}", action="type_text", typed="8888 1881", target=half)
    assert not fits("{typed: [card]}", action="type_text", typed="8888 1881", target={**half, "placeholder": True})


def test_the_window_is_the_one_under_the_mouse() -> None:
    other = Pane(box=Box(left=0, top=0, width=100, height=100), title="Mail", application="Mail", own=False)
    own = Pane(box=Box(left=0, top=0, width=800, height=600), title="Form", application="Form")
    where = Context(window="Form", application="Form", panes=(other, own))
    rule = policy("{own: false, application: mail}")
    assert rule.judge(Proposal(action=Click(point=Point(x=50, y=50))), where).rule == "it"
    assert rule.judge(Proposal(action=Click(point=Point(x=500, y=50))), where).rule == "default"
    assert rule.judge(Proposal(action=TypeText(text="x")), where).rule == "default"
    beside = Proposal(action=Click(point=Point(x=900, y=700)))
    assert policy("{own: false}").judge(beside, where).rule == "it", "beside all windows lies the desktop"


# ---------------------------------------------------------------- where text goes


def field(number: int, label: str, top: int, **state: Any) -> Element:
    return Element.model_validate(
        {
            "id": number,
            "role": "textbox",
            "box": Box(left=0, top=top, width=100, height=20),
            "label": label,
            "state": state,
        }
    )


def test_text_goes_to_the_field_that_was_clicked_and_not_to_one_that_looks_focused() -> None:
    city, other = field(1, "City", 0), field(2, "Comment", 50, focused=True)
    clicked = Deed(kind="click", rule="r", at=0, point=Point(x=5, y=5), met=city)
    rule, york = policy("{text: city}", "allow"), Proposal(action=TypeText(text="York"))
    assert rule.judge(york, Context(elements=(city, other), deeds=(clicked,))).rule == "it"
    gone = Context(elements=(other,), deeds=(clicked,))
    assert rule.judge(york, gone).rule == "it", "it is not seen any more, but was"
    tabbed = Deed(kind="press_keys", rule="r", at=1, moves_focus=True)
    moved = Context(elements=(city, other), deeds=(clicked, tabbed))
    assert rule.judge(york, moved).rule == "default"
    assert policy("{text: comment}", "allow").judge(york, moved).rule == "it"


def test_what_stands_behind_a_tab_belongs_to_no_field_that_is_seen() -> None:
    rules = policy("{actions: [type_text], belongs: true}", "allow")
    name: dict[str, Any] = {
        "action": "type_text",
        "target": {"role": "textbox", "label": "Name"},
        "task": {"record": {"name": "Ada", "city": "Bath"}},
    }
    assert judged(rules, **name, typed="Ada").effect == "allow"
    assert judged(rules, **name, typed="Ada\t").effect == "allow"
    assert judged(rules, **name, typed="Ada\tBath").rule == "default"


def test_a_drag_is_named_only_where_it_is_seen_what_both_ends_meet() -> None:
    rules = policy("{actions: [drag], named: true}", "allow")
    far = Point(x=900, y=700)
    draft = field(1, "Draft", 100)
    drag = Proposal(action=Drag(path=(draft.box.center, far)))
    task = Task(instructions="Drag 'Draft' to 'Archive'.")
    inbox = Element(id=2, role="text", text="Archive", box=Box(left=850, top=690, width=100, height=20))
    assert rules.judge(drag, Context(elements=(draft, inbox), task=task)).effect == "allow"
    assert rules.judge(drag, Context(elements=(draft,), task=task)).rule == "default"
    thumb = draft.model_copy(update={"role": "slider"})
    assert rules.judge(drag, Context(elements=(thumb,), task=task)).effect == "allow", "it moves on its own track"


def test_the_planners_word_for_where_text_goes_is_not_enough() -> None:
    said = Grounding(target="City", point=Point(x=5, y=5), box=Box(left=0, top=0, width=100, height=20))
    proposal = Proposal(action=TypeText(text="York"), grounding=said)
    assert policy("{text: city}", "allow").judge(proposal, Context(elements=(field(1, "City", 0),))).rule == "default"
    assert policy("{text: city}", "deny").judge(proposal, Context(elements=(field(1, "City", 0),))).rule == "it"


def test_a_word_that_fits_a_question_does_not_shield_from_a_denial() -> None:
    rules = Policy.parse(
        "version: 1\nrules: [{name: a, effect: ask, match: {text: harmless}}, {name: d, effect: deny, match: any}]"
    )
    assert judged(rules, claims={"target": "harmless"}).rule == "d"


# ---------------------------------------------------------------- limits


def test_a_limit_counts_what_its_rule_fits() -> None:
    rules = Policy.parse(
        "version: 1\nrules:\n"
        "  - {name: many, effect: deny, match: {kinds: [submit], more_than: 2}}\n"
        "  - {name: fast, effect: ask, match: {actions: [click], more_than: 3 in 10 s}}\n"
        "  - {name: all, effect: allow, match: any}\n"
    )
    assert judged(rules, target={"text": "Submit"}).counts == ("many", "fast")
    assert judged(rules, target={"text": "Next"}).counts == ("fast",)
    assert judged(rules, target={"text": "Submit"}, done={"many": 1}).rule == "all"
    assert judged(rules, target={"text": "Submit"}, done={"many": 2}).rule == "many"
    assert judged(rules, target={"text": "Next"}, done={"many": 2}).rule == "all"
    assert judged(rules, done={"fast": 3}, running=5).rule == "fast"
    case = Described.model_validate({"action": "click", "done": {"fast": 3}, "running": 5})
    later = case.context().model_copy(update={"seconds": 16.0})
    assert rules.judge(case.proposal(), later).rule == "all"


# ---------------------------------------------------------------- composition

BASE = """version: 1
rules:
  - {name: no-cards, effect: deny, match: {typed: [card]}}
  - {name: no-keys, effect: deny, match: {actions: [press_keys]}}
  - {name: ask-rest, effect: ask, match: any}
"""


def extended(folder: Path, text: str) -> Policy:
    (folder / "base.yaml").write_text(BASE)
    (folder / "mine.yaml").write_text(text)
    return Policy.load(folder / "mine.yaml")


def test_own_rules_come_first_but_a_denial_of_the_base_stands(tmp_path: Path) -> None:
    mine = "version: 1\nextends: ./base.yaml\nrules: [{name: all, effect: allow, match: {actions: [type_text, click]}}]"
    rules = extended(tmp_path, mine)
    assert judged(rules, action="type_text", typed="York").rule == "all"
    assert judged(rules, action="type_text", typed="4012888888881881").rule == "no-cards"
    assert judged(rules, action="press_keys", keys="a").rule == "no-keys"
    assert judged(rules, action="scroll").rule == "ask-rest"


def test_a_denial_is_loosened_by_name_alone(tmp_path: Path) -> None:
    mine = "version: 1\nextends: ./base.yaml\nloosen: [no-cards]\nrules: [{name: all, effect: allow, match: {actions: [type_text, press_keys]}}]"  # noqa: E501
    rules = extended(tmp_path, mine)
    assert judged(rules, action="type_text", typed="4012888888881881").rule == "all"
    assert judged(rules, action="press_keys", keys="a").rule == "no-keys"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: 1\nextends: ./none.yaml\nrules: [{name: a, effect: ask, match: any}]", "mine.yaml:2: "),
        ("version: 1\nextends: nosuch\nrules: [{name: a, effect: ask, match: any}]", "no policy is named"),
        ("version: 1\nextends: ./mine.yaml\nrules: [{name: a, effect: ask, match: any}]", "extends itself"),
        ("version: 1\nextends: ./base.yaml\nrules: [{name: no-cards, effect: ask, match: any}]", "Rename yours"),
        (
            "version: 1\nextends: ./base.yaml\nloosen: [ask-rest]\nrules: [{name: a, effect: ask, match: any}]",
            "no rule of ./base.yaml that denies",
        ),
        ("version: 1\nloosen: [x]\nrules: [{name: a, effect: ask, match: any}]", "there is none"),
        ("version: 1\nrules: [{name: a, effect: allow, match: {intents: [fill]}}]", "`intents` is what the planner"),
        ("version: 1\nrules: [{name: a, effect: ask, match: {unless: {intents: [fill]}}}]", "`intents` is what"),
        ("version: 1\nrules: [{name: a, effect: allow, match: {more_than: 3}}]", "`more_than` is for rules"),
        ("version: 1\nrules: [{name: a, effect: ask, match: {more_than: 3 in}}]", "Write `50`"),
        ("version: 1\nrules: [{name: a, effect: ask, match: {more_than: 3 in 5 x}}]", "no length of time"),
        ("version: 1\nrules: [{name: a, effect: ask, match: {time: '25-3'}}]", "no times of the day"),
        ("version: 1\nrules: [{name: a, effect: ask, match: {hosts: ['http://x']}}]", "no host"),
        ("version: 1\nrules: [{name: a, effect: ask, match: {region: {left: 0}}}]", "lacks `top`"),
        ("version: 1\nrules: [{name: a, effect: ask, match: {unless: {unless: {own: true}}}}]", "`unless` is unknown"),
    ],
)
def test_errors_of_composition_and_parts_name_line_and_mend(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        extended(tmp_path, text)
    assert says in str(caught.value)
    assert "mine.yaml:" in str(caught.value)


def test_a_policy_does_not_change_once_it_is_loaded(tmp_path: Path) -> None:
    mine = "version: 1\nextends: ./base.yaml\nrules: [{name: a, effect: ask, match: {own: false}}]"
    rules = extended(tmp_path, mine)
    digest = rules.sha256
    (tmp_path / "base.yaml").write_text(BASE.replace("deny", "allow"))
    assert judged(rules, action="press_keys", keys="a").effect == "deny"
    assert Policy.load(tmp_path / "mine.yaml").sha256 != digest, "the base counts for the hash"
    with pytest.raises(AttributeError):
        rules.own = ()  # type: ignore[misc]


# ---------------------------------------------------------------- doubts


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (
            "[{name: a, effect: ask, match: {own: true}}, {name: b, effect: deny, match: {own: true, risk: low}}]",
            "'b' is never reached",
        ),
        (
            "[{name: a, effect: ask, match: {risk: low}}, {name: b, effect: deny, match: {risk: high}}]",
            "'b' is never reached",
        ),
        ("[{name: a, effect: allow, match: any}]", "allows whatever"),
        ("[{name: a, effect: ask, match: {actions: [wait], risk: high}}]", "never has any risk"),
        ("[{name: a, effect: ask, match: {actions: [click], typed: [card]}}]", "`typed` is never true of click"),
        ("[{name: a, effect: ask, match: {actions: [done]}}]", "always passes"),
        ("[{name: a, effect: ask, match: {actions: [click], unless: {actions: [click]}}}]", "takes away"),
        ("[{name: a, effect: ask, match: {actions: [click]}}]", "no rule is for `drag`"),
    ],
)
def test_doubts(rules: str, says: str) -> None:
    assert any(says in str(doubt) for doubt in warnings(Policy.parse(f"version: 1\nrules: {rules}")))


def test_a_rule_that_allows_does_not_hide_one_that_asks() -> None:
    rules = "[{name: a, effect: allow, match: {roles: [button]}}, {name: b, effect: ask, match: {roles: [button]}}]"
    assert not [d for d in warnings(Policy.parse(f"version: 1\nrules: {rules}")) if "never reached" in d.text]


# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4111 1111 1111 1111", {"card"}),
        ("card 5555-5555-5555-4444 until 12/29", {"card"}),
        ("378282246310005", {"card"}),
        ("４１１１１１１１１１１１１１１１", {"card"}),
        ("4111111111111112", set()),
        ("+4915112345678", set()),
        ("ISBN 978-3-16-148410-0", set()),
        ("GB82 WEST 1234 5698 7654 32", {"iban"}),
        ("to DE89370400440532013000 please", {"iban"}),
        ("DE89370400440532013001", set()),
        ("ghp_1234567890abcdefghijklmnop", {"key"}),
        ("AKIAIOSFODNN7EXAMPLE", {"key"}),
        ("3f2a9c8e7b6d5f4a3c2b1a0f9e8d7c6b", {"key"}),
        ("550e8400-e29b-41d4-a716-446655440000", set()),
        ("Donaudampfschifffahrtsgesellschaft", set()),
        ("a@b.example", {"email"}),
        ("see https://x.example/y", {"url"}),
        ("javascript:alert(1)", {"url"}),
    ],
)
def test_shapes(text: str, expected: set[str]) -> None:
    assert shapes(text) == expected


@given(st.text(alphabet="0123456789", min_size=15, max_size=15).map(lambda rest: "4" + rest[1:]))
def test_one_check_digit_makes_a_card(number: str) -> None:
    assert sum(is_card(number + digit) for digit in "0123456789") == 1
    assert sum(luhn(number + digit) for digit in "0123456789") == 1


@given(st.text(alphabet="0123456789", min_size=18, max_size=18))
def test_one_pair_of_check_digits_makes_an_account(rest: str) -> None:
    assert sum(is_iban(f"DE{check:02d}{rest}") for check in range(2, 99)) == 1


@given(st.text(max_size=60))
def test_shapes_are_total(text: str) -> None:
    assert shapes(text) is not None


@pytest.mark.parametrize(
    ("caption", "kinds"),
    [
        ("Pay now", {"pay"}),
        ("Löschen", {"delete"}),
        ("Sign up", {"sign_in"}),
        ("Reply", {"send"}),
        ("提交订单", {"pay", "submit"}),
    ],
)
def test_kinds_of_captions(caption: str, kinds: set[str]) -> None:
    assert kinds_of_caption(caption) == kinds


def test_hosts_are_read_in_address_bars_alone() -> None:
    def at(top: int, text: str, role: str = "textbox") -> Element:
        box = Box(left=0, top=top, width=300, height=20)
        return Element.model_validate({"id": top, "role": role, "box": box, "text": text})

    whole = Box(left=0, top=0, width=1000, height=1000)
    assert hosts_seen([at(10, "https://Shop.example:8443/cart?x=1")], whole) == ("shop.example",)
    assert hosts_seen([at(10, "shop.example/cart")], whole) == ("shop.example",)
    assert hosts_seen([at(10, "report.pdf"), at(700, "https://fake.example")], whole) == ()
    assert hosts_seen([at(10, "shop.example", "text")], whole) == ()
