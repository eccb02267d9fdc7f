"""Publish one symbol's depth to those who asked for the same levels at the same pace.

Role: the `depth` channel (docs/PROTOCOL.md). The view is what was last sent, so that every delta
has the absolute quantity of each level that differs, and only of those. Sans-I/O.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from app import wire
from app.feed.checksum import CHECKSUM_LEVELS, checksum_of_steps
from app.feed.depth_view import Changes, StepLevels, make_view
from app.feed.group import Group
from app.feed.messages_data import LEVELS_PER_MESSAGE, DepthDelta, parts
from app.feed.schedule import Schedule
from app.feed.statistics import FeedStatistics
from app.market import Listing, MarketData
from engine.commands import Side

GONE: Final = "0"

CHECKSUMS_KEPT: Final = 64
"""Published checksums kept for `verify`: seconds of a busy book."""


class DepthGroup(Group):
    """One (symbol, levels, interval); `levels` 0 is the whole book."""

    channel = "depth"

    def __init__(
        self,
        market: MarketData,
        listing: Listing,
        levels: int,
        interval_us: int,
        schedule: Schedule,
        statistics: FeedStatistics,
    ) -> None:
        super().__init__(listing.symbol, interval_us, schedule, statistics)
        self._market = market
        self._listing = listing
        self._view = make_view(listing.book, levels)
        self._checksums: deque[tuple[int, int]] = deque(maxlen=CHECKSUMS_KEPT)
        self._stand_at_book()

    def as_of(self) -> int:
        """Return the book's seq; the group skips numbers that changed nothing in its view."""
        return self._listing.book.seq

    def note(self, changes: Changes) -> None:
        """Take note of changed levels; O(changes)."""
        if self._view.note(changes):
            self.mark_dirty()

    def verify(self, seq: int, checksum: int) -> bool | None:
        """Tell whether `checksum` was published at `seq`; None where that is not known any more."""
        for known_seq, known_checksum in self._checksums:
            if known_seq == seq:
                return known_checksum == checksum
        return None

    def _refresh(self, now_us: int) -> None:
        changed = self._view.refresh()
        bids, asks = changed[Side.BUY], changed[Side.SELL]
        if not bids and not asks:
            return
        if len(bids) + len(asks) > LEVELS_PER_MESSAGE:
            prev_seq = self.seq
            self._stand_at_book()
            self._publish_snapshot(prev_seq)
            return
        message = DepthDelta(
            epoch=self._market.epoch,
            symbol=self._listing.symbol,
            prev_seq=self.seq,
            seq=self._listing.book.seq,
            bids=self._text(bids),
            asks=self._text(asks),
            checksum=self._current_checksum(),
            engine_us=self._listing.book.engine_us,
        )
        self._publish(message)
        self._stand_at(message.seq, message.checksum, message.engine_us)

    def _snapshot_messages(self) -> Sequence[msgspec.Struct]:
        bids = [(Side.BUY, level) for level in self._view.levels(Side.BUY)]
        asks = [(Side.SELL, level) for level in self._view.levels(Side.SELL)]
        return [
            wire.DepthSnapshot(
                epoch=self._market.epoch,
                symbol=self._listing.symbol,
                seq=self.seq,
                bids=self._text([level for side, level in part if side is Side.BUY]),
                asks=self._text([level for side, level in part if side is Side.SELL]),
                checksum=self._checksum if is_last else None,
                engine_us=self._engine_us,
                part=number,
                last=is_last,
            )
            for number, is_last, part in parts(bids + asks, LEVELS_PER_MESSAGE)
        ]

    def _stand_at_book(self) -> None:
        book = self._listing.book
        self._stand_at(book.seq, self._current_checksum(), book.engine_us)

    def _stand_at(self, seq: int, checksum: int, engine_us: int) -> None:
        self._move(seq)
        self._checksum = checksum
        self._engine_us = engine_us
        self._checksums.append((seq, checksum))

    def _current_checksum(self) -> int:
        listing, view = self._listing, self._view
        asks = view.levels(Side.SELL, CHECKSUM_LEVELS)
        bids = view.levels(Side.BUY, CHECKSUM_LEVELS)
        return checksum_of_steps(listing.tick, listing.lot, asks, bids)

    def _text(self, levels: StepLevels) -> list[wire.Level]:
        price, quantity = self._listing.tick.text, self._listing.lot.text
        return [(price(ticks), quantity(lots) if lots else GONE) for ticks, lots in levels]


def book_checksum(listing: Listing, levels: int) -> int:
    """Return the checksum of a view of the book as it is now; `levels` 0 = all."""
    count = min(levels, CHECKSUM_LEVELS) if levels else CHECKSUM_LEVELS
    asks, bids = (listing.book.top(side, count) for side in (Side.SELL, Side.BUY))
    return checksum_of_steps(listing.tick, listing.lot, asks, bids)
