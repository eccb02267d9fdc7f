"""Fold order events into the order store and tell the owners.

Role: one of the event handlers, registered after the depth handler (which lists instruments). It
awaits nothing. Imports no asyncio, sockets or web framework.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from app import wire
from app.accounts import Accounts
from app.order_index import OrderEvent
from app.order_records import OrderRecord, fill_note
from engine.events import (
    AccountAdded,
    CommandCompleted,
    OrderAdded,
    OrderAmended,
    OrderCancelled,
    OrderMatched,
    OrderStatusChanged,
)

_NAMES: Final[dict[type, wire.OrderEventName]] = {
    OrderAdded: "order_added",
    OrderAmended: "order_amended",
    OrderMatched: "order_matched",
    OrderCancelled: "order_cancelled",
    OrderStatusChanged: "order_status_changed",
}


class OrderListener(Protocol):
    """Be told of every event of an account's orders, in sequence, without a gap."""

    def wants(self, account: str) -> bool:
        """Return whether anybody may see the account's updates; if not, none is made."""

    def order_changed(
        self,
        account: str,
        seq: int,
        event: wire.OrderEventName,
        order: wire.Order,
        fill: wire.FillNote | None,
    ) -> None:
        """Take the order after an event; `seq` counts 1, 2, 3 … per account."""


class OrderFolder(Protocol):
    """Fold one event of an accepted order, and return the order after it."""

    def fold(self, event: OrderEvent) -> OrderRecord:
        """Fold it."""


class OrderEventHandler:
    """Keep the order store, and tell the listener of each event of an order.

    The order that goes with an event already has the status change that directly follows it;
    that change is told too, as its own update. Refused orders are not told of.
    """

    name: Final = "orders"
    event_types: Final = (*_NAMES, AccountAdded, CommandCompleted)

    def __init__(self, store: OrderFolder, accounts: Accounts, listener: OrderListener) -> None:
        """Fold into `store` and `accounts`."""
        self._store = store
        self._accounts = accounts
        self._listener = listener
        self._unit: list[Any] = []

    async def handle_event(self, event: Any) -> None:
        """Hold an event until its unit is whole, since the next one may belong to it."""
        self._unit.append(event)
        if type(event) is CommandCompleted:
            unit, self._unit = self._unit, []
            self.fold(unit)

    async def handle_events(self, batch: Sequence[Any]) -> None:
        """Fold whole units, in order."""
        self.fold(batch)

    def fold(self, batch: Sequence[Any]) -> None:
        """Fold whole units, in order; some microseconds per event, twice that if it is wanted."""
        fold, wants = self._store.fold, self._listener.wants
        following = iter(batch)
        next(following, None)
        for event in batch:
            after = next(following, None)
            name = _NAMES.get(type(event))
            if name is not None:
                if event.order_id != 0:
                    record = fold(event)
                    if wants(record.owner):
                        self._tell(name, event, after, record)
            elif type(event) is AccountAdded:
                self._accounts.added(event.account, event.name)

    def _tell(self, name: wire.OrderEventName, event: Any, after: Any, record: OrderRecord) -> None:
        if type(after) is OrderStatusChanged and after.order_id == event.order_id:
            record.status_changed(after)
        fill = fill_note(event, record.listing) if type(event) is OrderMatched else None
        self._listener.order_changed(record.owner, record.seq, name, record.to_wire(), fill)
