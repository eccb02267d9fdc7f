"""Keep the last trades of one symbol and what happened in the last 24 hours.

Role: the tape behind REST, the trades channel and the ticker. Sans-I/O: time comes in with each
trade or as an argument. Owned by the event loop's thread. Imports `app.wire` alone.
"""

from collections import deque
from itertools import islice
from typing import Final

import msgspec

from app import wire

TAPE_TRADES_MAX: Final = 10_000
"""Trades kept per symbol for queries: about 2 MB; older ones are history, not market data."""

MINUTE_US: Final = 60_000_000
WINDOW_MINUTES: Final = 24 * 60
"""The ticker's day. It moves on by whole minutes, so that 1,440 buckets bound its memory."""


class DayStatistics(msgspec.Struct, frozen=True):
    """What traded within the window, in ticks and lots; prices None where nothing did."""

    open_ticks: int | None = None
    high_ticks: int | None = None
    low_ticks: int | None = None
    volume_lots: int = 0

    def with_trade(self, price_ticks: int, quantity_lots: int) -> "DayStatistics":
        """Return the statistics after one more trade."""
        if self.open_ticks is None or self.high_ticks is None or self.low_ticks is None:
            return DayStatistics(price_ticks, price_ticks, price_ticks, quantity_lots)
        return DayStatistics(
            self.open_ticks,
            max(self.high_ticks, price_ticks),
            min(self.low_ticks, price_ticks),
            self.volume_lots + quantity_lots,
        )


class _Minute(msgspec.Struct, gc=False):
    """What traded within one minute since the epoch."""

    number: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    volume_lots: int

    def add(self, price_ticks: int, quantity_lots: int) -> None:
        """Count one more trade."""
        self.high_ticks = max(self.high_ticks, price_ticks)
        self.low_ticks = min(self.low_ticks, price_ticks)
        self.volume_lots += quantity_lots


class TradeTape:
    """Hold the newest trades, oldest first, and the statistics of the last 24 hours.

    Trade ids count 1, 2, 3… without gaps, so a trade's place follows from its id.
    """

    __slots__ = (
        "_minutes",
        "_statistics",
        "_trades",
        "last_price_ticks",
        "last_quantity_lots",
        "last_trade_id",
    )

    def __init__(self, trades_max: int = TAPE_TRADES_MAX) -> None:
        self.last_trade_id = 0
        self.last_price_ticks: int | None = None
        self.last_quantity_lots: int | None = None
        self._trades: deque[wire.Trade] = deque(maxlen=trades_max)
        self._minutes: deque[_Minute] = deque()
        self._statistics: DayStatistics | None = DayStatistics()

    def __len__(self) -> int:
        return len(self._trades)

    def add(self, trade_id: int, price_ticks: int, quantity_lots: int, trade: wire.Trade) -> None:
        """Take the next trade, as integers and as it goes out; O(1)."""
        assert trade_id == self.last_trade_id + 1 or self.last_trade_id == 0
        self.last_trade_id = trade_id
        self.last_price_ticks = price_ticks
        self.last_quantity_lots = quantity_lots
        self._trades.append(trade)
        self._count(trade.engine_us // MINUTE_US, price_ticks, quantity_lots)

    def recent(self, limit: int, before_id: int | None = None) -> list[wire.Trade]:
        """Return at most `limit` trades with an id below `before_id`, newest first."""
        newer = 0 if before_id is None else max(0, self.last_trade_id - before_id + 1)
        return list(islice(reversed(self._trades), newer, newer + limit))

    def day(self, now_us: int) -> DayStatistics:
        """Return the statistics of the 24 hours up to `now_us`; O(1) but once a minute."""
        oldest = now_us // MINUTE_US - WINDOW_MINUTES + 1
        while self._minutes and self._minutes[0].number < oldest:
            self._minutes.popleft()
            self._statistics = None
        if self._statistics is None:
            self._statistics = self._summed()
        return self._statistics

    def _count(self, number: int, price_ticks: int, quantity_lots: int) -> None:
        minutes = self._minutes
        if minutes and minutes[-1].number >= number:
            minutes[-1].add(price_ticks, quantity_lots)
        else:
            minutes.append(_Minute(number, price_ticks, price_ticks, price_ticks, quantity_lots))
            while minutes[0].number <= number - WINDOW_MINUTES:
                minutes.popleft()
                self._statistics = None
        if self._statistics is not None:
            self._statistics = self._statistics.with_trade(price_ticks, quantity_lots)

    def _summed(self) -> DayStatistics:
        minutes = self._minutes
        if not minutes:
            return DayStatistics()
        return DayStatistics(
            open_ticks=minutes[0].open_ticks,
            high_ticks=max(minute.high_ticks for minute in minutes),
            low_ticks=min(minute.low_ticks for minute in minutes),
            volume_lots=sum(minute.volume_lots for minute in minutes),
        )
