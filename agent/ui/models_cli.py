"""`deskhand models`: which models there are, which fit this machine; fetch, check, choose, remove them."""

from __future__ import annotations

import json
import sys
import threading
from typing import Annotated, Any

import typer
from rich.table import Table

from agent.errors import BadInput, TaskFailed
from agent.models import store
from agent.models.catalog import MODELS, recommend
from agent.models.machine import this_machine
from agent.ui.output import Output

models = typer.Typer(help="Vision-language models on this machine.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="OWNER/NAME at the hub, a short name, or a folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@models.command("list")
def list_models(as_json: AsJson = False) -> None:
    """The models that Deskhand knows, and those that lie on this machine."""
    here = {entry.name: entry for entry in store.installed()}
    chosen = store.chosen()
    if as_json:
        print(
            json.dumps(
                {
                    "chosen": chosen,
                    "installed": [entry.model_dump(mode="json") for entry in here.values()],
                    "known": [model.name for model in MODELS],
                }
            )
        )
        return
    table = Table("Model", "Size in bf16", "On this machine")
    for model in MODELS:
        table.add_row(model.name, f"{model.bf16_gib:g} GiB", _state(here.pop(model.name, None), chosen))
    for entry in here.values():
        table.add_row(entry.name, "", _state(entry, chosen))
    Output().print(table)


def _state(entry: store.Installed | None, chosen: str) -> str:
    if entry is None:
        return ""
    mark = " (chosen)" * (entry.name == chosen)
    return f"can't be used: {entry.fault}" if entry.fault else f"{entry.gib:g} GiB{mark}"


@models.command("recommend")
def recommend_model(as_json: AsJson = False) -> None:
    """Name the model that suits this machine."""
    machine = this_machine()
    choice = recommend(machine)
    if as_json:
        print(json.dumps({**choice.model_dump(), "machine": _plain(machine.model_dump(mode="json"))}))
        return
    print(f"This machine: {machine.words()}.")
    if not choice.model:
        print(f"No model fits: {choice.reason}.")
        return
    print(f"Recommended: {choice.model} in {choice.precision} on {choice.device}: {choice.reason}.")
    print(f"To fetch it: deskhand models pull {choice.model}")


def _plain(machine: dict[str, Any]) -> dict[str, Any]:
    return {**machine, "cpu_flags": sorted(machine["cpu_flags"])}


@models.command("pull")
def pull(
    name: Name, revision: Annotated[str | None, typer.Option(help="A branch, tag or commit of the model.")] = None
) -> None:
    """Fetch a model (only this command downloads one), check it, and choose it where none is chosen yet."""
    checkpoint = store.pull(name, revision)
    print(f"{store.full_name(name)}: {checkpoint.weight_bytes / (1 << 30):.1f} GiB, whole, in {checkpoint.folder}")
    if not store.chosen():
        store.choose(name)
        print("It is the model that runs use from now on.")


@models.command("switch")
def switch(name: Name) -> None:
    """Choose the model that runs use where none is named."""
    checkpoint = store.choose(name)
    print(f"Runs use {store.chosen()} from now on ({checkpoint.parameters / 1e9:.1f} billion parameters).")


@models.command("remove")
def remove(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Delete a model's files from this machine."""
    wanted = store.full_name(name)
    if not yes and not typer.confirm(f"Delete {wanted} from this machine?"):
        raise BadInput("nothing was removed")
    print(f"{wanted} is removed; {store.remove(name):.1f} GiB are free again.")


@models.command("verify")
def verify(name: Name, as_json: AsJson = False) -> None:
    """Check a model's files against the checksums they were published with."""
    faults = store.verify(name)
    if as_json:
        print(json.dumps({"ok": not faults, "faults": faults}))
    else:
        print("\n".join(faults) if faults else f"{name}: whole; every file has the checksum it should have.")
    raise typer.Exit(TaskFailed.exit_code if faults else 0)


@models.command("try")
def try_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model's name or folder; else the chosen one.")] = "",
    server: Annotated[str, typer.Option(metavar="URL", help="The model behind an OpenAI-compatible server.")] = "",
    as_json: AsJson = False,
) -> None:
    """Try a model out from end to end on pictures that are known: it has to point, think on, and read. PASS or FAIL."""
    from agent.chat.trial import trial  # with a model behind it: only when asked for
    from agent.minds import opened

    tries: list[Any] = []
    fault = ""
    try:
        with opened(name, server) as mind:
            print(mind.about, file=sys.stderr)
            for done in trial(mind.chat, mind.dialect, threading.Event()):
                tries.append(done)
                if not as_json:
                    print(f"{'ok  ' if done.ok else 'no  '}{done.name}: {done.said} ({done.seconds:.1f} s)", flush=True)
    except TaskFailed as error:
        fault = str(error)
    passed = not fault and bool(tries) and all(done.ok for done in tries)
    if as_json:
        print(json.dumps({"ok": passed, "fault": fault, "tries": [done.model_dump() for done in tries]}))
    else:
        wrong = fault or f"{sum(not done.ok for done in tries)} of {len(tries)} answers are wrong"
        print("PASS: fit for --planner vision." if passed else f"FAIL: not fit for --planner vision: {wrong}.")
    raise typer.Exit(0 if passed else TaskFailed.exit_code)
