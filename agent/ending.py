"""How a proposal ends a run, if it does."""

from __future__ import annotations

from agent.schema import Approval, Ask, Done, Fail, Proposal, Status, Step, Verdict


def ending(proposal: Proposal, last: Step | None) -> tuple[Status, str] | None:
    """How the run ends if the proposal ends it; a planner that gives up on a rejected step was denied."""
    match proposal.action:
        case Done(summary=summary):
            return "done", summary
        case Fail(reason=reason, status=status):
            refused = _refusal(last)
            return (refused, reason) if refused else (status, reason)
        case Ask(question=question, candidates=candidates):
            return "needs_person", question + (f" Candidates: {'; '.join(candidates)}" if candidates else "")
        case _:
            return None


def _refusal(last: Step | None) -> Status | None:
    if last is None or last.outcome.status != "rejected":
        return None
    match last.verdict, last.approval:
        case Verdict(effect="ask"), Approval(by="nobody"):
            return "needs_person"
        case _:
            return "denied"
