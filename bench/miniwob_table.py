"""What bench/miniwob.py found, as a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MARK = 4
"""So many solved seeds of five make a solved task."""

_KINDS: tuple[tuple[str, str], ...] = (
    (r"not understood", "sentence not understood"),
    (r"fit .* equally|more than one|not plain", "several things fit"),
    (
        r"nothing on the screen fits|nothing that fits|there are \d+ that fit|not found|no .* (?:found|seen)",
        "not found",
    ),
    (r"limit of", "limit reached"),
    (r"without effect|nothing .*changed|did not take|no effect", "no effect"),
    (r"shows", "read-back differs"),
)


@dataclass(frozen=True)
class Attempt:
    """One episode: what the page gave and how the run ended."""

    task: str
    seed: int
    reward: float
    ended: bool
    """Whether the page itself ended the episode."""
    utterance: str
    status: str
    reason: str
    steps: int
    seconds: float

    @property
    def solved(self) -> bool:
        return self.reward > 0

    @property
    def kind(self) -> str:
        """In a few words, why it was not solved."""
        if self.solved:
            return ""
        if self.ended:
            return "wrong act"
        if self.status == "done":
            return "done, page not satisfied"
        if self.status == "crash":
            return "crash"
        for pattern, kind in _KINDS:
            if re.search(pattern, self.reason):
                return kind
        return self.status


def table(attempts: Sequence[Attempt]) -> str:
    """Markdown: a line a task, and the sums."""
    tasks = sorted({one.task for one in attempts})
    lines = ["| task | solved | seconds | why not |", "|---|---|---|---|"]
    full = 0
    kinds: Counter[str] = Counter()
    for task in tasks:
        mine = [one for one in attempts if one.task == task]
        solved = sum(one.solved for one in mine)
        full += solved >= MARK
        seconds = sum(one.seconds for one in mine) / len(mine)
        why = Counter(one.kind for one in mine if not one.solved)
        kinds += why
        told = ", ".join(f"{kind} ({n})" if n > 1 else kind for kind, n in why.most_common())
        lines.append(f"| {task} | {solved} of {len(mine)} | {seconds:.1f} | {told} |")
    some = sum(any(one.solved for one in attempts if one.task == task) for task in tasks)
    won = sum(one.solved for one in attempts)
    head = [
        f"{full} of {len(tasks)} tasks solved at {MARK} or more seeds; {some} at one or more; "
        f"{won} of {len(attempts)} episodes.",
        "",
    ]
    tail = ["", "Episodes not solved, by kind: " + "; ".join(f"{kind} {n}" for kind, n in kinds.most_common()) + "."]
    return "\n".join([*head, *lines, *tail]) + "\n"
