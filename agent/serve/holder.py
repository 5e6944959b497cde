"""Holds the one loaded model, answers one request after the other, and changes the model when another is asked for."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from agent.dialects.base import Dialect
from agent.errors import DeskhandError, Stopped
from agent.serve.stream import understood
from agent.serve.wire import Refused
from agent.talk import Answer, Chat, Delta, Request, Turn

log = logging.getLogger(__name__)


class Engine(Chat, Protocol):
    """A model in memory."""

    @property
    def name(self) -> str: ...

    @property
    def dialect(self) -> Dialect: ...

    @property
    def context(self) -> int:
        """Tokens of prompt and answer together that it takes."""
        ...

    def close(self) -> None:
        """Free its memory."""
        ...


class Job:
    """A request on its way. `stop` ends it whether it waits or runs."""

    def __init__(self, model: str, make: Callable[[Engine], Request], on_delta: Callable[[Delta], None]) -> None:
        self.model, self.make, self.on_delta = model, make, on_delta
        self.stop = threading.Event()
        self.done: Future[tuple[Answer, Turn]] = Future()
        self.asked_at = time.monotonic()


class Holder:
    """One worker thread; at most `waiting` requests wait for it, more are refused with 429."""

    def __init__(self, open_engine: Callable[[str], Engine], first: str, waiting: int = 8) -> None:
        self._open, self._default = open_engine, first
        self._jobs: queue.Queue[Job | None] = queue.Queue(maxsize=waiting)
        self._engine: Engine | None = None
        self._closed = threading.Event()
        self._running: Job | None = None
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)

    def start(self) -> None:
        """Load the first model, so that a wrong one is told before anybody asks. Raises as opening does."""
        self._engine = self._open(self._default)
        self._thread.start()

    @property
    def loaded(self) -> str:
        return self._engine.name if self._engine else ""

    @property
    def waiting(self) -> int:
        return self._jobs.qsize()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def submit(self, job: Job) -> None:
        """Queue a job. Raises Refused with 429 where the queue is full, with 503 after `close`."""
        if self._closed.is_set():
            raise Refused(503, "shutting_down", "the service is ending")
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            message = f"{self._jobs.maxsize} requests are waiting already; try again later"
            raise Refused(429, "queue_full", message) from None

    def close(self) -> None:
        """End what runs, refuse what waits, free the memory."""
        self._closed.set()
        if (running := self._running) is not None:
            running.stop.set()
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is not None:
                job.done.set_exception(Refused(503, "shutting_down", "the service is ending"))
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        if self._engine:
            self._engine.close()
            self._engine = None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.stop.is_set() or not job.done.set_running_or_notify_cancel():
                job.done.cancel()
                continue
            self._running = job
            try:
                job.done.set_result(self._answer(job))
            except (Refused, Stopped) as error:
                job.done.set_exception(error)
            except DeskhandError as error:
                job.done.set_exception(Refused(500, "engine_error", str(error)))
            except Exception as error:
                log.exception("an error of Deskhand's own while answering")
                job.done.set_exception(Refused(500, "internal_error", f"an error of Deskhand's own: {error!r}"))
            finally:
                self._running = None

    def _answer(self, job: Job) -> tuple[Answer, Turn]:
        engine = self._engine_for(job.model)
        request = job.make(engine)
        tokens = engine.measure(request)
        if tokens + request.sampling.max_tokens > engine.context:
            room = engine.context - tokens
            message = f"the prompt takes {tokens} tokens and the model {engine.context} in all"
            if room < 1:
                raise Refused(400, "context_length_exceeded", message)
            shorter = request.sampling.model_copy(update={"max_tokens": room})
            request = request.model_copy(update={"sampling": shorter})
        answer = engine.answer(request, job.stop, job.on_delta)
        return answer, understood(answer, engine.dialect, request.tools)

    def _engine_for(self, model: str) -> Engine:
        """The loaded model, or another one in its place: the old one's memory is freed before the new one loads."""
        if self._engine is not None and model in ("", self._engine.name):
            return self._engine
        previous = self._engine.name if self._engine else self._default
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        try:
            self._engine = self._open(model or previous)
        except DeskhandError as error:
            self._engine = self._open(previous)
            raise Refused(404, "model_not_found", str(error)) from error
        return self._engine
