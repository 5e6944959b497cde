"""What a page says after its form was sent: success, messages about fields, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from agent.planners.embedded.view import FIELDS, beside, fields_of, find_again, new_words, reading_order
from agent.schema import Element, Observation
from agent.wording import fold

_GOOD = re.compile(
    r"\b(thank(s| you)|on its way|will (reply|get back|be in touch|contact you)"
    r"|success(ful|fully)?|received|submitted|confirmed|confirmation|saved|registered"
    r"|completed|complete|welcome|created|booked|accepted|done|sent|congratulations|stored|recorded|subscribed|updated|reserved|placed"
    r"|danke|erfolgreich|gespeichert|gesendet|merci|envoyé|enregistré|gracias|enviado|guardado|éxito)\b"
    r"|成功|谢谢|感谢|已提交|已保存|已收到|已发送|完成|謝謝|感謝|ありがとう|完了"
)
_BAD = re.compile(
    r"\b(required|invalid|incorrect|error|errors|wrong|missing|must|failed|failure|unable|denied|not valid|not allowed"
    r"|please (enter|fill|select|choose|provide|tick|correct|complete|use|match|include|lengthen|shorten|specify"
    r"|check(?! your (e-?mail(?! address)|inbox|mail|phone)))"
    r"|(enter|select|choose|provide) (a|an|your|one|at least)|can ?not|can['’]?t|too (short|long|small|large)"
    r"|at least \d|already (exists|taken|in use|registered)|does not match|do not match|don['’]t match|expected format"
    r"|there (is|was|are|were) (a |an |\d+ )?(problem|issue)s?"
    r"|ungültig|erforderlich|fehler|obligatoire|invalide|erreur|obligatorio|inválido)\b"
    r"|请(输入|填写|选择|检查|勾选)|必填|必须|错误|无效|失败|不能为空|不正确|格式|有误|請(輸入|填寫|選擇)|錯誤|無效|してください"
)
_TOLD = re.compile(
    r"^\w.*\s(created|saved|received|submitted|confirmed|registered|booked|accepted|sent|stored|recorded|updated|added"
    r"|reserved|placed|success(ful(ly)?)?|gespeichert|gesendet|erstellt|enregistrée?|envoyée?|guardado|enviado)[.!]?$"
    r"|^(success|saved|done)[.!]$|成功[!！。]?$|^已(提交|保存|发送|創建|创建|收到)"
)
"""A short message that may stand in a box of its own for a moment, like a button: a statement and no command."""
_NOT = re.compile(
    r"\b(not|never|nothing|un(able|successful)|could|cannot|before|please complete|to complete)\b|n['’]t\b|未|没有"
)
"""Beside a good word it makes no praise: "was not sent", "please complete the captcha"."""
_PENDING = re.compile(
    r"\b(please wait|(one|just a) moment|hold on|(is|are) being (sent|submitted|saved|uploaded)|bitte warten"
    r"|wird gesendet|veuillez patienter|espere)\b|请稍候|请稍等|正在(提交|加载|处理|发送|保存)|提交中|加载中|处理中"
    r"|^(sending|submitting|loading|processing|uploading|verifying)\b.{0,24}$"
    r"|^(saving|checking|working)\b.{0,24}(\.\.|…)$"
)
"""A page that is still at work."""
_DEAD = re.compile(
    r"\b(internal server error|bad gateway|service unavailable|not found|can['’]?t be reached|refused to connect"
    r"|err_[a-z_]+|forbidden|unauthori[sz]ed|method not allowed|unsupported method|isn['’]t working|bad request"
    r"|error code|gateway time-?out|no internet|went wrong)\b|服务器错误|无法访问|页面不存在"
)
_LOST = re.compile(
    r"\b(access denied|(session|link|page|token|captcha)( has| is)? expired|session (has )?(ended|timed out)|timed out"
    r"|too many (requests|attempts)|could not be|was not|were not|an error|try again|not a robot|are human"
    r"|under maintenance|temporarily unavailable|oops)\b|请重试|已过期|会话超时|系统繁忙"
)
"""What a page in place of the form says that did not take the data; beside thanks it says nothing."""


class Complaint(NamedTuple):
    """A validation message, and the field that it stands at where that can be told."""

    message: str
    field: Element | None


class Reaction(NamedTuple):
    """How a page took the data."""

    kind: Literal["success", "complaints", "broken", "gone", "changed", "nothing", "exit", "pending"]
    words: str = ""
    complaints: tuple[Complaint, ...] = ()


def react(before: Observation, after: Observation) -> Reaction:
    """What changed between the look before submitting and a look after it."""
    if after.app_exit is not None:
        return Reaction("exit", str(after.app_exit))
    fresh = reading_order(new_words(before, after))
    words = _shorten(e.text for e in fresh)
    gone = form_gone(before, after)
    if gone and any(_DEAD.search(fold(e.text)) for e in fresh):
        return Reaction("broken", words)
    complaints = complaints_in(before, after)
    # A notice in a frame of its own looks like a button, or like a field that was not there before.
    framed = [e for e in new_words(before, after, frozenset({"textbox"})) if not e.label and not find_again(before, e)]
    boxed = [e for e in (*new_words(before, after, frozenset({"button"})), *framed) if _TOLD.search(fold(e.text))]
    praise = [e for e in fresh if is_praise(e)] + [e for e in boxed if not _NOT.search(fold(e.text))]
    waiting = [e for e in fresh if _PENDING.search(fold(e.text)) and len(e.text) < 80]
    if waiting and not [e for e in praise if e not in waiting]:
        return Reaction("pending", _shorten(e.text for e in waiting))
    if gone and not praise and any(_LOST.search(fold(e.text)) for e in fresh):
        return Reaction("broken", words)
    if complaints and not (gone and praise):
        return Reaction("complaints", words, tuple(complaints))
    if praise:
        return Reaction("success", _shorten(e.text for e in (praise + [e for e in fresh if e not in praise])))
    if gone:
        return Reaction("gone", words)
    return Reaction("changed" if after.changed else "nothing", words)


def is_praise(element: Element) -> bool:
    """Whether a text says that the data was taken; a caption to press says nothing."""
    said = fold(element.text)
    return element.role != "button" and bool(_GOOD.search(said)) and not _NOT.search(said)


def form_gone(before: Observation, after: Observation) -> bool:
    """Whether most of the fields that were in view are there no more."""
    fields = fields_of(before)
    if not fields:
        return len(new_words(before, after)) >= max(1, len(_texts(after)) // 2)
    if not fields_of(after):
        return True
    left = sum(find_again(after, e) is not None for e in fields)
    return left * 3 < len(fields)


def _texts(observation: Observation) -> list[Element]:
    return [e for e in observation.elements if e.text and e.role not in FIELDS]


def complaints_in(before: Observation, after: Observation) -> list[Complaint]:
    """Messages that are new and speak of something wrong, each at the field that it is nearest to."""
    found: list[Complaint] = []
    for e in fields_of(after):
        old = find_again(before, e)
        if e.error and (old is None or old.error != e.error):
            found.append(Complaint(e.error, e))
        elif e.state.invalid and (old is None or not old.state.invalid):
            found.append(Complaint("is marked as faulty", e))
    told = {fold(c.message) for c in found}
    for word in new_words(before, after):
        if word.role in ("text", "heading", "link") and _BAD.search(fold(word.text)) and fold(word.text) not in told:
            if any(fold(word.text) in message for message in told):
                continue
            found.append(Complaint(word.text, field_meant(after, word)))
    return found


def nearest_field(observation: Observation, word: Element) -> Element | None:
    """The field that a message stands under or beside (or right above); None where none is near."""

    def cost(e: Element) -> float:
        under = word.box.top - e.box.bottom
        dx = max(0, e.box.left - word.box.right, word.box.left - e.box.right)
        dy = under if under >= 0 else max(0, e.box.top - word.box.bottom) * 2
        return dy + dx

    best = min(fields_of(observation), key=cost, default=None)
    return best if best is not None and cost(best) <= 60 else None


def field_meant(observation: Observation, word: Element) -> Element | None:
    """The field that a message speaks of: the one right above it, else the one that it names, else the nearest."""
    near = nearest_field(observation, word)
    if near is not None and 0 <= word.box.top - near.box.bottom <= near.box.height and beside(near.box, word.box):
        return near
    said = fold(word.text)
    named = [e for e in fields_of(observation) if len(e.label) > 2 and fold(e.label).strip(" *:") in said]
    longest = max((len(e.label) for e in named), default=0)
    named = [e for e in named if len(e.label) == longest]
    return named[0] if len(named) == 1 else near


def still_says(observation: Observation, complaint: Complaint) -> bool:
    """Whether a message still stands on the page."""
    return any(fold(complaint.message) in (fold(e.text), fold(e.error)) for e in observation.elements)


def _shorten(texts: Iterable[str], limit: int = 240) -> str:
    joined = " · ".join(text.strip() for text in texts if text.strip())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"
