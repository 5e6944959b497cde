"""Rules, risk and policy files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import PolicyError
from agent.policy import Policy
from agent.policy.chords import chord_of, parse_chord
from agent.policy.file import KINDS
from agent.policy.words import risk_of_caption
from agent.schema import (
    Action,
    Ask,
    Box,
    Click,
    Context,
    Done,
    Drag,
    Element,
    ElementState,
    Fail,
    Grounding,
    Intent,
    Move,
    Point,
    PressKeys,
    Proposal,
    Risk,
    Role,
    Scroll,
    Task,
    TypeText,
    Wait,
    Zoom,
)
from tests.policy_kit import SHIPPED as POLICIES

NAMES = tuple(POLICIES)
BOX = Box(left=10, top=10, width=100, height=30)
SPOT = BOX.center
ORDER = get_args(Risk)

EXAMPLES: dict[str, Any] = {
    "click": Click(point=SPOT),
    "move": Move(point=SPOT),
    "drag": Drag(path=(SPOT, Point(x=500, y=500))),
    "scroll": Scroll(point=SPOT, dy=3),
    "type_text": TypeText(text="Ada"),
    "press_keys": PressKeys(keys=("f7",)),
    "wait": Wait(seconds=1),
    "zoom": Zoom(region=BOX),
    "done": Done(),
    "fail": Fail(reason="no"),
    "ask": Ask(question="which?"),
}


def element(role: Role, text: str = "", label: str = "", **state: Any) -> Element:
    return Element(id=1, role=role, box=BOX, text=text, label=label, state=ElementState(**state))


def context(*elements: Element, **more: Any) -> Context:
    return Context(elements=elements, **more)


def propose(action: Any, intent: Intent = "instruct", target: str = "", role: Role | None = None) -> Proposal:
    grounding = Grounding(target=target, point=SPOT, box=BOX, role=role) if target else None
    return Proposal(action=action, intent=intent, grounding=grounding)


def press(text: str, role: Role = "button", **more: Any) -> tuple[Proposal, Context]:
    return propose(Click(point=SPOT), **more), context(element(role, text))


def risk(proposal: Proposal, where: Context) -> str:
    return Policy.parse("version: 1\nrules: [{name: all, effect: ask, match: any}]").judge(proposal, where).risk


# ---------------------------------------------------------------- the files that ship


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_action_has_a_rule(name: str, kind: str) -> None:
    verdict = POLICIES[name].judge(propose(EXAMPLES[kind]), context())
    assert verdict.rule != "default"


def test_examples_are_all_the_kinds() -> None:
    assert set(EXAMPLES) == KINDS == {m.model_fields["kind"].default for m in get_args(get_args(Action)[0])}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["done", "fail", "ask"])
def test_ending_always_passes(name: str, kind: str) -> None:
    assert POLICIES[name].judge(propose(EXAMPLES[kind]), context()).effect == "allow"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_read_only_touches_nothing(kind: str) -> None:
    verdict = POLICIES["read-only"].judge(propose(EXAMPLES[kind]), context(element("button", "Next")))
    looking = kind in ("wait", "zoom", "move", "scroll", "done", "fail", "ask")
    assert verdict.effect == ("allow" if looking else "deny")


def test_read_only_does_not_scroll_a_value_away() -> None:
    verdict = POLICIES["read-only"].judge(propose(Scroll(point=SPOT, dy=1)), context(element("spinbutton", "5")))
    assert verdict.effect == "deny"


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (Click(point=SPOT), "fill"),
        (TypeText(text="Ada"), "fill"),
        (TypeText(text="secret", secret=True), "fill"),
        (Click(point=SPOT), "submit"),
        (PressKeys(keys=("enter",)), "submit"),
        (PressKeys(keys=("ctrl", "a")), "fill"),
        (Drag(path=(SPOT, SPOT)), "choose"),
    ],
)
@pytest.mark.parametrize("caption", ["Submit", "Sign in", "Place order", "提交", "Weiter"])
def test_sandbox_fills_and_submits(action: Any, intent: Intent, caption: str) -> None:
    verdict = POLICIES["sandbox"].judge(propose(action, intent), context(element("button", caption), private=True))
    assert verdict.effect == "allow"


@pytest.mark.parametrize("chord", ["alt+f4", "ctrl+w", "ctrl+q", "super", "super+d", "ctrl+alt+t", "ctrl+alt+delete"])
@pytest.mark.parametrize("name", ["sandbox", "standard"])
def test_leaving_the_application_is_asked(name: str, chord: str) -> None:
    verdict = POLICIES[name].judge(propose(PressKeys(keys=tuple(chord.split("+"))), "instruct"), context())
    assert (verdict.effect, verdict.risk) == ("ask", "high")


def test_sandbox_asks_where_the_planner_means_to_dismiss_and_would_delete() -> None:
    assert POLICIES["sandbox"].judge(*press("Delete account", intent="dismiss")).effect == "ask"


@pytest.mark.parametrize(
    "role",
    ["textbox", "textarea", "checkbox", "radio", "combobox", "listbox", "option", "spinbutton", "slider", "switch"],
)
def test_standard_lets_fill_and_choose(role: Role) -> None:
    where = context(element(role, label="Your order and payment"), task=Task(record={"order and payment": "x"}))
    assert POLICIES["standard"].judge(propose(Click(point=SPOT), "fill"), where).effect == "allow"


@pytest.mark.parametrize("role", ["checkbox", "radio", "option", "slider", "switch", "button", "link"])
def test_standard_asks_about_choices_that_the_task_does_not_name(role: Role) -> None:
    where = context(element(role, "Forward my mail", label="Forward my mail"), task=Task(record={"city": "York"}))
    assert POLICIES["standard"].judge(propose(Click(point=SPOT), "choose"), where).effect == "ask"


@pytest.mark.parametrize(
    "caption", ["Submit", "Send", "Save", "Pay now", "Delete", "Sign in", "提交", "删除", "Löschen"]
)
@pytest.mark.parametrize("intent", get_args(Intent))
def test_standard_asks_before_sending_whatever_the_planner_says(caption: str, intent: Intent) -> None:
    assert POLICIES["standard"].judge(*press(caption, intent=intent)).effect == "ask"


def test_standard_asks_about_the_unknown() -> None:
    assert POLICIES["standard"].judge(*press("Frobnicate")).effect == "ask"
    assert POLICIES["standard"].judge(propose(Click(point=SPOT)), context()).effect == "ask"
    assert POLICIES["standard"].judge(propose(TypeText(text="x"), "fill"), context()).effect == "ask"


def test_standard_asks_before_a_secret_is_typed() -> None:
    where = context(element("textbox", label="Password"))
    assert (
        POLICIES["standard"].judge(propose(TypeText(text="x", secret=True), "fill", "Password"), where).effect == "ask"
    )


def test_standard_turns_pages() -> None:
    for caption in ("Next", "Back", "Cancel", "下一步", "« Previous", "Next >"):
        assert POLICIES["standard"].judge(*press(caption)).effect == "allow", caption


# ---------------------------------------------------------------- risk


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("Pay now", "high"),
        ("PayNow", "high"),
        ("Place order", "high"),
        ("ORDER NOW!", "high"),
        ("De1ete", "high"),
        ("lnstall", "high"),
        ("Sign in", "high"),
        ("Zahlungspflichtig bestellen", "high"),
        ("提交订单", "high"),
        ("ログイン", "high"),
        ("결제하기", "high"),
        ("Submit", "medium"),
        ("SUBMIT →", "medium"),
        ("Save changes", "medium"),
        ("提交", "medium"),
        ("S'inscrire", "medium"),
        ("Next", "none"),
        ("Order history", "none"),
        ("Payment details", "none"),
        ("PayPal", "none"),
        ("Display", "none"),
        ("Build", "none"),
        ("", "none"),
        ("If you delete this file we can not pay you back what you ordered", "none"),
    ],
)
def test_risk_of_captions(caption: str, expected: str) -> None:
    assert risk_of_caption(caption)[0] == expected


def test_the_planner_can_raise_but_not_lower() -> None:
    assert risk(*press("Go", intent="submit")) == "medium"
    assert risk(*press("Go", target="Delete everything")) == "high"
    assert risk(*press("Delete", target="Next", intent="look")) == "high"


def test_an_allowing_rule_does_not_go_by_the_planners_words() -> None:
    policy = Policy.parse("version: 1\nrules: [{name: n, effect: allow, match: {actions: click, text: '^Next$'}}]")
    assert policy.judge(*press("Frobnicate", target="Next")).effect == "ask"
    assert policy.judge(*press("Next")).effect == "allow"
    strict = Policy.parse(
        "version: 1\nrules: [{name: n, effect: deny, match: {text: wipe}}, {name: o, effect: allow, match: any}]"
    )
    assert strict.judge(*press("Go", target="Wipe it")).effect == "deny"


def test_a_button_answers_the_question_in_its_dialog() -> None:
    dialog = Element(id=2, role="dialog", box=Box(left=0, top=0, width=400, height=200))
    question = Element(id=3, role="text", box=Box(left=5, top=60, width=300, height=20), text="Delete 3 files?")
    assert risk(propose(Click(point=SPOT)), context(element("button", "OK"), dialog, question)) == "high"
    assert risk(propose(Click(point=SPOT)), context(element("button", "OK"))) == "low"
    assert risk(propose(Click(point=SPOT)), context(element("button", "Yes"), window="Install update")) == "high"


def test_a_field_named_like_a_danger_is_harmless_to_click() -> None:
    assert risk(propose(Click(point=SPOT)), context(element("textbox", label="Delete after (days)"))) == "low"
    assert risk(propose(Click(point=SPOT), target="Pay per hour", role="textbox"), context(element("textbox"))) == "low"


def test_a_switch_sends_nothing_but_may_delete() -> None:
    assert risk(*press("Send me reminders", role="switch")) == "low"
    assert risk(*press("Delete after upload", role="switch")) == "high"


def test_a_button_taken_for_a_field_is_still_seen() -> None:
    assert risk(*press("Delete", role="textbox")) == "high"


def test_the_control_counts_and_not_the_text_in_it() -> None:
    inner = Element(id=5, role="text", box=BOX.grow(-5), text="Next")
    assert risk(propose(Click(point=SPOT)), context(element("button", "Pay"), inner)) == "high"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (TypeText(text="a\n"), "medium"),
        (TypeText(text="x", secret=True), "medium"),
        (TypeText(text="x\n", secret=True), "high"),
        (PressKeys(keys=("enter",)), "medium"),
        (PressKeys(keys=("Return",)), "medium"),
        (PressKeys(keys=("ctrl", "s")), "medium"),
        (PressKeys(keys=("tab",)), "low"),
        (PressKeys(keys=("winleft",)), "high"),
        (Wait(seconds=1), "none"),
        (Zoom(region=BOX), "none"),
    ],
)
def test_risk_of_keys_and_text(action: Any, expected: str) -> None:
    assert risk(propose(action), context()) == expected


def test_enter_in_a_text_area_is_a_new_line() -> None:
    where = context(element("textarea", focused=True))
    assert risk(propose(TypeText(text="a\nb")), where) == "low"
    assert risk(propose(PressKeys(keys=("enter",))), where) == "low"


def test_space_presses_the_focused_button() -> None:
    where = context(element("button", "Delete", focused=True))
    assert risk(propose(PressKeys(keys=("space",))), where) == "high"
    assert risk(propose(TypeText(text=" ")), where) == "high"


def test_dragging_to_the_trash() -> None:
    trash = Element(id=9, role="icon", box=Box(left=490, top=490, width=40, height=40), label="Trash")
    assert risk(propose(Drag(path=(SPOT, Point(x=500, y=500)))), context(trash)) == "high"


captions = st.sampled_from(["Submit", "Pay", "Next", "Delete", "OK", "", "删除", "x" * 300, "\u202e\x1b[31m"])
actions = st.sampled_from(list(EXAMPLES.values())) | st.builds(
    lambda t, s: TypeText(text=t, secret=s), st.text(max_size=20), st.booleans()
)
proposals = st.builds(
    lambda a, i, t: propose(a, i, t), actions, st.sampled_from(get_args(Intent)), st.sampled_from(["", "Pay", "Name"])
)
elements = st.builds(
    lambda r, t, f: element(r, t, focused=f), st.sampled_from(get_args(Role)), captions, st.none() | st.booleans()
)
contexts = st.builds(
    lambda es, p, w: Context(elements=tuple(es), private=p, window=w),
    st.lists(elements, max_size=4),
    st.booleans(),
    captions,
)


@given(proposals, contexts)
def test_no_intent_makes_an_action_less_risky(proposal: Proposal, where: Context) -> None:
    plain = risk(proposal.model_copy(update={"intent": "look"}), where)
    assert ORDER.index(risk(proposal, where)) >= ORDER.index(plain)


@given(proposals, contexts)
def test_the_standard_policy_never_allows_medium_or_high(proposal: Proposal, where: Context) -> None:
    verdict = POLICIES["standard"].judge(proposal, where)
    assert verdict.effect == "ask" or verdict.risk in ("none", "low")


@given(proposals, contexts)
def test_read_only_never_asks_and_never_acts(proposal: Proposal, where: Context) -> None:
    verdict = POLICIES["read-only"].judge(proposal, where)
    assert verdict.effect == "deny" or proposal.action.kind in ("wait", "zoom", "move", "scroll", "done", "fail", "ask")


@given(proposals, contexts)
def test_without_a_fitting_rule_it_asks(proposal: Proposal, where: Context) -> None:
    policy = Policy.parse("version: 1\nrules: [{name: never, effect: allow, match: {window: 'no such window'}}]")
    assert policy.judge(proposal, where).effect == (
        "allow" if isinstance(proposal.action, Done | Fail | Ask) else "ask"
    )


@given(st.lists(st.sampled_from(["ctrl", "shift", "alt", "super", "a", "f4", "+"]), min_size=1, unique=True))
def test_chords_do_not_depend_on_order(keys: list[str]) -> None:
    assert chord_of(keys) == chord_of(reversed(keys)) == parse_chord("+".join(keys))


# ---------------------------------------------------------------- errors in files

GOOD = "version: 1\nrules:\n  - name: a\n    effect: allow\n    match: {actions: [click]}\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("rules: []", 1, "`version` must be 1"),
        ("version: 2\nrules: []", 1, "not 2"),
        ("version: 1", 1, "no `rules`"),
        ("version: 1\nrules: []", 2, "empty"),
        ("version: 1\nrules: {}", 2, "list"),
        ("- a", 1, "mapping"),
        ("version: 1\n\trules: []", 2, "not YAML"),
        (GOOD + "extra: 1\n", 6, "`extra` is unknown"),
        (GOOD + "version: 1\n", 6, "twice"),
        (GOOD.replace("effect", "efect"), 4, "Did you mean `effect`"),
        (GOOD.replace("allow", "alow"), 4, "Did you mean `allow`"),
        (GOOD.replace("[click]", "[klick]"), 5, "Did you mean `click`"),
        (GOOD.replace("[click]", "[]"), 5, "empty list"),
        (GOOD.replace("{actions: [click]}", "{}"), 5, "empty"),
        (GOOD.replace("{actions: [click]}", "everything"), 5, "unknown"),
        (GOOD.replace("{actions: [click]}", "{text: '('}"), 5, "regular expression"),
        (GOOD.replace("{actions: [click]}", "{text: '.*'}"), 5, "empty text"),
        (GOOD.replace("{actions: [click]}", "{risk: huge}"), 5, "Known"),
        (GOOD.replace("{actions: [click]}", "{keys: '*'}"), 5, "no key"),
        (GOOD.replace("{actions: [click]}", "{private: maybe}"), 5, "true or false"),
        (GOOD.replace("    match: {actions: [click]}\n", ""), 3, "without `match`"),
        (GOOD + "  - {name: a, effect: deny, match: any}\n", 6, "two rules"),
        (GOOD.replace("{actions: [click]}", "any") + "  - {name: b, effect: deny, match: any}\n", 6, "never reached"),
        (GOOD.replace("name: a", "name: default"), 3, "can't be named"),
    ],
)
def test_errors_name_file_line_and_mend(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(PolicyError) as caught:
        Policy.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert says in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.yaml: there is no such"):
        Policy.load(tmp_path / "none.yaml")
    with pytest.raises(PolicyError, match="folder"):
        Policy.load(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(PolicyError, match="UTF-8"):
        Policy.load(tmp_path / "bytes.yaml")
