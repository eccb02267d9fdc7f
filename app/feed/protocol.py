"""Be uvicorn's WebSocket protocol with what the feed needs of it: its transport.

Role: uvicorn's `ws=`. Whole frames go straight to the transport, client messages straight to the
session, and the session decides how a connection ends: uvicorn alone would wait for ever for a
reader that never reads. Belongs to the event loop's thread. Imports uvicorn, nothing of `app` but
the frame's opcode and the bounds.

    peer ── data_received ──► parser ──► Peer.receive
    peer ◄── transport.write ◄── write(frame) ◄── outbox
             pause_writing, resume_writing ──► Peer.pause, Peer.resume
"""

import asyncio
from typing import Any, Final, Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from app.feed.frames import Opcode

EXTENSION: Final = "depthcast.transport"
"""Where the ASGI scope's extensions have this protocol, as a `DirectTransport`."""

CLOSING_S_MAX: Final = 3.0
"""How long a connection may take to end once we decided that it does; then it is cut."""

REFUSED_LINGER_S: Final = 1.0
"""How long we read on after refusing a frame: a socket closed with unread data loses the reason."""

PONG_BUFFER_BYTES_MAX: Final = 65_536
"""Unsent bytes beyond which pings are not answered: somebody pings and does not read."""


class Peer(Protocol):
    """The session behind a connection, as the transport knows it."""

    def receive(self, data: bytes, opcode: Opcode) -> None:
        """Take one whole message."""

    def pause(self) -> None:
        """Take note that the socket's buffer is not empty."""

    def resume(self) -> None:
        """Take note that it is empty again."""

    def pong_missing(self) -> None:
        """Take note that a ping was not answered in time."""

    def drain(self) -> None:
        """Take note that the server is asked to stop."""


class DirectTransport(Protocol):
    """What the application finds in the scope; also the sink of an outbox."""

    def attach(self, peer: Peer) -> None:
        """Let messages and the state of the buffer go to `peer`; the handshake is complete."""

    def detach(self) -> None:
        """Let them go nowhere."""

    def write(self, frame: bytes) -> None:
        """Send one whole frame."""

    def closing(self) -> None:
        """See that the connection ends within CLOSING_S_MAX."""

    def close(self, code: int, reason: str) -> None:
        """Send the close frame and wait for the peer's."""


class FeedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, with the transport handed to the application through the scope."""

    closing_s: float = CLOSING_S_MAX
    peer: Peer | None = None

    # --- for the application --------------------------------------------------------------------

    def attach(self, peer: Peer) -> None:
        """Let messages go to `peer`; from here on the buffer is either empty or paused."""
        self.peer = peer
        self.transport.set_write_buffer_limits(high=0)
        while not self.queue.empty():
            event: Any = self.queue.get_nowait()
            if event["type"] != "websocket.receive":
                self.queue.put_nowait(event)
                break
            text, data = event.get("text"), event.get("bytes")
            if text is not None:
                peer.receive(text.encode(), Opcode.TEXT)
            else:
                peer.receive(data, Opcode.BINARY)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def detach(self) -> None:
        """Let messages go nowhere."""
        self.peer = None

    def write(self, frame: bytes) -> None:
        """Send one whole frame; a connection that is going away takes nothing."""
        if not self.transport.is_closing():
            self.transport.write(frame)

    def closing(self) -> None:
        """Cut the connection if it does not end by itself."""
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.closing_s, self.transport.abort)

    def close(self, code: int, reason: str) -> None:
        """Send the close frame behind everything written, read on until the peer's comes."""
        self.closing()
        if self.close_sent or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    # --- from the transport ---------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse what came; after a protocol error it is read and dropped."""
        if self.conn.parser_exc is None:
            super().data_received(data)

    def pause_writing(self) -> None:
        """Stop the outbox."""
        super().pause_writing()
        if self.peer is not None:
            self.peer.pause()

    def resume_writing(self) -> None:
        """Let the outbox go on."""
        super().resume_writing()
        if self.peer is not None:
            self.peer.resume()

    def shutdown(self) -> None:
        """Let the session say goodbye with its own code; uvicorn would send 1012.

        A connection that is closing already ends by its timer.
        """
        if self.peer is not None:
            self.peer.drain()
        elif not self.close_sent:
            super().shutdown()

    # --- from the parser ------------------------------------------------------------------------

    def handle_connect(self, event: Request) -> None:
        """Hand ourselves to the application, which runs in a later turn of the loop."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self

    def send_receive_event_to_app(self) -> None:
        """Hand a message to the session at once, without the queue and its pauses."""
        if self.peer is None:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            is_text = self.curr_msg_data_type == "text"
            self.peer.receive(bytes(data), Opcode.TEXT if is_text else Opcode.BINARY)

    def handle_ping(self) -> None:
        """Answer, unless the peer does not read what it asks for."""
        if self.transport.get_write_buffer_size() <= PONG_BUFFER_BYTES_MAX:
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def keepalive_timeout(self) -> None:
        """Let the session close with its own code; uvicorn would send 1011."""
        if self.peer is None:
            super().keepalive_timeout()
            return
        self.pong_timer = None
        self.pending_ping_payload = None
        self.peer.pong_missing()

    def handle_close(self, event: Frame) -> None:
        """Answer the peer's close; a peer that closes and does not read is cut."""
        super().handle_close(event)
        self._cut_if_stuck()

    def handle_parser_exception(self) -> None:
        """Send the library's close frame and read on for a moment, so that it arrives."""
        assert self.conn.close_sent is not None
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.close_sent or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(REFUSED_LINGER_S, self.transport.abort)

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Cut a connection that the application left and whose peer does not read."""
        super().on_task_complete(task)
        self._cut_if_stuck()

    def _cut_if_stuck(self) -> None:
        if self.transport.is_closing() and not self.disconnected:
            self.closing()
