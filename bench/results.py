"""What benchmarks with a line of results a run have in common on the command line: where results and table go."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_options(parser: argparse.ArgumentParser, out: Path, each: str) -> None:
    """`out` is where results go if nothing else is said, `each` what a line of them is of."""
    parser.add_argument("--resume", action="store_true", help="go on with the results of a run that was cut")
    parser.add_argument("--out", type=Path, default=out, help=f"results, a line of JSON {each}")
    parser.add_argument("--table", type=Path, help="also write the table here (Markdown)")
    parser.add_argument("--traces", type=Path, help="keep the traces in this folder")
    parser.add_argument("--only-table", action="store_true", help="print the table of the results there are")


def lines(path: Path) -> list[str]:
    """The lines of results that a file holds; none where there is no file."""
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


def tell(table: str, args: argparse.Namespace) -> None:
    """Print a table, and write it where that was asked for."""
    print(table)
    if args.table:
        args.table.write_text(table, encoding="utf-8")
