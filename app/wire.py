"""Define what REST and WebSocket show, once: orders, fills, trades, levels, problems.

Role: the shared half of the protocol (docs/PROTOCOL.md). Amounts are decimal strings, ids are
strings, times are microseconds since the epoch, sequence numbers are integers, absent values are
null; a field that may be missing (`UNSET`) says so. Imports msgspec, the enums of the engine and
`app.errors`; never asyncio, sockets or the web framework.
"""

from enum import IntEnum
from http import HTTPStatus
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from app.errors import STATUS_BY_CODE, FieldError, Refusal
from engine.commands import MarketState, OrderType, SelfTradePrevention, Side, TimeInForce
from engine.events import OrderStatus, Role
from engine.reasons import WIRE_NAMES

SideName = Literal["buy", "sell"]
OrderTypeName = Literal["limit", "market", "stop", "stop_limit"]
TimeInForceName = Literal["gtc", "ioc", "fok", "gtd"]
SelfTradePreventionName = Literal[
    "none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"
]
StatusName = Literal["open", "partially_filled", "filled", "cancelled", "expired", "untriggered"]
RoleName = Literal["maker", "taker"]
MarketStateName = Literal["open", "post_only", "cancel_only", "halted"]
OrderEventName = Literal[
    "order_added", "order_amended", "order_matched", "order_cancelled", "order_status_changed"
]
Level = tuple[str, str]
"""Price and quantity of one level; quantity "0" means that it is gone."""


def wire_names(enum: type[IntEnum]) -> tuple[Any, ...]:
    """Return the wire name of each member at its number, "" where a number has no member."""
    names = [""] * (max(enum) + 1)
    for member in enum:
        names[member] = member.name.lower()
    return tuple(names)


SIDE_NAMES: Final[tuple[SideName, ...]] = wire_names(Side)
ORDER_TYPE_NAMES: Final[tuple[OrderTypeName, ...]] = wire_names(OrderType)
TIME_IN_FORCE_NAMES: Final[tuple[TimeInForceName, ...]] = wire_names(TimeInForce)
SELF_TRADE_PREVENTION_NAMES: Final[tuple[SelfTradePreventionName, ...]] = wire_names(
    SelfTradePrevention
)
STATUS_NAMES: Final[tuple[StatusName, ...]] = wire_names(OrderStatus)
ROLE_NAMES: Final[tuple[RoleName, ...]] = wire_names(Role)
MARKET_STATE_NAMES: Final[tuple[MarketStateName, ...]] = wire_names(MarketState)
REASON_NAMES: Final = WIRE_NAMES


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order as its owner sees it; quantity = filled + remaining + cancelled.

    `average_price` is null until a fill; `reason` is null unless the order was cancelled or
    expired; `seq` is the account's `orders` sequence number of the last event that changed it;
    `replayed` is there, and true, only in the answer to a repeated `client_order_id`.
    """

    order_id: str
    client_order_id: str | None
    account: str
    symbol: str
    side: SideName
    type: OrderTypeName
    time_in_force: TimeInForceName
    price: str | None
    stop_price: str | None
    quantity: str
    display_quantity: str | None
    filled_quantity: str
    remaining_quantity: str
    cancelled_quantity: str
    average_price: str | None
    status: StatusName
    reason: str | None
    post_only: bool
    self_trade_prevention: SelfTradePreventionName
    expire_at_us: int | None
    created_us: int
    updated_us: int
    seq: int
    durable: bool
    replayed: bool | UnsetType = UNSET


class OrderPage(msgspec.Struct, frozen=True):
    """Orders, newest first; `next_cursor` is null at the end."""

    orders: tuple[Order, ...]
    next_cursor: str | None


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One fill of one of the account's orders, as lists show it."""

    trade_id: str
    order_id: str
    client_order_id: str | None
    symbol: str
    side: SideName
    price: str
    quantity: str
    role: RoleName
    engine_us: int


class FillPage(msgspec.Struct, frozen=True):
    """Fills, newest first; `next_cursor` is null at the end."""

    fills: tuple[Fill, ...]
    next_cursor: str | None


class FillNote(msgspec.Struct, frozen=True):
    """The fill that an `order_matched` update tells of, beside its order."""

    trade_id: str
    price: str
    quantity: str
    role: RoleName


class Trade(msgspec.Struct, frozen=True):
    """One public print; `trade_id` counts 1, 2, 3 … per symbol."""

    trade_id: str
    price: str
    quantity: str
    aggressor: SideName
    engine_us: int


class InstrumentInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What can be traded, in which steps, within which limits."""

    symbol: str
    tick_size: str
    lot_size: str
    min_quantity: str
    max_quantity: str | None
    max_notional: str | None
    price_band_pct: str | None
    state: MarketStateName


class Ticker(msgspec.Struct, frozen=True, kw_only=True):
    """Best prices and the last 24 hours of one symbol; `seq` is its depth seq."""

    symbol: str
    seq: int
    bid: str | None
    bid_quantity: str | None
    ask: str | None
    ask_quantity: str | None
    last: str | None
    last_quantity: str | None
    open: str | None
    high: str | None
    low: str | None
    volume: str
    engine_us: int | None


class DepthSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A whole book, or one part of it at the same `seq`; the checksum is on the last part."""

    channel: Literal["depth"] = "depth"
    type: Literal["snapshot"] = "snapshot"
    epoch: str
    symbol: str
    seq: int
    bids: list[Level]
    asks: list[Level]
    checksum: int | None
    engine_us: int
    part: int = 1
    last: bool = True


class CancelAllResult(msgspec.Struct, frozen=True):
    """How many orders a cancel-all took out, and the ids of the first 1,000.

    `seq` is the account's `orders` sequence number after it.
    """

    count: int
    seq: int
    cancelled: tuple[str, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An RFC 9457 problem; `code` is what programs read."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    retry_after_ms: int | UnsetType = UNSET
    errors: tuple[FieldError, ...] | UnsetType = UNSET
    replayed: bool | UnsetType = UNSET


class BatchOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one order of a batch: one of `order`, `error`, `validated`."""

    order: Order | UnsetType = UNSET
    error: Problem | UnsetType = UNSET
    validated: bool | UnsetType = UNSET


class BatchOutcomes(msgspec.Struct, frozen=True):
    """The outcomes of a batch, in the order in which the orders were given."""

    outcomes: tuple[BatchOutcome, ...]


class Validated(msgspec.Struct, frozen=True):
    """The answer to `validate: true`: the order could be sent as far as can be told now."""

    validated: bool = True


def problem(refusal: Refusal) -> Problem:
    """Return the problem that tells of `refusal`, on REST and in a batch."""
    status = refusal.status or STATUS_BY_CODE[refusal.code]
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=refusal.detail,
        code=refusal.code,
        retry_after_ms=UNSET if refusal.retry_after_ms is None else refusal.retry_after_ms,
        errors=refusal.errors or UNSET,
        replayed=True if refusal.replayed else UNSET,
    )
