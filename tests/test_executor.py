"""The executor without a display: keysyms, layouts, spare keys, the wire."""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.errors import ExecutorFailed
from agent.executor import Executor
from agent.executor.keymap import Bindings, Layout, Stroke, definition, spare_codes
from agent.executor.keysyms import NAMED, char_to_keysym, is_awkward, keysym_to_char
from agent.executor.wire import Debt, KeyDefinition, Order
from agent.executor.xkb import Keymap, KeyType
from agent.schema import Approval, Click, Done, Permit, Point, TypeText, Verdict

ONE_LEVEL, FOUR_LEVEL = KeyType(0, {}), KeyType(0x81, {0x01: 1, 0x80: 2, 0x81: 3})
SHIFT, ALTGR = 50, 92


def key(*syms: int, kind: int = 1, groups: int = 1) -> KeyDefinition:
    return KeyDefinition(types=(kind, kind, kind, kind), groups=groups, width=len(syms) // groups, syms=syms)


def keymap(**keys: KeyDefinition) -> Keymap:
    """A keymap from 8 to 120 with Shift and AltGr; `k24=key(...)` sets keycode 24."""
    table = [KeyDefinition()] * 113
    table[SHIFT - 8] = key(NAMED["shift"], kind=0)
    table[ALTGR - 8] = key(NAMED["altgr"], kind=0)
    for name, value in keys.items():
        table[int(name[1:]) - 8] = value
    return Keymap(8, tuple(table), (ONE_LEVEL, FOUR_LEVEL), {SHIFT: 0x01, ALTGR: 0x80})


@given(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")))
def test_every_character_has_a_keysym_and_comes_back(char: str) -> None:
    assert keysym_to_char(char_to_keysym(char)) == char


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud83d", "\u2028"])
def test_what_no_key_means_is_refused(char: str) -> None:
    with pytest.raises(ValueError, match="can't be typed"):
        char_to_keysym(char)


@pytest.mark.parametrize(
    ("keysym", "char"),
    [(0x6C1, "а"), (0x6B3, "Ё"), (0x7F3, "ς"), (0x7F2, "σ"), (0xCE0, "א"), (0x1EA, "ę"), (0x20AC, "€"), (0x5C7, "ا")],
)
def test_keysyms_from_before_unicode(keysym: int, char: str) -> None:
    assert keysym_to_char(keysym) == char


def test_dead_and_function_keys_are_no_characters() -> None:
    assert all(keysym_to_char(keysym) is None for keysym in (0xFE51, 0xFF0D, 0xFFE1, 0xFFB1, 0x1008FF11, 0))


def test_legacy_keysyms_agree_with_the_library_that_toolkits_use() -> None:
    name = ctypes.util.find_library("xkbcommon")
    if name is None:
        pytest.skip("libxkbcommon is not installed")
    library: Any = ctypes.CDLL(name)
    for keysym in range(0x20, 0x20FF):
        char, theirs = keysym_to_char(keysym), library.xkb_keysym_to_utf32(keysym)
        assert char is None or not theirs or ord(char) == theirs, hex(keysym)


def test_a_layout_gives_shift_and_altgr_levels() -> None:
    layout = Layout(keymap(k24=key(ord("q"), ord("Q"), ord("@"), 0x7D9)), 0)
    assert layout.stroke(ord("q")) == Stroke(24)
    assert layout.stroke(ord("Q")) == Stroke(24, (SHIFT,))
    assert layout.stroke(ord("@")) == Stroke(24, (ALTGR,))
    assert layout.stroke(char_to_keysym("Ω")) == Stroke(24, (SHIFT, ALTGR))
    assert layout.stroke(ord("x")) is None


def test_a_legacy_keysym_serves_the_character() -> None:
    layout = Layout(keymap(k38=key(0x6C1, 0x6E1)), 0)
    assert layout.stroke(char_to_keysym("а")) == Stroke(38)
    assert layout.stroke(char_to_keysym("А")) == Stroke(38, (SHIFT,))


def test_the_active_group_counts() -> None:
    both = key(ord("a"), ord("A"), 0x6C6, 0x6E6, kind=0, groups=2)
    assert Layout(keymap(k38=both), 0).stroke(ord("a")) == Stroke(38)
    assert Layout(keymap(k38=both), 1).stroke(ord("a")) is None
    assert Layout(keymap(k38=both), 1).stroke(char_to_keysym("ф")) == Stroke(38)


def test_the_plain_key_wins_over_the_keypad() -> None:
    layout = Layout(keymap(k104=key(NAMED["enter"]), k36=key(NAMED["enter"])), 0)
    assert layout.stroke(NAMED["enter"]) == Stroke(36)


def test_spare_keys_have_no_meaning_or_a_harmless_one() -> None:
    launch, copy = key(0x1008FF41), key(0x1008FF57)
    free = keymap(k100=launch, k101=copy, k102=key(ord("x")))
    assert {100, 101, 102}.isdisjoint(spare_codes(free, rich=False))
    assert {100, 101, 102} & set(spare_codes(free, rich=True)) == {100}
    assert {SHIFT, ALTGR, 8}.isdisjoint(spare_codes(free, rich=True))


def test_bindings_take_the_key_that_was_used_longest_ago() -> None:
    bindings = Bindings([1, 2, 3])
    assert bindings.assign([10, 11, 12], frozenset()) == {1: 10, 2: 11, 3: 12}
    bindings.used(1)
    assert bindings.assign([13], frozenset({12})) == {2: 13}
    assert bindings.assign([10, 12], frozenset({10, 12})) == {}
    with pytest.raises(ValueError, match="no spare keys"):
        bindings.assign([20], frozenset({10, 12, 13}))


def test_bindings_notice_that_somebody_set_another_layout() -> None:
    bindings = Bindings([100, 101])
    bindings.assign([10, 11], frozenset())
    bindings.check(keymap(k100=definition(10), k101=key(ord("x"))))
    assert bindings.bound() == {100}
    assert len(bindings) == 1


def test_nothing_but_gestures_goes_over_the_wire() -> None:
    for line in (
        '{"number": 1, "gesture": {"kind": "done"}}',
        '{"number": 1, "gesture": {"kind": "type_text", "text": "x", "then": "rm"}}',
        '{"number": 1, "gesture": {"kind": "zoom", "region": {"left": 0, "top": 0, "width": 1, "height": 1}}}',
        '{"number": 1, "exec": "1"}',
    ):
        with pytest.raises(ValidationError):
            Order.model_validate_json(line)
    order = Order(number=3, gesture=TypeText(text="e\u0301\n😀", secret=True))
    assert Order.model_validate_json(order.model_dump_json()) == order


def test_debts_come_back_from_their_line() -> None:
    debt = Debt(kind="keys", keys={93: key(0x1004E2D), 94: KeyDefinition()})
    assert Debt.model_validate_json(debt.model_dump_json()) == debt


def test_what_needs_no_hands_is_not_sent() -> None:
    executor = Executor(":0", xauthority=None, private=True)
    assert executor.perform(permit(1, Done())).status == "failed"


def test_what_was_stopped_before_it_began_reaches_no_hands() -> None:
    """No process is started, and the permit is not used up."""
    executor, stop = Executor(":0", xauthority=None, private=True, wrap=("/nonexistent/jail",)), threading.Event()
    stop.set()
    outcome = executor.perform(permit(1, Click(point=Point(x=1, y=1))), stop)
    assert (outcome.status, outcome.detail) == ("failed", "stopped before it began")
    assert executor.pids == {}
    assert executor.at_work(0.0) is None


@pytest.mark.parametrize(
    "wrap", [("/nonexistent/jail",), ("false",), ("sh", "-c", "echo no user namespaces >&2; exit 3")]
)
def test_a_child_that_can_not_start_says_why(wrap: tuple[str, ...]) -> None:
    executor = Executor(":0", xauthority=None, private=True, wrap=wrap)
    with pytest.raises(ExecutorFailed, match=r"nonexistent|exit status 1|no user namespaces"):
        executor.perform(permit(1, Click(point=Point(x=1, y=1))))
    executor.close()


def permit(number: int, action: Any) -> Permit:
    return Permit(
        action=action,
        verdict=Verdict(effect="allow", rule="test"),
        approval=Approval(decision="approve", by="auto"),
        number=number,
    )


@pytest.mark.parametrize("char", ["＠", "ﺀ", "﹐", "\u07ae"])
def test_characters_that_toolkits_take_for_compose_keys_are_known(char: str) -> None:
    assert is_awkward(char_to_keysym(char))
    assert not is_awkward(char_to_keysym("@"))
    assert not is_awkward(NAMED["tab"])
