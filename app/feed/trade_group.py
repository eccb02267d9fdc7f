"""Publish one symbol's trades, none left out.

Role: the `trades` channel (docs/PROTOCOL.md). Its seq is the trade id as an integer, so a client
that comes back can be told exactly what it missed while the tape still has it. Sans-I/O.
"""

from collections.abc import Sequence

import msgspec

from app import wire
from app.feed.group import Group
from app.feed.messages import Resume
from app.feed.messages_data import TRADES_PER_MESSAGE, TradesSnapshot, TradesUpdate, parts
from app.feed.schedule import Schedule
from app.feed.statistics import FeedStatistics
from app.feed.subscription import Subscription
from app.limits import TRADES_SNAPSHOT_ITEMS
from app.market import Listing, MarketData


class TradeGroup(Group):
    """One symbol; every batch's trades go out with that batch."""

    channel = "trades"

    def __init__(
        self,
        market: MarketData,
        listing: Listing,
        schedule: Schedule,
        statistics: FeedStatistics,
    ) -> None:
        super().__init__(listing.symbol, 0, schedule, statistics)
        self._market = market
        self._listing = listing
        self._pending: list[wire.Trade] = []
        self._move(listing.tape.last_trade_id)

    def as_of(self) -> int:
        """Return the id of the last trade."""
        return self._listing.tape.last_trade_id

    def note(self, trades: Sequence[wire.Trade]) -> None:
        """Take new trades, oldest first."""
        self._pending.extend(trades)
        self.mark_dirty()

    def recovery(self, resume: Resume, epoch: str) -> bool:
        """Tell whether the tape has every trade after `resume.seq`, few enough for one message."""
        missed = self.seq - resume.seq
        known = min(len(self._listing.tape), TRADES_PER_MESSAGE)
        return resume.epoch == epoch and resume.seq >= 0 and 0 <= missed <= known

    def first_available_seq(self) -> int:
        """Return the seq before the oldest trade that a resume can bring."""
        return self.seq - min(len(self._listing.tape), TRADES_PER_MESSAGE)

    def _refresh(self, now_us: int) -> None:
        pending, self._pending = self._pending, []
        for _, _, trades in parts(pending, TRADES_PER_MESSAGE):
            message = self._update(trades)
            self._publish(message)
            self._move(message.seq)

    def _send_missed(self, subscription: Subscription, resume: Resume) -> None:
        missed = self.seq - resume.seq
        if missed:
            trades = self._listing.tape.recent(missed)[::-1]
            subscription.send(subscription.codec.frame(self._update(trades)))

    def _snapshot_messages(self) -> Sequence[msgspec.Struct]:
        trades = self._listing.tape.recent(TRADES_SNAPSHOT_ITEMS)[::-1]
        return [
            TradesSnapshot(
                epoch=self._market.epoch,
                symbol=self._listing.symbol,
                seq=self.seq,
                trades=trades,
            )
        ]

    def _update(self, trades: Sequence[wire.Trade]) -> TradesUpdate:
        return TradesUpdate(
            epoch=self._market.epoch,
            symbol=self._listing.symbol,
            prev_seq=int(trades[0].trade_id) - 1,
            seq=int(trades[-1].trade_id),
            trades=trades,
        )
