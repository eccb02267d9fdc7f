"""Define the server's messages as a client reads them (docs/PROTOCOL.md).

Role: frozen structs and the one function that makes them. Fields that a newer server adds are
passed over. Sans-I/O; imports msgspec alone.
"""

from typing import Any, Literal, TypeVar

import msgspec

from app.client.errors import ProtocolError

Level = tuple[str, str]
"""Price and quantity of one level; quantity "0" means that it is gone."""


class Limits(msgspec.Struct, frozen=True):
    """What a connection may do; 0 is unlimited."""

    message_bytes: int = 0
    outbox_bytes: int = 0
    subscriptions: int = 0
    messages_per_s: int = 0
    orders_per_s: int = 0
    batch_orders: int = 0
    open_orders: int = 0


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """The server's first message."""

    server_us: int
    epoch: str
    connection_id: str | int
    limits: Limits
    heartbeat_ms: int


class ErrorMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A request refused, or the reason of a close that follows."""

    id: str | int | None = None
    op: str | None = None
    code: str = "internal"
    message: str = ""
    temporary: bool = False
    retry_after_ms: int | None = None


class SentSeq(msgspec.Struct, frozen=True):
    """What a heartbeat says of one subscription."""

    sent: int | None = None
    as_of: int | None = None


class Heartbeat(msgspec.Struct, frozen=True):
    """The last sequence number sent, by subscription."""

    server_us: int
    seqs: dict[str, SentSeq]


class DepthMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot (or one part of it) or a delta of one symbol's depth."""

    type: Literal["snapshot", "delta"]
    epoch: str
    symbol: str
    seq: int
    prev_seq: int | None = None
    bids: list[Level]
    asks: list[Level]
    checksum: int | None = None
    engine_us: int | None = None
    part: int | None = None
    last: bool | None = None


class Trade(msgspec.Struct, frozen=True):
    """One public print; `trade_id` counts 1, 2, 3 … per symbol."""

    trade_id: str
    price: str
    quantity: str
    aggressor: Literal["buy", "sell"]
    engine_us: int


class TradesMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Trades, oldest first; `seq` is the last trade's id, `prev_seq` that before the first."""

    type: Literal["snapshot", "update"]
    epoch: str
    symbol: str
    seq: int
    prev_seq: int | None = None
    trades: list[Trade]
    part: int | None = None
    last: bool | None = None


class TickerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Best prices and the last 24 hours of one symbol."""

    type: Literal["update"]
    epoch: str
    symbol: str
    seq: int
    bid: str | None = None
    bid_quantity: str | None = None
    ask: str | None = None
    ask_quantity: str | None = None
    last: str | None = None
    last_quantity: str | None = None
    open: str | None = None
    high: str | None = None
    low: str | None = None
    volume: str | None = None
    engine_us: int | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One of the account's orders; quantity = filled + remaining + cancelled."""

    order_id: str
    client_order_id: str | None = None
    account: str
    symbol: str
    side: Literal["buy", "sell"]
    type: str
    time_in_force: str
    price: str | None = None
    stop_price: str | None = None
    quantity: str
    display_quantity: str | None = None
    filled_quantity: str
    remaining_quantity: str
    cancelled_quantity: str
    average_price: str | None = None
    status: str
    reason: str | None = None
    post_only: bool = False
    created_us: int
    updated_us: int
    seq: int
    durable: bool = False
    replayed: bool = False


class Fill(msgspec.Struct, frozen=True):
    """The fill that a match tells of."""

    trade_id: str
    price: str
    quantity: str
    role: Literal["maker", "taker"]


class OrdersMessage(msgspec.Struct, frozen=True, kw_only=True):
    """All open orders at `seq`, or one order after one event."""

    type: Literal["snapshot", "update"]
    epoch: str
    seq: int
    orders: list[Order] = []
    event: str | None = None
    order: Order | None = None
    fill: Fill | None = None
    part: int | None = None
    last: bool | None = None


class CancelledAll(msgspec.Struct, frozen=True):
    """How many orders a cancel-all took out, and the ids of the first 1,000."""

    count: int
    seq: int | None = None
    cancelled: tuple[str, ...] = ()


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """What can be traded, in which steps, within which limits."""

    symbol: str
    tick_size: str
    lot_size: str
    min_quantity: str | None = None
    max_quantity: str | None = None
    max_notional: str | None = None
    price_band_pct: str | None = None
    state: str = "open"


StructT = TypeVar("StructT", bound=msgspec.Struct)


def read_as(kind: type[StructT], raw: Any) -> StructT:
    """Read a decoded object as `kind`; raises ProtocolError naming what does not fit."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{kind.__name__}: {error}") from error
