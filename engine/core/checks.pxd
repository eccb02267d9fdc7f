# cython: language_level=3
"""Say why an order may not enter: the checks before matching, first failure wins.

The ladder stands in `check_new` in the order of docs/EVENTS.md, "Check order"; amendments and
triggers use the same steps. Nothing here changes the book. Kernel code, included by cimport.
"""

from engine.core.book cimport ladder_of, visible_of
from engine.core.ladder cimport *
from engine.core.prices cimport *
from engine.core.types cimport *

# ---- amounts ----

cdef inline bint above_notional(
    const Symbol *symbol, int64_t price_ticks, int64_t quantity_lots
) noexcept nogil:
    if not symbol.has_notional:
        return False
    return <uint128>price_ticks * <uint128>quantity_lots > symbol.max_notional


cdef inline uint8_t check_quantity(
    const Symbol *symbol, const Order *order, const Extra *extra, int64_t quantity_lots
) noexcept nogil:
    if quantity_lots < 1 or quantity_lots < symbol.min_quantity_lots:
        return INVALID_QUANTITY
    if quantity_lots >= QUANTITY_LOTS_LIMIT:
        return MAX_QUANTITY
    if symbol.max_quantity_lots != 0 and quantity_lots > symbol.max_quantity_lots:
        return MAX_QUANTITY
    if order.flags & ORDER_ICEBERG:
        if extra.display_lots < 1:
            return INVALID_QUANTITY
        if <uint128>quantity_lots > SLICES_MAX * <uint128>extra.display_lots:
            return INVALID_QUANTITY
    return NONE


cdef inline bint level_full(
    const Kernel *k, Symbol *symbol, uint8_t side, int64_t price_ticks, int64_t added_lots
) noexcept nogil:
    """Say whether a level has no room for so many more visible lots, or cannot be made."""
    cdef uint32_t index = ladder_find(ladder_of(symbol, side), key_of(side, price_ticks))
    if index == 0:
        return k.book_levels >= k.levels_capacity
    return k.levels[index].quantity_lots + added_lots > LEVEL_LOTS_MAX


# ---- what an order would meet ----

cdef inline uint32_t first_met(Symbol *symbol, uint8_t side, int64_t bound_ticks) noexcept nogil:
    """Return the best opposite level when it is within the bound, else 0."""
    cdef const Ladder *ladder = ladder_of(symbol, opposite(side))
    if ladder.best_level == 0 or ladder.best_key < key_of(opposite(side), bound_ticks):
        return 0
    return ladder.best_level


cdef inline bint meets_own(
    const Kernel *k, Symbol *symbol, const Order *order, int64_t bound_ticks
) noexcept nogil:
    """Say whether cancel_newest refuses: the very first order met is the account's own."""
    cdef uint32_t index
    if stp_of(order) != STP_CANCEL_NEWEST:
        return False
    index = first_met(symbol, order.side, bound_ticks)
    return index != 0 and k.orders[k.levels[index].head].account == order.account


cdef inline int64_t fillable_at(
    const Kernel *k, const Order *order, uint32_t index, bint *blocked
) noexcept nogil:
    """Return how much of one level a fok may count, in lots: hidden too, own orders not.

    Where an own order would end the fok, only what is visible in front of it counts: a slice that
    is refilled goes behind it. `blocked` is set then.
    """
    cdef uint32_t slot = k.levels[index].head
    cdef uint8_t stp = stp_of(order)
    cdef int64_t whole = 0, visible = 0
    while slot != 0 and visible < order.remaining_lots:
        if k.orders[slot].account != order.account or stp == STP_NONE:
            whole += k.orders[slot].remaining_lots
            visible += visible_of(k, &k.orders[slot], slot)
        elif stp == STP_CANCEL_NEWEST or stp == STP_CANCEL_BOTH:
            blocked[0] = True
            return visible
        slot = k.orders[slot].next
    return whole


cdef inline bint fillable(
    const Kernel *k, Symbol *symbol, const Order *order, int64_t bound_ticks
) noexcept nogil:
    """Say whether a fok fills whole. O(orders counted)."""
    cdef const Ladder *ladder = ladder_of(symbol, opposite(order.side))
    cdef int64_t bound_key = key_of(opposite(order.side), bound_ticks)
    cdef int64_t wanted = order.remaining_lots
    cdef int64_t key = ladder.best_key
    cdef uint32_t index = ladder.best_level
    cdef bint blocked = False
    while index != 0 and key >= bound_key:
        wanted -= fillable_at(k, order, index, &blocked)
        if wanted <= 0:
            return True
        if blocked:
            return False
        index = ladder_worse(ladder, key)
        key = key_of(opposite(order.side), k.levels[index].price_ticks)
    return False


cdef inline uint8_t check_meeting(
    const Kernel *k, Symbol *symbol, const Order *order, int64_t bound_ticks
) noexcept nogil:
    """Check what the order would meet: post-only, fok or liquidity, self-trade."""
    if order.flags & ORDER_POST_ONLY and first_met(symbol, order.side, bound_ticks) != 0:
        return POST_ONLY_WOULD_CROSS
    if order.time_in_force == FOK and not fillable(k, symbol, order, bound_ticks):
        return FOK_UNFILLABLE
    if order.price_ticks == 0 and ladder_of(symbol, opposite(order.side)).best_level == 0:
        return NO_LIQUIDITY
    if meets_own(k, symbol, order, bound_ticks):
        return SELF_TRADE
    return NONE


# ---- the ladder for a new order ----

cdef inline uint8_t check_state(const Symbol *symbol, bint post_only) noexcept nogil:
    if symbol.state == STATE_HALTED:
        return HALTED
    if symbol.state == STATE_CANCEL_ONLY:
        return CANCEL_ONLY
    if symbol.state == STATE_POST_ONLY and not post_only:
        return POST_ONLY_MARKET
    return NONE


cdef inline bint combines(
    const CommandRecord *command, const Order *order, const Extra *extra
) noexcept nogil:
    """Say whether type, time in force and options may go together."""
    cdef bint limits = order.type == LIMIT or order.type == STOP_LIMIT
    cdef bint stops = order.type == STOP or order.type == STOP_LIMIT
    if command.side != BUY and command.side != SELL:
        return False
    if not (limits or stops or order.type == MARKET):
        return False
    if limits != (order.price_ticks != 0) or stops != (extra.stop_price_ticks != 0):
        return False
    if not limits and order.time_in_force != IOC:
        return False
    if order.flags & ORDER_POST_ONLY and not (limits and may_rest(order)):
        return False
    if order.flags & ORDER_ICEBERG and not (order.type == LIMIT and may_rest(order)):
        return False
    return (order.time_in_force == GTD) == (extra.expire_at_us != 0)


cdef inline uint8_t check_amounts(
    const Kernel *k, Symbol *symbol, const Order *order, const Extra *extra
) noexcept nogil:
    """Check a new order's price, quantity, band and notional."""
    cdef int64_t price
    cdef uint8_t reason
    if order.price_ticks != 0 and not is_price(order.price_ticks):
        return INVALID_PRICE
    if extra.stop_price_ticks != 0 and not is_price(extra.stop_price_ticks):
        return INVALID_PRICE
    reason = check_quantity(symbol, order, extra, order.quantity_lots)
    if reason != NONE:
        return reason
    if order.flags & ORDER_ICEBERG and extra.display_lots > order.quantity_lots:
        return INVALID_QUANTITY
    if order.price_ticks != 0 and outside_band(symbol, order.side, order.price_ticks):
        return PRICE_BAND
    price = order.price_ticks
    if price == 0:
        price = extra.stop_price_ticks
    if price == 0:
        price = market_bound(symbol, order.side)
    return MAX_NOTIONAL if above_notional(symbol, price, order.quantity_lots) else NONE


cdef inline uint8_t check_room(
    const Kernel *k, Symbol *symbol, const Order *order, const Extra *extra
) noexcept nogil:
    """Check the account's open orders and the engine's capacity."""
    if k.open_orders_max != 0 and k.accounts[order.account].open >= k.open_orders_max:
        return MAX_OPEN_ORDERS
    if k.living >= k.orders_capacity:
        return CAPACITY
    if order.type == LIMIT and may_rest(order):
        if level_full(
            k, symbol, order.side, order.price_ticks, slice_of(order, extra, order.quantity_lots)
        ):
            return CAPACITY
    return NONE


cdef inline uint8_t check_new(
    const Kernel *k,
    Symbol *symbol,
    const CommandRecord *command,
    const Order *order,
    const Extra *extra,
    int64_t deadline_us,
) noexcept nogil:
    """Return why a new order is refused, NONE when it may enter."""
    cdef uint8_t reason = check_state(symbol, order.flags & ORDER_POST_ONLY)
    if reason != NONE:
        return reason
    if order.account == 0 or not combines(command, order, extra):
        return INVALID_REQUEST
    reason = check_amounts(k, symbol, order, extra)
    if reason != NONE:
        return reason
    reason = check_room(k, symbol, order, extra)
    if reason != NONE:
        return reason
    if deadline_us != 0 and is_due(k, deadline_us, 1):
        return DEADLINE_PASSED
    if order.time_in_force == GTD and is_due(k, extra.expire_at_us, 0):
        return DEADLINE_PASSED
    if extra.stop_price_ticks != 0:
        return NONE  # it waits: what it meets is checked when it triggers
    return check_meeting(k, symbol, order, bound_of(symbol, order))


cdef inline bint is_due(const Kernel *k, int64_t time_us, int64_t grace_ns) noexcept nogil:
    """Say whether the clock has reached a time, plus so many nanoseconds."""
    if time_us <= 0:
        return True
    return <uint128>k.clock_ns >= <uint128>time_us * NANOSECONDS_PER_MICROSECOND + <uint128>grace_ns
