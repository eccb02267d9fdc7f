"""Read and write WebSocket frames, no more of them than a load client needs (RFC 6455).

Role: bytes in, frames out, and back. Sans-I/O: never a socket or asyncio.
"""

import base64
import os
import struct
from collections.abc import Iterator
from typing import Final

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

FRAME_BYTES_MAX: Final = 1_048_576
"""The server sends at most 256 KiB; more is a stream that was misread."""

_FINAL: Final = 0x80
_OPCODE: Final = 0x0F
_UPGRADED: Final = b"HTTP/1.1 101 "
_HEAD_END: Final = b"\r\n\r\n"
_HEAD_BYTES_MAX: Final = 65_536


class NotFrames(ValueError):
    """What came is not what a Depthcast server sends."""


class FrameReader:
    """Cut a stream of a server into frames, the answer to the upgrade before them."""

    def __init__(self) -> None:
        self.upgraded = False
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (opcode, payload) of each whole frame; raises NotFrames."""
        self._rest += data
        if not self.upgraded and not self._take_head():
            return
        start = 0
        while (found := _frame(self._rest, start)) is not None:
            opcode, begin, start = found
            yield opcode, self._rest[begin:start]
        self._rest = self._rest[start:]

    def _take_head(self) -> bool:
        head, end, rest = self._rest.partition(_HEAD_END)
        if not end and len(head) < _HEAD_BYTES_MAX:
            return False
        if not head.startswith(_UPGRADED):
            line = head.partition(b"\r\n")[0].decode("latin-1")
            raise NotFrames(f"the upgrade was answered {line!r}")
        self.upgraded, self._rest = True, rest
        return True


def _frame(data: bytes, start: int) -> tuple[int, int, int] | None:
    """Return opcode, begin and end of the payload of the frame at `start`; None unless whole."""
    if len(data) < start + 2:
        return None
    first, length = data[start], data[start + 1]
    begin = start + {126: 4, 127: 10}.get(length, 2)
    if not first & _FINAL or length > 127:
        raise NotFrames("a fragment, or a masked frame")
    if len(data) < begin:
        return None
    if length > 125:
        length = int.from_bytes(data[start + 2 : begin], "big")
    if length > FRAME_BYTES_MAX:
        raise NotFrames(f"a frame of {length} bytes")
    end = begin + length
    return (first & _OPCODE, begin, end) if len(data) >= end else None


def client_frame(opcode: int, payload: bytes) -> bytes:
    """Return a client's frame. The mask is zero: legal, and it costs the sender nothing."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", _FINAL | opcode, 0x80 | length)
    elif length < 65_536:
        head = struct.pack("!BBH", _FINAL | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", _FINAL | opcode, 0x80 | 127, length)
    return head + bytes(4) + payload


def upgrade_request(host: str, port: int, token: str) -> bytes:
    """Return the request that opens a connection with a token."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /v1/ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: depthcast.v1.json\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
