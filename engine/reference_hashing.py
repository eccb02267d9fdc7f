"""Turn the readable twin's books into the bytes that are hashed.

Role: which order comes when, and what of it counts (`engine/hashing.py` fixes the bytes). Imports
`engine` alone.
"""

from collections.abc import Iterator

from engine.hashing import OrderState, symbol_header
from engine.reference_book import Book, Order


def standing(book: Book) -> Iterator[Order]:
    """Walk the living orders of a book in the order in which they are hashed."""
    for side in book.sides.values():
        for level in side:
            yield from level.orders.values()
    for stops in book.stops.values():
        yield from stops.values()


def book_bytes(book: Book) -> Iterator[bytes]:
    """Return what the hash of one book covers."""
    resting = [sum(len(level.orders) for level in side) for side in book.sides.values()]
    waiting = [len(stops) for stops in book.stops.values()]
    counts = (resting[0], resting[1], waiting[0], waiting[1])
    last = 0 if book.last_price_ticks is None else book.last_price_ticks
    yield symbol_header(book.number, book.state, last, counts)
    for order in standing(book):
        yield order_state(order).pack()


def order_state(order: Order) -> OrderState:
    """Return an order as the hash sees it: what it does not have is 0."""
    return OrderState(
        order_id=order.order_id,
        account=order.account,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        self_trade_prevention=order.self_trade_prevention,
        price_ticks=order.price_ticks or 0,
        stop_price_ticks=order.stop_price_ticks or 0,
        quantity_lots=order.quantity_lots,
        remaining_lots=order.remaining_lots,
        visible_lots=order.visible_lots,
        display_lots=order.display_lots or 0,
        price_quantity_sum=order.price_quantity_sum,
        expire_at_us=order.expire_at_us or 0,
    )
