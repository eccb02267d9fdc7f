"""Define what the channels say: snapshots, deltas, updates (docs/PROTOCOL.md, "Channels").

Role: the schema of data messages beside `wire.DepthSnapshot`, and how large ones are cut into
parts. Sans-I/O; imports msgspec and `app.wire`.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeVar

import msgspec

from app import wire
from app.limits import SERVER_MESSAGE_BYTES_MAX

LEVELS_PER_MESSAGE: Final = 3_000
"""A level has at most 80 bytes of JSON: two numbers of 30 digits, points, quotes, brackets."""

ORDERS_PER_MESSAGE: Final = 200
"""An order with every field at its longest has some 1,100 bytes of JSON."""

TRADES_PER_MESSAGE: Final = 1_000
"""A trade has at most 200 bytes of JSON."""

INSTRUMENTS_PER_MESSAGE: Final = 500
"""An instrument has at most 400 bytes of JSON."""

_ENVELOPE_BYTES: Final = 1_024
"""Room for the fields around a list."""

assert LEVELS_PER_MESSAGE * 80 + _ENVELOPE_BYTES <= SERVER_MESSAGE_BYTES_MAX
assert ORDERS_PER_MESSAGE * 1_200 + _ENVELOPE_BYTES <= SERVER_MESSAGE_BYTES_MAX
assert TRADES_PER_MESSAGE * 200 + _ENVELOPE_BYTES <= SERVER_MESSAGE_BYTES_MAX
assert INSTRUMENTS_PER_MESSAGE * 400 + _ENVELOPE_BYTES <= SERVER_MESSAGE_BYTES_MAX


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a channel."""


class DepthDelta(Data, frozen=True, kw_only=True):
    """Changed levels with their new absolute quantity, "0" = gone; follows `prev_seq`."""

    channel: Literal["depth"] = "depth"
    type: Literal["delta"] = "delta"
    epoch: str
    symbol: str
    prev_seq: int
    seq: int
    bids: list[wire.Level]
    asks: list[wire.Level]
    checksum: int
    engine_us: int


class TradesSnapshot(Data, frozen=True, kw_only=True):
    """The last trades, oldest first; `seq` is the id of the last one, 0 before the first."""

    channel: Literal["trades"] = "trades"
    type: Literal["snapshot"] = "snapshot"
    epoch: str
    symbol: str
    seq: int
    trades: Sequence[wire.Trade]


class TradesUpdate(Data, frozen=True, kw_only=True):
    """New trades, oldest first; `prev_seq` is the id before the first."""

    channel: Literal["trades"] = "trades"
    type: Literal["update"] = "update"
    epoch: str
    symbol: str
    prev_seq: int
    seq: int
    trades: Sequence[wire.Trade]


class TickerUpdate(wire.Ticker, frozen=True, kw_only=True):
    """The whole ticker; `seq` is the depth seq."""

    channel: Literal["ticker"] = "ticker"
    type: Literal["update"] = "update"
    epoch: str


class OrdersSnapshot(Data, frozen=True, kw_only=True):
    """All open orders of the account at `seq`, oldest first."""

    channel: Literal["orders"] = "orders"
    type: Literal["snapshot"] = "snapshot"
    epoch: str
    seq: int
    orders: Sequence[wire.Order]
    part: int
    last: bool


class OrdersUpdate(Data, frozen=True, kw_only=True):
    """One order after one event; `seq` counts 1, 2, 3 … per account."""

    channel: Literal["orders"] = "orders"
    type: Literal["update"] = "update"
    epoch: str
    prev_seq: int
    seq: int
    event: wire.OrderEventName
    order: wire.Order
    fill: wire.FillNote | None


class InstrumentsSnapshot(Data, frozen=True, kw_only=True):
    """Everything that is listed."""

    channel: Literal["instruments"] = "instruments"
    type: Literal["snapshot"] = "snapshot"
    epoch: str
    seq: int
    instruments: Sequence[wire.InstrumentInfo]
    part: int
    last: bool


class InstrumentsUpdate(Data, frozen=True, kw_only=True):
    """What was listed or changed its state."""

    channel: Literal["instruments"] = "instruments"
    type: Literal["update"] = "update"
    epoch: str
    prev_seq: int
    seq: int
    instruments: Sequence[wire.InstrumentInfo]


ItemT = TypeVar("ItemT")


def parts(items: Sequence[ItemT], size: int) -> Iterator[tuple[int, bool, Sequence[ItemT]]]:
    """Yield `(part, last, items)` with at most `size` items each, at least one part."""
    count = max(1, -(-len(items) // size))
    for index in range(count):
        yield index + 1, index + 1 == count, items[index * size : (index + 1) * size]
