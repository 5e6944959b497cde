"""The transport to a model inside this process."""

from __future__ import annotations

import contextlib
import gc
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from agent.chat.engine.answering import Answerer
from agent.chat.engine.halting import Halted, halting
from agent.chat.engine.kept import Kept
from agent.chat.engine.loading import Loaded, load
from agent.chat.engine.passes import Passes
from agent.chat.engine.plan import Options, Plan, plan
from agent.chat.engine.prompt import Prompter
from agent.chat.engine.words import Words
from agent.dialects import dialect_for
from agent.dialects.base import Dialect
from agent.errors import DeskhandError, Missing, Stopped, TaskFailed
from agent.models import store
from agent.models.machine import Machine, this_machine
from agent.talk import Answer, Delta, Request

log = logging.getLogger(__name__)
LOOK = 0.05
"""Seconds between two looks at the stop while the model works."""


def _ignore(_delta: Delta) -> None:
    pass


class Engine:
    """A model in memory (a Chat). One answer at a time; what prompts begin with in common is computed once."""

    def __init__(self, name: str, loaded: Loaded, dialect: Dialect, plan: Plan, kept: Kept | None = None) -> None:
        self.name, self.dialect, self.plan = name, dialect, plan
        self._prompter = Prompter(loaded, dialect)
        self._passes = Passes(loaded, plan.context, kept)
        self._model = loaded.model
        self._answerer: Answerer | None = Answerer(loaded, dialect, self._passes, plan.context)
        # One thread for all passes: PyTorch keeps a team of workers for each thread that calls it.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._closing = threading.Event()

    @classmethod
    def open(cls, name: str, options: Options, machine: Machine | None = None) -> Engine:
        """Load a model from this machine. Raises BadInput or Missing before anything heavy is done."""
        checkpoint = store.resolve(name)
        chosen = plan(checkpoint, options, _usable(machine or this_machine(), options))
        log.info("loading %s: %s on %s, %.1f GiB", name, chosen.precision, chosen.device, chosen.need_gib)
        dialect = dialect_for({"model_type": checkpoint.model_type})
        kept = Kept(options.keep, checkpoint.folder, chosen) if options.keep else None
        return cls(name, load(checkpoint.folder, chosen), dialect, chosen, kept)

    @property
    def context(self) -> int:
        """Tokens of prompt and answer together that it takes."""
        return self.plan.context

    def measure(self, request: Request) -> int:
        """Tokens of the prompt, exactly."""
        return self._prompter.tokens(request)

    def answer(self, request: Request, stop: threading.Event, on_delta: Callable[[Delta], None] = _ignore) -> Answer:
        """One answer; `on_delta` is called in the caller's thread.

        Raises Stopped at once when `stop` is set, whatever the model is doing: it leaves its pass at the next layer.
        Raises TaskFailed where the prompt is longer than the context.
        """
        pieces: queue.SimpleQueue[Delta | None] = queue.SimpleQueue()
        given_up = threading.Event()
        if stop.is_set():
            raise Stopped("stopped before the model was asked")
        if self._closing.is_set():
            raise TaskFailed("the model was closed")
        job = self._worker.submit(self._work, request, stop, given_up, pieces)
        try:
            while not stop.is_set():
                with contextlib.suppress(queue.Empty):
                    piece = pieces.get(timeout=LOOK)
                    if piece is None:
                        return _result(job)
                    on_delta(piece)
        finally:
            given_up.set()
        raise Stopped("stopped while the model was thinking")

    def close(self) -> None:
        """Free the memory; an answer that is being made is stopped."""
        self._closing.set()
        self._worker.shutdown(wait=True)
        self._answerer = None
        for name in ("_model", "_passes", "_prompter"):
            if hasattr(self, name):
                delattr(self, name)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _work(
        self,
        request: Request,
        stop: threading.Event,
        given_up: threading.Event,
        pieces: queue.SimpleQueue[Delta | None],
    ) -> Answer:
        def asked() -> bool:
            return stop.is_set() or given_up.is_set() or self._closing.is_set()

        try:
            answerer = self._answerer
            if answerer is None:
                raise TaskFailed("the model was closed")
            prompt = self._prompter.prompt(request)
            if len(prompt.ids) >= self.context:
                raise TaskFailed(f"the prompt takes {len(prompt.ids)} tokens and the model {self.context} in all")
            stops = () if request.must_call else request.stops
            words = Words(answerer.loaded.tokenizer, pieces.put, thinks=prompt.thinks, stops=stops)
            with torch.inference_mode(), halting(self._model, asked):
                answer = answerer.answer(request, prompt, words)
            with contextlib.suppress(RuntimeError):  # closing meanwhile
                self._worker.submit(self._passes.keep, prompt)
            return answer
        except torch.OutOfMemoryError as error:
            self._passes.forget()
            raise TaskFailed("the graphics memory did not suffice for this prompt: use a smaller context") from error
        finally:
            pieces.put(None)


def _usable(machine: Machine, options: Options) -> Machine:
    """The machine as this build of torch can use it: one for processors sees no cards."""
    if not machine.gpus or torch.cuda.is_available():
        return machine
    if options.device == "cuda":
        raise Missing("this build of torch can't use the card", mend="pip install torch (a build with CUDA)")
    log.warning("a card is there, but this build of torch can't use it: the processor does the work")
    return machine.model_copy(update={"gpus": ()})


def _result(job: Future[Answer]) -> Answer:
    try:
        return job.result()
    except Halted as error:
        raise Stopped("stopped while the model was thinking") from error
    except DeskhandError:
        raise
    except (RuntimeError, MemoryError) as error:
        raise TaskFailed(f"the model failed: {error}") from error
