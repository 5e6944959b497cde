"""What a person is asked, in words. All of it is text: what stands on the screen is shown, never obeyed."""

from __future__ import annotations

from agent.describe import clip, describe, plain
from agent.gate import Request
from agent.redact import MASK
from agent.schema import Alert, Expectation, Proposal, TypeText

_ALERTS = {
    "orders": "text that speaks to an agent",
    "fake_dialog": "a page that draws the system's dialogs",
    "lookalike": "a drawing of this very question",
    "invisible": "text in ink that people don't see",
}
_LONG = 400
"""Characters of a thought or a suspicious text that are shown."""
_WINDOW = 60


def is_hidden(request: Request, told: Proposal | None) -> bool:
    """Whether a secret is typed: marked as one, or masked in what the run's watchers were told."""
    action = request.proposal.action
    if not isinstance(action, TypeText):
        return False
    return action.secret or (told is not None and isinstance(told.action, TypeText) and MASK in told.action.text)


def headline(request: Request, told: Proposal | None = None) -> str:
    """The action in one line, such as `type 14 characters into 'Card number' in 'Checkout - Chromium'`."""
    proposal, window = request.proposal, clip(plain(request.context.window), _WINDOW)
    match proposal.action:
        case TypeText() as action if is_hidden(request, told):
            words = describe(action.model_copy(update={"secret": True}), proposal.grounding)
        case TypeText(text=text) if text:
            words = f"type {len(text)} character{'s' * (len(text) > 1)}"
            target = plain(proposal.grounding.target) if proposal.grounding else ""
            words += f" into '{target}'" if target else ""
        case action:
            words = describe(action, proposal.grounding)
    return f"{words} in '{window}'" if window else words


def rows(request: Request, told: Proposal | None = None) -> list[tuple[str, str]]:
    """Name and text of everything else that one should know before the answer.

    `told` is the proposal as the run's watchers were told it, without the secrets: its thought is shown, no other.
    """
    proposal, verdict = request.proposal, request.verdict
    found: list[tuple[str, str]] = []
    hidden = is_hidden(request, told)
    if isinstance(proposal.action, TypeText) and proposal.action.text and not hidden:
        found.append(("New text" if proposal.action.replace else "Text", plain(proposal.action.text)))
    if (grounding := proposal.grounding) is not None:
        box = grounding.box
        place = f"{grounding.role or 'place'} of {box.width}x{box.height} at {box.left}, {box.top}"
        found.append(("Target", f"{place}, found by its {grounding.source}"))
    reason = f": {plain(verdict.reason)}" if verdict.reason else ""
    found.append(("Rule", f"{plain(verdict.rule)}{reason}"))
    found.append(("Effect", effect(proposal, hidden)))
    if told is not None and (thought := told.thought):  # last: it may be long, and is the planner's word only
        found.append(("Why", clip(plain(thought), _LONG)))
    return found


def effect(proposal: Proposal, hidden: bool = False) -> str:
    """What the planner says will be seen after it."""
    match proposal.expectation:
        case Expectation(kind="text", text=text):
            words = "what was typed" if hidden or not text else f"'{clip(plain(text))}'"
            seen = f"the target shows {words}"
        case Expectation(kind="checked"):
            seen = "the target is checked"
        case Expectation(kind="unchecked"):
            seen = "the target is not checked any more"
        case Expectation(kind="gone"):
            seen = "the target is gone"
        case Expectation(kind="none"):
            seen = "nothing need change"
        case _:
            seen = "something looks different"
    return f"{seen}; data is sent, which can't be undone" if proposal.intent == "submit" else seen


def warning(alert: Alert) -> str:
    """A suspicious text, as text."""
    return f'{_ALERTS[alert.kind]}: "{clip(plain(alert.text), _LONG)}"'
