"""Open one WebSocket connection and carry frames over it.

Role: the socket shell under Client; the only module of the client that touches `websockets`.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Literal
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)
from websockets.typing import Subprotocol

from app.client.close_codes import Return, close_policy
from app.client.codec import Codec, decode_message
from app.client.errors import ConnectFailed, ConnectionLost, ProtocolError
from app.client.messages import Hello
from app.client.session import Event, Greeted, Session

OPEN_TIMEOUT_S: Final = 10
CLOSE_TIMEOUT_S: Final = 2
MESSAGE_BYTES_MAX: Final = 1_048_576
"""The server sends at most 256 KiB; a larger message is no message of the protocol."""

SILENT_HEARTBEATS_MAX: Final = 2
"""In heartbeat intervals: how long nothing may come before the connection counts as lost."""

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_TEMPORARY_STATUSES: Final = frozenset({429, 502, 503, 504})
_PROTOCOL_ERROR: Final = 1002


class Link:
    """One open connection: its socket and its session; loop thread."""

    def __init__(self, socket: ClientConnection, codec: Codec) -> None:
        self.greeting: Hello | None = None
        self._socket = socket
        self._codec = codec
        self._something_to_send = asyncio.Event()
        self.session = Session(self._something_to_send.set)
        self._heard_s = asyncio.get_running_loop().time()
        self._silent = False

    async def serve(self, on_event: Callable[[Event], None]) -> ConnectionLost:
        """Carry messages both ways until the connection ends; return how it ended."""
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write())
            watchdog = tasks.create_task(self._watch())
            lost = await self._read(on_event)
            writer.cancel()
            watchdog.cancel()
        return lost

    async def receive(self) -> list[Event]:
        """Wait for one message and return what it means; raises ConnectionClosed at the end."""
        frame = await self._socket.recv(decode=False)
        self._heard_s = asyncio.get_running_loop().time()
        events = self.session.receive(decode_message(self._codec, frame))
        for event in events:
            if isinstance(event, Greeted):
                self.greeting = event.hello
        return events

    async def send_outgoing(self) -> None:
        """Send what the session has to say; raises ConnectionClosed at the end."""
        for message in self.session.take_outgoing():
            await self._socket.send(self._codec.encode(message), text=self._codec.is_text)

    async def close(self) -> None:
        """Close normally, waiting a little for the other side."""
        await self._socket.close()

    def loss(self, closed: ConnectionClosed) -> ConnectionLost:
        """Say how the connection ended."""
        if self._silent:
            return ConnectionLost("the server fell silent")
        code = 1006 if closed.rcvd is None else closed.rcvd.code
        said = "" if closed.rcvd is None else closed.rcvd.reason
        policy = close_policy(code)
        return ConnectionLost(f"{policy.advice} ({code}{f': {said}' if said else ''})", code=code)

    async def _read(self, on_event: Callable[[Event], None]) -> ConnectionLost:
        try:
            while True:
                for event in await self.receive():
                    on_event(event)
        except ConnectionClosed as closed:
            return self.loss(closed)
        except ProtocolError as error:
            await self._socket.close(_PROTOCOL_ERROR, "not understood")
            return ConnectionLost(f"the server's message was not understood: {error}", code=1002)

    async def _write(self) -> None:
        try:
            while True:
                await self._something_to_send.wait()
                self._something_to_send.clear()
                await self.send_outgoing()
        except ConnectionClosed:
            return  # The reader tells how it ended.

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        assert self.greeting is not None, "an open link was greeted"
        heartbeat_s = self.greeting.heartbeat_ms / 1000
        while True:
            await asyncio.sleep(heartbeat_s / 4)
            if loop.time() - self._heard_s > SILENT_HEARTBEATS_MAX * heartbeat_s:
                self._silent = True
                self._socket.transport.abort()


async def open_link(url: str, token: str | None, codec: Codec) -> Link:
    """Connect, and return when the server has greeted us and answered; raises ConnectFailed."""
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            socket = await _connect(url, token, codec)
            try:
                return await _greeted(Link(socket, codec))
            except BaseException:
                # Nobody will close it otherwise, cancelled or timed out as this may be.
                socket.transport.abort()
                raise
    except InvalidURI as error:
        raise ConnectFailed(f"{url} is no WebSocket address", temporary=False) from error
    except InvalidStatus as error:
        raise _not_admitted(error) from error
    except (OSError, InvalidHandshake, EOFError, ProtocolError) as error:
        detail = str(error) or type(error).__name__
        raise ConnectFailed(f"cannot connect to {url}: {detail}", temporary=True) from error


async def _connect(url: str, token: str | None, codec: Codec) -> ClientConnection:
    # A proxy of the environment is for other hosts than this one.
    proxy: Literal[True] | None = None if urlsplit(url).hostname in _LOOPBACK else True
    return await connect(
        url,
        additional_headers={} if token is None else {"Authorization": f"Bearer {token}"},
        subprotocols=[Subprotocol(codec.subprotocol)],
        compression=None,
        max_size=MESSAGE_BYTES_MAX,
        ping_interval=None,
        open_timeout=None,
        close_timeout=CLOSE_TIMEOUT_S,
        proxy=proxy,
    )


async def _greeted(link: Link) -> Link:
    """Wait for hello, then for the answer to a ping: a wrong token is closed before that."""
    try:
        while link.greeting is None:
            await link.receive()
        link.session.request("ping", {})
        await link.send_outgoing()
        while link.session.in_flight:
            await link.receive()
    except ConnectionClosed as closed:
        lost = link.loss(closed)
        temporary = close_policy(lost.code).rule in (Return.BACKOFF, Return.WHEN_TOLD)
        raise ConnectFailed(str(lost), temporary=temporary, code=lost.code) from closed
    return link


def _not_admitted(error: InvalidStatus) -> ConnectFailed:
    status = error.response.status_code
    after = error.response.headers.get("Retry-After", "")
    return ConnectFailed(
        f"the server answered HTTP {status}",
        temporary=status in _TEMPORARY_STATUSES,
        retry_after_ms=int(after) * 1000 if after.isdigit() else None,
    )
