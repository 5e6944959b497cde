"""The one door to the executor: verdict and approval in, Permit out. Nothing else makes a Permit."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from agent.schema import (
    Action,
    Approval,
    Click,
    Context,
    Permit,
    PressKeys,
    Proposal,
    Risk,
    TypeText,
    Verdict,
    at_least,
)

ROUNDS = 5
"""So many times a person may change one action before it is rejected."""


class Judge(Protocol):
    """What the gate needs of a policy."""

    def judge(self, proposal: Proposal, context: Context) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody is asked to approve."""

    number: int
    proposal: Proposal
    verdict: Verdict
    context: Context


class Approver(Protocol):
    """The person in charge, or who stands in for them."""

    def approve(self, request: Request) -> Approval:
        """The answer where the policy asks."""
        ...

    def by_hand(self, why: str) -> Action | None:
        """What the person, who is in charge now, does next through Deskhand; None once they hand back.

        `why` says how they came to be in charge. Raises Stopped where they end the run instead.
        """
        ...


class AutoApprover:
    """Says yes to whatever the policy asks; what it denies stays denied."""

    def approve(self, request: Request) -> Approval:
        return Approval(decision="approve", by="auto", reason=f"nobody is asked; rule '{request.verdict.rule}'")

    def by_hand(self, why: str) -> Action | None:
        return None


class NobodyApprover:
    """Nobody is there to ask, so the answer is no."""

    def approve(self, request: Request) -> Approval:
        verdict = request.verdict
        reason = f"rule '{verdict.rule}' asks a person ({verdict.reason}), and nobody is there to be asked"
        return Approval(decision="reject", by="nobody", reason=reason)

    def by_hand(self, why: str) -> Action | None:
        return None


class Gate:
    """Turns a proposal into a Permit, or not."""

    def __init__(self, policy: Judge, approver: Approver, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy, self._approver, self._clock = policy, approver, clock
        self._granted: dict[_Kind, Risk] = {}
        self.waited = 0.0
        """Seconds in which the approver was asked or in charge."""

    def decide(self, proposal: Proposal, context: Context, number: int) -> tuple[Verdict, Approval, Permit | None]:
        """The policy's verdict, who let the proposal through or not, and the right to do it once.

        An action that a person puts in its place is judged like any other, and asked about again where the
        policy asks. `number` is the step's; the verdict returned is the last one.
        """
        changed: Approval | None = None
        rounds = 0
        while True:
            verdict = self._policy.judge(proposal, context)
            approval = self._answer(Request(number, proposal, verdict, context))
            if approval.decision == "approve":
                final = _merged(changed, approval)
                return verdict, final, Permit(action=proposal.action, verdict=verdict, approval=final, number=number)
            if approval.decision != "modify":
                return verdict, approval, None
            if approval.action is None:
                return verdict, _rejection(approval, "a changed action was announced but not given"), None
            rounds += 1
            if rounds > ROUNDS:
                return verdict, _rejection(approval, f"the action was changed {rounds} times"), None
            action = _still_secret(proposal.action, approval.action)
            changed = approval.model_copy(update={"action": action})
            # The grounding says where the old action aimed; it says nothing of the new one.
            kept = proposal.grounding if _same_target(proposal.action, action) else None
            proposal = proposal.model_copy(update={"action": action, "grounding": kept})

    def _answer(self, request: Request) -> Approval:
        match request.verdict.effect:
            case "allow":
                return Approval(decision="approve", by="policy", reason=f"rule '{request.verdict.rule}'")
            case "deny":
                return Approval(decision="reject", by="policy", reason=_denial(request.verdict))
            case "ask" if request.proposal.by == "person":
                return Approval(decision="approve", by="person", reason="done by hand")
            case "ask":
                return self._asked(request)

    def _asked(self, request: Request) -> Approval:
        """The person's answer, which may hold for the rest of the run."""
        kind, risk = _kind(request), request.verdict.risk
        # With suspicious text on the screen nothing that was said before it came holds.
        granted = None if request.context.alerts else self._granted.get(kind)
        if granted is not None and at_least(granted, risk):
            return Approval(decision="approve", by="person", reason="approved for this run")
        with self._waiting():
            approval = self._approver.approve(request)
        if approval.decision == "approve" and approval.scope == "run":
            self._granted[kind] = risk
        return approval

    def by_hand(self, why: str) -> Proposal | None:
        """What the person in charge does next, as a proposal like any other; None once they hand back."""
        with self._waiting():
            action = self._approver.by_hand(why)
        return None if action is None else Proposal(action=action, by="person", thought="by hand")

    @contextmanager
    def _waiting(self) -> Generator[None]:
        began = self._clock()
        try:
            yield
        finally:
            self.waited += self._clock() - began


_Kind = tuple[str, str, tuple[str, ...], str, str | None]


def _kind(request: Request) -> _Kind:
    """What counts as the same kind of action at the same place."""
    proposal, context = request.proposal, request.context
    role = proposal.grounding.role if proposal.grounding else None
    return proposal.action.kind, request.verdict.rule, request.verdict.kinds, context.window, role


def _denial(verdict: Verdict) -> str:
    return f"rule '{verdict.rule}' denies it" + (f": {verdict.reason}" if verdict.reason else "")


def _merged(changed: Approval | None, approval: Approval) -> Approval:
    """An approval after a change tells of the change; an approval alone carries no other action."""
    if changed is None:
        return approval.model_copy(update={"action": None})
    reason = "; ".join(dict.fromkeys(r for r in (changed.reason, approval.reason) if r))
    return changed.model_copy(update={"reason": reason})


def _rejection(approval: Approval, reason: str) -> Approval:
    return Approval(decision="reject", by=approval.by, reason=reason)


def _still_secret(old: Action, new: Action) -> Action:
    """What is typed in a secret's place is a secret too."""
    if isinstance(old, TypeText) and old.secret and isinstance(new, TypeText):
        return new.model_copy(update={"secret": True})
    return new


def _same_target(old: Action, new: Action) -> bool:
    """Other text or other keys still go where the old action would have gone; a click only at the same point."""
    match old, new:
        case (TypeText(), TypeText()) | (PressKeys(), PressKeys()):
            return True
        case Click(), Click():
            return old.point == new.point
        case _:
            return False
