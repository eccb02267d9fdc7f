# cython: language_level=3
"""Register accounts and instruments; change an instrument's limits.

Kernel code, included by cimport. Owned by the engine thread.
"""

from libc.stdlib cimport calloc

from engine.core.emit cimport emit_plain
from engine.core.store cimport account_reserve
from engine.core.types cimport *

cdef enum:
    SYMBOLS_MAX = 1 << 16  # engine/limits.py
    ACCOUNTS_MAX = 1 << 22


cdef inline bint is_account(uint32_t number) noexcept nogil:
    return 0 < number < ACCOUNTS_MAX


cdef inline int register(Kernel *k, uint32_t number) except -1 nogil:
    account_reserve(k, number)
    k.accounts[number].registered = True
    return emit_plain(k, RECORD_ACCOUNT_ADDED, 0, SYMBOL_ALL, number, 0)


cdef inline uint8_t add_account(Kernel *k, const CommandRecord *command) except? 255 nogil:
    cdef uint32_t number = command.account
    if not is_account(number):
        return INVALID_REQUEST
    if number < k.account_count and k.accounts[number].registered:
        return INVALID_REQUEST
    register(k, number)
    return NONE


cdef inline void set_limits(
    Symbol *symbol, const CommandRecord *command, const InstrumentTail *tail
) noexcept nogil:
    symbol.min_quantity_lots = tail.min_quantity_lots
    symbol.max_quantity_lots = tail.max_quantity_lots
    symbol.band_basis_points = tail.band_basis_points
    symbol.protection_basis_points = tail.protection_basis_points
    symbol.has_notional = command.options & OPTION_HAS_NOTIONAL
    symbol.max_notional = <uint128>tail.max_notional_high << 64 | tail.max_notional_low


cdef inline uint8_t add_instrument(
    Kernel *k, const CommandRecord *command, const char *more
) except? 255 nogil:
    """List a symbol; the encoder has seen to it that its name is new (`command.symbol` else)."""
    cdef Symbol *symbol
    if command.symbol != SYMBOL_ALL:
        return INVALID_REQUEST
    if k.symbol_count == SYMBOLS_MAX:
        return CAPACITY
    symbol = <Symbol *>calloc(1, sizeof(Symbol))
    if symbol == NULL:
        with gil:
            raise MemoryError("no memory for a symbol")
    symbol.number = k.symbol_count
    symbol.next_trade_id = 1
    set_limits(symbol, command, <const InstrumentTail *>more)
    k.symbols[k.symbol_count] = symbol
    k.symbol_count += 1
    emit_plain(k, RECORD_INSTRUMENT_ADDED, 0, symbol.number, 0, symbol.number)
    return NONE


cdef inline uint8_t update_instrument(
    Kernel *k, Symbol *symbol, const CommandRecord *command, const char *more
) except? 255 nogil:
    """Change a listed symbol's limits; what rests already stays."""
    if symbol == NULL:
        return UNKNOWN_SYMBOL
    if command.options & OPTION_OTHER_STEPS:
        return INVALID_REQUEST
    set_limits(symbol, command, <const InstrumentTail *>more)
    emit_plain(k, RECORD_INSTRUMENT_UPDATED, 0, symbol.number, 0, symbol.number)
    return NONE
