# cython: language_level=3
"""Change living orders: what an amendment asks, whether it may, and carrying it out.

The twin says the same in plain Python (engine/reference_amend.py). Kernel code, included by
cimport. Owned by the engine thread.
"""

from engine.core.book cimport *
from engine.core.checks cimport *
from engine.core.emit cimport *
from engine.core.matching cimport *
from engine.core.stops cimport trigger_stops, wait
from engine.core.types cimport *

cdef struct Change:  # what an amendment makes of an order
    int64_t price_ticks
    int64_t stop_price_ticks
    int64_t quantity_lots
    bint has_quantity
    bint keeps_place
    bint nothing


cdef inline Change read_change(
    const CommandRecord *command, const char *more, const Order *order, int64_t stop_price_ticks
) noexcept nogil:
    cdef Change change
    change.price_ticks = order.price_ticks
    change.stop_price_ticks = stop_price_ticks
    change.quantity_lots = order.quantity_lots
    change.has_quantity = command.options & OPTION_HAS_QUANTITY
    if command.options & OPTION_HAS_PRICE:
        change.price_ticks = command.price_ticks
    if change.has_quantity:
        change.quantity_lots = command.quantity_lots
    if command.options & OPTION_HAS_STOP:
        change.stop_price_ticks = (<const OrderTail *>more).stop_price_ticks
    change.keeps_place = (
        change.price_ticks == order.price_ticks
        and change.stop_price_ticks == stop_price_ticks
        and change.quantity_lots <= order.quantity_lots
    )
    change.nothing = change.keeps_place and change.quantity_lots == order.quantity_lots
    return change


cdef inline uint8_t check_change(
    const Kernel *k, Symbol *symbol, uint32_t slot, const CommandRecord *command, Change change
) noexcept nogil:
    """Check state and combination of an amendment, and its prices."""
    cdef const Order *order = &k.orders[slot]
    cdef uint8_t given = command.options & ~OPTION_WIDE
    if symbol.state == STATE_HALTED:
        return HALTED
    if symbol.state == STATE_CANCEL_ONLY and not change.keeps_place:
        return CANCEL_ONLY
    if given == 0:
        return INVALID_REQUEST
    if given & OPTION_HAS_PRICE and order.price_ticks == 0:
        return INVALID_REQUEST
    if given & OPTION_HAS_STOP and not order.flags & ORDER_WAITING:
        return INVALID_REQUEST
    if given & OPTION_HAS_PRICE and not is_price(change.price_ticks):
        return INVALID_PRICE
    if given & OPTION_HAS_STOP and not is_price(change.stop_price_ticks):
        return INVALID_PRICE
    return NONE


cdef inline uint8_t check_changed(
    Kernel *k, Symbol *symbol, uint32_t slot, Change change
) noexcept nogil:
    """Check the order an amendment would make: amounts, room, and what it would meet."""
    cdef const Order *order = &k.orders[slot]
    cdef const Extra *extra = &k.extras[slot]
    cdef int64_t lots = change.quantity_lots - (order.quantity_lots - order.remaining_lots)
    cdef int64_t added = slice_of(order, extra, lots)
    cdef int64_t price = change.price_ticks
    cdef uint8_t reason = NONE
    if change.has_quantity:
        reason = check_quantity(symbol, order, extra, change.quantity_lots)
    if reason != NONE:
        return reason
    if price != 0 and outside_band(symbol, order.side, price):
        return PRICE_BAND
    if price == 0:
        price = change.stop_price_ticks
    if above_notional(symbol, price, change.quantity_lots):
        return MAX_NOTIONAL
    if order.flags & ORDER_WAITING or change.keeps_place:
        return NONE
    if change.price_ticks == order.price_ticks:
        added -= visible_of(k, order, slot)
    if level_full(k, symbol, order.side, change.price_ticks, added):
        return CAPACITY
    if order.flags & ORDER_POST_ONLY or symbol.state == STATE_POST_ONLY:
        if first_met(symbol, order.side, change.price_ticks) != 0:
            return POST_ONLY_WOULD_CROSS
    return SELF_TRADE if meets_own(k, symbol, order, change.price_ticks) else NONE


cdef inline int apply_change(
    Kernel *k, Symbol *symbol, uint32_t slot, Change change, int64_t filled
) except -1 nogil:
    """Carry out a checked amendment."""
    cdef Order *order = &k.orders[slot]
    if order.flags & ORDER_WAITING:
        return change_waiting(k, symbol, slot, change)
    if change.keeps_place:
        return reduce_in_place(
            k, symbol, slot, order.quantity_lots - change.quantity_lots, CAUSE_USER
        )
    return move(k, symbol, slot, change, filled)


cdef inline int change_waiting(
    Kernel *k, Symbol *symbol, uint32_t slot, Change change
) except -1 nogil:
    """Change a stop that waits; the last trade may meet its new stop price at once."""
    cdef Order *order = &k.orders[slot]
    order.price_ticks = change.price_ticks
    order.quantity_lots = order.remaining_lots = change.quantity_lots
    if change.stop_price_ticks != k.extras[slot].stop_price_ticks:
        unwait(k, symbol, slot)
        k.extras[slot].stop_price_ticks = change.stop_price_ticks
        wait(k, symbol, slot)
    emit_amended(k, symbol.number, order, &k.extras[slot], 0, CAUSE_USER, change.keeps_place)
    return trigger_stops(k, symbol)


cdef inline int move(
    Kernel *k, Symbol *symbol, uint32_t slot, Change change, int64_t filled
) except -1 nogil:
    """Send an order to the back of its new level, matching as a new one would on its way."""
    cdef Order *order = &k.orders[slot]
    cdef Extra *extra = &k.extras[slot]
    cdef uint8_t outcome
    unrest(k, symbol, slot)
    order.price_ticks = change.price_ticks
    order.quantity_lots = change.quantity_lots
    order.remaining_lots = change.quantity_lots - filled
    emit_amended(
        k,
        symbol.number,
        order,
        extra,
        slice_of(order, extra, order.remaining_lots),
        CAUSE_USER,
        False,
    )
    outcome = match(k, symbol, slot, order.price_ticks)
    settle(k, symbol, slot, outcome, True)
    return trigger_stops(k, symbol)
