"""Rebuild one subscription's depth from a snapshot and its chain of deltas.

Role: LocalBook, which never repairs itself: whatever does not fit is returned as a fault, and from
then on reading raises StaleData until the next complete snapshot. Sans-I/O.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from app.client.checksum import book_checksum
from app.client.codec import Message
from app.client.errors import ProtocolError
from app.client.messages import DepthMessage, Level, read_as
from app.client.replica import Fault, Replica, SnapshotParts

GONE: Final = "0"


class BookView(msgspec.Struct, frozen=True, kw_only=True):
    """A book at one moment, best levels first; `stale` is null only where it may be believed."""

    symbol: str
    seq: int | None
    engine_us: int | None
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    stale: str | None


class BookSide:
    """The levels of one side, best first; prices are ordered as exact integers."""

    def __init__(self, sign: int) -> None:
        assert sign in (1, -1)
        self._sign = sign
        self._keys: list[int] = []
        self._levels: dict[int, Level] = {}
        self._decimals: int | None = None

    def __len__(self) -> int:
        """Count the levels."""
        return len(self._keys)

    def __iter__(self) -> Iterator[Level]:
        return (self._levels[key] for key in self._keys)

    @property
    def best_units(self) -> int | None:
        """The best price in units of its last decimal; None where there is no level."""
        return self._keys[0] * self._sign if self._keys else None

    def replace(self, levels: Iterable[Level]) -> None:
        """Hold exactly these levels; raises ValueError unless best first, none gone or twice."""
        self._decimals = None
        self._levels = {}
        for price, quantity in levels:
            _check_quantity(quantity)
            self._levels[self._key(price)] = (price, quantity)
        self._keys = list(self._levels)
        if any(a >= b for a, b in zip(self._keys, islice(self._keys, 1, None), strict=False)):
            raise ValueError("levels out of order")

    def set(self, price: str, quantity: str) -> None:
        """Set a level's absolute quantity, or remove it at "0"; O(log n) to find, O(n) to shift."""
        key = self._key(price)
        if quantity == GONE:
            if self._levels.pop(key, None) is not None:
                del self._keys[bisect_left(self._keys, key)]
            return
        _check_quantity(quantity)
        if key not in self._levels:
            self._keys.insert(bisect_left(self._keys, key), key)
        self._levels[key] = (price, quantity)

    def _key(self, price: str) -> int:
        """Return the sort key of a price; raises ValueError where its decimals differ."""
        whole, _, fraction = price.partition(".")
        if self._decimals is None:
            self._decimals = len(fraction)
        if len(fraction) != self._decimals:
            raise ValueError(f"price {price} has other decimals than the prices before it")
        return self._sign * _units(whole + fraction)


def _units(text: str) -> int:
    """Return the integer of plain digits; int() alone would take signs, blanks and more."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no decimal")
    return int(text)


def _check_quantity(quantity: str) -> None:
    if _units(quantity.replace(".", "", 1)) == 0:
        raise ValueError("a level without quantity")


class LocalBook(Replica):
    """One symbol's depth as subscribed; `levels` is the subscription's range, 0 for all."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"depth of {symbol}")
        self.symbol = symbol
        self.engine_us: int | None = None
        self.checksum: int | None = None
        self._bids = BookSide(-1)
        self._asks = BookSide(1)
        self._parts = SnapshotParts()
        self._collected: tuple[list[Level], list[Level]] = ([], [])

    @property
    def bids(self) -> BookSide:
        """The bids, best first; raises StaleData unless live."""
        self.require_live()
        return self._bids

    @property
    def asks(self) -> BookSide:
        """The asks, best first; raises StaleData unless live."""
        self.require_live()
        return self._asks

    def view(self, levels: int | None = None) -> BookView:
        """Return the book as last known, saying in `stale` whether that may be believed."""
        return BookView(
            symbol=self.symbol,
            seq=self.seq,
            engine_us=self.engine_us,
            bids=tuple(islice(self._bids, levels)),
            asks=tuple(islice(self._asks, levels)),
            stale=self.stale_reason,
        )

    def mark_stale(self, reason: str) -> None:
        """Stop being believed, keeping the levels for show."""
        super().mark_stale(reason)
        self._parts.clear()

    def reset(self) -> None:
        """Forget everything, as at the start of a new epoch."""
        self._bids.replace(())
        self._asks.replace(())
        self.engine_us = self.checksum = None
        super().reset()

    def apply(self, message: Message) -> Fault | None:
        """Apply one depth message; return the fault that spoils the book."""
        self.version += 1
        try:
            depth = read_as(DepthMessage, message)
            fault = self._snapshot(depth) if depth.type == "snapshot" else self._delta(depth)
        except (ProtocolError, ValueError):
            fault = Fault.MALFORMED
        if fault is not None:
            self.mark_stale(fault)
        return fault

    def _snapshot(self, depth: DepthMessage) -> Fault | None:
        if not self._parts.started:
            self._collected = ([], [])
        fault = self._parts.take(depth.seq, depth.part, depth.last)
        if fault is not None:
            return fault
        bids, asks = self._collected
        bids += depth.bids
        asks += depth.asks
        if self._parts.started:
            return None
        self._bids.replace(bids)
        self._asks.replace(asks)
        self.stale_reason = None
        return self._verify(depth)

    def _delta(self, depth: DepthMessage) -> Fault | None:
        if not self.live or self.seq is None or depth.prev_seq != self.seq:
            return Fault.GAP
        if depth.seq <= self.seq:
            return Fault.GAP
        for price, quantity in depth.bids:
            self._bids.set(price, quantity)
        for price, quantity in depth.asks:
            self._asks.set(price, quantity)
        return self._verify(depth)

    def _verify(self, depth: DepthMessage) -> Fault | None:
        self.seq = depth.seq
        self.engine_us = depth.engine_us
        self.checksum = book_checksum(self._asks, self._bids)
        if self.checksum != depth.checksum:
            return Fault.CHECKSUM
        bid, ask = self._bids.best_units, self._asks.best_units
        crossed = bid is not None and ask is not None and bid >= ask
        return Fault.CROSSED if crossed else None
