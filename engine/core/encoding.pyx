# cython: language_level=3
# cython: boundscheck=False, wraparound=False
# cython: initializedcheck=False
"""Encode commands as records (see `engine/core/types.pxd` for the layout).

Role: the way into the command ring and into a kernel. What has no place in a record (a number too
large, a symbol that is not listed) becomes a value that the kernel refuses. boundscheck is off
since nothing is indexed but C arrays of known size. Never on the engine thread.
"""

from libc.string cimport memcpy, memset

import msgspec

from engine import limits
from engine.commands import (
    AddAccount,
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Expire,
    NewOrder,
    SetMarketState,
    UpdateInstrument,
)

from engine.core.types cimport *

cdef uint64_t LOW_64 = 0xFFFFFFFFFFFFFFFF
cdef frozenset COMMAND_TYPES = frozenset(Command.__args__)
cdef int64_t TOO_LARGE = 0x7FFFFFFFFFFFFFFF


cdef inline int64_t clipped(object value) except? -1:
    """Return an integer that may be too large for the record; None is 0, the kernel refuses."""
    if value is None:
        return 0
    if value > TOO_LARGE:
        return TOO_LARGE
    if value < 0:
        return -1
    return value


cdef inline int64_t given(object value) except? -1:
    """Return a value whose absence is told apart: zero, given, is as wrong as below zero."""
    if value is None:
        return 0
    return clipped(value) if value != 0 else -1


cdef class CommandEncoder:
    """Encode commands; gives listed symbols their numbers in the order of their listing."""

    def __cinit__(self):
        self._numbers = {}
        self._steps = {}

    def encode(self, command, uint64_t command_seq):
        """Return the command's record bytes, for tests and tools; raises TypeError."""
        cdef char slots[COMMAND_SLOTS_MAX * SLOT_BYTES]
        cdef int count = self.write(command, command_seq, slots)
        return slots[: count * SLOT_BYTES]

    cdef uint32_t number(self, object symbol) except? 0:
        found = self._numbers.get(symbol)
        return <uint32_t>SYMBOL_UNKNOWN if found is None else found

    cdef int write(self, object command, uint64_t command_seq, char *slots) except -1:
        cdef CommandRecord *record = <CommandRecord *>slots
        cdef object kind = type(command)
        if kind not in COMMAND_TYPES:
            raise TypeError(f"not a command of the engine: {command!r}")
        memset(slots, 0, 2 * SLOT_BYTES)
        record.slots = 1
        record.command_seq = command_seq
        record.received_ns = command.received_ns
        record.symbol = <uint32_t>SYMBOL_ALL
        if kind is NewOrder:
            return self.new_order(command, record, slots)
        if kind is CancelOrder:
            record.kind = COMMAND_CANCEL_ORDER
            self.order_named(command, record)
            record.side = command.reason
        elif kind is AmendOrder:
            self.amend(command, record, <OrderTail *>(slots + SLOT_BYTES))
        elif kind is CancelAll:
            record.kind = COMMAND_CANCEL_ALL
            record.account = account_code(command.account)
            if command.symbol is not None:
                record.symbol = self.number(command.symbol)
            record.side = command.reason
        elif kind is SetMarketState:
            record.kind = COMMAND_SET_MARKET_STATE
            record.symbol = self.number(command.symbol)
            record.side = command.state
            record.options = OPTION_CANCEL_ORDERS if command.cancel_orders else 0
        elif kind is Expire:
            record.kind = COMMAND_EXPIRE
        elif kind is AddAccount:
            record.kind = COMMAND_ADD_ACCOUNT
            record.account = account_code(command.account)
            return add_text(record, slots, command.name)
        elif kind is AddInstrument:
            self.list_instrument(command.instrument, record)
            return add_limits(command.instrument, record, slots)
        elif kind is UpdateInstrument:
            self.name_instrument(command.instrument, record)
            return add_limits(command.instrument, record, slots)
        else:
            return configure(command, record, slots)
        return record.slots

    cdef int order_named(self, object command, CommandRecord *record) except -1:
        record.symbol = self.number(command.symbol)
        record.account = account_code(command.account)
        record.order_id = clipped(command.order_id)
        return 0

    cdef int new_order(self, object command, CommandRecord *record, char *slots) except -1:
        cdef OrderTail *tail = <OrderTail *>(slots + SLOT_BYTES)
        record.kind = COMMAND_NEW_ORDER
        record.symbol = self.number(command.symbol)
        record.account = account_code(command.account)
        record.side = command.side
        record.type = command.type
        record.time_in_force = command.time_in_force
        record.options = OPTION_POST_ONLY if command.post_only else 0
        record.options |= <uint8_t>(command.self_trade_prevention << OPTION_STP_SHIFT)
        record.order_id = command.connection
        record.price_ticks = given(command.price_ticks)
        record.quantity_lots = clipped(command.quantity_lots)
        tail.stop_price_ticks = given(command.stop_price_ticks)
        tail.display_lots = given(command.display_lots)
        tail.expire_at_us = given(command.expire_at_us)
        tail.deadline_us = given(command.deadline_us)
        if (
            tail.stop_price_ticks != 0
            or tail.display_lots != 0
            or tail.expire_at_us != 0
            or tail.deadline_us != 0
        ):
            record.options |= OPTION_WIDE
            record.slots = 2
        if command.client_order_id is not None:
            return add_text(record, slots, command.client_order_id)
        return record.slots

    cdef int amend(self, object command, CommandRecord *record, OrderTail *tail) except -1:
        record.kind = COMMAND_AMEND_ORDER
        self.order_named(command, record)
        if command.price_ticks is not None:
            record.options |= OPTION_HAS_PRICE
            record.price_ticks = clipped(command.price_ticks)
        if command.quantity_lots is not None:
            record.options |= OPTION_HAS_QUANTITY
            record.quantity_lots = clipped(command.quantity_lots)
        if command.stop_price_ticks is not None:
            record.options |= OPTION_HAS_STOP | OPTION_WIDE
            record.slots = 2
            tail.stop_price_ticks = clipped(command.stop_price_ticks)
        return 0

    cdef int list_instrument(self, object instrument, CommandRecord *record) except -1:
        """Give a new symbol its number; one that is listed is refused by the kernel."""
        record.kind = COMMAND_ADD_INSTRUMENT
        if instrument.symbol in self._numbers:
            record.symbol = <uint32_t>SYMBOL_UNKNOWN
        elif len(self._numbers) < limits.SYMBOLS_MAX:
            self._numbers[instrument.symbol] = len(self._numbers)
            self._steps[instrument.symbol] = (instrument.tick_size, instrument.lot_size)
        return 0

    cdef int name_instrument(self, object instrument, CommandRecord *record) except -1:
        """Name a listed symbol; the kernel refuses one whose steps would change."""
        record.kind = COMMAND_UPDATE_INSTRUMENT
        record.symbol = self.number(instrument.symbol)
        listed = self._steps.get(instrument.symbol)
        if listed is not None and listed != (instrument.tick_size, instrument.lot_size):
            record.options |= OPTION_OTHER_STEPS
        return 0


cdef int add_limits(object instrument, CommandRecord *record, char *slots) except -1:
    """Write an instrument's limits, and the instrument as text."""
    cdef InstrumentTail *tail = <InstrumentTail *>(slots + SLOT_BYTES)
    cdef object notional = instrument.max_notional_units
    record.options |= OPTION_WIDE
    record.slots = 2
    tail.min_quantity_lots = instrument.min_quantity_lots
    tail.max_quantity_lots = clipped(instrument.max_quantity_lots)
    tail.band_basis_points = clipped(instrument.price_band_basis_points)
    tail.protection_basis_points = instrument.market_protection_basis_points
    if notional is not None:
        record.options |= OPTION_HAS_NOTIONAL
        tail.max_notional_low = notional & LOW_64
        tail.max_notional_high = min(notional >> 64, LOW_64)
    return add_text(record, slots, msgspec.json.encode(instrument).decode())


cdef uint32_t account_code(object account) except? 0:
    """Return an account number; what cannot be one is one that no account has."""
    if 0 <= account < limits.ACCOUNTS_MAX:
        return account
    return <uint32_t>0xFFFFFFFF


cdef int configure(object command, CommandRecord *record, char *slots) except -1:
    cdef ConfigureTail *tail = <ConfigureTail *>(slots + SLOT_BYTES)
    if not 1 <= command.orders_capacity <= limits.ORDERS_CAPACITY_MAX:
        raise ValueError(f"orders_capacity is not in 1 … {limits.ORDERS_CAPACITY_MAX}")
    if not 1 <= command.levels_capacity <= limits.ORDERS_CAPACITY_MAX:
        raise ValueError(f"levels_capacity is not in 1 … {limits.ORDERS_CAPACITY_MAX}")
    record.kind = COMMAND_CONFIGURE
    record.options = OPTION_WIDE
    record.slots = 2
    tail.orders_capacity = command.orders_capacity
    tail.levels_capacity = command.levels_capacity
    tail.open_orders_max = command.open_orders_max
    tail.next_event_seq = command.next_event_seq
    tail.next_order_id = command.next_order_id
    return add_text(record, slots, command.epoch)


cdef int add_text(CommandRecord *record, char *slots, str text) except -1:
    """Put text behind the fixed part, padded to whole slots; raises ValueError when too long."""
    cdef bytes encoded = text.encode()
    cdef Py_ssize_t length = len(encoded)
    cdef Py_ssize_t places = (length + SLOT_BYTES - 1) >> SLOT_SHIFT
    cdef char *place = slots + record.slots * SLOT_BYTES
    if record.slots + places > COMMAND_SLOTS_MAX:
        raise ValueError(f"text of {length} bytes is too long for a command")
    memset(place, 0, places * SLOT_BYTES)
    memcpy(place, <const char *>encoded, length)
    record.text_bytes = length
    record.slots += places
    return record.slots
