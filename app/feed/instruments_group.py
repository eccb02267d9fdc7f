"""Publish what is listed and in which state it is.

Role: the `instruments` channel (docs/PROTOCOL.md), one group for everybody. Its seq counts the
changes since the server started. Sans-I/O.
"""

from collections.abc import Sequence

import msgspec

from app.feed.group import Group
from app.feed.messages import Resume
from app.feed.messages_data import (
    INSTRUMENTS_PER_MESSAGE,
    InstrumentsSnapshot,
    InstrumentsUpdate,
    parts,
)
from app.feed.schedule import Schedule
from app.feed.statistics import FeedStatistics
from app.market import MarketData


class InstrumentsGroup(Group):
    """All instruments; made with the hub, so that its seq counts on while nobody watches."""

    channel = "instruments"

    def __init__(self, market: MarketData, schedule: Schedule, statistics: FeedStatistics) -> None:
        super().__init__(None, 0, schedule, statistics)
        self._market = market

    def as_of(self) -> int:
        """Return the count of changes."""
        return self.seq

    def changed(self, symbol: str) -> None:
        """Publish that a symbol was listed or that its state changed."""
        message = InstrumentsUpdate(
            epoch=self._market.epoch,
            prev_seq=self.seq,
            seq=self.seq + 1,
            instruments=[self._market.listings[symbol].info()],
        )
        self._publish(message)
        self._move(message.seq)

    def recovery(self, resume: Resume, epoch: str) -> bool:
        """Tell whether nothing happened since."""
        return resume.epoch == epoch and resume.seq == self.seq

    def _refresh(self, now_us: int) -> None:
        """Do nothing: changes are published as they come."""

    def _snapshot_messages(self) -> Sequence[msgspec.Struct]:
        listed = [listing.info() for listing in self._market.listings.values()]
        return [
            InstrumentsSnapshot(
                epoch=self._market.epoch,
                seq=self.seq,
                instruments=part,
                part=number,
                last=is_last,
            )
            for number, is_last, part in parts(listed, INSTRUMENTS_PER_MESSAGE)
        ]
