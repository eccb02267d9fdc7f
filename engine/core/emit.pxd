# cython: language_level=3
"""Write event records into the output: the only place that numbers events.

`claim` hands out slots; a record claimed is complete before the next claim, and the output's owner
publishes up to `Out.last` at most until the unit is finished, since `finish` may still add flags
to the last record. Kernel code, included by cimport. Owned by the engine thread.
"""

from libc.string cimport memcpy, memset

from engine.core.types cimport *


cdef inline char *slot_at(const Out *out, uint64_t slot) noexcept nogil:
    return out.base + ((slot & out.mask) << SLOT_SHIFT)


cdef inline int claim(Out *out, uint64_t slots) except -1 nogil:
    """Begin a record of so many slots; may wait for room, raises when the output is gone."""
    if unlikely(out.written + slots > out.limit):
        out.more(out, slots)
    out.last = out.written
    if not out.discards:
        out.written += slots
    return 0


cdef inline char *blank(const Out *out, uint64_t place) noexcept nogil:
    """Return a zeroed slot of the record just claimed: equal units are equal bytes."""
    cdef char *slot = slot_at(out, out.last + place)
    memset(slot, 0, SLOT_BYTES)
    return slot


cdef inline RecordHead *head(
    Kernel *k, uint8_t kind, uint8_t flags, uint8_t a, uint8_t b, uint32_t symbol, uint64_t events
) noexcept nogil:
    """Begin the record just claimed, which stands for so many events."""
    cdef RecordHead *record = <RecordHead *>blank(&k.out, 0)
    record.kind = kind
    record.flags = flags
    record.a = a
    record.b = b
    record.symbol = symbol
    record.seq = k.next_seq
    record.engine_ns = k.clock_ns
    k.next_seq += events
    return record


cdef inline int emit_command(Kernel *k, const char *command, uint64_t slots) except -1 nogil:
    """Open the unit with a copy of its command, stamped with the unit's first seq."""
    cdef uint64_t place
    claim(&k.out, slots)
    for place in range(slots):
        memcpy(slot_at(&k.out, k.out.last + place), command + (place << SLOT_SHIFT), SLOT_BYTES)
    (<CommandRecord *>slot_at(&k.out, k.out.last)).seq = k.next_seq
    return 0


cdef inline int emit_plain(
    Kernel *k, uint8_t kind, uint8_t a, uint32_t symbol, uint32_t account, uint64_t number
) except -1 nogil:
    cdef PlainRecord *record
    claim(&k.out, 1)
    record = <PlainRecord *>head(k, kind, 0, a, 0, symbol, 1)
    record.account = account
    record.number = number
    return 0


cdef inline int emit_accepted(
    Kernel *k, uint32_t symbol, const Order *order, uint8_t status
) except -1 nogil:
    """Tell that a new order was accepted; the rest of it stands in its command."""
    cdef AcceptedRecord *record
    claim(&k.out, 1)
    record = <AcceptedRecord *>head(
        k, RECORD_ACCEPTED, FLAG_SELL if order.side == SELL else 0, 0, status, symbol, 1
    )
    record.order_id = order.id
    record.price_ticks = order.price_ticks if status == OPEN else 0
    return 0


cdef inline int emit_cancelled(
    Kernel *k, uint32_t symbol, const Order *order, int64_t quantity_lots, uint8_t reason
) except -1 nogil:
    """Tell that what is left of an order leaves, and its status change."""
    cdef CancelledRecord *record
    cdef CancelledTail *tail
    cdef int64_t filled = order.quantity_lots - order.remaining_lots
    cdef uint8_t old = PARTIALLY_FILLED if filled > 0 else OPEN
    cdef uint8_t flags = FLAG_SELL if order.side == SELL else 0
    if order.flags & ORDER_WAITING:
        old = UNTRIGGERED
    if filled > 0:
        flags |= FLAG_WIDE
    claim(&k.out, 2 if filled > 0 else 1)
    record = <CancelledRecord *>head(
        k,
        RECORD_CANCELLED,
        flags,
        reason,
        old << 4 | (EXPIRED if reason == REASON_EXPIRED else CANCELLED),
        symbol,
        2,
    )
    record.account = order.account
    record.order_id = order.id
    record.quantity_lots = quantity_lots
    record.price_ticks = order.price_ticks
    if filled > 0:
        tail = <CancelledTail *>blank(&k.out, 1)
        tail.cumulative_lots = filled
        tail.sum_low = order.sum_low
        tail.sum_high = order.sum_high
    return 0


cdef inline int emit_amended(
    Kernel *k,
    uint32_t symbol,
    const Order *order,
    const Extra *extra,
    int64_t visible_lots,
    uint8_t cause,
    bint priority_kept,
) except -1 nogil:
    """Tell a living order as it is now; a trigger also tells its status change."""
    cdef AmendedRecord *record
    cdef AmendedTail *tail
    cdef uint8_t flags = FLAG_WIDE
    cdef int64_t filled = order.quantity_lots - order.remaining_lots
    cdef uint8_t status = PARTIALLY_FILLED if filled > 0 else OPEN
    if order.flags & ORDER_WAITING:
        status = UNTRIGGERED
    if order.side == SELL:
        flags |= FLAG_SELL
    if priority_kept:
        flags |= FLAG_PRIORITY_KEPT
    if cause == CAUSE_TRIGGER:
        flags |= FLAG_TRIGGERED
    claim(&k.out, 2)
    record = <AmendedRecord *>head(
        k, RECORD_AMENDED, flags, cause, status, symbol, 2 if cause == CAUSE_TRIGGER else 1
    )
    record.account = order.account
    record.order_id = order.id
    record.price_ticks = order.price_ticks
    tail = <AmendedTail *>blank(&k.out, 1)
    tail.quantity_lots = order.quantity_lots
    tail.remaining_lots = order.remaining_lots
    tail.cumulative_lots = filled
    tail.visible_lots = visible_lots
    if order.flags & ORDER_EXTRA:
        record.stop_price_ticks = extra.stop_price_ticks
        tail.display_lots = extra.display_lots
    return 0


cdef inline int emit_fill(
    Kernel *k,
    Symbol *symbol,
    const Order *maker,
    const Order *taker,
    int64_t quantity_lots,
    uint8_t maker_status,
    uint8_t taker_status,
) except -1 nogil:
    """Tell one fill; both orders are as they are after it, each status is old << 4 | new."""
    cdef FillFirst *first
    cdef FillSecond *second
    cdef uint64_t events = 3
    events += (maker_status >> 4) != (maker_status & 15)
    events += (taker_status >> 4) != (taker_status & 15)
    claim(&k.out, 2)
    first = <FillFirst *>head(
        k,
        RECORD_FILL,
        FLAG_SELL if taker.side == SELL else 0,
        maker_status,
        taker_status,
        symbol.number,
        events,
    )
    first.trade_id = symbol.next_trade_id
    first.price_ticks = maker.price_ticks
    first.quantity_lots = quantity_lots
    first.maker_id = maker.id
    first.taker_id = taker.id
    second = <FillSecond *>slot_at(&k.out, k.out.last + 1)
    second.maker_remaining_lots = maker.remaining_lots
    second.taker_remaining_lots = taker.remaining_lots
    second.maker_cumulative_lots = maker.quantity_lots - maker.remaining_lots
    second.taker_cumulative_lots = taker.quantity_lots - taker.remaining_lots
    second.maker_sum_low = maker.sum_low
    second.taker_sum_low = taker.sum_low
    second.maker_sum_high = maker.sum_high
    second.taker_sum_high = taker.sum_high
    second.maker_account = maker.account
    second.taker_account = taker.account
    return 0


cdef inline int emit_depth(
    Kernel *k, uint32_t symbol, uint32_t side, int64_t price_ticks, int64_t lots, uint32_t count
) except -1 nogil:
    cdef DepthRecord *record
    claim(&k.out, 1)
    record = <DepthRecord *>head(
        k, RECORD_DEPTH, FLAG_SELL if side == SELL else 0, 0, 0, symbol, 1
    )
    record.price_ticks = price_ticks
    record.quantity_lots = lots
    record.order_count = count
    return 0


cdef inline bint add_depth(
    Kernel *k, uint32_t symbol, uint32_t side, int64_t price_ticks, int64_t lots, uint32_t count
) noexcept nogil:
    """Let the last record carry its own level's depth; False when it has no room for it."""
    cdef RecordHead *record = <RecordHead *>slot_at(&k.out, k.out.last)
    cdef uint32_t record_side = SELL if record.flags & FLAG_SELL else BUY
    cdef AcceptedRecord *accepted
    cdef CancelledRecord *cancelled
    cdef AmendedRecord *amended
    if record.symbol != symbol or record_side != side:
        return False
    if record.kind == RECORD_ACCEPTED:
        accepted = <AcceptedRecord *>record
        if accepted.price_ticks != price_ticks:
            return False
        accepted.level_quantity_lots = lots
        accepted.level_orders = count
    elif record.kind == RECORD_CANCELLED:
        cancelled = <CancelledRecord *>record
        if cancelled.price_ticks != price_ticks:
            return False
        cancelled.level_quantity_lots = lots
        cancelled.level_orders = count
    elif record.kind == RECORD_AMENDED:
        amended = <AmendedRecord *>record
        if amended.price_ticks != price_ticks:
            return False
        amended.level_quantity_lots = lots
        amended.level_orders = count
    else:
        return False
    record.flags |= FLAG_DEPTH
    k.next_seq += 1
    return True
