"""Check what must hold for the readable twin between any two commands.

Role: the proof obligations of docs/EVENTS.md, named one by one. Changes nothing. Imports `engine`.
"""

from collections import Counter

from engine.commands import Side
from engine.events import LIVING_STATUSES
from engine.reference_book import Book, BookSide, Level, Order, rank, within
from engine.reference_market import Market


class InvariantBroken(AssertionError):
    """Name the first invariant that does not hold."""


def demand(holds: bool, name: str) -> None:
    """Raise `InvariantBroken` unless `holds`."""
    if not holds:
        raise InvariantBroken(name)


def check_market(market: Market) -> None:
    """Check every invariant; takes time in proportion to the living orders."""
    standing: list[Order] = []
    for book in market.books.values():
        check_spread(book)
        for side in book.sides.values():
            standing.extend(check_side(side))
        standing.extend(check_stops(book))
        check_expiries(market, book)
    check_registry(market, standing)


def check_spread(book: Book) -> None:
    """Demand that nobody at rest could trade."""
    bid, ask = book.sides[Side.BUY].best, book.sides[Side.SELL].best
    if bid is not None and ask is not None:
        crossed = within(Side.BUY, ask.price_ticks, bid.price_ticks)
        demand(not crossed, f"{book.symbol}: the book is crossed or locked")


def check_side(side: BookSide) -> list[Order]:
    """Demand that levels are what their orders are; return these in queue order."""
    orders: list[Order] = []
    for key, level in side.levels.items():
        demand(key == rank(side.side, level.price_ticks), "a level stands at its own price")
        demand(len(level.orders) > 0, "an empty level is gone")
        check_level(side, level)
        orders.extend(level.orders.values())
    return orders


def check_level(side: BookSide, level: Level) -> None:
    """Demand that a level's total is the sum of what its orders show."""
    for order in level.orders.values():
        demand(order.side is side.side, "an order rests on its own side")
        demand(order.price_ticks == level.price_ticks, "an order rests at its own price")
        demand(0 < order.visible_lots <= order.remaining_lots, "a resting order shows something")
        demand(order.may_rest, "only gtc and gtd orders rest")
        whole = order.visible_lots == order.remaining_lots
        demand(whole or order.display_lots is not None, "only icebergs hide something")
    visible_lots = sum(order.visible_lots for order in level.orders.values())
    demand(level.visible_lots == visible_lots, "a level's total is the sum of its orders")


def check_stops(book: Book) -> list[Order]:
    """Demand that no waiting stop is due; return them in trigger order."""
    waiting: list[Order] = []
    for side in Side:
        for order in book.stops[side].values():
            demand(order.waits and order.side is side, "a waiting stop is untriggered")
            demand(order.visible_lots == 0, "a waiting stop shows nothing")
            stop, last = order.stop_price_ticks, book.last_price_ticks
            due = stop is not None and last is not None and within(side, stop, last)
            demand(not due, "no stop waits that the last trade meets")
            waiting.append(order)
    return waiting


def check_expiries(market: Market, book: Book) -> None:
    """Demand that the expiry index names the living good-till-date orders."""
    living = [order for order in market.orders.values() if order.book is book]
    due = sorted((o.expire_at_us, o.order_id) for o in living if o.expire_at_us is not None)
    demand(list(book.expiries) == due, "the expiry index is complete")


def check_registry(market: Market, standing: list[Order]) -> None:
    """Demand that every living order stands in exactly one place, with nothing lost."""
    ids = [order.order_id for order in standing]
    demand(len(ids) == len(set(ids)), "an order stands in one place")
    demand(set(ids) == set(market.orders), "living orders and standing orders are the same")
    for order in standing:
        demand(order.status in LIVING_STATUSES, "a standing order is living")
        demand(0 < order.order_id < market.next_order_id, "ids come from the counter")
        demand(0 < order.remaining_lots <= order.quantity_lots, "quantity is conserved")
        filled = order.cumulative_lots > 0
        demand(filled == (order.price_quantity_sum > 0), "the sum counts what was filled")
    counted = Counter(order.account for order in standing)
    demand(counted == +market.open_orders, "open orders are counted by account")
    demand(len(standing) <= market.settings.orders_capacity, "orders stay within capacity")
    demand(market.level_count <= market.settings.levels_capacity, "levels stay within capacity")
