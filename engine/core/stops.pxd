# cython: language_level=3
"""Queue stops by their stop price, and let those that a print has reached go one at a time.

Kernel code, included by cimport. Owned by the engine thread.
"""

from engine.core.book cimport *
from engine.core.checks cimport *
from engine.core.emit cimport *
from engine.core.matching cimport match, remove_living, settle, unwait
from engine.core.types cimport *


cdef inline int wait(Kernel *k, Symbol *symbol, uint32_t slot) except -1 nogil:
    """Queue a stop at its stop price, by its id. O(log levels), but for an amended old one."""
    cdef Order *order = &k.orders[slot]
    cdef int64_t price = k.extras[slot].stop_price_ticks
    cdef Ladder *ladder = stops_of(symbol, order.side)
    cdef int64_t key = key_of(stop_key_side(order.side), price)
    cdef uint32_t index = ladder_find(ladder, key)
    cdef uint32_t before
    if index == 0:
        index = level_open(k, symbol, ladder, key, price, order.side)
    before = k.levels[index].tail
    level_append(k, index, slot)
    # A new stop has the largest id; only an amended one walks towards the front.
    while before != 0 and k.orders[before].id > order.id:
        before = k.orders[before].previous
    if before != order.previous:
        level_unlink(k, index, slot)
        level_insert_after(k, index, before, slot)
    return 0


cdef inline void level_insert_after(
    Kernel *k, uint32_t index, uint32_t before, uint32_t slot
) noexcept nogil:
    """Queue an order behind another one, or (0) at the front of a level that has a second."""
    cdef Level *level = &k.levels[index]
    cdef uint32_t behind = k.orders[before].next if before != 0 else level.head
    k.orders[slot].previous = before
    k.orders[slot].next = behind
    k.orders[behind].previous = slot
    if before != 0:
        k.orders[before].next = slot
    else:
        level.head = slot
    level.count += 1


cdef inline uint32_t due_stop(const Kernel *k, Symbol *symbol) noexcept nogil:
    """Return the stop that goes next, 0 when no print has reached one."""
    cdef uint32_t buy = 0, sell = 0
    if symbol.print_high == 0:
        return 0
    if symbol.buy_stops.best_level != 0 and -symbol.buy_stops.best_key <= symbol.print_high:
        buy = k.levels[symbol.buy_stops.best_level].head
    if symbol.sell_stops.best_level != 0 and symbol.sell_stops.best_key >= symbol.print_low:
        sell = k.levels[symbol.sell_stops.best_level].head
    if buy == 0 or sell == 0:
        return buy | sell
    return buy if k.orders[buy].id < k.orders[sell].id else sell


cdef inline uint8_t check_trigger(
    const Kernel *k, Symbol *symbol, const Order *order, const Extra *extra
) noexcept nogil:
    """Return why a stop fails at its trigger, NONE when it goes on."""
    if order.price_ticks != 0:
        if outside_band(symbol, order.side, order.price_ticks):
            return PRICE_BAND
        if may_rest(order) and level_full(
            k, symbol, order.side, order.price_ticks, order.remaining_lots
        ):
            return CAPACITY
    return check_meeting(k, symbol, order, bound_of(symbol, order))


cdef inline int trigger_stops(Kernel *k, Symbol *symbol) except -1 nogil:
    """Let due stops go one at a time, looking again after each."""
    cdef uint32_t slot
    cdef Order *order
    cdef uint8_t reason, outcome
    while True:
        slot = due_stop(k, symbol)
        if slot == 0:
            return 0
        order = &k.orders[slot]
        reason = check_trigger(k, symbol, order, &k.extras[slot])
        if reason != NONE:
            remove_living(k, symbol, slot, order.remaining_lots, reason)
            continue
        unwait(k, symbol, slot)
        order.flags &= ~ORDER_WAITING
        emit_amended(k, symbol.number, order, &k.extras[slot], 0, CAUSE_TRIGGER, False)
        outcome = match(k, symbol, slot, bound_of(symbol, order))
        settle(k, symbol, slot, outcome, True)
