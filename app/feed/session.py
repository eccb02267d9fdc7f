"""Speak the protocol with one client: bytes in, frames and a close out (docs/PROTOCOL.md).

Role: the order in which a message is judged – size, form, rate, permission – and who handles it.
Sans-I/O: time is an argument, the outbox is given. Owned by the loop's thread. Never imports
asyncio, sockets or the web framework.

    open ──► hello ──► [auth] ──► receive … ──► end (we close) or lost (the peer is gone)
"""

from collections.abc import Callable
from typing import Any, Final

from app import limits
from app.errors import CloseCode, Refusal, refuse
from app.feed.codecs import Codec, Fields
from app.feed.frames import Opcode
from app.feed.messages import OPS, OPS_NOT_OFFERED, Envelope, read_envelope, read_message
from app.feed.messages_control import Hello, Limits, Pong, Shutdown
from app.feed.outbox import Outbox
from app.feed.rate import Strikes, TokenBucket
from app.feed.services import Feed
from app.feed.session_auth import authenticate_header, await_authentication, handle_auth
from app.feed.session_heartbeat import start_heartbeats
from app.feed.session_orders import ORDER_OPS, end_if_drained, handle_order
from app.feed.session_state import SessionState
from app.feed.session_subscribe import handle_subscribe
from app.feed.session_unsubscribe import handle_unsubscribe
from app.feed.session_verify import handle_verify

RATE_REFUSALS_MAX: Final = 100
RATE_REFUSALS_WINDOW_MS: Final = 10_000
"""A client that goes on as if nothing had been said is closed 4429."""

_HANDLERS: Final[dict[str, Callable[[SessionState, Envelope, Any, int], None]]] = {
    "auth": handle_auth,
    "subscribe": handle_subscribe,
    "unsubscribe": handle_unsubscribe,
    "verify": handle_verify,
}


class Session:
    """One connection, from hello to its end."""

    def __init__(self, feed: Feed, connection_id: int, codec: Codec, outbox: Outbox) -> None:
        self._state = SessionState(feed, connection_id, codec, outbox)
        self._rate = TokenBucket(feed.settings.messages_per_s, 0)
        self._rate_refusals = Strikes(RATE_REFUSALS_MAX, RATE_REFUSALS_WINDOW_MS)
        outbox.on_overflow = self._too_slow

    @property
    def account(self) -> str | None:
        """Return whose connection it is, None while it is anonymous."""
        identity = self._state.identity
        return None if identity is None else identity.account

    # --- the connection -------------------------------------------------------------------------

    def open(self, token: str | Refusal | None, subprotocols_unknown: bool, now_us: int) -> None:
        """Greet the client; judge the upgrade's token (None: it gave none) and subprotocols."""
        state = self._state
        state.feed.add(state.connection_id, self)
        state.feed.hub.statistics.connections["anonymous"] += 1
        state.send(self._hello(now_us))
        start_heartbeats(state, now_us)
        if subprotocols_unknown:
            refusal = refuse("invalid_request", "none of the subprotocols asked for is known")
            state.end(CloseCode.INVALID_REQUEST, refusal)
        elif token is None:
            await_authentication(state, now_us)
        else:
            authenticate_header(state, token, now_us)

    def receive(self, data: bytes, opcode: Opcode, now_us: int) -> None:
        """Take one whole client message; answers it exactly once, maybe later."""
        state = self._state
        if state.is_closed:
            return
        if len(data) > state.feed.settings.message_bytes:
            state.end(CloseCode.TOO_LARGE, refuse("too_large", "the message is too large"))
            return
        fields = state.codec.fields(data, opcode)
        envelope, refusal = read_envelope(fields)
        retry_after_ms = self._rate.take(now_us)
        if retry_after_ms:
            self._limit(envelope, retry_after_ms, now_us)
        elif refusal is not None:
            state.malformed(envelope, refusal, now_us)
        else:
            assert not isinstance(fields, Refusal), "read_envelope passes a refusal on"
            self._handle(envelope, fields, now_us)

    def pause(self) -> None:
        """Take note that the peer takes no more for now."""
        self._state.outbox.pause()

    def resume(self, now_us: int) -> None:
        """Take note that the peer takes more."""
        self._state.reader.resume(now_us)

    def lost(self) -> None:
        """Take note that the connection is gone; frees all it held. Called once, at the end."""
        state = self._state
        state.drop_subscriptions()
        state.release()
        state.outbox.abandon()
        name = "anonymous" if state.identity is None else "authenticated"
        state.feed.hub.statistics.connections[name] -= 1
        state.feed.remove(state.connection_id)

    # --- the end ------------------------------------------------------------------------------

    def end(self, code: CloseCode, refusal: Refusal) -> None:
        """Close with this code, the reason first."""
        self._state.end(code, refusal)

    def pong_missing(self) -> None:
        """Take note that a ping was not answered in time."""
        self._state.end(CloseCode.TOO_SLOW, Refusal("too_slow", "no answer to a ping"))

    def drain(self, now_us: int, deadline_us: int, reconnect_after_ms: int) -> None:
        """Say that the server stops; end once the orders under way are answered."""
        state = self._state
        if state.is_closed or state.is_draining:
            return
        state.reconnect_after_ms = reconnect_after_ms
        state.send(Shutdown(deadline_us=deadline_us, reconnect_after_ms=reconnect_after_ms))
        state.set_timer("shutdown", max(now_us, deadline_us), lambda _now_us: self._give_up())
        end_if_drained(state)

    def _give_up(self) -> None:
        self._state.ops_under_way = 0
        end_if_drained(self._state)

    def _too_slow(self) -> None:
        detail = "too much waits to be read (limits.outbox_bytes)"
        self._state.end(CloseCode.TOO_SLOW, Refusal("too_slow", detail))

    # --- one message --------------------------------------------------------------------------

    def _handle(self, envelope: Envelope, fields: Fields, now_us: int) -> None:
        """Handle a message whose envelope is in order: offered, permitted, well-formed."""
        state, op = self._state, envelope.op
        assert op is not None, "an envelope without op was refused"
        if op in OPS_NOT_OFFERED:
            refusal = refuse("invalid_request", f"{op} is not offered by this version")
            state.refuse(envelope, refusal)
            return
        denied = state.permission(op)
        if denied is not None:
            state.refuse(envelope, denied)
            return
        if op in ORDER_OPS:
            handle_order(state, envelope, op, fields)
            return
        message = read_message(OPS[op], fields)
        if isinstance(message, Refusal):
            state.malformed(envelope, message, now_us)
        elif op == "ping":
            state.send(Pong(id=envelope.id, server_us=now_us))
        else:
            _HANDLERS[op](state, envelope, message, now_us)

    def _limit(self, envelope: Envelope, retry_after_ms: int, now_us: int) -> None:
        state = self._state
        state.feed.hub.statistics.rate_limited["messages"] += 1
        refusal = Refusal("rate_limited", "too many messages", retry_after_ms)
        if self._rate_refusals.strike(now_us):
            state.end(CloseCode.RATE_LIMITED, refusal, envelope)
        else:
            state.refuse(envelope, refusal)

    def _hello(self, now_us: int) -> Hello:
        settings = self._state.feed.settings
        return Hello(
            server_us=now_us,
            epoch=self._state.feed.hub.market.epoch,
            connection_id=str(self._state.connection_id),
            limits=Limits(
                message_bytes=settings.message_bytes,
                outbox_bytes=settings.outbox_bytes,
                subscriptions=settings.subscriptions,
                messages_per_s=settings.messages_per_s,
                orders_per_s=settings.orders_per_s,
                batch_orders=limits.BATCH_ORDERS_MAX,
                open_orders=settings.open_orders,
            ),
            heartbeat_ms=settings.heartbeat_ms,
        )
