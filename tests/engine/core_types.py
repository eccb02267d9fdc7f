"""Read the core's `.pxd` files as text: their enumerations and structs.

Role: an outside reader of the record layout. Structs become ctypes structures, so that tests can
look into record bytes by the names that the layout gives.
"""

import ctypes
import re
from functools import cache
from pathlib import Path
from typing import Any

CORE = Path(__file__).resolve().parents[2] / "engine" / "core"

_ENUM = re.compile(r"^cdef enum (\w*):\n((?:    .*\n)+)|^cdef enum:\n((?:    .*\n)+)", re.MULTILINE)
_STRUCT = re.compile(r"^cdef struct (\w+):.*\n((?:    .*\n)+)", re.MULTILINE)
_MEMBER = re.compile(r"^    (\w+) = (\w+(?: << \w+)?)", re.MULTILINE)
_FIELD = re.compile(r"^    (\w+) (\w+)(?:\[(\w+)\])?", re.MULTILINE)
_INTEGERS = {
    "uint8_t": ctypes.c_uint8,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
}


@cache
def _text() -> str:
    return "".join(path.read_text() for path in sorted(CORE.glob("*.pxd")))


@cache
def enumeration(name: str) -> dict[str, int]:
    """Return the members of an enumeration by name; "" is all those without a name."""
    members: list[tuple[str, str]] = []
    for found in _ENUM.finditer(_text()):
        if (found[1] or "") == name:
            members += _MEMBER.findall(found[2] or found[3])
    if not members:
        raise KeyError(name)
    return {member: _value(text) for member, text in members}


def _value(text: str) -> int:
    """Read "41", "0xFF" or "1 << 10"."""
    base, _, shift = text.partition("<<")
    return int(base.strip().rstrip("UL"), 0) << int(shift or "0", 0)


@cache
def struct(name: str) -> Any:
    """Return a struct as a ctypes class; one with a pointer or another name in it: KeyError."""
    for found in _STRUCT.finditer(_text()):
        if found[1] == name:
            fields = [_field(*row) for row in _FIELD.findall(found[2])]
            return type(name, (ctypes.LittleEndianStructure,), {"_fields_": fields})
    raise KeyError(name)


def _field(kind: str, name: str, count: str) -> tuple[str, Any]:
    field = _INTEGERS[kind] if kind in _INTEGERS else struct(kind)
    return name, field * int(count) if count else field


def record(name: str, records: bytes, slot: int = 0) -> Any:
    """Return the record that begins at a slot, its fields by name."""
    return struct(name).from_buffer_copy(records, slot * enumeration("")["SLOT_BYTES"])
