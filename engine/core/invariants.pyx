# cython: language_level=3
"""Check that a kernel's memory says one thing: levels, queues, index, counts and heaps agree.

Role: the compiled side of the invariants in docs/EVENTS.md; the twin checks its own in
engine/reference_invariants.py. Slow on purpose, never on the engine thread's hot path.
"""

from engine.reference_invariants import InvariantBroken

from engine.core.book cimport *
from engine.core.expiry cimport expires_before
from engine.core.types cimport *


cdef int demand(bint holds, str name) except -1:
    if not holds:
        raise InvariantBroken(name)
    return 0


cdef int check_kernel(Kernel *k) except -1:
    """Check every symbol, then what all of them share."""
    cdef uint32_t number
    cdef uint64_t living = 0, levels = 0
    cdef Symbol *symbol
    cdef dict by_account = {}
    for number in range(k.symbol_count):
        symbol = k.symbols[number]
        demand(
            symbol.bids.best_level == 0
            or symbol.asks.best_level == 0
            or symbol.bids.best_key < -symbol.asks.best_key,
            "a resting book is neither crossed nor locked",
        )
        for side in (BUY, SELL):
            levels += check_ladder(k, symbol, ladder_of(symbol, side), side, False, by_account)
            check_ladder(k, symbol, stops_of(symbol, side), side, True, by_account)
        check_expiries(k, symbol)
    living = sum(by_account.values())
    demand(living == k.living, "the count of living orders is theirs")
    demand(levels == k.book_levels, "the count of levels is theirs")
    demand(k.living <= k.orders_capacity, "capacity is kept")
    demand(k.touched_count == 0, "no touched level outlives its unit")
    for number in range(k.account_count):
        demand(
            k.accounts[number].open == by_account.get(number, 0),
            "an account's open orders are counted",
        )
    return 0


cdef uint64_t check_ladder(
    Kernel *k, Symbol *symbol, Ladder *ladder, uint8_t side, bint stops, dict by_account
) except? 0xFFFFFFFF:
    """Check one ladder and its queues; returns its levels."""
    cdef uint64_t levels = 0
    cdef uint32_t chunk, place, index
    cdef int64_t before = -(1 << 62)
    cdef uint8_t key_side = stop_key_side(side) if stops else side
    for chunk in range(ladder.count):
        demand(ladder.chunks[chunk].count > 0, "no chunk of levels is empty")
        demand(
            ladder.first_keys[chunk] == ladder.chunks[chunk].keys[0], "a chunk is found by its key"
        )
        for place in range(ladder.chunks[chunk].count):
            index = ladder.chunks[chunk].levels[place]
            demand(ladder.chunks[chunk].keys[place] > before, "levels are sorted by price")
            before = ladder.chunks[chunk].keys[place]
            demand(
                before == key_of(key_side, k.levels[index].price_ticks),
                "a level's key is its price",
            )
            check_level(k, symbol, index, side, stops, by_account)
            levels += 1
    demand(
        (ladder.best_level == 0) if levels == 0 else (ladder.best_key == before),
        "the best price is the best",
    )
    return levels


cdef int check_level(
    Kernel *k, Symbol *symbol, uint32_t index, uint8_t side, bint stops, dict by_account
) except -1:
    """Check one level's links, orders and sum."""
    cdef const Level *level = &k.levels[index]
    cdef const Order *order
    cdef uint32_t slot = level.head, previous = 0, count = 0
    cdef int64_t visible = 0
    demand(slot != 0, "no level is empty")
    demand(level.symbol == symbol.number and level.side == side, "a level knows its side")
    while slot != 0:
        order = &k.orders[slot]
        demand(order.previous == previous and order.level == index, "a queue's links agree")
        demand(order.id != 0 and index_slot(k, order.id) == slot, "an order is found by its id")
        demand(
            0 < order.remaining_lots <= order.quantity_lots,
            "quantity is filled and remaining, and something remains",
        )
        demand(bool(order.flags & ORDER_WAITING) == stops, "waiting stops wait apart")
        if stops:
            demand(
                k.extras[slot].stop_price_ticks == level.price_ticks, "a stop waits at its price"
            )
            demand(previous == 0 or k.orders[previous].id < order.id, "stops queue by their ids")
        else:
            demand(order.price_ticks == level.price_ticks, "an order rests at its price")
            demand(
                0 < visible_of(k, order, slot) <= order.remaining_lots, "a resting order shows lots"
            )
            visible += visible_of(k, order, slot)
        by_account[order.account] = by_account.get(order.account, 0) + 1
        count += 1
        previous = slot
        slot = order.next
    demand(level.tail == previous and level.count == count, "a level counts its orders")
    demand(stops or level.quantity_lots == visible, "a level's total is the sum of its orders")
    return 0


cdef int check_expiries(Kernel *k, Symbol *symbol) except -1:
    cdef uint32_t place, slot
    for place in range(1, symbol.expiries.count + 1):
        slot = symbol.expiries.slots[place]
        demand(k.extras[slot].heap_place == place, "an order knows its place among the expiries")
        demand(k.orders[slot].time_in_force == GTD, "only good-till-date orders expire")
        demand(
            place == 1 or not expires_before(k, slot, symbol.expiries.slots[place >> 1]),
            "what is due first is first",
        )
    return 0
