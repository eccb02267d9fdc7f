"""Fold engine events into orders and fills, found by id, by account and by client order id.

Role: the hot half of the order store: one call per event on the event loop's thread. Living orders
are bounded by the engine's capacity, the past by the settings below. Sans-I/O: never imports
asyncio, sockets or clocks.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from app.accounts import Accounts
from app.history import History
from app.market import MarketData
from app.order_records import FillRecord, OrderRecord
from engine.events import (
    OrderAdded,
    OrderAmended,
    OrderCancelled,
    OrderMatched,
    OrderStatus,
    OrderStatusChanged,
)

ENDED_ORDERS_MAX: Final = 200_000
ENDED_ORDERS_PER_ACCOUNT_MAX: Final = 20_000
"""Ended orders in memory, some 700 bytes each; the oldest go first."""

FILLS_MAX: Final = 200_000
FILLS_PER_ACCOUNT_MAX: Final = 20_000
"""Fills in memory, some 400 bytes each; the oldest go first."""

OrderEvent = OrderAdded | OrderAmended | OrderMatched | OrderCancelled | OrderStatusChanged
OrderEnded = Callable[[int, str, int], None]
"""Told of the end of an order that has a client order id: account, id, microseconds."""

_ENDED: Final = frozenset({OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.EXPIRED})
_NS_PER_US: Final = 1_000


class AccountOrders:
    """One account's orders by id, ascending as they were given, and by client order id."""

    __slots__ = ("all", "by_client_id", "living", "seq")

    def __init__(self) -> None:
        """Start with no order and no update."""
        self.seq = 0
        self.all: dict[int, OrderRecord] = {}
        self.living: dict[int, OrderRecord] = {}
        self.by_client_id: dict[str, OrderRecord] = {}


class OrderIndex:
    """Hold every living order and the recent past; `fold` is O(1)."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        market: MarketData,
        ended: OrderEnded,
        ended_orders_max: int = ENDED_ORDERS_MAX,
        ended_orders_per_account_max: int = ENDED_ORDERS_PER_ACCOUNT_MAX,
        fills_max: int = FILLS_MAX,
        fills_per_account_max: int = FILLS_PER_ACCOUNT_MAX,
    ) -> None:
        """Start empty; `ended` is told of each end of an order that has a client order id."""
        self.records: dict[int, OrderRecord] = {}
        self._by_account: dict[int, AccountOrders] = {}
        self._accounts = accounts
        self._market = market
        self._tell_ended = ended
        self._ended: History[OrderRecord] = History(
            items_max=ended_orders_max, items_per_account_max=ended_orders_per_account_max
        )
        self._fills: History[FillRecord] = History(
            items_max=fills_max, items_per_account_max=fills_per_account_max
        )
        self._folds: dict[type, Callable[[OrderRecord, Any], None]] = {
            OrderAmended: OrderRecord.amended,
            OrderMatched: self._matched,
            OrderCancelled: OrderRecord.cancelled,
            OrderStatusChanged: self._status_changed,
        }

    def fold(self, event: OrderEvent) -> OrderRecord:
        """Fold one event of an accepted order and count it in its account; return the order.

        Raises KeyError for an order whose `OrderAdded` was not folded before it.
        """
        if isinstance(event, OrderAdded):
            record = self._added(event)
        else:
            record = self.records[event.order_id]
        orders = self._by_account[event.account]
        orders.seq += 1
        record.touch(orders.seq, event.engine_ns)
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(record, event)
        return record

    def account_orders(self, account: str) -> AccountOrders | None:
        """Return what is known of an account's orders, None when it never had one."""
        number = self._accounts.number(account)
        return None if number is None else self._by_account.get(number)

    def fills(self, account: str) -> Iterator[FillRecord]:
        """Walk the account's fills, newest first."""
        number = self._accounts.number(account)
        return iter(()) if number is None else self._fills.newest(number)

    def _added(self, event: OrderAdded) -> OrderRecord:
        orders = self._by_account.get(event.account)
        if orders is None:
            orders = self._by_account[event.account] = AccountOrders()
        listing = self._market.listings[event.symbol]
        record = OrderRecord(event, listing, self._accounts.name(event.account))
        order_id = event.order_id
        self.records[order_id] = orders.all[order_id] = orders.living[order_id] = record
        if event.client_order_id is not None:
            orders.by_client_id[event.client_order_id] = record
        return record

    def _matched(self, record: OrderRecord, event: OrderMatched) -> None:
        record.matched(event)
        self._fills.append(event.account, FillRecord(event, record.listing, record.client_order_id))

    def _status_changed(self, record: OrderRecord, event: OrderStatusChanged) -> None:
        record.status_changed(event)
        if event.new_status in _ENDED:
            self._end(record)

    def _end(self, record: OrderRecord) -> None:
        orders = self._by_account[record.account]
        del orders.living[record.order_id]
        if record.client_order_id is not None:
            ended_us = record.updated_ns // _NS_PER_US
            self._tell_ended(record.account, record.client_order_id, ended_us)
        dropped = self._ended.append(record.account, record)
        if dropped is not None:
            self._drop(dropped)

    def _drop(self, record: OrderRecord) -> None:
        orders = self._by_account[record.account]
        del self.records[record.order_id], orders.all[record.order_id]
        client_order_id = record.client_order_id
        # A later order may have taken over the id after its day was over.
        if client_order_id is not None and orders.by_client_id.get(client_order_id) is record:
            del orders.by_client_id[client_order_id]
