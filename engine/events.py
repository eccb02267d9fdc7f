"""Define the events: everything the engine tells, and how it is numbered.

Role: the output vocabulary. Imports msgspec and `engine` alone.

Events are frozen, complete (no reader needs the book to understand one) and numbered 1, 2, 3 …
without gaps. All events of one command are a *unit*; `CommandCompleted` is its last. Inside the
kernel, in the rings and on disk a unit is a run of compact records; `engine/core/records.pxd`
draws them and `engine/core/expansion.pyx` expands them: a record's first event has the record's
own `seq`, the others follow it. docs/EVENTS.md tells the same to readers in other languages.

Rule for adding a field: append it with a default, raise `SCHEMA_VERSION`, keep every old number.
"""

from enum import IntEnum, unique
from typing import Final

import msgspec

from engine.commands import (
    MarketState,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from engine.instruments import Instrument
from engine.reasons import Reason

SCHEMA_VERSION: Final = 1


@unique
class OrderStatus(IntEnum):
    """Where an order stands; `NOTHING` is the state before its first event."""

    NOTHING = 0
    OPEN = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELLED = 4
    EXPIRED = 5
    UNTRIGGERED = 6
    REJECTED = 7


LIVING_STATUSES: Final = frozenset(
    {OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED, OrderStatus.UNTRIGGERED}
)


@unique
class Role(IntEnum):
    """Who rested and who came."""

    MAKER = 1
    TAKER = 2


@unique
class AmendCause(IntEnum):
    """Why a living order changed."""

    USER = 1
    SELF_TRADE = 2
    REPLENISH = 3
    TRIGGER = 4


class OrderAdded(msgspec.Struct, frozen=True, gc=False):
    """A new order was accepted, also one that matches at once or waits as a stop."""

    seq: int
    symbol: str
    engine_ns: int
    account: int
    order_id: int
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price_ticks: int | None
    stop_price_ticks: int | None
    quantity_lots: int
    display_lots: int | None
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    expire_at_us: int | None
    client_order_id: str | None
    connection: int
    status: OrderStatus


class OrderAmended(msgspec.Struct, frozen=True, gc=False):
    """Price, quantity or shown quantity of a living order changed; the order after it."""

    seq: int
    symbol: str
    engine_ns: int
    account: int
    order_id: int
    side: Side
    price_ticks: int | None
    stop_price_ticks: int | None
    quantity_lots: int
    remaining_lots: int
    cumulative_lots: int
    display_lots: int | None
    visible_lots: int
    priority_kept: bool
    cause: AmendCause
    status: OrderStatus


class OrderMatched(msgspec.Struct, frozen=True, gc=False):
    """One fill as one of its two orders sees it: maker first, then taker."""

    seq: int
    symbol: str
    engine_ns: int
    account: int
    counter_account: int
    order_id: int
    counter_order_id: int
    trade_id: int
    side: Side
    price_ticks: int
    quantity_lots: int
    remaining_lots: int
    cumulative_lots: int
    price_quantity_sum: int
    role: Role


class OrderCancelled(msgspec.Struct, frozen=True, gc=False):
    """What is left of an order leaves without a fill."""

    seq: int
    symbol: str
    engine_ns: int
    account: int
    order_id: int
    quantity_lots: int
    reason: Reason


class OrderStatusChanged(msgspec.Struct, frozen=True, gc=False):
    """A status changed by the event before; or a new order was refused (id 0)."""

    seq: int
    symbol: str | None
    engine_ns: int
    account: int
    order_id: int
    old_status: OrderStatus
    new_status: OrderStatus
    cumulative_lots: int
    price_quantity_sum: int
    reason: Reason


class TradeExecuted(msgspec.Struct, frozen=True, gc=False):
    """One fill, once, as the public sees it; `side` is the aggressor's."""

    seq: int
    symbol: str
    engine_ns: int
    trade_id: int
    side: Side
    price_ticks: int
    quantity_lots: int


class DepthUpdated(msgspec.Struct, frozen=True, gc=False):
    """A level's visible quantity or order count differs from before the unit; new absolutes."""

    seq: int
    symbol: str
    engine_ns: int
    side: Side
    price_ticks: int
    quantity_lots: int
    order_count: int


class Configured(msgspec.Struct, frozen=True, gc=False):
    """The engine was opened."""

    seq: int
    engine_ns: int
    epoch: str
    orders_capacity: int
    levels_capacity: int
    open_orders_max: int
    next_order_id: int


class InstrumentAdded(msgspec.Struct, frozen=True):
    """An instrument was listed under `number`."""

    seq: int
    symbol: str
    engine_ns: int
    number: int
    instrument: Instrument


class InstrumentUpdated(msgspec.Struct, frozen=True):
    """An instrument's limits are others from here on; the whole instrument after it."""

    seq: int
    symbol: str
    engine_ns: int
    number: int
    instrument: Instrument


class AccountAdded(msgspec.Struct, frozen=True, gc=False):
    """An account was registered, by command or by its first use."""

    seq: int
    engine_ns: int
    account: int
    name: str


class MarketStateChanged(msgspec.Struct, frozen=True, gc=False):
    """A symbol takes something else from here on."""

    seq: int
    symbol: str
    engine_ns: int
    state: MarketState


class CommandCompleted(msgspec.Struct, frozen=True, gc=False):
    """A unit ends."""

    seq: int
    engine_ns: int
    command_seq: int
    accepted: bool
    reason: Reason


MatchingEngineEvent = (
    OrderAdded
    | OrderAmended
    | OrderMatched
    | OrderCancelled
    | OrderStatusChanged
    | TradeExecuted
    | DepthUpdated
    | Configured
    | InstrumentAdded
    | InstrumentUpdated
    | AccountAdded
    | MarketStateChanged
    | CommandCompleted
)

EVENT_CODES: Final[dict[type[MatchingEngineEvent], int]] = {
    OrderAdded: 1,
    OrderAmended: 2,
    OrderMatched: 3,
    OrderCancelled: 4,
    OrderStatusChanged: 5,
    TradeExecuted: 6,
    DepthUpdated: 7,
    Configured: 8,
    InstrumentAdded: 9,
    AccountAdded: 10,
    MarketStateChanged: 11,
    CommandCompleted: 12,
    InstrumentUpdated: 13,
}
"""Numeric code of each event type, for exports and metrics; never renumbered."""
