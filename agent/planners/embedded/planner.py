"""The planner that needs no model: it drives one routine, made from the task, one proposal a look."""

from __future__ import annotations

from collections.abc import Callable

from agent.planners.embedded.desk import Desk, GiveUp, Reread, Uncertain
from agent.planners.embedded.echo import without_echo
from agent.planners.embedded.form import fill_form
from agent.planners.embedded.instruct import follow
from agent.planners.embedded.routine import Routine, Turn
from agent.planners.embedded.sentences import read_sentences
from agent.schema import Action, Ask, Fail, Observation, Proposal, Step, Task


class EmbeddedPlanner:
    """Fills forms from a record and follows plain sentences.

    `reread` reads one box again, zoomed; `readable` tells whether a text could be read back at all.
    """

    def __init__(self, task: Task, reread: Reread, readable: Callable[[str], bool] = lambda text: True) -> None:
        self._task, self._desk = task, Desk(reread, readable)
        self._routine: Routine[Action] | None = None
        self._end: Action | None = None

    def propose(self, observation: Observation, last: Step | None) -> Proposal:
        """The next proposal; Done, Fail or Ask when the routine has ended."""
        if self._task.instructions:
            observation = without_echo(observation, self._task.instructions)
        self._desk.retaken |= last is not None and last.by_hand
        proposal = self._next(Turn(observation, last))
        update = {"fields": self._desk.take_reports(), "unmatched_keys": self._desk.unmatched}
        return proposal.model_copy(update={name: value for name, value in update.items() if value})

    def _next(self, turn: Turn) -> Proposal:
        if self._end is not None:
            return Proposal(action=self._end)
        try:
            if self._routine is None:
                self._routine = self._work(turn)
                return next(self._routine)
            return self._routine.send(turn)
        except StopIteration as stop:
            self._end = stop.value
        except Uncertain as doubt:
            self._end = Ask(question=doubt.question, candidates=doubt.candidates)
        except GiveUp as reason:
            self._end = Fail(reason=str(reason))
        return Proposal(action=self._end or Fail(reason="the routine ended without a word"))

    def _work(self, turn: Turn) -> Routine[Action]:
        task = self._task
        if task.instructions.strip():
            commands = read_sentences(task.instructions)
            return (yield from follow(self._desk, turn, commands, task.record, task.secrets))
        return (yield from fill_form(self._desk, turn, task.record or {}, task.secrets))
