"""Decide whether the readable twin accepts a new order: the ladder of checks, first failure wins.

Role: the refusals, as values, in their order (docs/EVENTS.md, "Check order"). Changes nothing.
Imports `engine` alone. `Reason.NONE` is 0: `or` climbs a ladder until the first failure. The
rungs serve new orders, amended orders and triggered stops alike.
"""

from engine import limits
from engine.commands import MarketState, NewOrder, OrderType, TimeInForce
from engine.reasons import Reason
from engine.reference_book import Book, Order
from engine.reference_market import Market
from engine.reference_meeting import band_ticks, bound_ticks, check_meeting, reference_ticks


def check_new_order(market: Market, book: Book, command: NewOrder) -> Reason:
    """Return why a new order is refused, `Reason.NONE` when it is accepted."""
    order = Order.of(command, book, order_id=0)
    reason = check_state(book, command) or check_combination(command)
    reason = reason or check_prices(order) or check_quantity(order) or check_display(order)
    reason = reason or check_band(order) or check_notional(order)
    reason = reason or check_open_orders(market, order) or check_orders_capacity(market)
    if not order.waits:
        reason = reason or check_level_capacity(market, order)
    reason = reason or check_times(market, command)
    if not order.waits:
        reason = reason or check_meeting(order)
    return reason


def check_triggered(market: Market, order: Order) -> Reason:
    """Return why a stop that is due is cancelled instead of becoming an order."""
    return check_band(order) or check_level_capacity(market, order) or check_meeting(order)


def check_state(book: Book, command: NewOrder) -> Reason:
    """Refuse what the market state does not take."""
    if book.state is MarketState.HALTED:
        return Reason.HALTED
    if book.state is MarketState.CANCEL_ONLY:
        return Reason.CANCEL_ONLY
    if book.state is MarketState.POST_ONLY and not command.post_only:
        return Reason.POST_ONLY_MARKET
    return Reason.NONE


def check_combination(command: NewOrder) -> Reason:
    """Refuse options that make no sense together."""
    tif = command.time_in_force
    limited = command.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    stopped = command.type in (OrderType.STOP, OrderType.STOP_LIMIT)
    rests = limited and tif in (TimeInForce.GTC, TimeInForce.GTD)
    sensible = (
        1 <= command.account < limits.ACCOUNTS_MAX
        and (command.price_ticks is not None) == limited
        and (command.stop_price_ticks is not None) == stopped
        and (limited or tif is TimeInForce.IOC)
        and (rests or not command.post_only)
        and (command.display_lots is None or (rests and not stopped))
        and (command.expire_at_us is not None) == (tif is TimeInForce.GTD)
    )
    return Reason.NONE if sensible else Reason.INVALID_REQUEST


def check_prices(order: Order) -> Reason:
    """Refuse a limit or stop price outside the widths."""
    for price_ticks in (order.price_ticks, order.stop_price_ticks):
        if price_ticks is not None and not 1 <= price_ticks <= limits.PRICE_TICKS_MAX:
            return Reason.INVALID_PRICE
    return Reason.NONE


def check_quantity(order: Order) -> Reason:
    """Refuse a quantity below or above the instrument's limits and the widths."""
    book = order.book
    if order.quantity_lots < max(1, book.min_quantity_lots):
        return Reason.INVALID_QUANTITY
    above = book.max_quantity_lots is not None and order.quantity_lots > book.max_quantity_lots
    if above or order.quantity_lots > limits.QUANTITY_LOTS_MAX:
        return Reason.MAX_QUANTITY
    return check_slices(order)


def check_slices(order: Order) -> Reason:
    """Refuse an iceberg of more slices than one command may print."""
    display_lots = order.display_lots
    if display_lots is not None and order.quantity_lots > limits.SLICES_MAX * display_lots:
        return Reason.INVALID_QUANTITY
    return Reason.NONE


def check_display(order: Order) -> Reason:
    """Refuse an iceberg that shows nothing or more than it has."""
    if order.display_lots is None or 1 <= order.display_lots <= order.quantity_lots:
        return Reason.NONE
    return Reason.INVALID_QUANTITY


def check_band(order: Order) -> Reason:
    """Refuse a limit price outside the band, on either side of it."""
    basis_points = order.book.price_band_basis_points
    reference = reference_ticks(order.book, order.side)
    if order.price_ticks is None or basis_points is None or reference is None:
        return Reason.NONE
    low, high = band_ticks(reference, basis_points)
    return Reason.NONE if low <= order.price_ticks <= high else Reason.PRICE_BAND


def check_notional(order: Order) -> Reason:
    """Refuse more money than the instrument's limit: at the limit, stop or worst price."""
    max_units = order.book.max_notional_units
    price_ticks = order.price_ticks
    if price_ticks is None:
        price_ticks = order.stop_price_ticks
    if price_ticks is None:
        price_ticks = bound_ticks(order)
    if max_units is None or price_ticks is None:
        return Reason.NONE
    return Reason.MAX_NOTIONAL if price_ticks * order.quantity_lots > max_units else Reason.NONE


def check_open_orders(market: Market, order: Order) -> Reason:
    """Refuse one more living order than an account may have."""
    most = market.settings.open_orders_max
    full = most > 0 and market.open_orders[order.account] >= most
    return Reason.MAX_OPEN_ORDERS if full else Reason.NONE


def check_orders_capacity(market: Market) -> Reason:
    """Refuse one more living order than the engine has room for."""
    full = len(market.orders) >= market.settings.orders_capacity
    return Reason.CAPACITY if full else Reason.NONE


def check_level_capacity(market: Market, order: Order, leaves_lots: int = 0) -> Reason:
    """Refuse a rest that no level has room for, on the book as it is before matching.

    `leaves_lots` is what the same order already shows on that level.
    """
    if not order.may_rest or order.price_ticks is None:
        return Reason.NONE
    level = order.book.sides[order.side].level(order.price_ticks)
    if level is None:
        full = market.level_count >= market.settings.levels_capacity
        return Reason.CAPACITY if full else Reason.NONE
    visible_lots = level.visible_lots - leaves_lots + order.slice_lots
    return Reason.CAPACITY if visible_lots > limits.LEVEL_QUANTITY_LOTS_MAX else Reason.NONE


def check_times(market: Market, command: NewOrder) -> Reason:
    """Refuse what came after its deadline, or would have expired already."""
    deadline_us, expire_at_us = command.deadline_us, command.expire_at_us
    if deadline_us is not None and market.clock_ns > deadline_us * 1_000:
        return Reason.DEADLINE_PASSED
    if expire_at_us is not None and expire_at_us * 1_000 <= market.clock_ns:
        return Reason.DEADLINE_PASSED
    return Reason.NONE
