"""`deskhand`: the command line. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from typing import Annotated

import typer

from agent.describe import clip, plain
from agent.errors import BadInput, DeskhandError
from agent.schema import Result
from agent.ui import look_cli, run_cli, serve_cli, ui_cli
from agent.ui.models_cli import models
from agent.ui.output import Output
from agent.ui.policy_cli import policy
from agent.ui.trace_cli import trace

_NO_NAME = (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.ENOTDIR, errno.EISDIR, errno.ENOENT)
"""Errors of a name that was given rather than of the machine."""

app = typer.Typer(
    name="deskhand",
    help="A private, visual GUI agent: it looks at the screen, acts with mouse and keyboard, and checks what it did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run_cli.run)
app.command("ui")(ui_cli.ui)
app.command("see")(look_cli.see)
app.command("ground")(look_cli.ground)
app.add_typer(trace, name="trace")
app.add_typer(models, name="models")
app.add_typer(policy, name="policy")
app.command("serve")(serve_cli.serve)


@app.command("doctor")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    server: Annotated[str, typer.Option(metavar="URL", help="Also try an OpenAI-compatible model server.")] = "",
    model: Annotated[str, typer.Option(metavar="NAME", help="The model on that server, if it has several.")] = "",
) -> None:
    """Say what works on this machine, with the line that mends what does not."""
    from agent.ui.doctor import checks, model_server, render  # it opens displays and models: only when asked for

    found = checks()
    if server:
        found.append(model_server(server, model))
    if as_json:
        print(json.dumps({"checks": [check.model_dump() for check in found]}, ensure_ascii=False))
    else:
        render(found, Output())
    raise typer.Exit(0 if all(check.ok for check in found if check.needed) else 4)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: every expected error becomes one line on stderr and its exit code."""
    code: object = None
    try:
        logging.basicConfig(level=_level(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
        code = app(args=arguments, standalone_mode=False)
        sys.stdout.flush()
    except DeskhandError as error:
        fail(str(error), error.exit_code)
    except typer.TyperException as error:
        message = str(getattr(error, "format_message", error.__str__)())
        refuse(Result(status="bad_input", reason=message), 2, arguments)
    except (typer.Abort, KeyboardInterrupt):
        refuse(Result(status="stopped", reason="stopped before the run began"), 3, arguments)
    except BrokenPipeError:
        # Who reads has enough (`| head -1`). What is still in the buffer must not fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        logging.getLogger(__name__).debug("a file", exc_info=True)
        name = f"{clip(plain(str(error.filename)), 200)}: " if error.filename else ""
        fail(f"{name}{error.strerror or error}", BadInput.exit_code if error.errno in _NO_NAME else 1)
    sys.exit(code if isinstance(code, int) else 0)


def _level() -> int:
    """How much is logged. Raises BadInput."""
    name, known = os.environ.get("DESKHAND_LOG", "") or "WARNING", logging.getLevelNamesMapping()
    if name.upper() not in known:
        raise BadInput(f"DESKHAND_LOG={name}: choose one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
    return known[name.upper()]


def refuse(result: Result, code: int, arguments: list[str] | None) -> None:
    """End before there is a run: `run --json` owes its object also then."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["run"] and "--json" in given:
        run_cli.show(result, as_json=True)
    fail(result.reason, code)


def fail(message: str, code: int) -> None:
    """End with a message on stderr."""
    print(f"deskhand: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
