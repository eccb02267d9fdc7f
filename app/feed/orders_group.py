"""Publish one account's orders to its own connections, none left out.

Role: the private `orders` channel (docs/PROTOCOL.md). An update goes out as soon as it is known,
before the ack of the op that caused it. Sans-I/O.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import msgspec

from app import wire
from app.feed.codecs import Codec
from app.feed.group import Group
from app.feed.messages import Resume
from app.feed.messages_data import ORDERS_PER_MESSAGE, OrdersSnapshot, OrdersUpdate, parts
from app.feed.schedule import Schedule
from app.feed.statistics import FeedStatistics
from app.feed.subscription import Subscription
from app.market import MarketData

_POINTER_BYTES: Final = 16
"""Memory of one order in a snapshot that waits to be drawn; the order itself is shared."""


class OrderSource(Protocol):
    """Where an account's open orders are known."""

    def open_orders(self, account: str) -> list[wire.Order]:
        """Return the account's open orders, oldest first."""

    def account_seq(self, account: str) -> int:
        """Return the seq of the account's last update, 0 before the first."""


class OrdersGroup(Group):
    """One account; nothing is conflated and nothing waits for a flush."""

    channel = "orders"

    def __init__(
        self,
        market: MarketData,
        orders: OrderSource,
        account: str,
        schedule: Schedule,
        statistics: FeedStatistics,
    ) -> None:
        super().__init__(None, 0, schedule, statistics)
        self._market = market
        self._orders = orders
        self._account = account
        self._move(orders.account_seq(account))

    def as_of(self) -> int:
        """Return the account's seq."""
        return self._orders.account_seq(self._account)

    def update(
        self, seq: int, event: wire.OrderEventName, order: wire.Order, fill: wire.FillNote | None
    ) -> None:
        """Publish one event of one order."""
        assert seq == self.seq + 1, (seq, self.seq)
        message = OrdersUpdate(
            epoch=self._market.epoch,
            prev_seq=self.seq,
            seq=seq,
            event=event,
            order=order,
            fill=fill,
        )
        self._publish(message)
        self._move(seq)

    def recovery(self, resume: Resume, epoch: str) -> bool:
        """Tell whether nothing happened since."""
        return resume.epoch == epoch and resume.seq == self.seq

    def first_available_seq(self) -> int:
        """Return where the account stands: earlier updates are not kept."""
        return self.seq

    def _refresh(self, now_us: int) -> None:
        """Do nothing: updates are published as they come."""

    def _send_snapshot(self, subscription: Subscription) -> None:
        self._activate(subscription)
        orders = self._orders.open_orders(self._account)
        frames = self._drawn(subscription.codec, self.seq, orders)
        subscription.draw(frames, len(orders) * _POINTER_BYTES)

    def _drawn(self, codec: Codec, seq: int, orders: list[wire.Order]) -> Iterator[bytes]:
        """Yield the snapshot's frames, each encoded when the peer takes it."""
        epoch = self._market.epoch
        for number, is_last, part in parts(orders, ORDERS_PER_MESSAGE):
            self._statistics.messages_sent[self.channel] += 1
            yield codec.frame(
                OrdersSnapshot(epoch=epoch, seq=seq, orders=part, part=number, last=is_last)
            )

    def _snapshot_messages(self) -> Sequence[msgspec.Struct]:
        raise AssertionError("snapshots of orders are drawn, not shared")
