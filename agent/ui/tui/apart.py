"""One run's screen in a process of its own, for a browser: a file says what it is to do, another how it ended.

Its standard input and output carry the screen, so nothing else may go that way.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import tempfile
from pathlib import Path
from typing import Literal

from agent.app import RunOptions, make_task
from agent.config import load_settings
from agent.errors import DeskhandError
from agent.schema import Result, Value
from agent.ui.tui.run import Ended

_ERRAND, _RESULT = "errand.json", "result.json"

Answers = Literal["ask", "auto", "never"]


class Errand(Value):
    """What the process is to do, and who answers where the policy asks."""

    options: RunOptions
    answers: Answers


def run_in_browser(options: RunOptions, answers: Answers, port: int) -> Result:
    """Serve a run's screen until it has ended and was closed. Raises BadInput where there is nothing to do."""
    from agent.ui.tui.web import serve  # it takes a while: only when asked for

    make_task(options)  # what is wrong with it is told before anybody opens a browser
    # Only this user may look into such a folder: a task may hold a secret.
    with tempfile.TemporaryDirectory(prefix="deskhand-") as name:
        folder = Path(name)
        (folder / _ERRAND).write_text(Errand(options=options, answers=answers).model_dump_json(), encoding="utf-8")
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the result alone
            serve(port, (sys.executable, "-m", __name__, name), once=True)
        if (told := folder / _RESULT).is_file():
            return Result.model_validate_json(told.read_text(encoding="utf-8"))
        if (folder / _ERRAND).is_file():
            return Result(status="stopped", reason="stopped before the run began")
        return Result(status="failed", reason="the screen's process ended without telling how the run ended")


def do(folder: Path) -> None:
    """Do what the errand in a folder says, and tell there how it ended."""
    from agent.ui.tui.app import watch
    from agent.ui.tui.start_run import screen_of

    path = folder / _ERRAND
    errand = Errand.model_validate_json(path.read_text(encoding="utf-8"))
    path.unlink()  # taken, and no longer on the disk than it must be
    try:
        settings = load_settings()
        ended: Ended = watch(screen_of(errand.options, settings, errand.answers), settings.graphics)
    except DeskhandError as error:
        ended = error
    (folder / _RESULT).write_text(_as_result(ended).model_dump_json(), encoding="utf-8")


def _as_result(ended: Ended) -> Result:
    match ended:
        case Result():
            return ended
        case DeskhandError():
            return Result(status=ended.status, reason=str(ended))
        case _:
            logging.getLogger(__name__).error("an error of Deskhand's own", exc_info=ended)
            return Result(status="failed", reason=f"an error of Deskhand's own: {ended!r}")


if __name__ == "__main__":
    do(Path(sys.argv[1]))
