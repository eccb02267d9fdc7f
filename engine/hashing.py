"""Fix the bytes that `book_hash()` and `state_hash()` digest, the same for kernel and twin.

Role: equality of two books is equality of these digests. A hash covers the orders in queue order
with their slices, the stops in trigger order, the market states and the last trades. Imports
hashlib and struct; never a clock, a file or a random source.
"""

import hashlib
import struct
from collections.abc import Iterable
from typing import Final

import msgspec

from engine.commands import MarketState, OrderType, SelfTradePrevention, Side, TimeInForce

ORDER_BYTES: Final = struct.Struct("<QIBBBBqqqqqqQQq")
"""One order: id, account, side, type, time in force, flags, limit price, stop price, quantity,
remaining, visible, display, sum of price x quantity (low and high 64 bits), expiry in µs."""

SYMBOL_BYTES: Final = struct.Struct("<IIqIIII")
"""One symbol before its orders: number, state, last price, counts of bids, asks, buy stops, sell
stops (in the order in which they follow; bids and asks best level first)."""

STATE_BYTES: Final = struct.Struct("<QQQq")
"""Counters: next event seq, commands processed, next order id, clock in nanoseconds."""

_LOW: Final = 2**64 - 1
_DIGEST_BYTES: Final = 16


class OrderState(msgspec.Struct, frozen=True):
    """One living order as the hash sees it; absent prices, display and expiry are 0."""

    order_id: int
    account: int
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    price_ticks: int
    stop_price_ticks: int
    quantity_lots: int
    remaining_lots: int
    visible_lots: int
    display_lots: int
    price_quantity_sum: int
    expire_at_us: int

    def pack(self) -> bytes:
        """Return the order's bytes."""
        return ORDER_BYTES.pack(
            self.order_id,
            self.account,
            self.side,
            self.type,
            self.time_in_force,
            self.post_only | self.self_trade_prevention << 1,
            self.price_ticks,
            self.stop_price_ticks,
            self.quantity_lots,
            self.remaining_lots,
            self.visible_lots,
            self.display_lots,
            self.price_quantity_sum & _LOW,
            self.price_quantity_sum >> 64,
            self.expire_at_us,
        )


def unpack_order(record: bytes) -> OrderState:
    """Return the order that `OrderState.pack` wrote."""
    (order_id, account, side, kind, tif, flags, *numbers) = ORDER_BYTES.unpack(record)
    price, stop, quantity, remaining, visible, display, low, high, expire_at_us = numbers
    return OrderState(
        order_id,
        account,
        Side(side),
        OrderType(kind),
        TimeInForce(tif),
        bool(flags & 1),
        SelfTradePrevention(flags >> 1),
        price,
        stop,
        quantity,
        remaining,
        visible,
        display,
        low | high << 64,
        expire_at_us,
    )


def symbol_header(
    number: int, state: MarketState, last_price_ticks: int, counts: tuple[int, int, int, int]
) -> bytes:
    """Return the bytes that open a symbol; `counts` are bids, asks, buy stops, sell stops."""
    return SYMBOL_BYTES.pack(number, state, last_price_ticks, *counts)


def digest(chunks: Iterable[bytes]) -> str:
    """Return the hash of all chunks as hexadecimal text."""
    hasher = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.hexdigest()


def state_digest(
    book_hash: str,
    counters: tuple[int, int, int, int],
    next_trade_ids: Iterable[int],
    accounts: Iterable[int],
) -> str:
    """Return the hash of a book, the counters of `STATE_BYTES`, and the registries by number."""
    return digest(
        [
            book_hash.encode(),
            STATE_BYTES.pack(*counters),
            b"".join(number.to_bytes(8, "little") for number in next_trade_ids),
            b"".join(number.to_bytes(4, "little") for number in sorted(accounts)),
        ]
    )
