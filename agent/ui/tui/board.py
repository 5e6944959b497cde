"""What the screen says of a run, gathered from its events."""

from __future__ import annotations

from rich.text import Text

from agent.describe import clip, plain
from agent.events import Acting, Event, FieldsRead, Judged, Proposed, RunEnded, RunStarted, Stepped, TokensUsed
from agent.schema import FieldResult, Limits, Proposal, Result

_FIELD_STYLES = {"ok": "green", "wrong": "red", "unfilled": "dim", "unknown": "magenta"}
_END_STYLES = {"done": "bold green", "failed": "bold red", "bad_input": "bold red", "missing": "bold red"}


class Board:
    """Takes events; gives the lines round the pictures."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.task, self.policy, self.planner = "", "", ""
        self.phase = "starting"
        self.step = 0
        self.proposal: Proposal | None = None
        """The step under way, as the watchers were told it."""
        self.fields: dict[str, FieldResult] = {}
        self.unmatched: tuple[str, ...] = ()
        """Keys of the record without a field."""
        self.result: Result | None = None
        self.tokens = ""
        """What the last answer of a model took, of what it may."""

    def take(self, event: Event) -> None:
        match event:
            case RunStarted(task=task, policy=policy, planner=planner, limits=limits):
                self.task, self.policy, self.planner, self.limits = plain(task), plain(policy), planner, limits
            case Proposed(step=step, proposal=proposal):
                self.step, self.proposal, self.phase = step, proposal, "deciding"
                self.unmatched = proposal.unmatched_keys or self.unmatched
            case Judged():
                self.phase = "deciding"
            case Acting():
                self.phase = "acting"
            case Stepped():
                self.phase = "thinking"
            case FieldsRead(fields=fields):
                self.fields |= {field.key: field for field in fields}
            case TokensUsed(prompt=prompt, answer=answer, limit=limit):
                self.tokens = f"{prompt + answer:,} of {limit:,} tokens"
            case RunEnded(result=result):
                self.result = result
            case _:
                pass

    def head(self, doing: str, width: int) -> Text:
        """The task, and what goes on: one line."""
        text = Text(no_wrap=True, overflow="ellipsis")
        if self.result is not None:
            style = _END_STYLES.get(self.result.status, "bold yellow")
            text.append(f" {self.result.status.replace('_', ' ')} ", style=f"{style} reverse")
            text.append(f" {plain(self.result.reason)}")
        else:
            text.append(f" {doing or self.phase} ", style="bold reverse").append(f" {self.task}")
            text.append(f"  policy {self.policy}" * bool(self.policy), style="dim")
        text.truncate(max(1, width), overflow="ellipsis")
        return text

    def budget(self, seconds: float, waited: float = 0.0) -> Text:
        """Steps and time, of as many as there may be; apart from it the time that the person took."""
        words = f" step {self.step} of {self.limits.max_steps}   {_clock(seconds)} of {_clock(self.limits.time_limit)}"
        near = max(self.step / self.limits.max_steps, seconds / self.limits.time_limit) > 0.9
        text = Text(words, style="yellow" if near else "dim", no_wrap=True, overflow="ellipsis")
        done = sum(field.verdict == "ok" for field in self.fields.values())
        if waited >= 1:
            text.append(f"   you took {_clock(waited)}", style="dim")
        if self.tokens:
            text.append(f"   {self.tokens}")
        if self.fields:
            text.append(f"   fields {done} of {len(self.fields)} right")
        return text

    def fields_text(self) -> Text:
        """A line a field: what it should show and what it shows."""
        text = Text()
        for field in self.fields.values():
            text.append(f"{field.verdict:8} ", style=_FIELD_STYLES[field.verdict])
            text.append(f"{clip(plain(field.label or field.key), 24)}: ").append(plain(field.wanted), style="bold")
            if field.read and field.read != field.wanted:
                text.append(f" reads {plain(field.read)!r}")
            text.append(f" ({plain(field.note)})" if field.note else "", style="dim").append("\n")
        if self.unmatched:
            text.append("no field ", style="yellow").append(f"for {', '.join(map(plain, self.unmatched))}\n")
        text.right_crop(1)
        return text


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
