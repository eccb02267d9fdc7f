# cython: language_level=3
"""Put orders on levels and take them off; remember each level as it was before the unit.

Kernel code, included by cimport. Owned by the engine thread.
"""

from libc.stdlib cimport qsort, realloc

from engine.core.emit cimport add_depth, emit_depth
from engine.core.ladder cimport *
from engine.core.store cimport *
from engine.core.types cimport *


cdef inline Ladder *ladder_of(Symbol *symbol, uint8_t side) noexcept nogil:
    return &symbol.bids if side == BUY else &symbol.asks


cdef inline Ladder *stops_of(Symbol *symbol, uint8_t side) noexcept nogil:
    return &symbol.buy_stops if side == BUY else &symbol.sell_stops


cdef inline uint8_t stop_key_side(uint8_t side) noexcept nogil:
    """Order stops by the opposite rule: the lowest buy stop and the highest sell stop go first."""
    return SELL if side == BUY else BUY


cdef inline int64_t visible_of(const Kernel *k, const Order *order, uint32_t slot) noexcept nogil:
    """Return the quantity the market sees of a resting order, in lots."""
    if order.flags & ORDER_ICEBERG:
        return k.extras[slot].visible_lots
    return order.remaining_lots


cdef inline int touch(Kernel *k, uint32_t index) except -1 nogil:
    """Remember a level as it is, once in a unit; call it before the first change."""
    cdef Level *level = &k.levels[index]
    cdef Touched *row
    if level.touched_unit == k.command_seq:
        return 0
    level.touched_unit = k.command_seq
    if k.touched_count == k.touched_capacity:
        k.touched_capacity = k.touched_capacity * 2 if k.touched_capacity else 64
        k.touched = <Touched *>realloc(k.touched, k.touched_capacity * sizeof(Touched))
        if k.touched == NULL:
            with gil:
                raise MemoryError("no memory for touched levels")
    row = &k.touched[k.touched_count]
    row.price_ticks = level.price_ticks
    row.before_lots = level.quantity_lots
    row.before_count = level.count
    row.symbol = level.symbol
    row.level = index
    row.place = k.touched_count
    row.side = level.side
    k.touched_count += 1
    return 0


cdef inline uint32_t level_open(
    Kernel *k, Symbol *symbol, Ladder *ladder, int64_t key, int64_t price_ticks, uint8_t side
) except 0 nogil:
    """Make an empty level and list it under its key."""
    cdef uint32_t index = level_take(k)
    cdef Level *level = &k.levels[index]
    level.price_ticks = price_ticks
    level.quantity_lots = 0
    level.touched_unit = 0
    level.head = level.tail = 0
    level.count = 0
    level.symbol = symbol.number
    level.side = side
    level.stops = ladder == &symbol.buy_stops or ladder == &symbol.sell_stops
    k.book_levels += not level.stops
    ladder_insert(ladder, key, index)
    return index


cdef inline int level_close(Kernel *k, Ladder *ladder, int64_t key, uint32_t index) except -1 nogil:
    """Drop an emptied level."""
    k.book_levels -= not k.levels[index].stops
    ladder_remove(ladder, key)
    level_give(k, index)
    return 0


cdef inline void level_append(Kernel *k, uint32_t index, uint32_t slot) noexcept nogil:
    """Queue an order at the back of a level; its quantity is counted by the caller."""
    cdef Level *level = &k.levels[index]
    cdef Order *order = &k.orders[slot]
    order.level = index
    order.next = 0
    order.previous = level.tail
    if level.tail != 0:
        k.orders[level.tail].next = slot
    else:
        level.head = slot
    level.tail = slot
    level.count += 1


cdef inline void level_unlink(Kernel *k, uint32_t index, uint32_t slot) noexcept nogil:
    """Take an order out of its level's queue; its quantity is counted by the caller."""
    cdef Level *level = &k.levels[index]
    cdef Order *order = &k.orders[slot]
    if order.previous != 0:
        k.orders[order.previous].next = order.next
    else:
        level.head = order.next
    if order.next != 0:
        k.orders[order.next].previous = order.previous
    else:
        level.tail = order.previous
    level.count -= 1


cdef inline int rest(Kernel *k, Symbol *symbol, uint32_t slot) except -1 nogil:
    """Put an order at the back of the level of its price. O(log levels)."""
    cdef Order *order = &k.orders[slot]
    cdef Ladder *ladder = ladder_of(symbol, order.side)
    cdef int64_t key = key_of(order.side, order.price_ticks)
    cdef uint32_t index = ladder_find(ladder, key)
    if index == 0:
        index = level_open(k, symbol, ladder, key, order.price_ticks, order.side)
    touch(k, index)
    if order.flags & ORDER_ICEBERG:
        k.extras[slot].visible_lots = min(k.extras[slot].display_lots, order.remaining_lots)
    k.levels[index].quantity_lots += visible_of(k, order, slot)
    level_append(k, index, slot)
    return 0


cdef inline int unrest(Kernel *k, Symbol *symbol, uint32_t slot) except -1 nogil:
    """Take a resting order off its level. O(1), O(log levels) when the level empties."""
    cdef Order *order = &k.orders[slot]
    cdef uint32_t index = order.level
    cdef Level *level = &k.levels[index]
    touch(k, index)
    level.quantity_lots -= visible_of(k, order, slot)
    level_unlink(k, index, slot)
    if level.count == 0:
        assert level.quantity_lots == 0
        level_close(k, ladder_of(symbol, order.side), key_of(order.side, level.price_ticks), index)
    return 0


# ---- depth: what the unit changed, told once per level at its end ----

cdef inline int touched_compare(const void *left, const void *right) noexcept nogil:
    """Order by symbol, bids before asks, best first, then as they were touched."""
    cdef const Touched *a = <const Touched *>left
    cdef const Touched *b = <const Touched *>right
    cdef int64_t key_a, key_b
    if a.symbol != b.symbol:
        return -1 if a.symbol < b.symbol else 1
    if a.side != b.side:
        return -1 if a.side < b.side else 1
    key_a = key_of(a.side, a.price_ticks)
    key_b = key_of(b.side, b.price_ticks)
    if key_a != key_b:
        return -1 if key_a > key_b else 1
    return -1 if a.place < b.place else 1


cdef inline void sort_touched(Kernel *k) noexcept nogil:
    """Sort the touched levels; a sweep touches them in order already, so look first."""
    cdef uint32_t place
    for place in range(1, k.touched_count):
        if touched_compare(&k.touched[place - 1], &k.touched[place]) > 0:
            qsort(k.touched, k.touched_count, sizeof(Touched), touched_compare)
            return


cdef inline const Level *level_now(Kernel *k, const Touched *row) noexcept nogil:
    """Return the level that stands at a touched price now, NULL when there is none."""
    cdef const Level *level = &k.levels[row.level]
    cdef uint32_t index
    # The slot may have been given to another level since: then the ladder knows.
    if (
        level.count != 0
        and not level.stops
        and level.symbol == row.symbol
        and level.side == row.side
        and level.price_ticks == row.price_ticks
    ):
        return level
    index = ladder_find(
        ladder_of(k.symbols[row.symbol], row.side), key_of(row.side, row.price_ticks)
    )
    return &k.levels[index] if index != 0 else NULL


cdef inline int tell_depth(Kernel *k) except -1 nogil:
    """Emit a DepthUpdated for each level that differs from before the unit."""
    cdef uint32_t place
    cdef const Touched *row
    cdef const Level *level
    cdef int64_t lots
    cdef uint32_t count
    cdef bint alone = k.touched_count == 1
    if not alone:
        sort_touched(k)
    for place in range(k.touched_count):
        row = &k.touched[place]
        if place > 0 and same_price(row, &k.touched[place - 1]):
            continue
        level = level_now(k, row)
        lots = level.quantity_lots if level != NULL else 0
        count = level.count if level != NULL else 0
        if lots == row.before_lots and count == row.before_count:
            continue
        if alone and add_depth(k, row.symbol, row.side, row.price_ticks, lots, count):
            continue
        emit_depth(k, row.symbol, row.side, row.price_ticks, lots, count)
    k.touched_count = 0
    return 0


cdef inline bint same_price(const Touched *a, const Touched *b) noexcept nogil:
    return a.symbol == b.symbol and a.side == b.side and a.price_ticks == b.price_ticks
