"""Keep the account's open orders, from the private stream whose seq has no gaps.

Role: OwnOrders, a Replica of the orders channel. Sans-I/O.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.client.codec import Message
from app.client.errors import ProtocolError
from app.client.messages import Order, OrdersMessage, read_as
from app.client.replica import Fault, Replica, SnapshotParts

OPEN_STATUSES: Final = frozenset({"open", "partially_filled", "untriggered"})


class OwnOrders(Replica):
    """The open orders by id; whoever needs every event reads the feed's messages."""

    def __init__(self) -> None:
        super().__init__("orders")
        self._open: dict[str, Order] = {}
        self._parts = SnapshotParts()
        self._collected: dict[str, Order] = {}

    @property
    def open_orders(self) -> Mapping[str, Order]:
        """Open orders by id, in order of arrival; raises StaleData unless live."""
        self.require_live()
        return MappingProxyType(self._open)

    def mark_stale(self, reason: str) -> None:
        """Stop being believed, keeping the orders for show."""
        super().mark_stale(reason)
        self._parts.clear()

    def reset(self) -> None:
        """Forget everything, as at the start of a new epoch."""
        self._open = {}
        super().reset()

    def apply(self, message: Message) -> Fault | None:
        """Apply one orders message; return the fault that breaks the chain."""
        self.version += 1
        try:
            orders = read_as(OrdersMessage, message)
        except ProtocolError:
            fault: Fault | None = Fault.MALFORMED
        else:
            fault = self._snapshot(orders) if orders.type == "snapshot" else self._update(orders)
        if fault is not None:
            self.mark_stale(fault)
        return fault

    def _snapshot(self, message: OrdersMessage) -> Fault | None:
        if not self._parts.started:
            self._collected = {}
        fault = self._parts.take(message.seq, message.part, message.last)
        if fault is not None:
            return fault
        self._collected.update((order.order_id, order) for order in message.orders)
        if not self._parts.started:
            self._open = self._collected
            self.seq = message.seq
            self.stale_reason = None
        return None

    def _update(self, message: OrdersMessage) -> Fault | None:
        if not self.live or self.seq is None or message.seq != self.seq + 1:
            return Fault.GAP
        order = message.order
        if order is None:
            return Fault.MALFORMED
        self.seq = message.seq
        if order.status in OPEN_STATUSES:
            self._open[order.order_id] = order
        else:
            self._open.pop(order.order_id, None)
        return None
