"""Serve a session over ASGI alone, for servers that do not hand out their transport.

Role: one task sends, one receives. A frame under way counts as a full buffer, so conflation and
the bounds work as on the direct path; a reader that never reads is left to the server once our
side gave up. Belongs to the event loop's thread.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.feed.frames import Opcode, frame_payload
from app.feed.session import Session

CLOSING_S_MAX = 3.0
"""How long a connection may take to end once we decided that it does."""


class PlainSink:
    """Hold what the sending task takes next."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._close: tuple[int, str] | None = None
        self._wake = asyncio.Event()
        self._deadline: asyncio.Timeout | None = None
        self._session: Session | None = None

    def write(self, frame: bytes) -> None:
        """Take a frame; nothing more until it was sent."""
        self._frames.append(frame)
        self._wake.set()
        if self._session is not None:
            self._session.pause()

    def closing(self) -> None:
        """Give up soon, whatever the peer does."""
        if self._deadline is not None:
            loop = asyncio.get_running_loop()
            self._deadline.reschedule(loop.time() + CLOSING_S_MAX)

    def close(self, code: int, reason: str) -> None:
        """Close behind the frames that were taken."""
        self._close = (code, reason)
        self._wake.set()

    async def send_all(
        self, session: Session, websocket: WebSocket, clock_us: Callable[[], int]
    ) -> None:
        """Send until the session closes or time is up."""
        self._session = session
        async with asyncio.timeout(None) as self._deadline:
            if self._close is not None:
                self.closing()
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._frames:
                    await _send(websocket, self._frames.popleft())
                if self._close is not None:
                    await websocket.close(*self._close)
                    return
                session.resume(clock_us())


async def serve_plain(
    session: Session, sink: PlainSink, websocket: WebSocket, clock_us: Callable[[], int]
) -> None:
    """Run both directions until either ends; the session was opened."""
    sender = asyncio.ensure_future(sink.send_all(session, websocket, clock_us))
    receiver = asyncio.ensure_future(_receive_all(session, websocket, clock_us))
    try:
        await asyncio.wait((sender, receiver), return_when=asyncio.FIRST_COMPLETED)
    finally:
        session.lost()
        sender.cancel()
        receiver.cancel()
        results = await asyncio.gather(sender, receiver, return_exceptions=True)
    for result in results:
        ended = (TimeoutError, WebSocketDisconnect, asyncio.CancelledError)
        if isinstance(result, BaseException) and not isinstance(result, ended):
            raise result


async def _receive_all(session: Session, websocket: WebSocket, clock_us: Callable[[], int]) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text, data = message.get("text"), message.get("bytes")
        if text is not None:
            session.receive(text.encode(), Opcode.TEXT, clock_us())
        elif data is not None:
            session.receive(data, Opcode.BINARY, clock_us())


async def _send(websocket: WebSocket, frame: bytes) -> None:
    opcode, payload = frame_payload(frame)
    if opcode is Opcode.TEXT:
        await websocket.send_text(payload.decode())
    else:
        await websocket.send_bytes(payload)
