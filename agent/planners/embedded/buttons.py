"""Which button submits, which leads to the next page, and which must not be touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agent.planners.embedded.view import FIELDS
from agent.schema import Box, Element
from agent.wording import fold

_NEVER = (
    "cancel reset clear delete remove back previous prev close discard abort quit exit browse upload decline reject "
    "undo logout help edit copy print preview dismiss skip show hide toggle add download more open generate forgot "
    "import export choose reload refresh share menu search filter zurück abbrechen löschen annuler retour cancelar "
    "volver atrás 取消 重置 清空 删除 返回 上一步 关闭 退出 上传 浏览 刪除 關閉 返回上一步 搜索 搜尋 キャンセル 戻る リセット"
).split()
_NEVER_PHRASES = ("sign out", "log out", "choose file", "select file", "no thanks", "not now", "save draft", "start over")
_STRONG = (
    "submit send save register apply book confirm order finish complete subscribe pay checkout signup donate purchase "
    "enroll enrol reserve publish post enviar guardar registrar absenden senden speichern bestellen registrieren "
    "envoyer valider enregistrer 提交 保存 确定 注册 发送 完成 确认 登录 预订 购买 报名 儲存 確定 註冊 送出 確認 送信 登録"
).split()
_STRONG_PHRASES = ("sign up", "create account", "place order", "join now", "get started", "request a", "update profile")
_MEDIUM = "ok okay done update create login join calculate accept anmelden 更新 好 登入 创建 创建账户 立即注册".split()
_MEDIUM_PHRASES = ("log in", "sign in", "save and continue", "agree and")
_NEXT = "next continue proceed forward weiter suivant siguiente continuar 下一步 继续 下一页 繼續 次へ".split()
_WEAK = "go yes agree start".split()


class Pressable(NamedTuple):
    """The button that was found, or those between which only a person can decide."""

    button: Element | None
    rivals: tuple[str, ...] = ()


def strength(text: str) -> int:
    """How clearly a caption says that it sends the form: 4 strong, 3 medium, 2 next, 1 weak, 0 nothing, -1 never."""
    whole = fold(text).strip(" .!»>→›")
    words = set(re.findall(r"[^\W\d_]+", whole))
    joined = whole.replace(" ", "")

    def said(names: Iterable[str], phrases: Iterable[str] = ()) -> bool:
        return any(_says(name, words, joined) for name in names) or any(phrase in whole for phrase in phrases)

    if said((), ("save and continue",)):
        return 3
    if said(_NEVER, _NEVER_PHRASES) and not said((), _STRONG_PHRASES):
        return -1
    for grade, names, phrases in ((4, _STRONG, _STRONG_PHRASES), (2, _NEXT, ()), (3, _MEDIUM, _MEDIUM_PHRASES)):
        if said(names, phrases):
            return grade
    return 1 if said(_WEAK) else 0


def _says(name: str, words: set[str], joined: str) -> bool:
    if name.isascii() or not _cjk(name):
        return fold(name) in words
    # Chinese and Japanese have no spaces; a caption is a few characters, so it may be looked into.
    return fold(name) in joined


def _cjk(text: str) -> bool:
    return any("\u3040" <= c <= "\u9fff" for c in text)


def find_submit(elements: Sequence[Element], filled: Sequence[Element]) -> Pressable:
    """The button that sends the form whose fields were filled; `rivals` where two fit equally."""
    return _find(elements, filled, {4: 4, 3: 3, 2: 2, 1: 1})


def find_next(elements: Sequence[Element], filled: Sequence[Element]) -> Pressable:
    """The button that leads to the next page of the form."""
    return _find(elements, filled, {2: 4}, phrases=("save and continue",))


def _find(
    elements: Sequence[Element], filled: Sequence[Element], grades: dict[int, int], phrases: tuple[str, ...] = ()
) -> Pressable:
    def grade(e: Element) -> int:
        caption = e.text or e.label
        if any(phrase in fold(caption) for phrase in phrases):
            return 3
        return grades.get(strength(caption), 0)

    buttons = [e for e in elements if e.role == "button" and not e.state.disabled and grade(e) > 0]
    buttons += [] if buttons else [e for e in elements if e.role == "link" and grade(e) >= 4]
    if not buttons:
        return Pressable(None)
    after = [e for e in buttons if not filled or _follows(e.box, filled)]
    pool = _own_form(after, elements, filled) or buttons
    best = max(grade(e) for e in pool)
    top = [e for e in pool if grade(e) == best]
    if len(top) > 1 and filled:
        near = min(_below(e.box, filled) for e in top)
        top = [e for e in top if _below(e.box, filled) <= near + 24]
    captions = {fold(e.text or e.label) for e in top}
    if len(captions) > 1:
        return Pressable(None, tuple(e.text or e.label for e in top))
    return Pressable(top[0])


def _follows(box: Box, filled: Sequence[Element]) -> bool:
    return box.center.y >= max(e.box.center.y for e in filled) - 8


def _below(box: Box, filled: Sequence[Element]) -> int:
    return abs(box.top - max(e.box.bottom for e in filled))


def _own_form(buttons: Sequence[Element], elements: Sequence[Element], filled: Sequence[Element]) -> list[Element]:
    """The first rows of buttons after the last filled field: what follows further fields may be another form's."""
    if not buttons or not filled:
        return list(buttons)
    first = min(buttons, key=lambda e: e.box.top)
    between = [
        e for e in elements if e.role in FIELDS and first.box.bottom < e.box.top and e.role not in ("checkbox", "radio")
    ]
    limit = min((e.box.top for e in between), default=10**9)
    return [e for e in buttons if e.box.top < limit]


def is_never(text: str) -> bool:
    """Whether a caption says something that throws the data away or leads elsewhere."""
    return strength(text) < 0
