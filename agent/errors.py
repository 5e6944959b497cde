"""The exception tree. A model's or planner's mistake is a value on the step; these are ours or the user's.

DeskhandError            exit code
 +- BadInput             2   the user's data, options, policies or skills are wrong
 |   +- PolicyError      2   a policy file is wrong; names the file and line
 |   +- RecordError      2   a record is missing or malformed
 +- Missing              4   something is missing on the machine; `.mend` is the line that mends it
 |   +- DisplayMissing   4
 +- TaskFailed           1
 |   +- AppFailed        1   the application did not start, or died
 |   +- ExecutorFailed   1   the child with mouse and keyboard died or refused
 |   +- TraceFailed      1   the trace can't be written or is broken
 +- Stopped              3   a person or a signal stopped the run
"""

from agent.schema import Status


class DeskhandError(Exception):
    """Base of every error that Deskhand raises on purpose; `status` is how a run ends by it."""

    exit_code = 1
    status: Status = "failed"


class BadInput(DeskhandError):
    """The user's data, options, policies or skills are wrong."""

    exit_code = 2
    status: Status = "bad_input"


class PolicyError(BadInput):
    """A policy file is wrong; the message names the file and line."""


class RecordError(BadInput):
    """A record is missing or malformed."""


class Missing(DeskhandError):
    """Something is missing on the machine."""

    exit_code = 4
    status: Status = "missing"

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message}. To mend: {mend}" if mend else message)
        self.mend = mend


class DisplayMissing(Missing):
    """The display that was named, or any display, is not there."""


class TaskFailed(DeskhandError):
    """The run failed for a reason outside the planner."""


class AppFailed(TaskFailed):
    """The application did not start, or died."""


class ExecutorFailed(TaskFailed):
    """The child process with mouse and keyboard died or refused."""


class TraceFailed(TaskFailed):
    """The trace can't be written, or is broken."""


class Stopped(DeskhandError):
    """A person or a signal stopped the run."""

    exit_code = 3
    status: Status = "stopped"
