"""Amend a living order: the ladder of checks, and what a change does to its place.

Role: the readable twin's priority rules. Same price and not more quantity keeps the place;
anything else goes to the back of its level and may trade on the way. Imports `engine` alone.
"""

from dataclasses import replace

from engine.commands import AmendOrder, MarketState
from engine.events import AmendCause
from engine.reasons import Reason
from engine.reference_book import Order
from engine.reference_checks import (
    check_band,
    check_level_capacity,
    check_notional,
    check_prices,
    check_quantity,
)
from engine.reference_market import Market
from engine.reference_matching import execute
from engine.reference_meeting import bound_ticks, check_first_met, check_post_only


def amend(market: Market, order: Order, command: AmendOrder) -> Reason:
    """Change `order`, or return why it stays as it is."""
    after = amended(order, command)
    reason = check_amend_state(order, after) or check_amend_combination(order, command)
    if reason is not Reason.NONE or not differs(order, after):
        return reason
    reason = check_prices(after)
    if reason is Reason.NONE and after.remaining_lots == 0:
        market.cancel(order, Reason.AMEND)
        return Reason.NONE
    reason = reason or check_amended(market, order, after, command)
    if reason is Reason.NONE:
        apply(market, order, after)
    return reason


def same_prices(order: Order, after: Order) -> bool:
    """Tell whether an amend leaves both prices as they are."""
    return (order.price_ticks, order.stop_price_ticks) == (
        after.price_ticks,
        after.stop_price_ticks,
    )


def keeps_place(order: Order, after: Order) -> bool:
    """Tell whether the order keeps its priority: same prices, quantity not raised."""
    return same_prices(order, after) and after.quantity_lots <= order.quantity_lots


def differs(order: Order, after: Order) -> bool:
    """Tell whether an amend changes anything."""
    return not same_prices(order, after) or after.quantity_lots != order.quantity_lots


def check_amend_state(order: Order, after: Order) -> Reason:
    """Refuse all in a halt, and what may trade while only cancels are taken."""
    if order.book.state is MarketState.HALTED:
        return Reason.HALTED
    if order.book.state is MarketState.CANCEL_ONLY and not keeps_place(order, after):
        return Reason.CANCEL_ONLY
    return Reason.NONE


def check_amend_combination(order: Order, command: AmendOrder) -> Reason:
    """Refuse an empty amend, and a price that this order does not have."""
    price, stop = command.price_ticks, command.stop_price_ticks
    nothing = price is None and stop is None and command.quantity_lots is None
    no_limit = price is not None and order.price_ticks is None
    no_stop = stop is not None and not order.waits
    return Reason.INVALID_REQUEST if nothing or no_limit or no_stop else Reason.NONE


def amended(order: Order, command: AmendOrder) -> Order:
    """Return a copy of `order` as the command wants it; its quantity is the new total."""
    price, stop, quantity = command.price_ticks, command.stop_price_ticks, command.quantity_lots
    quantity_lots = order.quantity_lots if quantity is None else quantity
    return replace(
        order,
        price_ticks=order.price_ticks if price is None else price,
        stop_price_ticks=order.stop_price_ticks if stop is None else stop,
        quantity_lots=quantity_lots,
        remaining_lots=quantity_lots - order.cumulative_lots,
    )


def check_amended(market: Market, order: Order, after: Order, command: AmendOrder) -> Reason:
    """Pass the amended order through the ladder again, on the book with the order still in it."""
    reason = Reason.NONE
    if after.remaining_lots < 0:
        return Reason.INVALID_QUANTITY
    if command.quantity_lots is not None:
        reason = check_quantity(after)
    reason = reason or check_band(after) or check_notional(after)
    if after.waits or keeps_place(order, after):
        return reason
    same_level = after.price_ticks == order.price_ticks
    leaves_lots = order.visible_lots if same_level else 0
    reason = reason or check_level_capacity(market, after, leaves_lots)
    return reason or check_amended_post_only(after) or check_first_met(after)


def check_amended_post_only(after: Order) -> Reason:
    """Refuse to take where the order, or the market state, does not allow it."""
    if after.book.state is MarketState.POST_ONLY:
        meets = after.book.first_met(after.side, bound_ticks(after)) is not None
        return Reason.POST_ONLY_WOULD_CROSS if meets else Reason.NONE
    return check_post_only(after)


def apply(market: Market, order: Order, after: Order) -> None:
    """Make the change, tell it, and let an order that lost its place find a new one."""
    kept = keeps_place(order, after)
    if order.waits:
        order.book.remove_stop(order)
    elif not kept:
        order.book.sides[order.side].remove(order)
    order.price_ticks, order.stop_price_ticks = after.price_ticks, after.stop_price_ticks
    order.quantity_lots, order.remaining_lots = after.quantity_lots, after.remaining_lots
    if order.visible_lots > order.remaining_lots:
        order.book.sides[order.side].show(order, order.remaining_lots)
    shown = 0 if order.waits else order.visible_lots if kept else order.slice_lots
    market.write.order_amended(order, AmendCause.USER, priority_kept=kept, visible_lots=shown)
    if order.waits:
        order.book.add_stop(order)
    elif not kept:
        execute(market, order)
