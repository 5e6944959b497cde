"""One answer, token by token."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
from torch import Tensor

from agent.chat.engine.form import Form, Forms
from agent.chat.engine.loading import Loaded
from agent.chat.engine.passes import Passes
from agent.chat.engine.prompt import Prompt
from agent.chat.engine.sampling import Sampler
from agent.chat.engine.words import Words
from agent.dialects.base import Dialect
from agent.talk import Answer, Request, Usage

LINE_TOKENS = 64
"""Left for the words between thinking and call."""
Finish = Literal["stop", "length", "calls"]


@dataclass
class Answerer:
    """What an engine needs to answer, put together once."""

    loaded: Loaded
    dialect: Dialect
    passes: Passes
    context: int

    def __post_init__(self) -> None:
        tokenizer, config = self.loaded.tokenizer, self.loaded.model.config
        self.vocabulary = int(config.get_text_config().vocab_size)
        self.stops = _stops(self.loaded)
        # Beside what ends a turn, no control token belongs into an answer, nor what is no token at all.
        forbidden = torch.zeros(self.vocabulary, dtype=torch.bool)
        forbidden[len(tokenizer) :] = True
        for token in tokenizer.all_special_ids:
            forbidden[token] = token not in self.stops
        for name in ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id"):
            forbidden[int(getattr(config, name))] = True
        self.forbidden = forbidden
        self._forms: Forms | None = None

    def answer(self, request: Request, prompt: Prompt, words: Words) -> Answer:
        """Answer a prompt; `words` gets the pieces. Raises Halted where the stop is asked for meanwhile."""
        started = time.monotonic()
        limit = min(request.sampling.max_tokens, self.context - len(prompt.ids))
        form, reserve = self._form(request, prompt, limit)
        logits, known = self.passes.read(prompt, limit)
        first = time.monotonic() - started
        finish, used = self._write(logits, limit, reserve, Sampler(request.sampling, self.forbidden), form, words)
        words.end()
        usage = Usage(
            prompt_tokens=len(prompt.ids), completion_tokens=used, reused_tokens=known, first_token_seconds=first
        )
        return Answer(text=words.text, thinking=words.thinking, finish=finish, usage=usage)

    def _write(
        self, logits: Tensor, limit: int, reserve: int, sampler: Sampler, form: Form | None, words: Words
    ) -> tuple[Finish, int]:
        used = 0
        while True:
            weighed = sampler.weigh(logits)
            if form is None:
                token = sampler.draw(weighed)
            elif limit - used <= reserve:
                token = form.hurry(weighed)
            else:
                token = form.draw(weighed, sampler)
            used += 1
            if token in self.stops:
                return "stop", used
            tokens = [token]
            if form is not None:
                form.accept(token)
                tokens += form.given()
                used += len(tokens) - 1
            for said in tokens:
                sampler.said(said)
                words.add(said)
            if words.ended:
                return "stop", used
            if form is not None and form.done:
                return "calls", used
            if used >= limit:
                return "length", used
            logits = self.passes.extend(tokens)

    def _form(self, request: Request, prompt: Prompt, limit: int) -> tuple[Form | None, int]:
        """The form that an answer must have, and how many tokens before its limit it has to be brought to its end."""
        if not (request.must_call and request.tools):
            return None, 0
        if self._forms is None:
            self._forms = Forms(self.loaded, self.vocabulary, self.stops)
        bare = self.dialect.structure(request.tools, thinking=False)
        reserve = self._forms.reserve(bare)
        if not prompt.thinks:
            return self._forms.form(bare), reserve
        budget = max(1, limit - reserve - LINE_TOKENS)
        return self._forms.form(self.dialect.structure(request.tools, thinking=True, budget=budget)), reserve


def _stops(loaded: Loaded) -> frozenset[int]:
    """The tokens that end an answer, as the checkpoint says."""
    said: Any = loaded.model.generation_config.eos_token_id
    ends = cast("list[Any]", said) if isinstance(said, list) else [said]
    return frozenset(int(token) for token in [*ends, loaded.tokenizer.eos_token_id] if token is not None)
