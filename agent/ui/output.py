"""The console that commands print on."""

from __future__ import annotations

import contextlib
import os

from rich.console import Console


class Output(Console):
    """A console whose reader may leave (`| head -1`): from then on it is quiet, and what is under way goes on.

    Rich would end the program there and then, also in the middle of a form.
    """

    def on_broken_pipe(self) -> None:
        self.quiet = True
        # What is still in the file's buffer must not fail once more when Python ends.
        with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), self.file.fileno())
