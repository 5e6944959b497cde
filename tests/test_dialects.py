"""What a model may write, and what is made of it."""

from __future__ import annotations

import json
import unicodedata
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dialects import dialect_for
from agent.dialects.base import Dialect
from agent.dialects.computer import ACTIONS, MAX_NOTCHES
from agent.dialects.keys import _ALIASES, NAMED  # pyright: ignore[reportPrivateUsage]
from agent.dialects.qwen3_5 import Qwen35
from agent.dialects.qwen3_vl import Qwen3VL
from agent.errors import BadInput
from agent.executor.keysyms import NAMED as EXECUTOR_KEYS
from agent.schema import (
    Box,
    Click,
    Done,
    Drag,
    Fail,
    Move,
    Point,
    PressKeys,
    Screenshot,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from agent.talk import Answer, Mistake, Tool, ToolCall

REGION = Box(left=-100, top=50, width=2000, height=1000)
SCREEN = Screenshot(pixels=np.zeros((1000, 2000, 3), np.uint8), region=REGION)
BOTH = (Qwen3VL(), Qwen35())


def call(**arguments: Any) -> ToolCall:
    return ToolCall(name="computer_use", arguments=arguments)


def act(pointer: Point | None = None, **arguments: Any) -> Any:
    return Qwen3VL().action(call(**arguments), SCREEN, pointer)


def written(dialect: Dialect, made: ToolCall) -> str:
    """A call as the model would write it."""
    if isinstance(dialect, Qwen35):
        parts = "".join(
            f"<parameter={k}>\n{v if isinstance(v, str) else json.dumps(v)}\n</parameter>\n"
            for k, v in made.arguments.items()
        )
        return f"<tool_call>\n<function={made.name}>\n{parts}</function>\n</tool_call>"
    return f"<tool_call>\n{json.dumps(made.model_dump(), ensure_ascii=False)}\n</tool_call>"


# ---------------------------------------------------------------- actions


def test_every_action_has_its_meaning() -> None:
    here, middle = Point(x=10, y=60), Point(x=900, y=550)
    assert act(action="left_click", coordinate=[500, 500]) == Click(point=middle)
    assert act(action="right_click", coordinate=[500, 500]) == Click(point=middle, button="right")
    assert act(action="middle_click", coordinate=[500, 500]) == Click(point=middle, button="middle")
    assert act(action="double_click", coordinate=[500, 500]) == Click(point=middle, count=2)
    assert act(action="triple_click", coordinate=[500, 500]) == Click(point=middle, count=3)
    held = act(action="left_click", coordinate=[500, 500], keys=["Control", "Shift_L"])
    assert held == Click(point=middle, modifiers=("ctrl", "shift"))
    assert act(here, action="left_click") == Click(point=here)
    assert act(action="mouse_move", coordinate=[500, 500]) == Move(point=middle)
    assert act(here, action="left_click_drag", coordinate=[500, 500]) == Drag(path=(here, middle))
    assert act(action="key", keys=["ctrl", "A"]) == PressKeys(keys=("ctrl", "a"))
    assert act(action="key", keys=["ctrl+shift+Page_Down"]) == PressKeys(keys=("ctrl", "shift", "pagedown"))
    assert act(action="key", keys=["Return"]) == PressKeys(keys=("enter",))
    assert act(action="key", keys=["A"]) == PressKeys(keys=("A",))
    assert act(action="key", keys=["ctrl", "+"]) == PressKeys(keys=("ctrl", "+"))
    assert act(action="type", text="Ärger\r\n你好\t") == TypeText(text="Ärger\n你好\t")
    assert act(action="wait", time=2.5) == Wait(seconds=2.5)
    assert act(action="terminate", status="success") == Done()
    assert isinstance(act(action="terminate", status="failure"), Fail)
    assert act(action="answer", text="42") == Done(summary="42")


def test_the_wheel_turns_as_the_model_means() -> None:
    assert act(action="scroll", coordinate=[500, 500], pixels=-500) == Scroll(point=Point(x=900, y=550), dy=10)
    assert act(action="scroll", coordinate=[500, 500], pixels=5).dy == -5
    assert act(action="scroll", coordinate=[500, 500], pixels=99999).dy == -MAX_NOTCHES
    assert act(action="hscroll", coordinate=[500, 500], pixels=100).dx == 2


def test_places_stay_on_the_screen() -> None:
    assert act(action="left_click", coordinate=[0, 0]).point == Point(x=-100, y=50)
    assert act(action="left_click", coordinate=[1000, 1000]).point == Point(x=1899, y=1049)


@given(st.floats(0, 1000), st.floats(0, 1000), st.integers(-3000, 3000), st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_points_lie_in_the_region_whatever_the_monitor(x: float, y: float, left: int, scale: float) -> None:
    shot = Screenshot(
        pixels=np.zeros((int(60 * scale), int(80 * scale), 3), np.uint8),
        region=Box(left=left, top=-7, width=80, height=60),
    )
    made = Qwen3VL().action(call(action="left_click", coordinate=[x, y]), shot)
    assert isinstance(made, Click)
    assert shot.region.contains(made.point)
    assert abs(made.point.x - left - x / 1000 * 80) <= 1


def zoom(*box: float) -> Box:
    made = Qwen3VL().action(
        ToolCall(name="image_zoom_in_tool", arguments={"bbox_2d": list(box), "label": "x", "img_idx": 0}), SCREEN
    )
    assert isinstance(made, Zoom)
    return made.region


def test_a_zoom_is_a_part_of_the_screen_and_never_too_small() -> None:
    assert zoom(250, 250, 750, 750) == Box(left=400, top=300, width=1001, height=501)
    for corner in (zoom(0, 0, 1, 1), zoom(999, 999, 1000, 1000)):
        assert corner.width >= 32
        assert corner.height >= 32
        assert REGION.overlap(corner) == corner


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "`action` is missing"),
        ({"action": "fly"}, "must be one of"),
        ({"action": "left_click"}, "`coordinate` is missing"),
        ({"action": "left_click", "coordinate": [1, 2, 3]}, "list of 2 numbers"),
        ({"action": "left_click", "coordinate": "[1, 2]"}, "list of 2 numbers"),
        ({"action": "left_click", "coordinate": [1, 1001]}, "from 0 to 1000"),
        ({"action": "left_click", "coordinate": [-1, 2]}, "from 0 to 1000"),
        ({"action": "left_click", "coordinate": [True, 2]}, "must be a number"),
        ({"action": "left_click", "coordinate": [float("nan"), 2]}, "must be a number"),
        ({"action": "left_click", "coordinate": [1, 2], "keys": ["a"]}, "held during a click"),
        ({"action": "left_click", "coordinate": [1, 2], "speed": 3}, "no argument 'speed'"),
        ({"action": "left_click_drag", "coordinate": [1, 2]}, "mouse_move"),
        ({"action": "key", "keys": []}, "list of texts"),
        ({"action": "key", "keys": ["hyper"]}, "no key 'hyper'"),
        ({"action": "key", "keys": [3]}, "list of texts"),
        ({"action": "type", "text": ""}, "nothing to type"),
        ({"action": "type", "text": "\x1b[2J"}, "U+001B"),
        ({"action": "type", "text": 7}, "must be a text"),
        ({"action": "type", "text": None}, "missing"),
        ({"action": "scroll", "coordinate": [1, 2], "pixels": 0}, "scrolls nothing"),
        ({"action": "scroll", "coordinate": [1, 2], "pixels": float("inf")}, "must be a number"),
        ({"action": "scroll", "coordinate": [1, 2], "pixels": 10**400}, "must be a number"),
        ({"action": "wait", "time": 3600}, "from 0 to 60"),
        ({"action": "terminate", "status": "maybe"}, "must be one of success, failure"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(Mistake, match=says.replace("[", r"\[").replace("+", r"\+")):
        act(**arguments)


def test_unknown_tools_and_empty_zooms_are_mistakes() -> None:
    with pytest.raises(Mistake, match="no tool 'shell'"):
        Qwen3VL().action(ToolCall(name="shell", arguments={"cmd": "ls"}), SCREEN)
    with pytest.raises(Mistake, match="x1 < x2"):
        zoom(500, 500, 500, 600)


def test_every_key_is_one_that_the_executor_has() -> None:
    for key in {*NAMED, *_ALIASES.values()}:
        assert len(key) == 1 or key in EXECUTOR_KEYS


# ---------------------------------------------------------------- reading

CLICK = call(action="left_click", coordinate=[500, 250])


@pytest.mark.parametrize("dialect", BOTH, ids=lambda d: d.name)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I see a form.\n</think>\n\nAction: click\n", ""),
        ("<think>\nI see a form.\n</think>\n\nAction: click\n", "\n"),
        ("I see a form. <tool_call> is how I call.</think>Action: click\n", ""),
    ],
)
def test_thinking_and_words_are_split_off(dialect: Dialect, before: str, after: str) -> None:
    turn = dialect.read(Answer(text=before + written(dialect, CLICK) + after))
    assert turn.calls == (CLICK,)
    assert turn.text == "Action: click"
    assert turn.thinking.startswith("I see a form.")


@pytest.mark.parametrize("dialect", BOTH, ids=lambda d: d.name)
def test_calls_are_found_wherever_a_server_left_them(dialect: Dialect) -> None:
    inside = written(dialect, CLICK)
    assert dialect.read(Answer(text="", thinking=f"Let me see.\n{inside}")).calls == (CLICK,)
    assert dialect.read(Answer(text="Action: x", thinking="hm", calls=(CLICK,), finish="calls")).calls == (CLICK,)
    assert dialect.read(Answer(text=f"<think>never closed {inside}")).calls == (CLICK,)
    assert dialect.read(Answer(text="Action: click\n" + inside.removesuffix("</tool_call>"))).calls == (CLICK,)
    assert dialect.read(Answer(text="nothing to do here")).calls == ()
    assert len(dialect.read(Answer(text=inside + inside)).calls) == 2


def test_json_calls_are_read_strictly() -> None:
    for body, says in [
        ("{not json}", "not valid JSON"),
        ('["a"]', "one JSON object"),
        ('{"name": "computer_use"}', "needs a `name`"),
        ('{"name": 3, "arguments": {}}', "needs a `name`"),
        ('{"name": "a", "arguments": {"x": 1, "x": 2}}', "twice"),
        ('{"name": "a", "arguments": {"x": NaN}}', "no number"),
        ('{"name": "a", "arguments": {}, "id": 1}', "not 'id'"),
        ("[" * 100_000, "not valid JSON"),
        ('{"name": "a"}<tool_call>', "not closed|not valid"),
    ]:
        with pytest.raises(Mistake, match=says):
            Qwen3VL().read(Answer(text=f"<tool_call>{body}</tool_call>"))
    double = '<tool_call>{"name": "computer_use", "arguments": "{\\"action\\": \\"wait\\", \\"time\\": 1}"}</tool_call>'
    assert Qwen3VL().read(Answer(text=double)).calls == (call(action="wait", time=1),)
    with pytest.raises(Mistake, match="without its <tool_call>"):
        Qwen3VL().read(Answer(text="oh </tool_call>"))
    with pytest.raises(Mistake, match="cut off"):
        Qwen3VL().read(Answer(text="I think and think", finish="length"))


def test_xml_calls_are_read_strictly() -> None:
    for body, says in [
        ('{"name": "computer_use"}', "<function=NAME>"),
        ("<function=computer_use><parameter=action>wait</function>", "not closed"),
        ("<function=computer_use>oh<parameter=action>wait</parameter></function>", "between the parameters"),
        ("<function=a><parameter=x>1</parameter><parameter=x>1</parameter></function>", "twice"),
        ("<function=computer_use><parameter=coordinate>[1,</parameter></function>", "not valid JSON"),
    ]:
        with pytest.raises(Mistake, match=says):
            Qwen35().read(Answer(text=f"<tool_call>{body}</tool_call>"))


TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "colour": {"enum": ["red", "7"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "filter": {"$ref": "#/$defs/filter"},
        "count": {"type": ["integer", "null"]},
        "limit": {"anyOf": [{"type": "number"}, {"type": "string"}]},
        "free": {},
        "odd": True,
    },
    "$defs": {"filter": {"properties": {"from": {"type": "integer"}}}},
}


def test_values_of_other_tools_are_read_by_their_schemas() -> None:
    def value(key: str, written: str) -> object:
        tool = Tool(name="search", description="", parameters=TREE)
        text = f"<tool_call>\n<function=search>\n<parameter={key}>\n{written}\n</parameter>\n</function>\n</tool_call>"
        return Qwen35().read(Answer(text=text), (tool,)).calls[0].arguments[key]

    for key, written_as, means in [
        ("name", "[1, 2]", "[1, 2]"),
        ("colour", " 7 ", "7"),
        ("tags", '["a", "</tool_call>"]', ["a", "</tool_call>"]),
        ("filter", '{"from": {"deep": [1]}}', {"from": {"deep": [1]}}),
        ("count", "null", None),
        ("count", "3", 3),
        ("limit", "2.5", 2.5),
        ("limit", "3", 3),
        ("limit", "all of it", "all of it"),
        ("limit", "[1]", "[1]"),
        ("free", "12", "12"),
        ("free", '{"a": 1}', {"a": 1}),
        ("odd", "true", "true"),
        ("unknown", "[1]", [1]),
    ]:
        assert value(key, written_as) == means, key
    with pytest.raises(Mistake, match="`count` is not valid JSON"):
        value("count", "three")


def test_a_tag_inside_a_value_is_text() -> None:
    said = call(action="type", text='close it with </tool_call>, open it with <tool_call> and "quote" it')
    for dialect in BOTH:
        assert dialect.read(Answer(text=f"Action: a\n{written(dialect, said)}\nb")).calls == (said,)
        assert len(dialect.read(Answer(text=written(dialect, said) + written(dialect, CLICK))).calls) == 2


@given(st.text(min_size=1, max_size=200))
def test_any_text_comes_through_a_call_unharmed(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    for dialect in BOTH if "</" not in text and "<parameter" not in text and "\r" not in text else BOTH[:1]:
        assert dialect.read(Answer(text=written(dialect, call(action="type", text=text)))).calls == (
            call(action="type", text=text),
        )


@given(st.text(alphabet='<>/|{}[]":,tool_calthinkfunctionparametername=argumentswait 0159\n', max_size=300))
def test_whatever_a_model_writes_is_read_or_told(text: str) -> None:
    for dialect in BOTH:
        with suppress(Mistake):
            turn = dialect.read(Answer(text=text))
            for made in turn.calls:
                dialect.action(made, SCREEN)


# ---------------------------------------------------------------- control tokens

TOKENS = [
    *(
        f"<|{name}|>"
        for name in ("im_start", "im_end", "endoftext", "vision_start", "image_pad", "video_pad", "fim_mid")
    ),
    *(f"<{slash}{name}>" for slash in ("", "/") for name in ("think", "tool_call", "tool_response")),
]
PIECES = st.lists(
    st.one_of(st.sampled_from(TOKENS), st.sampled_from([t[:n] for t in TOKENS for n in range(1, len(t))]), st.text())
).map("".join)


def alive(text: str) -> bool:
    return any(token in form for token in TOKENS for form in (text, unicodedata.normalize("NFC", text)))


@given(PIECES, PIECES)
def test_no_control_token_survives(one: str, other: str) -> None:
    for dialect in BOTH:
        assert not alive(dialect.neutral(one))
        assert not alive(dialect.neutral(one) + dialect.neutral(other))
        assert dialect.neutral(dialect.neutral(one)) == dialect.neutral(one)


def test_harmless_text_stays_as_it_is() -> None:
    for text in ("a < b", "x<y>z", "1 |> 2", "<b>bold</b>", "<thinking>", "Ada <ada@example.com>", "汉字"):
        assert Qwen3VL().neutral(text) == text


# ---------------------------------------------------------------- families and constrained decoding


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Qwen/Qwen3-VL-8B-Thinking", "qwen3_vl"),
        ("qwen3-vl:8b", "qwen3_vl"),
        ("mPLUG/GUI-Owl-1.5-8B", "qwen3_vl"),
        ("my-model", "qwen3_vl"),
        ("Qwen/Qwen3.5-9B", "qwen3_5"),
        ("qwen3.6-35b-a3b", "qwen3_5"),
        ({"model_type": "qwen3_vl_moe"}, "qwen3_vl"),
        ({"model_type": "qwen3_5", "architectures": ["Qwen3_5ForConditionalGeneration"]}, "qwen3_5"),
        ({"model_type": "qwen3_5_moe"}, "qwen3_5"),
    ],
)
def test_families_are_told_apart(model: str | dict[str, Any], name: str) -> None:
    assert dialect_for(model).name == name


def test_what_speaks_otherwise_is_refused() -> None:
    for model in ("Qwen/Qwen2.5-VL-7B-Instruct", {"model_type": "llama"}, {}):
        with pytest.raises(BadInput):
            dialect_for(model)


@pytest.mark.parametrize("dialect", BOTH, ids=lambda d: d.name)
@pytest.mark.parametrize("thinking", [True, False])
def test_the_grammar_takes_what_means_something_and_nothing_else(dialect: Dialect, thinking: bool) -> None:
    xgrammar = pytest.importorskip("xgrammar")
    testing = pytest.importorskip("xgrammar.testing")
    grammar = xgrammar.Grammar.from_structural_tag(dialect.structure(dialect.tools, thinking=thinking))
    matcher = testing._is_grammar_accept_string

    def takes(made: ToolCall) -> bool:
        head = "I see <b>.\n</think>\n\n" if thinking else ""
        return matcher(grammar, f"{head}Action: go on\n{written(dialect, made)}")

    arguments: dict[str, dict[str, Any]] = {
        "key": {"keys": ["ctrl", "a"]},
        "type": {"text": 'He said "no" & left\nÄ'},
        "scroll": {"coordinate": [0, 1000], "pixels": -300},
        "hscroll": {"coordinate": [5, 17], "pixels": 300},
        "wait": {"time": 2},
        "terminate": {"status": "failure"},
        "answer": {"text": "42"},
    }
    for action in ACTIONS:
        good = call(action=action, **arguments.get(action, {"coordinate": [512, 3]}))
        assert takes(good), action
        dialect.action(dialect.read(Answer(text=written(dialect, good))).calls[0], SCREEN, Point(x=1, y=99))
    assert takes(ToolCall(name="image_zoom_in_tool", arguments={"bbox_2d": [1, 2, 30, 1000], "label": "row"}))
    for bad in (
        call(action="left_click"),
        call(action="left_click", coordinate=[1, 1001]),
        call(action="left_click", coordinate=[1]),
        call(action="fly", coordinate=[1, 2]),
        call(action="key", keys=["hyper"]),
        ToolCall(name="shell", arguments={"cmd": "ls"}),
    ):
        assert not takes(bad)
