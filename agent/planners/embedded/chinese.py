"""The Chinese sentences that commands are read from: one rule a way of saying it, tried in order."""

# ruff: noqa: E501 (a rule is read best on one line)

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from agent.planners.embedded.commands import (
    Choose,
    Clear,
    Close,
    Command,
    DragTo,
    Enter,
    FillForm,
    Find,
    Focus,
    Hover,
    Keys,
    Open,
    Paste,
    Press,
    Put,
    Roll,
    SelectText,
    Submit,
    Tick,
    Verify,
    WaitFor,
)  # fmt: skip
from agent.planners.embedded.keys import chord
from agent.planners.embedded.phrases import OPEN, plain, quoted_in, read_target, read_targets, split_list

Builder = Callable[[str, re.Match[str]], list[Command] | None]

_VERBS = (
    "双击|双擊|右键|右击|中键|点击|单击|点选|點擊|按下|按|输入|輸入|填写|填寫|填入|键入|选择|選擇|选中|勾选|取消勾选|取消选中|不勾选|打开|打開|关闭|關閉"
    "|展开|切换|清空|清除|滚动|向下滚动|向上滚动|拖动|拖拽|把|将|將|等待|等|验证|確認|确认|检查|确保|提交|不要提交|悬停|在|从|找到|复制|粘贴|点"
)
SETS = "选择|選擇|选中|设置为|设为|设成|改为|改成|输入|輸入|填写|填寫|填入|填上|勾选"
"""Verbs that may follow what they act on: 城市选择北京."""
JOINT = rf"\s*[，,]?\s*(?:然后|之后|接着|随后|再|最后|並且|并且|并|且)\s*(?=(?:请|再)?(?:{_VERBS}))|\s*[，,]\s*(?=(?:请|再|并|但)?(?:{_VERBS}))|\s*[，,]\s*(?=[^，,。；]{{1,12}}?(?:{SETS}))"
"""Between two clauses: 然后 and the like, or a comma, before a verb."""


def tidy(clause: str) -> str:
    """The clause without polite and linking words."""
    return re.sub(r"^(?:请|請|先|再|然后|接着|最后|首先|现在|帮我|麻烦|但|并)+", "", clause.strip()).strip(" ，,。")


def _text(phrase: str) -> str:
    quoted = quoted_in(phrase)
    return quoted[0] if quoted else plain(phrase).strip(" ：:")


def _enter(said: str, m: re.Match[str]) -> list[Command] | None:
    target = m.groupdict().get("target")
    return [Enter(said, _text(m["text"]), read_target(target) if target else None)]


def _put(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Put(said, _text(m["text"]), read_target(m["target"]))]


def _press(button: Literal["left", "middle", "right"], count: int) -> Builder:
    def build(said: str, m: re.Match[str]) -> list[Command] | None:
        keys = chord(plain(m["target"])) if OPEN not in m["target"] and "按" in m["verb"] else None
        if keys and keys.certain:
            return [Keys(said, keys.keys)]
        times = int(m["times"]) if m.groupdict().get("times") else 1
        found: list[Command] = [Press(said, read_target(m["target"]), button, count)]
        return found * times

    return build


def _choose(said: str, m: re.Match[str]) -> list[Command] | None:
    target = m.groupdict().get("target")
    if ">" in m["options"]:
        return [Open(said, tuple(read_target(step) for step in re.split(r"\s*>\s*", m["options"])))]
    single = read_target(m["options"])
    if not target and single.kind in ("checkbox", "radio", "switch"):
        return [Tick(said, read_targets(m["options"]))]
    if not target and (single.ordinal is not None or single.every or (single.kind and not single.words)):
        return [Press(said, single)]
    options = tuple(read_target(piece).words or plain(piece) for piece in split_list(m["options"]))
    return [Choose(said, options, read_target(target) if target else None)]


def _tick(on: bool | None) -> Builder:
    return lambda said, m: [Tick(said, read_targets(m["targets"]), on)]


def _keys(said: str, m: re.Match[str]) -> list[Command] | None:
    found = chord(plain(m["keys"]))
    return [Keys(said, found.keys, int(m["times"] or 1))] if found else None


def _scroll(said: str, m: re.Match[str]) -> list[Command] | None:
    direction: Literal["up", "down", "left", "right"] = {"上": "up", "下": "down", "左": "left", "右": "right"}[
        m["way"]
    ]  # type: ignore[assignment]
    return [Roll(said, None, direction, int(m["n"]) if m["n"] else 5)]


def _wait(said: str, m: re.Match[str]) -> list[Command] | None:
    factor = {"毫秒": 0.001, "分钟": 60}.get(m["unit"], 1)
    return [WaitFor(said, seconds=float(m["n"]) * factor)]


def _verify_shows(said: str, m: re.Match[str]) -> list[Command] | None:
    return [Verify(said, read_target(m["target"]), _text(m["text"]), absent="不" in m["be"])]


def _verify_state(said: str, m: re.Match[str]) -> list[Command] | None:
    negated = "未" in m["state"] or "没" in m["state"] or "不" in m["state"]
    if "用" in m["state"]:
        state = "disabled" if "禁" in m["state"] or negated else "enabled"
    elif "空" in m["state"]:
        state = "empty"
    else:
        state = "unchecked" if negated else "checked"
    return [Verify(said, read_target(m["target"]), state=state)]


def _rule(pattern: str, build: Builder) -> tuple[re.Pattern[str], Builder]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), build


_CHECK = r"(?:验证|驗證|确认|確認|检查|确保|断言)"
_SEEN = r"(?:显示|出现|可见|存在|显示出来|出来)"

RULES = [
    _rule(
        r"(?:填写|填好|填寫|填)(?:这个|这张|該|该|此)?(?:表单|表格|表單)(?P<rest>.*)",
        lambda said, m: _fill(said, m["rest"]),
    ),
    _rule(r"(?:不要|别|请勿|不)(?:提交|发送)(?:表单|它)?", lambda said, m: [FillForm(said, submit=False)]),
    _rule(r"(?:提交|送出)(?:表单|表格|表單|它)?", lambda said, m: [Submit(said)]),
    _rule(
        rf"{_CHECK}(?:页面上?|屏幕上?)?(?:能|可以|会)?(?:显示(?![器屏])|出现|看到|看见)(?:了|着|出)?[:：]?\s?(?P<text>[^为在].*)",
        lambda said, m: [Verify(said, text=_text(m["text"]))],
    ),
    _rule(
        rf"{_CHECK}(?P<target>.+?)(?P<state>已?被?(?:勾选|选中)|未被?(?:勾选|选中)|没有(?:勾选|选中)|(?:已|被)?(?:禁用|启用)|不可用|可用|为空)",
        _verify_state,
    ),
    _rule(
        rf"{_CHECK}(?:页面上?|屏幕上?)?(?:不再|没有|未|不){_SEEN}?(?P<text>.+)",
        lambda said, m: [Verify(said, text=_text(m["text"]), absent=True)],
    ),
    _rule(
        rf"{_CHECK}(?P<target>.+?)(?P<be>不)?(?:显示为|显示|的值为|的值是|等于|包含|为|是)(?P<text>.+)",
        lambda said, m: (
            _verify_shows(said, m)
            if m["be"] is not None
            else [Verify(said, read_target(m["target"]), _text(m["text"]))]
            if not re.fullmatch("页面上?|屏幕上?", m["target"])
            else [Verify(said, text=_text(m["text"]))]
        ),
    ),
    _rule(
        rf"{_CHECK}(?P<text>.+?)(?P<state>已?{_SEEN}|不{_SEEN}|消失)",
        lambda said, m: [Verify(said, text=_text(m["text"]), absent="不" in m["state"] or "消失" in m["state"])],
    ),
    _rule(r"(?:等待|等)\s?(?P<n>\d+(?:\.\d+)?)\s?(?P<unit>秒钟?|毫秒|分钟)", _wait),
    _rule(
        r"(?:等待|等到|等)(?P<text>.+?)(?P<state>出现|显示|消失|不见)?",
        lambda said, m: [WaitFor(said, text=_text(m["text"]), gone=bool(m["state"] and m["state"] in "消失不见"))],
    ),
    _rule(r"按(?:下|一下)?\s?(?P<keys>[\w+ ]+?|回车|空格)\s?键?\s?(?P<times>\d+)?\s?[次下]?", _keys),
    _rule(
        r"(?:滚动|滑动|滚)到(?:页面的?)?(?:最)?(?P<end>底部|下面|顶部|上面|底|顶)",
        lambda said, m: [Roll(said, None, "down" if m["end"][0] in "底下" else "up", None)],
    ),
    _rule(
        r"(?:向|往)?(?P<way>上|下|左|右)?(?:滚动|滑动)(?:(?P<n>\d+)[次下格])?",
        lambda said, m: _scroll(said, m) if m["way"] else None,
    ),
    _rule(r"(?:向|往)(?P<way>上|下|左|右)(?:滚动|滑动)(?:(?P<n>\d+)[次下格])?", _scroll),
    _rule(r"(?:滚动|滑动|滚)到(?P<target>.+)", lambda said, m: [Roll(said, read_target(m["target"]))]),
    _rule(
        r"(?:把|将|將)(?P<target>.+?)(?:拖动|拖拽|拖|移动)(?:到|至)(?P<onto>.+)",
        lambda said, m: [DragTo(said, read_target(m["target"]), read_target(m["onto"]))],
    ),
    _rule(
        r"(?:拖动|拖拽)(?P<target>.+?)(?:到|至)(?P<onto>.+)",
        lambda said, m: [DragTo(said, read_target(m["target"]), read_target(m["onto"]))],
    ),
    _rule(
        r"(?:把|将|將)?(?:鼠标|光标)?(?:悬停|移动|移)(?:在|到)(?P<target>.+?)(?:上面?|上方)?",
        lambda said, m: [Hover(said, read_target(m["target"]))],
    ),
    _rule(
        r"(?:把|将|將)(?P<target>.+?)(?:设置为|设置成|设为|设成|改为|改成|调到|调为|填为|设定为|設為)(?P<text>.+)", _put
    ),
    _rule(r"(?:清空|清除)(?P<target>.+?)(?:的内容)?", lambda said, m: [Clear(said, read_target(m["target"]))]),
    _rule(
        r"(?:复制)(?P<target>.+?)(?:的内容|的文字|中的文字)?",
        lambda said, m: [SelectText(said, read_target(m["target"]), copy=True)],
    ),
    _rule(
        r"粘贴(?:到(?P<target>.+))?", lambda said, m: [Paste(said, read_target(m["target"]) if m["target"] else None)]
    ),
    _rule(
        r"(?:在|向|往)(?P<target>.+?)(?:中|里|内|裡|上|处)?(?:输入(?![框栏])|輸入|填写|填寫|填入|键入|填上|填|写入|写)(?:文字|文本|内容)?[:：]?(?P<text>.+)",
        _enter,
    ),
    _rule(r"(?:把|将|將)(?P<text>.+?)(?:输入到?|填入|填写到|写入|填到)(?P<target>.+?)(?:中|里|内)?", _enter),
    _rule(r"(?:输入|輸入|填写|填入|键入)(?P<text>.+?)(?:到|至|进|入)(?P<target>.+?)(?:中|里|内)?", _enter),
    _rule(
        r"(?P<target>[^把将在从]+?)(?:设置为|设置成|设为|设成|改为|改成|调到|调为)(?P<text>.+)",
        lambda said, m: _put(said, m) if not re.match(_VERBS, m["target"]) else None,
    ),
    _rule(
        r"(?P<target>[^把将在从取不]+?)(?:选择(?![框栏])|選擇|选中)(?P<options>.+)",
        lambda said, m: _choose(said, m) if not re.match(_VERBS, m["target"]) else None,
    ),
    _rule(
        r"(?P<target>[^把将在从]+?)(?:输入(?![框栏])|填写|填入|填)(?P<text>.+)",
        lambda said, m: _enter(said, m) if not re.match(_VERBS, m["target"]) else None,
    ),
    _rule(r"(?:输入|輸入|填写|填入|键入)(?:文字|文本)?[:：]?(?P<text>.+)", _enter),
    _rule(r"(?:取消勾选|取消选中|取消选择|不勾选|不选|关掉|关上|禁用)(?P<targets>.+)", _tick(False)),
    _rule(r"(?:勾选|选上|打勾|启用|开启)(?P<targets>.+)", _tick(True)),
    _rule(r"(?:从|在)(?P<target>.+?)(?:中|里|内|裡|上)?(?:选择|選擇|选中|选取|选)(?P<options>.+)", _choose),
    _rule(r"(?P<verb>双击|双擊)(?P<target>.+)", _press("left", 2)),
    _rule(r"(?P<verb>右键点击|右键单击|右击|右键)(?P<target>.+)", _press("right", 1)),
    _rule(r"(?P<verb>中键点击|中键)(?P<target>.+)", _press("middle", 1)),
    _rule(r"(?:点击|单击|点选|點擊)(?P<target>.+?)(?P<times>\d+)次(?P<verb>)", _press("left", 1)),
    _rule(r"(?P<verb>点击|单击|点选|點擊|点一下|点|按下|按一下|按)(?P<target>.+)", _press("left", 1)),
    _rule(r"(?:选择|選擇|选中|选取|选)(?P<options>.+)", _choose),
    _rule(
        r"(?:切换到|打开|打開|展开|展開|转到|进入)(?P<path>.+)",
        lambda said, m: [Open(said, tuple(read_target(step) for step in re.split(r"\s*(?:>|→|-)\s*", m["path"])))],
    ),
    _rule(r"(?:关闭|關閉|收起|关掉)(?P<target>.+)", lambda said, m: [Close(said, read_target(m["target"]))]),
    _rule(r"(?:聚焦|将光标放)(?:到|在|于)?(?P<target>.+)", lambda said, m: [Focus(said, read_target(m["target"]))]),
    _rule(r"(?:找到|查找|寻找)(?P<target>.+)", lambda said, m: [Find(said, read_target(m["target"]))]),
]


def _fill(said: str, rest: str) -> list[Command] | None:
    if not rest:
        return [FillForm(said)]
    if re.search("不要|别|不|勿", rest):
        return [FillForm(said, submit=False)]
    return [FillForm(said, submit=True)] if "提交" in rest else None
