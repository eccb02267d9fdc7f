"""Say in a sentence what the engine refused, and check beforehand what can be told without it.

Role: one refusal value per engine reason (docs/PROTOCOL.md, "Codes"), and the part of the engine's
checks that `validate` runs on the event loop's view of the market. Sans-I/O: time is an argument.
"""

from typing import Final

from app.errors import Refusal, refuse
from app.market import Listing
from engine.commands import MarketState, NewOrder
from engine.limits import PRICE_TICKS_MAX, QUANTITY_LOTS_MAX, SLICES_MAX
from engine.reasons import WIRE_NAMES, Reason

_DETAILS: Final = {
    Reason.UNKNOWN_SYMBOL: "there is no such symbol",
    Reason.UNKNOWN_ORDER: "there is no such order of this account",
    Reason.HALTED: "the market is halted: cancels only",
    Reason.CANCEL_ONLY: "the market takes cancels, and reductions that keep the place, only",
    Reason.POST_ONLY_MARKET: "the market takes post-only orders only",
    Reason.INVALID_REQUEST: "these fields do not go together",
    Reason.INVALID_PRICE: "the price is outside of what the market can hold",
    Reason.INVALID_QUANTITY: "the quantity is zero, below the minimum or below what is filled, "
    "or its displayed part does not fit it",
    Reason.MAX_QUANTITY: "the quantity is above the maximum",
    Reason.PRICE_BAND: "the price is outside the band around the market",
    Reason.MAX_NOTIONAL: "price x quantity is above the maximum",
    Reason.MAX_OPEN_ORDERS: "the account has as many open orders as it may",
    Reason.CAPACITY: "the market holds as much as it can",
    Reason.DEADLINE_PASSED: "the deadline or the expiry had passed when the order was received",
    Reason.POST_ONLY_WOULD_CROSS: "a post-only order would have met the other side",
    Reason.FOK_UNFILLABLE: "the whole quantity cannot be filled now",
    Reason.NO_LIQUIDITY: "the other side is empty",
    Reason.SELF_TRADE: "the first order met is the account's own",
}

ENGINE_REFUSALS: Final[dict[Reason, Refusal]] = {
    reason: refuse(WIRE_NAMES[reason], detail) for reason, detail in _DETAILS.items()
}
"""What the caller is told for each reason with which the engine refuses."""

_STATE_REASONS: Final = {
    MarketState.OPEN: Reason.NONE,
    MarketState.POST_ONLY: Reason.POST_ONLY_MARKET,
    MarketState.CANCEL_ONLY: Reason.CANCEL_ONLY,
    MarketState.HALTED: Reason.HALTED,
}
_NS_PER_US: Final = 1_000


def check_without_engine(order: NewOrder, listing: Listing, now_ns: int) -> Refusal | None:
    """Return the first refusal that can be told now, in the engine's order; None = none.

    What depends on the orders in the book (band, capacity, crossing, liquidity) is not checked.
    """
    reason = _first_failure(order, listing, now_ns)
    return None if reason is Reason.NONE else ENGINE_REFUSALS[reason]


def _first_failure(order: NewOrder, listing: Listing, now_ns: int) -> Reason:
    """Climb the ladder: `Reason.NONE` is 0, so `or` stops at the first failure."""
    return (
        _state_failure(order, listing)
        or _price_failure(order)
        or _quantity_failure(order, listing)
        or _notional_failure(order, listing)
        or _time_failure(order, now_ns)
    )


def _state_failure(order: NewOrder, listing: Listing) -> Reason:
    reason = _STATE_REASONS[listing.state]
    return Reason.NONE if reason is Reason.POST_ONLY_MARKET and order.post_only else reason


def _price_failure(order: NewOrder) -> Reason:
    for price_ticks in (order.price_ticks, order.stop_price_ticks):
        if price_ticks is not None and not 1 <= price_ticks <= PRICE_TICKS_MAX:
            return Reason.INVALID_PRICE
    return Reason.NONE


def _quantity_failure(order: NewOrder, listing: Listing) -> Reason:
    quantity_lots, display_lots = order.quantity_lots, order.display_lots
    if quantity_lots < max(listing.instrument.min_quantity_lots, 1):
        return Reason.INVALID_QUANTITY
    if quantity_lots > (listing.instrument.max_quantity_lots or QUANTITY_LOTS_MAX):
        return Reason.MAX_QUANTITY
    if display_lots is None:
        return Reason.NONE
    fits = 1 <= display_lots <= quantity_lots <= SLICES_MAX * display_lots
    return Reason.NONE if fits else Reason.INVALID_QUANTITY


def _notional_failure(order: NewOrder, listing: Listing) -> Reason:
    """Refuse an order that is too big at its own price; a market order has none."""
    most = listing.instrument.max_notional_units
    price_ticks = order.stop_price_ticks if order.price_ticks is None else order.price_ticks
    if most is None or price_ticks is None or price_ticks * order.quantity_lots <= most:
        return Reason.NONE
    return Reason.MAX_NOTIONAL


def _time_failure(order: NewOrder, now_ns: int) -> Reason:
    """Refuse after the deadline, and at or after the expiry."""
    deadline_us, expire_at_us = order.deadline_us, order.expire_at_us
    late = deadline_us is not None and now_ns > deadline_us * _NS_PER_US
    due = expire_at_us is not None and now_ns >= expire_at_us * _NS_PER_US
    return Reason.DEADLINE_PASSED if late or due else Reason.NONE
