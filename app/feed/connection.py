"""Serve one WebSocket connection: the thin shell around a session.

Role: admission, subprotocol, accept; then the session and the transport talk to each other and
this waits for the end. On another server than ours the plain shell takes over. Belongs to the
event loop's thread.
"""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.responses import Response
from starlette.websockets import WebSocket

from app import wire
from app.errors import Refusal, refuse
from app.feed.codecs import Codec, choose_codec, names_only_unknown
from app.feed.frames import Opcode
from app.feed.outbox import Outbox, Sink
from app.feed.plain_connection import PlainSink, serve_plain
from app.feed.protocol import EXTENSION, DirectTransport
from app.feed.services import Feed
from app.feed.session import Session
from auth.tokens import bearer_token


def feed_endpoint(feed: Feed) -> Callable[[WebSocket], Awaitable[None]]:
    """Return the endpoint of the WebSocket route."""

    async def endpoint(websocket: WebSocket) -> None:
        await serve_connection(feed, websocket)

    return endpoint


async def serve_connection(feed: Feed, websocket: WebSocket) -> None:
    """Serve one connection to its end."""
    headers = websocket.headers
    refusal = feed.admission(headers.get("origin"), headers.get("host"))
    if refusal is not None:
        await _deny(websocket, refusal)
        return
    asked: list[str] = websocket.scope["subprotocols"]
    codec, subprotocol = choose_codec(asked)
    await websocket.accept(subprotocol=subprotocol)
    transport: DirectTransport | None = websocket.scope.get("extensions", {}).get(EXTENSION)
    if transport is None:
        sink = PlainSink()
        session = _session(feed, codec, sink)
        _open(feed, session, websocket, names_only_unknown(asked))
        await serve_plain(session, sink, websocket, feed.clock_us)
        return
    session = _session(feed, codec, transport)
    try:
        _open(feed, session, websocket, names_only_unknown(asked))
        transport.attach(_SessionPeer(session, feed))
        while (await websocket.receive())["type"] != "websocket.disconnect":
            continue
    finally:
        transport.detach()
        session.lost()


class _SessionPeer:
    """Stamp the time on what the transport tells the session."""

    def __init__(self, session: Session, feed: Feed) -> None:
        self._session = session
        self._feed = feed
        self.pause = session.pause
        self.pong_missing = session.pong_missing
        self.drain = feed.drain

    def receive(self, data: bytes, opcode: Opcode) -> None:
        """Hand a message on."""
        self._session.receive(data, opcode, self._feed.clock_us())

    def resume(self) -> None:
        """Hand on that the socket takes more."""
        self._session.resume(self._feed.clock_us())


def _session(feed: Feed, codec: Codec, sink: Sink) -> Session:
    outbox = Outbox(sink, feed.settings.outbox_bytes, feed.hub.statistics)
    return Session(feed, feed.next_connection_id(), codec, outbox)


def _open(feed: Feed, session: Session, websocket: WebSocket, subprotocols_unknown: bool) -> None:
    session.open(_header_token(feed, websocket), subprotocols_unknown, feed.clock_us())


def _header_token(feed: Feed, websocket: WebSocket) -> str | Refusal | None:
    """Return the token of the upgrade request, None when there is no such header."""
    header = websocket.headers.get("authorization")
    if header is None:
        return None
    token = bearer_token(header)
    if isinstance(token, str):
        return token
    feed.hub.statistics.auth_failures[token.reason] += 1
    return refuse(token.code, token.detail)


async def _deny(websocket: WebSocket, refusal: Refusal) -> None:
    """Refuse the upgrade by HTTP, where the server can say more than 403."""
    if "websocket.http.response" not in websocket.scope.get("extensions", {}):
        await websocket.close()
        return
    problem = wire.problem(refusal)
    headers = {}
    if refusal.retry_after_ms is not None:
        headers["Retry-After"] = str(-(-refusal.retry_after_ms // 1_000))
    response = Response(
        msgspec.json.encode(problem), problem.status, headers, "application/problem+json"
    )
    await websocket.send_denial_response(response)
