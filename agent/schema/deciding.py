"""Who lets what through."""

from __future__ import annotations

from typing import Literal, get_args

from agent.schema.acting import Action
from agent.schema.value import Value

Risk = Literal["none", "low", "medium", "high"]


def at_least(risk: Risk, bound: Risk) -> bool:
    """Whether a risk reaches a bound."""
    order = get_args(Risk)
    return order.index(risk) >= order.index(bound)


class Verdict(Value):
    """What the policy says of a proposal."""

    effect: Literal["allow", "ask", "deny"]
    rule: str
    """Name of the rule that decided, or `default`."""
    risk: Risk = "low"
    reason: str = ""
    kinds: tuple[str, ...] = ()
    """What it would do (`submit`, `pay`, `delete`, ...), by the words at its target; empty where they say nothing."""
    counts: tuple[str, ...] = ()
    """Rules with a limit (`more_than`) that this action counts for."""


class Approval(Value):
    """Who let a proposal through (or not)."""

    decision: Literal["approve", "modify", "reject", "take_over", "stop"]
    """`take_over`: the person does it by hand, and hands back."""
    by: str
    """`policy`, `person`, `auto` or `nobody`."""
    action: Action | None = None
    """The action to do instead, with `modify`; it is judged again."""
    scope: Literal["once", "run"] = "once"
    """`run`, with `approve`: the same kind of action by the same rule in the same window isn't asked again in this run,
    as long as it does nothing else, its risk is no higher, and no suspicious text is shown."""
    reason: str = ""


class Permit(Value):
    """The right to perform one action once. Only `gate.py` makes one."""

    action: Action
    verdict: Verdict
    approval: Approval
    number: int
