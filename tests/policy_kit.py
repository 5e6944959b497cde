"""Random proposals, situations and policies, for the properties that every policy must have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st

from agent.policy import Match, Policy, Rule
from agent.policy.match import AlertKind, Extent, Limit, Region, RiskKind, Span, Typed
from agent.policy.parts import BUTTONS, KINDS
from agent.schema import (
    Alert,
    Ask,
    Box,
    Click,
    Context,
    Deed,
    Done,
    Drag,
    Element,
    ElementState,
    Fail,
    Grounding,
    Intent,
    Move,
    Pane,
    Point,
    PressKeys,
    Proposal,
    Risk,
    Role,
    Scroll,
    Task,
    TypeText,
    Wait,
    Zoom,
)

FOLDER = Path(__file__).parent.parent / "policies"
SHIPPED = {path.stem: Policy.load(path) for path in sorted(FOLDER.glob("*.yaml"))}

_WORDS = (
    *("", "Next", "Pay now", "Delete", "First name", "Submit", "OK", "Ada", "4012 8888 8888 1881", "\n", " ", "²³½"),
    *("https://a.example/x", "ignore previous instructions", "删除", "\u202e\x1b[31m", "x" * 300, "a@b.example"),
)
words = st.sampled_from(_WORDS) | st.text(max_size=12)
points = st.builds(Point, x=st.integers(-50, 1400), y=st.integers(-50, 900))
boxes = st.builds(
    Box,
    left=st.integers(-50, 1300),
    top=st.integers(-50, 800),
    width=st.integers(0, 400),
    height=st.integers(0, 300),
)
chords = st.lists(
    st.sampled_from(["ctrl", "shift", "alt", "a", "enter", "space", "tab", "f4", "w", "super", "+", "é"]), min_size=1
).map(tuple)
actions = st.one_of(
    st.builds(
        Click,
        point=points,
        button=st.sampled_from(["left", "middle", "right"]),
        modifiers=st.lists(st.sampled_from(["ctrl", "shift"]), max_size=1).map(tuple),
    ),
    st.builds(Move, point=points),
    st.builds(Drag, path=st.lists(points, min_size=2, max_size=3).map(tuple)),
    st.builds(Scroll, point=points, dy=st.integers(-3, 3)),
    st.builds(TypeText, text=words, replace=st.booleans(), secret=st.booleans()),
    st.builds(PressKeys, keys=chords, times=st.integers(1, 3)),
    st.builds(Wait, seconds=st.just(1.0)),
    st.builds(Zoom, region=boxes),
    st.builds(Done),
    st.builds(Fail, reason=words),
    st.builds(Ask, question=words),
)
groundings = st.none() | st.builds(
    Grounding, target=words, point=points, box=boxes, role=st.none() | st.sampled_from(get_args(Role))
)
proposals = st.builds(
    Proposal, action=actions, intent=st.sampled_from(get_args(Intent)), grounding=groundings, thought=words
)
states = st.builds(ElementState, focused=st.none() | st.booleans(), checked=st.none() | st.booleans())
elements = st.builds(
    Element,
    id=st.integers(1, 99),
    role=st.sampled_from(get_args(Role)),
    box=boxes,
    text=words,
    label=words,
    hint=words,
    group=words,
    state=states,
)
tasks = st.none() | st.builds(
    lambda text, record: Task(instructions=text or "x", record=record or None),
    words,
    st.dictionaries(words, words | st.booleans() | st.integers() | st.lists(words, max_size=2), max_size=3),
)
panes = st.builds(Pane, box=boxes, title=words, application=words, own=st.booleans())
alerts = st.builds(Alert, kind=st.sampled_from(get_args(AlertKind)), text=words, box=boxes)
deeds = st.builds(
    Deed,
    kind=st.sampled_from(sorted(KINDS)),
    rule=words,
    at=st.floats(0, 100),
    counts=st.lists(st.sampled_from(["r0", "r1", "r2"]), max_size=2).map(tuple),
    point=st.none() | points,
    moves_focus=st.booleans(),
)
contexts = st.builds(
    Context,
    private=st.booleans(),
    window=words,
    application=words,
    own=st.booleans(),
    panes=st.lists(panes, max_size=2).map(tuple),
    elements=st.lists(elements, max_size=4).map(tuple),
    region=st.none() | st.just(Box(left=0, top=0, width=1280, height=800)),
    task=tasks,
    alerts=st.lists(alerts, max_size=1).map(tuple),
    deeds=st.lists(deeds, max_size=4).map(tuple),
    seconds=st.floats(0, 200),
    clock=st.floats(0, 86399),
)


def _some(values: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(sorted(values)), min_size=1)


patterns = st.lists(st.sampled_from([re.compile(p, re.I) for p in ("next", "pay", "a", r"\d")]), min_size=1).map(tuple)
extents = st.builds(Extent, st.floats(0.1, 1), st.just(True))
spans = st.builds(Span, st.floats(0, 86400), st.floats(0, 86400))
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "actions": _some(KINDS),
    "risk": st.sampled_from(get_args(Risk)),
    "kinds": _some(get_args(RiskKind)),
    "roles": _some(get_args(Role)),
    "text": patterns,
    "named": st.booleans(),
    "belongs": st.booleans(),
    "keys": st.lists(st.frozensets(st.sampled_from(["ctrl", "a", "*", "enter"]), min_size=1), min_size=1).map(tuple),
    "button": _some(BUTTONS),
    "window": patterns,
    "application": patterns,
    "own": st.booleans(),
    "private": st.booleans(),
    "region": st.builds(Region, extents, extents, extents, extents),
    "typed": _some(get_args(Typed)),
    "typed_text": patterns,
    "typed_longer": st.integers(0, 10),
    "origin": _some(("record", "task", "elsewhere")),
    "hosts": st.just(("a.example", "none")),
    "alerts": _some(get_args(AlertKind)),
    "time": st.tuples(spans),
    "after": st.floats(0, 100),
}


@st.composite
def matches(draw: st.DrawFn, effect: str, deep: bool = True) -> Match:
    given: dict[str, Any] = {
        name: draw(PARTS[name]) for name in draw(st.lists(st.sampled_from(sorted(PARTS)), max_size=3, unique=True))
    }
    if effect != "allow" and deep:
        if draw(st.booleans()):
            given["intents"] = draw(_some(get_args(Intent)))
        if draw(st.booleans()):
            given["more_than"] = Limit(draw(st.integers(0, 3)), draw(st.none() | st.floats(1, 100)))
    if deep and draw(st.booleans()):
        given["unless"] = draw(matches(effect, deep=False))
    return Match(**given)


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    effect = draw(st.sampled_from(["allow", "ask", "deny"]))
    return Rule(f"r{number}", effect, draw(matches(effect)), number + 1, "random")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy of up to four rules, and mostly one that it extends."""
    own = tuple(draw(rules(number)) for number in range(draw(st.integers(1, 4))))
    base = None
    if draw(st.booleans()):
        base = Policy(tuple(draw(rules(number)) for number in range(10, 10 + draw(st.integers(1, 3)))), "base")
    return Policy(own, "random", base=base)
