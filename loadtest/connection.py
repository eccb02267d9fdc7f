"""Hold one bare WebSocket connection: cheap enough to have very many of.

Role: the socket shell of receivers and sender. What messages mean is their caller's business.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

import msgspec

from loadtest.flow import Fields
from loadtest.frames import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameReader,
    NotFrames,
    client_frame,
    upgrade_request,
)

OPEN_TIMEOUT_S: Final = 20.0

TakeMessage = Callable[[bytes], None]
"""Take one text message, on the loop thread, right after its bytes came in."""


class Connection(asyncio.Protocol):
    """One connection; loop thread. `ended` is why it is no more, None while it lives."""

    def __init__(self, request: bytes, take: TakeMessage, on_end: Callable[[str], None]) -> None:
        self.ended: str | None = None
        self._request = request
        self._take = take
        self._on_end = on_end
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._open = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        # uvloop's transports are of no class of asyncio's, whatever their methods.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take what came, whole messages at a time."""
        try:
            for opcode, payload in self._reader.feed(data):
                self._frame(opcode, payload)
        except NotFrames as error:
            self._end(str(error))
        if self._reader.upgraded:
            self._open.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self._end(str(exc) if exc is not None else "the connection was lost")

    def pause_writing(self) -> None:
        """Let whoever writes wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let whoever waits write again."""
        self._writable.set()

    def send_nowait(self, fields: Fields) -> None:
        """Send one message at once; passed over after the end, which `ended` tells."""
        if self._transport is not None and self.ended is None:
            self._transport.write(client_frame(TEXT, msgspec.json.encode(fields)))

    async def wait_writable(self) -> None:
        """Wait until the socket takes more, letting the loop turn at least once."""
        await asyncio.sleep(0)
        await self._writable.wait()

    async def wait_open(self) -> None:
        """Wait for the upgrade; raises ConnectionError where it is refused."""
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            await self._open.wait()
        if self.ended is not None:
            raise ConnectionError(self.ended)

    def close(self) -> None:
        """Close it from this side."""
        self._end("closed by this side")

    def _frame(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._take(payload)
        elif opcode == PING and self._transport is not None:
            self._transport.write(client_frame(PONG, payload))
        elif opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big")
            self._end(f"closed {code} {payload[2:].decode(errors='replace')}")

    def _end(self, why: str) -> None:
        """End once and tell it; `ended` keeps why."""
        if self.ended is None:
            self.ended = why
            self._on_end(why)
        self._open.set()
        self._writable.set()
        if self._transport is not None:
            self._transport.close()


async def connect(
    host: str, port: int, token: str, take: TakeMessage, on_end: Callable[[str], None]
) -> Connection:
    """Return an open connection; `on_end` is told once why it ended.

    Raises OSError (TimeoutError among them).
    """
    loop = asyncio.get_running_loop()
    request = upgrade_request(host, port, token)
    async with asyncio.timeout(OPEN_TIMEOUT_S):
        _, connection = await loop.create_connection(
            lambda: Connection(request, take, on_end), host, port
        )
    await connection.wait_open()
    return connection
