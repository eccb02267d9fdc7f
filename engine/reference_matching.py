"""Match an order with the book: fills, self-trade prevention, rest, triggered stops.

Role: the readable twin's rules of trading, top-down: execute, match, fill, rest, trigger. The
caller has checked the order. Imports `engine` alone.
"""

from engine.commands import SelfTradePrevention, Side
from engine.events import AmendCause, OrderStatus, Role
from engine.reasons import Reason
from engine.reference_book import Book, Order, within
from engine.reference_checks import check_triggered
from engine.reference_market import Market
from engine.reference_meeting import bound_ticks


def execute(market: Market, order: Order) -> None:
    """Let an accepted order trade as far as it may; what is left rests or is cancelled."""
    match(market, order, bound_ticks(order))
    if order.order_id not in market.orders:
        return
    if order.may_rest:
        order.book.sides[order.side].add(order)
    else:
        market.cancel(order, Reason.IOC)


def match(market: Market, taker: Order, bound: int | None) -> None:
    """Meet the other side, best price first and first come first, until one of both is done."""
    while taker.order_id in market.orders:
        maker = taker.book.first_met(taker.side, bound)
        if maker is None:
            return
        own = maker.account == taker.account
        if own and taker.self_trade_prevention is not SelfTradePrevention.NONE:
            prevent_self_trade(market, maker, taker)
        else:
            fill(market, maker, taker)


def fill(market: Market, maker: Order, taker: Order) -> None:
    """Trade what the maker shows, at the maker's price."""
    price_ticks = maker.price_ticks
    assert price_ticks is not None, "only limit orders rest"
    lots = min(taker.remaining_lots, maker.visible_lots)
    side = maker.book.sides[maker.side]
    side.show(maker, maker.visible_lots - lots)
    trade_id = maker.book.print_trade(price_ticks)
    market.write.trade_executed(taker, trade_id, price_ticks, lots)
    for order, counter, role in ((maker, taker, Role.MAKER), (taker, maker, Role.TAKER)):
        order.remaining_lots -= lots
        order.price_quantity_sum += price_ticks * lots
        done = order.remaining_lots == 0
        market.write.order_matched(order, counter, role, trade_id, price_ticks, lots)
        market.write.change_status(
            order, OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
        )
    if maker.visible_lots == 0:
        side.remove(maker)
        if maker.remaining_lots > 0:
            replenish(market, maker)
    for order in (maker, taker):
        if order.remaining_lots == 0:
            market.end_order(order)


def replenish(market: Market, iceberg: Order) -> None:
    """Show the next slice of an iceberg, at the back of its level."""
    iceberg.book.sides[iceberg.side].add(iceberg)
    market.write.order_amended(
        iceberg, AmendCause.REPLENISH, priority_kept=False, visible_lots=iceberg.visible_lots
    )


def prevent_self_trade(market: Market, maker: Order, taker: Order) -> None:
    """Do what the incoming order's mode asks for when it meets an order of its own account."""
    mode = taker.self_trade_prevention
    if mode is SelfTradePrevention.DECREMENT:
        decrement(market, maker, taker)
        return
    if mode in (SelfTradePrevention.CANCEL_OLDEST, SelfTradePrevention.CANCEL_BOTH):
        market.cancel(maker, Reason.SELF_TRADE)
    if mode in (SelfTradePrevention.CANCEL_NEWEST, SelfTradePrevention.CANCEL_BOTH):
        market.cancel(taker, Reason.SELF_TRADE)


def decrement(market: Market, maker: Order, taker: Order) -> None:
    """Take the smaller remaining quantity, hidden included, off both orders; no trade prints."""
    lots = min(maker.remaining_lots, taker.remaining_lots)
    for order in (maker, taker):
        if order.remaining_lots == lots:
            market.cancel(order, Reason.SELF_TRADE)
        else:
            reduce(order, lots)
            market.write.order_amended(
                order,
                AmendCause.SELF_TRADE,
                priority_kept=True,
                visible_lots=order.visible_lots,
            )


def reduce(order: Order, lots: int) -> None:
    """Make an order smaller without moving it; an iceberg loses what is hidden first."""
    order.quantity_lots -= lots
    order.remaining_lots -= lots
    if order.visible_lots > order.remaining_lots:
        order.book.sides[order.side].show(order, order.remaining_lots)


def trigger_due_stops(market: Market, book: Book) -> None:
    """Turn due stops into orders, one at a time: each may print, and so make others due."""
    while (stop := next_due_stop(book)) is not None:
        reason = check_triggered(market, stop)
        if reason is not Reason.NONE:
            market.cancel(stop, reason)
            continue
        book.remove_stop(stop)
        stop.status = OrderStatus.OPEN
        market.write.order_amended(stop, AmendCause.TRIGGER, priority_kept=False, visible_lots=0)
        market.write.status_changed(stop, OrderStatus.UNTRIGGERED)
        execute(market, stop)


def next_due_stop(book: Book) -> Order | None:
    """Return the stop to trigger next: of the two sides' first due stops the smaller id."""
    heads = []
    for side, print_ticks in (
        (Side.BUY, book.highest_print_ticks),
        (Side.SELL, book.lowest_print_ticks),
    ):
        stops = book.stops[side]
        if not stops or print_ticks is None:
            continue
        head: Order = stops.peekitem(0)[1]
        assert head.stop_price_ticks is not None, "a stop has a stop price"
        if within(side, head.stop_price_ticks, print_ticks):
            heads.append(head)
    return min(heads, key=lambda order: order.order_id, default=None)
