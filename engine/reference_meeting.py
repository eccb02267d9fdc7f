"""Decide what an order may meet on the other side: the last rungs of the readable twin's ladder.

Role: price references and bounds, post-only, fok, liquidity and self-trade checks, the same for
new orders, amended orders and triggered stops. Changes nothing. Imports `engine` alone.
"""

from itertools import takewhile
from typing import Final

from engine import limits
from engine.commands import SelfTradePrevention, Side, TimeInForce
from engine.reasons import Reason
from engine.reference_book import Book, Level, Order, within

ENDED_BY_OWN_ORDER: Final = frozenset(
    {SelfTradePrevention.CANCEL_NEWEST, SelfTradePrevention.CANCEL_BOTH}
)
"""Modes under which a taker's way through the book ends at its first own order."""


def reference_ticks(book: Book, side: Side) -> int | None:
    """Return the last trade before the unit, else the best opposite price, else None."""
    if book.reference_ticks is not None:
        return book.reference_ticks
    best = book.sides[side.opposite].best
    return None if best is None else best.price_ticks


def band_ticks(reference: int, basis_points: int) -> tuple[int, int]:
    """Return the lowest and highest price of a band, rounded inwards."""
    low = -(-reference * (limits.BASIS_POINTS - basis_points) // limits.BASIS_POINTS)
    high = reference * (limits.BASIS_POINTS + basis_points) // limits.BASIS_POINTS
    return max(low, 1), high


def bound_ticks(order: Order) -> int | None:
    """Return the worst price `order` may trade at: its limit, or the band for a market order.

    None without any reference; then the other side is empty too.
    """
    if order.price_ticks is not None:
        return order.price_ticks
    book = order.book
    reference = reference_ticks(book, order.side)
    if reference is None:
        return None
    basis_points = book.price_band_basis_points
    if basis_points is None:
        basis_points = book.market_protection_basis_points
    low, high = band_ticks(reference, basis_points)
    return high if order.side is Side.BUY else low


def check_meeting(order: Order) -> Reason:
    """Return what the orders on the other side forbid: the last four rungs."""
    return (
        check_post_only(order)
        or check_fill_or_kill(order)
        or check_liquidity(order)
        or check_first_met(order)
    )


def check_post_only(order: Order) -> Reason:
    """Refuse a post-only order that would meet anybody, its own account too."""
    meets = order.book.first_met(order.side, bound_ticks(order)) is not None
    return Reason.POST_ONLY_WOULD_CROSS if order.post_only and meets else Reason.NONE


def check_fill_or_kill(order: Order) -> Reason:
    """Refuse a fok that can't be filled whole."""
    if order.time_in_force is not TimeInForce.FOK or fillable(order):
        return Reason.NONE
    return Reason.FOK_UNFILLABLE


def check_liquidity(order: Order) -> Reason:
    """Refuse a market order while nobody is on the other side."""
    empty = order.book.sides[order.side.opposite].best is None
    return Reason.NO_LIQUIDITY if order.price_ticks is None and empty else Reason.NONE


def check_first_met(order: Order) -> Reason:
    """Refuse an order that is to be cancelled at the very first order it meets."""
    if order.self_trade_prevention is not SelfTradePrevention.CANCEL_NEWEST:
        return Reason.NONE
    met = order.book.first_met(order.side, bound_ticks(order))
    own = met is not None and met.account == order.account
    return Reason.SELF_TRADE if own else Reason.NONE


def fillable(order: Order) -> bool:
    """Tell whether the other side has enough within the limit for the whole order.

    Hidden quantity counts. Own orders count only where self-trades are allowed.
    """
    found_lots = 0
    for level in order.book.sides[order.side.opposite]:
        assert order.price_ticks is not None, "the combination check demands a limit of a fok"
        if not within(order.side, level.price_ticks, order.price_ticks):
            return False
        lots, stopped = reachable_lots(order, level)
        found_lots += lots
        if found_lots >= order.remaining_lots:
            return True
        if stopped:
            return False
    return False


def reachable_lots(taker: Order, level: Level) -> tuple[int, bool]:
    """Return what `taker` can get from a level, and whether an own order ends its way there.

    In front of such an order only the slices now shown are in reach: a refilled slice joins the
    back of the level, behind it.
    """
    mode = taker.self_trade_prevention
    makers = list(level.orders.values())
    if mode is SelfTradePrevention.NONE:
        return sum(maker.remaining_lots for maker in makers), False
    strangers = [maker for maker in makers if maker.account != taker.account]
    if len(strangers) == len(makers) or mode not in ENDED_BY_OWN_ORDER:
        return sum(maker.remaining_lots for maker in strangers), False
    in_front = takewhile(lambda maker: maker.account != taker.account, makers)
    return sum(maker.visible_lots for maker in in_front), True
