"""Permission rules: `policies/*.yaml` -> Policy.judge() -> Verdict.

Rules are tried in order and the first that fits decides. Where none fits the answer is `ask`: the policy
fails closed. What a rule allows depends on what is seen; what the planner says of its own action can make
an answer stricter and never milder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.policy.chords import covers
from agent.policy.file import Match, PolicyFile, Rule, parse_policy, read_policy
from agent.policy.risk import Assessment, assess
from agent.schema import Ask, Context, Done, Fail, Proposal, Verdict, at_least

__all__ = ["Policy", "Rule"]


class Policy:
    """A list of rules that judges proposals."""

    def __init__(self, rules: Sequence[Rule], name: str, description: str = "") -> None:
        self.rules = tuple(rules)
        self.name = name
        self.description = description

    @classmethod
    def load(cls, path: Path) -> Policy:
        """The policy of a YAML file. Raises PolicyError `FILE:LINE: what is wrong and how to mend it`."""
        return cls._of(read_policy(path), path.stem)

    @classmethod
    def parse(cls, text: str, name: str = "policy") -> Policy:
        """The policy of a YAML text; `name` stands for the file in errors."""
        return cls._of(parse_policy(text, name), name)

    @classmethod
    def _of(cls, file: PolicyFile, name: str) -> Policy:
        return cls(file.rules, name, file.description)

    def judge(self, proposal: Proposal, context: Context) -> Verdict:
        """Whether a proposal may be done; ending a run or asking a person is always allowed."""
        if isinstance(proposal.action, Done | Fail | Ask):
            return Verdict(effect="allow", rule="ending", risk="none", reason="it acts on nothing")
        seen = assess(proposal, context)
        for rule in self.rules:
            if _fits(rule.match, rule.effect == "allow", proposal, context, seen):
                return Verdict(effect=rule.effect, rule=rule.name, risk=seen.risk, reason=seen.reason)
        return Verdict(effect="ask", rule="default", risk=seen.risk, reason=f"no rule fits; {seen.reason}")


def _fits(match: Match, allows: bool, proposal: Proposal, context: Context, seen: Assessment) -> bool:
    """Whether every part that a rule gives fits.

    A rule that allows goes by what is seen alone; one that asks or denies also by what the planner claims.
    """
    texts = seen.seen if allows or not seen.claimed else (*seen.seen, seen.claimed)
    return (
        (match.actions is None or proposal.action.kind in match.actions)
        and (match.intents is None or proposal.intent in match.intents)
        and (match.risk is None or at_least(seen.risk, match.risk))
        and (match.private is None or match.private == context.private)
        and (match.roles is None or _roles_fit(match.roles, allows, seen))
        and (match.text is None or any(p.search(text) for p in match.text for text in texts))
        and (match.window is None or any(p.search(context.window) for p in match.window))
        and (match.keys is None or (seen.chord is not None and any(covers(k, seen.chord) for k in match.keys)))
    )


def _roles_fit(roles: frozenset[str], allows: bool, seen: Assessment) -> bool:
    if allows:
        return bool(seen.roles) and seen.roles <= roles
    return bool(seen.roles & roles)
