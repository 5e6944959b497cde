"""All that rules are held against: a proposal, what it would meet, and what is known of where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from agent.policy.chords import Chord, chord_of, printed, stays
from agent.policy.hosts import hosts_seen
from agent.policy.match import Origin, RiskKind, Typed
from agent.policy.provenance import typed_from
from agent.policy.risk import Assessment, assess
from agent.policy.targets import OPENED, is_named, panes_of, points_of, takes, target_claimed, targets_seen
from agent.policy.typed import shapes
from agent.schema import Click, Context, Drag, Element, Pane, Point, PressKeys, Proposal, Risk, TypeText
from agent.wording import fold

_SECRET_LABELS = (
    "password", "passphrase", "passcode", "passwort", "kennwort", "mot de passe", "contrasena", "palavra-passe",
    "senha", "parola d'ordine", "пароль", "密码", "密碼", "口令", "パスワード", "비밀번호",
)  # fmt: skip
_ORIGINS: dict[str, Origin] = {"record": "record", "task": "task", "unknown": "elsewhere"}


@dataclass(frozen=True)
class Scene:
    """A proposal at a look; without `claims` nothing of what the planner says of it counts."""

    proposal: Proposal
    context: Context
    claims: bool

    @cached_property
    def targets(self) -> tuple[Element, ...]:
        """What the action meets."""
        seen = targets_seen(self.proposal.action, self.context)
        if not self.claims:
            return tuple(seen)
        return (*seen, *(e for e in target_claimed(self.proposal, self.context) if e not in seen))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What is written at the targets, and what the planner says is."""
        said = self.proposal.grounding.target if self.claims and self.proposal.grounding else ""
        texts = (*(text for t in self.targets for text in (t.text, t.label)), said)
        return tuple(dict.fromkeys(text for text in texts if text))

    @cached_property
    def assessment(self) -> Assessment:
        accounted = not self.context.alerts or self.accounted
        given = isinstance(self.proposal.action, TypeText) and self.belongs
        return assess(self.proposal, self.targets, self.context, claims=self.claims, accounted=accounted, given=given)

    @property
    def risk(self) -> Risk:
        return self.assessment.risk

    @property
    def kinds(self) -> frozenset[RiskKind]:
        return self.assessment.kinds

    @cached_property
    def chord(self) -> Chord | None:
        action = self.proposal.action
        return chord_of(action.keys) if isinstance(action, PressKeys) else None

    @cached_property
    def panes(self) -> tuple[Pane, ...]:
        """The windows that it goes to."""
        return panes_of(self.proposal.action, self.context)

    @cached_property
    def places(self) -> tuple[Point, ...]:
        """Where it acts; empty where that isn't known."""
        return points_of(self.proposal.action) or tuple(t.box.center for t in self.targets)

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        return hosts_seen(self.context.elements, self.context.region)

    # ------------------------------------------------------------ what is typed

    @cached_property
    def typed(self) -> str | None:
        """What is typed, by text or by keys; None where nothing is."""
        match self.proposal.action:
            case TypeText(text=text):
                return text
            case PressKeys(keys=keys, times=times) if char := printed(chord_of(keys)):
                # Space presses what has the focus, unless that takes text.
                takes_text = all(t.role in ("textbox", "textarea", "combobox") for t in self.targets)
                return char * times if char != " " or takes_text else None
            case _:
                return None

    @cached_property
    def shapes(self) -> frozenset[Typed]:
        """What the typed text is, alone or behind what its field shows already."""
        if self.typed is None:
            return frozenset()
        found: set[Typed] = set()
        for text in (self.typed, *(t.text + self.typed for t in self.targets if not t.state.placeholder)):
            found |= shapes(text)
        action = self.proposal.action
        secret = isinstance(action, TypeText) and action.secret
        if secret or any(word in fold(f"{t.label} {t.hint}") for t in self.targets for word in _SECRET_LABELS):
            found.add("password")
        return frozenset(found)

    @cached_property
    def origin(self) -> Origin:
        """Where what is typed comes from."""
        return _ORIGINS[typed_from(self.typed or "", self.context.task)] if self.typed is not None else "elsewhere"

    @cached_property
    def belongs(self) -> bool:
        """Whether what is typed is what the task has for every field that it meets."""
        if self.typed is None or not self.targets:
            return False
        if not self.typed:
            return all(is_named(t, self.context.task) for t in self.targets)
        if "\t" in self.typed.rstrip("\t"):
            return False  # What stands behind a Tab goes into a field that nobody has looked at.
        return all(takes(t, self.typed, self.context.task) for t in self.targets)

    @cached_property
    def named(self) -> bool:
        """Whether the task names everything that it meets; where a drag ends on nothing that is seen, it does not."""
        if isinstance(self.proposal.action, Drag) and len(self.targets) < len(self.places):
            # A thumb moves on its own track alone, however far the pointer strays from it.
            start = self.proposal.action.path[0]
            if not any(t.role in ("slider", "scrollbar") and t.box.contains(start) for t in self.targets):
                return False
        return bool(self.targets) and all(is_named(t, self.context.task) for t in self.targets)

    @cached_property
    def accounted(self) -> bool:
        """Whether the task accounts for the step, or it is one that does nothing by itself."""
        match self.proposal.action:
            case TypeText():
                return self.belongs
            case PressKeys() if self.chord is not None and self.typed is None:
                return self.named or (stays(self.chord) or self.chord <= {"tab", "shift", "escape"})
            case Click() | Drag():
                return self.named or (bool(self.targets) and all(t.role in OPENED for t in self.targets))
            case _:
                return not isinstance(self.proposal.action, PressKeys)
