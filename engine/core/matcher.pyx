# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: cdivision=True
# cython: initializedcheck=False
"""Execute commands: one verb each, every command exactly one unit.

Role: the write side of the kernel, without Python objects. boundscheck and wraparound are off since
all arrays here are C arrays; cdivision because every divisor is a constant above zero and every
dividend positive. Assertions stay on. Source: docs/EVENTS.md. Owned by the engine thread.
"""

from libc.stdlib cimport calloc, free, qsort
from libc.string cimport memset

from engine import limits

from engine.core.amending cimport *
from engine.core.book cimport *
from engine.core.checks cimport *
from engine.core.emit cimport *
from engine.core.expiry cimport expiry_add
from engine.core.matching cimport *
from engine.core.prices cimport *
from engine.core.registry cimport *
from engine.core.stops cimport trigger_stops, wait
from engine.core.store cimport *
from engine.core.types cimport *

assert <int64_t>PRICE_TICKS_LIMIT == limits.PRICE_TICKS_MAX + 1
assert <int64_t>QUANTITY_LOTS_LIMIT == limits.QUANTITY_LOTS_MAX + 1
assert <int64_t>LEVEL_LOTS_MAX == limits.LEVEL_QUANTITY_LOTS_MAX
assert BASIS_POINTS == limits.BASIS_POINTS
assert SLICES_MAX == limits.SLICES_MAX
assert SYMBOLS_MAX == limits.SYMBOLS_MAX and ACCOUNTS_MAX == limits.ACCOUNTS_MAX
assert sizeof(Order) == sizeof(Extra) == sizeof(Level) == SLOT_BYTES
assert sizeof(CommandRecord) == sizeof(OrderTail) == sizeof(FillFirst) == SLOT_BYTES
assert sizeof(FillSecond) == sizeof(CancelledRecord) == sizeof(AcceptedRecord) == SLOT_BYTES
assert sizeof(AmendedRecord) == sizeof(AmendedTail) == sizeof(CancelledTail) == SLOT_BYTES
assert sizeof(DepthRecord) == sizeof(PlainRecord) == sizeof(ConfigureTail) == SLOT_BYTES


# ---- memory ----

cdef int kernel_open(Kernel *k) except -1:
    """Make room for the symbols; orders and levels come with the Configure command."""
    k.symbols = <Symbol **>calloc(SYMBOLS_MAX, sizeof(Symbol *))
    if k.symbols == NULL:
        raise MemoryError("no memory for symbols")
    k.next_seq = k.next_order_id = 1
    account_reserve(k, 0)
    return 0


cdef void kernel_close(Kernel *k) noexcept nogil:
    cdef uint32_t number
    cdef Symbol *symbol
    for number in range(k.symbol_count):
        symbol = k.symbols[number]
        ladder_free(&symbol.bids)
        ladder_free(&symbol.asks)
        ladder_free(&symbol.buy_stops)
        ladder_free(&symbol.sell_stops)
        free(symbol.expiries.slots)
        free(symbol)
    for number in range(k.account_count):
        free(k.accounts[number].ids)
    free(k.symbols)
    free(k.accounts)
    free(k.orders)
    free(k.extras)
    free(k.index)
    free(k.spill)
    free(k.levels)
    free(k.touched)
    free(k.ids)


cdef int make_room(Kernel *k) except -1 nogil:
    """Allocate what the configured capacities need; the pages are touched as they fill."""
    cdef uint64_t places = 16
    while places < <uint64_t>k.orders_capacity * 2:
        places *= 2
    k.index_mask = places - 1
    k.orders = <Order *>zeroed((k.orders_capacity + 2) * sizeof(Order))
    k.extras = <Extra *>zeroed((k.orders_capacity + 2) * sizeof(Extra))
    k.index = <uint64_t *>zeroed(places * sizeof(uint64_t))
    k.spill = <uint64_t *>zeroed(places * sizeof(uint64_t))
    # Each waiting stop may stand at a level of its own, beside the book's.
    k.levels = <Level *>zeroed(
        (<uint64_t>k.levels_capacity + k.orders_capacity + 2) * sizeof(Level)
    )
    if (
        k.orders == NULL
        or k.extras == NULL
        or k.index == NULL
        or k.spill == NULL
        or k.levels == NULL
    ):
        with gil:
            raise MemoryError("no memory for the configured capacity")
    k.unused_order = k.unused_level = 1
    return 0


# ---- one command, one unit ----

cdef void kernel_foresee(Kernel *k, const char *command_slots, uint32_t places) noexcept nogil:
    """Fetch into the cache what a cancel or an amendment so many places ahead will touch.

    In a large book each step to an order is a cache miss that waits for the one before: its index
    entry, the order, its neighbours. Looked at three, two and one commands ahead, those of several
    commands overlap. Changes nothing, and a wrong guess costs nothing but the fetch.
    """
    cdef const CommandRecord *command = <const CommandRecord *>command_slots
    cdef const Order *order
    cdef uint64_t entry
    if command.kind != COMMAND_CANCEL_ORDER and command.kind != COMMAND_AMEND_ORDER:
        return
    if places >= FORESEEN_COMMANDS:
        prefetch(&k.index[command.order_id & k.index_mask])
        return
    entry = k.index[command.order_id & k.index_mask]
    order = &k.orders[<uint32_t>entry]
    if places == 2:
        prefetch(order)
        return
    prefetch(&k.orders[order.previous])
    prefetch(&k.orders[order.next])
    prefetch(&k.levels[order.level])


cdef int kernel_execute(Kernel *k, const char *command_slots) except -1 nogil:
    """Execute one command; its unit stands in `k.out` when this returns."""
    cdef const CommandRecord *command = <const CommandRecord *>command_slots
    cdef uint64_t start
    cdef uint8_t reason
    assert command.command_seq == k.command_seq + 1
    k.command_seq = command.command_seq
    if command.received_ns > k.clock_ns:
        k.clock_ns = command.received_ns
    emit_command(k, command_slots, command.slots)
    start = k.out.last
    reason = dispatch(k, command, command_slots + SLOT_BYTES)
    return finish(k, command, reason, start)


cdef int finish(
    Kernel *k, const CommandRecord *command, uint8_t reason, uint64_t start
) except -1 nogil:
    """Tell the depth and end the unit, in the last record where that is possible."""
    cdef uint8_t flags = FLAG_REFUSED
    if reason == NONE:
        tell_depth(k)
        if k.out.last != start:
            (<RecordHead *>slot_at(&k.out, k.out.last)).flags |= FLAG_COMPLETES
            k.next_seq += 1
            return 0
        return complete(k, command, 0, NONE, 1)
    if command.kind == COMMAND_NEW_ORDER:
        flags |= FLAG_REJECTED
        if k.touched_count != 0:
            # The levels of expired orders are told between the refusal and the end.
            complete(k, command, FLAG_REJECTED, reason, 1)
            flags = FLAG_REFUSED
    tell_depth(k)
    return complete(k, command, flags, reason, 2 if flags & FLAG_REJECTED else 1)


cdef int complete(
    Kernel *k, const CommandRecord *command, uint8_t flags, uint8_t reason, uint64_t events
) except -1 nogil:
    cdef PlainRecord *record
    claim(&k.out, 1)
    record = <PlainRecord *>head(k, RECORD_COMPLETED, flags, reason, 0, command.symbol, events)
    record.account = command.account if is_account(command.account) else 0
    return 0


cdef uint8_t dispatch(
    Kernel *k, const CommandRecord *command, const char *more
) except? 255 nogil:
    """Call the command's verb; returns why it is refused, NONE when it was carried out."""
    cdef uint8_t kind = command.kind
    if not k.configured and kind != COMMAND_CONFIGURE:
        return INVALID_REQUEST
    if kind == COMMAND_NEW_ORDER:
        return new_order(k, command, more)
    if kind == COMMAND_CANCEL_ORDER:
        return cancel_order(k, command)
    if kind == COMMAND_AMEND_ORDER:
        return amend_order(k, command, more)
    if kind == COMMAND_CANCEL_ALL:
        return cancel_all(k, command)
    if kind == COMMAND_EXPIRE:
        return expire_everywhere(k)
    if kind == COMMAND_SET_MARKET_STATE:
        return set_market_state(k, command)
    if kind == COMMAND_ADD_ACCOUNT:
        return add_account(k, command)
    if kind == COMMAND_ADD_INSTRUMENT:
        return add_instrument(k, command, more)
    if kind == COMMAND_UPDATE_INSTRUMENT:
        return update_instrument(k, symbol_of(k, command), command, more)
    assert kind == COMMAND_CONFIGURE
    return configure(k, command, more)


# ---- the first command ----

cdef uint8_t configure(
    Kernel *k, const CommandRecord *command, const char *more
) except? 255 nogil:
    cdef const ConfigureTail *tail = <const ConfigureTail *>more
    if k.configured or k.command_seq != 1:
        return INVALID_REQUEST
    k.configured = True
    k.orders_capacity = <uint32_t>tail.orders_capacity
    k.levels_capacity = <uint32_t>tail.levels_capacity
    k.open_orders_max = tail.open_orders_max
    k.next_order_id = tail.next_order_id
    k.next_seq = tail.next_event_seq
    make_room(k)
    (<CommandRecord *>slot_at(&k.out, k.out.last)).seq = k.next_seq
    emit_plain(k, RECORD_CONFIGURED, 0, SYMBOL_ALL, 0, 0)
    return NONE


# ---- time ----

cdef Symbol *symbol_of(Kernel *k, const CommandRecord *command) except? NULL nogil:
    """Return the command's symbol, its due orders expired and its unit begun; NULL if unknown."""
    cdef Symbol *symbol
    if command.symbol >= k.symbol_count:
        return NULL
    symbol = k.symbols[command.symbol]
    if symbol.expiries.count != 0:
        expire(k, symbol)
    symbol.reference_ticks = symbol.last_price_ticks
    symbol.print_high = symbol.print_low = symbol.last_price_ticks
    return symbol


cdef int expire(Kernel *k, Symbol *symbol) except -1 nogil:
    """Cancel what is due, in the order in which it was."""
    cdef uint32_t slot
    while symbol.expiries.count != 0:
        slot = symbol.expiries.slots[1]
        if not is_due(k, k.extras[slot].expire_at_us, 0):
            return 0
        remove_living(k, symbol, slot, k.orders[slot].remaining_lots, REASON_EXPIRED)
    return 0


cdef uint8_t expire_everywhere(Kernel *k) except? 255 nogil:
    cdef uint32_t number
    for number in range(k.symbol_count):
        expire(k, k.symbols[number])
    return NONE


# ---- entering ----

cdef void read_order(
    const CommandRecord *command, const char *more, Order *order, Extra *extra
) noexcept nogil:
    """Make an order of a command; nothing finds it yet."""
    cdef const OrderTail *tail
    order.price_ticks = command.price_ticks
    order.quantity_lots = order.remaining_lots = command.quantity_lots
    order.sum_low = order.sum_high = 0
    order.account = command.account if is_account(command.account) else 0
    order.side = command.side
    order.type = command.type
    order.time_in_force = command.time_in_force
    order.flags = command.options & (ORDER_POST_ONLY | ORDER_STP_MASK)
    memset(extra, 0, sizeof(Extra))
    if not command.options & OPTION_WIDE:
        return
    tail = <const OrderTail *>more
    extra.stop_price_ticks = tail.stop_price_ticks
    extra.display_lots = tail.display_lots
    extra.expire_at_us = tail.expire_at_us
    if tail.display_lots != 0:
        order.flags |= ORDER_ICEBERG
    if tail.stop_price_ticks != 0 or tail.display_lots != 0 or tail.expire_at_us != 0:
        order.flags |= ORDER_EXTRA


cdef uint8_t new_order(
    Kernel *k, const CommandRecord *command, const char *more
) except? 255 nogil:
    cdef Symbol *symbol
    cdef int64_t deadline_us = 0
    cdef uint32_t slot
    cdef uint8_t reason
    cdef Extra extra
    if is_account(command.account):
        if command.account >= k.account_count or not k.accounts[command.account].registered:
            register(k, command.account)
    symbol = symbol_of(k, command)
    if symbol == NULL:
        return UNKNOWN_SYMBOL
    if command.options & OPTION_WIDE:
        deadline_us = (<const OrderTail *>more).deadline_us
    slot = order_take(k)
    read_order(command, more, &k.orders[slot], &extra)
    reason = check_new(k, symbol, command, &k.orders[slot], &extra, deadline_us)
    if reason != NONE:
        order_give(k, slot)
        return reason
    # Most orders have nothing extra: their slot of `extras` stays out of the cache.
    if k.orders[slot].flags & ORDER_EXTRA:
        k.extras[slot] = extra
    accept(k, symbol, slot)
    return NONE


cdef int accept(Kernel *k, Symbol *symbol, uint32_t slot) except -1 nogil:
    """Give an order its id, then let it wait, match and rest."""
    cdef Order *order = &k.orders[slot]
    cdef uint8_t outcome = LEFT
    order.id = k.next_order_id
    k.next_order_id += 1
    if order.type == STOP or order.type == STOP_LIMIT:
        emit_accepted(k, symbol.number, order, UNTRIGGERED)
        order.flags |= ORDER_WAITING
        order_enlist(k, order, slot)
        wait(k, symbol, slot)
        if order.time_in_force == GTD:
            expiry_add(&symbol.expiries, k, slot)
        return trigger_stops(k, symbol)
    emit_accepted(k, symbol.number, order, OPEN)
    if order.time_in_force == GTD:
        expiry_add(&symbol.expiries, k, slot)
    outcome = match(k, symbol, slot, bound_of(symbol, order))
    settle(k, symbol, slot, outcome, False)
    return trigger_stops(k, symbol)


# ---- leaving ----

cdef uint32_t living_of(
    const Kernel *k, const CommandRecord *command, const Symbol *symbol
) noexcept nogil:
    """Return the slot of the order a command names, 0 when it is not the account's to touch."""
    cdef uint32_t slot = index_slot(k, command.order_id) if command.order_id != 0 else 0
    if slot == 0 or k.levels[k.orders[slot].level].symbol != symbol.number:
        return 0
    if command.account != 0 and k.orders[slot].account != command.account:
        return 0
    return slot


cdef bint is_cancel_reason(uint8_t reason) noexcept nogil:
    return REASON_USER <= reason <= REASON_MARKET_HALTED


cdef uint8_t cancel_order(Kernel *k, const CommandRecord *command) except? 255 nogil:
    cdef Symbol *symbol = symbol_of(k, command)
    cdef uint32_t slot
    if symbol == NULL:
        return UNKNOWN_SYMBOL
    slot = living_of(k, command, symbol)
    if slot == 0:
        return UNKNOWN_ORDER
    if not is_cancel_reason(command.side):
        return INVALID_REQUEST
    remove_living(k, symbol, slot, k.orders[slot].remaining_lots, command.side)
    return NONE


cdef int compare_ids(const void *left, const void *right) noexcept nogil:
    cdef uint64_t a = (<const uint64_t *>left)[0]
    cdef uint64_t b = (<const uint64_t *>right)[0]
    return -1 if a < b else (1 if a > b else 0)


cdef int cancel_listed(
    Kernel *k, uint64_t count, uint32_t symbol_number, uint8_t reason
) except -1 nogil:
    """Cancel the orders in the scratch list that live in a symbol (or in any)."""
    cdef uint64_t place
    cdef uint32_t slot, number
    for place in range(count):
        slot = index_slot(k, k.ids[place])
        if slot == 0:
            continue
        number = k.levels[k.orders[slot].level].symbol
        if symbol_number == SYMBOL_ALL or number == symbol_number:
            remove_living(k, k.symbols[number], slot, k.orders[slot].remaining_lots, reason)
    return 0


cdef uint64_t list_living(Kernel *k) except? 0xFFFFFFFF nogil:
    """List all living orders by ascending id in the scratch list. O(orders ever at once)."""
    cdef uint32_t slot
    cdef uint64_t count = 0
    ids_reserve(k, k.living)
    for slot in range(1, k.unused_order):
        if k.orders[slot].id != 0:
            k.ids[count] = k.orders[slot].id
            count += 1
    qsort(k.ids, count, sizeof(uint64_t), compare_ids)
    return count


cdef uint64_t list_account(Kernel *k, uint32_t number) except? 0xFFFFFFFF nogil:
    """List an account's orders by ascending id; ended ones may be among them."""
    cdef uint32_t place
    if number >= k.account_count:
        return 0
    ids_reserve(k, k.accounts[number].length)
    for place in range(k.accounts[number].length):
        k.ids[place] = k.accounts[number].ids[place]
    return k.accounts[number].length


cdef uint8_t cancel_all(Kernel *k, const CommandRecord *command) except? 255 nogil:
    cdef uint64_t count
    if command.symbol == SYMBOL_ALL:
        expire_everywhere(k)
    elif symbol_of(k, command) == NULL:
        return UNKNOWN_SYMBOL
    if not is_cancel_reason(command.side):
        return INVALID_REQUEST
    count = list_living(k) if command.account == 0 else list_account(k, command.account)
    cancel_listed(k, count, command.symbol, command.side)
    return NONE


cdef uint8_t set_market_state(Kernel *k, const CommandRecord *command) except? 255 nogil:
    cdef Symbol *symbol = symbol_of(k, command)
    if symbol == NULL:
        return UNKNOWN_SYMBOL
    if command.side > STATE_HALTED:
        return INVALID_REQUEST
    symbol.state = command.side
    emit_plain(k, RECORD_MARKET_STATE, command.side, symbol.number, 0, 0)
    if command.options & OPTION_CANCEL_ORDERS:
        cancel_listed(k, list_living(k), symbol.number, REASON_MARKET_HALTED)
    return NONE


# ---- amending ----

cdef uint8_t amend_order(
    Kernel *k, const CommandRecord *command, const char *more
) except? 255 nogil:
    cdef Symbol *symbol = symbol_of(k, command)
    cdef uint32_t slot
    cdef Order *order
    cdef Change change
    cdef int64_t filled
    cdef uint8_t reason
    if symbol == NULL:
        return UNKNOWN_SYMBOL
    slot = living_of(k, command, symbol)
    if slot == 0 or command.account == 0:
        return UNKNOWN_ORDER
    order = &k.orders[slot]
    change = read_change(
        command,
        more,
        order,
        k.extras[slot].stop_price_ticks if order.flags & ORDER_WAITING else 0,
    )
    reason = check_change(k, symbol, slot, command, change)
    if reason != NONE or change.nothing:
        return reason
    filled = order.quantity_lots - order.remaining_lots
    if change.quantity_lots < filled:
        return INVALID_QUANTITY
    if change.quantity_lots == filled:
        remove_living(k, symbol, slot, order.remaining_lots, REASON_AMEND)
        return NONE
    reason = check_changed(k, symbol, slot, change)
    if reason == NONE:
        apply_change(k, symbol, slot, change, filled)
    return reason
