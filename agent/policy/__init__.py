"""Permission rules: `policies/*.yaml` -> Policy.judge() -> Verdict.

Rules are tried in order and the first that fits decides. Where none fits the answer is `ask`: the policy
fails closed. What a rule allows depends on what is seen; what the planner says of its own action can make
an answer stricter and never milder.
"""

from agent.policy.engine import Policy
from agent.policy.match import Match, Rule

__all__ = ["Match", "Policy", "Rule"]
