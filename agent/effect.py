"""Whether an action did what was expected, from the looks before and after it."""

from __future__ import annotations

from agent.schema import Action, Box, Element, Observation, Outcome, Proposal
from agent.wording import same_text

NEAR = 0.3
"""Overlap (of the smaller box) from which an element after is taken for the target before."""


def judge(before: Observation, after: Observation, proposal: Proposal, action: Action) -> Outcome:
    """`ok` only where the expected effect is seen; `unknown` where it can't be told."""
    expected, grounding = proposal.expectation, proposal.grounding
    target = element_in(after, grounding.box) if grounding else None
    changed = bool(after.changed)
    match expected.kind:
        case "none":
            return Outcome(status="ok")
        case "change":
            return Outcome(status="ok") if changed else Outcome(status="no_effect", detail="nothing changed")
        case "gone":
            gone = grounding is not None and any(box.overlap(grounding.box).area for box in after.changed)
            return Outcome(status="ok" if gone else "no_effect")
        case "text":
            read = target.text if target else ""
            if target is not None and same_text(expected.text, read) in ("same", "alike"):
                return Outcome(status="ok", read=read)
            detail = f"shows {read!r}" if target else "nothing was read at the target"
            return Outcome(status="unknown" if changed else "no_effect", detail=detail, read=read)
        case "checked" | "unchecked":
            shown = target.state.checked if target else None
            if shown is None:
                return Outcome(status="unknown", detail="its state can't be seen")
            return Outcome(status="ok" if shown == (expected.kind == "checked") else "no_effect")


def element_in(observation: Observation, box: Box) -> Element | None:
    """The element that takes up most of a box, or None."""

    def share(element: Element) -> float:
        smaller = min(element.box.area, box.area)
        return element.box.overlap(box).area / smaller if smaller else 0.0

    near = [e for e in observation.elements if share(e) >= NEAR]
    return max(near, key=lambda e: (e.role not in ("text", "heading"), e.box.iou(box)), default=None)
