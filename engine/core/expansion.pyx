# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: initializedcheck=False
"""Expand records to events (see `engine/core/types.pxd` for the layout).

Role: the way out of a ring, a buffer or a file. A record's first event has the record's `seq`, the
ones it also stands for follow; an order's OrderAdded is read from its command and its accept record
together. boundscheck is off since the code tables are indexed by values the kernel wrote. Never on
the engine thread.
"""

import msgspec

from engine import commands, events as told
from engine.events import (
    AccountAdded,
    CommandCompleted,
    Configured,
    DepthUpdated,
    InstrumentAdded,
    InstrumentUpdated,
    MarketStateChanged,
    OrderAdded,
    OrderAmended,
    OrderCancelled,
    OrderMatched,
    OrderStatusChanged,
    TradeExecuted,
)
from engine.instruments import Instrument
from engine.reasons import Reason as ReasonCode

from engine.core.types cimport *


cdef list by_code(enumeration):
    """Return the members of an enumeration in a list indexed by their codes."""
    cdef list members = [None] * (max(enumeration) + 1)
    for member in enumeration:
        members[member] = member
    return members


cdef list SIDES = by_code(commands.Side)
cdef list TYPES = by_code(commands.OrderType)
cdef list TIMES_IN_FORCE = by_code(commands.TimeInForce)
cdef list PREVENTIONS = by_code(commands.SelfTradePrevention)
cdef list STATES = by_code(commands.MarketState)
cdef list STATUSES = by_code(told.OrderStatus)
cdef list CAUSES = by_code(told.AmendCause)
cdef list REASONS = by_code(ReasonCode)
cdef object MAKER = told.Role.MAKER
cdef object TAKER = told.Role.TAKER


# ---- stepping ----

cdef uint64_t record_slots(const char *record) noexcept nogil:
    """Return how many slots a record takes."""
    cdef const RecordHead *head = <const RecordHead *>record
    if head.kind < COMMAND_KINDS:
        return (<const CommandRecord *>record).slots
    if head.kind == RECORD_FILL:
        return 2
    return 2 if head.flags & FLAG_WIDE else 1


cdef bint ends_unit(const char *record) noexcept nogil:
    """Say whether an event record is the last of its unit."""
    cdef const RecordHead *head = <const RecordHead *>record
    if head.kind < COMMAND_KINDS:
        return False
    if head.kind == RECORD_COMPLETED:
        return head.flags != FLAG_REJECTED
    return head.flags & FLAG_COMPLETES


# ---- expanding ----

cdef inline str text_of(const char *slots):
    cdef const CommandRecord *command = <const CommandRecord *>slots
    cdef const char *text = slots + (2 if command.options & OPTION_WIDE else 1) * SLOT_BYTES
    return text[: command.text_bytes].decode()


cdef inline object optional(int64_t value):
    return None if value == 0 else value


cdef inline object wide_sum(uint64_t low, uint64_t high):
    """Return a sum of price x quantity; the high part is nearly always zero."""
    return low if high == 0 else (<object>high << 64) | low


cdef class Expander:
    """Expand units to events; learns the symbols from the InstrumentAdded it meets."""

    def __cinit__(self):
        self._symbols = []

    def expand_bytes(self, const unsigned char[::1] records):
        """Return the events of whole units given as bytes (of journals, tests and tools)."""
        cdef list expanded = []
        if records.shape[0]:
            self.expand(<const char *>&records[0], records.shape[0] >> SLOT_SHIFT, expanded)
        return expanded

    cdef object symbol(self, uint32_t number):
        return self._symbols[number] if number < <uint32_t>len(self._symbols) else None

    cdef int expand(self, const char *slots, uint64_t count, list events) except -1:
        """Append the events of `count` slots, which are whole units, to a list."""
        cdef const char *command = NULL
        cdef const char *record
        cdef uint64_t at = 0
        while at < count:
            record = slots + at * SLOT_BYTES
            if (<const RecordHead *>record).kind < COMMAND_KINDS:
                command = record
            else:
                self.record(record, command, events)
            at += record_slots(record)
        return 0

    cdef int record(self, const char *record, const char *command, list events) except -1:
        cdef const RecordHead *head = <const RecordHead *>record
        cdef uint64_t seq = head.seq
        if head.kind == RECORD_FILL:
            seq = self.fill(<const FillFirst *>record, <const FillSecond *>(record + 64), events)
        elif head.kind == RECORD_ACCEPTED:
            seq = self.accepted(<const AcceptedRecord *>record, command, events)
        elif head.kind == RECORD_CANCELLED:
            seq = self.cancelled(<const CancelledRecord *>record, events)
        elif head.kind == RECORD_AMENDED:
            seq = self.amended(<const AmendedRecord *>record, events)
        elif head.kind == RECORD_DEPTH:
            seq = self.depth(<const DepthRecord *>record, events)
        elif head.kind == RECORD_COMPLETED:
            return self.completed(<const PlainRecord *>record, command, events)
        else:
            seq = self.control(<const PlainRecord *>record, command, events)
        if head.flags & FLAG_COMPLETES:
            self.complete(head, command, seq, True, REASONS[0], events)
        return 0

    cdef int complete(
        self,
        const RecordHead *head,
        const char *command,
        uint64_t seq,
        bint accepted,
        object reason,
        list events,
    ) except -1:
        cdef uint64_t command_seq = (<const CommandRecord *>command).command_seq
        events.append(CommandCompleted(seq, head.engine_ns, command_seq, accepted, reason))
        return 0

    cdef int completed(
        self, const PlainRecord *record, const char *command, list events
    ) except -1:
        """Expand the end of a unit, and the refusal of a new order before it."""
        cdef uint64_t seq = record.head.seq
        cdef object reason = REASONS[record.head.a]
        cdef uint8_t flags = record.head.flags
        if flags & FLAG_REJECTED:
            events.append(
                OrderStatusChanged(
                    seq,
                    self.symbol(record.head.symbol),
                    record.head.engine_ns,
                    record.account,
                    0,
                    STATUSES[NOTHING],
                    STATUSES[REJECTED],
                    0,
                    0,
                    reason,
                )
            )
            seq += 1
        if flags != FLAG_REJECTED:
            self.complete(&record.head, command, seq, flags == 0, reason, events)
        return 0

    cdef uint64_t level(
        self,
        const RecordHead *head,
        uint64_t seq,
        int64_t price_ticks,
        int64_t lots,
        uint32_t count,
        list events,
    ) except 0:
        """Expand the depth a record carries, if it does; returns the next seq."""
        if not head.flags & FLAG_DEPTH:
            return seq
        events.append(
            DepthUpdated(
                seq,
                self.symbol(head.symbol),
                head.engine_ns,
                SIDES[SELL if head.flags & FLAG_SELL else BUY],
                price_ticks,
                lots,
                count,
            )
        )
        return seq + 1

    cdef uint64_t depth(self, const DepthRecord *record, list events) except 0:
        events.append(
            DepthUpdated(
                record.head.seq,
                self.symbol(record.head.symbol),
                record.head.engine_ns,
                SIDES[SELL if record.head.flags & FLAG_SELL else BUY],
                record.price_ticks,
                record.quantity_lots,
                record.order_count,
            )
        )
        return record.head.seq + 1

    cdef uint64_t accepted(
        self, const AcceptedRecord *record, const char *command, list events
    ) except 0:
        cdef const CommandRecord *order = <const CommandRecord *>command
        cdef const OrderTail *tail = <const OrderTail *>(command + SLOT_BYTES)
        cdef bint wide = order.options & OPTION_WIDE
        events.append(
            OrderAdded(
                record.head.seq,
                self.symbol(record.head.symbol),
                record.head.engine_ns,
                order.account,
                record.order_id,
                SIDES[order.side],
                TYPES[order.type],
                TIMES_IN_FORCE[order.time_in_force],
                optional(order.price_ticks),
                optional(tail.stop_price_ticks) if wide else None,
                order.quantity_lots,
                optional(tail.display_lots) if wide else None,
                bool(order.options & OPTION_POST_ONLY),
                PREVENTIONS[(order.options & OPTION_STP_MASK) >> OPTION_STP_SHIFT],
                optional(tail.expire_at_us) if wide else None,
                text_of(command) if order.text_bytes else None,
                order.order_id,
                STATUSES[record.head.b],
            )
        )
        return self.level(
            &record.head,
            record.head.seq + 1,
            record.price_ticks,
            record.level_quantity_lots,
            record.level_orders,
            events,
        )

    cdef uint64_t cancelled(self, const CancelledRecord *record, list events) except 0:
        cdef const CancelledTail *tail = <const CancelledTail *>(<const char *>record + SLOT_BYTES)
        cdef bint wide = record.head.flags & FLAG_WIDE
        cdef uint64_t seq = record.head.seq
        cdef object symbol = self.symbol(record.head.symbol)
        cdef object reason = REASONS[record.head.a]
        events.append(
            OrderCancelled(
                seq,
                symbol,
                record.head.engine_ns,
                record.account,
                record.order_id,
                record.quantity_lots,
                reason,
            )
        )
        events.append(
            OrderStatusChanged(
                seq + 1,
                symbol,
                record.head.engine_ns,
                record.account,
                record.order_id,
                STATUSES[record.head.b >> 4],
                STATUSES[record.head.b & 15],
                tail.cumulative_lots if wide else 0,
                wide_sum(tail.sum_low, tail.sum_high) if wide else 0,
                reason,
            )
        )
        return self.level(
            &record.head,
            seq + 2,
            record.price_ticks,
            record.level_quantity_lots,
            record.level_orders,
            events,
        )

    cdef uint64_t amended(self, const AmendedRecord *record, list events) except 0:
        cdef const AmendedTail *tail = <const AmendedTail *>(<const char *>record + SLOT_BYTES)
        cdef uint64_t seq = record.head.seq
        cdef object symbol = self.symbol(record.head.symbol)
        events.append(
            OrderAmended(
                seq,
                symbol,
                record.head.engine_ns,
                record.account,
                record.order_id,
                SIDES[SELL if record.head.flags & FLAG_SELL else BUY],
                optional(record.price_ticks),
                optional(record.stop_price_ticks),
                tail.quantity_lots,
                tail.remaining_lots,
                tail.cumulative_lots,
                optional(tail.display_lots),
                tail.visible_lots,
                bool(record.head.flags & FLAG_PRIORITY_KEPT),
                CAUSES[record.head.a],
                STATUSES[record.head.b],
            )
        )
        seq += 1
        if record.head.flags & FLAG_TRIGGERED:
            events.append(
                OrderStatusChanged(
                    seq,
                    symbol,
                    record.head.engine_ns,
                    record.account,
                    record.order_id,
                    STATUSES[UNTRIGGERED],
                    STATUSES[OPEN],
                    0,
                    0,
                    REASONS[0],
                )
            )
            seq += 1
        return self.level(
            &record.head,
            seq,
            record.price_ticks,
            record.level_quantity_lots,
            record.level_orders,
            events,
        )

    cdef uint64_t fill(
        self, const FillFirst *first, const FillSecond *second, list events
    ) except 0:
        """Expand a fill: the trade, then for maker and taker the match and its status change."""
        cdef object symbol = self.symbol(first.symbol)
        cdef bint sells = first.flags & FLAG_SELL
        cdef Fill fill
        fill.first = first
        events.append(
            TradeExecuted(
                first.seq,
                symbol,
                first.engine_ns,
                first.trade_id,
                SIDES[SELL if sells else BUY],
                first.price_ticks,
                first.quantity_lots,
            )
        )
        fill.seq = first.seq + 1
        fill.account = second.maker_account
        fill.counter_account = second.taker_account
        fill.order_id = first.maker_id
        fill.counter_order_id = first.taker_id
        fill.remaining_lots = second.maker_remaining_lots
        fill.cumulative_lots = second.maker_cumulative_lots
        fill.status = first.maker_status
        fill.side = BUY if sells else SELL
        total = wide_sum(second.maker_sum_low, second.maker_sum_high)
        fill.seq = self.matched(&fill, symbol, total, MAKER, events)
        fill.account = second.taker_account
        fill.counter_account = second.maker_account
        fill.order_id = first.taker_id
        fill.counter_order_id = first.maker_id
        fill.remaining_lots = second.taker_remaining_lots
        fill.cumulative_lots = second.taker_cumulative_lots
        fill.status = first.taker_status
        fill.side = SELL if sells else BUY
        total = wide_sum(second.taker_sum_low, second.taker_sum_high)
        return self.matched(&fill, symbol, total, TAKER, events)

    cdef uint64_t matched(
        self, const Fill *fill, object symbol, object total, object role, list events
    ) except 0:
        """Expand one order's side of a fill; returns the next seq."""
        events.append(
            OrderMatched(
                fill.seq,
                symbol,
                fill.first.engine_ns,
                fill.account,
                fill.counter_account,
                fill.order_id,
                fill.counter_order_id,
                fill.first.trade_id,
                SIDES[fill.side],
                fill.first.price_ticks,
                fill.first.quantity_lots,
                fill.remaining_lots,
                fill.cumulative_lots,
                total,
                role,
            )
        )
        if (fill.status >> 4) == (fill.status & 15):
            return fill.seq + 1
        events.append(
            OrderStatusChanged(
                fill.seq + 1,
                symbol,
                fill.first.engine_ns,
                fill.account,
                fill.order_id,
                STATUSES[fill.status >> 4],
                STATUSES[fill.status & 15],
                fill.cumulative_lots,
                total,
                REASONS[0],
            )
        )
        return fill.seq + 2

    cdef uint64_t control(
        self, const PlainRecord *record, const char *command, list events
    ) except 0:
        cdef uint64_t seq = record.head.seq
        cdef int64_t engine_ns = record.head.engine_ns
        cdef uint8_t kind = record.head.kind
        cdef const ConfigureTail *tail
        if kind == RECORD_ACCOUNT_ADDED:
            name = ""
            if (<const CommandRecord *>command).kind == COMMAND_ADD_ACCOUNT:
                name = text_of(command)
            events.append(AccountAdded(seq, engine_ns, record.account, name))
        elif kind == RECORD_MARKET_STATE:
            symbol = self.symbol(record.head.symbol)
            events.append(MarketStateChanged(seq, symbol, engine_ns, STATES[record.head.a]))
        elif kind == RECORD_INSTRUMENT_ADDED or kind == RECORD_INSTRUMENT_UPDATED:
            instrument = msgspec.json.decode(text_of(command), type=Instrument)
            told_as = InstrumentUpdated
            if kind == RECORD_INSTRUMENT_ADDED:
                assert record.number == <uint64_t>len(self._symbols)
                self._symbols.append(instrument.symbol)
                told_as = InstrumentAdded
            events.append(told_as(seq, instrument.symbol, engine_ns, record.number, instrument))
        else:
            assert kind == RECORD_CONFIGURED
            tail = <const ConfigureTail *>(command + SLOT_BYTES)
            events.append(
                Configured(
                    seq,
                    engine_ns,
                    text_of(command),
                    tail.orders_capacity,
                    tail.levels_capacity,
                    tail.open_orders_max,
                    tail.next_order_id,
                )
            )
        return seq + 1
