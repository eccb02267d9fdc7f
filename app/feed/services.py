"""Hold what all connections of a server share, and the list of them.

Role: settings, the doors to the market and the gateway, admission, drain. Sans-I/O apart from the
clock it is given. Owned by the loop's thread.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from app import limits, wire
from app.errors import CloseCode, Refusal, refuse
from app.feed.hub import Hub
from app.gateway import Caller, OrderResult
from auth.tokens import Identity
from auth.tokens import Refusal as TokenRefusal

RECONNECT_MS_MIN: Final = 500
RECONNECT_SPREAD_MS: Final = 4_500
"""Clients of a draining server come back spread over this time, or a millisecond each."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Answer = OrderResult | wire.CancelAllResult | wire.BatchOutcomes | wire.Validated | Refusal
"""What the gateway says in the end."""


class OrderDoor(Protocol):
    """The gateway as a session uses it; `done` is called exactly once, maybe at once."""

    def new_order(
        self, caller: Caller, fields: dict[str, Any], done: Callable[[Any], None]
    ) -> None:
        """Enter an order."""

    def amend(self, caller: Caller, fields: dict[str, Any], done: Callable[[Any], None]) -> None:
        """Change an order."""

    def cancel(self, caller: Caller, fields: dict[str, Any], done: Callable[[Any], None]) -> None:
        """Cancel an order."""

    def cancel_all(
        self, caller: Caller, fields: dict[str, Any], done: Callable[[Any], None]
    ) -> None:
        """Cancel all orders, of one symbol or of all."""

    def batch(self, caller: Caller, fields: dict[str, Any], done: Callable[[Any], None]) -> None:
        """Enter several orders."""

    def lookup(self, caller: Caller, fields: dict[str, Any], done: Callable[[Any], None]) -> None:
        """Find an order by either of its ids."""


class Connected(Protocol):
    """A session as the list of connections knows it."""

    @property
    def account(self) -> str | None:
        """Return whose connection it is, None while it is anonymous."""

    def drain(self, now_us: int, deadline_us: int, reconnect_after_ms: int) -> None:
        """Say that the server stops, and end when nothing is under way."""

    def end(self, code: CloseCode, refusal: Refusal) -> None:
        """Close with this code, the reason first."""


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What connections may do; 0 per second is unlimited."""

    public_market_data: bool = False
    messages_per_s: int = 0
    orders_per_s: int = 0
    open_orders: int = limits.OPEN_ORDERS_MAX_DEFAULT
    message_bytes: int = limits.MESSAGE_BYTES_MAX
    outbox_bytes: int = limits.OUTBOX_BYTES_MAX
    subscriptions: int = limits.SUBSCRIPTIONS_MAX
    connections: int = limits.CONNECTIONS_MAX
    heartbeat_ms: int = limits.HEARTBEAT_MS
    authentication_ms: int = limits.AUTHENTICATION_MS_MAX
    shutdown_ms: int = limits.SHUTDOWN_MS_MAX


class Feed:
    """Serve all WebSocket connections of one server.

    `verify(token, now_s)` tells whose token it is; `clock_us` is the wall clock in microseconds;
    `admit_account` may refuse an account (blocked: 4403).
    """

    def __init__(
        self,
        *,
        hub: Hub,
        gateway: OrderDoor,
        verify: Callable[[str, float], Identity | TokenRefusal],
        clock_us: Callable[[], int],
        settings: FeedSettings,
        admit_account: Callable[[str], Refusal | None] = lambda _account: None,
    ) -> None:
        self.hub = hub
        self.gateway = gateway
        self.verify = verify
        self.clock_us = clock_us
        self.settings = settings
        self.admit_account = admit_account
        self.on_end: Callable[[int], None] | None = None
        """Called with the number of a connection that has ended, however it ended."""
        self.draining = False
        self._sessions: dict[int, Connected] = {}
        self._last_connection_id = 0

    def admission(self, origin: str | None, host: str | None) -> Refusal | None:
        """Refuse a connection before it is accepted: foreign page, draining, too many."""
        if origin is not None and not _is_same_origin(origin, host):
            return refuse("forbidden", "pages of another origin may not connect")
        if self.draining:
            return refuse("shutting_down", "the server is about to stop")
        if len(self._sessions) >= self.settings.connections:
            self.hub.statistics.rate_limited["connections"] += 1
            return refuse("rate_limited", "too many connections")
        return None

    def next_connection_id(self) -> int:
        """Return a number that no other connection of this server has."""
        self._last_connection_id += 1
        return self._last_connection_id

    def add(self, connection_id: int, session: Connected) -> None:
        """List a session."""
        self._sessions[connection_id] = session

    def remove(self, connection_id: int) -> None:
        """Take a session off the list; one that is not on it is no error."""
        if self._sessions.pop(connection_id, None) is not None and self.on_end is not None:
            self.on_end(connection_id)

    def is_open(self, connection_id: int) -> bool:
        """Say whether a connection is there."""
        return connection_id in self._sessions

    def connection_count(self) -> int:
        """Return how many connections there are."""
        return len(self._sessions)

    def close_connections(self, account: str, code: CloseCode) -> int:
        """Close an account's connections: 4409 by an administrator, 4403 as blocked."""
        reason = {
            CloseCode.REPLACED: Refusal("replaced", "closed by an administrator"),
            CloseCode.FORBIDDEN: refuse("account_blocked", "the account is blocked"),
        }[code]
        sessions = [each for each in self._sessions.values() if each.account == account]
        for session in sessions:
            session.end(code, reason)
        return len(sessions)

    def drain(self) -> None:
        """Tell every connection that the server stops, each with its own time to come back."""
        if self.draining:
            return
        self.draining = True
        now_us = self.clock_us()
        deadline_us = now_us + self.settings.shutdown_ms * 1_000
        sessions = list(self._sessions.values())
        spread_ms = max(RECONNECT_SPREAD_MS, len(sessions))
        for index, session in enumerate(sessions):
            delay_ms = RECONNECT_MS_MIN + index * spread_ms // len(sessions)
            session.drain(now_us, deadline_us, delay_ms)


def _is_same_origin(origin: str, host: str | None) -> bool:
    """Compare the page's authority with the one it asks; TLS may end at a proxy before us."""
    scheme, _, authority = origin.lower().partition("://")
    if scheme not in _DEFAULT_PORTS or not authority or host is None:
        return False
    port = _DEFAULT_PORTS[scheme]
    return _with_port(authority, port) == _with_port(host.lower(), port)


def _with_port(authority: str, port: int) -> str:
    has_port = authority.rpartition(":")[2].isdecimal()
    return authority if has_port else f"{authority}:{port}"
