# cython: language_level=3
"""Lay out the kernel's memory: the contents page of `engine/core`, with records.pxd.

    records    what travels through rings            encoding, expansion   both ends of it
    ladder     sorted levels of a side               store                 orders, index, accounts
    emit       writes records, numbers events        book                  rests, touches, depth
    prices     reference, band, bounds               checks                why an order is refused
    matching   fills, self-trades, what is left      stops, expiry         what waits
    amending   changes of living orders              matcher               one verb for each command
    registry   accounts and instruments
    kernel     the engine as a Python object         invariants            its memory, checked
    rings      between threads                       runloop               the engine thread's life

Prices are ticks, quantities lots, `…_ns` nanoseconds, `…_us` microseconds, ids and slots counts.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from engine.core.records cimport *

cdef extern from *:
    """
    typedef unsigned __int128 depthcast_uint128;
    #define depthcast_prefetch(address) __builtin_prefetch((address), 1)
    #define depthcast_unlikely(condition) __builtin_expect(!!(condition), 0)
    """
    # Cython knows no 128-bit type: it only needs a name that C++ will take as the real one.
    ctypedef unsigned long long uint128 "depthcast_uint128"
    void prefetch "depthcast_prefetch"(const void *address) noexcept nogil
    bint unlikely "depthcast_unlikely"(bint condition) noexcept nogil

cdef enum:
    CHUNK_KEYS = 64
    HINTS = 128  # of each ladder: 2 KiB, all prices around the best of a busy book

# ---- the kernel's own memory ----

cdef enum OrderFlag:
    ORDER_POST_ONLY = 1
    ORDER_STP_SHIFT = 1  # bits 1-3
    ORDER_STP_MASK = 14
    ORDER_EXTRA = 16  # its Extra is in use: iceberg, stop or good till date
    ORDER_WAITING = 32  # an untriggered stop
    ORDER_ICEBERG = 64

cdef struct Order:  # one cache line
    uint64_t id  # 0 = a free slot
    int64_t price_ticks  # 0 for market and stop
    int64_t quantity_lots  # filled + remaining
    int64_t remaining_lots  # hidden included
    uint64_t sum_low  # price x quantity of its fills, 96 bits
    uint32_t sum_high
    uint32_t account
    uint32_t next  # towards the back of its level; also the free list
    uint32_t previous
    uint32_t level
    uint8_t side
    uint8_t type
    uint8_t time_in_force
    uint8_t flags

cdef struct Extra:  # what only some orders have, by the same slot
    int64_t stop_price_ticks
    int64_t display_lots
    int64_t visible_lots
    int64_t expire_at_us
    uint32_t heap_place  # in its symbol's expiry heap, 0 = not there
    uint32_t reserved
    uint64_t reserved_more[3]

cdef struct Level:  # one cache line; a price, or a stop price with its waiting stops
    int64_t price_ticks
    int64_t quantity_lots  # visible
    uint64_t touched_unit  # command_seq of the unit that last touched it
    uint32_t head
    uint32_t tail
    uint32_t count
    uint32_t symbol
    uint32_t next_free
    uint8_t side
    uint8_t stops
    uint8_t reserved[18]

cdef struct Chunk:
    int64_t keys[CHUNK_KEYS]  # ascending
    uint32_t levels[CHUNK_KEYS]
    uint32_t count
    uint32_t reserved

cdef struct Hint:  # where a level was found
    int64_t key
    uint32_t level  # 0 = nothing is known
    uint32_t reserved

cdef struct Ladder:  # sorted levels of one side, the best at the end of the last chunk
    Chunk **chunks
    int64_t *first_keys  # of each chunk, side by side for the search
    uint32_t count
    uint32_t capacity
    int64_t best_key
    Hint *hints  # by the key's low bits; there is room from the first level on
    uint32_t best_level  # 0 = empty

cdef struct ExpiryHeap:
    uint32_t *slots  # 1-based binary heap by (expire_at_us, id)
    uint32_t count
    uint32_t capacity

cdef struct Symbol:
    Ladder bids
    Ladder asks
    Ladder buy_stops
    Ladder sell_stops
    ExpiryHeap expiries
    int64_t last_price_ticks  # 0 = no trade yet
    int64_t reference_ticks  # the last trade before the unit
    int64_t print_high  # of this unit and the last trade before it; 0 = none
    int64_t print_low
    uint64_t next_trade_id
    uint128 max_notional
    int64_t min_quantity_lots
    int64_t max_quantity_lots
    int64_t band_basis_points
    int64_t protection_basis_points
    uint32_t number
    uint8_t has_notional
    uint8_t state
    uint8_t name[26]  # zero-terminated

cdef struct Account:
    uint64_t *ids  # of its orders, ascending; ended ones are dropped when it doubles
    uint32_t length
    uint32_t capacity
    uint32_t open
    uint32_t registered

cdef struct Touched:  # a level as it was before the unit
    int64_t price_ticks
    int64_t before_lots
    uint32_t before_count
    uint32_t symbol
    uint32_t level
    uint32_t place  # in the list: of two with one price the first counts
    uint32_t side
    uint32_t reserved

cdef struct Out:  # where records go: a ring, or a buffer that grows
    char *base
    uint64_t mask  # slots - 1
    uint64_t written  # slots, from the first ever
    uint64_t limit  # written may go up to here without asking
    uint64_t last  # slot at which the last record begins
    int (*more)(Out *out, uint64_t slots) except -1 nogil
    void *owner
    bint discards  # measure the kernel without emission

cdef struct Kernel:
    Out out
    Order *orders
    Extra *extras
    uint64_t *index  # id low 32 bits << 32 | slot, at the id itself
    uint64_t *spill  # the same for ids whose place was taken, at a hash of the id
    uint64_t index_mask  # of both
    uint64_t spill_count
    Level *levels
    Symbol **symbols
    Account *accounts
    Touched *touched
    uint64_t *ids  # scratch for what goes by ascending id
    uint64_t next_seq
    uint64_t command_seq
    uint64_t next_order_id
    int64_t clock_ns
    uint64_t open_orders_max
    uint32_t orders_capacity
    uint32_t levels_capacity
    uint32_t living
    uint32_t book_levels
    uint32_t free_order
    uint32_t unused_order
    uint32_t free_level
    uint32_t unused_level
    uint32_t symbol_count
    uint32_t account_count  # slots of `accounts`
    uint32_t touched_count
    uint32_t touched_capacity
    uint64_t ids_capacity
    bint configured
