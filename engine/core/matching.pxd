# cython: language_level=3
"""Match an incoming order, prevent self-trades, settle what is left.

Read top-down: match -> fill -> leaving -> self-trade -> settle. The twin says the same in plain
Python (engine/reference_matching.py). Kernel code, included by cimport. Owned by the engine
thread.
"""

from engine.core.book cimport *
from engine.core.checks cimport *
from engine.core.emit cimport *
from engine.core.expiry cimport expiry_remove
from engine.core.types cimport *

cdef enum Outcome:  # of matching, for what is left of the taker
    LEFT = 0  # nothing, or it may rest
    CANCEL_REST = 1  # self-trade prevention takes the rest out
    ENDED = 2  # already cancelled, its event is out


cdef inline uint8_t match(
    Kernel *k, Symbol *symbol, uint32_t taker_slot, int64_t bound_ticks
) except? 255 nogil:
    """Trade the taker against the other side, no further than the bound. O(fills)."""
    cdef Order *taker = &k.orders[taker_slot]
    cdef Ladder *ladder = ladder_of(symbol, opposite(taker.side))
    cdef int64_t bound_key = key_of(opposite(taker.side), bound_ticks)
    cdef uint8_t stp = stp_of(taker)
    cdef uint8_t outcome
    cdef uint32_t index, maker_slot
    while taker.remaining_lots > 0:
        index = ladder.best_level
        if index == 0 or ladder.best_key < bound_key:
            return LEFT
        maker_slot = k.levels[index].head
        if k.orders[maker_slot].account == taker.account and stp != STP_NONE:
            outcome = prevent_self_trade(k, symbol, maker_slot, taker_slot, stp)
            if outcome != LEFT:
                return outcome
            continue
        fill(k, symbol, index, maker_slot, taker)
    return LEFT


cdef inline void add_to_sum(Order *order, uint128 amount) noexcept nogil:
    cdef uint128 total = (<uint128>order.sum_high << 64 | order.sum_low) + amount
    order.sum_low = <uint64_t>total
    order.sum_high = <uint32_t>(total >> 64)


cdef inline uint8_t status_before_fill(const Order *order) noexcept nogil:
    return OPEN if order.remaining_lots == order.quantity_lots else PARTIALLY_FILLED


cdef inline uint8_t status_after_fill(const Order *order, uint8_t old) noexcept nogil:
    return old << 4 | (FILLED if order.remaining_lots == 0 else PARTIALLY_FILLED)


cdef inline int fill(
    Kernel *k, Symbol *symbol, uint32_t index, uint32_t maker_slot, Order *taker
) except -1 nogil:
    """Trade with the first order of the best level, at that order's price."""
    cdef Order *maker = &k.orders[maker_slot]
    cdef Level *level = &k.levels[index]
    cdef int64_t lots = visible_of(k, maker, maker_slot)
    cdef uint8_t maker_old = status_before_fill(maker)
    cdef uint8_t taker_old = status_before_fill(taker)
    cdef uint128 amount
    if lots > taker.remaining_lots:
        lots = taker.remaining_lots
    assert lots > 0
    prefetch(&k.orders[maker.next])
    touch(k, index)
    amount = <uint128>maker.price_ticks * <uint128>lots
    maker.remaining_lots -= lots
    taker.remaining_lots -= lots
    level.quantity_lots -= lots
    add_to_sum(maker, amount)
    add_to_sum(taker, amount)
    emit_fill(
        k,
        symbol,
        maker,
        taker,
        lots,
        status_after_fill(maker, maker_old),
        status_after_fill(taker, taker_old),
    )
    note_print(symbol, maker.price_ticks)
    if maker.remaining_lots == 0:
        remove_filled(k, symbol, index, maker_slot)
    elif maker.flags & ORDER_ICEBERG:
        use_slice(k, symbol, index, maker_slot, lots)
    return 0


cdef inline void note_print(Symbol *symbol, int64_t price_ticks) noexcept nogil:
    """Remember a trade's price, for the next stops and references."""
    symbol.next_trade_id += 1
    symbol.last_price_ticks = price_ticks
    if symbol.print_high == 0:
        symbol.print_high = symbol.print_low = price_ticks
    elif price_ticks > symbol.print_high:
        symbol.print_high = price_ticks
    elif price_ticks < symbol.print_low:
        symbol.print_low = price_ticks


cdef inline int remove_filled(
    Kernel *k, Symbol *symbol, uint32_t index, uint32_t slot
) except -1 nogil:
    """Take a filled maker out; its quantity is off the level already."""
    cdef Order *order = &k.orders[slot]
    cdef uint8_t side = order.side
    if order.flags & ORDER_EXTRA:
        expiry_remove(&symbol.expiries, k, slot)
    level_unlink(k, index, slot)
    order_delist(k, order, slot)
    if k.levels[index].count == 0:
        level_close(k, ladder_of(symbol, side), key_of(side, k.levels[index].price_ticks), index)
    return 0


cdef inline int use_slice(
    Kernel *k, Symbol *symbol, uint32_t index, uint32_t slot, int64_t lots
) except -1 nogil:
    """Take lots off an iceberg's slice; a used-up slice is refilled at the back of the level."""
    cdef Order *order = &k.orders[slot]
    cdef Extra *extra = &k.extras[slot]
    extra.visible_lots -= lots
    if extra.visible_lots > 0:
        return 0
    extra.visible_lots = min(extra.display_lots, order.remaining_lots)
    level_unlink(k, index, slot)
    level_append(k, index, slot)
    k.levels[index].quantity_lots += extra.visible_lots
    emit_amended(k, symbol.number, order, extra, extra.visible_lots, CAUSE_REPLENISH, False)
    return 0


# ---- leaving ----

cdef inline int remove_living(
    Kernel *k, Symbol *symbol, uint32_t slot, int64_t lots, uint8_t reason
) except -1 nogil:
    """Cancel what is left of a resting or waiting order, and forget it."""
    cdef Order *order = &k.orders[slot]
    emit_cancelled(k, symbol.number, order, lots, reason)
    if order.flags & ORDER_WAITING:
        unwait(k, symbol, slot)
    else:
        unrest(k, symbol, slot)
    if order.flags & ORDER_EXTRA:
        expiry_remove(&symbol.expiries, k, slot)
    order_delist(k, order, slot)
    return 0


cdef inline int unwait(Kernel *k, Symbol *symbol, uint32_t slot) except -1 nogil:
    """Take a waiting stop off its stop level."""
    cdef Order *order = &k.orders[slot]
    cdef uint32_t index = order.level
    cdef int64_t key = key_of(stop_key_side(order.side), k.levels[index].price_ticks)
    level_unlink(k, index, slot)
    if k.levels[index].count == 0:
        level_close(k, stops_of(symbol, order.side), key, index)
    return 0


# ---- self-trade prevention: the incoming order's mode decides ----

cdef inline uint8_t prevent_self_trade(
    Kernel *k, Symbol *symbol, uint32_t maker_slot, uint32_t taker_slot, uint8_t stp
) except? 255 nogil:
    """Deal with an own order that is first in line."""
    cdef Order *maker = &k.orders[maker_slot]
    if stp == STP_CANCEL_NEWEST:
        return CANCEL_REST
    if stp == STP_DECREMENT:
        return decrement_both(k, symbol, maker_slot, taker_slot)
    remove_living(k, symbol, maker_slot, maker.remaining_lots, SELF_TRADE)
    return CANCEL_REST if stp == STP_CANCEL_BOTH else LEFT


cdef inline uint8_t decrement_both(
    Kernel *k, Symbol *symbol, uint32_t maker_slot, uint32_t taker_slot
) except? 255 nogil:
    """Take the smaller remaining off both; the one at zero is cancelled, the other amended."""
    cdef Order *maker = &k.orders[maker_slot]
    cdef Order *taker = &k.orders[taker_slot]
    cdef int64_t lots = min(maker.remaining_lots, taker.remaining_lots)
    if maker.remaining_lots == lots:
        remove_living(k, symbol, maker_slot, lots, SELF_TRADE)
    else:
        reduce_in_place(k, symbol, maker_slot, lots, CAUSE_SELF_TRADE)
    if taker.remaining_lots == lots:
        emit_cancelled(k, symbol.number, taker, lots, SELF_TRADE)
        return ENDED
    taker.quantity_lots -= lots
    taker.remaining_lots -= lots
    emit_amended(k, symbol.number, taker, &k.extras[taker_slot], 0, CAUSE_SELF_TRADE, True)
    return LEFT


cdef inline int reduce_in_place(
    Kernel *k, Symbol *symbol, uint32_t slot, int64_t lots, uint8_t cause
) except -1 nogil:
    """Take lots off a resting order that keeps its place; hidden lots go first."""
    cdef Order *order = &k.orders[slot]
    cdef Extra *extra = &k.extras[slot]
    cdef int64_t before = visible_of(k, order, slot)
    touch(k, order.level)
    order.quantity_lots -= lots
    order.remaining_lots -= lots
    if order.flags & ORDER_ICEBERG:
        extra.visible_lots = min(extra.visible_lots, order.remaining_lots)
    k.levels[order.level].quantity_lots += visible_of(k, order, slot) - before
    emit_amended(k, symbol.number, order, extra, visible_of(k, order, slot), cause, True)
    return 0


# ---- what is left of an incoming order ----

cdef inline int settle(
    Kernel *k, Symbol *symbol, uint32_t slot, uint8_t outcome, bint listed
) except -1 nogil:
    """Rest or cancel what matching left; `listed` orders were found by their id already."""
    cdef Order *order = &k.orders[slot]
    if outcome == LEFT and order.remaining_lots > 0 and may_rest(order):
        if not listed:
            order_enlist(k, order, slot)
        return rest(k, symbol, slot)
    if outcome == CANCEL_REST:
        emit_cancelled(k, symbol.number, order, order.remaining_lots, SELF_TRADE)
    elif outcome == LEFT and order.remaining_lots > 0:
        emit_cancelled(k, symbol.number, order, order.remaining_lots, REASON_IOC)
    if order.flags & ORDER_EXTRA:
        expiry_remove(&symbol.expiries, k, slot)
    if listed:
        order_delist(k, order, slot)
    else:
        order_give(k, slot)
    return 0
