"""Answer what became of orders: living ones, recent ended ones, their fills.

Role: the query state that `OrderEventHandler` folds and REST, WebSocket and gateway read. In
memory, so every start begins empty (`durable` is false) and the past is bounded (the settings of
app/order_index.py). Loop thread. Sans-I/O: never imports asyncio, sockets or clocks.
"""

from typing import Protocol

from app import wire
from app.errors import Refusal
from app.limits import PAGE_ITEMS_DEFAULT
from app.order_fields import parse_order_id
from app.order_index import OrderEvent, OrderIndex
from app.order_records import OrderRecord
from app.pages import parse_cursor, parse_statuses, take_page


class OrderStore(Protocol):
    """What can be asked about orders; accounts by name, answers as on the wire."""

    def record(self, order_id: int) -> OrderRecord | None:
        """Return a living or recent order, whosever it is."""

    def record_by_client_id(self, account: str, client_order_id: str) -> OrderRecord | None:
        """Return the account's last order under that id."""

    def order(self, order_id: int) -> wire.Order | None:
        """Return a living or recent order, whosever it is."""

    def by_client_id(self, account: str, client_order_id: str) -> wire.Order | None:
        """Return the account's last order under that id."""

    def open_orders(self, account: str, symbol: str | None = None) -> list[wire.Order]:
        """Return the account's living orders, oldest first."""

    def page_orders(
        self,
        account: str,
        *,
        status: str | None = None,
        symbol: str | None = None,
        limit: int = PAGE_ITEMS_DEFAULT,
        cursor: str | None = None,
    ) -> wire.OrderPage | Refusal:
        """Return orders, newest first; `status` open = open, partially_filled, untriggered.

        Refuses a status or cursor that is none; `limit` is 1 … 1000.
        """

    def page_fills(
        self,
        account: str,
        *,
        symbol: str | None = None,
        order_id: str | None = None,
        limit: int = PAGE_ITEMS_DEFAULT,
        cursor: str | None = None,
    ) -> wire.FillPage | Refusal:
        """Return fills, newest first; refuses a cursor that is none. `limit` is 1 … 1000."""

    def account_seq(self, account: str) -> int:
        """Return the sequence number of the account's last `orders` update, 0 before the first."""


class MemoryOrderStore:
    """Be the `OrderStore` of a server without a journal, read from an `OrderIndex`.

    A page is O(orders or fills of the account that memory holds); the rest is O(answer).
    """

    def __init__(self, index: OrderIndex) -> None:
        """Read `index`."""
        self._index = index

    def fold(self, event: OrderEvent) -> OrderRecord:
        """Fold one event of an accepted order; return the order after it."""
        return self._index.fold(event)

    def record(self, order_id: int) -> OrderRecord | None:
        """Return a living or recent order, whosever it is."""
        return self._index.records.get(order_id)

    def record_by_client_id(self, account: str, client_order_id: str) -> OrderRecord | None:
        """Return the account's last order under that id."""
        orders = self._index.account_orders(account)
        return None if orders is None else orders.by_client_id.get(client_order_id)

    def order(self, order_id: int) -> wire.Order | None:
        """Return a living or recent order, whosever it is."""
        record = self.record(order_id)
        return None if record is None else record.to_wire()

    def by_client_id(self, account: str, client_order_id: str) -> wire.Order | None:
        """Return the account's last order under that id."""
        record = self.record_by_client_id(account, client_order_id)
        return None if record is None else record.to_wire()

    def open_orders(self, account: str, symbol: str | None = None) -> list[wire.Order]:
        """Return the account's living orders, oldest first."""
        orders = self._index.account_orders(account)
        living = () if orders is None else orders.living.values()
        return [r.to_wire() for r in living if symbol is None or r.added.symbol == symbol]

    def page_orders(
        self,
        account: str,
        *,
        status: str | None = None,
        symbol: str | None = None,
        limit: int = PAGE_ITEMS_DEFAULT,
        cursor: str | None = None,
    ) -> wire.OrderPage | Refusal:
        """Return orders, newest first; one that begins meanwhile moves no page."""
        statuses, before = parse_statuses(status), parse_cursor(cursor)
        if isinstance(statuses, Refusal):
            return statuses
        if isinstance(before, Refusal):
            return before
        orders = self._index.account_orders(account)
        if orders is None:
            return wire.OrderPage((), None)
        newest_first = reversed((orders.living if status == "open" else orders.all).items())
        chosen = (
            (order_id, record)
            for order_id, record in newest_first
            if order_id < before
            and record.status in statuses
            and (symbol is None or record.added.symbol == symbol)
        )
        records, next_cursor = take_page(chosen, limit)
        return wire.OrderPage(tuple(record.to_wire() for record in records), next_cursor)

    def page_fills(
        self,
        account: str,
        *,
        symbol: str | None = None,
        order_id: str | None = None,
        limit: int = PAGE_ITEMS_DEFAULT,
        cursor: str | None = None,
    ) -> wire.FillPage | Refusal:
        """Return fills, newest first; one that happens meanwhile moves no page."""
        before = parse_cursor(cursor)
        if isinstance(before, Refusal):
            return before
        number = None if order_id is None else parse_order_id(order_id)
        if order_id is not None and number is None:
            return wire.FillPage((), None)
        chosen = (
            (fill.event.seq, fill)
            for fill in self._index.fills(account)
            if fill.event.seq < before
            and (symbol is None or fill.event.symbol == symbol)
            and (number is None or fill.event.order_id == number)
        )
        fills, next_cursor = take_page(chosen, limit)
        return wire.FillPage(tuple(fill.to_wire() for fill in fills), next_cursor)

    def account_seq(self, account: str) -> int:
        """Return the sequence number of the account's last `orders` update, 0 before the first."""
        orders = self._index.account_orders(account)
        return 0 if orders is None else orders.seq
