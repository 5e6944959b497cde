"""Properties that every policy must have, whatever its rules: through the judge, the gate and the loop."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brake import Brake
from agent.events import Acting, Bus, Decided, Event, Judged
from agent.gate import ROUNDS, AutoApprover, Gate, NobodyApprover, Request
from agent.loop import Agent
from agent.policy import Match, Policy, Rule
from agent.policy.match import EFFECTS
from agent.policy.parts import KINDS
from agent.policy.scene import Scene
from agent.schema import Action, Approval, Context, Done, Limits, Proposal, Verdict
from agent.situation import Situation
from tests.policy_kit import SHIPPED, actions, contexts, policies, proposals
from tests.test_loop import Plan, Veil, World

ENDING = ("done", "fail", "ask")


def strictness(verdict: Verdict) -> int:
    return EFFECTS.index(verdict.effect)


@given(policies(), proposals, contexts)
@settings(max_examples=120, deadline=None)
def test_judging_is_total_and_depends_on_nothing_else(policy: Policy, proposal: Proposal, where: Context) -> None:
    first = policy.judge(proposal, where)
    assert first == policy.judge(proposal, where)
    assert first.rule in {rule.name for rule in policy.rules} | {"default", "ending"}


@given(st.sampled_from(sorted(SHIPPED)), proposals, contexts)
@settings(max_examples=80, deadline=None)
def test_shipped_policies_are_total(name: str, proposal: Proposal, where: Context) -> None:
    verdict = SHIPPED[name].judge(proposal, where)
    assert verdict.rule != "default", "a shipped policy has a rule for everything"


@given(policies(), proposals, contexts)
@settings(max_examples=80, deadline=None)
def test_what_the_planner_says_makes_no_answer_milder(policy: Policy, proposal: Proposal, where: Context) -> None:
    silent = Proposal(action=proposal.action, intent="look")
    # `look` is said too; the answer without any word is the mildest of all.
    mute = policy._judged(_mute(proposal, where))  # pyright: ignore[reportPrivateUsage]
    if proposal.action.kind not in ENDING:
        assert strictness(policy.judge(proposal, where)) >= strictness(mute)
        assert strictness(policy.judge(silent, where)) >= strictness(mute)


def _mute(proposal: Proposal, where: Context) -> Scene:
    return Scene(Proposal(action=proposal.action), where, claims=False)


@given(policies(), policies(), proposals, contexts)
@settings(max_examples=80, deadline=None)
def test_a_denial_on_top_never_allows_more(policy: Policy, other: Policy, proposal: Proposal, where: Context) -> None:
    denials = [Rule(f"d{n}", "deny", rule.match, 1, "x") for n, rule in enumerate(other.own)]
    for match in (*(rule.match for rule in denials), Match()):
        stricter = Policy((Rule("denial", "deny", match, 1, "x"), *policy.own), "stricter", base=policy.base)
        assert strictness(stricter.judge(proposal, where)) >= strictness(policy.judge(proposal, where))


@given(policies(), policies(), proposals, contexts)
@settings(max_examples=80, deadline=None)
def test_what_a_base_denies_stays_denied(policy: Policy, base: Policy, proposal: Proposal, where: Context) -> None:
    extended = Policy(policy.own, "extended", base=base)
    if base.judge(proposal, where).effect == "deny":
        assert extended.judge(proposal, where).effect == "deny"


def test_every_kind_of_action_has_a_rule_in_each_shipped_policy() -> None:
    for policy in SHIPPED.values():
        for kind in KINDS - set(ENDING):
            assert any(rule.match.actions is None or kind in rule.match.actions for rule in policy.rules), kind


# ---------------------------------------------------------------- through the gate


class Person:
    """Answers with what it was given, in order, and keeps what it was asked."""

    def __init__(self, answers: list[Approval]) -> None:
        self.answers, self.asked = list(answers), list[Request]()

    def approve(self, request: Request) -> Approval:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else Approval(decision="reject", by="person")

    def by_hand(self, why: str) -> Action | None:
        return None


class Kept:
    """A judge that keeps what it was asked."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.judged = policy, list[tuple[Proposal, Verdict]]()

    def judge(self, proposal: Proposal, context: Context) -> Verdict:
        verdict = self.policy.judge(proposal, context)
        self.judged.append((proposal, verdict))
        return verdict


answers = st.builds(
    Approval,
    decision=st.sampled_from(["approve", "modify", "reject", "take_over", "stop"]),
    by=st.just("person"),
    action=st.none() | actions,
    scope=st.sampled_from(["once", "run"]),
)


@given(policies(), st.lists(proposals, min_size=1, max_size=4), contexts, st.lists(answers, max_size=8))
@settings(max_examples=80, deadline=None)
def test_no_permit_without_an_allowing_rule_or_a_person(
    policy: Policy, wanted: list[Proposal], where: Context, given_answers: list[Approval]
) -> None:
    judge, person = Kept(policy), Person(given_answers)
    gate = Gate(judge, person)
    granted = False
    for number, proposal in enumerate(wanted):
        before = len(person.asked)
        verdict, approval, permit = gate.decide(proposal, where, number)
        granted |= any(a.decision == "approve" and a.scope == "run" for a in given_answers)
        if permit is None:
            continue
        judged, last = judge.judged[-1]
        assert judged.action == permit.action, "what is permitted is what was judged last"
        assert last == verdict
        assert verdict.effect != "deny"
        asked = len(person.asked) > before
        assert verdict.effect == "allow" or (approval.by == "person" and (asked or granted))


@given(policies(), proposals, contexts, st.lists(actions, min_size=1, max_size=ROUNDS))
@settings(max_examples=50, deadline=None)
def test_a_change_is_always_judged_again(
    policy: Policy, proposal: Proposal, where: Context, changes: list[Action]
) -> None:
    ask = Policy((Rule("all", "ask", Match(), 1, "x"),), "asks")
    for base in (ask, policy):
        judge = Kept(base)
        person = Person([Approval(decision="modify", by="person", action=a) for a in changes])
        _, _, permit = Gate(judge, person).decide(proposal, where, 1)
        assert [p.action.kind for p, _ in judge.judged[1:]] == [a.kind for a in changes[: len(judge.judged) - 1]]
        if permit is not None:
            assert judge.judged[-1][1].effect == "allow"


# ---------------------------------------------------------------- through the loop


@given(policies(), st.lists(proposals, min_size=1, max_size=5), st.booleans())
@settings(max_examples=40, deadline=None)
def test_nothing_is_done_without_a_rule_or_a_person(policy: Policy, wanted: list[Proposal], auto: bool) -> None:
    world, events = World(), list[Event]()
    gate = Gate(policy, AutoApprover() if auto else NobodyApprover())
    plan = Plan(*wanted, Proposal(action=Done()))
    situation = Situation(private=True)
    agent = Agent(world, plan, gate, world, Bus(events.append), Veil(), situation, Brake())
    agent.run(Limits(max_steps=8))
    performed = [event.permit for event in events if isinstance(event, Acting)]
    for permit in performed:
        by = "policy" if permit.verdict.effect == "allow" else "auto"
        assert permit.approval.by == by
        assert permit.verdict.effect != "deny"
        assert auto or permit.verdict.effect == "allow"
    assert len(world.done) <= len(performed)
    assert len([e for e in events if isinstance(e, Judged)]) >= len(performed)
    assert len([e for e in events if isinstance(e, Decided)]) >= len(performed)
