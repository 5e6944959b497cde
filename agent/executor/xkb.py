"""The few requests of the X Keyboard Extension that exact typing needs, in typed form.

The core protocol can't tell which modifiers reach which level of a key, and writing a key through it flattens
the key's neighbours; XKB reads and writes a range of keys exactly, with one notice to the clients.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from Xlib.protocol import rq

from agent.executor.wire import KeyDefinition

SHIFT, LOCK, CONTROL = 1, 2, 4
_CORE_KEYBOARD = 0x100
_TYPES, _SYMS, _MODIFIERS, _ACTIONS = 1, 2, 4, 16


class _Use(rq.ReplyRequest):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor"))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Card8("supported"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(24)
    )


class _GetState(rq.ReplyRequest):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("device"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card8("mods"),
        rq.Card8("base_mods"),
        rq.Card8("latched_mods"),
        rq.Card8("locked_mods"),
        rq.Card8("group"),
        rq.Pad(19),
    )


class _LockState(rq.Request):
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(5),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Card8("affect_locks"),
        rq.Card8("locks"),
        rq.Card8("lock_group"),
        rq.Card8("group"),
        rq.Card8("affect_latches"),
        rq.Pad(1),
        rq.Pad(1),
        rq.Card8("latch_group"),
        rq.Card16("group_latch"),
    )


class _GetMap(rq.ReplyRequest):
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(8),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Card16("full"),
        rq.Card16("partial"),
        rq.Pad(18),
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("device"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Pad(2),
        rq.Card8("low"),
        rq.Card8("high"),
        rq.Card16("present"),
        rq.Card8("first_type"),
        rq.Card8("types"),
        rq.Card8("all_types"),
        rq.Card8("first_sym"),
        rq.Card16("total_syms"),
        rq.Card8("sym_keys"),
        rq.Card8("first_action"),
        rq.Card16("total_actions"),
        rq.Card8("action_keys"),
        rq.Pad(6),
        rq.Card8("first_modifier"),
        rq.Card8("modifier_keys"),
        rq.Card8("total_modifiers"),
        rq.Pad(6),
        rq.Binary("rest"),
    )


class _SetMap(rq.Request):
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(9),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Card16("present"),
        rq.Card16("flags"),
        rq.Card8("low"),
        rq.Card8("high"),
        rq.Pad(2),
        rq.Card8("first_sym"),
        rq.Card8("sym_keys"),
        rq.Card16("total_syms"),
        rq.Pad(18),
        rq.Binary("syms"),
    )


@dataclass(frozen=True, slots=True)
class KeyType:
    """How modifiers choose a level: `levels[pressed & mask]`, 0 where it isn't listed."""

    mask: int
    levels: dict[int, int]


@dataclass(frozen=True, slots=True)
class Keymap:
    """What every keycode gives and which modifier it is."""

    low: int
    keys: tuple[KeyDefinition, ...]
    """From keycode `low` on."""
    types: tuple[KeyType, ...]
    modifiers: dict[int, int]
    """Keycode -> real modifier bits."""
    acting: frozenset[int] = frozenset()
    """Keycodes for which the server does something itself (and may keep the press from the clients)."""

    def codes(self) -> range:
        return range(self.low, self.low + len(self.keys))

    def __getitem__(self, code: int) -> KeyDefinition:
        return self.keys[code - self.low]

    def level(self, code: int, group: int, pressed: int) -> int:
        """The keysym that a key gives in an active group with modifiers pressed; 0 for none."""
        key = self[code]
        count = key.groups & 0x0F
        if not count:
            return 0
        if group >= count:
            beyond = key.groups & 0xC0
            group = count - 1 if beyond == 0x40 else (key.groups >> 4 & 3) % count if beyond == 0x80 else group % count
        kind = self.types[key.types[group]]
        place = group * key.width + kind.levels.get(pressed & kind.mask, 0)
        return key.syms[place] if place < len(key.syms) else 0


class Xkb:
    """XKB on one connection. Raises LookupError where the display lacks it."""

    def __init__(self, display: Any) -> None:
        """`display` is an Xlib.display.Display."""
        found = display.query_extension("XKEYBOARD")
        if found is None or not found.present:
            raise LookupError("the display has no X Keyboard Extension")
        self._display = display.display
        self._opcode: int = found.major_opcode
        _Use(display=self._display, opcode=self._opcode, major=1, minor=0)

    def state(self) -> tuple[int, int, int]:
        """(modifiers that are down, locked modifiers, active group)."""
        reply = _GetState(display=self._display, opcode=self._opcode, device=_CORE_KEYBOARD)
        return reply.base_mods, reply.locked_mods, reply.group

    def lock(self, affect: int, locks: int) -> None:
        """Set the locked state of the modifiers in `affect`, and drop every latched one."""
        _LockState(
            display=self._display,
            opcode=self._opcode,
            device=_CORE_KEYBOARD,
            affect_locks=affect,
            locks=locks,
            lock_group=0,
            group=0,
            affect_latches=0xFF,
            latch_group=0,
            group_latch=0,
        )

    def keymap(self) -> Keymap:
        """The whole present keymap (one round trip)."""
        reply = _GetMap(
            display=self._display,
            opcode=self._opcode,
            device=_CORE_KEYBOARD,
            full=_TYPES | _SYMS | _MODIFIERS | _ACTIONS,
            partial=0,
        )
        rest = bytes(reply.rest)
        types, at = _types(rest, reply.types)
        keys, at = _keys(rest, at, reply.sym_keys)
        acting = {reply.first_action + i for i in range(reply.action_keys) if rest[at + i]}
        at += -(-reply.action_keys // 4) * 4 + 8 * reply.total_actions
        pairs = [struct.unpack_from("BB", rest, at + 2 * i) for i in range(reply.total_modifiers)]
        return Keymap(reply.first_sym, keys, types, dict(pairs), frozenset(acting))

    def redefine(self, keymap: Keymap, new: dict[int, KeyDefinition]) -> None:
        """Give keys a new meaning, in one request; `keymap` must be the present one."""
        if not new:
            return
        first, last = min(new), max(new)
        keys = [new.get(code) or keymap[code] for code in range(first, last + 1)]
        _SetMap(
            display=self._display,
            opcode=self._opcode,
            device=_CORE_KEYBOARD,
            present=_SYMS,
            flags=0,
            low=keymap.low,
            high=keymap.codes()[-1],
            first_sym=first,
            sym_keys=len(keys),
            total_syms=sum(len(key.syms) for key in keys),
            syms=b"".join(_packed(keys)),
        )


def _types(data: bytes, count: int) -> tuple[tuple[KeyType, ...], int]:
    types: list[KeyType] = []
    at = 0
    for _ in range(count):
        mask, _real, _virtual, _levels, entries, preserve = struct.unpack_from("=BBHBBB", data, at)
        at += 8
        levels: dict[int, int] = {}
        for _ in range(entries):
            active, mods, level = struct.unpack_from("=BBB", data, at)
            at += 8
            if active:
                levels[mods] = level
        at += 4 * entries if preserve else 0
        types.append(KeyType(mask, levels))
    return tuple(types), at


def _keys(data: bytes, at: int, count: int) -> tuple[tuple[KeyDefinition, ...], int]:
    keys: list[KeyDefinition] = []
    for _ in range(count):
        a, b, c, d, groups, width, number = struct.unpack_from("=BBBBBBH", data, at)
        syms = struct.unpack_from(f"={number}I", data, at + 8)
        at += 8 + 4 * number
        keys.append(KeyDefinition.model_construct(types=(a, b, c, d), groups=groups, width=width, syms=syms))
    return tuple(keys), at


def _packed(keys: Iterable[KeyDefinition]) -> Iterable[bytes]:
    for key in keys:
        yield struct.pack("=BBBBBBH", *key.types, key.groups, key.width, len(key.syms))
        yield struct.pack(f"={len(key.syms)}I", *key.syms)
