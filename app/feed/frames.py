"""Build WebSocket frames as a server sends them: whole, final, unmasked (RFC 6455 §5.2).

Role: a message is framed once and the same bytes go to every socket of a group. Pure; imports
nothing but the standard library.
"""

from enum import IntEnum, unique
from typing import Final

_FINAL: Final = 0x80
_LENGTH_7_BITS_MAX: Final = 125
_LENGTH_16_BITS: Final = 126
_LENGTH_64_BITS: Final = 127


@unique
class Opcode(IntEnum):
    """What a frame carries."""

    TEXT = 0x1
    BINARY = 0x2


def build_frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return the frame that carries `payload`; O(len(payload))."""
    length = len(payload)
    first = _FINAL | opcode
    if length <= _LENGTH_7_BITS_MAX:
        return bytes((first, length)) + payload
    if length < 1 << 16:
        return bytes((first, _LENGTH_16_BITS)) + length.to_bytes(2, "big") + payload
    return bytes((first, _LENGTH_64_BITS)) + length.to_bytes(8, "big") + payload


def frame_payload(frame: bytes) -> tuple[Opcode, bytes]:
    """Return what `build_frame` was given, for servers that frame by themselves."""
    header = {_LENGTH_16_BITS: 4, _LENGTH_64_BITS: 10}.get(frame[1], 2)
    return Opcode(frame[0] & ~_FINAL), frame[header:]
