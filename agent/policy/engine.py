"""A policy: rules of a file and of what it extends, composed; and what they say of a proposal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadInput, PolicyError
from agent.lookup import find
from agent.policy.file import PolicyFile, parse_policy, read_text
from agent.policy.fits import counts, misfit
from agent.policy.match import EFFECTS, Rule
from agent.policy.scene import Scene
from agent.policy.secret import NOTHING, Secret
from agent.schema import Ask, Context, Done, Fail, Proposal, Verdict

_DEPTH = 8
"""So many policies may extend one another."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying one rule: the first part that didn't fit, empty where it decides."""

    rule: Rule
    misfit: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules that judge proposals; it never changes once it is loaded, whatever becomes of its files."""

    own: tuple[Rule, ...]
    """The rules of the file itself."""
    name: str
    description: str = ""
    base: Policy | None = None
    """What the file extends: its rules come after."""
    loosened: frozenset[str] = frozenset()
    """Denying rules of the base that rules of this file may overrule."""
    sha256: str = ""
    """Of the texts of all its files."""
    secret: Secret = NOTHING
    """What is kept out of traces, by this file and all that it extends."""

    @classmethod
    def load(cls, path: Path) -> Policy:
        """The policy of a YAML file. Raises PolicyError `FILE:LINE: what is wrong and how to mend it`."""
        return _load(path, ())

    @classmethod
    def parse(cls, text: str, name: str = "policy") -> Policy:
        """The policy of a YAML text; `name` stands for the file in errors."""
        return _compose(parse_policy(text, name), text, name, name, ())

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in the order in which they are tried."""
        return (*self.own, *(self.base.rules if self.base else ()))

    def judge(self, proposal: Proposal, context: Context) -> Verdict:
        """Whether a proposal may be done; ending a run or asking a person is always allowed.

        It is judged twice, by what is seen alone and with what the planner says of it; the stricter answer counts.
        Never raises, and depends on nothing but its arguments.
        """
        if isinstance(proposal.action, Done | Fail | Ask):
            return Verdict(effect="allow", rule="ending", risk="none", reason="it acts on nothing")
        seen, said = (Scene(proposal, context, claims) for claims in (False, True))
        verdicts = [self._judged(said), self._judged(seen)]
        stricter = max(verdicts, key=lambda verdict: EFFECTS.index(verdict.effect))
        counted = dict.fromkeys((*counts(self.rules, said), *counts(self.rules, seen)))
        kinds = tuple(sorted(said.kinds | seen.kinds))
        return stricter.model_copy(update={"risk": said.risk, "kinds": kinds, "counts": tuple(counted)})

    def _judged(self, scene: Scene) -> Verdict:
        rule = self.decides(scene)
        why = scene.assessment.why
        if rule is None:
            return Verdict(effect="ask", rule="default", risk=scene.risk, reason=f"no rule fits; {why}")
        return Verdict(effect=rule.effect, rule=rule.name, risk=scene.risk, reason=why)

    def decides(self, scene: Scene) -> Rule | None:
        """The rule that decides: the first that fits, or a denial of the base that it may not overrule."""
        first = next((rule for rule in self.own if not misfit(rule, scene)), None)
        if self.base is None:
            return first
        if first is None:
            return self.base.decides(scene)
        if first.effect == "deny":
            return first
        denial = self.base.without(self.loosened).decides(scene)
        return denial if denial is not None and denial.effect == "deny" else first

    def without(self, names: frozenset[str]) -> Policy:
        """The policy without its denying rules of these names."""
        if not names:
            return self
        base = self.base.without(names) if self.base else None
        kept = tuple(rule for rule in self.own if rule.name not in names)
        return Policy(kept, self.name, self.description, base, self.loosened, self.sha256)

    def trials(self, scene: Scene) -> Iterator[Trial]:
        """Rule by rule what came of it, up to the one that decides."""
        decisive = self.decides(scene)
        for rule in self.rules:
            yield Trial(rule, "" if rule is decisive else misfit(rule, scene))
            if rule is decisive:
                return


def _load(path: Path, above: Sequence[Path]) -> Policy:
    text = read_text(path)
    return _compose(parse_policy(text, str(path)), text, path.stem, str(path), (*above, path.resolve()))


def _compose(file: PolicyFile, text: str, name: str, where: str, above: Sequence[Path]) -> Policy:
    """The policy of a file with what it extends; `above` are the files that extend it, and itself."""
    digest = hashlib.sha256(text.encode("utf-8"))
    base = _base(file, where, above)
    if base is None:
        return Policy(file.rules, name, file.description, sha256=digest.hexdigest(), secret=file.secret)
    taken = {rule.name: rule for rule in base.rules}
    for rule in file.rules:
        if rule.name in taken:
            other = taken[rule.name]
            raise PolicyError(
                f"{where}:{rule.line}: a rule of {other.file}:{other.line} is named '{rule.name}' too. Rename yours"
            )
    for loosened in file.loosen:
        if loosened.name not in taken or taken[loosened.name].effect != "deny":
            denying = ", ".join(f"'{rule.name}'" for rule in base.rules if rule.effect == "deny") or "none"
            what = f"'{loosened.name}' is no rule of {file.extends} that denies"
            raise PolicyError(f"{where}:{loosened.line}: {what}. There are: {denying}")
    digest.update(base.sha256.encode())
    loosen = frozenset(loosened.name for loosened in file.loosen)
    return Policy(file.rules, name, file.description, base, loosen, digest.hexdigest(), file.secret | base.secret)


def _base(file: PolicyFile, where: str, above: Sequence[Path]) -> Policy | None:
    if not file.extends:
        return None
    at = f"{where}:{file.extends_line}"
    here = Path(where).parent
    named = "/" in file.extends or file.extends.endswith((".yaml", ".yml"))
    try:
        path = find("policies", str(here / Path(file.extends).expanduser()) if named else file.extends)
    except BadInput as error:
        raise PolicyError(f"{at}: {error}") from None
    if path.resolve() in above:
        raise PolicyError(f"{at}: {file.extends} extends itself in the end. Name another, or its file")
    if len(above) >= _DEPTH:
        raise PolicyError(f"{at}: more than {_DEPTH} policies extend one another. Join some")
    return _load(path, above)
