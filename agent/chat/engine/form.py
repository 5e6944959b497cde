"""Answers held to a form while they are made, so that a tool call is always well formed, also when time runs out."""

from __future__ import annotations

import json
from typing import Any, cast

import torch
import xgrammar
from torch import Tensor

from agent.chat.engine.loading import Loaded
from agent.chat.engine.sampling import Sampler
from agent.dialects.reading import THINK_CLOSE
from agent.errors import BadInput

ENDS = (THINK_CLOSE, "}", "]", '"', "\n</parameter>", "</parameter>", "</function>", "\n")
"""What brings an answer nearer to its end, the surest first."""
ANYTHING = "qZ"
"""Where this may follow, words flow freely: nothing was ended."""
LONGEST = 1024
"""Tokens after which a form that never ends is given up."""


class Forms:
    """Compiles forms for one model's vocabulary; equal ones once."""

    def __init__(self, loaded: Loaded, vocabulary: int, stops: frozenset[int]) -> None:
        self._tokenizer, self._vocabulary = loaded.tokenizer, vocabulary
        special = set(loaded.tokenizer.all_special_ids)
        self._tags = frozenset(loaded.tokenizer.get_added_vocab().values()) - special
        info = xgrammar.TokenizerInfo.from_huggingface(
            loaded.tokenizer, vocab_size=vocabulary, stop_token_ids=sorted(stops)
        )
        # The library's own cache of parts stumbles over repetitions with a limit (0.2.8).
        self._compiler = xgrammar.GrammarCompiler(info, max_threads=2, cache_enabled=False)
        self._compiled: dict[str, Any] = {}
        self._reserves: dict[str, int] = {}

    def form(self, structure: dict[str, Any]) -> Form:
        """A form at its beginning. Raises BadInput where a tool's schema can't be one."""
        text = json.dumps(_unlimited(structure), sort_keys=False)
        if text not in self._compiled:
            try:
                self._compiled[text] = self._compiler.compile_structural_tag(text)
            except (RuntimeError, ValueError) as error:
                line = (str(error).strip().splitlines() or ["?"])[-1]
                raise BadInput(f"a tool's parameters can't be made a form to write in: {line}") from error
        return Form(self._compiled[text], self._tokenizer, self._vocabulary, self._tags)

    def reserve(self, structure: dict[str, Any]) -> int:
        """Tokens that suffice to bring an answer of this form to its end from anywhere.

        Measured by going the shortest way with the smallest tokens, which a model never writes so badly.
        """
        known = json.dumps(structure, sort_keys=True)
        if known not in self._reserves:
            form, used = self.form(structure), 0
            while not form.done and used < LONGEST:
                form.accept(form.hurry(torch.zeros(self._vocabulary)))
                used += 1
            self._reserves[known] = used + 16
        return self._reserves[known]


class Form:
    """One answer's way through its form."""

    def __init__(self, compiled: Any, tokenizer: Any, vocabulary: int, tags: frozenset[int]) -> None:
        """`tags`: tokens by which an answer's parts are marked."""
        self._matcher = xgrammar.GrammarMatcher(compiled, terminate_without_stop_token=True)
        self._tokenizer, self._tags = tokenizer, tags
        self._allowed = xgrammar.allocate_token_bitmask(1, vocabulary)
        self._forced: list[int] = []

    @property
    def done(self) -> bool:
        return bool(self._matcher.is_terminated())

    def limit(self, logits: Tensor) -> Tensor:
        """Logits of shape (vocabulary,) with every token out of reach that the form does not allow here."""
        if self._matcher.fill_next_token_bitmask(self._allowed):
            xgrammar.apply_token_bitmask_inplace(logits[None], self._allowed, backend="cpu")
        return logits

    def draw(self, logits: Tensor, sampler: Sampler) -> int:
        """A token that the form allows here."""
        limited = self.limit(logits)
        while self._misleads(token := sampler.draw(limited)):
            limited[token] = -torch.inf
        return token

    def accept(self, token: int) -> None:
        if not self._matcher.accept_token(token):
            raise AssertionError(f"the form does not allow the token {token} that it allowed")

    def given(self) -> list[int]:
        """The tokens that must follow here, accepted already; the model need not be asked for them.

        The last one is left to the model, which may write it together with what comes next.
        """
        if self.done:
            return []
        text = self._matcher.find_jump_forward_string()
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False)[:-1] if text else []
        for n, token in enumerate(tokens):
            if not self._matcher.accept_token(token):
                return tokens[:n]
        return tokens

    def hurry(self, logits: Tensor) -> int:
        """A token on the shortest way to the end; the likeliest allowed one where there is no telling."""
        limited = self.limit(logits.clone())
        while self._forced:
            token = self._forced.pop(0)
            if limited[token] > -torch.inf:
                return token
            self._forced.clear()
        for end in ENDS:
            after = self._matcher.fork()
            if after.accept_string(end) and not self._flows(after):
                first, *self._forced = self._tokenizer.encode(end, add_special_tokens=False)
                if limited[first] > -torch.inf:
                    return int(first)
                self._forced.clear()
        while self._misleads(token := int(limited.argmax())):
            limited[token] = -torch.inf
        return token

    def _misleads(self, token: int) -> bool:
        """Whether a mark would be mere words here, in a string say: whoever reads it would take it for a mark."""
        if token not in self._tags:
            return False
        after = self._matcher.fork()
        return bool(after.accept_token(token)) and self._flows(after)

    @staticmethod
    def _flows(matcher: Any) -> bool:
        """Whether any words may follow (the matcher is used up)."""
        return bool(matcher.accept_string(ANYTHING))


def _unlimited(value: Any) -> Any:
    """A structure without limits on the length of strings: counting costs seconds to compile.

    The answer's own limit of tokens bounds them, and whoever reads the call checks it against the schema.
    """
    if isinstance(value, list):
        return [_unlimited(inner) for inner in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    pairs = cast("dict[str, Any]", value)
    is_string = pairs.get("type") == "string"
    return {key: _unlimited(inner) for key, inner in pairs.items() if not (is_string and key == "maxLength")}
