"""Secrets that stand in a person's own sentences: "type hunter2 into Password"."""

from __future__ import annotations

import re

from agent.meaning.lexicon import is_secret, lexicon
from agent.planners.embedded.commands import Enter, Put, Target
from agent.planners.embedded.sentences import read_sentences

_NOUN = (
    r"(?:pass\s?words?|passwd|pwd|pass\s?phrase|pass\s?code|pin(?: code| number)?|api\s?key"
    r"|(?:api |access )?token|secret|cvv|cvc|security code|passwort|kennwort|mot de passe|contraseña"
    r"|密码|密碼|口令|パスワード)"
)
_QUOTED = r"[\"“„«「『‘'`](?P<quoted>[^\"”“»」』’'`\n]+)[\"”“»」』’'`]"
_TOLD = re.compile(
    rf"(?P<lead>(?:\band|\bwith|,|和|及)\s*(?:the |my |a )?)?(?<![^\W_]){_NOUN}(?: (?:field|box|input))?"
    r"(?P<joint>\s*(?:[:：=]|\bis\b|\bto\b|\bwith\b|\bas\b|为|是|設為|设为)\s*|\s+|(?=[\"“„«「『‘'`]))"
    rf"(?:{_QUOTED}|(?P<word>[^\s,，;；。\"“”]+))",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"a|an|the|and|or|of|in|on|into|to|then|field|box|input|is|if|it|with|as|for|from|click|press|type|enter|your|my",
    re.IGNORECASE,
)
"""Words that follow the name of a secret and are none themselves."""


def told_secrets(instructions: str) -> frozenset[str]:
    """The values in a task's sentences that are passwords, PINs, tokens and the like; empty where there are none.

    What a sentence types into a field of such a name, and what stands right after such a name. In doubt a word
    counts as secret: masking one too many costs nothing but a word in the trace.
    """
    found: set[str] = set()
    for command in read_sentences(instructions):
        match command:
            case Enter(text=text, target=Target(words=words)) | Put(value=text, target=Target(words=words)):
                if _names_secret(words):
                    found.add(text)
            case _:
                pass
    for told in _TOLD.finditer(instructions):
        word = (told["word"] or "").rstrip(".")
        joined = bool(told["lead"] or told["joint"].strip())
        if told["quoted"]:
            found.add(told["quoted"])
        elif word.strip("!?") and not _PLAIN.fullmatch(word) and (joined or not word.isalpha()):
            found |= {word, word.rstrip("!?")}
    return frozenset(text.strip() for text in found if text.strip())


def _names_secret(words: str) -> bool:
    tokens = lexicon().tokens(words)
    return is_secret(words) or any(is_secret(token) for token in tokens)
