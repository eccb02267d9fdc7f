"""Publish one symbol's ticker to those who asked for the same pace.

Role: the `ticker` channel (docs/PROTOCOL.md): every message is the whole ticker, so there is no
chain and the first one comes at once. Sans-I/O.
"""

from collections.abc import Sequence

import msgspec

from app import wire
from app.feed.group import Group
from app.feed.messages_data import TickerUpdate
from app.feed.schedule import Schedule
from app.feed.statistics import FeedStatistics
from app.market import Listing, MarketData


class TickerGroup(Group):
    """One (symbol, interval)."""

    channel = "ticker"

    def __init__(
        self,
        market: MarketData,
        listing: Listing,
        interval_us: int,
        schedule: Schedule,
        statistics: FeedStatistics,
    ) -> None:
        super().__init__(listing.symbol, interval_us, schedule, statistics)
        self._market = market
        self._listing = listing
        self._shown: wire.Ticker | None = None

    def as_of(self) -> int:
        """Return the book's seq."""
        return self._listing.book.seq

    def prepare(self, now_us: int) -> None:
        """Bring the ticker up to date: its 24 hours move on also while nothing happens."""
        self._is_dirty = True
        self.flush(now_us)

    def _refresh(self, now_us: int) -> None:
        ticker = self._listing.ticker(now_us)
        if self._shown is not None and _same(self._shown, ticker):
            return
        self._shown = ticker
        self._publish(self._update(ticker))
        self._move(ticker.seq)

    def _snapshot_messages(self) -> Sequence[msgspec.Struct]:
        assert self._shown is not None, "`prepare` comes before every snapshot"
        return [self._update(self._shown)]

    def _update(self, ticker: wire.Ticker) -> TickerUpdate:
        return TickerUpdate(epoch=self._market.epoch, **msgspec.structs.asdict(ticker))


def _same(before: wire.Ticker, after: wire.Ticker) -> bool:
    """Compare what is shown; that the book's seq moved on elsewhere is no news."""
    return msgspec.structs.replace(after, seq=before.seq, engine_us=before.engine_us) == before
