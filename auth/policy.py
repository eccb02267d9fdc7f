"""Which scope an action needs (PROTOCOL.md, scopes): one table for REST and WebSocket.

Pure. Never imports app, engine or a web framework.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auth.tokens import Code, Identity, Reason, Refusal


class Scope(StrEnum):
    """What a token may grant; none includes another."""

    MARKET_READ = "market:read"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    ADMIN = "admin"


# A channel stands by its name, an operation by its `op`; a REST call uses the same names, so
# that both doors open with the same key. None: open to every connection.
REQUIRED_SCOPES: Final[Mapping[str, Scope | None]] = MappingProxyType(
    {
        # the connection itself
        "auth": None,
        "ping": None,
        "subscribe": None,  # what is subscribed decides, channel by channel
        "unsubscribe": None,
        # market data: channels, and the REST calls of the same name
        "depth": Scope.MARKET_READ,
        "trades": Scope.MARKET_READ,
        "ticker": Scope.MARKET_READ,
        "candles": Scope.MARKET_READ,
        "book": Scope.MARKET_READ,
        "verify": Scope.MARKET_READ,
        "instruments": None,
        "stats": None,
        # an account's own orders
        "orders": Scope.ORDERS_READ,
        "order.lookup": Scope.ORDERS_READ,
        "order.list": Scope.ORDERS_READ,
        "fill.list": Scope.ORDERS_READ,
        "order.new": Scope.ORDERS_WRITE,
        "order.amend": Scope.ORDERS_WRITE,
        "order.cancel": Scope.ORDERS_WRITE,
        "order.cancel_all": Scope.ORDERS_WRITE,
        "order.batch": Scope.ORDERS_WRITE,
        "session.cancel_on_disconnect": Scope.ORDERS_WRITE,
        "session.dead_man": Scope.ORDERS_WRITE,
        # everything under /v1/admin
        "admin": Scope.ADMIN,
    }
)


def refusal(action: str, identity: Identity | None, *, public_market_data: bool) -> Refusal | None:
    """Return None if `identity` (None = not authenticated) may do `action`, else why not.

    O(1). Raises KeyError for an action that the table lacks: a route without a rule is a bug.
    """
    scope = REQUIRED_SCOPES[action]
    if scope is None or (scope is Scope.MARKET_READ and public_market_data):
        return None
    if identity is None:
        return Refusal(Code.UNAUTHENTICATED, Reason.NO_TOKEN, f"{action} needs a token")
    if scope not in identity.scopes:
        return Refusal(Code.FORBIDDEN, Reason.SCOPE, f"{action} needs the scope {scope}")
    return None


def parse_scopes(text: str) -> frozenset[Scope]:
    """Parse a comma-separated list of known scopes; raises ValueError naming what is wrong."""
    names = [name.strip() for name in text.split(",")]
    unknown = sorted({name for name in names if name not in set(Scope)})
    if unknown:
        listed = ", ".join(repr(name) for name in unknown)
        raise ValueError(f"unknown scope {listed}, expected {', '.join(Scope)}")
    return frozenset(Scope(name) for name in names)
