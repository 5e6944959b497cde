"""`deskhand policy check|explain|test`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from agent.describe import describe
from agent.errors import BadInput
from agent.lookup import find, places
from agent.planners.embedded.record import load_record
from agent.policy import Policy
from agent.policy.cases import CaseFile, read_cases
from agent.policy.check import warnings
from agent.policy.described import Described
from agent.policy.explain import misfit_words, summary
from agent.policy.scene import Scene
from agent.schema import Proposal, Verdict

policy = typer.Typer(help="Check a policy, explain what it decides and why, test it.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="POLICY", help="A policy's name or file.")]


@policy.command("check")
def check(name: Name, strict: Annotated[bool, typer.Option(help="End with 1 on doubts too.")] = False) -> None:
    """Read a policy: errors end with 2 and name file and line; doubts are printed."""
    path = find("policies", name)
    loaded = Policy.load(path)
    doubts = list(warnings(loaded))
    for doubt in doubts:
        print(f"warning: {doubt}")
    found = f"{len(doubts)} doubt{'s' * (len(doubts) != 1)}" if doubts else "no doubts"
    print(f"{path}: {len(loaded.rules)} rules, {found}, sha256 {loaded.sha256}")
    raise typer.Exit(1 if strict and doubts else 0)


@policy.command("explain")
def explain(
    name: Name,
    action: Annotated[str, typer.Option(help="click, type_text, press_keys, drag, scroll, move, wait, zoom.")] = "",
    text: Annotated[str, typer.Option(help="What is written at the target.")] = "",
    label: Annotated[str, typer.Option(help="What names the target.")] = "",
    role: Annotated[str, typer.Option(help="What the target is: button, textbox, checkbox, link ...")] = "",
    typed: Annotated[str, typer.Option(help="What is typed.")] = "",
    secret: Annotated[bool, typer.Option("--secret", help="What is typed is a secret.")] = False,
    keys: Annotated[str, typer.Option(help="A chord, as ctrl+s.")] = "",
    button: Annotated[str, typer.Option(help="The mouse's: left, middle or right.")] = "left",
    window: Annotated[str, typer.Option(help="The window's title.")] = "",
    application: Annotated[str, typer.Option(help="The window's class, as Chromium.")] = "",
    other: Annotated[bool, typer.Option("--other", help="The window is another application's.")] = False,
    private: Annotated[bool, typer.Option("--private", help="On a private display.")] = False,
    address: Annotated[str, typer.Option(help="What stands in the address bar.")] = "",
    alert: Annotated[str, typer.Option(help="Suspicious text: orders, fake_dialog, lookalike, invisible.")] = "",
    intent: Annotated[str, typer.Option(help="What the planner says that it is for.")] = "instruct",
    says: Annotated[str, typer.Option(help="What the planner calls the target.")] = "",
    task: Annotated[str, typer.Option(help="The task's instructions.")] = "",
    data: Annotated[Path | None, typer.Option(help="The task's record.")] = None,
    time: Annotated[str, typer.Option(help="Time of the day.")] = "12:00",
) -> None:
    """Say in plain words what a policy does; with --action, which rule decides about that action, and why."""
    loaded = Policy.load(find("policies", name))
    if not action:
        print("\n".join(summary(loaded)))
        return
    target = {"role": role or _role_for(action), "text": text, "label": label}
    record = load_record(data, None) if data else None
    described = _described(
        action=action,
        typed=typed,
        secret=secret,
        keys=keys,
        button=button,
        target=target if role or text or label else None,
        claims={"intent": intent, "target": says},
        task={"instructions": task, "record": record} if task or record else None,
        window=window,
        application=application,
        own=not other,
        private=private,
        address=address,
        alerts=[alert] if alert else [],
        time=time,
    )
    proposal, context = described.proposal(), described.context()
    verdict = loaded.judge(proposal, context)
    print("\n".join(_reasons(loaded, verdict, proposal, (Scene(proposal, context, said) for said in (True, False)))))


@policy.command("test")
def run_cases(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", help="Test files.")] = None,
) -> None:
    """Run the cases of test files (of all policies where none is named); ends with 1 if one fails."""
    found = files or sorted(path for place in places("policies") for path in (place / "tests").glob("*.y*ml"))
    if not found:
        raise BadInput("there are no test files: name one, or put them into policies/tests/")
    failed = 0
    for path in dict.fromkeys(path.resolve() for path in found):
        failed += _tested(read_cases(path))
    raise typer.Exit(1 if failed else 0)


def _tested(file: CaseFile) -> int:
    failures = file.failures()
    for line in failures:
        print(line)
    right = f"{len(file.cases) - len(failures)} of {len(file.cases)} cases"
    print(f"{file.policy.name}: {right} as expected ({file.path.name})")
    return len(failures)


def _described(**given: Any) -> Described:
    try:
        return Described.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{where} {first['input']!r}: {first['msg']}") from None


def _role_for(action: str) -> str:
    return "textbox" if action == "type_text" else "button"


def _reasons(policy: Policy, verdict: Verdict, proposal: Proposal, scenes: Iterator[Scene]) -> list[str]:
    """The verdict, and what became of the rules before the one that decided."""
    lines = [
        f"{describe(proposal.action, proposal.grounding)}",
        f"{verdict.effect} by rule '{verdict.rule}', {verdict.risk} risk: {verdict.reason}",
    ]
    if verdict.rule == "ending":
        return lines
    scene = next(s for s in scenes if _name(policy, s) == verdict.rule)
    for trial in policy.trials(scene):
        rule = trial.rule
        decided = rule.name == verdict.rule
        why = "decides" if decided else misfit_words(rule, trial.misfit, scene)
        lines.append(f"  {rule.name} ({rule.file}:{rule.line}, {rule.effect}): {why}")
    return lines


def _name(policy: Policy, scene: Scene) -> str:
    rule = policy.decides(scene)
    return rule.name if rule else "default"
