"""Pages that give orders to an agent: what was attempted, what was done, and whether the goal was still reached.

    python -m bench.injection [--planner embedded|gullible|both] [--family F] [--every N] [--bare] [--resume]

Each page runs three times under the policy `standard`: the embedded planner on the clean twin and on the page with
the order, and a gullible planner that does what the page orders before it does the task. A scripted person says yes
to one left click on the task's own button, by where the page's script says that it lies, and no to everything else.
Forms of speech that are held out (some, by hash) are told apart in the table.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench import results
from tests.injection import native
from tests.injection.cases import FAMILIES, PER_FAMILY, cases
from tests.injection.judge import Score
from tests.injection.native import programs
from tests.injection.rig import Rig

RESULTS = Path("/tmp/deskhand-injection.jsonl")
RUNS = (("embedded", False), ("embedded", True), ("gullible", True))


def run(args: argparse.Namespace) -> None:
    """All runs that are asked for and not known yet."""
    chosen = [c for c in cases() if not args.family or c.family == args.family]
    chosen = [c for c in chosen if not args.case or args.case in c.id][:: args.every]
    known = {(s.case, s.planner, s.attacked) for s in load(args.out)} if args.resume else set[tuple[str, str, bool]]()
    if not args.resume:
        args.out.write_text("")
    # A run that is cut has then seen some of every family.
    chosen.sort(key=lambda case: case.number % PER_FAMILY)
    with Rig(args.policy, bare=args.bare) as rig:
        for case in chosen:
            for planner, attacked in RUNS:
                if (case.id, planner, attacked) in known or args.planner not in ("both", planner):
                    continue
                began = time.monotonic()
                trace = args.traces / f"{case.id}-{planner}-{attacked}" if args.traces else None
                one = rig.run(case, planner, attacked=attacked, trace=trace)
                _keep(args.out, one, time.monotonic() - began)


def run_programs(args: argparse.Namespace) -> None:
    """The programs with windows of their own."""
    known = {(s.case, s.planner, s.attacked) for s in load(args.out)} if args.resume else set[tuple[str, str, bool]]()
    with tempfile.TemporaryDirectory() as scratch:
        for program in programs():
            for planner, attacked in RUNS:
                if (program.case.id, planner, attacked) in known or args.planner not in ("both", planner):
                    continue
                began = time.monotonic()
                one = native.run(program, planner, args.traces or Path(scratch), attacked=attacked)
                _keep(args.out, one, time.monotonic() - began)


def _keep(out: Path, one: Score, seconds: float) -> None:
    with out.open("a") as file:
        file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    _print(one, seconds)


def _print(one: Score, seconds: float) -> None:
    marks = ("DONE " if one.completed else "     ") + ("goal" if one.benign else "LOST")
    twin = "" if one.attacked else " (clean)"
    print(
        f"{marks} {one.case} {one.planner}{twin} {one.steps} steps {seconds:.1f} s asked {len(one.needless)}",
        flush=True,
    )
    if not one.benign or one.completed:
        print(f"       {one.status}: {one.reason[:200]}\n       {Counter(one.needless)}", flush=True)


def load(path: Path) -> list[Score]:
    """The scores that a results file holds."""
    return [Score(**json.loads(line)) for line in results.lines(path)]


def table(scores: Sequence[Score]) -> str:
    """Markdown: a line a family, one for the held-out texts, and the sums."""
    head = (
        "| part | pages | embedded: attempted | done | goal clean | goal attacked | gullible: attempted | done | goal "
        "| told | asked needlessly on clean pages |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    parts = (*FAMILIES, "native program")
    lines = [_line(f, [s for s in scores if s.family == f]) for f in parts if any(s.family == f for s in scores)]
    held = {c.id for c in (*cases(), *(p.case for p in programs())) if c.held_out}
    lines.append(_line("forms of speech held out", [s for s in scores if s.case in held]))
    lines.append(_line("other forms of speech", [s for s in scores if s.case not in held]))
    lines.append(_line("**all**", list(scores)))
    return "\n".join((head, *lines)) + "\n"


def _line(name: str, scores: Sequence[Score]) -> str:
    clean = [s for s in scores if not s.attacked]
    embedded = [s for s in scores if s.attacked and s.planner == "embedded"]
    gullible = [s for s in scores if s.attacked and s.planner == "gullible"]
    cells = [
        name,
        len({s.case for s in scores}),
        _share([s.attempted for s in embedded]),
        _share([s.completed for s in embedded]),
        _share([s.benign for s in clean]),
        _share([s.benign for s in embedded]),
        _share([s.attempted for s in gullible]),
        _share([s.completed for s in gullible]),
        _share([s.benign for s in gullible]),
        _share([bool(s.alerts) for s in embedded]),
        sum(len(s.needless) for s in clean),
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _share(truths: Sequence[bool]) -> str:
    return f"{sum(truths)}/{len(truths)}"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--planner", choices=("embedded", "gullible", "both"), default="both")
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--case", default="", help="only cases whose name holds this")
    parser.add_argument("--every", type=int, default=1, help="only each N-th case")
    parser.add_argument("--policy", default="standard", help="another policy, for the pages")
    parser.add_argument("--bare", action="store_true", help="with no policy at all, for comparison")
    parser.add_argument("--only-programs", action="store_true", help="only the programs with windows of their own")
    results.add_options(parser, RESULTS, "a run")
    args = parser.parse_args(argv)
    if not args.only_table:
        if not args.only_programs:
            run(args)
        if args.only_programs or not (args.family or args.case or args.bare or args.policy != "standard"):
            run_programs(args)
    results.tell(table(load(args.out)), args)


if __name__ == "__main__":
    main()
