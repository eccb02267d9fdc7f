"""Keep what all symbols of the readable twin share: living orders, accounts, clock, capacities.

Role: the registries, and the ways in which an order's life begins and ends. Imports `engine`.
"""

from collections import Counter
from collections.abc import Iterable

from engine.commands import Configure, NewOrder
from engine.events import OrderStatus
from engine.reasons import Reason
from engine.reference_book import Book, Order
from engine.reference_events import EventWriter


class Market:
    """All books, all living orders, and the writer of the unit in the making."""

    def __init__(self, settings: Configure) -> None:
        """Start without symbols."""
        self.settings = settings
        self.write = EventWriter()
        self.clock_ns = 0
        self.next_order_id = settings.next_order_id
        self.books: dict[str, Book] = {}
        self.orders: dict[int, Order] = {}
        self.open_orders: Counter[int] = Counter()
        self.accounts: set[int] = set()

    @property
    def level_count(self) -> int:
        """Return the living levels of all symbols, both sides."""
        return sum(len(side.levels) for book in self.books.values() for side in book.sides.values())

    def begin_order(self, command: NewOrder, book: Book) -> Order:
        """Give an accepted order its id and register it as living."""
        order = Order.of(command, book, self.next_order_id)
        self.next_order_id += 1
        self.orders[order.order_id] = order
        self.open_orders[order.account] += 1
        if order.expire_at_us is not None:
            book.expiries.add((order.expire_at_us, order.order_id))
        self.write.order_added(order)
        return order

    def end_order(self, order: Order) -> None:
        """Forget an order that was filled or cancelled, wherever it stands."""
        book = order.book
        if order.visible_lots > 0:
            book.sides[order.side].remove(order)
        if order.expire_at_us is not None:
            book.expiries.remove((order.expire_at_us, order.order_id))
        self.open_orders[order.account] -= 1
        del self.orders[order.order_id]

    def cancel(self, order: Order, reason: Reason) -> None:
        """End an order with all that remains of it."""
        if order.waits:
            order.book.remove_stop(order)
        expired = reason is Reason.EXPIRED
        self.write.order_cancelled(order, reason)
        self.write.change_status(
            order, OrderStatus.EXPIRED if expired else OrderStatus.CANCELLED, reason
        )
        self.end_order(order)

    def cancel_each(self, orders: Iterable[Order], reason: Reason) -> None:
        """Cancel several orders by ascending id."""
        for order in sorted(orders, key=lambda order: order.order_id):
            self.cancel(order, reason)

    def expire_due(self, book: Book) -> None:
        """Let the good-till-date orders leave that are due, by time and then by id."""
        while book.expiries:
            expire_at_us, order_id = book.expiries[0]
            if expire_at_us * 1_000 > self.clock_ns:
                return
            self.cancel(self.orders[order_id], Reason.EXPIRED)
